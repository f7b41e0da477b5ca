// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"
#include "fleet/fleetword.h"

#include <map>

namespace retryscope {

/// What two gateways agree to be one provider, whatever each calls it: the protocol and the base URL without user, query and
/// a slash at its end.
QString addressOf(const ProviderConfig &provider);
/// Names an account without its key: HMAC-SHA256 of the address, keyed with what is sent as the credential, 128 bits in hex.
QString accountHash(const QString &address, const QByteArray &credential);

/// Which providers and accounts of this gateway a word is about, and how to call ours. Simulated ones are nobody's business.
class FleetDirectory
{
public:
    /// Reads the keys from the environment, as a call would.
    void configure(const Configuration &configuration);

    /// None: it is of a provider that is not shared.
    std::optional<FleetWord> wordFor(const Learned &learned) const;
    std::optional<FleetWord> wordFor(Hand hand, const ProviderId &provider) const;
    /// The same for each of ours that it concerns; `left` and all other durations are the word's own.
    QVector<Learned> evidenceOf(const FleetWord &word) const;
    QVector<ProviderId> providersOf(const FleetWord &word) const;
    /// The hash of each account with the names that the engine has for it.
    std::map<QString, QStringList> accounts() const;
    /// The word is of this provider, an account or a model of it.
    bool concerns(const FleetWord &word, const ProviderId &provider) const;

private:
    struct Row
    {
        ProviderId provider;
        QString account; ///< as the engine calls it
        QString at, hash;
    };
    const Row *firstOf(const ProviderId &provider) const;
    bool fits(const Row &row, const FleetWord &word) const;

    QVector<Row> m_rows; ///< one for each key of each provider
};

} // namespace retryscope
