// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/protocol.h"

#include <QJsonArray>

namespace retryscope {

/// `base` with `path` (encoded) added, whatever slashes the base ends with.
QUrl endpoint(const QUrl &base, const QString &path, const QString &query = {});

QByteArray toBody(const QJsonObject &object);

/// An error inside an answer: an object, or the text alone. False: there is none.
bool readInnerError(const QJsonObject &object, Answer *answer);
/// The object is an error: the answer has failed.
void takeError(const QJsonObject &object, Answer *answer);
/// The choice or candidate that is the answer: number 0, where they are numbered. Empty: none of these.
QJsonObject firstChoice(const QJsonArray &choices);

/// Where the OpenAI-shaped formats differ.
struct OpenAiDialect
{
    const char *path;
    const char *maxTokensKey;
    bool streamOptions; ///< stream_options.include_usage is understood
};

/// openai, mistral and openai_compatible; reads the shapes of the Responses API and of Ollama's own lines too.
class OpenAiProtocol final : public Protocol
{
public:
    explicit OpenAiProtocol(OpenAiDialect dialect) : m_dialect(dialect) {}
    HttpRequest buildRequest(const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key) const override;
    void readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const override;
    void readReply(const QJsonObject &object, Answer *answer) const override;
    bool isEndMark(QByteArrayView data) const override;

private:
    void readChoices(const QJsonObject &object, Answer *answer) const;
    OpenAiDialect m_dialect;
};

class AnthropicProtocol final : public Protocol
{
public:
    HttpRequest buildRequest(const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key) const override;
    void readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const override;
    void readReply(const QJsonObject &object, Answer *answer) const override;
};

class GoogleAiProtocol final : public Protocol
{
public:
    HttpRequest buildRequest(const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key) const override;
    void readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const override;
    /// A whole reply has the shape of one streamed event.
    void readReply(const QJsonObject &object, Answer *answer) const override { readEvent({}, object, answer); }
    bool endsWithConnection() const override { return true; }
};

} // namespace retryscope
