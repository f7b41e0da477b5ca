// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/httpserver.h"
#include "protocols/provider.h"
#include "sandbox/sandbox.h"

#include <QJsonObject>

namespace retryscope {

/// How a simulated answer finishes; Foreign: with a word that reports a failure behind a relay.
enum class SimulatedFinish : quint8 { Stop, Filter, Length, ToolCalls, Foreign, None };

/// What a simulated answer says.
struct SimulatedAnswer
{
    QString model;
    QStringList words;
    int tokensIn = 0;
    bool includeUsage = true; ///< OpenAI sends streamed usage only when asked
    SimulatedFinish finish = SimulatedFinish::Stop; ///< ToolCalls: it is a tool call, and no text
    bool finishEverywhere = false; ///< every event carries the finish reason
    bool thoughts = false;    ///< the words are the model's thoughts, and there is no text
};

struct SimulatedError
{
    int status = 0;
    HttpHeaders headers;
    QByteArray body;
};

/// The wire side of one simulated protocol: the provider's own bodies, events, endings and errors.
class ReplyFormat
{
public:
    virtual ~ReplyFormat() = default;
    virtual QByteArray whole(const SimulatedAnswer &answer) const = 0;
    virtual QByteArray opening(const SimulatedAnswer &) const { return {}; }
    /// A finish reason that comes before the text.
    virtual QByteArray early(const SimulatedAnswer &answer) const = 0;
    virtual QByteArray delta(const SimulatedAnswer &answer, const QString &text) const = 0;
    virtual QByteArray ending(const SimulatedAnswer &answer) const = 0;
    virtual QByteArray errorEvent() const = 0;
    /// The error of a fault; status 0 when the fault is none of HTTP's.
    virtual SimulatedError error(Fault fault, Duration retryAfter) const = 0;
    virtual SimulatedError badRequest(int status, const QString &message) const = 0;
    /// The rate-limit headers that every answer carries.
    virtual HttpHeaders limits(int served) const = 0;

    static const ReplyFormat &of(ProtocolKind kind);
};

} // namespace retryscope
