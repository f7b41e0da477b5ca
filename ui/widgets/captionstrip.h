// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"

#include <QFrame>

class QLabel;
class QTimer;
class QToolButton;

namespace retryscope {

enum class CaptionPart : quint8 { First, Next, Last };

/// Sentences about what is to be seen just now, in a place of their own that covers nothing. It comes with the first of them,
/// keeps its height for two lines while they change, and moves nothing when they are over: it goes when it is closed, or with
/// the page. Hidden while there are none.
class CaptionStrip : public QFrame
{
    Q_OBJECT
public:
    explicit CaptionStrip(const Theme &theme, QWidget *parent = nullptr);
    /// In place of the one before. But for the first it is not said once somebody has closed those before it.
    void say(const QString &title, const QString &text, CaptionPart part);
    /// The page below is another one: what is over, or has waited for its next for long, goes.
    void onPageChanged();

protected:
    void changeEvent(QEvent *event) override;

private:
    void keepTwoLines();
    void restyle();

    const Theme &m_theme;
    QLabel *m_text;
    QToolButton *m_close;
    QTimer *m_over;
};

} // namespace retryscope
