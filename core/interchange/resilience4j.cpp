// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/targets.h"

#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace retryscope::interchange {
namespace {

constexpr char r4jInstance[] = "llm";
constexpr char springForm[] = "a duration, such as 500ms, 10s or PT1.5S";
constexpr double neverSlow = 86400; ///< slowCallDurationThreshold of a policy that has none

/// resilience4j spreads a wait w from w - f w to w + f w.
double factorOf(JitterKind jitter)
{
    switch (jitter) {
    case JitterKind::None: return 0.0;
    case JitterKind::Full: return 0.99; // it must be less than 1
    case JitterKind::Equal:
    case JitterKind::Decorrelated: return 0.5;
    case JitterKind::Proportional: break;
    }
    return 0.25;
}
const char *jitterOfFactor(double factor)
{
    return factor <= 0.0 ? "none" : factor < 0.4 ? "proportional" : factor < 0.75 ? "equal" : "full";
}

void writeR4jRetry(Output &instances, LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    Output &retry = instances.map(r4jInstance);
    retry.number("maxAttempts", c.maxAttempts);
    record.kept("max_attempts", c.maxAttempts, said("maxAttempts", c.maxAttempts));
    const double base = wholeMilliseconds(toSeconds(c.baseDelay), 0.001),
                 cap = wholeMilliseconds(toSeconds(c.maxDelay), base);
    retry.plain("waitDuration", springDuration(base)); // without it the backoff settings are not read at all
    record.kept("base_delay_s", base, said("waitDuration", springDuration(base)),
                "It is in whole milliseconds, at least one.");
    const bool exponential = c.backoff == BackoffKind::Exponential;
    retry.flag("enableExponentialBackoff", exponential);
    record.kept("backoff", exponential ? QStringLiteral("exponential") : QStringLiteral("constant"),
                said("enableExponentialBackoff", exponential ? QStringLiteral("true") : QStringLiteral("false")),
                "A wait that grows by the same each time needs an IntervalFunction in code.");
    if (exponential) {
        retry.number("exponentialBackoffMultiplier", c.exponentialBase);
        retry.plain("exponentialMaxWaitDuration", springDuration(cap));
        record.kept("exponential_base", c.exponentialBase, said("exponentialBackoffMultiplier", c.exponentialBase));
        record.kept("max_delay_s", cap, said("exponentialMaxWaitDuration", springDuration(cap)),
                    "It is in whole milliseconds.");
    } else {
        record.lost("max_delay_s", "It is only read with a wait that doubles.");
    }
    const double factor = factorOf(c.jitter);
    retry.flag("enableRandomizedWait", factor > 0.0);
    if (factor > 0.0)
        retry.number("randomizedWaitFactor", factor);
    if (factor > 0.0)
        record.about("jitter", QLatin1String(jitterOfFactor(factor)), said("randomizedWaitFactor", factor),
                     "The wait is spread around its length there, here below it.");
    else
        record.kept("jitter", QStringLiteral("none"), QStringLiteral("enableRandomizedWait: false"));
}

void writeR4jBreaker(Output &instances, LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    Output &breaker = instances.map(r4jInstance);
    const double window = std::max(1.0, std::round(toSeconds(c.circuitWindow))), percent = c.circuitFailureRatio * 100.0,
                 open = wholeMilliseconds(toSeconds(c.circuitOpenTime), 0.001),
                 most = wholeMilliseconds(toSeconds(c.circuitMaxOpenTime), open);
    breaker.plain("slidingWindowType", QStringLiteral("TIME_BASED"));
    breaker.number("slidingWindowSize", window);
    breaker.number("minimumNumberOfCalls", c.circuitMinCalls);
    breaker.number("failureRateThreshold", percent);
    record.kept("circuit_window_s", window, said("slidingWindowSize", window), "It is in whole seconds.");
    record.kept("circuit_min_calls", c.circuitMinCalls, said("minimumNumberOfCalls", c.circuitMinCalls));
    record.kept("circuit_failure_ratio", c.circuitFailureRatio, said("failureRateThreshold", percent));
    const bool slow = c.slowAfter > 0s;
    const double slowPercent = slow ? c.slowRatio * 100.0 : 100.0,
                 slowAfter = slow ? wholeMilliseconds(toSeconds(c.slowAfter), 0.001) : neverSlow;
    breaker.number("slowCallRateThreshold", slowPercent);
    breaker.plain("slowCallDurationThreshold", springDuration(slowAfter));
    record.about("slow_after_s", slowAfter, said("slowCallDurationThreshold", springDuration(slowAfter)),
                 "Slow calls open the circuit there; here the provider is shown as degraded.");
    record.about("slow_ratio", c.slowRatio, said("slowCallRateThreshold", slowPercent),
                 "Slow calls open the circuit there; here the provider is shown as degraded.");
    breaker.plain("waitDurationInOpenState", springDuration(open));
    breaker.flag("enableExponentialBackoff", most > open);
    if (most > open) {
        breaker.number("exponentialBackoffMultiplier", 2);
        breaker.plain("exponentialMaxWaitDurationInOpenState", springDuration(most));
    }
    breaker.number("permittedNumberOfCallsInHalfOpenState", 1);
    record.kept("circuit_open_time_s", open, said("waitDurationInOpenState", springDuration(open)),
                "It is in whole milliseconds.");
    record.kept("circuit_max_open_time_s", most, said("exponentialMaxWaitDurationInOpenState", springDuration(most)),
                "It is in whole milliseconds.");
}

} // namespace

WrittenBody writeResilience4j(LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    Output root;
    Output &all = root.map("resilience4j");
    writeR4jRetry(all.map("retry").map("instances"), record);
    writeR4jBreaker(all.map("circuitbreaker").map("instances"), record);
    Output &bulkhead = all.map("bulkhead").map("instances").map(r4jInstance);
    bulkhead.number("maxConcurrentCalls", c.maxConcurrent);
    const double patience = wholeMilliseconds(toSeconds(c.deadline));
    bulkhead.plain("maxWaitDuration", springDuration(patience));
    record.kept("max_concurrent", c.maxConcurrent, said("maxConcurrentCalls", c.maxConcurrent));
    Output &limiter = all.map("timelimiter").map("instances").map(r4jInstance);
    const double attempt = wholeMilliseconds(toSeconds(c.attemptTimeout), 0.001);
    limiter.plain("timeoutDuration", springDuration(attempt));
    limiter.flag("cancelRunningFuture", true);
    record.kept("attempt_timeout_s", attempt, said("timeoutDuration", springDuration(attempt)),
                "It is in whole milliseconds.");
    record.lost("honour_server_hints", "Retry-After needs an intervalBiFunction in code.", false);
    record.lost("server_hint_cap_s", "Retry-After needs an intervalBiFunction in code.");
    record.lost("deadline_s", "There is no limit on a call with all its retries.");
    record.lost("attempts_per_provider", "There is no failover to another provider.");
    record.noProviders("The file holds a policy: addresses, models and keys stay with the client.");
    return {toYaml(root), c.maxAttempts - 1};
}

namespace {

/// Names are written with dashes as often as not: max-attempts is maxAttempts. What somebody called a configuration or an
/// instance stays as it is.
Input withoutDashes(const Input &in, bool ownNames = false)
{
    Input out = in;
    for (auto &[key, value] : out.members) {
        for (qsizetype dash = ownNames ? -1 : key.indexOf(QLatin1Char('-')); dash > 0 && dash + 1 < key.size();
             dash = key.indexOf(QLatin1Char('-')))
            key.replace(dash, 2, key[dash + 1].toUpper());
        value =
            withoutDashes(value, !ownNames && (key == QLatin1String("configs") || key == QLatin1String("instances")));
    }
    return out;
}

/// What the later document says goes before what the earlier one does, name by name, as Spring has it.
void layOver(Input &earlier, const Input &later)
{
    if (later.kind == Input::Kind::Null)
        return;
    if (earlier.kind != Input::Kind::Map || later.kind != Input::Kind::Map) {
        earlier = later;
        return;
    }
    for (const auto &member : later.members) {
        const auto known = std::find_if(earlier.members.begin(), earlier.members.end(),
                                        [&](const auto &other) { return other.first == member.first; });
        if (known == earlier.members.end())
            earlier.members.append(member);
        else
            layOver(known->second, member.second);
    }
}

/// "resilience4j.retry" as a key of the root is retry below resilience4j, and so on down to an instance's own settings.
Input nested(const Input &root)
{
    Input out = root;
    out.members.clear();
    for (const auto &[key, value] : root.members) {
        QStringList parts{key};
        if (key.startsWith(QLatin1String("resilience4j.")) && key.count(QLatin1Char('.')) < 5)
            parts = key.split(QLatin1Char('.'));
        Input all = value;
        for (auto part = parts.crbegin(); part != parts.crend(); ++part) {
            Input outer;
            outer.kind = Input::Kind::Map;
            outer.line = value.line;
            outer.members.append({*part, all});
            all = outer;
        }
        layOver(out, all);
    }
    return out;
}

/// What stands at a place of names with dots, each of which may be one key or several below each other; or below it.
const Input *atPath(const Input &in, const QString &path)
{
    for (const auto &[key, value] : in.members) {
        if (key == path || key.startsWith(path + QLatin1Char('.')))
            return &value;
        if (path.startsWith(key + QLatin1Char('.'))) {
            if (const Input *found = atPath(value, path.mid(key.size() + 1)))
                return found;
        }
    }
    return nullptr;
}

/// Whether Spring reads the document for some profiles or platforms alone.
bool isConditional(const Input &document)
{
    const Input *spring = document.member(QStringLiteral("spring"));
    const Input *profiles =
        spring ? spring->member(QStringLiteral("profiles")) : document.member(QStringLiteral("spring.profiles"));
    return atPath(document, QStringLiteral("spring.config.activate"))
           || (profiles && profiles->kind != Input::Kind::Map
               && profiles->kind != Input::Kind::Null); // as written before 2.4
}

/// All documents of the file over each other, but for those of a profile, which are told.
std::optional<Input> readSpring(const QByteArray &text, Importing &into)
{
    const DocumentsResult documents = readYaml(text);
    if (!documents)
        return readInput(documents, into);
    Input all;
    all.kind = Input::Kind::Map;
    for (qsizetype i = 0; i < documents->size(); ++i) {
        const Input &document = (*documents)[i];
        if (isConditional(document))
            into.warn(QStringLiteral("document %1").arg(i + 1), document.line,
                      QStringLiteral("Holds under a condition of Spring's alone, such as a profile: it is not taken."));
        else
            layOver(all, withoutDashes(nested(document)));
    }
    return all;
}

/// An instance with what it inherits below it.
Input instanceOf(Section &module, const QString &path, Importing &into)
{
    Section configs(module.take("configs"), module.path(QStringLiteral("configs")), into);
    Section instances(module.take("instances"), module.path(QStringLiteral("instances")), into);
    const QStringList names = instances.keys();
    Input found;
    if (!names.isEmpty()) {
        found = *[&] { static const Input none; const Input *i = instances.take(names.first()); return i ? i : &none; }();
        if (names.size() > 1)
            into.warn(path, 0, QStringLiteral("Has several instances: \"%1\" is taken.").arg(names.first().left(40)));
    }
    const Input *named = found.member(QStringLiteral("baseConfig"));
    const Input *base = configs.take(named ? named->text : QStringLiteral("default"));
    if (named && !base)
        into.warn(
            path + QStringLiteral(".baseConfig"), named->line,
            QStringLiteral("Is \"%1\", and there is no such configuration in the file.").arg(named->text.left(40)));
    for (qsizetype i = 0; base && i < base->members.size(); ++i) {
        if (!found.member(base->members[i].first))
            found.members.append(base->members[i]);
    }
    if (base && found.kind == Input::Kind::Null)
        found.kind = Input::Kind::Map;
    return found;
}

void readR4jRetry(Section &root, Importing &into)
{
    const QString path = root.path(QStringLiteral("retry"));
    Section module(root.take("retry"), path, into);
    const Input instance = instanceOf(module, path, into);
    Section retry(&instance, path, into);
    retry.take("baseConfig");
    if (!retry.set("max_attempts", "maxAttempts"))
        into.set("max_attempts", 3);
    const bool waits = retry.setDuration("base_delay_s", "waitDuration", fromSpringDuration, springForm);
    if (!waits)
        into.set("base_delay_s", 0.5);
    const bool exponential = retry.flag("enableExponentialBackoff").value_or(false) && waits,
               random = retry.flag("enableRandomizedWait").value_or(false) && waits;
    into.setWord("backoff", exponential ? "exponential" : "constant");
    if (!retry.set("exponential_base", "exponentialBackoffMultiplier") && exponential)
        into.set("exponential_base", 1.5);
    if (!retry.setDuration("max_delay_s", "exponentialMaxWaitDuration", fromSpringDuration, springForm))
        into.set("max_delay_s", exponential ? 3600 : std::max(into.number("base_delay_s"), into.number("max_delay_s")));
    const double factor = retry.number("randomizedWaitFactor").value_or(0.5);
    into.setWord("jitter", random ? jitterOfFactor(factor) : "none");
    into.setFlag("honour_server_hints", false);
}

void readR4jBreaker(Section &root, Importing &into)
{
    const QString path = root.path(QStringLiteral("circuitbreaker"));
    Section module(root.take("circuitbreaker"), path, into);
    const Input instance = instanceOf(module, path, into);
    Section breaker(&instance, path, into);
    if (!breaker.exists())
        return;
    breaker.take("baseConfig");
    breaker.only("permittedNumberOfCallsInHalfOpenState", 1);
    breaker.only("exponentialBackoffMultiplier", 2);
    static const QRegularExpression timeBased(QStringLiteral("^time[-_]?based$"),
                                              QRegularExpression::CaseInsensitiveOption),
        countBased(QStringLiteral("^count[-_]?based$"),
                   QRegularExpression::CaseInsensitiveOption); // as Spring reads them
    const QString type = breaker.text("slidingWindowType").value_or(QStringLiteral("COUNT_BASED"));
    const int typeLine = breaker.has("slidingWindowType") ? breaker.lastLine() : breaker.line();
    if (type.contains(timeBased)) {
        if (!breaker.set("circuit_window_s", "slidingWindowSize"))
            into.set("circuit_window_s", 100);
    } else if (!type.contains(countBased)) {
        into.fail(breaker.path(QStringLiteral("slidingWindowType")), typeLine,
                  QStringLiteral("Must be COUNT_BASED or TIME_BASED."));
    } else {
        breaker.take("slidingWindowSize");
        into.warn(breaker.path(QStringLiteral("slidingWindowType")), typeLine,
                  QStringLiteral("Counts calls; here a window is a time, and stays as it was."));
    }
    if (!breaker.set("circuit_min_calls", "minimumNumberOfCalls"))
        into.set("circuit_min_calls", 100);
    if (!breaker.set("circuit_failure_ratio", "failureRateThreshold", 0.01))
        into.set("circuit_failure_ratio", 0.5);
    if (!breaker.setDuration("circuit_open_time_s", "waitDurationInOpenState", fromSpringDuration, springForm))
        into.set("circuit_open_time_s", 60);
    const bool grows = breaker.flag("enableExponentialBackoff").value_or(false);
    const auto most = breaker.duration("exponentialMaxWaitDurationInOpenState", fromSpringDuration, springForm);
    into.set("circuit_max_open_time_s", grows ? most.value_or(86400) : into.number("circuit_open_time_s"));
    const double slow =
        breaker.duration("slowCallDurationThreshold", fromSpringDuration, springForm).value_or(60.0);
    if (slow > 3600.0)
        into.set("slow_after_s", 0); // longer than anything is waited for: never
    else
        into.set("slow_after_s", slow);
    const auto share = breaker.number("slowCallRateThreshold");
    if (slow <= 3600.0)
        into.set("slow_ratio", share.value_or(100.0) / 100.0);
}

} // namespace

void readResilience4j(const QByteArray &text, Importing &into)
{
    const auto input = readSpring(text, into);
    if (!input)
        return;
    Section file(&*input, {}, into);
    const Input *all = file.take("resilience4j");
    if (!all)
        return into.fail(QStringLiteral("resilience4j"), 0, QStringLiteral("Is not there."));
    Section root(all, QStringLiteral("resilience4j"), into);
    readR4jRetry(root, into);
    readR4jBreaker(root, into);
    {
        Section module(root.take("bulkhead"), root.path(QStringLiteral("bulkhead")), into);
        const Input instance = instanceOf(module, QStringLiteral("resilience4j.bulkhead"), into);
        Section bulkhead(&instance, QStringLiteral("resilience4j.bulkhead"), into);
        bulkhead.take("baseConfig");
        if (const auto patience = bulkhead.duration("maxWaitDuration", fromSpringDuration, springForm);
            patience && *patience <= 0.0)
            into.warn(bulkhead.path(QStringLiteral("maxWaitDuration")), bulkhead.lastLine(),
                      QStringLiteral("Refuses a call that finds no place; here it waits, within its deadline."));
        bulkhead.set("max_concurrent", "maxConcurrentCalls");
    }
    Section module(root.take("timelimiter"), root.path(QStringLiteral("timelimiter")), into);
    const Input instance = instanceOf(module, QStringLiteral("resilience4j.timelimiter"), into);
    Section limiter(&instance, QStringLiteral("resilience4j.timelimiter"), into);
    limiter.take("baseConfig");
    if (const auto cancels = limiter.flag("cancelRunningFuture"); cancels && !*cancels)
        into.passOver(limiter.path(QStringLiteral("cancelRunningFuture: false")), limiter.lastLine());
    limiter.setDuration("attempt_timeout_s", "timeoutDuration", fromSpringDuration, springForm);
}

} // namespace retryscope::interchange
