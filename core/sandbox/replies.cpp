// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/replies.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>

#include <array>
#include <cmath>

namespace retryscope {
namespace {

// JSON templates in the providers' own shapes; %1.. are filled with already encoded JSON.
QByteArray json(const QString &text) { return QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact).sliced(1).chopped(1); }
QByteArray event(const QByteArray &data, const QByteArray &name = {}) { return (name.isEmpty() ? QByteArray() : "event: " + name + "\n") + "data: " + data + "\n\n"; }
QByteArray num(int n) { return QByteArray::number(n); }
QString text(const SimulatedAnswer &a) { return a.words.join(QLatin1Char(' ')); }
/// A finish reason as JSON, in the words of one wire: stop, filter, length, tool calls.
QByteArray finishWord(const SimulatedAnswer &a, std::array<const char *, 4> words)
{
    if (a.finish == SimulatedFinish::None)
        return "null";
    return '"' + QByteArray(a.finish == SimulatedFinish::Foreign ? "overloaded_error" : words[std::size_t(a.finish)]) + '"';
}
HttpHeaders jsonHeaders(HttpHeaders more = {}) { more.prepend({"Content-Type", "application/json"}); return more; }
HttpHeaders retryAfter(Duration d) { return jsonHeaders({{"Retry-After", num(int(std::ceil(toSeconds(d))))}}); }

class OpenAiReplies : public ReplyFormat
{
public:
    explicit OpenAiReplies(bool mistral) : m_mistral(mistral) {}
    QByteArray whole(const SimulatedAnswer &a) const override
    {
        return R"({"id":"chatcmpl-sim","object":"chat.completion","created":1790000000,"model":)" + json(a.model)
            + R"(,"choices":[{"index":0,"message":{"role":"assistant",)" + (a.finish == SimulatedFinish::ToolCalls ? R"("content":null,)" + call() : said(a, text(a)))
            + R"(},"finish_reason":)" + stop(a) + R"(}],"usage":)" + usage(a) + "}";
    }
    QByteArray early(const SimulatedAnswer &a) const override { return chunk(a, choice("", stop(a))); }
    QByteArray delta(const SimulatedAnswer &a, const QString &t) const override { return chunk(a, choice(said(a, t), a.finishEverywhere ? stop(a) : "null")); }
    QByteArray ending(const SimulatedAnswer &a) const override
    {
        QByteArray out = a.finish == SimulatedFinish::ToolCalls ? chunk(a, choice(call(), "null")) : QByteArray();
        out += chunk(a, choice("", stop(a)), m_mistral ? usage(a) : QByteArray());
        if (!m_mistral && a.includeUsage)
            out += chunk(a, "[]", usage(a));
        return out + "data: [DONE]\n\n";
    }
    QByteArray errorEvent() const override { return event(R"({"error":{"message":"The server is overloaded.","type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}})"); }
    SimulatedError error(Fault fault, Duration hint) const override { return m_mistral ? mistralError(fault, hint) : openAiError(fault, hint); }
    SimulatedError badRequest(int status, const QString &message) const override
    {
        return {status, jsonHeaders(), body(message, "invalid_request_error", status == 404 ? "model_not_found" : nullptr)};
    }
    HttpHeaders limits(int served) const override
    {
        const QByteArray left = num(std::max(0, 500 - served % 500));
        if (m_mistral)
            return {{"x-ratelimit-limit-req-minute", "500"}, {"x-ratelimit-remaining-req-minute", left}};
        return {{"x-request-id", "req_sim_" + num(served)}, {"x-ratelimit-limit-requests", "500"}, {"x-ratelimit-remaining-requests", left}, {"x-ratelimit-reset-requests", "120ms"}};
    }

private:
    static QByteArray stop(const SimulatedAnswer &a) { return finishWord(a, {"stop", "content_filter", "length", "tool_calls"}); }
    static QByteArray call() { return R"("tool_calls":[{"index":0,"id":"call_sim","type":"function","function":{"name":"look_up","arguments":"{}"}}])"; }
    /// The field of a message or delta that holds these words.
    QByteArray said(const SimulatedAnswer &a, const QString &t) const
    {
        if (!a.thoughts)
            return R"("content":)" + json(t);
        return m_mistral ? R"("content":[{"type":"thinking","thinking":[{"type":"text","text":)" + json(t) + "}]}]" : R"("content":"","reasoning_content":)" + json(t);
    }
    static QByteArray choice(const QByteArray &delta, const QByteArray &finish) { return R"([{"index":0,"delta":{)" + delta + R"(},"finish_reason":)" + finish + "}]"; }
    static QByteArray usage(const SimulatedAnswer &a)
    {
        const int out = int(a.words.size());
        return R"({"prompt_tokens":)" + num(a.tokensIn) + R"(,"completion_tokens":)" + num(out) + R"(,"total_tokens":)" + num(a.tokensIn + out) + "}";
    }
    static QByteArray chunk(const SimulatedAnswer &a, const QByteArray &choices, const QByteArray &usage = {})
    {
        return event(R"({"id":"chatcmpl-sim","object":"chat.completion.chunk","created":1790000000,"model":)" + json(a.model) + R"(,"choices":)" + choices
                     + (usage.isEmpty() ? QByteArray() : R"(,"usage":)" + usage) + "}");
    }
    static QByteArray body(const QString &message, const char *type, const char *code)
    {
        return R"({"error":{"message":)" + json(message) + R"(,"type":")" + type + R"(","param":null,"code":)" + (code ? '"' + QByteArray(code) + '"' : QByteArray("null")) + "}}";
    }
    static SimulatedError openAiError(Fault fault, Duration hint)
    {
        switch (fault) {
        case Fault::RateLimit: return {429, retryAfter(hint), body(QStringLiteral("Rate limit reached for requests."), "requests", "rate_limit_exceeded")};
        case Fault::RateLimitNoHint: return {429, jsonHeaders(), body(QStringLiteral("Rate limit reached for requests."), "requests", "rate_limit_exceeded")};
        case Fault::QuotaExhausted: return {429, jsonHeaders(), body(QStringLiteral("You exceeded your current quota."), "insufficient_quota", "insufficient_quota")};
        case Fault::Overloaded: return {503, jsonHeaders(), body(QStringLiteral("The server is overloaded."), "service_unavailable_error", "server_is_overloaded")};
        case Fault::ServerError: return {500, jsonHeaders(), body(QStringLiteral("The server had an error."), "server_error", nullptr)};
        case Fault::WrongKey: return {401, jsonHeaders(), body(QStringLiteral("Incorrect API key provided."), "invalid_request_error", "invalid_api_key")};
        case Fault::ModelMissing: return {404, jsonHeaders(), body(QStringLiteral("The model does not exist."), "invalid_request_error", "model_not_found")};
        case Fault::ContextLength: return {400, jsonHeaders(), body(QStringLiteral("This model's maximum context length is 8192 tokens."), "invalid_request_error", "context_length_exceeded")};
        case Fault::ContentFilter: return {400, jsonHeaders(), body(QStringLiteral("The request was refused by the content policy."), "invalid_request_error", "misalignment_policy_violation")};
        default: return {};
        }
    }
    static SimulatedError mistralError(Fault fault, Duration hint)
    {
        const auto flat = [](const char *message, const char *type, const char *code, int status) {
            return R"({"object":"error","message":")" + QByteArray(message) + R"(","type":")" + type + R"(","param":null,"code":")" + code + R"(","raw_status_code":)" + num(status) + "}";
        };
        switch (fault) {
        case Fault::RateLimit: return {429, retryAfter(hint), flat("Rate limit exceeded", "rate_limited", "1300", 429)};
        case Fault::RateLimitNoHint: return {429, jsonHeaders(), flat("Rate limit exceeded", "rate_limited", "1300", 429)};
        case Fault::QuotaExhausted: return {402, jsonHeaders(), flat("Payment required", "payment_required", "1402", 402)};
        case Fault::Overloaded: return {429, jsonHeaders(), flat("Service tier capacity exceeded for this model.", "service_tier_capacity_exceeded", "3505", 429)};
        case Fault::ServerError: return {500, jsonHeaders(), flat("Internal server error", "internal_error", "1000", 500)};
        case Fault::WrongKey: return {401, jsonHeaders(), R"({"message":"Unauthorized","request_id":"sim"})"};
        case Fault::ModelMissing: return {404, jsonHeaders(), flat("Model not found", "invalid_model", "1500", 404)};
        case Fault::ContextLength: return {400, jsonHeaders(), flat("Prompt contains 9000 tokens, too large for model with 8192 maximum context length", "invalid_request_error", "3051", 400)};
        default: return {};
        }
    }
    bool m_mistral;
};

class AnthropicReplies final : public ReplyFormat
{
public:
    QByteArray whole(const SimulatedAnswer &a) const override
    {
        const QByteArray block = a.finish == SimulatedFinish::ToolCalls ? QByteArray(tool)
            : a.thoughts ? R"({"type":"thinking","thinking":)" + json(text(a)) + R"(,"signature":"sim"})" : R"({"type":"text","text":)" + json(text(a)) + "}";
        return R"({"id":"msg_sim","type":"message","role":"assistant","model":)" + json(a.model) + R"(,"content":[)" + block
            + R"(],"stop_reason":)" + stop(a) + R"(,"usage":{"input_tokens":)" + num(a.tokensIn) + R"(,"output_tokens":)" + num(int(a.words.size())) + "}}";
    }
    QByteArray opening(const SimulatedAnswer &a) const override
    {
        const QByteArray block = a.finish == SimulatedFinish::ToolCalls ? QByteArray(tool)
            : a.thoughts ? QByteArray(R"({"type":"thinking","thinking":"","signature":""})") : QByteArray(R"({"type":"text","text":""})");
        return event(R"({"type":"message_start","message":{"id":"msg_sim","type":"message","role":"assistant","model":)" + json(a.model)
                     + R"(,"content":[],"usage":{"input_tokens":)" + num(a.tokensIn) + R"(,"output_tokens":1}}})", "message_start")
            + event(R"({"type":"content_block_start","index":0,"content_block":)" + block + "}", "content_block_start") + event(R"({"type":"ping"})", "ping");
    }
    QByteArray early(const SimulatedAnswer &a) const override { return finished(a); }
    QByteArray delta(const SimulatedAnswer &a, const QString &t) const override
    {
        const QByteArray piece = a.thoughts ? R"({"type":"thinking_delta","thinking":)" + json(t) : R"({"type":"text_delta","text":)" + json(t);
        return event(R"({"type":"content_block_delta","index":0,"delta":)" + piece + "}}", "content_block_delta") + (a.finishEverywhere ? finished(a) : QByteArray());
    }
    QByteArray ending(const SimulatedAnswer &a) const override
    {
        const QByteArray input = event(R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}})", "content_block_delta");
        return (a.finish == SimulatedFinish::ToolCalls ? input : QByteArray()) + event(R"({"type":"content_block_stop","index":0})", "content_block_stop")
            + finished(a) + event(R"({"type":"message_stop"})", "message_stop");
    }
    QByteArray errorEvent() const override { return event(body("overloaded_error", "Overloaded"), "error"); }
    SimulatedError error(Fault fault, Duration hint) const override
    {
        switch (fault) {
        case Fault::RateLimit: return {429, retryAfter(hint), body("rate_limit_error", "This request would exceed your rate limit.")};
        case Fault::RateLimitNoHint: return {429, jsonHeaders(), body("rate_limit_error", "This request would exceed your rate limit.")};
        case Fault::QuotaExhausted: return {429, jsonHeaders(), body("rate_limit_error", "Spend limit reached.", R"(,"details":{"error_code":"enforced_spend_limit_reached"})")};
        case Fault::Overloaded: return {529, jsonHeaders(), body("overloaded_error", "Overloaded")};
        case Fault::ServerError: return {500, jsonHeaders(), body("api_error", "Internal server error")};
        case Fault::WrongKey: return {401, jsonHeaders(), body("authentication_error", "invalid x-api-key")};
        case Fault::ModelMissing: return {404, jsonHeaders(), body("not_found_error", "model: claude-gone")};
        case Fault::ContextLength: return {400, jsonHeaders(), body("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")};
        default: return {};
        }
    }
    SimulatedError badRequest(int status, const QString &message) const override
    {
        return {status, jsonHeaders(), body(status == 404 ? "not_found_error" : "invalid_request_error", message.toUtf8())};
    }
    HttpHeaders limits(int served) const override
    {
        const QByteArray reset = QDateTime::currentDateTimeUtc().addSecs(1).toString(Qt::ISODate).toLatin1();
        return {{"request-id", "req_sim_" + num(served)}, {"anthropic-ratelimit-requests-limit", "500"},
                {"anthropic-ratelimit-requests-remaining", num(500 - served % 500)}, {"anthropic-ratelimit-requests-reset", reset}};
    }

private:
    static constexpr const char *tool = R"({"type":"tool_use","id":"toolu_sim","name":"look_up","input":{}})";
    static QByteArray stop(const SimulatedAnswer &a) { return finishWord(a, {"end_turn", "refusal", "max_tokens", "tool_use"}); }
    static QByteArray finished(const SimulatedAnswer &a)
    {
        return event(R"({"type":"message_delta","delta":{"stop_reason":)" + stop(a) + R"(},"usage":{"output_tokens":)" + num(int(a.words.size())) + "}}", "message_delta");
    }
    static QByteArray body(const char *type, const QByteArray &message, const QByteArray &details = {})
    {
        return R"({"type":"error","error":{"type":")" + QByteArray(type) + R"(","message":)" + json(QString::fromUtf8(message)) + details + R"(},"request_id":"req_sim"})";
    }
};

class GoogleReplies final : public ReplyFormat
{
public:
    QByteArray whole(const SimulatedAnswer &a) const override { return piece(a, text(a), true); }
    QByteArray early(const SimulatedAnswer &a) const override { return event(piece(a, QString(), true)); }
    QByteArray delta(const SimulatedAnswer &a, const QString &t) const override { return event(piece(a, t, a.finishEverywhere)); }
    QByteArray ending(const SimulatedAnswer &a) const override { return event(piece(a, QString(), true)); }
    /// Not framed as an event: Google sends the bare object.
    QByteArray errorEvent() const override { return body(503, "UNAVAILABLE", "The model is overloaded.") + "\n"; }
    SimulatedError error(Fault fault, Duration hint) const override
    {
        const auto quota = [](const char *id) { return R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":")" + QByteArray(id) + R"("}]})"; };
        const QByteArray info = R"(,{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":")" + QByteArray::number(toSeconds(hint)) + R"(s"})";
        switch (fault) {
        case Fault::RateLimit: return {429, jsonHeaders(), body(429, "RESOURCE_EXHAUSTED", "Resource exhausted.", quota("GenerateRequestsPerMinutePerProjectPerModel") + info)};
        case Fault::RateLimitNoHint: return {429, jsonHeaders(), body(429, "RESOURCE_EXHAUSTED", "Resource exhausted.", quota("GenerateRequestsPerMinutePerProjectPerModel"))};
        case Fault::QuotaExhausted: return {429, jsonHeaders(), body(429, "RESOURCE_EXHAUSTED", "Daily quota exceeded.", quota("GenerateRequestsPerDayPerProjectPerModel"))};
        case Fault::Overloaded: return {503, jsonHeaders(), body(503, "UNAVAILABLE", "The model is overloaded.")};
        case Fault::ServerError: return {500, jsonHeaders(), body(500, "INTERNAL", "An internal error has occurred.")};
        case Fault::ModelMissing: return {404, jsonHeaders(), body(404, "NOT_FOUND", "models/gone is not found for API version v1beta.")};
        case Fault::ContextLength: return {400, jsonHeaders(), body(400, "INVALID_ARGUMENT", "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).")};
        case Fault::WrongKey: return {400, jsonHeaders(), body(400, "INVALID_ARGUMENT", "API key not valid.", R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"})")};
        default: return {};
        }
    }
    SimulatedError badRequest(int status, const QString &message) const override
    {
        return {status, jsonHeaders(), body(status, status == 404 ? "NOT_FOUND" : "INVALID_ARGUMENT", message.toUtf8())};
    }
    HttpHeaders limits(int) const override { return {}; } // it sends none

private:
    static QByteArray body(int code, const char *status, const QByteArray &message, const QByteArray &details = {})
    {
        return R"({"error":{"code":)" + num(code) + R"(,"message":)" + json(QString::fromUtf8(message)) + R"(,"status":")" + status + '"'
            + (details.isEmpty() ? QByteArray() : R"(,"details":[)" + details + "]") + "}}";
    }
    static QByteArray piece(const SimulatedAnswer &a, const QString &t, bool last)
    {
        QByteArray part = t.isEmpty() ? QByteArray() : R"({"text":)" + json(t) + (a.thoughts ? R"(,"thought":true})" : "}");
        if (last && a.finish == SimulatedFinish::ToolCalls)
            part = R"({"functionCall":{"name":"look_up","args":{}}})";
        const QByteArray stop = last ? R"(,"finishReason":)" + finishWord(a, {"STOP", "SAFETY", "MAX_TOKENS", "STOP"}) : QByteArray();
        return R"({"candidates":[{"content":{"role":"model","parts":[)" + part + "]}" + stop + R"(,"index":0}],"usageMetadata":{"promptTokenCount":)"
            + num(a.tokensIn) + (last ? R"(,"candidatesTokenCount":)" + num(int(a.words.size())) : QByteArray()) + R"(},"modelVersion":)" + json(a.model) + "}";
    }
};

} // namespace

const ReplyFormat &ReplyFormat::of(ProtocolKind kind)
{
    static const OpenAiReplies openAi(false), mistral(true);
    static const AnthropicReplies anthropic;
    static const GoogleReplies google;
    switch (kind) {
    case ProtocolKind::Anthropic: return anthropic;
    case ProtocolKind::GoogleAi: return google;
    case ProtocolKind::Mistral: return mistral;
    default: return openAi;
    }
}

} // namespace retryscope
