// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchturns.h"

#include "pages/benchimages.h"
#include "protocols/prompttemplate.h"
#include "theme/icons.h"
#include "widgets/elidedcombo.h"
#include "widgets/growingedit.h"

#include <QComboBox>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace retryscope {
namespace {

constexpr int mostTurnLines = 5;

/// "1 picture, 2 tool calls": what goes with a turn's text.
QString besidesText(const QVector<ChatPart> &parts)
{
    const auto count = [&parts](ChatPart::Kind kind) {
        return int(std::count_if(parts.begin(), parts.end(), [kind](const ChatPart &p) { return p.kind == kind; }));
    };
    QStringList words;
    const auto add = [&words](int number, const QString &one, const QString &many) {
        if (number > 0)
            words << (number == 1 ? one : many.arg(number));
    };
    add(count(ChatPart::Kind::Image), BenchTurns::tr("1 picture"), BenchTurns::tr("%1 pictures"));
    add(count(ChatPart::Kind::ToolCall), BenchTurns::tr("1 tool call"), BenchTurns::tr("%1 tool calls"));
    add(count(ChatPart::Kind::ToolResult), BenchTurns::tr("1 tool result"), BenchTurns::tr("%1 tool results"));
    return words.join(QStringLiteral(", "));
}

/// The parts with a text in place of theirs, which stands where theirs began.
QVector<ChatPart> withText(const QVector<ChatPart> &parts, const QString &text)
{
    QVector<ChatPart> all = parts;
    const auto isText = [](const ChatPart &part) { return part.kind == ChatPart::Kind::Text; };
    const qsizetype first = std::find_if(all.begin(), all.end(), isText) - all.begin();
    const bool had = first < all.size();
    all.removeIf(isText);
    if (text.trimmed().isEmpty())
        return all;
    const bool calls = !all.isEmpty() && all.first().kind == ChatPart::Kind::ToolCall; // come after what is said
    all.insert(had ? first : calls ? 0 : all.size(), ChatPart{.text = text});
    return all;
}

} // namespace

BenchTurns::BenchTurns(QWidget *parent) : QWidget(parent), m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(6);
    setVisible(false);
}

void BenchTurns::addTurn(ChatRole role, const QVector<ChatPart> &parts)
{
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
    if (const QString others = besidesText(parts); !others.isEmpty()) {
        auto *pictures = new QLabel(others);
        pictures->setObjectName(QStringLiteral("turnPictures"));
        pictures->setProperty("muted", true);
        line->addWidget(pictures, 0, Qt::AlignTop);
    }
    line->addWidget(gone, 0, Qt::AlignTop);
    m_column->addWidget(row);
    m_turns.append({row, roleBox, edit, parts});
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
        const QString written = turn.text->toPlainText(), text = filledIn(written, values);
        const bool asItCame = written == textIn(turn.parts) && text == written; // perhaps in several pieces
        const QVector<ChatPart> parts = asItCame ? turn.parts : withText(turn.parts, text);
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

bool BenchTurns::endWithResults() const
{
    return !m_turns.isEmpty() && !m_turns.last().parts.isEmpty()
           && m_turns.last().parts.last().kind == ChatPart::Kind::ToolResult;
}

void BenchTurns::focusLast()
{
    if (!m_turns.isEmpty())
        m_turns.last().text->setFocus();
}

} // namespace retryscope
