// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/eventfinder.h"

#include <QElapsedTimer>

namespace retryscope {
namespace { constexpr qint64 sliceMs = 6; } // the window's thread is not held longer

EventFinder::EventFinder(const CallModel &model, QObject *parent) : QObject(parent), m_model(model)
{
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, &EventFinder::slice);
}

void EventFinder::find(const QString &needle, int row, Direction direction)
{
    m_needle = needle;
    m_step = int(direction);
    m_row = row >= 0 ? row : direction == Direction::Forward ? -1 : m_model.rowCount();
    m_left = m_model.rowCount();
    m_timer.start();
}

void EventFinder::slice()
{
    QElapsedTimer spent;
    spent.start();
    const int rows = m_model.rowCount();
    while (m_left > 0 && rows > 0 && !spent.hasExpired(sliceMs)) {
        --m_left;
        m_row = ((m_row + m_step) % rows + rows) % rows;
        if (!m_model.searchText(m_row).contains(m_needle, Qt::CaseInsensitive))
            continue;
        m_timer.stop();
        emit found(m_row);
        return;
    }
    if (m_left > 0 && rows > 0)
        return;
    m_timer.stop();
    emit missed();
}

} // namespace retryscope
