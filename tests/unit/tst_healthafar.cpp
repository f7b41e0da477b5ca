// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/healthmonitor.h"
#include "support/recordedstream.h"
#include "support/suite.h"
#include "words/healthwords.h"

#include <QTest>

using namespace retryscope;

/// The judgement of somebody who watches from afar: what stands, what cannot be heard; and what SDKs repeat by themselves.
class HealthAfarTest : public QObject
{
    Q_OBJECT
private slots:
    void whatStandsIsTakenOver();
    void whatStandsNoMoreIsLeft();
    void whatCannotBeHeardIsNotJudged();
    void timeNobodyWatchedIsTold();
    void repeatsOfAnSdkAreCountedFromTheEvents();
    void withoutRepeatsNothingIsSaid();

private:
    static Configuration four()
    {
        Configuration configuration;
        configuration.providers = RecordedStream::fourProviders();
        return configuration;
    }
    static void feed(HealthMonitor *monitor, RecordedStream *stream)
    {
        for (const Event &e : stream->take())
            monitor->onEvent(e);
        monitor->advance(stream->now(), stream->wall());
    }
};

static QStringList told(const HealthSnapshot &health)
{
    QStringList lines;
    for (const ProviderReport &p : health.providers) {
        lines << QStringLiteral("%1 %2 %3 %4").arg(p.id, toKey(p.state), toKey(p.reason)).arg(p.inFlight);
        for (const CircuitReport &c : p.circuits)
            lines << QStringLiteral("  %1 %2 %3 %4 %5")
                         .arg(toKey(c.scope), c.model, toKey(c.state), toKey(c.reason))
                         .arg(c.until ? qint64((*c.until - health.at) / 1ms) : -1);
    }
    return lines;
}

void HealthAfarTest::whatStandsIsTakenOver()
{
    RecordedStream stream;
    HealthMonitor there, here;
    there.configure(four());
    here.configure(four());
    stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 30s,
                   RetryReason::QuotaExhausted);
    stream.circuit(QStringLiteral("anthropic"), CircuitState::Closed, CircuitState::Isolated, {}, RetryReason::None);
    stream.circuit(QStringLiteral("mistral"), CircuitState::Closed, CircuitState::Open, 1s, RetryReason::Network);
    stream.wait(2s);
    stream.circuit(QStringLiteral("mistral"), CircuitState::Open, CircuitState::HalfOpen, {}, RetryReason::Network);
    Event &slow = stream.add(EventKind::DegradedChanged, QStringLiteral("google_ai"));
    slow.degraded = true;
    slow.detail = QStringLiteral("p95 of 9 s");
    stream.beginCall();
    stream.add(EventKind::AttemptStarted, QStringLiteral("google_ai"));
    feed(&there, &stream);
    here.advance(stream.now(), stream.wall());

    Events carried;
    for (const Event &e : there.standing())
        carried.append(*eventFromJson(toJson(e)));
    here.settle(carried);
    QCOMPARE(told(here.snapshot()), told(there.snapshot()));
    QVERIFY(told(here.snapshot()).contains(QStringLiteral("mistral probing network 0")));
    QCOMPARE(here.snapshot().provider(QStringLiteral("google_ai"))->state, ProviderState::Slow);
    QCOMPARE(here.snapshot().calls.inFlight, 1ULL);
    QCOMPARE(here.snapshot().calls.asked, 0ULL); // it counts what it hears itself
    const auto changes = here.take().changes.size();
    here.settle(carried);
    QCOMPARE(here.take().changes.size(), 0U);
    QCOMPARE(changes, 4U);
}

void HealthAfarTest::whatStandsNoMoreIsLeft()
{
    RecordedStream stream;
    HealthMonitor here;
    here.configure(four());
    stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 30s, RetryReason::Network);
    stream.beginCall();
    stream.add(EventKind::AttemptStarted, QStringLiteral("anthropic"));
    stream.add(EventKind::DegradedChanged, QStringLiteral("mistral")).degraded = true;
    feed(&here, &stream);
    QCOMPARE(here.snapshot().worst(), ProviderState::Down);
    here.settle({});
    for (const ProviderReport &p : here.snapshot().providers) {
        QCOMPARE(p.state, ProviderState::Unproven);
        QVERIFY(p.circuits.empty() && p.inFlight == 0);
    }
    QCOMPARE(here.snapshot().calls.inFlight, 0ULL);
    QVERIFY(here.standing().isEmpty());
}

void HealthAfarTest::whatCannotBeHeardIsNotJudged()
{
    RecordedStream stream;
    HealthMonitor here;
    here.configure(four());
    for (int i = 0; i < 10; ++i) {
        stream.answered(QStringLiteral("openai"), 300ms);
        stream.wait(200ms);
    }
    stream.circuit(QStringLiteral("mistral"), CircuitState::Closed, CircuitState::Open, 30s, RetryReason::Network);
    feed(&here, &stream);
    QCOMPARE(here.snapshot().calls.service, ServiceState::Good);
    const WallTime since = stream.wall();
    here.lose(since);
    stream.wait(3s);
    here.advance(stream.now(), stream.wall());
    const HealthSnapshot lost = here.snapshot();
    QCOMPARE(lost.lostSince, std::optional(since));
    QCOMPARE(lost.calls.service, ServiceState::Unproven);
    QVERIFY(!lost.calls.servedShare());
    QCOMPARE(lost.calls.ended, 10ULL);
    for (const ProviderReport &p : lost.providers) {
        QCOMPARE(p.state, ProviderState::Unproven);
        QVERIFY(stateReason(p, lost, stream.now()).startsWith(QLatin1String("not known since ")));
    }
    QCOMPARE(headlineText(lost), QStringLiteral("Not connected"));
    QVERIFY(headlineFacts(lost, stream.now()).isEmpty());
    QVERIFY(headlineReason(lost, stream.now()).startsWith(QLatin1String("Nothing is heard of the gateway since ")));
    here.hear({});
    QCOMPARE(here.snapshot().calls.service, ServiceState::Good);
    QCOMPARE(here.snapshot().provider(QStringLiteral("mistral"))->state, ProviderState::Down);
}

void HealthAfarTest::timeNobodyWatchedIsTold()
{
    const WallTime t = RecordedStream::startWall;
    HealthMonitor here;
    here.lose(t);
    here.hear(WatchedSpan{t, t + std::chrono::seconds(9)});
    const HealthUpdate update = here.take();
    QCOMPARE(update.missed.size(), 1U);
    TimeSeries series;
    series.watchedFrom(t - std::chrono::seconds(60));
    series.missed(update.missed.front());
    const auto at = [t](int seconds) { return t + std::chrono::seconds(seconds); };
    QVERIFY(series.watched(at(-2), at(-1)));
    QVERIFY(!series.watched(at(3), at(4)));
    QVERIFY(series.watched(at(8), at(10))); // a part of it was
    series.lost(at(20));
    QVERIFY(!series.watched(at(20), at(21)));
    series.lost({});
    QVERIFY(series.watched(at(20), at(21)));
    QCOMPARE(here.take().missed.size(), 0U);
}

void HealthAfarTest::repeatsOfAnSdkAreCountedFromTheEvents()
{
    RecordedStream stream;
    HealthMonitor here;
    here.configure(four());
    Events all;
    for (int i = 0; i < 300; ++i) { // two and a half hours
        stream.beginCall();
        stream.endCall({}, CallOutcome::Failed, 1ms, RetryReason::Network);
        Events events = stream.take();
        events.first().callerRepeat = i % 3;
        for (const Event &e : events)
            here.onEvent(e);
        all += events;
        stream.wait(30s);
    }
    here.advance(stream.now(), stream.wall());
    const auto minute = [](WallTime t) { return t.time_since_epoch() / std::chrono::minutes(1); };
    quint64 recounted = 0;
    for (const Event &e : all)
        recounted += e.callerRepeat > 0 && minute(e.wall) > minute(stream.wall()) - 60;
    const CallReport calls = here.snapshot().calls;
    QVERIFY(recounted > 50 && recounted < 120);
    QCOMPARE(calls.callerRepeats, recounted);
    const QString said = layeredRetriesText(calls);
    QVERIFY2(said.contains(QString::number(recounted)) && said.contains(QLatin1String("max_retries")),
             qPrintable(said));
    stream.wait(61min);
    here.advance(stream.now(), stream.wall());
    QCOMPARE(here.snapshot().calls.callerRepeats, 0ULL);
}

void HealthAfarTest::withoutRepeatsNothingIsSaid()
{
    RecordedStream stream;
    HealthMonitor here;
    here.configure(four());
    stream.answered(QStringLiteral("openai"), 300ms);
    feed(&here, &stream);
    QCOMPARE(here.snapshot().calls.callerRepeats, 0ULL);
    QVERIFY(layeredRetriesText(here.snapshot().calls).isEmpty());
}

SUITE_TEST(HealthAfarTest)
#include "tst_healthafar.moc"
