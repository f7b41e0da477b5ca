// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "crashtest/crashcase.h"
#include "crashtest/crashresult.h"
#include "theme/theme.h"

#include <QAbstractTableModel>

#include <map>

namespace retryscope {

/// The cases of the crash test, one a row in the order of the table, with what came of each.
class CrashTestModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Verdict, Case, Did, Took, Requests, ColumnCount };
    enum class State : quint8 { NotRun, Waiting, Running, Done };

    explicit CrashTestModel(const Theme &theme, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    /// These are going to be run; what came of them before is forgotten. Empty: all.
    void plan(const QStringList &keys);
    void setRunning(const QString &key);
    void setResult(const CrashResult &result);
    /// What was not run after all is as if it had never been planned.
    void giveUp();

    const CrashCase &caseAt(int row) const { return crashCases()[row]; }
    State stateAt(int row) const;
    /// None: there is no result.
    const CrashResult *resultAt(int row) const;
    int rowOf(const QString &key) const;
    /// Of those that are done.
    CrashResults results() const;

private:
    void set(const QString &key, State state);
    const Theme &m_theme;
    std::map<QString, State> m_states;
    std::map<QString, CrashResult> m_results;
};

/// A shape for each verdict, so that colour is not alone.
QString verdictGlyph(CrashVerdict verdict);
QColor verdictColor(const Theme &theme, CrashVerdict verdict);

} // namespace retryscope
