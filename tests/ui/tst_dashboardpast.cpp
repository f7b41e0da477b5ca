// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/dashboardcharts.h"
#include "charts/flowview.h"
#include "support/dashboardstand.h"

#include <QApplication>
#include <QStandardPaths>
#include <QTest>

using namespace retryscope;

/// Where the dashboard begins: what a history says of the time before, and of other programs.
class DashboardPastTest : public QObject, private DashboardStand
{
    Q_OBJECT
private slots:
    void init() { setUp(); }
    void whatWasSimulatedIsNoPastOfRealProviders();
    void thePastIsLoadedOncePerWindow();
    void whatOthersDoMeanwhileIsShown();
    void aPastThatFailsIsSaid();
    void aPastThatComesAgainCountsOnce();
    void anAnswerAfterTheEndIsHarmless();
    void othersAreToldAsLongAsTheyAreKnown();
};

/// From the simulation to one's own providers, which bear the same ids.
void DashboardPastTest::whatWasSimulatedIsNoPastOfRealProviders()
{
    HeldPast past;
    for (int i = 0; i < 5; ++i)
        m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    m_page->setPast(&past);
    PastAnswer answer;
    TrafficBin bin;
    bin.retries[std::size_t(RetryReason::Network)] = 7;
    answer.pieces.push_back({QStringLiteral("openai"), m_stream.wall() - 30s, bin});
    past.replies[0](answer);
    const auto calls = [&] {
        quint64 n = 0;
        for (qint64 key = TimeSeries::keyOf(0, m_stream.wall()); key > TimeSeries::keyOf(0, m_stream.wall()) - 60; --key)
            n += m_state->series().total(0, key) ? m_state->series().total(0, key)->owed() : 0;
        return n;
    };
    QCOMPARE(calls(), 5ULL);
    Configuration real;
    real.providers = RecordedStream::fourProviders();
    for (ProviderConfig &p : real.providers)
        p.simulated = false;
    m_state->setConfiguration(real);
    m_monitor.configure(real);
    settle();
    QCOMPARE(calls(), 0ULL);
    QCOMPARE(past.requests.size(), std::size_t(2)); // the past is asked for anew, of real calls
    QVERIFY(past.requests[1].traffic.holds(QStringLiteral("openai"), false));
    QVERIFY(!past.requests[1].traffic.holds(QStringLiteral("openai"), true));
    past.replies[0](answer); // too late
    QVERIFY(m_page->model().isLoading());
    past.replies[1]({});
    QVERIFY(!m_page->model().isLoading());
    QCOMPARE(m_state->health().calls.service, ServiceState::Unproven);
    m_page->setPast(nullptr);
}

void DashboardPastTest::thePastIsLoadedOncePerWindow()
{
    HeldPast past;
    m_stream.answered(QStringLiteral("openai"), 1s);
    const WallTime first = m_stream.wall();
    settle();
    m_page->setPast(&past);
    QCOMPARE(past.requests.size(), std::size_t(1));
    m_page->model().setSpan(2);
    QCOMPARE(past.requests.size(), std::size_t(2));
    QCOMPARE(past.requests[1].span, std::size_t(2));
    QCOMPARE(past.requests[1].until, TimeSeries::startOf(0, TimeSeries::keyOf(0, first)));
    QVERIFY(past.requests[1].from <= first - 6h);
    settle();
    QVERIFY(m_page->model().isLoading());
    const QImage loading = chart(0)->plot()->grab().toImage();
    PastAnswer answer;
    TrafficBin bin;
    bin.real = 1;
    bin.retries[std::size_t(RetryReason::Network)] = 7;
    bin.outcomes[std::size_t(CallOutcome::RecoveredByRetry)] = 7;
    answer.pieces.push_back({QStringLiteral("openai"), first - 3h, bin});
    answer.watched.push_back({first - 4h, first - 1h});
    answer.changes[QStringLiteral("openai")] = {{first - 3h, ProviderState::Down, RetryReason::Network},
                                                {first - 2h, ProviderState::Well, RetryReason::None}};
    past.replies[1](answer);
    QVERIFY(!m_page->model().isLoading());
    QVERIFY(chart(0)->plot()->grab().toImage() != loading);
    QCOMPARE(chart(0)->summary(), QStringLiteral("7 retries in the last 6 h: network 7."));
    QVERIFY2(chart(3)->summary().contains(QStringLiteral("OpenAI was down for 1 h, now well")),
             qPrintable(chart(3)->summary()));
    m_page->model().setSpan(0);
    m_page->model().setSpan(2);
    QCOMPARE(past.requests.size(), std::size_t(2));
    past.replies[1](answer); // a second answer counts for nothing
    QCOMPARE(chart(0)->summary(), QStringLiteral("7 retries in the last 6 h: network 7."));
    m_page->setPast(nullptr);
}

/// Other programs record into the same history while the window is open.
void DashboardPastTest::whatOthersDoMeanwhileIsShown()
{
    HeldPast past;
    settle();
    const WallTime began = m_stream.wall();
    m_page->setPast(&past);
    QCOMPARE(past.requests.size(), std::size_t(1));
    past.replies[0]({});
    m_stream.answered(QStringLiteral("openai"), 1s);
    m_stream.wait(5s);
    settle();
    QCOMPARE(past.requests.size(), std::size_t(2));
    QVERIFY(past.requests[1].since <= began && past.requests[1].now >= began + 5s);
    QVERIFY(!m_page->model().isLoading()); // what is known stands
    PastAnswer answer;
    TrafficBin bin;
    bin.real = 1;
    bin.outcomes[std::size_t(CallOutcome::FirstTry)] = 4;
    answer.pieces.push_back({QStringLiteral("openai"), TimeSeries::startOf(0, TimeSeries::keyOf(0, began)), bin});
    past.replies[1](answer);
    settle();
    QVERIFY2(m_page->flow()->summary().startsWith(QStringLiteral("5 calls in the last 2 min.")),
             qPrintable(m_page->flow()->summary()));
    m_page->model().setPaused(true);
    m_stream.wait(10s);
    settle();
    QCOMPARE(past.requests.size(), std::size_t(2)); // the charts stand still
    m_page->model().setPaused(false);
    settle();
    QCOMPARE(past.requests.size(), std::size_t(3));

    past.replies[2](answer); // nothing new: it is asked for less often
    m_stream.wait(20s);
    settle();
    QCOMPARE(past.requests.size(), std::size_t(3));
    m_page->model().expectMore(); // until they are heard of
    settle();
    QCOMPARE(past.requests.size(), std::size_t(4));
    past.replies[3](answer);
    m_stream.wait(30s);
    settle();
    QCOMPARE(past.requests.size(), std::size_t(5));
    m_page->setPast(nullptr);
}

void DashboardPastTest::aPastThatFailsIsSaid()
{
    HeldPast past;
    settle();
    m_page->setPast(&past);
    const QImage before = chart(0)->plot()->grab().toImage();
    PastAnswer answer;
    answer.problem = QStringLiteral("the database is locked.");
    past.replies[0](answer);
    QCOMPARE(m_page->model().frame().problem, answer.problem);
    QVERIFY(chart(0)->plot()->grab().toImage() != before);
    m_stream.wait(29s);
    settle();
    QCOMPARE(past.requests.size(), std::size_t(1));
    m_stream.wait(1s);
    settle(); // half a minute later it is asked again
    QCOMPARE(past.requests.size(), std::size_t(2));
    past.replies[1]({});
    QVERIFY(m_page->model().frame().problem.isEmpty());
    m_page->setPast(nullptr);
}

/// As a history does that was set aside and opened anew, and then fails.
void DashboardPastTest::aPastThatComesAgainCountsOnce()
{
    m_stream.answered(QStringLiteral("openai"), 1s);
    const WallTime first = m_stream.wall();
    settle();
    m_page->model().setSpan(2);
    PastAnswer answer;
    TrafficBin bin;
    bin.real = 1;
    bin.retries[std::size_t(RetryReason::Network)] = 7;
    answer.pieces.push_back({QStringLiteral("openai"), first - 3h, bin});
    const QString seven = QStringLiteral("7 retries in the last 6 h: network 7.");
    HeldPast past, other;
    for (HeldPast *next : {&past, &past, &other}) {
        m_page->setPast(next);
        next->replies.back()(answer);
        QCOMPARE(chart(0)->summary(), seven);
    }
    PastAnswer failed;
    failed.problem = QStringLiteral("the database is locked.");
    m_page->setPast(&past);
    past.replies.back()(failed);
    m_stream.wait(30s);
    settle(); // it is asked again
    past.replies.back()(answer);
    QCOMPARE(chart(0)->summary(), seven);
    m_page->setPast(nullptr);
}

void DashboardPastTest::anAnswerAfterTheEndIsHarmless()
{
    HeldPast past;
    settle();
    m_page->setPast(&past);
    QCOMPARE(past.replies.size(), std::size_t(1));
    m_page.reset();
    past.replies[0]({});
    QVERIFY(m_state->series().synced());
}

/// A history that is not read any more says nothing of them.
void DashboardPastTest::othersAreToldAsLongAsTheyAreKnown()
{
    RecordedStream others;
    others.beginCall();
    others.attempt(QStringLiteral("openai"), RetryReason::Network, 100ms);
    others.endCall(QStringLiteral("openai"), CallOutcome::Failed, 100ms, RetryReason::Network);
    Events events = others.take();
    for (Event &e : events)
        e.run = 7;
    m_state->onOthers(events, m_stream.wall());
    settle();
    QCOMPARE(m_state->headline(m_stream.now()).service, ServiceState::Bad);
    QCOMPARE(m_state->troubled(), QStringLiteral("openai"));
    m_stream.wait(29s);
    settle();
    QCOMPARE(m_state->headline(m_stream.now()).service, ServiceState::Bad);
    m_stream.wait(2s);
    settle();
    QCOMPARE(m_state->headline(m_stream.now()).service, ServiceState::Unproven);
    m_state->onOthers({}, m_stream.wall()); // it is read again, and what was said before is gone
    QCOMPARE(m_state->headline(m_stream.now()).service, ServiceState::Unproven);
}

SUITE_MAIN(DashboardPastTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); // separators of thousands are compared
    QApplication app(argc, argv);
    DashboardPastTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_dashboardpast.moc"
