// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/answerwriter.h"
#include "protocols/wireerror.h"

namespace retryscope {

/// Google's stream without alt=sse: one JSON array, which grows by an element where there would be an event.
class ArrayFrame
{
public:
    /// The objects of these events, or a bare one, as the next elements.
    QByteArray put(const QByteArray &events);
    /// The array's end.
    QByteArray end();
    /// These bytes of such an array were given on as they came.
    void passed(const QByteArray &bytes);

private:
    char m_last = 0; ///< so far, but for white space
};

/// An error in place of such a stream is its only element. What is no JSON stays as it is.
QByteArray errorInArray(const QByteArray &body);
/// The same events as elements.
std::unique_ptr<AnswerWriter> inArray(std::unique_ptr<AnswerWriter> events);

} // namespace retryscope
