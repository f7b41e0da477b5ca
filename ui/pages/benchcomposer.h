// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "protocols/chat.h"

#include <QFrame>
#include <QHash>

class QComboBox;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace retryscope {

class BenchCarried;
class BenchCost;
class BenchImages;
class BenchParameters;
class BenchTurns;
class FlowLayout;
class GrowingEdit;

/// What is asked: system prompt, the conversation so far, the prompt, a field for each {{variable}} in them, and behind
/// chips the parameters, tools, a schema and pictures.
class BenchComposer : public QFrame
{
    Q_OBJECT
public:
    explicit BenchComposer(QWidget *parent = nullptr);
    /// What would be sent now; none where something is missing, which is said at its field.
    std::optional<Prompt> prompt();
    /// What would be sent, without a word about what is missing.
    Prompt draft() const;
    /// As it is written, with its {{variables}} and without pictures, to be kept; and such a one put back.
    Prompt kept() const;
    void load(const Prompt &prompt);
    /// What was asked and answered becomes the conversation so far.
    void continueFrom(const Prompt &asked, const QString &answer);
    void setPromptText(const QString &text);
    void setSystemText(const QString &text);
    /// How many answers a send asks for, and whether any is on its way.
    void setState(int columns, bool running);
    void hideExamples();
    /// Nobody can be asked: a send says so in place of failing.
    void setAskable(bool askable);
    void focusPrompt();
    /// No text and no picture: there is nothing to ask.
    bool isEmpty() const;
    void remember() const;
    /// Where writing begins.
    QWidget *promptEdit() const;
    BenchImages *images() const { return m_images; }
    BenchCost *cost() const { return m_cost; }
    /// For more buttons before Stop and Send.
    QHBoxLayout *buttons() const { return m_buttons; }

signals:
    void sendRequested();
    void stopRequested();
    /// What would be sent is another now.
    void changed();

private:
    struct Variable { QLabel *label; QLineEdit *field; };
    void buildTexts(QVBoxLayout *column);
    void buildExamples(QVBoxLayout *column);
    void buildChips();
    void buildPanels(QVBoxLayout *column);
    QWidget *jsonPanel(const QString &name, const QString &label, const QString &example, GrowingEdit **edit,
                       QLabel **error);
    QToolButton *chip(const char *name, const QString &text, QWidget *panel);
    void updateVariables();
    void updateChips();
    QHash<QString, QString> values() const;
    void fill(Prompt *prompt) const;
    bool readTexts(Prompt *prompt);
    bool complain(QLabel *at, QWidget *field, const QString &sentence);

    GrowingEdit *m_system, *m_prompt, *m_tools, *m_schema;
    BenchTurns *m_turns;
    BenchParameters *m_parameters;
    BenchImages *m_images;
    BenchCarried *m_carried;
    BenchCost *m_cost;
    QWidget *m_examples, *m_variables, *m_toolsPanel, *m_schemaPanel;
    FlowLayout *m_variableFlow, *m_chips;
    QComboBox *m_toolChoice;
    QLabel *m_error, *m_toolsError, *m_schemaError;
    bool m_askable = true;
    QToolButton *m_parametersChip, *m_toolsChip, *m_schemaChip;
    QPushButton *m_send, *m_stop;
    QHBoxLayout *m_buttons;
    QHash<QString, Variable> m_fields;
};

} // namespace retryscope
