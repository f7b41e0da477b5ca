// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/arrayframe.h"

#include <utility>

namespace retryscope {
namespace {

class ArrayWriter final : public AnswerWriter
{
public:
    explicit ArrayWriter(std::unique_ptr<AnswerWriter> events) : m_events(std::move(events)) {}
    QByteArray whole(const Answer &answer, const AnswerTraits &traits) override
    {
        return m_events->whole(answer, traits);
    }
    QByteArray grown(const Answer &answer) override { return m_frame.put(m_events->grown(answer)); }
    QByteArray ending(const Answer &answer, const AnswerTraits &traits) override
    {
        const QByteArray last = m_frame.put(m_events->ending(answer, traits));
        return last + m_frame.end();
    }

private:
    std::unique_ptr<AnswerWriter> m_events;
    ArrayFrame m_frame;
};

} // namespace

QByteArray ArrayFrame::put(const QByteArray &events)
{
    QByteArray elements;
    for (qsizetype at = 0; at < events.size();) {
        const qsizetype close = events.indexOf("\n\n", at), end = close < 0 ? events.size() : close + 2;
        QByteArray object = events.mid(at, end - at).trimmed();
        at = end;
        if (object.startsWith("data:"))
            object = object.mid(5).trimmed();
        if (object.isEmpty())
            continue;
        const bool open = m_last == '[' || m_last == ',';
        elements += (open ? "" : m_last == 0 ? "[" : ",\r\n") + object;
        m_last = object.back();
    }
    return elements;
}

QByteArray ArrayFrame::end() { return std::exchange(m_last, ']') == 0 ? "[]" : "]"; }

void ArrayFrame::passed(const QByteArray &bytes)
{
    if (const QByteArray said = bytes.trimmed(); !said.isEmpty())
        m_last = said.back();
}

QByteArray errorInArray(const QByteArray &body)
{
    if (!body.trimmed().startsWith('{'))
        return body;
    ArrayFrame frame;
    const QByteArray error = frame.put(body);
    return error + frame.end() + '\n';
}

std::unique_ptr<AnswerWriter> inArray(std::unique_ptr<AnswerWriter> events)
{
    return std::make_unique<ArrayWriter>(std::move(events));
}

} // namespace retryscope
