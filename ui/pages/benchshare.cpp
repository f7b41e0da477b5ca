// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchshare.h"

#include "base/systemclock.h"
#include "pages/benchcomposer.h"
#include "pages/benchtarget.h"
#include "pages/promptpanel.h"
#include "pages/testpage.h"
#include "widgets/answerdiff.h"
#include "widgets/shareactions.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QShortcut>
#include <QVBoxLayout>

#include <algorithm>

namespace retryscope {
namespace {

constexpr int promptsWidth = 250;
const QString promptsKey = QStringLiteral("test/prompts");

} // namespace

BenchShare::BenchShare(TestPage &page, EngineClient &engine, const Theme &theme, const QString &library,
                       AnswerKeeper *keeper)
    : QObject(&page), m_page(page), m_theme(theme), m_holder(new QWidget), m_panel(new PromptPanel(theme, library)),
      m_toggle(new QPushButton(tr("Prompts"))), m_said(new QLabel)
{
    m_toggle->setObjectName(QStringLiteral("benchPrompts"));
    m_toggle->setCheckable(true);
    m_toggle->setToolTip(tr("Saved prompts, and what was asked (Ctrl+L)"));
    page.composer().buttons()->insertWidget(1, m_toggle, 0, Qt::AlignBottom);
    connect(m_toggle, &QPushButton::toggled, this, [this](bool on) {
        m_holder->setVisible(on);
        QSettings().setValue(promptsKey, on);
    });
    auto *key = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_L), &page);
    key->setWhatsThis(tr("Show or hide the saved prompts"));
    connect(key, &QShortcut::activated, m_toggle, &QPushButton::toggle);
    m_said->setObjectName(QStringLiteral("benchSaid"));
    m_said->setWordWrap(true);
    m_said->setTextFormat(Qt::PlainText);
    m_said->setContentsMargins(Theme::page, 0, Theme::page, 8);
    m_said->hide();
    if (keeper)
        m_panel->setKeeper(*keeper);
    m_panel->setCurrent([&page] { return page.composer().kept(); });
    connect(m_panel, &PromptPanel::promptChosen, &page.composer(), &BenchComposer::load);
    connect(m_panel, &PromptPanel::rerunRequested, this, [&page](const Prompt &prompt) {
        page.composer().load(prompt);
        emit page.composer().sendRequested();
    });
    for (BenchColumn *column : page.columns())
        equip(column);
    connect(&page, &TestPage::columnAdded, this, &BenchShare::equip);
    connect(&engine, &EngineClient::callFinished, this, &BenchShare::keep);
}

QWidget *BenchShare::beside(QWidget *shown)
{
    auto *whole = new QWidget;
    auto *column = new QVBoxLayout(whole);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto *row = new QHBoxLayout;
    row->setSpacing(0);
    auto *frame = new QVBoxLayout(m_holder); // as far from the edges as the page's own parts, and nothing without it
    frame->setContentsMargins(Theme::page, 12, 0, 12);
    m_panel->setFixedWidth(promptsWidth);
    frame->addWidget(m_panel);
    m_holder->setVisible(false);
    row->addWidget(m_holder);
    m_toggle->setChecked(QSettings().value(promptsKey).toBool());
    row->addWidget(shown, 1);
    column->addLayout(row, 1);
    column->addWidget(m_said);
    return whole;
}

void BenchShare::setConfiguration(const Configuration &configuration)
{
    m_panel->setConfiguration(configuration);
}

void BenchShare::equip(BenchColumn *column)
{
    QMenu *menu = column->menu();
    menu->addSeparator();
    auto *actions = new ShareActions(menu, [this, column] {
        const BenchSent sent = m_page.sentOf(*column);
        return Shared{sent.prompt, sent.provider, sent.events, sent.exchanges};
    });
    connect(actions, &ShareActions::said, this, &BenchShare::say);
    menu->addSeparator();
    QAction *differs = menu->addAction(tr("Compare with another answer …"), this, [this, column] { compare(column); });
    differs->setObjectName(QStringLiteral("compareAnswer"));
    connect(menu, &QMenu::aboutToShow, this, [this, column, differs] {
        const auto answered = std::count_if(m_page.columns().begin(), m_page.columns().end(),
                                            [](const BenchColumn *c) { return !c->run().text.isEmpty(); });
        differs->setEnabled(!column->run().text.isEmpty() && answered >= 2);
    });
}

/// This answer and the next column's that has one; any other can be chosen.
void BenchShare::compare(const BenchColumn *column)
{
    QVector<ComparedAnswer> answers;
    int mine = 0;
    for (const BenchColumn *one : m_page.columns()) {
        if (one->run().text.isEmpty())
            continue;
        if (one == column)
            mine = int(answers.size());
        const auto &result = one->run().result();
        answers.append({one->letter(), one->run().text,
                        result ? QStringLiteral("%1, %2").arg(one->nameOf(result->provider), result->model) : QString()});
    }
    if (answers.size() < 2)
        return;
    auto *dialog = new AnswerDiffDialog(m_theme, answers, m_page.window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->choose(mine, mine + 1 < answers.size() ? mine + 1 : 0);
    dialog->open();
}

void BenchShare::keep(const CallResult &result)
{
    for (const BenchColumn *column : m_page.columns()) {
        if (column->run().call != result.call)
            continue;
        const BenchRun &run = column->run();
        m_panel->addToSession({.at = SystemClock().wallNow(),
                               .prompt = run.prompt,
                               .chain = run.route.providers,
                               .result = result,
                               .tokensPerSecond = run.progress.speed({})});
        return;
    }
}

void BenchShare::say(const QString &sentence)
{
    m_said->setText(sentence);
    m_said->setVisible(!sentence.isEmpty());
}

} // namespace retryscope
