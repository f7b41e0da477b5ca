// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "batch/batchrun.h"
#include "theme/theme.h"

#include <QAbstractTableModel>

namespace retryscope {

/// The calls of a batch, one a row. Rows hold still while it runs: what comes is put behind those that are there, and sorting
/// waits until it is asked for.
class BatchModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        Number,
        PromptName,
        Result,
        Provider,
        Attempts,
        Time,
        FirstToken,
        Tokens,
        Cost,
        FinishWord,
        ColumnCount
    };

    /// `run` and the theme must outlive it.
    BatchModel(const Theme &theme, const BatchRun &run, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

    void setMode(BatchMode mode);
    BatchMode mode() const { return m_mode; }
    /// Rows that stand elsewhere than the mode and the order would have them.
    int unsorted() const { return m_unsorted; }
    /// Puts them where they belong.
    void refresh();
    void reset();
    void onBegan(int place);
    void onChanged(int place);
    void onEnded(int place);

    const BatchRow &rowAt(int row) const { return m_run.rows()[m_places[row]]; }
    int placeAt(int row) const { return m_places[row]; }
    int rowOf(int place) const { return m_rowOf.value(place, -1); }

private:
    bool isInOrderOfStart() const { return m_column == Number && m_order == Qt::AscendingOrder; }
    void append(int place);
    void order(QVector<int> *places) const;
    QString text(const BatchRow &row, int column) const;

    const Theme &m_theme;
    const BatchRun &m_run;
    BatchMode m_mode = BatchMode::All;
    int m_column = Number;
    Qt::SortOrder m_order = Qt::AscendingOrder;
    QVector<int> m_places;   ///< of the rows that are shown
    QHash<int, int> m_rowOf; ///< the reverse
    int m_unsorted = 0;
};

/// How an outcome is painted on this page: in the table, in the charts.
enum class OutcomeClass : quint8 { FirstChoice, Helped, Failed, Open };
OutcomeClass outcomeClassOf(const BatchRow &row);
QColor outcomeClassColor(const Theme &theme, OutcomeClass kind);

} // namespace retryscope
