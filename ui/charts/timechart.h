// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/chartlegend.h"
#include "models/chartmodel.h"
#include "models/chartselection.h"

#include <QAbstractTableModel>

class QHBoxLayout;
class QLabel;
class QStackedLayout;
class QTableView;
class QToolButton;

namespace retryscope {

/// What a chart shows, as a table: the newest bin first.
struct ChartTable
{
    QStringList headers;
    QVector<QStringList> rows;
};

class ChartTableModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    using QAbstractTableModel::QAbstractTableModel;
    /// Keeps the view's place when only the contents changed.
    void setTable(ChartTable table);
    int rowCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(m_table.rows.size()); }
    int columnCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(m_table.headers.size()); }
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    ChartTable m_table;
};

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

/// A card with a painted chart over the shared window: title, number, table, legend, cursor, keys, and the words for
/// loading, no data and simulated. What is drawn is the subclass's. Paints only what changed since the last picture.
class TimeChart : public QWidget
{
    Q_OBJECT
public:
    TimeChart(const QString &title, ChartModel &model, const Theme &theme, QWidget *parent);

    /// Takes its numbers from the model's frame; repaints when they differ.
    void refresh();
    void setTableVisible(bool visible);
    /// Without buttons, for a screen across the room.
    void setQuiet(bool quiet);
    bool isTableVisible() const;
    virtual ChartTable table() const = 0;
    /// The chart in words, for a screen reader or a chat.
    virtual QString summary() const = 0;
    TimePlot *plot() const { return m_plot; }
    ChartLegend *legend() const { return m_legend; }

signals:
    void eventsRequested(const retryscope::ChartSelection &query);

protected:
    friend class TimePlot;
    virtual void collect(const ChartFrame &frame) = 0;
    virtual bool isEmpty() const = 0;
    virtual QVector<YTick> yTicks() const = 0;
    virtual void paintSeries(QPainter &painter, const PlotArea &area) const = 0;
    /// Room right of the plot, for labels at line ends.
    virtual int rightMargin() const { return 0; }
    virtual QVector<LegendEntry> legendAt(std::optional<int> bin) const = 0;
    virtual QString stat() const { return {}; }
    /// Bins that are drawn as one.
    virtual int grouping() const { return 1; }
    /// Right of the title, before the table button.
    void addToHead(QWidget *widget);
    /// Parts of a bin that can be chosen with Up and Down; 0: the bin as a whole.
    virtual int segments() const { return 0; }
    virtual int segmentAt(int bin, double share) const { Q_UNUSED(bin) Q_UNUSED(share) return -1; }
    virtual QRectF segmentRect(int bin, int segment, const PlotArea &area) const;
    /// `segment` is -1 for the whole bin.
    virtual ChartSelection queryAt(int bin, int segment) const = 0;

    const ChartFrame &frame() const { return m_model.frame(); }
    ChartSelection queryOf(int firstBin, int lastBin) const;
    std::optional<int> cursorBin() const;
    /// Local time of the start of a bin, with seconds in the short windows.
    QString binTime(int bin) const;
    QString binTimeShort(int bin) const;
    QString windowName() const;
    QString inLast() const; ///< "in the last 2 min"
    void setLegendSelectable(bool selectable) { m_legend->setSelectable(selectable); }
    /// The selection of the legend changed what is drawn.
    virtual void legendChanged() {}
    void changeEvent(QEvent *event) override;

    ChartModel &m_model;
    const Theme &m_theme;

private:
    void restyle();
    void refreshWords();
    QString binName() const;
    void showMenu(const QPoint &at);
    QString m_name;
    QHBoxLayout *m_head;
    QLabel *m_title, *m_stat, *m_mark;
    QToolButton *m_tableButton;
    QStackedLayout *m_stack;
    TimePlot *m_plot;
    QTableView *m_tableView = nullptr;
    ChartTableModel *m_tableModel;
    ChartLegend *m_legend;
    bool m_collected = false; ///< there are numbers to paint
    struct Shown { quint64 version = ~0ULL; qint64 key = 0; std::size_t span = 99; std::size_t lanes = 0; bool loading = false; auto operator<=>(const Shown &) const = default; } m_shown;
};

/// The painted part of a TimeChart. Left and Right move the cursor, Up and Down choose a part, Enter shows its events,
/// Space pauses, [ and ] change the window, Esc lets the cursor go.
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
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    void paintGrid(QPainter &painter, const PlotArea &area) const;
    void paintTimeAxis(QPainter &painter, const PlotArea &area) const;
    void paintCursor(QPainter &painter, const PlotArea &area, int bin) const;
    void paintWords(QPainter &painter, const PlotArea &area) const;
    bool moveCursor(int key, Qt::KeyboardModifiers modifiers);
    int leftMargin() const;
    std::optional<int> binAt(QPointF at) const;
    TimeChart &m_chart;
    int m_segment = -1;
    std::optional<QPointF> m_pointer;
};

} // namespace retryscope
