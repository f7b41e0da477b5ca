// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "unit/errorrows.h"

/// What providers are known to send with status 200, whole, streamed or broken, and how it must end.
namespace retryscope::rows {

struct StreamRow
{
    const char *name;
    ProtocolKind kind;
    QByteArray bytes;
    const char *expected;
}; ///< "=text" for success
inline constexpr auto OpenAiKind = ProtocolKind::OpenAi, AnthropicKind = ProtocolKind::Anthropic,
                      GoogleKind = ProtocolKind::GoogleAi, MistralKind = ProtocolKind::Mistral,
                      AnyKind = ProtocolKind::OpenAiCompatible;

inline QByteArray sse(const QByteArray &data, const char *name = nullptr)
{
    return (name ? "event: " + QByteArray(name) + "\n" : QByteArray()) + "data: " + data + "\n\n";
}
inline QByteArray chunk(const char *text, const char *finish = nullptr)
{
    return sse(R"({"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":")" + QByteArray(text)
               + R"("},"finish_reason":)" + (finish ? '"' + QByteArray(finish) + '"' : QByteArray("null")) + "}]}");
}
inline QByteArray gemini(const QByteArray &parts, const char *finish = nullptr)
{
    return R"({"candidates":[{"content":{"role":"model","parts":)" + parts + "}"
           + (finish ? R"(,"finishReason":")" + QByteArray(finish) + '"' : QByteArray()) + "}]}";
}
inline const QByteArray hi = R"([{"text":"hi"}])";
inline QByteArray claude(const char *stop, const char *more = "")
{
    return sse(R"({"type":"message_start","message":{"usage":{"input_tokens":3,"output_tokens":1}}})", "message_start")
           + sse(R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})",
                 "content_block_start")
           + sse(R"({"type":"ping"})", "ping")
           + sse(R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}})",
                 "content_block_delta")
           + sse(R"({"type":"message_delta","delta":{"stop_reason":")" + QByteArray(stop) + '"' + more
                     + R"(},"usage":{"output_tokens":2}})",
                 "message_delta");
}
inline const QByteArray claudeStop = sse(R"({"type":"message_stop"})", "message_stop");

inline QByteArray glued(QByteArray stream) { return stream.replace("\n\n", "\n"); } ///< one line end between events

inline const QVector<StreamRow> &openAiStreams()
{
    static const QVector<StreamRow> rows{
        {"whole", OpenAiKind, chunk("h") + chunk("i", "stop") + "data: [DONE]\n\n", "=hi"},
        {"no [DONE], but a finish reason", AnyKind, chunk("hi", "stop"), "=hi"},
        {"[DONE] with spaces, no finish reason", AnyKind, chunk("hi") + "data:  [DONE]  \n\n",
         "stream_interrupted provider retry failure stream:no_end_mark"},
        {"neither", OpenAiKind, chunk("hi"), "stream_interrupted provider retry failure stream:no_end_mark"},
        {"what follows [DONE] is ignored", OpenAiKind,
         chunk("hi", "stop") + "data: [DONE]\n\n" + sse(openAi("x", "insufficient_quota")), "=hi"},
        {"error event", OpenAiKind, chunk("h") + sse(openAi("server_error", "server_is_overloaded")),
         "temporary_failure provider retry failure openai:server_is_overloaded"},
        {"named error event", OpenAiKind, sse(R"({"message":"No.","type":"insufficient_quota"})", "error"),
         "quota_exhausted account away ignored openai:insufficient_quota"},
        {"error as text", AnyKind, sse(R"({"error":"boom"})"), "server_error provider retry failure answer:error"},
        {"a numeric code inside a 200", AnyKind,
         sse(R"({"error":{"code":502,"message":"x"},"choices":[{"delta":{},"finish_reason":"error"}]})"),
         "server_error provider retry failure status:502"},
        {"a code in digits inside a 200", AnyKind, sse(R"({"error":{"code":"429","message":"x"}})"),
         "rate_limit model retry failure status:429"},
        {"error inside a choice", AnyKind,
         sse(R"({"choices":[{"delta":{"content":""},"error":{"code":429,"message":"x"},"finish_reason":"error"}]})"),
         "rate_limit model retry failure status:429"},
        {"finish_reason error", MistralKind, chunk("h") + chunk("", "error") + "data: [DONE]\n\n",
         "server_error provider retry failure answer:finish_reason_error"},
        {"OpenRouter comments", AnyKind, ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n" + chunk("hi", "stop"),
         "=hi"},
        {"Azure's empty choices", AnyKind,
         sse(R"({"choices":[],"prompt_filter_results":[]})") + chunk("hi", "stop")
             + sse(R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}})") + "data: [DONE]\n\n",
         "=hi"},
        {"a chunk without delta", AnyKind,
         sse(R"({"choices":[{"index":0,"content_filter_results":{}}]})") + chunk("hi", "stop"), "=hi"},
        {"content_filter", AnyKind, chunk("h", "content_filter"),
         "content_filter request stop ignored answer:filtered"},
        {"refusal", OpenAiKind, sse(R"({"choices":[{"delta":{"refusal":"I cannot"}}]})") + chunk("", "stop"),
         "content_filter request away ignored answer:refused"},
        {"tool calls only", OpenAiKind,
         sse(R"({"choices":[{"delta":{"tool_calls":[{"index":0}]},"finish_reason":"tool_calls"}]})"), "="},
        {"an empty list of tool calls", OpenAiKind,
         sse(R"({"choices":[{"delta":{"content":"","tool_calls":[]},"finish_reason":"stop"}]})"),
         "malformed_response request retry ignored limit=1 body:empty_answer"},
        {"empty", OpenAiKind, chunk("", "stop") + "data: [DONE]\n\n",
         "malformed_response request retry ignored limit=1 body:empty_answer"},
        {"[DONE] alone", AnyKind, "data: [DONE]\n\n", "stream_interrupted provider retry failure stream:no_end_mark"},
        {"nothing at all", AnyKind, "", "stream_interrupted provider retry failure stream:silence"},
        {"reasoning only", AnyKind, sse(R"({"choices":[{"delta":{"reasoning_content":"hm"},"finish_reason":"stop"}]})"),
         "malformed_response request retry ignored limit=1 body:empty_answer"},
        {"length with nothing shown", AnyKind, chunk("", "length"), "="},
        {"length with no output is an overflow", AnyKind,
         chunk("", "length") + sse(R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":0}})"),
         "context_length request away ignored openai:context_length_exceeded"},
        {"content in parts", MistralKind,
         sse(R"({"choices":[{"delta":{"content":[{"type":"thinking","thinking":[]},{"type":"text","text":"hi"}]},"finish_reason":"stop"}]})"),
         "=hi"},
        {"events for a whole message", AnyKind,
         sse(R"({"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]})"), "=hi"},
        {"one undecodable event is skipped", AnyKind, chunk("h") + "data: {oops\n\n" + chunk("i", "stop"), "=hi"},
        {"[DONE] with spaces", AnyKind, chunk("hi", "stop") + "data:  [DONE]  \n\n", "=hi"},
        {"an error as text, after text", AnyKind, chunk("h") + sse(R"({"error":"boom"})"),
         "server_error provider retry failure answer:error"},
        {"an error that says nothing", AnyKind, sse(R"({"error":{}})"),
         "malformed_response provider retry failure body:malformed"},
        {"a list of no errors", AnyKind, R"({"error":[null],"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]})",
         "malformed_response provider retry failure body:malformed"},
        {"a message that is a text", AnyKind, R"({"choices":[{"message":"hi","finish_reason":"stop"}]})",
         "malformed_response request retry ignored limit=1 body:empty_answer"},
        {"an error with nothing but its message", AnyKind, sse(R"({"error":{"message":"Compute error."}})"),
         "server_error provider retry failure answer:error"},
        {"LM Studio's overflow", AnyKind,
         sse(R"({"error":"Trying to keep the first 9046 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens."})",
             "error"),
         "context_length request away ignored text:context_length"},
        {"an error in a list", AnyKind, sse(R"({"error":[{"code":2009,"message":"Unauthorized"}]})"),
         "authentication account away ignored words:key"},
        {"a relay's overloaded_error", AnyKind, chunk("h") + chunk("", "overloaded_error") + "data: [DONE]\n\n",
         "temporary_failure provider retry failure anthropic:overloaded_error"},
        {"a relay's network_error", AnyKind, chunk("h", "network_error") + "data: [DONE]\n\n",
         "server_error provider retry failure answer:finish_reason_error"},
        {"DeepSeek's insufficient_system_resource", AnyKind,
         chunk("h", "insufficient_system_resource") + "data: [DONE]\n\n",
         "server_error provider retry failure answer:finish_reason_error"},
        {"vLLM's abort", AnyKind, chunk("h", "abort"),
         "server_error provider retry failure answer:finish_reason_error"},
        {"Zhipu's sensitive", AnyKind, chunk("h", "sensitive"), "content_filter request stop ignored answer:filtered"},
        {"a word that nobody knows", AnyKind, chunk("hi", "whatever"), "=hi"},
        {"a Gemini relay's words", AnyKind, chunk("hi", "STOP"), "=hi"},
        {"two choices, interleaved", AnyKind,
         sse(R"({"choices":[{"index":0,"delta":{"content":"h"}}]})")
             + sse(R"({"choices":[{"index":1,"delta":{"content":"X"}}]})")
             + sse(R"({"choices":[{"index":1,"delta":{"content":"Y"}},{"index":0,"delta":{"content":"i"}}]})")
             + sse(R"({"choices":[{"index":1,"delta":{},"finish_reason":"length"}]})")
             + sse(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"),
         "=hi"},
        {"events kept apart by one line end", AnyKind, glued(chunk("h") + chunk("i", "stop") + "data: [DONE]\n"),
         "=hi"},
        {"one glued pair", AnyKind, chunk("h").chopped(1) + chunk("i", "stop") + "data: [DONE]\n\n", "=hi"},
        {"a glued end mark", AnyKind, chunk("hi", "stop").chopped(1) + "data: [DONE]\n\n", "=hi"},
        {"the prefix twice", AnyKind, "data: " + chunk("h") + "data: " + chunk("i", "stop") + "data: data: [DONE]\n\n",
         "=hi"},
        {"the prefix twice, glued", AnyKind, glued("data: " + chunk("h") + "data: " + chunk("i", "stop")), "=hi"},
        {"an array in an event's line is skipped", AnyKind, chunk("h") + "data: [1]\n\n" + chunk("i", "stop"), "=hi"},
        {"tool calls that end with stop", AnyKind,
         sse(R"({"choices":[{"delta":{"tool_calls":[{"index":0}]},"finish_reason":"stop"}]})"), "="},
        {"images only", AnyKind,
         sse(R"({"choices":[{"delta":{"images":[{"type":"image_url"}]},"finish_reason":"stop"}]})"), "="},
        {"OpenRouter's reasoning only", AnyKind,
         sse(R"({"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.encrypted"}]},"finish_reason":"stop"}]})"),
         "malformed_response request retry ignored limit=1 body:empty_answer"},
        {"reasoning until the limit", AnyKind,
         sse(R"({"choices":[{"delta":{"reasoning_content":"hm"}}]})") + chunk("", "length") + "data: [DONE]\n\n", "="},
        {"Responses, completed", OpenAiKind,
         sse(R"({"type":"response.created","response":{"status":"in_progress"}})", "response.created")
             + sse(R"({"type":"response.output_text.delta","delta":"hi"})", "response.output_text.delta")
             + sse(
                 R"({"type":"response.completed","response":{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"hi"}]}],"usage":{"input_tokens":1,"output_tokens":1}}})",
                 "response.completed"),
         "=hi"},
        {"Responses, failed", OpenAiKind,
         sse(R"({"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded","message":"Please try again in 11.054s."}}})",
             "response.failed"),
         "rate_limit model retry failure hint=11.054 openai:rate_limit_exceeded"},
        {"Responses, error event", OpenAiKind,
         sse(R"({"type":"error","code":"server_error","message":"x","param":null})", "error"),
         "server_error provider retry failure openai:server_error"},
    };
    return rows;
}

inline const QVector<StreamRow> &openAiBodies()
{
    static const QVector<StreamRow> rows{
        {"whole", OpenAiKind,
         R"({"object":"chat.completion","choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]})",
         "=hi"},
        {"blank lines and comments before it", AnyKind,
         "\n\n: keep-alive\n\n\n"
         R"({"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]})",
         "=hi"},
        {"200 with an error", AnyKind, R"({"error":{"code":402,"message":"Insufficient credits"}})",
         "quota_exhausted account away ignored text:balance"},
        {"200 with an error before choices", AnyKind,
         R"({"error":{"message":"x","code":503},"choices":[{"message":{"content":"hi"}}]})",
         "temporary_failure provider retry failure status:503"},
        {"200 with a flat error", MistralKind, mistral("Rate limit exceeded", "rate_limited", "1300", 429),
         "rate_limit model retry failure mistral:1300"},
        {"200 with text", AnyKind, R"({"error":"model overloaded"})",
         "temporary_failure provider retry failure words:capacity"},
        {"200 with a limit in few words", AnyKind, R"({"error":"rate limit exceeded"})",
         "rate_limit model retry failure words:rate"},
        {"200 with a wrong key in few words", AnyKind, R"({"error":{"message":"Invalid API key provided"}})",
         "authentication account away ignored words:key"},
        {"200 with few words that tell nothing", AnyKind, R"({"error":"unexpected EOF"})",
         "server_error provider retry failure answer:error"},
        {"200 with an overflow", AnyKind,
         R"({"error":{"message":"This model's maximum context length is 4096 tokens."}})",
         "context_length request away ignored text:context_length"},
        {"two choices in one body", AnyKind,
         R"({"choices":[{"index":1,"message":{"content":"no"},"finish_reason":"stop"},{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}]})",
         "=hi"},
        {"reasoning only", AnyKind,
         R"({"choices":[{"index":0,"message":{"content":"","reasoning_content":"Good morning!"},"finish_reason":"stop"}]})",
         "malformed_response request retry ignored limit=1 body:empty_answer"},
        {"images only", AnyKind,
         R"({"choices":[{"message":{"content":"","images":[{"type":"image_url"}]},"finish_reason":"stop"}]})", "="},
        {"a relay's finish reason", AnyKind,
         R"({"choices":[{"message":{"content":"h"},"finish_reason":"overloaded_error"}]})",
         "temporary_failure provider retry failure anthropic:overloaded_error"},
        {"no finish reason in a whole body", AnyKind, R"({"choices":[{"message":{"content":"hi"}}]})", "=hi"},
        {"a page", AnyKind, "<html><title>Sign in</title></html>",
         "malformed_response provider retry failure limit=1 body:html"},
        {"plain text", AnyKind, "upstream connect error or disconnect",
         "malformed_response provider retry failure body:malformed"},
        {"JSON of another kind", AnyKind, R"({"hello":"world"})",
         "malformed_response provider retry failure body:malformed"},
        {"cut", AnyKind, R"({"choices":[{"message":{"content":"hi)",
         "malformed_response provider retry failure body:malformed"},
        {"Responses, failed", OpenAiKind,
         R"({"object":"response","status":"failed","error":{"code":"invalid_prompt","message":"x"},"output":[]})",
         "invalid_request request stop ignored openai:invalid_prompt"},
        {"Responses, data residency", OpenAiKind,
         R"({"object":"response","status":"failed","error":{"code":"data_residency_mismatch","message":"x"},"output":[]})",
         "permission account away ignored openai:data_residency_mismatch"},
        {"Responses, vector store", OpenAiKind,
         R"({"object":"response","status":"failed","error":{"code":"vector_store_timeout","message":"x"},"output":[]})",
         "server_error provider retry failure openai:vector_store_timeout"},
        {"Responses, image", OpenAiKind,
         R"({"object":"response","status":"failed","error":{"code":"invalid_image_format","message":"x"},"output":[]})",
         "invalid_request request stop ignored openai:invalid_image"},
        {"Responses, failed without a word", OpenAiKind,
         R"({"object":"response","status":"failed","error":null,"output":[]})",
         "server_error provider retry failure answer:finish_reason_error"},
        {"Responses, completed", OpenAiKind,
         R"({"object":"response","status":"completed","error":null,"output":[{"type":"reasoning"},{"type":"message","content":[{"type":"output_text","text":"hi"}]}]})",
         "=hi"},
        {"Responses, refused", OpenAiKind,
         R"({"object":"response","status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}]})",
         "content_filter request away ignored answer:refused"},
        {"Responses, incomplete by length", OpenAiKind,
         R"({"object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]})",
         "="},
        {"Responses, incomplete by filter", OpenAiKind,
         R"({"object":"response","status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]})",
         "content_filter request stop ignored answer:filtered"},
        {"Responses, still queued", OpenAiKind, R"({"object":"response","status":"queued","output":[]})",
         "malformed_response provider retry failure body:malformed"},
        {"Ollama lines", AnyKind,
         R"({"message":{"content":"h"},"done":false})"
         "\n"
         R"({"message":{"content":"i"},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2})"
         "\n",
         "=hi"},
        {"Ollama lines with an error", AnyKind,
         R"({"message":{"content":"h"},"done":false})"
         "\n"
         R"({"error":"llama runner process has terminated"})"
         "\n", "model_unavailable model away ignored ollama:runner_text"},
        {"Ollama lines without an end", AnyKind,
         R"({"message":{"content":"h"},"done":false})"
         "\n"
         R"({"message":{"content":"i"},"done":false})"
         "\n", "stream_interrupted provider retry failure stream:no_end_mark"},
    };
    return rows;
}

inline const QVector<StreamRow> &anthropicStreams()
{
    static const QVector<StreamRow> rows{
        {"whole", AnthropicKind, claude("end_turn") + claudeStop, "=hi"},
        {"no message_stop", AnthropicKind, claude("end_turn"),
         "stream_interrupted provider retry failure stream:no_end_mark"},
        {"[DONE] is no end here", AnthropicKind, claude("end_turn") + "data: [DONE]\n\n",
         "stream_interrupted provider retry failure stream:no_end_mark"},
        {"unknown events", AnthropicKind,
         sse(R"({"type":"future_event","x":1})", "future_event") + claude("end_turn") + claudeStop, "=hi"},
        {"overloaded_error", AnthropicKind, sse(anthropic("overloaded_error", nullptr, "Overloaded"), "error"),
         "temporary_failure provider retry failure anthropic:overloaded_error"},
        {"api_error", AnthropicKind, sse(anthropic("api_error"), "error"),
         "server_error provider retry failure anthropic:api_error"},
        {"rate_limit_error", AnthropicKind, sse(anthropic("rate_limit_error"), "error"),
         "rate_limit model retry failure anthropic:rate_limit_error"},
        {"error event without a name", AnthropicKind, sse(anthropic("overloaded_error")),
         "temporary_failure provider retry failure anthropic:overloaded_error"},
        {"a gateway's error without a type", AnthropicKind, sse(openAi("server_error", "server_is_overloaded")),
         "temporary_failure provider retry failure openai:server_is_overloaded"},
        {"refusal", AnthropicKind, claude("refusal", R"(,"stop_details":{"category":"cyber"})") + claudeStop,
         "content_filter request away ignored answer:refused"},
        {"model_context_window_exceeded", AnthropicKind, claude("model_context_window_exceeded") + claudeStop, "=hi"},
        {"pause_turn", AnthropicKind, claude("pause_turn") + claudeStop, "=hi"},
        {"max_tokens", AnthropicKind, claude("max_tokens") + claudeStop, "=hi"},
        {"tool use only", AnthropicKind,
         sse(R"({"type":"content_block_start","content_block":{"type":"tool_use","name":"x"}})")
             + sse(R"({"type":"message_delta","delta":{"stop_reason":"tool_use"}})") + claudeStop,
         "="},
        {"message_stop without a stop reason", AnthropicKind,
         sse(R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"h"}})") + claudeStop,
         "stream_interrupted provider retry failure stream:no_end_mark"},
        {"thinking only", AnthropicKind,
         sse(R"({"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"hm"}})")
             + sse(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"}})") + claudeStop,
         "malformed_response request retry ignored limit=1 body:empty_answer"},
        {"thinking until the limit", AnthropicKind,
         sse(R"({"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"hm"}})")
             + sse(R"({"type":"message_delta","delta":{"stop_reason":"max_tokens"}})") + claudeStop,
         "="},
        {"a relay's stop reason", AnthropicKind, claude("overloaded_error") + claudeStop,
         "temporary_failure provider retry failure anthropic:overloaded_error"},
        {"an error as text", AnthropicKind, sse(R"({"error":"boom"})"),
         "server_error provider retry failure answer:error"},
        {"events kept apart by one line end", AnthropicKind, glued(claude("end_turn") + claudeStop), "=hi"},
        {"empty", AnthropicKind, sse(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"}})") + claudeStop,
         "malformed_response request retry ignored limit=1 body:empty_answer"},
        {"one body", AnthropicKind,
         R"({"type":"message","content":[{"type":"text","text":"h"},{"type":"text","text":"i"}],"stop_reason":"end_turn"})",
         "=hi"},
        {"one body, an error", AnthropicKind, anthropic("overloaded_error"),
         "temporary_failure provider retry failure anthropic:overloaded_error"},
        {"one body, refused", AnthropicKind, R"({"type":"message","content":[],"stop_reason":"refusal"})",
         "content_filter request away ignored answer:refused"},
        {"one body, JSON of another kind", AnthropicKind, R"({"choices":[]})",
         "malformed_response provider retry failure body:malformed"},
    };
    return rows;
}

inline const QVector<StreamRow> &googleStreams()
{
    static const QVector<StreamRow> rows{
        {"whole", GoogleKind, sse(gemini(R"([{"text":"h"}])")) + sse(gemini(R"([{"text":"i"}])", "STOP")), "=hi"},
        {"CR delimiters", GoogleKind, "data: " + gemini(hi, "STOP") + "\r\r", "=hi"},
        {"no finishReason", GoogleKind, sse(gemini(hi)),
         "stream_interrupted provider retry failure stream:no_end_mark"},
        {"an error that is not framed", GoogleKind, sse(gemini(hi)) + google(503, "UNAVAILABLE"),
         "temporary_failure model retry failure google:unavailable"},
        {"such an error over lines", GoogleKind,
         sse(gemini(hi)) + "{\n  \"error\": {\n    \"code\": 429,\n    \"status\": \"RESOURCE_EXHAUSTED\"\n  }\n}\n",
         "rate_limit model retry failure google:resource_exhausted"},
        {"such an error alone", GoogleKind, google(503, "UNAVAILABLE"),
         "temporary_failure model retry failure google:unavailable"},
        {"such an error, wrapped", GoogleKind, "[" + google(429, "RESOURCE_EXHAUSTED") + "]",
         "rate_limit model retry failure google:resource_exhausted"},
        {"an error in an event", GoogleKind, sse(google(500, "INTERNAL")),
         "server_error provider retry failure limit=2 google:internal"},
        {"Interactions error", GoogleKind,
         sse(R"({"event_type":"error","error":{"code":"rate_limit_exceeded","message":"x"}})"),
         "rate_limit model retry failure openai:rate_limit_exceeded"},
        {"one array", GoogleKind,
         "[" + gemini(R"([{"text":"h"}])") + ",\r\n" + gemini(R"([{"text":"i"}])", "STOP") + "]", "=hi"},
        {"one array, cut", GoogleKind, "[" + gemini(R"([{"text":"h"}])") + ",\r\n",
         "stream_interrupted provider retry failure stream:no_end_mark"},
        {"blocked prompt", GoogleKind, sse(R"({"promptFeedback":{"blockReason":"JAILBREAK"}})"),
         "content_filter request stop ignored answer:filtered"},
        {"blocked prompt, one body", GoogleKind, R"({"promptFeedback":{"blockReason":"OTHER"}})",
         "content_filter request stop ignored answer:filtered"},
        {"SAFETY", GoogleKind, sse(gemini(hi, "SAFETY")), "content_filter request stop ignored answer:filtered"},
        {"PROHIBITED_CONTENT", GoogleKind, sse(gemini("[]", "PROHIBITED_CONTENT")),
         "content_filter request stop ignored answer:filtered"},
        {"BLOCKLIST", GoogleKind, sse(gemini("[]", "BLOCKLIST")),
         "content_filter request stop ignored answer:filtered"},
        {"SPII", GoogleKind, sse(gemini("[]", "SPII")), "content_filter request stop ignored answer:filtered"},
        {"RECITATION", GoogleKind, sse(gemini(hi, "RECITATION")),
         "content_filter request stop ignored answer:filtered"},
        {"MALFORMED_FUNCTION_CALL", GoogleKind, sse(gemini("[]", "MALFORMED_FUNCTION_CALL")),
         "malformed_response request retry ignored limit=1 google:malformed_function_call"},
        {"STOP with empty parts", GoogleKind, sse(gemini("[]", "STOP")),
         "malformed_response request retry ignored limit=1 body:empty_answer"},
        {"STOP without content", GoogleKind, R"({"candidates":[{"finishReason":"STOP"}]})",
         "malformed_response request retry ignored limit=1 body:empty_answer"},
        {"MAX_TOKENS", GoogleKind, sse(gemini(hi, "MAX_TOKENS")), "=hi"},
        {"thoughts are no answer", GoogleKind, sse(gemini(R"([{"text":"hm","thought":true},{"text":"hi"}])", "STOP")),
         "=hi"},
        {"thoughts only", GoogleKind, sse(gemini(R"([{"text":"hm","thought":true}])", "STOP")),
         "malformed_response request retry ignored limit=1 body:empty_answer"},
        {"thoughts until the limit", GoogleKind,
         R"({"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS","index":0}],"usageMetadata":{"promptTokenCount":17,"thoughtsTokenCount":1020}})",
         "="},
        {"two candidates, interleaved", GoogleKind,
         sse(R"({"candidates":[{"index":0,"content":{"parts":[{"text":"h"}]}}]})")
             + sse(R"({"candidates":[{"index":1,"content":{"parts":[{"text":"X"}]},"finishReason":"STOP"}]})")
             + sse(R"({"candidates":[{"index":0,"content":{"parts":[{"text":"i"}]},"finishReason":"STOP"}]})"),
         "=hi"},
        {"MODEL_ARMOR", GoogleKind, sse(gemini(hi, "MODEL_ARMOR")),
         "content_filter request stop ignored answer:filtered"},
        {"an image", GoogleKind, sse(gemini(R"([{"inlineData":{"mimeType":"image/png"}}])", "STOP")), "="},
        {"an error as text", GoogleKind, sse(R"({"error":"boom"})"),
         "server_error provider retry failure answer:error"},
        {"events kept apart by one line end", GoogleKind,
         "data: " + gemini(R"([{"text":"h"}])") + "\ndata: " + gemini(R"([{"text":"i"}])", "STOP") + "\n", "=hi"},
        {"a function call", GoogleKind, sse(gemini(R"([{"functionCall":{"name":"x"}}])", "STOP")), "="},
    };
    return rows;
}

} // namespace retryscope::rows
