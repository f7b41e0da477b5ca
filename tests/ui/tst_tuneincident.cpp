// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/systemclock.h"
#include "charts/forecasttable.h"
#include "mainwindow.h"
#include "pages/incidentreplaypanel.h"
#include "pages/tunepage.h"
#include "support/fakeengine.h"
#include "support/historysamples.h"
#include "support/incidentstory.h"
#include "support/pictures.h"
#include "support/suite.h"
#include "words/localtime.h"

#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QProcess>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollBar>
#include <QSet>
#include <QSqlDatabase>
#include <QTcpServer>
#include <QTcpSocket>
#include <QThreadPool>
#include <QTemporaryDir>
#include <QToolButton>

using namespace retryscope;

/// The last incident under the draft, on the Tune page of the real window: read from a history that the test wrote,
/// played with the draft and with what is in force; the numbers are those of the command line.
class TuneIncidentTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void theNumbersAreTheCommandLines();
    void providersAndTimesAreToldAsEverywhere();
    void anEditIsPlayedAnew();
    void realAndSimulatedIncidentsAreChosen();
    void anOlderIncidentIsChosenByKeys();
    void whatThereIsNotIsSaid_data();
    void whatThereIsNotIsSaid();
    void stoppedItSaysSo();
    void unseenItRests();
    void theMenuLeadsThere();
    void everyControlIsNamedAndReachedByTab();
    void smallWindowsFit();
    void theWindowClosesInMidPlay();
    void theWindowClosesWhileAServerIsSilent();
    void pictures();

private:
    TunePage &page() { return m_window->tunePage(); }
    IncidentReplayPanel &panel() { return page().incidentPanel(); }
    template <typename T = QWidget> T *find(const char *name) { return page().findChild<T *>(QLatin1String(name)); }
    QString text(const char *name) { return find<QLabel>(name)->text(); }
    void click(const char *name)
    {
        QWidget *w = find(name);
        QVERIFY2(w && w->isVisible() && w->isEnabled(), name);
        QTest::mouseClick(w, Qt::LeftButton);
    }
    WallTime anHourAgo() const
    {
        return std::chrono::time_point_cast<std::chrono::seconds>(SystemClock().wallNow()) - 1h;
    }
    IncidentStory story() const
    {
        IncidentStory one;
        one.start = anHourAgo();
        one.served = false;
        one.first = QStringLiteral("openai");
        one.second = QStringLiteral("anthropic");
        return one;
    }
    QString historyFile() const { return m_folder->filePath(QStringLiteral("past.sqlite")); }
    bool keep(const QVector<IncidentStory> &stories)
    {
        HistoryLocation location;
        location.file = historyFile();
        return keepStories(location, stories);
    }
    /// The draft repeats; what is in force does not.
    void edit(int attempts)
    {
        Configuration draft = m_configuration;
        draft.retry.maxAttempts = attempts;
        draft.retry.attemptsPerProvider = attempts;
        m_window->configurationDraft().setDraft(draft);
    }
    void waitUntilPlayed()
    {
        QTRY_VERIFY_WITH_TIMEOUT(panel().state() == IncidentReplayState::Complete, suite::patience);
        QCOMPARE(panel().job().played(), IncidentReplayPanel::times);
    }
    QString write(const char *name, const Configuration &configuration)
    {
        QFile file(m_folder->filePath(QLatin1String(name)));
        return file.open(QIODevice::WriteOnly) && file.write(toJson(configuration)) > 0 ? file.fileName() : QString();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<FakeEngine> m_engine;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    Configuration m_configuration;
};

void TuneIncidentTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_configuration = {};
    m_configuration.history = QStringLiteral("sqlite:") + historyFile();
    m_configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:0"))).mid(0, 2);
    m_configuration.retry.maxAttempts = 1;
    m_configuration.retry.attemptsPerProvider = 1;
    m_engine = std::make_unique<FakeEngine>();
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_window = std::make_unique<MainWindow>(
        *m_engine, [](const ProviderId &, Fault) {}, *m_theme);
    m_window->setConfiguration(m_configuration);
    m_window->showPage(MainWindow::Tune);
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void TuneIncidentTest::cleanup()
{
    m_window.reset();
    m_theme.reset();
    m_engine.reset();
}

void TuneIncidentTest::theNumbersAreTheCommandLines()
{
    QVERIFY(keep({story()}));
    edit(4);
    click("viewIncident");
    waitUntilPlayed();
    QProcess program;
    const QStringList arguments{QStringLiteral("replay"), QStringLiteral("--incident"), QStringLiteral("last"),
                                QStringLiteral("--history"), write("running.json", m_configuration),
                                QStringLiteral("--config"), write("draft.json", page().draft()),
                                QStringLiteral("--against"), write("running.json", m_configuration)};
    const auto run = [&](const QStringList &more) {
        program.start(QStringLiteral(CLI_BINARY), arguments + more);
        return program.waitForFinished(240'000) ? program.readAllStandardOutput() : QByteArray();
    };
    const QJsonObject said = QJsonDocument::fromJson(run({QStringLiteral("--json")})).object();
    const StudyResult &mine = *panel().job().result();
    for (const Measure measure : incidentMeasures) {
        for (int p = 0; p < 2; ++p) {
            const QJsonObject value = said["policies"][p]["measures"][toKey(measure)].toObject();
            const auto own = mine.of(p, measure);
            QCOMPARE(value.contains("mean"), own.has_value());
            if (own)
                QVERIFY(value["mean"].toDouble(-1) == own->mean); // to the last digit, which QCOMPARE does not ask for
            if (own && own->halfWidth)
                QVERIFY(value["half_width_95"].toDouble(-1) == *own->halfWidth);
        }
    }
    QVERIFY(mine.difference(0, 1, Measure::Success)->mean > 0.03); // until the circuit opens
    const QString words = QString::fromUtf8(run({}));
    const QString sentence =
        text("incidentSentence").replace(QStringLiteral("the configuration in force"), arguments.last());
    QVERIFY2(words.contains(sentence), qPrintable(words + sentence));
    QVERIFY2(words.contains(incidentStory(*panel().job().record())), qPrintable(words));
    for (const char *name : {"incidentWas", "incidentStatus"})
        QVERIFY2(words.contains(text(name)), qPrintable(words + QLatin1Char('\n') + text(name)));
    QVERIFY2(text("incidentSentence").contains(QStringLiteral("more calls are answered")),
             qPrintable(text("incidentSentence")));
    QString doubts = words.mid(words.indexOf(sentence) + sentence.size()).simplified();
    QCOMPARE(doubts, text("incidentDoubts"));
    QVERIFY2(text("incidentStory").contains(QStringLiteral("20 calls affected (20 failed, 0 rerouted, 0 delayed)")),
             qPrintable(text("incidentStory")));
}

/// By the name that it has, or had last, and by the clock on the wall.
void TuneIncidentTest::providersAndTimesAreToldAsEverywhere()
{
    QVERIFY(keep({story()}));
    click("viewIncident");
    waitUntilPlayed();
    const Incident incident = panel().job().record()->of.incident;
    const QString name = m_configuration.providers.first().name;
    QVERIFY(name != incident.provider);
    const QString clock = localTime(incident.started).toString(QStringLiteral("d MMM HH:mm:ss"));
    const auto tells = [&](const QString &text, const QString &known) {
        return text.startsWith(known + QStringLiteral(": ")) && text.contains(clock)
               && !text.contains(QStringLiteral("UTC"));
    };
    QVERIFY2(tells(text("incidentStory"), name), qPrintable(text("incidentStory")));
    QVERIFY2(tells(find<QComboBox>("incidentWhich")->itemText(0), name),
             qPrintable(find<QComboBox>("incidentWhich")->itemText(0)));
    m_configuration.providers.first().name = QStringLiteral("Renamed");
    m_window->setConfiguration(m_configuration);
    QVERIFY2(tells(text("incidentStory"), QStringLiteral("Renamed")), qPrintable(text("incidentStory")));
    m_configuration.providers.removeFirst();
    m_window->setConfiguration(m_configuration);
    waitUntilPlayed();
    QVERIFY2(tells(text("incidentStory"), QStringLiteral("Renamed")), qPrintable(text("incidentStory")));
    QVERIFY2(text("incidentDoubts").contains(QStringLiteral("Renamed is not asked")),
             qPrintable(text("incidentDoubts")));
}

void TuneIncidentTest::anEditIsPlayedAnew()
{
    QVERIFY(keep({story()}));
    click("viewIncident");
    waitUntilPlayed();
    QVERIFY(text("incidentSentence").contains(QStringLiteral("nothing to compare")));
    QCOMPARE(int(panel().job().result()->values.size()), 1);
    auto *table = find<ForecastTable>("incidentTable");
    edit(4);
    QVERIFY(table->isOlder());
    QCOMPARE(find<QProgressBar>("incidentProgress")->value(), 0); // of this play, not of the one before
    QVERIFY(find("incidentProgress")->isVisible());
    QVERIFY(!find<QLabel>("incidentSentence")->isEnabled());
    waitUntilPlayed();
    QCOMPARE(int(panel().job().result()->values.size()), 2);
    QVERIFY(!table->isOlder());
    edit(3);
    QTRY_VERIFY_WITH_TIMEOUT(panel().job().question().policies.first().config->maxAttempts == 3, suite::patience);
    waitUntilPlayed();
    Configuration broken = m_configuration;
    broken.retry.maxAttempts = -1;
    m_window->configurationDraft().setDraft(broken);
    QVERIFY2(text("incidentStatus").contains(QStringLiteral("The draft cannot be played.")),
             qPrintable(text("incidentStatus")));
    QVERIFY(table->isOlder() && !panel().job().isRunning());
}

void TuneIncidentTest::realAndSimulatedIncidentsAreChosen()
{
    IncidentStory real = story(), simulated = story();
    simulated.simulated = true;
    simulated.run = 8;
    simulated.calls = 80;
    QVERIFY(keep({real, simulated}));
    click("viewIncident");
    waitUntilPlayed();
    QVERIFY2(text("incidentStory").contains(QStringLiteral("120 real calls")), qPrintable(text("incidentStory")));
    find<QComboBox>("incidentCalls")->setFocus();
    QTest::keyClick(find("incidentCalls"), Qt::Key_End);
    waitUntilPlayed();
    QVERIFY2(text("incidentStory").contains(QStringLiteral("80 simulated calls")), qPrintable(text("incidentStory")));
}

void TuneIncidentTest::anOlderIncidentIsChosenByKeys()
{
    IncidentStory older = story();
    older.start -= 48h;
    older.run = 6;
    older.failing = 30;
    QVERIFY(keep({story(), older}));
    click("viewIncident");
    waitUntilPlayed();
    QCOMPARE(find<QComboBox>("incidentWhich")->count(), 2);
    find<QComboBox>("incidentWhich")->setFocus();
    QTest::keyClick(find("incidentWhich"), Qt::Key_Down);
    waitUntilPlayed();
    QVERIFY2(text("incidentStory").contains(QStringLiteral("30 calls affected")), qPrintable(text("incidentStory")));
    QCOMPARE(panel().job().record()->of.run, 6);
    QTest::keyClick(find("incidentWhich"), Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(panel().job().isReading());
    waitUntilPlayed();
    QCOMPARE(panel().job().record()->of.run, 6);
    QCOMPARE(find<QComboBox>("incidentWhich")->currentIndex(), 1);
}

void TuneIncidentTest::whatThereIsNotIsSaid_data()
{
    QTest::addColumn<QString>("history");
    QTest::addColumn<QString>("says");
    QTest::addColumn<bool>("isError");
    QTest::newRow("no history") << QString() << QStringLiteral("There is no history yet.") << false;
    QTest::newRow("off") << QStringLiteral("off") << QStringLiteral("The history is off") << false;
    QTest::newRow("no incident") << QStringLiteral("calm")
                                 << QStringLiteral("No incident is on record among the real calls") << false;
    QTest::newRow("cannot be read") << QStringLiteral("damaged") << QStringLiteral("past.sqlite") << true;
}

void TuneIncidentTest::whatThereIsNotIsSaid()
{
    QFETCH(QString, history);
    QFETCH(QString, says);
    QFETCH(bool, isError);
    if (history == QLatin1String("calm")) {
        IncidentStory calm = story();
        calm.failing = 0;
        QVERIFY(keep({calm}));
    } else if (history == QLatin1String("damaged")) {
        QFile file(historyFile());
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray(10'000, 'x')) > 0);
    } else if (!history.isEmpty()) {
        m_configuration.history = history;
        m_window->setConfiguration(m_configuration);
    }
    click("viewIncident");
    QTRY_VERIFY2_WITH_TIMEOUT(text("incidentStatus").contains(says), qPrintable(text("incidentStatus")), suite::patience);
    QCOMPARE(text("incidentStatus").startsWith(QStringLiteral("✗")), isError);
    QVERIFY(!find("incidentTable")->isVisible() && !find("incidentStory")->isVisible());
    QVERIFY(!panel().job().isRunning());
    QCOMPARE(find<QPushButton>("incidentRun")->text(), QStringLiteral("Look again"));
}

void TuneIncidentTest::stoppedItSaysSo()
{
    IncidentStory large = story();
    large.calls = 3'000;
    large.failingFrom = 100;
    large.failing = 2'000;
    QVERIFY(keep({large}));
    click("viewIncident");
    QVERIFY(panel().job().isRunning());
    QCOMPARE(find<QPushButton>("incidentRun")->text(), QStringLiteral("Stop"));
    find("incidentRun")->setFocus();
    QTest::keyClick(find("incidentRun"), Qt::Key_Escape);
    QVERIFY(!panel().job().isRunning());
    QCOMPARE(panel().state(), IncidentReplayState::Stopped);
    QVERIFY2(text("incidentStatus").startsWith(QStringLiteral("Stopped")), qPrintable(text("incidentStatus")));
    QTest::keyClick(find("incidentRun"), Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(panel().job().isRunning());
    waitUntilPlayed();
}

void TuneIncidentTest::unseenItRests()
{
    QVERIFY(keep({story()}));
    click("viewIncident");
    waitUntilPlayed();
    click("viewFields");
    edit(4);
    QVERIFY(!panel().isVisible() && !panel().job().isRunning());
    QCOMPARE(int(panel().job().result()->values.size()), 1); // nothing new has been asked
    click("viewIncident");
    waitUntilPlayed();
    QCOMPARE(int(panel().job().result()->values.size()), 2);
}

void TuneIncidentTest::theMenuLeadsThere()
{
    QVERIFY(keep({story()}));
    const auto actions = m_window->findChildren<QAction *>();
    const auto at = std::find_if(actions.begin(), actions.end(), [](const QAction *action) {
        return action->text() == QStringLiteral("Last &incident under the draft");
    });
    QVERIFY(at != actions.end());
    m_window->showPage(MainWindow::Dashboard);
    (*at)->trigger();
    QVERIFY(panel().isVisible() && page().isVisible());
    waitUntilPlayed();
}

void TuneIncidentTest::everyControlIsNamedAndReachedByTab()
{
    QVERIFY(keep({story()}));
    edit(4);
    click("viewIncident");
    waitUntilPlayed();
    m_window->resize(900, 600);
    find("viewIncident")->setFocus();
    QSet<QString> reached;
    for (int i = 0; i < 60; ++i) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        const QWidget *at = QApplication::focusWidget();
        if (panel().isAncestorOf(at)) {
            reached << at->objectName();
            QVERIFY2(!at->accessibleName().isEmpty() || qobject_cast<const QPushButton *>(at),
                     qPrintable(at->objectName()));
        }
    }
    for (const char *name : {"incidentWhich", "incidentCalls", "incidentRun"})
        QVERIFY2(reached.contains(QLatin1String(name)), name);
    find("incidentRun")->setFocus();
    QScrollBar *bar = panel().verticalScrollBar();
    QVERIFY(bar->maximum() > 0);
    for (int i = 0; i < 20 && bar->value() < bar->maximum(); ++i)
        QTest::keyClick(find("incidentRun"), Qt::Key_PageDown);
    QCOMPARE(bar->value(), bar->maximum());
    const auto *table = find("incidentTable");
    QVERIFY(!table->accessibleName().isEmpty());
    QVERIFY2(table->accessibleDescription().contains(QStringLiteral("In force")), qPrintable(table->accessibleDescription()));
}

void TuneIncidentTest::smallWindowsFit()
{
    QVERIFY(keep({story()}));
    edit(4);
    click("viewIncident");
    waitUntilPlayed();
    for (const QSize size : {QSize(900, 600), QSize(1280, 800)}) {
        m_window->resize(size);
        QTRY_COMPARE_WITH_TIMEOUT(panel().horizontalScrollBar()->maximum(), 0, suite::patience);
        QTRY_VERIFY_WITH_TIMEOUT(panel().widget()->width() <= panel().viewport()->width(), suite::patience);
        QVERIFY(panel().widget()->minimumSizeHint().width() <= panel().viewport()->width());
    }
}

/// Nobody waits at the end for a history that does not answer.
void TuneIncidentTest::theWindowClosesWhileAServerIsSilent()
{
    if (!QSqlDatabase::isDriverAvailable(QStringLiteral("QPSQL")))
        QSKIP("Qt was built without its PostgreSQL driver.");
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    m_configuration.history =
        QStringLiteral("postgresql://nobody@127.0.0.1:%1/past?sslmode=disable").arg(server.serverPort());
    m_window->setConfiguration(m_configuration);
    click("viewIncident");
    QTRY_VERIFY_WITH_TIMEOUT(server.hasPendingConnections(), suite::patience);
    QVERIFY(panel().job().isReading());
    QCOMPARE(text("incidentStatus"), QStringLiteral("Looking for it in the history …"));
    m_window->close();
    m_window.reset();
    QVERIFY(QThreadPool::globalInstance()->activeThreadCount() > 0); // it still waits, and nobody with it
    delete server.nextPendingConnection();
    server.close();
    QVERIFY(QThreadPool::globalInstance()->waitForDone(60'000));
}

void TuneIncidentTest::theWindowClosesInMidPlay()
{
    IncidentStory large = story();
    large.calls = 3'000;
    large.failingFrom = 100;
    large.failing = 2'000;
    QVERIFY(keep({large}));
    click("viewIncident");
    QTRY_VERIFY_WITH_TIMEOUT(panel().job().result() || panel().job().record(), suite::patience);
    m_window->close();
    m_window.reset();
    QVERIFY(!m_window);
}

void TuneIncidentTest::pictures()
{
    const QString folder = suite::pictureFolder();
    const auto take = [&](const char *what) {
        for (const QSize size : suite::pictureSizes({QSize(900, 600), QSize(1280, 800)})) {
            m_window->resize(size);
            for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
                m_theme->setMode(mode);
                for (const bool end : {false, true}) {
                    QTest::qWait(60);
                    QScrollBar *bar = panel().verticalScrollBar();
                    bar->setValue(end ? bar->maximum() : 0);
                    QVERIFY(suite::keep(m_window->grab(), QStringLiteral("%1/tune-%2-%3-%4%5.png")
                                                      .arg(folder, QLatin1String(what))
                                                      .arg(size.width())
                                                      .arg(mode == ThemeMode::Dark ? QStringLiteral("dark")
                                                                                   : QStringLiteral("light"),
                                                           end ? QStringLiteral("-end") : QString())));
                }
            }
        }
    };
    click("viewIncident");
    QTRY_VERIFY_WITH_TIMEOUT(!panel().job().isRunning(), suite::patience);
    take("incident-none");
    IncidentStory older = story();
    older.start -= 48h;
    older.run = 6;
    older.tokens = 300;
    IncidentStory newest = story();
    newest.tokens = 300;
    newest.failing = 30;
    QVERIFY(keep({newest, older}));
    edit(4);
    waitUntilPlayed();
    take("incident");
    Configuration broken = page().draft();
    broken.retry.maxAttempts = -1;
    m_window->configurationDraft().setDraft(broken);
    take("incident-stale");
    edit(3);
    m_window->resize(900, 600);
    suite::keep(m_window->grab(), folder + QStringLiteral("/tune-incident-playing-900-dark.png"));
}

SUITE_TEST(TuneIncidentTest)
#include "tst_tuneincident.moc"
