// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QVector>

namespace retryscope {

struct SseEvent
{
    QByteArray name; ///< empty: message
    QByteArray data;
};

/// Decodes server-sent events from bytes split anywhere: CR, LF, CRLF, BOM, comments, multi-line data.
/// Lines that are no field at all are kept apart: some servers put a bare error there. Events of JSON that only one line
/// end keeps apart are told apart all the same: a whole object with another one behind it can be no JSON.
class SseDecoder
{
public:
    QVector<SseEvent> feed(QByteArrayView bytes);
    /// The last event, where the stream ended without a blank line.
    QVector<SseEvent> end();
    const QByteArray &unframed() const { return m_unframed; }
    /// The data of an event whose end has not come yet, as far as its lines are whole.
    QByteArrayView pending() const { return m_event.data; }
    /// A line or an event grew beyond 8 MiB; the rest of it is dropped.
    bool overflowed() const { return m_overflowed; }

private:
    void line(QByteArrayView line, QVector<SseEvent> *events);
    void dispatch(QVector<SseEvent> *events);
    void data(QByteArrayView value, QVector<SseEvent> *events);

    QByteArray m_line;
    SseEvent m_event;
    QByteArray m_unframed;
    bool m_hasData = false;
    bool m_afterCr = false;
    bool m_start = true;
    bool m_overflowed = false;
};

} // namespace retryscope
