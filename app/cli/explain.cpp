// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "input.h"
#include "keys.h"
#include "session.h"
#include "terminal.h"

#include "base/systemclock.h"
#include "base/text.h"
#include "base/userfiles.h"
#include "engine/credentials.h"
#include "engine/explanation.h"
#include "engine/targets.h"
#include "words/explanationwords.h"

#include <QJsonArray>

#include <array>

#include <unistd.h>

namespace retryscope::cli {
namespace {

constexpr qint64 mostBody = 8 << 20; // as much as the engine reads of an answer

/// A sentence about what is wrong on the command line, as wrong usage.
Unexpected<int> wrong(const QString &sentence)
{
    err(sentence);
    return Unexpected{int(Usage)};
}

Expected<QByteArray, int> readBody(const QString &file)
{
    if (file.isEmpty())
        return QByteArray();
    if (file != QLatin1String("-")) {
        const auto bytes = readRegularFile(file, mostBody);
        return bytes ? Expected<QByteArray, int>(*bytes)
                     : wrong(QStringLiteral(
                                 "%1 %2. --body takes a file that holds the response's body, or - for standard input.")
                                 .arg(file, bytes.error()));
    }
    const auto bytes = readToEnd(STDIN_FILENO, mostBody);
    if (bytes)
        return *bytes;
    switch (bytes.error()) {
    case InputProblem::Stopped: return Unexpected{int(Stopped)};
    case InputProblem::TooLarge:
        return wrong(
            QStringLiteral(
                "Standard input holds more than %1 MB, which is the most that is read of a response. Shorten it.")
                .arg(mostBody >> 20));
    case InputProblem::Unreadable: break;
    }
    return wrong(QStringLiteral("Standard input cannot be read. Give the body as --body FILE."));
}

Expected<SampleResponse, int> readResponse(const QCommandLineParser &parser)
{
    SampleResponse response;
    bool ok = false;
    response.status = parser.value(QStringLiteral("status")).toInt(&ok);
    if (!ok || response.status < 200 || response.status > 599)
        return wrong(
            QStringLiteral("--status takes the response's HTTP status, from 200 to 599, such as --status 429."));
    const auto headers = headersOfLines(parser.values(QStringLiteral("header")));
    if (!headers) // the text may hold a secret
        return wrong(
            QStringLiteral(
                "--header takes a name and a value, such as --header \"Retry-After: 20\". The %1. one is not so.")
                .arg(headers.error()));
    const auto body = readBody(parser.value(QStringLiteral("body")));
    if (!body)
        return Unexpected{body.error()};
    response.headers = *headers;
    response.body = *body;
    return response;
}

/// The file's, else the four vendors' own, so that their words are known.
Expected<Configuration, int> configurationFor(const QString &file)
{
    Configuration configuration;
    if (file.isEmpty()) {
        configuration.providers = builtInProviders();
        for (ProviderConfig &provider : configuration.providers)
            provider.enabled = true;
        return configuration;
    }
    LoadedConfiguration loaded = loadConfiguration(file);
    if (printIssues(loaded.issues, file))
        return Unexpected{int(BadConfiguration)};
    readKeys(keychainNames(loaded.configuration)); // so that none of them is shown
    return loaded.configuration;
}

QJsonArray toJson(const DurationSpan &span) { return {toSeconds(span.least), toSeconds(span.most)}; }

QJsonObject toJson(const Classification &c)
{
    QJsonObject o{{QStringLiteral("reason"), toKey(c.reason)}, {QStringLiteral("rule"), toText(c.rule)},
                  {QStringLiteral("scope"), toKey(c.scope)},   {QStringLiteral("health"), toKey(c.health)},
                  {QStringLiteral("retry_here"), c.retryHere}, {QStringLiteral("failover"), c.failoverHelps}};
    if (c.hint)
        o[QLatin1String("hint_s")] = toSeconds(*c.hint);
    return o;
}

QJsonObject toJson(const Explanation &e)
{
    static constexpr std::array actions{"done", "retry", "fail_over", "give_up"};
    QJsonObject o = toJson(e.classification),
                next{{QStringLiteral("action"), QLatin1String(actions[std::size_t(e.next)])},
                     {QStringLiteral("why"), e.why}};
    o[QLatin1String("provider")] = e.provider;
    o[QLatin1String("model")] = e.model;
    o[QLatin1String("status")] = e.status;
    o[QLatin1String("message")] = e.message;
    o[QLatin1String("codes")] = QJsonArray::fromStringList(e.codes);
    o[QLatin1String("own_rule")] = e.own.has_value();
    if (e.ours)
        o[QLatin1String("without_own_rule")] = toJson(*e.ours);
    if (e.named)
        o[QLatin1String("named_wait_s")] = toSeconds(*e.named);
    if (!e.nextProvider.isEmpty())
        next[QLatin1String("provider")] = e.nextProvider;
    if (e.source != DelaySource::None) {
        next[QLatin1String("wait_s")] = toJson(e.wait);
        next[QLatin1String("source")] = toKey(e.source);
    }
    o[QLatin1String("next")] = next;
    QJsonArray blocks;
    for (const Explanation::Block &block : e.blocks)
        blocks.append(
            QJsonObject{{QStringLiteral("scope"), toKey(block.scope)}, {QStringLiteral("for_s"), toJson(block.lasts)}});
    o[QLatin1String("blocks")] = blocks;
    if (e.holds)
        o[QLatin1String("holds_s")] = toSeconds(*e.holds);
    return o;
}

} // namespace

int explain(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Says what a provider's response means, which rule says so, and what a call would do next. Nothing is sent."));
    parser.addOptions(
        {{QStringLiteral("status"), QStringLiteral("HTTP status of the response."), QStringLiteral("N")},
         {QStringLiteral("body"), QStringLiteral("File with its body; - reads standard input. Default: empty."),
          QStringLiteral("FILE")},
         {QStringLiteral("header"), QStringLiteral("A header of it, such as \"Retry-After: 20\". May be repeated."),
          QStringLiteral("K: V")},
         {QStringLiteral("provider"), QStringLiteral("Who answers; default: the first that is enabled."),
          QStringLiteral("ID")},
         {QStringLiteral("config"), QStringLiteral(
              "Configuration file with own rules, policy and providers; without it the vendors' own endpoints."),
          QStringLiteral("FILE")},
         {QStringLiteral("json"), QStringLiteral("As one JSON object.")}});
    if (const auto code = parse(parser, arguments))
        return *code;
    if (!parser.positionalArguments().isEmpty())
        return wrong(QStringLiteral("\"%1\" is no option. The body is given as --body FILE.")
                         .arg(parser.positionalArguments().first()))
            .error;
    const auto configuration = configurationFor(parser.value(QStringLiteral("config")));
    if (!configuration)
        return configuration.error();
    const QVector<ProviderId> enabled = enabledProviders(*configuration);
    const ProviderId id =
        parser.isSet(QStringLiteral("provider")) ? parser.value(QStringLiteral("provider")) : enabled.value(0);
    if (!findProvider(*configuration, id)) {
        QStringList known;
        for (const ProviderConfig &provider : configuration->providers)
            known << provider.id;
        return wrong(QStringLiteral("There is no provider \"%1\". Use one of: %2.")
                         .arg(id, known.join(QLatin1String(", "))))
            .error;
    }
    const auto response = readResponse(parser);
    if (!response)
        return response.error();
    const Explanation explanation = retryscope::explain(*configuration, id, *response, SystemClock().wallNow());
    if (parser.isSet(QStringLiteral("json")))
        return out(line(toJson(explanation))) ? Ok : OutputClosed;
    QString text;
    for (const ExplanationLine &row : tellExplanation(explanation, configuration->rules))
        text += QStringLiteral("%1 %2\n").arg(row.name, -9).arg(row.text);
    return out(text) ? Ok : OutputClosed;
}

} // namespace retryscope::cli
