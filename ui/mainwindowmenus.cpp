// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mainwindow.h"

#include "notices/incidentnotices.h"
#include "notices/noticecenter.h"
#include "pages/eventspage.h"
#include "pages/explaindialog.h"
#include "pages/exportdialog.h"
#include "pages/importdialog.h"
#include "pages/tunepage.h"
#include "pages/incidentspage.h"
#include "widgets/shortcutsheet.h"
#include "widgets/sidebar.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QFileInfo>
#include <QMenuBar>
#include <QMessageBox>

namespace retryscope {
namespace {

struct PageRow { const char *name, *icon; QKeyCombination key; };
const std::array<PageRow, MainWindow::PageCount> pageRows{{
    {QT_TRANSLATE_NOOP("retryscope::MainWindow", "&Dashboard"), "dashboard", Qt::CTRL | Qt::Key_1},
    {QT_TRANSLATE_NOOP("retryscope::MainWindow", "&Calls"), "calls", Qt::CTRL | Qt::Key_2},
    {QT_TRANSLATE_NOOP("retryscope::MainWindow", "&Incidents"), "incidents", Qt::CTRL | Qt::Key_3},
    {QT_TRANSLATE_NOOP("retryscope::MainWindow", "&Test"), "test", Qt::CTRL | Qt::Key_4},
    {QT_TRANSLATE_NOOP("retryscope::MainWindow", "T&une"), "tune", Qt::CTRL | Qt::Key_5},
    {QT_TRANSLATE_NOOP("retryscope::MainWindow", "&What if"), "whatif", Qt::CTRL | Qt::Key_6},
    {QT_TRANSLATE_NOOP("retryscope::MainWindow", "&Gateway"), "gateway", Qt::CTRL | Qt::Key_7},
    {QT_TRANSLATE_NOOP("retryscope::MainWindow", "C&rash test"), "crashtest", Qt::CTRL | Qt::Key_8},
    {QT_TRANSLATE_NOOP("retryscope::MainWindow", "&Providers"), "providers", Qt::CTRL | Qt::Key_9},
    {QT_TRANSLATE_NOOP("retryscope::MainWindow", "&Batch"), "batch", Qt::CTRL | Qt::Key_0},
    {QT_TRANSLATE_NOOP("retryscope::MainWindow", "&Settings"), "settings", Qt::CTRL | Qt::Key_Comma},
}};

QString plain(QString text) { return text.remove(QLatin1Char('&')).trimmed(); }

void addMenuCommands(const QMenu *menu, const QString &group, Commands &commands)
{
    for (QAction *action : menu->actions()) {
        if (action->menu())
            addMenuCommands(action->menu(), plain(action->menu()->title()), commands);
        else if (!action->isSeparator() && action->isEnabled() && action->isVisible())
            commands.append({plain(action->text()), group, action->shortcut().toString(QKeySequence::NativeText),
                             action->property("glyph").toString(), [action] { action->trigger(); }});
    }
}

} // namespace

void MainWindow::buildNavigation()
{
    for (int i = 0; i < PageCount; ++i) {
        const PageRow &row = pageRows[std::size_t(i)];
        QAction *action = m_navigation->addAction(tr(row.name));
        action->setCheckable(true);
        action->setShortcut(QKeySequence(row.key));
        action->setProperty("glyph", QLatin1String(row.icon));
        connect(action, &QAction::triggered, this, [this, i] { showPage(i); });
        addAction(action); // also while the menu bar is hidden
        if (i == Test)
            m_sidebar->addRule();
        if (i == Settings)
            m_sidebar->addStretch();
        NavigationButton *button = m_sidebar->add(action, QLatin1String(row.icon));
        button->setObjectName(QStringLiteral("page_%1").arg(QLatin1String(row.icon)));
        if (i == Incidents)
            m_incidentsButton = button;
    }
    m_navigation->actions().first()->setChecked(true);
}

void MainWindow::buildMenus()
{
    buildFileMenu();
    buildEditMenu();
    QMenu *view = menuBar()->addMenu(tr("&View"));
    QAction *palette =
        view->addAction(tr("Command &palette"), QKeySequence(Qt::CTRL | Qt::Key_K), m_palette, &CommandPalette::open);
    view->addSeparator();
    view->addActions(m_navigation->actions());
    view->addSeparator();
    buildThemeMenu(view);
    m_collapse = view->addAction(tr("Only &glyphs in the sidebar"), QKeySequence(Qt::CTRL | Qt::Key_B), this,
                                 [this](bool on) { m_sidebar->setCollapsed(on); });
    m_collapse->setCheckable(true);
    connect(m_sidebar, &Sidebar::collapsedChanged, m_collapse, &QAction::setChecked);
    QAction *notices =
        view->addAction(tr("Go to the &notices"), QKeySequence(Qt::Key_F6), m_center, &NoticeCenter::focusNewest);
    notices->setEnabled(false);
    connect(m_center, &NoticeCenter::countChanged, notices, [notices](int count) { notices->setEnabled(count > 0); });
    QAction *wall = view->addAction(tr("&Full screen dashboard"), QKeySequence(Qt::Key_F11), this,
                                    [this] { setWallMode(!m_dashboard->isWallMode()); });
    addAction(wall);
    addAction(palette);
    m_leaveWall = new QAction(tr("Leave full screen"), this);
    m_leaveWall->setShortcut(Qt::Key_Escape);
    m_leaveWall->setEnabled(false);
    connect(m_leaveWall, &QAction::triggered, this, [this] { setWallMode(false); });
    addAction(m_leaveWall);
    buildHelpMenu();
}

void MainWindow::buildFileMenu()
{
    QMenu *file = menuBar()->addMenu(tr("&File"));
    file->addAction(tr("&Export the configuration …"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E), this,
                    &MainWindow::showExport)
        ->setProperty("glyph", QStringLiteral("tune"));
    file->addAction(tr("&Import a configuration …"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_I), this,
                    &MainWindow::showImport)
        ->setProperty("glyph", QStringLiteral("tune"));
    file->addSeparator();
    file->addAction(tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), qApp, &QApplication::quit);
}

/// Of the draft: what is being tuned is what is taken away.
void MainWindow::showExport()
{
    const QString path = m_draft->path();
    auto *dialog = new ExportDialog(m_draft->draft(), path.isEmpty() ? tr("the window") : QFileInfo(path).fileName(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::showImport()
{
    auto *dialog = new ImportDialog(m_draft->draft(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ImportDialog::importRequested, this, [this](const Configuration &imported) {
        showPage(Tune);
        tunePage().takeImported(imported);
    });
    dialog->open();
}

void MainWindow::buildThemeMenu(QMenu *view)
{
    QMenu *menu = view->addMenu(tr("T&heme"));
    auto *group = new QActionGroup(menu);
    struct Row { ThemeMode mode; QString text; };
    for (const Row &row : {Row{ThemeMode::System, tr("Theme: as the &system")},
                           Row{ThemeMode::Light, tr("Theme: &light")}, Row{ThemeMode::Dark, tr("Theme: &dark")}}) {
        QAction *action = menu->addAction(row.text, this, [this, mode = row.mode] { m_theme.setMode(mode); });
        action->setCheckable(true);
        action->setProperty("glyph", QStringLiteral("theme"));
        group->addAction(action);
        const auto follow = [this, action, mode = row.mode] { action->setChecked(m_theme.mode() == mode); };
        connect(&m_theme, &Theme::changed, action, follow);
        follow();
    }
    view->addAction(tr("&Light or dark"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L), this,
                    &MainWindow::toggleTheme)
        ->setProperty("glyph", QStringLiteral("theme"));
}

void MainWindow::toggleTheme() { m_theme.setMode(m_theme.isDark() ? ThemeMode::Light : ThemeMode::Dark); }

void MainWindow::buildEditMenu()
{
    QMenu *edit = menuBar()->addMenu(tr("&Edit"));
    edit->addAction(tr("&Find in calls"), QKeySequence::Find, this, [this] {
        if (currentPage() == Tune && m_tune)
            return m_tune->focusSearch();
        showPage(EventLog);
        eventsPage().focusFind();
    })->setProperty("glyph", QStringLiteral("search"));
    edit->addAction(tr("Find &next"), QKeySequence(Qt::Key_F3), this, [this] {
        if (currentPage() == EventLog)
            eventsPage().findNext();
    });
    edit->addAction(tr("Find &previous"), QKeySequence(Qt::SHIFT | Qt::Key_F3), this, [this] {
        if (currentPage() == EventLog)
            eventsPage().findPrevious();
    });
    edit->addSeparator();
    edit->addAction(tr("&Copy incident as Markdown"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), this, [this] {
        if (currentPage() == EventLog)
            eventsPage().copyStory();
        else
            incidentsPage().copyMarkdown();
    });
    edit->addAction(tr("&Mute notices for 30 minutes"), QKeySequence(Qt::CTRL | Qt::Key_M), this,
                    [this] { muteNotices(30min); })
        ->setProperty("glyph", QStringLiteral("mute"));
    struct TuneRow { QString text; TunePage::View view; };
    for (const TuneRow &row : {TuneRow{tr("&Recommend a configuration"), TunePage::View::Recommend},
                               TuneRow{tr("&Storm certificate"), TunePage::View::Certify},
                               TuneRow{tr("Last &incident under the draft"), TunePage::View::Incident}}) {
        edit->addAction(row.text, this, [this, view = row.view] {
            showPage(Tune);
            if (m_tune) // an engine elsewhere is not tuned from here
                m_tune->showView(view);
        })->setProperty("glyph", QStringLiteral("tune"));
    }
    edit->addAction(tr("&Unmute notices"), m_notices, &IncidentNotices::unmute);
}

void MainWindow::buildHelpMenu()
{
    QMenu *help = menuBar()->addMenu(tr("&Help"));
    QAction *keys = help->addAction(tr("&Keyboard shortcuts"), this, &MainWindow::showShortcuts);
    keys->setShortcuts({QKeySequence(Qt::Key_F1), QKeySequence(Qt::CTRL | Qt::Key_Question)});
    keys->setProperty("glyph", QStringLiteral("keyboard"));
    help->addAction(tr("&Explain a response …"), this, &MainWindow::showExplain)
        ->setProperty("glyph", QStringLiteral("search"));
    help->addAction(tr("&About Retryscope"), this,
                    [this] {
                        QMessageBox::about(
                            this, tr("About Retryscope"),
                            tr("Retryscope %1, on Qt %2.\nTune, test and watch the retries of LLM calls.")
                                .arg(QStringLiteral(RETRYSCOPE_VERSION), QString::fromLatin1(qVersion())));
                    })
        ->setProperty("glyph", QStringLiteral("info"));
}

void MainWindow::showShortcuts()
{
    makePages(); // each tells its own
    auto *sheet = new ShortcutSheet(m_theme, shortcutsOf(this), this);
    sheet->open();
}

/// Beside the window, so that a call's story can be read and copied from meanwhile; what was pasted stays until the end.
void MainWindow::showExplain()
{
    if (!m_explain) {
        m_explain = new ExplainDialog(this);
        m_explain->setConfiguration(m_configuration);
    }
    m_explain->show();
    m_explain->raise();
    m_explain->activateWindow();
}

Commands MainWindow::commands()
{
    Commands all;
    for (int i = 0; i < PageCount; ++i) {
        QAction *action = m_navigation->actions()[i];
        all.append({plain(action->text()), tr("Page"), action->shortcut().toString(QKeySequence::NativeText),
                    action->property("glyph").toString(), [action] { action->trigger(); }});
    }
    addProviderCommands(all);
    for (std::size_t span = 0; span < seriesSpans.size(); ++span) {
        all.append({tr("Show the last %1").arg(spanName(span)),
                    tr("Window of time"),
                    {}, QStringLiteral("clock"),
                    [this, span] {
                        m_dashboard->model().setSpan(span);
                        showPage(Dashboard);
                    }});
    }
    for (const QAction *menu : menuBar()->actions()) {
        if (!menu->menu())
            continue;
        Commands of;
        addMenuCommands(menu->menu(), plain(menu->text()), of);
        for (const Command &command : of) {
            const bool known =
                std::any_of(all.begin(), all.end(), [&](const Command &c) { return c.title == command.title; });
            if (!known && command.title != plain(tr("Command &palette")))
                all.append(command);
        }
    }
    return all;
}

void MainWindow::addProviderCommands(Commands &commands)
{
    const QString icon = QStringLiteral("provider");
    for (const ProviderReport &p : m_state.providers()) {
        const ProviderId id = p.id;
        if (p.state == ProviderState::Isolated)
            commands.append(
                {tr("Release %1").arg(p.name), tr("Provider"), {}, icon, [this, id] { m_engine.release(id); }});
        else
            commands.append(
                {tr("Isolate %1").arg(p.name), tr("Provider"), {}, icon, [this, id] { m_engine.isolate(id); }});
        commands.append({tr("Probe %1").arg(p.name), tr("Provider"), {}, icon, [this, id] { m_engine.probe(id); }});
        commands.append({tr("Show the calls of %1").arg(p.name), tr("Provider"), {}, icon, [this, id] {
            EventFilter filter;
            filter.provider = id;
            showEvents(filter);
        }});
    }
    for (const ProviderReport &p : m_state.providers()) {
        if (!p.simulated || !m_faults)
            continue;
        for (const FaultTraits &fault : faultTable()) {
            const QString title = fault.fault == Fault::None
                                      ? tr("End the fault of %1").arg(p.name)
                                      : tr("Fault of %1: %2").arg(p.name, QString::fromUtf8(fault.label));
            commands.append(
                {title, tr("Simulation"), {}, QStringLiteral("incidents"), [this, id = p.id, which = fault.fault] {
                     m_faults(id, which);
                 }});
        }
    }
}

} // namespace retryscope
