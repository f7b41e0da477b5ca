// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/callmodel.h"

#include <QTimer>

namespace retryscope {

/// Finds a text in calls and what happened in them, a few milliseconds at a time, around the end. A new search ends the old.
class EventFinder : public QObject
{
    Q_OBJECT
public:
    enum class Direction : qint8 { Forward = 1, Backward = -1 };
    explicit EventFinder(const CallModel &model, QObject *parent = nullptr);
    /// Starts beside `row`; -1 for the end that comes first.
    void find(const QString &needle, int row, Direction direction);
    void stop() { m_timer.stop(); }

signals:
    void found(int row);
    void missed();

private:
    void slice();
    const CallModel &m_model;
    QTimer m_timer;
    QString m_needle;
    int m_row = 0, m_step = 1, m_left = 0;
};

} // namespace retryscope
