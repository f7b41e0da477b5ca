// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/localengineclient.h"
#include "mainwindow.h"
#include "pages/crashtestpage.h"
#include "support/pictures.h"
#include "support/suite.h"
#include "words/crashtestwords.h"

#include <QAbstractItemModelTester>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace retryscope;

/// The Crash test page in the real window: by clicks and keys as a person would, with real cases.
class CrashTestPageTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase() { QStandardPaths::setTestModeEnabled(true); }
    void init();
    void cleanup();
    void aCaseIsRunAndTold();
    void whyLeadsToTheFieldInTune();
    void theDraftIsTestedToo();
    void allAreRunAndStoppedByKeys();
    void reportsAreSavedAndCopied();
    void aCaseIsReadBeforeItIsRun();
    void whatTheConfigurationDidIsReadWhole();
    void picturesInBothThemes();

private:
    template <typename T = QWidget> T *find(const char *name) { return m_window->findChild<T *>(QLatin1String(name)); }
    void click(const char *name)
    {
        QWidget *w = find(name);
        QVERIFY2(w && w->isVisible() && w->isEnabled(), name);
        QTest::mouseClick(w, Qt::LeftButton);
    }
    CrashTestPage &page() { return *m_window->crashTestPage(); }
    void runOnly(const QStringList &keys)
    {
        page().run(keys);
        QTRY_VERIFY(!page().isRunning());
    }
    CrashResult resultOf(const QString &key)
    {
        for (const CrashResult &r : page().report().results) {
            if (r.key == key)
                return r;
        }
        return {};
    }
    QString detail() { return find<QLabel>("crashDetail")->text(); }
    static Configuration simulated(int maxAttempts)
    {
        Configuration c;
        c.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:9")));
        c.retry.maxAttempts = maxAttempts;
        c.retry.attemptsPerProvider = std::min(c.retry.attemptsPerProvider, maxAttempts);
        return c;
    }

    std::unique_ptr<LocalEngineClient> m_client;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
};

void CrashTestPageTest::init()
{
    m_client = std::make_unique<LocalEngineClient>(5);
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_window = std::make_unique<MainWindow>(*m_client, FaultControl(), *m_theme);
    m_window->setConfiguration(simulated(1));
    m_window->resize(1280, 800);
    m_window->show();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get(), suite::patience));
    m_window->showPage(MainWindow::CrashTest);
    QVERIFY(m_window->crashTestPage());
}

void CrashTestPageTest::cleanup()
{
    m_window.reset();
    m_client.reset();
    m_theme.reset();
}

void CrashTestPageTest::aCaseIsRunAndTold()
{
    auto *table = find<QTableView>("crashTable");
    const QAbstractItemModelTester tester(table->model());
    page().select(QStringLiteral("gzip"));
    QVERIFY(detail().contains(QStringLiteral("gzip")) && !detail().contains(QStringLiteral("This configuration")));
    click("crashAgain");
    QVERIFY(page().isRunning());
    QVERIFY(!find("crashWhat")->isEnabled());
    QCOMPARE(find<QPushButton>("crashRun")->text(), QStringLiteral("Stop"));
    QTRY_VERIFY(!page().isRunning());
    QCOMPARE(toKey(resultOf(QStringLiteral("gzip")).verdict), QStringLiteral("pass"));
    QVERIFY(detail().contains(QStringLiteral("Answered by OpenAI")));
    QVERIFY(detail().contains(QStringLiteral("OpenAI 1")));
    QVERIFY(!find("crashTune")->isVisible());
    const int row = table->currentIndex().row();
    const auto cell = [&](int column) { return table->model()->index(row, column).data().toString(); };
    QCOMPARE(cell(CrashTestModel::Verdict), QStringLiteral("✓ Pass"));
    QCOMPARE(cell(CrashTestModel::Did), didSentence(resultOf(QStringLiteral("gzip"))));
    QCOMPARE(cell(CrashTestModel::Requests), QStringLiteral("OpenAI 1"));
    QVERIFY2(
        find<QLabel>("crashScore")
            ->text()
            .contains(
                QStringLiteral(", 1 of %1 cases: 1 pass; score 100 of 100.").arg(crashCases().size())), // says of what
        qPrintable(find<QLabel>("crashScore")->text()));
}

void CrashTestPageTest::whyLeadsToTheFieldInTune()
{
    runOnly({QStringLiteral("server_error_once")});
    page().select(QStringLiteral("server_error_once"));
    QCOMPARE(toKey(resultOf(QStringLiteral("server_error_once")).verdict), QStringLiteral("safe"));
    QVERIFY(detail().contains(QStringLiteral("Max attempts (retry.max_attempts), now 1. Raise it.")));
    click("crashTune");
    QCOMPARE(m_window->currentPage(), int(MainWindow::Tune));
    auto *field = find<QAbstractSpinBox>("field_max_attempts");
    QVERIFY(field && field->isVisible());
    QTRY_VERIFY(field->hasFocus() || field->isAncestorOf(QApplication::focusWidget()));
}

void CrashTestPageTest::theDraftIsTestedToo()
{
    m_window->configurationDraft().setDraft(simulated(4));
    runOnly({QStringLiteral("server_error_once")});
    QCOMPARE(toKey(resultOf(QStringLiteral("server_error_once")).verdict), QStringLiteral("safe"));
    find<QComboBox>("crashWhat")->setCurrentIndex(1);
    runOnly({QStringLiteral("gzip")});
    QCOMPARE(page().report().results.size(), 1); // results of two configurations do not stand side by side
    runOnly({QStringLiteral("server_error_once")});
    QCOMPARE(toKey(resultOf(QStringLiteral("server_error_once")).verdict), QStringLiteral("pass"));
    QVERIFY(page().report().configuration.endsWith(QStringLiteral("(draft)")));
}

void CrashTestPageTest::allAreRunAndStoppedByKeys()
{
    auto *table = find<QTableView>("crashTable");
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(page().isRunning());
    QVERIFY(find<QProgressBar>("crashBar")->isVisible());
    QTRY_VERIFY(find<QProgressBar>("crashBar")->value() >= 2);
    QTest::keyClick(table, Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!page().isRunning());
    const CrashReport report = page().report();
    QVERIFY(report.results.size() >= 2 && !report.isComplete());
    QVERIFY(find<QLabel>("crashScore")->text().contains(QStringLiteral("Stopped after")));
    for (int row = 0; row < table->model()->rowCount(); ++row) {
        const QString verdict = table->model()->index(row, CrashTestModel::Verdict).data().toString();
        QVERIFY2(!verdict.startsWith(QStringLiteral("Running")) && verdict != QStringLiteral("Waiting"), qPrintable(verdict));
    }
}

void CrashTestPageTest::reportsAreSavedAndCopied()
{
    QVERIFY(!find<QToolButton>("crashExport")->isEnabled()); // there is nothing yet
    runOnly({QStringLiteral("gzip"), QStringLiteral("key_revoked")});
    const QTemporaryDir folder;
    QStringList asked;
    page().setPathChooser([&](QWidget *, const QString &suggested, const QString &) {
        asked << suggested;
        return folder.filePath(suggested);
    });
    const auto actions = find<QToolButton>("crashExport")->menu()->actions();
    for (QAction *action : actions) {
        action->trigger();
        const bool saves = action != actions.last() && !action->isSeparator();
        if (saves) // on another thread: the window goes on
            QVERIFY(!find<QToolButton>("crashExport")->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(find<QToolButton>("crashExport")->isEnabled(), 20'000);
    }
    QCOMPARE(asked, (QStringList{QStringLiteral("crash-test.html"), QStringLiteral("crash-test.md"),
                                 QStringLiteral("crash-test.xml")}));
    for (const QString &name : asked) {
        QFile file(folder.filePath(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(file.readAll().contains("key_revoked") || name.endsWith(QStringLiteral(".md")), qPrintable(name));
    }
    QVERIFY(QGuiApplication::clipboard()->text().startsWith(QStringLiteral("# Crash test: ")));
    QVERIFY(find<QLabel>("crashMessage")->text().contains(QStringLiteral("crash-test.xml")));
    page().setPathChooser([](QWidget *, const QString &, const QString &) { return QStringLiteral("/no/such/folder/x"); });
    actions.first()->trigger();
    const auto *message = find<QLabel>("crashMessage");
    QTRY_VERIFY_WITH_TIMEOUT(message->text().startsWith(QStringLiteral("/no/such/folder/x")), 20'000);
    QVERIFY(message->text().contains(QStringLiteral("could not be written")));
}

void CrashTestPageTest::aCaseIsReadBeforeItIsRun()
{
    auto *table = find<QTableView>("crashTable");
    QCOMPARE(table->model()->rowCount(), int(crashCases().size()));
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Down);
    QCOMPARE(table->currentIndex().row(), 1);
    QVERIFY(detail().contains(QString::fromUtf8(crashCases()[1].fault)));
    QTest::keyClick(table, Qt::Key_Tab); // the table does not keep the key
    QVERIFY(!table->hasFocus());
}

/// In the table where it has the column, else in the detail beside it.
void CrashTestPageTest::whatTheConfigurationDidIsReadWhole()
{
    const QStringList keys{QStringLiteral("server_error_once"), QStringLiteral("key_revoked"),
                           QStringLiteral("cut_stream"), QStringLiteral("recovery"), QStringLiteral("gzip")};
    runOnly(keys);
    auto *table = find<QTableView>("crashTable");
    for (const QSize size : {QSize(1280, 800), QSize(1100, 700), QSize(1680, 1000), QSize(900, 600)}) {
        m_window->resize(size);
        QTest::qWait(50);
        if (size.width() <= 900)
            QVERIFY(table->isColumnHidden(CrashTestModel::Did));
        for (const QString &key : keys) {
            page().select(key);
            const QModelIndex cell = table->model()->index(table->currentIndex().row(), CrashTestModel::Did);
            const QString text = cell.data().toString();
            QVERIFY(!text.isEmpty() && detail().contains(text.toHtmlEscaped()));
            if (table->isColumnHidden(CrashTestModel::Did))
                continue;
            const QRect room = table->visualRect(cell).adjusted(3, 0, -3, 0); // as the style has it
            const QRect needed =
                table->fontMetrics().boundingRect(room.adjusted(0, 0, 0, 1000), Qt::TextWordWrap, text);
            QVERIFY2(needed.height() <= room.height() && needed.width() <= room.width(), qPrintable(text));
        }
    }
}

void CrashTestPageTest::picturesInBothThemes()
{
    runOnly({QStringLiteral("gzip"), QStringLiteral("key_revoked"), QStringLiteral("server_error_once"),
             QStringLiteral("hint_absurd"), QStringLiteral("cut_stream"), QStringLiteral("recovery"),
             QStringLiteral("rate_limit_once")});
    page().select(QStringLiteral("server_error_once"));
    const QString folder = suite::pictureFolder();
    for (const QSize size : suite::pictureSizes({QSize(1280, 800), QSize(900, 600), QSize(1680, 1000)})) {
        m_window->resize(size);
        QTest::qWait(50);
        QImage light;
        for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
            m_theme->setMode(mode);
            QTest::qWait(20);
            const QImage picture = m_window->grab().toImage();
            QCOMPARE(picture.size(), size);
            QVERIFY(picture != light);
            light = picture;
            QVERIFY(suite::keep(picture, QStringLiteral("%1/crashtest-%2-%3.png")
                                     .arg(folder)
                                     .arg(size.width())
                                     .arg(mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light"))));
        }
    }
}

SUITE_TEST(CrashTestPageTest)
#include "tst_crashtestpage.moc"
