// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engineclient.h"
#include "theme/theme.h"

#include <QObject>

class QLabel;
class QPushButton;

namespace retryscope {

class BenchColumn;
class AnswerKeeper;
class PromptPanel;
class TestPage;

/// What is kept and shared of the bench: the library of prompts and the history beside it, and in each column's menu the request as
/// code, its traffic as HAR, and the difference to another answer.
class BenchShare : public QObject
{
    Q_OBJECT
public:
    /// The page owns it. `library` is the file of the prompts; `keeper` keeps what is asked, where it is switched on.
    BenchShare(TestPage &page, EngineClient &engine, const Theme &theme, const QString &library,
               AnswerKeeper *keeper = nullptr);
    /// `shown` (the page, or what it scrolls in) with the prompts at its left and a line for what was done under it.
    QWidget *beside(QWidget *shown);
    void setConfiguration(const Configuration &configuration);
    PromptPanel &panel() const { return *m_panel; }

private:
    void equip(BenchColumn *column);
    void compare(const BenchColumn *column);
    void keep(const CallResult &result);
    void say(const QString &sentence);

    TestPage &m_page;
    const Theme &m_theme;
    QWidget *m_holder; ///< of the panel, with its distances
    PromptPanel *m_panel;
    QPushButton *m_toggle;
    QLabel *m_said;
};

} // namespace retryscope
