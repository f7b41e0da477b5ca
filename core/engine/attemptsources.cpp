// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/attemptsources.h"

#include "engine/exchangerecorder.h"
#include "engine/targets.h"
#include "protocols/registry.h"

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

class FunctionAttempt final : public Attempt
{
public:
    FunctionAttempt(Clock &clock, Duration timeout, AttemptCallbacks callbacks)
        : m_clock(clock), m_callbacks(std::move(callbacks))
    {
        m_timer = clock.startTimer(timeout, [this] {
            AttemptResult result;
            result.facts.classification = classify(FailureFacts{.transport = TransportFailure::AttemptTimeout});
            result.facts.delivery = Delivery::MaybeSent;
            finish(result);
        });
    }
    Delivery delivery() const override { return Delivery::MaybeSent; }
    /// Queued through the clock, so that a function may report at once.
    void report(const AttemptResult &result)
    {
        m_timer = m_clock.startTimer(0s, [this, result] { finish(result); });
    }

private:
    void finish(const AttemptResult &result)
    {
        const auto finished = std::move(m_callbacks.finished);
        finished(result);
    }
    Clock &m_clock;
    AttemptCallbacks m_callbacks;
    TimerHandle m_timer;
};

/// Owned by the runner; the report reaches it only while it lives.
class GuardedAttempt final : public Attempt
{
public:
    explicit GuardedAttempt(std::shared_ptr<FunctionAttempt> inner) : m_inner(std::move(inner)) {}
    Delivery delivery() const override { return m_inner->delivery(); }

private:
    std::shared_ptr<FunctionAttempt> m_inner;
};

} // namespace

ModelAt modelAt(const ProviderConfig &config, const QString &model)
{
    return {QString::fromLatin1(wireOf(config.protocol).pricedAs), config.simulated ? QUrl() : config.baseUrl, model};
}

std::optional<double> ConfiguredSource::cost(const ProviderId &provider, const QString &model,
                                             const AttemptResult &result) const
{
    const ProviderConfig &config = find(provider);
    if (config.id.isEmpty() || !result.tokensIn || !result.tokensOut)
        return std::nullopt;
    const int cached = std::min(result.answer.tokensCached.value_or(0), *result.tokensIn);
    return m_parts.prices.cost(modelAt(config, model), {*result.tokensIn, *result.tokensOut, cached},
                               m_parts.clock.wallNow());
}

const ProviderConfig &ConfiguredSource::find(const ProviderId &id) const
{
    static const ProviderConfig none;
    const auto it = std::find_if(m_providers.begin(), m_providers.end(),
                                 [&id](const ProviderConfig &config) { return config.id == id; });
    return it == m_providers.end() ? none : *it;
}

AttemptCallbacks ConfiguredSource::judged(const ProviderConfig &provider, AttemptCallbacks callbacks) const
{
    const bool another = isElsewhere(provider);
    callbacks.finished = [this, &provider, another, finished = std::move(callbacks.finished)](AttemptResult result) {
        if (another || isElsewhere(provider)) {
            result.elsewhere = true;
            result.facts.classification.health = HealthSignal::Ignored;
        }
        finished(result);
    };
    return callbacks;
}

bool ConfiguredSource::isElsewhere(const ProviderConfig &provider) const
{
    const ProviderConfigs &current = m_parts.current.providers;
    return std::any_of(current.begin(), current.end(), [&](const ProviderConfig &now) {
        return now.id == provider.id && !isSameServer(now, provider);
    });
}

AttemptOrder ConfiguredSource::ordered(const AttemptOrder &order, const ProviderConfig &provider,
                                       const QString &asked) const
{
    AttemptOrder own = order;
    own.rules = m_rules;
    ownTimes(timesFor(provider, asked)).applyTo(&own.times);
    return own;
}

std::unique_ptr<Attempt> PromptSource::startAttempt(const ProviderId &provider, const AttemptOrder &order,
                                                    AttemptCallbacks callbacks)
{
    const ProviderConfig &config = find(provider);
    if (const QString refusal = Protocol::of(config.protocol).refusal(m_prompt); !refusal.isEmpty())
        return std::make_unique<RefusedAttempt>(m_parts.clock, refusedFor(refusal), std::move(callbacks));
    const auto credentials = resolveCredentials(config, order.account);
    if (!credentials)
        return std::make_unique<RefusedAttempt>(m_parts.clock, refusedFor(credentials.error()), std::move(callbacks));
    AttemptRequest request = attemptRequest(config, m_prompt, *credentials, order);
    const AttemptOrder own = ordered(order, config, m_prompt.model);
    callbacks = judged(config, std::move(callbacks));
    if (!m_looks.feed)
        return std::make_unique<HttpAttempt>(m_parts.clock, m_parts.transport, config, std::move(request), *credentials,
                                             own, std::move(callbacks));
    const auto recorder = std::make_shared<ExchangeRecorder>(
        m_parts.clock, *m_looks.feed,
        ExchangeRecord{.call = m_looks.call,
                       .attempt = order.number,
                       .provider = provider,
                       .model = modelFor(config, m_prompt.model),
                       .simulated = config.simulated},
        *credentials);
    request.tap = recorder;
    RecordingTransport looked(m_parts.transport, *recorder);
    return std::make_unique<HttpAttempt>(m_parts.clock, looked, config, std::move(request), *credentials, own,
                                         std::move(callbacks));
}

std::unique_ptr<Attempt> FunctionSource::startAttempt(const ProviderId &, const AttemptOrder &order,
                                                      AttemptCallbacks callbacks)
{
    auto inner = std::make_shared<FunctionAttempt>(m_parts.clock, order.times.attempt, std::move(callbacks));
    m_function(order.number, [weak = std::weak_ptr(inner)](const AttemptResult &result) {
        if (const auto attempt = weak.lock())
            attempt->report(result);
    });
    return std::make_unique<GuardedAttempt>(std::move(inner));
}

} // namespace retryscope
