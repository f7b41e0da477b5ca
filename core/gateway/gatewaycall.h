// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/apiretryhandler.h"
#include "gateway/accesslog.h"
#include "protocols/arrayframe.h"

#include <QPointer>

namespace retryscope {

/// What a program asked, as far as it concerns how it is answered.
struct CallerRequest
{
    ForwardRequest forward;
    Route route;
    CallId id;
    QByteArray origin; ///< the gateway's, as the program knows it: http://127.0.0.1:4180
    std::shared_ptr<AccessRecord> record; ///< for the access log; none where none is kept
};

/// One request of a program: its answer is written as it comes, in the program's own words, and a program that reads slowly
/// makes its provider wait. A program that leaves cancels it. On the engine's thread; owns itself through the engine's
/// callbacks and the client's watch, and is gone when both have ended.
class GatewayCall final : public std::enable_shared_from_this<GatewayCall>
{
public:
    /// `ended` once, when nothing more is to be written.
    GatewayCall(ApiRetryHandler &engine, CallerRequest request, ResponderPtr responder, qint64 backlog,
                std::function<void()> ended);
    void start();

private:
    void begin(const ForwardedHead &head);
    void data(const QByteArray &bytes);
    void finished(const CallResult &result, const std::optional<std::pair<ForwardedHead, QByteArray>> &error);
    void fail(const CallResult &result);
    void note(const CallResult &result) const;
    HttpHeaders ours(const ForwardedHead &head) const;
    WireError wireError(const CallResult &result) const;
    bool comesInPieces() const { return m_request.forward.stream || !m_request.forward.isPrompt; }

    QPointer<ApiRetryHandler> m_engine;
    CallerRequest m_request;
    ResponderPtr m_responder;
    qint64 m_backlog;
    std::function<void()> m_ended;
    std::optional<ForwardedHead> m_head;
    QByteArray m_body; ///< of an answer that is written whole
    ArrayFrame m_array; ///< of an answer that is an array of events
    bool m_paused = false, m_gone = false, m_done = false;
    bool m_onPurpose = false; ///< an attempt has met a fault that a person plays
};

} // namespace retryscope
