// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/inputtree.h"

#include "interchange/outputtree.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace retryscope::interchange {
namespace {

/// QJsonDocument has no lines; its own limit of depth is 1024.
bool fromJsonValue(const QJsonValue &value, int depth, int &left, Input &into)
{
    if (depth > deepestInput || --left < 0)
        return false;
    switch (value.type()) {
    case QJsonValue::Bool:
        into.kind = Input::Kind::Plain;
        into.text = value.toBool() ? QStringLiteral("true") : QStringLiteral("false");
        return true;
    case QJsonValue::Double:
        into.kind = Input::Kind::Plain;
        into.text = numeral(value.toDouble());
        return true;
    case QJsonValue::String:
        into.kind = Input::Kind::Text;
        into.text = value.toString();
        return true;
    case QJsonValue::Array:
        into.kind = Input::Kind::List;
        for (const QJsonValue &item : value.toArray()) {
            into.items.append(Input());
            if (!fromJsonValue(item, depth + 1, left, into.items.last()))
                return false;
        }
        return true;
    case QJsonValue::Object: {
        into.kind = Input::Kind::Map;
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it) {
            into.members.append({it.key(), Input()});
            if (!fromJsonValue(it.value(), depth + 1, left, into.members.last().second))
                return false;
        }
        return true;
    }
    case QJsonValue::Null:
    case QJsonValue::Undefined: break;
    }
    return true;
}

} // namespace

const Input *Input::member(const QString &key) const
{
    for (const auto &[name, value] : members) {
        if (name == key)
            return &value;
    }
    return nullptr;
}

InputResult readJson(const QByteArray &bytes)
{
    if (bytes.size() > largestInput)
        return Unexpected{InputError{0, QStringLiteral("The file is larger than 256 KB and so no configuration.")}};
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(bytes, &error);
    if (error.error != QJsonParseError::NoError)
        return Unexpected{InputError{int(bytes.left(error.offset).count('\n')) + 1,
                                     QStringLiteral("Not valid JSON: %1.").arg(error.errorString())}};
    if (!document.isObject())
        return Unexpected{InputError{1, QStringLiteral("The file must hold one JSON object.")}};
    Input root;
    int left = mostInputValues;
    if (!fromJsonValue(document.object(), 0, left, root))
        return Unexpected{InputError{
            0, QStringLiteral("The file has more than %1 values, or they stand more than %2 levels deep.")
                   .arg(mostInputValues)
                   .arg(deepestInput)}};
    return root;
}

} // namespace retryscope::interchange
