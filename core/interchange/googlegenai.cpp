// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/sdks.h"

namespace retryscope::interchange {
namespace {

/// The same options under two spellings.
struct GenaiNames
{
    SdkClient client;
    const char *http, *httpType, *retry, *retryType, *initialDelay, *maxDelay, *expBase, *statuses;
    const char *spread; ///< what its jitter does
};

GenaiNames genaiPython()
{
    return {{"genai.Client",
             "import os\n\nfrom google import genai\nfrom google.genai import types",
             {QStringLiteral("google_ai")},
             Language::Python,
             "api_key",
             ""},
            "http_options",
            "types.HttpOptions",
            "retry_options",
            "types.HttpRetryOptions",
            "initial_delay",
            "max_delay",
            "exp_base",
            "http_status_codes",
            "Up to a second is added to the wait there; proportional here takes up to a quarter off."};
}
GenaiNames genaiJs()
{
    return {{"GoogleGenAI",
             "import { GoogleGenAI } from \"@google/genai\";",
             {QStringLiteral("google_ai")},
             Language::JavaScript,
             "apiKey",
             ""},
            "httpOptions",
            "",
            "retryOptions",
            "",
            "initialDelay",
            "maxDelay",
            "expBase",
            "httpStatusCodes",
            "Up to the wait itself is added to it there; proportional here takes up to a quarter off."};
}

void writeGenaiRetry(Output &retry, const GenaiNames &names, LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    const double base = toSeconds(c.baseDelay), cap = toSeconds(c.maxDelay),
                 growth = c.backoff == BackoffKind::Exponential ? c.exponentialBase : 1.0;
    const bool spread = c.jitter != JitterKind::None;
    retry.number("attempts", c.maxAttempts);
    retry.number(names.initialDelay, base);
    retry.number(names.maxDelay, cap);
    retry.number(names.expBase, growth);
    retry.number("jitter", spread ? 1 : 0);
    putStatuses(retry, names.statuses, c);
    record.kept("max_attempts", c.maxAttempts, said("attempts", c.maxAttempts));
    record.kept("base_delay_s", base, said(names.initialDelay, base));
    record.kept("max_delay_s", cap, said(names.maxDelay, cap));
    record.kept("backoff", QStringLiteral("exponential"), said(names.expBase, growth),
                "A wait there is multiplied each time; by 1, it stays the same.");
    record.kept("exponential_base", growth, said(names.expBase, growth));
    if (spread)
        record.about("jitter", QStringLiteral("proportional"), said("jitter", 1), names.spread);
    else
        record.kept("jitter", QStringLiteral("none"), said("jitter", 0));
    recordStatuses(record, names.statuses);
}

WrittenBody writeGenai(LossRecorder &record, const GenaiNames &names)
{
    const RetryConfig &c = record.configuration().retry;
    Output root;
    Output &options = root.call("client", QLatin1String(names.client.name));
    putClient(options, names.client, record);
    Output &http = options.call(names.http, QLatin1String(names.httpType));
    const double timeout = wholeMilliseconds(toSeconds(c.attemptTimeout), 0.001);
    http.number("timeout", timeout * 1000.0);
    record.kept("attempt_timeout_s", timeout, said("timeout", timeout * 1000.0), "It is in whole milliseconds.");
    writeGenaiRetry(http.call(names.retry, QLatin1String(names.retryType)), names, record);
    record.kept("rate_limit_delay_s", 0, {}, "There is no wait of its own after a rate limit.");
    record.lost("honour_server_hints", "Retry-After is ignored.", false);
    return {clientText(options, names.client, record), c.maxAttempts - 1};
}

void readGenaiRetry(Section &http, const GenaiNames &names, Importing &into)
{
    Section retry(http.take(names.retry), http.path(QLatin1String(names.retry)), into);
    const int attempts = retry.exists() ? retry.whole("attempts").value_or(5) : 1;
    into.set("max_attempts", std::max(1, attempts), retry.path(QStringLiteral("attempts")), retry.lastLine());
    if (!retry.set("base_delay_s", names.initialDelay))
        into.set("base_delay_s", 1);
    if (!retry.set("max_delay_s", names.maxDelay))
        into.set("max_delay_s", 60);
    if (!retry.set("exponential_base", names.expBase))
        into.set("exponential_base", 2);
    into.setWord("backoff", "exponential");
    into.setWord("jitter", retry.number("jitter").value_or(1.0) > 0.0 ? "proportional" : "none");
    into.set("rate_limit_delay_s", 0);
    into.setFlag("honour_server_hints", false);
    applyStatuses(retry.list(names.statuses), retry.path(QLatin1String(names.statuses)), into);
}

void readGenai(const QByteArray &text, Importing &into, const GenaiNames &names)
{
    const auto input = readInput(readSnippet(text, names.client.language), into);
    const Input *found = input ? findClient(*input, names.client, into) : nullptr;
    if (!found)
        return;
    Section options(found, {}, into);
    readClient(options, *input, names.client, into);
    Section http(options.take(names.http), QLatin1String(names.http), into);
    http.set("attempt_timeout_s", "timeout", 0.001);
    readGenaiRetry(http, names, into);
}

} // namespace

WrittenBody writeGoogleGenaiPython(LossRecorder &record) { return writeGenai(record, genaiPython()); }
void readGoogleGenaiPython(const QByteArray &text, Importing &into) { readGenai(text, into, genaiPython()); }
WrittenBody writeGoogleGenaiJs(LossRecorder &record) { return writeGenai(record, genaiJs()); }
void readGoogleGenaiJs(const QByteArray &text, Importing &into) { readGenai(text, into, genaiJs()); }

} // namespace retryscope::interchange
