// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/targets.h"

#include <algorithm>

namespace retryscope::interchange {
namespace {

constexpr BuiltInWaits portkeyWaits{1, 60, 2, "none", true, 60, "1 s x 2^n"};
constexpr int mostPortkeyRetries = 5;
constexpr double shortestCooldown = 30;
/// What Portkey calls vendors, and our presets.
struct PortkeyVendor
{
    const char *slug, *preset;
};
constexpr PortkeyVendor portkeyVendors[] = {
    {"google", "google_ai"}, {"mistral-ai", "mistral"}, {"azure-openai", "azure"},   {"openrouter", "openrouter"},
    {"groq", "groq"},        {"deepseek", "deepseek"},  {"together-ai", "together"}, {"fireworks-ai", "fireworks"},
    {"x-ai", "xai"},         {"cerebras", "cerebras"},  {"cohere", "cohere"},        {"github", "github_models"},
    {"ollama", "ollama"}};

constexpr char portkeyKeeps[] = "Portkey keeps keys and addresses itself, in a provider with this name.";

void writeTarget(Output &targets, const ProviderConfig &p, LossRecorder &record)
{
    Output &target = targets.item();
    target.text("provider", QLatin1Char('@') + p.id);
    const auto usual = vendor(p.id);
    record.provider(p, "protocol", usual ? toKey(usual->protocol) : QStringLiteral("openai_compatible"),
                    said("provider", QLatin1Char('@') + p.id), portkeyKeeps);
    const QString base = p.baseUrl.toString();
    const bool isUsual = usual && usual->baseUrl == p.baseUrl;
    if (!isUsual)
        target.text("custom_host", base);
    record.provider(p, "base_url", base, isUsual ? QStringLiteral("the vendor's own") : said("custom_host", base));
    if (usual && usual->keyReference == p.keyReference)
        record.provider(p, "key", p.keyReference, said("provider", QLatin1Char('@') + p.id));
    else
        record.providerLost(p, "key", portkeyKeeps);
    target.map("override_params").text("model", p.model);
    record.provider(p, "model", p.model, said("override_params.model", p.model));
    record.provider(p, "priority", QJsonValue::Undefined, QStringLiteral("the order of the list"),
                    "Providers stand in the order in which they are asked.");
}

void writeBreaker(Output &strategy, LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    Output &breaker = strategy.map("cb_config");
    const double percent = c.circuitFailureRatio * 100.0;
    breaker.number("failure_threshold_percentage", percent);
    record.kept("circuit_failure_ratio", c.circuitFailureRatio, said("failure_threshold_percentage", percent));
    breaker.number("minimum_requests", c.circuitMinCalls);
    record.kept("circuit_min_calls", c.circuitMinCalls, said("minimum_requests", c.circuitMinCalls));
    const double open = wholeMilliseconds(toSeconds(c.circuitOpenTime), shortestCooldown);
    breaker.number("cooldown_interval", open * 1000.0);
    record.kept("circuit_open_time_s", open, said("cooldown_interval", open * 1000.0),
                "A cooldown there is at least 30 s, in whole milliseconds.");
    record.kept("circuit_max_open_time_s", open, said("cooldown_interval", open * 1000.0), "It does not grow there.");
}

} // namespace

WrittenBody writePortkey(LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    const ProviderConfigs providers = exportedProviders(record.configuration());
    const int chain = int(providers.size()), wanted = chain > 1 ? c.attemptsPerProvider : c.maxAttempts,
              general = std::min(wanted, mostPortkeyRetries + 1);
    Output root;
    Output &strategy = root.map("strategy");
    strategy.text("mode", chain > 1 ? QStringLiteral("fallback") : QStringLiteral("single"));
    writeBreaker(strategy, record);
    Output &retry = root.map("retry");
    retry.number("attempts", general - 1);
    const char *note = chain > 1 ? "Every target is given all retries, at most 5; there is no limit on the whole call."
                                 : "There are at most 5 retries.";
    record.kept("max_attempts", chain > 1 ? std::min(20, chain * general) : general,
                said("retry.attempts", general - 1), note);
    record.kept("attempts_per_provider", general, said("retry.attempts", general - 1), note);
    putStatuses(retry, "on_status_codes", c);
    recordStatuses(record, "on_status_codes");
    retry.flag("use_retry_after_header", c.honourServerHints);
    const double timeout = wholeMilliseconds(toSeconds(c.attemptTimeout), 0.001);
    root.number("request_timeout", timeout * 1000.0);
    record.kept("attempt_timeout_s", timeout, said("request_timeout", timeout * 1000.0),
                "It is in whole milliseconds.");
    Output &targets = root.list("targets");
    for (const ProviderConfig &p : providers)
        writeTarget(targets, p, record);
    record.kept("honour_server_hints", c.honourServerHints,
                said("use_retry_after_header", c.honourServerHints ? QStringLiteral("true") : QStringLiteral("false")));
    BuiltInWaits waits = portkeyWaits;
    waits.honoursHints = c.honourServerHints;
    recordWaits(record, waits);
    return {toJsonText(root), general - 1, chain > 1 ? "on each provider" : ""};
}

namespace {

void readTarget(const Input &item, const QString &where, Importing &into)
{
    Section target(&item, where, into);
    const auto given = target.text("provider");
    const auto slug = given ? given : target.text("virtual_key");
    const QString name = slug.value_or(QStringLiteral("provider"));
    const QString known =
        name.startsWith(QLatin1Char('@')) ? name.mid(1) : name; // with it, a provider that somebody named
    ProviderConfig p;
    p.id = known;
    if (const auto usual = vendor(known))
        p = *usual;
    for (const PortkeyVendor &v : portkeyVendors) {
        if (name == QLatin1String(v.slug))
            p = *presetProvider(QLatin1String(v.preset));
    }
    if (const auto host = target.text("custom_host"))
        p.baseUrl = QUrl(*host, QUrl::StrictMode);
    if (const auto key = target.text("api_key"))
        into.warn(target.path(QStringLiteral("api_key")), target.lastLine(),
                  QStringLiteral("A key is not taken from a file. Put it into a variable and name it in the provider's "
                                 "\"key\", as env:NAME."));
    Section parameters(target.take("override_params"), target.path(QStringLiteral("override_params")), into);
    if (const auto model = parameters.text("model"))
        p.model = *model;
    if (p.baseUrl.isEmpty())
        into.fail(where, target.line(),
                  QStringLiteral("Its address is not known. Add \"custom_host\" with the address of the provider."));
    if (p.model.isEmpty())
        into.fail(where, target.line(), QStringLiteral("Its model is not known. Add it as override_params.model."));
    into.addProvider(p);
}

void readBreaker(Section &strategy, Importing &into)
{
    Section breaker(strategy.take("cb_config"), strategy.path(QStringLiteral("cb_config")), into);
    breaker.set("circuit_failure_ratio", "failure_threshold_percentage", 0.01);
    breaker.set("circuit_min_calls", "minimum_requests");
    if (breaker.set("circuit_open_time_s", "cooldown_interval", 0.001))
        into.set("circuit_max_open_time_s", into.number("circuit_open_time_s"));
}

/// What is read of a file; one at least stands in every config of Portkey's that holds a policy.
constexpr const char *portkeySections[] = {"strategy", "targets", "retry", "request_timeout"};

} // namespace

void readPortkey(const QByteArray &text, Importing &into)
{
    const auto input = readInput(readJson(text), into);
    if (!input)
        return;
    if (std::none_of(std::begin(portkeySections), std::end(portkeySections),
                     [&](const char *key) { return input->member(QLatin1String(key)); }))
        return into.fail(
            QStringLiteral("(file)"), 0,
            QStringLiteral("Has none of strategy, targets, retry and request_timeout, so it is no config of "
                           "Portkey's that could be read."));
    Section root(&*input, {}, into);
    root.take("//");
    Section strategy(root.take("strategy"), QStringLiteral("strategy"), into);
    if (const auto mode = strategy.text("mode");
        mode && *mode != QLatin1String("fallback") && *mode != QLatin1String("single"))
        into.warn(QStringLiteral("strategy.mode"), 0,
                  QStringLiteral("Is \"%1\": here providers are asked in their order.").arg(mode->left(40)));
    readBreaker(strategy, into);
    const QVector<Input> *targets = root.list("targets");
    for (qsizetype i = 0; targets && i < std::min<qsizetype>(targets->size(), 100); ++i)
        readTarget((*targets)[i], QStringLiteral("targets[%1]").arg(i), into);
    if (targets && targets->size() > 100)
        into.passOver(QStringLiteral("targets[100] and what follows"), targets->at(100).line);
    const int chain = std::max(1, int(into.providerCount()));
    Section retry(root.take("retry"), QStringLiteral("retry"), into);
    const int attempts = retry.whole("attempts").value_or(0) + 1;
    into.set("attempts_per_provider", attempts, QStringLiteral("retry.attempts"));
    into.set("max_attempts", std::min(20.0, double(chain) * attempts), QStringLiteral("retry.attempts"));
    applyStatuses(retry.list("on_status_codes"), QStringLiteral("retry.on_status_codes"), into);
    root.set("attempt_timeout_s", "request_timeout", 0.001);
    BuiltInWaits waits = portkeyWaits;
    waits.honoursHints = retry.flag("use_retry_after_header").value_or(false);
    applyWaits(waits, into);
}

} // namespace retryscope::interchange
