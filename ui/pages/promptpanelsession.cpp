// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// What was asked in this session: asking it again, and comparing two answers.
#include "pages/promptpanel.h"

#include "pages/promptpanelparts.h"
#include "widgets/answerdiff.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace retryscope {

QWidget *PromptPanel::buildSession()
{
    auto *page = new QWidget;
    auto *column = new QVBoxLayout(page);
    column->setContentsMargins(0, Theme::gap / 2, 0, 0);
    column->setSpacing(Theme::gap / 2);
    m_sessionList = promptpanel::listOf("promptSession", tr("Asked in this session"));
    m_sessionList->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_sessionEmpty = promptpanel::hint(
        "sessionEmpty", tr("Nothing was asked yet. What is asked here stays in memory, and is gone when the "
                           "program ends."));
    m_again = promptpanel::button("sessionAgain", tr("Ask again"));
    m_compare = promptpanel::button("sessionCompare", tr("Compare"));
    m_compare->setToolTip(tr("Shows how two chosen answers differ"));
    auto *row = new QHBoxLayout;
    row->setSpacing(Theme::gap / 2);
    row->addWidget(m_again);
    row->addWidget(m_compare);
    column->addWidget(m_sessionEmpty);
    column->addWidget(m_sessionList, 1);
    column->addLayout(row);
    m_sessionList->hide();
    connect(m_sessionList, &QListWidget::itemSelectionChanged, this, &PromptPanel::updateButtons);
    connect(m_sessionList, &QListWidget::itemActivated, this, [this] {
        if (const auto chosen = chosenEntries(); chosen.size() == 1)
            emit promptChosen(chosen.first()->prompt);
    });
    connect(m_again, &QPushButton::clicked, this, &PromptPanel::rerun);
    connect(m_compare, &QPushButton::clicked, this, &PromptPanel::compare);
    return page;
}

void PromptPanel::addToSession(const SessionEntry &entry)
{
    const SessionEntry &kept = m_session.add(entry);
    auto *item = new QListWidgetItem(lineOf(kept));
    item->setData(promptpanel::idRole, kept.number);
    item->setToolTip(QStringLiteral("<p>%1</p>").arg(kept.prompt.text.left(400).toHtmlEscaped()));
    m_sessionList->insertItem(0, item);
    while (m_sessionList->count() > int(m_session.entries().size()))
        delete m_sessionList->takeItem(m_sessionList->count() - 1);
    m_sessionEmpty->hide();
    m_sessionList->show();
    updateButtons();
}

QString PromptPanel::lineOf(const SessionEntry &entry) const
{
    const CallResult &r = entry.result;
    const QString time =
        QDateTime::fromMSecsSinceEpoch(entry.at.time_since_epoch().count()).toString(QStringLiteral("HH:mm:ss"));
    const QString who = m_names.value(r.provider, r.provider);
    const QString how = r.succeeded()                         ? formatDuration(r.duration)
                        : r.outcome == CallOutcome::Cancelled ? tr("stopped")
                                                              : tr("failed");
    return QStringLiteral("%1  %2  %3  %4")
        .arg(time, who.isEmpty() ? tr("nobody") : who, how, promptpanel::firstWords(entry.prompt));
}

QVector<const SessionEntry *> PromptPanel::chosenEntries() const
{
    QVector<const SessionEntry *> chosen;
    for (int row = 0; row < m_sessionList->count(); ++row) {
        const QListWidgetItem *item = m_sessionList->item(row);
        const SessionEntry *entry =
            item->isSelected() ? m_session.find(item->data(promptpanel::idRole).toULongLong()) : nullptr;
        if (entry)
            chosen.append(entry);
    }
    return chosen;
}

void PromptPanel::rerun()
{
    if (const auto chosen = chosenEntries(); chosen.size() == 1)
        emit rerunRequested(chosen.first()->prompt);
}

void PromptPanel::compare()
{
    const auto chosen = chosenEntries();
    if (chosen.size() != 2)
        return;
    QVector<ComparedAnswer> answers;
    for (auto it = chosen.rbegin(); it != chosen.rend(); ++it) // the older one first
        answers.append({lineOf(**it).section(QStringLiteral("  "), 0, 1), (*it)->result.text});
    auto *dialog = new AnswerDiffDialog(m_theme, answers, window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

} // namespace retryscope
