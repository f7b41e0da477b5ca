// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/openai.h"
#include "protocols/openai/parts.h"
#include "protocols/servedjson.h"

#include <QStringBuilder>

namespace retryscope {

using namespace served;

namespace {

/// One of Ollama's own lines, or its whole answer.
void readOllama(const QJsonObject &object, Answer *answer)
{
    answer->takeModel(object[QLatin1String("model")]);
    openai::readMessage(object[QLatin1String("message")].toObject(), answer);
    answer->addText(object[QLatin1String("response")].toString());
    if (!object[QLatin1String("done")].toBool())
        return;
    takeCount(object[QLatin1String("prompt_eval_count")], &answer->tokensIn);
    takeCount(object[QLatin1String("eval_count")], &answer->tokensOut);
    takeFinish(object[QLatin1String("done_reason")].toString(QStringLiteral("stop")), answer); // older ones give none
    answer->ended = true;
}

} // namespace

void OpenAiProtocol::readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const
{
    const QString type = object[QLatin1String("type")].toString();
    if (name == "error" || type == QLatin1String("error"))
        return takeError(object, answer);
    if (readInnerError(object, answer))
        return;
    if (type.startsWith(QLatin1String("response.")))
        openai::readResponseEvent(type, object, answer);
    else if (object.contains(QLatin1String("done")))
        readOllama(object, answer);
    else
        openai::readChoices(object, answer);
}

bool OpenAiProtocol::isEndMark(QByteArrayView data) const { return data.trimmed() == "[DONE]"; }

QByteArray openai::choice(const QByteArray &delta, const QByteArray &finish)
{
    return R"([{"index":0,"delta":{)" + delta + R"(},"logprobs":null,"finish_reason":)" + finish + "}]";
}

QByteArray OpenAiServing::chunk(const ServedAnswer &a, const QByteArray &choices, const QByteArray &usage) const
{
    const QByteArray used =
        usage.isEmpty() ? QByteArray(a.includeUsage ? R"(,"usage":null)" : "") : R"(,"usage":)" + usage;
    return event(R"({"id":")" % answerId(a.context) % R"(","object":"chat.completion.chunk","created":)"
                 % num(seconds(a.context)) % R"(,"model":)" % json(a.context.model) % R"(,"choices":)" % choices % used
                 % "}");
}

QByteArray OpenAiServing::opening(const ServedAnswer &a) const
{
    const bool calls = a.finish == ServedFinish::ToolCalls;
    return chunk(a, openai::choice(R"("role":"assistant","content":)" + QByteArray(calls ? "null" : R"("")"), "null"));
}

QByteArray OpenAiServing::early(const ServedAnswer &a) const { return chunk(a, openai::choice("", openai::stop(a))); }

QByteArray OpenAiServing::delta(const ServedAnswer &a, int word) const
{
    return chunk(a, openai::choice(said(a, a.words[word]), a.finishEverywhere ? openai::stop(a) : "null"));
}

QByteArray OpenAiServing::lastChunks(const ServedAnswer &a) const
{
    const QByteArray stop = chunk(a, openai::choice("", openai::stop(a)));
    return a.includeUsage ? stop + chunk(a, "[]", openai::usage(a)) : stop;
}

QByteArray OpenAiServing::callChunks(const ServedAnswer &a) const
{
    QByteArray out;
    for (int i = 0; i < int(a.calls.size()); ++i) {
        const QByteArray begun = R"("tool_calls":[{"index":)" + num(i) + R"(,"id":")" + callId(a.context, i)
                                 + R"(","type":"function","function":{"name":)" + json(a.calls[i].name)
                                 + R"(,"arguments":""}}])";
        const QByteArray filled = R"("tool_calls":[{"index":)" + num(i) + R"(,"function":{"arguments":)"
                                  + json(QString::fromUtf8(json(a.calls[i].arguments))) + "}}]";
        out += chunk(a, openai::choice(begun, "null")) + chunk(a, openai::choice(filled, "null"));
    }
    return out;
}

QByteArray OpenAiServing::ending(const ServedAnswer &a) const
{
    return callChunks(a) + lastChunks(a) + "data: [DONE]\n\n";
}

QByteArray OpenAiServing::errorEvent(const ServedContext &c) const
{
    return event(error(ServedFault::Overloaded, c).body);
}

} // namespace retryscope
