// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "protocols/answerreader.h"
#include "protocols/registry.h"
#include "sandbox/simulatedmodel.h"

#include <QJsonDocument>

using namespace retryscope;

namespace {

struct Endpoint { ProtocolKind kind; const char *path; };
constexpr Endpoint endpoints[] = {
    {ProtocolKind::OpenAi, "/openai/v1/chat/completions"},
    {ProtocolKind::OpenAiResponses, "/openai/v1/responses"},
    {ProtocolKind::Anthropic, "/anthropic/v1/messages"},
    {ProtocolKind::GoogleAi, "/google_ai/v1beta/models/m:generateContent"},
    {ProtocolKind::Mistral, "/mistral/v1/chat/completions"},
};

ServedContext context()
{
    ServedContext c;
    c.token = "0123456789abcdef0123456789abcdef";
    c.model = QStringLiteral("m");
    return c;
}

bool isJson(const QByteArray &bytes) { return QJsonDocument::fromJson(bytes).isObject(); }

/// What our own reader makes of it.
void checkServedAnswer(const Protocol &protocol, const QByteArray &body, const ServedAnswer &answer)
{
    AnswerReader reader(protocol);
    QString text;
    fuzz::inPieces(body, [&](QByteArrayView piece) { text += reader.feed(piece); });
    text += reader.end();
    const QString said = answer.words.join(QString());
    MUST(text == said);
    MUST(!reader.fault() || said.trimmed().isEmpty());
    MUST(reader.answer().unreadable == 0);
    MUST(reader.answer().toolCalls == !answer.calls.isEmpty());
}

void checkServed(const Endpoint &endpoint, const QJsonObject &body)
{
    const Wire &wire = wireOf(endpoint.kind);
    const Serving &serving = wire.serving->at(endpoint.path);
    const auto prompt = serving.readRequest(endpoint.path, body);
    if (!prompt) {
        MUST(prompt.error().status >= 400 && prompt.error().status < 500);
        MUST(isJson(serving.refuse(prompt.error(), context()).body));
        return;
    }
    MUST(!prompt->maxTokens || *prompt->maxTokens >= 1);
    SeededRandom random(1);
    const ServedAnswer answer = answerTo(*prompt, context(), random);
    MUST(!prompt->maxTokens || answer.words.size() <= *prompt->maxTokens);
    MUST(answer.words.isEmpty() || answer.calls.isEmpty());
    const QString said = answer.words.join(QString());
    for (const QString &stop : prompt->stops)
        MUST(!said.contains(stop));
    const QByteArray whole = serving.whole(answer);
    MUST(isJson(whole));
    checkServedAnswer(*wire.protocol, whole, answer);
    QByteArray stream = serving.opening(answer);
    for (int i = 0; i < int(answer.words.size()); ++i)
        stream += serving.delta(answer, i);
    checkServedAnswer(*wire.protocol, stream + serving.ending(answer), answer);
}

} // namespace

/// What the simulated providers make of any request: it is refused in JSON, or answered within its limits, and our own
/// reader gets the same text of the whole answer and of the stream.
FUZZ_TARGET(served_prompt)
{
    const QJsonObject body = QJsonDocument::fromJson(fuzz::bytesOf(data, size)).object();
    for (const Endpoint &endpoint : endpoints)
        checkServed(endpoint, body);
    return 0;
}
