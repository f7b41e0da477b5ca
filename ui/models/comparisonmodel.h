// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "simulator/study.h"

#include <QAbstractTableModel>
#include <QColor>

namespace retryscope {

/// What was played beside each other, and with which colour it is drawn.
struct ComparedPolicy
{
    QString letter; ///< A, B, C
    QString name;
    QColor colour;
    Qt::PenStyle style = Qt::SolidLine;
    QString title() const { return QStringLiteral("%1 · %2").arg(letter, name); }
    bool operator==(const ComparedPolicy &) const = default;
};

/// A study as a table: a row for each measure, a column for each policy with its value and its interval, and what
/// differs from the first of them.
class ComparisonModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Role {
        DifferenceRole = Qt::UserRole, ///< a text; empty in the first column
        VerdictRole,                   ///< 1 better than the first, -1 worse, 0 no difference seen
        BestRole,                      ///< better than every other policy
    };
    using QAbstractTableModel::QAbstractTableModel;

    void setResult(const QVector<ComparedPolicy> &policies, const StudyResult &result);
    const QVector<ComparedPolicy> &policies() const { return m_policies; }
    /// By row.
    const QVector<Measure> &measures() const { return m_measures; }
    /// A row for each measure and policy, with all digits.
    QByteArray csv() const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Cell
    {
        std::optional<Estimate> value, difference; ///< to the first policy
        bool best = false;
    };
    int verdict(Measure measure, const Cell &cell) const;

    QVector<ComparedPolicy> m_policies;
    QVector<Measure> m_measures;
    QVector<QVector<Cell>> m_cells; ///< by measure, then by policy
};

/// The moments of a study, a row for each and policy: time, mean, low, high of what is charted.
QByteArray momentsCsv(const QVector<ComparedPolicy> &policies, const StudyResult &result);

} // namespace retryscope
