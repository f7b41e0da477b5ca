// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "config/ownrulesfile.h"
#include "config/retryfields.h"
#include "engine/explanation.h"
#include "support/enginerig.h"
#include "support/suite.h"
#include "words/explanationwords.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

using namespace retryscope;

namespace {

OwnRules rulesOf(const QByteArray &json)
{
    ConfigIssues issues;
    const OwnRules rules = ownRulesFromJson(QJsonDocument::fromJson(json).array(), &issues);
    if (!issues.isEmpty())
        QTest::qFail(qPrintable(issues.first().where + issues.first().message), __FILE__, __LINE__);
    return rules;
}

/// "reason scope here|away|stop hint block rule"
QString told(const Classification &c)
{
    QStringList words{toKey(c.reason), toKey(c.scope),
                      c.retryHere       ? QStringLiteral("here")
                      : c.failoverHelps ? QStringLiteral("away")
                                        : QStringLiteral("stop"),
                      toKey(c.health)};
    if (c.hint)
        words << QStringLiteral("hint=%1").arg(toSeconds(*c.hint));
    if (c.blockFor)
        words << QStringLiteral("block=%1").arg(toSeconds(*c.blockFor));
    return (words << toText(c.rule)).join(QLatin1Char(' '));
}

FailureFacts facts(int status, const std::vector<std::string> &codes = {}, const char *message = "",
                   const char *host = "api.x.test")
{
    FailureFacts f{.status = status, .codes = codes, .message = message};
    f.host = host;
    return f;
}

} // namespace

/// A person's own rules: read, checked, asked before ours, obeyed by the engine, and explained.
class OwnRulesTest : public QObject
{
    Q_OBJECT
private slots:
    void everyMistakeIsToldAtOnce();
    void whatIsReadIsWritten();
    void theFirstThatFitsDecides_data();
    void theFirstThatFitsDecides();
    void caseDoesNotCount_data();
    void caseDoesNotCount();
    void whatIsUnknownIsKeptAsItIs();
    void theEngineObeys_data();
    void theEngineObeys();
    void filtersFailOverWhenAskedTo_data();
    void filtersFailOverWhenAskedTo();
    void whatIsExplainedIsWhatHappens_data();
    void whatIsExplainedIsWhatHappens();
    void anExplanationHoldsNoKey();
    void theGuideNamesEveryField();
};

void OwnRulesTest::everyMistakeIsToldAtOnce()
{
    const auto loaded = configurationFromJson(
        R"({"providers": [{"id": "a", "protocol": "openai", "base_url": "https://a", "model": "m"}], "rules": [
        {"reason": "rate_limit"}, {"status": 429}, {"status": 42, "reason": "busy"}, 5,
        {"status": [500, "6xx"], "reason": "cancelled"}, {"code": "", "reason": "unknown", "scope": "world", "retry_here": "yes", "failover": 1, "hint": -3},
        {"text": "x", "reason": "network", "hint": "soon"}, {"code": "x", "reason": "network", "note": "kept"}, {"code": "X", "reason": "unknown"}]})");
    QStringList places;
    for (const ConfigIssue &issue : loaded.issues) {
        places << (issue.severity == ConfigIssue::Severity::Error ? QString() : QStringLiteral("~")) + issue.where;
        QVERIFY2(issue.message.endsWith(QLatin1Char('.')) || issue.message.contains(QStringLiteral("Use one of: ")),
                 qPrintable(issue.message));
    }
    places.sort();
    const QStringList expected{"rules[0]",       "rules[1].reason",   "rules[2].reason", "rules[2].status",
                               "rules[3]",       "rules[4].reason",   "rules[4].status", "rules[5]",
                               "rules[5].code",  "rules[5].failover", "rules[5].hint",   "rules[5].retry_here",
                               "rules[5].scope", "rules[6].hint",     "~rules[7].note",  "~rules[8]"};
    QStringList sorted = expected;
    sorted.sort();
    QCOMPARE(places, sorted);
    QVERIFY(configurationFromJson(R"({"rules": {}})")
                .issues.contains({QStringLiteral("rules"),
                                  QStringLiteral("Must be a list of rules; the first that fits decides.")}));
    QJsonArray many;
    for (int i = 0; i <= maxOwnRules; ++i)
        many.append(QJsonObject{{QStringLiteral("code"), QStringLiteral("c%1").arg(i)},
                                {QStringLiteral("reason"), QStringLiteral("unknown")}});
    const ConfigIssues tooMany = validate(rulesOf(QJsonDocument(many).toJson()));
    QCOMPARE(tooMany.size(), 1);
    QCOMPARE(tooMany.first().message, QStringLiteral("Has 101 rules; at most 100 are taken."));
}

void OwnRulesTest::whatIsReadIsWritten()
{
    const QByteArray json =
        R"({"rules": [{"code": "engine_*", "failover": false, "hint": 90, "host": "*.corp.test", "reason": "temporary_failure", "retry_here": true,
        "scope": "model", "status": ["5xx", 429, "520-529"], "team": "ours", "text": "loading"}, {"reason": "quota_exhausted", "status": 402}]})";
    const LoadedConfiguration loaded = configurationFromJson(json);
    QCOMPARE(loaded.configuration.rules.size(), std::size_t(2));
    QCOMPARE(loaded.configuration.rules[0].hint, std::optional<Duration>(90s));
    const QByteArray written = toJson(loaded.configuration);
    QCOMPARE(QJsonDocument::fromJson(written)[QLatin1String("rules")],
             QJsonDocument::fromJson(json)[QLatin1String("rules")]);
    QVERIFY(configurationFromJson(written).configuration.rules == loaded.configuration.rules);
    QVERIFY(!QJsonDocument::fromJson(toJson(Configuration())).object().contains(QLatin1String("rules")));
}

void OwnRulesTest::theFirstThatFitsDecides_data()
{
    QTest::addColumn<QByteArray>("rules");
    QTest::addColumn<FailureFacts>("failure");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const QByteArray &rules, const FailureFacts &f, const char *expected) {
        QTest::newRow(name) << rules << f << QString::fromLatin1(expected);
    };
    const std::vector<std::string> quota{"insufficient_quota"};
    row("none", "[]", facts(429, quota), "quota_exhausted account away ignored openai:insufficient_quota");
    row("above ours", R"([{"code": "insufficient_quota", "reason": "temporary_failure"}])", facts(429, quota),
        "temporary_failure provider here failure rules[0]");
    row("the first of two",
        R"([{"status": 429, "reason": "rate_limit"}, {"code": "insufficient_quota", "reason": "unknown"}])",
        facts(429, quota), "rate_limit model here failure rules[0]");
    row("the second of two",
        R"([{"status": 500, "reason": "rate_limit"}, {"code": "INSUFFICIENT_*", "reason": "unknown"}])",
        facts(429, quota), "unknown request away ignored rules[1]");
    row("all conditions",
        R"([{"status": "4xx", "code": "in*", "text": "Low", "host": "*.x.test", "reason": "permission"}])",
        facts(429, quota, "balance too low"), "permission account away ignored rules[0]");
    row("not the text", R"([{"status": "4xx", "text": "high", "reason": "permission"}])",
        facts(429, quota, "balance too low"), "quota_exhausted account away ignored openai:insufficient_quota");
    row("not the host", R"([{"status": 429, "host": "x.test", "reason": "permission"}])", facts(429, quota),
        "quota_exhausted account away ignored openai:insufficient_quota");
    row("a code is whole", R"([{"code": "insufficient", "reason": "permission"}])", facts(429, quota),
        "quota_exhausted account away ignored openai:insufficient_quota");
    row("not on the edge", R"([{"status": "500-503", "reason": "permission"}])", facts(504),
        "server_error provider here failure status:504");
    row("on the edge", R"([{"status": "500-503", "reason": "permission"}])", facts(503),
        "permission account away ignored rules[0]");
    row("a hint of its own", R"([{"status": 503, "reason": "temporary_failure", "hint": 7}])", facts(503),
        "temporary_failure provider here failure hint=7 rules[0]");
    row("a hint that shuts",
        R"([{"status": 503, "reason": "temporary_failure", "retry_here": false, "hint": "1m30s"}])", facts(503),
        "temporary_failure provider away failure block=90 rules[0]");
    row("a long hint shuts", R"([{"status": 503, "reason": "temporary_failure", "scope": "model", "hint": 3600}])",
        facts(503), "temporary_failure model away failure hint=3600 block=3600 rules[0]");
    row("a quota for a day",
        R"([{"text": "come back tomorrow", "reason": "quota_exhausted", "scope": "model", "hint": 86400}])",
        facts(429, {}, "Come back tomorrow."), "quota_exhausted model away ignored block=86400 rules[0]");
    row("nobody is asked", R"([{"status": 503, "reason": "server_error", "retry_here": false, "failover": false}])",
        facts(503), "server_error provider stop failure rules[0]");
    row("of one request only", R"([{"status": 503, "reason": "server_error", "scope": "request"}])", facts(503),
        "server_error request here ignored rules[0]");
    row("too long asks the next", R"([{"status": 400, "reason": "context_length"}])", facts(400),
        "context_length request away ignored rules[0]");
    FailureFacts cancelled = facts(429);
    cancelled.transport = TransportFailure::Cancelled;
    row("never what was cancelled", R"([{"status": 429, "reason": "unknown"}])", cancelled,
        "cancelled request stop ignored transport:cancelled");
    FailureFacts waits = facts(503);
    waits.hint = 4s;
    row("the server's hint stays", R"([{"status": 503, "reason": "temporary_failure"}])", waits,
        "temporary_failure provider here failure hint=4 rules[0]");
    row("instead of the server's hint", R"([{"status": 503, "reason": "temporary_failure", "hint": 9}])", waits,
        "temporary_failure provider here failure hint=9 rules[0]");
}

void OwnRulesTest::theFirstThatFitsDecides()
{
    QFETCH(QByteArray, rules);
    QFETCH(FailureFacts, failure);
    QTEST(told(classify(failure, rulesOf(rules))), "expected");
}

/// In any letters, and never beyond a text that is no text.
void OwnRulesTest::caseDoesNotCount_data()
{
    QTest::addColumn<QString>("conditions");
    QTest::addColumn<std::string>("message");
    QTest::addColumn<bool>("fits");
    const auto row = [](const char *conditions, const std::string &message, bool fits) {
        QTest::addRow("%s: %s", conditions, message.c_str()) << QString::fromUtf8(conditions) << message << fits;
    };
    row(R"("text": "КВОТА исчерпана")", "Ваша квота ИСЧЕРПАНА.", true);
    row(R"("text": "überlastet")", "ÜBERLASTET", true);
    row(R"("text": "ŚRODKÓW")", "brak środków", true);
    row(R"("text": "ΌΡΙΟ")", "ορίο", false); // the accent stands elsewhere
    row(R"("text": "配额")", "账户配额不足", true);
    row(R"("text": "额")", "配", false);
    row(R"("text": "×")", "÷", false);
    row(R"("text": "ü")", "\xC3", false);
    row(R"("text": "x")", "\xE2\x82x", true);
    row(R"("code": "Größe_?")", "GRÖßE_Ж", true);
    row(R"("code": "Größe_?")", "größe_жж", false);
    row(R"("code": "*ж?")", "aжжЖb", true);
    row(R"("code": "?")", "\xF0\x9F\x98\x80", true);
    row(R"("code": "?")", "\xF0\x9F\x98", false);
    row(R"("code": "???")", "\xF0\x9F\x98", true);
    row(R"("code": "*?")", "\xFF", true);
}

void OwnRulesTest::caseDoesNotCount()
{
    QFETCH(QString, conditions);
    QFETCH(std::string, message);
    QFETCH(bool, fits);
    const OwnRules rules = rulesOf("[{" + conditions.toUtf8() + R"(, "status": 418, "reason": "permission"}])");
    FailureFacts failure = facts(418, {message}, message.c_str());
    QCOMPARE(findOwnRule(rules, failure), fits ? 0 : -1);
}

void OwnRulesTest::whatIsUnknownIsKeptAsItIs()
{
    const QByteArray json = R"([{"code":"x","note":{"by":["ü",1.5,null]},"reason":"unknown","team":"A"}])";
    ConfigIssues issues;
    const OwnRules rules = ownRulesFromJson(QJsonDocument::fromJson(json).array(), &issues);
    QCOMPARE(rules.front().unknown.c_str(), R"({"note":{"by":["ü",1.5,null]},"team":"A"})");
    QCOMPARE(QJsonDocument(toJson(rules)).toJson(QJsonDocument::Compact), json);
}

void OwnRulesTest::theEngineObeys_data()
{
    QTest::addColumn<QByteArray>("rules");
    QTest::addColumn<QString>("asked"); // providers in the order of the POSTs
    QTest::addColumn<QString>("rule");  // of the first attempt
    QTest::addColumn<QString>("blocked");
    QTest::newRow("without") << QByteArray("[]") << "a b" << "openai:insufficient_quota" << "account";
    QTest::newRow("tried again here") << QByteArray(
        R"([{"code": "insufficient_quota", "reason": "temporary_failure"}])")
                                      << "a a"
                                      << "rules[0]"
                                      << "";
    QTest::newRow("elsewhere, for a while")
        << QByteArray(R"([{"status": 429, "reason": "temporary_failure", "retry_here": false, "hint": 60}])") << "a b"
        << "rules[0]"
        << "provider";
    QTest::newRow("nowhere") << QByteArray(R"([{"host": "a.test", "status": 429, "reason": "invalid_request"}])") << "a"
                             << "rules[0]"
                             << "";
    QTest::newRow("another host's rule") << QByteArray(
        R"([{"host": "b.test", "status": 429, "reason": "invalid_request"}])")
                                         << "a b"
                                         << "openai:insufficient_quota"
                                         << "account";
}

void OwnRulesTest::theEngineObeys()
{
    QFETCH(QByteArray, rules);
    EngineRig rig(EngineRig::exact(), 2);
    rig.configuration.rules = rulesOf(rules);
    rig.handler->configure(rig.configuration);
    rig.transport.queue = {scripts::quotaUsedUp()};
    rig.call();
    QStringList asked, blocked;
    for (int i = 0; i < rig.transport.requests.size(); ++i)
        asked << rig.asked(i);
    QTEST(asked.join(QLatin1Char(' ')), "asked");
    QTEST(rig.of(EventKind::AttemptFinished).first().rule, "rule");
    for (const Event &e : rig.of(EventKind::CircuitChanged))
        blocked << toKey(e.scope);
    QTEST(blocked.join(QLatin1Char(' ')), "blocked");
}

void OwnRulesTest::filtersFailOverWhenAskedTo_data()
{
    QTest::addColumn<QByteArray>("retry");
    QTest::addColumn<QByteArray>("rules");
    QTest::addColumn<int>("asked");
    QTest::newRow("not asked to") << QByteArray("{}") << QByteArray("[]") << 1;
    QTest::newRow("by the reason") << QByteArray(R"({"reasons": {"content_filter": {"fail_over": true}}})")
                                   << QByteArray("[]") << 2;
    QTest::newRow("by an own rule") << QByteArray(
        "{}") << QByteArray(R"([{"code": "content_filter", "reason": "content_filter", "failover": true}])")
                                    << 2;
    QTest::newRow("the reason's word is the last")
        << QByteArray(R"({"reasons": {"content_filter": {"fail_over": false}}})")
        << QByteArray(R"([{"code": "content_filter", "reason": "content_filter", "failover": true}])") << 1;
}

void OwnRulesTest::filtersFailOverWhenAskedTo()
{
    QFETCH(QByteArray, retry);
    QFETCH(QByteArray, rules);
    ConfigIssues issues;
    EngineRig rig(EngineRig::exact(), 2);
    rig.configuration.retry.overrides =
        retryConfigFromJson(QJsonDocument::fromJson(retry).object(), QStringLiteral("retry"), &issues).overrides;
    rig.configuration.rules = rulesOf(rules);
    QVERIFY(issues.isEmpty());
    rig.handler->configure(rig.configuration);
    rig.transport.queue = {scripts::reply(
        400, R"({"error":{"message":"The response was filtered.","type":null,"code":"content_filter"}})")};
    const CallResult result = rig.call();
    QTEST(int(rig.transport.requests.size()), "asked");
    QCOMPARE(result.succeeded(), rig.transport.requests.size() == 2);
    QCOMPARE(toKey(rig.of(EventKind::AttemptFinished).first().reason), QStringLiteral("content_filter"));
}

void OwnRulesTest::whatIsExplainedIsWhatHappens_data()
{
    QTest::addColumn<Script>("script");
    QTest::addColumn<QByteArray>("rules");
    QTest::addColumn<int>("providers");
    const QByteArray none = "[]";
    QTest::newRow("an answer") << scripts::openAiAnswer() << none << 2;
    QTest::newRow("a server's error") << scripts::serverError() << none << 2;
    QTest::newRow("a rate limit with a short wait") << scripts::rateLimit("1") << none << 2;
    QTest::newRow("a rate limit with a longer wait") << scripts::rateLimit("20") << none << 2;
    QTest::newRow("a rate limit with a longer wait, alone") << scripts::rateLimit("20") << none << 1;
    QTest::newRow("a rate limit for an hour") << scripts::rateLimit("3600") << none << 2;
    QTest::newRow("a rate limit for an hour, alone") << scripts::rateLimit("3600") << none << 1;
    QTest::newRow("a used-up quota") << scripts::quotaUsedUp() << none << 2;
    QTest::newRow("a wrong key") << scripts::wrongKey() << none << 2;
    QTest::newRow("a missing model, alone") << scripts::modelMissing() << none << 1;
    QTest::newRow("a bad request") << scripts::badRequest() << none << 2;
    QTest::newRow("an own rule") << scripts::serverError()
                                 << QByteArray(R"([{"status": "5xx", "reason": "model_unavailable", "hint": 120}])")
                                 << 2;
    QTest::newRow("half an answer") << scripts::reply(200, R"({"choices":[{"message":{"content":"h)") << none << 2;
}

void OwnRulesTest::whatIsExplainedIsWhatHappens()
{
    QFETCH(Script, script);
    QFETCH(QByteArray, rules);
    QFETCH(int, providers);
    EngineRig rig(EngineRig::exact(), providers);
    rig.configuration.rules = rulesOf(rules);
    rig.handler->configure(rig.configuration);
    rig.transport.queue = {script};
    rig.call();
    SampleResponse response{script.status, script.headers, {}};
    for (const auto &[when, bytes] : script.data)
        response.body += bytes;
    const Explanation e = explain(rig.configuration, QStringLiteral("a"), response, rig.clock.wallNow());
    const Event first = rig.of(EventKind::AttemptFinished).first();
    QCOMPARE(toText(e.classification.rule), first.rule);
    QCOMPARE(toKey(e.classification.reason), toKey(first.reason));
    QCOMPARE(e.message, first.detail);
    const QVector<Event> waits = rig.of(EventKind::RetryScheduled), starts = rig.of(EventKind::AttemptStarted);
    const Explanation::Next happened = first.reason == RetryReason::None          ? Explanation::Next::Done
                                       : starts.size() < 2                        ? Explanation::Next::GiveUp
                                       : starts[1].provider == QLatin1String("a") ? Explanation::Next::Again
                                                                                  : Explanation::Next::Elsewhere;
    QCOMPARE(int(e.next), int(happened));
    if (e.next == Explanation::Next::Again)
        QVERIFY(waits.first().delay >= e.wait.least && waits.first().delay <= e.wait.most);
    if (e.next == Explanation::Next::Elsewhere)
        QCOMPARE(e.nextProvider, starts[1].provider);
    QVector<Event> opened = rig.of(EventKind::CircuitChanged);
    QCOMPARE(e.blocks.size(), opened.size());
    for (qsizetype i = 0; i < opened.size(); ++i) {
        QCOMPARE(toKey(e.blocks[i].scope), toKey(opened[i].scope));
        QVERIFY(*opened[i].openFor >= e.blocks[i].lasts.least && *opened[i].openFor <= e.blocks[i].lasts.most);
    }
    for (const ExplanationLine &line : tellExplanation(e, rig.configuration.rules))
        QVERIFY2(!line.text.isEmpty() && !line.text.contains(QLatin1Char('%')), qPrintable(line.name + line.text));
}

void OwnRulesTest::anExplanationHoldsNoKey()
{
    qputenv("RETRYSCOPE_TEST_KEY", "a-secret-of-the-test-0815");
    EngineRig rig;
    rig.configuration.providers[0].keyReference = QStringLiteral("env:RETRYSCOPE_TEST_KEY");
    SampleResponse response{
        401, {},
        R"({"error":{"message":"Wrong key a-secret-of-the-test-0815, not sk-proj-AbCdEf0123456789AbCd","code":"a-secret-of-the-test-0815"}})"};
    QString all;
    const Explanation e = explain(rig.configuration, QStringLiteral("a"), response, rig.clock.wallNow());
    for (const ExplanationLine &line : tellExplanation(e, {}))
        all += line.text;
    QVERIFY2(!all.contains(QStringLiteral("0815")) && !all.contains(QStringLiteral("AbCdEf")), qPrintable(all));
    QVERIFY(all.contains(QStringLiteral("[key]")));
    qunsetenv("RETRYSCOPE_TEST_KEY");
}

void OwnRulesTest::theGuideNamesEveryField()
{
    QFile guide(QStringLiteral(SOURCE_ROOT "/docs/guide.md"));
    QVERIFY(guide.open(QIODevice::ReadOnly));
    const QByteArray text = guide.readAll();
    for (const OwnRuleField &field : ownRuleFields())
        QVERIFY2(text.contains("| `" + QByteArray(field.key) + '`'), field.key);
}

SUITE_TEST(OwnRulesTest)
#include "tst_ownrules.moc"
