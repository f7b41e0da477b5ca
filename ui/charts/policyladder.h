// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "simulator/policyplay.h"
#include "theme/theme.h"

#include <QHash>
#include <QWidget>

namespace retryscope {

/// A played call on one axis of time: each attempt as a bar in its provider's colour, each wait as the range that chance has
/// with the one that it took, the rule behind each step in words, the deadline as a ruler.
class PolicyLadder : public QWidget
{
    Q_OBJECT
public:
    explicit PolicyLadder(const Theme &theme, QWidget *parent = nullptr);
    /// `providers` in order of priority, with the names that are shown.
    void setPlay(const PolicyPlay &play, Duration deadline, const QVector<std::pair<ProviderId, QString>> &providers);
    const PolicyPlay &play() const { return m_play; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    struct Row
    {
        PlayStep step;
        QString name;  ///< left
        QString text;  ///< right
        bool first = false; ///< of its provider
    };
    void makeRows();
    QString nameOf(const ProviderId &provider) const;
    QString attemptText(const PlayStep &step, const PlayStep *over) const;
    QString waitText(const PlayStep &step) const;
    int rowHeight() const;
    int axisHeight() const;
    Duration span() const;
    void paintAxis(QPainter &painter, const QRectF &plot) const;
    void paintRow(QPainter &painter, const Row &row, const QRectF &plot, qreal y) const;
    void paintEnd(QPainter &painter, const QRectF &plot, qreal y) const;
    qreal xOf(Duration at, const QRectF &plot) const;

    const Theme &m_theme;
    PolicyPlay m_play;
    Duration m_deadline{};
    QVector<std::pair<ProviderId, QString>> m_providers;
    QVector<Row> m_rows;
};

/// "Max attempts reached", as a sentence of the page says it.
QString ruleText(QLatin1String rule);

} // namespace retryscope
