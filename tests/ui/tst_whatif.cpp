// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/bandchart.h"
#include "mainwindow.h"
#include "notices/noticecenter.h"
#include "models/scenarioeditor.h"
#include "pages/whatiffiles.h"
#include "pages/whatifpage.h"
#include "pages/whatifresults.h"
#include "pages/whatifsweep.h"
#include "simulator/scenariofile.h"
#include "support/fakeengine.h"
#include "support/pictures.h"
#include "support/suite.h"
#include "widgets/faulttimeline.h"
#include "widgets/settling.h"
#include "words/simulationwords.h"
#include "words/slotwords.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace retryscope;

/// The What-if page in the real window: drawn and typed as a person would, and what comes of it read back.
class WhatIfTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void aFaultIsDrawn();
    void aFaultIsMovedResizedAndTakenToAnotherRow();
    void escapeGivesUpADrag();
    void everythingByKeys();
    void fieldsOfAFault();
    void aValueOutsideItsRangeIsRefused();
    void undoAndRedo();
    void aNamedScenarioComesIn();
    void anEditIsAnsweredAnew();
    void theDraftIsB();
    void equalPoliciesDifferByNothing();
    void cIsChosen();
    void tasksAreToldWhereThereAreSome();
    void aConfigurationFileThatIsWrongSaysSo();
    void theSameSeedGivesTheSame();
    void whatMoreSlotsWouldGive();
    void stopKeepsWhatWasFound();
    void aLongStudyWaitsToBeAskedFor();
    void theWindowClosesInMidRun();
    void everyPageIsWaitedForUntilItIsSettled();
    void chartsShareTheirCursor();
    void aSweepIsPlayed();
    void aSweepSaysWhatIsWrong();
    void theTableIsSaved();
    void valuesOverTimeAreSaved();
    void aScenarioIsSavedAndOpened();
    void badFilesSaySo_data();
    void badFilesSaySo();
    void thePictureShowsAllOfIt();
    void theCommandIsCopied();
    void recordedCalls();
    void tabReachesEverything();
    void smallWindowsFit();
    void pictures();

private:
    template <typename T = QWidget> T *find(const char *name) { return m_window->findChild<T *>(QLatin1String(name)); }
    QString text(const char *name) { return find<QLabel>(name)->text(); }
    WhatIfPage &page() { return m_window->whatIfPage(); }
    ScenarioEditor &editor() { return page().editor(); }
    FaultTimeline &timeline() { return *find<FaultTimeline>("faultTimeline"); }
    void click(const char *name)
    {
        QWidget *w = find(name);
        QVERIFY2(w && w->isVisible() && w->isEnabled(), name);
        QTest::mouseClick(w, Qt::LeftButton);
    }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        timeline().setFocus();
        QTest::keyClick(&timeline(), key, modifiers);
    }
    void drag(QPointF from, QPointF to);
    /// A calm day of ten minutes.
    void calm() { page().takeNamed(QStringLiteral("-")); }
    QPointF at(int row, Duration time) { return {timeline().xOf(time), timeline().rowRect(row).center().y()}; }
    void played() { QTRY_VERIFY(!page().job().isRunning() && !page().results().isStale()); }
    void type(const char *name, const QString &text)
    {
        auto *field = find<QAbstractSpinBox>(name);
        QVERIFY(field);
        field->setFocus();
        field->selectAll();
        QTest::keyClicks(field, text);
        QTest::keyClick(field, Qt::Key_Return);
    }
    void exportBy(const char *words);
    QByteArray read(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QVector<QStringList> rowsOf(const QByteArray &csv)
    {
        QVector<QStringList> rows;
        for (const QByteArray &line : csv.split('\n')) {
            if (!line.trimmed().isEmpty())
                rows.append(QString::fromUtf8(line.trimmed()).split(QLatin1Char(',')));
        }
        return rows;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<FakeEngine> m_engine;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    QString m_open, m_save; ///< what a person answers
};

void WhatIfTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_engine = std::make_unique<FakeEngine>();
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_window = std::make_unique<MainWindow>(
        *m_engine, [](const ProviderId &, Fault) {}, *m_theme);
    Configuration c;
    c.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:1")));
    m_window->setConfiguration(c);
    page().setChoosers([this](QWidget *, const QString &, const QString &) { return m_open; },
                       [this](QWidget *, const QString &, const QString &) { return m_save; });
    m_window->resize(1280, 800);
    m_window->showPage(MainWindow::WhatIf);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get(), suite::patience));
}

void WhatIfTest::cleanup()
{
    m_window.reset();
    m_theme.reset();
    m_engine.reset();
}

void WhatIfTest::drag(QPointF from, QPointF to)
{
    QTest::mousePress(&timeline(), Qt::LeftButton, {}, from.toPoint());
    for (const double part : {0.3, 0.7, 1.0}) {
        const QPointF now = from + (to - from) * part;
        QMouseEvent move(QEvent::MouseMove, now, timeline().mapToGlobal(now), Qt::NoButton, Qt::LeftButton, {});
        QApplication::sendEvent(&timeline(), &move);
    }
}

void WhatIfTest::exportBy(const char *words)
{
    for (QAction *action : find<QMenu>("exportMenu")->actions()) {
        if (action->text().remove(QLatin1Char('&')).startsWith(QLatin1String(words)))
            return action->trigger();
    }
    QFAIL(words);
}

void WhatIfTest::aFaultIsDrawn()
{
    calm();
    QCOMPARE(editor().rows(), 4); // as many as there are providers
    const Duration step = timeline().snap();
    drag(at(1, 2min), at(1, 4min));
    QVERIFY(timeline().isDragging());
    QCOMPARE(editor().faults(1).size(), 0); // until it is let go
    QTest::mouseRelease(&timeline(), Qt::LeftButton, {}, at(1, 4min).toPoint());
    QCOMPARE(editor().faults(1).size(), 1);
    const FaultSpan fault = editor().faults(1)[0];
    QVERIFY(std::chrono::abs(fault.from - 2min) <= step && std::chrono::abs(fault.from + fault.length - 4min) <= step);
    QCOMPARE(fault.from % step, Duration{});
    QCOMPARE(editor().selected(), (FaultRef{1, 0}));
    for (const int row : {0, 2, 3})
        QCOMPARE(editor().faults(row).size(), 0);
    drag(at(2, 8min), at(2, 5min)); // from right to left
    QTest::mouseRelease(&timeline(), Qt::LeftButton, {}, at(2, 5min).toPoint());
    QVERIFY(std::chrono::abs(editor().faults(2)[0].from - 5min) <= step);
    QTest::mouseClick(&timeline(), Qt::LeftButton, {}, at(3, 1min).toPoint()); // a click draws nothing
    QCOMPARE(editor().faults(3).size(), 0);
    QVERIFY(!editor().selected().isFault());
}

void WhatIfTest::aFaultIsMovedResizedAndTakenToAnotherRow()
{
    calm();
    editor().add(0, {2min, 2min, FaultMode::Slow, 0.5, 3});
    const Duration step = timeline().snap();
    const auto let = [this](QPointF where) { QTest::mouseRelease(&timeline(), Qt::LeftButton, {}, where.toPoint()); };
    const auto close = [step](Duration a, Duration b) { return std::chrono::abs(a - b) <= step; };
    QRectF block = timeline().faultRect({0, 0});
    drag(block.center(), block.center() + QPointF(timeline().xOf(3min) - timeline().xOf(Duration{}), 0));
    let(block.center());
    QVERIFY(close(editor().faults(0)[0].from, 5min) && editor().faults(0)[0].length == 2min);
    block = timeline().faultRect({0, 0});
    const QPointF end(block.right() - 2, block.center().y());
    drag(end, {timeline().xOf(9min), end.y()});
    let(end);
    QVERIFY(close(editor().faults(0)[0].from + editor().faults(0)[0].length, 9min));
    block = timeline().faultRect({0, 0});
    const QPointF start(block.left() + 2, block.center().y());
    drag(start, {timeline().xOf(8min), start.y()});
    let(start);
    QVERIFY(close(editor().faults(0)[0].from, 8min) && close(editor().faults(0)[0].length, 1min));
    block = timeline().faultRect({0, 0});
    drag(block.center(), {block.center().x(), timeline().rowRect(3).center().y()});
    let(block.center());
    QCOMPARE(editor().faults(0).size(), 0);
    QCOMPARE(editor().faults(3).size(), 1);
    const FaultSpan moved = editor().faults(3)[0];
    QCOMPARE(moved.mode, FaultMode::Slow);
    QCOMPARE(moved.share, 0.5);
    QCOMPARE(editor().selected(), (FaultRef{3, 0}));
    QCOMPARE(editor().undoStack().count(), 6); // the day, the fault, and four drags
}

void WhatIfTest::escapeGivesUpADrag()
{
    calm();
    editor().add(0, {2min, 2min, FaultMode::Hang, 1, 5});
    const int steps = editor().undoStack().count();
    const QPointF middle = timeline().faultRect({0, 0}).center();
    drag(middle, middle + QPointF(120, 0));
    key(Qt::Key_Escape);
    QVERIFY(!timeline().isDragging());
    QTest::mouseRelease(&timeline(), Qt::LeftButton, {}, middle.toPoint());
    QCOMPARE(editor().faults(0)[0].from, Duration(2min));
    QCOMPARE(editor().undoStack().count(), steps);
}

void WhatIfTest::everythingByKeys()
{
    calm();
    const Duration step = timeline().snap();
    editor().select({0, -1});
    key(Qt::Key_Down);
    key(Qt::Key_Down);
    QCOMPARE(editor().selected().row, 2);
    key(Qt::Key_Insert);
    QCOMPARE(editor().selected(), (FaultRef{2, 0}));
    const FaultSpan made = editor().faults(2)[0];
    key(Qt::Key_Right);
    QCOMPARE(editor().faults(2)[0].from, made.from + step);
    key(Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(editor().faults(2)[0].length, made.length + step);
    key(Qt::Key_Left, Qt::ControlModifier);
    QCOMPARE(editor().faults(2)[0].from, made.from);
    QCOMPARE(editor().faults(2)[0].length, made.length + 2 * step);
    key(Qt::Key_Up, Qt::ControlModifier);
    QCOMPARE(editor().faults(1).size(), 1);
    QCOMPARE(editor().selected(), (FaultRef{1, 0}));
    key(Qt::Key_Insert); // behind the one that is selected
    QCOMPARE(editor().faults(1).size(), 2);
    QVERIFY(editor().faults(1)[1].from >= editor().faults(1)[0].from + editor().faults(1)[0].length);
    key(Qt::Key_Up);
    QCOMPARE(editor().selected(), (FaultRef{1, 0}));
    key(Qt::Key_Return);
    QVERIFY(find("faultMode")->hasFocus());
    key(Qt::Key_Delete);
    QCOMPARE(editor().faults(1).size(), 1);
    QVERIFY(timeline().accessibleDescription().contains(QStringLiteral("server errors")));
    for (int i = 0; i < 300; ++i) // never out of the day
        key(Qt::Key_Left);
    key(Qt::Key_Down);
    key(Qt::Key_Up);
    QVERIFY(editor().faults(1)[0].from >= Duration{});
}

void WhatIfTest::fieldsOfAFault()
{
    calm();
    QVERIFY(find("faultHint")->isVisible());
    editor().add(0, {1min, 1min, FaultMode::ServerError, 1, 5});
    QVERIFY(!find("faultHint")->isVisible());
    auto *mode = find<QComboBox>("faultMode");
    QVERIFY(!find("faultFactor")->isVisible());
    mode->setFocus();
    QTest::keyClicks(mode, QStringLiteral("slow"));
    QTRY_COMPARE(editor().faults(0)[0].mode, FaultMode::Slow);
    QVERIFY(find("faultFactor")->isVisible());
    type("faultFactor", QStringLiteral("8"));
    type("faultShare", QStringLiteral("40"));
    type("faultFrom", QStringLiteral("1:30"));
    type("faultLength", QStringLiteral("2 min"));
    QCOMPARE(editor().faults(0)[0], (FaultSpan{90s, 2min, FaultMode::Slow, 0.4, 8}));
    click("faultDelete");
    QCOMPARE(editor().faults(0).size(), 0);
}

void WhatIfTest::aValueOutsideItsRangeIsRefused()
{
    calm();
    editor().add(0, {1min, 1min, FaultMode::ServerError, 1, 5});
    type("faultShare", QStringLiteral("250")); // on the way it is 2 and 25
    QCOMPARE(editor().faults(0)[0].share, 0.25);
    QVERIFY2(text("faultProblem").contains(QStringLiteral("between 0 and 100")), qPrintable(text("faultProblem")));
    type("faultShare", QStringLiteral("40"));
    QCOMPARE(editor().faults(0)[0].share, 0.4);
    QVERIFY(find("faultProblem")->isHidden());
    type("workloadRate", QStringLiteral("many"));
    QVERIFY(text("workloadProblem").startsWith(QStringLiteral("✗ calls")));
}

void WhatIfTest::undoAndRedo()
{
    calm();
    const int before = editor().undoStack().index();
    type("workloadRate", QStringLiteral("2.75")); // four keys, one step
    QCOMPARE(editor().undoStack().index(), before + 1);
    editor().add(1, {1min, 1min, FaultMode::Refused, 1, 5});
    type("faultShare", QStringLiteral("50"));
    const Scenario last = editor().scenario();
    QTest::keyClick(find("faultShare"), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(editor().faults(1)[0].share, 1.0);
    QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(editor().faults(1).size(), 0);
    click("whatIfUndo");
    QCOMPARE(editor().scenario().workload.perSecond, 1.0);
    for (int i = 0; i < 3; ++i)
        QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(editor().scenario() == last);
    QCOMPARE(editor().selected(), (FaultRef{1, 0}));
    QVERIFY(!find("whatIfRedo")->isEnabled());
}

void WhatIfTest::aNamedScenarioComesIn()
{
    auto *box = find<QComboBox>("scenarioBox");
    QCOMPARE(box->currentText(), namedScenario(QStringLiteral("minute-outage"))->name); // the page is never empty
    QVERIFY(!editor().undoStack().canUndo());
    box->setCurrentIndex(box->findText(QStringLiteral("A bad afternoon")));
    emit box->activated(box->currentIndex());
    QCOMPARE(editor().scenario().name, QStringLiteral("A bad afternoon"));
    const Scenario named = *namedScenario(QStringLiteral("bad-afternoon"));
    for (int place = 0; place < 4; ++place)
        QVERIFY(editor().scenario().model(place) == named.model(place));
    QVERIFY(text("scenarioAbout").startsWith(named.about.left(20)));
    editor().remove({0, 0});
    QVERIFY(text("scenarioAbout").startsWith(QStringLiteral("Edited. ")));
    QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(!text("scenarioAbout").startsWith(QStringLiteral("Edited. ")));
    QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(box->currentText(), namedScenario(QStringLiteral("minute-outage"))->name);
}

void WhatIfTest::anEditIsAnsweredAnew()
{
    played();
    const StudyResult first = *page().job().result();
    QCOMPARE(first.values.size(), 2u); // A and C
    QCOMPARE(int(first.values[0].size()), 20);
    editor().add(1, {1min, 8min, FaultMode::Refused, 1, 5});
    QVERIFY(page().results().isStale()); // until it is answered
    played();
    QVERIFY(page().job().result()->digest != first.digest);
    const Study &study = page().job().study();
    Study again = study;
    again.threads = 1;
    QCOMPARE(run(again).digest, page().job().result()->digest); // what the command line would print
}

void WhatIfTest::theDraftIsB()
{
    played();
    QVERIFY(text("policyB").contains(QStringLiteral("as A")));
    Configuration draft = m_window->configurationDraft().draft();
    draft.retry.maxAttempts = 1;
    draft.retry.attemptsPerProvider = 1;
    m_window->configurationDraft().setDraft(draft);
    QVERIFY(page().results().isStale());
    played();
    QCOMPARE(page().job().result()->values.size(), 3u);
    QVERIFY(text("policyB").contains(QStringLiteral("2 changes")));
    const ComparisonModel &table = page().results().table();
    QCOMPARE(table.headerData(2, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("B · draft"));
    QCOMPARE(table.index(0, 2).data(ComparisonModel::VerdictRole).toInt(), -1); // one attempt is worse in an outage
    QVERIFY(table.index(0, 2).data(ComparisonModel::DifferenceRole).toString().contains(QStringLiteral("less ±")));
    QVERIFY(table.index(0, 1).data(ComparisonModel::BestRole).toBool());
    draft.retry.deadline = Duration{};
    m_window->configurationDraft().setDraft(draft);
    QVERIFY(text("policyB").contains(QStringLiteral("it has errors")));
    m_window->configurationDraft().discard();
    played();
    QCOMPARE(page().job().result()->values.size(), 2u);
}

void WhatIfTest::equalPoliciesDifferByNothing()
{
    auto *third = find<QComboBox>("policyC");
    for (int i = 0; i < third->count(); ++i) {
        if (third->itemText(i) == QStringLiteral("preset: Retryscope default")) {
            third->setCurrentIndex(i);
            emit third->activated(i);
        }
    }
    played();
    const ComparisonModel &table = page().results().table();
    QCOMPARE(table.policies().last().name, QStringLiteral("preset: Retryscope default"));
    for (int row = 0; row < table.rowCount(); ++row) {
        QCOMPARE(table.index(row, 2).data(ComparisonModel::DifferenceRole).toString(),
                 QStringLiteral("no difference seen"));
        QVERIFY(!table.index(row, 1).data(ComparisonModel::BestRole).toBool());
        QCOMPARE(table.index(row, 2).data().toString(), table.index(row, 1).data().toString());
    }
}

void WhatIfTest::cIsChosen()
{
    auto *third = find<QComboBox>("policyC");
    QCOMPARE(third->currentText(), QStringLiteral("plain SDK client"));
    const auto choose = [third](int index) {
        third->setCurrentIndex(index);
        emit third->activated(index);
    };
    choose(2);
    played();
    QCOMPARE(page().job().study().policies.last().config->maxAttempts, 1);
    choose(0);
    played();
    QCOMPARE(page().job().study().policies.size(), 1);
    choose(third->findText(QStringLiteral("gRPC retry throttling")));
    QVERIFY(third->itemData(third->currentIndex(), Qt::ToolTipRole).toString().contains(QStringLiteral("10 tokens")));
    played();
    QVERIFY(page().job().study().policies.last().throttle->tokens);
    QCOMPARE(page().results().table().policies().last().name, QStringLiteral("gRPC retry throttling"));
    choose(third->findText(QStringLiteral("hedged after 2 s")));
    played();
    QCOMPARE(page().job().study().policies.last().hedge->after, std::optional<Duration>(2s));
    Configuration other = m_window->configurationDraft().inForce();
    other.retry.maxAttempts = 7;
    m_open = m_folder->filePath(QStringLiteral("other.json"));
    QFile file(m_open);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(toJson(other)) > 0);
    file.close();
    choose(3);
    played();
    QCOMPARE(page().job().study().policies.last().config->maxAttempts, 7);
    QCOMPARE(page().results().table().policies().last().name, QStringLiteral("other.json"));
}

void WhatIfTest::aConfigurationFileThatIsWrongSaysSo()
{
    m_open = m_folder->filePath(QStringLiteral("bad.json"));
    QFile file(m_open);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(R"({"retry": {"max_attempts": 99}})") > 0);
    file.close();
    auto *third = find<QComboBox>("policyC");
    third->setCurrentIndex(3);
    emit third->activated(3);
    QVERIFY2(text("whatIfNote").contains(m_open) && text("whatIfNote").contains(QStringLiteral("max_attempts")),
             qPrintable(text("whatIfNote")));
    QCOMPARE(third->currentIndex(), 1); // as it was
}

void WhatIfTest::theSameSeedGivesTheSame()
{
    played();
    const quint64 digest = page().job().result()->digest;
    type("studySeed", QStringLiteral("8"));
    played();
    QVERIFY(page().job().result()->digest != digest);
    type("studySeed", QStringLiteral("1"));
    played();
    QCOMPARE(page().job().result()->digest, digest);
    type("studyDays", QStringLiteral("1"));
    QTest::keyClick(&page(), Qt::Key_Return, Qt::ControlModifier);
    QVERIFY2(text("whatIfStatus").contains(QStringLiteral("between 2 and 10000")), qPrintable(text("whatIfStatus")));
    QVERIFY(!page().job().isRunning());
}

/// The command line's sentence, of the same play; where calls do not wait for slots there is none.
void WhatIfTest::whatMoreSlotsWouldGive()
{
    played();
    page().takeNamed(QStringLiteral("storm"));
    type("studyDays", QStringLiteral("3"));
    QTest::keyClick(&page(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(page().job().isRunning());
    played();
    const Study &study = page().job().study();
    const auto relief = slotRelief(study.scenario, study.policies.first(), study.seed, study.replications);
    QVERIFY(relief);
    QVERIFY2(find("comparisonAdvice")->isVisible() && text("comparisonAdvice").endsWith(sentence(*relief)),
             qPrintable(text("comparisonAdvice")));
    QVERIFY(find("comparisonAdvice")->isEnabled());
    calm();
    QVERIFY(!find("comparisonAdvice")->isVisible() || !find("comparisonAdvice")->isEnabled()); // of the question before
    QTRY_VERIFY(!page().results().isStale() && !page().job().isRunning());
    QVERIFY(!find("comparisonAdvice")->isVisible());
}

void WhatIfTest::stopKeepsWhatWasFound()
{
    played();
    page().takeNamed(QStringLiteral("bad-afternoon"));
    type("studyDays", QStringLiteral("5000"));
    QTest::keyClick(&page(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(page().job().isRunning() && page().job().result());
    QCOMPARE(find<QPushButton>("runButton")->text(), QStringLiteral("Stop"));
    QVERIFY(find<QProgressBar>("whatIfProgress")->isVisible());
    QVERIFY(!page().results().isStale()); // it is shown as it comes
    click("runButton");
    QVERIFY(!page().job().isRunning());
    const int days = int(page().job().result()->values[0].size());
    QVERIFY(days >= 4 && days < 5'000);
    QVERIFY2(text("whatIfStatus").contains(QStringLiteral("rests on %1 of 5000").arg(days)),
             qPrintable(text("whatIfStatus")));
    QVERIFY(!page().results().isStale());
    page().run();
    key(Qt::Key_Escape);
    key(Qt::Key_Escape); // the first may have let the selection go
    QVERIFY(!page().job().isRunning());
}

void WhatIfTest::aLongStudyWaitsToBeAskedFor()
{
    played();
    calm();
    editor().setLength(24h);
    Workload w = editor().scenario().workload;
    w.perSecond = 100;
    editor().setWorkload(w);
    QTRY_VERIFY2(text("whatIfStatus").contains(QStringLiteral("million calls: press Run")),
                 qPrintable(text("whatIfStatus")));
    QVERIFY(!page().job().isRunning());
    w.perSecond = 1e5;
    editor().setWorkload(w);
    page().run();
    QVERIFY2(text("whatIfStatus").contains(QStringLiteral("million calls; at most")), qPrintable(text("whatIfStatus")));
    QVERIFY(!page().job().isRunning());
}

void WhatIfTest::theWindowClosesInMidRun()
{
    page().takeNamed(QStringLiteral("bad-afternoon"));
    type("studyDays", QStringLiteral("9000"));
    page().run();
    auto *values = find<QLineEdit>("sweepValues");
    QTest::keyClick(values, Qt::Key_Return);
    QVERIFY(page().sweep().job().isRunning());
    QTest::qWait(50);
    QElapsedTimer took;
    took.start();
    m_window.reset();
    QVERIFY2(took.elapsed() < 5'000, qPrintable(QString::number(took.elapsed())));
    QTest::qWait(50); // nothing is left that speaks to it
}

/// As --grab does before each picture.
void WhatIfTest::everyPageIsWaitedForUntilItIsSettled()
{
    using namespace std::chrono_literals;
    m_window->showPage(MainWindow::Dashboard);
    for (int number = 0; number < MainWindow::PageCount; ++number) {
        m_window->showPage(number);
        QVERIFY2(settle(*m_window, 0ms, std::chrono::milliseconds(suite::patience)), qPrintable(QString::number(number)));
        for (const char *bar : {"whatIfProgress", "forecastProgress"}) {
            const QWidget *progress = find(bar);
            QVERIFY2(!progress || !progress->isVisible(), bar);
        }
    }
    m_window->showPage(MainWindow::WhatIf);
    QVERIFY(page().job().result() && !page().results().isStale());
    editor().add(0, {60s, 30s, FaultMode::ServerError, 1.0, 1.0});
    QVERIFY(!isSettled(*m_window));
    QVERIFY(!settle(*m_window, 0ms, 0ms)); // bounded
    m_window->showPage(MainWindow::Dashboard);
    QVERIFY(isSettled(*m_window)); // what is not seen is not waited for
}

void WhatIfTest::chartsShareTheirCursor()
{
    played();
    const QVector<BandChart *> &charts = page().results().charts();
    QCOMPARE(charts.size(), 4);
    const StudyResult &result = *page().job().result();
    for (BandChart *chart : charts)
        QCOMPARE(chart->data().lines.size(), 2);
    QCOMPARE(charts[0]->data().lines[0].values.size(), int(result.moments(0).size()));
    QCOMPARE(charts[0]->data().lines[1].values[30]->mean, result.moments(1)[30].success->mean);
    QWidget *plot = charts[1]->picture();
    int moves = 0;
    const auto pointed = [&] { // a notice may come over the corner, and the page may still grow
        m_window->notices().close(QStringLiteral("keys"));
        find<QScrollArea>("whatIfScroll")->ensureWidgetVisible(plot);
        QTest::mouseMove(plot, plot->rect().center() + QPoint(++moves % 2, 0));
        return charts[1]->cursor().has_value();
    };
    QTRY_VERIFY(pointed());
    for (BandChart *chart : charts)
        QCOMPARE(chart->cursor(), charts[1]->cursor());
    plot->setFocus();
    const int at = *charts[1]->cursor();
    QTest::keyClick(plot, Qt::Key_Right);
    QCOMPARE(*charts[3]->cursor(), at + 1);
    const QString legend = charts[0]->legend()->entries()[0].value;
    QCOMPARE(legend, charts[0]->valueText(result.moments(0)[std::size_t(at + 1)].success->mean));
    QTest::keyClick(plot, Qt::Key_Escape);
    QVERIFY(!charts[0]->cursor());
    const ChartTable table = charts[0]->table();
    QCOMPARE(table.rows.size(), int(result.moments(0).size()));
    QCOMPARE(table.rows[30][2], charts[0]->bandText(*result.moments(1)[30].success));
    QVERIFY(charts[0]->summary().contains(QStringLiteral("A · in force: from ")));
    charts[0]->legend()->toggle(1, false); // C alone
    QVERIFY(!charts[0]->legend()->isShown(0));
}

void WhatIfTest::aSweepIsPlayed()
{
    played();
    auto *field = find<QComboBox>("sweepField");
    field->setCurrentIndex(field->findText(QStringLiteral("Max attempts")));
    QVERIFY(field->currentIndex() >= 0);
    emit field->activated(field->currentIndex());
    auto *values = find<QLineEdit>("sweepValues");
    QCOMPARE(values->text(), QStringLiteral("1, 2, 3, 4, 5, 6, 7, 8"));
    values->setText(QStringLiteral("1,2,4"));
    find<QScrollArea>("whatIfScroll")->ensureWidgetVisible(find("sweepButton"));
    click("sweepButton");
    QVERIFY(page().sweep().job().isRunning());
    QTRY_VERIFY(page().sweep().job().result());
    const SweepResult &result = *page().sweep().job().result();
    QCOMPARE(result.rows.size(), 3);
    const auto &lines = page().sweep().charts()[0]->data().lines;
    QCOMPARE(lines[0].values[0]->mean, result.rows[0].measures[0]->mean);
    QVERIFY(result.rows[0].measures[0]->mean < result.rows[2].measures[0]->mean); // one attempt in an outage
    QCOMPARE(page().sweep().charts()[0]->data().names[1], QStringLiteral("2"));
    QVERIFY(page().sweep().charts()[0]->data().mark == 2.0); // 4 is what is in force
    QVERIFY(text("sweepTold").startsWith(QStringLiteral("Against what A · in force has: calls answered:")));
    m_save = m_folder->filePath(QStringLiteral("sweep.csv"));
    exportBy("Sweep");
    const QVector<QStringList> rows = rowsOf(read(m_save));
    QCOMPARE(rows[0][0], QStringLiteral("max_attempts"));
    QCOMPARE(rows.size(), 1 + 3 * measureCount);
    QCOMPARE(rows[1][2].toDouble(), QString::number(result.rows[0].measures[0]->mean, 'g', 12).toDouble());
    editor().add(0, {1min, 1min, FaultMode::Refused, 1, 5}); // another scenario
    QVERIFY(text("sweepTold").contains(QStringLiteral("another scenario")));
    QVERIFY(page().sweep().csv().isEmpty());
}

void WhatIfTest::aSweepSaysWhatIsWrong()
{
    auto *values = find<QLineEdit>("sweepValues");
    values->setText(QStringLiteral("soon"));
    QTest::keyClick(values, Qt::Key_Return);
    QVERIFY(!page().sweep().job().isRunning());
    QVERIFY2(text("sweepTold").startsWith(QStringLiteral("✗ \"soon\" is no value of")), qPrintable(text("sweepTold")));
}

void WhatIfTest::theTableIsSaved()
{
    m_save = m_folder->filePath(QStringLiteral("table.csv"));
    exportBy("Table");
    QVERIFY(!QFile::exists(m_save)); // nothing has been played
    QVERIFY(text("whatIfNote").contains(QStringLiteral("until the scenario has been played")));
    played();
    exportBy("Table");
    QCOMPARE(text("whatIfNote"), QStringLiteral("Saved %1.").arg(m_save));
    const QVector<QStringList> rows = rowsOf(read(m_save));
    const ComparisonModel &table = page().results().table();
    QCOMPARE(rows.size(), 1 + table.rowCount() * 2);
    for (int m = 0; m < table.rowCount(); ++m) {
        for (int p = 0; p < 2; ++p) {
            const QStringList &row = rows[1 + m * 2 + p];
            const Measure measure = page().results().table().measures()[m];
            QCOMPARE(row[0], toKey(measure));
            Estimate e{row[3].toDouble(), row[4].isEmpty() ? std::nullopt : std::optional(row[4].toDouble()), row[5].toInt()};
            const auto shown = row[3].isEmpty() ? std::nullopt : std::optional(e);
            QCOMPARE(estimateText(measure, shown), table.index(m, p + 1).data().toString());
            if (p == 1 && row[8] == QStringLiteral("none"))
                QCOMPARE(table.index(m, 2).data(ComparisonModel::DifferenceRole).toString(),
                         QStringLiteral("no difference seen"));
        }
    }
    m_save = m_folder->filePath(QStringLiteral("not/there.csv"));
    exportBy("Table");
    QVERIFY2(text("whatIfNote").startsWith(QStringLiteral("✗ %1 could not be written").arg(m_save)),
             qPrintable(text("whatIfNote")));
}

void WhatIfTest::valuesOverTimeAreSaved()
{
    played();
    m_save = m_folder->filePath(QStringLiteral("time.csv"));
    exportBy("Values over time");
    const QVector<QStringList> rows = rowsOf(read(m_save));
    const StudyResult &result = *page().job().result();
    const std::vector<Moment> first = result.moments(0);
    QCOMPARE(rows.size(), 1 + 2 * int(first.size()));
    QCOMPARE(rows[0][3], QStringLiteral("success"));
    for (std::size_t i = 0; i < first.size(); ++i) {
        QCOMPARE(rows[1 + int(i)][0].toDouble(), toSeconds(result.sums[0].momentLength()) * double(i));
        QVERIFY(std::abs(rows[1 + int(i)][3].toDouble() - first[i].success->mean) < 1e-9);
    }
}

void WhatIfTest::aScenarioIsSavedAndOpened()
{
    page().takeNamed(QStringLiteral("shared-key"));
    editor().add(2, {30s, 45s, FaultMode::Malformed, 0.3, 5});
    const Scenario drawn = editor().scenario();
    m_save = m_open = m_folder->filePath(QStringLiteral("my-day.json"));
    exportBy("Scenario");
    QVERIFY(!text("scenarioAbout").startsWith(QStringLiteral("Edited")));
    calm();
    QVERIFY(!(editor().scenario() == drawn));
    click("importButton");
    QTRY_VERIFY(editor().scenario().model(2) == drawn.model(2)); // it is read aside
    for (int place = 0; place < 32; ++place)
        QVERIFY(editor().scenario().model(place) == drawn.model(place));
    QVERIFY(editor().scenario().workload == drawn.workload);
    const LoadedScenario loaded = scenarioFromJson(read(m_save));
    QVERIFY(loaded.issues.isEmpty());
    QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier); // to open one is a step, too
    QVERIFY(editor().faults(2).isEmpty());
}

void WhatIfTest::badFilesSaySo_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("said");
    QTest::newRow("no JSON") << QByteArray("{")
                             << QStringLiteral("is no scenario that can be played. This is no scenario");
    QTest::newRow("a mode") << QByteArray(R"({"faults": [{"mode": "melted"}]})") << QStringLiteral("faults[0].mode: ");
    QTest::newRow("a length") << QByteArray(R"({"length_s": -1})") << QStringLiteral("length_s: ");
    QTest::newRow("a hundred errors") << QByteArray("{\"faults\": [" + QByteArray(R"({"share": 2},)").repeated(99)
                                                    + R"({"share": 2}]})")
                                      << QStringLiteral("And 97 more.");
    QTest::newRow("a large one") << QByteArray(5 << 20, ' ') << QStringLiteral("larger than");
}

void WhatIfTest::badFilesSaySo()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, said);
    const Scenario before = editor().scenario();
    m_open = m_folder->filePath(QStringLiteral("bad.json"));
    QFile file(m_open);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
    file.close();
    click("importButton");
    QTRY_VERIFY2(text("whatIfNote").contains(said), qPrintable(text("whatIfNote")));
    QVERIFY(text("whatIfNote").contains(m_open));
    QVERIFY(editor().scenario() == before);
    m_open = m_folder->filePath(QStringLiteral("nowhere.json"));
    click("importButton");
    QTRY_VERIFY(text("whatIfNote").contains(m_open));
}

void WhatIfTest::thePictureShowsAllOfIt()
{
    played();
    m_save = m_folder->filePath(QStringLiteral("what-if.png"));
    const QSize content = find<QScrollArea>("whatIfScroll")->widget()->size(); // before, as the picture has it
    exportBy("Picture");
    const QImage image(m_save);
    QCOMPARE(image.width(), content.width() * 2);
    QVERIFY(image.height() > content.height() * 2); // with a line that says what it is
    QVERIFY(image.height() < content.height() * 2 + 100);
    QVERIFY(content.height() > m_window->height()); // also what is out of sight
    QSet<QRgb> colours;
    for (int y = 0; y < image.height(); y += 7) {
        for (int x = 0; x < image.width(); x += 7)
            colours.insert(image.pixel(x, y));
    }
    QVERIFY(colours.contains(m_theme->surface().rgb()) && colours.contains(m_theme->window().rgb()));
    QVERIFY(colours.size() > 20);
}

void WhatIfTest::theCommandIsCopied()
{
    exportBy("Copy");
    QCOMPARE(QApplication::clipboard()->text(),
             QStringLiteral("retryscope-cli simulate --scenario minute-outage --seed 1 --replications 20 --against sdk-default"));
    editor().add(0, {1min, 1min, FaultMode::Refused, 1, 5});
    exportBy("Copy");
    QVERIFY(text("whatIfNote").contains(QStringLiteral("save it first")));
    m_save = m_folder->filePath(QStringLiteral("my day.json"));
    exportBy("Scenario");
    exportBy("Copy");
    QVERIFY(QApplication::clipboard()->text().contains(QStringLiteral("--scenario '%1'").arg(m_save)));
}

void WhatIfTest::recordedCalls()
{
    m_open = m_folder->filePath(QStringLiteral("calls.csv"));
    QFile file(m_open);
    QVERIFY(
        file.open(QIODevice::WriteOnly)
        && file.write("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,374,44\n2023-11-16 18:16:46,3,4\n")
               > 0);
    file.close();
    auto *kind = find<QComboBox>("workloadKind");
    kind->setCurrentIndex(int(Workload::Kind::Trace));
    emit kind->activated(int(Workload::Kind::Trace));
    QTRY_COMPARE(editor().scenario().workload.trace.size(), 2);
    QCOMPARE(editor().scenario().length, Duration(61s));
    played();
    QCOMPARE(kind->currentIndex(), int(Workload::Kind::Trace));
    QVERIFY(!find("workloadRate")->isVisible());
}

/// Two rows more, and as before without them.
void WhatIfTest::tasksAreToldWhereThereAreSome()
{
    calm();
    played();
    const ComparisonModel &table = page().results().table();
    const int rows = table.rowCount();
    QVERIFY(!table.measures().contains(Measure::Whole));
    type("workloadTask", QStringLiteral("10"));
    QCOMPARE(editor().scenario().workload.taskCalls, 10);
    played();
    QCOMPARE(table.rowCount(), rows + 2);
    QCOMPARE(table.index(rows, 0).data().toString(), QStringLiteral("tasks answered whole"));
    QVERIFY(table.index(rows, 1).data().toString().contains(u'%'));
    type("workloadTask", QStringLiteral("1"));
    played();
    QCOMPARE(table.rowCount(), rows);
}

void WhatIfTest::tabReachesEverything()
{
    calm();
    played();
    editor().add(0, {1min, 1min, FaultMode::Slow, 1, 5});
    played();
    auto *first = find("scenarioBox");
    first->setFocus();
    QSet<QString> reached;
    for (int i = 0; i < 150; ++i) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        QVERIFY(QApplication::focusWidget());
        reached.insert(QApplication::focusWidget()->objectName());
        if (QApplication::focusWidget() == first)
            break;
    }
    QVERIFY(first->hasFocus());
    for (const char *name :
         {"workloadKind",    "workloadRate", "workloadTask", "workloadLength", "faultTimeline", "faultMode",
          "faultFrom",       "faultLength",  "faultShare",   "faultFactor",    "faultDelete",   "policyC",
          "comparisonTable", "successPlot",  "latencyPlot",  "attemptsPlot",   "recoveryPlot",  "sweepField",
          "sweepBase",       "sweepValues",  "sweepButton",  "studySeed",      "studyDays",     "runButton",
          "importButton",    "exportButton"})
        QVERIFY2(reached.contains(QLatin1String(name)), name);
}

void WhatIfTest::smallWindowsFit()
{
    new QAbstractItemModelTester(const_cast<ComparisonModel *>(&page().results().table()),
                                 QAbstractItemModelTester::FailureReportingMode::QtTest, m_window.get());
    played();
    editor().add(0, {1min, 1min, FaultMode::Slow, 1, 5});
    m_window->resize(900, 600);
    QTest::qWait(50);
    QCOMPARE(m_window->size(), QSize(900, 600));
    const auto *scroll = find<QScrollArea>("whatIfScroll");
    QVERIFY2(scroll->widget()->width() <= scroll->viewport()->width(),
             qPrintable(QString::number(scroll->widget()->width())));
    QCOMPARE(find("runButton")->visibleRegion().boundingRect(), find("runButton")->rect());
    const auto *table = find<QTableView>("comparisonTable");
    QVERIFY(!table->verticalScrollBar()->isVisible());
}

void WhatIfTest::pictures()
{
    const QString folder = suite::pictureFolder();
    const auto save = [&](const QString &what, const QSize &size, qreal scale) {
        m_window->resize(size);
        for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
            m_theme->setMode(mode);
            QTest::qWait(60);
            QImage picture(m_window->size() * scale, QImage::Format_ARGB32_Premultiplied);
            picture.setDevicePixelRatio(scale);
            picture.fill(Qt::transparent);
            m_window->render(&picture);
            QVERIFY(suite::keep(picture, QStringLiteral("%1/whatif-%2-%3-%4@%5.png")
                                     .arg(folder, what)
                                     .arg(size.width())
                                     .arg(mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light"))
                                     .arg(scale)));
        }
    };
    Configuration draft = m_window->configurationDraft().draft();
    draft.retry.maxAttempts = 2;
    m_window->configurationDraft().setDraft(draft);
    page().takeNamed(QStringLiteral("bad-afternoon"));
    type("studyDays", QStringLiteral("5"));
    played();
    editor().select({0, 1});
    auto *values = find<QLineEdit>("sweepValues");
    values->setText(QStringLiteral("1,2,3,4,6"));
    QTest::keyClick(values, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(page().sweep().job().result(), 100'000);
    auto *scroll = find<QScrollArea>("whatIfScroll");
    for (const QSize size : suite::pictureSizes({QSize(900, 600), QSize(1280, 800), QSize(1920, 1080)})) {
        scroll->verticalScrollBar()->setValue(0);
        save(QStringLiteral("top"), size, 1);
        m_window->resize(size);
        QTest::qWait(50);
        scroll->verticalScrollBar()->setValue(scroll->verticalScrollBar()->maximum() / 2);
        page().results().charts()[1]->picture()->setFocus();
        QTest::keyClick(page().results().charts()[1]->picture(), Qt::Key_Home);
        for (int i = 0; i < 50; ++i)
            QTest::keyClick(page().results().charts()[1]->picture(), Qt::Key_Right);
        save(QStringLiteral("charts"), size, 1);
        scroll->verticalScrollBar()->setValue(scroll->verticalScrollBar()->maximum());
        save(QStringLiteral("sweep"), size, 1);
    }
    scroll->verticalScrollBar()->setValue(0);
    save(QStringLiteral("top"), QSize(1280, 800), 2);
    editor().add(1, {2h, 1h, FaultMode::Hang, 0.4, 5});
    save(QStringLiteral("stale"), QSize(1280, 800), 1);
}

SUITE_MAIN(WhatIfTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication app(argc, argv);
    WhatIfTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_whatif.moc"
