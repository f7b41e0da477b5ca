// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/limitsstrip.h"

#include "widgets/wrappedlabel.h"
#include "words/healthwords.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QTableView>
#include <QToolButton>

namespace retryscope {
namespace {

QString kindWord(LimitKind kind)
{
    static const std::array words{QT_TRANSLATE_NOOP("QObject", "requests"), QT_TRANSLATE_NOOP("QObject", "tokens"),
                                  QT_TRANSLATE_NOOP("QObject", "input tokens"),
                                  QT_TRANSLATE_NOOP("QObject", "output tokens")};
    return QObject::tr(words[std::size_t(kind)]);
}
QString amount(std::optional<qint64> n) { return n ? QLocale().toString(*n) : QStringLiteral("?"); }
QString reset(std::optional<Duration> d) { return d ? formatRoughSpan(*d) : QString(); }
constexpr double low = 0.1;

} // namespace

double LimitsStrip::Meter::share() const
{
    return limit && remaining && *limit > 0 ? std::clamp(double(*remaining) / double(*limit), 0.0, 1.0)
           : remaining && *remaining == 0   ? 0.0
                                            : 1.0;
}

ProviderState LimitsStrip::Meter::state() const
{
    return remaining && *remaining <= 0 ? ProviderState::Down
           : share() < low              ? ProviderState::Slow
                                        : ProviderState::Well;
}

/// The meters themselves, flowing over rows.
class LimitMeters : public QWidget
{
public:
    LimitMeters(LimitsStrip &strip) : QWidget(&strip), m_strip(strip)
    {
        setObjectName(QStringLiteral("limitMeters"));
        setFocusPolicy(Qt::StrongFocus);
        QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        policy.setHeightForWidth(true);
        setSizePolicy(policy);
    }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override { return rows(width) * rowHeight(); }
    QSize sizeHint() const override { return {400, heightForWidth(std::max(200, width()))}; }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        const QFontMetrics fm = fontMetrics();
        const int columns = columnsOf(width()), cell = width() / columns;
        for (int i = 0; i < int(m_strip.m_meters.size()); ++i) {
            const auto &m = m_strip.m_meters[std::size_t(i)];
            const QRect r(i % columns * cell, i / columns * rowHeight(), cell - 20, rowHeight() - 8);
            painter.setPen(m_strip.m_theme.muted());
            painter.drawText(r.left(), r.top() + fm.ascent(), QStringLiteral("%1 · %2").arg(m.provider, m.kind));
            const ProviderState s = m.state();
            const QString left =
                (s == ProviderState::Well ? QString() : stateGlyph(s) + QLatin1Char(' ')) + LimitsStrip::words(m);
            painter.setPen(s == ProviderState::Well ? m_strip.m_theme.text() : m_strip.m_theme.stateText(s));
            painter.drawText(r.left(), r.top() + fm.height() + fm.ascent() + 11, left);
            const QRectF bar(r.left(), r.top() + fm.height() + 3, r.width(), 5);
            painter.fillRect(bar, m_strip.m_theme.border());
            painter.fillRect(QRectF(bar.left(), bar.top(), std::round(bar.width() * m.share()), bar.height()),
                             m_strip.m_theme.stateFill(s));
        }
        if (hasFocus()) {
            painter.setPen(QPen(m_strip.m_theme.accent(), 2));
            painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 3, 3);
        }
    }
    void focusInEvent(QFocusEvent *event) override { QWidget::focusInEvent(event); update(); }
    void focusOutEvent(QFocusEvent *event) override { QWidget::focusOutEvent(event); update(); }

private:
    int rowHeight() const { return 2 * fontMetrics().height() + 23; }
    int columnsOf(int width) const
    {
        return std::clamp(width / (fontMetrics().averageCharWidth() * 40), 1,
                          std::max(1, int(m_strip.m_meters.size())));
    }
    int rows(int width) const
    {
        const int n = columnsOf(width);
        return std::max(1, (int(m_strip.m_meters.size()) + n - 1) / n);
    }
    LimitsStrip &m_strip;
};

LimitsStrip::LimitsStrip(const DashboardState &state, const Theme &theme, QWidget *parent)
    : QWidget(parent), m_state(state), m_theme(theme), m_button(new QToolButton(this)),
      m_tableButton(new QToolButton(this)), m_sentence(new WrappedLabel(this)), m_area(new LimitMeters(*this))
{
    setObjectName(QStringLiteral("card"));
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("Rate limits"));
    m_button->setObjectName(QStringLiteral("limitsButton"));
    m_button->setText(tr("Limits"));
    m_button->setAccessibleName(tr("Rate limits, show or hide"));
    m_button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_button->setArrowType(Qt::RightArrow);
    m_button->setCheckable(true);
    m_button->setAutoRaise(true);
    m_sentence->setForegroundRole(QPalette::PlaceholderText);
    m_tableButton->setText(tr("Table"));
    m_tableButton->setAccessibleName(tr("Rate limits as table"));
    m_tableButton->setCheckable(true);
    m_tableButton->setAutoRaise(true);
    m_area->setAccessibleName(tr("Rate limits"));
    auto *head = new QHBoxLayout;
    head->addWidget(m_button);
    head->addWidget(m_sentence, 1);
    head->addWidget(m_tableButton);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(8, 5, 10, 5);
    column->addLayout(head);
    column->addWidget(m_area);
    connect(m_button, &QToolButton::toggled, this, &LimitsStrip::setOpen);
    connect(m_tableButton, &QToolButton::toggled, this, &LimitsStrip::setTableVisible);
    connect(&theme, &Theme::changed, m_area, qOverload<>(&QWidget::update));
    setVisible(false);
    setOpen(false);
}

/// When it is first looked at: a table is the dearest part of the strip to make.
void LimitsStrip::makeTable()
{
    m_tableModel = new ChartTableModel(this);
    m_tableView = new QTableView(this);
    m_tableView->setModel(m_tableModel);
    m_tableView->setFrameShape(QFrame::NoFrame);
    m_tableView->setShowGrid(false);
    m_tableView->setTabKeyNavigation(false);
    m_tableView->setAccessibleName(tr("Rate limits, table"));
    m_tableView->verticalHeader()->hide();
    m_tableView->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    layout()->addWidget(m_tableView);
}

void LimitsStrip::setOpen(bool open)
{
    m_button->setChecked(open);
    m_button->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
    m_tableButton->setVisible(open);
    m_area->setVisible(open && !m_tableButton->isChecked());
    if (m_tableView)
        m_tableView->setVisible(open && m_tableButton->isChecked());
}

void LimitsStrip::setSuppressed(bool on)
{
    m_suppressed = on;
    setVisible(!m_meters.empty() && !on);
}

void LimitsStrip::setTableVisible(bool visible)
{
    if (visible && !m_tableView)
        makeTable();
    if (visible)
        m_tableModel->setTable(table());
    setOpen(m_button->isChecked());
}

QString LimitsStrip::words(const Meter &m)
{
    QString text = m.limit ? tr("%1 of %2 left").arg(amount(m.remaining), amount(m.limit))
                           : tr("%1 left").arg(amount(m.remaining));
    if (m.resetIn && *m.resetIn > 0s)
        text += tr(", full in %1").arg(reset(m.resetIn));
    return text;
}

ChartTable LimitsStrip::table() const
{
    ChartTable t;
    t.headers = QStringList{tr("Provider"), tr("Model"), tr("Limit"), tr("Left"), tr("Of"), tr("Full in")};
    for (const Meter &m : m_meters)
        t.rows.append(QStringList{m.provider, m.model, m.kind, amount(m.remaining), amount(m.limit), reset(m.resetIn)});
    return t;
}

/// The tightest one, in words.
QString LimitsStrip::summary() const
{
    const auto tightest = std::min_element(m_meters.begin(), m_meters.end(),
                                           [](const Meter &a, const Meter &b) { return a.share() < b.share(); });
    return tightest == m_meters.end()
               ? QString()
               : tr("Tightest: %1 %2, %3.").arg(tightest->provider, tightest->kind, words(*tightest));
}

void LimitsStrip::refresh(SteadyTime now)
{
    std::vector<Meter> next;
    for (const auto &p : m_state.providers()) {
        for (const auto &[model, limits] : p.limits) {
            for (const LimitReport &l : limits)
                next.push_back({p.name, model, kindWord(l.window.kind), l.window.limit, l.remaining(now),
                                l.resetIn(now)
                                    ? std::optional<Duration>(std::chrono::ceil<std::chrono::seconds>(*l.resetIn(now)))
                                    : std::nullopt});
        }
    }
    if (next == m_meters)
        return;
    const bool grown = next.size() != m_meters.size();
    m_meters = std::move(next);
    setVisible(!m_meters.empty() && !m_suppressed);
    m_sentence->setText(summary());
    m_area->setAccessibleDescription(summary());
    if (grown)
        m_area->updateGeometry();
    if (m_area->isVisible())
        m_area->update();
    if (m_tableView && m_tableView->isVisible())
        m_tableModel->setTable(table());
}

} // namespace retryscope
