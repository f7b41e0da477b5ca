// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/certificatewords.h"

#include "base/timeformat.h"
#include "words/labels.h"

#include <cmath>

namespace retryscope {
namespace {

QString plainNumber(double value)
{
    constexpr double exact = 100;
    return QString::number(value, 'f', std::abs(value) >= exact ? 0 : std::abs(value) >= 10 ? 1 : 2);
}

QString plusMinus(const Estimate &value)
{
    const QString mean = plainNumber(value.mean);
    return value.halfWidth ? QStringLiteral("%1 ± %2").arg(mean, plainNumber(*value.halfWidth)) : mean;
}

QString agreement(const std::optional<bool> &agrees)
{
    if (!agrees)
        return {};
    return *agrees ? Words::tr(" Both agree.") : Words::tr(" They do not agree: believe what was played.");
}

QString knobText(const std::optional<CertificateKnob> &knob, int tried, const QString &unit, const QString &gone)
{
    if (!knob && tried == 0)
        return Words::tr(" No field of the configuration bounds it: the provider's capacity and the load do.");
    if (!knob)
        return Words::tr(
            " No field of the configuration that was tried moves it: the provider's capacity and the load do.");
    const QString then = knob->then ? Words::tr("it is %1 %2").arg(plusMinus(*knob->then), unit) : gone;
    return Words::tr(" The knob that moves it is %1: with %2 instead of %3 %4.")
        .arg(QLatin1String(knob->field))
        .arg(knob->to)
        .arg(knob->from)
        .arg(then);
}

QString why(const CertificateQuestion &question, const CertificateFormulas &f)
{
    const RetryConfig &c = *question.policy.config;
    switch (f.bound) {
    case LoadBound::Machines: return Words::tr("that is all the provider carries");
    case LoadBound::Slots:
        return Words::tr("%1 attempts at once (max_concurrent), each of %2")
            .arg(c.maxConcurrent)
            .arg(formatDuration(question.capacity.service));
    case LoadBound::Attempts:
        return Words::tr("while all are too late a call costs %1 attempts, and load times attempts must be served")
            .arg(f.attempts);
    case LoadBound::Budget:
        return Words::tr("the retry budget lets %1 % of calls be repeated, and load times that must be served")
            .arg(100 * c.retryBudgetRatio);
    case LoadBound::ShortStall: return Words::tr("a longer stall would tip less");
    case LoadBound::Herd: break;
    }
    return {};
}

QString clientText(const CertificateQuestion &question, const CertificateFormulas &f)
{
    if (question.policy.plain)
        return Words::tr("The vendors' SDKs let any number of attempts run at once and give one up after %1 without an "
                         "answer.")
            .arg(formatDuration(f.patience));
    return Words::tr("The configuration lets %1 attempts run at once and gives one up after %2 without an answer.")
        .arg(question.policy.config->maxConcurrent)
        .arg(formatDuration(f.patience));
}

QString loadText(const CertificateQuestion &question, const Certificate &c)
{
    const CertificateFormulas &f = c.formulas;
    const QString played = c.safeLoad.value ? plusMinus(*c.safeLoad.value) : Words::tr("none");
    if (!f.safeLoad)
        return Words::tr(
                   "Largest safe load: %1 calls a second, played. There is no formula: more runs at once (%2) than "
                   "is served within the patience of %3 (%4), so what waited for the circuit comes back as a herd.")
            .arg(played)
            .arg(question.policy.config->maxConcurrent)
            .arg(formatDuration(f.patience), plainNumber(f.capacity * toSeconds(f.patience)));
    return Words::tr("Largest safe load: %1 calls a second by formula (%2), %3 played.%4")
        .arg(plainNumber(*f.safeLoad), why(question, f), played, agreement(loadAgrees(c)));
}

QString triggerText(const CertificateQuestion &question, const Certificate &c)
{
    const QString load = plainNumber(c.load), longest = formatDuration(question.stall);
    if (c.isOverloaded())
        return Words::tr("Smallest trigger at %1 calls a second: no stall is needed; only %2 are carried, and ever more wait.")
            .arg(load, plainNumber(c.formulas.carried));
    QString text;
    if (c.trigger.happened == 0 || !c.trigger.value)
        text = Words::tr("Smallest trigger at %1 calls a second: none; no stall up to %2 tips it in any of %3 days.")
                   .arg(load, longest)
                   .arg(c.replications);
    else
        text = Words::tr("Smallest trigger at %1 calls a second: a stall of %2 s tips it, in %3 of %4 days.")
                   .arg(load, plusMinus(*c.trigger.value))
                   .arg(c.trigger.happened)
                   .arg(c.replications);
    switch (c.triggerFormula.kind) {
    case FormulaTime::Kind::Known:
        text += Words::tr(" By formula: %1 s.").arg(plainNumber(c.triggerFormula.seconds));
        break;
    case FormulaTime::Kind::Never: text += Words::tr(" By formula: none."); break;
    case FormulaTime::Kind::NoFormula: text += Words::tr(" There is no formula."); break;
    }
    return text + agreement(triggerAgrees(c));
}

QString recoveryText(const CertificateQuestion &question, const Certificate &c)
{
    const QString stall = formatDuration(question.stall), load = plainNumber(c.load);
    if (c.isOverloaded())
        return Words::tr("Recovery from a stall of %1 at %2 calls a second: none, for the same reason.").arg(stall, load);
    QString text;
    if (c.recovery.open > 0) {
        text =
            Words::tr(
                "Recovery from a stall of %1 at %2 calls a second: more than %3 s; in %4 of %5 days calls are answered "
                "again, but some still waited when the played day was over.")
                .arg(stall, load, plainNumber(c.recovery.cutAfter))
                .arg(c.recovery.open)
                .arg(c.replications);
        if (const int storms = c.replications - c.recovery.open - c.recovery.happened; storms > 0)
            text += Words::tr(" In %1 the storm goes on by itself.").arg(storms);
    } else if (c.recovery.happened == 0 || !c.recovery.value) {
        text = Words::tr("Recovery from a stall of %1 at %2 calls a second: never; the storm goes on by itself.")
                   .arg(stall, load);
    } else {
        text =
            Words::tr("Recovery from a stall of %1 at %2 calls a second: after %3 s no call waits any more, in %4 of "
                      "%5 days.")
                .arg(stall, load, plusMinus(*c.recovery.value))
                .arg(c.recovery.happened)
                .arg(c.replications);
    }
    switch (c.recoveryFormula.kind) {
    case FormulaTime::Kind::Known:
        text += Words::tr(" By formula: %1 s.").arg(plainNumber(c.recoveryFormula.seconds));
        break;
    case FormulaTime::Kind::Never: text += Words::tr(" By formula: never."); break;
    case FormulaTime::Kind::NoFormula: text += Words::tr(" There is no formula."); break;
    }
    return text + agreement(recoveryAgrees(c));
}

} // namespace

QStringList tellCertificate(const CertificateQuestion &question, const Certificate &c)
{
    const CertificateFormulas &f = c.formulas;
    QStringList lines;
    lines << Words::tr("The provider is stated to work on %1 requests at once, each %2 long: %3 calls a second. %4")
                 .arg(question.capacity.machines)
                 .arg(formatDuration(question.capacity.service), plainNumber(f.capacity), clientText(question, f));
    if (f.stormFree)
        lines << Words::tr("It cannot storm: whatever runs at once is served before anybody gives up.");
    lines << loadText(question, c)
                 + knobText(c.loadKnob, c.safeLoad.tried, Words::tr("calls a second"), Words::tr("it is none"));
    QString trigger = triggerText(question, c);
    if (c.trigger.happened > 0)
        trigger += knobText(c.triggerKnob, c.trigger.tried, Words::tr("s"), Words::tr("nothing tips it"));
    lines << trigger;
    QString recovery = recoveryText(question, c);
    if (!c.isOverloaded())
        recovery += knobText(c.recoveryKnob, c.recovery.tried, Words::tr("s"), Words::tr("it never ends"));
    lines << recovery;
    return lines;
}

} // namespace retryscope
