// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QEvent>
#include <QLoggingCategory>
#include <QWidget>

#include <functional>
#include <utility>

namespace retryscope {

Q_LOGGING_CATEGORY(startLog, "retryscope.start", QtWarningMsg)

/// Calls `then` when the first page is painted, and says so on the log (QT_LOGGING_RULES=retryscope.start.info=true), for
/// which tests/bench waits.
class FirstPaint final : public QObject
{
public:
    FirstPaint(QWidget &window, std::function<void()> then)
        : QObject(&window), m_window(window), m_then(std::move(then))
    {
        window.installEventFilter(this);
    }
    bool eventFilter(QObject *, QEvent *event) override
    {
        if (event->type() == QEvent::Paint) {
            m_window.removeEventFilter(this);
            QMetaObject::invokeMethod(
                this,
                [this] {
                    qCInfo(startLog, "first page painted");
                    m_then();
                },
                Qt::QueuedConnection);
        }
        return false;
    }

private:
    QWidget &m_window;
    std::function<void()> m_then;
};

} // namespace retryscope
