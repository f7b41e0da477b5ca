// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/batchmodel.h"

#include "base/timeformat.h"
#include "words/batchwords.h"
#include "words/labels.h"

#include <QLocale>

#include <algorithm>

namespace retryscope {
namespace {

constexpr qsizetype previewLength = 200;

/// The first words of what is asked, on one line.
QString preview(const Prompt &prompt)
{
    QString text = prompt.text;
    for (const ChatMessage &message : prompt.messages) { // the last that says something
        for (const ChatPart &part : message.parts)
            text = prompt.text.isEmpty() && !part.text.isEmpty() ? part.text : text;
    }
    return text.left(previewLength).simplified();
}

bool belongs(const BatchRow &row, BatchMode mode)
{
    switch (mode) {
    case BatchMode::All: return true;
    case BatchMode::Failed: return row.outcome == CallOutcome::Failed;
    case BatchMode::Retried: return row.retries > 0;
    case BatchMode::FailedOver: return row.failovers > 0;
    case BatchMode::Slowest: break; // only all together tell
    }
    return false;
}

bool isNumeric(int column)
{
    return column == BatchModel::Number || (column >= BatchModel::Attempts && column <= BatchModel::Cost);
}

/// What a column is sorted by; texts are compared as they are shown.
double sortValue(const BatchRow &row, int column)
{
    switch (column) {
    case BatchModel::Result: return double(row.outcome) * 100 + double(row.reason);
    case BatchModel::Attempts: return row.attempts;
    case BatchModel::Time: return toSeconds(row.duration);
    case BatchModel::FirstToken: return toSeconds(row.firstToken.value_or(Duration{}));
    case BatchModel::Tokens: return row.tokensIn.value_or(0) + row.tokensOut.value_or(0);
    case BatchModel::Cost: return row.costUsd.value_or(-1);
    default: return row.number;
    }
}

} // namespace

BatchModel::BatchModel(const Theme &theme, const BatchRun &run, QObject *parent)
    : QAbstractTableModel(parent), m_theme(theme), m_run(run)
{
    connect(&theme, &Theme::changed, this, [this] {
        if (!m_places.isEmpty())
            emit dataChanged(index(0, Result), index(rowCount() - 1, Result), {Qt::ForegroundRole});
    });
}

int BatchModel::rowCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : int(m_places.size()); }
int BatchModel::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : int(ColumnCount); }

QString BatchModel::text(const BatchRow &row, int column) const
{
    const BatchPrompt &prompt = m_run.plan().prompts[row.prompt];
    switch (column) {
    case Number: return QString::number(row.number);
    case PromptName: return prompt.id.isEmpty() ? preview(prompt.prompt) : prompt.id;
    case Result: return resultText(row);
    case Provider: return m_run.plan().nameOf(row.provider);
    case Attempts: return row.attempts > 0 ? QString::number(row.attempts) : QString();
    case Time: return row.state == RowState::Done ? formatDuration(row.duration) : QString();
    case FirstToken: return row.firstToken ? formatDuration(*row.firstToken) : QString();
    case Tokens:
        return row.tokensIn || row.tokensOut
                   ? tr("%1 + %2").arg(row.tokensIn.value_or(0)).arg(row.tokensOut.value_or(0))
                   : QString();
    case Cost: return costText(row);
    case FinishWord: return row.finishWord();
    default: return {};
    }
}

QVariant BatchModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const BatchRow &row = rowAt(index.row());
    switch (role) {
    case Qt::DisplayRole: return text(row, index.column());
    case Qt::TextAlignmentRole:
        return int((isNumeric(index.column()) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case Qt::ForegroundRole:
        return index.column() == Result ? QVariant(outcomeClassColor(m_theme, outcomeClassOf(row))) : QVariant();
    case Qt::ToolTipRole:
        if (index.column() == PromptName)
            return preview(m_run.plan().prompts[row.prompt].prompt);
        if (index.column() == Provider)
            return row.model;
        return index.column() == Result ? QStringList{row.rule, row.message}.join(QLatin1Char('\n')).trimmed()
                                        : QString();
    default: return {};
    }
}

QVariant BatchModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int((isNumeric(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && section == Tokens)
        return tr("Tokens that went in + tokens that came out");
    if (role != Qt::DisplayRole)
        return {};
    const QString names[] = {tr("No."),  tr("Prompt"),      tr("Result"), tr("Provider"), tr("Attempts"),
                             tr("Time"), tr("First token"), tr("Tokens"), tr("Cost"),     tr("Finish")};
    if (section != m_column)
        return names[section];
    return QStringLiteral("%1 %2").arg(names[section], QString::fromUtf8(m_order == Qt::AscendingOrder ? "▴" : "▾"));
}

void BatchModel::order(QVector<int> *places) const
{
    const auto before = [this](int a, int b) {
        const BatchRow &x = m_run.rows()[a], &y = m_run.rows()[b];
        if (m_column == PromptName || m_column == Provider || m_column == FinishWord)
            return QString::localeAwareCompare(text(x, m_column), text(y, m_column)) < 0;
        return sortValue(x, m_column) < sortValue(y, m_column);
    };
    std::stable_sort(places->begin(), places->end(),
                     [&](int a, int b) { return m_order == Qt::AscendingOrder ? before(a, b) : before(b, a); });
}

void BatchModel::refresh()
{
    QVector<int> places = rowsOf(m_run.rows(), m_mode);
    order(&places);
    m_unsorted = 0;
    if (places == m_places)
        return;
    beginResetModel();
    m_places = places;
    m_rowOf.clear();
    for (int row = 0; row < int(m_places.size()); ++row)
        m_rowOf.insert(m_places[row], row);
    endResetModel();
}

void BatchModel::sort(int column, Qt::SortOrder order)
{
    m_column = column;
    m_order = order;
    emit headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    refresh();
}

void BatchModel::setMode(BatchMode mode)
{
    m_mode = mode;
    refresh();
}

void BatchModel::reset()
{
    beginResetModel();
    m_places.clear();
    m_rowOf.clear();
    m_unsorted = 0;
    endResetModel();
}

void BatchModel::append(int place)
{
    const int row = int(m_places.size());
    beginInsertRows({}, row, row);
    m_places.append(place);
    m_rowOf.insert(place, row);
    endInsertRows();
    m_unsorted += !isInOrderOfStart();
}

void BatchModel::onBegan(int place)
{
    if (m_mode == BatchMode::All)
        append(place);
}

void BatchModel::onChanged(int place)
{
    if (const int row = rowOf(place); row >= 0)
        emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
    else if (belongs(m_run.rows()[place], m_mode))
        append(place);
}

void BatchModel::onEnded(int place)
{
    const bool shown = rowOf(place) >= 0;
    onChanged(place);
    m_unsorted += m_mode == BatchMode::Slowest || (shown && m_column != Number);
}

OutcomeClass outcomeClassOf(const BatchRow &row)
{
    if (row.outcome == CallOutcome::FirstTry)
        return OutcomeClass::FirstChoice;
    if (row.outcome == CallOutcome::Failed)
        return OutcomeClass::Failed;
    return row.isServed() ? OutcomeClass::Helped : OutcomeClass::Open;
}

QColor outcomeClassColor(const Theme &theme, OutcomeClass kind)
{
    switch (kind) {
    case OutcomeClass::FirstChoice: return theme.stateText(ProviderState::Well);
    case OutcomeClass::Helped: return theme.stateText(ProviderState::Slow);
    case OutcomeClass::Failed: return theme.stateText(ProviderState::Down);
    case OutcomeClass::Open: break;
    }
    return theme.muted();
}

} // namespace retryscope
