// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "protocols/chat.h"

#include <QLabel>
#include <QListWidget>
#include <QPushButton>

namespace retryscope::promptpanel {

// What the two halves of the prompt panel are made of.

inline constexpr int idRole = Qt::UserRole;
inline constexpr qsizetype longestName = 60;

/// The first words of a prompt, for a prompt that has no name.
inline QString firstWords(const Prompt &prompt)
{
    const QString text = prompt.text.simplified();
    return text.size() <= longestName ? text : text.left(longestName - 1).trimmed() + QStringLiteral("…");
}

inline QListWidget *listOf(const char *name, const QString &accessible)
{
    auto *list = new QListWidget;
    list->setObjectName(QLatin1String(name));
    list->setAccessibleName(accessible);
    list->setTextElideMode(Qt::ElideRight);
    list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list->setUniformItemSizes(true);
    return list;
}

inline QPushButton *button(const char *name, const QString &text)
{
    auto *made = new QPushButton(text);
    made->setObjectName(QLatin1String(name));
    return made;
}

inline QLabel *hint(const char *name, const QString &text)
{
    auto *label = new QLabel(text);
    label->setObjectName(QLatin1String(name));
    label->setWordWrap(true);
    label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    label->setEnabled(false); // as quiet as what cannot be used
    return label;
}

} // namespace retryscope::promptpanel
