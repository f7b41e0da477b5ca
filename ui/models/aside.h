// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

namespace retryscope {

/// Does `work` on another thread, then `then` with its result on the window's; not when `receiver` has gone meanwhile.
template <typename Work, typename Then> void aside(QObject *receiver, Work work, Then then)
{
    QThreadPool::globalInstance()->start([receiver = QPointer(receiver), work = std::move(work), then = std::move(then)] {
        const auto tell = [receiver, then, result = work()] {
            if (receiver)
                then(result);
        };
        QMetaObject::invokeMethod(qApp, tell, Qt::QueuedConnection);
    });
}

} // namespace retryscope
