// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "protocols/chat.h"

#include <QHash>
#include <QWidget>

class QVBoxLayout;
class QComboBox;

namespace retryscope {

class GrowingEdit;

/// The conversation so far: turns that can be written, changed and taken away, one below the other.
class BenchTurns : public QWidget
{
    Q_OBJECT
public:
    explicit BenchTurns(QWidget *parent = nullptr);
    /// Its texts can be written; its pictures, calls of tools and their results go with it as they are. Takes the focus when a person added it.
    void addTurn(ChatRole role, const QVector<ChatPart> &parts);
    void clear();
    int count() const { return int(m_turns.size()); }
    QStringList texts() const;
    /// With the values of variables in their places; turns that say nothing are left out.
    QVector<ChatMessage> messages(const QHash<QString, QString> &values) const;
    /// Who would speak next, if both took turns.
    ChatRole nextRole() const;
    void focusLast();
    /// The last turn answers the model's calls, which is something to ask with.
    bool endWithResults() const;

signals:
    void changed();

private:
    struct Turn { QWidget *row; QComboBox *role; GrowingEdit *text; QVector<ChatPart> parts; };
    void remove(QWidget *row);
    QVBoxLayout *m_column;
    QVector<Turn> m_turns;
};

} // namespace retryscope
