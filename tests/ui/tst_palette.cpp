// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/testpage.h"
#include "support/idleengine.h"
#include "support/suite.h"
#include "widgets/commandpalette.h"
#include "widgets/elidedcombo.h"
#include "widgets/fuzzymatch.h"
#include "widgets/rememberedstate.h"
#include "widgets/settingsplace.h"
#include "words/isolatedname.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QHeaderView>
#include <QHelpEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPushButton>
#include <QScreen>
#include <QSettings>
#include <QSpinBox>
#include <QSplitter>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QToolTip>

using namespace retryscope;

/// The palette by keys alone, its matching, and what a window remembers.
class PaletteTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void fits_data();
    void fits();
    void theBestFitComesFirst_data();
    void theBestFitComesFirst();
    void keysAloneFindAndRun();
    void escapeGivesTheFocusBack();
    void nothingFitsIsSaid();
    void aClickRuns();
    void itAsksAnewEachTime();
    void windowsComeBackOntoAScreen_data();
    void windowsComeBackOntoAScreen();
    void splittersAndColumnsAreRemembered();
    void aScratchPlaceReadsAndChangesNothing();
    void aChoiceThatDoesNotFitIsElidedAndToldWhole_data();
    void aChoiceThatDoesNotFitIsElidedAndToldWhole();

private:
    QLineEdit *edit() { return m_window->findChild<QLineEdit *>(QStringLiteral("commandEdit")); }
    void type(const QString &text) { QTest::keyClicks(edit(), text); }
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<QWidget> m_window;
    CommandPalette *m_palette = nullptr;
    QPushButton *m_button = nullptr;
    QStringList m_ran;
    int m_asked = 0;
};

void PaletteTest::init()
{
    m_theme = std::make_unique<Theme>(ThemeMode::Dark);
    m_window = std::make_unique<QWidget>();
    m_window->resize(900, 600);
    m_button = new QPushButton(m_window.get());
    m_ran.clear();
    m_asked = 0;
    m_palette = new CommandPalette(*m_theme, [this] {
        ++m_asked;
        Commands all;
        for (const char *title : {"Dashboard", "Calls", "Incidents", "Isolate OpenAI", "Probe OpenAI",
                                  "Isolate Mistral", "Fault of OpenAI: Outage", "Theme: dark"})
            all.append({QLatin1String(title), QStringLiteral("Group"), QStringLiteral("Ctrl+1"),
                        QStringLiteral("calls"), [this, title] { m_ran << QLatin1String(title); }});
        return all;
    }, m_window.get());
    m_window->show();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get(), suite::patience));
    m_button->setFocus();
}

void PaletteTest::cleanup() { m_window.reset(); }

void PaletteTest::fits_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("fit");
    QTest::addColumn<QVector<int>>("positions");
    const auto row = [](const char *name, const char *pattern, const char *text, bool fit,
                        const QVector<int> &positions = {}) {
        QTest::newRow(name) << QString::fromUtf8(pattern) << QString::fromUtf8(text) << fit << positions;
    };
    row("nothing typed", "", "Dashboard", true);
    row("whole", "calls", "Calls", true, {0, 1, 2, 3, 4});
    row("beginnings of words", "io", "Isolate OpenAI", true, {0, 8});
    row("letters in a row are better", "open", "Probe OpenAI", true, {6, 7, 8, 9});
    row("spaces do not count", "iso mis", "Isolate Mistral", true, {0, 1, 2, 8, 9, 10});
    row("wrong order", "sac", "Calls", false);
    row("longer than the text", "dashboards", "Dashboard", false);
    row("not there", "xyz", "Dashboard", false);
    row("other letters", "ÜBER", "über alles", true, {0, 1, 2, 3});
}

void PaletteTest::fits()
{
    QFETCH(QString, pattern);
    QFETCH(QString, text);
    QFETCH(bool, fit);
    QFETCH(QVector<int>, positions);
    const auto match = fuzzyMatch(pattern, text);
    QCOMPARE(match.has_value(), fit);
    if (fit)
        QCOMPARE(match->positions, positions);
}

void PaletteTest::theBestFitComesFirst_data()
{
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("first");
    QTest::newRow("nothing: as they were given") << QString() << QStringLiteral("Dashboard");
    QTest::newRow("a word") << QStringLiteral("incid") << QStringLiteral("Incidents");
    QTest::newRow("two words") << QStringLiteral("isomi") << QStringLiteral("Isolate Mistral");
    QTest::newRow("initials") << QStringLiteral("po") << QStringLiteral("Probe OpenAI");
    QTest::newRow("the middle") << QStringLiteral("outage") << QStringLiteral("Fault of OpenAI: Outage");
    QTest::newRow("upper case") << QStringLiteral("CALL") << QStringLiteral("Calls");
}

void PaletteTest::theBestFitComesFirst()
{
    QFETCH(QString, typed);
    QFETCH(QString, first);
    m_palette->open();
    type(typed);
    QCOMPARE(m_palette->titles().value(0), first);
}

void PaletteTest::keysAloneFindAndRun()
{
    m_palette->open();
    QVERIFY(edit()->hasFocus());
    type(QStringLiteral("openai"));
    const QStringList found = m_palette->titles();
    QVERIFY(found.size() >= 3);
    QTest::keyClick(edit(), Qt::Key_Down);
    QTest::keyClick(edit(), Qt::Key_Down);
    QTest::keyClick(edit(), Qt::Key_Up);
    QTest::keyClick(edit(), Qt::Key_Tab); // goes down, and never out
    QVERIFY(edit()->hasFocus());
    QTest::keyClick(edit(), Qt::Key_Return);
    QCOMPARE(m_ran, QStringList{found[2]});
    QVERIFY(!m_palette->isVisible());
    QVERIFY(m_button->hasFocus());
}

void PaletteTest::escapeGivesTheFocusBack()
{
    m_palette->open();
    QVERIFY(!m_button->hasFocus());
    QTest::keyClick(edit(), Qt::Key_Escape);
    QVERIFY(!m_palette->isVisible());
    QVERIFY(m_button->hasFocus());
    QVERIFY(m_ran.isEmpty());
}

void PaletteTest::nothingFitsIsSaid()
{
    m_palette->open();
    type(QStringLiteral("qqq"));
    QVERIFY(m_window->findChild<QLabel *>(QStringLiteral("commandNone"))->isVisible());
    QTest::keyClick(edit(), Qt::Key_Return);
    QVERIFY(m_ran.isEmpty() && m_palette->isVisible());
}

void PaletteTest::aClickRuns()
{
    m_palette->open();
    auto *list = m_window->findChild<QListView *>(QStringLiteral("commandList"));
    QTest::qWait(20);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(list->model()->index(1, 0)).center());
    QCOMPARE(m_ran, QStringList{QStringLiteral("Calls")});
}

void PaletteTest::itAsksAnewEachTime()
{
    m_palette->open();
    type(QStringLiteral("mistral"));
    m_palette->dismiss();
    m_palette->open();
    QCOMPARE(m_asked, 2);
    QCOMPARE(edit()->text(), QString());
    QCOMPARE(m_palette->titles().size(), 8);
}

void PaletteTest::windowsComeBackOntoAScreen_data()
{
    QTest::addColumn<QRect>("wanted");
    QTest::addColumn<QVector<QRect>>("screens");
    QTest::addColumn<QRect>("fitted");
    const QRect hd(0, 0, 1920, 1080), right(1920, 0, 2560, 1440), left(-1280, 0, 1280, 1024);
    const auto row = [](const char *name, const QRect &wanted, const QVector<QRect> &screens, const QRect &fitted) {
        QTest::newRow(name) << wanted << screens << fitted;
    };
    row("fits as it is", {100, 100, 1280, 800}, {hd}, {100, 100, 1280, 800});
    row("on the second screen", {2000, 100, 1280, 800}, {hd, right}, {2000, 100, 1280, 800});
    row("its screen is gone", {2000, 100, 1280, 800}, {hd}, {320, 140, 1280, 800});
    row("its screen was at the left", {-1200, 50, 1000, 700}, {hd}, {460, 190, 1000, 700});
    row("a screen at the left is there", {-1200, 50, 1000, 700}, {hd, left}, {-1200, 50, 1000, 700});
    row("hangs out at the bottom", {100, 900, 1280, 800}, {hd}, {100, 280, 1280, 800});
    row("the title bar is above the top", {100, -300, 1280, 800}, {hd}, {100, 0, 1280, 800});
    row("larger than the screen", {0, 0, 3000, 2000}, {hd}, {0, 0, 1920, 1080});
    row("the scale was doubled", {400, 300, 1280, 800}, {{0, 0, 960, 540}}, {0, 0, 960, 540});
    row("smaller than can be used", {500, 500, 30, 20}, {hd}, {500, 480, 900, 600});
    row("two screens share it", {1800, 100, 1280, 800}, {hd, right}, {1920, 100, 1280, 800});
    row("no screen at all", {1, 2, 3, 4}, {}, {1, 2, 3, 4});
}

void PaletteTest::windowsComeBackOntoAScreen()
{
    QFETCH(QRect, wanted);
    QFETCH(QVector<QRect>, screens);
    QFETCH(QRect, fitted);
    QCOMPARE(fittedToScreens(wanted, screens, QSize(900, 600)), fitted);
}

void PaletteTest::splittersAndColumnsAreRemembered()
{
    QTemporaryDir folder;
    QSettings settings(folder.filePath(QStringLiteral("ui.ini")), QSettings::IniFormat);
    QList<int> left;
    const auto build = [](QWidget *page) {
        auto *splitter = new QSplitter(page);
        splitter->setObjectName(QStringLiteral("aSplitter"));
        splitter->addWidget(new QLabel);
        auto *table = new QTableWidget(3, 3);
        table->setObjectName(QStringLiteral("aTable"));
        splitter->addWidget(table);
        splitter->resize(800, 300);
        new QSplitter(page); // without a name: nobody's
        return splitter;
    };
    {
        RememberedState state(settings);
        QWidget page;
        QSplitter *splitter = build(&page);
        state.adopt(&page);
        page.show();
        QTest::qWait(20);
        splitter->setSizes({200, 600});
        emit splitter->splitterMoved(200, 1);
        auto *header = page.findChild<QTableWidget *>()->horizontalHeader();
        header->resizeSection(0, 77);
        QVERIFY(!settings.contains(QStringLiteral("headers/aTable"))); // no hand was on it
        left = splitter->sizes();
    }
    RememberedState state(settings);
    QWidget page;
    QSplitter *splitter = build(&page);
    state.adopt(&page);
    page.show();
    QTRY_COMPARE(splitter->sizes(), left);
}

/// Pages open their settings themselves: the place is theirs too.
void PaletteTest::aScratchPlaceReadsAndChangesNothing()
{
    const QString columns = QStringLiteral("test/columns"), limit = QStringLiteral("test/tokenLimit");
    QSettings().clear();
    QSettings().setValue(columns, QStringList{QStringLiteral("only:openai"), QString()});
    QSettings().setValue(limit, 77);
    QSettings().sync();
    IdleEngine engine;
    const Theme theme(ThemeMode::Light);
    const auto limitOf = [](const TestPage &page) { return page.findChild<QSpinBox *>(QStringLiteral("tokenLimit")); };
    {
        const SettingsPlace scratch(SettingsPlace::Kind::Scratch);
        QVERIFY(!QSettings().contains(columns));
        TestPage page(engine, theme);
        page.show();
        QCOMPARE(page.columns().size(), 1);
        QVERIFY(limitOf(page)->value() != 77);
        limitOf(page)->setValue(99);
        page.hide(); // when it writes
        QCOMPARE(QSettings().value(limit).toInt(), 99);
    }
    QCOMPARE(QSettings().value(limit).toInt(), 77);
    QCOMPARE(QSettings().value(columns).toStringList().size(), 2);
    const SettingsPlace kept(SettingsPlace::Kind::Kept);
    const TestPage page(engine, theme);
    QCOMPARE(page.columns().size(), 2);
    QCOMPARE(limitOf(page)->value(), 77);
    QSettings().clear();
}

void PaletteTest::aChoiceThatDoesNotFitIsElidedAndToldWhole_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("after"); // keeps the "…" where the text goes on: a mark, or the end of an isolated name
    QTest::newRow("a chain") << QStringLiteral("Whole chain: OpenAI → Anthropic → Google AI → Mistral") << QString();
    QTest::newRow("Chinese") << QString(40, QChar(0x6a21)) << QString();
    QTest::newRow("Hebrew") << QString(60, QChar(0x05d0)) << QString(QChar(0x200f));
    QTest::newRow("both ways") << QStringLiteral("Chain: OpenAI → ") + isolatedName(QString(60, QChar(0x05d0)))
                               << QString(QChar(0x2069));
}

void PaletteTest::aChoiceThatDoesNotFitIsElidedAndToldWhole()
{
    QFETCH(QString, text);
    QFETCH(QString, after);
    ElidedCombo box;
    box.setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box.setToolTip(QStringLiteral("Who is asked"));
    box.addItem(QStringLiteral("short"));
    box.addItem(text);
    box.resize(240, box.sizeHint().height());
    box.show();
    QVERIFY(QTest::qWaitForWindowExposed(&box, suite::patience));
    QCOMPARE(box.shown(), QStringLiteral("short"));
    QCOMPARE(box.told(), QStringLiteral("Who is asked"));
    box.setCurrentIndex(1);
    const QString shown = box.shown();
    QVERIFY2(shown.contains(QChar(0x2026)), qPrintable(shown));
    QVERIFY(text.startsWith(shown.left(shown.indexOf(QChar(0x2026)))));
    QVERIFY(box.fontMetrics().horizontalAdvance(shown) < box.width());
    QCOMPARE(shown.mid(shown.indexOf(QChar(0x2026)) + 1), after);
    QCOMPARE(box.told(), text + QStringLiteral("\nWho is asked"));
    QHelpEvent help(QEvent::ToolTip, QPoint(5, 5), box.mapToGlobal(QPoint(5, 5)));
    QApplication::sendEvent(&box, &help);
    QCOMPARE(QToolTip::text(), box.told());
    QToolTip::hideText();
    box.showPopup();
    const int free = box.screen()->availableGeometry().width();
    QVERIFY(box.view()->width() >= std::min(box.view()->sizeHintForColumn(0), free));
    box.hidePopup();
}

SUITE_TEST(PaletteTest)
#include "tst_palette.moc"
