// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/virtualclock.h"
#include "engine/providercheck.h"
#include "support/scriptedtransport.h"
#include "support/suite.h"
#include "words/checkwords.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTest>

using namespace retryscope;

namespace {

const QByteArray checkKey = "sk-check-0123456789abcdef";

ProviderConfig checkedProvider()
{
    ProviderConfig p;
    p.id = p.name = QStringLiteral("a");
    p.protocol = ProtocolKind::OpenAi;
    p.baseUrl = QUrl(QStringLiteral("https://a.test/v1"));
    p.model = QStringLiteral("m-large");
    p.keyReference = QStringLiteral("env:PROVIDER_CHECK_KEY");
    return p;
}

Script modelList(const QByteArray &models = R"([{"id":"m-large"},{"id":"m-small"}])", const QByteArray &more = {})
{
    return scripts::reply(200, "{\"data\":" + models + more + "}");
}

Script streamedOk() { return scripts::stream({scripts::delta("ok"), scripts::finishReason(), scripts::done()}); }

Script failsWith(TransportFailure failure, const QString &message)
{
    return {1h, {}, 0, {}, {}, 2ms, {failure, Delivery::NotSent, message}};
}

/// "settings:passed key:passed …", with the finding's key where there is one.
QStringList story(const CheckReport &report, const ProviderConfig &provider)
{
    QStringList words;
    for (const QJsonValue &value : toJson(report, provider)[QLatin1String("stages")].toArray()) {
        const QString finding = value[QLatin1String("finding")].toString();
        words << value[QLatin1String("stage")].toString() + QLatin1Char(':') + value[QLatin1String("state")].toString()
                     + (finding.isEmpty() ? QString() : QLatin1Char('/') + finding);
    }
    return words;
}

} // namespace

/// The staged check: which stage fails for which reason, what is said, and what is never said.
class ProviderCheckTest : public QObject
{
    Q_OBJECT
private slots:
    void init() { qputenv("PROVIDER_CHECK_KEY", checkKey); }
    void cleanup() { qunsetenv("PROVIDER_CHECK_KEY"); }
    void aProviderThatIsWellPassesEveryStage();
    void theStageThatFailsIsNamed_data();
    void theStageThatFailsIsNamed();
    void withoutAKeyNothingIsSent();
    void aWrongFieldEndsItBeforeAnythingIsSent();
    void noConnectionEndsInTime();
    void aCaFileThatIsNotThereIsAWrongField();
    void sentencesFitTheirCase();
    void aListThatDoesNotComeIsNotWaitedFor();
    void aListThatCannotBeReadIsAWarning();
    void whatCallsNeedIsMendedBeforeAList();
    void aModelThatIsNotListedMayAnswer();
    void stopEndsItAndNothingMoreIsTold();
    void droppingItIsSilent();
    void noKeyIsEverTold();
    void everyFindingHasItsWords();
    void theCostIsSaidBefore();
    void everyKeyIsTried();
    void everyKeyIsTried_data();
    void aFurtherKeyThatIsSilentEndsInTime();
    void listsOfEveryShapeAreRead_data();
    void listsOfEveryShapeAreRead();
    void theModelIsFoundInALongList();
    void similarNamesAreFound();

private:
    CheckReport run(ProviderConfig provider, std::deque<Script> scripts)
    {
        VirtualClock clock;
        ScriptedTransport transport(clock);
        transport.queue = std::move(scripts);
        CheckReport last;
        int over = 0;
        ProviderCheck check(clock, transport, provider, {}, [&](const CheckReport &report) {
            last = report;
            over += report.isOver();
        });
        clock.advance(10min);
        if (over != 1)
            QTest::qFail("the last report did not come once", __FILE__, __LINE__);
        m_requests = transport.requests;
        return last;
    }
    QVector<HttpRequest> m_requests;
};

void ProviderCheckTest::aProviderThatIsWellPassesEveryStage()
{
    Script whole = scripts::openAiAnswer("ok");
    whole.headers = {{"x-ratelimit-limit-requests", "500"}, {"x-ratelimit-remaining-requests", "499"}};
    const CheckReport report = run(checkedProvider(), {modelList(), whole, streamedOk()});
    QVERIFY2(report.passed(), qPrintable(story(report, checkedProvider()).join(QLatin1Char(' '))));
    QVERIFY(!report.failed());
    QCOMPARE(report.models.models, QStringList({QStringLiteral("m-large"), QStringLiteral("m-small")}));
    QCOMPARE(report.tokensIn, 3);
    QCOMPARE(report.tokensOut, 1);
    QCOMPARE(*report.at(CheckStage::Connection).took, Duration(1ms));
    QCOMPARE(*report.at(CheckStage::Prompt).took, Duration(100ms));
    QVERIFY(
        foundSentence(report, CheckStage::Limits, checkedProvider()).contains(QStringLiteral("499 of 500 requests")));
    QCOMPARE(m_requests.size(), 3);
    QCOMPARE(m_requests[0].method, QByteArray("GET"));
    QVERIFY(m_requests[0].body.isEmpty());
    QVERIFY(!m_requests[1].body.contains("\"stream\":true") && m_requests[2].body.contains("\"stream\":true"));
}

void ProviderCheckTest::theStageThatFailsIsNamed_data()
{
    QTest::addColumn<QVector<Script>>("scripts");
    QTest::addColumn<QString>("expected"); ///< from the connection's stage on
    const QString unreached = QStringLiteral(" access:skipped/earlier_failed models:skipped/earlier_failed "
                                             "prompt:skipped/earlier_failed stream:skipped/earlier_failed "
                                             "limits:skipped/earlier_failed");
    const auto connect = [&](const char *name, TransportFailure failure, const char *finding) {
        QTest::newRow(name) << QVector<Script>{failsWith(failure, QStringLiteral("why"))}
                            << QStringLiteral("address:passed connection:failed/%1").arg(QLatin1String(finding))
                                   + unreached;
    };
    QTest::newRow("unknown host") << QVector<Script>{failsWith(TransportFailure::HostNotFound, {})}
                                  << QStringLiteral("address:failed/host_unknown connection:skipped/earlier_failed")
                                         + unreached;
    connect("refused", TransportFailure::Refused, "refused");
    connect("TLS", TransportFailure::Tls, "tls_failed");
    connect("certificate", TransportFailure::Certificate, "untrusted");
    connect("scheme", TransportFailure::WrongScheme, "wrong_scheme");
    connect("proxy", TransportFailure::Proxy, "proxy_failed");
    connect("no HTTP", TransportFailure::NotHttp, "not_http");
    connect("reset", TransportFailure::Reset, "connection_lost");
    const QString connected = QStringLiteral("address:passed connection:passed ");
    const QString listed = connected + QStringLiteral("access:passed models:passed ");
    const QString noMore = QStringLiteral(" stream:skipped/earlier_failed limits:skipped/no_limits_told");
    QTest::newRow("wrong key") << QVector<Script>{scripts::wrongKey()}
                               << connected
                                      + QStringLiteral("access:failed/key_refused models:skipped/earlier_failed "
                                                       "prompt:skipped/earlier_failed stream:skipped/earlier_failed "
                                                       "limits:skipped/earlier_failed");
    QTest::newRow("a public list, and a wrong key")
        << QVector<Script>{modelList(), scripts::wrongKey()}
        << connected
               + QStringLiteral("access:failed/key_refused models:passed prompt:skipped/earlier_failed "
                                "stream:skipped/earlier_failed limits:skipped/earlier_failed");
    const auto scope = scripts::reply(
        403, R"({"error":{"message":"You have insufficient permissions for this operation. Missing scopes: api.model.read."}})");
    QTest::newRow("a key for prompts only")
        << QVector<Script>{scope, scripts::openAiAnswer(), streamedOk()}
        << connected
               + QStringLiteral("access:passed models:warning/list_failed prompt:passed stream:passed "
                                "limits:skipped/no_limits_told");
    QTest::newRow("a key that is not allowed anything")
        << QVector<Script>{scope, scope}
        << connected
               + QStringLiteral("access:failed/not_allowed models:skipped/earlier_failed prompt:skipped/earlier_failed "
                                "stream:skipped/earlier_failed limits:skipped/earlier_failed");
    QTest::newRow("no list, and a wrong path")
        << QVector<Script>{scripts::reply(404, "not found"), scripts::reply(404, "not found")}
        << connected
               + QStringLiteral("access:skipped/key_not_proven models:skipped/no_model_list "
                                "prompt:failed/path_unknown")
               + noMore;
    QTest::newRow("no list, and all is well")
        << QVector<Script>{scripts::reply(404, "not found"), scripts::openAiAnswer(), streamedOk()}
        << connected
               + QStringLiteral("access:passed models:skipped/no_model_list prompt:passed stream:passed "
                                "limits:skipped/no_limits_told");
    QTest::newRow("model not there")
        << QVector<Script>{modelList(R"([{"id":"m-larger"}])"), scripts::modelMissing()}
        << connected + QStringLiteral("access:passed models:failed/model_missing prompt:failed/model_unknown") + noMore;
    QTest::newRow("quota") << QVector<Script>{modelList(), scripts::quotaUsedUp()}
                           << listed + QStringLiteral("prompt:failed/quota_used_up") + noMore;
    QTest::newRow("limited") << QVector<Script>{modelList(), scripts::rateLimit()}
                             << listed + QStringLiteral("prompt:failed/rate_limited") + noMore;
    QTest::newRow("broken") << QVector<Script>{modelList(), scripts::serverError()}
                            << listed + QStringLiteral("prompt:failed/server_failed") + noMore;
    QTest::newRow("bad request") << QVector<Script>{modelList(), scripts::badRequest()}
                                 << listed + QStringLiteral("prompt:failed/request_refused") + noMore;
    QTest::newRow("silent") << QVector<Script>{modelList(), scripts::silence()}
                            << listed
                                   + QStringLiteral("prompt:failed/no_answer_in_time stream:skipped/earlier_failed "
                                                    "limits:skipped/earlier_failed");
    QTest::newRow("another wire") << QVector<Script>{modelList(), scripts::reply(200, "<html>Welcome</html>")}
                                  << listed + QStringLiteral("prompt:failed/unreadable") + noMore;
    QTest::newRow("stream cut")
        << QVector<Script>{modelList(), scripts::openAiAnswer(), scripts::stream({scripts::delta("o")})}
        << listed + QStringLiteral("prompt:passed stream:failed/stream_cut limits:skipped/no_limits_told");
    Script whole = scripts::openAiAnswer();
    whole.headers = {{"Content-Type", "application/json"}};
    QTest::newRow("not streamed") << QVector<Script>{modelList(), scripts::openAiAnswer(), whole}
                                  << listed
                                         + QStringLiteral("prompt:passed stream:passed/not_streamed "
                                                          "limits:skipped/no_limits_told");
    QTest::newRow("no list at all") << QVector<Script>{scripts::reply(200, "<html>"), scripts::openAiAnswer(),
                                                       streamedOk()}
                                    << connected
                                           + QStringLiteral(
                                               "access:passed models:warning/list_unreadable "
                                               "prompt:passed stream:passed limits:skipped/no_limits_told");
    Script cutList = modelList();
    cutList.data = {{100ms, R"({"data":[{"id":"m-large"},)"}};
    cutList.how = {TransportFailure::Reset, Delivery::Answered, QStringLiteral("The connection was closed.")};
    QTest::newRow("a list that is cut") << QVector<Script>{cutList, scripts::openAiAnswer(), streamedOk()}
                                        << connected
                                               + QStringLiteral("access:passed models:warning/list_cut prompt:passed "
                                                                "stream:passed limits:skipped/no_limits_told");
    QTest::newRow("a list that is too long")
        << QVector<Script>{modelList("[" + QByteArray(8 << 20, ' ') + "]"), scripts::openAiAnswer(), streamedOk()}
        << connected
               + QStringLiteral("access:passed models:skipped/list_too_long prompt:passed stream:passed "
                                "limits:skipped/no_limits_told");
    const auto page = scripts::reply(403, "<html><head><title>403 Forbidden</title></head></html>");
    QTest::newRow("a page that refuses") << QVector<Script>{page}
                                         << connected + QStringLiteral("access:failed/page_instead")
                                                + unreached.mid(
                                                    QStringLiteral(" access:skipped/earlier_failed").size());
    const auto away = scripts::reply(302, {}, {{"Location", "https://sso.test/login"}});
    QTest::newRow("a sign-in") << QVector<Script>{away, away}
                               << connected
                                      + QStringLiteral("access:skipped/key_not_proven models:failed/redirected "
                                                       "prompt:failed/redirected")
                                      + noMore;
    QTest::newRow("no word") << QVector<Script>{modelList(), scripts::openAiAnswer("")}
                             << listed + QStringLiteral("prompt:failed/empty_answer") + noMore;
    QTest::newRow("a page in place of both")
        << QVector<Script>{scripts::reply(200, "<html>Welcome</html>"), scripts::reply(200, "<html>Welcome</html>")}
        << connected
               + QStringLiteral("access:skipped/key_not_proven models:failed/list_unreadable prompt:failed/unreadable")
               + noMore;
    QTest::newRow("an empty list") << QVector<Script>{modelList("[]"), scripts::modelMissing()}
                                   << connected
                                          + QStringLiteral("access:passed models:failed/list_empty "
                                                           "prompt:failed/model_unknown")
                                          + noMore;
    const QString notEnded =
        listed + QStringLiteral("prompt:passed stream:failed/stream_not_ended limits:skipped/no_limits_told");
    QTest::newRow("a stream that falls silent")
        << QVector<Script>{modelList(), scripts::openAiAnswer(), scripts::stream({scripts::delta("o")}, false)}
        << notEnded;
    QTest::newRow("a stream without end")
        << QVector<Script>{modelList(), scripts::openAiAnswer(),
                           scripts::stream(QVector<QByteArray>(5000, scripts::delta("o")), false)}
        << notEnded;
    QTest::newRow("a stream that never begins")
        << QVector<Script>{modelList(), scripts::openAiAnswer(), scripts::stream({}, false)}
        << listed + QStringLiteral("prompt:passed stream:failed/no_answer_in_time limits:skipped/no_limits_told");
    QTest::newRow("on a later page")
        << QVector<Script>{modelList(R"([{"id":"other"}])", ",\"has_more\":true"), scripts::openAiAnswer(),
                           streamedOk()}
        << connected
               + QStringLiteral("access:passed models:passed/model_not_on_page prompt:passed stream:passed "
                                "limits:skipped/no_limits_told");
}

void ProviderCheckTest::theStageThatFailsIsNamed()
{
    QFETCH(QVector<Script>, scripts);
    QFETCH(QString, expected);
    const CheckReport report = run(checkedProvider(), {scripts.begin(), scripts.end()});
    QCOMPARE(story(report, checkedProvider()).mid(2).join(QLatin1Char(' ')), expected);
    QCOMPARE(report.passed(), !expected.contains(QRegularExpression(QStringLiteral(":(failed|warning)"))));
    const bool answers = expected.contains(QStringLiteral("prompt:passed stream:passed"));
    QCOMPARE(verdictOf(report), report.passed() ? CheckVerdict::Well
                                : answers       ? CheckVerdict::Usable
                                                : CheckVerdict::Failed);
    if (const auto stage = report.failed()) {
        QVERIFY(!foundSentence(report, *stage, checkedProvider()).isEmpty());
        QVERIFY(!(mendSentence(report, *stage, checkedProvider()) + report.at(*stage).said).isEmpty());
    }
}

void ProviderCheckTest::withoutAKeyNothingIsSent()
{
    qunsetenv("PROVIDER_CHECK_KEY");
    const CheckReport report = run(checkedProvider(), {});
    QCOMPARE(report.failed(), CheckStage::Key);
    QVERIFY(report.at(CheckStage::Key).said.contains(QStringLiteral("PROVIDER_CHECK_KEY")));
    QVERIFY(m_requests.isEmpty());
}

void ProviderCheckTest::aWrongFieldEndsItBeforeAnythingIsSent()
{
    ProviderConfig provider = checkedProvider();
    provider.keyReference = QString::fromLatin1(checkKey); // as somebody pastes it
    const CheckReport report = run(provider, {});
    QCOMPARE(report.failed(), CheckStage::Settings);
    QVERIFY(report.at(CheckStage::Settings).said.startsWith(QStringLiteral("key: ")));
    QVERIFY(!report.at(CheckStage::Settings).said.contains(QString::fromLatin1(checkKey)));
    QVERIFY(m_requests.isEmpty());
}

void ProviderCheckTest::noConnectionEndsInTime()
{
    Script never;
    never.sent = 100h;
    const CheckReport report = run(checkedProvider(), {never});
    QCOMPARE(report.failed(), CheckStage::Connection);
    QCOMPARE(report.at(CheckStage::Connection).finding, CheckFinding::ConnectTimeout);
    QCOMPARE(*report.at(CheckStage::Connection).took, CheckLimits{}.connect);
    QVERIFY(foundSentence(report, CheckStage::Address, checkedProvider())
            != foundSentence(report, CheckStage::Connection, checkedProvider()));
}

void ProviderCheckTest::aCaFileThatIsNotThereIsAWrongField()
{
    ProviderConfig provider = checkedProvider();
    provider.caFile = QStringLiteral("/nowhere/ca.pem");
    const CheckReport report = run(provider, {});
    QCOMPARE(report.failed(), CheckStage::Settings);
    QVERIFY(report.at(CheckStage::Settings).said.startsWith(QStringLiteral("ca_file: ")));
    QVERIFY(m_requests.isEmpty());
}

/// What is said fits what was asked: a proxy that answers is no provider, an error within a 200 has no status.
void ProviderCheckTest::sentencesFitTheirCase()
{
    ProviderConfig provider = checkedProvider();
    const std::deque<Script> ssh{failsWith(TransportFailure::NotHttp, {})};
    const auto mend = [&](const CheckReport &report) { return mendSentence(report, *report.failed(), provider); };
    QVERIFY(mend(run(provider, ssh)).contains(QStringLiteral("https://")));
    provider.proxy = QStringLiteral("http://p.test:3128");
    const CheckReport proxied = run(provider, ssh);
    QVERIFY(mend(proxied).contains(QStringLiteral("field proxy")));
    QVERIFY(!foundSentence(proxied, CheckStage::Connection, provider).contains(QStringLiteral("a.test")));
    provider.proxy.clear();
    const std::deque<Script> closed{failsWith(TransportFailure::Reset, {})};
    QVERIFY(!mend(run(provider, closed)).contains(QStringLiteral("https://")));
    provider.baseUrl = QUrl(QStringLiteral("http://a.test/v1"));
    QVERIFY(mend(run(provider, closed)).contains(QStringLiteral("https://")));
    const CheckReport within =
        run(provider, {modelList(), scripts::openAiAnswer(),
                       scripts::stream({"data: {\"error\":{\"message\":\"broken\",\"code\":500}}\n\n"})});
    QCOMPARE(within.failed(), CheckStage::Stream);
    QVERIFY(!foundSentence(within, CheckStage::Stream, provider).contains(QLatin1Char('(')));
}

void ProviderCheckTest::aListThatDoesNotComeIsNotWaitedFor()
{
    const CheckReport report = run(checkedProvider(), {scripts::silence(), scripts::openAiAnswer(), streamedOk()});
    QCOMPARE(report.at(CheckStage::Models).finding, CheckFinding::ListFailed);
    QCOMPARE(report.at(CheckStage::Stream).state, CheckState::Passed);
}

void ProviderCheckTest::aListThatCannotBeReadIsAWarning()
{
    const ProviderConfig provider = checkedProvider();
    const CheckReport report = run(provider, {scripts::serverError(), scripts::openAiAnswer(), streamedOk()});
    QCOMPARE(verdictOf(report), CheckVerdict::Usable);
    QVERIFY(isWarning(report, CheckStage::Models) && !isWarning(report, CheckStage::Prompt));
    QCOMPARE(checkGlyph(report, CheckStage::Models), QStringLiteral("!"));
    QVERIFY(checkSentence(report, provider).startsWith(QStringLiteral("It works, but")));
    QVERIFY(!mendSentence(report, CheckStage::Models, provider).contains(QStringLiteral("base_url")));
    const QJsonObject told = toJson(report, provider);
    QCOMPARE(told[QLatin1String("verdict")].toString(), QStringLiteral("usable"));
    QVERIFY(told[QLatin1String("passed")].toBool());
    QCOMPARE(told[QLatin1String("stages")][int(CheckStage::Models)][QLatin1String("state")].toString(),
             QStringLiteral("warning"));
}

void ProviderCheckTest::whatCallsNeedIsMendedBeforeAList()
{
    const CheckReport both = run(checkedProvider(), {scripts::serverError(), scripts::quotaUsedUp()});
    QCOMPARE(both.failed(), CheckStage::Models);
    QCOMPARE(stageToMend(both), CheckStage::Prompt);
    QCOMPARE(verdictSentence(both), QStringLiteral("Short prompt failed."));
    const CheckReport named = run(checkedProvider(), {modelList(R"([{"id":"m-larger"}])"), scripts::modelMissing()});
    QCOMPARE(stageToMend(named), CheckStage::Models); // which says what to write
    const CheckReport cut = run(
        checkedProvider(), {scripts::serverError(), scripts::openAiAnswer(), scripts::stream({scripts::delta("o")})});
    QCOMPARE(verdictOf(cut), CheckVerdict::Failed);
    QCOMPARE(stageToMend(cut), CheckStage::Stream);
}

void ProviderCheckTest::aModelThatIsNotListedMayAnswer()
{
    const CheckReport report =
        run(checkedProvider(), {modelList(R"([{"id":"m-larger"}])"), scripts::openAiAnswer(), streamedOk()});
    QVERIFY(report.passed());
    QCOMPARE(report.at(CheckStage::Models).finding, CheckFinding::NotListedButAnswers);
    QCOMPARE(report.similar, QStringList{QStringLiteral("m-larger")});
}

void ProviderCheckTest::stopEndsItAndNothingMoreIsTold()
{
    VirtualClock clock;
    ScriptedTransport transport(clock);
    transport.queue = {modelList(), scripts::silence()};
    int told = 0;
    CheckReport last;
    ProviderCheck check(clock, transport, checkedProvider(), {}, [&](const CheckReport &report) {
        ++told;
        last = report;
    });
    QCOMPARE(told, 0);
    clock.advance(1s);
    QCOMPARE(transport.running, 1);
    check.stop();
    QCOMPARE(transport.running, 0);
    QVERIFY(last.isOver() && !last.passed() && !last.failed());
    QCOMPARE(last.at(CheckStage::Prompt).finding, CheckFinding::Stopped);
    QCOMPARE(last.at(CheckStage::Models).state, CheckState::Passed);
    const int before = told;
    clock.advance(10min);
    check.stop();
    QCOMPARE(told, before);
    QCOMPARE(clock.pendingTimers(), std::size_t(0));
}

void ProviderCheckTest::droppingItIsSilent()
{
    for (const Duration after : {0ms, 1ms, 50ms, 150ms, 250ms}) {
        VirtualClock clock;
        ScriptedTransport transport(clock);
        transport.queue = {modelList(), scripts::openAiAnswer(), streamedOk()};
        int told = 0;
        auto check = std::make_unique<ProviderCheck>(clock, transport, checkedProvider(), CheckLimits{},
                                                     [&](const CheckReport &) { ++told; });
        clock.advance(after);
        check.reset();
        const int before = told;
        clock.advance(1min);
        QCOMPARE(told, before);
        QCOMPARE(transport.running, 0);
    }
}

void ProviderCheckTest::noKeyIsEverTold()
{
    const QByteArray body =
        R"({"error":{"message":"Incorrect API key provided: )" + checkKey + R"(","code":"invalid_api_key"}})";
    for (const auto &played :
         {std::deque<Script>{scripts::reply(401, body)},
          std::deque<Script>{scripts::reply(500, body), scripts::reply(400, body)},
          std::deque<Script>{failsWith(TransportFailure::Tls, QString::fromLatin1("bad " + checkKey))}}) {
        const CheckReport report = run(checkedProvider(), played);
        QVERIFY(report.failed());
        const QByteArray all = QJsonDocument(toJson(report, checkedProvider())).toJson();
        QVERIFY2(!all.contains(checkKey), all.constData());
        QVERIFY(all.contains("[key]"));
    }
}

void ProviderCheckTest::everyFindingHasItsWords()
{
    QSet<QString> keys;
    for (int i = 1; i < checkFindingCount; ++i) {
        CheckReport report;
        for (CheckStep &step : report.steps)
            step.state = CheckState::Skipped;
        report.steps[std::size_t(CheckStage::Prompt)] = {CheckState::Failed, CheckFinding(i), {}, 418, {}};
        const QString found = foundSentence(report, CheckStage::Prompt, checkedProvider());
        QVERIFY2(found.endsWith(QLatin1Char('.')) && !found.contains(QLatin1Char('%')), qPrintable(found));
        QVERIFY(!mendSentence(report, CheckStage::Prompt, checkedProvider()).contains(QLatin1Char('%')));
        keys.insert(toJson(report, checkedProvider())[QLatin1String("stages")]
                        .toArray()[int(CheckStage::Prompt)][QLatin1String("finding")]
                        .toString());
    }
    QCOMPARE(keys.size(), checkFindingCount - 1);
}

void ProviderCheckTest::theCostIsSaidBefore()
{
    ProviderConfig provider = checkedProvider();
    const WallTime now{std::chrono::milliseconds(1'790'000'000'000)};
    QVERIFY(!costOfCheck(provider, PriceList(), now).usd);
    QVERIFY(costSentence(costOfCheck(provider, PriceList(), now), provider).contains(QStringLiteral("not known")));
    Price price;
    price.protocol = QStringLiteral("openai");
    price.model = QStringLiteral("m-large");
    price.input = 1'000'000.0 / 32;
    price.output = 0.0;
    const CheckCost cost = costOfCheck(provider, PriceList({price}), now);
    QCOMPARE(cost.tokensIn, 32);
    QCOMPARE(*cost.usd, 1.0);
    QVERIFY(costSentence(cost, provider).contains(QStringLiteral("at most $1")));
    provider.simulated = true;
    QVERIFY(costSentence(costOfCheck(provider, {}, now), provider).contains(QStringLiteral("costs nothing")));
}

void ProviderCheckTest::listsOfEveryShapeAreRead_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QStringList>("models");
    QTest::addColumn<bool>("whole");
    const QStringList two{QStringLiteral("a"), QStringLiteral("b")};
    QTest::newRow("data") << QByteArray(R"({"data":[{"id":"a"},{"id":"b"}]})") << two << true;
    QTest::newRow("bare list") << QByteArray(R"([{"id":"a"},{"id":"b"}])") << two << true;
    QTest::newRow("names") << QByteArray(R"({"models":[{"name":"models/a"},{"name":"models/b"}]})") << two << true;
    QTest::newRow("texts") << QByteArray(R"({"models":["a","b"]})") << two << true;
    QTest::newRow("more") << QByteArray(R"({"data":[{"id":"a"},{"id":"b"}],"has_more":true})") << two << false;
    QTest::newRow("next page") << QByteArray(R"({"models":[{"name":"a"},{"name":"b"}],"nextPageToken":"x"})") << two
                               << false;
    QTest::newRow("empty") << QByteArray(R"({"data":[]})") << QStringList() << true;
    QTest::newRow("oddities") << QByteArray(R"({"data":[1,null,{},{"id":5},{"id":"a"},{"id":"b"}]})") << two << true;
}

void ProviderCheckTest::listsOfEveryShapeAreRead()
{
    QFETCH(QByteArray, body);
    QFETCH(bool, whole);
    const auto list = readModelList(body);
    QVERIFY(list.has_value());
    QTEST(list->models, "models");
    QCOMPARE(list->whole, whole);
    for (const char *other : {"", "{}", "[", "<html>", "5", "{\"data\":5}", "{\"error\":{}}", "{\"data\":[1,{}]}"})
        QVERIFY2(!readModelList(other), other);
}

void ProviderCheckTest::theModelIsFoundInALongList()
{
    QByteArray models;
    for (int i = 0; i < 6000; ++i)
        models += "{\"id\":\"other-" + QByteArray::number(i) + "\"},";
    const CheckReport report = run(
        checkedProvider(), {modelList("[" + models + "{\"id\":\"m-large\"}]"), scripts::openAiAnswer(), streamedOk()});
    QCOMPARE(report.at(CheckStage::Models).finding, CheckFinding::None);
    QCOMPARE(report.at(CheckStage::Models).state, CheckState::Passed);
    QCOMPARE(report.models.models.size(), 5001);
}

void ProviderCheckTest::similarNamesAreFound()
{
    const QStringList models{QStringLiteral("gpt-4o"), QStringLiteral("gpt-4o-mini"),
                             QStringLiteral("text-embedding-3"), QStringLiteral("gpt-4.1"),
                             QStringLiteral("whisper-1")};
    QCOMPARE(similarModels(QStringLiteral("gpt4o"), models).first(), QStringLiteral("gpt-4o"));
    QCOMPARE(similarModels(QStringLiteral("GPT-4o-mimi"), models).first(), QStringLiteral("gpt-4o-mini"));
    QVERIFY(!similarModels(QStringLiteral("gpt-4o"), models).contains(QStringLiteral("whisper-1")));
    QVERIFY(similarModels(QStringLiteral("llama"), models).isEmpty());
    QVERIFY(similarModels({}, models).isEmpty());
}

void ProviderCheckTest::everyKeyIsTried_data()
{
    QTest::addColumn<QVector<Script>>("scripts");
    QTest::addColumn<QString>("access");
    QTest::addColumn<QStringList>("named"); ///< references in what was said
    QTest::addColumn<bool>("passes");
    QTest::addColumn<int>("requests");
    const QString two = QStringLiteral("env:PROVIDER_CHECK_KEY_2"), three = QStringLiteral("env:PROVIDER_CHECK_KEY_3"),
                  one = QStringLiteral("env:PROVIDER_CHECK_KEY:");
    QTest::newRow("all are accepted") << QVector<Script>{modelList(), modelList(), modelList(), scripts::openAiAnswer(),
                                                         streamedOk()}
                                      << "access:passed" << QStringList() << true << 5;
    QTest::newRow("the second is refused")
        << QVector<Script>{modelList(), scripts::wrongKey(), modelList(), scripts::openAiAnswer(), streamedOk()}
        << "access:failed/further_key_refused" << QStringList{two} << false << 5;
    QTest::newRow("both others are refused")
        << QVector<Script>{modelList(), scripts::wrongKey(), scripts::wrongKey(), scripts::openAiAnswer(), streamedOk()}
        << "access:failed/further_key_refused" << QStringList{two, three} << false << 5;
    QTest::newRow("the first and the third are refused")
        << QVector<Script>{scripts::wrongKey(), modelList(), scripts::wrongKey()} << "access:failed/key_refused"
        << QStringList{one, three} << false << 3;
    QTest::newRow("there is no list")
        << QVector<Script>{scripts::reply(404, "no"), scripts::reply(404, "no"), scripts::reply(404, "no"),
                           scripts::openAiAnswer(), streamedOk()}
        << "access:passed/further_key_not_proven" << QStringList{two, three} << true << 5;
    QTest::newRow("the list fails for one")
        << QVector<Script>{modelList(), scripts::serverError(), modelList(), scripts::openAiAnswer(), streamedOk()}
        << "access:passed/further_key_not_proven" << QStringList{two} << true << 5;
    QTest::newRow("the prompt refuses the first, the list the second")
        << QVector<Script>{modelList(), scripts::wrongKey(), modelList(), scripts::wrongKey()}
        << "access:failed/key_refused" << QStringList{one, two} << false << 4;
}

void ProviderCheckTest::everyKeyIsTried()
{
    QFETCH(QVector<Script>, scripts);
    QFETCH(QString, access);
    QFETCH(QStringList, named);
    QFETCH(bool, passes);
    QFETCH(int, requests);
    qputenv("PROVIDER_CHECK_KEY_2", "sk-second-0123456789");
    qputenv("PROVIDER_CHECK_KEY_3", "sk-third-0123456789");
    ProviderConfig provider = checkedProvider();
    provider.keys = {QStringLiteral("env:PROVIDER_CHECK_KEY_2"), QStringLiteral("env:PROVIDER_CHECK_KEY_3")};
    const CheckReport report = run(provider, {scripts.begin(), scripts.end()});
    qunsetenv("PROVIDER_CHECK_KEY_2");
    qunsetenv("PROVIDER_CHECK_KEY_3");
    QVERIFY2(story(report, provider).contains(access), qPrintable(story(report, provider).join(QLatin1Char(' '))));
    QCOMPARE(report.passed(), passes);
    const QString said = report.at(CheckStage::Access).said;
    for (const char *reference : {"env:PROVIDER_CHECK_KEY:", "env:PROVIDER_CHECK_KEY_2", "env:PROVIDER_CHECK_KEY_3"}) {
        const QString name = QLatin1String(reference);
        QVERIFY2(said.contains(name) == named.contains(name), qPrintable(said));
    }
    QCOMPARE(m_requests.size(), requests);
    const CheckCost cost = costOfCheck(provider, PriceList(), WallTime());
    QCOMPARE(cost.requests, 5);
    QVERIFY(m_requests.size() <= cost.requests); // what was said before is what it may use
    QVERIFY(costSentence(cost, provider).contains(QStringLiteral("with each of 3 keys")));
    QCOMPARE(cost.tokensIn, costOfCheck(checkedProvider(), PriceList(), WallTime()).tokensIn);
    const auto keyOf = [](const HttpRequest &request) {
        for (const auto &[name, value] : request.headers) {
            if (name.compare("Authorization", Qt::CaseInsensitive) == 0)
                return value;
        }
        return QByteArray();
    };
    QCOMPARE(keyOf(m_requests[0]), "Bearer " + checkKey);
    QCOMPARE(keyOf(m_requests[1]), QByteArray("Bearer sk-second-0123456789"));
    QCOMPARE(keyOf(m_requests[2]), QByteArray("Bearer sk-third-0123456789"));
}

void ProviderCheckTest::aFurtherKeyThatIsSilentEndsInTime()
{
    qputenv("PROVIDER_CHECK_KEY_2", "sk-second-0123456789");
    ProviderConfig provider = checkedProvider();
    provider.keys = {QStringLiteral("env:PROVIDER_CHECK_KEY_2")};
    const CheckReport report =
        run(provider, {modelList(), scripts::silence(), scripts::openAiAnswer(), streamedOk()});
    qunsetenv("PROVIDER_CHECK_KEY_2");
    QVERIFY(report.passed());
    QCOMPARE(report.at(CheckStage::Access).finding, CheckFinding::FurtherKeyNotProven);
}

SUITE_TEST(ProviderCheckTest)
#include "tst_providercheck.moc"
