// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configurationdraft.h"
#include "mainwindow.h"
#include "models/callmodel.h"
#include "models/incidentmodel.h"
#include "pages/dashboardpage.h"
#include "pages/eventspage.h"
#include "pages/healthheader.h"
#include "pages/incidentspage.h"
#include "pages/testpage.h"
#include "pages/tunepage.h"
#include "support/suite.h"
#include "widgets/pagestack.h"
#include "widgets/rememberedstate.h"
#include "widgets/sidebar.h"

#include "../support/fakeengine.h"
#include "../support/recordedstream.h"

#include <QAbstractSpinBox>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include <functional>

using namespace retryscope;

/// The start of the window: what is there at the first paint, what is made when it is asked for, and that nobody misses
/// anything by that.
class StartTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void noPageIsMadeBeforeItIsAskedFor();
    void everyDoorMakesItsPage_data();
    void everyDoorMakesItsPage();
    void aPageIsWholeWhenItIsAskedForBefore();
    void eventsFromBeforeThePageAreOnIt();
    void aDraftComesBackWithItsPage();
    void aDraftIsBackForEveryPage();
    void aDraftOutlivesAWindowThatNeverMadeItsPage();
    void aRemovedProviderKeepsItsName();
    void theTabKeyGoesToALatePageAsToAnEarlyOne();
    void theFirstPaintShowsWhatWasForeseen();
    void whatWasForeseenIsCountedOnce();
    void foresightEnds();

private:
    using Door = std::function<void(StartTest &)>;
    void leaveDraft(const QString &path);
    void remember(MainWindow::Page last)
    {
        m_settings = std::make_unique<QSettings>(m_folder->filePath(QStringLiteral("state.ini")), QSettings::IniFormat);
        m_settings->setValue(QStringLiteral("page"), int(last));
        m_remembered = std::make_unique<RememberedState>(*m_settings);
        m_window->remember(*m_remembered);
    }
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
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<RememberedState> m_remembered;
};

void StartTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
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
    m_remembered.reset();
    m_settings.reset();
    m_theme.reset();
    m_engine.reset();
}

/// Whatever happens meanwhile: a page that nobody asks for costs nothing.
void StartTest::noPageIsMadeBeforeItIsAskedFor()
{
    remember(MainWindow::Dashboard);
    m_window->keepDraftIn(m_folder->filePath(QStringLiteral("draft.json")));
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get(), suite::patience));
    m_engine->feed(calls(3));
    m_theme->setMode(ThemeMode::Dark);
    m_configuration.retry.maxAttempts = 5;
    m_window->setConfiguration(m_configuration);
    m_window->setPrices({});
    m_window->showHistory({});
    m_window->showGateway({});
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier); // the palette asks for none
    QTRY_COMPARE(text("healthSentence"), QStringLiteral("100 % of calls served"));
    const auto *stack = m_window->findChild<PageStack *>();
    QCOMPARE(stack->count(), int(MainWindow::PageCount));
    for (int page = 0; page < MainWindow::PageCount; ++page)
        QCOMPARE(stack->isMade(page), page == MainWindow::Dashboard);
}

void StartTest::everyDoorMakesItsPage_data()
{
    using Window = MainWindow;
    QTest::addColumn<Door>("open");
    QTest::addColumn<int>("page");
    const auto row = [](const char *name, int page, Door open) { QTest::newRow(name) << open << page; };
    const auto clicked = [](const char *button) {
        return [button](StartTest &t) {
            QTest::mouseClick(t.m_window->findChild<NavigationButton *>(QLatin1String(button)), Qt::LeftButton);
        };
    };
    const auto pressed = [](Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::ControlModifier) {
        return [key, modifiers](StartTest &t) { QTest::keyClick(t.m_window.get(), key, modifiers); };
    };
    const auto chosen = [](const char *words) {
        return [words](StartTest &t) {
            QTest::keyClick(t.m_window.get(), Qt::Key_K, Qt::ControlModifier);
            auto *edit = t.m_window->findChild<QLineEdit *>(QStringLiteral("commandEdit"));
            QTest::keyClicks(edit, QLatin1String(words));
            QTest::keyClick(edit, Qt::Key_Return);
        };
    };
    row("sidebar: calls", Window::EventLog, clicked("page_calls"));
    row("sidebar: what if", Window::WhatIf, clicked("page_whatif"));
    row("sidebar: settings", Window::Settings, clicked("page_settings"));
    row("key: test", Window::Test, pressed(Qt::Key_4));
    row("key: tune", Window::Tune, pressed(Qt::Key_5));
    row("key: gateway", Window::Gateway, pressed(Qt::Key_7));
    row("key: crash test", Window::CrashTest, pressed(Qt::Key_8));
    row("key: batch", Window::Batch, pressed(Qt::Key_0));
    row("key: find in calls", Window::EventLog, pressed(Qt::Key_F));
    row("palette: incidents", Window::Incidents, chosen("incidents"));
    row("palette: providers", Window::Providers, chosen("providers"));
    row("palette: storm certificate", Window::Tune, chosen("storm certificate"));
    row("palette: calls of a provider", Window::EventLog, chosen("show the calls of mistral"));
    row("link: the dashboard's provider to add", Window::Providers,
        [](StartTest &t) { emit t.m_window->findChild<DashboardPage *>()->addProviderRequested(); });
    row("link: the headline", Window::EventLog,
        [](StartTest &t) { emit t.m_window->findChild<HealthHeader *>()->activated(); });
    row("link: a part of a chart", Window::EventLog,
        [](StartTest &t) { emit t.m_window->findChild<DashboardPage *>()->eventsRequested({}); });
    row("remembered from the last time", Window::Incidents, [](StartTest &t) { t.remember(Window::Incidents); });
}

void StartTest::everyDoorMakesItsPage()
{
    QFETCH(Door, open);
    QFETCH(int, page);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get(), suite::patience));
    const auto *stack = m_window->findChild<PageStack *>();
    QVERIFY(!stack->isMade(page));
    open(*this);
    QTRY_COMPARE_WITH_TIMEOUT(m_window->currentPage(), page, suite::patience);
    for (int other = MainWindow::Dashboard + 1; other < MainWindow::PageCount; ++other)
        QCOMPARE(stack->isMade(other), other == page); // and no other
    QVERIFY(stack->currentWidget()->isVisible());
    QVERIFY(stack->currentWidget()->findChildren<QWidget *>().size() > 3);
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

void StartTest::leaveDraft(const QString &path)
{
    ConfigurationDraft earlier;
    earlier.setInForce(m_configuration);
    QVERIFY(!earlier.keepIn(path));
    Configuration wished = m_configuration;
    wished.retry.maxAttempts = 9;
    earlier.setDraft(wished);
}

void StartTest::aDraftComesBackWithItsPage()
{
    const QString path = m_folder->filePath(QStringLiteral("draft.json"));
    leaveDraft(path);
    QVERIFY(QFile::exists(path));
    m_window->keepDraftIn(path);
    QVERIFY(!m_window->findChild<TunePage *>());
    m_window->show();
    m_window->showPage(MainWindow::Tune);
    QCOMPARE(m_window->tunePage().draft().retry.maxAttempts, 9);
    QCOMPARE(m_window->configurationDraft().inForce().retry.maxAttempts, 7);
    QVERIFY(text("fileNotice").contains(QStringLiteral("Your draft from the last time is back.")));
}

/// The pages edit one draft, and what one of them wrote is not pushed aside by another that is made later.
void StartTest::aDraftIsBackForEveryPage()
{
    const QString path = m_folder->filePath(QStringLiteral("draft.json"));
    leaveDraft(path);
    m_window->keepDraftIn(path);
    m_window->showPage(MainWindow::Providers);
    QCOMPARE(m_window->configurationDraft().draft().retry.maxAttempts, 9);
    Configuration wished = m_window->configurationDraft().draft();
    wished.retry.maxAttempts = 4;
    m_window->configurationDraft().setDraft(wished);
    QCOMPARE(m_window->tunePage().draft().retry.maxAttempts, 4);
}

void StartTest::aDraftOutlivesAWindowThatNeverMadeItsPage()
{
    const QString path = m_folder->filePath(QStringLiteral("draft.json"));
    leaveDraft(path);
    m_window->keepDraftIn(path);
    m_window.reset();
    QVERIFY(QFile::exists(path));
    ConfigurationDraft next;
    next.setInForce(m_configuration);
    QVERIFY(next.keepIn(path));
    QCOMPARE(next.draft().retry.maxAttempts, 9);
}

/// In this run and in the next one: charts, calls and incidents of the past are told by it.
void StartTest::aRemovedProviderKeepsItsName()
{
    const ProviderConfig gone = m_configuration.providers.takeFirst();
    QVERIFY(!gone.name.isEmpty() && gone.name != gone.id);
    remember(MainWindow::EventLog);
    const auto tellsIt = [&] {
        const auto *calls = m_window->findChild<CallModel *>();
        const auto *incidents = m_window->findChild<IncidentModel *>();
        return calls->names().value(gone.id) == gone.name && incidents->nameOf(gone.id) == gone.name
               && m_window->state().names().value(gone.id) == gone.name;
    };
    m_window->setConfiguration(m_configuration);
    QVERIFY(tellsIt());
    m_window = std::make_unique<MainWindow>(
        *m_engine, [](const ProviderId &, Fault) {}, *m_theme);
    m_window->setConfiguration(m_configuration);
    m_window->remember(*m_remembered);
    QVERIFY(tellsIt());
    m_configuration.providers.first().name = QStringLiteral("Renamed");
    m_window->setConfiguration(m_configuration);
    QCOMPARE(m_window->state().names().value(m_configuration.providers.first().id), QStringLiteral("Renamed"));
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
