// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/openai/openai.h"

namespace retryscope {

/// The Responses API: items instead of messages, named events, and a status that tells how it ended. What it answers is
/// read as on the chat wire, which meets both. A stop word and a seed are not known to it.
class OpenAiResponsesProtocol final : public OpenAiProtocol
{
public:
    OpenAiResponsesProtocol() : OpenAiProtocol({ProtocolKind::OpenAiResponses, "max_output_tokens", false}) {}
    HttpRequest buildRequest(const ProviderConfig &provider, const ChatRequest &chat,
                             const QByteArray &key) const override;
    std::optional<ChatRequest> readRequest(const QByteArray &path, const QJsonObject &body) const override;
    QStringList unread(const QByteArray &path, const QJsonObject &body) const override;
    QStringList unsayable(const ChatRequest &chat) const override;
    std::unique_ptr<AnswerWriter> writer(const WriterContext &context) const override;
    QByteArray writeErrorEvent(const WireError &error) const override;
};

} // namespace retryscope
