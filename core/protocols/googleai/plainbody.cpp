// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/googleai/parts.h"

#include <QJsonArray>

#include <algorithm>
#include <array>
#include <utility>

namespace retryscope {
namespace {

/// What a caller names as it likes.
constexpr std::array opaque{"args",           "response",           "parameters", "parametersJsonSchema",
                            "responseSchema", "responseJsonSchema", "labels"};
constexpr std::array lists{"contents", "parts", "tools", "functionDeclarations"};

template <typename Names> bool isOneOf(const Names &names, const QString &name)
{
    return std::any_of(names.begin(), names.end(), [&name](const char *one) { return name == QLatin1String(one); });
}

/// generation_config: generationConfig
QString plainName(const QString &name)
{
    QString plain;
    bool capital = false;
    for (const QChar c : name) {
        capital |= c == QLatin1Char('_') && !plain.isEmpty();
        if (c != QLatin1Char('_') || plain.isEmpty())
            plain += std::exchange(capital, false) ? c.toUpper() : c;
    }
    return plain;
}

QJsonValue plainValue(const QJsonValue &value)
{
    if (value.isObject())
        return googleai::plainBody(value.toObject());
    if (!value.isArray())
        return value;
    QJsonArray list;
    for (const QJsonValue &one : value.toArray())
        list.append(plainValue(one));
    return list;
}

} // namespace

QJsonObject googleai::plainBody(const QJsonObject &body)
{
    QJsonObject out;
    for (auto it = body.begin(); it != body.end(); ++it) {
        const QString name = plainName(it.key());
        if (name != it.key() && body.contains(name))
            out[it.key()] = it.value(); // said twice: one of them is named as lost
        else if (isOneOf(opaque, name))
            out[name] = it.value();
        else if (isOneOf(lists, name) && it.value().isObject())
            out[name] = QJsonArray{plainValue(it.value())};
        else
            out[name] = plainValue(it.value());
    }
    return out;
}

} // namespace retryscope
