// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "interchangefiles.h"
#include "session.h"
#include "terminal.h"

#include "interchange/interchange.h"
#include "words/interchangewords.h"

#include <QFileInfo>
#include <QJsonArray>

namespace retryscope::cli {
namespace {

int listTargets()
{
    QString text;
    for (const InterchangeTarget &target : interchangeTargets())
        text += QStringLiteral("%1 %2 %3%4\n")
                    .arg(QLatin1String(target.key), -20)
                    .arg(QLatin1String(target.file), -22)
                    .arg(QLatin1String(target.about),
                         target.read ? QString() : QStringLiteral(" It cannot be imported."));
    return out(text) ? Ok : OutputClosed;
}

QJsonObject lossJson(const LossLine &line)
{
    QJsonObject object{{QStringLiteral("kept"), toKey(line.kept)},
                       {QStringLiteral("field"), line.field},
                       {QStringLiteral("ours"), line.ours}};
    if (!line.theirs.isEmpty())
        object[QStringLiteral("theirs")] = line.theirs;
    if (!line.back.isUndefined())
        object[QStringLiteral("back")] = line.back;
    if (!line.note.isEmpty())
        object[QStringLiteral("note")] = line.note;
    return object;
}

QJsonObject exportJson(const InterchangeTarget &target, const Exported &exported, bool withText)
{
    QJsonArray lines;
    for (const LossLine &line : exported.report.lines)
        lines.append(lossJson(line));
    QJsonObject object{{QStringLiteral("kind"), QStringLiteral("export")},
                       {QStringLiteral("target"), QLatin1String(target.key)},
                       {QStringLiteral("losses"), lines}};
    for (const Kept kept : {Kept::Exact, Kept::Approximate, Kept::NotExpressible})
        object[toKey(kept)] = exported.report.count(kept);
    if (withText)
        object[QStringLiteral("text")] = QString::fromUtf8(exported.text);
    return object;
}

int printExport(const QCommandLineParser &parser, const InterchangeTarget &target, const Exported &exported)
{
    const QString file = parser.value(QStringLiteral("output"));
    const bool json = parser.isSet(QStringLiteral("json")),
               refused = parser.isSet(QStringLiteral("strict")) && exported.report.count(Kept::NotExpressible) > 0;
    if (!file.isEmpty() && !refused && !saveText(file, exported.text))
        return CannotStart;
    if (json) {
        if (!out(line(exportJson(target, exported, file.isEmpty() && !refused))))
            return OutputClosed;
    } else {
        if (file.isEmpty() && !refused && !out(QString::fromUtf8(exported.text)))
            return OutputClosed;
        err(lossText(exported.report) + lossSummary(exported.report), Priority::Information);
    }
    if (refused)
        err(QStringLiteral("Nothing was written: %1 cannot express all of it, and --strict was given.")
                .arg(QLatin1String(target.label)));
    return refused ? BadConfiguration : Ok;
}

} // namespace

int exportConfiguration(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Writes a configuration as that of another tool, and tells what is kept of it: exactly, with "
                       "another number, or not at all. The file goes to standard output, the report to standard error.\n"
                       "Targets: %1.")
            .arg(targetKeys()));
    parser.addOptions(
        {{QStringLiteral("to"), QStringLiteral("What for."), QStringLiteral("TARGET")},
         {QStringLiteral("config"), QStringLiteral("Configuration file; without it the defaults and the four vendors."),
          QStringLiteral("FILE")},
         {QStringLiteral("output"), QStringLiteral("Write the file there."), QStringLiteral("FILE")},
         forceOption(),
         {QStringLiteral("strict"), QStringLiteral("Write nothing and end with 3 when something is not expressible.")},
         {QStringLiteral("list"), QStringLiteral("List the targets.")},
         {QStringLiteral("json"), QStringLiteral("Print the report, and the file where it is not written, as JSON.")}});
    if (const auto code = parse(parser, arguments))
        return *code;
    if (const auto code = refuseWords(parser, "export"))
        return *code;
    if (parser.isSet(QStringLiteral("list")))
        return listTargets();
    const InterchangeTarget *target = targetOf(parser, QStringLiteral("to"));
    if (!target)
        return Usage;
    if (!mayWriteOutput(parser))
        return Usage;
    const QString file = parser.value(QStringLiteral("config"));
    const auto configuration = configurationOf(file);
    if (!configuration)
        return BadConfiguration;
    const QString source = file.isEmpty() ? QStringLiteral("the defaults") : QFileInfo(file).fileName();
    return printExport(parser, *target, exportTo(*target, *configuration, source));
}

} // namespace retryscope::cli
