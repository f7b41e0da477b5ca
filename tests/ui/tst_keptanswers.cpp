// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/systemclock.h"
#include "engine/localengineclient.h"
#include "mainwindow.h"
#include "models/answerkeeper.h"
#include "pages/answerdialog.h"
#include "pages/promptpanel.h"
#include "pages/settingspage.h"
#include "sandbox/sandbox.h"
#include "support/keptentry.h"
#include "support/pictures.h"
#include "support/suite.h"
#include "theme/stylesheet.h"
#include "widgets/answerdiff.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTextBrowser>

#include <sys/file.h>

using namespace retryscope;

/// Prompts and answers that outlive the program where that is switched on: the real window, engine and simulated providers.
class KeptAnswersTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void offNothingIsWritten();
    void onTheHistoryIsThereAfterARestart();
    void theKeyboardSwitchesAsksAndDeletes();
    void theMouseDeletesAfterItIsAsked();
    void settingsAndHistoryShowTheSame();
    void noKeyIsInTheFile();
    void aFailureAndAStopAreKeptToo();
    void afreshNothingIsReadOrWritten();
    void withoutAFolderThereIsNoSwitchingOn();
    void whatIsNotOursIsLeftAloneAndSaid();
    void damagedLinesAreSaidAndTheRestIsShown();
    void whatCouldNotBeWrittenIsWrittenWithTheNext();
    void whatWasDeletedIsNotWrittenLater();
    void switchedOffInAnotherWindowThisOneStops();
    void switchedOffElsewhereItStopsBeforeItHears();
    void afterTheClockWasSetBackAllIsKept();
    void deletedInAnotherWindowItStaysDeleted();
    void whereOthersCannotBeToldThatIsSaid();
    void itsFiguresAreThoseOfTheLiveLine();
    void picturesOfEveryState();

private:
    static constexpr char prompt[] = "Say quetzalcoatl in one line.";
    void open(AnswerKeeper::Start start = AnswerKeeper::Start::Continue);
    void close() { m_window.reset(); }
    template <typename T> T *find(const char *name) const
    {
        T *part = panel() ? panel()->findChild<T *>(QLatin1String(name)) : nullptr;
        return part ? part : m_window->findChild<T *>(QLatin1String(name));
    }
    PromptPanel *panel() const { return m_window->findChild<PromptPanel *>(); }
    QListWidget *list() const { return find<QListWidget>("promptSession"); }
    QCheckBox *keepBox() const { return find<QCheckBox>("keepAnswers"); }
    QString said(const char *name) const { return find<QLabel>(name)->text(); }
    void click(const char *name) const { QTest::mouseClick(find<QWidget>(name), Qt::LeftButton); }
    void showHistory() const
    {
        m_window->showPage(MainWindow::Test);
        if (!panel()->isVisible())
            click("benchPrompts");
        find<QTabWidget>("promptTabs")->setCurrentIndex(1);
    }
    /// By mouse, on the box itself: beside it there may be nothing to click at.
    void switchTo(bool on) const
    {
        QTest::mouseClick(keepBox(), Qt::LeftButton, {}, {10, keepBox()->height() / 2});
        QCOMPARE(keepBox()->isChecked(), on);
    }
    bool ask(const QString &text = QLatin1String(prompt)) const
    {
        QSignalSpy finished(m_engine.get(), &EngineClient::callFinished);
        find<QPlainTextEdit>("promptEdit")->setPlainText(text);
        click("sendButton");
        return finished.wait(suite::patience) && QTest::qWaitFor([this] { return m_keeper->isAtRest(); }, suite::patience);
    }
    QString path() const { return m_folder->filePath(QStringLiteral("answers.jsonl")); }
    QByteArray bytes() const
    {
        QFile file(path());
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void write(const QByteArray &text) const
    {
        QFile file(path());
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(text), text.size());
    }
    /// The files under the folders that hold it.
    QStringList filesWith(const QByteArray &text) const
    {
        QStringList found;
        for (const QString &folder : {m_folder->path(), QFileInfo(QSettings().fileName()).path()}) {
            QDirIterator it(folder, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
            while (it.hasNext()) {
                QFile file(it.next());
                if (file.open(QIODevice::ReadOnly) && file.readAll().contains(text))
                    found << it.filePath();
            }
        }
        return found;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Sandbox> m_sandbox;
    std::unique_ptr<LocalEngineClient> m_engine;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    AnswerKeeper *m_keeper = nullptr; ///< the window's
    Configuration m_configuration;
    QByteArray m_dataHome;
};

void KeptAnswersTest::init()
{
    QSettings().clear();
    m_folder = std::make_unique<QTemporaryDir>();
    m_dataHome = qgetenv("XDG_DATA_HOME");
    qputenv("XDG_DATA_HOME", QFile::encodeName(m_folder->path()));
    m_sandbox = std::make_unique<Sandbox>(SandboxOptions{.firstToken = 5ms, .perToken = 1ms});
    const auto port = m_sandbox->start();
    QVERIFY(bool(port));
    m_engine = std::make_unique<LocalEngineClient>(7);
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_configuration = {};
    m_configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*port)));
    m_configuration.retry.baseDelay = 10ms;
    m_engine->apply(m_configuration);
}

void KeptAnswersTest::cleanup()
{
    m_window.reset();
    m_engine.reset();
    m_sandbox.reset();
    QSettings().clear();
    m_dataHome.isNull() ? qunsetenv("XDG_DATA_HOME") : qputenv("XDG_DATA_HOME", m_dataHome);
}

/// A window as the program makes one; a second one is a restart.
void KeptAnswersTest::open(AnswerKeeper::Start start)
{
    m_window.reset();
    m_window = std::make_unique<MainWindow>(*m_engine, FaultControl(), *m_theme);
    auto keeper = std::make_unique<AnswerKeeper>(path(), start);
    m_keeper = keeper.get();
    m_window->keepAnswers(std::move(keeper));
    m_window->setConfiguration(m_configuration);
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get(), suite::patience));
    m_window->makePages();
    QTRY_VERIFY(m_keeper->isAtRest());
    showHistory();
    m_window->activateWindow(); // the end of the one before may have come behind it
    QTRY_VERIFY(m_window->isActiveWindow());
}

void KeptAnswersTest::offNothingIsWritten()
{
    open();
    QVERIFY(!keepBox()->isChecked());
    QVERIFY(said("keepWords").startsWith(QStringLiteral("Off: nothing of them is written.")));
    QVERIFY(ask());
    QCOMPARE(list()->count(), 1);
    const QString answer = panel()->session().entries().back().result.text;
    QVERIFY(answer.size() > 10);
    open();
    QCOMPARE(list()->count(), 0);
    close();
    QCOMPARE(filesWith("quetzalcoatl"), QStringList());
    QCOMPARE(filesWith(answer.left(12).toUtf8()), QStringList());
    QVERIFY(!QFile::exists(path()));
}

void KeptAnswersTest::onTheHistoryIsThereAfterARestart()
{
    open();
    switchTo(true);
    QVERIFY(ask(QStringLiteral("first quetzalcoatl")));
    QVERIFY(ask(QStringLiteral("second quetzalcoatl")));
    QCOMPARE(QFileInfo(path()).permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther),
             QFile::Permissions());
    const SessionEntry before = panel()->session().entries().front();
    open();
    QVERIFY(keepBox()->isChecked());
    QCOMPARE(list()->count(), 2);
    QVERIFY(list()->item(0)->text().endsWith(QStringLiteral("second quetzalcoatl")));
    const SessionEntry &after = panel()->session().entries().front();
    QVERIFY(after.earlier);
    QVERIFY(after.prompt == before.prompt);
    QCOMPARE(after.result.text, before.result.text);
    QCOMPARE(after.result.duration, before.result.duration);
    QVERIFY(ask(QStringLiteral("third"))); // behind what was kept
    QCOMPARE(list()->count(), 3);
    QCOMPARE(bytes().count('\n'), 3);

    list()->setCurrentRow(2);
    click("sessionShow");
    auto *dialog = m_window->findChild<AnswerDialog *>();
    QVERIFY(dialog);
    QCOMPARE(dialog->findChild<QPlainTextEdit *>(QStringLiteral("promptView"))->toPlainText(),
             QStringLiteral("— asked:\nfirst quetzalcoatl"));
    QTest::mouseClick(dialog->findChild<QPushButton *>(QStringLiteral("answerCopy")), Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(), before.result.text);
    dialog->findChild<QAction *>(QStringLiteral("copyAs_curl"))->trigger();
    QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("first quetzalcoatl")));
    QSignalSpy finished(m_engine.get(), &EngineClient::callFinished);
    QTest::mouseClick(dialog->findChild<QPushButton *>(QStringLiteral("answerAgain")), Qt::LeftButton);
    QVERIFY(finished.wait(suite::patience));
    QCOMPARE(list()->count(), 4);
    QVERIFY(list()->item(0)->text().endsWith(QStringLiteral("first quetzalcoatl")));

    list()->clearSelection();
    list()->item(0)->setSelected(true);
    list()->item(3)->setSelected(true);
    click("sessionCompare");
    auto *diff = m_window->findChild<AnswerDiffDialog *>();
    QVERIFY(diff);
    QTRY_VERIFY(!diff->findChild<QTextBrowser *>(QStringLiteral("diffText"))->toPlainText().isEmpty());
}

void KeptAnswersTest::theKeyboardSwitchesAsksAndDeletes()
{
    open();
    keepBox()->setFocus();
    QTest::keyClick(keepBox(), Qt::Key_Space);
    QVERIFY(m_keeper->isOn());
    QVERIFY(said("keepWords").contains(QStringLiteral("answers.jsonl")));
    QVERIFY(ask());
    QTest::keyClick(keepBox(), Qt::Key_Space);
    QVERIFY(!m_keeper->isOn());
    QTRY_VERIFY(said("keepWords").contains(QStringLiteral("What was kept before, 1 answer, stays until you delete it.")));
    QVERIFY(ask()); // of which nothing is written
    QCOMPARE(bytes().count('\n'), 1);
    open();
    QVERIFY(!keepBox()->isChecked());
    QCOMPARE(list()->count(), 0);
    auto *remove = find<QPushButton>("keepDelete");
    QTRY_COMPARE(remove->text(), QStringLiteral("Delete what is kept (1)"));
    keepBox()->setFocus();
    QTest::keyClick(m_window.get(), Qt::Key_Tab);
    QTRY_COMPARE(QApplication::focusWidget(), remove);
    QTest::keyClick(remove, Qt::Key_Space);
    QTRY_COMPARE(QApplication::focusWidget(), find<QPushButton>("keepDeleteNo"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QTRY_COMPARE(QApplication::focusWidget(), remove);
    QVERIFY(QFile::exists(path()));
    QTest::keyClick(remove, Qt::Key_Space);
    QTest::keyClick(m_window.get(), Qt::Key_Backtab);
    QTRY_COMPARE(QApplication::focusWidget(), find<QPushButton>("keepDeleteYes"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QTRY_VERIFY(!QFile::exists(path()));
    QTRY_VERIFY(!remove->isVisible());
    QCOMPARE(filesWith("quetzalcoatl"), QStringList());
    QVERIFY(said("keepWords").startsWith(QStringLiteral("Off: nothing of them is written.")));
}

void KeptAnswersTest::theMouseDeletesAfterItIsAsked()
{
    open();
    switchTo(true);
    QVERIFY(ask());
    open();
    QVERIFY(ask(QStringLiteral("of this run")));
    QCOMPARE(list()->count(), 2);
    click("keepDelete");
    QVERIFY(!find<QWidget>("keepDelete")->isVisible());
    QCOMPARE(said("keepSure"), QStringLiteral("2 answers will be deleted from this machine for good."));
    click("keepDeleteNo");
    QVERIFY(find<QWidget>("keepDelete")->isVisible());
    QCOMPARE(bytes().count('\n'), 2);
    click("keepDelete");
    click("keepDeleteYes");
    QTRY_VERIFY(!QFile::exists(path()));
    QTRY_COMPARE(list()->count(), 1); // what this run asked is in memory still
    QVERIFY(ask()); // it is on, so what comes now is kept
    QCOMPARE(bytes().count('\n'), 1);
}

void KeptAnswersTest::settingsAndHistoryShowTheSame()
{
    open();
    m_window->showPage(MainWindow::Settings);
    auto *settings = m_window->findChild<SettingsPage *>();
    auto *box = settings->findChild<QCheckBox *>(QStringLiteral("keepAnswers"));
    QVERIFY(box && !box->isChecked());
    QCOMPARE(box->text(), QStringLiteral("Keep prompts and answers on this machine"));
    box->setFocus();
    QTest::keyClick(box, Qt::Key_Space);
    QVERIFY(m_keeper->isOn() && keepBox()->isChecked());
    showHistory();
    switchTo(false);
    QVERIFY(!box->isChecked());
    open();
    QVERIFY(!keepBox()->isChecked());
}

void KeptAnswersTest::noKeyIsInTheFile()
{
    qputenv("KEPT_KEY", "zq-the-key-of-this-test");
    m_configuration.providers.first().keyReference = QStringLiteral("env:KEPT_KEY");
    m_engine->apply(m_configuration);
    open();
    switchTo(true);
    QVERIFY(ask(QStringLiteral("Why does zq-the-key-of-this-test not work? Bearer abcdefghijklmnop")));
    qunsetenv("KEPT_KEY");
    QVERIFY(bytes().contains("Why does [key] not work? Bearer [key]"));
    QVERIFY(!bytes().contains("zq-the-key") && !bytes().contains("abcdefghijklmnop"));
    QCOMPARE(filesWith("zq-the-key"), QStringList());
}

void KeptAnswersTest::aFailureAndAStopAreKeptToo()
{
    open();
    switchTo(true);
    const auto play = [this](Fault fault) {
        for (const ProviderConfig &p : m_configuration.providers)
            m_sandbox->setFault(simulatedName(p), {fault, 1.0, {}});
    };
    play(Fault::Silence);
    QSignalSpy finished(m_engine.get(), &EngineClient::callFinished);
    find<QPlainTextEdit>("promptEdit")->setPlainText(QStringLiteral("stopped"));
    click("sendButton");
    click("stopButton");
    QVERIFY(finished.wait(suite::patience));
    QTRY_VERIFY(m_keeper->isAtRest());
    play(Fault::WrongKey);
    QVERIFY(ask(QStringLiteral("refused")));
    open();
    QCOMPARE(list()->count(), 2);
    QVERIFY(list()->item(0)->text().contains(QStringLiteral("failed")));
    QVERIFY(list()->item(1)->text().contains(QStringLiteral("stopped")));
    list()->setCurrentRow(0);
    click("sessionShow");
    auto *dialog = m_window->findChild<AnswerDialog *>();
    QVERIFY(dialog);
    QVERIFY(dialog->findChild<QLabel *>(QStringLiteral("answerError"))->isVisible());
    QVERIFY(!dialog->findChild<QPushButton *>(QStringLiteral("answerCopy"))->isEnabled());
    QTest::keyClick(dialog, Qt::Key_Escape);
    QTRY_VERIFY(!m_window->findChild<AnswerDialog *>());
}

void KeptAnswersTest::afreshNothingIsReadOrWritten()
{
    open();
    switchTo(true);
    QVERIFY(ask());
    const QByteArray before = bytes();
    open(AnswerKeeper::Start::Fresh);
    QVERIFY(!keepBox()->isEnabled() && !keepBox()->isChecked());
    QVERIFY(said("keepWords").contains(QStringLiteral("started afresh")));
    QCOMPARE(list()->count(), 0);
    QVERIFY(!find<QWidget>("keepDelete")->isVisible());
    QVERIFY(ask(QStringLiteral("afresh")));
    QCOMPARE(bytes(), before);
    open(); // the switch is as it was
    QVERIFY(keepBox()->isChecked());
    QCOMPARE(list()->count(), 1);
}

void KeptAnswersTest::withoutAFolderThereIsNoSwitchingOn()
{
    AnswerKeeper keeper{QString()};
    QVERIFY(keeper.refusal().contains(QStringLiteral("XDG_DATA_HOME")));
    keeper.setOn(true);
    QVERIFY(!keeper.isOn() && keeper.isAtRest());
}

void KeptAnswersTest::whatIsNotOursIsLeftAloneAndSaid()
{
    write("Dear diary\n");
    open();
    switchTo(true);
    QTRY_VERIFY(said("keepProblem").contains(QStringLiteral("left as it is")));
    QVERIFY(said("keepProblem").contains(path()));
    QVERIFY(ask());
    QCOMPARE(bytes(), QByteArray("Dear diary\n"));
    QVERIFY(find<QLabel>("keepProblem")->isVisible());
    QVERIFY(QFile::remove(path()));
    QVERIFY(ask()); // moved away: it goes on by itself
    QCOMPARE(bytes().count('\n'), 1);
    QVERIFY(!find<QLabel>("keepProblem")->isVisible());
}

void KeptAnswersTest::damagedLinesAreSaidAndTheRestIsShown()
{
    open();
    switchTo(true);
    QVERIFY(ask());
    QByteArray newer = bytes();
    newer.replace("\"version\":1", "\"version\":9");
    write(bytes() + "{half\n" + newer);
    const QByteArray before = bytes();
    open();
    QCOMPARE(list()->count(), 1);
    QTRY_VERIFY(said("keepProblem").contains(QStringLiteral("cannot be read")));
    QVERIFY(said("keepProblem").contains(QStringLiteral("A newer version wrote")));
    QVERIFY(ask());
    QCOMPARE(bytes(), before);
    QCOMPARE(find<QPushButton>("keepDelete")->text(), QStringLiteral("Delete what is kept (3)"));
}

void KeptAnswersTest::whatCouldNotBeWrittenIsWrittenWithTheNext()
{
    QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("answers.jsonl")));
    open();
    switchTo(true);
    QVERIFY(ask(QStringLiteral("ahuacatl")));
    QTRY_VERIFY(said("keepProblem").contains(QStringLiteral("could not be written")));
    QVERIFY(QDir(m_folder->path()).rmdir(QStringLiteral("answers.jsonl")));
    QVERIFY(ask(QStringLiteral("cacahuatl")));
    QCOMPARE(bytes().count('\n'), 2);
    QVERIFY(bytes().indexOf("ahuacatl") < bytes().indexOf("cacahuatl"));
    QVERIFY(!find<QLabel>("keepProblem")->isVisible());
}

void KeptAnswersTest::whatWasDeletedIsNotWrittenLater()
{
    QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("answers.jsonl")));
    open();
    switchTo(true);
    QVERIFY(ask(QStringLiteral("ahuacatl")));
    switchTo(false);
    QVERIFY(QDir(m_folder->path()).rmdir(QStringLiteral("answers.jsonl")));
    switchTo(true);
    QVERIFY(ask(QStringLiteral("cacahuatl")));
    QCOMPARE(bytes().count('\n'), 1);
    QVERIFY(!bytes().contains("ahuacatl"));
}

/// As another program does it: nothing but the files is common to them.
void KeptAnswersTest::switchedOffInAnotherWindowThisOneStops()
{
    open();
    AnswerKeeper other(path());
    QTRY_VERIFY(other.isAtRest());
    switchTo(true);
    QTRY_VERIFY_WITH_TIMEOUT(other.isOn(), suite::patience);
    QVERIFY(ask());
    other.setOn(false);
    QTRY_VERIFY_WITH_TIMEOUT(!keepBox()->isChecked() && !m_keeper->isOn(), suite::patience);
    QVERIFY(said("keepWords").startsWith(QStringLiteral("Off: nothing more is written.")));
    QVERIFY(ask(QStringLiteral("cacahuatl")));
    QCOMPARE(bytes().count('\n'), 1);
    QVERIFY(!bytes().contains("cacahuatl"));
    other.setOn(true);
    QTRY_VERIFY_WITH_TIMEOUT(keepBox()->isChecked(), suite::patience);
    QVERIFY(ask());
    QCOMPARE(bytes().count('\n'), 2);
    QCOMPARE(list()->count(), 3); // nothing twice, and what was not kept is in memory still
}

void KeptAnswersTest::switchedOffElsewhereItStopsBeforeItHears()
{
    AnswerKeeper keeper(path());
    keeper.setOn(true);
    QTRY_VERIFY(keeper.isAtRest());
    QVERIFY(AnswerSwitch(path()).turn(false, SystemClock().now()));
    const SessionEntry entry = keptEntry(1);
    QVERIFY(keeper.isOn()); // no event was handled since
    keeper.keep(entry, {});
    QTRY_VERIFY_WITH_TIMEOUT(keeper.isAtRest() && !keeper.isOn(), suite::patience);
    QVERIFY(!QFile::exists(path()));
    QCOMPARE(keeper.problem(), QString());
}

void KeptAnswersTest::afterTheClockWasSetBackAllIsKept()
{
    AnswerKeeper keeper(path());
    keeper.setOn(true);
    SessionEntry entry = keptEntry(1);
    entry.at = SystemClock().wallNow() - 1h; // as the clock says now
    keeper.keep(entry, {});
    QTRY_VERIFY_WITH_TIMEOUT(keeper.isAtRest(), suite::patience);
    QCOMPARE(bytes().count('\n'), 1);
    keeper.remove();
    keeper.keep(entry, {});
    QTRY_VERIFY_WITH_TIMEOUT(keeper.isAtRest(), suite::patience);
    QCOMPARE(bytes().count('\n'), 1);
    QCOMPARE(keeper.kept(), std::optional<int>(1));
}

void KeptAnswersTest::deletedInAnotherWindowItStaysDeleted()
{
    QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("answers.jsonl")));
    open();
    switchTo(true);
    QVERIFY(ask(QStringLiteral("ahuacatl"))); // waits to be written
    QVERIFY(QDir(m_folder->path()).rmdir(QStringLiteral("answers.jsonl")));
    AnswerKeeper other(path());
    QTRY_VERIFY(other.isAtRest() && other.isOn());
    other.remove();
    QTRY_VERIFY(other.isAtRest());
    QVERIFY(ask(QStringLiteral("cacahuatl")));
    QCOMPARE(bytes().count('\n'), 1);
    QVERIFY(!bytes().contains("ahuacatl"));
    open(); // its history is of the file
    QCOMPARE(list()->count(), 1);
    other.remove();
    QTRY_COMPARE_WITH_TIMEOUT(list()->count(), 0, suite::patience);
    QTRY_VERIFY_WITH_TIMEOUT(!find<QWidget>("keepDelete")->isVisible(), suite::patience);
}

void KeptAnswersTest::whereOthersCannotBeToldThatIsSaid()
{
    open();
    switchTo(true);
    QTRY_VERIFY(m_keeper->isAtRest());
    const QString file = AnswerSwitch::pathFor(path());
    QVERIFY(QFile::remove(file) && QDir().mkdir(file));
    m_keeper->setOn(false); // before it hears that the file is gone
    QTRY_VERIFY_WITH_TIMEOUT(said("keepProblem").contains(QStringLiteral("off in this window alone")), suite::patience);
    QVERIFY(said("keepProblem").contains(file));
    QVERIFY(ask());
    QVERIFY(!QFile::exists(path()));
    switchTo(true);
    QTRY_VERIFY_WITH_TIMEOUT(!m_keeper->isOn() && !keepBox()->isChecked(), suite::patience);
    QVERIFY(said("keepProblem").contains(QStringLiteral("could not be written")));
    QVERIFY(QDir().rmdir(file));
    switchTo(true);
    QTRY_VERIFY(m_keeper->isAtRest());
    QVERIFY(m_keeper->isOn() && said("keepProblem").isEmpty());
}

/// Also of a call that was not answered at its first attempt, and after a restart.
void KeptAnswersTest::itsFiguresAreThoseOfTheLiveLine()
{
    m_sandbox->setSpeed(20ms, 20ms);
    m_sandbox->setFault(simulatedName(m_configuration.providers.first()), {Fault::ServerError, 1.0, {}});
    open();
    switchTo(true);
    QVERIFY(ask(QStringLiteral("Tell me of quetzalcoatl at length.")));
    static const QRegularExpression rate(QStringLiteral("(\\d+) tok/s"));
    const auto kept = [this] {
        list()->setCurrentRow(0);
        click("sessionShow");
        auto *dialog = m_window->findChild<AnswerDialog *>();
        const QString facts = dialog->findChild<QLabel *>(QStringLiteral("answerFacts"))->text();
        delete dialog;
        return rate.match(facts).captured(1);
    };
    auto *live = m_window->findChild<QLabel *>(QStringLiteral("callFacts"));
    QVERIFY(live);
    QTRY_VERIFY(live->text().contains(QStringLiteral("simulated"))); // it is done
    QVERIFY2(live->text().contains(QStringLiteral(" attempts")), qPrintable(live->text()));
    const QString shown = rate.match(live->text()).captured(1);
    QVERIFY2(!shown.isEmpty(), qPrintable(live->text()));
    QCOMPARE(kept(), shown);
    open();
    QCOMPARE(kept(), shown);
}

/// With RETRYSCOPE_PICTURES=FOLDER they are written there.
void KeptAnswersTest::picturesOfEveryState()
{
    const QString folder = suite::pictureFolder();
    open();
    for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_theme->setMode(mode);
        qApp->setStyleSheet(styleSheet(*m_theme));
        for (const QSize &size : suite::pictureSizes({QSize(900, 600), QSize(1280, 800)})) {
            m_window->resize(size);
            const auto grab = [&](const char *state) {
                showHistory();
                QCoreApplication::processEvents();
                QVERIFY(keepBox()->isVisible() && keepBox()->sizeHint().width() <= panel()->width());
                if (!folder.isEmpty())
                    suite::keep(m_window->grab(), QStringLiteral("%1/kept-%2-%3-%4.png")
                                              .arg(folder, QLatin1String(state)).arg(size.width()).arg(int(mode)));
            };
            QTRY_VERIFY(m_keeper->isAtRest());
            grab("off");
            switchTo(true);
            QVERIFY(ask());
            QVERIFY(ask(QStringLiteral("Compare two databases for a small team, in three sentences.")));
            grab("on");
            click("keepDelete");
            grab("sure");
            click("keepDeleteNo");
            list()->setCurrentRow(0);
            click("sessionShow");
            auto *dialog = m_window->findChild<AnswerDialog *>();
            QCoreApplication::processEvents();
            if (!folder.isEmpty())
                suite::keep(dialog->grab(), QStringLiteral("%1/kept-dialog-%2-%3.png").arg(folder).arg(size.width()).arg(int(mode)));
            delete dialog;
            switchTo(false);
            grab("off-kept");
            if (!folder.isEmpty()) {
                m_window->showPage(MainWindow::Settings);
                QCoreApplication::processEvents();
                suite::keep(m_window->grab(), QStringLiteral("%1/kept-settings-%2-%3.png").arg(folder).arg(size.width()).arg(int(mode)));
                showHistory();
            }
            m_keeper->remove();
        }
    }
    qApp->setStyleSheet({});
}

SUITE_TEST(KeptAnswersTest)
#include "tst_keptanswers.moc"
