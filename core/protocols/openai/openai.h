// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"
#include "protocols/wireformats.h"

namespace retryscope {

/// Where the OpenAI-shaped formats differ.
struct OpenAiDialect
{
    ProtocolKind kind;
    const char *maxTokensKey;
    bool streamOptions; ///< stream_options.include_usage is understood
};

/// openai, openai_compatible and, with a dialect of its own, mistral; reads the shapes of the Responses API and of
/// Ollama's own lines too.
class OpenAiProtocol : public Protocol
{
public:
    explicit OpenAiProtocol(OpenAiDialect dialect) : m_dialect(dialect) {}
    HttpRequest buildRequest(const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key) const override;
    void readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const override;
    void readReply(const QJsonObject &object, Answer *answer) const override;
    bool isEndMark(QByteArrayView data) const override;

private:
    OpenAiDialect m_dialect;
};

class OpenAiServing : public Serving
{
public:
    bool takes(const QByteArray &path) const override { return path.endsWith("/chat/completions"); }
    std::optional<ServedPrompt> readRequest(const QByteArray &path, const QJsonObject &body) const override;
    QByteArray whole(const ServedAnswer &answer) const override;
    QByteArray early(const ServedAnswer &answer) const override;
    QByteArray delta(const ServedAnswer &answer, const QString &text) const override;
    QByteArray ending(const ServedAnswer &answer) const override;
    QByteArray errorEvent() const override;
    ServedError error(ServedFault fault, Duration retryAfter) const override;
    ServedError badRequest(int status, const QString &message) const override;
    HttpHeaders limits(int served) const override;

protected:
    /// The field of a message or delta that holds these words.
    virtual QByteArray said(const ServedAnswer &answer, const QString &text) const;
    /// The last events before the end mark: the finish reason, and what was used.
    virtual QByteArray lastChunks(const ServedAnswer &answer) const;
};

namespace openai {
void readErrorFields(const QJsonObject &error, FailureFacts *facts);
std::span<const LimitFamily> limits();
} // namespace openai

} // namespace retryscope
