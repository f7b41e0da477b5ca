// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "transport/transport.h"

#include <QVector>

#include <deque>

namespace retryscope {

/// What one exchange does, and when after its start.
struct Script
{
    Duration sent = 1ms;
    std::optional<Duration> head; ///< none: no response head
    int status = 200;
    HttpHeaders headers;
    QVector<std::pair<Duration, QByteArray>> data;
    std::optional<Duration> end;  ///< none: silent for ever
    ExchangeEnd how;
};

namespace scripts {

inline Script reply(int status, const QByteArray &body, HttpHeaders headers = {}, Duration after = 100ms)
{
    return {1ms, after, status, std::move(headers), {{after, body}}, after, {}};
}
inline Script openAiAnswer(const QByteArray &text = "hi", Duration after = 100ms)
{
    return reply(200,
                 R"({"choices":[{"message":{"content":")" + text
                     + R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}})",
                 {}, after);
}
inline Script anthropicAnswer(Duration after = 100ms)
{
    return reply(
        200,
        R"({"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}})",
        {}, after);
}
inline Script serverError(int status = 500)
{
    return reply(status, R"({"error":{"message":"broken","type":"server_error","code":null}})");
}
inline Script overloaded() { return reply(529, R"({"error":{"message":"busy","type":"overloaded_error"}})"); }
inline Script quotaUsedUp()
{
    return reply(429, R"({"error":{"message":"no credit","type":"insufficient_quota","code":"insufficient_quota"}})");
}
inline Script modelMissing()
{
    return reply(404,
                 R"({"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found"}})");
}
inline Script wrongKey()
{
    return reply(401, R"({"error":{"message":"wrong key","type":"invalid_request_error","code":"invalid_api_key"}})");
}
inline Script badRequest()
{
    return reply(400, R"({"error":{"message":"bad field","type":"invalid_request_error","code":null}})");
}
inline Script rateLimit(const QByteArray &retryAfter = {})
{
    return reply(429, R"({"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}})",
                 retryAfter.isEmpty() ? HttpHeaders{} : HttpHeaders{{"Retry-After", retryAfter}});
}
inline Script silence() { return {}; }
inline Script refused()
{
    return {1ms, {}, 0, {}, {}, 2ms, {TransportFailure::Refused, Delivery::NotSent, QStringLiteral("refused")}};
}
inline Script reset(Delivery delivery = Delivery::MaybeSent)
{
    return {1ms, {}, 0, {}, {}, 50ms, {TransportFailure::Reset, delivery, QStringLiteral("reset")}};
}
/// A streamed answer; `chunks` come 10 ms apart from 100 ms on. Without an end the stream stalls.
inline Script stream(const QVector<QByteArray> &chunks, bool ends = true, ExchangeEnd how = {})
{
    Script s{1ms, 100ms, 200, {{"Content-Type", "text/event-stream"}}, {}, {}, how};
    Duration at = 100ms;
    for (const QByteArray &chunk : chunks)
        s.data.append({at += 10ms, chunk});
    if (ends)
        s.end = at + 10ms;
    return s;
}
inline QByteArray delta(const QByteArray &text)
{
    return R"(data: {"choices":[{"delta":{"content":")" + text + "\"}}]}\n\n";
}
inline QByteArray finishReason() { return "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"; }
inline QByteArray done() { return "data: [DONE]\n\n"; }

} // namespace scripts

/// Plays scripts on any clock, and remembers what was asked. `next` chooses by request and number (from 1); the
/// queue goes first.
class ScriptedTransport final : public Transport
{
public:
    explicit ScriptedTransport(Clock &clock) : m_clock(clock) {}

    std::deque<Script> queue;
    std::function<Script(const HttpRequest &, int number)> next = [](const HttpRequest &, int) {
        return scripts::openAiAnswer();
    };
    QVector<HttpRequest> requests;
    int running = 0; ///< exchanges that neither ended nor were dropped

    std::unique_ptr<Exchange> start(const HttpRequest &request, ExchangeCallbacks callbacks) override
    {
        requests.append(request);
        Script script;
        if (!queue.empty()) {
            script = queue.front();
            queue.pop_front();
        } else {
            script = next(request, int(requests.size()));
        }
        return std::make_unique<Playing>(*this, std::move(script), std::move(callbacks));
    }

private:
    class Playing final : public Exchange
    {
    public:
        Playing(ScriptedTransport &owner, Script script, ExchangeCallbacks callbacks)
            : m_owner(owner), m_script(std::move(script)), m_callbacks(std::move(callbacks))
        {
            ++m_owner.running;
            // A callback may drop the exchange that it comes from, so each works on copies.
            at(m_script.sent, [this] { m_delivery = Delivery::MaybeSent; const auto sent = m_callbacks.sent; sent(); });
            if (m_script.head)
                at(*m_script.head, [this] {
                    m_delivery = Delivery::Answered;
                    const auto head = m_callbacks.head;
                    const HttpHead what{m_script.status, m_script.headers};
                    head(what);
                });
            for (const auto &[when, bytes] : m_script.data)
                at(when, [this, bytes = bytes] {
                    const auto data = m_callbacks.data;
                    const QByteArray what = bytes;
                    data(what);
                });
            if (m_script.end)
                at(*m_script.end, [this] {
                    const auto ended = m_callbacks.ended;
                    const ExchangeEnd what = m_script.how;
                    ended(what);
                });
        }
        ~Playing() override { --m_owner.running; }
        Delivery delivery() const override { return m_delivery; }

    private:
        void at(Duration when, std::function<void()> what)
        {
            m_timers.push_back(m_owner.m_clock.startTimer(when, std::move(what)));
        }
        ScriptedTransport &m_owner;
        Script m_script;
        ExchangeCallbacks m_callbacks;
        Delivery m_delivery = Delivery::NotSent;
        std::vector<TimerHandle> m_timers;
    };
    Clock &m_clock;
};

} // namespace retryscope
