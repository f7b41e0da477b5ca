// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "crashtest/crashfacts.h"
#include "crashtest/crashpeers.h"
#include "crashtest/crashtest.h"
#include "engine/credentials.h"
#include "engine/targets.h"
#include "support/suite.h"
#include "words/crashtestwords.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QXmlStreamReader>

using namespace retryscope;

/// The crash test: what comes of configurations good and bad, over real sockets.
class CrashTestTest : public QObject
{
    Q_OBJECT
private slots:
    void theTableIsWhole();
    void theDefaultPassesEveryCase();
    void aBadConfigurationIsFound_data();
    void aBadConfigurationIsFound();
    void anAnswerThatIsNotWholeIsALie();
    void oneThatHasNotEndedFails();
    void timeIsNotTooShortForTheConfiguration();
    void theStageHasNoSecrets();
    void aRuleForTheFirstHostGoesAlong();
    void whatCameIsKeptWhenItIsStopped();
    void reportsCanBeReadBack();

private:
    static Configuration made(const QByteArray &json)
    {
        LoadedConfiguration loaded = configurationFromJson(json);
        loaded.issues.removeIf([](const ConfigIssue &issue) { return issue.where == QLatin1String("providers"); });
        if (hasErrors(loaded.issues)) // but for a policy alone
            qFatal("%s", qPrintable(loaded.issues.first().message));
        return loaded.configuration;
    }
    static Configuration usual()
    {
        Configuration c;
        c.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:0")));
        return c;
    }
    /// The usual chain with this policy and these rules.
    static Configuration withPolicy(const QByteArray &json)
    {
        Configuration c = usual();
        const Configuration other = made(json);
        c.retry = other.retry;
        c.rules = other.rules;
        if (!other.providers.isEmpty())
            c.providers = other.providers;
        return c;
    }
    /// A run that is under way, with what has come of it.
    struct Run
    {
        Run(const Configuration &configuration, const QStringList &only, CrashLimits limits = {}) : test(limits)
        {
            connect(&test, &CrashTest::caseFinished, &test, [this](const CrashResult &r) { results.append(r); });
            test.start(configuration, only);
        }
        CrashResults wait()
        {
            if (!QTest::qWaitFor([this] { return !test.isRunning(); }, 120'000))
                qFatal("the crash test hangs");
            return results;
        }
        CrashTest test;
        CrashResults results;
    };
    static CrashResults run(const Configuration &configuration, const QStringList &only, CrashLimits limits = {})
    {
        return Run(configuration, only, limits).wait();
    }
    CrashResults m_bad; ///< what came of bad configurations
    static QByteArray told(const CrashResult &r)
    {
        return (r.key + QLatin1Char(' ') + toKey(r.verdict) + QLatin1Char(' ') + didSentence(r) + QLatin1Char(' ')
                + whySentence(r) + QLatin1Char(' ') + requestsText(r))
            .toUtf8();
    }
};

void CrashTestTest::theTableIsWhole()
{
    QVERIFY(crashCases().size() >= 40);
    QSet<QString> keys, labels;
    for (const CrashCase &one : crashCases()) {
        keys.insert(QLatin1String(one.key));
        labels.insert(QLatin1String(one.label));
        QVERIFY2(QByteArray(one.fault).endsWith('.') && QByteArray(one.good).endsWith('.'), one.key);
        QVERIFY2(one.terms.refused || !one.troubles.isEmpty(), one.key);
        QCOMPARE(crashCase(QString::fromLatin1(one.key)), &one);
    }
    QCOMPARE(keys.size(), crashCases().size());
    QCOMPARE(labels.size(), crashCases().size());
    QSet<Fault> played; // each fault that the sandbox has comes up
    for (const CrashCase &one : crashCases()) {
        for (const Trouble &trouble : one.troubles) {
            for (const FaultSetting &step : trouble.steps)
                played.insert(step.fault);
        }
    }
    for (const FaultTraits &fault : faultTable())
        QVERIFY2(played.contains(fault.fault) || fault.fault == Fault::None, fault.key);
}

void CrashTestTest::theDefaultPassesEveryCase()
{
    const CrashResults results = run(usual(), {});
    QCOMPARE(results.size(), crashCases().size());
    for (const CrashResult &r : results) {
        QVERIFY2(r.verdict == CrashVerdict::Pass, told(r).constData());
        QVERIFY2(whySentence(r).isEmpty() && !didSentence(r).isEmpty(), told(r).constData());
        const CrashCase *what = crashCase(r.key);
        QCOMPARE(r.calls, what->terms.calls * what->terms.programs);
        int asked = 0;
        for (const auto &[provider, requests] : r.requests)
            asked += requests;
        QVERIFY2(asked >= r.answered, told(r).constData());
        QVERIFY2(r.by.isEmpty() || r.calls > 1 || didSentence(r).contains(findProvider(usual(), r.by)->name),
                 told(r).constData());
    }
}

namespace {

struct BadRow
{
    const char *name;
    QByteArray json;
    const char *key, *verdict, *finding, *setting;
};

QVector<BadRow> badRows()
{
    QVector<BadRow> rows;
    const auto row = [&rows](const char *name, const QByteArray &json, const char *key, const char *verdict,
                             const char *finding, const char *setting) {
        rows.append({name, json, key, verdict, finding, setting});
    };
    const QByteArray alone =
        R"("providers":[{"id":"a","protocol":"openai","base_url":"https://api.test/v1","model":"m"}])";
    row("one attempt", R"({"retry":{"max_attempts":1}})", "server_error_once", "safe", "not_answered",
        "retry.max_attempts");
    row("nobody else", '{' + alone + '}', "quota_spent", "safe", "not_answered", "providers");
    row("too few for the case", '{' + alone + '}', "two_down", "left_out", "none", "");
    row("no failover for a key", R"({"retry":{"reasons":{"authentication":{"fail_over":false}}}})", "key_revoked",
        "safe", "not_answered", "retry.reasons.authentication.fail_over");
    row("no repeat after a delivery", R"({"retry":{"unconfirmed_delivery":"stop"}})", "reset_once", "safe",
        "not_answered", "retry.unconfirmed_delivery");
    row("no jitter", R"({"retry":{"jitter":"none"}})", "herd", "partial", "bunched", "retry.jitter");
    row("hints ignored", R"({"retry":{"honour_server_hints":false}})", "rate_limit_once", "partial", "too_soon",
        "retry.honour_server_hints");
    row("patience", R"({"retry":{"hint_patience_s":60,"server_hint_cap_s":60}})", "rate_limit_long", "partial",
        "too_slow", "retry.hint_patience_s");
    row("a long wait for the first token", R"({"retry":{"first_token_timeout_s":50}})", "silence", "partial",
        "too_slow", "retry.first_token_timeout_s");
    row("a provider's own long wait",
        R"({"providers":[{"id":"x","enabled":false,"protocol":"openai","base_url":"https://api.test/v1","model":"m"},
        {"id":"a","protocol":"openai","base_url":"https://api.test/v1","model":"m",
         "timeouts":{"first_token_timeout_s":50}},
        {"id":"b","protocol":"mistral","base_url":"https://b.test","model":"m"}]})",
        "silence", "partial", "too_slow", "providers[1].timeouts.first_token_timeout_s");
    row("a few are lost", R"({"retry":{"max_attempts":1}})", "recovery", "partial", "some_lost", "retry.max_attempts");
    row("not back in use", R"({"retry":{"probe_interval_s":0,"circuit_open_time_s":120}})", "recovery", "partial",
        "not_back", "retry.probe_interval_s");
    row("a rule that repeats a used-up quota",
        R"({"retry":{"attempts_per_provider":20,"max_attempts":20,"base_delay_s":0.01,"max_delay_s":0.01},
        "rules":[{"status":[402,429],"reason":"temporary_failure","scope":"request","retry_here":true}]})",
        "quota_spent", "fail", "too_many_requests", "rules[0]");
    row("many attempts on one", R"({"retry":{"attempts_per_provider":8,"max_attempts":9,"base_delay_s":0.01,
        "reasons":{"malformed_response":{"max_attempts":8}}}})",
        "all_down", "pass", "none", "");
    return rows;
}

} // namespace

/// They run together, for most of them do nothing but wait, and are looked at one by one.
void CrashTestTest::aBadConfigurationIsFound_data()
{
    QTest::addColumn<int>("index");
    const QVector<BadRow> rows = badRows();
    std::vector<std::unique_ptr<Run>> runs;
    for (const BadRow &row : rows)
        runs.push_back(std::make_unique<Run>(withPolicy(row.json), QStringList{QLatin1String(row.key)}));
    for (int i = 0; i < rows.size(); ++i) {
        m_bad.append(runs[std::size_t(i)]->wait());
        QTest::newRow(rows[i].name) << i;
    }
}

void CrashTestTest::aBadConfigurationIsFound()
{
    QFETCH(int, index);
    const BadRow row = badRows()[index];
    QCOMPARE(m_bad.size(), badRows().size());
    const CrashResult &r = m_bad[index];
    QCOMPARE(r.key, QLatin1String(row.key));
    QVERIFY2(toKey(r.verdict) == QLatin1String(row.verdict), told(r).constData());
    QVERIFY2(toKey(r.finding) == QLatin1String(row.finding), told(r).constData());
    QVERIFY2(r.setting == QLatin1String(row.setting), told(r).constData());
    QCOMPARE(whySentence(r).isEmpty(), r.finding == CrashFinding::None);
    if (!r.setting.isEmpty())
        QVERIFY2(whySentence(r).contains(r.setting), told(r).constData());
}

/// No configuration is known that reaches these: they are judged on facts that are made up.
void CrashTestTest::anAnswerThatIsNotWholeIsALie()
{
    const CrashCase &what = *crashCase(u"clean_cut");
    const Stage stage = stageFor(usual(), QUrl(QStringLiteral("http://127.0.0.1:1")));
    CallResult call;
    call.outcome = CallOutcome::FirstTry;
    call.provider = stage.chain.first();
    call.text = QStringLiteral("All of it.");
    call.answer.finish = Finish::Stop;
    call.answer.end = AnswerEnd::Mark;
    QVERIFY(call.isPlain());
    CrashFacts facts;
    facts.calls = {call};
    facts.places.resize(stage.chain.size());
    facts.places[0].answers = {QStringLiteral("All of it.")};
    QCOMPARE(toKey(judge(what, stage, facts).verdict), QStringLiteral("pass"));
    facts.calls[0]->text = QStringLiteral("All");
    QCOMPARE(toKey(judge(what, stage, facts).finding), QStringLiteral("told_whole"));
    QCOMPARE(toKey(judge(what, stage, facts).verdict), QStringLiteral("fail"));
    facts.calls[0]->answer.finish = Finish::Unknown; // told with what is missing
    QCOMPARE(toKey(judge(what, stage, facts).verdict), QStringLiteral("pass"));
    facts.places[1].astray = 1;
    QCOMPARE(toKey(judge(what, stage, facts).finding), QStringLiteral("astray"));
    QCOMPARE(toKey(judge(what, stage, facts).verdict), QStringLiteral("fail"));
    facts.places[1].astray = 0;
    facts.places[0].spoiled = 2; // one more than is of use, then three
    QCOMPARE(toKey(judge(what, stage, facts).verdict), QStringLiteral("partial"));
    facts.places[0].spoiled = 3;
    QCOMPARE(toKey(judge(what, stage, facts).verdict), QStringLiteral("fail"));
    facts.places[0].spoiled = 0;
    facts.places[1].spoiled = 9; // it is not among the troubled
    QCOMPARE(toKey(judge(what, stage, facts).verdict), QStringLiteral("pass"));
}

void CrashTestTest::oneThatHasNotEndedFails()
{
    const Configuration patient = withPolicy(R"({"retry":{"rate_limit_delay_s":600,"deadline_s":7200}})");
    const CrashResults results = run(patient, {QStringLiteral("rate_limit_no_hint")}, {.bound = 1500ms});
    QVERIFY2(toKey(results.first().finding) == QLatin1String("not_ended"), told(results.first()).constData());
    QCOMPARE(toKey(results.first().verdict), QStringLiteral("fail"));
    QCOMPARE(results.first().setting, QStringLiteral("retry.rate_limit_delay_s"));
    QCOMPARE(results.first().value, QStringLiteral("600"));
    QVERIFY(didSentence(results.first()).contains(QLatin1String("had not ended")));
}

void CrashTestTest::timeIsNotTooShortForTheConfiguration()
{
    const CrashCase &hang = *crashCase(u"silence"), &error = *crashCase(u"server_error");
    QCOMPARE(speedFor(error, usual(), {}), 1.0);
    QCOMPARE(speedFor(hang, usual(), {}), 10.0);
    QCOMPARE(speedFor(hang, withPolicy(R"({"retry":{"first_token_timeout_s":1}})"), {}), 2.0);
    QCOMPARE(speedFor(hang, withPolicy(R"({"retry":{"idle_timeout_s":0.1}})"), {}), 1.0);
    QCOMPARE(speedFor(hang, usual(), {.fastest = 1.0}), 1.0);
}

void CrashTestTest::theStageHasNoSecrets()
{
    qputenv("RS_CRASH_SECRET", "sk-a-real-one-1234567890");
    const Configuration c = made(R"({"providers":[
        {"id":"a","protocol":"openai","base_url":"https://api.test/v1","model":"m","key":"env:RS_CRASH_SECRET",
         "keys":["env:RS_CRASH_OTHER"],"headers":{"X-Team":"blue","X-Api-Token":"Bearer env:RS_CRASH_SECRET"},
         "query":{"api-version":"2026-01-01","sig":"env:RS_CRASH_SECRET"},"proxy":"http://proxy.test:1"},
        {"id":"b","protocol":"anthropic","base_url":"https://b.test","model":"m","key":"env:RS_CRASH_SECRET"},
        {"id":"c","protocol":"openai","base_url":"https://api.test/v1","model":"m","key":"env:RS_CRASH_SECRET"},
        {"id":"d","protocol":"mistral","base_url":"https://d.test","model":"m","enabled":false}]})");
    const Stage stage = stageFor(c, QUrl(QStringLiteral("http://127.0.0.1:4321")));
    QCOMPARE(stage.chain, (QVector<ProviderId>{QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")}));
    QCOMPARE(stage.keys, (QVector<int>{2, 1, 1}));
    QVERIFY(!toJson(stage.configuration).contains("RS_CRASH_"));
    QCOMPARE(stage.configuration.retry, c.retry);
    const ProviderConfigs &p = stage.configuration.providers;
    for (const ProviderConfig &provider : p) {
        QCOMPARE(provider.baseUrl.host(), QStringLiteral("127.0.0.1"));
        QCOMPARE(provider.baseUrl.port(), 4321);
        for (const KeyChoice &key : keysOf(provider)) {
            const auto credentials = resolveCredentials(provider, key.account);
            QVERIFY(credentials);
            QCOMPARE(credentials->key, QByteArray("crash-test-key"));
            for (const auto &[name, value] : credentials->headers)
                QVERIFY(!value.contains("sk-a-real"));
            for (const auto &[name, value] : credentials->query)
                QVERIFY(!value.contains(QLatin1String("sk-a-real")));
            QCOMPARE(credentials->proxy, QStringLiteral("none"));
        }
    }
    QCOMPARE(p[0].headers[QStringLiteral("X-Team")], QStringLiteral("blue"));
    QCOMPARE(p[0].query[QStringLiteral("api-version")], QStringLiteral("2026-01-01"));
    // Accounts stay as many as they are: one key at one host, whoever uses it.
    QCOMPARE(keysOf(p[0])[0].account, keysOf(p[2])[0].account);
    QVERIFY(keysOf(p[0])[0].account != keysOf(p[0])[1].account);
    QVERIFY(keysOf(p[0])[0].account != keysOf(p[1])[0].account);
}

void CrashTestTest::aRuleForTheFirstHostGoesAlong()
{
    const Configuration c = made(R"({"providers":[
        {"id":"a","protocol":"openai","base_url":"https://api.corp.test/v1","model":"m"},
        {"id":"b","protocol":"openai","base_url":"https://b.test/v1","model":"m"}],
        "rules":[{"host":"b.test","status":500,"reason":"server_error"},
                 {"host":"*.Corp.test","status":500,"reason":"quota_exhausted"}]})");
    const Stage stage = stageFor(c, QUrl(QStringLiteral("http://127.0.0.1:1")));
    QCOMPARE(stage.configuration.rules[0].host.c_str(), "b.test");
    QVERIFY(stage.configuration.rules[1].host.empty());
}

void CrashTestTest::whatCameIsKeptWhenItIsStopped()
{
    CrashTest test({}, 2);
    CrashResults results;
    QSignalSpy finished(&test, &CrashTest::finished);
    connect(&test, &CrashTest::caseFinished, &test, [&](const CrashResult &r) {
        results.append(r);
        test.stop();
    });
    test.start(usual(), {QStringLiteral("gzip"), QStringLiteral("silence"), QStringLiteral("all_silent"),
                         QStringLiteral("length"), QStringLiteral("server_error"), QStringLiteral("all_down")});
    QVERIFY(test.isRunning());
    QTRY_COMPARE(finished.size(), 1);
    QVERIFY(!finished.first().first().toBool());
    QVERIFY(!results.isEmpty() && results.size() < test.planned());
    QVERIFY(!test.isRunning());
    test.start(usual(), {QStringLiteral("gzip")}); // and again
    QTRY_COMPARE(finished.size(), 2);
    QCOMPARE(results.last().key, QStringLiteral("gzip"));
}

void CrashTestTest::reportsCanBeReadBack()
{
    CrashReport report;
    report.configuration = QStringLiteral("a<b>|c&d.json");
    report.providers = {QStringLiteral("p|1"), QStringLiteral("<i>")};
    report.names = {{QStringLiteral("p|1"), QStringLiteral("First & best")}};
    report.at = WallTime(1'790'000'000'000ms);
    report.took = 12s;
    for (int v = 0; v < crashVerdictCount; ++v) {
        CrashResult r;
        r.key = QLatin1String(crashCases()[v].key);
        r.verdict = CrashVerdict(v);
        r.calls = r.answered = 1;
        r.by = QStringLiteral("<i>");
        r.requests = {{QStringLiteral("p|1"), v}, {QStringLiteral("<i>"), 1}};
        r.names = report.names;
        if (r.verdict != CrashVerdict::Pass && r.verdict != CrashVerdict::LeftOut) {
            r.finding = CrashFinding::TooManyRequests;
            r.setting = QStringLiteral("retry.max_attempts");
            r.value = QStringLiteral("20");
            r.counted = 20;
            r.wanted = 4;
        }
        report.results.append(r);
    }
    report.planned = int(report.results.size()) + 2;
    QCOMPARE(report.score(), std::optional(43)); // (1 + 0.5 + 0.25) of 4
    QVERIFY(scoreSentence(report).contains(QLatin1String("Stopped after 5 of 7 cases")));

    const QByteArray junit = toJUnit(report);
    QXmlStreamReader xml(junit);
    QStringList cases, failures, skipped, outputs;
    while (!xml.atEnd()) {
        xml.readNext();
        if (!xml.isStartElement())
            continue;
        if (xml.name() == QLatin1String("testsuite")) {
            QCOMPARE(xml.attributes().value(QLatin1String("tests")).toInt(), 5);
            QCOMPARE(xml.attributes().value(QLatin1String("failures")).toInt(), 1);
            QCOMPARE(xml.attributes().value(QLatin1String("skipped")).toInt(), 1);
            QVERIFY(xml.attributes().value(QLatin1String("name")).contains(report.configuration));
        } else if (xml.name() == QLatin1String("testcase")) {
            cases << xml.attributes().value(QLatin1String("name")).toString();
        } else if (xml.name() == QLatin1String("failure")) {
            QVERIFY(xml.attributes().value(QLatin1String("message")).contains(QLatin1String("20 times")));
            failures << cases.last();
        } else if (xml.name() == QLatin1String("skipped")) {
            skipped << cases.last();
        } else if (xml.name() == QLatin1String("system-out")) {
            outputs << cases.last();
        }
    }
    QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
    QCOMPARE(cases.size(), 5);
    QCOMPARE(failures, QStringList{cases[3]});
    QCOMPARE(skipped, QStringList{cases[4]});
    QCOMPARE(outputs, (QStringList{cases[1], cases[2]}));

    const QJsonObject json = QJsonDocument::fromJson(QJsonDocument(toJson(report)).toJson()).object();
    QCOMPARE(json[QStringLiteral("kind")].toString(), QStringLiteral("crashtest"));
    QCOMPARE(json[QStringLiteral("score")].toInt(), 43);
    QCOMPARE(json[QStringLiteral("complete")].toBool(true), false);
    QCOMPARE(json[QStringLiteral("verdicts")][QStringLiteral("fail")].toInt(), 1);
    const QJsonObject failed = json[QStringLiteral("cases")][3].toObject();
    QCOMPARE(failed[QStringLiteral("setting")].toString(), QStringLiteral("retry.max_attempts"));
    QCOMPARE(failed[QStringLiteral("requests")][QStringLiteral("p|1")].toInt(), 3);

    const QString html = toHtml(report);
    QVERIFY(html.contains(QStringLiteral("a&lt;b&gt;|c&amp;d.json")) && !html.contains(QStringLiteral("<i>")));
    QVERIFY(html.contains(QStringLiteral("prefers-color-scheme:dark")));
    QVERIFY(!html.contains(QStringLiteral("http://"))
            && !html.contains(QStringLiteral("https://"))); // needs nothing else
    QCOMPARE(html.count(QStringLiteral("<details")), 5);
    QCOMPARE(html.count(QStringLiteral("</details>")), 5);
    const QString markdown = toMarkdown(report);
    const qsizetype beside = markdown.indexOf(QStringLiteral("## Beside it"));
    QVERIFY(beside > 0);
    const auto cellsAre = [](const QString &table, int ends) { // whatever the names hold
        for (const QString &line : table.split(QLatin1Char('\n'))) {
            if (line.startsWith(QLatin1Char('|')))
                QCOMPARE(QString(line).remove(QStringLiteral("\\|")).count(QLatin1Char('|')), ends);
        }
    };
    cellsAre(markdown.left(beside), 7); // six cells
    cellsAre(markdown.mid(beside), int(crashPeers().peers.size()) + 2);
    QVERIFY2(crashPeers().peers.size() == 4 && html.contains(peersHeading()), qPrintable(peersHeading()));
    QVERIFY(crashPeersFromJson("{}").peers.isEmpty());
    QVERIFY(markdown.contains(QStringLiteral("## Why")));
    // people read the name, programs the id
    QCOMPARE(requestsText(report.results[3]), QStringLiteral("First & best 3, <i> 1"));
    QVERIFY(html.contains(QStringLiteral("First &amp; best 3")) && !html.contains(QStringLiteral("p|1")));
    QVERIFY2(markdown.contains(QStringLiteral("Chain: First & best, ")) && !markdown.contains(QStringLiteral("p\\|1")),
             qPrintable(markdown.left(200)));
}

SUITE_TEST(CrashTestTest)
#include "tst_crashtest.moc"
