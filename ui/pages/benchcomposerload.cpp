// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// A prompt that is kept, as it was written, and put back.
#include "pages/benchcomposer.h"

#include "pages/benchcarried.h"
#include "pages/benchimages.h"
#include "pages/benchparameters.h"
#include "pages/benchturns.h"
#include "widgets/growingedit.h"

#include <QComboBox>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace retryscope {
namespace {

/// As toolsFromText() reads it; empty for no tools.
QString toolsText(const QVector<ChatTool> &tools)
{
    QJsonArray list;
    for (const ChatTool &tool : tools) {
        QJsonObject one{{QStringLiteral("name"), tool.name}, {QStringLiteral("parameters"), tool.parameters}};
        if (!tool.description.isEmpty())
            one[QLatin1String("description")] = tool.description;
        if (tool.strict)
            one[QLatin1String("strict")] = true;
        list.append(one);
    }
    return list.isEmpty() ? QString() : QString::fromUtf8(QJsonDocument(list).toJson()).trimmed();
}

QString schemaText(const ResponseFormat &format)
{
    if (format.kind != ResponseFormat::Kind::Schema)
        return {};
    const QJsonObject object = format.name.isEmpty() ? format.schema
                                                     : QJsonObject{{QStringLiteral("name"), format.name},
                                                                   {QStringLiteral("schema"), format.schema}};
    return QString::fromUtf8(QJsonDocument(object).toJson()).trimmed();
}

} // namespace

Prompt BenchComposer::kept() const
{
    Prompt prompt = draft();
    prompt.system = m_system->toPlainText();
    prompt.text = m_prompt->toPlainText();
    prompt.messages = m_turns->messages({});
    if (const QVector<ChatPart> images = m_images->parts(); !images.isEmpty()) // as the last turn, whose words are the text
        prompt.messages.append({ChatRole::User, images});
    if (!prompt.tools.isEmpty())
        prompt.toolChoice = ToolChoice(m_toolChoice->currentData().toInt());
    m_carried->apply(&prompt);
    return prompt;
}

void BenchComposer::load(const Prompt &prompt)
{
    m_system->setPlainText(prompt.system);
    m_turns->clear();
    QVector<ChatMessage> before = prompt.messages;
    ChatMessage last{ChatRole::User, {ChatPart{.text = prompt.text}}};
    const auto isOfThePrompt = [&](const ChatMessage &m) {
        const bool spoken = std::all_of(m.parts.begin(), m.parts.end(), [](const ChatPart &part) {
            return part.kind == ChatPart::Kind::Text || part.kind == ChatPart::Kind::Image;
        });
        return m.role == ChatRole::User && spoken
               && (prompt.text.isEmpty() || (!imagesIn(m.parts).isEmpty() && textIn(m.parts).isEmpty()));
    };
    if (!before.isEmpty() && isOfThePrompt(before.last())) // pictures and the prompt's words are one turn
        last.parts = before.takeLast().parts + last.parts;
    for (const ChatMessage &message : before)
        m_turns->addTurn(message.role, message.parts);
    m_prompt->setPlainText(textIn(last.parts));
    m_images->setParts(imagesIn(last.parts));
    m_tools->setPlainText(toolsText(prompt.tools));
    m_toolChoice->setCurrentIndex(std::max(0, m_toolChoice->findData(int(prompt.toolChoice))));
    m_schema->setPlainText(schemaText(prompt.format));
    m_parameters->load(prompt);
    m_carried->load(prompt);
    hideExamples();
    m_prompt->setFocus();
}

} // namespace retryscope
