// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/enginerig.h"
#include "support/suite.h"

using namespace retryscope;

namespace {

const QByteArray shownKey = "sk-exchange-0123456789abcdef";
const QByteArray shownSecret = "team-secret-9876543210";

/// Everything that a record holds, as text: what must not be in it is looked for here.
QByteArray allOf(const ExchangeRecord &r)
{
    QByteArray all = r.method + '\n' + r.url.toEncoded() + '\n' + r.requestBody + '\n' + r.raw + '\n'
                     + r.reasoning.toUtf8() + '\n' + r.message.toUtf8() + '\n';
    for (const HttpHeaders &headers : {r.requestHeaders, r.responseHeaders}) {
        for (const auto &[name, value] : headers)
            all += name + ": " + value + '\n';
    }
    for (const StreamEvent &event : r.events)
        all += event.name + ' ' + event.data + '\n';
    return all;
}

} // namespace

/// What a workbench is shown of what went over the wire: whole, timed, bounded, and without a key. On virtual time.
class ExchangesTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void nothingIsToldOfCallsThatDoNotAskForIt();
    void aStreamIsToldWithItsTimes();
    void anErrorIsToldWithItsBody();
    void everyAttemptHasItsRecord();
    void noKeyStandsInARecord();
    void aKeyInTwoChunksIsFound();
    void anAttemptThatIsLeftEndsAsGivenUp();
    void itIsToldTenTimesASecond();
    void aLongAnswerIsCutAndSaysSo();

private:
    struct Rig : EngineRig
    {
        explicit Rig(RetryConfig retry = EngineRig::exact(), int providers = 1) : EngineRig(retry, providers)
        {
            QObject::connect(handler.get(), &ApiRetryHandler::exchangesArrived, handler.get(),
                             [this](const ExchangeRecords &pieces) {
                                 ++told;
                                 for (const ExchangeRecord &piece : pieces)
                                     take(piece);
                             });
        }
        void take(const ExchangeRecord &piece)
        {
            for (ExchangeRecord &known : records) {
                if (known.isSameAttempt(piece))
                    return known.append(piece);
            }
            records.append(piece);
        }
        CallId ask(Capture capture = Capture::Yes, bool stream = true)
        {
            const CallId id{++last};
            handler->send(id, Prompt{QStringLiteral("What is the time?"), {}, {}, 64, stream}, {}, {}, {capture});
            return id;
        }
        ExchangeRecords records;
        int told = 0;
        quint64 last = 100;
    };
};

void ExchangesTest::init()
{
    qputenv("RETRYSCOPE_EXCHANGE_KEY", shownKey);
    qputenv("RETRYSCOPE_EXCHANGE_SECRET", shownSecret);
}

void ExchangesTest::nothingIsToldOfCallsThatDoNotAskForIt()
{
    Rig rig;
    rig.ask(Capture::No);
    rig.drain();
    rig.clock.advance(1s);
    QCOMPARE(rig.told, 0);
    rig.check();
}

void ExchangesTest::aStreamIsToldWithItsTimes()
{
    Rig rig;
    rig.transport.queue = {
        scripts::stream({scripts::delta("one "), scripts::delta("two"), scripts::finishReason(), scripts::done()})};
    rig.ask();
    rig.drain();
    QCOMPARE(rig.records.size(), 1);
    const ExchangeRecord &r = rig.records.first();
    QCOMPARE(r.provider, QStringLiteral("a"));
    QCOMPARE(r.model, QStringLiteral("m"));
    QCOMPARE(r.attempt, 1);
    QCOMPARE(r.method, QByteArray("POST"));
    QCOMPARE(r.url, QUrl(QStringLiteral("http://a.test/v1/chat/completions")));
    QVERIFY(r.requestBody.contains("What is the time?"));
    QCOMPARE(r.requestSize, r.requestBody.size());
    QCOMPARE(r.status, 200);
    QCOMPARE(headerValue(r.responseHeaders, "content-type"), QByteArray("text/event-stream"));
    QCOMPARE(*r.sent, Duration(1ms));
    QCOMPARE(*r.head, Duration(100ms));
    QCOMPARE(*r.firstByte, Duration(110ms));
    QCOMPARE(*r.firstToken, Duration(110ms));
    QCOMPARE(*r.ended, Duration(140ms));
    QCOMPARE(r.eventCount, 4);
    QCOMPARE(r.events.size(), 4);
    QCOMPARE(r.events[1].at, Duration(120ms));
    QVERIFY(r.events[1].data.contains("two"));
    QCOMPARE(r.events[3].data, QByteArray("[DONE]"));
    QCOMPARE(r.raw, scripts::delta("one ") + scripts::delta("two") + scripts::finishReason() + scripts::done());
    QCOMPARE(r.received, r.raw.size());
    QVERIFY(!r.truncated && !r.gaveUp);
    QCOMPARE(r.reason, RetryReason::None);
    rig.check();
}

void ExchangesTest::anErrorIsToldWithItsBody()
{
    RetryConfig c = EngineRig::exact();
    c.maxAttempts = 1;
    Rig rig(c);
    rig.transport.queue = {scripts::wrongKey()};
    rig.ask();
    rig.drain();
    QCOMPARE(rig.records.size(), 1);
    const ExchangeRecord &r = rig.records.first();
    QCOMPARE(r.status, 401);
    QVERIFY(r.raw.contains("invalid_api_key"));
    QCOMPARE(r.reason, RetryReason::Authentication);
    QCOMPARE(r.message, QStringLiteral("wrong key"));
    QVERIFY(!r.rule.isEmpty() && r.events.isEmpty() && r.ended);
}

void ExchangesTest::everyAttemptHasItsRecord()
{
    Rig rig(EngineRig::exact(), 2);
    rig.transport.queue = {scripts::serverError(), scripts::refused(), scripts::openAiAnswer()};
    rig.ask(Capture::Yes, false);
    rig.drain();
    QStringList got;
    for (const ExchangeRecord &r : rig.records)
        got << QStringLiteral("%1 %2 %3 %4").arg(r.attempt).arg(r.provider).arg(r.status).arg(toKey(r.reason));
    QCOMPARE(got, (QStringList{"1 a 500 server_error", "2 a 0 network", "3 b 200 none"}));
    QVERIFY(!rig.records[1].sent || !rig.records[1].head);
    QVERIFY(rig.records[2].raw.contains("hi")); // one line without an end
}

void ExchangesTest::noKeyStandsInARecord()
{
    Rig rig;
    ProviderConfig &p = rig.configuration.providers.first();
    p.keyReference = QStringLiteral("env:RETRYSCOPE_EXCHANGE_KEY");
    p.headers = {{QStringLiteral("X-Team"), QStringLiteral("env:RETRYSCOPE_EXCHANGE_SECRET")}};
    p.query = {{QStringLiteral("key"), QStringLiteral("env:RETRYSCOPE_EXCHANGE_KEY")},
               {QStringLiteral("team"), QStringLiteral("env:RETRYSCOPE_EXCHANGE_SECRET")}};
    p.baseUrl = QUrl(QStringLiteral("http://me:hunter2hunter2@a.test/v1"));
    rig.handler->configure(rig.configuration);
    Script echo = scripts::stream({scripts::delta("your key is " + shownKey), scripts::delta(shownSecret.toBase64()),
                                   scripts::delta("hunter2hunter2"), scripts::finishReason(), scripts::done()});
    echo.headers += HttpHeaders{{"X-Echo", "Bearer " + shownKey}, {"Set-Cookie", "session=0123456789"}};
    rig.transport.queue = {echo};
    rig.ask();
    rig.drain();
    QVERIFY(rig.transport.requests.first().url.toEncoded().contains(shownKey)); // it was sent
    const QByteArray all = allOf(rig.records.value(0));
    for (const QByteArray &secret :
         {shownKey, shownSecret, shownSecret.toBase64(), QByteArray("hunter2hunter2"), QByteArray("session=0123")})
        QVERIFY2(!all.contains(secret), (secret + " in\n" + all).constData());
    QVERIFY2(all.contains("Authorization: Bearer [key]"), all.constData());
    QVERIFY2(all.contains("your key is [key]"), all.constData());
    QCOMPARE(rig.records.first().events.size(), 5);
}

void ExchangesTest::aKeyInTwoChunksIsFound()
{
    Rig rig;
    rig.configuration.providers.first().keyReference = QStringLiteral("env:RETRYSCOPE_EXCHANGE_KEY");
    rig.handler->configure(rig.configuration);
    const QByteArray event = scripts::delta("it is " + shownKey + " as you know");
    const qsizetype middle = event.indexOf(shownKey) + 12;
    rig.transport.queue = {
        scripts::stream({event.left(middle), event.mid(middle), scripts::finishReason(), scripts::done()})};
    rig.ask();
    rig.drain();
    const QByteArray all = allOf(rig.records.value(0));
    QVERIFY2(!all.contains(shownKey.left(12)), all.constData());
    QVERIFY2(!all.contains(shownKey.mid(12)), all.constData());
}

void ExchangesTest::anAttemptThatIsLeftEndsAsGivenUp()
{
    Rig rig(EngineRig::exact(), 2);
    rig.transport.queue = {scripts::silence()};
    const CallId call = rig.ask(Capture::Yes, false);
    rig.clock.advance(300ms);
    QCOMPARE(rig.handler->failOverNow(call), SteeringRefusal::None);
    rig.drain();
    QCOMPARE(rig.records.size(), 2);
    QVERIFY(rig.records[0].gaveUp);
    QCOMPARE(*rig.records[0].ended, Duration(300ms));
    QCOMPARE(rig.records[0].reason, RetryReason::Cancelled);
    QVERIFY(!rig.records[1].gaveUp);
    rig.check();
}

void ExchangesTest::itIsToldTenTimesASecond()
{
    Rig rig;
    QVector<QByteArray> chunks;
    for (int i = 0; i < 400; ++i)
        chunks << scripts::delta("word ");
    chunks << scripts::finishReason() << scripts::done();
    for (int i = 0; i < 4; ++i)
        rig.transport.queue.push_back(scripts::stream(chunks)); // 100 events a second each
    for (int i = 0; i < 4; ++i)
        rig.ask();
    rig.clock.advance(3s);
    QVERIFY2(rig.told <= 31, qPrintable(QString::number(rig.told)));
    rig.drain();
    QCOMPARE(rig.records.size(), 4);
    for (const ExchangeRecord &r : rig.records) {
        QCOMPARE(r.events.size(), 402);
        QCOMPARE(r.events[200].at, Duration(2110ms));
    }
}

void ExchangesTest::aLongAnswerIsCutAndSaysSo()
{
    Rig rig;
    QVector<QByteArray> chunks;
    for (int i = 0; i < 60; ++i)
        chunks << scripts::delta(QByteArray(100'000, 'x'));
    chunks << scripts::finishReason() << scripts::done();
    rig.transport.queue = {scripts::stream(chunks)};
    rig.ask();
    rig.drain();
    const ExchangeRecord &r = rig.records.first();
    QVERIFY(r.truncated);
    QVERIFY(r.raw.size() <= ExchangeRecord::mostRaw);
    QVERIFY(r.received > 6'000'000);
    QCOMPARE(r.eventCount, 62);
    qsizetype kept = 0;
    for (const StreamEvent &event : r.events)
        kept += event.data.size();
    QVERIFY(kept <= ExchangeRecord::mostEventData);
    QVERIFY(rig.results.empty() && r.reason == RetryReason::None); // the call itself has all of it
}

SUITE_TEST(ExchangesTest)
#include "tst_exchanges.moc"
