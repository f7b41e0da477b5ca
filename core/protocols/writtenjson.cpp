// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/writtenjson.h"

#include "protocols/rawjson.h"

#include <QJsonArray>
#include <QSet>

#include <algorithm>
#include <array>
#include <utility>

namespace retryscope {

using namespace rawjson;

namespace {

struct Item
{
    QByteArray name; ///< of an object's
    qsizetype begin, end;
};

char at(const QByteArray &text, qsizetype place) { return place >= 0 && place < text.size() ? text[place] : '\0'; }

/// Of the object or list that begins here; none: it is neither, or does not end.
std::vector<Item> itemsOf(const QByteArray &text, qsizetype place)
{
    const bool isObject = at(text, place) == '{';
    if (!isObject && at(text, place) != '[')
        return {};
    const char close = isObject ? '}' : ']';
    std::vector<Item> items;
    for (place = skipSpace(text, place + 1); at(text, place) != close;) {
        Item item{{}, place, 0};
        if (isObject) {
            const qsizetype nameEnd = at(text, place) == '"' ? skipString(text, place) : -1;
            if (nameEnd < 0 || at(text, skipSpace(text, nameEnd)) != ':')
                return {};
            item.name = unquoted(text.mid(place, nameEnd - place));
            item.begin = skipSpace(text, skipSpace(text, nameEnd) + 1);
        }
        item.end = skipValue(text, item.begin);
        if (item.end < 0)
            return {};
        place = skipSpace(text, item.end);
        items.push_back(std::move(item));
        if (at(text, place) == ',')
            place = skipSpace(text, place + 1);
        else if (at(text, place) != close)
            return {};
    }
    return items;
}

QByteArray withUnderscores(const QString &name)
{
    QByteArray out;
    for (const QChar c : name)
        out += c.isUpper() ? '_' + QString(c.toLower()).toUtf8() : QString(c).toUtf8();
    return out;
}

} // namespace

WrittenJson::WrittenJson(QByteArray text) : m_text(std::move(text))
{
    m_nodes.push_back({skipSpace(m_text, m_text.startsWith("\xEF\xBB\xBF") ? 3 : 0), m_text.size()});
}

void WrittenJson::look(int node)
{
    if (std::exchange(m_nodes[std::size_t(node)].looked, true))
        return;
    const qsizetype begin = m_nodes[std::size_t(node)].begin;
    const bool isList = retryscope::at(m_text, begin) == '[';
    m_nodes[std::size_t(node)].isList = isList;
    for (const Item &item : itemsOf(m_text, begin)) {
        const int place = int(m_nodes.size());
        m_nodes.push_back({item.begin, item.end});
        if (isList)
            m_nodes[std::size_t(node)].listed.push_back(place);
        else
            m_nodes[std::size_t(node)].named.insert(item.name, place); // of two, the last counts
    }
}

int WrittenJson::child(int node, const QString &name)
{
    const QHash<QByteArray, int> &named = m_nodes[std::size_t(node)].named;
    const int place = named.value(name.toUtf8(), -1);
    return place >= 0 ? place : named.value(withUnderscores(name), -1);
}

int WrittenJson::element(int node, int index) const
{
    const Node &list = m_nodes[std::size_t(node)];
    if (!list.isList)
        return index == 0 ? node : -1;
    return index >= 0 && index < int(list.listed.size()) ? list.listed[std::size_t(index)] : -1;
}

QByteArray WrittenJson::at(const QString &path)
{
    int node = path.isEmpty() ? -1 : 0;
    for (const QString &step : path.split(QLatin1Char('.'))) {
        const QStringList parts = step.split(QLatin1Char('['));
        for (qsizetype i = 0; i < parts.size() && node >= 0; ++i) {
            look(node);
            node = i == 0 ? child(node, parts[0]) : element(node, parts[i].chopped(1).toInt());
        }
    }
    if (node < 0)
        return {};
    const Node &found = m_nodes[std::size_t(node)];
    return compacted(m_text.mid(found.begin, found.end - found.begin));
}

void keepWriting(const QByteArray &body, ChatRequest *chat)
{
    WrittenJson json(body);
    for (ChatTool &tool : chat->tools)
        tool.written.text = json.at(tool.written.at.path);
    chat->format.written.text = json.at(chat->format.written.at.path);
    for (ChatMessage &message : chat->messages) {
        for (ChatPart &part : message.parts) {
            const QByteArray object = json.at(part.jsonAt.path);
            if (object.startsWith('{'))
                (part.kind == ChatPart::Kind::ToolCall ? part.call.arguments : part.text) = QString::fromUtf8(object);
        }
    }
}

namespace {

/// What stands at a place of a schema.
enum class Place : quint8 { Schema, Names, List, Value };

template <typename Names> bool isOneOf(const QString &key, const Names &names)
{
    return std::any_of(names.begin(), names.end(), [&key](const char *name) { return key == QLatin1String(name); });
}

Place below(Place place, const QString &key)
{
    static constexpr std::array named{"properties",        "$defs",           "definitions", "defs",
                                      "patternProperties", "dependentSchemas"};
    static constexpr std::array single{"items", "additionalProperties", "not", "if", "then", "else", "contains"};
    static constexpr std::array listed{"anyOf", "oneOf", "allOf", "prefixItems"};
    if (place != Place::Schema)
        return place == Place::Value ? Place::Value : Place::Schema;
    return isOneOf(key, named)    ? Place::Names
           : isOneOf(key, single) ? Place::Schema
           : isOneOf(key, listed) ? Place::List
                                  : Place::Value;
}

class SchemaWriter
{
public:
    SchemaWriter(const QByteArray &text, bool tellsOrder) : m_text(text), m_tellsOrder(tellsOrder) {}

    QByteArray written(const QJsonValue &value, qsizetype begin, Place place, const QStringList &first = {})
    {
        if (value.isObject())
            return object(value.toObject(), begin, place, first);
        if (value.isArray())
            return list(value.toArray(), begin, place);
        const QByteArray plain = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact).sliced(1).chopped(1);
        const qsizetype end = begin < 0 || !value.isDouble() ? -1 : skipValue(m_text, begin);
        const QByteArray number = end < 0 ? QByteArray() : m_text.mid(begin, end - begin);
        const bool same = !number.isEmpty() && QJsonDocument::fromJson('[' + number + ']').array().at(0) == value;
        return same ? number : plain;
    }

private:
    QByteArray object(const QJsonObject &object, qsizetype begin, Place place, const QStringList &first)
    {
        const std::vector<Item> items = itemsOf(m_text, begin);
        QHash<QString, qsizetype> places;
        for (const Item &item : items)
            places.insert(QString::fromUtf8(item.name), item.begin);
        QStringList told;
        QSet<QString> known;
        const auto tell = [&](const QString &name) {
            if (object.contains(name) && !known.contains(name)) {
                known.insert(name);
                told << name;
            }
        };
        for (const QString &name : first)
            tell(name);
        for (const Item &item : items)
            tell(QString::fromUtf8(item.name));
        for (const QString &name : object.keys())
            tell(name);
        QByteArrayList fields;
        QStringList order;
        for (const QString &name : std::as_const(told)) {
            const bool isProperties =
                place == Place::Schema && name == QLatin1String("properties") && object[name].isObject();
            const QStringList wanted =
                isProperties ? texts(places.value(QStringLiteral("propertyOrdering"), -1)) : QStringList();
            fields << jsonString(name) + ':'
                          + written(object[name], places.value(name, -1), below(place, name), wanted);
            if (isProperties)
                order = std::exchange(m_order, {});
        }
        if (m_tellsOrder && order.size() > 1 && !object.contains(QLatin1String("propertyOrdering")))
            fields << R"("propertyOrdering":)"
                          + QJsonDocument(QJsonArray::fromStringList(order)).toJson(QJsonDocument::Compact);
        m_order = told;
        return '{' + fields.join(',') + '}';
    }
    QByteArray list(const QJsonArray &list, qsizetype begin, Place place)
    {
        const std::vector<Item> items = itemsOf(m_text, begin);
        QByteArrayList all;
        for (qsizetype i = 0; i < list.size(); ++i)
            all << written(list[i], i < qsizetype(items.size()) ? items[std::size_t(i)].begin : -1,
                           place == Place::List ? Place::Schema : place);
        return '[' + all.join(',') + ']';
    }
    QStringList texts(qsizetype begin)
    {
        QStringList texts;
        for (const Item &item : at(m_text, begin) == '[' ? itemsOf(m_text, begin) : std::vector<Item>()) {
            if (at(m_text, item.begin) == '"')
                texts << QString::fromUtf8(unquoted(m_text.mid(item.begin, item.end - item.begin)));
        }
        return texts;
    }

    const QByteArray &m_text;
    bool m_tellsOrder;
    QStringList m_order; ///< of the names of the object that was written last
};

} // namespace

QByteArray schemaText(const QJsonObject &schema, const QByteArray &text, PropertyOrder order)
{
    if (text.isEmpty() || text.size() > largestOrdered)
        return QJsonDocument(schema).toJson(QJsonDocument::Compact);
    return SchemaWriter(text, order == PropertyOrder::Told).written(schema, 0, Place::Schema);
}

QByteArray compacted(const QByteArray &json)
{
    QByteArray out;
    out.reserve(json.size());
    for (qsizetype place = skipSpace(json, 0); place < json.size(); place = skipSpace(json, place)) {
        const qsizetype end = json[place] == '"' ? skipString(json, place) : place + 1;
        if (end < 0)
            return json;
        out += QByteArrayView(json).sliced(place, std::min(end, json.size()) - place);
        place = end;
    }
    return out;
}

QJsonDocument withArgumentsAsText(const QByteArray &json)
{
    static constexpr std::array<QByteArrayView, 3> names{"\"args\"", "\"input\"", "\"arguments\""};
    if (std::none_of(names.begin(), names.end(), [&json](QByteArrayView name) { return json.contains(name); }))
        return QJsonDocument::fromJson(json);
    QByteArray out;
    qsizetype done = 0;
    for (qsizetype place = json.indexOf('"'); place >= 0;) {
        const qsizetype end = skipString(json, place);
        if (end < 0)
            break;
        const QByteArrayView name = QByteArrayView(json).sliced(place, end - place);
        const qsizetype colon = skipSpace(json, end), begin = skipSpace(json, colon + 1);
        qsizetype next = end;
        if (at(json, colon) == ':' && at(json, begin) == '{'
            && std::find(names.begin(), names.end(), name) != names.end()) {
            const qsizetype close = skipValue(json, begin);
            if (close < 0)
                break;
            const QByteArray object = json.mid(begin, close - begin);
            if (QJsonDocument::fromJson(object)
                    .isObject()) { // or the whole is no JSON either, and is to be read as none
                out += json.mid(done, begin - done) + jsonString(QString::fromUtf8(compacted(object)));
                done = close;
            }
            next = close;
        }
        place = json.indexOf('"', next);
    }
    return QJsonDocument::fromJson(out + json.mid(done));
}

} // namespace retryscope
