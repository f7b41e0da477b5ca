// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shareactions.h"

#include "words/snippetwords.h"
#include "workbench/exchangehar.h"

#include <QClipboard>
#include <QCoreApplication>
#include <QGuiApplication>
#include <QMenu>

namespace retryscope {

ShareActions::ShareActions(QMenu *menu, Source source) : QObject(menu), m_menu(menu), m_source(std::move(source))
{
    QVector<QAction *> copies;
    for (const SnippetTraits &language : snippetLanguages()) {
        QAction *copy = menu->addAction(tr("Copy as %1").arg(QLatin1String(language.label)));
        copy->setObjectName(QStringLiteral("copyAs_") + QLatin1String(language.key));
        connect(copy, &QAction::triggered, this, [this, which = int(language.language)] { copyAs(which); });
        copies << copy;
    }
    QAction *har = menu->addAction(tr("Save HAR …"));
    har->setObjectName(QStringLiteral("saveHar"));
    connect(har, &QAction::triggered, this, &ShareActions::saveHar);
    connect(menu, &QMenu::aboutToShow, this, [this, copies, har] {
        const Shared shared = m_source();
        for (QAction *copy : copies)
            copy->setEnabled(shared.provider.has_value());
        har->setEnabled(!shared.events.isEmpty() && !m_job.isRunning());
    });
    connect(&m_job, &ExportJob::finished, this, [this](bool, const QString &sentence) { emit said(sentence); });
}

void ShareActions::copyAs(int language)
{
    const Shared shared = m_source();
    if (!shared.provider)
        return;
    const auto snippet = snippetFor(SnippetLanguage(language), *shared.provider, shared.prompt);
    if (!snippet) {
        emit said(toSentence(snippet.error()));
        return;
    }
    QGuiApplication::clipboard()->setText(snippet->text);
    QStringList sentences{tr("The request is on the clipboard."), variablesSentence(snippet->variables)};
    for (const SnippetNote note : snippet->notes)
        sentences << toSentence(note, SnippetLanguage(language));
    sentences.removeAll(QString());
    emit said(sentences.join(QLatin1Char(' ')));
}

void ShareActions::saveHar()
{
    const Shared shared = m_source();
    if (shared.events.isEmpty() || m_job.isRunning())
        return;
    const QString path = m_choosePath(m_menu->parentWidget(), QStringLiteral("call.har"), tr("HTTP archive (*.har)"));
    if (path.isEmpty())
        return;
    if (!shared.exchanges.isEmpty()) {
        m_job.start(path, [records = shared.exchanges, path, version = QCoreApplication::applicationVersion()](
                              const ExportProgress &) { return writeFile(exchangesToHar(records, version), path); });
        return;
    }
    ExportOptions options;
    options.version = QCoreApplication::applicationVersion();
    if (shared.provider)
        options.endpoints.insert(shared.provider->id, shared.provider->baseUrl);
    m_job.start(path, [events = shared.events, path, options](const ExportProgress &progress) {
        return exportEvents(events, EventFormat::Har, path, options, progress);
    });
}

} // namespace retryscope
