// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/time.h"
#include "theme/theme.h"

#include <QFrame>

#include <functional>

class QHBoxLayout;
class QLabel;
class QToolButton;

namespace retryscope {

/// One thing that the window has to say, outside any page.
struct WindowNotice
{
    enum class Kind : quint8 { Info, Success, Warning, Error, Incident };
    struct Action
    {
        QString text, name; ///< `name`: of the button, for tests; may be empty
        std::function<void()> run;
    };
    QString key;            ///< a later notice with the same key takes this one's place
    Kind kind = Kind::Info;
    QString title, text;    ///< plain; either may be empty
    QVector<Action> actions = {};
    Duration timeout{};     ///< closes itself after this, unless the pointer or the focus is on it; zero: never
};

/// A notice as a card: glyph, words, actions, and a button that closes it. Escape closes it when it has the focus.
class NoticeCard : public QFrame
{
    Q_OBJECT
public:
    NoticeCard(const Theme &theme, QWidget *parent);
    void show(const WindowNotice &notice);
    const WindowNotice &notice() const { return m_notice; }
    /// What a screen reader hears.
    QString sentence() const;
    /// The pointer is over it, or the focus is in it.
    bool isHeld() const;

    std::optional<SteadyTime> readAt;       ///< the line has told it for long enough; none: it has not begun
    bool closing = false;                   ///< the time of `timeout` has begun
    SteadyTime closesAt{};                  ///< only while `closing`

signals:
    void closeRequested();
    void actionTaken();

protected:
    bool event(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void restyle();
    void rebuildActions();
    const Theme &m_theme;
    WindowNotice m_notice;
    QLabel *m_glyph, *m_title, *m_text;
    QToolButton *m_close;
    QHBoxLayout *m_actions;
    QVector<QWidget *> m_buttons;
};

} // namespace retryscope
