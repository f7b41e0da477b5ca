// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/timechart.h"

#include <QApplication>
#include <QClipboard>
#include <QDateTime>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QStackedLayout>
#include <QTableView>
#include <QToolButton>

namespace retryscope {
namespace {
QDateTime local(WallTime t) { return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count()); }
} // namespace

void ChartTableModel::setTable(ChartTable table)
{
    const bool same = table.headers == m_table.headers && table.rows.size() == m_table.rows.size();
    if (!same)
        beginResetModel();
    m_table = std::move(table);
    if (!same)
        endResetModel();
    else if (!m_table.rows.isEmpty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

QVariant ChartTableModel::data(const QModelIndex &index, int role) const
{
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | (index.column() == 0 ? Qt::AlignLeft : Qt::AlignRight));
    return role == Qt::DisplayRole ? QVariant(m_table.rows[index.row()].value(index.column())) : QVariant();
}

QVariant ChartTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | (section == 0 ? Qt::AlignLeft : Qt::AlignRight));
    return role == Qt::DisplayRole ? QVariant(m_table.headers.value(section)) : QVariant();
}

TimeChart::TimeChart(const QString &title, ChartModel &model, const Theme &theme, QWidget *parent)
    : QWidget(parent), m_model(model), m_theme(theme), m_name(title), m_head(new QHBoxLayout), m_title(new QLabel(this)), m_stat(new QLabel(this)), m_mark(new QLabel(tr("SIMULATED"), this)),
      m_tableButton(new QToolButton(this)), m_stack(new QStackedLayout), m_plot(new TimePlot(*this)), m_tableModel(new ChartTableModel(this)), m_legend(new ChartLegend(theme, this))
{
    setAttribute(Qt::WA_StyledBackground);
    setObjectName(QStringLiteral("card"));
    setAccessibleName(title);
    m_plot->setAccessibleName(title);
    m_stat->setForegroundRole(QPalette::PlaceholderText);
    m_mark->setObjectName(QStringLiteral("simulatedMark"));
    m_mark->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_mark->setToolTip(tr("These numbers come from the simulated providers."));
    m_tableButton->setObjectName(QStringLiteral("tableButton"));
    m_tableButton->setText(tr("Table"));
    m_tableButton->setCheckable(true);
    m_tableButton->setAutoRaise(true);
    m_tableButton->setAccessibleName(tr("%1 as table").arg(title));
    m_tableButton->setToolTip(tr("View as table (T)"));
    connect(m_tableButton, &QToolButton::toggled, this, &TimeChart::setTableVisible);
    m_head->setSpacing(10);
    m_head->addWidget(m_title);
    m_head->addStretch(1);
    m_head->addWidget(m_stat);
    m_head->addWidget(m_mark, 0, Qt::AlignVCenter);
    m_head->addWidget(m_tableButton);
    m_stack->addWidget(m_plot);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(12, 8, 10, 8);
    column->setSpacing(4);
    column->addLayout(m_head);
    column->addLayout(m_stack, 1);
    column->addWidget(m_legend);
    m_plot->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_plot, &QWidget::customContextMenuRequested, this, [this](const QPoint &at) { showMenu(m_plot->mapToGlobal(at)); });
    connect(m_legend, &ChartLegend::selectionChanged, this, [this] { legendChanged(); m_plot->update(); });
    connect(&model, &ChartModel::cursorChanged, this, [this] {
        m_plot->update();
        if (!m_collected)
            return;
        const auto bin = cursorBin();
        m_legend->setEntries(legendAt(bin));
        if (m_plot->hasFocus())
            m_plot->setAccessibleDescription(bin ? tr("%1: %2").arg(binTime(*bin), m_legend->accessibleDescription()) : summary());
    });
    connect(&theme, &Theme::changed, this, &TimeChart::restyle);
    restyle();
}

void TimeChart::restyle()
{
    QFont bold = font();
    bold.setBold(true);
    m_title->setFont(bold);
    for (QWidget *part : {static_cast<QWidget *>(m_plot), static_cast<QWidget *>(m_legend), static_cast<QWidget *>(m_stat)})
        part->setFont(font()); // below a style sheet fonts are not inherited
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.8);
    m_mark->setFont(small);
    m_mark->setStyleSheet(QStringLiteral("QLabel{color:%1;border:1px solid %2;border-radius:3px;padding:0 4px}").arg(m_theme.muted().name(), m_theme.strongBorder().name()));
    m_shown = {}; // colours and sizes are of the old look
    if (m_collected)
        m_legend->setEntries(legendAt(cursorBin()));
    m_plot->update();
}

void TimeChart::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange)
        restyle();
    QWidget::changeEvent(event);
}

void TimeChart::refresh()
{
    const ChartFrame &f = frame();
    const Shown next{f.version, f.lastKey, f.span, f.lanes.size(), f.loading};
    if (next == m_shown)
        return;
    m_shown = next;
    collect(f);
    m_collected = true;
    m_plot->followPointer();
    m_legend->setEntries(legendAt(cursorBin()));
    refreshWords();
    m_plot->update();
    if (isTableVisible())
        m_tableModel->setTable(table());
}

void TimeChart::refreshWords()
{
    const QString title = tr("%1, per %2").arg(m_name, binName());
    if (m_title->text() != title)
        m_title->setText(title);
    if (const QString text = stat(); m_stat->text() != text)
        m_stat->setText(text);
    m_mark->setVisible(frame().simulated);
    if (!m_plot->hasFocus() || !cursorBin())
        m_plot->setAccessibleDescription(summary());
}

QString TimeChart::binName() const
{
    const auto width = std::chrono::duration_cast<std::chrono::seconds>(frame().bin() * grouping());
    return width < 1min ? tr("%1 s").arg(width.count()) : width < 1h ? tr("%1 min").arg(width / 1min) : tr("%1 h").arg(width / 1h);
}

void TimeChart::addToHead(QWidget *widget) { m_head->insertWidget(m_head->indexOf(m_tableButton), widget); }

bool TimeChart::isTableVisible() const { return m_tableView && m_stack->currentWidget() == m_tableView; }

void TimeChart::setTableVisible(bool visible)
{
    if (visible && !m_tableView) {
        m_tableView = new QTableView(this);
        m_tableView->setModel(m_tableModel);
        m_tableView->setFrameShape(QFrame::NoFrame);
        m_tableView->setShowGrid(false);
        m_tableView->setSelectionBehavior(QAbstractItemView::SelectRows);
        m_tableView->setTabKeyNavigation(false);
        m_tableView->setAccessibleName(tr("%1, table").arg(m_name));
        m_tableView->verticalHeader()->hide();
        m_tableView->verticalHeader()->setDefaultSectionSize(int(fontMetrics().height() * 1.5));
        m_tableView->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
        m_tableView->horizontalHeader()->setHighlightSections(false);
        m_stack->addWidget(m_tableView);
        connect(m_tableView, &QTableView::activated, this, [this](const QModelIndex &index) { emit eventsRequested(queryAt(frame().bins() - 1 - index.row(), -1)); });
    }
    if (visible)
        m_tableModel->setTable(table());
    m_stack->setCurrentWidget(visible ? static_cast<QWidget *>(m_tableView) : m_plot);
    m_tableButton->setChecked(visible);
    m_legend->setVisible(!visible);
}

void TimeChart::setQuiet(bool quiet)
{
    if (quiet)
        setTableVisible(false);
    m_tableButton->setVisible(!quiet);
}

void TimeChart::showMenu(const QPoint &at)
{
    QMenu menu(this);
    menu.addAction(isTableVisible() ? tr("View as chart") : tr("View as table"), this, [this] { setTableVisible(!isTableVisible()); });
    menu.addAction(tr("Copy summary"), this, [this] { QApplication::clipboard()->setText(summary()); });
    menu.addAction(tr("Copy picture"), this, [this] { QApplication::clipboard()->setPixmap(grab()); });
    if (const auto bin = cursorBin())
        menu.addAction(tr("Show events of %1").arg(binTime(*bin)), this, [this, bin] { emit eventsRequested(queryAt(*bin, -1)); });
    menu.exec(at);
}

QRectF TimeChart::segmentRect(int bin, int, const PlotArea &area) const { return {area.left(bin), area.rect.top(), area.binWidth(), area.rect.height()}; }

ChartSelection TimeChart::queryOf(int firstBin, int lastBin) const
{
    ChartSelection query;
    query.from = frame().startOf(firstBin);
    query.until = frame().startOf(lastBin + 1);
    return query;
}

std::optional<int> TimeChart::cursorBin() const
{
    const auto at = m_model.cursor();
    if (!at)
        return std::nullopt;
    const qint64 bin = TimeSeries::keyOf(frame().span, *at) - (frame().lastKey - frame().bins() + 1);
    return bin >= 0 && bin < frame().bins() ? std::optional(int(bin)) : std::nullopt;
}

QString TimeChart::binTime(int bin) const
{
    const QDateTime t = local(frame().startOf(bin));
    return t.toString(frame().bin() < 1min ? QStringLiteral("HH:mm:ss") : frame().span + 1 < seriesSpans.size() ? QStringLiteral("HH:mm") : QStringLiteral("yyyy-MM-dd HH:mm"));
}

QString TimeChart::binTimeShort(int bin) const
{
    return frame().span + 1 < seriesSpans.size() ? binTime(bin) : local(frame().startOf(bin)).toString(QStringLiteral("ddd HH:mm"));
}

QString TimeChart::windowName() const { return spanName(frame().span); }
QString TimeChart::inLast() const { return tr("in the last %1").arg(windowName()); }

} // namespace retryscope
