// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/chartcard.h"
#include "charts/flowpicture.h"

#include <QPainterPath>

namespace retryscope {

class FlowPlot;

/// The hero of the dashboard: callers, the providers in order of priority, and how the calls ended; width is the share of
/// calls, a broken line is "skipped". The pointer lights a path, a click or Enter asks for its calls.
class FlowView : public ChartCard
{
    Q_OBJECT
public:
    FlowView(const Theme &theme, QWidget *parent);
    void refresh(const ChartFrame &frame, const HealthSnapshot &health, SteadyTime now);
    /// The same traffic with what is so now, so that it counts as the cards do.
    void tell(const HealthSnapshot &health, SteadyTime now);
    const FlowPicture &flow() const { return m_flow; }
    ChartTable table() const override;
    QString summary() const override;
    /// What a person reads of a row: "OpenAI gpt-5, Down, skipped 231×, network".
    QString words(const FlowRow &row) const;

protected:
    void restyle() override;
    std::optional<ChartSelection> queryOfRow(int row) const override;

private:
    friend class FlowPlot;
    void renew();
    ChartSelection query(const ProviderId &provider, std::optional<CallOutcome> outcome) const;
    FlowPicture m_flow;
    FlowPlot *m_plot;
    WallTime m_from{}, m_until{};
    QString m_window;
};

/// The painted part. Up and Down go through the providers, Right and Left to the outcomes and back.
class FlowPlot : public QWidget
{
    Q_OBJECT
public:
    explicit FlowPlot(FlowView &view);
    void refresh();
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    /// Where the box of a shown row, or an outcome, stands: for tests and tooltips.
    QRectF rowRect(int shown) const { return m_boxes.at(std::size_t(shown)); }
    QRectF outcomeRect(CallOutcome outcome) const;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    /// A part of the picture: a row, an outcome, or the path of a row to an outcome.
    struct Part
    {
        int row = -1;                        ///< index into m_shown; the folded ones are the one behind
        std::optional<CallOutcome> outcome;
        bool isNone() const { return row < 0 && !outcome; }
        bool operator==(const Part &) const = default;
    };
    struct Ribbon { Part part; QPainterPath path; QColor colour; };
    struct Ending { CallOutcome outcome = CallOutcome::None; quint64 calls = 0; QRectF row, bar; };

    void arrange();
    void arrangeEndings(const QRectF &area);
    void arrangeRibbons();
    bool isLit(const Part &part) const;
    Part partAt(QPointF at) const;
    void light(const Part &part);
    void ask(const Part &part);
    void move(int key);
    QString words(const Part &part) const;
    void paintRow(QPainter &painter, int shown) const;
    void paintFolded(QPainter &painter) const;
    void paintEnding(QPainter &painter, const Ending &ending) const;
    void paintCallers(QPainter &painter) const;
    double rowHeight() const;
    QFont small() const;
    const FlowRow &row(int shown) const { return m_view.m_flow.rows[m_shown[std::size_t(shown)]]; }

    FlowView &m_view;
    std::vector<std::size_t> m_shown;
    std::vector<QRectF> m_boxes;             ///< of the shown rows, and of the folded ones
    std::vector<Ending> m_endings;
    std::vector<Ribbon> m_ribbons;
    std::vector<std::pair<QPointF, QPointF>> m_skips; ///< broken lines
    QRectF m_callers;
    Part m_lit;
};

} // namespace retryscope
