// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/readablepage.h"

#include "theme/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace retryscope {

ReadablePage::ReadablePage(const QString &title, const QString &words, int width, QWidget *parent)
    : QWidget(parent), m_column(new QVBoxLayout)
{
    setAccessibleName(title);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(Theme::page, Theme::gap, Theme::page, Theme::page);
    auto *column = new QWidget;
    column->setMaximumWidth(width);
    column->setLayout(m_column);
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(Theme::gap);
    row->addWidget(column, 10);
    row->addStretch(1);
    auto *heading = new QLabel(title);
    heading->setFont(Theme::font(TextRole::Headline));
    m_column->addWidget(heading);
    m_column->addWidget(quiet(words));
}

QLabel *ReadablePage::quiet(const QString &text)
{
    auto *label = new QLabel(text);
    label->setWordWrap(true);
    label->setProperty("muted", true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

QVBoxLayout *ReadablePage::card(const QString &title, const QString &words)
{
    auto *box = new QWidget;
    box->setObjectName(QStringLiteral("card"));
    box->setAttribute(Qt::WA_StyledBackground);
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(Theme::inset, 14, Theme::inset, 16);
    column->setSpacing(10);
    auto *heading = new QLabel(title);
    heading->setFont(Theme::font(TextRole::Title));
    column->addWidget(heading);
    if (!words.isEmpty())
        column->addWidget(quiet(words));
    m_column->addWidget(box);
    return column;
}

void ReadablePage::endPage() { m_column->addStretch(1); }

} // namespace retryscope
