// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"
#include "protocols/wireformats.h"

#include <span>

namespace retryscope {

/// Where the OpenAI-shaped formats differ.
struct OpenAiDialect
{
    ProtocolKind kind;
    const char *maxTokensKey;
    bool streamOptions; ///< stream_options.include_usage is understood
    const char *seedKey = "seed";
    const char *requiredTool = "required"; ///< the word for "some tool"
    bool topK = false;                     ///< top_k is understood
    bool shortIds = false;                 ///< of calls
    bool metadata = true;                  ///< also of an answer that is not stored there
    bool prefix = false;                   ///< an answer that the request begins bears this mark
    std::span<const char *const> efforts = {}; ///< reasoning_effort's words; empty: any
};

/// openai, openai_compatible and, with a dialect of its own, mistral; reads the shapes of the Responses API and of
/// Ollama's own lines too.
class OpenAiProtocol : public Protocol
{
public:
    explicit OpenAiProtocol(OpenAiDialect dialect) : m_dialect(dialect) {}
    HttpRequest buildRequest(const ProviderConfig &provider, const ChatRequest &chat,
                             const QByteArray &key) const override;
    std::optional<ChatRequest> readRequest(const QByteArray &path, const QJsonObject &body) const override;
    void readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const override;
    void readReply(const QJsonObject &object, Answer *answer) const override;
    bool isEndMark(QByteArrayView data) const override;
    QStringList unread(const QByteArray &path, const QJsonObject &body) const override;
    QStringList unsayable(const ChatRequest &chat) const override;
    std::unique_ptr<AnswerWriter> writer(const WriterContext &context) const override;
    WrittenError writeError(const WireError &error) const override;
    QByteArray writeErrorEvent(const WireError &error) const override;

private:
    OpenAiDialect m_dialect;
};

/// Chat completions, and the list of models; the Responses API beside it.
class OpenAiServing : public Serving
{
public:
    const Serving &at(const QByteArray &path) const override;
    ServedAction action(const QByteArray &method, const QByteArray &path) const override;
    std::optional<ServedRefusal> checkAccess(const QByteArray &target, const HttpHeaders &headers,
                                             bool keyRequired) const override;
    Expected<ServedPrompt, ServedRefusal> readRequest(const QByteArray &path, const QJsonObject &body) const override;
    QByteArray whole(const ServedAnswer &answer) const override;
    QByteArray opening(const ServedAnswer &answer) const override;
    QByteArray early(const ServedAnswer &answer) const override;
    QByteArray delta(const ServedAnswer &answer, int word) const override;
    QByteArray ending(const ServedAnswer &answer) const override;
    QByteArray errorEvent(const ServedContext &context) const override;
    QByteArray models(const ServedContext &context) const override;
    std::optional<QByteArray> model(const QByteArray &path, const ServedContext &context) const override;
    ServedError error(ServedFault fault, const ServedContext &context) const override;
    ServedError refuse(const ServedRefusal &refusal, const ServedContext &context) const override;
    HttpHeaders headers(const ServedContext &context) const override;
    HttpHeaders limits(const ServedContext &context) const override;

protected:
    virtual QByteArray answerId(const ServedContext &context) const;
    virtual QByteArray callId(const ServedContext &context, int call) const;
    /// What a message has beside its role and content.
    virtual QByteArray messageFields() const;
    /// The field of a message or delta that holds these words.
    virtual QByteArray said(const ServedAnswer &answer, const QString &text) const;
    /// The events of the calls: of each first its name, then its arguments.
    virtual QByteArray callChunks(const ServedAnswer &answer) const;
    /// The last events before the end mark: the finish reason, and what was used.
    virtual QByteArray lastChunks(const ServedAnswer &answer) const;
    QByteArray chunk(const ServedAnswer &answer, const QByteArray &choices, const QByteArray &usage = {}) const;
    QByteArray calls(const ServedAnswer &answer, bool streamed) const;
};

/// The same vendor's other interface: named events, items of output, a status.
class ResponsesServing final : public OpenAiServing
{
public:
    const Serving &at(const QByteArray &) const override { return *this; }
    ServedAction action(const QByteArray &method, const QByteArray &path) const override;
    Expected<ServedPrompt, ServedRefusal> readRequest(const QByteArray &path, const QJsonObject &body) const override;
    QByteArray whole(const ServedAnswer &answer) const override;
    QByteArray opening(const ServedAnswer &answer) const override;
    QByteArray early(const ServedAnswer &answer) const override;
    QByteArray delta(const ServedAnswer &answer, int word) const override;
    QByteArray ending(const ServedAnswer &answer) const override;
    QByteArray errorEvent(const ServedContext &context) const override;
};

namespace openai {
void readErrorFields(const QJsonObject &error, FailureFacts *facts);
std::span<const LimitFamily> limits();
} // namespace openai

} // namespace retryscope
