// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchangefiles.h"

#include "session.h"
#include "terminal.h"

#include <QFileInfo>
#include <QSaveFile>

namespace retryscope::cli {

QString targetKeys()
{
    QStringList keys;
    for (const InterchangeTarget &target : interchangeTargets())
        keys << QLatin1String(target.key);
    return keys.join(QStringLiteral(", "));
}

const InterchangeTarget *targetOf(const QCommandLineParser &parser, const QString &option)
{
    const QString key = parser.value(option);
    const InterchangeTarget *target = interchangeTarget(key);
    if (!target)
        err(key.isEmpty() ? QStringLiteral("Name what for: --%1 with one of %2.").arg(option, targetKeys())
                          : QStringLiteral("\"%1\" is not known. --%2 takes one of %3.").arg(key, option, targetKeys()));
    return target;
}

std::optional<Configuration> configurationOf(const QString &file)
{
    if (file.isEmpty())
        return interchangeBase();
    const LoadedConfiguration loaded = loadConfiguration(file);
    if (printIssues(loaded.issues, file))
        return std::nullopt;
    return loaded.configuration;
}

bool mayWrite(const QString &path, const QString &instead, bool overwrite)
{
    if (path.isEmpty() || overwrite || !QFileInfo::exists(path))
        return true;
    err(QStringLiteral("%1 is there already. Name a new file with %2.").arg(path, instead));
    return false;
}

bool mayWriteOutput(const QCommandLineParser &parser)
{
    return mayWrite(parser.value(QStringLiteral("output")), QStringLiteral("--output, or overwrite it with --force"),
                    parser.isSet(QStringLiteral("force")));
}

QCommandLineOption forceOption()
{
    return {QStringLiteral("force"), QStringLiteral("Let --output overwrite a file that is there.")};
}

bool saveText(const QString &path, const QByteArray &bytes)
{
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit())
        return true;
    err(QStringLiteral("%1 could not be written: %2. Check the path, the disk's free space and the folder's permissions.")
            .arg(path, file.errorString()));
    return false;
}

} // namespace retryscope::cli
