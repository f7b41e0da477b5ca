// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "checklive.h"
#include "commands.h"

#include "keys.h"
#include "session.h"
#include "terminal.h"

#include "config/modelissues.h"
#include "engine/credentials.h"
#include "words/lintwords.h"

#include <QDateTime>

namespace retryscope::cli {

int check(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Checks a configuration file and reports every issue with its place. With --live it asks the "
                       "providers, too."));
    parser.addPositionalArgument(QStringLiteral("FILE"), QStringLiteral("The configuration file."));
    parser.addPositionalArgument(QStringLiteral("PROVIDER"),
                                 QStringLiteral("With --live: only these. Default: all that are enabled."),
                                 QStringLiteral("[PROVIDER...]"));
    parser.addOptions(
        {{QStringLiteral("live"),
          QStringLiteral("Ask each provider, stage by stage: address, connection, key, list of models, a short prompt, "
                         "streaming, rate limits. Sends two prompts of a few tokens.")},
         {QStringLiteral("json"), QStringLiteral("With --live: one JSON object a provider and line.")},
         {QStringLiteral("transport"), QStringLiteral("With --live: qt, or curl (libcurl). Default: qt."),
          QStringLiteral("NAME"), QStringLiteral("qt")}});
    if (const auto code = parse(parser, arguments))
        return *code;
    const bool live = parser.isSet(QStringLiteral("live"));
    const QStringList words = parser.positionalArguments();
    if (words.isEmpty() || (words.size() > 1 && !live)) {
        err(QStringLiteral("Name one configuration file."));
        return Usage;
    }
    const auto transport = transportFromKey(parser.value(QStringLiteral("transport")));
    if (!transport) {
        err(transport.error());
        return Usage;
    }
    const QString path = words.first();
    const LoadedConfiguration loaded = loadConfiguration(path);
    if (printIssues(loaded.issues, path))
        return BadConfiguration;
    readKeys(keychainNames(loaded.configuration));
    printIssues(keyIssues(loaded.configuration)
                    + modelIssues(loaded.configuration, QDateTime::currentDateTimeUtc().date())
                    + lintIssues(loaded.configuration),
                path);
    if (live)
        return checkLive(loaded.configuration,
                         {path, words.mid(1), *transport, parser.isSet(QStringLiteral("json"))});
    return out(QStringLiteral("%1: valid, %2 provider(s).\n").arg(path).arg(loaded.configuration.providers.size()))
               ? Ok
               : OutputClosed;
}

} // namespace retryscope::cli
