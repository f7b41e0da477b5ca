// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/targets.h"

#include <algorithm>

namespace retryscope::interchange {
namespace {

constexpr char retryAfterClass[] = R"(

def status_of(error):
    """The HTTP status that an SDK's or an HTTP library's error carries, if any."""
    response = getattr(error, "response", None)
    return getattr(error, "status_code", None) or getattr(response, "status_code", None)


def retry_after(error):
    """The seconds that the server asks to wait, if it does."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return float(headers.get("retry-after"))
    except (TypeError, ValueError):
        return None


def is_retryable(error):
    """A status of the list, or no answer at all."""
    status = status_of(error)
    if status is not None:
        return status in RETRIED_STATUSES
    return isinstance(error, ConnectionError) or type(error).__name__ in ("APIConnectionError", "ConnectError")


class RetryAfterWait(tenacity.wait.wait_base):
    """At least what the server asks for, up to `cap` seconds (None: that is not read), else another wait."""

    def __init__(self, other, cap=None, rate_limit_delay=0):
        self.other = other
        self.cap = cap
        self.rate_limit_delay = rate_limit_delay

    def __call__(self, retry_state):
        error = retry_state.outcome.exception()
        wait = self.other(retry_state)
        hint = retry_after(error)
        if hint is not None and self.cap is not None:
            return max(wait, min(hint, self.cap))
        if self.rate_limit_delay and status_of(error) == 429:
            return self.rate_limit_delay
        return wait


)";

QString tenacityCall(const char *name, const QVector<std::pair<const char *, double>> &values)
{
    QStringList all;
    for (const auto &[key, value] : values)
        all << QLatin1String(key) + QLatin1Char('=') + numeral(value);
    return QStringLiteral("tenacity.%1(%2)").arg(QLatin1String(name), all.join(QStringLiteral(", ")));
}

/// The share of a wait that is certain; the rest is spread.
double certainShare(JitterKind jitter)
{
    switch (jitter) {
    case JitterKind::None: return 1.0;
    case JitterKind::Equal: return 0.5;
    case JitterKind::Proportional: return 0.75;
    case JitterKind::Full:
    case JitterKind::Decorrelated: break;
    }
    return 0.0;
}
const char *jitterOfShare(double share) { return share >= 0.99 ? "none" : share > 0.6 ? "proportional" : share > 0.2 ? "equal" : "full"; }

QString exponentialWait(const RetryConfig &c, double share)
{
    const double base = toSeconds(c.baseDelay), cap = toSeconds(c.maxDelay);
    const auto part = [&](const char *name, double of) {
        return tenacityCall(name, {{"multiplier", base * of}, {"max", cap * of}, {"exp_base", c.exponentialBase}});
    };
    if (share >= 1.0)
        return part("wait_exponential", 1.0);
    return share > 0.0 ? part("wait_exponential", share) + QStringLiteral(" + ")
                             + part("wait_random_exponential", 1.0 - share)
                       : part("wait_random_exponential", 1.0);
}

/// The waits without the server's word.
QString writeWait(LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    const double base = toSeconds(c.baseDelay), cap = toSeconds(c.maxDelay), share = certainShare(c.jitter);
    const char *jitter = jitterOfShare(share);
    QString wait;
    if (cap <= 0.0) {
        wait = QStringLiteral("tenacity.wait_none()");
        for (const char *field : {"backoff", "jitter", "exponential_base"})
            record.about(field, QJsonValue::Undefined, wait, "There is no wait at all.");
    } else if (c.backoff == BackoffKind::Exponential) {
        wait = exponentialWait(c, share);
    } else if (c.backoff == BackoffKind::Linear) {
        wait = tenacityCall("wait_incrementing", {{"start", base}, {"increment", base}, {"max", cap}});
        jitter = "none";
    } else if (share >= 1.0 || base <= 0.0) {
        wait = tenacityCall("wait_fixed", {{"wait", base}});
        jitter = "none";
    } else {
        wait = tenacityCall("wait_random", {{"min", base * share}, {"max", base}});
    }
    record.kept("backoff", record.ours("backoff"), wait);
    record.kept("base_delay_s", base, wait);
    record.kept("exponential_base", c.exponentialBase, wait);
    record.kept("max_delay_s", cap, wait);
    record.kept("jitter", QLatin1String(jitter), wait,
                c.backoff == BackoffKind::Linear ? "A wait that grows by the same each time is not spread."
                                                 : "It is spread from 0, without the wait before.");
    return wait;
}

QString writeServerWait(const QString &wait, LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    const double cap = toSeconds(c.serverHintCap), limited = toSeconds(c.rateLimitDelay);
    const QString capText = c.honourServerHints ? numeral(cap) : QStringLiteral("None");
    record.kept("honour_server_hints", c.honourServerHints, said("RetryAfterWait cap", capText));
    record.about("server_hint_cap_s", cap, said("RetryAfterWait cap", capText),
                 "A longer wait is cut to it there; here the provider is left until then.");
    record.kept("rate_limit_delay_s", limited, said("rate_limit_delay", limited));
    if (!c.honourServerHints && limited <= 0.0)
        return wait;
    return QStringLiteral("RetryAfterWait(\n        %1,\n        cap=%2,\n        rate_limit_delay=%3,\n    )")
        .arg(wait, capText, numeral(limited));
}

} // namespace

WrittenBody writeTenacity(LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    QStringList statuses;
    for (const int status : retriedStatuses(c))
        statuses << QString::number(status);
    recordStatuses(record, "RETRIED_STATUSES");
    const double deadline = toSeconds(c.deadline);
    const QString stop = QStringLiteral("tenacity.stop_after_attempt(%1) | tenacity.stop_after_delay(%2)")
                             .arg(c.maxAttempts)
                             .arg(numeral(deadline));
    record.kept("max_attempts", c.maxAttempts, QStringLiteral("stop_after_attempt(%1)").arg(c.maxAttempts));
    record.about("deadline_s", deadline, QStringLiteral("stop_after_delay(%1)").arg(numeral(deadline)),
                 "It is looked at after an attempt there: what is under way is not ended, and a wait may go beyond it.");
    const QString wait = writeServerWait(writeWait(record), record);
    const QString text = QStringLiteral("# Put @llm_retry before a function that asks a model, and set max_retries=0 in its SDK.\n"
                                        "import tenacity\n\nRETRIED_STATUSES = [%1]\n")
                             .arg(statuses.join(QStringLiteral(", ")))
        + QLatin1String(retryAfterClass)
        + QStringLiteral("llm_retry = tenacity.retry(\n    stop=%1,\n    wait=%2,\n"
                         "    retry=tenacity.retry_if_exception(is_retryable),\n    reraise=True,\n)\n")
              .arg(stop, wait);
    record.lost("attempts_per_provider", "There is no failover to another provider.");
    record.noProviders("The file holds a policy: addresses, models and keys stay with the client.");
    return {text.toUtf8(), c.maxAttempts - 1};
}

namespace {

QString bare(const QString &callee) { return callee.section(QLatin1Char('.'), -1); }
bool isCall(const Input &in, const char *name)
{
    return in.kind == Input::Kind::Map && bare(in.text) == QLatin1String(name);
}

/// As it stands in the file, or nearly.
QString spelled(const Input &in)
{
    QStringList parts;
    for (const Input &item : in.items)
        parts << spelled(item);
    if (in.kind == Input::Kind::List)
        return parts.join(in.text.isEmpty() ? QStringLiteral(", ") : QLatin1Char(' ') + in.text + QLatin1Char(' '));
    for (const auto &[key, value] : in.members)
        parts << key + QLatin1Char('=') + spelled(value);
    return in.kind == Input::Kind::Map
               ? bare(in.text) + QLatin1Char('(') + parts.join(QStringLiteral(", ")) + QLatin1Char(')')
               : in.text;
}

/// What an export writes: the statuses of the list, or no answer.
bool isOurRule(const Input &rule)
{
    return isCall(rule, "retry_if_exception") && rule.items.size() == 1
           && rule.items.first().text == QLatin1String("is_retryable");
}

/// An argument by its name or its place.
std::optional<double> argument(const Input &call, const char *name, qsizetype place)
{
    const Input *value = call.member(QLatin1String(name));
    if (!value && place < call.items.size())
        value = &call.items[place];
    bool ok = false;
    const double number = value && value->kind == Input::Kind::Plain ? value->text.toDouble(&ok) : 0.0;
    return ok && number >= 0.0 ? std::optional(number) : std::nullopt;
}

QVector<Input> partsOf(const Input &in, char sign)
{
    return in.kind == Input::Kind::List && in.text == QLatin1Char(sign) ? in.items : QVector<Input>{in};
}

struct ReadWait { double certain = 0, spread = 0, certainCap = 0, spreadCap = 0, growth = 2; };

void readExponential(const QVector<Input> &parts, Importing &into)
{
    ReadWait read;
    for (const Input &part : parts) {
        const bool random = isCall(part, "wait_random_exponential");
        (random ? read.spread : read.certain) = argument(part, "multiplier", 0).value_or(1.0);
        (random ? read.spreadCap : read.certainCap) = argument(part, "max", 1).value_or(3600.0);
        read.growth = argument(part, "exp_base", 2).value_or(2.0);
        if (const auto least = argument(part, "min", 3); least && *least > 0.0)
            into.passOver(QStringLiteral("wait: min"), part.line);
    }
    const double cap = read.certainCap + read.spreadCap;
    into.setWord("backoff", "exponential");
    into.set("base_delay_s", read.certain + read.spread, QStringLiteral("wait: multiplier"), parts.first().line);
    into.set("max_delay_s", std::min(3600.0, cap));
    into.set("exponential_base", read.growth, QStringLiteral("wait: exp_base"), parts.first().line);
    into.setWord("jitter", jitterOfShare(cap > 0.0 ? read.certainCap / cap : 1.0));
}

bool isExponential(const Input &part)
{
    return isCall(part, "wait_exponential") || isCall(part, "wait_random_exponential");
}

void readWait(const Input &wait, Importing &into)
{
    const QVector<Input> parts = partsOf(wait, '+');
    const Input &first = parts.first();
    if (std::all_of(parts.begin(), parts.end(), isExponential))
        return readExponential(parts, into);
    if (parts.size() == 1 && isCall(first, "wait_none")) {
        into.set("base_delay_s", 0);
        into.set("max_delay_s", 0);
    } else if (parts.size() == 1 && isCall(first, "wait_fixed")) {
        into.setWord("backoff", "constant");
        into.setWord("jitter", "none");
        into.set("base_delay_s", argument(first, "wait", 0).value_or(1.0), QStringLiteral("wait"), first.line);
    } else if (parts.size() == 1 && isCall(first, "wait_random")) {
        const double most = argument(first, "max", 1).value_or(1.0);
        into.setWord("backoff", "constant");
        into.setWord("jitter", jitterOfShare(most > 0.0 ? argument(first, "min", 0).value_or(0.0) / most : 1.0));
        into.set("base_delay_s", most, QStringLiteral("wait"), first.line);
    } else if (parts.size() == 1 && isCall(first, "wait_incrementing")) {
        into.setWord("backoff", "linear");
        into.setWord("jitter", "none");
        into.set("base_delay_s", argument(first, "increment", 1).value_or(100.0), QStringLiteral("wait"), first.line);
        into.set("max_delay_s", std::min(3600.0, argument(first, "max", 2).value_or(3600.0)));
    } else {
        return into.fail(QStringLiteral("wait"), wait.line,
                         QStringLiteral("Is none of wait_exponential, wait_random_exponential, their sum, wait_random, "
                                        "wait_fixed, wait_incrementing and wait_none."));
    }
    into.set("max_delay_s", std::max(into.number("max_delay_s"), into.number("base_delay_s")));
}

void readStop(const Input *stop, Importing &into)
{
    bool attempts = false;
    for (const Input &part : stop ? partsOf(*stop, '|') : QVector<Input>()) {
        if (const auto count = isCall(part, "stop_after_attempt") ? argument(part, "max_attempt_number", 0) : std::nullopt) {
            into.set("max_attempts", std::floor(*count), QStringLiteral("stop_after_attempt"), part.line);
            attempts = true;
        } else if (const auto delay = isCall(part, "stop_after_delay") ? argument(part, "max_delay", 0) : std::nullopt) {
            into.set("deadline_s", *delay, QStringLiteral("stop_after_delay"), part.line);
        } else {
            into.passOver(QStringLiteral("stop: ") + part.text.left(60), part.line);
        }
    }
    if (!attempts) {
        into.set("max_attempts", 20);
        into.warn(QStringLiteral("stop"), stop ? stop->line : 0,
                  QStringLiteral("tenacity repeats for ever without stop_after_attempt: 20 attempts are taken."));
    }
}

} // namespace

void readTenacity(const QByteArray &text, Importing &into)
{
    const auto input = readInput(readSnippet(text, Language::Python), into);
    if (!input)
        return;
    const auto found = std::find_if(input->members.begin(), input->members.end(),
                                    [](const auto &member) { return isCall(member.second, "retry"); });
    if (found == input->members.end())
        return into.fail(QStringLiteral("(file)"), 0,
                         QStringLiteral("Has no call of tenacity's retry(), as a decorator or assigned to a name."));
    Section root(&*input, {}, into);
    applyStatuses(root.list("RETRIED_STATUSES"), QStringLiteral("RETRIED_STATUSES"), into);
    Section retry(root.take(found->first), QStringLiteral("retry"), into);
    if (const Input *rule = retry.take("retry"); rule && !isOurRule(*rule))
        into.passOver(QStringLiteral("retry: ") + spelled(*rule).left(120), rule->line);
    retry.take("reraise");
    readStop(retry.take("stop"), into);
    into.setFlag("honour_server_hints", false);
    into.set("rate_limit_delay_s", 0);
    const Input *wait = retry.take("wait");
    if (!wait) {
        into.set("base_delay_s", 0);
        return into.set("max_delay_s", 0);
    }
    if (!isCall(*wait, "RetryAfterWait") || wait->items.isEmpty())
        return readWait(*wait, into);
    Section server(wait, QStringLiteral("wait"), into);
    if (server.set("server_hint_cap_s", "cap"))
        into.setFlag("honour_server_hints", true);
    server.set("rate_limit_delay_s", "rate_limit_delay");
    readWait(wait->items.first(), into);
}

} // namespace retryscope::interchange
