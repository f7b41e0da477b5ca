// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/inputtree.h"

#include "interchange/outputtree.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

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

/// Comments, and commas before a closing bracket, become blanks, so that places stay what they are.
QByteArray withoutComments(QByteArray text)
{
    qsizetype comma = -1; // the last thing that is no blank, where it is one
    for (qsizetype at = 0; at < text.size(); ++at) {
        const char c = text[at], next = at + 1 < text.size() ? text[at + 1] : '\0';
        if (c == '"') {
            for (++at; at < text.size() && text[at] != '"'; ++at)
                at += text[at] == '\\';
            comma = -1;
        } else if (c == '/' && (next == '/' || next == '*')) {
            const qsizetype end = next == '/' ? text.indexOf('\n', at) : text.indexOf("*/", at + 2);
            if (end < 0 && next == '*')
                break; // it has no end, which the reader tells
            const qsizetype behind = end < 0 ? text.size() : next == '/' ? end : end + 2;
            for (; at < behind; ++at) {
                if (text[at] != '\n')
                    text[at] = ' ';
            }
            --at;
        } else if (c == ',') {
            comma = at;
        } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            if ((c == '}' || c == ']') && comma >= 0)
                text[comma] = ' ';
            comma = -1;
        }
    }
    return text;
}

} // namespace

bool Input::saysTheSameAs(const Input &other) const
{
    const auto same = [](const auto &a, const auto &b, const auto &alike) {
        return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), alike);
    };
    return kind == other.kind && text == other.text
           && same(items, other.items, [](const Input &a, const Input &b) { return a.saysTheSameAs(b); })
           && same(members, other.members,
                   [](const auto &a, const auto &b) { return a.first == b.first && a.second.saysTheSameAs(b.second); });
}

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

InputResult readCommentedJson(const QByteArray &bytes)
{
    return bytes.size() > largestInput ? readJson(bytes) : readJson(withoutComments(bytes));
}

} // namespace retryscope::interchange
