// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/startchoice.h"

#include "config/provideredits.h"

#include <QFrame>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int sideBySide = 620; ///< pixels; narrower, and the cards stand one below the other
constexpr qsizetype mostOffered = 4;

} // namespace

StartChoice::StartChoice(const Theme &theme, QWidget *parent)
    : QWidget(parent), m_cards(new QBoxLayout(QBoxLayout::LeftToRight))
{
    Q_UNUSED(theme)
    setObjectName(QStringLiteral("startChoice"));
    auto *title = new QLabel(tr("No provider is configured"));
    title->setFont(Theme::font(TextRole::Headline));
    title->setAlignment(Qt::AlignHCenter);
    auto *words = new QLabel(tr("Nothing is asked, and nothing is simulated, until you choose."));
    words->setProperty("muted", true);
    words->setAlignment(Qt::AlignHCenter);
    words->setWordWrap(true);
    QVBoxLayout *play =
        addCard(QStringLiteral("startSimulation"), tr("Play the simulation"),
                tr("Four simulated providers on this machine, with traffic and faults that you cause. No "
                   "network, no key, no cost; whatever is simulated says so."));
    auto *begin = new QPushButton(tr("Play the simulation"));
    begin->setObjectName(QStringLiteral("playSimulation"));
    connect(begin, &QPushButton::clicked, this, &StartChoice::simulationRequested);
    play->addStretch(1);
    play->addWidget(begin, 0, Qt::AlignLeft);
    const QVector<FoundKey> found = foundKeys();
    QVBoxLayout *add =
        addCard(QStringLiteral("startProvider"), tr("Add a provider"),
                found.isEmpty() ? tr("Any vendor, gateway or local server. Its key stays where it is: the "
                                     "configuration only names it, such as env:OPENAI_API_KEY.")
                                : tr("Keys were found in your environment. Only their names are kept, and nothing is "
                                     "sent before you check or apply it."));
    for (const FoundKey &key : found.first(std::min(found.size(), mostOffered))) {
        auto *use = new QPushButton(tr("Use %1 for %2").arg(key.variable, key.preset->label));
        use->setObjectName(QStringLiteral("use_") + key.variable);
        connect(use, &QPushButton::clicked, this, [this, preset = key.preset->key] { emit providerRequested(preset); });
        add->addWidget(use, 0, Qt::AlignLeft);
    }
    auto *choose = new QPushButton(found.isEmpty() ? tr("Add a provider") : tr("Another one …"));
    choose->setObjectName(QStringLiteral("chooseProvider"));
    connect(choose, &QPushButton::clicked, this, [this] { emit providerRequested({}); });
    add->addStretch(1);
    add->addWidget(choose, 0, Qt::AlignLeft);
    m_cards->setSpacing(Theme::gap);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 24, 24, 24);
    column->setSpacing(Theme::gap);
    column->addStretch(2);
    column->addWidget(title);
    column->addWidget(words);
    column->addSpacing(Theme::gap);
    auto *row = new QHBoxLayout;
    row->addStretch(1);
    row->addLayout(m_cards, 20);
    row->addStretch(1);
    column->addLayout(row);
    column->addStretch(3);
}

QVBoxLayout *StartChoice::addCard(const QString &name, const QString &title, const QString &words)
{
    auto *card = new QFrame;
    card->setObjectName(QStringLiteral("card"));
    card->setAccessibleName(title);
    card->setMaximumWidth(420);
    auto *column = new QVBoxLayout(card);
    column->setContentsMargins(Theme::inset, Theme::inset, Theme::inset, Theme::inset);
    column->setSpacing(10);
    auto *heading = new QLabel(title);
    heading->setObjectName(name);
    heading->setFont(Theme::font(TextRole::Title));
    auto *text = new QLabel(words);
    text->setWordWrap(true);
    text->setProperty("muted", true);
    column->addWidget(heading);
    column->addWidget(text);
    m_cards->addWidget(card, 1);
    return column;
}

void StartChoice::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    m_cards->setDirection(width() < sideBySide ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
}

} // namespace retryscope
