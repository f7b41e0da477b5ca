// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "protocols/chat.h"

#include <QMap>
#include <QUrl>
#include <QVector>

#include <optional>

namespace retryscope {

enum class ProtocolKind : quint8 { OpenAi, Anthropic, GoogleAi, Mistral, OpenAiCompatible, OpenAiResponses };
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

/// What a provider's server calls the fields of its requests otherwise, does not take, or wants besides.
struct ParameterRules
{
    QMap<QString, QString> renamed; ///< ours to the server's
    QStringList removed;
    QJsonObject added;              ///< laid over the body, last of all
    bool operator==(const ParameterRules &) const = default;
};

/// Limits of time that replace those of the policy for one provider, or for one of its models.
struct ProviderTimes
{
    std::optional<Duration> connect, firstToken, idle, attempt, stream;
    bool operator==(const ProviderTimes &) const = default;
};

/// One configured target. Values of `headers` and `query`, the proxy and the keys may be references, "env:NAME" or "keychain:NAME".
struct ProviderConfig
{
    ProviderId id;
    QString name;          ///< shown
    ProtocolKind protocol = ProtocolKind::OpenAiCompatible;
    QUrl baseUrl;
    QString model;
    QString keyReference;  ///< "env:NAME", "keychain:NAME", or empty for none; never a key
    QString
        account; ///< providers with the same account share quota and key blocks; empty: the key at this host, else id
    QString
        idempotencyHeader; ///< header that carries one key for all attempts of a call; empty: the provider takes none
    bool enabled = true;
    bool simulated = false;
    EndRule end = EndRule::Protocol;
    QStringList keys;      ///< further keys, as references; the next is taken when one is limited or refused
    QMap<QString, QString> headers; ///< sent with every request; one of the wire's own is replaced
    QMap<QString, QString> query;   ///< added to every address
    ParameterRules parameters;
    qint64 contextWindow = 0; ///< tokens of prompt and answer together; 0: not known
    QString caFile;        ///< PEM file of authorities that are trusted beside the system's
    QString proxy;         ///< http://HOST:PORT, socks5://HOST:PORT or "none"; empty: as the environment says
    int priority = 0;      ///< a lower one is asked first; equal ones in the order of the list
    QMap<QString, QString> modelMap; ///< what another vendor's model is called here; "*": any other
    ProviderTimes times;
    QMap<QString, ProviderTimes>
        modelTimes; ///< of models, by their names here or by patterns with * and ?; they replace those of `times`
    bool operator==(const ProviderConfig &) const = default;
};
using ProviderConfigs = QVector<ProviderConfig>; ///< in order of priority

/// Asked at the same place in the same way: what is known of how the one answers holds of the other.
bool isSameServer(const ProviderConfig &a, const ProviderConfig &b);
/// What calls to them are: those of the enabled ones.
struct TrafficKinds
{
    bool real = false, simulated = false;
    bool operator==(const TrafficKinds &) const = default;
};
TrafficKinds kindsOf(const ProviderConfigs &providers);

/// By priority; those of the same in the order that they have.
ProviderConfigs inOrder(ProviderConfigs providers);
/// Which of the provider's models answers for one that was asked for; empty: its own.
QString modelFor(const ProviderConfig &provider, const QString &asked);
/// The provider's limits of time for a call that asks for this model (empty: its own). Each limit is that of the model's
/// name, else of the longest pattern that fits it and has one, else the provider's.
ProviderTimes timesFor(const ProviderConfig &provider, const QString &asked);

} // namespace retryscope
