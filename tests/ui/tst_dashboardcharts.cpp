// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/dashboardcharts.h"
#include "charts/flowview.h"
#include "charts/limitsstrip.h"
#include "mainwindow.h"
#include "pages/heartbeatstrip.h"
#include "support/dashboardstand.h"
#include "support/fakeengine.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QLabel>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTableView>
#include <QTest>
#include <QToolButton>

using namespace retryscope;

namespace {

class PaintCounter final : public QObject
{
public:
    int paints = 0;
    bool eventFilter(QObject *, QEvent *event) override
    {
        paints += event->type() == QEvent::Paint;
        return false;
    }
};

} // namespace

/// The charts of the dashboard: what they show, their one window and cursor, and when they paint.
class DashboardChartsTest : public QObject, private DashboardStand
{
    Q_OBJECT
private slots:
    void init() { setUp(); }
    void tablesEqualTheStream();
    void tableModelsAreSound();
    void keysAndButtonsChangeTheWindow();
    void oneCursorInAllCharts();
    void pauseFreezesTheChartsNotTheCards();
    void aClickOnASegmentAsksForItsEvents();
    void keysAloneReachTheSameSegment();
    void aBandAsksForItsWholeSpan();
    void theLegendShowsOneReasonAlone();
    void firstTokenIsAViewOfItsOwn();
    void limitsCountDown();
    void markersTellWhatPeopleDid();
    void earlierIncidentsHaveTheirMarkers();
    void oneIsSingular();
    void summariesSayWhatTheChartShows();
    void aThemeSwitchPaintsAtOnce();
    void aHiddenPageDoesNotRepaint();
    void anUnchangedChartIsNotPaintedAgain();
    void namesOfManyStandApartInTheStates();
};

void DashboardChartsTest::tablesEqualTheStream()
{
    m_stream.wait(60s);
    const WallTime at = m_stream.wall();
    for (int i = 0; i < 3; ++i)
        recordFailover();
    m_stream.answered(QStringLiteral("mistral"), 500ms);
    m_stream.wait(10s);
    settle();
    for (std::size_t span = 0; span < seriesSpans.size(); ++span) {
        m_page->model().setSpan(span);
        const int group = groupedBins(span);
        const qint64 last = m_page->model().frame().lastKey;
        const int row = int(last / group - TimeSeries::keyOf(span, at) / group);
        const ChartTable retries = chart(0)->table(), ends = chart(2)->table();
        QCOMPARE(retries.rows.size(), last / group - (last - seriesSpans[span].bins + 1) / group + 1);
        QCOMPARE(retries.rows[row].value(1), QStringLiteral("3"));
        QCOMPARE(retries.rows[row].last(), QStringLiteral("3"));
        QCOMPARE(ends.rows[row].mid(1, 5), (QStringList{QStringLiteral("1"), QStringLiteral("0"), QStringLiteral("0"),
                                                        QStringLiteral("3"), QStringLiteral("0")}));
        QCOMPARE(ends.rows[row].last(), QStringLiteral("1.75")); // 7 attempts, 4 calls
        int elsewhere = 0;
        for (int i = 0; i < int(retries.rows.size()); ++i)
            elsewhere += i == row ? 0 : retries.rows[i].last().toInt();
        QCOMPARE(elsewhere, 0);
        int answers = 0;
        for (const QStringList &line : chart(1)->table().rows)
            answers += line.value(6).toInt(); // Anthropic's third column
        QCOMPARE(answers, 3);
    }
}

void DashboardChartsTest::tableModelsAreSound()
{
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    for (TimeChart *c : m_page->charts()) {
        c->setTableVisible(true);
        auto *view = c->findChild<QTableView *>();
        QVERIFY(view && view->isVisible());
        QAbstractItemModelTester tester(view->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        m_stream.answered(QStringLiteral("openai"), 2s);
        m_stream.wait(1s);
        settle();
        const ChartTable table = c->table();
        QCOMPARE(view->model()->rowCount(), int(table.rows.size()));
        for (int column = 0; column < int(table.headers.size()); ++column) {
            QCOMPARE(view->model()->headerData(column, Qt::Horizontal).toString(), table.headers[column]);
            QCOMPARE(view->model()->index(0, column).data().toString(), table.rows[0][column]);
        }
        m_page->model().longer(); // another number of rows
        QCOMPARE(view->model()->rowCount(), int(c->table().rows.size()));
        m_page->model().shorter();
        c->setTableVisible(false);
        QVERIFY(c->plot()->isVisible());
    }
}

void DashboardChartsTest::keysAndButtonsChangeTheWindow()
{
    TimePlot *plot = chart(0)->plot();
    plot->setFocus();
    QTest::keyClick(plot, Qt::Key_BracketRight);
    QCOMPARE(m_page->model().span(), std::size_t(1));
    QVERIFY(find<QToolButton>(QStringLiteral("span_1"))->isChecked());
    for (int i = 0; i < 9; ++i)
        QTest::keyClick(plot, Qt::Key_BracketRight);
    QCOMPARE(m_page->model().span(), std::size_t(4));
    for (int i = 0; i < 9; ++i)
        QTest::keyClick(plot, Qt::Key_BracketLeft);
    QCOMPARE(m_page->model().span(), std::size_t(0));
    QTest::mouseClick(find<QToolButton>(QStringLiteral("span_2")), Qt::LeftButton);
    QCOMPARE(m_page->model().span(), std::size_t(2));
    auto *button = find<QToolButton>(QStringLiteral("span_2"));
    button->setFocus();
    QTest::keyClick(button, Qt::Key_BracketLeft); // anywhere on the page
    QCOMPARE(m_page->model().span(), std::size_t(1));
}

void DashboardChartsTest::oneCursorInAllCharts()
{
    m_stream.wait(60s);
    const WallTime at = m_stream.wall();
    recordFailover();
    m_stream.wait(10s);
    settle();
    QVector<QImage> before;
    for (TimeChart *c : m_page->charts())
        before << c->plot()->grab().toImage();
    TimePlot *plot = chart(0)->plot();
    plot->setFocus();
    moveCursorTo(plot, at);
    QVERIFY(m_page->model().cursor());
    QCOMPARE(groupOf(*m_page->model().cursor()), groupOf(at));
    for (int i = 0; i < int(before.size()); ++i)
        QVERIFY(chart(i)->plot()->grab().toImage() != before[i]);
    QCOMPARE(chart(0)->legend()->entries()[0].value, QStringLiteral("1")); // rate limited, in that second
    QCOMPARE(chart(2)->legend()->entries()[3].value, QStringLiteral("1 of 1"));
    QVERIFY2(plot->accessibleDescription().startsWith(localTime(*m_page->model().cursor())),
             qPrintable(plot->accessibleDescription()));
    QTest::keyClick(plot, Qt::Key_Home);
    QCOMPARE(TimeSeries::keyOf(0, *m_page->model().cursor()), m_page->model().frame().lastKey - 119);
    m_stream.wait(5s);
    settle(); // it left the window
    QVERIFY(!m_page->model().cursor());
    QTest::mouseMove(chart(3)->plot(), pointIn(3, 50, 0.5));
    QTRY_VERIFY(m_page->model().cursor());
    plot->setFocus();
    QTest::keyClick(plot, Qt::Key_Escape);
    QVERIFY(!m_page->model().cursor());
}

void DashboardChartsTest::pauseFreezesTheChartsNotTheCards()
{
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    TimePlot *plot = chart(2)->plot();
    plot->setFocus();
    QTest::keyClick(plot, Qt::Key_Space);
    QVERIFY(m_page->model().isPaused());
    QVERIFY(find<QLabel>(QStringLiteral("pausedChip"))->isVisible());
    const ChartTable frozen = chart(2)->table();
    m_stream.wait(150s); // longer than the ring
    for (int i = 0; i < 5; ++i)
        m_stream.answered(QStringLiteral("openai"), 1s);
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 60s, RetryReason::Network);
    settle();
    QCOMPARE(chart(2)->table().rows, frozen.rows);
    QCOMPARE(find<QLabel>(QStringLiteral("pausedChip"))->text(), QStringLiteral("paused 2 min ago"));
    QCOMPARE(plain(find<QLabel>(QStringLiteral("state_openai"))), QStringLiteral("■ Down"));
    QTest::mouseClick(find<QToolButton>(QStringLiteral("pauseButton")), Qt::LeftButton);
    QVERIFY(!m_page->model().isPaused());
    QCOMPARE(chart(2)->table().rows[0].value(1), QStringLiteral("5"));
    QVERIFY(!find<QLabel>(QStringLiteral("pausedChip"))->isVisible());
}

void DashboardChartsTest::aClickOnASegmentAsksForItsEvents()
{
    m_stream.wait(60s);
    recordFailover();
    const WallTime second = TimeSeries::startOf(0, TimeSeries::keyOf(0, m_stream.wall()));
    m_stream.wait(20s);
    settle();
    QSignalSpy asked(m_page.get(), &DashboardPage::eventsRequested);
    const int bin = 119 - int(m_page->model().frame().lastKey - TimeSeries::keyOf(0, second));
    QTest::mouseClick(chart(0)->plot(), Qt::LeftButton, {}, pointIn(0, bin, 0.25)); // one of two: half high
    QCOMPARE(asked.count(), 1);
    const auto query = asked[0][0].value<ChartSelection>();
    QCOMPARE(query.provider, QStringLiteral("openai"));
    QCOMPARE(query.reasons, QVector<RetryReason>{RetryReason::RateLimit});
    QCOMPARE(query.from, TimeSeries::startOf(0, groupOf(second) * groupedBins(0)));
    QCOMPARE(query.until, query.from + 4s);
    QTest::mouseClick(chart(0)->plot(), Qt::LeftButton, {}, pointIn(0, bin, 0.75)); // above the bar
    QCOMPARE(asked.count(), 1);
    QTest::mouseClick(chart(2)->plot(), Qt::LeftButton, {}, pointIn(2, bin, 0.5));
    QCOMPARE(asked.count(), 2);
    QCOMPARE(asked[1][0].value<ChartSelection>().outcome, std::optional(CallOutcome::RecoveredByFailover));
    QTest::mouseClick(find<QToolButton>(QStringLiteral("events_mistral")), Qt::LeftButton);
    QCOMPARE(asked[2][0].value<ChartSelection>(), (ChartSelection{QStringLiteral("mistral"), {}, {}, {}, {}}));
}

void DashboardChartsTest::keysAloneReachTheSameSegment()
{
    m_stream.wait(60s);
    recordFailover();
    m_stream.wait(3s);
    settle();
    QSignalSpy asked(m_page.get(), &DashboardPage::eventsRequested);
    TimePlot *plot = chart(0)->plot();
    plot->setFocus();
    moveCursorTo(plot, RecordedStream::wallAt(RecordedStream::startSteady + 60s + 250ms));
    QTest::keyClick(plot, Qt::Key_Up);
    QTest::keyClick(plot, Qt::Key_Return);
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked[0][0].value<ChartSelection>().provider, QStringLiteral("openai"));
    QCOMPARE(asked[0][0].value<ChartSelection>().reasons, QVector<RetryReason>{RetryReason::RateLimit});
}

void DashboardChartsTest::aBandAsksForItsWholeSpan()
{
    m_stream.setNow(RecordedStream::startSteady + 60s);
    const WallTime opened = m_stream.wall();
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 30s, RetryReason::Network);
    m_stream.wait(10s);
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Open, CircuitState::Closed);
    m_stream.wait(20s);
    settle();
    QCOMPARE(chart(3)->table().rows[25].value(1), QStringLiteral("Down"));
    QCOMPARE(chart(3)->legend()->entries()[1].value, QStringLiteral("Unproven"));
    m_stream.answered(QStringLiteral("anthropic"), 1s);
    m_stream.wait(30s); // its answer lasts two minutes, as on the card
    settle();
    QCOMPARE(chart(3)->legend()->entries()[1].value, QStringLiteral("Well"));
    QCOMPARE(plain(find<QLabel>(QStringLiteral("state_anthropic"))), QStringLiteral("● Well"));
    QSignalSpy asked(m_page.get(), &DashboardPage::eventsRequested);
    const int bin = 119 - int(m_page->model().frame().lastKey - TimeSeries::keyOf(0, opened)) + 5;
    QTest::mouseClick(chart(3)->plot(), Qt::LeftButton, {}, pointIn(3, bin, 7.0 / 8)); // the first of four rows
    QCOMPARE(asked.count(), 1);
    const auto query = asked[0][0].value<ChartSelection>();
    QCOMPARE(query.provider, QStringLiteral("openai"));
    QCOMPARE(query.from, opened);
    QCOMPARE(query.until, opened + 10s + 1ms); // to the exact time of its closing
}

void DashboardChartsTest::theLegendShowsOneReasonAlone()
{
    recordFailover();
    for (int i = 0; i < 9; ++i) {
        m_stream.beginCall();
        m_stream.attempt(QStringLiteral("openai"), RetryReason::ServerError, 100ms);
        m_stream.retry(QStringLiteral("openai"), RetryReason::ServerError, 1s);
        m_stream.attempt(QStringLiteral("openai"), RetryReason::None, 100ms);
    }
    settle();
    ChartLegend *legend = chart(0)->legend();
    legend->setFocus();
    const QImage all = chart(0)->plot()->grab().toImage();
    QTest::keyClick(legend, Qt::Key_Space); // rate limited
    QVERIFY(legend->isShown(0) && !legend->isShown(2));
    QVERIFY(chart(0)->plot()->grab().toImage() != all);
    QTest::keyClick(legend, Qt::Key_Right);
    QTest::keyClick(legend, Qt::Key_Right);
    QTest::keyClick(legend, Qt::Key_Space, Qt::ControlModifier);
    QVERIFY(legend->isShown(0) && legend->isShown(2) && !legend->isShown(3));
    QTest::keyClick(legend, Qt::Key_Space, Qt::ControlModifier);
    QTest::keyClick(legend, Qt::Key_Left);
    QTest::keyClick(legend, Qt::Key_Left);
    QTest::keyClick(legend, Qt::Key_Space); // alone already: all again
    QVERIFY(legend->isShown(0) && legend->isShown(2) && legend->isShown(6));
}

void DashboardChartsTest::firstTokenIsAViewOfItsOwn()
{
    for (int i = 0; i < 30; ++i)
        m_stream.answered(QStringLiteral("openai"), 2s);
    settle();
    QVERIFY2(chart(1)->summary().contains(QStringLiteral("OpenAI p50 2."))
                 || chart(1)->summary().contains(QStringLiteral("OpenAI p50 1.9")),
             qPrintable(chart(1)->summary()));
    QTest::mouseClick(find<QToolButton>(QStringLiteral("firstTokenButton")), Qt::LeftButton);
    QVERIFY2(chart(1)->summary().startsWith(QStringLiteral("Time to the first token")),
             qPrintable(chart(1)->summary()));
    QVERIFY2(chart(1)->legend()->entries()[0].value.contains(QStringLiteral(" ms")),
             qPrintable(chart(1)->legend()->entries()[0].value)); // a quarter of it
}

void DashboardChartsTest::limitsCountDown()
{
    QVERIFY(!find<QToolButton>(QStringLiteral("limitsButton"))->isVisible());
    m_stream.beginCall();
    m_stream.attempt(QStringLiteral("openai"), RetryReason::None, 1s).limits = {
        {LimitKind::Requests, 500, 20, 30s, false}, {LimitKind::Tokens, 1000, 900, {}, false}};
    settle();
    auto *button = find<QToolButton>(QStringLiteral("limitsButton"));
    QVERIFY(button->isVisible());
    button->click();
    auto *meters = find<QWidget>(QStringLiteral("limitMeters"));
    QVERIFY(meters->isVisible());
    QCOMPARE(m_page->findChild<LimitsStrip *>()->table().rows[0],
             (QStringList{QStringLiteral("OpenAI"), QStringLiteral("openai-sim"), QStringLiteral("requests"),
                          QStringLiteral("20"), QStringLiteral("500"), QStringLiteral("30 s")}));
    QCOMPARE(meters->accessibleDescription(),
             QStringLiteral("Tightest: OpenAI requests, 20 of 500 left, full in 30 s."));
    m_stream.wait(10s);
    settle();
    QCOMPARE(meters->accessibleDescription(),
             QStringLiteral("Tightest: OpenAI requests, 20 of 500 left, full in 20 s."));
    m_stream.wait(20s);
    settle(); // full again: now the tokens are the tightest
    QCOMPARE(meters->accessibleDescription(), QStringLiteral("Tightest: OpenAI tokens, 900 of 1,000 left."));
}

void DashboardChartsTest::oneIsSingular()
{
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    QVERIFY2(m_page->flow()->summary().startsWith(QStringLiteral("1 call in the last 2 min.")),
             qPrintable(m_page->flow()->summary()));
    QVERIFY2(chart(1)->summary().endsWith(QStringLiteral(" of 1 answer.")), qPrintable(chart(1)->summary()));
    const auto *strip = find<HeartbeatStrip>(QStringLiteral("beats_openai"));
    const QString last = strip->words(strip->beats().back());
    QVERIFY2(last.endsWith(QStringLiteral(": 1 attempt, 0 failed")), qPrintable(last));
}

void DashboardChartsTest::summariesSayWhatTheChartShows()
{
    QCOMPARE(chart(0)->summary(), QStringLiteral("No retries and no failovers in the last 2 min."));
    QCOMPARE(chart(2)->summary(), QStringLiteral("No call ended in the last 2 min."));
    QCOMPARE(chart(3)->summary(), QStringLiteral("No provider was down in the last 2 min."));
    recordFailover();
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    QCOMPARE(chart(0)->summary(), QStringLiteral("1 failover in the last 2 min: rate limited 1."));
    QCOMPARE(chart(2)->summary(),
             QStringLiteral("Calls in the last 2 min: 2 (first choice 50.0 %, second choice 0 %, after a retry 0 %, "
                            "after a failover 50.0 %, failed 0 %). 1.50 attempts per call."));
    for (TimeChart *c : m_page->charts())
        QCOMPARE(c->plot()->accessibleDescription(), c->summary());
}

void DashboardChartsTest::aThemeSwitchPaintsAtOnce()
{
    recordFailover();
    settle();
    const QImage light = chart(0)->plot()->grab().toImage();
    m_theme->setMode(ThemeMode::Dark);
    const QImage dark = chart(0)->plot()->grab().toImage();
    QVERIFY(dark != light);
    const QColor bar = m_theme->reason(RetryReason::RateLimit);
    const PlotArea a = chart(0)->plot()->area();
    QCOMPARE(dark.pixelColor(QPointF(a.left(119) + a.binWidth() / 2, a.y(0.25)).toPoint()), bar);
}

void DashboardChartsTest::aHiddenPageDoesNotRepaint()
{
    FakeEngine engine;
    MainWindow window(engine, [](const ProviderId &, Fault) {}, *m_theme);
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    engine.apply(configuration);
    window.setConfiguration(configuration);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window, suite::patience));
    PaintCounter counter;
    auto *page = window.findChild<DashboardPage *>();
    for (QWidget *w : page->findChildren<QWidget *>())
        w->installEventFilter(&counter);
    const auto live = [&](int rounds) {
        for (int i = 0; i < rounds; ++i) {
            m_stream.answered(QStringLiteral("openai"), 1s);
            m_stream.wait(1s);
            engine.feed(m_stream.take());
            QTest::qWait(110);
        }
    };
    live(4);
    QVERIFY(counter.paints > 0);
    window.showPage(MainWindow::EventLog);
    QCoreApplication::processEvents();
    counter.paints = 0;
    live(6);
    QCOMPARE(counter.paints, 0);
    window.showPage(MainWindow::Dashboard);
    QCoreApplication::processEvents();
    window.hide();
    counter.paints = 0;
    live(6);
    QCOMPARE(counter.paints, 0);
    QCOMPARE(window.state().calls(), 16ULL); // what was not painted was counted
}

void DashboardChartsTest::anUnchangedChartIsNotPaintedAgain()
{
    m_stream.setNow(m_stream.now() + 1s - (m_stream.now().time_since_epoch() % 1s)); // at the start of a second
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    for (int i = 0; i < 3; ++i)
        QCoreApplication::processEvents(); // the page grew with its first numbers, and the window with it
    PaintCounter counter;
    for (TimeChart *c : m_page->charts())
        c->plot()->installEventFilter(&counter);
    settle(); // the same second, no event
    QCoreApplication::processEvents();
    QCOMPARE(counter.paints, 0);
    m_stream.wait(1s);
    settle();
    QCoreApplication::processEvents();
    QCOMPARE(counter.paints, 4);
}

void DashboardChartsTest::namesOfManyStandApartInTheStates()
{
    Configuration many;
    many.providers = RecordedStream::fourProviders();
    for (int i = 0; i < 8; ++i) {
        ProviderConfig another = many.providers[3];
        another.id = QStringLiteral("more%1").arg(i);
        another.name = QStringLiteral("A provider with a name of many words, number %1").arg(i);
        many.providers.append(another);
    }
    m_monitor.configure(many);
    m_state->setProviders(many.providers);
    m_page->rebuildCards();
    m_page->resize(680, 570); // beside the sidebar of the smallest window
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    const TimePlot *plot = chart(3)->plot();
    QTRY_VERIFY2(plot->area().rect.height() / 12 >= plot->fontMetrics().height() - 1,
                 qPrintable(QStringLiteral("%1 for 12 names").arg(plot->area().rect.height())));
}

/// The engine probes by itself all the time; that is no mark, and pushes none out.
void DashboardChartsTest::markersTellWhatPeopleDid()
{
    DashboardState state;
    state.setProviders(RecordedStream::fourProviders());
    RecordedStream stream;
    const auto add = [&](EventKind kind, const char *rule) -> Event & {
        stream.wait(1s);
        Event &e = stream.add(kind, QStringLiteral("openai"));
        e.rule = QLatin1String(rule);
        return e;
    };
    add(EventKind::ConfigurationApplied, "").provider.clear();
    for (int i = 0; i < 500; ++i)
        add(EventKind::ProbeFinished, "");
    add(EventKind::ProbeFinished, "by hand: not the list");
    add(EventKind::ProbeFinished, "on purpose: by hand").onPurpose = true;
    add(EventKind::CircuitChanged, "by hand").circuitTo = CircuitState::Isolated;
    add(EventKind::CircuitChanged, "by hand").circuitFrom = CircuitState::Isolated;
    add(EventKind::CircuitChanged, "by the fleet").circuitTo = CircuitState::Isolated;
    add(EventKind::CircuitChanged, "by the fleet").circuitFrom = CircuitState::Isolated;
    state.onEvents(stream.take());
    QStringList told;
    for (const ChartMarker &marker : state.markers())
        told << marker.text;
    QCOMPARE(told, QStringList({QStringLiteral("configuration applied"), QStringLiteral("OpenAI probed"),
                                QStringLiteral("OpenAI probed"), QStringLiteral("OpenAI isolated by you"),
                                QStringLiteral("OpenAI released by you"), QStringLiteral("OpenAI isolated elsewhere"),
                                QStringLiteral("OpenAI released")}));
}

void DashboardChartsTest::earlierIncidentsHaveTheirMarkers()
{
    DashboardState state;
    state.setProviders(RecordedStream::fourProviders());
    HealthUpdate update;
    update.now.at = RecordedStream::startSteady;
    update.now.wall = RecordedStream::startWall;
    Incident incident;
    for (const auto hours : {2, 1, 3}) { // of an earlier run: known, not opened now
        incident.id = quint64(hours);
        incident.provider = QStringLiteral("mistral");
        incident.opened = RecordedStream::startWall - std::chrono::hours(hours);
        update.incidents.append(incident);
        update.incidentChanges.push_back({incident.id, IncidentChange::Kind::Updated});
    }
    state.onHealth(update);
    state.onHealth(update); // what changes of them later adds none
    QCOMPARE(state.markers().size(), std::size_t(3));
    update.anew = true; // the same again after a lost connection, and one that another engine numbers alike
    incident.provider = QStringLiteral("openai");
    update.incidents.append(incident);
    state.onHealth(update);
    update.incidents.removeLast();
    QCOMPARE(state.markers().size(), std::size_t(3)); // one id is one incident within one update
    update.incidents = {incident};
    state.onHealth(update);
    QCOMPARE(state.markers().size(), std::size_t(4));
    QVERIFY(std::is_sorted(state.markers().begin(), state.markers().end(),
                           [](const ChartMarker &a, const ChartMarker &b) { return a.at < b.at; }));
    QCOMPARE(state.markers().front().text, QStringLiteral("incident opened: Mistral"));
}

SUITE_MAIN(DashboardChartsTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); // separators of thousands are compared
    QApplication app(argc, argv);
    DashboardChartsTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_dashboardcharts.moc"
