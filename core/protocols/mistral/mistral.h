// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/openai/openai.h"

namespace retryscope {

/// OpenAI's shapes with other names, other errors and other limits.
class MistralProtocol final : public OpenAiProtocol
{
public:
    MistralProtocol();
    std::unique_ptr<AnswerWriter> writer(const WriterContext &context) const override;
    WrittenError writeError(const WireError &error) const override;
    QByteArray writeErrorEvent(const WireError &error) const override;
};

class MistralServing final : public OpenAiServing
{
public:
    const Serving &at(const QByteArray &) const override { return *this; }
    std::optional<ServedRefusal> checkAccess(const QByteArray &target, const HttpHeaders &headers,
                                             bool keyRequired) const override;
    Expected<ServedPrompt, ServedRefusal> readRequest(const QByteArray &path, const QJsonObject &body) const override;
    QByteArray errorEvent(const ServedContext &context) const override;
    QByteArray models(const ServedContext &context) const override;
    std::optional<QByteArray> model(const QByteArray &path, const ServedContext &context) const override;
    ServedError error(ServedFault fault, const ServedContext &context) const override;
    ServedError refuse(const ServedRefusal &refusal, const ServedContext &context) const override;
    HttpHeaders headers(const ServedContext &context) const override;
    HttpHeaders limits(const ServedContext &context) const override;

protected:
    QByteArray answerId(const ServedContext &context) const override { return context.token; }
    QByteArray callId(const ServedContext &context, int call) const override
    {
        return (context.token.left(8) + QByteArray::number(call)).left(9);
    }
    QByteArray messageFields() const override { return {}; }
    QByteArray said(const ServedAnswer &answer, const QString &text) const override;
    QByteArray callChunks(const ServedAnswer &answer) const override;
    QByteArray lastChunks(const ServedAnswer &answer) const override;
};

namespace mistral {
void readErrorHeaders(const HttpHeaders &headers, FailureFacts *facts);
std::span<const LimitFamily> limits();
} // namespace mistral

} // namespace retryscope
