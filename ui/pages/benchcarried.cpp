// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchcarried.h"

#include "pages/benchparameters.h"
#include "theme/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include <algorithm>

namespace retryscope {
namespace {

bool isUnwritableStop(const QString &word) { return word.isEmpty() || word.contains(QLatin1Char('\n')); }

/// A field without a control, by the wires' name for it: whether a prompt has it, and how it comes into another.
struct CarriedField
{
    const char *name;
    bool (*isIn)(const Prompt &from);
    void (*put)(const Prompt &from, Prompt *into);
};

constexpr CarriedField carriedFields[] = {
    {"top_k", [](const Prompt &from) { return from.topK.has_value(); },
     [](const Prompt &from, Prompt *into) { into->topK = from.topK; }},
    {"parallel_tools", [](const Prompt &from) { return !from.parallelTools; },
     [](const Prompt &, Prompt *into) { into->parallelTools = false; }},
    {"tool_choice", [](const Prompt &from) { return from.toolChoice == ToolChoice::Named; },
     [](const Prompt &from, Prompt *into) {
         const bool isThere = std::any_of(into->tools.begin(), into->tools.end(),
                                          [&from](const ChatTool &tool) { return tool.name == from.toolName; });
         if (into->toolChoice != ToolChoice::Auto || !isThere)
             return;
         into->toolChoice = ToolChoice::Named;
         into->toolName = from.toolName;
     }},
    {"json_object", [](const Prompt &from) { return from.format.kind == ResponseFormat::Kind::Json; },
     [](const Prompt &from, Prompt *into) {
         if (into->format.kind == ResponseFormat::Kind::Text)
             into->format = from.format;
     }},
    {"strict", [](const Prompt &from) { return from.format.strict.has_value(); },
     [](const Prompt &from, Prompt *into) {
         if (into->format.kind == ResponseFormat::Kind::Schema)
             into->format.strict = from.format.strict;
     }},
    {"effort",
     [](const Prompt &from) { return !from.effort.isEmpty() && !BenchParameters::efforts().contains(from.effort); },
     [](const Prompt &from, Prompt *into) {
         if (into->effort.isEmpty())
             into->effort = from.effort;
     }},
    {"stop", [](const Prompt &from) { return std::any_of(from.stop.begin(), from.stop.end(), isUnwritableStop); },
     [](const Prompt &from, Prompt *into) {
         if (into->stop.isEmpty())
             into->stop = from.stop;
     }},
    {"metadata", [](const Prompt &from) { return !from.metadata.isEmpty(); },
     [](const Prompt &from, Prompt *into) { into->metadata = from.metadata; }},
    {"", [](const Prompt &from) { return !from.extra.isEmpty(); }, // by their own names
     [](const Prompt &from, Prompt *into) { into->extra = from.extra; }},
};

QStringList carriedNames(const Prompt &prompt)
{
    QStringList names;
    for (const CarriedField &field : carriedFields) {
        if (field.isIn(prompt))
            names << (*field.name ? QStringList{QLatin1String(field.name)} : prompt.extra.keys());
    }
    return names;
}

} // namespace

BenchCarried::BenchCarried(QWidget *parent) : QWidget(parent), m_names(new QLabel)
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    m_names->setObjectName(QStringLiteral("carriedLine"));
    m_names->setTextFormat(Qt::PlainText);
    m_names->setWordWrap(true);
    m_names->setProperty("muted", true);
    m_names->setFont(Theme::font(TextRole::Secondary));
    m_names->setToolTip(tr("The prompt that was put back has these fields, for which there is no control here. They are "
                           "sent and saved as they were."));
    auto *leaveOut = new QToolButton;
    leaveOut->setObjectName(QStringLiteral("carriedClear"));
    leaveOut->setProperty("chip", true);
    leaveOut->setFont(Theme::font(TextRole::Secondary));
    leaveOut->setText(tr("Clear"));
    leaveOut->setToolTip(tr("Leave these fields out"));
    leaveOut->setAccessibleName(tr("Leave the fields out that are also sent"));
    connect(leaveOut, &QToolButton::clicked, this, &BenchCarried::clear);
    row->addWidget(m_names, 1);
    row->addWidget(leaveOut, 0, Qt::AlignTop);
    setVisible(false);
}

void BenchCarried::load(const Prompt &prompt)
{
    m_prompt = prompt;
    const QStringList names = carriedNames(m_prompt);
    m_names->setText(tr("Also sent: %1").arg(names.join(QStringLiteral(", "))));
    m_names->setAccessibleName(m_names->text());
    setVisible(!names.isEmpty());
    emit changed();
}

void BenchCarried::apply(Prompt *prompt) const
{
    for (const CarriedField &field : carriedFields) {
        if (field.isIn(m_prompt))
            field.put(m_prompt, prompt);
    }
}

void BenchCarried::clear() { load({}); }

} // namespace retryscope
