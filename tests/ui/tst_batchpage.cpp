// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/batchcharts.h"
#include "engine/localengineclient.h"
#include "mainwindow.h"
#include "pages/batchform.h"
#include "pages/batchpage.h"
#include "sandbox/sandbox.h"
#include "support/idleengine.h"
#include "support/pictures.h"
#include "support/suite.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollBar>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace retryscope;

/// The Batch page in the real window, with real calls to the sandbox: by clicks and keys as a person would.
class BatchPageTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase() { QStandardPaths::setTestModeEnabled(true); }
    void init();
    void cleanup();
    void typedPromptsAreRunByMouse();
    void aBatchIsRunAndStoppedByKeys();
    void aBadFileNamesItsLines();
    void aFileIsRunAndTypedInstead();
    void theCostIsToldAndAnUnknownPriceAccepted();
    void aPromptIsReadBesideWhatCameOfIt();
    void whatStandsInTheWayIsShown();
    void modesShowTheirRows();
    void rowsHoldStillUntilTheyAreSorted();
    void aRowOpensItsCall();
    void exportsLeaveTextsOut();
    void chartsCountEveryCall();
    void anEngineElsewhereIsRefused();
    void picturesOfEveryState();

private:
    template <typename T = QWidget> T *find(const char *name) { return m_window->findChild<T *>(QLatin1String(name)); }
    void click(const char *name)
    {
        QWidget *w = find(name);
        QVERIFY2(w && w->isVisible() && w->isEnabled(), name);
        QTest::mouseClick(w, Qt::LeftButton);
    }
    BatchPage &page() { return *m_window->batchPage(); }
    QString text(const char *name) { return find<QLabel>(name)->text(); }
    void type(const QString &prompts) { find<QPlainTextEdit>("batchPrompts")->setPlainText(prompts); }
    static QString lines(int n)
    {
        QStringList all;
        for (int i = 0; i < n; ++i)
            all << QStringLiteral("Say %1 in two words").arg(i);
        return all.join(QLatin1Char('\n'));
    }
    bool isReady() { return !page().form().isPreparing(); }
    void ready() { QTRY_VERIFY(isReady()); }
    void runToEnd()
    {
        page().run();
        QTRY_VERIFY(page().isRunning() || !page().batch().rows().isEmpty());
        QTRY_VERIFY(!page().isRunning());
    }
    QString write(const char *name, const QByteArray &bytes)
    {
        QFile file(m_folder.filePath(QLatin1String(name)));
        return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() ? file.fileName() : QString();
    }
    void save(const QString &suffix)
    {
        for (QAction *action : find<QToolButton>("batchExport")->menu()->actions()) {
            if (action->text().contains(suffix))
                return action->trigger();
        }
        QFAIL(qPrintable(suffix));
    }
    void picture(const char *state);

    std::unique_ptr<Sandbox> m_sandbox;
    std::unique_ptr<LocalEngineClient> m_client;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    Configuration m_configuration;
    QTemporaryDir m_folder;
};

void BatchPageTest::init()
{
    m_sandbox = std::make_unique<Sandbox>();
    const auto port = m_sandbox->start();
    QVERIFY(port);
    m_configuration = {};
    m_configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*port)));
    m_configuration.retry.baseDelay = 20ms;
    m_client = std::make_unique<LocalEngineClient>(5);
    m_client->setPrices(PriceList::builtIn());
    m_client->apply(m_configuration);
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_window = std::make_unique<MainWindow>(*m_client, FaultControl(), *m_theme);
    m_window->setPrices(PriceList::builtIn());
    m_window->setConfiguration(m_configuration);
    m_window->resize(1280, 800);
    m_window->show();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get(), suite::patience));
    QTest::keyClick(m_window.get(), Qt::Key_0, Qt::ControlModifier);
    QCOMPARE(m_window->currentPage(), int(MainWindow::Batch));
    QVERIFY(m_window->batchPage());
    ready();
}

void BatchPageTest::cleanup()
{
    m_window.reset();
    m_client.reset();
    m_theme.reset();
    m_sandbox.reset();
}

void BatchPageTest::typedPromptsAreRunByMouse()
{
    const QAbstractItemModelTester tester(find<QTableView>("batchTable")->model());
    QTRY_VERIFY(!find("batchRun")->isEnabled()); // there is no prompt
    QVERIFY(find("batchEmpty")->isVisible() && !find("batchTable")->isVisible());
    QCOMPARE(text("batchProblem"), QStringLiteral("Write a prompt, or take them from a file."));
    type(lines(3));
    find<QSpinBox>("batchRuns")->setValue(2);
    find<QSpinBox>("batchTokens")->setValue(12);
    QTRY_COMPARE(
        text("batchEstimate"),
        QStringLiteral("6 calls, up to 24 requests. Simulated: nothing is charged."));
    QTRY_VERIFY(find("batchRun")->isEnabled());
    click("batchRun");
    QTRY_COMPARE(page().batch().ended(), 6);
    QTRY_VERIFY(text("batchProgress").startsWith(QStringLiteral("Typed prompts: All 6 calls ended in ")));
    auto *model = find<QTableView>("batchTable")->model();
    QCOMPARE(model->rowCount(), 6);
    for (int row = 0; row < 6; ++row) {
        const auto cell = [&](int column) { return model->index(row, column).data().toString(); };
        QCOMPARE(cell(BatchModel::Number), QString::number(row + 1));
        QCOMPARE(cell(BatchModel::PromptName), QStringLiteral("Say %1 in two words").arg(row % 3));
        QCOMPARE(cell(BatchModel::Result), QStringLiteral("✓ First choice"));
        QCOMPARE(cell(BatchModel::Provider), m_configuration.providers.first().name);
        QVERIFY(cell(BatchModel::Cost).startsWith(QLatin1Char('$')));
    }
    QVERIFY(text("batchTile_0").contains(QStringLiteral("<b>100 %</b>")));
    QVERIFY(find("batchPrompts")->isEnabled());
    QVERIFY(!find("batchBar")->isVisible());
}

void BatchPageTest::aBatchIsRunAndStoppedByKeys()
{
    auto *prompts = find<QPlainTextEdit>("batchPrompts");
    prompts->setFocus();
    type(lines(40));
    QTest::keyClick(prompts, Qt::Key_Tab); // the field does not keep the key
    QVERIFY(!prompts->hasFocus());
    prompts->setFocus();
    QTest::keyClick(prompts, Qt::Key_Return, Qt::ControlModifier); // while the prompts are still being looked at
    QTRY_VERIFY(page().isRunning());
    QVERIFY(!prompts->isEnabled());
    QCOMPARE(find<QPushButton>("batchRun")->text(), QStringLiteral("Stop"));
    QVERIFY(find<QPushButton>("batchRun")->hasFocus());
    QTRY_VERIFY(find<QProgressBar>("batchBar")->value() >= 3);
    QVERIFY2(text("batchProgress").contains(QStringLiteral(" of 40 calls"))
                 && text("batchProgress").endsWith(QStringLiteral(" left")),
             qPrintable(text("batchProgress")));
    QTest::keyClick(find("batchRun"), Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!page().isRunning());
    QTRY_VERIFY(text("batchProgress").contains(QStringLiteral("Stopped by you after ")));
    const BatchSummary sum = summaryOf(page().batch().rows());
    QVERIFY(sum.served >= 3 && sum.began < 40);
    QCOMPARE(find<QTableView>("batchTable")->model()->rowCount(), sum.began); // what came is kept
    QVERIFY(prompts->isEnabled());
}

void BatchPageTest::aBadFileNamesItsLines()
{
    page().form().load(write("bad.jsonl", "\"good\"\n{bad\n[1]\n\"good too\"\n"));
    QTRY_VERIFY(text("batchInput").contains(QStringLiteral("Line 2: not valid JSON")));
    QVERIFY(text("batchInput").contains(QStringLiteral("Line 3: a list.")));
    QVERIFY(!find("batchRemarks")->isVisible());
    QVERIFY(!page().form().plan());
    m_window->resize(900, 600);
    const QWidget *form = &page().form(), *content = form->parentWidget();
    QTRY_VERIFY2(content->width() <= content->parentWidget()->width(), // nothing stands below the scroll bar
                 qPrintable(QStringLiteral("%1 in %2").arg(content->width()).arg(content->parentWidget()->width())));
    QTRY_VERIFY(!find("batchRun")->isEnabled());
    auto *others = find<QCheckBox>("batchSkipBad");
    QVERIFY(others->isVisible());
    QCOMPARE(others->text(), QStringLiteral("Send the other 2"));
    others->setFocus();
    QTest::keyClick(others, Qt::Key_Space);
    QVERIFY(page().form().plan());
    QCOMPARE(page().form().plan()->prompts.size(), 2);
    page().form().load(m_folder.filePath(QStringLiteral("none.csv")));
    QTRY_VERIFY(text("batchInput").startsWith(QStringLiteral("none.csv cannot be read")));
    page().form().load(write("columns.csv", "a,b\n1,2\n"));
    QTRY_VERIFY_WITH_TIMEOUT(text("batchInput").contains(QStringLiteral("must name a column \"prompt\"; it has: a, b")),
                             30'000);
    QVERIFY(!page().form().plan());
}

void BatchPageTest::aFileIsRunAndTypedInstead()
{
    const QString path = write("prompts.csv", "id,prompt,max_tokens\nfirst,\"Hello, you\",8\nsecond,Bye,8\n");
    page().form().setFileChooser([path](QWidget *) { return path; });
    click("batchOpen");
    QTRY_COMPARE(text("batchFile"), QStringLiteral("prompts.csv: 2 prompts"));
    QVERIFY(!find("batchPrompts")->isVisible());
    ready();
    runToEnd();
    auto *model = find<QTableView>("batchTable")->model();
    QCOMPARE(model->index(0, BatchModel::PromptName).data().toString(), QStringLiteral("first"));
    QCOMPARE(page().batch().plan().name, QStringLiteral("prompts.csv"));
    click("batchSetup");
    click("batchType");
    QVERIFY(find("batchPrompts")->isVisible() && find("batchPrompts")->hasFocus());
    QVERIFY(!find("batchFile")->isVisible());
}

void BatchPageTest::theCostIsToldAndAnUnknownPriceAccepted()
{
    Configuration paid = m_configuration;
    paid.providers = {m_configuration.providers.first()};
    paid.providers.first().simulated = false;
    paid.providers.first().model = QStringLiteral("gpt-4o-mini");
    m_client->apply(paid);
    m_window->setConfiguration(paid);
    type(lines(4));
    QTRY_VERIFY(text("batchEstimate").startsWith(QStringLiteral("4 calls, up to 8 requests: about $0.00")));
    QVERIFY(text("batchEstimate").endsWith(QStringLiteral("Stops at $0.50.")));
    find<QDoubleSpinBox>("batchCeiling")->setValue(0);
    QVERIFY(text("batchProblem").contains(QStringLiteral("more than the ceiling of $0.00")));
    QVERIFY(!page().form().plan());
    find<QDoubleSpinBox>("batchCeiling")->setValue(0.5);
    find<QLineEdit>("batchModel")->setText(QStringLiteral("my-own-model"));
    QTRY_VERIFY(text("batchEstimate").contains(QStringLiteral("price unknown: OpenAI (my-own-model)")));
    QVERIFY(!page().form().plan());
    QVERIFY(find("batchAccept")->isVisible());
    QTest::keyClick(find("batchAccept"), Qt::Key_Space);
    QVERIFY(page().form().plan() && page().form().plan()->acceptUnknown);
    find<QLineEdit>("batchModel")->clear();
    QTRY_VERIFY(!find("batchAccept")->isVisible());
    QTest::keyClick(find("batchStopAt"), Qt::Key_Space);
    QVERIFY(text("batchEstimate").endsWith(QStringLiteral("Nothing stops it.")));
    QVERIFY(!page().form().plan()->ceiling);
}

/// The form leaves its room to the rows, and comes back by mouse and by key.
void BatchPageTest::aPromptIsReadBesideWhatCameOfIt()
{
    QVERIFY(page().form().isVisible() && !find("batchSetup")->isVisible()); // there is nothing else to see yet
    type(QStringLiteral("Why do retries need jitter, and how much?"));
    ready();
    runToEnd();
    QVERIFY(!page().form().isVisible());
    QCOMPARE(text("batchAbout"), QStringLiteral("1 call, up to 4 requests. Simulated: nothing is charged."));
    auto *table = find<QTableView>("batchTable");
    for (const QSize size : {QSize(1280, 800), QSize(900, 600)}) {
        m_window->resize(size);
        const int least = 24 * table->fontMetrics().averageCharWidth();
        QTRY_VERIFY2(table->columnWidth(BatchModel::PromptName) >= least,
                     qPrintable(QStringLiteral("%1 of %2").arg(table->columnWidth(BatchModel::PromptName)).arg(least)));
        for (const int column : {BatchModel::Result, BatchModel::Provider, BatchModel::Time})
            QVERIFY(!table->isColumnHidden(column));
        QVERIFY(!table->horizontalScrollBar()->isVisible());
    }
    m_window->resize(1280, 800);
    click("batchSetup");
    QVERIFY(page().form().isVisible());
    QTRY_VERIFY(table->columnWidth(BatchModel::PromptName) >= 24 * table->fontMetrics().averageCharWidth());
    QTest::keyClick(find("batchSetup"), Qt::Key_U, Qt::AltModifier);
    QTRY_VERIFY(!page().form().isVisible());
}

void BatchPageTest::whatStandsInTheWayIsShown()
{
    type(lines(1));
    ready();
    runToEnd();
    QVERIFY(!page().form().isVisible());
    page().form().load(m_folder.filePath(QStringLiteral("gone.csv")));
    QTRY_VERIFY(page().form().isVisible() && text("batchInput").startsWith(QStringLiteral("gone.csv cannot be read")));
    QTRY_VERIFY(!find("batchRun")->isEnabled());
}

void BatchPageTest::modesShowTheirRows()
{
    m_sandbox->setFault(QStringLiteral("openai"), {.fault = Fault::ContentFilter, .requests = 2});
    type(lines(12));
    find<QSpinBox>("batchTokens")->setValue(8);
    find<QComboBox>("batchRoute")->setCurrentIndex(1);
    runToEnd();
    const BatchRows rows = page().batch().rows();
    auto *model = find<QTableView>("batchTable")->model();
    for (int mode = 0; mode < batchModeCount; ++mode) {
        const QByteArray name = "batchMode_" + toKey(BatchMode(mode)).toLatin1();
        click(name.constData());
        QCOMPARE(model->rowCount(), int(rowsOf(rows, BatchMode(mode)).size()));
    }
    click("batchMode_failed");
    QCOMPARE(model->rowCount(), 2);
    QCOMPARE(model->index(0, BatchModel::Result).data().toString(), QStringLiteral("✗ Content refused"));
    QVERIFY(find<QToolButton>("batchMode_failed")->text() == QStringLiteral("Failed · 2"));
    QTest::keyClick(find("batchMode_all"), Qt::Key_Space);
    QCOMPARE(model->rowCount(), 12);
}

void BatchPageTest::rowsHoldStillUntilTheyAreSorted()
{
    type(lines(30));
    find<QSpinBox>("batchTokens")->setValue(8);
    auto *table = find<QTableView>("batchTable");
    page().run();
    QTRY_VERIFY(page().batch().ended() >= 2);
    table->sortByColumn(BatchModel::Time, Qt::DescendingOrder);
    table->selectRow(1);
    const QString held = table->model()->index(1, BatchModel::Number).data().toString();
    QTRY_VERIFY(!page().isRunning());
    QCOMPARE(table->model()->rowCount(), 30);
    QCOMPARE(table->model()->index(1, BatchModel::Number).data().toString(), held);
    QCOMPARE(table->currentIndex().row(), 1);
    QTRY_VERIFY(find("batchFresh")->isVisible());
    click("batchFresh");
    QVERIFY(!find("batchFresh")->isVisible());
    QCOMPARE(table->model()->headerData(BatchModel::Time, Qt::Horizontal).toString(), QStringLiteral("Time ▾"));
    const auto *model = qobject_cast<BatchModel *>(table->model());
    for (int row = 1; row < 30; ++row)
        QVERIFY(model->rowAt(row - 1).duration >= model->rowAt(row).duration);
    auto *header = table->horizontalHeader();
    const QPoint number(header->sectionViewportPosition(BatchModel::Number)
                            + header->sectionSize(BatchModel::Number) / 2,
                        header->height() / 2);
    QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, number);
    for (int row = 0; row < 30; ++row)
        QCOMPARE(model->rowAt(row).number, row + 1);
}

void BatchPageTest::aRowOpensItsCall()
{
    type(lines(3));
    find<QSpinBox>("batchTokens")->setValue(8);
    runToEnd();
    auto *table = find<QTableView>("batchTable");
    table->setFocus();
    table->selectRow(0);
    QTest::keyClick(table, Qt::Key_Down);
    QTest::keyClick(table, Qt::Key_Return);
    QCOMPARE(m_window->currentPage(), int(MainWindow::EventLog));
    auto *calls = find<QAbstractItemView>("callsTable");
    QTRY_COMPARE(calls->model()->rowCount(), 1);
    QTest::keyClick(m_window.get(), Qt::Key_0, Qt::ControlModifier);
    QVERIFY(find("batchShow")->isEnabled());
    click("batchShow");
    QCOMPARE(m_window->currentPage(), int(MainWindow::EventLog));
}

void BatchPageTest::exportsLeaveTextsOut()
{
    QVERIFY(!find("batchExport")->isEnabled());
    type(QStringLiteral("Say secretword"));
    find<QSpinBox>("batchTokens")->setValue(8);
    runToEnd();
    QTRY_VERIFY(find("batchExport")->isEnabled());
    QString path;
    page().setPathChooser(
        [&](QWidget *, const QString &suggested, const QString &) { return path = m_folder.filePath(suggested); });
    const auto saved = [&]() -> QByteArray {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    for (const char *kind : {"CSV", "JSON", "HTML"}) {
        save(QLatin1String(kind));
        QTRY_VERIFY(text("batchMessage").startsWith(QStringLiteral("Saved ") + path));
        QVERIFY(!saved().isEmpty() && !saved().contains("secretword"));
    }
    m_window->findChild<QAction *>(QStringLiteral("batchTexts"))->trigger();
    save(QStringLiteral("CSV"));
    QTRY_VERIFY(saved().contains("secretword"));
    page().setPathChooser(
        [](QWidget *, const QString &, const QString &) { return QStringLiteral("/no/such/folder/x"); });
    QTRY_VERIFY(!page().findChild<ExportJob *>()->isRunning());
    save(QStringLiteral("JSON"));
    QTRY_VERIFY(text("batchMessage").startsWith(QStringLiteral("/no/such/folder/x could not be written")));
}

void BatchPageTest::chartsCountEveryCall()
{
    m_sandbox->setFault(QStringLiteral("openai"), {.fault = Fault::ContentFilter, .requests = 3});
    type(lines(12));
    find<QSpinBox>("batchTokens")->setValue(8);
    find<QComboBox>("batchRoute")->setCurrentIndex(1);
    runToEnd();
    auto *charts = m_window->findChild<BatchCharts *>();
    QVERIFY(charts && charts->isVisible());
    QTRY_COMPARE(charts->points(0), 9);
    QCOMPARE(charts->points(2), 3);
    std::array<int, BatchCharts::classes> sums{};
    for (const BatchCharts::Bar &bar : charts->bars()) {
        for (std::size_t kind = 0; kind < sums.size(); ++kind)
            sums[kind] += bar.counts[kind];
    }
    QCOMPARE(sums[0], 9);
    QCOMPARE(sums[2], 3);
    emit charts->callChosen(4);
    QCOMPARE(find<QTableView>("batchTable")->currentIndex().row(), 4);
}

namespace {
/// An engine that is elsewhere: it takes no prompts from here.
class FarEngine final : public IdleEngine
{
public:
    QString refusal(Request) const override { return QStringLiteral("Prompts are sent where the engine runs."); }
};
} // namespace

void BatchPageTest::anEngineElsewhereIsRefused()
{
    FarEngine far;
    MainWindow window(far, FaultControl(), *m_theme);
    window.showPage(MainWindow::Batch);
    QVERIFY(!window.batchPage());
    QVERIFY(window.findChild<QWidget *>(QStringLiteral("refusalPage")));
}

void BatchPageTest::picture(const char *state)
{
    const QString folder = suite::pictureFolder();
    for (const QSize size : suite::pictureSizes({QSize(1280, 800), QSize(900, 600)})) {
        m_window->resize(size);
        QTest::qWait(50);
        QImage light;
        for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
            m_theme->setMode(mode);
            QTest::qWait(350); // the page looks at what came four times a second
            const QImage image = m_window->grab().toImage();
            QCOMPARE(image.size(), size);
            QVERIFY(image != light);
            light = image;
            QVERIFY(suite::keep(image, QStringLiteral("%1/batch-%2-%3-%4.png")
                                   .arg(folder, QLatin1String(state))
                                   .arg(size.width())
                                   .arg(mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light"))));
        }
    }
    m_theme->setMode(ThemeMode::Light);
}

void BatchPageTest::picturesOfEveryState()
{
    picture("empty");
    page().form().load(write("prompts.jsonl", "\"good\"\n{bad\n[1]\n{\"prompt\": \"x\", \"colour\": 1}\n"));
    QTRY_VERIFY(text("batchInput").contains(QStringLiteral("Line 2")));
    picture("bad");
    QByteArray many("id,prompt,max_tokens\n");
    for (int i = 0; i < 60; ++i)
        many += "question-" + QByteArray::number(i) + ",\"What is the answer to question " + QByteArray::number(i)
                + "?\"," + QByteArray::number(20 + i) + "\n";
    page().form().load(write("questions.csv", many));
    QTRY_COMPARE(text("batchFile"), QStringLiteral("questions.csv: 60 prompts"));
    ready();
    m_sandbox->setFaults(QStringLiteral("openai"), {{.fault = Fault::ServerError, .probability = 0.3},
                                                    {.fault = Fault::ContentFilter, .probability = 0.1}});
    find<QSpinBox>("batchRuns")->setValue(3);
    ready();
    page().run();
    QTRY_VERIFY(page().batch().ended() >= 30);
    picture("running");
    QTRY_VERIFY_WITH_TIMEOUT(!page().isRunning(), 110'000);
    find<QTableView>("batchTable")->selectRow(3);
    picture("done");
}

SUITE_TEST(BatchPageTest)
#include "tst_batchpage.moc"
