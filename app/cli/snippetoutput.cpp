// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "snippetoutput.h"

#include "session.h"
#include "terminal.h"

#include "engine/targets.h"
#include "interchange/interchange.h"
#include "words/snippetwords.h"

namespace retryscope::cli {
namespace {

QString languageKeys()
{
    QStringList keys;
    for (const SnippetTraits &language : snippetLanguages())
        keys << QLatin1String(language.key);
    return keys.join(QStringLiteral(", "));
}

} // namespace

int printAs(const QString &language, const QString &configFile, const QStringList &chain, const Prompt &prompt)
{
    const SnippetTraits *traits = snippetLanguage(language);
    if (!traits) {
        err(QStringLiteral("--as takes one of %1, not \"%2\".").arg(languageKeys(), language));
        return Usage;
    }
    Configuration configuration = interchangeBase();
    if (!configFile.isEmpty()) {
        const LoadedConfiguration loaded = loadConfiguration(configFile);
        if (printIssues(loaded.issues, configFile))
            return BadConfiguration;
        configuration = loaded.configuration;
    }
    const QVector<ProviderId> enabled = enabledProviders(configuration);
    const ProviderId id = chain.isEmpty() ? enabled.value(0) : chain.first();
    if (!enabled.contains(id)) {
        err(id.isEmpty() ? QStringLiteral("%1 enables no provider, so there is nobody to ask.").arg(configFile)
                         : QStringLiteral("\"%1\" is no enabled provider of this configuration.").arg(id));
        return Usage;
    }
    const auto snippet = snippetFor(traits->language, *findProvider(configuration, id), prompt);
    if (!snippet) {
        err(toSentence(snippet.error()));
        return Usage;
    }
    if (!out(snippet->text))
        return OutputClosed;
    QStringList told{variablesSentence(snippet->variables)};
    for (const SnippetNote note : snippet->notes)
        told << toSentence(note, traits->language);
    told.removeAll(QString());
    err(told.join(QLatin1Char(' ')));
    return Ok;
}

} // namespace retryscope::cli
