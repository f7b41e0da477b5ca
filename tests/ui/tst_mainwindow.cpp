// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/systemclock.h"
#include "charts/successchart.h"
#include "engine/localengineclient.h"
#include "health/healthmonitor.h"
#include "mainwindow.h"
#include "support/pictures.h"
#include "support/suite.h"
#include "widgets/attemptwaterfall.h"
#include "widgets/pagestack.h"

#include <QApplication>
#include <QAbstractSpinBox>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTreeView>
#include <QTest>
#include <QTextBrowser>
#include <QtCharts/QLineSeries>
#include <QToolButton>

using namespace retryscope;

/// The real window, engine and sandbox; buttons and keys as a person would press them.
class MainWindowTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void nothingOutlivesItsWindow();
    void sendStreamsAnAnswer();
    void stopEndsASilentCall();
    void editApplyAndRevert();
    void anInvalidFieldCannotBeApplied();
    void altDownChangesThePriority();
    void anOutageShowsOnTheDashboard();
    void isolateAndRelease();
    void faultMenuFollowsTheTable();
    void everyPageInBothThemes();
    void anIncidentLeadsToItsEventsByKeyboard();
    void theChanceOfAnAnswerFollowsTheAttempts();
    void theStatusBarSaysHowTheHistoryIsDoing();

private:
    /// On the page that is seen first: others may have parts of the same names.
    template <typename T> T *find(const char *name)
    {
        T *seen = m_window->findChild<PageStack *>()->currentWidget()->findChild<T *>(QLatin1String(name));
        return seen ? seen : m_window->findChild<T *>(QLatin1String(name));
    }
    void click(const char *name) { QTest::mouseClick(find<QWidget>(name), Qt::LeftButton); }
    void typeAttempts(const char *text)
    {
        auto *field = find<QAbstractSpinBox>("field_max_attempts");
        field->setFocus();
        field->selectAll();
        QTest::keyClicks(field, QLatin1String(text));
    }
    bool sendAndWait()
    {
        QSignalSpy finished(m_client.get(), &EngineClient::callFinished);
        click("sendButton");
        return finished.wait(10'000);
    }
    std::unique_ptr<Sandbox> m_sandbox;
    std::unique_ptr<LocalEngineClient> m_client;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    Configuration m_configuration;
};

void MainWindowTest::init()
{
    m_sandbox = std::make_unique<Sandbox>();
    const auto port = m_sandbox->start();
    QVERIFY(bool(port));
    m_client = std::make_unique<LocalEngineClient>(7);
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_window = std::make_unique<MainWindow>(
        *m_client,
        [this](const ProviderId &id, Fault fault) {
            m_sandbox->setFault(id, {fault, 1.0, {}});
        },
        *m_theme);
    m_configuration = {};
    m_configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*port)));
    m_configuration.retry.baseDelay = 10ms;
    m_client->apply(m_configuration);
    m_window->setConfiguration(m_configuration);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get(), suite::patience));
}

void MainWindowTest::cleanup()
{
    m_window.reset();
    m_client.reset();
    m_sandbox.reset();
}

void MainWindowTest::nothingOutlivesItsWindow()
{
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    const QWidgetList others = QApplication::allWidgets();
    {
        MainWindow window(*m_client, [](const ProviderId &, Fault) {}, *m_theme);
        window.setConfiguration(m_configuration);
        for (int page = 0; page < MainWindow::PageCount; ++page)
            window.showPage(MainWindow::Page(page)); // made, and never seen
    }
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QStringList left;
    for (const QWidget *widget : QApplication::allWidgets()) {
        if (!others.contains(widget))
            left << QLatin1String(widget->metaObject()->className()) + QLatin1Char(' ') + widget->objectName();
    }
    QCOMPARE(left, QStringList());
}

void MainWindowTest::sendStreamsAnAnswer()
{
    m_window->showPage(MainWindow::Test);
    find<QPlainTextEdit>("promptEdit")->setPlainText(QStringLiteral("Greetings"));
    QVERIFY(sendAndWait());
    QVERIFY(find<QTextBrowser>("answerView")->toPlainText().contains(QStringLiteral("Greetings")));
    QVERIFY2(find<QLabel>("callStatus")->text().contains(QStringLiteral("Answered by OpenAI")),
             qPrintable(find<QLabel>("callStatus")->text()));
    QTRY_COMPARE(find<AttemptWaterfall>("attemptWaterfall")->timeline().rows().size(), 1);
}

void MainWindowTest::stopEndsASilentCall()
{
    m_sandbox->setFault(QStringLiteral("openai"), {Fault::Silence, 1.0, {}});
    m_window->showPage(MainWindow::Test);
    QSignalSpy finished(m_client.get(), &EngineClient::callFinished);
    click("sendButton");
    QTRY_COMPARE(m_sandbox->postsReceived(QStringLiteral("openai")), 1);
    QVERIFY(find<QPushButton>("stopButton")->isEnabled());
    click("stopButton");
    QVERIFY(finished.count() == 1 || finished.wait(suite::patience));
    QVERIFY(find<QLabel>("callStatus")->text().contains(QStringLiteral("Stopped by you")));
    QVERIFY(!find<QPushButton>("stopButton")->isEnabled());
}

void MainWindowTest::editApplyAndRevert()
{
    m_window->showPage(MainWindow::Tune);
    QSignalSpy applied(m_window.get(), &MainWindow::configurationApplied);
    QVERIFY(!find<QPushButton>("applyButton")->isEnabled());
    typeAttempts("7");
    click("revertButton");
    QCOMPARE(find<QAbstractSpinBox>("field_max_attempts")->text(), QStringLiteral("4"));
    typeAttempts("6");
    click("applyButton");
    QCOMPARE(applied.count(), 1);
    QCOMPARE(applied[0][0].value<Configuration>().retry.maxAttempts, 6);
    QVERIFY(!find<QPushButton>("applyButton")->isEnabled());
}

void MainWindowTest::anInvalidFieldCannotBeApplied()
{
    m_window->showPage(MainWindow::Tune);
    typeAttempts("99");
    QVERIFY(!find<QPushButton>("applyButton")->isEnabled());
    QVERIFY(find<QLabel>("issuesLabel")->text().contains(QStringLiteral("between 1 and 20")));
}

void MainWindowTest::altDownChangesThePriority()
{
    m_window->showPage(MainWindow::Tune);
    auto *list = find<QListWidget>("priorityList");
    list->setFocus();
    list->setCurrentRow(0);
    QTest::keyClick(list, Qt::Key_Down, Qt::AltModifier);
    QSignalSpy applied(m_window.get(), &MainWindow::configurationApplied);
    click("applyButton");
    QCOMPARE(applied.count(), 1);
    QCOMPARE(applied[0][0].value<Configuration>().providers[0].id, QStringLiteral("anthropic"));
    m_window->showPage(MainWindow::Test);
    QVERIFY(sendAndWait());
    QCOMPARE(m_sandbox->postsReceived(QStringLiteral("anthropic")), 1);
    QCOMPARE(m_sandbox->postsReceived(QStringLiteral("openai")), 0);
}

void MainWindowTest::anOutageShowsOnTheDashboard()
{
    click("outageButton");
    QCOMPARE(m_sandbox->fault(QStringLiteral("openai")), Fault::Outage);
    for (int i = 0; i < 3; ++i) { // each fails over at once
        m_window->showPage(MainWindow::Test);
        QVERIFY(sendAndWait());
    }
    m_window->showPage(MainWindow::Dashboard);
    QTRY_VERIFY(find<QLabel>("state_openai")->text().contains(QStringLiteral("Down")));
    QTRY_VERIFY(find<QLabel>("healthReason")->text().startsWith(QStringLiteral("OpenAI is down since ")));
    QVERIFY(find<QLabel>("state_anthropic")->text().contains(QStringLiteral("Well")));
    click("outageButton");
    QCOMPARE(m_sandbox->fault(QStringLiteral("openai")), Fault::None);
    click("isolate_openai"); // reads Release now
    QTRY_VERIFY(!find<QLabel>("state_openai")->text().contains(QStringLiteral("Down")));
}

void MainWindowTest::isolateAndRelease()
{
    click("isolate_openai");
    QTRY_VERIFY(find<QLabel>("state_openai")->text().contains(QStringLiteral("Isolated")));
    m_window->showPage(MainWindow::Test);
    QVERIFY(sendAndWait());
    QCOMPARE(m_sandbox->postsReceived(QStringLiteral("openai")), 0);
    m_window->showPage(MainWindow::Dashboard);
    click("isolate_openai");
    QTRY_VERIFY(find<QLabel>("state_openai")->text().contains(QStringLiteral("Unproven")));
}

void MainWindowTest::faultMenuFollowsTheTable()
{
    const auto actions = find<QToolButton>("faultMenu_mistral")->menu()->actions();
    QCOMPARE(actions.size(), faultTable().size());
    actions[int(Fault::Overloaded)]->trigger();
    QCOMPARE(m_sandbox->fault(QStringLiteral("mistral")), Fault::Overloaded);
}

void MainWindowTest::everyPageInBothThemes()
{
    for (const QSize size : {QSize(1280, 800), QSize(900, 600)}) {
        m_window->resize(size);
        QTest::qWait(50);
        QVector<QImage> pictures;
        for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
            m_theme->setMode(mode);
            for (int page = 0; page < MainWindow::PageCount; ++page) {
                m_window->showPage(page);
                const QImage picture = m_window->grab().toImage();
                QCOMPARE(picture.size(), m_window->size());
                for (const QImage &other : pictures)
                    QVERIFY(other != picture);
                pictures.append(picture);
                const QString folder = suite::pictureFolder();
                QVERIFY(suite::keep(picture, QStringLiteral("%1/%2-%3-%4.png")
                                         .arg(folder)
                                         .arg(size.width())
                                         .arg(mode == ThemeMode::Dark ? 1 : 0)
                                         .arg(page)));
            }
        }
    }
}

void MainWindowTest::anIncidentLeadsToItsEventsByKeyboard()
{
    Events events;
    for (quint64 i = 1; i <= 6; ++i) {
        Event e;
        e.seq = i;
        e.kind = EventKind::AttemptFinished;
        e.at = SystemClock().now();
        e.wall = SystemClock().wallNow();
        e.call = CallId{900 + i};
        e.attempt = 1;
        e.provider = i == 6 ? QStringLiteral("mistral") : QStringLiteral("openai");
        e.reason = i == 6 ? RetryReason::None : RetryReason::ServerError;
        e.simulated = true;
        e.health = traits(e.reason).health;
        events.append(e);
    }
    HealthMonitor judge; // as the engine does: the events, then what they mean
    for (const Event &e : std::as_const(events))
        judge.onEvent(e);
    emit m_client->eventsArrived(events);
    emit m_client->healthUpdated(judge.take());
    QVERIFY(!find<QFrame>("noticeCard")->isVisible()); // it covers no chart
    QVERIFY2(find<QLabel>("noticeLine")->text().contains(QStringLiteral("1 notice: OpenAI: server error (simulated)")),
             qPrintable(find<QLabel>("noticeLine")->text()));
    QTest::keyClick(m_window.get(), Qt::Key_M, Qt::ControlModifier);
    QVERIFY(find<QLabel>("muteStatus")->text().startsWith(QStringLiteral("Muted until ")));
    emit find<QLabel>("muteStatus")->linkActivated(QStringLiteral("unmute"));
    QVERIFY(!find<QLabel>("muteStatus")->isVisible());
    QTest::keyClick(m_window.get(), Qt::Key_F6);
    QVERIFY(find<QFrame>("noticeCard")->isVisible());
    find<QPushButton>("noticeShow")->setFocus();
    QTest::keyClick(find<QPushButton>("noticeShow"), Qt::Key_Space);
    QVERIFY(find<QLabel>("incidentTitle")->isVisible());
    QTest::keyClick(m_window.get(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(QGuiApplication::clipboard()->text().startsWith(
        QStringLiteral("## Incident 1: OpenAI, server error (simulated)")));
    find<QToolButton>("incidentEvents")->setFocus();
    QTest::keyClick(find<QToolButton>("incidentEvents"), Qt::Key_Space);
    QCOMPARE(find<QTreeView>("callsTable")->model()->rowCount(), 5);
    QTest::keyClick(m_window.get(), Qt::Key_F, Qt::ControlModifier);
    QTRY_VERIFY(find<QLineEdit>("findEdit")->hasFocus());
    QTest::keyClicks(find<QLineEdit>("findEdit"), QStringLiteral("server error"));
    QTest::keyClick(m_window.get(), Qt::Key_F3);
    QTRY_COMPARE(find<QTreeView>("callsTable")->currentIndex().row(), 0);
    QTest::keyClick(m_window.get(), Qt::Key_F3, Qt::ShiftModifier);
    QTRY_COMPARE(find<QTreeView>("callsTable")->currentIndex().row(), 4);
    m_window->resize(900, 600); // the least that is promised
    QCOMPARE(m_window->size(), QSize(900, 600));
    const QString folder = suite::pictureFolder();
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_theme->setMode(mode);
        for (const int page : {int(MainWindow::EventLog), int(MainWindow::Incidents)}) {
            m_window->showPage(page);
            QTest::qWait(50);
            QVERIFY(suite::keep(m_window->grab(), QStringLiteral("%1/least-%2-%3.png").arg(folder).arg(page).arg(int(mode))));
        }
    }
}

void MainWindowTest::theChanceOfAnAnswerFollowsTheAttempts()
{
    m_window->showPage(MainWindow::Tune);
    typeAttempts("3");
    const auto *chart = m_window->findChild<SuccessChart *>();
    QTRY_COMPARE(chart->accessibleDescription(),
                 QStringLiteral("After 3 attempts: 10 % fail: 99.90 %, 30 % fail: 97.30 %, 50 % fail: 87.50 %."));
    const auto series = chart->chart()->series();
    QCOMPARE(series.size(), 3);
    QCOMPARE(qobject_cast<QLineSeries *>(series[2])->points(), (QList<QPointF>{{1, 50.0}, {2, 75.0}, {3, 87.5}}));
}

void MainWindowTest::theStatusBarSaysHowTheHistoryIsDoing()
{
    const auto said = [this] { return find<QLabel>("historyStatus")->text().trimmed(); };
    m_window->showHistory(
        {HistoryStatus::State::Ok, QStringLiteral("sqlite"), QStringLiteral("/x/history.sqlite"), {}, 0});
    QCOMPARE(said(), QStringLiteral("History is kept"));
    m_window->showHistory({HistoryStatus::State::Degraded, QStringLiteral("sqlite"),
                           QStringLiteral("/x/history.sqlite"), QStringLiteral("The disk is full."), 1200});
    QCOMPARE(said(), QStringLiteral("⚠ History cannot be written; calls go on · %1 events not written")
                         .arg(QLocale().toString(1200)));
    QVERIFY(find<QLabel>("historyStatus")->toolTip().contains(QStringLiteral("The disk is full.")));
    m_window->showHistory({HistoryStatus::State::Degraded, {}, {}, {}, 1});
    QVERIFY2(said().endsWith(QStringLiteral("· 1 event not written")), qPrintable(said()));
    m_window->showHistory({HistoryStatus::State::Off, {}, {}, {}, 0});
    QCOMPARE(said(), QStringLiteral("History is off"));
}

SUITE_MAIN(MainWindowTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication app(argc, argv);
    MainWindowTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_mainwindow.moc"
