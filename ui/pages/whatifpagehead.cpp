// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/whatifpage.h"

#include "models/aside.h"
#include "models/scenarioeditor.h"
#include "pages/whatiffiles.h"
#include "pages/whatifresults.h"
#include "pages/whatifsweep.h"
#include "simulator/scenariofile.h"
#include "widgets/rangededit.h"

#include <QAction>
#include <QApplication>
#include <QBuffer>
#include <QClipboard>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QRegularExpression>
#include <QScrollArea>
#include <QShortcut>
#include <QToolButton>

namespace retryscope {
namespace {

constexpr qreal pictureScale = 2;

/// As a shell reads it back.
QString quoted(const QString &path)
{
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_./:@%+=,-]+$"));
    return plain.match(path).hasMatch()
               ? path
               : QStringLiteral("'%1'").arg(QString(path).replace(u'\'', QStringLiteral("'\\''")));
}

} // namespace

QWidget *WhatIfPage::makeHead()
{
    auto *head = new QWidget;
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(Theme::page, 0, Theme::page, 0);
    row->setSpacing(8);
    m_scenario->setObjectName(QStringLiteral("scenarioBox"));
    m_scenario->setAccessibleName(tr("Scenario"));
    m_scenario->setFocusPolicy(Qt::StrongFocus);
    m_scenario->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_scenario->setMinimumContentsLength(20);
    fillScenarios();
    m_about->setObjectName(QStringLiteral("scenarioAbout"));
    m_about->setForegroundRole(QPalette::PlaceholderText);
    row->addWidget(m_scenario);
    row->addWidget(m_about, 1);
    makeUndo(row);
    auto *import = new QToolButton;
    import->setObjectName(QStringLiteral("importButton"));
    import->setText(tr("Import …"));
    import->setToolTip(tr("Open a scenario file (Ctrl+I)"));
    connect(import, &QToolButton::clicked, this, &WhatIfPage::openScenario);
    auto *save = new QToolButton;
    save->setObjectName(QStringLiteral("exportButton"));
    save->setText(tr("Export ▾"));
    save->setToolTip(tr("Scenario, table, values over time, picture (Ctrl+E)"));
    save->setPopupMode(QToolButton::InstantPopup);
    save->setMenu(makeExportMenu());
    for (const auto &[button, key, what] : {std::tuple{import, Qt::CTRL | Qt::Key_I, tr("Open a scenario")},
                                            std::tuple{save, Qt::CTRL | Qt::Key_E, tr("Export")}}) {
        button->setAutoRaise(true);
        row->addWidget(button);
        auto *shortcut = new QShortcut(QKeySequence(key), this);
        shortcut->setWhatsThis(what);
        connect(shortcut, &QShortcut::activated, button, [button = button] { button->animateClick(); });
    }
    return head;
}

void WhatIfPage::makeUndo(QLayout *head)
{
    m_undo = m_editor->undoStack().createUndoAction(this, tr("Undo"));
    m_redo = m_editor->undoStack().createRedoAction(this, tr("Redo"));
    m_undo->setShortcut(QKeySequence::Undo);
    m_redo->setShortcuts({QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
    for (const auto &[action, name, text] :
         {std::tuple{m_undo, "whatIfUndo", tr("↶")}, std::tuple{m_redo, "whatIfRedo", tr("↷")}}) {
        action->setShortcutContext(Qt::WindowShortcut);
        QWidget::addAction(action);
        auto *button = new QToolButton;
        button->setObjectName(QLatin1String(name));
        button->setText(text);
        button->setAutoRaise(true);
        button->setEnabled(action->isEnabled());
        connect(button, &QToolButton::clicked, action, &QAction::trigger);
        const auto follow = [button, action = action] {
            button->setEnabled(action->isEnabled());
            button->setAccessibleName(action->text());
            button->setToolTip(
                QStringLiteral("%1 (%2)").arg(action->text(), action->shortcut().toString(QKeySequence::NativeText)));
        };
        connect(action, &QAction::changed, button, follow);
        follow();
        head->addWidget(button);
    }
}

void WhatIfPage::addAction(QMenu *menu, const QString &text, void (WhatIfPage::*what)())
{
    menu->addAction(text, this, what);
}

QMenu *WhatIfPage::makeExportMenu()
{
    auto *menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("exportMenu"));
    addAction(menu, tr("&Scenario file …"), &WhatIfPage::saveScenario);
    menu->addSeparator();
    addAction(menu, tr("&Table as CSV …"), &WhatIfPage::saveTable);
    addAction(menu, tr("Values over t&ime as CSV …"), &WhatIfPage::saveMoments);
    addAction(menu, tr("S&weep as CSV …"), &WhatIfPage::saveSweep);
    addAction(menu, tr("&Picture …"), &WhatIfPage::savePicture);
    menu->addSeparator();
    addAction(menu, tr("&Copy the command line"), &WhatIfPage::copyCommand);
    return menu;
}

void WhatIfPage::fillScenarios()
{
    m_scenario->addItem(tr("A calm day"), QStringLiteral("-"));
    m_scenario->setItemData(0, tr("Nothing goes wrong, until you draw it."), Qt::ToolTipRole);
    m_scenario->insertSeparator(1);
    for (const QString &name : scenarioNames()) {
        const auto scenario = namedScenario(name);
        m_scenario->addItem(scenario->name, name);
        m_scenario->setItemData(m_scenario->count() - 1, scenario->about, Qt::ToolTipRole);
    }
}

void WhatIfPage::say(const QString &sentence)
{
    m_note->setText(sentence);
    m_note->setVisible(!sentence.isEmpty());
}

void WhatIfPage::sayProblem(const QString &sentence) { say(QStringLiteral("✗ %1").arg(sentence)); }

void WhatIfPage::openScenario()
{
    const QString path = m_open(this, tr("Open a scenario"), tr("Scenario (*.json);;All files (*)"));
    if (path.isEmpty())
        return;
    aside(this, [path] { return readScenarioFile(path); }, [this, path](const auto &scenario) {
        if (scenario)
            load(*scenario, path, tr("Open %1").arg(path));
        else
            sayProblem(scenario.error());
    });
}

void WhatIfPage::openTrace()
{
    const QString path = m_open(this, tr("Open recorded calls"), tr("CSV (*.csv);;All files (*)"));
    if (path.isEmpty())
        return;
    say(tr("Reading %1 …").arg(path));
    aside(this, [path] { return readTraceFile(path); }, [this](const auto &rows) {
        if (!rows)
            return sayProblem(rows.error());
        Scenario scenario = m_editor->scenario();
        scenario.workload.kind = Workload::Kind::Trace;
        scenario.workload.trace = *rows;
        scenario.length = rows->last().at + 1s;
        m_editor->load(scenario, tr("Recorded calls"));
        say({});
    });
}

void WhatIfPage::saveAs(const QString &suggested, const QString &filter, const QByteArray &bytes)
{
    const QString path = m_save(this, suggested, filter);
    if (path.isEmpty())
        return;
    if (const QString problem = writeWhole(path, bytes); !problem.isEmpty())
        return sayProblem(problem);
    say(tr("Saved %1.").arg(path));
}

void WhatIfPage::saveScenario()
{
    const QString path = m_save(this, QStringLiteral("scenario.json"), tr("Scenario (*.json)"));
    if (path.isEmpty())
        return;
    if (const QString problem = writeWhole(path, toJson(m_editor->scenario())); !problem.isEmpty())
        return sayProblem(problem);
    const Scenario &saved = m_editor->scenario();
    m_sources[saved.name] = {path, saved};
    onScenario();
    say(saved.workload.kind == Workload::Kind::Trace
            ? tr("Saved %1. The recorded calls are not in it: open their CSV file again after it.").arg(path)
            : tr("Saved %1.").arg(path));
}

void WhatIfPage::saveTable()
{
    if (m_results->isStale())
        return sayProblem(tr("There is nothing to save until the scenario has been played."));
    saveAs(QStringLiteral("what-if.csv"), tr("CSV (*.csv)"), m_results->table().csv());
}

void WhatIfPage::saveMoments()
{
    if (m_results->isStale())
        return sayProblem(tr("There is nothing to save until the scenario has been played."));
    saveAs(QStringLiteral("what-if-over-time.csv"), tr("CSV (*.csv)"),
           momentsCsv(m_results->table().policies(), *m_job.result()));
}

void WhatIfPage::saveSweep()
{
    const QByteArray csv = m_sweep->csv();
    if (csv.isEmpty())
        return sayProblem(tr("There is no sweep to save. Choose a field and press Sweep first."));
    saveAs(QStringLiteral("sweep.csv"), tr("CSV (*.csv)"), csv);
}

/// The cards as they are, also those out of sight, and what they rest on.
void WhatIfPage::savePicture()
{
    QWidget *content = m_scroll->widget();
    const int foot = fontMetrics().height() + 16;
    QImage image((content->size() + QSize(0, foot)) * pictureScale, QImage::Format_RGB32);
    image.setDevicePixelRatio(pictureScale);
    image.fill(m_theme.window());
    content->render(&image, {}, {}, QWidget::DrawChildren);
    QPainter painter(&image);
    painter.setPen(m_theme.muted());
    painter.setFont(font());
    painter.drawText(QRect(18, content->height(), content->width() - 36, foot - 6), Qt::AlignVCenter | Qt::AlignLeft,
                     tr("%1, seed %2: %3")
                         .arg(m_editor->scenario().name)
                         .arg(qint64(m_seed->edit()->value()))
                         .arg(m_status->text()));
    painter.end();
    QBuffer bytes;
    bytes.open(QIODevice::WriteOnly);
    image.save(&bytes, "PNG");
    saveAs(QStringLiteral("what-if.png"), tr("Picture (*.png)"), bytes.data());
}

/// What gives the same numbers in a terminal; an edited scenario has to be saved first.
void WhatIfPage::copyCommand()
{
    const QString from = m_sources.value(m_editor->scenario().name).from;
    if (isEdited() || from == QLatin1String("-"))
        return sayProblem(tr("This scenario stands in no file: save it first, so that the command can name it."));
    QString command = QStringLiteral("retryscope-cli simulate --scenario %1 --seed %2 --replications %3")
                          .arg(quoted(from))
                          .arg(qint64(m_seed->edit()->value()))
                          .arg(int(m_days->edit()->value()));
    if (!m_draft.path().isEmpty())
        command += QStringLiteral(" --config ") + quoted(m_draft.path());
    if (const QString named = m_policies->namedThird(); !named.isEmpty())
        command += QStringLiteral(" --against ") + named;
    QApplication::clipboard()->setText(command);
    say(tr("Copied: %1").arg(command));
}

} // namespace retryscope
