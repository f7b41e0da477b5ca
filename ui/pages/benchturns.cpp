// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchturns.h"

#include "models/prompttemplate.h"
#include "pages/benchimages.h"
#include "theme/icons.h"
#include "widgets/elidedcombo.h"
#include "widgets/growingedit.h"

#include <QComboBox>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int mostTurnLines = 5;

} // namespace

BenchTurns::BenchTurns(QWidget *parent) : QWidget(parent), m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(6);
    setVisible(false);
}

void BenchTurns::addTurn(ChatRole role, const QVector<ChatPart> &parts)
{
    const QVector<ChatPart> images = imagesIn(parts);
    auto *row = new QWidget;
    auto *roleBox = new ElidedCombo;
    roleBox->addItem(tr("User"), int(ChatRole::User));
    roleBox->addItem(tr("Assistant"), int(ChatRole::Assistant));
    roleBox->setCurrentIndex(role == ChatRole::User ? 0 : 1);
    roleBox->setAccessibleName(tr("Who says it"));
    auto *edit = new GrowingEdit(1, mostTurnLines);
    edit->setObjectName(QStringLiteral("turnEdit"));
    edit->setAccessibleName(tr("Turn %1 of the conversation so far").arg(m_turns.size() + 1));
    edit->setPlaceholderText(tr("What was said"));
    edit->setPlainText(textIn(parts));
    auto *gone = new QToolButton;
    gone->setIcon(themedIcon(QStringLiteral("close")));
    gone->setToolTip(tr("Take this turn away"));
    gone->setAccessibleName(gone->toolTip());
    auto *line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    line->addWidget(roleBox, 0, Qt::AlignTop);
    line->addWidget(edit, 1);
    if (!images.isEmpty()) {
        auto *pictures = new QLabel(images.size() == 1 ? tr("1 picture") : tr("%1 pictures").arg(images.size()));
        pictures->setObjectName(QStringLiteral("turnPictures"));
        pictures->setProperty("muted", true);
        line->addWidget(pictures, 0, Qt::AlignTop);
    }
    line->addWidget(gone, 0, Qt::AlignTop);
    m_column->addWidget(row);
    m_turns.append({row, roleBox, edit, images});
    connect(edit, &QPlainTextEdit::textChanged, this, &BenchTurns::changed);
    connect(gone, &QToolButton::clicked, this, [this, row] { remove(row); });
    setVisible(true);
    emit changed();
}

void BenchTurns::remove(QWidget *row)
{
    m_turns.removeIf([row](const Turn &turn) { return turn.row == row; });
    row->deleteLater();
    setVisible(!m_turns.isEmpty());
    emit changed();
}

void BenchTurns::clear()
{
    while (!m_turns.isEmpty())
        remove(m_turns.last().row);
}

QStringList BenchTurns::texts() const
{
    QStringList all;
    for (const Turn &turn : m_turns)
        all << turn.text->toPlainText();
    return all;
}

QVector<ChatMessage> BenchTurns::messages(const QHash<QString, QString> &values) const
{
    QVector<ChatMessage> all;
    for (const Turn &turn : m_turns) {
        const QString text = filledIn(turn.text->toPlainText(), values);
        QVector<ChatPart> parts = turn.images;
        if (!text.trimmed().isEmpty())
            parts.append(ChatPart{.text = text});
        if (!parts.isEmpty())
            all.append({ChatRole(turn.role->currentData().toInt()), parts});
    }
    return all;
}

ChatRole BenchTurns::nextRole() const
{
    return !m_turns.isEmpty() && ChatRole(m_turns.last().role->currentData().toInt()) == ChatRole::User
               ? ChatRole::Assistant
               : ChatRole::User;
}

void BenchTurns::focusLast()
{
    if (!m_turns.isEmpty())
        m_turns.last().text->setFocus();
}

} // namespace retryscope
