// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/lintwords.h"

#include "base/timeformat.h"
#include "engine/targets.h"
#include "words/labels.h"

namespace retryscope {
namespace {

QString lintRate(double perSecond) { return QString::number(perSecond, 'g', 3); }

/// By rule. %1: the limit, %2: what it is compared with, %3: attempts that are made, %4: that may be made, %5: the reason.
constexpr std::array<const char *, lintRuleCount> lintTexts{
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "The deadline of %1 is shorter than the shortest attempt of %2, so no call is ever tried. Raise the "
        "deadline."),
    QT_TRANSLATE_NOOP("retryscope::Words",
                      "No second attempt fits the deadline of %1, even where the first one fails at once. Raise the "
                      "deadline, shorten the waits, or set max attempts to 1."),
    QT_TRANSLATE_NOOP("retryscope::Words",
                      "Of %4 attempts at most %3 fit the deadline of %1, even where each fails at once. Raise the "
                      "deadline, shorten the waits, or lower max attempts."),
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "A provider that stays silent takes the whole deadline of %1, and nobody else is asked. Keep time "
        "for failover, or shorten the first-token timeout."),
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "A failing first provider uses up all %3 attempts, and the next one, which is well, is not asked. "
        "Lower attempts per provider, or raise max attempts."),
    QT_TRANSLATE_NOOP("retryscope::Words",
                      "Retry share and retry floor are both 0, so no retry is ever made, whatever max attempts says. "
                      "Raise one of them, or set attempts per provider to 1."),
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "The retry share allows every retry that max attempts allows, so it never holds one back, and in an "
        "outage the load doubles. A share of 0.1 to 0.2 ends a storm."),
    QT_TRANSLATE_NOOP("retryscope::Words", "%1"), // made of its own words
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "This rule repeats a prompt at an account whose quota is used up: it is refused again, and no retry "
        "brings it back. Let it fail over instead."),
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "The server's word on when to come back is not obeyed, so retries meet the same spent limit again "
        "and count against it. Obey Retry-After."),
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "%4 attempts after \"%5\" have no effect: another attempt on the same provider is never made there. "
        "Remove the value."),
    QT_TRANSLATE_NOOP("retryscope::Words",
                      "With a base delay of 0 each retry comes at once, into the trouble that the attempt before met. "
                      "Begin with half a second."),
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "The first-token timeout of %1 never ends an attempt: the attempt timeout of %2 comes first. Lower "
        "the one or raise the other."),
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "The connect timeout of %1 never ends an attempt: the attempt timeout of %2 comes first. Lower the "
        "one or raise the other."),
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "The idle timeout of %1 never ends a stream: the stream timeout of %2 comes first. Lower the one or "
        "raise the other."),
    QT_TRANSLATE_NOOP("retryscope::Words",
                      "No answer is ever counted as slow: after %1 it would be, but the attempt timeout ends it at %2. "
                      "Lower slow after."),
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "One failure among %4 calls opens the circuit, and a provider that is well is shut out with it. Raise "
        "min calls or the failure ratio."),
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "A provider that is back may stay shut for up to %1, since nothing asks before a caller may. Turn the "
        "free probe on, or lower max open time."),
    QT_TRANSLATE_NOOP(
        "retryscope::Words",
        "Repeats need an idempotency key, and no enabled provider takes one, so a maybe-delivered attempt is "
        "never repeated. Choose stop, or name the key's header."),
};

} // namespace

QString lintText(const LintFinding &f)
{
    if (f.rule == LintRule::BudgetCannotSave)
        return Words::tr(
                   "%1 calls a second and a retry share of %2 make up to %3 attempts a second, more than the %4 that "
                   "are served: the budget cannot end a storm. Up to a share of %5 it can.")
            .arg(lintRate(f.load), QString::number(f.share, 'g', 2), lintRate(f.load * (1 + f.share)),
                 lintRate(f.capacity), QString::number(std::floor((f.capacity / f.load - 1) * 100) / 100, 'g', 2));
    if (f.rule == LintRule::OneFailureOpens && f.allowed == 1)
        return Words::tr("A single failure opens the circuit, and a provider that is well is shut out with it. Raise min "
                         "calls.");
    QString text = Words::tr(lintTexts[std::size_t(f.rule)]);
    const std::array<QString, 5> values{formatDuration(f.limit), formatDuration(f.other), QString::number(f.made),
                                        QString::number(f.allowed), inSentence(f.reason)};
    for (std::size_t i = 0; i < values.size(); ++i)
        text.replace(QStringLiteral("%%1").arg(i + 1), values[i]);
    return text;
}

ConfigIssues lintIssues(const Configuration &configuration, const std::optional<LintLoad> &load)
{
    ConfigIssues issues;
    if (hasErrors(validate(configuration)))
        return issues;
    for (const LintFinding &f : lint(configuration.retry, targetsFor(configuration, {}), configuration.rules, load))
        issues.append({f.where, lintText(f), ConfigIssue::Severity::Warning});
    return issues;
}

std::optional<LintLoad> lintLoad(const Scenario &scenario)
{
    if (scenario.workload.kind == Workload::Kind::Agents || scenario.workload.kind == Workload::Kind::Trace
        || scenario.models.isEmpty())
        return std::nullopt;
    const ProviderModel &first = scenario.models.first();
    if (first.capacity.machines > 0 && first.capacity.service > 0s)
        return LintLoad{scenario.workload.perSecond, first.capacity.machines / toSeconds(first.capacity.service)};
    if (first.quota.requestsPerMinute > 0)
        return LintLoad{scenario.workload.perSecond, first.quota.requestsPerMinute / 60 - first.quota.othersPerSecond};
    return std::nullopt;
}

} // namespace retryscope
