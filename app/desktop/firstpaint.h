// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QEvent>
#include <QLoggingCategory>
#include <QWidget>

namespace retryscope {

Q_LOGGING_CATEGORY(startLog, "retryscope.start", QtWarningMsg)

/// Says on the log (QT_LOGGING_RULES=retryscope.start.info=true) that the first page is painted; tests/bench waits for it.
class FirstPaint final : public QObject
{
public:
    explicit FirstPaint(QWidget &window) : QObject(&window), m_window(window) { window.installEventFilter(this); }
    bool eventFilter(QObject *, QEvent *event) override
    {
        if (event->type() == QEvent::Paint) {
            m_window.removeEventFilter(this);
            QMetaObject::invokeMethod(this, [] { qCInfo(startLog, "first page painted"); }, Qt::QueuedConnection);
        }
        return false;
    }

private:
    QWidget &m_window;
};

} // namespace retryscope
