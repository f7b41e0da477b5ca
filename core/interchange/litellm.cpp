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

/// What is read of a file; one at least stands in every configuration of LiteLLM's.
constexpr const char *liteLlmSections[] = {"model_list", "router_settings", "litellm_settings"};

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

void readModel(const Input &item, const QString &where, bool enabled, Importing &into)
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
    p.enabled = enabled;
    into.addProvider(p);
}

QString nameOf(const Input &model)
{
    const Input *name = model.member(QStringLiteral("model_name"));
    return name && name->isScalar() ? name->text : QStringLiteral("provider");
}

/// The first of the fallbacks whose model is in the list, with those that follow it; all else in them is listed. Without one
/// a model falls back to nothing, so the chain is the first model alone.
QStringList readChain(const QVector<Input> &models, const QVector<Input> *fallbacks, const QString &where,
                      Importing &into)
{
    QSet<QString> known;
    for (const Input &model : models)
        known.insert(nameOf(model));
    QStringList chain;
    for (qsizetype i = 0; fallbacks && i < fallbacks->size(); ++i) {
        const QString place = QStringLiteral("%1[%2]").arg(where).arg(i);
        if (fallbacks->at(i).members.isEmpty())
            into.passOver(place, fallbacks->at(i).line);
        for (const auto &[first, others] : fallbacks->at(i).members) {
            const QString from = place + QLatin1Char('.') + first.left(60);
            if (!chain.isEmpty() || !known.contains(first)) {
                into.passOver(from, others.line);
                continue;
            }
            chain << first;
            for (const Input &other : others.items) {
                if (other.isScalar() && known.contains(other.text) && !chain.contains(other.text))
                    chain << other.text;
                else
                    into.passOver(from + QStringLiteral(": ") + other.text.left(60), other.line);
            }
        }
    }
    if (chain.isEmpty() && !models.isEmpty())
        chain << nameOf(models.first());
    return chain;
}

/// Places in the list: those of the chain in its order, then the rest as they stand.
QVector<qsizetype> inFallbackOrder(const QVector<Input> &models, const QStringList &chain)
{
    const auto rank = [&](qsizetype at) {
        const qsizetype place = chain.indexOf(nameOf(models[at]));
        return place < 0 ? chain.size() : place;
    };
    QVector<qsizetype> places(models.size());
    std::iota(places.begin(), places.end(), 0);
    std::stable_sort(places.begin(), places.end(), [&](qsizetype a, qsizetype b) { return rank(a) < rank(b); });
    return places;
}

/// Reads the models and gives how many of them are asked in turn. Those outside of the chain are there, and not enabled.
int readModels(const QVector<Input> &models, const QStringList &chain, int line, Importing &into)
{
    QSet<QString> asked;
    QStringList outside;
    int enabled = 0;
    for (const qsizetype at : inFallbackOrder(models, chain)) {
        const QString where = QStringLiteral("model_list[%1]").arg(at), name = nameOf(models[at]);
        const bool inChain = chain.contains(name);
        readModel(models[at], where, inChain, into);
        enabled += inChain;
        if (!inChain)
            outside << name.left(60);
        else if (asked.contains(name))
            into.warn(
                where + QStringLiteral(".model_name"), models[at].line,
                QStringLiteral("Is \"%1\" once more, and LiteLLM balances between them: here providers are asked in "
                               "their order, each with all of its retries.")
                    .arg(name.left(40)));
        asked.insert(name);
    }
    outside.removeDuplicates();
    if (!outside.isEmpty())
        into.warn(QStringLiteral("model_list"), line,
                  QStringLiteral(
                      "What is enabled is the chain of fallbacks of \"%1\". Outside of it, and so not enabled: %2.")
                      .arg(chain.first().left(40), outside.join(QStringLiteral(", ")).left(400)));
    return enabled;
}

/// Where a setting stands that the router may be told by itself, or all of LiteLLM: the first goes before the other.
Section &placeOf(const char *ofRouter, const char *ofAll, Section &router, Section &all, Importing &into)
{
    if (!router.has(ofRouter))
        return all;
    if (all.has(ofAll)) {
        all.take(ofAll);
        into.warn(all.path(QLatin1String(ofAll)), all.lastLine(),
                  QStringLiteral("Has no effect beside router_settings.%1.").arg(QLatin1String(ofRouter)));
    }
    return router;
}

void readReasons(Section &router, int general, Importing &into)
{
    Section policy(router.take("retry_policy"), router.path(QStringLiteral("retry_policy")), into);
    if (!policy.exists())
        return;
    policy.only("DefaultRetries", general - 1);
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
    if (std::none_of(std::begin(liteLlmSections), std::end(liteLlmSections),
                     [&](const char *key) { return input->member(QLatin1String(key)); }))
        return into.fail(QStringLiteral("(file)"), 0,
                         QStringLiteral("Has none of model_list, router_settings and litellm_settings, so it is no "
                                        "configuration of LiteLLM."));
    Section root(&*input, {}, into);
    Section all(root.take("litellm_settings"), QStringLiteral("litellm_settings"), into);
    Section router(root.take("router_settings"), QStringLiteral("router_settings"), into);
    const QVector<Input> *models = root.list("model_list");
    const int modelsLine = root.lastLine();
    int chain = 1;
    if (models && models->size() > 100)
        into.fail(QStringLiteral("model_list"), 0, QStringLiteral("Must not have more than 100 models."));
    else if (models) {
        Section &place = placeOf("fallbacks", "fallbacks", router, all, into);
        const QVector<Input> *fallbacks = place.list("fallbacks");
        const QStringList names = readChain(*models, fallbacks, place.path(QStringLiteral("fallbacks")), into);
        chain = std::max(1, readModels(*models, names, modelsLine, into));
    }
    Section &retries = placeOf("num_retries", "num_retries", router, all, into);
    const int attempts = retries.whole("num_retries").value_or(2) + 1, line = retries.lastLine();
    const QString where = retries.path(QStringLiteral("num_retries"));
    into.set("attempts_per_provider", attempts, where, line);
    into.set("max_attempts", std::min(20.0, double(chain) * attempts), where, line);
    Section &timeout = placeOf("timeout", "request_timeout", router, all, into);
    if (!timeout.set("attempt_timeout_s", &timeout == &router ? "timeout" : "request_timeout"))
        into.set("attempt_timeout_s", requestTimeout);
    if (!placeOf("cooldown_time", "cooldown_time", router, all, into).set("circuit_open_time_s", "cooldown_time"))
        into.set("circuit_open_time_s", coolTime);
    into.set("circuit_max_open_time_s", into.number("circuit_open_time_s"));
    Section &fails = placeOf("allowed_fails", "allowed_fails", router, all, into);
    if (const auto allowed = fails.whole("allowed_fails"))
        into.warn(fails.path(QStringLiteral("allowed_fails")), fails.lastLine(),
                  QStringLiteral(
                      "Counts failures in a minute, whatever their share; here a share of the calls opens a circuit: "
                      "more than half of at least five in a minute is taken, as without it."));
    into.set("circuit_failure_ratio", coolRatio);
    into.set("circuit_min_calls", coolCalls);
    into.set("circuit_window_s", coolWindow);
    readReasons(router, std::clamp(attempts, 1, 20), into);
    applyWaits(liteLlmWaits, into);
}

} // namespace retryscope::interchange
