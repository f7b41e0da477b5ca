// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "session.h"
#include "terminal.h"

#include "telemetry/statscollector.h"
#include "words/callwords.h"
#include "words/eventwords.h"

#include <QCoreApplication>
#include <QEventLoop>
#include <QFile>
#include <QJsonDocument>
#include <QTimer>

#include <unistd.h>

#include <cstdlib>
#include <thread>

namespace retryscope::cli {
namespace {

QString line(const QJsonObject &object) { return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact)) + QLatin1Char('\n'); }

/// Calls `each` every 50 ms; ends the loop when it says so.
void pollUntil(QEventLoop &loop, QTimer &timer, std::function<bool()> each)
{
    QObject::connect(&timer, &QTimer::timeout, &loop, [&loop, each] { if (each()) loop.quit(); });
    timer.start(50);
}

QJsonObject toJson(const CallResult &r)
{
    QJsonObject o{{QStringLiteral("kind"), QStringLiteral("result")}, {QStringLiteral("call"), qint64(r.call.value)}, {QStringLiteral("outcome"), toKey(r.outcome)},
                  {QStringLiteral("provider"), r.provider}, {QStringLiteral("model"), r.model}, {QStringLiteral("text"), r.text},
                  {QStringLiteral("attempts"), r.attempts}, {QStringLiteral("duration_s"), toSeconds(r.duration)}, {QStringLiteral("simulated"), r.simulated}};
    if (r.costUsd)
        o[QLatin1String("cost_usd")] = *r.costUsd;
    if (r.maybeTwice > 0)
        o[QLatin1String("maybe_delivered_twice")] = r.maybeTwice;
    if (r.retryIn)
        o[QLatin1String("retry_in_s")] = toSeconds(*r.retryIn);
    if (const QString error = errorText(r); !error.isEmpty()) {
        o[QLatin1String("reason")] = toKey(r.reason);
        o[QLatin1String("error")] = error;
    }
    return o;
}

std::optional<QString> readPrompt(const QCommandLineParser &parser)
{
    const QStringList words = parser.positionalArguments();
    if (!words.isEmpty() && words != QStringList{QStringLiteral("-")})
        return words.join(QLatin1Char(' '));
    if (words.isEmpty() && isatty(STDIN_FILENO))
        return std::nullopt;
    QFile in;
    if (!in.open(stdin, QIODevice::ReadOnly))
        return std::nullopt;
    const QByteArray bytes = in.read((4 << 20) + 1);
    return bytes.trimmed().isEmpty() || bytes.size() > (4 << 20) ? std::nullopt : std::optional(QString::fromUtf8(bytes));
}

struct SendJob
{
    Session session;
    EventJournal journal{EventJournal::defaultPath()};
    bool json = false, stream = false;
    std::optional<CallResult> result;
    bool broken = false;

    void show(const Events &events)
    {
        journal.append(events);
        for (const Event &event : events) {
            if (json)
                broken |= !out(line(retryscope::toJson(event)));
            else if (event.kind == EventKind::RetryScheduled || event.kind == EventKind::FailedOver || event.kind == EventKind::CircuitChanged
                     || (event.kind == EventKind::AttemptFinished && event.reason != RetryReason::None))
                err(toSentence(event));
        }
    }
    int end()
    {
        if (journal.lost() > 0)
            err(QStringLiteral("%1 event(s) could not be written to the journal: %2. The call is not affected.").arg(journal.lost()).arg(journal.problem()));
        if (!result)
            return broken ? OutputClosed : Stopped;
        if (json)
            broken |= !out(line(toJson(*result)));
        else if (stream && !result->text.isEmpty())
            broken |= !out(QStringLiteral("\n"));
        else if (!stream && result->succeeded())
            broken |= !out(result->text + QLatin1Char('\n'));
        if (!json && !result->succeeded() && result->outcome == CallOutcome::Failed)
            err(errorText(*result));
        if (broken)
            return OutputClosed;
        return result->succeeded() ? Ok : result->outcome == CallOutcome::Cancelled ? Stopped : CallFailed;
    }
};

std::optional<QString> unknownProvider(const Configuration &configuration, const QStringList &ids)
{
    for (const QString &id : ids) {
        const bool known = std::any_of(configuration.providers.begin(), configuration.providers.end(), [&](const ProviderConfig &p) { return p.id == id && p.enabled; });
        if (!known)
            return id;
    }
    return std::nullopt;
}

} // namespace

int send(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Sends PROMPT (or standard input) and prints the answer; what was tried goes to standard error."));
    parser.addPositionalArgument(QStringLiteral("PROMPT"), QStringLiteral("The prompt; - reads standard input."));
    parser.addOptions({{QStringLiteral("config"), QStringLiteral("Configuration file; without it the simulated providers."), QStringLiteral("FILE")},
                       {QStringLiteral("provider"), QStringLiteral("Ask this provider only."), QStringLiteral("ID")},
                       {QStringLiteral("chain"), QStringLiteral("Ask these providers in this order."), QStringLiteral("A,B,C")},
                       {QStringLiteral("model"), QStringLiteral("Model; default: each provider's own."), QStringLiteral("MODEL")},
                       {QStringLiteral("system"), QStringLiteral("System prompt."), QStringLiteral("TEXT")},
                       {QStringLiteral("stream"), QStringLiteral("Print the answer as it comes.")},
                       {QStringLiteral("json"), QStringLiteral("Events and the result as JSON Lines.")},
                       {QStringLiteral("sandbox"), QStringLiteral("Use the simulated providers whatever the configuration names.")},
                       {QStringLiteral("fault"), QStringLiteral("Make a simulated provider fail, such as openai=rate_limit. May be repeated."), QStringLiteral("ID=FAULT")}});
    if (const auto code = parse(parser, arguments))
        return *code;
    if (parser.isSet(QStringLiteral("provider")) && parser.isSet(QStringLiteral("chain"))) {
        err(QStringLiteral("--provider and --chain exclude each other. Use one of them."));
        return Usage;
    }
    const auto prompt = readPrompt(parser);
    if (!prompt || prompt->trimmed().isEmpty()) {
        err(QStringLiteral("There is no prompt (or it is larger than 4 MB). Give it as an argument or on standard input."));
        return Usage;
    }
    SendJob job;
    job.json = parser.isSet(QStringLiteral("json"));
    job.stream = parser.isSet(QStringLiteral("stream"));
    if (const auto code = job.session.open(parser.value(QStringLiteral("config")), parser.isSet(QStringLiteral("sandbox"))))
        return *code;
    const QStringList ids = (parser.value(QStringLiteral("chain")) + QLatin1Char(',') + parser.value(QStringLiteral("provider"))).split(QLatin1Char(','), Qt::SkipEmptyParts);
    if (const auto id = unknownProvider(job.session.configuration, ids)) {
        err(QStringLiteral("\"%1\" is no enabled provider of this configuration.").arg(*id));
        return Usage;
    }
    for (const QString &setting : parser.values(QStringLiteral("fault"))) {
        const auto fault = faultFromKey(setting.section(QLatin1Char('='), 1));
        if (!fault || !job.session.sandbox) {
            err(QStringLiteral("--fault %1: unknown fault, or no simulated provider is in use. retryscope-cli sandbox --help lists the faults.").arg(setting));
            return Usage;
        }
        job.session.sandbox->setFault(setting.section(QLatin1Char('='), 0, 0), {*fault, 1.0, {}});
    }

    QEventLoop loop;
    QTimer timer;
    auto *engine = job.session.engine.get();
    QObject::connect(engine, &EngineClient::eventsArrived, &loop, [&job](const Events &events) { job.show(events); });
    QObject::connect(engine, &EngineClient::textArrived, &loop, [&job](CallId, const QString &text) { if (job.stream && !job.json) job.broken |= !out(text); });
    QObject::connect(engine, &EngineClient::callFinished, &loop, [&](const CallResult &result) { job.result = result; loop.quit(); });
    Prompt request{*prompt, parser.value(QStringLiteral("system")), parser.value(QStringLiteral("model")), 1024, job.stream};
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

int sandbox(const QStringList &arguments)
{
    QCommandLineParser parser;
    QStringList keys;
    for (const FaultTraits &row : faultTable())
        keys << QLatin1String(row.key);
    parser.setApplicationDescription(QStringLiteral("Serves the simulated providers on 127.0.0.1 until stopped. While it runs, a line \"ID FAULT\" on standard input switches a fault.\nFaults: %1.").arg(keys.join(QStringLiteral(", "))));
    parser.addOptions({{QStringLiteral("port"), QStringLiteral("Port; 0 takes any free one."), QStringLiteral("N"), QStringLiteral("0")},
                       {QStringLiteral("seed"), QStringLiteral("Seed of the simulated answers and times."), QStringLiteral("N"), QStringLiteral("1")},
                       {QStringLiteral("fault"), QStringLiteral("Start with a fault, such as openai=overloaded. May be repeated."), QStringLiteral("ID=FAULT")}});
    if (const auto code = parse(parser, arguments))
        return *code;
    bool portOk = false, seedOk = false;
    SandboxOptions options;
    options.port = parser.value(QStringLiteral("port")).toUShort(&portOk);
    options.seed = parser.value(QStringLiteral("seed")).toULongLong(&seedOk);
    if (!portOk || !seedOk) {
        err(QStringLiteral("--port takes 0 to 65535, and --seed a whole number."));
        return Usage;
    }
    Sandbox server(options);
    const auto apply = [&server](const QString &id, const QString &key) {
        const auto fault = faultFromKey(key);
        if (fault && !id.isEmpty())
            server.setFault(id, {*fault, 1.0, {}});
        else
            err(QStringLiteral("\"%1 %2\" is no provider and fault. retryscope-cli sandbox --help lists the faults.").arg(id, key));
        return fault.has_value();
    };
    for (const QString &setting : parser.values(QStringLiteral("fault"))) {
        if (!apply(setting.section(QLatin1Char('='), 0, 0), setting.section(QLatin1Char('='), 1)))
            return Usage;
    }
    const auto port = server.start();
    if (!port) {
        err(port.error());
        return CannotStart;
    }
    bool ok = out(QStringLiteral("Simulated providers on 127.0.0.1:%1\n").arg(*port));
    for (const char *id : {"openai", "anthropic", "google_ai", "mistral"})
        ok = out(QStringLiteral("  %1 %2\n").arg(QLatin1String(id), -10).arg(server.baseUrl(QLatin1String(id)).toString())) && ok;
    if (!ok)
        return OutputClosed;
    // A thread may wait for standard input for ever; it must not keep the program alive.
    QEventLoop loop;
    QTimer timer;
    std::thread([&loop, apply] {
        char buffer[512];
        while (std::fgets(buffer, sizeof buffer, stdin)) {
            const QStringList words = QString::fromUtf8(buffer).simplified().split(QLatin1Char(' '));
            if (words.size() == 2)
                QMetaObject::invokeMethod(&loop, [apply, words] { apply(words[0], words[1]); });
        }
    }).detach();
    pollUntil(loop, timer, [] { return stopRequested(); });
    loop.exec();
    std::quick_exit(Ok);
}

int stats(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Prints the statistics of the calls in a journal of events."));
    parser.addPositionalArgument(QStringLiteral("FILE"), QStringLiteral("JSON Lines of events; default: %1.").arg(EventJournal::defaultPath()), QStringLiteral("[FILE]"));
    parser.addOption({QStringLiteral("json"), QStringLiteral("As one JSON object.")});
    if (const auto code = parse(parser, arguments))
        return *code;
    const QString path = parser.positionalArguments().value(0, EventJournal::defaultPath());
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        if (parser.positionalArguments().isEmpty() && !file.exists())
            return out(QStringLiteral("No calls yet. retryscope-cli send \"Hello\" makes one.\n")) ? Ok : OutputClosed;
        err(QStringLiteral("%1 cannot be read: %2.").arg(path, file.errorString()));
        return CannotStart;
    }
    StatsCollector collector;
    int skipped = 0;
    while (!file.atEnd()) {
        const QByteArray text = file.readLine(1 << 20);
        if (const auto event = eventFromJson(QJsonDocument::fromJson(text).object()))
            collector.onEvent(*event);
        else if (!text.trimmed().isEmpty())
            ++skipped;
    }
    if (skipped > 0)
        err(QStringLiteral("%1: %2 line(s) hold no event and were skipped.").arg(path).arg(skipped));
    return out(parser.isSet(QStringLiteral("json")) ? line(collector.toJson()) : collector.logText()) ? Ok : OutputClosed;
}

int check(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Checks a configuration file and reports every issue with its place."));
    parser.addPositionalArgument(QStringLiteral("FILE"), QStringLiteral("The configuration file."));
    if (const auto code = parse(parser, arguments))
        return *code;
    if (parser.positionalArguments().size() != 1) {
        err(QStringLiteral("Name one configuration file."));
        return Usage;
    }
    const QString path = parser.positionalArguments().first();
    const LoadedConfiguration loaded = loadConfiguration(path);
    if (printIssues(loaded.issues, path))
        return BadConfiguration;
    return out(QStringLiteral("%1: valid, %2 provider(s).\n").arg(path).arg(loaded.configuration.providers.size())) ? Ok : OutputClosed;
}

} // namespace retryscope::cli
