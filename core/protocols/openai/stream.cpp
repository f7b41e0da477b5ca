// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/openai.h"
#include "protocols/openai/parts.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

namespace {

/// One of Ollama's own lines, or its whole answer.
void readOllama(const QJsonObject &object, Answer *answer)
{
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

bool OpenAiProtocol::isEndMark(QByteArrayView data) const { return data.trimmed() == wireOf(m_dialect.kind).endMark; }

QByteArray openai::choice(const QByteArray &delta, const QByteArray &finish) { return R"([{"index":0,"delta":{)" + delta + R"(},"finish_reason":)" + finish + "}]"; }

QByteArray openai::chunk(const ServedAnswer &a, const QByteArray &choices, const QByteArray &usage)
{
    return event(R"({"id":"chatcmpl-sim","object":"chat.completion.chunk","created":1790000000,"model":)" + json(a.model) + R"(,"choices":)" + choices
                 + (usage.isEmpty() ? QByteArray() : R"(,"usage":)" + usage) + "}");
}

QByteArray OpenAiServing::early(const ServedAnswer &a) const { return openai::chunk(a, openai::choice("", openai::stop(a))); }

QByteArray OpenAiServing::delta(const ServedAnswer &a, const QString &t) const
{
    return openai::chunk(a, openai::choice(said(a, t), a.finishEverywhere ? openai::stop(a) : "null"));
}

QByteArray OpenAiServing::lastChunks(const ServedAnswer &a) const
{
    const QByteArray stop = openai::chunk(a, openai::choice("", openai::stop(a)));
    return a.includeUsage ? stop + openai::chunk(a, "[]", openai::usage(a)) : stop;
}

QByteArray OpenAiServing::ending(const ServedAnswer &a) const
{
    const QByteArray call = a.finish == ServedFinish::ToolCalls ? openai::chunk(a, openai::choice(openai::call(), "null")) : QByteArray();
    return call + lastChunks(a) + "data: [DONE]\n\n";
}

QByteArray OpenAiServing::errorEvent() const
{
    return event(R"({"error":{"message":"The server is overloaded.","type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}})");
}

} // namespace retryscope
