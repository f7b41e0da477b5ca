// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "base/timeformat.h"
#include "sandboxinput.h"
#include "session.h"
#include "terminal.h"

#include "config/valuetext.h"
#include "sandbox/control.h"

#include <QDateTime>
#include <QEventLoop>
#include <QTimer>

#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

namespace retryscope::cli {
namespace {

QString description()
{
    QString text = QStringLiteral(
        "Serves the simulated providers on 127.0.0.1 until stopped: OpenAI (chat completions and responses), "
        "Anthropic, Google\n"
        "AI and Mistral, true to each wire, for any client. The first part of a path names the provider: openai, "
        "anthropic,\n"
        "google_ai, mistral; openai-2 is one more of the same, any other name is OpenAI-compatible. The named vendors\n"
        "want a key; any is right but one that ends in wrong-key. Any model is there but one that ends in -gone.\n"
        "\n"
        "The model answers the last turn, calls the tools that it is given (when they are forced, or the prompt is "
        "about\n"
        "them), tells their results, follows JSON schemas, sees images, and keeps to token limits (a word is a token) "
        "and stop\n"
        "words. A list of models is served, tokens are counted where the wire counts them, n above 1 is refused.\n"
        "\n"
        "A fault is set with --fault, or with a line on standard input while it runs:\n"
        "  openai rate_limit                     every request of openai meets it\n"
        "  openai rate_limit probability=0.3     three in ten\n"
        "  openai outage duration=10s            for ten seconds\n"
        "  openai server_error count=2           the next two prompts\n"
        "  openai none                           it is well again\n"
        "Other lines: posts (how many each provider got), requests (the newest), help.\n"
        "\n"
        "Faults:\n");
    for (const FaultTraits &row : faultTable())
        text += QStringLiteral("  %1 %2\n").arg(QLatin1String(row.key), -20).arg(QLatin1String(row.label));
    return text + QStringLiteral(
        "\n"
        "--control-port opens the same to programs, as JSON over HTTP: GET / there lists what it takes\n"
        "(GET /providers /faults /requests /speed, PUT and DELETE /faults/ID, PUT /speed, DELETE /requests).");
}

QString lineOf(const SandboxRequest &r)
{
    QStringList parts{
        QDateTime::fromMSecsSinceEpoch(r.at.time_since_epoch().count()).toString(QStringLiteral("HH:mm:ss.zzz")),
        QStringLiteral("#%1").arg(r.number), r.provider, QString::fromLatin1(r.method + ' ' + r.path),
        r.status ? QString::number(r.status) : QStringLiteral("no answer"), retryscope::toKey(r.end),
        QStringLiteral("%1 bytes").arg(r.bytes), formatDuration(r.taken)};
    if (r.stream)
        parts << QStringLiteral("stream");
    if (r.fault != Fault::None)
        parts << QStringLiteral("fault ") + keyOf(r.fault);
    return parts.join(QStringLiteral("  ")) + QLatin1Char('\n');
}

QString postsText(const Sandbox &server)
{
    QStringList counts;
    for (const ProviderId &id : server.providers())
        counts << QStringLiteral("%1 %2").arg(id).arg(server.postsReceived(id));
    return QStringLiteral("POSTs: %1.\n")
        .arg(counts.isEmpty() ? QStringLiteral("none") : counts.join(QStringLiteral(", ")));
}

/// The options as given; none, with a sentence printed, when one cannot be read.
std::optional<SandboxOptions> readOptions(const QCommandLineParser &parser)
{
    bool portOk = false, seedOk = false, controlOk = true;
    SandboxOptions options;
    options.keyRequired = !parser.isSet(QStringLiteral("keyless"));
    options.port = parser.value(QStringLiteral("port")).toUShort(&portOk);
    options.seed = parser.value(QStringLiteral("seed")).toULongLong(&seedOk);
    if (parser.isSet(QStringLiteral("control-port")))
        options.controlPort = parser.value(QStringLiteral("control-port")).toUShort(&controlOk);
    if (!portOk || !seedOk || !controlOk) {
        err(QStringLiteral("--port and --control-port take 0 to 65535, and --seed a whole number."));
        return std::nullopt;
    }
    const auto latency = durationFromText(parser.value(QStringLiteral("latency"))),
               hint = durationFromText(parser.value(QStringLiteral("retry-after")));
    const auto rate = numberFromText(parser.value(QStringLiteral("rate")));
    if (!latency || !hint || !rate || *rate < 0.001 || *rate > 1e6) {
        err(QStringLiteral("--latency and --retry-after take a duration such as 60ms or 2s, and --rate the words a "
                           "second, from 0.001 to 1000000."));
        return std::nullopt;
    }
    options.firstToken = *latency;
    options.retryAfter = *hint;
    options.perToken = fromSeconds(1.0 / *rate);
    return options;
}

/// What a line on standard input asks for.
void obey(Sandbox &server, const QString &line)
{
    const QStringList words = line.simplified().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    if (words.isEmpty())
        return;
    if (words == QStringList{QStringLiteral("posts")}) {
        out(postsText(server));
    } else if (words == QStringList{QStringLiteral("requests")}) {
        for (const SandboxRequest &request : server.requests())
            out(lineOf(request));
    } else if (words == QStringList{QStringLiteral("help")}) {
        out(description() + QLatin1Char('\n'));
    } else if (const auto setting = faultFromWords(words)) {
        server.setFault(setting->first, setting->second);
        out(QStringLiteral("%1: %2\n").arg(setting->first, faultText(setting->second)));
    } else {
        err(setting.error());
    }
}

/// Where the providers are; false once the output is closed.
bool tell(const Sandbox &server, bool json)
{
    const QString control = server.controlPort() ? QStringLiteral("127.0.0.1:%1").arg(server.controlPort()) : QString();
    if (json) {
        QJsonObject urls;
        for (const ProviderConfig &provider : builtInProviders())
            urls[provider.id] = server.baseUrl(provider.id).toString();
        QJsonObject object{{QStringLiteral("kind"), QStringLiteral("serving")}, {QStringLiteral("base_urls"), urls}};
        if (!control.isEmpty())
            object[QLatin1String("control")] = QStringLiteral("http://") + control;
        return out(line(object));
    }
    bool ok = out(QStringLiteral("Simulated providers on 127.0.0.1:%1\n")
                      .arg(server.baseUrl(builtInProviders().first().id).port()));
    for (const ProviderConfig &provider : builtInProviders())
        ok = out(QStringLiteral("  %1 %2\n").arg(provider.id, -10).arg(server.baseUrl(provider.id).toString())) && ok;
    return control.isEmpty() ? ok : out(QStringLiteral("Control on %1\n").arg(control)) && ok;
}

void addOptions(QCommandLineParser &parser)
{
    parser.setApplicationDescription(description());
    parser.addOptions(
        {{QStringLiteral("port"), QStringLiteral("Port; 0 takes any free one, and so does the default."),
          QStringLiteral("N"), QStringLiteral("0")},
         {QStringLiteral("control-port"),
          QStringLiteral("Port of the control interface; 0 takes any free one. Default: there is none."),
          QStringLiteral("N")},
         {QStringLiteral("fault"),
          QStringLiteral("Start with a fault, such as openai=overloaded or "
                         "openai=rate_limit,probability=0.3,duration=10s,count=5. May be repeated."),
          QStringLiteral("ID=FAULT")},
         {QStringLiteral("latency"), QStringLiteral("Until the first word: the median; default: 60ms."),
          QStringLiteral("TIME"), QStringLiteral("60ms")},
         {QStringLiteral("rate"), QStringLiteral("Words a second afterwards; default: 250."), QStringLiteral("N"),
          QStringLiteral("250")},
         {QStringLiteral("retry-after"), QStringLiteral("What rate limits and faults with a hint tell; default: 2s."),
          QStringLiteral("TIME"), QStringLiteral("2s")},
         {QStringLiteral("keyless"), QStringLiteral("Take requests without a key.")},
         {QStringLiteral("seed"), QStringLiteral("Seed of the simulated answers and times; default: 1."),
          QStringLiteral("N"), QStringLiteral("1")},
         {QStringLiteral("log"),
          QStringLiteral("Print a line for every request, and the POSTs of each provider at the end.")},
         {QStringLiteral("json"), QStringLiteral("Print the addresses, and with --log the requests, as JSON Lines.")}});
}

/// A thread may wait for standard input for ever; it must not keep the program alive.
void readInput(QObject &context, std::function<void(const QString &)> each)
{
    std::thread([&context, each] {
        for (std::string text; std::getline(std::cin, text);) {
            const QString line = QString::fromUtf8(text.data(), qsizetype(std::min<std::size_t>(text.size(), 4096)));
            QMetaObject::invokeMethod(&context, [each, line] { each(line); });
        }
    }).detach();
}

} // namespace

int sandbox(const QStringList &arguments)
{
    QCommandLineParser parser;
    addOptions(parser);
    if (const auto code = parse(parser, arguments))
        return *code;
    const auto options = readOptions(parser);
    if (!options)
        return Usage;
    if (const auto code = refuseWords(parser, "sandbox"))
        return *code;
    Sandbox server(*options);
    for (const QString &text : parser.values(QStringLiteral("fault"))) {
        const auto setting = faultFromOption(text);
        if (!setting) {
            err(setting.error());
            return Usage;
        }
        server.setFault(setting->first, setting->second);
    }
    if (const auto port = server.start(); !port) {
        err(port.error());
        return CannotStart;
    }
    const bool json = parser.isSet(QStringLiteral("json")), log = parser.isSet(QStringLiteral("log"));
    QEventLoop loop;
    QTimer timer;
    bool open = tell(server, json);
    QObject::connect(&server, &Sandbox::requestEnded, &loop, [&](const SandboxRequest &request) {
        if (log)
            open = out(json ? line(retryscope::toJson(request)) : lineOf(request)) && open;
    });
    readInput(loop, [&server](const QString &text) { obey(server, text); });
    pollUntil(loop, timer, [&open] { return stopRequested() || !open; });
    loop.exec();
    if (log && !json)
        out(postsText(server));
    std::quick_exit(open ? Ok : OutputClosed);
}

} // namespace retryscope::cli
