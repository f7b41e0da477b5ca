// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/targets.h"

#include <algorithm>
#include <numeric>

namespace retryscope::interchange {
namespace {

constexpr BuiltInWaits liteLlmWaits{0.5, 8, 2, "proportional", true, 60, "0.5 s x 2^n up to 8 s, x 0.75 to 1"};

/// What LiteLLM calls our wires before the model's name. One that is OpenAI's at another address is "openai" there, too.
struct LiteLlmVendor { const char *protocol, *prefix; };
constexpr LiteLlmVendor liteLlmVendors[] = {{"openai_responses", "openai/responses/"},
                                            {"openai", "openai/"},
                                            {"anthropic", "anthropic/"},
                                            {"google_ai", "gemini/"},
                                            {"mistral", "mistral/"},
                                            {"openai_compatible", "openai/"}};

/// Vendors whose wire is OpenAI's, as LiteLLM and as our presets call them.
struct LiteLlmPreset { const char *prefix, *preset; };
constexpr LiteLlmPreset liteLlmPresets[] = {{"azure/", "azure"},
                                            {"openrouter/", "openrouter"},
                                            {"groq/", "groq"},
                                            {"deepseek/", "deepseek"},
                                            {"together_ai/", "together"},
                                            {"fireworks_ai/", "fireworks"},
                                            {"xai/", "xai"},
                                            {"cerebras/", "cerebras"},
                                            {"cohere/", "cohere"},
                                            {"cohere_chat/", "cohere"},
                                            {"github/", "github_models"},
                                            {"ollama/", "ollama"},
                                            {"ollama_chat/", "ollama"},
                                            {"hosted_vllm/", "vllm"},
                                            {"lm_studio/", "lm_studio"},
                                            {"litellm_proxy/", "litellm"}};
/// Models that LiteLLM knows without a prefix.
constexpr LiteLlmVendor liteLlmModels[] = {{"anthropic", "claude-"}};

/// The classes of errors that LiteLLM counts by themselves, and ours.
struct LiteLlmReason { const char *key; RetryReason reason; };
constexpr LiteLlmReason liteLlmReasons[] = {
    {"BadRequestErrorRetries", RetryReason::InvalidRequest},
    {"AuthenticationErrorRetries", RetryReason::Authentication},
    {"TimeoutErrorRetries", RetryReason::NetworkTimeout},
    {"RateLimitErrorRetries", RetryReason::RateLimit},
    {"ContentPolicyViolationErrorRetries", RetryReason::ContentFilter},
    {"InternalServerErrorRetries", RetryReason::ServerError},
    {"ServiceUnavailableErrorRetries", RetryReason::TemporaryFailure},
    {"NotFoundErrorRetries", RetryReason::ModelUnavailable}};

/// LiteLLM's own numbers: a deployment cools down when more than half of at least five requests in a minute failed.
constexpr double coolRatio = 0.5, coolCalls = 5, coolWindow = 60, coolTime = 5, requestTimeout = 600;

QString prefixOf(const ProviderConfig &p)
{
    for (const LiteLlmVendor &v : liteLlmVendors) {
        if (toKey(p.protocol) == QLatin1String(v.protocol))
            return QLatin1String(v.prefix);
    }
    return QStringLiteral("openai/");
}

/// The vendor whose own address a model without api_base has.
QString defaultBase(const QString &protocol)
{
    const auto usual = vendor(protocol == QLatin1String("openai_responses") ? QStringLiteral("openai") : protocol);
    return usual ? usual->baseUrl.toString() : QString();
}

void writeModel(Output &models, const ProviderConfig &p, LossRecorder &record)
{
    Output &model = models.item();
    model.text("model_name", p.id);
    Output &parameters = model.map("litellm_params");
    const QString name = prefixOf(p) + p.model, protocol = toKey(p.protocol), base = p.baseUrl.toString();
    parameters.text("model", name);
    record.provider(p, "model", p.model, said("model", name));
    const bool usual = base == defaultBase(protocol);
    if (!usual)
        parameters.text("api_base", base);
    record.provider(p, "base_url", base, usual ? QStringLiteral("the vendor's own") : said("api_base", base));
    const bool isOpenAi = protocol.startsWith(QLatin1String("openai"));
    const QString read = isOpenAi && protocol != QLatin1String("openai_responses")
                             ? base == defaultBase(QStringLiteral("openai")) ? QStringLiteral("openai")
                                                                             : QStringLiteral("openai_compatible")
                             : protocol;
    record.provider(p, "protocol", read, said("model", name), "LiteLLM calls every server with OpenAI's wire openai.");
    if (const QString variable = keyVariable(p); !variable.isEmpty()) {
        parameters.text("api_key", QStringLiteral("os.environ/") + variable);
        record.provider(p, "key", p.keyReference, QStringLiteral("api_key: os.environ/") + variable);
    }
    if (p.times.attempt) {
        parameters.number("timeout", toSeconds(*p.times.attempt));
        const QJsonObject times{{QStringLiteral("attempt_timeout_s"), toSeconds(*p.times.attempt)}};
        record.provider(p, "timeouts", times, said("timeout", toSeconds(*p.times.attempt)),
                        "Only the limit of an attempt has a place there.");
    }
    model.map("model_info").text("id", p.id);
    record.provider(p, "priority", QJsonValue::Undefined, QStringLiteral("the order of the list"),
                    "Providers stand in the order in which they are asked.");
}

/// Every reason that has a class there, whatever it is set to: nothing depends on LiteLLM's own defaults.
void writeReasons(Output &router, int general, LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    Output &policy = router.map("retry_policy");
    for (const LiteLlmReason &row : liteLlmReasons) {
        const int attempts = attemptsFor(c, row.reason, general);
        policy.number(row.key, attempts - 1);
        record.reasonKept(row.reason, attempts, said(row.key, attempts - 1));
    }
    policy.number("DefaultRetries", general - 1);
}

} // namespace

WrittenBody writeLiteLlm(LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    const ProviderConfigs providers = exportedProviders(record.configuration());
    const int chain = int(providers.size()), general = chain > 1 ? c.attemptsPerProvider : c.maxAttempts;
    Output root;
    Output &models = root.list("model_list");
    for (const ProviderConfig &p : providers)
        writeModel(models, p, record);
    Output &router = root.map("router_settings");
    router.number("num_retries", general - 1);
    const QString retries = said("num_retries", general - 1);
    record.kept("max_attempts", chain > 1 ? std::min(20, chain * general) : general, retries,
                "Every fallback is given all retries; there is no limit on the whole call.");
    record.kept("attempts_per_provider", general, retries);
    router.number("timeout", toSeconds(c.attemptTimeout));
    record.kept("attempt_timeout_s", toSeconds(c.attemptTimeout), said("timeout", toSeconds(c.attemptTimeout)));
    const double openTime = toSeconds(c.circuitOpenTime);
    router.number("cooldown_time", openTime);
    record.kept("circuit_open_time_s", openTime, said("cooldown_time", openTime));
    record.kept("circuit_max_open_time_s", openTime, said("cooldown_time", openTime), "It does not grow there.");
    const QString rule = QStringLiteral("built in: more than half of at least 5 requests in a minute");
    record.kept("circuit_failure_ratio", coolRatio, rule, "LiteLLM has its own rule for that.");
    record.kept("circuit_min_calls", coolCalls, rule, "LiteLLM has its own rule for that.");
    record.kept("circuit_window_s", coolWindow, rule, "LiteLLM has its own rule for that.");
    writeReasons(router, general, record);
    if (chain > 1) {
        Output &others = router.list("fallbacks").item().list(providers.first().id);
        for (qsizetype i = 1; i < providers.size(); ++i)
            others.textItem(providers[i].id);
    }
    recordWaits(record, liteLlmWaits);
    return {toYaml(root), general - 1, chain > 1 ? "on each provider" : ""};
}

namespace {

/// The address with what the preset has behind the host, where the file names none of its own: LiteLLM adds it by itself.
QUrl withPathOf(const QUrl &usual, const QString &base)
{
    QUrl url(base, QUrl::StrictMode);
    if (url.path().isEmpty() || url.path() == QLatin1String("/"))
        url.setPath(usual.path());
    return url;
}

/// One of the presets; false where the model's prefix is none of theirs.
bool readPreset(ProviderConfig &p, const QString &model, const QString &base)
{
    for (const LiteLlmPreset &row : liteLlmPresets) {
        if (!model.startsWith(QLatin1String(row.prefix)))
            continue;
        const ProviderId id = p.id;
        p = *presetProvider(QLatin1String(row.preset));
        p.id = id;
        p.name.clear();
        p.model = model.mid(QLatin1String(row.prefix).size());
        if (!base.isEmpty())
            p.baseUrl = withPathOf(p.baseUrl, base);
        return true;
    }
    return false;
}

/// A model's vendor by its prefix and address.
void readVendor(ProviderConfig &p, const QString &model, const QString &base, const QString &where, int line, Importing &into)
{
    if (readPreset(p, model, base))
        return;
    QString protocol = QStringLiteral("openai");
    for (const LiteLlmVendor &known : liteLlmModels) {
        if (model.startsWith(QLatin1String(known.prefix)))
            protocol = QLatin1String(known.protocol);
    }
    p.model = model;
    for (const LiteLlmVendor &v : liteLlmVendors) {
        if (model.startsWith(QLatin1String(v.prefix))) {
            protocol = QLatin1String(v.protocol);
            p.model = model.mid(QLatin1String(v.prefix).size());
            break;
        }
    }
    if (p.model == model && model.contains(QLatin1Char('/')))
        into.warn(where, line,
                  QStringLiteral("Is of a vendor that has no wire here; it is asked as one that speaks OpenAI's. Check its "
                                 "base_url."));
    if (protocol == QLatin1String("openai") && !base.isEmpty() && base != defaultBase(protocol))
        protocol = QStringLiteral("openai_compatible");
    p.protocol = *protocolFromKey(protocol);
    p.baseUrl = QUrl(base.isEmpty() ? defaultBase(protocol) : base, QUrl::StrictMode);
    if (const auto usual = vendor(protocol); usual && base.isEmpty())
        p.keyReference = usual->keyReference; // as LiteLLM takes it where the file names none
}

void readModel(const Input &item, const QString &where, Importing &into)
{
    Section entry(&item, where, into);
    ProviderConfig p;
    const QString name = entry.text("model_name").value_or(QStringLiteral("provider"));
    {
        Section info(entry.take("model_info"), entry.path(QStringLiteral("model_info")), into);
        p.id = info.text("id").value_or(name);
    }
    Section parameters(entry.take("litellm_params"), entry.path(QStringLiteral("litellm_params")), into);
    const QString base = parameters.text("api_base").value_or(QString());
    const auto model = parameters.text("model");
    if (!model)
        into.fail(where, item.line, QStringLiteral("Must have a litellm_params.model."));
    readVendor(p, model.value_or(QStringLiteral("none")), base, parameters.path(QStringLiteral("model")),
               parameters.lastLine(), into);
    if (const auto key = parameters.text("api_key"))
        p.keyReference = keyReference(*key, QStringLiteral("os.environ/"), {},
                                      parameters.path(QStringLiteral("api_key")), parameters.lastLine(), into);
    if (const auto timeout = parameters.number("timeout"))
        p.times.attempt = fromSeconds(std::clamp(*timeout, 0.05, 3600.0));
    into.addProvider(p);
}

/// Places in the list: the chain that the first of the fallbacks names, then the rest as they stand.
QVector<qsizetype> inFallbackOrder(const QVector<Input> &models, const QVector<Input> *fallbacks)
{
    QStringList order;
    if (fallbacks && !fallbacks->isEmpty() && !fallbacks->first().members.isEmpty()) {
        const auto &[first, others] = fallbacks->first().members.first();
        order << first;
        for (const Input &other : others.items)
            order << other.text;
    }
    const auto rank = [&](qsizetype at) {
        const Input *name = models[at].member(QStringLiteral("model_name"));
        const qsizetype place = name ? order.indexOf(name->text) : -1;
        return place < 0 ? order.size() : place;
    };
    QVector<qsizetype> places(models.size());
    std::iota(places.begin(), places.end(), 0);
    std::stable_sort(places.begin(), places.end(), [&](qsizetype a, qsizetype b) { return rank(a) < rank(b); });
    return places;
}

void readReasons(Section &router, int general, Importing &into)
{
    Section policy(router.take("retry_policy"), router.path(QStringLiteral("retry_policy")), into);
    if (!policy.exists())
        return;
    policy.take("DefaultRetries");
    for (const LiteLlmReason &row : liteLlmReasons) {
        if (const auto retries = policy.whole(row.key))
            into.setAttempts(row.reason, *retries + 1, general, policy.path(QLatin1String(row.key)), policy.lastLine());
    }
}

} // namespace

void readLiteLlm(const QByteArray &text, Importing &into)
{
    const auto input = readInput(readYaml(text), into);
    if (!input)
        return;
    Section root(&*input, {}, into);
    Section router(root.take("router_settings"), QStringLiteral("router_settings"), into);
    const QVector<Input> *models = root.list("model_list");
    if (models && models->size() > 100)
        into.fail(QStringLiteral("model_list"), 0, QStringLiteral("Must not have more than 100 models."));
    else if (models) {
        for (const qsizetype at : inFallbackOrder(*models, router.list("fallbacks")))
            readModel((*models)[at], QStringLiteral("model_list[%1]").arg(at), into);
    }
    const int chain = std::max(1, int(into.providerCount()));
    const int attempts = router.whole("num_retries").value_or(2) + 1;
    const QString where = router.path(QStringLiteral("num_retries"));
    into.set("attempts_per_provider", attempts, where, router.lastLine());
    into.set("max_attempts", std::min(20.0, double(chain) * attempts), where, router.lastLine());
    if (!router.set("attempt_timeout_s", "timeout"))
        into.set("attempt_timeout_s", requestTimeout);
    if (!router.set("circuit_open_time_s", "cooldown_time"))
        into.set("circuit_open_time_s", coolTime);
    into.set("circuit_max_open_time_s", into.number("circuit_open_time_s"));
    into.set("circuit_failure_ratio", coolRatio);
    into.set("circuit_min_calls", coolCalls);
    into.set("circuit_window_s", coolWindow);
    readReasons(router, std::clamp(attempts, 1, 20), into);
    applyWaits(liteLlmWaits, into);
}

} // namespace retryscope::interchange
