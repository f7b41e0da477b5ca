// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/callrunner.h"
#include "engine/exchangefeed.h"
#include "pricing/pricelist.h"

namespace retryscope {

/// What the prices call a model of the provider; a simulated one is nobody's.
ModelAt modelAt(const ProviderConfig &config, const QString &model);

/// Of the engine; they outlive every source.
struct SourceParts
{
    Clock &clock;
    Transport &transport;
    const PriceList &prices;
    const Configuration &current; ///< in force now
};

/// What the configuration says of providers, the same for every kind of work; as it was when the call was sent.
class ConfiguredSource : public AttemptSource
{
public:
    ConfiguredSource(const SourceParts &parts, const Configuration &configuration)
        : m_parts(parts), m_providers(configuration.providers),
          m_rules(configuration.rules.empty() ? nullptr : std::make_shared<const OwnRules>(configuration.rules))
    {}
    bool isSimulated(const ProviderId &provider) const override { return find(provider).simulated; }
    std::optional<double> cost(const ProviderId &provider, const QString &model,
                               const AttemptResult &result) const override;

protected:
    /// An empty one where it is not configured.
    const ProviderConfig &find(const ProviderId &id) const;
    /// As they are given, but what another server says than the one that is configured, be it by then, is said elsewhere.
    AttemptCallbacks judged(const ProviderConfig &provider, AttemptCallbacks callbacks) const;
    bool isElsewhere(const ProviderConfig &provider) const;
    /// The order with the provider's own times and rules. `asked`: the model.
    AttemptOrder ordered(const AttemptOrder &order, const ProviderConfig &provider, const QString &asked) const;

    SourceParts m_parts;
    ProviderConfigs m_providers;
    std::shared_ptr<const OwnRules> m_rules; ///< none where there are none
};

/// Attempts that send a prompt.
class PromptSource final : public ConfiguredSource
{
public:
    /// Where what goes over the wire is told, and as which call's.
    struct Looks
    {
        CallId call;
        ExchangeFeed *feed = nullptr; ///< none: nowhere
    };
    PromptSource(const SourceParts &parts, const Configuration &configuration, Prompt prompt, const Looks &looks)
        : ConfiguredSource(parts, configuration), m_prompt(std::move(prompt)), m_looks(looks)
    {}
    std::unique_ptr<Attempt> startAttempt(const ProviderId &provider, const AttemptOrder &order,
                                          AttemptCallbacks callbacks) override;

private:
    Prompt m_prompt;
    Looks m_looks;
};

/// Attempts that call a function of the program's own.
class FunctionSource final : public ConfiguredSource
{
public:
    /// Any asynchronous work: starts attempt `number` and reports once how it ended, at once or later.
    using Report = std::function<void(const AttemptResult &)>;
    using AsyncFunction = std::function<void(int number, Report done)>;

    FunctionSource(const SourceParts &parts, const Configuration &configuration, AsyncFunction function)
        : ConfiguredSource(parts, configuration), m_function(std::move(function))
    {}
    std::unique_ptr<Attempt> startAttempt(const ProviderId &provider, const AttemptOrder &order,
                                          AttemptCallbacks callbacks) override;

private:
    AsyncFunction m_function;
};

} // namespace retryscope
