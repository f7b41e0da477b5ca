// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/healthheader.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QFocusEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>

namespace retryscope {
namespace {
constexpr qint64 quietMs = 5'000;
constexpr double wallScale = 1.9;
} // namespace

HealthHeader::HealthHeader(const Theme &theme, QWidget *parent) : QWidget(parent), m_theme(theme), m_glyph(new QLabel(this)), m_sentence(new QLabel(this))
{
    setObjectName(QStringLiteral("healthHeader"));
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setToolTip(tr("Show the events behind this."));
    m_sentence->setObjectName(QStringLiteral("healthSentence"));
    m_sentence->setWordWrap(true);
    m_glyph->setAlignment(Qt::AlignTop);
    QFont bold = font();
    bold.setBold(true);
    m_sentence->setFont(bold);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 4, 16, 4);
    row->setSpacing(8);
    row->addWidget(m_glyph);
    row->addWidget(m_sentence, 1);
}

QString HealthHeader::sentence() const { return m_sentence->text(); }

void HealthHeader::setLarge(bool large)
{
    QFont f = font();
    f.setPointSizeF(f.pointSizeF() * (large ? wallScale : 1.0));
    f.setBold(true);
    m_sentence->setFont(f);
    m_glyph->setFont(f);
}

void HealthHeader::refresh(const DashboardState &state, SteadyTime now)
{
    const ProviderState worst = state.health().worst();
    const QString glyph = QStringLiteral("<span style='color:%1'>%2</span>").arg(m_theme.stateText(worst).name(), stateGlyph(worst));
    if (m_glyph->text() != glyph)
        m_glyph->setText(glyph);
    if (const QString sentence = state.sentence(now); m_sentence->text() != sentence) {
        m_sentence->setText(sentence);
        setAccessibleName(tr("%1: %2").arg(stateWord(worst), sentence));
        m_unsaid = true;
    }
    announce();
}

void HealthHeader::announce()
{
    if (!m_unsaid || (m_sinceAnnounced.isValid() && m_sinceAnnounced.elapsed() < quietMs))
        return;
    m_unsaid = false;
    m_sinceAnnounced.start();
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
    emit announced(accessibleName());
}

void HealthHeader::mousePressEvent(QMouseEvent *) { emit activated(); }

void HealthHeader::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space)
        emit activated();
    else
        QWidget::keyPressEvent(event);
}

void HealthHeader::paintEvent(QPaintEvent *)
{
    if (!m_ring)
        return;
    QPainter painter(this);
    painter.setPen(QPen(m_theme.accent(), 2));
    painter.drawRoundedRect(QRectF(rect()).adjusted(9, 1, -9, -1), 4, 4);
}

void HealthHeader::focusInEvent(QFocusEvent *event)
{
    m_ring = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason || event->reason() == Qt::ShortcutFocusReason;
    update();
}

void HealthHeader::focusOutEvent(QFocusEvent *)
{
    m_ring = false;
    update();
}

} // namespace retryscope
