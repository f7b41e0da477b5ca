// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/chartcard.h"
#include "models/chartmodel.h"

namespace retryscope {

/// Where the bins stand inside a plot.
struct PlotArea
{
    QRectF rect;
    int bins = 1;
    double binWidth() const { return rect.width() / bins; }
    double left(int bin) const { return rect.left() + bin * binWidth(); }
    double y(double share) const { return rect.bottom() - share * rect.height(); } ///< 0 is the bottom
};

/// A height of the plot with its label: 0 is the bottom, 1 the top.
struct YTick { double share; QString label; bool line = true; };

class TimePlot;

/// A card with a picture over the shared window: number, legend with values at the shared cursor, keys, markers, and the
/// words for loading, no data, not running and frozen. What is drawn is the subclass's. Paints only what changed since
/// the last picture. Bins may be drawn together in groups that are aligned to the clock, so that they do not flicker.
class TimeChart : public ChartCard
{
    Q_OBJECT
public:
    TimeChart(const QString &title, ChartModel &model, const Theme &theme, QWidget *parent);

    /// Takes its numbers from the model's frame; repaints when they differ.
    void refresh();
    TimePlot *plot() const { return m_plot; }

protected:
    friend class TimePlot;
    virtual void collect(const ChartFrame &frame) = 0;
    virtual bool isEmpty() const = 0;
    virtual QVector<YTick> yTicks() const = 0;
    virtual void paintSeries(QPainter &painter, const PlotArea &area) const = 0;
    /// Lines of text that the plot is high at least.
    virtual int leastLines() const { return 7; }
    /// Room right of the plot, for labels at line ends.
    virtual int rightMargin() const { return 0; }
    virtual QVector<LegendEntry> legendAt(std::optional<int> bin) const = 0;
    virtual QString stat() const { return {}; }
    /// Bins that are drawn as one.
    virtual int grouping() const { return 1; }
    /// Parts of a bin that can be chosen with Up and Down; 0: the bin as a whole.
    virtual int segments() const { return 0; }
    virtual int segmentAt(int bin, double share) const { Q_UNUSED(bin) Q_UNUSED(share) return -1; }
    virtual QRectF segmentRect(int bin, int segment, const PlotArea &area) const;
    /// `segment` is -1 for the whole bin.
    virtual ChartSelection queryAt(int bin, int segment) const = 0;
    /// The first bin of a row of the table, newest first.
    virtual int binOfRow(int row) const { return binOf(groupCount() - 1 - row); }
    /// The selection of the legend changed what is drawn.
    virtual void legendChanged() {}

    const ChartFrame &frame() const { return m_model.frame(); }
    /// From the start of the first bin to the end of the last one; the cut ends of the window stay cut.
    ChartSelection queryOf(int firstBin, int lastBin) const;
    std::optional<int> cursorBin() const;
    // Groups: number g holds the bins from binOf(g) up to binOf(g + 1); the first and the last may be cut by the window.
    qint64 firstGroup() const { return firstKey() / grouping(); }
    int groupCount() const { return int(frame().lastKey / grouping() - firstGroup()) + 1; }
    int groupAt(int bin) const { return int((firstKey() + bin) / grouping() - firstGroup()); }
    int binOf(int group) const { return int((firstGroup() + group) * grouping() - firstKey()); }
    ChartSelection queryOfGroup(int bin) const { return queryOf(binOf(groupAt(bin)), binOf(groupAt(bin) + 1) - 1); }
    /// Local time of the start of a bin, with seconds in the short windows.
    QString binTime(int bin) const;
    QString binTimeShort(int bin) const;
    QString inLast() const; ///< "in the last 2 min"
    void setLegendSelectable(bool selectable) { legend()->setSelectable(selectable); }
    /// Collects and draws again what the same frame holds.
    void recollect();

    std::optional<ChartSelection> queryOfRow(int row) const override { return queryAt(std::max(0, binOfRow(row)), -1); }
    void addToMenu(QMenu *menu) override;
    void restyle() override;

    ChartModel &m_model;

private:
    qint64 firstKey() const { return frame().lastKey - frame().bins() + 1; }
    void refreshWords();
    void refreshLegend();
    QString groupName() const;
    TimePlot *m_plot;
    bool m_collected = false; ///< there are numbers to paint
    int m_lines = 0;          ///< that the plot was last given room for
    struct Shown
    {
        quint64 version = ~0ULL;
        qint64 key = 0;
        std::size_t span = 99, lanes = 0, markers = 0;
        int bins = 0;
        bool loading = false;
        auto operator<=>(const Shown &) const = default;
    } m_shown;
};

/// The painted part of a TimeChart. Left and Right move the cursor, Up and Down choose a part, Enter shows its events,
/// Space pauses, [ and ] change the window, Esc lets the cursor go, and then the zoom. Dragging zooms, a double click
/// goes back.
class TimePlot : public QWidget
{
    Q_OBJECT
public:
    explicit TimePlot(TimeChart &chart);
    PlotArea area() const;
    QSize sizeHint() const override { return minimumSizeHint(); } // the rest of the page is its stretch
    QSize minimumSizeHint() const override;
    /// The bin under the pointer moved with the window: look again.
    void followPointer();

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    void paintGrid(QPainter &painter, const PlotArea &area) const;
    void paintTimeAxis(QPainter &painter, const PlotArea &area) const;
    void paintGaps(QPainter &painter, const PlotArea &area) const;
    void paintMarkers(QPainter &painter, const PlotArea &area) const;
    void paintCursor(QPainter &painter, const PlotArea &area, int bin) const;
    void paintWords(QPainter &painter, const PlotArea &area) const;
    bool moveCursor(int key, Qt::KeyboardModifiers modifiers);
    bool isDragging() const { return m_pressed && m_pointer && std::abs(m_pointer->x() - m_pressed->x()) > 6; }
    double xOf(WallTime at, const PlotArea &area) const;
    int leftMargin() const;
    std::optional<int> binAt(QPointF at) const;
    QString markersAt(QPointF at) const;
    TimeChart &m_chart;
    int m_segment = -1;
    std::optional<QPointF> m_pointer, m_pressed;
};

} // namespace retryscope
