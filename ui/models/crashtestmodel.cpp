// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/crashtestmodel.h"

#include "base/timeformat.h"
#include "words/crashtestwords.h"

namespace retryscope {

CrashTestModel::CrashTestModel(const Theme &theme, QObject *parent) : QAbstractTableModel(parent), m_theme(theme)
{
    connect(&theme, &Theme::changed, this,
            [this] { emit dataChanged(index(0, Verdict), index(rowCount() - 1, Verdict), {Qt::ForegroundRole}); });
}

int CrashTestModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(crashCases().size());
}

int CrashTestModel::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : int(ColumnCount); }

CrashTestModel::State CrashTestModel::stateAt(int row) const
{
    const auto it = m_states.find(QLatin1String(caseAt(row).key));
    return it == m_states.end() ? State::NotRun : it->second;
}

const CrashResult *CrashTestModel::resultAt(int row) const
{
    const auto it = m_results.find(QLatin1String(caseAt(row).key));
    return it == m_results.end() ? nullptr : &it->second;
}

int CrashTestModel::rowOf(const QString &key) const
{
    const CrashCase *one = crashCase(key);
    return one ? int(one - crashCases().constData()) : -1;
}

CrashResults CrashTestModel::results() const
{
    CrashResults all;
    for (int row = 0; row < rowCount(); ++row) {
        if (const CrashResult *result = resultAt(row))
            all.append(*result);
    }
    return all;
}

QVariant CrashTestModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const CrashResult *result = resultAt(index.row());
    const State state = stateAt(index.row());
    if (role == Qt::ForegroundRole && index.column() == Verdict)
        return result ? verdictColor(m_theme, result->verdict) : m_theme.muted();
    if (role == Qt::TextAlignmentRole && index.column() == Took)
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && index.column() == Did)
        return result ? didSentence(*result) : QString();
    if (role == Qt::ToolTipRole && index.column() == Case)
        return QString::fromUtf8(caseAt(index.row()).fault);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Verdict:
        if (result)
            return QStringLiteral("%1 %2").arg(verdictGlyph(result->verdict), toLabel(result->verdict));
        return state == State::Running ? tr("Running …") : state == State::Waiting ? tr("Waiting") : tr("Not run");
    case Case: return QString::fromUtf8(caseAt(index.row()).label);
    case Did: return result ? didSentence(*result) : QString();
    case Took: return result && result->verdict != CrashVerdict::LeftOut ? formatDuration(result->took) : QString();
    case Requests: return result && result->verdict != CrashVerdict::LeftOut ? requestsText(*result) : QString();
    default: return {};
    }
}

QVariant CrashTestModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role == Qt::TextAlignmentRole && section == Took)
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole || section < 0 || section >= ColumnCount)
        return {};
    const QString names[] = {tr("Verdict"), tr("Case"), tr("This configuration"), tr("Took"), tr("Requests")};
    return names[section];
}

void CrashTestModel::plan(const QStringList &keys)
{
    for (int row = 0; row < rowCount(); ++row) {
        const QString key = QLatin1String(caseAt(row).key);
        if (!keys.isEmpty() && !keys.contains(key))
            continue;
        m_states[key] = State::Waiting;
        m_results.erase(key);
    }
    emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

void CrashTestModel::set(const QString &key, State state)
{
    const int row = rowOf(key);
    if (row < 0)
        return;
    m_states[key] = state;
    emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

void CrashTestModel::setRunning(const QString &key) { set(key, State::Running); }

void CrashTestModel::setResult(const CrashResult &result)
{
    m_results[result.key] = result;
    set(result.key, State::Done);
}

void CrashTestModel::giveUp()
{
    for (auto &[key, state] : m_states)
        state = state == State::Done ? State::Done : State::NotRun;
    emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

QString verdictGlyph(CrashVerdict verdict)
{
    static constexpr const char *glyphs[] = {"✓", "◐", "▽", "✗", "–"};
    return QString::fromUtf8(glyphs[std::size_t(verdict)]);
}

QColor verdictColor(const Theme &theme, CrashVerdict verdict)
{
    switch (verdict) {
    case CrashVerdict::Pass: return theme.stateText(ProviderState::Well);
    case CrashVerdict::Partial: return theme.stateText(ProviderState::Slow);
    case CrashVerdict::Safe: return theme.accent();
    case CrashVerdict::Fail: return theme.stateText(ProviderState::Down);
    case CrashVerdict::LeftOut: return theme.muted();
    }
    return theme.text();
}

} // namespace retryscope
