// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchcomposer.h"

#include "models/prompttext.h"
#include "pages/benchcarried.h"
#include "pages/benchcost.h"
#include "pages/benchimages.h"
#include "pages/benchparameters.h"
#include "pages/benchturns.h"
#include "protocols/prompttemplate.h"
#include "theme/theme.h"
#include "widgets/elidedcombo.h"
#include "widgets/flowlayout.h"
#include "widgets/growingedit.h"

#include <QComboBox>
#include <QFontDatabase>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>

#include <array>

namespace retryscope {
namespace {

struct Example
{
    const char *name, *prompt;
};
constexpr std::array benchExamples{Example{QT_TRANSLATE_NOOP("retryscope::BenchComposer", "Why jitter"),
                                           "Say in one sentence why retries need jitter."},
                                   Example{QT_TRANSLATE_NOOP("retryscope::BenchComposer", "Ten facts"),
                                           "List ten facts about rate limits, one a line."},
                                   Example{QT_TRANSLATE_NOOP("retryscope::BenchComposer", "With a variable"),
                                           "Why do retries need jitter when {{n}} clients share one rate limit?"}};
constexpr int mostPromptLines = 8, mostSystemLines = 4, mostJsonLines = 9, variableWidth = 110;
constexpr int labelDrop = 5; ///< so that a label stands beside the first line of its field, pixels
constexpr const char *toolExample =
    "[{\"name\": \"weather\", \"description\": \"The weather in a city\",\n"
    "  \"parameters\": {\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}}}}]";
constexpr const char *schemaExample = "{\"type\": \"object\", \"properties\": {\"answer\": {\"type\": \"string\"}},\n"
                                      "  \"required\": [\"answer\"]}";

QLabel *errorLine(const char *name)
{
    auto *label = new QLabel;
    label->setObjectName(QLatin1String(name));
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setVisible(false);
    return label;
}

QString problemText(const TextProblem &problem)
{
    return problem.line > 0 ? BenchComposer::tr("Line %1: %2").arg(problem.line).arg(problem.sentence)
                            : problem.sentence;
}

QString sendText(int columns)
{
    switch (columns) {
    case 1: return BenchComposer::tr("Send");
    case 2: return BenchComposer::tr("Send to two");
    case 3: return BenchComposer::tr("Send to three");
    default: return BenchComposer::tr("Send to four");
    }
}

} // namespace

BenchComposer::BenchComposer(QWidget *parent)
    : QFrame(parent), m_system(new GrowingEdit(1, mostSystemLines)), m_prompt(new GrowingEdit(2, mostPromptLines)),
      m_turns(new BenchTurns), m_parameters(new BenchParameters), m_images(new BenchImages),
      m_carried(new BenchCarried), m_cost(new BenchCost), m_examples(new QWidget),
      m_variables(new QWidget), m_variableFlow(new FlowLayout(6, m_variables)), m_chips(new FlowLayout(6)),
      m_toolChoice(new ElidedCombo), m_error(errorLine("composerError")), m_send(new QPushButton(tr("Send"))),
      m_stop(new QPushButton(tr("Stop all"))), m_buttons(new QHBoxLayout)
{
    setObjectName(QStringLiteral("card"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::inset, Theme::gap, Theme::inset, Theme::gap);
    column->setSpacing(8);
    buildTexts(column);
    buildPanels(column);
    buildChips();
    buildExamples(column);
    m_buttons->setSpacing(8);
    m_buttons->addLayout(m_chips, 1);
    m_buttons->addWidget(m_stop, 0, Qt::AlignBottom);
    m_buttons->addWidget(m_send, 0, Qt::AlignBottom);
    column->addLayout(m_buttons);
    m_send->setObjectName(QStringLiteral("sendButton"));
    m_send->setProperty("primary", true);
    m_send->setToolTip(tr("Ctrl+Enter"));
    m_stop->setObjectName(QStringLiteral("stopButton"));
    m_stop->setToolTip(tr("Esc"));
    connect(m_send, &QPushButton::clicked, this, &BenchComposer::sendRequested);
    connect(m_stop, &QPushButton::clicked, this, &BenchComposer::stopRequested);
    setPromptText(QLatin1String(benchExamples[0].prompt));
    updateChips();
}

void BenchComposer::buildTexts(QVBoxLayout *column)
{
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    const auto place = [&](int row, const QString &text, GrowingEdit *edit, const char *name) {
        auto *label = new QLabel(text);
        label->setBuddy(edit);
        label->setProperty("muted", true);
        label->setContentsMargins(0, labelDrop, 0, 0);
        edit->setObjectName(QLatin1String(name));
        grid->addWidget(label, row, 0, Qt::AlignTop);
        grid->addWidget(edit, row, 1);
        connect(edit, &QPlainTextEdit::textChanged, this, &BenchComposer::updateVariables);
        connect(edit, &QPlainTextEdit::textChanged, this, &BenchComposer::changed);
    };
    place(0, tr("S&ystem"), m_system, "systemEdit");
    place(2, tr("&Prompt"), m_prompt, "promptEdit");
    grid->addWidget(m_turns, 1, 1);
    grid->addWidget(m_images, 3, 1);
    grid->addWidget(m_variables, 4, 1);
    grid->addWidget(m_error, 5, 1);
    m_system->setPlaceholderText(tr("None"));
    m_system->setAccessibleName(tr("System prompt"));
    m_prompt->setPlaceholderText(tr("What to ask. {{name}} makes a field to fill in."));
    m_prompt->setAccessibleName(tr("Prompt"));
    m_variables->setVisible(false);
    connect(m_turns, &BenchTurns::changed, this, &BenchComposer::updateVariables);
    connect(m_turns, &BenchTurns::changed, this, &BenchComposer::changed);
    connect(m_images, &BenchImages::changed, this, &BenchComposer::changed);
    connect(m_prompt, &QPlainTextEdit::textChanged, this, [this] { m_error->setVisible(false); });
    column->addLayout(grid);
}

void BenchComposer::buildExamples(QVBoxLayout *column)
{
    auto *flow = new FlowLayout(6, m_examples);
    auto *words = new QLabel(tr("Try:"));
    words->setProperty("muted", true);
    words->setContentsMargins(0, labelDrop, 0, 0);
    flow->addWidget(words);
    for (const Example &example : benchExamples) {
        auto *button = new QToolButton;
        button->setProperty("chip", true);
        button->setObjectName(QStringLiteral("exampleChip"));
        button->setFont(Theme::font(TextRole::Secondary));
        button->setText(tr(example.name));
        button->setToolTip(QLatin1String(example.prompt));
        button->setAccessibleName(tr("Example prompt: %1").arg(QLatin1String(example.prompt)));
        connect(button, &QToolButton::clicked, this, [this, example] {
            setPromptText(QLatin1String(example.prompt));
            m_prompt->setFocus();
        });
        flow->addWidget(button);
    }
    auto *row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(m_examples, 7); // which are in one row then where the window is narrow
    row->addWidget(m_cost, 5);
    column->addLayout(row);
}

QWidget *BenchComposer::jsonPanel(const QString &name, const QString &label, const QString &example, GrowingEdit **edit,
                                  QLabel **error)
{
    auto *panel = new QWidget;
    auto *column = new QVBoxLayout(panel);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    *edit = new GrowingEdit(2, mostJsonLines);
    (*edit)->setObjectName(name + QStringLiteral("Edit"));
    (*edit)->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    (*edit)->setPlaceholderText(example);
    (*edit)->setAccessibleName(label);
    *error = errorLine(qPrintable(name + QStringLiteral("Error")));
    auto *words = new QLabel(label);
    words->setProperty("muted", true);
    words->setBuddy(*edit);
    auto *head = new QHBoxLayout;
    head->addWidget(words);
    head->addStretch();
    if (name == QLatin1String("tools"))
        head->addWidget(m_toolChoice);
    column->addLayout(head);
    column->addWidget(*edit);
    column->addWidget(*error);
    connect(*edit, &QPlainTextEdit::textChanged, this, [this, shown = *error] {
        shown->setVisible(false);
        updateChips();
        emit changed();
    });
    panel->setVisible(false);
    return panel;
}

void BenchComposer::buildPanels(QVBoxLayout *column)
{
    m_toolChoice->setObjectName(QStringLiteral("toolChoiceBox"));
    m_toolChoice->setAccessibleName(tr("Whether the model has to call a tool"));
    m_toolChoice->addItem(tr("May call a tool"), int(ToolChoice::Auto));
    m_toolChoice->addItem(tr("Has to call one"), int(ToolChoice::Required));
    m_toolChoice->addItem(tr("Calls none"), int(ToolChoice::None));
    m_toolsPanel = jsonPanel(QStringLiteral("tools"), tr("Tools, as OpenAI or Anthropic write them"),
                             QLatin1String(toolExample), &m_tools, &m_toolsError);
    m_schemaPanel = jsonPanel(QStringLiteral("schema"), tr("JSON schema that the answer has to fit"),
                              QLatin1String(schemaExample), &m_schema, &m_schemaError);
    m_parameters->setVisible(false);
    connect(m_parameters, &BenchParameters::changed, this, &BenchComposer::updateChips);
    connect(m_parameters, &BenchParameters::changed, this, &BenchComposer::changed);
    column->addWidget(m_parameters);
    column->addWidget(m_toolsPanel);
    column->addWidget(m_schemaPanel);
    column->addWidget(m_carried);
    connect(m_carried, &BenchCarried::changed, this, &BenchComposer::changed);
}

QToolButton *BenchComposer::chip(const char *name, const QString &text, QWidget *panel)
{
    auto *button = new QToolButton;
    button->setObjectName(QLatin1String(name));
    button->setProperty("chip", true);
    button->setFont(Theme::font(TextRole::Secondary));
    button->setText(text);
    if (panel) {
        button->setCheckable(true);
        connect(button, &QToolButton::toggled, panel, &QWidget::setVisible);
        connect(button, &QToolButton::clicked, panel, [panel](bool open) { // whoever opens it writes there
            if (auto *edit = panel->findChild<QPlainTextEdit *>(); open && edit)
                edit->setFocus(Qt::OtherFocusReason);
        });
    }
    m_chips->addWidget(button);
    return button;
}

void BenchComposer::buildChips()
{
    m_parametersChip = chip("parametersChip", {}, m_parameters);
    m_parametersChip->setToolTip(tr("Parameters: length, temperature, top p, seed, effort, stop words, streaming"));
    m_toolsChip = chip("toolsChip", {}, m_toolsPanel);
    m_schemaChip = chip("schemaChip", {}, m_schemaPanel);
    QToolButton *turn = chip("turnChip", tr("+ turn"), nullptr);
    turn->setToolTip(tr("Add a turn to the conversation so far"));
    connect(turn, &QToolButton::clicked, this, [this] {
        m_turns->addTurn(m_turns->nextRole(), {});
        m_turns->focusLast();
    });
    QToolButton *image = chip("imageChip", tr("+ image"), nullptr);
    image->setToolTip(tr("Send a picture with the prompt"));
    connect(image, &QToolButton::clicked, m_images, &BenchImages::choose);
}

void BenchComposer::updateChips()
{
    m_parametersChip->setText(m_parameters->summary());
    m_toolsChip->setText(m_tools->toPlainText().trimmed().isEmpty() ? tr("+ tools") : tr("tools"));
    m_schemaChip->setText(m_schema->toPlainText().trimmed().isEmpty() ? tr("+ schema") : tr("schema"));
    m_chips->invalidate();
}

/// A field for each variable in the order of the texts; what was filled in stays while its name is there.
void BenchComposer::updateVariables()
{
    const QStringList names =
        variablesIn(QStringList{m_system->toPlainText()} + m_turns->texts() + QStringList{m_prompt->toPlainText()});
    for (const QString &name : m_fields.keys()) {
        if (names.contains(name))
            continue;
        const Variable gone = m_fields.take(name);
        for (QWidget *widget : {static_cast<QWidget *>(gone.label), static_cast<QWidget *>(gone.field)}) {
            m_variableFlow->removeWidget(widget);
            widget->deleteLater();
        }
    }
    for (const QString &name : names) {
        if (m_fields.contains(name))
            continue;
        Variable made{new QLabel(name + QStringLiteral(" =")), new QLineEdit};
        made.label->setTextFormat(Qt::PlainText);
        made.label->setContentsMargins(0, labelDrop, 0, 0);
        made.label->setBuddy(made.field);
        made.field->setObjectName(QStringLiteral("variable_") + name);
        made.field->setAccessibleName(tr("Value of %1").arg(name));
        made.field->setFixedWidth(variableWidth);
        connect(made.field, &QLineEdit::textChanged, this, [this] { m_error->setVisible(false); });
        connect(made.field, &QLineEdit::textChanged, this, &BenchComposer::changed);
        m_variableFlow->addWidget(made.label);
        m_variableFlow->addWidget(made.field);
        m_fields.insert(name, made);
    }
    m_variables->setVisible(!names.isEmpty());
    m_variables->updateGeometry();
}

QHash<QString, QString> BenchComposer::values() const
{
    QHash<QString, QString> all;
    for (auto it = m_fields.begin(); it != m_fields.end(); ++it) {
        if (!it->field->text().isEmpty())
            all.insert(it.key(), it->field->text());
    }
    return all;
}

void BenchComposer::fill(Prompt *prompt) const
{
    const QHash<QString, QString> filled = values();
    prompt->system = filledIn(m_system->toPlainText(), filled);
    prompt->text = filledIn(m_prompt->toPlainText(), filled);
    prompt->messages = m_turns->messages(filled);
    if (QVector<ChatPart> parts = m_images->parts(); !parts.isEmpty()) { // pictures and their words are one turn
        if (!prompt->text.isEmpty())
            parts.append(ChatPart{.text = std::exchange(prompt->text, {})});
        prompt->messages.append({ChatRole::User, parts});
    }
}

bool BenchComposer::complain(QLabel *at, QWidget *field, const QString &sentence)
{
    at->setText(QStringLiteral("✗ ") + sentence);
    at->setVisible(true);
    field->setFocus();
    return false;
}

void BenchComposer::setAskable(bool askable)
{
    if (askable && !std::exchange(m_askable, askable))
        m_error->setVisible(false);
    m_askable = askable;
}

bool BenchComposer::readTexts(Prompt *prompt)
{
    if (!m_askable)
        return complain(m_error, m_prompt,
                        tr("No provider is enabled, so there is nobody to ask. Add or enable one on the Providers page, or "
                           "play the simulation from the Dashboard."));
    if (isEmpty())
        return complain(m_error, m_prompt, tr("Write a prompt first."));
    const QHash<QString, QString> filled = values();
    for (auto it = m_fields.begin(); it != m_fields.end(); ++it) {
        if (!filled.contains(it.key()))
            return complain(m_error, it->field, tr("%1 has no value yet.").arg(it.key()));
    }
    const auto tools = toolsFromText(m_tools->toPlainText());
    if (!tools) {
        m_toolsChip->setChecked(true);
        return complain(m_toolsError, m_tools, problemText(tools.error()));
    }
    const auto format = formatFromText(m_schema->toPlainText());
    if (!format) {
        m_schemaChip->setChecked(true);
        return complain(m_schemaError, m_schema, problemText(format.error()));
    }
    prompt->tools = *tools;
    prompt->toolChoice = tools->isEmpty() ? ToolChoice::Auto : ToolChoice(m_toolChoice->currentData().toInt());
    prompt->format = *format;
    return true;
}

std::optional<Prompt> BenchComposer::prompt()
{
    Prompt prompt;
    if (!readTexts(&prompt))
        return std::nullopt;
    if (!m_parameters->apply(&prompt, BenchParameters::Problems::Told)) {
        m_parametersChip->setChecked(true);
        return std::nullopt;
    }
    fill(&prompt);
    m_carried->apply(&prompt);
    return prompt;
}

Prompt BenchComposer::draft() const
{
    Prompt prompt;
    fill(&prompt);
    if (const auto tools = toolsFromText(m_tools->toPlainText()))
        prompt.tools = *tools;
    if (const auto format = formatFromText(m_schema->toPlainText()))
        prompt.format = *format;
    m_parameters->apply(&prompt, BenchParameters::Problems::Untold);
    m_carried->apply(&prompt);
    return prompt;
}

void BenchComposer::continueFrom(const Prompt &asked, const QString &answer)
{
    m_turns->clear();
    for (const ChatMessage &message : asked.turns())
        m_turns->addTurn(message.role, message.parts);
    m_turns->addTurn(ChatRole::Assistant, {ChatPart{.text = answer}});
    m_prompt->clear();
    m_images->setParts({});
    m_prompt->setFocus();
}

bool BenchComposer::isEmpty() const
{
    return m_prompt->toPlainText().trimmed().isEmpty() && m_images->count() == 0 && !m_turns->endWithResults();
}

void BenchComposer::setPromptText(const QString &text) { m_prompt->setPlainText(text); }
void BenchComposer::setSystemText(const QString &text) { m_system->setPlainText(text); }
void BenchComposer::hideExamples() { m_examples->setVisible(false); }
void BenchComposer::focusPrompt() { m_prompt->setFocus(); }
QWidget *BenchComposer::promptEdit() const { return m_prompt; }
void BenchComposer::remember() const { m_parameters->remember(); }

void BenchComposer::setState(int columns, bool running)
{
    m_stop->setEnabled(running);
    m_send->setText(running ? tr("Send again") : sendText(columns));
}

} // namespace retryscope
