// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/ids.h"

#include <QUrl>
#include <QVector>

#include <optional>

namespace retryscope {

enum class ProtocolKind : quint8 { OpenAi, Anthropic, GoogleAi, Mistral, OpenAiCompatible };
QString toKey(ProtocolKind kind);
std::optional<ProtocolKind> protocolFromKey(QStringView key);

/// What is enough for the end of a streamed answer. Without a finish reason a stream counts as cut.
enum class EndRule : quint8 {
    Protocol,   ///< a finish reason and the wire's own end
    Mark,       ///< the end mark alone: the server never gives a finish reason
    Connection, ///< a connection that closes in order: the server sends neither
};
QString toKey(EndRule rule);
std::optional<EndRule> endRuleFromKey(QStringView key);

/// One configured target.
struct ProviderConfig
{
    ProviderId id;
    QString name;          ///< shown
    ProtocolKind protocol = ProtocolKind::OpenAiCompatible;
    QUrl baseUrl;
    QString model;
    QString keyReference;  ///< "env:NAME", or empty for none; never a key
    QString account;       ///< providers with the same account share quota and key blocks; empty: the key at this host, else id
    QString idempotencyHeader; ///< header that carries one key for all attempts of a call; empty: the provider takes none
    bool enabled = true;
    bool simulated = false;
    EndRule end = EndRule::Protocol;
    bool operator==(const ProviderConfig &) const = default;
};
using ProviderConfigs = QVector<ProviderConfig>; ///< in order of priority

/// What a person or program asks.
struct Prompt
{
    QString text;
    QString system;
    QString model;         ///< empty: the provider's own
    int maxTokens = 1024;
    bool stream = true;
};

} // namespace retryscope
