// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "input.h"
#include "session.h"
#include "simulationinput.h"
#include "terminal.h"

#include "base/systemclock.h"
#include "batch/batchrun.h"
#include "config/valuetext.h"
#include "words/batchwords.h"
#include "words/callwords.h"

#include <QEventLoop>
#include <QFileInfo>
#include <QJsonObject>
#include <QSaveFile>
#include <QTimer>

#include <tuple>

#include <unistd.h>

namespace retryscope::cli {
namespace {

constexpr double usualCeiling = 0.50;
constexpr int mostTokens = 10'000'000;
constexpr int mostTold = 20; ///< lines of a file that are wrong, or calls that failed

struct BatchJob
{
    Session session;
    BatchPlan plan;
    BatchTexts texts = BatchTexts::None;
    bool json = false;
    std::optional<BatchFileFormat> format; ///< of the report, where one is wanted
    std::unique_ptr<QSaveFile> file;       ///< none: standard output
    bool open = true;                      ///< standard output is
};

void addBatchOptions(QCommandLineParser &parser)
{
    parser.addPositionalArgument(
        QStringLiteral("FILE"), QStringLiteral("JSON Lines, CSV with a column \"prompt\", or one prompt a line (.txt); "
                                               "- reads standard input."));
    parser.addOptions(
        {{QStringLiteral("config"), QStringLiteral("Configuration file; without it the simulated providers."),
          QStringLiteral("FILE")},
         {QStringLiteral("runs"), QStringLiteral("Send each prompt so many times; default: 1."), QStringLiteral("N"),
          QStringLiteral("1")},
         {QStringLiteral("concurrency"), QStringLiteral("So many calls at once; default: 4."), QStringLiteral("M"),
          QStringLiteral("4")},
         {QStringLiteral("spacing"), QStringLiteral("At least so long between two starts, such as 200ms; default: 0."),
          QStringLiteral("TIME"), QStringLiteral("0")},
         {QStringLiteral("max-cost"),
          QStringLiteral(
              "Stop before real providers may have cost more than so many US dollars, or none; default: 0.50."),
          QStringLiteral("USD")},
         {QStringLiteral("accept-unknown-cost"),
          QStringLiteral("Go on where a price is not known and the ceiling cannot be kept.")},
         {QStringLiteral("skip-bad-lines"), QStringLiteral("Send the other lines where some cannot be read.")},
         {QStringLiteral("provider"), QStringLiteral("Ask this provider only."), QStringLiteral("ID")},
         {QStringLiteral("chain"), QStringLiteral("Ask these providers in this order."), QStringLiteral("A,B,C")},
         {QStringLiteral("model"), QStringLiteral("Model of prompts that name none; default: each provider's own."),
          QStringLiteral("MODEL")},
         {QStringLiteral("system"), QStringLiteral("System prompt of those that have none."), QStringLiteral("TEXT")},
         {QStringLiteral("max-tokens"),
          QStringLiteral("An answer may have so many tokens; default: %1.").arg(Prompt().maxTokens),
          QStringLiteral("N"), QString::number(Prompt().maxTokens)},
         {QStringLiteral("format"),
          QStringLiteral("Write a row a call as csv, json or html; default: by FILE's ending."),
          QStringLiteral("FORMAT")},
         {QStringLiteral("output"), QStringLiteral("Write that to FILE; default: standard output."),
          QStringLiteral("FILE")},
         {QStringLiteral("with-texts"), QStringLiteral("Prompts and answers stand in it, too.")},
         {QStringLiteral("json"), QStringLiteral("Print each call as it ends and the summary as JSON Lines.")},
         {QStringLiteral("transport"),
          QStringLiteral("How the network is reached: qt, or curl (libcurl); default: qt."), QStringLiteral("NAME"),
          QStringLiteral("qt")},
         {QStringLiteral("sandbox"), QStringLiteral("Use the simulated providers whatever the configuration names.")},
         {QStringLiteral("fault"),
          QStringLiteral("Make a provider fail on purpose: a simulated one, such as openai=rate_limit or "
                         "openai=server_error,count=1; before any other one the answer is made here and it is not asked, such "
                         "as ID=overloaded,share=0.2,for=5m. May be repeated."),
          QStringLiteral("ID=FAULT")}});
}

/// What was asked for, or the sentence of what is wrong.
QString readNumbers(const QCommandLineParser &parser, BatchPlan *plan, Prompt *usual)
{
    const std::tuple<const char *, int, int *> numbers[] = {{"runs", mostBatchCalls, &plan->runs},
                                                           {"concurrency", mostBatchConcurrency, &plan->concurrency},
                                                           {"max-tokens", mostTokens, &usual->maxTokens}};
    for (const auto &[name, most, number] : numbers) {
        const QString given = parser.value(QLatin1String(name));
        const auto whole = wholeNumber(given, 1, most);
        if (!whole)
            return QStringLiteral("--%1 takes a whole number from 1 to %2, not \"%3\".")
                .arg(QLatin1String(name), QString::number(most), given.left(100));
        *number = *whole;
    }
    const auto spacing = durationFromText(parser.value(QStringLiteral("spacing")));
    if (!spacing || *spacing > 24h)
        return QStringLiteral("--spacing takes a time such as 200ms, 2s or 1m, up to 24h.");
    plan->ceiling = usualCeiling;
    if (const QString cost = parser.value(QStringLiteral("max-cost")); cost == QLatin1String("none")) {
        plan->ceiling.reset();
    } else if (parser.isSet(QStringLiteral("max-cost"))) {
        const auto usd = numberFromText(cost.startsWith(QLatin1Char('$')) ? cost.mid(1) : cost);
        if (!usd)
            return QStringLiteral("--max-cost takes US dollars such as 0.50, or none.");
        plan->ceiling = *usd;
    }
    plan->spacing = *spacing;
    plan->acceptUnknown = parser.isSet(QStringLiteral("accept-unknown-cost"));
    plan->keepAnswers = parser.isSet(QStringLiteral("with-texts"));
    usual->model = parser.value(QStringLiteral("model"));
    usual->system = parser.value(QStringLiteral("system"));
    return {};
}

QString readFormat(const QCommandLineParser &parser, BatchJob *job)
{
    const QString output = parser.value(QStringLiteral("output"));
    const QString key = parser.isSet(QStringLiteral("format")) ? parser.value(QStringLiteral("format"))
                                                               : QFileInfo(output).suffix().toLower();
    job->json = parser.isSet(QStringLiteral("json"));
    job->texts = parser.isSet(QStringLiteral("with-texts")) ? BatchTexts::PromptsAndAnswers : BatchTexts::None;
    if (parser.isSet(QStringLiteral("output")) && output.isEmpty())
        return QStringLiteral("--output takes the name of a file.");
    if (output.isEmpty() && !parser.isSet(QStringLiteral("format")))
        return {};
    job->format = batchFileFormatFromKey(key);
    if (!job->format)
        return QStringLiteral("--format takes csv, json or html%1.")
            .arg(output.isEmpty() || parser.isSet(QStringLiteral("format"))
                     ? QString()
                     : QStringLiteral("; the ending of %1 is none of them").arg(output));
    return job->json && output.isEmpty()
               ? QStringLiteral("--json and --format both want standard output. Name a file with --output.")
               : QString();
}

Expected<BatchInput, BatchFault> readInput(const QString &name, const Prompt &usual)
{
    if (name != QLatin1String("-"))
        return readBatchFile(name, usual);
    const auto bytes = readToEnd(STDIN_FILENO, largestBatchFile);
    if (bytes)
        return readBatch(*bytes, batchFormatOf({}, *bytes), usual);
    return Unexpected{
        BatchFault{InputFault::Unreadable, bytes.error() == InputProblem::TooLarge
                                               ? QStringLiteral("is larger than %1 MB").arg(largestBatchFile >> 20)
                                               : QStringLiteral("cannot be read")}};
}

/// The prompts, or the exit code; the sentence has been printed.
std::optional<int> readPrompts(const QCommandLineParser &parser, const Prompt &usual, BatchPlan *plan)
{
    const QString name = parser.positionalArguments().value(0);
    if (parser.positionalArguments().size() != 1) {
        err(QStringLiteral("batch takes one FILE of prompts, or - for standard input."));
        return Usage;
    }
    plan->name = name == QLatin1String("-") ? QStringLiteral("standard input") : QFileInfo(name).fileName();
    const auto input = readInput(name, usual);
    if (!input) {
        if (stopRequested())
            return Stopped;
        err(faultSentence(name == QLatin1String("-") ? QStringLiteral("Standard input") : name, input.error()));
        return input.error().fault == InputFault::Unreadable ? CannotStart : Usage;
    }
    for (int i = 0; i < std::min(mostTold, int(input->issues.size())); ++i)
        err(QStringLiteral("%1: %2").arg(plan->name, issueSentence(input->issues[i])),
            isRemark(input->issues[i].problem) ? Priority::Warning : Priority::Error);
    if (const qsizetype more = input->issues.size() + input->moreIssues - mostTold; more > 0)
        err(QStringLiteral("%1 more lines have something to be said of them.").arg(more));
    plan->prompts = input->prompts;
    if (input->problems > 0 && (!parser.isSet(QStringLiteral("skip-bad-lines")) || plan->prompts.isEmpty())) {
        err(plan->prompts.isEmpty()
                ? QStringLiteral("Nothing was sent: no line can be.")
                : QStringLiteral("Nothing was sent. Mend the lines, or send the other %1 with --skip-bad-lines.")
                      .arg(plan->prompts.size()));
        return Usage;
    }
    if (plan->calls() > mostBatchCalls) {
        err(QStringLiteral("%1 prompts, %2 times each, are more than %3 calls, which is the most. Split the file.")
                .arg(plan->prompts.size())
                .arg(plan->runs)
                .arg(mostBatchCalls));
        return Usage;
    }
    return std::nullopt;
}

/// Who is asked, with their faults; or the exit code.
std::optional<int> openProviders(const QCommandLineParser &parser, BatchJob *job)
{
    if (parser.isSet(QStringLiteral("provider")) && parser.isSet(QStringLiteral("chain"))) {
        err(QStringLiteral("--provider and --chain exclude each other. Use one of them."));
        return Usage;
    }
    QString problem = job->session.chooseTransport(parser.value(QStringLiteral("transport")));
    if (problem.isEmpty()) {
        if (const auto code =
                job->session.open(parser.value(QStringLiteral("config")), parser.isSet(QStringLiteral("sandbox"))))
            return code;
        const QStringList ids =
            (parser.value(QStringLiteral("chain")) + QLatin1Char(',') + parser.value(QStringLiteral("provider")))
                .split(QLatin1Char(','), Qt::SkipEmptyParts);
        job->plan.route.providers = {ids.begin(), ids.end()};
        if (const auto id = unknownProvider(job->session.configuration, ids))
            problem = QStringLiteral("\"%1\" is no enabled provider of this configuration.").arg(*id);
        else
            problem = job->session.setFaults(parser.values(QStringLiteral("fault")));
    }
    if (problem.isEmpty())
        return std::nullopt;
    err(problem);
    return Usage;
}

/// Says what it may cost; the exit code where it must not begin.
std::optional<int> tellCost(const BatchJob &job)
{
    const SystemClock clock;
    const BatchCosts costs(job.session.configuration, job.session.prices, job.plan.route, clock.wallNow());
    const BatchEstimate estimate = estimateOf(job.plan.prompts, job.plan.runs, costs);
    err(estimateSentence(estimate, job.plan.ceiling), Priority::Information);
    const QString problem = ceilingProblem(estimate, job.plan.ceiling, job.plan.acceptUnknown);
    if (problem.isEmpty())
        return std::nullopt;
    err(problem);
    if (!estimate.isKnown())
        err(QStringLiteral("Nothing was sent. --accept-unknown-cost goes on all the same; prices.json beside the "
                           "configuration can name the price."));
    else
        err(QStringLiteral("Nothing was sent. See --max-cost and --max-tokens."));
    return Usage;
}

/// Opened before anything is sent, so that a wrong path is known at once.
bool openOutput(const QString &path, BatchJob *job)
{
    if (path.isEmpty())
        return true;
    job->file = std::make_unique<QSaveFile>(path);
    if (job->file->open(QIODevice::WriteOnly))
        return true;
    err(QStringLiteral("--output %1 cannot be written: %2. Name a file in a folder that exists and is yours.")
            .arg(path, job->file->errorString()));
    return false;
}

/// Runs it to its end, or until somebody stops it.
BatchReport runBatch(BatchJob *job)
{
    SystemClock clock;
    BatchRun run(*job->session.engine, clock);
    ProgressLine progress(false);
    int failed = 0;
    bool asked = false;
    QEventLoop loop;
    QObject::connect(&run, &BatchRun::rowEnded, &loop, [&](int place) {
        const BatchRow &row = run.rows()[place];
        failed += row.outcome == CallOutcome::Failed;
        if (job->json)
            job->open = job->open && out(line(toJson(row, run.plan(), job->texts)));
    });
    QObject::connect(&run, &BatchRun::finished, &loop, &QEventLoop::quit);
    QTimer timer;
    pollUntil(loop, timer, [&] {
        if ((stopRequested() || !job->open) && !std::exchange(asked, true))
            run.stop();
        progress.show(progressText(run, failed));
        return !run.isRunning();
    });
    run.start(job->plan, job->session.configuration, job->session.prices);
    if (run.isRunning())
        loop.exec();
    return run.report();
}

QString summaryText(const BatchReport &report)
{
    QString text = endSentence(report) + QLatin1Char('\n');
    QVector<QStringList> rows;
    for (const auto &[name, value] : summaryTexts(report))
        rows.append({name, value});
    text += columns(rows) + QLatin1Char('\n');
    const QVector<int> failed = rowsOf(report.rows, BatchMode::Failed);
    for (int i = 0; i < std::min(mostTold, int(failed.size())); ++i) {
        const BatchRow &row = report.rows[failed[i]];
        text += QStringLiteral("Call %1 (line %2): %3%4: %5\n")
                    .arg(row.number)
                    .arg(report.plan.prompts[row.prompt].line)
                    .arg(resultText(row),
                         row.provider.isEmpty() ? QString()
                                                : QStringLiteral(", %1").arg(report.plan.nameOf(row.provider)),
                         row.rule);
    }
    if (failed.size() > mostTold)
        text += QStringLiteral("%1 more calls failed.\n").arg(failed.size() - mostTold);
    return text;
}

/// False: the file could not be written; the sentence has been printed.
bool writeReport(const BatchReport &report, BatchJob *job)
{
    if (job->format) {
        const QByteArray bytes = encode(report, *job->format, job->texts);
        if (!job->file)
            job->open = job->open && out(QString::fromUtf8(bytes));
        else if (job->file->write(bytes) != bytes.size() || !job->file->commit()) {
            err(QStringLiteral("%1 could not be written: %2. Check the disk's free space.")
                    .arg(job->file->fileName(), job->file->errorString()));
            return false;
        }
    }
    if (job->json)
        job->open = job->open && out(line(summaryJson(report)));
    else if (job->format && !job->file)
        err(endSentence(report), Priority::Information);
    else
        job->open = job->open && out(summaryText(report));
    return true;
}

} // namespace

int batch(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Sends the prompts of FILE and tells what came of each call. Says before what it may cost, and stops before "
        "real "
        "providers may have cost more than --max-cost; Ctrl+C stops it, and what came is kept and written.\n"
        "A line of JSON Lines is a text, {\"prompt\": ...} (and system, model, max_tokens, id), {\"messages\": [...]}, "
        "or a line "
        "of OpenAI's batch files. Neither prompts nor answers are written unless --with-texts asks for them.\n"
        "Exit code 0: every call was answered; 1: one failed; 5: it was stopped, by you or by the ceiling."));
    addBatchOptions(parser);
    if (const auto code = parse(parser, arguments))
        return *code;
    BatchJob job;
    Prompt usual;
    QString problem = readNumbers(parser, &job.plan, &usual);
    if (problem.isEmpty())
        problem = readFormat(parser, &job);
    if (!problem.isEmpty()) {
        err(problem);
        return Usage;
    }
    if (const auto code = readPrompts(parser, usual, &job.plan))
        return *code;
    if (const auto code = openProviders(parser, &job))
        return *code;
    if (const auto code = tellCost(job))
        return *code;
    if (!openOutput(parser.value(QStringLiteral("output")), &job))
        return CannotStart;
    const BatchReport report = runBatch(&job);
    const bool written = writeReport(report, &job);
    job.session.close();
    if (!job.open && !stopRequested())
        return OutputClosed;
    if (!written)
        return CannotStart;
    if (report.end != BatchEnd::Complete)
        return Stopped;
    return rowsOf(report.rows, BatchMode::Failed).isEmpty() ? Ok : CallFailed;
}

} // namespace retryscope::cli
