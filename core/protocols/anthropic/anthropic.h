// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"
#include "protocols/wireformats.h"

namespace retryscope {

class AnthropicProtocol final : public Protocol
{
public:
    HttpRequest buildRequest(const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key) const override;
    void readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const override;
    void readReply(const QJsonObject &object, Answer *answer) const override;
};

class AnthropicServing final : public Serving
{
public:
    bool takes(const QByteArray &path) const override { return path.endsWith("/messages"); }
    std::optional<ServedPrompt> readRequest(const QByteArray &path, const QJsonObject &body) const override;
    QByteArray whole(const ServedAnswer &answer) const override;
    QByteArray opening(const ServedAnswer &answer) const override;
    QByteArray early(const ServedAnswer &answer) const override;
    QByteArray delta(const ServedAnswer &answer, const QString &text) const override;
    QByteArray ending(const ServedAnswer &answer) const override;
    QByteArray errorEvent() const override;
    ServedError error(ServedFault fault, Duration retryAfter) const override;
    ServedError badRequest(int status, const QString &message) const override;
    HttpHeaders limits(int served) const override;
};

namespace anthropic {
void readErrorFields(const QJsonObject &error, FailureFacts *facts);
std::span<const LimitFamily> limits();
} // namespace anthropic

} // namespace retryscope
