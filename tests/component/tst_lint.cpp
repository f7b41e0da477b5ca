// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.h"
#include "replay/simulatedpolicy.h"
#include "simulator/lint.h"
#include "simulator/scenariofile.h"
#include "simulator/study.h"
#include "support/suite.h"
#include "words/lintwords.h"

#include <functional>

using namespace retryscope;

namespace {

/// A configuration with what only some findings look at beside it.
struct Linted
{
    RetryConfig config;
    Targets chain;
    OwnRules rules;
    std::optional<LintLoad> load;

    explicit Linted(int providers = 2)
    {
        for (int i = 0; i < providers; ++i) {
            Target target;
            target.provider = "p" + std::to_string(i);
            chain.push_back(target);
        }
    }
    QVector<LintFinding> find() const { return lint(config, chain, rules, load); }
};

using Change = std::function<void(Linted &)>;

void noJitter(RetryConfig &c, Duration each)
{
    c.jitter = JitterKind::None;
    c.baseDelay = c.maxDelay = each;
}

OwnRule ofQuota(bool here)
{
    OwnRule rule;
    rule.statuses = {{429, 429}};
    rule.reason = RetryReason::QuotaExhausted;
    rule.retryHere = here;
    return rule;
}

} // namespace
Q_DECLARE_METATYPE(Change)

/// Each finding: a configuration that has it, and one that all but has it.
class LintTest final : public QObject
{
    Q_OBJECT
private slots:
    void findsAMistakeAndNotItsNearMiss_data();
    void findsAMistakeAndNotItsNearMiss();
    void everyRuleHasARow();
    void theDefaultHasNone();
    void whatIsFoundIsSo();
    void aSharedLoadIsReadFromTheScenario();
    void sentencesAreWhole();
    void anErrorIsNotLinted();
};

void LintTest::findsAMistakeAndNotItsNearMiss_data()
{
    QTest::addColumn<LintRule>("rule");
    QTest::addColumn<QString>("where");
    QTest::addColumn<Change>("mistake");
    QTest::addColumn<Change>("nearMiss");
    using enum LintRule;
    const auto row = [](const char *name, LintRule rule, const char *where, Change mistake, Change nearMiss) {
        QTest::newRow(name) << rule << QString::fromLatin1(where) << std::move(mistake) << std::move(nearMiss);
    };
    row(
        "no attempt fits", NothingFits, "retry.deadline_s",
        [](Linted &l) {
            l.config.deadline = 1s;
            l.config.minAttemptTime = 1001ms;
        },
        [](Linted &l) {
            l.config.deadline = 1s;
            l.config.minAttemptTime = 1s;
        });
    row(
        "no second attempt fits", NoSecondAttempt, "retry.deadline_s",
        [](Linted &l) {
            l = Linted(1);
            noJitter(l.config, 2s);
            l.config.deadline = 2200ms;
        },
        [](Linted &l) {
            l = Linted(1);
            noJitter(l.config, 2s);
            l.config.deadline = 2300ms;
        });
    row(
        "another provider needs no wait", NoSecondAttempt, "retry.deadline_s",
        [](Linted &l) {
            l = Linted(1);
            noJitter(l.config, 10s);
            l.config.deadline = 10s;
        },
        [](Linted &l) {
            noJitter(l.config, 10s);
            l.config.deadline = 10s;
        });
    row(
        "not all attempts fit", AttemptsNeverFit, "retry.max_attempts",
        [](Linted &l) {
            l = Linted(1);
            noJitter(l.config, 5s);
            l.config.maxAttempts = 3;
            l.config.deadline = 9s;
        },
        [](Linted &l) {
            l = Linted(1);
            noJitter(l.config, 5s);
            l.config.maxAttempts = 3;
            l.config.deadline = 11s;
        });
    row(
        "silence takes all", SilenceTakesAll, "retry.failover_reserve_s",
        [](Linted &l) {
            l.config.deadline = 20s;
            l.config.failoverReserve = 0s;
        },
        [](Linted &l) {
            l.config.deadline = 20s;
            l.config.failoverReserve = 1s;
        });
    row(
        "none left for others", NoneLeftForOthers, "retry.attempts_per_provider",
        [](Linted &l) { l.config.maxAttempts = l.config.attemptsPerProvider = 3; },
        [](Linted &l) {
            l.config.maxAttempts = 4;
            l.config.attemptsPerProvider = 3;
        });
    row(
        "no budget", NoRetryBudget, "retry.retry_budget_ratio",
        [](Linted &l) {
            l.config.retryBudgetRatio = 0;
            l.config.retryBudgetFloor = 0;
        },
        [](Linted &l) {
            l.config.retryBudgetRatio = 0;
            l.config.retryBudgetFloor = 1;
        });
    row(
        "a budget that holds nothing", BudgetNeverHolds, "retry.retry_budget_ratio",
        [](Linted &l) {
            l.config.retryBudgetRatio = 1;
            l.config.maxAttempts = 2;
        },
        [](Linted &l) {
            l.config.retryBudgetRatio = 0.99;
            l.config.maxAttempts = 2;
        });
    row(
        "a budget that cannot save", BudgetCannotSave, "retry.retry_budget_ratio",
        [](Linted &l) {
            l.load = LintLoad{17, 20};
            l.config.retryBudgetRatio = 0.2;
        },
        [](Linted &l) {
            l.load = LintLoad{17, 20};
            l.config.retryBudgetRatio = 0.17;
        });
    row(
        "a spent quota asked again", SpentQuotaRetried, "rules[0].retry_here",
        [](Linted &l) { l.rules = {ofQuota(true)}; }, [](Linted &l) { l.rules = {ofQuota(false)}; });
    row(
        "the server's word ignored", HintsIgnored, "retry.honour_server_hints",
        [](Linted &l) { l.config.honourServerHints = false; },
        [](Linted &l) {
            l.config.honourServerHints = false;
            l.config.maxAttempts = 1;
        });
    row(
        "retries of a refused key", RetriesWithoutEffect, "retry.reasons.authentication.max_attempts",
        [](Linted &l) { l.config.overrides[std::size_t(RetryReason::Authentication)].maxAttempts = 3; },
        [](Linted &l) { l.config.overrides[std::size_t(RetryReason::ServerError)].maxAttempts = 3; });
    row(
        "no wait at all", NoWait, "retry.base_delay_s", [](Linted &l) { l.config.baseDelay = 0s; },
        [](Linted &l) { l.config.baseDelay = 1ms; });
    row(
        "a first token that is never waited for", FirstTokenUnreached, "retry.first_token_timeout_s",
        [](Linted &l) { l.config.firstTokenTimeout = 61s; }, [](Linted &l) { l.config.firstTokenTimeout = 60s; });
    row(
        "one provider has more time", FirstTokenUnreached, "retry.first_token_timeout_s",
        [](Linted &l) {
            l.config.firstTokenTimeout = 90s;
            l.chain[1].attemptTimeout = 80s;
        },
        [](Linted &l) {
            l.config.firstTokenTimeout = 90s;
            l.chain[1].attemptTimeout = 90s;
        });
    row(
        "a connection that is never waited for", ConnectUnreached, "retry.connect_timeout_s",
        [](Linted &l) { l.config.connectTimeout = 61s; }, [](Linted &l) { l.config.connectTimeout = 60s; });
    row(
        "a gap that is never waited for", IdleUnreached, "retry.idle_timeout_s",
        [](Linted &l) { l.config.idleTimeout = 601s; }, [](Linted &l) { l.config.idleTimeout = 600s; });
    row(
        "slow is never seen", SlowUnreached, "retry.slow_after_s", [](Linted &l) { l.config.slowAfter = 60s; },
        [](Linted &l) { l.config.slowAfter = 59s; });
    row(
        "one failure opens", OneFailureOpens, "retry.circuit_min_calls",
        [](Linted &l) {
            l.config.circuitMinCalls = 10;
            l.config.circuitFailureRatio = 0.1;
        },
        [](Linted &l) {
            l.config.circuitMinCalls = 10;
            l.config.circuitFailureRatio = 0.11;
        });
    row(
        "shut for long", ClosesLate, "retry.circuit_max_open_time_s",
        [](Linted &l) {
            l.config.probeInterval = 0s;
            l.config.circuitMaxOpenTime = 1h;
        },
        [](Linted &l) { l.config.circuitMaxOpenTime = 1h; });
    row(
        "a key that nobody takes", KeyNobodyTakes, "retry.unconfirmed_delivery",
        [](Linted &l) { l.config.unconfirmedDelivery = UnconfirmedDelivery::RepeatWithKey; },
        [](Linted &l) {
            l.config.unconfirmedDelivery = UnconfirmedDelivery::RepeatWithKey;
            l.chain[1].takesIdempotencyKey = true;
        });
}

void LintTest::findsAMistakeAndNotItsNearMiss()
{
    QFETCH(LintRule, rule);
    QFETCH(QString, where);
    QFETCH(Change, mistake);
    QFETCH(Change, nearMiss);
    const auto findingsOf = [rule](const Change &change) {
        Linted linted;
        change(linted);
        QVector<LintFinding> of;
        for (const LintFinding &f : linted.find()) {
            if (f.rule == rule)
                of.append(f);
        }
        return of;
    };
    const auto found = findingsOf(mistake);
    QCOMPARE(found.size(), 1);
    QCOMPARE(found[0].where, where);
    QVERIFY(findingsOf(nearMiss).isEmpty());
}

void LintTest::everyRuleHasARow()
{
    QFile self(QStringLiteral(SOURCE_ROOT "/tests/component/tst_lint.cpp"));
    QVERIFY(self.open(QIODevice::ReadOnly));
    const QByteArray text = self.readAll();
    QFile header(QStringLiteral(SOURCE_ROOT "/core/simulator/lint.h"));
    QVERIFY(header.open(QIODevice::ReadOnly));
    const QByteArray declared = header.readAll();
    const QByteArray names = declared.mid(declared.indexOf("enum class LintRule"));
    int rules = 0;
    for (QByteArray line : names.mid(0, names.indexOf("};")).split('\n').mid(1)) {
        line = line.trimmed().chopped(line.trimmed().isEmpty() ? 0 : 1);
        if (line.isEmpty())
            continue;
        ++rules;
        QVERIFY2(text.contains("\", " + line + ", \""), line.constData());
    }
    QCOMPARE(rules, lintRuleCount);
}

void LintTest::theDefaultHasNone()
{
    for (const int providers : {0, 1, 2, 4})
        QVERIFY2(Linted(providers).find().isEmpty(), qPrintable(QString::number(providers)));
}

/// The formula of BudgetCannotSave against the simulator: the share that it calls too large does not come back from a stall,
/// the one that it calls safe does.
void LintTest::whatIsFoundIsSo()
{
    Scenario storm = *namedScenario(QStringLiteral("storm"));
    storm.workload.perSecond = 15;
    const auto recovers = [&storm](double share) {
        Linted l(1);
        l.load = lintLoad(storm);
        RetryConfig &c = l.config;
        c.jitter = JitterKind::None;
        c.baseDelay = c.maxDelay = 10ms;
        c.maxAttempts = c.attemptsPerProvider = 4;
        c.attemptTimeout = c.firstTokenTimeout = 5s;
        c.deadline = 60s;
        c.retryBudgetRatio = share;
        c.retryBudgetFloor = 0;
        c.paceFromHeaders = false;
        c.maxConcurrent = 10'000;
        c.probeInterval = 0s;
        const QVector<LintFinding> findings = l.find();
        const bool found = std::any_of(findings.begin(), findings.end(), [](const LintFinding &f) {
            return f.rule == LintRule::BudgetCannotSave;
        });
        SimulatedPolicy policy{std::make_shared<const RetryConfig>(c), l.chain, true};
        const SimulationResult r = simulate(storm, policy, 3);
        const bool came = r.recovery && *r.recovery < storm.length / 2;
        return std::pair(found, came);
    };
    QCOMPARE(recovers(1.0), std::pair(true, false));
    QCOMPARE(recovers(0.1), std::pair(false, true));
}

void LintTest::aSharedLoadIsReadFromTheScenario()
{
    const auto storm = lintLoad(*namedScenario(QStringLiteral("storm")));
    QVERIFY(storm);
    QCOMPARE(storm->perSecond, 17.0);
    QCOMPARE(storm->served, 20.0);
    const auto shared = lintLoad(*namedScenario(QStringLiteral("shared-key")));
    QVERIFY(shared);
    QVERIFY(qFuzzyCompare(shared->served, 2.0 - 1.3));
    QVERIFY(!lintLoad(*namedScenario(QStringLiteral("minute-outage")))); // agents wait for their answers
}

void LintTest::sentencesAreWhole()
{
    for (int i = 0; i < lintRuleCount; ++i) {
        LintFinding f{LintRule(i), QStringLiteral("retry.deadline_s"), 2s, 3s, 1, 4};
        f.load = 17;
        f.capacity = 20;
        f.share = 0.2;
        const QString text = lintText(f);
        QVERIFY2(text.size() > 60 && text.endsWith(QLatin1Char('.')) && !text.contains(QLatin1Char('%')),
                 qPrintable(text));
    }
    LintFinding budget{LintRule::BudgetCannotSave, {}};
    budget.load = 17;
    budget.capacity = 20;
    budget.share = 0.2;
    QCOMPARE(lintText(budget),
             QStringLiteral("17 calls a second and a retry share of 0.2 make up to 20.4 attempts a "
                            "second, more than the 20 that are served: the budget cannot end a storm. "
                            "Up to a share of 0.17 it can."));
}

void LintTest::anErrorIsNotLinted()
{
    Configuration c;
    c.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:0")));
    c.retry.honourServerHints = false;
    QCOMPARE(lintIssues(c).size(), 1);
    QCOMPARE(lintIssues(c)[0].where, QStringLiteral("retry.honour_server_hints"));
    QCOMPARE(lintIssues(c)[0].severity, ConfigIssue::Severity::Warning);
    c.retry.maxAttempts = 99;
    QVERIFY(lintIssues(c).isEmpty());
}

SUITE_TEST(LintTest)
#include "tst_lint.moc"
