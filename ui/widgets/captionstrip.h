// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"

#include <QFrame>

#include <chrono>

class QLabel;
class QTimer;
class QToolButton;

namespace retryscope {

/// A sentence about what is to be seen just now. It has a place of its own and covers nothing; hidden while there is none.
class CaptionStrip : public QFrame
{
    Q_OBJECT
public:
    explicit CaptionStrip(const Theme &theme, QWidget *parent = nullptr);
    /// In place of the one before, for so long or until it is closed.
    void say(const QString &title, const QString &text, std::chrono::milliseconds shown);

private:
    void restyle();

    const Theme &m_theme;
    QLabel *m_text;
    QToolButton *m_close;
    QTimer *m_over;
};

} // namespace retryscope
