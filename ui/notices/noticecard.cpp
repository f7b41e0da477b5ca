// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "notices/noticecard.h"

#include "theme/icons.h"
#include "widgets/measuredlabel.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

struct Look { const char *icon; ProviderState state; };

Look lookOf(WindowNotice::Kind kind)
{
    switch (kind) {
    case WindowNotice::Kind::Success: return {"check", ProviderState::Well};
    case WindowNotice::Kind::Warning: return {"warning", ProviderState::Slow};
    case WindowNotice::Kind::Error: return {"error", ProviderState::Down};
    case WindowNotice::Kind::Incident: return {"incidents", ProviderState::Down};
    case WindowNotice::Kind::Info: break;
    }
    return {"info", ProviderState::Probing};
}

} // namespace

NoticeCard::NoticeCard(const Theme &theme, QWidget *parent)
    : QFrame(parent), m_theme(theme), m_glyph(new QLabel(this)), m_title(new MeasuredLabel(this)), m_text(new MeasuredLabel(this)),
      m_close(new QToolButton(this)), m_actions(new QHBoxLayout)
{
    setObjectName(QStringLiteral("noticeCard"));
    setFocusPolicy(Qt::StrongFocus);
    m_title->setObjectName(QStringLiteral("noticeTitle"));
    m_text->setObjectName(QStringLiteral("noticeText"));
    for (QLabel *label : {m_title, m_text}) {
        label->setTextFormat(Qt::PlainText);
        QSizePolicy policy = label->sizePolicy();
        policy.setHorizontalPolicy(QSizePolicy::Expanding); // the words take the room, not the glyph
        label->setSizePolicy(policy);
    }
    m_glyph->setFixedSize(20, 20);
    m_title->setFont(Theme::font(TextRole::Title));
    m_text->setFont(Theme::font(TextRole::Secondary));
    m_close->setObjectName(QStringLiteral("noticeClose"));
    m_close->setIcon(themedIcon(QStringLiteral("close")));
    m_close->setIconSize(QSize(16, 16));
    m_close->setAccessibleName(tr("Close the notice"));
    m_close->setToolTip(tr("Close (Esc)"));
    connect(m_close, &QToolButton::clicked, this, &NoticeCard::closeRequested);
    auto *words = new QVBoxLayout;
    words->setSpacing(3);
    words->addWidget(m_title);
    words->addWidget(m_text);
    m_actions->setContentsMargins(0, 6, 0, 0);
    m_actions->setSpacing(8);
    words->addLayout(m_actions);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(14, 12, 8, 12);
    row->setSpacing(10);
    row->addWidget(m_glyph, 0, Qt::AlignTop);
    row->addLayout(words, 1);
    row->addWidget(m_close, 0, Qt::AlignTop);
    connect(&theme, &Theme::changed, this, &NoticeCard::restyle);
}

void NoticeCard::show(const WindowNotice &notice)
{
    const auto names = [](const WindowNotice &n) {
        QStringList all;
        for (const auto &action : n.actions)
            all << action.text;
        return all;
    };
    const bool sameActions = names(m_notice) == names(notice);
    const bool sameKind = m_notice.kind == notice.kind && !m_glyph->pixmap().isNull();
    m_notice = notice;
    m_title->setText(notice.title);
    m_title->setVisible(!notice.title.isEmpty());
    m_text->setText(notice.text);
    m_text->setVisible(!notice.text.isEmpty());
    setAccessibleName(sentence());
    if (!sameActions) // or a button that counts on would lose the focus
        rebuildActions();
    if (!sameKind)
        restyle();
}

void NoticeCard::rebuildActions()
{
    qDeleteAll(m_buttons);
    m_buttons.clear();
    while (QLayoutItem *item = m_actions->takeAt(0))
        delete item;
    for (int i = 0; i < int(m_notice.actions.size()); ++i) {
        auto *button = new QPushButton(m_notice.actions[i].text, this);
        button->setObjectName(m_notice.actions[i].name);
        button->setAutoDefault(false);
        connect(button, &QPushButton::clicked, this, [this, i] {
            const auto run = m_notice.actions.value(i).run; // the notice may be gone after it
            emit actionTaken();
            if (run)
                run();
        });
        m_actions->addWidget(button);
        m_buttons.append(button);
    }
    m_actions->addStretch(1);
}

QString NoticeCard::sentence() const
{
    return m_notice.title.isEmpty()  ? m_notice.text
           : m_notice.text.isEmpty() ? m_notice.title
                                     : m_notice.title + QStringLiteral(". ") + m_notice.text;
}

bool NoticeCard::isHeld() const
{
    const QWidget *focus = QApplication::focusWidget();
    return underMouse() || (focus && (focus == this || isAncestorOf(focus)));
}

void NoticeCard::restyle()
{
    const Look look = lookOf(m_notice.kind);
    m_glyph->setPixmap(iconPixmap(QLatin1String(look.icon), m_theme.stateText(look.state), 20, devicePixelRatioF()));
    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, m_notice.title.isEmpty() ? m_theme.text() : m_theme.muted());
    m_text->setPalette(quiet);
}

bool NoticeCard::event(QEvent *event)
{
    // Escape belongs to the card that has the focus, before the window's and the pages' shortcuts.
    if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent *>(event)->key() == Qt::Key_Escape)
        event->accept();
    return QFrame::event(event);
}

void NoticeCard::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape)
        emit closeRequested();
    else if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && !m_buttons.isEmpty())
        static_cast<QPushButton *>(m_buttons.first())->click();
    else
        QFrame::keyPressEvent(event);
}

} // namespace retryscope
