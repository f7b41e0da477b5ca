// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "simulator/study.h"
#include "theme/theme.h"

#include <QWidget>

#include <span>

namespace retryscope {

/// Policies of a study beside each other: a row for each measure, with the first policy's value and interval, then the
/// others' and what the first has against them; and all intervals of a row on one scale, where there is room.
class ForecastTable : public QWidget
{
    Q_OBJECT
public:
    explicit ForecastTable(const Theme &theme, QWidget *parent = nullptr);
    /// As many names as the result has policies, at most three. A row for each of the measures, the usual ones unless told.
    void setResult(const StudyResult &result, const QStringList &names, std::span<const Measure> measures = {});
    /// Older numbers are shown pale: they are not of what stands beside them.
    void setOlder(bool older);
    bool isOlder() const { return m_older; }
    /// As text, row by row; for tests and for those who cannot see it.
    QStringList lines() const;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    enum class Verdict : quint8 { None, Better, Worse };
    struct Cell
    {
        QString value;                   ///< "99.2 %"
        QString note;                    ///< "± 0.05" of the first; of the others what the first has against them
        QString said;                    ///< all of it, in words
        Verdict verdict = Verdict::None; ///< of the first against this one
        std::optional<Estimate> estimate;
    };
    struct Row
    {
        QString label;
        QVector<Cell> cells;
    };
    struct Columns
    {
        int label, cell, strip; ///< widths; strip 0: no room
    };
    Columns columns() const;
    int rowHeight() const;
    int headHeight() const;
    QColor inkOf(int policy) const;
    QColor pale(const QColor &colour) const;
    void paintHead(QPainter &painter, const Columns &columns) const;
    void paintRow(QPainter &painter, const Columns &columns, const Row &row, int y) const;
    void paintStrip(QPainter &painter, const QRectF &box, const Row &row) const;

    const Theme &m_theme;
    QStringList m_names;
    QVector<Row> m_rows;
    bool m_older = false;
};

} // namespace retryscope
