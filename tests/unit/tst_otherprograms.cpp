// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/otherprograms.h"
#include "support/recordedstream.h"
#include "support/suite.h"

#include <QTest>

#include <random>

using namespace retryscope;

/// What other programs recorded, judged as they would judge themselves.
class OtherProgramsTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void oneIsJudgedAsItJudgesItself();
    void whatComesInPiecesIsJudgedAsWhatComesAtOnce();
    void callsOfAllAreTakenTogether();
    void aCircuitIsItsProgramsOwn();
    void aProviderThatNobodyConfiguredHasItsId();
    void aDisabledProviderIsWatchedThere();
    void whoFellSilentIsNotTold();
    void programsOfOneCallAreCounted();
    void afterTheClockWasSetBackTheyBeginAnew();

private:
    static Events of(RecordedStream &stream, qint64 run)
    {
        Events events = stream.take();
        for (Event &e : events) {
            e.run = run;
            e.call.value += e.call ? quint64(run) * 1'000'000'000 : 0;
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

void OtherProgramsTest::oneIsJudgedAsItJudgesItself()
{
    for (quint32 seed = 1; seed <= 40; ++seed) {
        init();
        RecordedStream stream, same;
        play(stream, seed, int(seed * 5));
        play(same, seed, int(seed * 5));
        HealthMonitor own;
        own.configure(m_configuration);
        for (const Event &e : stream.take())
            own.onEvent(e);
        own.advance(stream.now(), stream.wall());
        m_others->add(of(same, 7), stream.wall());
        const HealthSnapshot here = own.snapshot();
        QCOMPARE(m_others->judged().has_value(), here.calls.window.owed() > 0 || here.calls.inFlight > 0);
        if (!m_others->judged())
            continue;
        const HealthSnapshot there = *m_others->judged();
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
    QVERIFY(pieces.judged() && m_others->judged());
    QVERIFY(pieces.judged()->calls.window == m_others->judged()->calls.window);
    QCOMPARE(pieces.judged()->calls.service, m_others->judged()->calls.service);
    QCOMPARE(pieces.judged()->calls.inFlight, m_others->judged()->calls.inFlight);
}

void OtherProgramsTest::callsOfAllAreTakenTogether()
{
    RecordedStream first, second, third;
    play(first, 1, 30);
    play(second, 2, 20);
    play(third, 3, 10);
    const WallTime now = std::max({first.wall(), second.wall(), third.wall()});
    quint64 served = 0, failed = 0, open = 0;
    qint64 run = 10;
    Events all;
    for (RecordedStream *stream : {&first, &second, &third}) {
        for (const Event &e : of(*stream, ++run)) {
            all.append(e);
            open += e.kind == EventKind::CallSubmitted;
            open -= e.kind == EventKind::CallFinished;
            served += e.kind == EventKind::CallFinished && e.outcome == CallOutcome::FirstTry;
            failed += e.kind == EventKind::CallFinished && e.outcome == CallOutcome::Failed;
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const Event &a, const Event &b) { return a.wall < b.wall; });
    m_others->add(all, now);
    QVERIFY(now - RecordedStream::startWall < judgedWindow); // nothing has left the window
    QCOMPARE(m_others->programs(), 3);
    QCOMPARE(m_others->judged()->calls.window.served(), served);
    QCOMPARE(m_others->judged()->calls.window.count(CallOutcome::Failed), failed);
    QCOMPARE(m_others->judged()->calls.inFlight, open);
}

/// One says nothing of another's, and one that ended with it open would never close it.
void OtherProgramsTest::aCircuitIsItsProgramsOwn()
{
    RecordedStream broken;
    for (int i = 0; i < 3; ++i) {
        broken.beginCall();
        broken.attempt(QStringLiteral("openai"), RetryReason::Network, 100ms);
        broken.endCall(QStringLiteral("openai"), CallOutcome::Failed, 100ms, RetryReason::Network);
    }
    broken.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 30s, RetryReason::Network);
    m_others->add(of(broken, 2), broken.wall());
    QCOMPARE(m_others->judged()->calls.service, ServiceState::Bad);
    QCOMPARE(m_others->judged()->provider(QStringLiteral("openai"))->state, ProviderState::Failing);
    RecordedStream fine;
    fine.wait(20s);
    for (int i = 0; i < 40; ++i)
        fine.answered(QStringLiteral("openai"), 100ms);
    m_others->add(of(fine, 3), fine.wall());
    QCOMPARE(m_others->judged()->provider(QStringLiteral("openai"))->state, ProviderState::Well);
}

void OtherProgramsTest::aProviderThatNobodyConfiguredHasItsId()
{
    RecordedStream stream;
    stream.answered(QStringLiteral("theirs"), 100ms);
    m_others->add(of(stream, 1), stream.wall());
    const ProviderReport *theirs = m_others->judged()->provider(QStringLiteral("theirs"));
    QVERIFY(theirs);
    QCOMPARE(theirs->name, QStringLiteral("theirs"));
    QVERIFY(theirs->simulated);
    m_configuration.providers[0].id = QStringLiteral("theirs");
    m_others->configure(m_configuration); // a name is given to it
    m_others->add({}, stream.wall());
    QCOMPARE(m_others->judged()->provider(QStringLiteral("theirs"))->name, QStringLiteral("OpenAI"));
    QCOMPARE(m_others->judged()->providers.size(), 4U);
}

void OtherProgramsTest::aDisabledProviderIsWatchedThere()
{
    m_configuration.providers[0].enabled = false;
    m_others->configure(m_configuration);
    RecordedStream stream;
    stream.answered(QStringLiteral("openai"), 100ms);
    m_others->add(of(stream, 1), stream.wall());
    QCOMPARE(m_others->judged()->provider(QStringLiteral("openai"))->state, ProviderState::Well);
}

/// It may have been ended in the middle of a call, which then never ends.
void OtherProgramsTest::whoFellSilentIsNotTold()
{
    RecordedStream stream, other;
    stream.beginCall();
    m_others->add(of(stream, 1), stream.wall() + 90s);
    QVERIFY(m_others->judged()->calls.stuck);
    m_others->add({}, stream.wall() + 121s);
    QVERIFY(!m_others->judged());
    QCOMPARE(m_others->programs(), 0);
    other.wait(130s);
    other.answered(QStringLiteral("openai"), 100ms);
    m_others->add(of(other, 2), other.wall());
    QCOMPARE(m_others->judged()->calls.inFlight, 0U);
    QCOMPARE(m_others->judged()->calls.service, ServiceState::Good);
}

/// As a script does that sends one prompt after the other.
void OtherProgramsTest::programsOfOneCallAreCounted()
{
    RecordedStream stream;
    for (qint64 run = 1; run <= 20; ++run) {
        stream.answered(QStringLiteral("openai"), 100ms);
        m_others->add(of(stream, run), stream.wall());
        stream.wait(10s);
    }
    m_others->add({}, stream.wall());
    QCOMPARE(m_others->programs(), 11); // within two minutes
    QCOMPARE(m_others->judged()->calls.window.owed(), 11U);
}

void OtherProgramsTest::afterTheClockWasSetBackTheyBeginAnew()
{
    RecordedStream stream;
    stream.answered(QStringLiteral("openai"), 100ms);
    m_others->add(of(stream, 1), stream.wall());
    QVERIFY(m_others->judged());
    m_others->add({}, stream.wall() - 1h);
    QVERIFY(!m_others->judged());
    stream.answered(QStringLiteral("openai"), 100ms);
    Events earlier = of(stream, 1);
    for (Event &e : earlier)
        e.wall -= 1h;
    m_others->add(earlier, stream.wall() - 1h);
    QCOMPARE(m_others->judged()->calls.window.owed(), 1U);
}

SUITE_TEST(OtherProgramsTest)
#include "tst_otherprograms.moc"
