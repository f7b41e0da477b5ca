// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "base/timeformat.h"
#include "session.h"
#include "simulationinput.h"
#include "terminal.h"

#include "config/valuetext.h"
#include "simulator/baselines.h"
#include "simulator/certificate.h"
#include "words/certificatewords.h"

#include <QJsonArray>

namespace retryscope::cli {
namespace {

constexpr int mostMachines = 10'000, leastCalls = 100, mostCalls = 1'000'000;
constexpr double leastLoad = 0.001, mostLoad = 100'000;

/// None: it is no time between the two; the sentence has been printed.
std::optional<Duration> timeOption(const QCommandLineParser &parser, const QString &option, Duration least,
                                   Duration most)
{
    const auto value = durationFromText(parser.value(option));
    if (value && *value >= least && *value <= most)
        return *value;
    err(QStringLiteral("--%1 takes a time from %2 to %3, such as 30s; \"%4\" is none.")
            .arg(option, formatDuration(least), formatDuration(most), parser.value(option)));
    return std::nullopt;
}

/// Or the exit code; the sentence has been printed.
Expected<CertificateQuestion, int> questionFrom(const QCommandLineParser &parser)
{
    CertificateQuestion question;
    const auto luck = readLuck(parser);
    const auto service = timeOption(parser, QStringLiteral("service"), 10ms, 10min);
    const auto stall = timeOption(parser, QStringLiteral("stall"), 1s, 10min);
    if (!luck || !service || !stall)
        return Unexpected{int(Usage)};
    const auto machines = wholeNumber(parser.value(QStringLiteral("machines")), 1, mostMachines);
    if (!machines) {
        err(QStringLiteral("--machines takes a number from 1 to %1: how many requests the provider works on at once.")
                .arg(mostMachines));
        return Unexpected{int(Usage)};
    }
    const auto calls = wholeNumber(parser.value(QStringLiteral("calls")), leastCalls, mostCalls);
    if (!calls) {
        err(QStringLiteral("--calls takes a number from %1 to %2.").arg(leastCalls).arg(mostCalls));
        return Unexpected{int(Usage)};
    }
    question.calls = *calls;
    if (parser.isSet(QStringLiteral("load"))) {
        bool ok = false;
        const double load = parser.value(QStringLiteral("load")).toDouble(&ok);
        if (!ok || !(load >= leastLoad && load <= mostLoad)) {
            err(QStringLiteral("--load takes calls a second, from %1 to %2.").arg(leastLoad).arg(mostLoad));
            return Unexpected{int(Usage)};
        }
        question.load = load;
    }
    const auto configuration = readPlayedConfiguration(parser.value(QStringLiteral("config")));
    if (!configuration)
        return Unexpected{int(BadConfiguration)};
    question.policy = policyOf(*configuration, parser.value(QStringLiteral("config")));
    if (parser.isSet(QStringLiteral("sdk")))
        question.policy = plainClient(question.policy.chain);
    question.capacity = {*machines, *service};
    question.stall = *stall;
    question.replications = luck->replications;
    question.seed = luck->seed;
    question.threads = luck->threads;
    return question;
}

QJsonObject formulaJson(const FormulaTime &formula)
{
    switch (formula.kind) {
    case FormulaTime::Kind::Known: return {{QStringLiteral("seconds"), formula.seconds}};
    case FormulaTime::Kind::Never: return {{QStringLiteral("never"), true}};
    case FormulaTime::Kind::NoFormula: break;
    }
    return {{QStringLiteral("none"), true}};
}

QJsonObject answerJson(const QJsonObject &formula, const PlayedAnswer &played, const std::optional<bool> &agrees,
                       const std::optional<CertificateKnob> &knob)
{
    QJsonObject answer{{QStringLiteral("formula"), formula},
                       {QStringLiteral("played"), estimateJson(played.value)},
                       {QStringLiteral("happened"), played.happened}};
    if (played.open > 0) {
        answer[QStringLiteral("not_over_yet")] = played.open;
        answer[QStringLiteral("more_than_s")] = played.cutAfter;
    }
    if (agrees)
        answer[QStringLiteral("agrees")] = *agrees;
    if (knob)
        answer[QStringLiteral("knob")] = QJsonObject{{QStringLiteral("field"), QLatin1String(knob->field)},
                                                     {QStringLiteral("from"), knob->from},
                                                     {QStringLiteral("to"), knob->to},
                                                     {QStringLiteral("then"), estimateJson(knob->then)}};
    return answer;
}

QJsonObject json(const CertificateQuestion &question, const Certificate &c)
{
    const CertificateFormulas &f = c.formulas;
    QJsonObject loadFormula{{QStringLiteral("bound"), toKey(f.bound)}};
    if (f.safeLoad)
        loadFormula[QStringLiteral("per_second")] = *f.safeLoad;
    return {{QStringLiteral("kind"), QStringLiteral("certificate")},
            {QStringLiteral("overloaded"), c.isOverloaded()},
            {QStringLiteral("machines"), question.capacity.machines},
            {QStringLiteral("service_s"), toSeconds(question.capacity.service)},
            {QStringLiteral("stall_s"), toSeconds(question.stall)},
            {QStringLiteral("load"), c.load},
            {QStringLiteral("carried"), f.carried},
            {QStringLiteral("patience_s"), toSeconds(f.patience)},
            {QStringLiteral("storm_free"), f.stormFree},
            {QStringLiteral("replications"), c.replications},
            {QStringLiteral("seed"), seedJson(question.seed)},
            {QStringLiteral("safe_load"), answerJson(loadFormula, c.safeLoad, loadAgrees(c), c.loadKnob)},
            {QStringLiteral("trigger"),
             answerJson(formulaJson(c.triggerFormula), c.trigger, triggerAgrees(c), c.triggerKnob)},
            {QStringLiteral("recovery"),
             answerJson(formulaJson(c.recoveryFormula), c.recovery, recoveryAgrees(c), c.recoveryKnob)},
            {QStringLiteral("sentences"), QJsonArray::fromStringList(tellCertificate(question, c))}};
}

} // namespace

int certify(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Certifies a configuration in front of a provider of stated capacity: the largest load that is "
                       "safe, the smallest stall that tips it into a storm, how long it takes to recover, and the knob "
                       "that moves each; by formula where there is one, and played."));
    addConfigurationOption(parser);
    parser.addOptions(
        {{QStringLiteral("machines"), QStringLiteral("Requests that the provider works on at once; default: 20."),
          QStringLiteral("N"), QStringLiteral("20")},
         {QStringLiteral("service"), QStringLiteral("Mean time that one takes; default: 1s."), QStringLiteral("TIME"),
          QStringLiteral("1s")},
         {QStringLiteral("stall"), QStringLiteral("The longest stall that is looked at; default: 30s."),
          QStringLiteral("TIME"), QStringLiteral("30s")},
         {QStringLiteral("calls"),
          QStringLiteral("How long a day is after the stall, in calls that the provider could serve; default: 10000."),
          QStringLiteral("N"), QStringLiteral("10000")},
         {QStringLiteral("load"),
          QStringLiteral("Calls a second for trigger and recovery; default: 0.7 of what is carried."),
          QStringLiteral("N")},
         {QStringLiteral("sdk"), QStringLiteral("Certify what the vendors' SDKs do by default instead.")}});
    addLuckOptions(parser, CertificateQuestion().replications);
    if (const auto code = parse(parser, arguments))
        return *code;
    if (const auto code = refuseWords(parser, "certify"))
        return *code;
    const auto question = questionFrom(parser);
    if (!question)
        return question.error();
    const Certificate certificate = retryscope::certify(*question, {}, [] { return stopRequested(); });
    if (!certificate.complete) {
        err(QStringLiteral(
                "The certificate was stopped after %1 days. None of its searches is told: half of one says nothing.")
                .arg(certificate.runs));
        return Stopped;
    }
    if (parser.isSet(QStringLiteral("json")))
        return out(line(json(*question, certificate))) ? Ok : OutputClosed;
    const QString text = tellCertificate(*question, certificate).join(QStringLiteral("\n\n"));
    return out(QStringLiteral("%1\n\nPlayed %2 days, seed %3; each value with its 95 % interval.\n")
                   .arg(text)
                   .arg(certificate.runs)
                   .arg(question->seed))
               ? Ok
               : OutputClosed;
}

} // namespace retryscope::cli
