// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "interchangefiles.h"
#include "session.h"
#include "terminal.h"

#include "base/userfiles.h"

namespace retryscope::cli {

int importConfiguration(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Makes a configuration of another tool's file. What the file cannot tell is taken from --config, or "
                       "from the defaults; what it says and has no counterpart is listed.\nTargets: %1.")
            .arg(targetKeys()));
    parser.addOptions(
        {{QStringLiteral("from"), QStringLiteral("What the file is of."), QStringLiteral("TARGET")},
         {QStringLiteral("config"), QStringLiteral("The configuration to start from."), QStringLiteral("FILE")},
         {QStringLiteral("output"), QStringLiteral("Write the configuration there."), QStringLiteral("FILE")},
         forceOption()});
    parser.addPositionalArgument(QStringLiteral("FILE"), QStringLiteral("The other tool's file."));
    if (const auto code = parse(parser, arguments))
        return *code;
    if (parser.positionalArguments().size() != 1) {
        err(QStringLiteral("Name one file to import."));
        return Usage;
    }
    const InterchangeTarget *target = targetOf(parser, QStringLiteral("from"));
    if (!target)
        return Usage;
    if (!target->read) {
        err(QStringLiteral("%1 is only written, and cannot be imported.").arg(QLatin1String(target->label)));
        return Usage;
    }
    if (!mayWriteOutput(parser))
        return Usage;
    const auto base = configurationOf(parser.value(QStringLiteral("config")));
    if (!base)
        return BadConfiguration;
    const QString path = parser.positionalArguments().first();
    const auto bytes = readBoundedFile(path, largestInterchangeFile);
    if (!bytes) {
        const bool large = bytes.error().kind == FileProblem::Kind::TooLarge;
        err(QStringLiteral("%1 %2. Check the path and its permissions; it must be a file of at most 256 KB.")
                .arg(path, large ? QStringLiteral("is too large") : bytes.error().inSentence(largestInterchangeFile)));
        return BadConfiguration;
    }
    const Imported imported = importFrom(*target, *bytes, *base);
    const bool failed = printIssues(imported.issues, path);
    for (const QString &place : imported.notTaken)
        err(QStringLiteral("%1: not taken: %2: has no counterpart.").arg(path, place), Priority::Warning);
    if (failed)
        return BadConfiguration;
    const QByteArray json = toJson(imported.configuration);
    const QString output = parser.value(QStringLiteral("output"));
    if (!output.isEmpty())
        return saveText(output, json) ? Ok : CannotStart;
    return out(QString::fromUtf8(json)) ? Ok : OutputClosed;
}

} // namespace retryscope::cli
