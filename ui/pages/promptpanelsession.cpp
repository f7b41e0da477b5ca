// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// What was asked: showing it, asking it again, comparing two answers, and whether it is kept.
#include "pages/promptpanel.h"

#include "base/systemclock.h"
#include "base/timeformat.h"
#include "models/answerkeeper.h"
#include "pages/answerdialog.h"
#include "pages/keepswitch.h"
#include "pages/promptpanelparts.h"
#include "widgets/answerdiff.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace retryscope {
namespace {

QDateTime dateTimeOf(WallTime at) { return QDateTime::fromMSecsSinceEpoch(at.time_since_epoch().count()); }

/// With its day where that is not today.
QString whenText(WallTime at)
{
    const QDateTime then = dateTimeOf(at);
    return then.date() == dateTimeOf(SystemClock().wallNow()).date() ? then.toString(QStringLiteral("HH:mm:ss"))
                                                                     : then.toString(QStringLiteral("d MMM HH:mm"));
}

} // namespace

QWidget *PromptPanel::buildSession()
{
    auto *page = new QWidget;
    auto *column = m_sessionColumn = new QVBoxLayout(page);
    column->setContentsMargins(0, Theme::gap / 2, 0, 0);
    column->setSpacing(Theme::gap / 2);
    m_sessionList = promptpanel::listOf("promptSession", tr("What was asked"));
    m_sessionList->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_sessionEmpty = promptpanel::hint("sessionEmpty", {});
    m_show = promptpanel::button("sessionShow", tr("Show"));
    m_show->setToolTip(tr("Shows the prompt with its answer"));
    m_again = promptpanel::button("sessionAgain", tr("Ask again"));
    m_compare = promptpanel::button("sessionCompare", tr("Compare"));
    m_compare->setToolTip(tr("Shows how two chosen answers differ"));
    auto *row = new QHBoxLayout;
    row->setSpacing(Theme::gap / 2);
    row->addWidget(m_show);
    row->addWidget(m_again);
    row->addWidget(m_compare);
    column->addWidget(m_sessionEmpty);
    column->addWidget(m_sessionList, 1);
    column->addLayout(row);
    showSession();
    connect(m_sessionList, &QListWidget::itemSelectionChanged, this, &PromptPanel::updateButtons);
    connect(m_sessionList, &QListWidget::itemActivated, this, [this] {
        if (const auto chosen = chosenEntries(); chosen.size() == 1)
            emit promptChosen(chosen.first()->prompt);
    });
    connect(m_show, &QPushButton::clicked, this, &PromptPanel::showAnswer);
    connect(m_again, &QPushButton::clicked, this, &PromptPanel::rerun);
    connect(m_compare, &QPushButton::clicked, this, &PromptPanel::compare);
    return page;
}

void PromptPanel::setConfiguration(const Configuration &configuration)
{
    m_configuration = configuration;
    m_names.clear();
    for (const ProviderConfig &p : configuration.providers)
        m_names.insert(p.id, p.name.isEmpty() ? p.id : p.name);
}

void PromptPanel::setKeeper(AnswerKeeper &keeper)
{
    m_keeper = &keeper;
    m_sessionColumn->addWidget(new KeepSwitch(keeper, KeepSwitch::Room::Narrow));
    const auto takeEarlier = [this] {
        m_session.restore(m_keeper->earlier());
        showSession();
    };
    connect(&keeper, &AnswerKeeper::restored, this, takeEarlier);
    connect(&keeper, &AnswerKeeper::removed, this, takeEarlier);
    connect(&keeper, &AnswerKeeper::changed, this, &PromptPanel::showEmpty);
    takeEarlier();
}

void PromptPanel::addToSession(const SessionEntry &entry)
{
    const SessionEntry &kept = m_session.add(entry);
    if (m_keeper)
        m_keeper->keep(kept, m_configuration);
    insertEntry(kept);
    while (m_sessionList->count() > int(m_session.entries().size()))
        delete m_sessionList->takeItem(m_sessionList->count() - 1);
    showEmpty();
    updateButtons();
}

/// The newest first.
void PromptPanel::showSession()
{
    m_sessionList->clear();
    for (const SessionEntry &entry : m_session.entries())
        insertEntry(entry);
    showEmpty();
    updateButtons();
}

void PromptPanel::insertEntry(const SessionEntry &entry)
{
    auto *item = new QListWidgetItem(lineOf(entry));
    item->setData(promptpanel::idRole, entry.number);
    item->setToolTip(QStringLiteral("<p>%1</p>").arg(entry.prompt.text.left(400).toHtmlEscaped()));
    m_sessionList->insertItem(0, item);
}

void PromptPanel::showEmpty()
{
    m_sessionEmpty->setText(m_keeper && m_keeper->isOn()
                                ? tr("Nothing was asked yet.")
                                : tr("Nothing was asked yet. What is asked here stays in memory, and is gone when the "
                                     "program ends."));
    m_sessionEmpty->setVisible(m_session.entries().empty());
    m_sessionList->setVisible(!m_session.entries().empty());
}

QString PromptPanel::lineOf(const SessionEntry &entry) const
{
    const CallResult &r = entry.result;
    const QString who = m_names.value(r.provider, r.provider);
    const QString how = r.succeeded()                         ? formatDuration(r.duration)
                        : r.outcome == CallOutcome::Cancelled ? tr("stopped")
                                                              : tr("failed");
    return QStringLiteral("%1  %2  %3  %4")
        .arg(whenText(entry.at), who.isEmpty() ? tr("nobody") : who, how, promptpanel::firstWords(entry.prompt));
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

void PromptPanel::showAnswer()
{
    const auto chosen = chosenEntries();
    if (chosen.size() != 1)
        return;
    auto *dialog = new AnswerDialog(*chosen.first(), m_configuration.providers, window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &AnswerDialog::rerunRequested, this, &PromptPanel::rerunRequested);
    dialog->open();
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
