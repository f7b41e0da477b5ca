// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/openai.h"
#include "protocols/openai/parts.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

namespace {

QByteArray responseId(const ServedContext &c) { return "resp_" + c.token; }
QByteArray itemId(const ServedContext &c, const char *kind, int item = 0) { return kind + num(item) + c.token; }

/// One item of the output; an open one holds nothing yet.
QByteArray messageItem(const ServedAnswer &a, bool open)
{
    const QByteArray status = open                                                                   ? "in_progress"
                              : a.finish == ServedFinish::Length || a.finish == ServedFinish::Filter ? "incomplete"
                                                                                                     : "completed";
    const QByteArray content =
        open ? QByteArray()
             : R"({"type":"output_text","text":)" + json(text(a)) + R"(,"annotations":[],"logprobs":[]})";
    return R"({"id":")" + itemId(a.context, "msg_") + R"(","type":"message","status":")" + status
           + R"(","role":"assistant","content":[)" + content + "]}";
}

QByteArray reasoningItem(const ServedAnswer &a, bool open)
{
    const QByteArray summary = open ? QByteArray() : R"({"type":"summary_text","text":)" + json(text(a)) + "}";
    return R"({"id":")" + itemId(a.context, "rs_") + R"(","type":"reasoning","summary":[)" + summary + "]}";
}

QByteArray arguments(const ServedAnswer &a, int i) { return json(QString::fromUtf8(json(a.calls[i].arguments))); }

QByteArray callItem(const ServedAnswer &a, int i, bool open)
{
    return R"({"id":")" + itemId(a.context, "fc_", i) + R"(","type":"function_call","status":")"
           + (open ? "in_progress" : "completed") + R"(","call_id":"call_)" + num(i) + a.context.token.left(23)
           + R"(","name":)" + json(a.calls[i].name) + R"(,"arguments":)"
           + (open ? QByteArray(R"("")") : arguments(a, i)) + "}";
}

QByteArray output(const ServedAnswer &a)
{
    QByteArrayList items;
    for (int i = 0; i < int(a.calls.size()); ++i)
        items << callItem(a, i, false);
    if (a.thoughts)
        items << reasoningItem(a, false);
    else if (a.calls.isEmpty())
        items << messageItem(a, false);
    return items.join(',');
}

/// A response as it stands: in progress, or at its end.
QByteArray response(const ServedAnswer &a, bool open)
{
    const bool cut = a.finish == ServedFinish::Length || a.finish == ServedFinish::Filter;
    const QByteArray status = open || a.finish == ServedFinish::None ? "in_progress"
                              : cut                                  ? "incomplete"
                              : a.finish == ServedFinish::Foreign    ? "failed"
                                                                     : "completed";
    const QByteArray why = open || !cut                       ? "null"
                           : a.finish == ServedFinish::Length ? R"({"reason":"max_output_tokens"})"
                                                              : R"({"reason":"content_filter"})";
    const QByteArray error =
        status == "failed" ? R"({"code":"server_is_overloaded","message":"The model ended with overloaded_error."})"
                           : "null";
    const QByteArray used = R"({"input_tokens":)" + num(a.tokensIn)
                            + R"(,"input_tokens_details":{"cached_tokens":0},"output_tokens":)" + num(a.tokensOut())
                            + R"(,"output_tokens_details":{"reasoning_tokens":)" + num(a.thoughts ? a.tokensOut() : 0)
                            + R"(},"total_tokens":)" + num(a.tokensIn + a.tokensOut()) + "}";
    return R"({"id":")" + responseId(a.context) + R"(","object":"response","created_at":)" + num(seconds(a.context))
           + R"(,"status":")" + status + R"(","background":false,"error":)" + error + R"(,"incomplete_details":)" + why
           + R"(,"instructions":null,"max_output_tokens":null,"model":)" + json(a.context.model) + R"(,"output":[)"
           + (open ? QByteArray() : output(a))
           + R"(],"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},"store":false,)"
           + R"("temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":)"
           + (open ? QByteArray("null") : used) + R"(,"metadata":{}})";
}

/// A named event with the next number.
QByteArray numbered(const char *type, int number, const QByteArray &fields)
{
    return event(R"({"type":")" + QByteArray(type) + R"(","sequence_number":)" + num(number) + "," + fields + "}",
                 type);
}

/// Where in the output an event belongs.
QByteArray place(const ServedAnswer &a)
{
    return R"("item_id":")" + itemId(a.context, a.thoughts ? "rs_" : "msg_") + R"(","output_index":0,)"
           + (a.thoughts ? R"("summary_index":0)" : R"("content_index":0)");
}

constexpr int openingEvents = 4;

} // namespace

ServedAction ResponsesServing::action(const QByteArray &method, const QByteArray &) const
{
    return method == "POST" ? ServedAction::Prompt : ServedAction::None;
}

Expected<ServedPrompt, ServedRefusal> ResponsesServing::readRequest(const QByteArray &, const QJsonObject &body) const
{
    using Refused = Unexpected<ServedRefusal>;
    ServedPrompt prompt;
    prompt.model = body[QLatin1String("model")].toString();
    prompt.stream = body[QLatin1String("stream")].toBool();
    const QJsonValue input = body[QLatin1String("input")];
    if (prompt.model.isEmpty())
        return Refused{{400, QStringLiteral("Missing required parameter: 'model'."), QStringLiteral("model")}};
    if (!input.isString() && input.toArray().isEmpty())
        return Refused{{400, QStringLiteral("Missing required parameter: 'input', a text or a list of items."),
                        QStringLiteral("input")}};
    QJsonArray messages;
    if (input.isString())
        messages.append(
            QJsonObject{{QStringLiteral("role"), QStringLiteral("user")}, {QStringLiteral("content"), input}});
    for (const QJsonValue &item : input.toArray()) {
        if (item[QLatin1String("type")].toString() == QLatin1String("function_call_output"))
            messages.append(QJsonObject{{QStringLiteral("role"), QStringLiteral("tool")},
                                        {QStringLiteral("content"), item[QLatin1String("output")]}});
        else if (item[QLatin1String("role")].isString())
            messages.append(item);
    }
    if (const auto wrong = openai::readMessages(messages, &prompt))
        return Refused{*wrong};
    if (const auto wrong = readLimit(body[QLatin1String("max_output_tokens")], "max_output_tokens", &prompt.maxTokens))
        return Refused{*wrong};
    for (const QJsonValue &tool : body[QLatin1String("tools")].toArray())
        openai::readTool(tool.toObject(), &prompt);
    openai::readToolChoice(body[QLatin1String("tool_choice")], &prompt);
    if (const auto wrong = checkTools(prompt, prompt.choice == ServedToolChoice::Any))
        return Refused{*wrong};
    const QJsonObject format = body[QLatin1String("text")][QLatin1String("format")].toObject();
    openai::readFormat(format, format[QLatin1String("schema")], &prompt);
    return prompt;
}

QByteArray ResponsesServing::whole(const ServedAnswer &a) const { return response(a, false); }

QByteArray ResponsesServing::opening(const ServedAnswer &a) const
{
    const QByteArray begun = numbered("response.created", 0, R"("response":)" + response(a, true))
                             + numbered("response.in_progress", 1, R"("response":)" + response(a, true));
    if (a.finish == ServedFinish::ToolCalls)
        return begun;
    const QByteArray item =
        numbered("response.output_item.added", 2,
                 R"("output_index":0,"item":)" + (a.thoughts ? reasoningItem(a, true) : messageItem(a, true)));
    const QByteArray part =
        a.thoughts ? numbered("response.reasoning_summary_part.added", 3,
                              place(a) + R"(,"part":{"type":"summary_text","text":""})")
                   : numbered("response.content_part.added", 3,
                              place(a) + R"(,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]})");
    return begun + item + part;
}

QByteArray ResponsesServing::early(const ServedAnswer &) const
{
    return {};
} // this interface has no finish reason of its own

QByteArray ResponsesServing::delta(const ServedAnswer &a, int word) const
{
    const QByteArray piece = place(a) + R"(,"delta":)" + json(a.words[word]);
    return a.thoughts ? numbered("response.reasoning_summary_text.delta", openingEvents + word, piece)
                      : numbered("response.output_text.delta", openingEvents + word, piece + R"(,"logprobs":[])");
}

QByteArray ResponsesServing::ending(const ServedAnswer &a) const
{
    int n = openingEvents + int(a.words.size());
    QByteArray out;
    const auto add = [&](const char *type, const QByteArray &fields) { out += numbered(type, n++, fields); };
    for (int i = 0; i < int(a.calls.size()); ++i) {
        const QByteArray of = R"("item_id":")" + itemId(a.context, "fc_", i) + R"(","output_index":)" + num(i),
                         at = R"("output_index":)" + num(i) + R"(,"item":)";
        add("response.output_item.added", at + callItem(a, i, true));
        add("response.function_call_arguments.delta", of + R"(,"delta":)" + arguments(a, i));
        add("response.function_call_arguments.done",
            of + R"(,"name":)" + json(a.calls[i].name) + R"(,"arguments":)" + arguments(a, i));
        add("response.output_item.done", at + callItem(a, i, false));
    }
    const QByteArray said = place(a) + R"(,"text":)" + json(text(a));
    if (a.calls.isEmpty() && a.thoughts) {
        add("response.reasoning_summary_text.done", said);
        add("response.reasoning_summary_part.done",
            place(a) + R"(,"part":{"type":"summary_text","text":)" + json(text(a)) + "}");
        add("response.output_item.done", R"("output_index":0,"item":)" + reasoningItem(a, false));
    } else if (a.calls.isEmpty()) {
        add("response.output_text.done", said + R"(,"logprobs":[])");
        add("response.content_part.done", place(a) + R"(,"part":{"type":"output_text","text":)" + json(text(a))
                                              + R"(,"annotations":[],"logprobs":[]})");
        add("response.output_item.done", R"("output_index":0,"item":)" + messageItem(a, false));
    }
    const bool cut = a.finish == ServedFinish::Length || a.finish == ServedFinish::Filter;
    if (a.finish != ServedFinish::None)
        add(cut                                 ? "response.incomplete"
            : a.finish == ServedFinish::Foreign ? "response.failed"
                                                : "response.completed",
            R"("response":)" + response(a, false));
    return out;
}

QByteArray ResponsesServing::errorEvent(const ServedContext &) const
{
    return numbered("error", openingEvents,
                    R"("code":"server_is_overloaded","message":"The server is overloaded.","param":null)");
}

} // namespace retryscope
