// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/prompttext.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

namespace retryscope {
namespace {

struct PromptWords { Q_DECLARE_TR_FUNCTIONS(retryscope::PromptText) };

Unexpected<TextProblem> wrong(int line, const QString &sentence) { return Unexpected{TextProblem{line, sentence}}; }

Expected<QJsonDocument, TextProblem> documentOf(const QString &text)
{
    const QByteArray bytes = text.toUtf8();
    QJsonParseError error;
    QJsonDocument document = QJsonDocument::fromJson(bytes, &error);
    if (error.error == QJsonParseError::NoError)
        return document;
    const int line = int(bytes.left(std::clamp<qsizetype>(error.offset, 0, bytes.size())).count('\n')) + 1;
    return wrong(line, PromptWords::tr("This is not JSON: %1.").arg(error.errorString()));
}

Expected<ChatTool, TextProblem> toolOf(const QJsonValue &value, int number)
{
    if (!value.isObject())
        return wrong(0, PromptWords::tr("Tool %1 is not an object.").arg(number));
    QJsonObject object = value.toObject();
    if (object.value(QLatin1String("function")).isObject()) // OpenAI's way
        object = object.value(QLatin1String("function")).toObject();
    ChatTool tool;
    tool.name = object.value(QLatin1String("name")).toString();
    if (tool.name.isEmpty())
        return wrong(0, PromptWords::tr("Tool %1 has no \"name\".").arg(number));
    tool.description = object.value(QLatin1String("description")).toString();
    tool.strict = object.value(QLatin1String("strict")).toBool();
    for (const char *key : {"parameters", "input_schema"}) {
        const QJsonValue schema = object.value(QLatin1String(key));
        if (schema.isUndefined())
            continue;
        if (!schema.isObject())
            return wrong(0, PromptWords::tr("\"%1\" of tool %2 is not an object; write a JSON schema.")
                                .arg(QLatin1String(key), tool.name));
        tool.parameters = schema.toObject();
    }
    return tool;
}

} // namespace

Expected<QVector<ChatTool>, TextProblem> toolsFromText(const QString &text)
{
    if (text.trimmed().isEmpty())
        return QVector<ChatTool>();
    const auto document = documentOf(text);
    if (!document)
        return Unexpected{document.error()};
    const QJsonArray values = document->isArray() ? document->array() : QJsonArray{document->object()};
    QVector<ChatTool> tools;
    for (const QJsonValue &value : values) {
        auto tool = toolOf(value, int(tools.size()) + 1);
        if (!tool)
            return Unexpected{tool.error()};
        tools.append(*tool);
    }
    return tools;
}

Expected<ResponseFormat, TextProblem> formatFromText(const QString &text)
{
    ResponseFormat format;
    if (text.trimmed().isEmpty())
        return format;
    const auto document = documentOf(text);
    if (!document)
        return Unexpected{document.error()};
    if (!document->isObject())
        return wrong(0, PromptWords::tr("A JSON schema is an object: { … }."));
    format.kind = ResponseFormat::Kind::Schema;
    format.schema = document->object();
    format.name = QStringLiteral("answer");
    if (const QJsonValue inner = format.schema.value(QLatin1String("schema")); inner.isObject()) {
        format.name = format.schema.value(QLatin1String("name")).toString(format.name);
        format.schema = inner.toObject();
    }
    if (format.schema.isEmpty())
        return wrong(0, PromptWords::tr("The schema is empty. Leave the field empty to allow any answer."));
    return format;
}

} // namespace retryscope
