// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/chartcard.h"
#include "words/recommendationwords.h"

class QComboBox;

namespace retryscope {

class FrontPlot;

/// Configurations that none of them beats in everything: calls answered over what that costs, each with its intervals; a
/// point is chosen by a click or with the arrow keys. Shape and colour tell where it comes from, size the attempts.
class FrontChart final : public ChartCard
{
    Q_OBJECT
public:
    explicit FrontChart(const Theme &theme, QWidget *parent = nullptr);
    ~FrontChart() override;

    void setPoints(const QVector<FrontPoint> &points);
    const QVector<FrontPoint> &points() const { return m_points; }
    /// -1: none.
    void select(int point);
    int selected() const { return m_selected; }
    /// What is shown is not of the newest question.
    void setStale(bool stale);
    /// Where a point stands in the picture().
    QPointF placeOf(int point) const;

    ChartTable table() const override;
    QString summary() const override;

signals:
    /// By a person.
    void chosen(int point);

protected:
    void restyle() override;

private:
    friend class FrontPlot;
    struct Look
    {
        FrontPoint::Kind kind;
        QString glyph, word;
        QColor colour;
    };
    QVector<Look> looks() const;
    /// In `objectives`: what lies across, and what makes a point bigger.
    int across() const;
    int bigger() const;
    void showLegend();
    void choose(int point);

    QVector<FrontPoint> m_points;
    int m_selected = -1;
    bool m_stale = false;
    QComboBox *m_across;
    FrontPlot *m_plot;
};

} // namespace retryscope
