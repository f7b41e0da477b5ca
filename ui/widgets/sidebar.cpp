// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/sidebar.h"

#include "theme/icons.h"

#include <QAction>
#include <QPainter>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int glyph = 20, inset = 11, gapAfterGlyph = 12;

int widthOfWords()
{
    return QFontMetrics(Theme::font(TextRole::Body)).horizontalAdvance(QStringLiteral("Dashboard and more")) + glyph
           + 3 * inset;
}
int rowHeight() { return std::max(34, qRound(QFontMetrics(Theme::font(TextRole::Body)).height() * 2.1)); }

} // namespace

/// The program's mark and name.
class SidebarTitle final : public QWidget
{
public:
    SidebarTitle(const Theme &theme, QWidget *parent) : QWidget(parent), m_theme(theme) {}
    QSize sizeHint() const override { return {m_collapsed ? glyph + 2 * inset : widthOfWords(), rowHeight() + 12}; }
    QSize minimumSizeHint() const override { return sizeHint(); }
    void setCollapsed(bool collapsed)
    {
        m_collapsed = collapsed;
        updateGeometry();
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        static const QIcon mark = applicationIcon();
        const int size = glyph + 2, x = inset - 1, y = (rowHeight() - size) / 2;
        mark.paint(&painter, QRect(x, y, size, size));
        if (m_collapsed)
            return;
        QFont font = Theme::font(TextRole::Title);
        font.setPointSizeF(font.pointSizeF() * 15 / 13);
        painter.setFont(font);
        painter.setPen(m_theme.text());
        painter.drawText(QRect(x + size + gapAfterGlyph - 2, 0, width(), rowHeight()), Qt::AlignVCenter | Qt::AlignLeft,
                         QStringLiteral("Retryscope"));
    }

private:
    const Theme &m_theme;
    bool m_collapsed = false;
};

NavigationButton::NavigationButton(const Theme &theme, QAction *action, QString icon, QWidget *parent)
    : QAbstractButton(parent), m_theme(theme), m_action(action), m_icon(std::move(icon))
{
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(this, &QAbstractButton::clicked, action, &QAction::trigger);
    connect(action, &QAction::changed, this, &NavigationButton::follow);
    follow();
}

void NavigationButton::follow()
{
    setText(m_action->text().remove(QLatin1Char('&')));
    setChecked(m_action->isChecked());
    setEnabled(m_action->isEnabled());
    const QString keys = m_action->shortcut().toString(QKeySequence::NativeText);
    setToolTip(keys.isEmpty() ? text() : tr("%1 (%2)").arg(text(), keys));
    setAccessibleName(m_badge > 0 ? tr("%1, %2").arg(text(), m_meaning) : text());
    update();
}

void NavigationButton::setBadge(int count, const QString &meaning)
{
    if (count == m_badge && meaning == m_meaning)
        return;
    m_badge = count;
    m_meaning = meaning;
    follow();
}

void NavigationButton::setCollapsed(bool collapsed)
{
    m_collapsed = collapsed;
    updateGeometry();
    update();
}

QSize NavigationButton::sizeHint() const { return {m_collapsed ? glyph + 2 * inset : widthOfWords(), rowHeight()}; }

void NavigationButton::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    if (isChecked() || underMouse() || isDown()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(isChecked() ? m_theme.selected() : m_theme.hover());
        painter.drawRoundedRect(box, 8, 8);
    }
    if (isChecked()) {
        painter.setBrush(m_theme.accent());
        painter.drawRoundedRect(QRectF(0, height() * 0.22, 3, height() * 0.56), 1.5, 1.5);
    }
    if (hasFocus()) {
        painter.setPen(QPen(m_theme.accent(), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 7, 7);
    }
    const QColor ink = isChecked() ? m_theme.accent() : m_theme.muted();
    painter.drawPixmap(QPointF(inset, (height() - glyph) / 2), iconPixmap(m_icon, ink, glyph, devicePixelRatioF()));
    if (!m_collapsed) {
        QFont font = Theme::font(TextRole::Body);
        font.setWeight(isChecked() ? QFont::DemiBold : QFont::Medium);
        painter.setFont(font);
        painter.setPen(isEnabled() ? m_theme.text() : m_theme.disabled());
        const int left = inset + glyph + gapAfterGlyph;
        painter.drawText(QRect(left, 0, width() - left, height()), Qt::AlignVCenter | Qt::AlignLeft, text());
    }
    if (m_badge > 0)
        paintBadge(painter);
}

void NavigationButton::paintBadge(QPainter &painter) const
{
    QFont font = Theme::font(TextRole::Axis);
    font.setWeight(QFont::Bold);
    const QString count = m_badge > 99 ? QStringLiteral("99+") : QString::number(m_badge);
    const double high = m_collapsed ? 15 : 19,
                 wide = std::max(high, QFontMetricsF(font).horizontalAdvance(count) + high * 0.6);
    const QRectF pill(m_collapsed ? width() - wide - 2 : width() - wide - 9, m_collapsed ? 2 : (height() - high) / 2.0,
                      wide, high);
    painter.setPen(m_collapsed ? QPen(m_theme.sidebar(), 2) : QPen(Qt::NoPen));
    painter.setBrush(m_theme.alarm());
    painter.drawRoundedRect(pill, high / 2, high / 2);
    painter.setFont(font);
    painter.setPen(m_theme.onAlarm());
    painter.drawText(pill, Qt::AlignCenter, count);
}

Sidebar::Sidebar(const Theme &theme, QWidget *parent)
    : QFrame(parent), m_theme(theme), m_title(new SidebarTitle(theme, this)), m_column(new QVBoxLayout(this))
{
    setObjectName(QStringLiteral("sidebar"));
    setAccessibleName(tr("Pages"));
    m_column->setContentsMargins(10, 14, 11, 12);
    m_column->setSpacing(3);
    m_column->addWidget(m_title);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
    connect(&theme, &Theme::changed, this, [this] { update(); });
}

NavigationButton *Sidebar::add(QAction *action, const QString &icon)
{
    auto *button = new NavigationButton(m_theme, action, icon, this);
    m_column->addWidget(button);
    m_buttons.append(button);
    return button;
}

void Sidebar::addRule()
{
    auto *rule = new QFrame(this);
    rule->setObjectName(QStringLiteral("rule"));
    m_column->addSpacing(6);
    m_column->addWidget(rule);
    m_column->addSpacing(6);
}

void Sidebar::addStretch() { m_column->addStretch(1); }

void Sidebar::setCollapsed(bool collapsed)
{
    if (collapsed == m_collapsed)
        return;
    m_collapsed = collapsed;
    m_title->setCollapsed(collapsed);
    for (NavigationButton *button : m_buttons)
        button->setCollapsed(collapsed);
    emit collapsedChanged(collapsed);
}

} // namespace retryscope
