// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/playcard.h"

#include <QKeyEvent>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace retryscope {

PlayCard::PlayCard(const QString &name, const QString &title, const QString &words, const QString &verb,
                   QWidget *question, QWidget *parent)
    : QFrame(parent), m_verb(verb), m_run(new QPushButton(verb)), m_bar(new QProgressBar), m_status(new QLabel)
{
    setObjectName(QStringLiteral("card"));
    auto *heading = new QLabel(title);
    heading->setFont(Theme::font(TextRole::Title));
    auto *about = new QLabel(words);
    about->setWordWrap(true);
    about->setProperty("muted", true);
    m_run->setObjectName(name + QStringLiteral("Run"));
    m_run->setProperty("primary", true);
    m_run->setToolTip(tr("Ctrl+Enter plays, Esc stops"));
    m_bar->setObjectName(name + QStringLiteral("Progress"));
    m_bar->setAccessibleName(tr("Share that is played"));
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(120);
    m_bar->hide();
    m_status->setObjectName(name + QStringLiteral("Status"));
    m_status->setWordWrap(true);
    m_status->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto *foot = new QHBoxLayout;
    foot->setSpacing(12);
    foot->addWidget(m_run);
    foot->addWidget(m_bar);
    foot->addWidget(m_status, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::inset, 12, Theme::inset, 12);
    column->setSpacing(8);
    column->addWidget(heading);
    column->addWidget(about);
    column->addWidget(question);
    column->addLayout(foot);
    connect(m_run, &QPushButton::clicked, this, [this] { m_runs ? emit stopRequested() : emit runRequested(); });
}

void PlayCard::begin() { m_since.start(); }

void PlayCard::setRunning(bool runs)
{
    m_runs = runs;
    m_run->setText(runs ? tr("Stop") : m_verb);
    m_bar->setVisible(runs);
}

void PlayCard::setProgress(double share, const QString &sentence)
{
    m_bar->setValue(int(share * 1000.0));
    say(sentence);
}

void PlayCard::say(const QString &sentence) { m_status->setText(sentence); }

void PlayCard::sayProblem(const QString &sentence) { say(QStringLiteral("✗ %1").arg(sentence)); }

bool PlayCard::takesKey(QKeyEvent *event)
{
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && (event->modifiers() & Qt::ControlModifier) && !m_runs) {
        emit runRequested();
        return true;
    }
    if (event->key() == Qt::Key_Escape && m_runs) {
        emit stopRequested();
        return true;
    }
    return false;
}

void scrollPlay(QScrollArea &panel, PlayCard *card, QWidget *result)
{
    auto *content = new QWidget;
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 8, 0);
    column->setSpacing(Theme::gap);
    column->addWidget(card);
    column->addWidget(result);
    column->addStretch(1);
    panel.setWidget(content);
    panel.setWidgetResizable(true);
    panel.setFrameShape(QFrame::NoFrame);
    panel.setFocusPolicy(Qt::NoFocus);
    panel.setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

} // namespace retryscope
