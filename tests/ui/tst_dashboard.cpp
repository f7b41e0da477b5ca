// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/dashboardcharts.h"
#include "charts/flowview.h"
#include "charts/limitsstrip.h"
#include "mainwindow.h"
#include "pages/dashboardpage.h"
#include "pages/eventspage.h"
#include "pages/healthheader.h"
#include "pages/heartbeatstrip.h"
#include "support/fakeengine.h"
#include "support/recordedstream.h"
#include "support/suite.h"
#include "words/healthwords.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QDateTime>
#include <QDir>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QRegularExpression>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QStatusBar>
#include <QTableView>
#include <QTest>
#include <QTimer>
#include <QToolButton>

using namespace retryscope;

namespace {

/// Answers when told to.
class HeldPast final : public DashboardPast
{
public:
    void request(const PastRequest &request, std::function<void(const PastAnswer &)> reply) override
    {
        requests.push_back(request);
        replies.push_back(std::move(reply));
    }
    std::vector<PastRequest> requests;
    std::vector<std::function<void(const PastAnswer &)>> replies;
};

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

QString localTime(WallTime t)
{
    return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count()).toString(QStringLiteral("HH:mm:ss"));
}
QString plain(const QLabel *label)
{
    return QString(label->text())
        .remove(QRegularExpression(QStringLiteral("<[^>]*>")))
        .replace(QStringLiteral("&nbsp;"), QStringLiteral(" "));
}

} // namespace

Q_DECLARE_METATYPE(std::function<void(retryscope::RecordedStream &)>)

/// Real widgets fed with recorded streams: what is shown, at exact times.
class DashboardTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void everyStateHasGlyphWordReasonAndCountdown_data();
    void everyStateHasGlyphWordReasonAndCountdown();
    void theSentenceSaysSinceWhenAndWhoCarriesTheTraffic();
    void theSentenceIsHonestAboutSilence();
    void countdownsRunDown();
    void cardNumbersFollowTheWindow();
    void beatsAreTallerWhenGraver();
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
    void droppedEventsAreSaid();
    void thePastIsLoadedOncePerWindow();
    void whatWasSimulatedIsNoPastOfRealProviders();
    void whatOthersDoMeanwhileIsShown();
    void aPastThatFailsIsSaid();
    void aPastThatComesAgainCountsOnce();
    void anAnswerAfterTheEndIsHarmless();
    void summariesSayWhatTheChartShows();
    void oneIsSingular();
    void buttonsReachTheEngine();
    void theHeaderSpeaksAtMostEveryFiveSeconds();
    void aThemeSwitchPaintsAtOnce();
    void wallModeComesAndGoes();
    void aHiddenPageDoesNotRepaint();
    void anUnchangedChartIsNotPaintedAgain();
    void everythingIsReachedByTab();
    void everyFocusableWidgetHasAName();
    void nothingIsClipped_data();
    void nothingIsClipped();
    void noProviderLeadsToTheConfiguration();
    void amongManyTheEmptyCardsFold();
    void namesOfManyStandApartInTheStates();
    void picturesOfBothThemesDiffer();

    void theFlowCountsAsTheCardsDo();

private:
    /// Shows what was recorded; a quarter of a second passes, so that charts are due.
    void settle()
    {
        m_stream.wait(250ms);
        const Events events = m_stream.take();
        for (const Event &e : events)
            m_monitor.onEvent(e);
        m_monitor.advance(m_stream.now(), m_stream.wall());
        m_state->onEvents(events);
        m_state->onHealth(m_monitor.take());
        m_state->advance(m_stream.now(), m_stream.wall());
        m_page->refresh(m_stream.now());
    }
    template <typename T> T *find(const QString &name) { return m_page->findChild<T *>(name); }
    TimeChart *chart(int index) { return m_page->charts()[index]; }
    /// OpenAI: rate limited, waits, goes to Anthropic.
    void recordFailover()
    {
        m_stream.beginCall();
        m_stream.attempt(QStringLiteral("openai"), RetryReason::RateLimit, 200ms);
        m_stream.failOver(QStringLiteral("openai"), QStringLiteral("anthropic"), RetryReason::RateLimit);
        m_stream.attempt(QStringLiteral("anthropic"), RetryReason::None, 1s);
        m_stream.endCall(QStringLiteral("anthropic"), CallOutcome::RecoveredByFailover, 1200ms);
    }
    /// Of the columns in the shortest window.
    static qint64 groupOf(WallTime at) { return TimeSeries::keyOf(0, at) / groupedBins(0); }
    void moveCursorTo(TimePlot *plot, WallTime at)
    {
        for (int i = 0; i < 60 && (!m_page->model().cursor() || groupOf(*m_page->model().cursor()) > groupOf(at)); ++i)
            QTest::keyClick(plot, Qt::Key_Left);
    }
    QPoint pointIn(int chartIndex, int bin, double share)
    {
        const PlotArea a = chart(chartIndex)->plot()->area();
        return QPointF(a.left(bin) + a.binWidth() / 2, a.y(share)).toPoint();
    }

    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<DashboardState> m_state;
    std::unique_ptr<DashboardPage> m_page;
    HealthMonitor m_monitor;
    RecordedStream m_stream;
};

void DashboardTest::init()
{
    m_page.reset();
    m_stream = {};
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_state = std::make_unique<DashboardState>();
    m_state->setProviders(RecordedStream::fourProviders());
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    m_monitor = HealthMonitor();
    m_monitor.configure(configuration);
    m_page = std::make_unique<DashboardPage>(*m_state, *m_theme);
    m_page->resize(1160, 760);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get(), suite::patience));
    m_page->activateWindow();
    settle();
}

void DashboardTest::everyStateHasGlyphWordReasonAndCountdown_data()
{
    QTest::addColumn<std::function<void(RecordedStream &)>>("story");
    QTest::addColumn<QString>("label");
    QTest::addColumn<QString>("why");
    const auto row = [](const char *name, std::function<void(RecordedStream &)> story, const char *label,
                        const char *why) {
        QTest::newRow(name) << std::move(story) << QString::fromUtf8(label) << QString::fromUtf8(why);
    };
    const QString id = QStringLiteral("openai");
    row("nothing was asked", [](RecordedStream &) {}, "– Unproven", "not asked from here yet");
    row("answers", [id](RecordedStream &s) { s.answered(id, 1s); }, "● Well", nullptr);
    row("waits as the server asked", [id](RecordedStream &s) {
        s.beginCall();
        s.attempt(id, RetryReason::RateLimit, 100ms);
        s.retry(id, RetryReason::RateLimit, 3s, DelaySource::Server);
    }, "▼ Failing", "rate limited · next try in 2.8 s, as asked");
    row("fails now and then", [id](RecordedStream &s) {
        for (int i = 0; i < 3; ++i)
            s.answered(id, 1s);
        s.beginCall();
        s.attempt(id, RetryReason::ServerError, 100ms);
    }, "▼ Failing", "server error · 25.0 % of attempts failed");
    row("is slow", [id](RecordedStream &s) {
        s.answered(id, 9s);
        Event &e = s.add(EventKind::DegradedChanged, id);
        e.degraded = true;
        e.detail = QStringLiteral("p95 is 3.1 times the usual");
    }, "▲ Slow", "p95 is 3.1 times the usual");
    row(
        "circuit open",
        [id](RecordedStream &s) {
            s.circuit(id, CircuitState::Closed, CircuitState::Open, 17s, RetryReason::RateLimit);
        },
        "■ Down", "rate limited · probe in 16.8 s");
    row("circuit open, time is up", [id](RecordedStream &s) {
        s.circuit(id, CircuitState::Closed, CircuitState::Open, 2s, RetryReason::Network);
        s.wait(5s);
    }, "■ Down", "network · probe with the next call");
    row("half open", [id](RecordedStream &s) {
        s.circuit(id, CircuitState::Closed, CircuitState::Open, 2s, RetryReason::Network);
        s.circuit(id, CircuitState::Open, CircuitState::HalfOpen);
    }, "○ Probing", "network · one probe is on its way");
    row("isolated by a person", [id](RecordedStream &s) {
        s.circuit(id, CircuitState::Closed, CircuitState::Isolated);
        s.wait(185s);
    }, "◆ Isolated", "isolated by you 3 min ago");
    row("recovered", [id](RecordedStream &s) {
        s.beginCall();
        s.attempt(id, RetryReason::Network, 100ms);
        s.circuit(id, CircuitState::Closed, CircuitState::Open, 2s, RetryReason::Network);
        s.circuit(id, CircuitState::Open, CircuitState::HalfOpen);
        s.circuit(id, CircuitState::HalfOpen, CircuitState::Closed);
        for (int i = 0; i < 20; ++i)
            s.answered(id, 1s);
    }, "● Well", nullptr);
}

void DashboardTest::everyStateHasGlyphWordReasonAndCountdown()
{
    QFETCH(std::function<void(RecordedStream &)>, story);
    QFETCH(QString, label);
    QFETCH(QString, why);
    story(m_stream);
    settle();
    QCOMPARE(plain(find<QLabel>(QStringLiteral("state_openai"))), label);
    if (why.isEmpty())
        why = QStringLiteral("since ") + localTime(m_stream.wall());
    QCOMPARE(find<QLabel>(QStringLiteral("why_openai"))->text(), why);
    const auto *card = find<QWidget>(QStringLiteral("providerCard_openai"));
    if (!label.contains(QStringLiteral("Unproven")))
        QVERIFY(card->accessibleDescription().startsWith(label.mid(2)));
}

void DashboardTest::theSentenceSaysSinceWhenAndWhoCarriesTheTraffic()
{
    m_stream.answered(QStringLiteral("mistral"), 1s);
    const WallTime opened = m_stream.wall();
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 30s, RetryReason::RateLimit);
    for (int i = 0; i < 5; ++i)
        m_stream.answered(QStringLiteral("anthropic"), 1s);
    settle();
    const QString expected = QStringLiteral("100 % of calls served, in the last 1 s · 6.0/s. OpenAI is down since %1 "
                                            "(rate limited), probe in 29.8 s. Its traffic goes to Anthropic.")
                                 .arg(localTime(opened));
    QCOMPARE(m_state->sentence(m_stream.now()), expected);
    QCOMPARE(m_state->health().worst(), ProviderState::Down);
    m_stream.wait(31s); // the probe fails: open again, but since the same moment
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Open, CircuitState::HalfOpen);
    m_stream.circuit(QStringLiteral("openai"), CircuitState::HalfOpen, CircuitState::Open, 60s, RetryReason::RateLimit);
    settle();
    QVERIFY(m_state->sentence(m_stream.now()).contains(QStringLiteral("since ") + localTime(opened)));
}

void DashboardTest::theSentenceIsHonestAboutSilence()
{
    QCOMPARE(m_state->sentence(m_stream.now()),
             QStringLiteral("No calls from here yet. 4 providers are configured; none was asked from here."));
    for (const char *id : {"openai", "anthropic", "google_ai", "mistral"})
        m_stream.answered(QLatin1String(id), 1s);
    settle();
    QCOMPARE(m_state->sentence(m_stream.now()),
             QStringLiteral("100 % of calls served, in the last 1 s · 4.0/s. All 4 providers are well."));
    m_stream.wait(121s);
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    QCOMPARE(
        m_state->sentence(m_stream.now()),
        QStringLiteral("100 % of calls served, in the last 2 min · 1/min. 1 of 4 providers is well, 3 are unproven."));
}

void DashboardTest::countdownsRunDown()
{
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 10s, RetryReason::Network);
    settle();
    const auto *why = find<QLabel>(QStringLiteral("why_openai"));
    QStringList seen;
    for (int i = 0; i < 5; ++i) {
        seen << why->text();
        m_stream.wait(100ms);
        m_page->refresh(m_stream.now());
    }
    QCOMPARE(seen, (QStringList{QStringLiteral("network · probe in 9.8 s"), QStringLiteral("network · probe in 9.7 s"),
                                QStringLiteral("network · probe in 9.6 s"), QStringLiteral("network · probe in 9.5 s"),
                                QStringLiteral("network · probe in 9.4 s")}));
}

void DashboardTest::cardNumbersFollowTheWindow()
{
    for (int i = 0; i < 8; ++i)
        m_stream.answered(QStringLiteral("openai"), 1s);
    m_stream.wait(5min);
    m_stream.beginCall();
    m_stream.attempt(QStringLiteral("openai"), RetryReason::ServerError, 100ms);
    m_stream.attempt(QStringLiteral("openai"), RetryReason::None, 4s);
    settle();
    const auto texts = [this] {
        QStringList list;
        for (const auto *label : find<QWidget>(QStringLiteral("providerCard_openai"))->findChildren<QLabel *>()) {
            if (QStringList{QStringLiteral("failed"), QStringLiteral("asked")}.contains(label->accessibleName()))
                list << label->text();
        }
        return list;
    };
    QCOMPARE(texts(), (QStringList{QStringLiteral("50.0 %"), QStringLiteral("2")}));
    m_page->model().setSpan(1);
    QCOMPARE(texts(), (QStringList{QStringLiteral("10.0 %"), QStringLiteral("10")}));
}

void DashboardTest::beatsAreTallerWhenGraver()
{
    QVERIFY(stateHeight(ProviderState::Unproven) < stateHeight(ProviderState::Well));
    QVERIFY(stateHeight(ProviderState::Well) < stateHeight(ProviderState::Slow));
    QVERIFY(stateHeight(ProviderState::Failing) < stateHeight(ProviderState::Down));
    m_stream.setNow(RecordedStream::startSteady + 30s); // a beat of the short window is three seconds
    m_stream.answered(QStringLiteral("openai"), 1s);
    m_stream.wait(3s);
    m_stream.answered(QStringLiteral("openai"), 1s);
    m_stream.answered(QStringLiteral("openai"), 1s);
    m_stream.beginCall();
    m_stream.attempt(QStringLiteral("openai"), RetryReason::ServerError, 1s);
    m_stream.wait(3s);
    m_stream.beginCall();
    m_stream.attempt(QStringLiteral("openai"), RetryReason::ServerError, 1s);
    settle();
    const auto &beats = find<HeartbeatStrip>(QStringLiteral("beats_openai"))->beats();
    QCOMPARE(beats.size(), std::size_t(40));
    QCOMPARE(beats[37].state, ProviderState::Well);
    QCOMPARE(beats[38].state, ProviderState::Failing);
    QCOMPARE(beats[39].state, ProviderState::Down);
    QCOMPARE(beats[0].state, ProviderState::Unproven);
}

void DashboardTest::tablesEqualTheStream()
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

void DashboardTest::tableModelsAreSound()
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

void DashboardTest::keysAndButtonsChangeTheWindow()
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

void DashboardTest::oneCursorInAllCharts()
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

void DashboardTest::pauseFreezesTheChartsNotTheCards()
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

void DashboardTest::aClickOnASegmentAsksForItsEvents()
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

void DashboardTest::keysAloneReachTheSameSegment()
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

void DashboardTest::aBandAsksForItsWholeSpan()
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

void DashboardTest::theLegendShowsOneReasonAlone()
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

void DashboardTest::firstTokenIsAViewOfItsOwn()
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

void DashboardTest::limitsCountDown()
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

void DashboardTest::droppedEventsAreSaid()
{
    auto *chip = find<QToolButton>(QStringLiteral("droppedChip"));
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    QVERIFY(!chip->isVisible());
    m_stream.lose(12);
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    QVERIFY(chip->isVisible());
    QVERIFY2(chip->text().contains(QStringLiteral("12 events not shown")), qPrintable(chip->text()));
    QTest::mouseClick(chip, Qt::LeftButton);
    QVERIFY(!chip->isVisible());
    QCOMPARE(m_state->dropped(), 0ULL);
}

/// From the simulation to one's own providers, which bear the same ids.
void DashboardTest::whatWasSimulatedIsNoPastOfRealProviders()
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

void DashboardTest::thePastIsLoadedOncePerWindow()
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
void DashboardTest::whatOthersDoMeanwhileIsShown()
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

void DashboardTest::aPastThatFailsIsSaid()
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
void DashboardTest::aPastThatComesAgainCountsOnce()
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

void DashboardTest::anAnswerAfterTheEndIsHarmless()
{
    HeldPast past;
    settle();
    m_page->setPast(&past);
    QCOMPARE(past.replies.size(), std::size_t(1));
    m_page.reset();
    past.replies[0]({});
    QVERIFY(m_state->series().synced());
}

void DashboardTest::oneIsSingular()
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

void DashboardTest::summariesSayWhatTheChartShows()
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

void DashboardTest::buttonsReachTheEngine()
{
    FakeEngine engine;
    MainWindow window(engine, [](const ProviderId &, Fault) {}, *m_theme);
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    engine.apply(configuration);
    window.setConfiguration(configuration);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window, suite::patience));
    const auto click = [&window](const char *name) {
        QTest::mouseClick(window.findChild<QWidget *>(QLatin1String(name)), Qt::LeftButton);
    };
    click("isolate_openai");
    click("probe_mistral");
    RecordedStream stream;
    stream.circuit(QStringLiteral("anthropic"), CircuitState::Closed, CircuitState::Isolated);
    engine.feed(stream.take());
    window.refreshNow();
    QCOMPARE(window.findChild<QToolButton *>(QStringLiteral("isolate_anthropic"))->text(), QStringLiteral("Release"));
    click("isolate_anthropic");
    QCOMPARE(engine.asked, (QStringList{QStringLiteral("isolate openai"), QStringLiteral("probe mistral"),
                                        QStringLiteral("release anthropic")}));
    QVERIFY(!window.findChild<QToolButton *>(QStringLiteral("probe_anthropic"))->isEnabled());
    QTest::keyClick(window.findChild<QWidget *>(QStringLiteral("healthHeader")), Qt::Key_Return);
    const auto *page = window.findChild<EventsPage *>();
    QVERIFY(page->isVisible());
    QCOMPARE(page->filter().provider, QStringLiteral("anthropic"));
    QVERIFY(!window.findChild<DashboardPage *>()->isVisible()); // the events are
    QVERIFY(window.findChild<QLabel *>(QStringLiteral("healthSentence"))->isVisible()); // on every page
}

void DashboardTest::theHeaderSpeaksAtMostEveryFiveSeconds()
{
    HealthHeader header(*m_theme);
    QSignalSpy said(&header, &HealthHeader::announced);
    header.refresh(*m_state, m_stream.now());
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 60s);
    settle();
    header.refresh(*m_state, m_stream.now()); // changed again, and too soon
    QCOMPARE(said.count(), 1);
    QCOMPARE(said[0][0].toString(),
             QStringLiteral("No calls from here yet. 4 providers are configured; none was asked from here."));
    QVERIFY2(header.accessibleName().startsWith(QStringLiteral("No calls from here yet. OpenAI is down since ")),
             qPrintable(header.accessibleName()));
}

void DashboardTest::aThemeSwitchPaintsAtOnce()
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

void DashboardTest::wallModeComesAndGoes()
{
    FakeEngine engine;
    MainWindow window(engine, [](const ProviderId &, Fault) {}, *m_theme);
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    engine.apply(configuration);
    window.setConfiguration(configuration);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window, suite::patience));
    window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window, suite::patience));
    window.showPage(MainWindow::Test);
    auto *page = window.findChild<DashboardPage *>();
    const double before = page->charts()[0]->font().pointSizeF();
    QTest::keyClick(&window, Qt::Key_F11);
    QVERIFY(page->isWallMode() && page->isVisible());
    QVERIFY(window.isFullScreen());
    QVERIFY(!window.menuBar()->isVisible() && !window.statusBar()->isVisible());
    QVERIFY(page->charts()[0]->isVisible() && page->charts()[3]->isVisible() && !page->charts()[1]->isVisible());
    QVERIFY(!window.findChild<QToolButton *>(QStringLiteral("isolate_openai"))->isVisible());
    QVERIFY(page->charts()[0]->font().pointSizeF() > before * 1.5);
    QVERIFY(window.findChild<QLabel *>(QStringLiteral("healthSentence"))->isVisible());
    QTest::keyClick(&window, Qt::Key_Escape);
    QVERIFY(!page->isWallMode() && !window.isFullScreen());
    QVERIFY(window.menuBar()->isVisible() && page->charts()[1]->isVisible());
    QCOMPARE(page->charts()[0]->font().pointSizeF(), before);
}

void DashboardTest::aHiddenPageDoesNotRepaint()
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

void DashboardTest::anUnchangedChartIsNotPaintedAgain()
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

void DashboardTest::everythingIsReachedByTab()
{
    m_stream.beginCall();
    m_stream.attempt(QStringLiteral("openai"), RetryReason::None, 1s).limits = {
        {LimitKind::Requests, 500, 20, 30s, false}};
    settle();
    QVERIFY(QTest::qWaitForWindowActive(m_page.get(), suite::patience));
    QSet<QWidget *> wanted;
    for (QWidget *w : m_page->findChildren<QWidget *>()) {
        const auto *button = qobject_cast<QAbstractButton *>(w);
        const bool byArrows =
            button && button->group() && !button->isChecked(); // of a group Tab reaches the chosen one
        if (w->isVisible() && w->isEnabled() && (w->focusPolicy() & Qt::TabFocus) && !byArrows)
            wanted.insert(w);
    }
    QVERIFY2(wanted.size() > 25, qPrintable(QString::number(wanted.size())));
    find<QWidget>(QStringLiteral("pauseButton"))->setFocus();
    QSet<QWidget *> reached;
    QVector<QWidget *> order;
    for (int i = 0; i < 200 && QApplication::focusWidget() && !reached.contains(QApplication::focusWidget()); ++i) {
        reached.insert(QApplication::focusWidget());
        order << QApplication::focusWidget();
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    }
    for (QWidget *w : wanted)
        QVERIFY2(reached.contains(w), qPrintable(w->objectName() + QLatin1Char(' ') + w->accessibleName()));
    QVERIFY(order.indexOf(find<QWidget>(QStringLiteral("isolate_openai")))
            < order.indexOf(find<QWidget>(QStringLiteral("isolate_mistral"))));
    QVERIFY(order.indexOf(find<QWidget>(QStringLiteral("isolate_mistral")))
            < order.indexOf(find<QWidget>(QStringLiteral("reasonChart"))));
    QVERIFY(order.indexOf(find<QWidget>(QStringLiteral("reasonChart")))
            < order.indexOf(find<QWidget>(QStringLiteral("circuitTimeline"))));
    find<QWidget>(QStringLiteral("span_0"))->setFocus();
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Right);
    QCOMPARE(QApplication::focusWidget(), find<QWidget>(QStringLiteral("span_1")));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QCOMPARE(m_page->model().span(), std::size_t(1));
    auto *plot = find<QWidget>(QStringLiteral("outcomeChart"));
    plot->clearFocus();
    const QImage without = plot->grab().toImage();
    plot->setFocus(Qt::TabFocusReason);
    QVERIFY(plot->grab().toImage() != without); // a ring
}

void DashboardTest::everyFocusableWidgetHasAName()
{
    m_stream.beginCall();
    m_stream.attempt(QStringLiteral("openai"), RetryReason::None, 1s).limits = {
        {LimitKind::Requests, 500, 20, 30s, false}};
    settle();
    find<QToolButton>(QStringLiteral("limitsButton"))->click();
    for (TimeChart *c : m_page->charts())
        c->setTableVisible(true);
    int seen = 0;
    for (QWidget *w : m_page->findChildren<QWidget *>()) {
        if (w->focusPolicy() == Qt::NoFocus || w->objectName().startsWith(QStringLiteral("qt_"))
            || qobject_cast<QMenu *>(w))
            continue;
        const auto *button = qobject_cast<QAbstractButton *>(w);
        const bool inTable = !qobject_cast<QTableView *>(w) && w->parentWidget()
                             && (qobject_cast<QTableView *>(w->parentWidget()) || w->inherits("QHeaderView"));
        if (inTable)
            continue;
        ++seen;
        QVERIFY2(!w->accessibleName().isEmpty() || (button && !button->text().isEmpty()), w->metaObject()->className());
    }
    QVERIFY(seen > 25);
    for (TimeChart *c : m_page->charts())
        QVERIFY(!c->plot()->accessibleDescription().isEmpty());
}

void DashboardTest::nothingIsClipped_data()
{
    QTest::addColumn<QSize>("size");
    for (const QSize size : {QSize(900, 600), QSize(1024, 700), QSize(1280, 800), QSize(2560, 1440)})
        QTest::addRow("%dx%d", size.width(), size.height()) << size;
}

void DashboardTest::nothingIsClipped()
{
    QFETCH(QSize, size);
    FakeEngine engine;
    MainWindow window(engine, [](const ProviderId &, Fault) {}, *m_theme);
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    engine.apply(configuration);
    window.setConfiguration(configuration);
    window.resize(size);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window, suite::patience));
    for (int i = 0; i < 10; ++i)
        recordFailover();
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 60s, RetryReason::RateLimit);
    m_stream.circuit(QStringLiteral("mistral"), CircuitState::Closed, CircuitState::Isolated);
    engine.feed(m_stream.take());
    window.refreshNow();
    QCoreApplication::processEvents();
    QCOMPARE(window.size(), size);
    auto *page = window.findChild<DashboardPage *>();
    const auto *scroll = qobject_cast<QScrollArea *>(page->parentWidget()->parentWidget());
    QVERIFY(scroll);
    QCOMPARE(scroll->horizontalScrollBar()->maximum(), 0);
    int seen = 0;
    for (QWidget *w : page->findChildren<QWidget *>()) {
        const auto *label = qobject_cast<QLabel *>(w);
        if (!w->isVisible() || !(label || qobject_cast<QAbstractButton *>(w))
            || w->parentWidget()->inherits("QAbstractScrollArea"))
            continue;
        ++seen;
        const QSize need =
            label && label->wordWrap() ? QSize(0, label->heightForWidth(label->width())) : w->minimumSizeHint();
        QVERIFY2(w->width() >= need.width() && w->height() >= need.height(),
                 qPrintable(QStringLiteral("%1 \"%2\" needs %3x%4")
                                .arg(w->objectName(), label ? label->text() : static_cast<QAbstractButton *>(w)->text())
                                .arg(need.width())
                                .arg(need.height())));
        QVERIFY2(page->rect().contains(QRect(w->mapTo(page, QPoint(0, 0)), w->size())), qPrintable(w->objectName()));
    }
    QVERIFY(seen > 40);
}

void DashboardTest::amongManyTheEmptyCardsFold()
{
    Configuration many;
    many.providers = RecordedStream::fourProviders();
    for (int i = 0; i < 4; ++i) {
        ProviderConfig another = many.providers[3];
        another.id = another.name = QStringLiteral("more%1").arg(i);
        many.providers.append(another);
    }
    m_monitor.configure(many);
    m_state->setProviders(many.providers);
    m_page->rebuildCards();
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    QTest::qWait(0);
    const auto height = [this](const char *id) {
        return find<QWidget>(QStringLiteral("providerCard_") + QLatin1String(id))->sizeHint().height();
    };
    QVERIFY(height("more1") < height("openai") * 2 / 3);
    QVERIFY(find<QWidget>(QStringLiteral("isolate_more1"))->isVisible()); // what can be done with it stays
    m_stream.beginCall();
    m_stream.skip(QStringLiteral("more1"), SkipReason::CircuitOpen, RetryReason::Network);
    m_stream.attempt(QStringLiteral("mistral"), RetryReason::None, 1s);
    m_stream.endCall(QStringLiteral("mistral"), CallOutcome::SecondChoice, 1s);
    settle();
    QCOMPARE(height("more1"), height("openai"));
    QVERIFY(height("more2") < height("openai"));
    m_page->setFault(QStringLiteral("more2"), Fault::Outage);
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    QCOMPARE(height("more2"), height("openai"));
}

void DashboardTest::namesOfManyStandApartInTheStates()
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

void DashboardTest::noProviderLeadsToTheConfiguration()
{
    m_state->setProviders({});
    m_page->rebuildCards();
    settle();
    QVERIFY(find<QWidget>(QStringLiteral("emptyDashboard"))->isVisible());
    QVERIFY(!chart(0)->isVisible());
    QSignalSpy asked(m_page.get(), &DashboardPage::addProviderRequested);
    QTest::mouseClick(find<QPushButton>(QStringLiteral("addProviderButton")), Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    QCOMPARE(m_state->sentence(m_stream.now()), QStringLiteral("No provider is enabled."));
}

void DashboardTest::picturesOfBothThemesDiffer()
{
    const QString folder = QDir::tempPath() + QStringLiteral("/retryscope-pictures");
    QVERIFY(QDir().mkpath(folder));
    for (int i = 0; i < 60; ++i) {
        recordFailover();
        m_stream.wait(1s);
    }
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 60s, RetryReason::RateLimit);
    settle();
    QVector<QImage> pictures;
    for (const double ratio : {1.0, 2.0}) {
        for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
            m_theme->setMode(mode);
            settle();
            QPixmap picture(m_page->size() * ratio);
            picture.setDevicePixelRatio(ratio);
            m_page->render(&picture);
            QVERIFY(picture.save(QStringLiteral("%1/dashboard-%2x-%3.png")
                                     .arg(folder)
                                     .arg(ratio)
                                     .arg(mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light"))));
            for (const QImage &other : pictures)
                QVERIFY(picture.toImage() != other);
            pictures << picture.toImage();
        }
    }
}

/// Also between the frames of the charts: in flight as in the headline, skipped as on the card.
void DashboardTest::theFlowCountsAsTheCardsDo()
{
    m_stream.answered(QStringLiteral("openai"), 300ms);
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 100s, RetryReason::Network);
    for (int call = 0; call < 12; ++call) {
        m_stream.beginCall();
        m_stream.skip(QStringLiteral("openai"), SkipReason::CircuitOpen, RetryReason::Network);
        m_stream.wait(100ms); // under the charts' pace
        for (const Event &e : m_stream.take())
            m_monitor.onEvent(e);
        m_monitor.advance(m_stream.now(), m_stream.wall());
        m_state->onHealth(m_monitor.take());
        m_state->advance(m_stream.now(), m_stream.wall());
        m_page->refresh(m_stream.now());
        const FlowPicture &flow = m_page->findChild<FlowView *>()->flow();
        QCOMPARE(flow.inFlight, quint64(call + 1));
        const auto *why = find<QLabel>(QStringLiteral("why_openai"));
        const quint64 skipped = flow.binOf(QStringLiteral("openai"))->skipCount();
        const QString words = QStringLiteral("skipped %1×").arg(skipped);
        QCOMPARE(why->text().contains(QLatin1String("skipped")), skipped > 0);
        QVERIFY2(skipped == 0 || why->text().endsWith(words), qPrintable(why->text()));
        QVERIFY2(skipped == 0 || flow.rows.front().fact.startsWith(words), qPrintable(flow.rows.front().fact));
    }
}

SUITE_MAIN(DashboardTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); // separators of thousands are compared
    QApplication app(argc, argv);
    DashboardTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_dashboard.moc"
