// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/schemavalue.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

constexpr int deepest = 16;     ///< a schema may refer to itself,
constexpr int mostValues = 2000; ///< and to itself several times

class ValueMaker
{
public:
    ValueMaker(const QJsonValue &root, const QString &prompt, RandomSource &random)
        : m_root(root), m_prompt(prompt), m_random(random)
    {
        // What is quoted or written with a capital inside a sentence, and the numbers.
        static const QRegularExpression names(
            QStringLiteral("\"([^\"]{1,80})\"|(?<=[\\p{L}\\d,] )(\\p{Lu}[\\p{L}'-]+(?: \\p{Lu}[\\p{L}'-]+)*)"));
        static const QRegularExpression numbers(QStringLiteral("(?<![\\w.])-?\\d{1,12}(?:\\.\\d+)?"));
        for (auto it = names.globalMatch(prompt); it.hasNext();) {
            const auto match = it.next();
            m_names << (match.captured(1).isEmpty() ? match.captured(2) : match.captured(1));
        }
        for (auto it = numbers.globalMatch(prompt); it.hasNext();)
            m_numbers << it.next().captured().toDouble();
    }

    QJsonValue value(QJsonValue schema, const QString &name, int depth)
    {
        if (depth > deepest || ++m_made > mostValues || !schema.isObject())
            return schema.isBool() || schema.isObject() ? QJsonValue(QStringLiteral("text")) : QJsonValue();
        schema = resolved(schema.toObject(), depth);
        for (const char *key : {"const", "default"}) {
            if (schema.toObject().contains(QLatin1String(key)))
                return schema[QLatin1String(key)];
        }
        if (const QJsonArray choices = schema[QLatin1String("enum")].toArray(); !choices.isEmpty())
            return choice(choices);
        for (const char *key : {"anyOf", "oneOf"}) {
            if (const QJsonArray any = schema[QLatin1String(key)].toArray(); !any.isEmpty())
                return value(any[0], name, depth + 1);
        }
        const QString type = typeOf(schema.toObject());
        if (type == QLatin1String("object"))
            return object(schema.toObject(), depth);
        if (type == QLatin1String("array"))
            return list(schema.toObject(), name, depth);
        if (type == QLatin1String("number") || type == QLatin1String("integer"))
            return number(schema.toObject(), type == QLatin1String("integer"));
        if (type == QLatin1String("boolean"))
            return m_random.uniform() < 0.5;
        return type == QLatin1String("null") ? QJsonValue() : QJsonValue(text(schema.toObject(), name));
    }

private:
    /// The word that the prompt holds, else the first.
    QJsonValue choice(const QJsonArray &choices) const
    {
        const auto it = std::find_if(choices.begin(), choices.end(), [&](const QJsonValue &v) {
            return v.isString() && m_prompt.contains(v.toString(), Qt::CaseInsensitive);
        });
        return it == choices.end() ? choices[0] : QJsonValue(*it);
    }

    QJsonObject resolved(QJsonObject schema, int depth)
    {
        if (++m_made > mostValues)
            return schema;
        for (int i = depth; i < deepest && schema.contains(QLatin1String("$ref")); ++i) {
            QJsonValue at = m_root;
            for (const QString &step : schema[QLatin1String("$ref")]
                                           .toString()
                                           .section(QLatin1Char('#'), 1)
                                           .split(QLatin1Char('/'), Qt::SkipEmptyParts))
                at = at[step];
            schema = at.toObject();
        }
        const QJsonArray parts = depth < deepest ? schema[QLatin1String("allOf")].toArray() : QJsonArray();
        for (const QJsonValue &part : parts) {
            const QJsonObject one = resolved(part.toObject(), depth + 1);
            for (auto it = one.begin(); it != one.end(); ++it) {
                QJsonObject both = schema[it.key()].toObject();
                for (const QString &key : it.value().toObject().keys())
                    both[key] = it.value()[key];
                schema[it.key()] = both.isEmpty() ? QJsonValue(it.value()) : QJsonValue(both);
            }
        }
        return schema;
    }

    static QString typeOf(const QJsonObject &schema)
    {
        const QJsonValue type = schema[QLatin1String("type")];
        if (type.isString())
            return type.toString().toLower();
        for (const QJsonValue &one : type.toArray()) {
            if (one.toString() != QLatin1String("null"))
                return one.toString();
        }
        return schema.contains(QLatin1String("properties")) ? QStringLiteral("object")
               : schema.contains(QLatin1String("items"))    ? QStringLiteral("array")
                                                            : QStringLiteral("string");
    }

    QJsonObject object(const QJsonObject &schema, int depth)
    {
        QJsonObject made;
        const QJsonObject properties = schema[QLatin1String("properties")].toObject();
        for (auto it = properties.begin(); it != properties.end(); ++it)
            made[it.key()] = value(it.value(), it.key(), depth + 1);
        for (const QJsonValue &required : schema[QLatin1String("required")].toArray()) {
            if (!made.contains(required.toString()))
                made[required.toString()] =
                    value(schema[QLatin1String("additionalProperties")].toObject(), required.toString(), depth + 1);
        }
        return made;
    }

    QJsonArray list(const QJsonObject &schema, const QString &name, int depth)
    {
        QJsonArray made;
        for (const QJsonValue &item : schema[QLatin1String("prefixItems")].toArray())
            made.append(value(item, name, depth + 1));
        const int least = std::clamp(count(schema, "minItems"), made.isEmpty() ? 1 : 0, 100);
        const bool none = schema.contains(QLatin1String("maxItems")) && count(schema, "maxItems") == 0;
        while (made.size() < least && !none && depth < deepest)
            made.append(value(schema[QLatin1String("items")], name, depth + 1));
        return made;
    }

    /// A length, which Google writes as a string.
    static int count(const QJsonObject &schema, const char *key)
    {
        const QJsonValue value = schema[QLatin1String(key)];
        return value.isString() ? value.toString().toInt() : value.toInt();
    }

    double number(const QJsonObject &schema, bool whole)
    {
        const auto bound = [&](const char *key, double otherwise) {
            return schema[QLatin1String(key)].isDouble() ? schema[QLatin1String(key)].toDouble() : otherwise;
        };
        const double step = bound("multipleOf", whole ? 1.0 : 0.0);
        const double apart = whole ? 1.0 : 1e-6;
        const double low = std::max(bound("minimum", -1e15), bound("exclusiveMinimum", -1e16) + apart);
        const double high = std::min(bound("maximum", 1e15), bound("exclusiveMaximum", 1e16) - apart);
        const double wanted = m_numbers.isEmpty() ? std::floor(1.0 + m_random.uniform() * 9.0)
                                                  : m_numbers[m_nextNumber++ % m_numbers.size()];
        const double inside = std::clamp(wanted, std::min(low, high), high);
        const double stepped = step > 0.0 ? std::min(std::ceil(inside / step), std::floor(high / step)) * step : inside;
        return std::isfinite(stepped) ? stepped : inside;
    }

    QString text(const QJsonObject &schema, const QString &name)
    {
        static const QHash<QString, QString> formats{
            {QStringLiteral("date-time"), QStringLiteral("2026-11-24T09:30:00Z")},
            {QStringLiteral("date"), QStringLiteral("2026-11-24")},
            {QStringLiteral("time"), QStringLiteral("09:30:00Z")},
            {QStringLiteral("email"), QStringLiteral("someone@example.com")},
            {QStringLiteral("uri"), QStringLiteral("https://example.com/")},
            {QStringLiteral("hostname"), QStringLiteral("example.com")},
            {QStringLiteral("ipv4"), QStringLiteral("192.0.2.1")},
            {QStringLiteral("ipv6"), QStringLiteral("2001:db8::1")},
            {QStringLiteral("duration"), QStringLiteral("PT5M")},
            {QStringLiteral("uuid"), QStringLiteral("00000000-0000-4000-8000-000000000001")}};
        QString made = formats.value(schema[QLatin1String("format")].toString());
        if (made.isEmpty() && !m_names.isEmpty())
            made = m_names[m_nextName++ % m_names.size()];
        if (made.isEmpty())
            made = name.isEmpty() ? QStringLiteral("text")
                                  : QStringLiteral("a ") + QString(name).replace(QLatin1Char('_'), QLatin1Char(' '));
        const auto least = qsizetype(count(schema, "minLength"));
        while (made.size() < std::min<qsizetype>(least, 4096))
            made += QStringLiteral(" and more");
        const int most = count(schema, "maxLength");
        return most > 0 ? made.left(most) : made;
    }

    QJsonValue m_root;
    QString m_prompt;
    RandomSource &m_random;
    QStringList m_names;
    QVector<double> m_numbers;
    qsizetype m_nextName = 0, m_nextNumber = 0;
    int m_made = 0;
};

} // namespace

QJsonValue valueFor(const QJsonValue &schema, const QString &prompt, RandomSource &random)
{
    return ValueMaker(schema, prompt, random).value(schema, {}, 0);
}

} // namespace retryscope
