// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/simulationwords.h"

#include "config/retryfields.h"
#include "words/labels.h"

#include <cmath>

namespace retryscope {
namespace {

enum class Unit : quint8 { Share, Seconds, Times, Tokens, Dollars };

struct MeasureWords
{
    const char *label;
    Unit unit;
};
constexpr MeasureWords measures[measureCount] = {
    {QT_TRANSLATE_NOOP("retryscope::Words", "calls answered"), Unit::Share},
    {QT_TRANSLATE_NOOP("retryscope::Words", "p50 of answers"), Unit::Seconds},
    {QT_TRANSLATE_NOOP("retryscope::Words", "p95 of answers"), Unit::Seconds},
    {QT_TRANSLATE_NOOP("retryscope::Words", "p99 of answers"), Unit::Seconds},
    {QT_TRANSLATE_NOOP("retryscope::Words", "attempts a call"), Unit::Times},
    {QT_TRANSLATE_NOOP("retryscope::Words", "failovers a call"), Unit::Times},
    {QT_TRANSLATE_NOOP("retryscope::Words", "peak load, times mean calls"), Unit::Times},
    {QT_TRANSLATE_NOOP("retryscope::Words", "attempts refused by a limit"), Unit::Share},
    {QT_TRANSLATE_NOOP("retryscope::Words", "tokens a call for nothing"), Unit::Tokens},
    {QT_TRANSLATE_NOOP("retryscope::Words", "last failure after the fault"), Unit::Seconds},
    {QT_TRANSLATE_NOOP("retryscope::Words", "US$ for 1,000 calls"), Unit::Dollars},
    {QT_TRANSLATE_NOOP("retryscope::Words", "US$ for 1,000 calls, for nothing"), Unit::Dollars},
    {QT_TRANSLATE_NOOP("retryscope::Words", "tasks answered whole"), Unit::Share},
    {QT_TRANSLATE_NOOP("retryscope::Words", "p50 of whole tasks"), Unit::Seconds},
    {QT_TRANSLATE_NOOP("retryscope::Words", "wait for a slot, a call"), Unit::Seconds},
};

constexpr const char *faultModes[faultModeCount] = {
    QT_TRANSLATE_NOOP("retryscope::Words", "connection refused"), QT_TRANSLATE_NOOP("retryscope::Words", "no answer"),
    QT_TRANSLATE_NOOP("retryscope::Words", "server errors"),      QT_TRANSLATE_NOOP("retryscope::Words", "overloaded"),
    QT_TRANSLATE_NOOP("retryscope::Words", "rate limited"),       QT_TRANSLATE_NOOP("retryscope::Words", "quota used up"),
    QT_TRANSLATE_NOOP("retryscope::Words", "key refused"),        QT_TRANSLATE_NOOP("retryscope::Words", "model gone"),
    QT_TRANSLATE_NOOP("retryscope::Words", "slow"),               QT_TRANSLATE_NOOP("retryscope::Words", "streams cut"),
    QT_TRANSLATE_NOOP("retryscope::Words", "unreadable answers"), QT_TRANSLATE_NOOP("retryscope::Words", "stalled"),
};
constexpr const char *workloadKinds[] = {
    QT_TRANSLATE_NOOP("retryscope::Words", "independent callers"), QT_TRANSLATE_NOOP("retryscope::Words", "irregular gaps"),
    QT_TRANSLATE_NOOP("retryscope::Words", "bursts"),              QT_TRANSLATE_NOOP("retryscope::Words", "a day's wave"),
    QT_TRANSLATE_NOOP("retryscope::Words", "agents"),              QT_TRANSLATE_NOOP("retryscope::Words", "recorded calls"),
};

struct ClientWords
{
    const char *label, *about;
};
constexpr ClientWords clients[namedClientCount] = {
    {QT_TRANSLATE_NOOP("retryscope::Words", "plain SDK client"),
     QT_TRANSLATE_NOOP("retryscope::Words", "What the vendors' SDKs do by default, on the first provider alone: two "
                                            "retries, no circuits, no budget.")},
    {QT_TRANSLATE_NOOP("retryscope::Words", "no retry"),
     QT_TRANSLATE_NOOP("retryscope::Words", "One attempt on the first provider.")},
    {QT_TRANSLATE_NOOP("retryscope::Words", "AWS SDK, standard mode"),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "Three attempts after short waits; a retry costs 14 of 500 tokens, 5 after a rate limit, and "
                       "comes back with its success. AWS's default since November 2026.")},
    {QT_TRANSLATE_NOOP("retryscope::Words", "AWS SDK, standard mode before"),
     QT_TRANSLATE_NOOP("retryscope::Words", "Three attempts, waits from 1 s; a retry costs 5 of 500 tokens, 10 after a "
                                            "timeout. AWS's standard mode until November 2026.")},
    {QT_TRANSLATE_NOOP("retryscope::Words", "AWS SDK, adaptive mode"),
     QT_TRANSLATE_NOOP("retryscope::Words", "AWS's standard mode; after a rate limit every attempt, first ones too, "
                                            "waits for a rate that falls to 0.7 and grows back.")},
    {QT_TRANSLATE_NOOP("retryscope::Words", "gRPC retry throttling"),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "Four attempts after at most 1 s; a failure takes one of 10 tokens, a success gives 0.1, and "
                       "nothing is retried while half of them or fewer are left.")},
    {QT_TRANSLATE_NOOP("retryscope::Words", "SRE adaptive throttling"),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "A plain SDK client that refuses its own attempts, first ones too, beyond twice what was "
                       "answered in the last two minutes, as Google's SRE book has it.")},
    {QT_TRANSLATE_NOOP("retryscope::Words", "hedged after the 95th percentile"),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "A plain SDK client that sends a second copy of the slowest 5 % of its attempts, keeps the "
                       "answer that begins first and cancels the other, as The Tail at Scale has it.")},
    {QT_TRANSLATE_NOOP("retryscope::Words", "hedged after 2 s"),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "A plain SDK client that sends a second copy of an attempt whose answer has not begun after "
                       "2 s, the delay of Polly's hedging, and cancels the later one.")},
    {QT_TRANSLATE_NOOP("retryscope::Words", "quickest provider first (Peak EWMA)"),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "A plain SDK client over all providers that asks whoever was quickest of late and has the "
                       "fewest requests, as Finagle's balancer does. It has no circuits: who fails fast looks quick.")},
};

/// Shares are percent, and money is told for a thousand calls.
double scaleOf(Unit unit) { return unit == Unit::Share ? 100.0 : unit == Unit::Dollars ? 1'000.0 : 1.0; }

/// So many digits that the interval's own two can be seen.
int decimalsFor(double halfWidth, Unit unit)
{
    const int most = unit == Unit::Tokens ? 0 : unit == Unit::Share ? 3 : unit == Unit::Dollars ? 4 : 2;
    if (halfWidth <= 0.0)
        return most;
    return std::clamp(1 - int(std::floor(std::log10(halfWidth))), 0, most);
}

/// What a field may be: "one of none, full", "true or false", "from 0 to 600".
QString rangeText(const RetryConfigField &field)
{
    if (field.kind == FieldKind::Switch)
        return Words::tr("true or false");
    if (field.kind == FieldKind::Choice) {
        QStringList words;
        for (const char *choice : field.choices)
            words << QLatin1String(choice);
        return Words::tr("one of %1").arg(words.join(QStringLiteral(", ")));
    }
    return Words::tr("from %1 to %2").arg(valueText(field, field.minimum), valueText(field, field.maximum));
}

QString fieldKeys()
{
    QStringList keys;
    for (const RetryConfigField &field : retryConfigFields())
        keys << QLatin1String(field.key);
    return keys.join(QStringLiteral(", "));
}

} // namespace

QString label(Measure measure) { return Words::tr(measures[int(measure)].label); }

QString label(FaultMode mode) { return Words::tr(faultModes[int(mode)]); }
QString label(Workload::Kind kind) { return Words::tr(workloadKinds[int(kind)]); }

QString headline(const Scenario &scenario)
{
    return scenario.about.isEmpty() ? scenario.name : Words::tr("%1: %2").arg(scenario.name, scenario.about);
}

QString label(NamedClient client) { return Words::tr(clients[int(client)].label); }
QString about(NamedClient client) { return Words::tr(clients[int(client)].about); }

QString habitText(const ProviderModel &model)
{
    QStringList said;
    const auto say = [&said](const QString &text, double value) { said << text.arg(value, 0, 'g', 4); };
    if (model.quota.requestsPerMinute > 0)
        say(Words::tr("%1 requests/min"), model.quota.requestsPerMinute);
    if (model.quota.tokensPerMinute > 0)
        say(Words::tr("%1 tokens/min"), model.quota.tokensPerMinute);
    if (model.quota.othersPerSecond > 0)
        say(Words::tr("%1 requests/s of others"), model.quota.othersPerSecond);
    if (model.capacity.machines > 0)
        say(Words::tr("%1 at once"), model.capacity.machines);
    if (model.failureShare > 0)
        say(Words::tr("%1 % fail"), model.failureShare * 100);
    if (model.cutPerToken > 0)
        say(Words::tr("a cut in %1 tokens"), std::round(1 / model.cutPerToken));
    if (model.latency.firstToken != LatencyModel{}.firstToken)
        say(Words::tr("first token %1 s"), toSeconds(model.latency.firstToken));
    if (model.latency.tokensPerSecond != LatencyModel{}.tokensPerSecond)
        say(Words::tr("%1 tokens/s"), model.latency.tokensPerSecond);
    return said.join(QStringLiteral(", "));
}

QString withoutValue(Measure measure)
{
    return measure == Measure::Recovery ? Words::tr("no fault ends") : Words::tr("none");
}

QString estimateText(Measure measure, const std::optional<Estimate> &value, const std::optional<Estimate> &difference)
{
    if (!value)
        return withoutValue(measure);
    const Unit unit = measures[int(measure)].unit;
    const double scale = scaleOf(unit);
    const double half = value->halfWidth.value_or(0.0) * scale;
    const int decimals = decimalsFor(half, unit);
    QString text = QString::number(value->mean * scale, 'f', decimals);
    text += unit == Unit::Share ? QStringLiteral(" %") : unit == Unit::Seconds ? QStringLiteral(" s") : QString();
    if (value->halfWidth)
        text += QStringLiteral(" ± %1").arg(half, 0, 'f', decimals);
    return difference && isNone(*difference) ? text + QStringLiteral(" ~") : text;
}

QString differenceText(Measure measure, const std::optional<Estimate> &difference)
{
    if (!difference)
        return Words::tr("not comparable");
    if (isNone(*difference))
        return Words::tr("no difference seen");
    const Unit unit = measures[int(measure)].unit;
    const double half = difference->halfWidth.value_or(0.0) * scaleOf(unit);
    constexpr int most = 4; // a difference may be known far better than either value
    const int decimals = half > 0.0 ? std::clamp(1 - int(std::floor(std::log10(half))), 0, most) : 2;
    const QString by = QString::number(std::abs(difference->mean) * scaleOf(unit), 'f', decimals)
                       + (unit == Unit::Share     ? Words::tr(" points")
                          : unit == Unit::Seconds ? QStringLiteral(" s")
                                                  : QString());
    return (difference->mean > 0 ? Words::tr("%1 more ± %2") : Words::tr("%1 less ± %2"))
        .arg(by)
        .arg(half, 0, 'f', decimals);
}

QString tooManyCallsText()
{
    return QStringLiteral("A day of this scenario makes more than %1 million calls, the most that is played. Let agents pause, "
                          "lower the rate, or shorten the day.")
        .arg(mostPlayedCalls / 1'000'000);
}

QString sentence(const SweepProblem &problem)
{
    using Kind = SweepProblem::Kind;
    const QString key = problem.field ? QLatin1String(problem.field->key) : QString();
    const QString range = problem.field ? rangeText(*problem.field) : QString();
    switch (problem.kind) {
    case Kind::NoAssignment:
        return Words::tr("\"%1\" names no field. Write FIELD=VALUE,VALUE,... or FIELD=FROM..TO:STEPS.")
            .arg(problem.what);
    case Kind::UnknownField:
        return Words::tr("There is no field \"%1\". The fields are: %2.").arg(problem.what, fieldKeys());
    case Kind::NoValue: return Words::tr("A value of %1 is missing. It is %2.").arg(key, range);
    case Kind::NotAValue: return Words::tr("\"%1\" is no value of %2. It is %3.").arg(problem.what, key, range);
    case Kind::NotWhole: return Words::tr("%1 takes whole numbers, %2; \"%3\" is none.").arg(key, range, problem.what);
    case Kind::OutOfRange: return Words::tr("%1 cannot be %2. It is %3.").arg(key, problem.what, range);
    case Kind::EmptyRange:
        return Words::tr("The range %1 of %2 is empty. Let it end above where it begins.").arg(problem.what, key);
    case Kind::NoSteps:
        return Words::tr(
                   "The range %1 of %2 says not how many values it has. Write FROM..TO:STEPS, from 2 to %3 steps.")
            .arg(problem.what, key)
            .arg(mostSweptValues);
    case Kind::WordsAreNamed:
        return Words::tr("%1 has no range: name its values, %2, with commas between them.").arg(key, range);
    case Kind::TooMany:
        return Words::tr("Those are too many values of %1. At most %2 are played.").arg(key).arg(mostSweptValues);
    case Kind::Contradiction:
        return Words::tr("%1 cannot be %2 beside the rest of the configuration: %3")
            .arg(key, problem.what, problem.why);
    }
    return {};
}

} // namespace retryscope
