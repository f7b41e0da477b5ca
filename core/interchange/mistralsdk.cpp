// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/sdks.h"

namespace retryscope::interchange {
namespace {

/// The same options under two spellings; the exponent is a factor in Python and a power in JavaScript.
struct MistralNames
{
    SdkClient client;
    const char *timeout, *retry, *retryType, *backoffType, *initialInterval, *maxInterval, *maxElapsedTime, *connections;
    bool isFactor;
};

MistralNames mistralPython()
{
    return {{"Mistral", "import os\n\nfrom mistralai import Mistral\nfrom mistralai.utils import BackoffStrategy, RetryConfig",
             {QStringLiteral("mistral")}, Language::Python, "api_key", ""},
            "timeout_ms", "retry_config", "RetryConfig", "BackoffStrategy", "initial_interval", "max_interval",
            "max_elapsed_time", "retry_connection_errors", true};
}
MistralNames mistralJs()
{
    return {{"Mistral", "import { Mistral } from \"@mistralai/mistralai\";", {QStringLiteral("mistral")},
             Language::JavaScript, "apiKey", ""},
            "timeoutMs", "retryConfig", "", "", "initialInterval", "maxInterval", "maxElapsedTime",
            "retryConnectionErrors", false};
}

constexpr double powerOfGrowth = 1.5; ///< what the SDK itself has

double exponentOf(const RetryConfig &c, bool isFactor)
{
    if (isFactor)
        return c.backoff == BackoffKind::Exponential ? c.exponentialBase : 1.0;
    return c.backoff == BackoffKind::Exponential ? powerOfGrowth : c.backoff == BackoffKind::Linear ? 1.0 : 0.0;
}

void recordGrowth(LossRecorder &record, bool isFactor, double exponent)
{
    if (isFactor) {
        record.kept("backoff", QStringLiteral("exponential"), said("exponent", exponent),
                    "A wait there is multiplied each time; by 1, it stays the same.");
        record.kept("exponential_base", exponent, said("exponent", exponent));
    } else {
        record.about("backoff", record.ours("backoff"), said("exponent", exponent),
                     "The wait is a power of the number of retries there, and the first one is none.");
        record.about("exponential_base", 2, said("exponent", exponent),
                     "The wait is a power of the number of retries there: it does not double.");
    }
}

void writeMistralBackoff(Output &retry, const MistralNames &names, LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    const double base = wholeMilliseconds(toSeconds(c.baseDelay)), cap = wholeMilliseconds(toSeconds(c.maxDelay)),
                 elapsed = wholeMilliseconds(toSeconds(c.deadline)), exponent = exponentOf(c, names.isFactor);
    retry.text("strategy", QStringLiteral("backoff"));
    Output &backoff = retry.call("backoff", QLatin1String(names.backoffType));
    backoff.number(names.initialInterval, base * 1000.0);
    backoff.number(names.maxInterval, cap * 1000.0);
    backoff.number("exponent", exponent);
    backoff.number(names.maxElapsedTime, elapsed * 1000.0);
    const bool connections = c.overrides[std::size_t(RetryReason::Network)].maxAttempts != 1;
    retry.flag(names.connections, connections);
    if (!connections)
        record.reasonKept(RetryReason::Network, 1, said(names.connections, word(false)));
    record.kept("base_delay_s", base, said(names.initialInterval, base * 1000.0), "It is in whole milliseconds.");
    record.kept("max_delay_s", cap, said(names.maxInterval, cap * 1000.0), "It is in whole milliseconds.");
    record.about("deadline_s", elapsed, said(names.maxElapsedTime, elapsed * 1000.0),
                 "It is looked at before a wait there: what is under way is not ended.");
    recordGrowth(record, names.isFactor, exponent);
    record.about("jitter", QStringLiteral("proportional"), QStringLiteral("built in: 0 to 1 s more"),
                 "Up to a second is added to every wait there; proportional here takes up to a quarter off.");
    record.lost("max_attempts", "Only the time that has passed ends the retries.");
    if (names.isFactor)
        return record.lost("honour_server_hints", "Retry-After is not read.", false);
    record.kept("honour_server_hints", true, QStringLiteral("built in: Retry-After is obeyed"), "It cannot be set there.");
    record.kept("server_hint_cap_s", cap, said(names.maxInterval, cap * 1000.0), "It is the longest wait there.");
}

WrittenBody writeMistral(LossRecorder &record, const MistralNames &names)
{
    const RetryConfig &c = record.configuration().retry;
    Output root;
    Output &options = root.call("client", QLatin1String(names.client.name));
    putClient(options, names.client, record);
    const double timeout = wholeMilliseconds(toSeconds(c.attemptTimeout), 0.001);
    options.number(names.timeout, timeout * 1000.0);
    record.kept("attempt_timeout_s", timeout, said(names.timeout, timeout * 1000.0), "It is in whole milliseconds.");
    Output &retry = options.call(names.retry, QLatin1String(names.retryType));
    record.kept("rate_limit_delay_s", 0, {}, "There is no wait of its own after a rate limit.");
    if (c.maxAttempts > 1) {
        writeMistralBackoff(retry, names, record);
        return {clientText(options, names.client, record), std::nullopt};
    }
    retry.text("strategy", QStringLiteral("none"));
    if (names.isFactor) { // its constructor wants all three
        retry.plain("backoff", QStringLiteral("None"));
        retry.flag(names.connections, false);
    }
    record.kept("max_attempts", 1, QStringLiteral("strategy: none"));
    return {clientText(options, names.client, record), 0};
}

void readMistralBackoff(Section &retry, const MistralNames &names, Importing &into)
{
    Section backoff(retry.take("backoff"), retry.path(QStringLiteral("backoff")), into);
    if (!backoff.set("base_delay_s", names.initialInterval, 0.001))
        into.set("base_delay_s", 0.5);
    if (!backoff.set("max_delay_s", names.maxInterval, 0.001))
        into.set("max_delay_s", 60);
    if (!backoff.set("deadline_s", names.maxElapsedTime, 0.001))
        into.set("deadline_s", 3600);
    const double exponent = backoff.number("exponent").value_or(powerOfGrowth);
    if (names.isFactor) {
        into.setWord("backoff", "exponential");
        into.set("exponential_base", exponent, backoff.path(QStringLiteral("exponent")), backoff.lastLine());
    } else {
        into.setWord("backoff", exponent <= 0.0 ? "constant" : exponent <= 1.0 ? "linear" : "exponential");
        into.set("exponential_base", 2);
    }
    into.setWord("jitter", "proportional");
    const bool connections = retry.flag(names.connections).value_or(false);
    into.setAttempts(RetryReason::Network, connections ? 2 : 1, 2, retry.path(QLatin1String(names.connections)), 0);
    into.setFlag("honour_server_hints", !names.isFactor);
    if (!names.isFactor)
        into.set("server_hint_cap_s", into.number("max_delay_s"));
    if (into.number("max_attempts") < 2) {
        into.set("max_attempts", 4);
        into.warn(retry.path(QStringLiteral("strategy")), retry.line(),
                  QStringLiteral("Repeats until the time is over: 4 attempts are taken."));
    }
}

void readMistral(const QByteArray &text, Importing &into, const MistralNames &names)
{
    const auto input = readInput(readSnippet(text, names.client.language), into);
    const Input *found = input ? findClient(*input, names.client, into) : nullptr;
    if (!found)
        return;
    Section options(found, {}, into);
    readClient(options, *input, names.client, into);
    options.set("attempt_timeout_s", names.timeout, 0.001);
    into.set("rate_limit_delay_s", 0);
    Section retry(options.take(names.retry), QLatin1String(names.retry), into);
    const QString strategy = retry.text("strategy").value_or(QStringLiteral("none"));
    if (strategy == QLatin1String("backoff"))
        return readMistralBackoff(retry, names, into);
    retry.take("backoff");
    retry.take(names.connections);
    into.set("max_attempts", 1);
    if (strategy != QLatin1String("none"))
        into.fail(retry.path(QStringLiteral("strategy")), retry.lastLine(), QStringLiteral("Must be backoff or none."));
}

} // namespace

WrittenBody writeMistralPython(LossRecorder &record) { return writeMistral(record, mistralPython()); }
void readMistralPython(const QByteArray &text, Importing &into) { readMistral(text, into, mistralPython()); }
WrittenBody writeMistralJs(LossRecorder &record) { return writeMistral(record, mistralJs()); }
void readMistralJs(const QByteArray &text, Importing &into) { readMistral(text, into, mistralJs()); }

} // namespace retryscope::interchange
