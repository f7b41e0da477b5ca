// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/attempttimeline.h"
#include "theme/theme.h"

#include <QWidget>

namespace retryscope {

/// A call's attempts on an axis of time, one row each: queue, wait, stream, and the hatched wait before the next; a
/// step down leads to the next attempt. Up, Down, Home and End go through the rows and tell each; the whole is its
/// accessible text.
class AttemptWaterfall : public QWidget
{
    Q_OBJECT
public:
    explicit AttemptWaterfall(const Theme &theme, QWidget *parent = nullptr);
    void setNames(const QHash<ProviderId, QString> &names);
    /// The word for how waits are spread, such as "full jitter".
    void setJitter(const QString &jitter);
    /// `axis`: how much time the whole width stands for.
    void setTimeline(const AttemptTimeline &timeline, SteadyTime now, Duration axis);
    const AttemptTimeline &timeline() const { return m_timeline; }
    Duration axis() const { return m_axis; }
    int currentRow() const { return m_current; }
    QRectF stretchRect(int row, int stretch) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    bool event(QEvent *event) override;

private:
    int rowAt(qreal y) const;
    QRectF rowRect(int row) const;
    QRectF plot() const;
    qreal xOf(Duration at) const;
    Duration endOf(const TimelineStretch &stretch) const;
    QString labelOf(const TimelineRow &row) const;
    QString sentenceOf(int row) const;
    void goTo(int row);
    void describe();
    void paintAxis(QPainter &painter) const;
    void paintRow(QPainter &painter, int row) const;
    void paintStretch(QPainter &painter, const QRectF &rect, const TimelineRow &row,
                      const TimelineStretch &stretch) const;
    void paintStep(QPainter &painter, int row) const;
    void paintCaption(QPainter &painter, int row) const;
    void paintLegend(QPainter &painter) const;

    const Theme &m_theme;
    AttemptTimeline m_timeline;
    QHash<ProviderId, QString> m_names;
    QString m_jitter;
    SteadyTime m_now{};
    Duration m_axis = 1s;
    int m_current = -1;
    QString m_described; ///< what the accessible text was made of
};

/// The length of an axis that holds so much: few of them, so that it does not creep along with the time.
Duration axisFor(Duration span);

} // namespace retryscope
