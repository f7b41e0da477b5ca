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
    /// Names and words as they are painted: what has no room ends in "…".
    QStringList shown() const;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

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
        QString label() const;
    };
    /// Where a row stands; the last one is the end's. `bar`: the middle of what it draws over the time.
    struct Place
    {
        QStringList lines;
        int top = 0, height = 0, bar = 0;
    };
    /// Where everything stands at one width. Stacked: not all words fit beside the plot, so they stand over the bars, and
    /// both have the whole width.
    struct Plan
    {
        bool stacked = false;
        int names = 0;      ///< width of the left column
        QRectF plot, words; ///< of the bars; of the right column
        QVector<Place> places;
        int height = 0;
    };
    Plan planOf(int width) const;
    QString endText() const;
    void makeRows();
    QString nameOf(const ProviderId &provider) const;
    QString attemptText(const PlayStep &step, const PlayStep *over) const;
    QString waitText(const PlayStep &step) const;
    int rowHeight() const;
    int axisHeight() const;
    Duration span() const;
    void paintAxis(QPainter &painter, const Plan &plan) const;
    void paintWords(QPainter &painter, const Plan &plan, const Place &place) const;
    void paintRow(QPainter &painter, const Plan &plan, const Row &row, const Place &place) const;
    void paintEnd(QPainter &painter, const Plan &plan) const;
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
