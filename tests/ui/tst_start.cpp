// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configurationdraft.h"
#include "mainwindow.h"
#include "pages/eventspage.h"
#include "pages/incidentspage.h"
#include "pages/testpage.h"
#include "pages/tunepage.h"
#include "support/suite.h"
#include "widgets/pagestack.h"
#include "widgets/sidebar.h"

#include "../support/fakeengine.h"
#include "../support/recordedstream.h"

#include <QAbstractSpinBox>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QPointer>
#include <QTemporaryDir>
#include <QTest>

using namespace retryscope;

/// The start of the window: what is there at the first paint, what comes after it, and that nobody misses anything.
class StartTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void pagesAreMadeAfterTheFirstPaintOnePerTurn();
    void aWindowThatNobodySeesGetsItsPages();
    void aPageIsWholeWhenItIsAskedForBefore();
    void eventsFromBeforeThePageAreOnIt();
    void aDraftComesBackWithItsPage();
    void aDraftOutlivesAWindowThatNeverMadeItsPage();
    void theTabKeyGoesToALatePageAsToAnEarlyOne();
    void theFirstPaintShowsWhatWasForeseen();
    void whatWasForeseenIsCountedOnce();
    void foresightEnds();

private:
    Events calls(int count)
    {
        for (int i = 0; i < count; ++i) {
            m_stream.beginCall();
            m_stream.attempt(QStringLiteral("openai"), RetryReason::None, 300ms);
            m_stream.endCall(QStringLiteral("openai"), CallOutcome::FirstTry, 300ms);
            m_stream.wait(2s);
        }
        return m_stream.take();
    }
    /// As a monitor of its own judges them.
    HealthUpdate judged(const Events &events)
    {
        HealthMonitor monitor;
        monitor.configure(m_configuration);
        for (const Event &e : events)
            monitor.onEvent(e);
        monitor.advance(m_stream.now(), m_stream.wall());
        return monitor.take();
    }
    static quint64 counted(const DashboardState &state)
    {
        quint64 ended = 0;
        const qint64 last = TimeSeries::keyOf(0, state.health().wall);
        for (int i = 0; i < 120; ++i) {
            if (const TrafficBin *bin = state.series().total(0, last - i))
                ended += bin->owed();
        }
        return ended;
    }
    QString text(const char *name) { return m_window->findChild<QLabel *>(QLatin1String(name))->text(); }

    std::unique_ptr<FakeEngine> m_engine;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    Configuration m_configuration;
    RecordedStream m_stream;
};

void StartTest::init()
{
    m_stream = {};
    m_configuration = {};
    m_configuration.providers = RecordedStream::fourProviders();
    m_configuration.retry.maxAttempts = 7;
    m_engine = std::make_unique<FakeEngine>();
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_window = std::make_unique<MainWindow>(
        *m_engine, [](const ProviderId &, Fault) {}, *m_theme);
    m_engine->apply(m_configuration);
    m_window->setConfiguration(m_configuration);
}

void StartTest::cleanup()
{
    m_window.reset();
    m_theme.reset();
    m_engine.reset();
}

void StartTest::pagesAreMadeAfterTheFirstPaintOnePerTurn()
{
    struct Painted final : QObject
    {
        bool eventFilter(QObject *, QEvent *event) override
        {
            is |= event->type() == QEvent::Paint;
            return false;
        }
        bool is = false;
    } painted;
    m_window->installEventFilter(&painted);
    auto *stack = m_window->findChild<PageStack *>();
    int made = 0, turns = 0;
    connect(stack, &PageStack::made, this, [&] {
        QVERIFY(painted.is);
        QCOMPARE(turns, made); // what waited was dealt with meanwhile
        ++made;
        QMetaObject::invokeMethod(
            this, [&turns] { ++turns; }, Qt::QueuedConnection);
    });
    m_window->show();
    QVERIFY(stack->isMade(MainWindow::Dashboard));
    for (int page = MainWindow::Dashboard + 1; page < MainWindow::PageCount; ++page)
        QVERIFY(!stack->isMade(page));
    QTRY_COMPARE(made, MainWindow::PageCount - 1);
    QVERIFY(!stack->makeNext());
    QCOMPARE(m_window->currentPage(), int(MainWindow::Dashboard));
    QCOMPARE(stack->count(), int(MainWindow::PageCount));
    disconnect(stack, nullptr, this, nullptr);
}

void StartTest::aWindowThatNobodySeesGetsItsPages()
{
    auto *stack = m_window->findChild<PageStack *>();
    QTRY_VERIFY(stack->isMade(MainWindow::Settings));
}

void StartTest::aPageIsWholeWhenItIsAskedForBefore()
{
    HistoryStatus history;
    history.state = HistoryStatus::State::Degraded;
    history.sentence = QStringLiteral("The disk is full.");
    m_window->showHistory(history);
    m_window->setPlaces({{QStringLiteral("Configuration"), QStringLiteral("/here/config.json")}});
    m_window->findChild<Sidebar *>()->setCollapsed(true);
    m_window->showPage(MainWindow::Settings);
    QVERIFY(text("settingsHistory").contains(QStringLiteral("The disk is full.")));
    QVERIFY(m_window->findChild<QAbstractButton *>(QStringLiteral("collapseSidebar"))->isChecked());
    bool place = false;
    for (const QLabel *label : m_window->findChildren<QLabel *>())
        place |= label->text() == QStringLiteral("/here/config.json");
    QVERIFY(place);
    m_window->showPage(MainWindow::Test);
    QVERIFY(m_window->findChild<QComboBox *>(QStringLiteral("routeBox"))
                ->findText(QStringLiteral("Mistral"), Qt::MatchContains)
            >= 0);
    QCOMPARE(m_window->tunePage().draft(), m_configuration);
    QCOMPARE(m_window->findChild<QAbstractSpinBox *>(QStringLiteral("field_max_attempts"))->text(),
             QStringLiteral("7"));
    m_window->showPage(MainWindow::Incidents);
    QVERIFY(m_window->findChild<IncidentsPage *>());
    m_window->setConfiguration(m_configuration); // and they are told what comes later
}

void StartTest::eventsFromBeforeThePageAreOnIt()
{
    m_engine->feed(calls(3));
    m_engine->feed(calls(2));
    m_window->showEvents({});
    const auto *page = m_window->findChild<EventsPage *>();
    QVERIFY(page);
    QCOMPARE(page->model().rowCount(), 5);
    m_engine->feed(calls(1));
    QCOMPARE(page->model().rowCount(), 6);
}

void StartTest::aDraftComesBackWithItsPage()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("draft.json"));
    {
        ConfigurationDraft earlier;
        earlier.setInForce(m_configuration);
        QVERIFY(!earlier.keepIn(path));
        Configuration wished = m_configuration;
        wished.retry.maxAttempts = 9;
        earlier.setDraft(wished);
    }
    QVERIFY(QFile::exists(path));
    m_window->keepDraftIn(path);
    QVERIFY(!m_window->findChild<TunePage *>());
    m_window->show();
    QTRY_VERIFY(m_window->findChild<TunePage *>());
    QCOMPARE(m_window->tunePage().draft().retry.maxAttempts, 9);
    QCOMPARE(m_window->configurationDraft().inForce().retry.maxAttempts, 7);
    QVERIFY(text("fileNotice").contains(QStringLiteral("Your draft from the last time is back.")));
}

void StartTest::aDraftOutlivesAWindowThatNeverMadeItsPage()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("draft.json"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("{\"base\":{},\"draft\":{}}") > 0);
    file.close();
    m_window->keepDraftIn(path);
    m_window.reset();
    QVERIFY(QFile::exists(path));
}

void StartTest::theTabKeyGoesToALatePageAsToAnEarlyOne()
{
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get(), suite::patience));
    m_window->makePages();
    const auto *stack = m_window->findChild<PageStack *>();
    const auto *sidebar = m_window->findChild<Sidebar *>();
    const auto reached = [&](QWidget *from) { // page, or sidebar, by which comes first
        for (QWidget *w = from->nextInFocusChain(); w != from; w = w->nextInFocusChain()) {
            if (!w->isVisible() || w->focusPolicy() == Qt::NoFocus)
                continue;
            if (stack->isAncestorOf(w))
                return QStringLiteral("page");
            if (sidebar->isAncestorOf(w))
                return QStringLiteral("sidebar");
        }
        return QStringLiteral("nothing");
    };
    auto *header = m_window->findChild<QWidget *>(QStringLiteral("healthHeader"));
    const QString early = reached(header);
    for (int page = MainWindow::Dashboard + 1; page < MainWindow::PageCount; ++page) {
        m_window->showPage(page);
        QCOMPARE(reached(header), early);
    }
}

void StartTest::theFirstPaintShowsWhatWasForeseen()
{
    const Events events = calls(4);
    QCOMPARE(m_window->state().calls(), quint64(0));
    m_window->foresee(judged(events));
    m_window->show();
    QCOMPARE(m_window->state().calls(), quint64(4)); // nothing has run since: this is what is painted
    QCOMPARE(text("healthSentence"), QStringLiteral("100 % of calls served"));
}

void StartTest::whatWasForeseenIsCountedOnce()
{
    DashboardState state;
    state.setProviders(m_configuration.providers);
    m_engine->advance(m_stream.now(), m_stream.wall());
    const Events events = calls(4);
    const HealthUpdate foreseen = judged(events);
    state.foresee(foreseen);
    QCOMPARE(counted(state), quint64(4));
    HealthMonitor monitor; // the engine's, which sees the same events late
    monitor.configure(m_configuration);
    monitor.advance(m_stream.now(), m_stream.wall());
    state.onHealth(monitor.take());
    QCOMPARE(state.calls(), quint64(4)); // it knows nothing yet, and is not shown
    for (const Event &e : events)
        monitor.onEvent(e);
    for (const Event &e : calls(1)) // and one that nobody foresaw
        monitor.onEvent(e);
    monitor.advance(m_stream.now(), m_stream.wall());
    state.onHealth(monitor.take());
    QCOMPARE(state.calls(), quint64(5));
    QCOMPARE(counted(state), quint64(5));
    for (const Event &e : calls(2))
        monitor.onEvent(e);
    monitor.advance(m_stream.now(), m_stream.wall());
    state.onHealth(monitor.take());
    QCOMPARE(counted(state), quint64(7));
}

/// An engine that never sees what it was given is believed, too.
void StartTest::foresightEnds()
{
    DashboardState state;
    state.setProviders(m_configuration.providers);
    state.foresee(judged(calls(4)));
    HealthMonitor monitor;
    monitor.configure(m_configuration);
    m_stream.wait(1s);
    monitor.advance(m_stream.now(), m_stream.wall());
    state.onHealth(monitor.take());
    QCOMPARE(state.calls(), quint64(4));
    m_stream.wait(1s);
    monitor.advance(m_stream.now(), m_stream.wall());
    state.onHealth(monitor.take());
    QCOMPARE(state.calls(), quint64(0));
}

SUITE_TEST(StartTest)
#include "tst_start.moc"
