// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/lossreport.h"

#include "config/ownrulesfile.h"
#include "config/providerfields.h"
#include "config/retryfields.h"

#include <QJsonArray>

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

QString retryField(const char *field) { return QStringLiteral("retry.") + QLatin1String(field); }
QString providerField(const ProviderConfig &p, const char *field)
{
    return QStringLiteral("providers.%1.%2").arg(p.id, QLatin1String(field));
}

/// What a provider is called, and that it is asked at all.
bool isPlain(const char *field, const QJsonValue &value)
{
    const QLatin1String key(field);
    return key == QLatin1String("id") || key == QLatin1String("enabled") || key == QLatin1String("name")
        || value.isUndefined();
}

} // namespace

QString toKey(Kept kept)
{
    static constexpr std::array keys{"exact", "approximate", "not_expressible"};
    return QString::fromLatin1(keys[std::size_t(kept)]);
}

int LossReport::count(Kept kept) const
{
    return int(std::count_if(lines.begin(), lines.end(), [kept](const LossLine &line) { return line.kept == kept; }));
}

bool isSame(const QJsonValue &a, const QJsonValue &b)
{
    if (!a.isDouble() || !b.isDouble())
        return a == b;
    return std::abs(a.toDouble() - b.toDouble()) <= 1e-9 * std::max(std::abs(a.toDouble()), std::abs(b.toDouble()));
}

int attemptsFor(const RetryConfig &config, RetryReason reason, int general)
{
    return config.overrides[std::size_t(reason)].maxAttempts.value_or(traits(reason).retryHere ? general : 1);
}

ProviderConfigs exportedProviders(const Configuration &configuration)
{
    ProviderConfigs exported;
    for (const ProviderConfig &p : inOrder(configuration.providers)) {
        if (p.enabled && !p.simulated)
            exported.append(p);
    }
    return exported;
}

bool hasNoEffect(const Configuration &configuration, const char *field)
{
    const RetryConfig &c = configuration.retry;
    const QLatin1String key(field);
    const auto is = [&key](const char *other) { return key == QLatin1String(other); };
    const bool alone = exportedProviders(configuration).size() < 2;
    const bool waits = is("backoff") || is("base_delay_s") || is("exponential_base") || is("max_delay_s") || is("jitter")
        || is("rate_limit_delay_s") || is("attempts_per_provider");
    if (waits && c.maxAttempts == 1)
        return true;
    if (is("attempts_per_provider") || is("hint_patience_s") || is("failover_reserve_s"))
        return alone;
    if (is("exponential_base"))
        return c.backoff != BackoffKind::Exponential;
    if (is("max_delay_s"))
        return c.backoff == BackoffKind::Constant;
    if (is("server_hint_cap_s"))
        return !c.honourServerHints;
    if (is("rate_limit_delay_s"))
        return c.rateLimitDelay == 0s;
    if (is("slow_after_s") || is("slow_ratio"))
        return c.slowAfter == 0s;
    if (is("probe_interval_s"))
        return c.probeInterval == 0s;
    if (is("pace_from_headers"))
        return !c.paceFromHeaders;
    if (is("recovery_ramp"))
        return !c.recoveryRamp;
    if (is("stream_mode") || is("unconfirmed_delivery")) // what every other client does
        return is("stream_mode") ? c.streamMode == StreamMode::Live
                                 : c.unconfirmedDelivery == UnconfirmedDelivery::Repeat;
    return is("min_attempt_time_s") && c.minAttemptTime == 0s;
}

LossRecorder::LossRecorder(const Configuration &configuration)
    : m_configuration(configuration), m_retry(toJson(configuration.retry))
{
}

void LossRecorder::add(Kept kept, const QString &field, const QJsonValue &ours, const QJsonValue &back,
                       const QString &theirs, const char *note)
{
    if (m_named.contains(field)) // told already, by what knows more of it
        return;
    m_named.insert(field);
    m_lines.append({kept, field, ours, back, theirs, kept == Kept::Exact ? QString() : QString::fromUtf8(note)});
}

void LossRecorder::kept(const char *field, const QJsonValue &back, const QString &theirs, const char *note)
{
    if (hasNoEffect(m_configuration, field))
        return;
    add(isSame(ours(field), back) ? Kept::Exact : Kept::Approximate, retryField(field), ours(field), back, theirs,
        note);
}

void LossRecorder::about(const char *field, const QJsonValue &back, const QString &theirs, const char *note)
{
    if (!hasNoEffect(m_configuration, field))
        add(Kept::Approximate, retryField(field), ours(field), back, theirs, note);
}

void LossRecorder::lost(const char *field, const char *note, const QJsonValue &back)
{
    if (!hasNoEffect(m_configuration, field))
        add(isSame(ours(field), back) ? Kept::Exact : Kept::NotExpressible, retryField(field), ours(field), back, {},
            note);
}

void LossRecorder::provider(const ProviderConfig &p, const char *field, const QJsonValue &back, const QString &theirs,
                            const char *note)
{
    for (const ProviderField &f : providerFields()) {
        if (QLatin1String(f.key) != QLatin1String(field))
            continue;
        if (const QJsonValue ours = f.get(p); !ours.isUndefined())
            add(isSame(ours, back) ? Kept::Exact : Kept::Approximate, providerField(p, field), ours, back, theirs,
                note);
        else
            m_named.insert(providerField(p, field));
    }
}

void LossRecorder::providerLost(const ProviderConfig &p, const char *field, const char *note)
{
    for (const ProviderField &f : providerFields()) {
        if (QLatin1String(f.key) == QLatin1String(field) && !isPlain(field, f.get(p)))
            add(Kept::NotExpressible, providerField(p, field), f.get(p), QJsonValue::Undefined, {}, note);
    }
}

void LossRecorder::reasonKept(RetryReason reason, int attempts, const QString &theirs)
{
    const auto own = m_configuration.retry.overrides[std::size_t(reason)].maxAttempts;
    if (own)
        add(*own == attempts ? Kept::Exact : Kept::Approximate,
            QStringLiteral("retry.reasons.%1.max_attempts").arg(toKey(reason)), *own, attempts, theirs,
            "The number there is another one.");
}

void LossRecorder::providerLeftOut(const ProviderConfig &p, const char *note)
{
    m_leftOut.insert(p.id);
    add(Kept::NotExpressible, QStringLiteral("providers.") + p.id, p.model, QJsonValue::Undefined, {}, note);
}

void LossRecorder::noProviders(const char *note)
{
    m_providersToldAsOne = true;
    QStringList ids;
    for (const ProviderConfig &p : exportedProviders(m_configuration))
        ids << p.id;
    if (!ids.isEmpty())
        add(Kept::NotExpressible, QStringLiteral("providers"), QJsonArray::fromStringList(ids), QJsonValue::Undefined,
            {}, note);
}

void LossRecorder::finishRetry(const char *reason)
{
    for (const RetryConfigField &f : retryConfigFields()) {
        if (!m_named.contains(retryField(f.key)))
            lost(f.key, reason);
    }
}

void LossRecorder::finishReasons(const char *reason)
{
    const QJsonObject reasons = m_retry[QLatin1String("reasons")].toObject();
    for (auto it = reasons.begin(); it != reasons.end(); ++it) {
        const QJsonObject own = it.value().toObject();
        for (auto field = own.begin(); field != own.end(); ++field) {
            const QString path = QStringLiteral("retry.reasons.%1.%2").arg(it.key(), field.key());
            const bool counts = field.key() != QLatin1String("max_attempts") || m_configuration.retry.maxAttempts > 1;
            if (counts && !m_named.contains(path))
                add(Kept::NotExpressible, path, field.value(), QJsonValue::Undefined, {}, reason);
        }
    }
}

void LossRecorder::finishProviders()
{
    for (const ProviderConfig &p : m_configuration.providers) {
        if (p.enabled && p.simulated)
            add(Kept::NotExpressible, QStringLiteral("providers.") + p.id, QStringLiteral("simulated"),
                QJsonValue::Undefined, {}, "A simulated provider is served by Retryscope itself.");
    }
    if (m_providersToldAsOne)
        return;
    for (const ProviderConfig &p : exportedProviders(m_configuration)) {
        for (const ProviderField &f : providerFields()) {
            const QJsonValue value = f.get(p);
            if (!m_leftOut.contains(p.id) && !isPlain(f.key, value) && !m_named.contains(providerField(p, f.key)))
                add(Kept::NotExpressible, providerField(p, f.key), value, QJsonValue::Undefined, {},
                    "The file has no place for it.");
        }
    }
}

LossReport LossRecorder::finish(const char *reason)
{
    finishRetry(reason);
    finishReasons("The file has one rule for all reasons.");
    finishProviders();
    if (!m_configuration.rules.empty())
        add(Kept::NotExpressible, QStringLiteral("rules"), int(m_configuration.rules.size()), QJsonValue::Undefined, {},
            "Own rules read answers, which this target does not.");
    if (!m_configuration.routes.isEmpty())
        add(Kept::NotExpressible, QStringLiteral("routes"), int(m_configuration.routes.size()), QJsonValue::Undefined,
            {}, "Only the chain of all providers is written.");
    LossReport report;
    for (const Kept group : {Kept::Exact, Kept::Approximate, Kept::NotExpressible}) {
        std::copy_if(m_lines.begin(), m_lines.end(), std::back_inserter(report.lines),
                     [group](const LossLine &line) { return line.kept == group; });
    }
    return report;
}

} // namespace retryscope
