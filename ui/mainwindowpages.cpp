// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mainwindow.h"

#include "engine/credentials.h"
#include "models/answerkeeper.h"
#include "models/callmodel.h"
#include "models/incidentkeeper.h"
#include "notices/incidentnotices.h"
#include "notices/noticecenter.h"
#include "notices/statustray.h"
#include "pages/batchpage.h"
#include "pages/benchcomposer.h"
#include "pages/benchshare.h"
#include "pages/crashtestpage.h"
#include "pages/eventspage.h"
#include "pages/incidentspage.h"
#include "pages/providerspage.h"
#include "pages/testpage.h"
#include "pages/tunepage.h"
#include "pages/whatifpage.h"
#include "widgets/pagestack.h"
#include "widgets/readablepage.h"
#include "widgets/rememberedstate.h"
#include "widgets/sidebar.h"

#include "config/configurationdraft.h"
#include "words/healthwords.h"
#include "workbench/promptlibrary.h"

#include <QScrollArea>
#include <QTimer>

namespace retryscope {
namespace {

constexpr int refusalWidth = 700;

/// A small window scrolls rather than squeezes the page.
QScrollArea *scrolled(QWidget *page)
{
    auto *scroll = new QScrollArea;
    scroll->setWidget(page);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    return scroll;
}

} // namespace

/// In the order of `Page`.
void MainWindow::buildPages()
{
    m_pages->add([this] { return scrolled(m_dashboard); });
    m_pages->add([this] { return m_events = makeEventsPage(); });
    m_pages->add([this] { return m_incidentsPage = makeIncidentsPage(); });
    const QString noPrompts = m_engine.refusal(EngineClient::Request::Send),
                  noTuning = m_engine.refusal(EngineClient::Request::Apply);
    m_pages->add([this, noPrompts]() -> QWidget * {
        if (!noPrompts.isEmpty())
            return scrolled(makeRefusal(tr("Test"), noPrompts));
        m_test = makeTestPage();
        QWidget *whole = m_benchShare->beside(scrolled(m_test));
        whole->setFocusProxy(m_test->composer().promptEdit());
        return whole;
    });
    m_pages->add([this, noTuning]() -> QWidget * { // it scrolls within, so that Apply stays in sight
        if (!noTuning.isEmpty())
            return scrolled(makeRefusal(tr("Tune"), noTuning));
        return m_tune = makeTunePage();
    });
    m_pages->add([this, noTuning]() -> QWidget * {
        if (!noTuning.isEmpty())
            return scrolled(makeRefusal(tr("What if"), noTuning));
        return m_whatIf = new WhatIfPage(m_theme, *m_draft);
    });
    m_pages->add([this] { return scrolled(m_gateway = makeGatewayPage()); });
    m_pages->add([this, noTuning]() -> QWidget * {
        return noTuning.isEmpty() ? makeCrashTestPage() : scrolled(makeRefusal(tr("Crash test"), noTuning));
    });
    m_pages->add([this, noTuning]() -> QWidget * { // it scrolls within, too
        return noTuning.isEmpty() ? makeProvidersPage() : scrolled(makeRefusal(tr("Providers"), noTuning));
    });
    m_pages->add([this, noPrompts]() -> QWidget * {
        return noPrompts.isEmpty() ? makeBatchPage() : scrolled(makeRefusal(tr("Batch"), noPrompts));
    });
    m_pages->add([this] { return scrolled(m_settings = makeSettingsPage()); });
    m_pages->make(Dashboard);
    connect(m_pages, &PageStack::made, this, [this](QWidget *page) {
        if (m_remembered)
            m_remembered->adopt(page);
    });
}

/// The first thing that is painted is how things are.
void MainWindow::showEvent(QShowEvent *event)
{
    QMainWindow::showEvent(event);
    refreshNow();
}

void MainWindow::makePages() { m_pages->makeAll(); }

EventsPage &MainWindow::eventsPage()
{
    m_pages->make(EventLog);
    return *m_events;
}

IncidentsPage &MainWindow::incidentsPage()
{
    m_pages->make(Incidents);
    return *m_incidentsPage;
}

TunePage &MainWindow::tunePage()
{
    m_pages->make(Tune);
    return *m_tune;
}

WhatIfPage &MainWindow::whatIfPage()
{
    m_pages->make(WhatIf);
    return *m_whatIf;
}

EventsPage *MainWindow::makeEventsPage()
{
    auto *page = new EventsPage(m_theme, m_calls);
    page->setProviders(m_configuration.providers);
    page->setNames(m_state.names());
    page->setOlderEvents(m_olderEvents);
    return page;
}

IncidentsPage *MainWindow::makeIncidentsPage()
{
    auto *page = new IncidentsPage(*m_incidents, *m_notices, m_theme);
    page->setTrayAvailable(m_tray && m_tray->isAvailable());
    if (!m_storeProblem.isEmpty())
        page->say(m_storeProblem);
    connect(page, &IncidentsPage::eventsRequested, this, &MainWindow::showEvents);
    connect(page, &IncidentsPage::muteRequested, this, &MainWindow::muteNotices);
    connect(page, &IncidentsPage::noteWritten, m_keeper.get(), &IncidentKeeper::annotate);
    return page;
}

/// In place of a page whose engine does not take what it asks.
QWidget *MainWindow::makeRefusal(const QString &title, const QString &sentence)
{
    auto *page = new ReadablePage(title, sentence, refusalWidth);
    page->setObjectName(QStringLiteral("refusalPage"));
    page->endPage();
    return page;
}

TestPage *MainWindow::makeTestPage()
{
    auto *page = new TestPage(m_engine, m_theme);
    page->setPrices(m_prices);
    m_benchShare = new BenchShare(*page, m_engine, m_theme, defaultLibraryPath(), m_answers.get());
    page->setConfiguration(m_configuration);
    m_benchShare->setConfiguration(m_configuration);
    return page;
}

void MainWindow::keepAnswers(std::unique_ptr<AnswerKeeper> keeper) { m_answers = std::move(keeper); }

TunePage *MainWindow::makeTunePage()
{
    auto *page = new TunePage(m_theme, *m_draft);
    page->setNames(m_state.names());
    if (m_remembered)
        page->remember(*m_remembered);
    if (m_draftIsBack && m_draft->isChanged())
        page->sayDraftIsBack();
    return page;
}

void MainWindow::keepDraftIn(const QString &path)
{
    m_draftIsBack = m_draft->keepIn(path);
    if (m_tune && m_draftIsBack)
        m_tune->sayDraftIsBack();
}

GatewayPage *MainWindow::makeGatewayPage()
{
    auto *page = new GatewayPage(m_engine.refusal(EngineClient::Request::Apply).isEmpty() ? GatewayPage::Engine::Here
                                                                                           : GatewayPage::Engine::Elsewhere);
    page->showGateway(m_gatewayView);
    page->showAdvice(layeredRetriesText(m_state.health().calls));
    connect(page, &GatewayPage::followRequested, this, &MainWindow::gatewayFollowRequested);
    connect(page, &GatewayPage::startRequested, this, &MainWindow::gatewayStartRequested);
    connect(page, &GatewayPage::stopRequested, this, &MainWindow::gatewayStopRequested);
    connect(page, &GatewayPage::tokenRequested, this, &MainWindow::gatewayTokenRequested);
    return page;
}

void MainWindow::showGateway(const GatewayView &view)
{
    m_gatewayView = view;
    if (m_gateway)
        m_gateway->showGateway(view);
}

QWidget *MainWindow::makeCrashTestPage()
{
    m_crashTest = new CrashTestPage(m_theme, *m_draft);
    connect(m_crashTest, &CrashTestPage::settingRequested, this, [this](const ConfigurationPath &path) {
        showPage(Tune);
        tunePage().reveal(path);
    });
    return m_crashTest;
}

CrashTestPage *MainWindow::crashTestPage()
{
    m_pages->make(CrashTest);
    return m_crashTest;
}

QWidget *MainWindow::makeProvidersPage()
{
    m_providers = new ProvidersPage(m_theme, *m_draft);
    m_providers->setKeyRing(m_keyRing);
    connect(m_providers, &ProvidersPage::simulationRequested, this, &MainWindow::simulationRequested);
    connect(m_providers, &ProvidersPage::revealRequested, this, [this](const ConfigurationPath &path) {
        showPage(Tune);
        tunePage().reveal(path);
    });
    return m_providers;
}

/// A provider whose key is not there is not asked: told at once, not at the first call that goes elsewhere. The Providers
/// page tells it itself, at the field.
void MainWindow::tellKeys()
{
    QStringList sentences;
    if (m_engine.refusal(EngineClient::Request::Apply).isEmpty()) { // else the keys are elsewhere
        for (const ConfigIssue &issue : keyIssues(m_configuration))
            sentences << issue.message;
    }
    const QString key = QStringLiteral("keys");
    if (sentences.isEmpty() || m_pages->currentIndex() == Providers)
        m_center->close(key);
    else
        m_center->post({key, WindowNotice::Kind::Warning,
                        sentences.size() == 1 ? tr("A key is missing") : tr("%1 keys are missing").arg(sentences.size()),
                        sentences.mid(0, 4).join(QLatin1Char('\n')),
                        {{tr("Show in Providers"), QStringLiteral("noticeShowProviders"), [this] { showPage(Providers); }}}});
}

ProvidersPage *MainWindow::providersPage()
{
    m_pages->make(Providers);
    return m_providers;
}

QWidget *MainWindow::makeBatchPage()
{
    m_batch = new BatchPage(m_theme, m_engine);
    m_batch->setPrices(m_prices);
    m_batch->setConfiguration(m_configuration);
    connect(m_batch, &BatchPage::callRequested, this, [this](CallId call) {
        EventFilter filter;
        filter.call = call;
        showEvents(filter);
    });
    return m_batch;
}

BatchPage *MainWindow::batchPage()
{
    m_pages->make(Batch);
    return m_batch;
}

void MainWindow::setPrices(const PriceList &prices)
{
    m_prices = prices;
    if (m_test)
        m_test->setPrices(prices);
    if (m_batch)
        m_batch->setPrices(prices);
}

SettingsPage *MainWindow::makeSettingsPage()
{
    auto *page = new SettingsPage(m_theme, *m_notices, m_incidents->rules());
    page->setPlaces(m_places);
    if (m_answers)
        page->setKeeper(*m_answers);
    page->setSidebarCollapsed(m_sidebar->isCollapsed());
    if (m_history)
        page->showHistory(*m_history);
    connect(page, &SettingsPage::muteRequested, this, &MainWindow::muteNotices);
    connect(page, &SettingsPage::sidebarCollapseRequested, m_sidebar, &Sidebar::setCollapsed);
    connect(page, &SettingsPage::shortcutsRequested, this, &MainWindow::showShortcuts);
    connect(m_sidebar, &Sidebar::collapsedChanged, page, &SettingsPage::setSidebarCollapsed);
    return page;
}

} // namespace retryscope
