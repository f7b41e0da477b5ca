// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/frontchart.h"
#include "mainwindow.h"
#include "pages/certifypanel.h"
#include "pages/recommendpanel.h"
#include "pages/recommendquestion.h"
#include "pages/tunepage.h"
#include "support/fakeengine.h"
#include "support/pictures.h"
#include "support/suite.h"

#include "simulator/scenariofile.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QProcess>
#include <QPushButton>
#include <QScrollBar>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace retryscope;

/// Recommend and the storm certificate on the Tune page, in the real window: asked, stopped, looked through and put into
/// the draft by mouse and by keys; the numbers are those of the command line.
class TuneRecommendTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void theNumbersAreTheCommandLines();
    void aPointIsPutIntoTheDraftAndTakenBack();
    void theTableAndTheKeyboardChooseToo();
    void whatCannotBeAskedSaysSo();
    void stoppedItKeepsWhatItFound();
    void theWindowClosesInMidSearch();
    void aScenarioOfOnesOwnIsSearchedOn();
    void theCertificateIsTheCommandLines_data();
    void theCertificateIsTheCommandLines();
    void aKnobComesIntoTheDraft();
    void aStoppedCertificateCertifiesNothing();
    void theWindowClosesInMidCertificate();
    void anEditMakesItStale();
    void smallWindowsFit();
    void pictures();

private:
    TunePage &page() { return m_window->tunePage(); }
    RecommendPanel &panel() { return page().recommendPanel(); }
    CertifyPanel &certificate() { return page().certifyPanel(); }
    ConfigurationDraft &draft() { return m_window->configurationDraft(); }
    template <typename T = QWidget> T *find(const char *name) { return page().findChild<T *>(QLatin1String(name)); }
    QString text(const char *name) { return find<QLabel>(name)->text(); }
    void click(const char *name)
    {
        QWidget *w = find(name);
        QVERIFY2(w && w->isVisible() && w->isEnabled(), name);
        QTest::mouseClick(w, Qt::LeftButton);
    }
    void type(const char *name, const QString &text)
    {
        auto *field = find<QAbstractSpinBox>(name);
        QVERIFY2(field, name);
        field->setFocus();
        field->selectAll();
        QTest::keyClicks(field, text);
        QTest::keyClick(field, Qt::Key_Return);
    }
    /// Soon done, and with something to find: a draft that never repeats.
    void askShortly();
    void search()
    {
        askShortly();
        click("recommendRun");
        QVERIFY(panel().job().isRunning());
        QTRY_VERIFY_WITH_TIMEOUT(!panel().job().isRunning(), 240'000);
        QVERIFY(panel().job().result() && panel().job().result()->complete);
    }
    void askCertificate()
    {
        click("viewCertify");
        type("certifyMachines", QStringLiteral("2"));
        type("certifyStall", QStringLiteral("2s"));
        type("certifyCalls", QStringLiteral("500"));
        type("certifyPlays", QStringLiteral("2"));
        type("certifySeed", QStringLiteral("3"));
    }
    QJsonObject commandLine(const QStringList &arguments);

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<FakeEngine> m_engine;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    Configuration m_configuration;
};

void TuneRecommendTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_configuration = {};
    m_configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:0")));
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
    QCOMPARE(draft().draft().retry.maxAttempts, 1);
}

void TuneRecommendTest::cleanup()
{
    m_window.reset();
    m_theme.reset();
    m_engine.reset();
}

void TuneRecommendTest::askShortly()
{
    click("viewRecommend");
    click("recommendChoose");
    for (const char *name :
         {"search_slow-tuesday", "search_monday-nine", "search_cut-streams", "check_silent-minute", "check_shared-key"})
        find<QCheckBox>(name)->setChecked(false);
    click("recommendChoose");
    type("recommendCandidates", QStringLiteral("6"));
    type("recommendPlays", QStringLiteral("2"));
    type("recommendSeed", QStringLiteral("7"));
}

QJsonObject TuneRecommendTest::commandLine(const QStringList &arguments)
{
    const QString path = m_folder->filePath(QStringLiteral("config.json"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(toJson(m_configuration)) < 0)
        return {};
    file.close();
    QProcess program;
    program.start(QStringLiteral(CLI_BINARY),
                  arguments + QStringList{QStringLiteral("--json"), QStringLiteral("--config"), path});
    if (!program.waitForFinished(240'000))
        return {};
    return QJsonDocument::fromJson(program.readAllStandardOutput()).object();
}

void TuneRecommendTest::theNumbersAreTheCommandLines()
{
    search();
    const Recommendation &found = *panel().job().result();
    const QJsonObject said = commandLine({"recommend", "--scenario", "minute-outage", "--held-out", "key-revoked",
                                          "--candidates", "6", "--replications", "2", "--seed", "7"});
    QVERIFY(said["complete"].toBool());
    QCOMPARE(said["runs"].toInt(), int(found.runs));
    QCOMPARE(said["chosen"].toInt(), found.chosen);
    const QJsonArray front = said["front"].toArray();
    QCOMPARE(front.size(), found.front.size());
    for (int i = 0; i < front.size(); ++i) {
        for (int o = 0; o < objectiveCount; ++o) {
            const QJsonObject value = front[i]["values"][toKey(objectives[o])].toObject();
            const auto &mine = found.front[i].values[std::size_t(o)];
            QCOMPARE(value.contains("mean"), mine.has_value());
            if (mine)
                QCOMPARE(value["mean"].toDouble(), mine->mean);
            if (mine && mine->halfWidth)
                QCOMPARE(value["half_width_95"].toDouble(), *mine->halfWidth);
        }
    }
    QStringList sentences;
    for (const QJsonValue &sentence : said["sentences"].toArray())
        sentences << sentence.toString();
    QVERIFY(!sentences.isEmpty());
    QCOMPARE(text("recommendSentences"), sentences.join(QStringLiteral("\n\n")));
}

void TuneRecommendTest::aPointIsPutIntoTheDraftAndTakenBack()
{
    search();
    const RetryConfig before = draft().draft().retry;
    const auto *chart = page().findChild<FrontChart *>();
    QVERIFY(chart && panel().points().size() >= 2);
    QCOMPARE(panel().points()[panel().selected()].kind, FrontPoint::Kind::Chosen); // one attempt can be bettered
    panel().ensureWidgetVisible(find("frontPlot"));
    QTest::mouseClick(chart->picture(), Qt::LeftButton, {}, chart->placeOf(0).toPoint());
    QCOMPARE(panel().selected(), 0);
    QVERIFY(!find("recommendPut")->isEnabled()); // it is the draft
    QCOMPARE(find<QTableView>("frontTable")->currentIndex().row(), 0);
    int other = 1;
    while (panel().points()[other].kind != FrontPoint::Kind::Chosen)
        ++other;
    QTest::mouseClick(chart->picture(), Qt::LeftButton, {}, chart->placeOf(other).toPoint());
    const int selected = panel().selected();
    QVERIFY(selected > 0); // two may lie on each other
    panel().ensureWidgetVisible(find("recommendPut"));
    click("recommendPut");
    QVERIFY(draft().draft().retry == panel().points()[selected].candidate.config);
    QVERIFY(draft().isChanged() && draft().inForce().retry == before); // nothing is in force
    QVERIFY(!find("recommendPut")->isEnabled() && text("recommendWhich").contains("is what the draft holds"));
    QVERIFY(page().undoStack().undoText().contains("Recommendation"));
    click("undoButton");
    QVERIFY(draft().draft().retry == before && find("recommendPut")->isEnabled());
    click("redoButton");
    QVERIFY(draft().draft().retry == panel().points()[selected].candidate.config);
}

void TuneRecommendTest::theTableAndTheKeyboardChooseToo()
{
    m_window->setFocus();
    find("viewFields")->setFocus();
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Right);
    QCOMPARE(page().view(), TunePage::View::Recommend);
    askShortly();
    QTest::keyClick(find("recommendSeed"), Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(panel().job().isRunning());
    QTRY_VERIFY_WITH_TIMEOUT(!panel().job().isRunning(), 240'000);
    auto *table = find<QTableView>("frontTable");
    QCOMPARE(table->model()->rowCount(), int(panel().points().size()));
    table->setFocus();
    table->selectRow(0);
    QTest::keyClick(table, Qt::Key_Down);
    QCOMPARE(panel().selected(), 1);
    QCOMPARE(page().findChild<FrontChart *>()->selected(), 1);
    auto *plot = find("frontPlot");
    plot->setFocus();
    QTest::keyClick(plot, Qt::Key_Home);
    const int first = panel().selected();
    QTest::keyClick(plot, Qt::Key_Right);
    QVERIFY(panel().selected() != first);
    QTest::keyClick(plot, Qt::Key_End);
    QCOMPARE(table->currentIndex().row(), panel().selected());
    table->selectRow(1);
    auto *put = find("recommendPut");
    put->setFocus();
    QTest::keyClick(put, Qt::Key_Space);
    QVERIFY(draft().draft().retry == panel().points()[1].candidate.config);
    QTest::keyClick(&page(), Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(draft().draft().retry == m_configuration.retry);
    QSet<QString> reached;
    for (int i = 0; i < 60; ++i) {
        reached.insert(QApplication::focusWidget()->objectName());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    }
    for (const char *name : {"recommendChoose", "recommendCandidates", "recommendPlays", "recommendSeed",
                             "recommendRun", "recommendPut", "frontAcross", "frontPlot", "frontTable"})
        QVERIFY2(reached.contains(QLatin1String(name)), name);
}

void TuneRecommendTest::whatCannotBeAskedSaysSo()
{
    askShortly();
    find<QCheckBox>("search_minute-outage")->setChecked(false);
    click("recommendRun");
    QVERIFY(!panel().job().isRunning());
    QVERIFY2(text("recommendStatus").contains("no scenario to search on"), qPrintable(text("recommendStatus")));
    find<QCheckBox>("search_key-revoked")->setChecked(true);
    QVERIFY(!find<QCheckBox>("check_key-revoked")->isChecked()); // what was seen checks nothing
    QVERIFY(!text("recommendStatus").contains("no scenario"));
    type("recommendCandidates", QStringLiteral("0"));
    click("recommendRun");
    QVERIFY(!panel().job().isRunning() && text("recommendStatus").contains("Candidates"));
    Configuration none = m_configuration;
    for (ProviderConfig &provider : none.providers)
        provider.enabled = false;
    draft().setDraft(none);
    type("recommendCandidates", QStringLiteral("6"));
    click("recommendRun");
    QVERIFY(!panel().job().isRunning() && text("recommendStatus").startsWith(QStringLiteral("✗")));
}

void TuneRecommendTest::stoppedItKeepsWhatItFound()
{
    click("viewRecommend");
    click("recommendRun");
    QTRY_VERIFY_WITH_TIMEOUT(panel().job().progress() > 0, 120'000);
    QVERIFY2(text("recommendStatus").contains("Screening"), qPrintable(text("recommendStatus")));
    QCOMPARE(find<QPushButton>("recommendRun")->text(), QStringLiteral("Stop"));
    QTest::keyClick(find("recommendRun"), Qt::Key_Escape);
    QTRY_VERIFY_WITH_TIMEOUT(!panel().job().isRunning(), 30'000);
    QVERIFY(panel().job().result() && !panel().job().result()->complete);
    QVERIFY2(text("recommendSentences").startsWith("It was stopped"), qPrintable(text("recommendSentences")));
    QCOMPARE(find<QPushButton>("recommendRun")->text(), QStringLiteral("Search"));
}

void TuneRecommendTest::theWindowClosesInMidSearch()
{
    click("viewRecommend");
    click("recommendRun");
    QTRY_VERIFY_WITH_TIMEOUT(panel().job().progress() > 0, 120'000);
    QElapsedTimer took;
    took.start();
    m_window.reset();
    QVERIFY2(took.elapsed() < 10'000, qPrintable(QString::number(took.elapsed())));
}

void TuneRecommendTest::aScenarioOfOnesOwnIsSearchedOn()
{
    click("viewRecommend");
    click("recommendChoose");
    auto *question = page().findChild<RecommendQuestion *>();
    const QString path = m_folder->filePath(QStringLiteral("mine.json"));
    question->setOpenChooser([&path](QWidget *, const QString &, const QString &) { return path; });
    const auto write = [&path](const QByteArray &json) {
        QFile file(path);
        return file.open(QIODevice::WriteOnly) && file.write(json) == json.size();
    };
    const QLabel *wrong = find<QLabel>("recommendFileProblem");
    const qsizetype before = question->searched().size();
    QVERIFY(write("{\"name\": \"Mine\", \"length_s\": -1}"));
    click("recommendAdd");
    QTRY_VERIFY(wrong->isVisible());
    QVERIFY2(wrong->text().contains(path) && wrong->text().contains("length_s"), qPrintable(wrong->text()));
    QCOMPARE(question->searched().size(), before);

    Scenario mine = *namedScenario(QStringLiteral("minute-outage"));
    mine.name = QStringLiteral("My own bad hour");
    mine.length = 120s;
    QVERIFY(write(toJson(mine)));
    click("recommendAdd");
    QTRY_COMPARE(question->searched().last(), path);
    QVERIFY(!wrong->isVisible());
    QVERIFY(text("recommendScenarios").contains(mine.name));
    QVERIFY(question->task().scenarios.last() == mine);

    mine.length = 180s;
    QVERIFY(write(toJson(mine)));
    click("recommendAdd");
    QTRY_COMPARE(question->task().scenarios.last().length, mine.length);
    QCOMPARE(question->searched().size(), before + 1);
}

void TuneRecommendTest::theCertificateIsTheCommandLines_data()
{
    QTest::addColumn<bool>("sdk");
    QTest::addColumn<QString>("load");
    QTest::newRow("of the draft") << false << QString();
    QTest::newRow("of the vendors' SDKs, at a load") << true << QStringLiteral("0.5");
}

void TuneRecommendTest::theCertificateIsTheCommandLines()
{
    QFETCH(bool, sdk);
    QFETCH(QString, load);
    askCertificate();
    QStringList asked{"certify", "--machines", "2", "--stall", "2s", "--calls", "500", "--replications", "2", "--seed", "3"};
    if (sdk) {
        QTest::keyClick(find("certifySdk"), Qt::Key_Space);
        asked << "--sdk";
    }
    if (!load.isEmpty()) {
        type("certifyLoad", load);
        asked << "--load" << load;
    }
    click("certifyRun");
    QTRY_VERIFY_WITH_TIMEOUT(!certificate().job().isRunning(), 240'000);
    const Certificate &c = *certificate().job().result();
    QVERIFY(c.complete);
    const QJsonObject said = commandLine(asked);
    QCOMPARE(said["safe_load"]["played"]["mean"].toDouble(), c.safeLoad.value->mean);
    QCOMPARE(said["recovery"]["played"]["mean"].toDouble(), c.recovery.value->mean);
    QCOMPARE(said["load"].toDouble(), c.load);
    QString all;
    for (const QLabel *label : page().findChildren<QLabel *>(QStringLiteral("certifySaid")))
        all += label->text() + QLatin1Char('\n');
    for (const QJsonValue &sentence : said["sentences"].toArray())
        QVERIFY2(all.contains(sentence.toString()), qPrintable(sentence.toString()));
    QVERIFY(said["sentences"].toArray().size() >= 4);
    QCOMPARE(all.contains(QStringLiteral("vendors' SDKs")), sdk);
    QVERIFY(!sdk || !find("certifyPut")); // no field of the draft is an SDK's
    QTest::keyClick(find("certifySdk"), Qt::Key_Space);
    QVERIFY2(text("certifyStatus").contains("changed since"), qPrintable(text("certifyStatus")));
}

void TuneRecommendTest::aKnobComesIntoTheDraft()
{
    Configuration many = m_configuration;
    many.retry = {};
    draft().setDraft(many);
    askCertificate();
    type("certifyMachines", QStringLiteral("20"));
    auto *run = find("certifyRun");
    run->setFocus();
    QTest::keyClick(run, Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY_WITH_TIMEOUT(!certificate().job().isRunning(), 240'000);
    const Certificate &c = *certificate().job().result();
    const auto knob = c.loadKnob ? c.loadKnob : c.triggerKnob ? c.triggerKnob : c.recoveryKnob;
    QVERIFY(knob); // fewer run at once than the provider could serve
    auto *put = find<QPushButton>("certifyPut");
    QVERIFY(put && put->text().contains(QLatin1String(knob->field)));
    certificate().ensureWidgetVisible(put);
    put->setFocus();
    QTest::keyClick(put, Qt::Key_Space);
    QVERIFY(!(draft().draft().retry == many.retry));
    QVERIFY2(text("certifyStatus").contains("changed since"), qPrintable(text("certifyStatus")));
    QTest::keyClick(&page(), Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(draft().draft().retry == many.retry);
}

void TuneRecommendTest::aStoppedCertificateCertifiesNothing()
{
    askCertificate();
    type("certifyCalls", QStringLiteral("1000000"));
    type("certifyPlays", QStringLiteral("1000"));
    click("certifyRun");
    QVERIFY(certificate().job().isRunning());
    QTest::keyClick(find("certifyRun"), Qt::Key_Escape);
    QVERIFY(!certificate().job().isRunning() && !certificate().job().result());
    QVERIFY2(text("certifyStatus").contains("nothing is certified"), qPrintable(text("certifyStatus")));
    QVERIFY(page().findChildren<QLabel *>(QStringLiteral("certifySaid")).isEmpty());
}

void TuneRecommendTest::theWindowClosesInMidCertificate()
{
    askCertificate();
    type("certifyCalls", QStringLiteral("1000000"));
    type("certifyPlays", QStringLiteral("1000"));
    click("certifyRun");
    QElapsedTimer took;
    took.start();
    m_window.reset();
    QVERIFY2(took.elapsed() < 10'000, qPrintable(QString::number(took.elapsed())));
}

void TuneRecommendTest::anEditMakesItStale()
{
    search();
    QVERIFY(text("recommendStatus").contains("The same seed gives the same"));
    Configuration other = m_configuration;
    other.retry.maxAttempts = 3;
    draft().setDraft(other);
    QVERIFY2(text("recommendStatus").contains("has changed since"), qPrintable(text("recommendStatus")));
    draft().setDraft(m_configuration);
    QVERIFY(text("recommendStatus").contains("The same seed gives the same"));
}

void TuneRecommendTest::smallWindowsFit()
{
    m_window->resize(900, 600);
    for (const char *view : {"viewRecommend", "viewCertify"}) {
        click(view);
        QTest::qWait(50);
        for (QScrollArea *area : page().findChildren<QScrollArea *>()) {
            if (area->isVisible() && area->widget())
                QVERIFY2(area->widget()->minimumSizeHint().width() <= area->viewport()->width(),
                         qPrintable(area->objectName()));
        }
    }
    QCOMPARE(m_window->size(), QSize(900, 600));
}

void TuneRecommendTest::pictures()
{
    const QString folder = suite::pictureFolder();
    const auto take = [&](const char *what, QScrollArea &area) {
        for (const QSize size : suite::pictureSizes({QSize(900, 600), QSize(1280, 800)})) {
            m_window->resize(size);
            for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
                m_theme->setMode(mode);
                for (const bool end : {false, true}) {
                    QTest::qWait(60);
                    area.verticalScrollBar()->setValue(end ? area.verticalScrollBar()->maximum() : 0);
                    QTest::qWait(30);
                    QVERIFY(suite::keep(m_window->grab(),
                        QStringLiteral("%1/tune-%2-%3-%4%5.png")
                            .arg(folder, QLatin1String(what))
                            .arg(size.width())
                            .arg(mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light"),
                                 end ? QStringLiteral("-end") : QString())));
                }
            }
        }
    };
    click("viewRecommend");
    take("recommend-empty", panel());
    m_theme->setMode(ThemeMode::Light);
    m_window->resize(1280, 800);
    askShortly();
    type("recommendCandidates", QStringLiteral("24"));
    click("recommendRun");
    QTRY_VERIFY_WITH_TIMEOUT(!panel().job().isRunning(), 240'000);
    take("recommend", panel());
    m_window->resize(1280, 800);
    askCertificate();
    click("certifyRun");
    QTRY_VERIFY_WITH_TIMEOUT(!certificate().job().isRunning(), 240'000);
    take("certify", certificate());
}

SUITE_MAIN(TuneRecommendTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication app(argc, argv);
    TuneRecommendTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_tunerecommend.moc"
