// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/systemclock.h"
#include "health/healthmonitor.h"
#include "engine/localengineclient.h"
#include "mainwindow.h"
#include "notices/noticecenter.h"
#include "support/suite.h"
#include "widgets/captionstrip.h"
#include "widgets/rememberedstate.h"
#include "widgets/shortcutsheet.h"
#include "widgets/sidebar.h"
#include "widgets/simulatedmark.h"

#include <QAbstractSpinBox>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QPointer>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace retryscope;

/// The shell of the window, by clicks and keys: sidebar, palette, shortcuts, settings, what is remembered.
class ChromeTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void theSidebarLeadsToEveryPage();
    void keysLeadToEveryPage();
    void writingBeginsInThePrompt();
    void whoWalksTheSidebarStaysThere();
    void theSidebarCollapsesAndSaysItsNames();
    void openIncidentsAreCounted();
    void tabIsNeverTrapped();
    void noPageScrollsSidewaysAt900x600();
    void thePaletteActsOnProviders();
    void thePaletteOffersEveryAction();
    void theShortcutSheetSaysWhatIsSo();
    void settingsApplyAtOnce();
    void theWindowComesBackAsItWasLeft();
    void simulatedDataIsMarkedOnce();
    void escapeLeavesTheFullScreen();
    void aNoticeMovesNothing();
    void noNoticeCoversAControl_data();
    void noNoticeCoversAControl();
    void noticesWithoutRoomAreOpenedFromTheirLine();
    void aCaptionHasAPlaceOfItsOwnOnEveryPage();
    void captionsMoveNothing();

private:
    template <typename T> T *find(const char *name) { return m_window->findChild<T *>(QLatin1String(name)); }
    QWidget *page()
    {
        return m_window->findChild<QStackedWidget *>(QString(), Qt::FindChildrenRecursively)->currentWidget();
    }
    void build();
    std::unique_ptr<LocalEngineClient> m_client;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    QVector<std::pair<ProviderId, Fault>> m_faults;
};

void ChromeTest::init()
{
    m_faults.clear();
    m_client = std::make_unique<LocalEngineClient>(7);
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    build();
}

void ChromeTest::build()
{
    m_window = std::make_unique<MainWindow>(
        *m_client,
        [this](const ProviderId &id, Fault fault) {
            m_faults.append({id, fault});
        },
        *m_theme);
    Configuration configuration;
    configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:9")));
    m_client->apply(configuration);
    m_window->setConfiguration(configuration);
    m_window->show();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get(), suite::patience));
}

void ChromeTest::cleanup()
{
    m_window.reset();
    m_client.reset();
}

void ChromeTest::theSidebarLeadsToEveryPage()
{
    const auto buttons = m_window->findChildren<NavigationButton *>();
    QCOMPARE(buttons.size(), MainWindow::PageCount);
    for (int i = MainWindow::PageCount; i-- > 0;) {
        QTest::mouseClick(buttons[i], Qt::LeftButton);
        QCOMPARE(m_window->currentPage(), i);
        for (int other = 0; other < MainWindow::PageCount; ++other)
            QCOMPARE(buttons[other]->isChecked(), other == i);
        QVERIFY(!buttons[i]->accessibleName().isEmpty());
        QVERIFY(buttons[i]->height() >= 24);
    }
    buttons[0]->setFocus(Qt::TabFocusReason);
    QTest::keyClick(buttons[0], Qt::Key_Down);
    QVERIFY(buttons[1]->hasFocus());
    QTest::keyClick(buttons[1], Qt::Key_Space);
    QCOMPARE(m_window->currentPage(), 1);
}

void ChromeTest::keysLeadToEveryPage()
{
    const std::pair<Qt::Key, int> keys[] = {{Qt::Key_2, MainWindow::EventLog},     {Qt::Key_3, MainWindow::Incidents},
                                            {Qt::Key_4, MainWindow::Test},         {Qt::Key_5, MainWindow::Tune},
                                            {Qt::Key_6, MainWindow::WhatIf},       {Qt::Key_7, MainWindow::Gateway},
                                            {Qt::Key_8, MainWindow::CrashTest},    {Qt::Key_9, MainWindow::Providers},
                                            {Qt::Key_0, MainWindow::Batch},        {Qt::Key_Comma, MainWindow::Settings},
                                            {Qt::Key_1, MainWindow::Dashboard}};
    for (const auto &[key, expected] : keys) {
        QTest::keyClick(m_window.get(), key, Qt::ControlModifier);
        QCOMPARE(m_window->currentPage(), expected);
    }
}

void ChromeTest::writingBeginsInThePrompt()
{
    QTest::keyClick(m_window.get(), Qt::Key_Comma, Qt::ControlModifier);
    QTest::keyClick(m_window.get(), Qt::Key_Tab); // somewhere on a page
    QTest::keyClick(m_window.get(), Qt::Key_4, Qt::ControlModifier);
    auto *prompt = find<QPlainTextEdit>("promptEdit");
    QVERIFY2(prompt->hasFocus(), qPrintable(QApplication::focusWidget() ? QApplication::focusWidget()->objectName() : QString()));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_A, Qt::ControlModifier);
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("Why?"));
    QCOMPARE(prompt->toPlainText(), QStringLiteral("Why?"));
    auto *system = find<QPlainTextEdit>("systemEdit");
    QTest::mouseClick(system->viewport(), Qt::LeftButton);
    QVERIFY(system->hasFocus());
    QTest::keyClick(m_window.get(), Qt::Key_1, Qt::ControlModifier);
    QVERIFY(!system->hasFocus());
    QTest::keyClick(m_window.get(), Qt::Key_4, Qt::ControlModifier);
    QVERIFY(system->hasFocus()); // where it was left
}

void ChromeTest::whoWalksTheSidebarStaysThere()
{
    const auto buttons = m_window->findChildren<NavigationButton *>();
    const auto at = [&] { return buttons.indexOf(qobject_cast<NavigationButton *>(QApplication::focusWidget())); };
    buttons[0]->setFocus(Qt::TabFocusReason);
    for (int i = 1; i <= MainWindow::Tune; ++i) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down);
        QCOMPARE(at(), i);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
        QCOMPARE(m_window->currentPage(), i);
        QCOMPARE(at(), i);
    }
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Up);
    QCOMPARE(at(), int(MainWindow::Test));
}

void ChromeTest::theSidebarCollapsesAndSaysItsNames()
{
    auto *sidebar = find<Sidebar>("sidebar");
    const int wide = sidebar->width();
    QTest::keyClick(m_window.get(), Qt::Key_B, Qt::ControlModifier);
    QTRY_VERIFY(sidebar->width() < wide / 2);
    for (const NavigationButton *button : m_window->findChildren<NavigationButton *>())
        QVERIFY(!button->toolTip().isEmpty() && !button->accessibleName().isEmpty());
    QTest::keyClick(m_window.get(), Qt::Key_B, Qt::ControlModifier);
    QTRY_COMPARE(sidebar->width(), wide);
}

void ChromeTest::openIncidentsAreCounted()
{
    auto *button = find<NavigationButton>("page_incidents");
    QCOMPARE(button->badge(), 0);
    Events events;
    for (quint64 i = 1; i <= 5; ++i) {
        Event e;
        e.seq = i;
        e.kind = EventKind::AttemptFinished;
        e.at = SystemClock().now();
        e.wall = SystemClock().wallNow();
        e.call = CallId{900 + i};
        e.attempt = 1;
        e.provider = QStringLiteral("openai");
        e.reason = RetryReason::ServerError;
        e.simulated = true;
        events.append(e);
    }
    HealthMonitor judge;
    Configuration configuration;
    configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:1")));
    judge.configure(configuration);
    for (Event &e : events) {
        e.health = HealthSignal::Failure;
        judge.onEvent(e);
    }
    emit m_client->eventsArrived(events);
    emit m_client->healthUpdated(judge.take());
    QCOMPARE(button->badge(), 1);
    QCOMPARE(button->accessibleName(), QStringLiteral("Incidents, 1 open"));
}

/// Walks the whole circle in both directions on every page: each control is reached, none keeps the key.
void ChromeTest::tabIsNeverTrapped()
{
    m_window->notices().post({QStringLiteral("n"), WindowNotice::Kind::Info, QStringLiteral("A notice"), {}});
    for (int p = 0; p < MainWindow::PageCount; ++p) {
        m_window->showPage(p);
        QTest::qWait(500); // until the notice has found its place
        for (const auto &[key, modifier] :
             {std::pair{Qt::Key_Tab, Qt::NoModifier}, std::pair{Qt::Key_Backtab, Qt::ShiftModifier}}) {
            QWidget *start = find<QWidget>("page_dashboard");
            start->setFocus();
            QSet<QWidget *> seen;
            QWidget *at = start;
            int steps = 0;
            do {
                QWidget *before = at;
                QTest::keyClick(at, key, modifier);
                at = QApplication::focusWidget();
                QVERIFY2(at && at != before,
                         qPrintable(QStringLiteral("page %1: %2 \"%3\" keeps the key")
                                        .arg(p)
                                        .arg(QLatin1String(before->metaObject()->className()), before->objectName())));
                seen.insert(at);
            } while (at != start && ++steps < 400);
            QVERIFY2(at == start, qPrintable(QStringLiteral("page %1: the circle does not close").arg(p)));
            QVERIFY(seen.size() >= MainWindow::PageCount + 2);
            const bool told = std::any_of(seen.begin(), seen.end(), [](const QWidget *w) { // whichever tells it there
                return w->objectName() == QLatin1String("noticeCard") || w->objectName() == QLatin1String("noticeLine");
            });
            QVERIFY2(told, qPrintable(QStringLiteral("page %1: the notice is never reached").arg(p)));
            for (const char *part : {"healthHeader", "addColumn", "systemEdit"}) {
                QWidget *w = p == MainWindow::Test ? find<QWidget>(part) : nullptr;
                QVERIFY2(!w || !w->isVisible() || seen.contains(w), part);
            }
        }
    }
}

/// What a column's parts want at least, for the message of a test that fails.
static QString widest(const QWidget *column)
{
    QStringList parts;
    for (const QObject *child : column->children()) {
        if (const auto *part = qobject_cast<const QWidget *>(child))
            parts << QStringLiteral("%1 %2").arg(QLatin1String(part->metaObject()->className())).arg(part->minimumSizeHint().width());
    }
    return parts.join(QStringLiteral(", "));
}

void ChromeTest::noPageScrollsSidewaysAt900x600()
{
    m_window->resize(900, 600);
    QCOMPARE(m_window->size(), QSize(900, 600));
    for (int p = 0; p < MainWindow::PageCount; ++p) {
        m_window->showPage(p);
        QTest::qWait(30);
        const auto *scroll = qobject_cast<QScrollArea *>(page());
        if (scroll)
            QVERIFY2(
                scroll->horizontalScrollBar()->maximum() == 0, qPrintable(
                    QStringLiteral("page %1 is %2 too wide").arg(p).arg(scroll->horizontalScrollBar()->maximum())));
        QVERIFY2(page()->minimumSizeHint().width() <= page()->width(), qPrintable(QString::number(p)));
        for (const QScrollArea *area :
             page()->findChildren<QScrollArea *>()) { // nor is anything cut off that cannot be scrolled to
            if (area->isVisible() && area->widget() && area->horizontalScrollBarPolicy() == Qt::ScrollBarAlwaysOff)
                QVERIFY2(area->widget()->width() <= area->viewport()->width(),
                         qPrintable(QStringLiteral("page %1: %2 is %3 wide in %4; at least: %5")
                                        .arg(p)
                                        .arg(area->objectName())
                                        .arg(area->widget()->width())
                                        .arg(area->viewport()->width())
                                        .arg(widest(area->widget()))));
        }
        QVERIFY2(m_window->size() == QSize(900, 600),
                 qPrintable(QStringLiteral("page %1 makes it %2 high, with its least of %3")
                                .arg(p)
                                .arg(m_window->height())
                                .arg(page()->minimumSizeHint().height())));
    }
}

void ChromeTest::thePaletteActsOnProviders()
{
    QSignalSpy events(m_client.get(), &EngineClient::eventsArrived);
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
    auto *edit = find<QLineEdit>("commandEdit");
    QVERIFY(edit->hasFocus());
    QTest::keyClicks(edit, QStringLiteral("isolate mistral"));
    QTest::keyClick(edit, Qt::Key_Return);
    const auto isolated = [this] {
        return m_window->state().provider(QStringLiteral("mistral"))->state == ProviderState::Isolated;
    };
    QTRY_VERIFY(isolated());
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(edit, QStringLiteral("release mistral"));
    QTest::keyClick(edit, Qt::Key_Return);
    QTRY_VERIFY(!isolated());
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(edit, QStringLiteral("fault openai overloaded"));
    QTest::keyClick(edit, Qt::Key_Return);
    QCOMPARE(m_faults, (QVector<std::pair<ProviderId, Fault>>{{QStringLiteral("openai"), Fault::Overloaded}}));
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(edit, QStringLiteral("settings"));
    QTest::keyClick(edit, Qt::Key_Return);
    QCOMPARE(m_window->currentPage(), int(MainWindow::Settings));
}

void ChromeTest::thePaletteOffersEveryAction()
{
    QStringList titles;
    for (const Command &command : m_window->commands()) {
        QVERIFY2(!titles.contains(command.title), qPrintable(command.title));
        QVERIFY(command.run != nullptr);
        titles << command.title;
    }
    for (const char *wanted :
         {"Dashboard", "Tune", "Quit", "Theme: dark", "Full screen dashboard", "Keyboard shortcuts",
          "Mute notices for 30 minutes", "Show the last 6 h", "Probe OpenAI"})
        QVERIFY2(titles.contains(QLatin1String(wanted)), wanted);
}

/// Each line of the sheet is an action that is there, with the keys that it answers to; no key stands for two things.
void ChromeTest::theShortcutSheetSaysWhatIsSo()
{
    m_window->makePages(); // each tells its own
    const auto rows = shortcutsOf(m_window.get());
    QVERIFY(rows.size() >= 12);
    QSet<QString> keys;
    for (const ShortcutRow &row : rows) {
        QVERIFY(!row.what.isEmpty() && !row.group.isEmpty());
        for (const QString &key : row.keys) {
            QVERIFY2(!keys.contains(row.group + key), qPrintable(key));
            keys.insert(row.group + key);
        }
    }
    for (const QAction *action : m_window->findChildren<QAction *>()) {
        if (action->shortcut().isEmpty() || action->text() == QStringLiteral("Leave full screen")
            || action->parent() != m_window.get()) // a page's own
            continue;
        const QString key = action->shortcut().toString(QKeySequence::NativeText);
        QVERIFY2(std::any_of(rows.begin(), rows.end(), [&](const ShortcutRow &row) { return row.keys.contains(key); }),
                 qPrintable(action->text() + key));
    }
    QTest::keyClick(m_window.get(), Qt::Key_F1);
    QPointer<QDialog> sheet = find<QDialog>("shortcutSheet");
    QVERIFY(sheet && sheet->isVisible());
    QCOMPARE(sheet->findChildren<QLabel *>(QStringLiteral("shortcutWhat")).size(), rows.size());
    QTest::keyClick(sheet.data(), Qt::Key_Escape);
    QTRY_VERIFY(!sheet);
}

void ChromeTest::settingsApplyAtOnce()
{
    m_window->showPage(MainWindow::Settings);
    QTest::mouseClick(find<QRadioButton>("themeDark"), Qt::LeftButton, {},
                      QPoint(8, find<QRadioButton>("themeDark")->height() / 2));
    QVERIFY(m_theme->isDark());
    QTest::keyClick(m_window.get(), Qt::Key_L, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(!m_theme->isDark());
    QVERIFY(find<QRadioButton>("themeLight")->isChecked());
    QTest::mouseClick(find<QPushButton>("settingsMute30"), Qt::LeftButton);
    QVERIFY(find<QLabel>("muteStatus")->text().startsWith(QStringLiteral("Muted until ")));
    QVERIFY(find<QLabel>("settingsMuted")->text().startsWith(QStringLiteral("Muted until ")));
    QTest::mouseClick(find<QPushButton>("settingsUnmute"), Qt::LeftButton);
    QVERIFY(!find<QLabel>("muteStatus")->isVisible());
    m_window->showHistory(
        {HistoryStatus::State::Ok, QStringLiteral("sqlite"), QStringLiteral("/x/history.sqlite"), {}, 0});
    QVERIFY(find<QLabel>("settingsHistory")->text().contains(QStringLiteral("/x/history.sqlite")));
    QVERIFY(find<QLabel>("settingsAbout")->text().contains(QStringLiteral("Apache-2.0")));
}

void ChromeTest::theWindowComesBackAsItWasLeft()
{
    QTemporaryDir folder;
    QSettings settings(folder.filePath(QStringLiteral("ui.ini")), QSettings::IniFormat);
    {
        RememberedState state(settings);
        m_window->remember(state);
        m_window->showPage(MainWindow::Tune);
        m_theme->setMode(ThemeMode::Dark);
        QTest::keyClick(m_window.get(), Qt::Key_B, Qt::ControlModifier);
        m_window->resize(780, 580);
        QTest::qWait(20);
        m_window->close();
        m_window.reset();
    }
    m_theme->setMode(ThemeMode::Light);
    RememberedState state(settings);
    build();
    m_window->remember(state);
    QCOMPARE(m_window->currentPage(), int(MainWindow::Tune));
    QCOMPARE(m_theme->mode(), ThemeMode::Dark);
    QVERIFY(find<Sidebar>("sidebar")->isCollapsed());
    m_window.reset(); // before what it remembers
}

void ChromeTest::simulatedDataIsMarkedOnce()
{
    m_window->showPage(MainWindow::Dashboard);
    QCOMPARE(m_window->findChildren<SimulatedMark *>().size(), 1);
    QVERIFY(m_window->findChild<SimulatedMark *>()->isVisible());
    m_window->showPage(MainWindow::Settings);
    QVERIFY(!m_window->findChild<SimulatedMark *>()->isVisible());
}

void ChromeTest::escapeLeavesTheFullScreen()
{
    QTest::keyClick(m_window.get(), Qt::Key_F11);
    QVERIFY(!find<Sidebar>("sidebar")->isVisible());
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
    auto *edit = find<QLineEdit>("commandEdit");
    QVERIFY(edit->isVisible());
    QTest::keyClick(edit, Qt::Key_Escape); // first what is in front
    QVERIFY(!edit->isVisible() && !find<Sidebar>("sidebar")->isVisible());
    QTest::keyClick(m_window.get(), Qt::Key_Escape);
    QVERIFY(find<Sidebar>("sidebar")->isVisible());
}

void ChromeTest::aNoticeMovesNothing()
{
    m_window->showPage(MainWindow::Test);
    auto *header = find<QWidget>("healthHeader");
    QTRY_COMPARE(header->height(), header->sizeHint().height()); // the headline is shorter here
    QTest::qWait(20);
    const QRect before = page()->geometry();
    m_window->showNotice(QStringLiteral("config.json has errors and was not applied."));
    QTest::qWait(20);
    QCOMPARE(page()->geometry(), before);
    QVERIFY(find<QLabel>("noticeText")->isVisible());
    m_window->showNotice({});
    QCOMPARE(m_window->notices().count(), 0);
}

/// What of it is seen, in the coordinates of an ancestor.
static QRect seenIn(const QWidget *w, const QWidget *over)
{
    QRect seen = w->rect();
    for (; w != over; w = w->parentWidget())
        seen = seen.translated(w->pos()) & w->parentWidget()->rect();
    return seen;
}

static bool mayBeAimedAt(const QWidget *w)
{
    const auto *edit = qobject_cast<const QPlainTextEdit *>(w);
    return qobject_cast<const QAbstractButton *>(w) || qobject_cast<const QLineEdit *>(w)
           || qobject_cast<const QComboBox *>(w) || qobject_cast<const QAbstractSpinBox *>(w)
           || (edit && !edit->isReadOnly());
}

void ChromeTest::noNoticeCoversAControl_data()
{
    QTest::addColumn<int>("page");
    QTest::addColumn<int>("many");
    for (int p = 0; p < MainWindow::PageCount; ++p) {
        for (int many : {1, 3})
            QTest::addRow("page %d, %d", p, many) << p << many;
    }
}

/// In the smallest window: shown where nothing is covered, or counted in the status bar; and the page stands as it stood.
void ChromeTest::noNoticeCoversAControl()
{
    QFETCH(int, page);
    QFETCH(int, many);
    m_window->resize(900, 600);
    m_window->showPage(page);
    const auto *header = find<QWidget>("healthHeader");
    QTRY_COMPARE_WITH_TIMEOUT(header->height(), header->sizeHint().height(), 20'000); // the headline is shorter on some
    QTest::qWait(50);
    const QRect before(this->page()->mapTo(m_window.get(), QPoint()), this->page()->size());
    for (int i = 0; i < many; ++i)
        m_window->notices().post(
            {QString::number(i), WindowNotice::Kind::Incident, QStringLiteral("OpenAI: rate limited"),
             QStringLiteral("For 2:05, since 14:02: 5 failed calls, 1 rerouted, 0 delayed, +13.9 s median."),
             {{QStringLiteral("Show incident"), QStringLiteral("noticeShow"), [] {}}}});
    QTest::qWait(400); // its own timer has looked, too
    QCOMPARE(m_window->size(), QSize(900, 600));
    QCOMPARE(QRect(this->page()->mapTo(m_window.get(), QPoint()), this->page()->size()), before);
    int shown = 0;
    for (const NoticeCard *card : m_window->findChildren<NoticeCard *>()) {
        if (!card->isVisible())
            continue;
        ++shown;
        const QRect place = card->geometry();
        for (const QWidget *w : m_window->centralWidget()->findChildren<QWidget *>()) {
            if (!w->isVisible() || w->isWindow() || !mayBeAimedAt(w) || card->isAncestorOf(w))
                continue;
            const QRect seen = seenIn(w, m_window->centralWidget());
            const bool inCard = qobject_cast<const NoticeCard *>(w->parentWidget());
            QVERIFY2(inCard || !seen.intersects(place), qPrintable(QStringLiteral("%1 \"%2\"").arg(
                QLatin1String(w->metaObject()->className()), w->objectName())));
        }
    }
    const auto *line = find<QLabel>("noticeLine");
    QVERIFY(shown > 0 || (line->isVisible() && line->text().contains(QString::number(many))));
    QVERIFY(shown == 0 || !line->isVisible());
}

void ChromeTest::noticesWithoutRoomAreOpenedFromTheirLine()
{
    QWidget full(m_window->centralWidget()); // no room anywhere
    full.setGeometry(m_window->centralWidget()->rect());
    for (int y = 0; y < full.height(); y += 30) {
        for (int x = 0; x < full.width(); x += 60)
            (new QPushButton(&full))->setGeometry(x, y, 55, 25);
    }
    full.show();
    m_window->notices().post({QStringLiteral("a"), WindowNotice::Kind::Info, QStringLiteral("A notice"), {}});
    auto *line = find<QLabel>("noticeLine");
    auto *card = find<NoticeCard>("noticeCard");
    QTRY_VERIFY_WITH_TIMEOUT(line->isVisible() && !card->isVisible(), 20'000);
    QVERIFY(line->accessibleName().contains(QStringLiteral("A notice")));
    QTest::keyClick(m_window.get(), Qt::Key_F6);
    QVERIFY(card->isVisible() && card->hasFocus() && !line->isVisible());
    QTest::keyClick(card, Qt::Key_F6); // back to the page: folded again
    QTRY_VERIFY_WITH_TIMEOUT(line->isVisible() && !card->isVisible(), 20'000);
    emit line->linkActivated(QStringLiteral("notices"));
    QVERIFY(card->isVisible() && card->hasFocus());
    QTest::keyClick(card, Qt::Key_F6);
    QTRY_VERIFY_WITH_TIMEOUT(line->isVisible() && !card->isVisible(), 20'000);
    line->setFocus();
    QTest::keyClick(line, Qt::Key_Return);
    QVERIFY(card->isVisible() && card->hasFocus());
    QTest::keyClick(card, Qt::Key_Escape);
    QVERIFY(!line->isVisible());
    QCOMPARE(m_window->notices().count(), 0);
}

void ChromeTest::aCaptionHasAPlaceOfItsOwnOnEveryPage()
{
    auto *strip = find<QFrame>("captionStrip");
    auto *text = find<QLabel>("captionText");
    m_window->resize(900, 600);
    QVERIFY(strip->isHidden());
    const auto topOf = [this](const QWidget *w) { return w->mapTo(m_window.get(), QPoint()).y(); };
    m_window->showCaption(QStringLiteral("1 of 3: <b> limits"), QStringLiteral("It says when to come back."),
                          CaptionPart::First);
    for (int i = 0; i < MainWindow::PageCount; ++i) {
        m_window->showPage(i);
        QTRY_VERIFY2(strip->isVisible() && topOf(strip) + strip->height() <= topOf(page()),
                     qPrintable(QStringLiteral("page %1").arg(i)));
        QVERIFY(text->height() >= text->heightForWidth(text->width()));
    }
    QVERIFY(text->text().contains(QStringLiteral("&lt;b&gt;"))); // a name is no markup
    QCOMPARE(strip->accessibleName(), QStringLiteral("1 of 3: <b> limits"));
    auto *close = find<QToolButton>("captionClose");
    QVERIFY(!close->accessibleName().isEmpty() && close->focusPolicy() & Qt::TabFocus);
    close->setFocus();
    QTest::keyClick(close, Qt::Key_Space);
    QVERIFY(strip->isHidden());
    m_window->showCaption(QStringLiteral("2 of 3"), QStringLiteral("Traffic moves."), CaptionPart::Next);
    QVERIFY(strip->isHidden()); // who closed it wants no more of them
}

void ChromeTest::captionsMoveNothing()
{
    auto *strip = find<QFrame>("captionStrip");
    m_window->resize(900, 600);
    m_window->showPage(MainWindow::Dashboard);
    const auto top = [this] {
        QTest::qWait(50);
        return page()->mapTo(m_window.get(), QPoint()).y();
    };
    m_window->showCaption(QStringLiteral("A demo"), QStringLiteral("It begins."), CaptionPart::First);
    const int before = top();
    m_window->showCaption(QStringLiteral("1 of 3: OpenAI limits the rate"),
                          QStringLiteral("A sentence that is long enough for a second line in a window that is only "
                                         "nine hundred pixels wide, and no longer."),
                          CaptionPart::Next);
    QCOMPARE(top(), before);
    m_window->showCaption(QStringLiteral("3 of 3"), QStringLiteral("It is back."), CaptionPart::Last);
    QCOMPARE(top(), before);
    QVERIFY(strip->isVisible());
    m_window->showPage(MainWindow::Tune); // which moves anyway
    QVERIFY(strip->isHidden());
}

SUITE_MAIN(ChromeTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication app(argc, argv);
    ChromeTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_chrome.moc"
