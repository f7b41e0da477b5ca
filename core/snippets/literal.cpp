// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "snippets/snippetrequest.h"

#include <QJsonArray>

#include <algorithm>
#include <cmath>
#include <limits>

namespace retryscope::snippets {
namespace {

constexpr int step = 4;

/// It could hide, break a line, or turn the direction of what follows.
bool isHidden(QChar c)
{
    switch (c.category()) {
    case QChar::Other_Control:
    case QChar::Other_Format:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph: return true;
    default: return false;
    }
}

bool isHalf(QStringView text, qsizetype i)
{
    const QChar c = text[i];
    if (c.isHighSurrogate())
        return i + 1 >= text.size() || !text[i + 1].isLowSurrogate();
    return c.isLowSurrogate() && (i == 0 || !text[i - 1].isHighSurrogate());
}

QString number(const QJsonValue &value)
{
    const double d = value.toDouble();
    const qint64 whole = value.toInteger(std::numeric_limits<qint64>::min());
    if (whole != std::numeric_limits<qint64>::min() || d == double(std::numeric_limits<qint64>::min()))
        return QString::number(value.toInteger());
    return QString::number(d, 'g', QLocale::FloatingPointShortest);
}

QString lines(const QStringList &items, char open, char close, int indent)
{
    if (items.isEmpty())
        return QString(QLatin1Char(open)) + QLatin1Char(close);
    const QString between = QStringLiteral(",\n") + QString(indent + step, QLatin1Char(' '));
    return QLatin1Char(open) + between.mid(1) + items.join(between) + QLatin1Char('\n')
           + QString(indent, QLatin1Char(' ')) + QLatin1Char(close);
}

} // namespace

QString quoted(QStringView text)
{
    QString out(QLatin1Char('"'));
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        if (c == QLatin1Char('"') || c == QLatin1Char('\\'))
            out += QLatin1Char('\\') + c;
        else if (c == QLatin1Char('\n'))
            out += QLatin1String("\\n");
        else if (c == QLatin1Char('\t'))
            out += QLatin1String("\\t");
        else if (isHidden(c) || isHalf(text, i))
            out += QStringLiteral("\\u%1").arg(c.unicode(), 4, 16, QLatin1Char('0'));
        else
            out += c;
    }
    return out + QLatin1Char('"');
}

QString literal(const QJsonValue &value, const LiteralWords &words, int indent)
{
    QStringList items;
    switch (value.type()) {
    case QJsonValue::Bool: return QLatin1String(value.toBool() ? words.yes : words.no);
    case QJsonValue::Double: return number(value);
    case QJsonValue::String: return quoted(value.toString());
    case QJsonValue::Array: {
        const QJsonArray array = value.toArray();
        for (const QJsonValue &item : array)
            items << literal(item, words, indent + step);
        return lines(items, '[', ']', indent);
    }
    case QJsonValue::Object: {
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it) {
            QString name = quoted(it.key());
            if (words.guardsPrototype && it.key() == QLatin1String("__proto__"))
                name = QLatin1Char('[') + name + QLatin1Char(']');
            items << name + QLatin1String(": ") + literal(*it, words, indent + step);
        }
        return lines(items, '{', '}', indent);
    }
    case QJsonValue::Null:
    case QJsonValue::Undefined: break;
    }
    return QLatin1String(words.nothing);
}

bool hasLargeNumber(const QJsonValue &value)
{
    if (value.isDouble()) {
        const qint64 whole = value.toInteger();
        return std::abs(double(whole)) >= 9007199254740992.0;
    }
    const QJsonArray array = value.toArray();
    const QJsonObject object = value.toObject();
    return std::any_of(array.begin(), array.end(), [](const QJsonValue &v) { return hasLargeNumber(v); })
           || std::any_of(object.begin(), object.end(), [](const QJsonValue &v) { return hasLargeNumber(v); });
}

} // namespace retryscope::snippets
