// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/remoteengineclient.h"
#include "following.h"
#include "mainwindow.h"
#include "models/chartmodel.h"
#include "notices/noticecenter.h"
#include "support/cutwire.h"
#include "support/gatewayrig.h"
#include "support/suite.h"

#include <QDirIterator>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QStatusBar>
#include <QTemporaryDir>

using namespace retryscope;

/// The real window on a real gateway that it follows over a wire that can be cut.
class FollowingTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void itSaysWhatItFollows();
    void nothingIsWellWhileNothingIsHeard();
    void cardsCommandTheGateway();
    void whatItCannotDoIsSaid();
    void repeatsOfAnSdkAreWarnedOf();
    void anotherGatewayIsAskedForWithItsToken();
    void theProgramFollowsAndKeepsNothing();
    void theProgramSaysWhatItCannotFollow();

private:
    QString text(const char *name) const
    {
        const auto *label = m_window->findChild<QLabel *>(QLatin1String(name));
        return label ? label->text() : QString();
    }
    Got call(const QByteArray &more = {})
    {
        return m_rig->ask(GatewayRig::post(
            "/v1/chat/completions", R"({"model":"a-model","messages":[{"role":"user","content":"Hello"}]})", more));
    }
    std::unique_ptr<RawServer> m_server;
    std::unique_ptr<GatewayRig> m_rig;
    std::unique_ptr<CutWire> m_wire;
    std::unique_ptr<RemoteEngineClient> m_engine;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
};

void FollowingTest::init()
{
    m_server = std::make_unique<RawServer>();
    m_server->answer = [](QTcpSocket *socket, int) {
        RawServer::reply(
            socket,
            R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]})");
    };
    m_rig = std::make_unique<GatewayRig>();
    m_rig->add(QStringLiteral("a"), *m_server).name = QStringLiteral("First");
    ProviderConfig &second = m_rig->add(QStringLiteral("b"), *m_server);
    second.name = QStringLiteral("Second");
    second.simulated = true;
    m_rig->start();
    m_wire = std::make_unique<CutWire>();
    m_wire->to = m_rig->port;
    m_engine = std::make_unique<RemoteEngineClient>(
        FollowOptions{.url = m_wire->url(), .token = GatewayRig::token, .firstWait = 30ms, .longestWait = 100ms});
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_window = std::make_unique<MainWindow>(*m_engine, FaultControl(), *m_theme);
    showFollowed(*m_engine, *m_window, QStringLiteral("/x/token"));
    m_engine->follow();
    m_window->show();
    QTRY_COMPARE(m_window->state().providers().size(), 2U);
    QTRY_VERIFY(!m_window->state().health().lostSince);
}

void FollowingTest::cleanup()
{
    m_window.reset();
    m_engine.reset();
    m_wire.reset();
    m_rig.reset();
}

void FollowingTest::itSaysWhatItFollows()
{
    const QString url = m_wire->url().toString();
    QTRY_COMPARE(text("followingStatus").trimmed(), QStringLiteral("Following %1: connected").arg(url));
    QVERIFY(m_window->windowTitle().contains(url));
    for (int i = 0; i < 5; ++i)
        QCOMPARE(call().status, 200);
    QTRY_COMPARE(m_window->state().calls(), 5ULL);
    QTRY_COMPARE(text("healthSentence"), QStringLiteral("100 % of calls served"));
    QCOMPARE(m_window->state().provider(QStringLiteral("a"))->name, QStringLiteral("First"));
    QVERIFY(m_window->findChild<QLabel *>(QStringLiteral("historyStatus"))
                ->toolTip()
                .contains(QLatin1String("not written")));
}

void FollowingTest::nothingIsWellWhileNothingIsHeard()
{
    call();
    QTRY_COMPARE(m_window->state().provider(QStringLiteral("a"))->state, ProviderState::Well);
    m_wire->cutFor(0);
    QTRY_COMPARE(text("healthSentence"), QStringLiteral("Not connected"));
    QTRY_VERIFY(text("followingStatus").contains(QLatin1String("not connected since")));
    for (const ProviderReport &p : m_window->state().providers())
        QCOMPARE(p.state, ProviderState::Unproven);
    QTRY_VERIFY(m_window->notices().find(QStringLiteral("following")));
    const WallTime lost = *m_window->state().health().lostSince;
    QTest::qWait(2100); // charts count in seconds
    const auto second = [lost](int n) { return lost + std::chrono::seconds(n); };
    QVERIFY(!m_window->state().series().watched(second(0), second(1)));
    QVERIFY(m_window->state().series().watched(second(-1), second(0)));
    call(); // while nobody hears it
    m_wire->to = m_rig->port;
    QTRY_COMPARE(m_window->state().calls(), 2ULL);
    QTRY_VERIFY(text("followingStatus").endsWith(QLatin1String("connected "))
                && !text("followingStatus").contains(QLatin1String("since")));
    QVERIFY(!m_window->notices().find(QStringLiteral("following")));
    QVERIFY(m_window->state().series().watched(second(0), second(1))); // everything came in the end
    QCOMPARE(m_window->state().dropped(), 0ULL);
}

void FollowingTest::cardsCommandTheGateway()
{
    const auto run = [this](const QString &title) {
        for (const Command &command : m_window->commands()) {
            if (command.title == title)
                return command.run();
        }
        QFAIL(qPrintable(title));
    };
    run(QStringLiteral("Isolate Second"));
    QTRY_COMPARE(m_rig->health.snapshot().provider(QStringLiteral("b"))->state, ProviderState::Isolated);
    QTRY_COMPARE(m_window->state().provider(QStringLiteral("b"))->state, ProviderState::Isolated);
    run(QStringLiteral("Release Second"));
    QTRY_VERIFY(m_window->state().provider(QStringLiteral("b"))->state != ProviderState::Isolated);
    QVERIFY(!m_window->notices().find(QStringLiteral("refused")));
    m_wire->cutFor(0);
    QTRY_VERIFY(m_window->state().health().lostSince);
    run(QStringLiteral("Isolate Second"));
    QTRY_VERIFY(m_window->notices().find(QStringLiteral("refused")));
    QVERIFY(m_window->notices().find(QStringLiteral("refused"))->text.contains(QLatin1String("not connected")));
    QVERIFY(m_rig->health.snapshot().provider(QStringLiteral("b"))->state != ProviderState::Isolated);
}

void FollowingTest::whatItCannotDoIsSaid()
{
    m_window->makePages();
    QVERIFY(!m_window->findChild<QPushButton *>(QStringLiteral("sendButton")));
    QVERIFY(!m_window->findChild<QPushButton *>(QStringLiteral("gatewaySwitch")));
    QVERIFY(m_window->state().simulated() && !m_window->findChild<QWidget *>(QStringLiteral("faultMenu_b")));
    for (const Command &command : m_window->commands())
        QVERIFY2(!command.title.startsWith(QLatin1String("Fault of")), qPrintable(command.title));
    const auto pages = m_window->findChildren<QWidget *>(QStringLiteral("refusalPage"));
    QCOMPARE(pages.size(), 6); // Test, Tune, What if, Crash test, Providers, Batch
    QStringList said;
    for (const QWidget *page : pages) {
        for (const QLabel *label : page->findChildren<QLabel *>())
            said << label->text();
    }
    QVERIFY(said.contains(m_engine->refusal(EngineClient::Request::Send)));
    QVERIFY(said.contains(m_engine->refusal(EngineClient::Request::Apply)));
    for (int page = 0; page < MainWindow::PageCount; ++page)
        m_window->showPage(page);
    QTest::keyClick(m_window.get(), Qt::Key_F, Qt::ControlModifier);
}

void FollowingTest::repeatsOfAnSdkAreWarnedOf()
{
    m_window->showPage(MainWindow::Gateway);
    call();
    QTRY_COMPARE(m_window->state().calls(), 1ULL);
    QVERIFY(!m_window->notices().find(QStringLiteral("layers")));
    auto *advice = m_window->findChild<QLabel *>(QStringLiteral("gatewayAdvice"));
    QVERIFY(advice->isHidden());
    for (int i = 0; i < 3; ++i)
        call("x-stainless-retry-count: " + QByteArray::number(i) + "\r\n");
    QTRY_COMPARE(m_window->state().calls(), 4ULL);
    quint64 recounted = 0;
    for (const Event &e : m_rig->events)
        recounted += e.kind == EventKind::CallSubmitted && e.callerRepeat > 0;
    QCOMPARE(recounted, 2ULL);
    QTRY_COMPARE(m_window->state().health().calls.callerRepeats, recounted);
    QTRY_VERIFY(m_window->notices().find(QStringLiteral("layers")));
    const QString said = m_window->notices().find(QStringLiteral("layers"))->text;
    QVERIFY2(said.contains(QLatin1String("2 calls")) && said.contains(QLatin1String("max_retries")), qPrintable(said));
    QVERIFY(!advice->isHidden() && advice->text().contains(said));
    m_window->notices().close(QStringLiteral("layers")); // and it stays closed
    call("x-stainless-retry-count: 1\r\n");
    QTRY_VERIFY(advice->text().contains(QLatin1String("3 calls")));
    QVERIFY(!m_window->notices().find(QStringLiteral("layers")));
}

void FollowingTest::anotherGatewayIsAskedForWithItsToken()
{
    m_window->showPage(MainWindow::Gateway);
    auto *url = m_window->findChild<QLineEdit *>(QStringLiteral("followUrl"));
    auto *token = m_window->findChild<QLineEdit *>(QStringLiteral("followToken"));
    auto *button = m_window->findChild<QPushButton *>(QStringLiteral("followButton"));
    QSignalSpy asked(m_window.get(), &MainWindow::gatewayFollowRequested);
    QCOMPARE(token->echoMode(), QLineEdit::Password);
    url->setText(QStringLiteral("http://gateway.example.org:4180"));
    QTest::mouseClick(button, Qt::LeftButton);
    QVERIFY(text("followState").contains(QLatin1String("https")));
    url->setText(QStringLiteral("https://gateway.example.org:4180"));
    QTest::mouseClick(button, Qt::LeftButton);
    QVERIFY(text("followState").contains(QLatin1String("Give the token")));
    QCOMPARE(asked.size(), 0);
    token->setText(QStringLiteral("rs-a-token-of-another"));
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked[0][0].toString(), QStringLiteral("https://gateway.example.org:4180"));
    QCOMPARE(asked[0][1].toString(), QStringLiteral("rs-a-token-of-another"));
    QVERIFY(token->text().isEmpty());
    QVERIFY(!text("followState").contains(QLatin1String("rs-a-token")));
}

/// The exit code of the desktop program, while this thread goes on serving.
static int runDesktop(const QStringList &arguments, const QString &home, const QByteArray &token, QString *said)
{
    QProcess program;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("HOME"), home);
    environment.insert(QStringLiteral("XDG_DATA_HOME"), home + QStringLiteral("/data"));
    environment.insert(QStringLiteral("XDG_CONFIG_HOME"), home + QStringLiteral("/config"));
    environment.remove(QStringLiteral("RETRYSCOPE_TOKEN"));
    if (!token.isEmpty())
        environment.insert(QStringLiteral("RETRYSCOPE_TOKEN"), QString::fromLatin1(token));
    program.setProcessEnvironment(environment);
    program.start(QStringLiteral(DESKTOP_BINARY), arguments);
    const bool ended = QTest::qWaitFor([&] { return program.state() == QProcess::NotRunning; }, 60'000);
    *said = QString::fromUtf8(program.readAllStandardError());
    return ended ? program.exitCode() : -1;
}

void FollowingTest::theProgramFollowsAndKeepsNothing()
{
    const QTemporaryDir home;
    QString said;
    const int before = m_wire->connections;
    const int code = runDesktop({QStringLiteral("--follow"), m_wire->url().toString(), QStringLiteral("--grab"),
                                 home.filePath(QStringLiteral("pictures")), QStringLiteral("--grab-states"), QStringLiteral("start"),
                                 QStringLiteral("--grab-pages"), QStringLiteral("dashboard"), QStringLiteral("--grab-themes"),
                                 QStringLiteral("light")},
                                home.path(), GatewayRig::token, &said);
    QVERIFY2(code == 0, qPrintable(said));
    QVERIFY(m_wire->connections > before);
    QCOMPARE(QDir(home.filePath(QStringLiteral("pictures"))).entryList(QDir::Files).size(), 1);
    QDirIterator kept(home.filePath(QStringLiteral("data")), QDir::Files, QDirIterator::Subdirectories);
    QVERIFY2(!kept.hasNext(), qPrintable(kept.next()));
    QDirIterator settings(home.filePath(QStringLiteral("config")), QDir::Files, QDirIterator::Subdirectories);
    while (settings.hasNext()) {
        QFile file(settings.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(!file.readAll().contains(GatewayRig::token));
    }
}

void FollowingTest::theProgramSaysWhatItCannotFollow()
{
    const QTemporaryDir home;
    const auto refused = [&home](const QString &url, const QByteArray &token) {
        QString said;
        return runDesktop({QStringLiteral("--follow"), url}, home.path(), token, &said) == 2 ? said : QString();
    };
    QVERIFY(refused(QStringLiteral("http://gateway.example.org:4180"), GatewayRig::token).contains(QLatin1String("https")));
    QVERIFY(refused(QStringLiteral("https://gateway.example.org"), {}).contains(QLatin1String("--token-file")));
    QVERIFY(refused(QStringLiteral("http://127.0.0.1:4180"), {}).contains(QLatin1String("There is no token in")));
    QVERIFY(refused(QStringLiteral("http://127.0.0.1:4180"), "short").contains(QLatin1String("RETRYSCOPE_TOKEN")));
}

SUITE_TEST(FollowingTest)
#include "tst_following.moc"
