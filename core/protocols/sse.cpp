// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/sse.h"

namespace retryscope {
namespace {
constexpr qsizetype maxLine = 1 << 20;
}

QVector<SseEvent> SseDecoder::feed(QByteArrayView bytes)
{
    QVector<SseEvent> events;
    for (const char ch : bytes) {
        if (std::exchange(m_afterCr, false) && ch == '\n')
            continue;
        if (ch == '\n' || ch == '\r') {
            m_afterCr = ch == '\r';
            line(m_line, &events);
            m_line.clear();
        } else if (m_line.size() < maxLine) {
            m_line.append(ch);
        } else {
            m_overflowed = true;
        }
    }
    return events;
}

QVector<SseEvent> SseDecoder::end()
{
    QVector<SseEvent> events;
    if (!m_line.isEmpty())
        line(std::exchange(m_line, {}), &events);
    dispatch(&events);
    return events;
}

void SseDecoder::line(QByteArrayView line, QVector<SseEvent> *events)
{
    if (std::exchange(m_start, false) && line.startsWith("\xEF\xBB\xBF"))
        line = line.sliced(3);
    if (line.isEmpty())
        return dispatch(events);
    if (line.front() == ':')
        return;
    const qsizetype colon = line.indexOf(':');
    const QByteArrayView field = colon < 0 ? line : line.first(colon);
    QByteArrayView value = colon < 0 ? QByteArrayView() : line.sliced(colon + 1);
    if (value.startsWith(' '))
        value = value.sliced(1);
    if (field == "data") {
        if (m_hasData)
            m_event.data.append('\n');
        m_event.data.append(value);
        m_hasData = true;
        if (m_event.data.size() > 4 * maxLine)
            m_overflowed = true;
    } else if (field == "event") {
        m_event.name = value.toByteArray();
    } else if (field != "id" && field != "retry" && m_unframed.size() < (64 << 10)) {
        m_unframed.append(line).append('\n');
    }
}

void SseDecoder::dispatch(QVector<SseEvent> *events)
{
    if (std::exchange(m_hasData, false))
        events->append(m_event);
    m_event = {};
}

} // namespace retryscope
