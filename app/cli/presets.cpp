// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "session.h"
#include "terminal.h"

#include "config/providerfields.h"
#include "config/providerpresets.h"

#include <QJsonDocument>

#include <algorithm>

namespace retryscope::cli {

int presets(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Lists the providers that are known; with a NAME, prints that one "
                                                    "as it stands in \"providers\" of the configuration file."));
    parser.addPositionalArgument(QStringLiteral("NAME"), QStringLiteral("Of a preset."), QStringLiteral("[NAME]"));
    if (const auto code = parse(parser, arguments))
        return *code;
    const QStringList names = parser.positionalArguments();
    const auto &known = providerPresets();
    if (names.isEmpty()) {
        QString text;
        for (const ProviderPreset &preset : known)
            text += QStringLiteral("%1 %2\n")
                        .arg(preset.key, -17)
                        .arg(preset.note.isEmpty() ? preset.label : preset.label + QStringLiteral(". ") + preset.note);
        return out(text) ? Ok : OutputClosed;
    }
    const auto preset =
        std::find_if(known.begin(), known.end(), [&](const ProviderPreset &p) { return p.key == names.first(); });
    if (names.size() > 1 || preset == known.end()) {
        err(QStringLiteral("\"%1\" is no preset. retryscope-cli presets lists them.")
                .arg(names.join(QLatin1Char(' ')).left(60)));
        return Usage;
    }
    return out(QString::fromUtf8(QJsonDocument(preset->json).toJson())) ? Ok : OutputClosed;
}

int schema(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Prints the JSON schema of the configuration file, for editors: name the saved file in its \"$schema\"."));
    if (const auto code = parse(parser, arguments))
        return *code;
    return out(QString::fromUtf8(QJsonDocument(configurationSchema()).toJson())) ? Ok : OutputClosed;
}

} // namespace retryscope::cli
