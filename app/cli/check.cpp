// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

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
        QStringLiteral("Checks a configuration file and reports every issue with its place."));
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
    printIssues(keyIssues(loaded.configuration)
                    + modelIssues(loaded.configuration, QDateTime::currentDateTimeUtc().date())
                    + lintIssues(loaded.configuration),
                path);
    return out(QStringLiteral("%1: valid, %2 provider(s).\n").arg(path).arg(loaded.configuration.providers.size()))
               ? Ok
               : OutputClosed;
}

} // namespace retryscope::cli
