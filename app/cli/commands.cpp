// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "input.h"
#include "session.h"
#include "snippetoutput.h"
#include "terminal.h"

#include "base/writtencost.h"
#include "telemetry/eventjournal.h"
#include "workbench/sessionjson.h"
#include "words/callwords.h"
#include "words/eventwords.h"

#include <QCoreApplication>
#include <QEventLoop>
#include <QJsonArray>
#include <QJsonObject>
#include <QTimer>

#include <span>

#include <unistd.h>

namespace retryscope::cli {
namespace {

void putWords(std::span<const std::pair<const char *, QString>> words, QJsonObject *o)
{
    for (const auto &[key, word] : words) {
        if (!word.isEmpty())
            (*o)[QLatin1String(key)] = word;
    }
}

/// Why the model stopped, how the answer ended, and what it holds beside its text.
void describeAnswer(const CallResult &r, QJsonObject *o)
{
    const AnswerTraits &a = r.answer;
    const std::pair<const char *, QString> words[] = {
        {"finish", retryscope::toKey(a.finish)}, {"finish_reason", a.finishReason},
        {"ended_by", retryscope::toKey(a.end)},  {"note", answerNote(r)},
        {"reasoning", r.content.reasoning},      {"refusal", r.content.refusal}};
    putWords(words, o);
    const std::pair<const char *, std::optional<int>> counts[] = {
        {"tokens_in", r.tokensIn},
        {"tokens_out", r.tokensOut},
        {"tokens_cached", a.tokensCached},
        {"tokens_reasoning", a.tokensReasoning},
        {"unreadable", a.unreadable ? std::optional(a.unreadable) : std::nullopt}};
    for (const auto &[key, count] : counts) {
        if (count)
            (*o)[QLatin1String(key)] = *count;
    }
}

/// The choices beside the first, whose text is the result's.
QJsonArray toJson(const QVector<AnswerChoice> &choices)
{
    QJsonArray list;
    for (const AnswerChoice &choice : choices) {
        QJsonObject o{{QStringLiteral("index"), choice.index}, {QStringLiteral("text"), choice.text}};
        const std::pair<const char *, QString> words[] = {{"finish", retryscope::toKey(choice.finish)},
                                                          {"finish_reason", choice.finishReason},
                                                          {"reasoning", choice.reasoning},
                                                          {"refusal", choice.refusal}};
        putWords(words, &o);
        if (!choice.toolCalls.isEmpty())
            o[QLatin1String("tool_calls")] = retryscope::toJson(choice.toolCalls);
        list.append(o);
    }
    return list;
}

QJsonObject toJson(const CallResult &r)
{
    QJsonObject o{{QStringLiteral("kind"), QStringLiteral("result")},
                  {QStringLiteral("call"), qint64(r.call.value)},
                  {QStringLiteral("outcome"), toKey(r.outcome)},
                  {QStringLiteral("provider"), r.provider},
                  {QStringLiteral("model"), r.model},
                  {QStringLiteral("text"), r.text},
                  {QStringLiteral("attempts"), r.attempts},
                  {QStringLiteral("duration_s"), toSeconds(r.duration)},
                  {QStringLiteral("simulated"), r.simulated}};
    if (r.costUsd)
        o[QLatin1String("cost_usd")] = writtenCost(*r.costUsd);
    if (r.maybeTwice > 0)
        o[QLatin1String("maybe_delivered_twice")] = r.maybeTwice;
    describeAnswer(r, &o);
    if (!r.content.toolCalls.isEmpty())
        o[QLatin1String("tool_calls")] = retryscope::toJson(r.content.toolCalls);
    if (!r.content.others.isEmpty())
        o[QLatin1String("other_choices")] = toJson(r.content.others);
    if (r.retryIn)
        o[QLatin1String("retry_in_s")] = toSeconds(*r.retryIn);
    if (const QString error = errorText(r); !error.isEmpty()) {
        o[QLatin1String("reason")] = toKey(r.reason);
        o[QLatin1String("error")] = error;
    }
    return o;
}

constexpr qsizetype mostPrompt = 4 << 20;

/// The prompt, or the exit code where there is none; the sentence has been printed.
Expected<QString, int> readPrompt(const QCommandLineParser &parser)
{
    const QStringList words = parser.positionalArguments();
    if (!words.isEmpty() && words != QStringList{QStringLiteral("-")})
        return words.join(QLatin1Char(' '));
    if (words.isEmpty() && isatty(STDIN_FILENO)) {
        err(QStringLiteral("There is no prompt. Give it as an argument or on standard input."));
        return Unexpected{int(Usage)};
    }
    const auto bytes = readToEnd(STDIN_FILENO, mostPrompt);
    if (bytes && !bytes->trimmed().isEmpty())
        return QString::fromUtf8(*bytes);
    if (!bytes && bytes.error() == InputProblem::Stopped)
        return Unexpected{int(Stopped)};
    if (!bytes && bytes.error() == InputProblem::TooLarge)
        err(QStringLiteral("Standard input holds more than %1 MB, which is the most that a prompt may have. Nothing "
                           "was sent. Shorten it.")
                .arg(mostPrompt >> 20));
    else if (!bytes)
        err(QStringLiteral("Standard input cannot be read. Give the prompt as an argument."));
    else
        err(QStringLiteral(
            "There is no prompt: standard input is empty. Give it as an argument or on standard input."));
    return Unexpected{int(Usage)};
}

struct SendJob
{
    Session session;
    std::optional<EventJournal> journal; ///< only where one was asked for
    bool json = false, stream = false;
    std::optional<CallResult> result;
    bool broken = false;

    void show(const Events &events)
    {
        if (journal)
            journal->append(events);
        for (const Event &event : events) {
            if (json)
                broken |= !out(line(retryscope::toJson(event)));
            else if (event.kind == EventKind::RetryScheduled || event.kind == EventKind::FailedOver
                     || event.kind == EventKind::CircuitChanged
                     || (event.kind == EventKind::AttemptFinished && event.reason != RetryReason::None))
                err(toSentence(event));
        }
    }
    int end()
    {
        if (result)
            print();
        session.close(); // after the answer: a database may let it wait
        if (journal && journal->lost() > 0)
            err(QStringLiteral("%1 event(s) could not be written to the journal: %2. The call is not affected.")
                    .arg(journal->lost())
                    .arg(journal->problem()));
        if (journal && journal->dropped() > 0)
            err(QStringLiteral("The journal is full: its oldest %1 event(s) were let go.").arg(journal->dropped()));
        if (broken && !stopRequested())
            return OutputClosed;
        if (!result || result->outcome == CallOutcome::Cancelled)
            return Stopped;
        const bool nothingLeft =
            result->answer.finish == Finish::Length && result->text.isEmpty(); // the limit left no text
        return result->succeeded() && !nothingLeft ? Ok : CallFailed;
    }
    void print()
    {
        if (json)
            broken |= !out(line(toJson(*result)));
        else if (stream && !result->text.isEmpty())
            broken |= !out(QStringLiteral("\n"));
        else if (!stream && result->succeeded())
            broken |= !out(result->text + QLatin1Char('\n'));
        if (!json && result->outcome == CallOutcome::Failed)
            err(errorText(*result));
        if (const QString note = answerNote(*result); !json && !note.isEmpty())
            err(note);
    }
};

} // namespace

int send(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Sends PROMPT (or standard input) and prints the answer; what was tried goes to standard error."));
    parser.addPositionalArgument(QStringLiteral("PROMPT"), QStringLiteral("The prompt; - reads standard input."));
    parser.addOptions(
        {{QStringLiteral("config"), QStringLiteral("Configuration file; without it the simulated providers."),
          QStringLiteral("FILE")},
         {QStringLiteral("provider"), QStringLiteral("Ask this provider only."), QStringLiteral("ID")},
         {QStringLiteral("chain"), QStringLiteral("Ask these providers in this order."), QStringLiteral("A,B,C")},
         {QStringLiteral("model"), QStringLiteral("Model; default: each provider's own."), QStringLiteral("MODEL")},
         {QStringLiteral("system"), QStringLiteral("System prompt."), QStringLiteral("TEXT")},
         {QStringLiteral("max-tokens"),
          QStringLiteral("The answer may have so many tokens; default: %1.").arg(Prompt().maxTokens),
          QStringLiteral("N"), QString::number(Prompt().maxTokens)},
         {QStringLiteral("stream"), QStringLiteral("Print the answer as it comes.")},
         {QStringLiteral("json"), QStringLiteral("Events and the result as JSON Lines.")},
         {QStringLiteral("as"),
          QStringLiteral("Send nothing: print the request as curl, python or javascript, the key as a variable."),
          QStringLiteral("LANGUAGE")},
         {QStringLiteral("journal"),
          QStringLiteral("Also append the events to FILE as JSON Lines; the history keeps them anyway."),
          QStringLiteral("FILE")},
         {QStringLiteral("transport"), QStringLiteral("How the network is reached: qt, or curl (libcurl); default: qt."),
          QStringLiteral("NAME"), QStringLiteral("qt")},
         {QStringLiteral("sandbox"), QStringLiteral("Use the simulated providers whatever the configuration names.")},
         {QStringLiteral("fault"),
          QStringLiteral("Make a provider fail on purpose: a simulated one, such as openai=rate_limit or "
                         "openai=server_error,count=1; before any other one the answer is made here and it is not asked, such "
                         "as ID=overloaded,share=0.2,for=5m. May be repeated."),
          QStringLiteral("ID=FAULT")}});
    if (const auto code = parse(parser, arguments))
        return *code;
    if (parser.isSet(QStringLiteral("provider")) && parser.isSet(QStringLiteral("chain"))) {
        err(QStringLiteral("--provider and --chain exclude each other. Use one of them."));
        return Usage;
    }
    const auto prompt = readPrompt(parser);
    if (!prompt)
        return prompt.error();
    bool tokensOk = true;
    const QString tokens = parser.value(QStringLiteral("max-tokens"));
    const int maxTokens = tokens.toInt(&tokensOk);
    if (!tokensOk || maxTokens < 1) {
        err(QStringLiteral("--max-tokens takes a whole number from 1 on, not \"%1\".").arg(tokens.left(100)));
        return Usage;
    }
    const QStringList ids =
        (parser.value(QStringLiteral("chain")) + QLatin1Char(',') + parser.value(QStringLiteral("provider")))
            .split(QLatin1Char(','), Qt::SkipEmptyParts);
    const Prompt request{*prompt, parser.value(QStringLiteral("system")), parser.value(QStringLiteral("model")),
                         maxTokens, parser.isSet(QStringLiteral("stream"))};
    if (parser.isSet(QStringLiteral("as")))
        return printAs(parser.value(QStringLiteral("as")), parser.value(QStringLiteral("config")), ids, request);
    SendJob job;
    job.json = parser.isSet(QStringLiteral("json"));
    job.stream = request.stream;
    if (const QString problem = job.session.chooseTransport(parser.value(QStringLiteral("transport"))); !problem.isEmpty()) {
        err(problem);
        return Usage;
    }
    if (const auto code =
            job.session.open(parser.value(QStringLiteral("config")), parser.isSet(QStringLiteral("sandbox"))))
        return *code;
    if (parser.isSet(QStringLiteral("journal")))
        job.journal.emplace(parser.value(QStringLiteral("journal")));
    if (const auto id = unknownProvider(job.session.configuration, ids)) {
        err(QStringLiteral("\"%1\" is no enabled provider of this configuration.").arg(*id));
        return Usage;
    }
    if (const QString problem = job.session.setFaults(parser.values(QStringLiteral("fault"))); !problem.isEmpty()) {
        err(problem);
        return Usage;
    }

    QEventLoop loop;
    QTimer timer;
    auto *engine = job.session.engine.get();
    QObject::connect(engine, &EngineClient::eventsArrived, &loop, [&job](const Events &events) { job.show(events); });
    QObject::connect(engine, &EngineClient::textArrived, &loop, [&job](CallId, const QString &text) {
        if (job.stream && !job.json)
            job.broken |= !out(text);
    });
    QObject::connect(engine, &EngineClient::callFinished, &loop, [&](const CallResult &result) {
        job.result = result;
        loop.quit();
    });
    const CallId id = engine->send(request, Route{{ids.begin(), ids.end()}});
    bool cancelled = false;
    pollUntil(loop, timer, [&] {
        if (!cancelled && (stopRequested() || job.broken)) {
            cancelled = true;
            engine->cancel(id);
        }
        return false;
    });
    loop.exec();
    return job.end();
}

} // namespace retryscope::cli
