// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/keepswitch.h"

#include "models/answerkeeper.h"
#include "theme/theme.h"
#include "widgets/setifnew.h"

#include <QCheckBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

QLabel *keepWords(const char *name)
{
    auto *label = new QLabel;
    label->setObjectName(QLatin1String(name));
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    label->setFont(Theme::font(TextRole::Secondary));
    return label;
}

QPushButton *keepButton(const char *name, const QString &text = {})
{
    auto *made = new QPushButton(text);
    made->setObjectName(QLatin1String(name));
    return made;
}

QString answersText(int count)
{
    return count == 1 ? KeepSwitch::tr("1 answer") : KeepSwitch::tr("%1 answers").arg(QLocale().toString(count));
}

} // namespace

KeepSwitch::KeepSwitch(AnswerKeeper &keeper, Room room, QWidget *parent)
    : QWidget(parent), m_keeper(keeper), m_switch(new QCheckBox), m_words(keepWords("keepWords")),
      m_problem(keepWords("keepProblem")), m_sure(keepWords("keepSure")), m_delete(keepButton("keepDelete")),
      m_yes(keepButton("keepDeleteYes", tr("Delete"))), m_no(keepButton("keepDeleteNo", tr("Cancel"))),
      m_question(buildQuestion())
{
    const QString name = tr("Keep prompts and answers on this machine");
    m_switch->setObjectName(QStringLiteral("keepAnswers"));
    m_switch->setText(room == Room::Wide ? name : tr("Keep prompts and answers\non this machine"));
    m_switch->setAccessibleName(name);
    m_words->setProperty("muted", true);
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto *row = new QHBoxLayout;
    row->addWidget(m_delete);
    row->addStretch(1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Theme::gap / 2);
    column->addWidget(m_switch);
    column->addWidget(m_words);
    column->addWidget(m_problem);
    column->addLayout(row);
    column->addWidget(m_question);
    connect(m_switch, &QCheckBox::clicked, &m_keeper, &AnswerKeeper::setOn);
    connect(m_delete, &QPushButton::clicked, this, [this] { ask(true); });
    connect(&m_keeper, &AnswerKeeper::changed, this, &KeepSwitch::refresh);
    refresh();
}

/// What is deleted does not come back, so it is asked, here where the button was.
QWidget *KeepSwitch::buildQuestion()
{
    auto *box = new QWidget;
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Theme::gap / 2);
    auto *row = new QHBoxLayout;
    row->setSpacing(Theme::gap / 2);
    row->addWidget(m_yes);
    row->addWidget(m_no);
    row->addStretch(1);
    column->addWidget(m_sure);
    column->addLayout(row);
    connect(m_yes, &QPushButton::clicked, this, [this] {
        m_keeper.remove();
        ask(false);
    });
    connect(m_no, &QPushButton::clicked, this, [this] { ask(false); });
    return box;
}

void KeepSwitch::ask(bool asking)
{
    m_asking = asking;
    if (asking)
        m_keeper.countAgain();
    refresh();
    if (asking)
        m_no->setFocus(); // Return at once deletes nothing
    else
        (m_delete->isVisible() ? static_cast<QWidget *>(m_delete) : m_switch)->setFocus();
}

QString KeepSwitch::words() const
{
    if (const QString refusal = m_keeper.refusal(); !refusal.isEmpty())
        return refusal;
    const AnswerFileOptions most;
    const QString bound = tr("the newest %1 answers, at most %2 MB").arg(most.most).arg(most.bytes >> 20);
    if (m_keeper.isOn())
        return tr("From now on they are kept in %1 in your data folder, for you alone and without keys: %2.")
            .arg(QFileInfo(m_keeper.path()).fileName(), bound);
    const int kept = m_keeper.kept().value_or(0);
    return kept > 0
               ? tr("Off: nothing more is written. What was kept before, %1, stays until you delete it.")
                     .arg(answersText(kept))
               : tr("Off: nothing of them is written. On: %1, in a file for you alone, without keys.").arg(bound);
}

void KeepSwitch::refresh()
{
    m_switch->setEnabled(m_keeper.refusal().isEmpty());
    m_switch->setChecked(m_keeper.isOn());
    setIfNew(m_words, words());
    setIfNew(m_problem, m_keeper.problem());
    m_problem->setVisible(!m_keeper.problem().isEmpty());
    const int kept = m_keeper.kept().value_or(0);
    m_asking = m_asking && kept > 0;
    m_delete->setText(tr("Delete what is kept (%1)").arg(QLocale().toString(kept)));
    m_delete->setVisible(kept > 0 && !m_asking);
    setIfNew(m_sure, tr("%1 will be deleted from this machine for good.").arg(answersText(kept)));
    m_question->setVisible(m_asking);
}

} // namespace retryscope
