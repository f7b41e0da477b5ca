// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/strictschema.h"

#include <QJsonArray>

#include <algorithm>
#include <array>

namespace retryscope::openai {
namespace {

/// What a strict schema may say; all else, such as oneOf or default, is refused.
constexpr std::array words{"$defs",      "$ref",       "$schema",     "additionalProperties", "anyOf",    "const",
                           "definitions", "description", "enum",       "exclusiveMaximum",     "exclusiveMinimum",
                           "format",     "items",      "maxItems",    "maxLength",            "maximum",  "minItems",
                           "minLength",  "minimum",    "multipleOf",  "pattern",              "properties",
                           "required",   "title",      "type"};
constexpr std::array formats{"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"};

template <typename Names> bool isOneOf(const Names &names, const QString &name)
{
    return std::any_of(names.begin(), names.end(), [&name](const char *one) { return name == QLatin1String(one); });
}

bool hasType(const QJsonObject &schema, const QString &type)
{
    const QJsonValue said = schema[QLatin1String("type")];
    return said.isArray() ? said.toArray().contains(type) : said.toString() == type;
}

bool saysOnlyWhatIsKnown(const QJsonObject &schema)
{
    const QStringList keys = schema.keys();
    const QJsonValue format = schema[QLatin1String("format")];
    const bool saysWhat = std::any_of(keys.begin(), keys.end(), [](const QString &key) {
        return isOneOf(std::array{"type", "anyOf", "$ref", "enum", "const"}, key);
    });
    return saysWhat && std::all_of(keys.begin(), keys.end(), [](const QString &key) { return isOneOf(words, key); })
           && (format.isUndefined() || isOneOf(formats, format.toString()));
}

/// Every property is required. Without any, the object is one of any properties, which is another thing than none.
bool closeObject(QJsonObject *schema)
{
    const QJsonValue properties = schema->value(QLatin1String("properties"));
    const QJsonValue others = schema->value(QLatin1String("additionalProperties"));
    if (!properties.isObject() || !(others.isUndefined() || (others.isBool() && !others.toBool())))
        return false;
    (*schema)[QLatin1String("additionalProperties")] = false;
    const QJsonArray required = schema->value(QLatin1String("required")).toArray();
    const QStringList names = properties.toObject().keys();
    return std::all_of(names.begin(), names.end(), [&required](const QString &name) { return required.contains(name); });
}

bool makeStrict(QJsonObject *schema);

bool makeStrict(QJsonValueRef value)
{
    QJsonObject inner = value.toObject();
    const bool can = value.isObject() && makeStrict(&inner);
    value = inner;
    return can;
}

/// Of an object's or a list's.
template <typename Schemas> bool makeAllStrict(QJsonObject *schema, const char *key, Schemas schemas)
{
    const bool all = std::all_of(schemas.begin(), schemas.end(), [](QJsonValueRef one) { return makeStrict(one); });
    if (schema->contains(QLatin1String(key)))
        (*schema)[QLatin1String(key)] = schemas;
    return all;
}

bool makeStrict(QJsonObject *schema)
{
    if (!saysOnlyWhatIsKnown(*schema))
        return false;
    const bool isObject = hasType(*schema, QStringLiteral("object")) || schema->contains(QLatin1String("properties"));
    if (isObject && !closeObject(schema))
        return false;
    const bool hasItems = schema->contains(QLatin1String("items"));
    if ((hasType(*schema, QStringLiteral("array")) && !hasItems)
        || (hasItems && !makeStrict((*schema)[QLatin1String("items")])))
        return false;
    for (const char *key : {"properties", "$defs", "definitions"}) {
        if (!makeAllStrict(schema, key, schema->value(QLatin1String(key)).toObject()))
            return false;
    }
    return makeAllStrict(schema, "anyOf", schema->value(QLatin1String("anyOf")).toArray());
}

ToldSchema toldWhereItFits(const QJsonObject &schema)
{
    QJsonObject strict = schema;
    const bool plain = schema[QLatin1String("type")].toString() == QLatin1String("object")
                       && !schema.contains(QLatin1String("anyOf")); // what is asked for as a whole
    if (plain && makeStrict(&strict))
        return {strict, true, false};
    return {schema, false, true};
}

} // namespace

ToldSchema toldSchema(const ResponseFormat &format)
{
    return format.strict ? ToldSchema{format.schema, *format.strict, false} : toldWhereItFits(format.schema);
}

ToldSchema toldSchema(const ChatTool &tool)
{
    if (tool.strictUnsaid) {
        ToldSchema told = toldWhereItFits(tool.parameters);
        told.loosened = false; // nobody has asked for it
        return told;
    }
    const bool asSaid = !tool.strict || tool.schemaAt.path.isEmpty();
    return asSaid ? ToldSchema{tool.parameters, tool.strict, false} : toldWhereItFits(tool.parameters);
}

QStringList loosenedSchemas(const ChatRequest &chat)
{
    QStringList lost;
    const auto look = [&lost](const ToldSchema &told, const QString &path) {
        if (told.loosened)
            lost << path + QStringLiteral(" (not strict)");
    };
    for (const ChatTool &tool : chat.tools)
        look(toldSchema(tool), tool.schemaAt.path);
    const QString &path = chat.format.schemaAt.path;
    if (chat.format.kind == ResponseFormat::Kind::Schema)
        look(toldSchema(chat.format), path.isEmpty() ? QStringLiteral("response_format") : path);
    return lost;
}

} // namespace retryscope::openai
