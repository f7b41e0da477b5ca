// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"
#include "protocols/googleai/googleai.h"
#include "protocols/googleai/parts.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

namespace {

void readUsage(const QJsonValue &usage, Answer *answer)
{
    takeCount(usage[QLatin1String("promptTokenCount")], &answer->tokensIn);
    takeCount(usage[QLatin1String("cachedContentTokenCount")], &answer->tokensCached);
    takeCount(usage[QLatin1String("thoughtsTokenCount")], &answer->tokensReasoning);
    std::optional<int> out;
    takeCount(usage[QLatin1String("candidatesTokenCount")], &out);
    if (out || usage[QLatin1String("thoughtsTokenCount")].isDouble())
        takeCount(out.value_or(0) + usage[QLatin1String("thoughtsTokenCount")].toInt(), &answer->tokensOut);
}

void readPart(const QJsonObject &part, Answer *answer)
{
    answer->reasoning |= part.contains(QLatin1String("thoughtSignature"));
    if (part[QLatin1String("thought")].toBool()) {
        answer->addThought(part[QLatin1String("text")].toString());
        return;
    }
    answer->addText(part[QLatin1String("text")].toString());
    if (const QJsonValue call = part[QLatin1String("functionCall")]; call.isObject()) {
        answer->newCall() = {call[QLatin1String("id")].toString(), call[QLatin1String("name")].toString(),
                             chatjson::argumentsText(call[QLatin1String("args")])};
        return answer->addToolCall();
    }
    for (auto it = part.begin(); it != part.end(); ++it) {
        if (it.value().isObject()) // inlineData, executableCode and the like
            return answer->addOther();
    }
}

void readCandidate(const QJsonObject &candidate, Answer *answer)
{
    for (const QJsonValue &part : candidate[QLatin1String("content")][QLatin1String("parts")].toArray())
        readPart(part.toObject(), answer);
    takeFinish(candidate[QLatin1String("finishReason")].toString(), answer);
}

} // namespace

void googleai::readChunk(const QJsonObject &object, Answer *answer)
{
    if (readInnerError(object, answer))
        return;
    answer->takeModel(object[QLatin1String("modelVersion")]);
    readUsage(object[QLatin1String("usageMetadata")], answer);
    const QJsonArray candidates = object[QLatin1String("candidates")].toArray();
    readCandidate(firstChoice(candidates), answer);
    readOtherChoices(candidates, answer, readCandidate);
    if (const QString blocked = object[QLatin1String("promptFeedback")][QLatin1String("blockReason")].toString();
        !blocked.isEmpty()) {
        answer->finishReason = blocked.left(64);
        answer->finish = Finish::ContentFilter;
        answer->refused = answer->complete = answer->ended = true;
    }
}

void GoogleAiProtocol::readReply(const QJsonObject &object, Answer *answer) const
{
    googleai::readChunk(object, answer);
}

QByteArray googleai::piece(const ServedAnswer &a, const QString &t, bool last)
{
    QByteArrayList parts;
    if (!t.isEmpty())
        parts << R"({"text":)" + json(t) + (a.thoughts ? R"(,"thought":true})" : "}");
    if (last) {
        for (const ServedCall &call : a.calls)
            parts << R"({"functionCall":{"name":)" + json(call.name) + R"(,"args":)" + json(call.arguments) + "}}";
    }
    const int out = last ? a.tokensOut() : 0;
    const QByteArray stop =
        last ? R"(,"finishReason":)" + finishWord(a, {"STOP", "SAFETY", "MAX_TOKENS", "STOP"}) : QByteArray();
    const QByteArray used =
        last ? (a.thoughts ? R"(,"thoughtsTokenCount":)" : R"(,"candidatesTokenCount":)") + num(out) : QByteArray();
    return R"({"candidates":[{"content":{"role":"model","parts":[)" + parts.join(',') + "]}" + stop
           + R"(,"index":0}],"usageMetadata":{"promptTokenCount":)" + num(a.tokensIn) + used + R"(,"totalTokenCount":)"
           + num(a.tokensIn + out) + R"(},"modelVersion":)" + json(a.context.model) + R"(,"responseId":")"
           + a.context.token.left(22) + "\"}";
}

QByteArray GoogleAiServing::whole(const ServedAnswer &a) const { return googleai::piece(a, text(a), true); }

} // namespace retryscope
