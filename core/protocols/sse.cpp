// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/sse.h"

#include <algorithm>

namespace retryscope {
namespace {
constexpr qsizetype maxLine = 8 << 20, maxUnframed = 64 << 10;

/// What comes after these data cannot belong to them: a closed object, the end mark, or something that can be no JSON.
bool isWhole(QByteArrayView data)
{
    data = data.trimmed();
    return data.startsWith('{') ? data.endsWith('}') : data == "[DONE]" || (!data.isEmpty() && !data.startsWith('['));
}
bool beginsAnew(QByteArrayView value)
{
    return value.startsWith('{') || value.startsWith("data:") || value.trimmed() == "[DONE]";
}
}

QVector<SseEvent> SseDecoder::feed(QByteArrayView bytes)
{
    QVector<SseEvent> events;
    while (!bytes.isEmpty()) {
        if (std::exchange(m_afterCr, false) && bytes.front() == '\n') {
            bytes = bytes.sliced(1);
            continue;
        }
        const auto end = std::find_if(bytes.begin(), bytes.end(), [](char c) { return c == '\n' || c == '\r'; });
        const qsizetype size = end - bytes.begin();
        const qsizetype room = maxLine - m_line.size();
        m_line.append(bytes.first(std::min(size, room)));
        m_overflowed |= size > room;
        if (end == bytes.end())
            break;
        m_afterCr = *end == '\r';
        line(m_line, &events);
        m_line.resize(0); // keeps its memory for the next line
        bytes = bytes.sliced(size + 1);
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
        data(value, events);
    } else if (field == "event") {
        if (m_hasData && !m_event.name.isEmpty() && isWhole(m_event.data))
            dispatch(events);
        m_event.name = value.first(std::min<qsizetype>(value.size(), 64)).toByteArray();
    } else if (field != "id" && field != "retry" && m_unframed.size() + line.size() < maxUnframed) {
        m_unframed.append(line).append('\n');
    }
}

void SseDecoder::data(QByteArrayView value, QVector<SseEvent> *events)
{
    if (m_hasData && beginsAnew(value) && isWhole(m_event.data))
        dispatch(events);
    if (m_event.data.size() + value.size() > maxLine) {
        m_overflowed = true;
        return;
    }
    if (m_hasData)
        m_event.data.append('\n');
    m_event.data.append(value);
    m_hasData = true;
}

void SseDecoder::dispatch(QVector<SseEvent> *events)
{
    if (std::exchange(m_hasData, false))
        events->append(m_event);
    m_event = {};
}

} // namespace retryscope
