// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QCheckBox;
class QLabel;
class QPushButton;

namespace retryscope {

class AnswerKeeper;

/// Whether prompts and answers are kept on this machine: the switch, what that means, what does not work, and deleting what
/// is kept. As many of them as there are places for it show the same.
class KeepSwitch : public QWidget
{
    Q_OBJECT
public:
    /// How wide its place is: a side panel breaks the switch's own words.
    enum class Room : quint8 { Narrow, Wide };
    KeepSwitch(AnswerKeeper &keeper, Room room, QWidget *parent = nullptr);

private:
    QWidget *buildQuestion();
    void refresh();
    void ask(bool asking);
    QString words() const;

    AnswerKeeper &m_keeper;
    QCheckBox *m_switch;
    QLabel *m_words, *m_problem, *m_sure;
    QPushButton *m_delete, *m_yes, *m_no;
    QWidget *m_question;
    bool m_asking = false; ///< whether it is really to be deleted
};

} // namespace retryscope
