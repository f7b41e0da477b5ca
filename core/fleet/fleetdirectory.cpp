// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleetdirectory.h"

#include "engine/credentials.h"
#include "engine/targets.h"
#include "protocols/registry.h"

#include <QMessageAuthenticationCode>

#include <algorithm>

namespace retryscope {
namespace {

/// A circuit's word outlives its open time by what its teller's own probe may take.
constexpr Duration untilProbed = 10s;

/// What the provider knows the account by: the key, else what stands in for one.
QByteArray credentialOf(const ProviderConfig &provider, const QString &account)
{
    const auto credentials = resolveCredentials(provider, account);
    if (!credentials)
        return {};
    return credentials->key.isEmpty() ? credentials->secrets.join('\n') : credentials->key;
}

} // namespace

QString addressOf(const ProviderConfig &provider)
{
    const QUrl url = provider.baseUrl.adjusted(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment
                                               | QUrl::StripTrailingSlash | QUrl::NormalizePathSegments);
    QString path = url.path(QUrl::FullyEncoded);
    while (path.endsWith(QLatin1Char('/')))
        path.chop(1);
    const int port = url.port(url.scheme() == QLatin1String("https") ? 443 : 80);
    return QStringLiteral("%1 %2://%3:%4%5")
        .arg(QLatin1String(wireOf(provider.protocol).key), url.scheme(), url.host(QUrl::FullyEncoded).toLower())
        .arg(port)
        .arg(path);
}

QString accountHash(const QString &address, const QByteArray &credential)
{
    const QByteArray message = "retryscope fleet 1\n" + address.toUtf8();
    return QString::fromLatin1(
        QMessageAuthenticationCode::hash(message, credential, QCryptographicHash::Sha256).left(16).toHex());
}

void FleetDirectory::configure(const Configuration &configuration)
{
    m_rows.clear();
    for (const ProviderId &id : enabledProviders(configuration)) {
        const ProviderConfig *provider = findProvider(configuration, id);
        if (!provider || provider->simulated)
            continue;
        const QString at = addressOf(*provider);
        for (const KeyChoice &key : keysOf(*provider))
            m_rows.append({id, key.account.isEmpty() ? id : key.account, at,
                           accountHash(at, credentialOf(*provider, key.account))});
    }
}

const FleetDirectory::Row *FleetDirectory::firstOf(const ProviderId &provider) const
{
    const auto it =
        std::find_if(m_rows.begin(), m_rows.end(), [&](const Row &row) { return row.provider == provider; });
    return it == m_rows.end() ? nullptr : &*it;
}

std::optional<FleetWord> FleetDirectory::wordFor(const Learned &learned) const
{
    const auto it = std::find_if(m_rows.begin(), m_rows.end(), [&](const Row &row) {
        return (learned.provider.isEmpty() || row.provider == learned.provider)
               && (learned.account.isEmpty() || row.account == learned.account);
    });
    if (it == m_rows.end())
        return std::nullopt;
    FleetWord w;
    w.kind = FleetWord::Kind(learned.kind);
    w.scope = learned.scope;
    w.at = it->at;
    w.account = it->hash;
    w.provider = it->provider;
    w.model = learned.scope == Scope::Model ? learned.model : QString();
    w.reason = learned.reason;
    w.life = learned.left + (w.kind == FleetWord::Kind::Circuit ? untilProbed : 0s);
    if (w.kind == FleetWord::Kind::Limits) {
        w.wait = learned.left;
        w.limits = learned.limits;
        for (const LimitWindow &limit : learned.limits)
            w.life = std::max(w.life, limit.resetIn.value_or(0s));
    }
    return w.life > 0s ? std::optional(w) : std::nullopt;
}

std::optional<FleetWord> FleetDirectory::wordFor(Hand hand, const ProviderId &provider) const
{
    const Row *row = firstOf(provider);
    if (!row)
        return std::nullopt;
    FleetWord w;
    w.kind = FleetWord::Kind::Hand;
    w.at = row->at;
    w.account = row->hash;
    w.provider = provider;
    w.hand = hand;
    return w;
}

/// What failures say of an address they say of everybody who asks there; all else is between it and an account.
bool FleetDirectory::fits(const Row &row, const FleetWord &word) const
{
    const bool everybodys = word.kind == FleetWord::Kind::Circuit && word.scope != Scope::Account;
    return row.at == word.at && (everybodys || row.hash == word.account);
}

QVector<Learned> FleetDirectory::evidenceOf(const FleetWord &word) const
{
    QVector<Learned> all;
    if (word.kind == FleetWord::Kind::Hand)
        return all;
    const bool keyed = word.kind == FleetWord::Kind::Limits || word.scope == Scope::Account;
    for (const Row &row : m_rows) {
        const bool told =
            !keyed && std::any_of(all.begin(), all.end(), [&](const Learned &l) { return l.provider == row.provider; });
        if (!fits(row, word) || told)
            continue;
        Learned l{Learned::Kind(word.kind),        word.scope,  row.provider, word.model,
                  keyed ? row.account : QString(), word.reason, word.life,    word.limits};
        if (word.kind == FleetWord::Kind::Limits)
            l.left = word.wait;
        all.append(l);
    }
    return all;
}

QVector<ProviderId> FleetDirectory::providersOf(const FleetWord &word) const
{
    QVector<ProviderId> ids;
    for (const Row &row : m_rows) {
        if (!fits(row, word) || ids.contains(row.provider))
            continue;
        if (word.kind == FleetWord::Kind::Hand && row.provider == word.provider)
            return {row.provider}; // two of ours may stand at one address with one key
        ids.append(row.provider);
    }
    return ids;
}

std::map<QString, QStringList> FleetDirectory::accounts() const
{
    std::map<QString, QStringList> all;
    for (const Row &row : m_rows) {
        if (!all[row.hash].contains(row.account))
            all[row.hash].append(row.account);
    }
    return all;
}

bool FleetDirectory::concerns(const FleetWord &word, const ProviderId &provider) const
{
    return std::any_of(m_rows.begin(), m_rows.end(),
                       [&](const Row &row) { return row.provider == provider && fits(row, word); });
}

} // namespace retryscope
