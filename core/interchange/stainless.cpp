// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/sdks.h"

namespace retryscope::interchange {
namespace {

constexpr double sdkTimeout = 600; ///< seconds, where a client has none
constexpr char sdkWaits[] = "0.5 s x 2^n up to 8 s, x 0.75 to 1";

/// The two vendors' clients come out of one generator and differ in names and in how long a hint may be.
struct StainlessClient
{
    SdkClient client;
    const char *retries;
    BuiltInWaits waits;
    bool timeoutInSeconds;
};

StainlessClient openAiPython()
{
    return {{"OpenAI", "import os\n\nimport httpx\nfrom openai import OpenAI",
             {QStringLiteral("openai"), QStringLiteral("openai_responses"), QStringLiteral("openai_compatible")},
             Language::Python, "api_key", "base_url"},
            "max_retries", {0.5, 8, 2, "proportional", true, 120, sdkWaits}, true};
}
StainlessClient openAiJs()
{
    return {{"OpenAI", "import OpenAI from \"openai\";",
             {QStringLiteral("openai"), QStringLiteral("openai_responses"), QStringLiteral("openai_compatible")},
             Language::JavaScript, "apiKey", "baseURL"},
            "maxRetries", {0.5, 8, 2, "proportional", true, 60, sdkWaits}, false};
}
StainlessClient anthropicPython()
{
    return {{"Anthropic", "import os\n\nimport httpx\nfrom anthropic import Anthropic",
             {QStringLiteral("anthropic")}, Language::Python, "api_key", "base_url"},
            "max_retries", {0.5, 8, 2, "proportional", true, 60, sdkWaits}, true};
}
StainlessClient anthropicJs()
{
    return {{"Anthropic", "import Anthropic from \"@anthropic-ai/sdk\";", {QStringLiteral("anthropic")},
             Language::JavaScript, "apiKey", "baseURL"},
            "maxRetries", {0.5, 8, 2, "proportional", true, 3600, sdkWaits}, false};
}

WrittenBody writeStainless(LossRecorder &record, const StainlessClient &sdk)
{
    const RetryConfig &c = record.configuration().retry;
    Output root;
    Output &options = root.call("client", QLatin1String(sdk.client.name));
    putClient(options, sdk.client, record);
    options.number(sdk.retries, c.maxAttempts - 1);
    record.kept("max_attempts", c.maxAttempts, said(sdk.retries, c.maxAttempts - 1));
    if (sdk.timeoutInSeconds) {
        const double timeout = toSeconds(c.attemptTimeout), connect = toSeconds(c.connectTimeout);
        options.plain("timeout", QStringLiteral("httpx.Timeout(%1, connect=%2)").arg(numeral(timeout), numeral(connect)));
        record.about("attempt_timeout_s", timeout, said("timeout", timeout),
                     "There it is the longest silence, not a limit on the whole attempt.");
        record.kept("connect_timeout_s", connect, said("connect", connect));
    } else {
        const double timeout = wholeMilliseconds(toSeconds(c.attemptTimeout), 0.001);
        options.number("timeout", timeout * 1000.0);
        record.about("attempt_timeout_s", timeout, said("timeout", timeout * 1000.0),
                     "There it is the time until an answer begins, in whole milliseconds.");
    }
    recordWaits(record, sdk.waits);
    return {clientText(options, sdk.client, record), c.maxAttempts - 1};
}

void readTimeout(Section &options, const StainlessClient &sdk, Importing &into)
{
    if (!sdk.timeoutInSeconds) {
        if (!options.set("attempt_timeout_s", "timeout", 0.001))
            into.set("attempt_timeout_s", sdkTimeout);
        return;
    }
    const Input *timeout = options.take("timeout");
    if (!timeout)
        return into.set("attempt_timeout_s", sdkTimeout);
    const Input *whole = timeout->kind == Input::Kind::Map && !timeout->items.isEmpty() ? &timeout->items.first() : timeout;
    bool ok = false;
    const double seconds = whole->text.toDouble(&ok);
    if (!ok || seconds < 0.0)
        return into.fail(QStringLiteral("timeout"), timeout->line,
                         QStringLiteral("Must be seconds, or httpx.Timeout(seconds, connect=seconds)."));
    into.set("attempt_timeout_s", seconds, QStringLiteral("timeout"), timeout->line);
    if (timeout->kind == Input::Kind::Map) {
        Section parts(timeout, QStringLiteral("timeout"), into);
        parts.set("connect_timeout_s", "connect");
    }
}

void readStainless(const QByteArray &text, Importing &into, const StainlessClient &sdk)
{
    const auto input = readInput(readSnippet(text, sdk.client.language), into);
    const Input *found = input ? findClient(*input, sdk.client, into) : nullptr;
    if (!found)
        return;
    Section options(found, {}, into);
    readClient(options, *input, sdk.client, into);
    into.set("max_attempts", options.whole(sdk.retries).value_or(2) + 1.0, QLatin1String(sdk.retries), options.lastLine());
    readTimeout(options, sdk, into);
    applyWaits(sdk.waits, into);
}

} // namespace

WrittenBody writeOpenAiPython(LossRecorder &record) { return writeStainless(record, openAiPython()); }
void readOpenAiPython(const QByteArray &text, Importing &into) { readStainless(text, into, openAiPython()); }
WrittenBody writeOpenAiJs(LossRecorder &record) { return writeStainless(record, openAiJs()); }
void readOpenAiJs(const QByteArray &text, Importing &into) { readStainless(text, into, openAiJs()); }
WrittenBody writeAnthropicPython(LossRecorder &record) { return writeStainless(record, anthropicPython()); }
void readAnthropicPython(const QByteArray &text, Importing &into) { readStainless(text, into, anthropicPython()); }
WrittenBody writeAnthropicJs(LossRecorder &record) { return writeStainless(record, anthropicJs()); }
void readAnthropicJs(const QByteArray &text, Importing &into) { readStainless(text, into, anthropicJs()); }

} // namespace retryscope::interchange
