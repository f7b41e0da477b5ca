// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/captionstrip.h"

#include "theme/icons.h"
#include "widgets/measuredlabel.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QTimer>
#include <QToolButton>

namespace retryscope {
namespace {

constexpr std::chrono::seconds longest{45}; ///< until the next is said

} // namespace

CaptionStrip::CaptionStrip(const Theme &theme, QWidget *parent)
    : QFrame(parent), m_theme(theme), m_text(new MeasuredLabel(this)), m_close(new QToolButton(this)), m_over(new QTimer(this))
{
    setObjectName(QStringLiteral("captionStrip"));
    m_text->setObjectName(QStringLiteral("captionText"));
    m_text->setTextFormat(Qt::RichText);
    m_close->setObjectName(QStringLiteral("captionClose"));
    m_close->setIcon(themedIcon(QStringLiteral("close")));
    m_close->setAccessibleName(tr("Close the caption"));
    m_close->setToolTip(m_close->accessibleName());
    m_over->setSingleShot(true);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(14, 6, 8, 6);
    row->setSpacing(12);
    row->addWidget(m_text, 1);
    row->addWidget(m_close, 0, Qt::AlignTop);
    connect(m_close, &QToolButton::clicked, this, &QWidget::hide);
    connect(&theme, &Theme::changed, this, &CaptionStrip::restyle);
    restyle();
    keepTwoLines();
    hide();
}

void CaptionStrip::keepTwoLines() { m_text->setMinimumHeight(2 * m_text->fontMetrics().lineSpacing() + 2); }

void CaptionStrip::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange)
        keepTwoLines();
    QFrame::changeEvent(event);
}

void CaptionStrip::onPageChanged()
{
    if (!m_over->isActive())
        hide();
}

void CaptionStrip::restyle()
{
    setStyleSheet(QStringLiteral("QFrame#captionStrip{background:%1;border:1px solid %2;border-radius:%3px}")
                      .arg(m_theme.surface().name(), m_theme.accent().name())
                      .arg(int(Theme::radius)));
}

void CaptionStrip::say(const QString &title, const QString &text, CaptionPart part)
{
    if (part != CaptionPart::First && isHidden())
        return;
    m_text->setText(QStringLiteral("<b>%1.</b> %2").arg(title.toHtmlEscaped(), text.toHtmlEscaped()));
    setAccessibleName(title);
    setAccessibleDescription(text);
    show();
    part == CaptionPart::Last ? m_over->stop() : m_over->start(longest);
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

} // namespace retryscope
