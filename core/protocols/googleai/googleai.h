// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"
#include "protocols/wireformats.h"

namespace retryscope {

class GoogleAiProtocol final : public Protocol
{
public:
    HttpRequest buildRequest(const ProviderConfig &provider, const ChatRequest &chat,
                             const QByteArray &key) const override;
    std::optional<ChatRequest> readRequest(const QByteArray &path, const QJsonObject &body) const override;
    void readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const override;
    void readReply(const QJsonObject &object, Answer *answer) const override;
    QStringList unread(const QByteArray &path, const QJsonObject &body) const override;
    QStringList unsayable(const ChatRequest &chat) const override;
    std::unique_ptr<AnswerWriter> writer(const WriterContext &context) const override;
    WrittenError writeError(const WireError &error) const override;
    QByteArray writeErrorEvent(const WireError &error) const override;
    bool endsWithConnection() const override { return true; }
};

class GoogleAiServing final : public Serving
{
public:
    ServedAction action(const QByteArray &method, const QByteArray &path) const override;
    std::optional<ServedRefusal> checkAccess(const QByteArray &target, const HttpHeaders &headers,
                                             bool keyRequired) const override;
    Expected<ServedPrompt, ServedRefusal> readRequest(const QByteArray &path, const QJsonObject &body) const override;
    QByteArray whole(const ServedAnswer &answer) const override;
    QByteArray early(const ServedAnswer &answer) const override;
    QByteArray delta(const ServedAnswer &answer, int word) const override;
    QByteArray ending(const ServedAnswer &answer) const override;
    QByteArray errorEvent(const ServedContext &context) const override;
    QByteArray models(const ServedContext &context) const override;
    std::optional<QByteArray> model(const QByteArray &path, const ServedContext &context) const override;
    QByteArray tokenCount(int tokens) const override;
    ServedError error(ServedFault fault, const ServedContext &context) const override;
    ServedError refuse(const ServedRefusal &refusal, const ServedContext &context) const override;
    HttpHeaders headers(const ServedContext &context) const override;
    HttpHeaders limits(const ServedContext &context) const override;
};

namespace googleai {
void readErrorFields(const QJsonObject &error, FailureFacts *facts);
std::span<const LimitFamily> limits();
} // namespace googleai

} // namespace retryscope
