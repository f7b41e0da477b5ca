// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/healthheader.h"

#include "widgets/elidedlabel.h"
#include "widgets/elidedlines.h"
#include "widgets/setifnew.h"
#include "words/healthwords.h"

#include <QAccessible>
#include <QFocusEvent>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>

namespace retryscope {
namespace {
constexpr qint64 quietMs = 5'000;
constexpr double largeScale = 1.5;

} // namespace

ProviderState lookOf(ServiceState service)
{
    switch (service) {
    case ServiceState::Good: return ProviderState::Well;
    case ServiceState::Pain: return ProviderState::Slow;
    case ServiceState::Bad: return ProviderState::Down;
    case ServiceState::Unproven: break;
    }
    return ProviderState::Unproven;
}

HealthHeader::HealthHeader(const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_glyph(new QLabel(this)), m_headline(new QLabel(this)),
      m_reason(new ElidedLines(2, this)), m_facts(new ElidedLabel(this))
{
    setObjectName(QStringLiteral("healthHeader"));
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setToolTip(tr("Show the events behind this."));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_headline->setObjectName(QStringLiteral("healthSentence"));
    m_headline->setTextFormat(Qt::PlainText);
    m_glyph->setTextFormat(Qt::PlainText);
    m_reason->setObjectName(QStringLiteral("healthReason"));
    m_facts->setObjectName(QStringLiteral("healthFacts"));
    m_facts->setForegroundRole(QPalette::PlaceholderText);
    m_facts->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(Theme::page, 4, Theme::page, 4);
    grid->setHorizontalSpacing(10);
    grid->setVerticalSpacing(1);
    grid->addWidget(m_glyph, 0, 0, Qt::AlignVCenter);
    grid->addWidget(m_headline, 0, 1, Qt::AlignVCenter);
    grid->addWidget(m_facts, 0, 2, Qt::AlignBottom);
    grid->addWidget(m_reason, 1, 1, 1, 2);
    grid->setColumnStretch(2, 1);
    applyFonts();
}

void HealthHeader::applyFonts()
{
    const auto scaled = [this](TextRole role) {
        QFont f = Theme::font(role);
        f.setPointSizeF(f.pointSizeF() * (m_large ? largeScale : 1.0));
        return f;
    };
    m_headline->setFont(scaled(m_compact ? TextRole::Title : TextRole::Headline));
    m_glyph->setFont(scaled(m_compact ? TextRole::Title : TextRole::Headline));
    m_facts->setFont(scaled(TextRole::Body));
    m_reason->setFont(scaled(TextRole::Body));
    m_facts->setContentsMargins(
        0, 0, 0, m_compact ? 0 : QFontMetrics(m_headline->font()).descent() - QFontMetrics(m_facts->font()).descent());
}

void HealthHeader::setCompact(bool compact)
{
    if (compact == m_compact)
        return;
    m_compact = compact;
    m_reason->setVisible(!compact);
    applyFonts();
    layout()->activate(); // so that whoever holds it knows its height at once
}

void HealthHeader::setLarge(bool large)
{
    m_large = large;
    applyFonts();
}

void HealthHeader::refresh(const DashboardState &state, SteadyTime now)
{
    const HealthSnapshot &health = state.health();
    const Headline headline = state.headline(now);
    m_service = headline.service;
    const ProviderState look = lookOf(m_service);
    setIfNew(m_glyph, stateGlyph(look));
    setColourIfNew(m_glyph, m_theme.stateText(look));
    setIfNew(m_headline, headline.text);
    const auto &[service, text, facts, reason] = headline;
    setIfNew(m_facts, !m_compact ? facts : facts.isEmpty() ? reason : tr("%1 · %2").arg(facts, reason));
    setIfNew(m_reason, reason);
    m_sentence = headline.sentence();
    News news{m_service, {}, health.calls.failing, health.calls.asked > 0};
    for (const ProviderReport &p : health.providers)
        news.providers.push_back({p.id, p.state, p.reason});
    if (m_news != news) {
        m_news = std::move(news);
        m_unsaid = true;
        setAccessibleName(m_sentence);
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
    emit announced(m_sentence);
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
    m_ring = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason
             || event->reason() == Qt::ShortcutFocusReason;
    update();
}

void HealthHeader::focusOutEvent(QFocusEvent *)
{
    m_ring = false;
    update();
}

} // namespace retryscope
