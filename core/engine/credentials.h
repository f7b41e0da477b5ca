// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "base/expected.h"
#include "config/configuration.h"
#include "transport/transport.h"

namespace retryscope {

struct KeyProblem
{
    enum class Kind : quint8 {
        NotSet,  ///< or cannot be had
        NotRead, ///< the keychain has not answered yet
        ControlCharacter
    };
    Kind kind = Kind::NotSet;
    QString sentence; ///< names the variable or the key, never its value
};

/// What a provider's references stand for here and now.
struct Credentials
{
    QByteArray key;       ///< empty where the provider needs none
    HttpHeaders headers;  ///< an empty value takes a header of the wire's away
    QVector<std::pair<QString, QString>> query;
    QString proxy, caFile;
    QByteArrayList secrets; ///< whatever came from a reference: must not be shown

    /// Adds headers, query, proxy and authorities to a request of the wire's.
    void applyTo(HttpRequest *request) const;
};

/// One of the provider's keys: as many accounts as it has.
struct KeyChoice
{
    QString reference; ///< empty: it needs none
    QString
        account; ///< what a used-up quota or a refused key blocks: the key at this host, or what the provider names; empty: its own
};
/// In the order in which they are tried; at least one.
QVector<KeyChoice> keysOf(const ProviderConfig &provider);

/// Everything that the provider's references name, without white space around it. No request may be sent without what is
/// named, nor with what would break a header. `account`: of keysOf(); none of these: the first key.
Expected<Credentials, KeyProblem> resolveCredentials(const ProviderConfig &provider, const QString &account = {});
/// A text as it is, or what its reference ("env:NAME", "Bearer keychain:NAME") stands for here and now. `what` is said of it,
/// such as "the webhook's address".
Expected<QByteArray, KeyProblem> resolveReference(const QString &text, const QString &what);
/// What the configuration names of the keychain, each once; of providers that are disabled, too.
QStringList keychainNames(const Configuration &configuration);
/// Of one provider.
QStringList keychainNames(const ProviderConfig &provider);
/// A warning for each enabled provider, and for whoever is told of the gateway, whose references could not be used here and
/// now.
ConfigIssues keyIssues(const Configuration &configuration);

} // namespace retryscope
