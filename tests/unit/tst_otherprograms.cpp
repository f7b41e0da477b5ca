// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/otherprograms.h"
#include "support/recordedstream.h"
#include "support/suite.h"

#include <QTest>

#include <random>

using namespace retryscope;

/// What other programs recorded, judged each by itself, as each would judge itself.
class OtherProgramsTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void eachIsJudgedAsItJudgesItself();
    void whatComesInPiecesIsJudgedAsWhatComesAtOnce();
    void eachHasCircuitsOfItsOwn();
    void aProviderThatNobodyConfiguredHasItsId();
    void aDisabledProviderIsWatchedThere();
    void whoFellSilentIsNotTold();
    void onlyTheNewestRunsAreKept();
    void afterTheClockWasSetBackTheyBeginAnew();

private:
    static Events of(RecordedStream &stream, qint64 run)
    {
        Events events = stream.take();
        for (Event &e : events) {
            e.run = run;
            e.at += 1000h * run; // clocks of other machines
        }
        return events;
    }
    static void play(RecordedStream &stream, quint32 seed, int calls)
    {
        std::mt19937 random(seed);
        const ProviderConfigs providers = RecordedStream::fourProviders();
        for (int i = 0; i < calls; ++i) {
            const ProviderId provider = providers[qsizetype(random() % 4)].id;
            const bool fails = random() % 3 == 0;
            const RetryReason reason = fails ? (random() % 2 ? RetryReason::Network : RetryReason::RateLimit) : RetryReason::None;
            const Duration took = std::chrono::milliseconds(50 + random() % 900);
            stream.beginCall();
            stream.wait(took);
            stream.attempt(provider, reason, took);
            if (random() % 20)
                stream.endCall(provider, fails ? CallOutcome::Failed : CallOutcome::FirstTry, took, reason);
            stream.wait(std::chrono::milliseconds(random() % 2000));
        }
    }
    Configuration m_configuration;
    std::unique_ptr<OtherPrograms> m_others;
};

void OtherProgramsTest::init()
{
    m_configuration = {};
    m_configuration.providers = RecordedStream::fourProviders();
    m_others = std::make_unique<OtherPrograms>();
    m_others->configure(m_configuration);
}

void OtherProgramsTest::eachIsJudgedAsItJudgesItself()
{
    for (quint32 seed = 1; seed <= 40; ++seed) {
        init();
        RecordedStream stream;
        play(stream, seed, int(seed * 5));
        const Events events = stream.take();
        HealthMonitor own;
        own.configure(m_configuration);
        for (const Event &e : events)
            own.onEvent(e);
        own.advance(stream.now(), stream.wall());
        RecordedStream same;
        play(same, seed, int(seed * 5));
        m_others->add(of(same, 7), stream.wall());
        const HealthSnapshot here = own.snapshot();
        const bool told = here.calls.window.owed() > 0 || here.calls.inFlight > 0;
        QCOMPARE(int(m_others->judged().size()), int(told));
        if (!told)
            continue;
        const HealthSnapshot &there = m_others->judged().front();
        QVERIFY2(there.calls.window == here.calls.window, qPrintable(QStringLiteral("seed %1").arg(seed)));
        QCOMPARE(there.calls.service, here.calls.service);
        QCOMPARE(there.calls.inFlight, here.calls.inFlight);
        QCOMPARE(there.calls.failing, here.calls.failing);
        QCOMPARE(there.calls.failingSince, here.calls.failingSince);
        if (here.calls.inFlight > 0)
            QCOMPARE(there.at - *there.calls.oldest, here.at - *here.calls.oldest);
        for (const ProviderReport &p : here.providers) {
            QCOMPARE(there.provider(p.id)->state, p.state);
            QCOMPARE(there.provider(p.id)->reason, p.reason);
            QCOMPARE(there.provider(p.id)->name, p.name);
        }
    }
}

void OtherProgramsTest::whatComesInPiecesIsJudgedAsWhatComesAtOnce()
{
    RecordedStream stream;
    play(stream, 5, 200);
    const Events events = of(stream, 3);
    OtherPrograms pieces;
    pieces.configure(m_configuration);
    for (qsizetype i = 0; i < events.size(); i += 37) {
        const Events piece = events.mid(i, 37);
        pieces.add(piece, piece.last().wall);
    }
    pieces.add({}, stream.wall());
    m_others->add(events, stream.wall());
    QCOMPARE(pieces.judged().size(), 1U);
    QVERIFY(pieces.judged()[0].calls.window == m_others->judged()[0].calls.window);
    QCOMPARE(pieces.judged()[0].calls.service, m_others->judged()[0].calls.service);
}

void OtherProgramsTest::eachHasCircuitsOfItsOwn()
{
    RecordedStream broken, fine;
    for (int i = 0; i < 3; ++i) {
        broken.beginCall();
        broken.attempt(QStringLiteral("openai"), RetryReason::Network, 100ms);
        broken.endCall(QStringLiteral("openai"), CallOutcome::Failed, 100ms, RetryReason::Network);
        fine.answered(QStringLiteral("openai"), 100ms);
    }
    broken.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 30s, RetryReason::Network);
    m_others->add(of(fine, 1) + of(broken, 2), fine.wall() + 2s);
    QCOMPARE(m_others->judged().size(), 2U);
    const HealthSnapshot &first = m_others->judged()[0], &second = m_others->judged()[1];
    QCOMPARE(first.calls.service, ServiceState::Bad); // the worst first
    QCOMPARE(first.provider(QStringLiteral("openai"))->state, ProviderState::Down);
    QCOMPARE(*first.provider(QStringLiteral("openai"))->until - first.at, Duration(28s));
    QCOMPARE(second.calls.service, ServiceState::Good);
    QCOMPARE(second.provider(QStringLiteral("openai"))->state, ProviderState::Well);
}

void OtherProgramsTest::aProviderThatNobodyConfiguredHasItsId()
{
    RecordedStream stream;
    stream.answered(QStringLiteral("theirs"), 100ms);
    m_others->add(of(stream, 1), stream.wall());
    const ProviderReport *theirs = m_others->judged().at(0).provider(QStringLiteral("theirs"));
    QVERIFY(theirs);
    QCOMPARE(theirs->name, QStringLiteral("theirs"));
    QVERIFY(theirs->simulated);
    m_configuration.providers[0].id = QStringLiteral("theirs");
    m_others->configure(m_configuration); // a name is given to it
    m_others->add({}, stream.wall());
    const HealthSnapshot &health = m_others->judged().at(0);
    QCOMPARE(health.provider(QStringLiteral("theirs"))->name, QStringLiteral("OpenAI"));
    QCOMPARE(health.providers.size(), 4U);
}

void OtherProgramsTest::aDisabledProviderIsWatchedThere()
{
    m_configuration.providers[0].enabled = false;
    m_others->configure(m_configuration);
    RecordedStream stream;
    stream.answered(QStringLiteral("openai"), 100ms);
    m_others->add(of(stream, 1), stream.wall());
    QCOMPARE(m_others->judged().at(0).provider(QStringLiteral("openai"))->state, ProviderState::Well);
}

/// It may have been ended in the middle of a call, which then never ends.
void OtherProgramsTest::whoFellSilentIsNotTold()
{
    RecordedStream stream;
    stream.beginCall();
    m_others->add(of(stream, 1), stream.wall() + 90s);
    QCOMPARE(m_others->judged().size(), 1U);
    QVERIFY(m_others->judged()[0].calls.stuck);
    m_others->add({}, stream.wall() + 121s);
    QVERIFY(m_others->judged().empty());
}

void OtherProgramsTest::onlyTheNewestRunsAreKept()
{
    RecordedStream stream;
    for (qint64 run = 1; run <= 20; ++run) {
        stream.answered(QStringLiteral("openai"), 100ms);
        m_others->add(of(stream, run), stream.wall());
        stream.wait(1s);
    }
    QCOMPARE(m_others->judged().size(), 16U);
}

void OtherProgramsTest::afterTheClockWasSetBackTheyBeginAnew()
{
    RecordedStream stream;
    stream.answered(QStringLiteral("openai"), 100ms);
    m_others->add(of(stream, 1), stream.wall());
    QCOMPARE(m_others->judged().size(), 1U);
    m_others->add({}, stream.wall() - 1h);
    QVERIFY(m_others->judged().empty());
    stream.answered(QStringLiteral("openai"), 100ms);
    Events earlier = of(stream, 1);
    for (Event &e : earlier)
        e.wall -= 1h;
    m_others->add(earlier, stream.wall() - 1h);
    QCOMPARE(m_others->judged().size(), 1U);
    QCOMPARE(m_others->judged()[0].calls.window.owed(), 1U);
}

SUITE_TEST(OtherProgramsTest)
#include "tst_otherprograms.moc"
