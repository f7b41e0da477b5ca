// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "notices/noticebar.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace retryscope {
namespace { constexpr qsizetype most = 20; }

NoticeBar::NoticeBar(const Theme &theme, QWidget *parent) : QFrame(parent), m_theme(theme), m_text(new QLabel)
{
    setObjectName(QStringLiteral("noticeBar"));
    m_text->setObjectName(QStringLiteral("noticeText"));
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::RichText);
    auto *look = new QToolButton;
    look->setObjectName(QStringLiteral("noticeShow"));
    look->setText(tr("Show incident"));
    auto *close = new QToolButton;
    close->setObjectName(QStringLiteral("noticeClose"));
    close->setText(tr("Dismiss"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 6, 16, 6);
    row->addWidget(m_text, 1);
    row->addWidget(look);
    row->addWidget(close);
    connect(close, &QToolButton::clicked, this, &NoticeBar::dismiss);
    connect(look, &QToolButton::clicked, this, [this] {
        const quint64 id = m_notices.isEmpty() ? 0 : m_notices.last().incident;
        dismiss();
        emit incidentRequested(id);
    });
    connect(&theme, &Theme::changed, this, &NoticeBar::refresh);
    hide();
}

void NoticeBar::show(const Notice &notice)
{
    m_notices.removeIf([&](const Notice &n) { return n.incident == notice.incident; }); // updated, not repeated
    if (m_notices.size() == most)
        m_notices.removeFirst();
    m_notices.append(notice);
    refresh();
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

QString NoticeBar::place() const { return tr("This desktop has no notification service; notices appear in the window."); }

void NoticeBar::dismiss()
{
    m_notices.clear();
    refresh();
}

void NoticeBar::refresh()
{
    setVisible(!m_notices.isEmpty());
    if (m_notices.isEmpty())
        return;
    const Notice &n = m_notices.last();
    const ProviderState state = n.kind == Notice::Kind::Opened ? ProviderState::Down : ProviderState::Well;
    const QString more = m_notices.size() > 1 ? tr(" (and %1 more)").arg(m_notices.size() - 1) : QString();
    m_text->setText(QStringLiteral("<span style='color:%1'>%2</span> <b>%3</b> %4<span style='color:%5'>%6</span>")
        .arg(m_theme.stateText(state).name(), stateGlyph(state), n.title.toHtmlEscaped(), n.text.toHtmlEscaped(), m_theme.muted().name(), more));
    setAccessibleName(n.title + QLatin1Char(' ') + n.text);
}

} // namespace retryscope
