// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/targets.h"

#include <algorithm>
#include <cmath>

namespace retryscope::interchange {
namespace {

constexpr char pollySection[] = "LlmResilience";
constexpr char timeSpanForm[] = "a TimeSpan, such as 00:00:02 or 1.00:00:00";
constexpr int longestQueue = 10'000; ///< calls that wait for a permit; here they do
constexpr double longestSpan = 86400, shortestTimeout = 0.01, shortestBreak = 0.5;

double ticks(double seconds) { return std::round(seconds * 1e7) / 1e7; }

/// The values that pass the handler's own validation, and what they come from.
struct PollyValues
{
    explicit PollyValues(const RetryConfig &c)
        : retries(std::max(1, c.maxAttempts - 1)), base(ticks(toSeconds(c.baseDelay))), cap(ticks(toSeconds(c.maxDelay))),
          total(ticks(toSeconds(c.deadline))),
          attempt(std::clamp(ticks(toSeconds(c.attemptTimeout)), shortestTimeout, total - shortestTimeout)),
          ratio(c.circuitFailureRatio), throughput(std::max(2, c.circuitMinCalls)),
          window(std::max({ticks(toSeconds(c.circuitWindow)), shortestBreak, 2.0 * attempt})),
          open(std::clamp(ticks(toSeconds(c.circuitOpenTime)), shortestBreak, longestSpan)), permits(c.maxConcurrent),
          growth(c.backoff == BackoffKind::Exponential ? QStringLiteral("Exponential")
                 : c.backoff == BackoffKind::Linear    ? QStringLiteral("Linear")
                                                       : QStringLiteral("Constant")),
          jitter(c.jitter != JitterKind::None), hints(c.honourServerHints)
    {
    }
    int retries;
    double base, cap, total, attempt, ratio;
    int throughput;
    double window, open;
    int permits;
    QString growth;
    bool jitter, hints;
};

/// How an import reads UseJitter: the formula is another one for each growth.
const char *jitterOf(bool jitter, bool exponential) { return !jitter ? "none" : exponential ? "decorrelated" : "proportional"; }

QString saidSpan(const char *key, double seconds) { return said(key, timeSpan(seconds)); }

void recordPollyWaits(LossRecorder &record, const PollyValues &v)
{
    const RetryConfig &c = record.configuration().retry;
    record.kept("max_attempts", v.retries + 1, said("MaxRetryAttempts", v.retries),
                "The handler retries at least once; use DisableFor(HttpMethod.Post) for no retry.");
    record.kept("backoff", v.growth.toLower(), said("BackoffType", v.growth));
    record.kept("exponential_base", 2, QStringLiteral("built in: x 2"), "Polly always doubles.");
    record.kept("base_delay_s", v.base, saidSpan("Delay", v.base), "It is in steps of 100 ns.");
    record.kept("max_delay_s", v.cap, saidSpan("MaxDelay", v.cap), "It is in steps of 100 ns.");
    if (v.jitter)
        record.about(
            "jitter", QLatin1String(jitterOf(true, c.backoff == BackoffKind::Exponential)),
            said("UseJitter", QStringLiteral("true")),
            c.backoff == BackoffKind::Exponential
                ? "Polly spreads by a formula of its own around the doubled wait; decorrelated here lies between the "
                  "base and three times the wait before."
                : "Polly spreads by up to a quarter more or less; proportional here is up to a quarter less.");
    else
        record.kept("jitter", QStringLiteral("none"), said("UseJitter", QStringLiteral("false")));
    record.kept("rate_limit_delay_s", 0, {}, "There is no wait of its own after a rate limit.");
    record.kept("honour_server_hints", v.hints,
                said("ShouldRetryAfterHeader", v.hints ? QStringLiteral("true") : QStringLiteral("false")));
    record.lost("server_hint_cap_s", "MaxDelay does not cut what Retry-After says.");
}

void recordPolly(LossRecorder &record, const PollyValues &v)
{
    recordPollyWaits(record, v);
    record.kept("deadline_s", v.total, saidSpan("TotalRequestTimeout.Timeout", v.total), "It is in steps of 100 ns.");
    record.kept("attempt_timeout_s", v.attempt, saidSpan("AttemptTimeout.Timeout", v.attempt),
                "It must be shorter than the total there, and at least 10 ms.");
    record.kept("circuit_failure_ratio", v.ratio, said("FailureRatio", v.ratio));
    record.kept("circuit_min_calls", v.throughput, said("MinimumThroughput", v.throughput), "It is at least 2 there.");
    record.kept("circuit_window_s", std::min(3600.0, v.window), saidSpan("SamplingDuration", v.window),
                "It must be at least twice the attempt's timeout there.");
    record.kept("circuit_open_time_s", v.open, saidSpan("BreakDuration", v.open), "It is at least 0.5 s there.");
    record.kept("circuit_max_open_time_s", v.open, saidSpan("BreakDuration", v.open), "It does not grow there.");
    record.about("max_concurrent", v.permits, said("PermitLimit", v.permits),
                 "There it counts calls with all their retries, here attempts.");
    record.noProviders("The section holds a policy: addresses, models and keys stay with the HttpClient.");
    record.lost("attempts_per_provider", "There is no failover to another provider.");
}

} // namespace

WrittenBody writePolly(LossRecorder &record)
{
    const PollyValues v(record.configuration().retry);
    Output root;
    Output &section = root.map(pollySection);
    Output &limiter = section.map("RateLimiter").map("DefaultRateLimiterOptions");
    limiter.number("PermitLimit", v.permits);
    limiter.number("QueueLimit", longestQueue);
    section.map("TotalRequestTimeout").text("Timeout", timeSpan(v.total));
    Output &retry = section.map("Retry");
    retry.number("MaxRetryAttempts", v.retries);
    retry.text("BackoffType", v.growth);
    retry.flag("UseJitter", v.jitter);
    retry.text("Delay", timeSpan(v.base));
    retry.text("MaxDelay", timeSpan(v.cap));
    retry.flag("ShouldRetryAfterHeader", v.hints);
    Output &breaker = section.map("CircuitBreaker");
    breaker.number("FailureRatio", v.ratio);
    breaker.number("MinimumThroughput", v.throughput);
    breaker.text("SamplingDuration", timeSpan(v.window));
    breaker.text("BreakDuration", timeSpan(v.open));
    section.map("AttemptTimeout").text("Timeout", timeSpan(v.attempt));
    recordPolly(record, v);
    return {toJsonText(root), v.retries};
}

WrittenBody writePollyCode(LossRecorder &record)
{
    const PollyValues v(record.configuration().retry);
    const auto flag = [](bool on) { return on ? QStringLiteral("true") : QStringLiteral("false"); };
    const auto span = [](double seconds) {
        return QStringLiteral("TimeSpan.Parse(\"%1\", CultureInfo.InvariantCulture)").arg(timeSpan(seconds));
    };
    const QString code =
        QStringLiteral("using System;\nusing System.Globalization;\nusing Microsoft.Extensions.DependencyInjection;\n"
                       "using Microsoft.Extensions.Http.Resilience;\nusing Polly;\n\n"
                       "public static class LlmResilience\n{\n"
                       "    public static void AddLlmResilience(this IHttpClientBuilder builder) =>\n"
                       "        builder.AddStandardResilienceHandler(options =>\n        {\n")
        + QStringLiteral("            options.RateLimiter.DefaultRateLimiterOptions.PermitLimit = %1;\n"
                         "            options.RateLimiter.DefaultRateLimiterOptions.QueueLimit = 10000;\n"
                         "            options.TotalRequestTimeout.Timeout = %2;\n"
                         "            options.Retry.MaxRetryAttempts = %3;\n"
                         "            options.Retry.BackoffType = DelayBackoffType.%4;\n"
                         "            options.Retry.UseJitter = %5;\n"
                         "            options.Retry.Delay = %6;\n"
                         "            options.Retry.MaxDelay = %7;\n"
                         "            options.Retry.ShouldRetryAfterHeader = %8;\n")
              .arg(QString::number(v.permits), span(v.total), QString::number(v.retries), v.growth, flag(v.jitter),
                   span(v.base), span(v.cap), flag(v.hints))
        + QStringLiteral("            options.CircuitBreaker.FailureRatio = %1;\n"
                         "            options.CircuitBreaker.MinimumThroughput = %2;\n"
                         "            options.CircuitBreaker.SamplingDuration = %3;\n"
                         "            options.CircuitBreaker.BreakDuration = %4;\n"
                         "            options.AttemptTimeout.Timeout = %5;\n        });\n}\n")
              .arg(numeral(v.ratio), QString::number(v.throughput), span(v.window), span(v.open), span(v.attempt));
    recordPolly(record, v);
    return {code.toUtf8(), v.retries};
}

namespace {

/// .NET reads names in any case; here they become those of the handler's options.
Input inHandlersCase(const Input &in)
{
    static constexpr const char *names[] = {"Retry",
                                            "CircuitBreaker",
                                            "AttemptTimeout",
                                            "TotalRequestTimeout",
                                            "RateLimiter",
                                            "Timeout",
                                            "MaxRetryAttempts",
                                            "BackoffType",
                                            "UseJitter",
                                            "Delay",
                                            "MaxDelay",
                                            "FailureRatio",
                                            "ShouldRetryAfterHeader",
                                            "MinimumThroughput",
                                            "SamplingDuration",
                                            "BreakDuration",
                                            "PermitLimit",
                                            "QueueLimit",
                                            "DefaultRateLimiterOptions"};
    Input out = in;
    for (auto &[key, value] : out.members) {
        for (const char *name : names) {
            if (key.compare(QLatin1String(name), Qt::CaseInsensitive) == 0 && !in.member(QLatin1String(name)))
                key = QLatin1String(name);
        }
        value = inHandlersCase(value);
    }
    return out;
}

/// The first object with a strategy of the handler in it, whatever its section is called.
const Input *findHandler(const Input &in, QString *path)
{
    for (const char *key : {"Retry", "CircuitBreaker", "AttemptTimeout", "TotalRequestTimeout"}) {
        if (in.member(QLatin1String(key)))
            return &in;
    }
    for (const auto &[name, value] : in.members) {
        QString below = path->isEmpty() ? name : *path + QLatin1Char('.') + name;
        if (const Input *found = findHandler(value, &below)) {
            *path = below;
            return found;
        }
    }
    return nullptr;
}

void readPollyRetry(Section &handler, Importing &into)
{
    Section retry(handler.take("Retry"), handler.path(QStringLiteral("Retry")), into);
    into.set("max_attempts", retry.whole("MaxRetryAttempts").value_or(3) + 1.0,
             retry.path(QStringLiteral("MaxRetryAttempts")), retry.lastLine());
    const QString growth = retry.text("BackoffType").value_or(QStringLiteral("Exponential"));
    const auto is = [&growth](const char *type) {
        return growth.compare(QLatin1String(type), Qt::CaseInsensitive) == 0;
    };
    const bool exponential = is("Exponential"), linear = is("Linear"); // .NET reads them in any case
    if (!exponential && !linear && !is("Constant"))
        into.fail(retry.path(QStringLiteral("BackoffType")), retry.lastLine(),
                  QStringLiteral("Must be Constant, Linear or Exponential."));
    into.setWord("backoff", exponential ? "exponential" : linear ? "linear" : "constant");
    into.set("exponential_base", 2);
    into.setWord("jitter", jitterOf(retry.flag("UseJitter").value_or(true), exponential));
    if (!retry.setDuration("base_delay_s", "Delay", fromTimeSpan, timeSpanForm))
        into.set("base_delay_s", 2);
    if (!retry.setDuration("max_delay_s", "MaxDelay", fromTimeSpan, timeSpanForm))
        into.set("max_delay_s", 3600);
    into.set("rate_limit_delay_s", 0);
    into.setFlag("honour_server_hints", retry.flag("ShouldRetryAfterHeader").value_or(true));
}

void readPollyBreaker(Section &handler, Importing &into)
{
    Section breaker(handler.take("CircuitBreaker"), handler.path(QStringLiteral("CircuitBreaker")), into);
    if (!breaker.set("circuit_failure_ratio", "FailureRatio"))
        into.set("circuit_failure_ratio", 0.1);
    if (!breaker.set("circuit_min_calls", "MinimumThroughput"))
        into.set("circuit_min_calls", 100);
    if (!breaker.setDuration("circuit_window_s", "SamplingDuration", fromTimeSpan, timeSpanForm))
        into.set("circuit_window_s", 30);
    if (!breaker.setDuration("circuit_open_time_s", "BreakDuration", fromTimeSpan, timeSpanForm))
        into.set("circuit_open_time_s", 5);
    into.set("circuit_max_open_time_s", into.number("circuit_open_time_s"));
}

void readPollyTimeout(Section &handler, const char *key, const char *field, double usual, Importing &into)
{
    Section timeout(handler.take(key), handler.path(QLatin1String(key)), into);
    if (!timeout.setDuration(field, "Timeout", fromTimeSpan, timeSpanForm))
        into.set(field, usual);
}

} // namespace

void readPolly(const QByteArray &text, Importing &into)
{
    auto input = readInput(readCommentedJson(text), into);
    if (!input)
        return;
    *input = inHandlersCase(*input);
    QString path;
    const Input *found = findHandler(*input, &path);
    if (!found)
        return into.fail(QStringLiteral("(file)"), 0,
                         QStringLiteral("Has no section with Retry, CircuitBreaker, AttemptTimeout or TotalRequestTimeout."));
    Section handler(found, path, into);
    handler.take("//");
    readPollyRetry(handler, into);
    readPollyBreaker(handler, into);
    readPollyTimeout(handler, "TotalRequestTimeout", "deadline_s", 30, into);
    readPollyTimeout(handler, "AttemptTimeout", "attempt_timeout_s", 10, into);
    Section limiter(handler.take("RateLimiter"), handler.path(QStringLiteral("RateLimiter")), into);
    Section options(limiter.take("DefaultRateLimiterOptions"),
                    limiter.path(QStringLiteral("DefaultRateLimiterOptions")), into);
    options.set("max_concurrent", "PermitLimit");
    options.only("QueueLimit", longestQueue);
}

} // namespace retryscope::interchange
