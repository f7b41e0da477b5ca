// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/rawjson.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace retryscope {
namespace rawjson {

qsizetype skipSpace(const QByteArray &text, qsizetype at)
{
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
        ++at;
    return at;
}

qsizetype skipString(const QByteArray &text, qsizetype at)
{
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            return at + 1;
    }
    return -1;
}

qsizetype skipValue(const QByteArray &text, qsizetype at)
{
    int depth = 0;
    const qsizetype begin = at;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = skipString(text, at);
            if (at < 0 || depth == 0)
                return at;
            continue;
        }
        if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return at > begin ? at : -1; // a number or a word before the end of the object
            if (--depth == 0)
                return at + 1;
        } else if (depth == 0 && (c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            return at > begin ? at : -1;
        }
        ++at;
    }
    return -1;
}

QByteArray unquoted(const QByteArray &json)
{
    if (!json.contains('\\'))
        return json.mid(1, json.size() - 2);
    return QJsonDocument::fromJson('[' + json + ']').array().at(0).toString().toUtf8();
}

} // namespace rawjson

using namespace rawjson;

std::optional<RawObject> RawObject::read(const QByteArray &text)
{
    RawObject object(text);
    if (!object.scan())
        return std::nullopt;
    return object;
}

bool RawObject::scanMember(qsizetype &at)
{
    Member member{{}, at, 0, 0};
    const qsizetype nameEnd = at < m_text.size() && m_text[at] == '"' ? skipString(m_text, at) : -1;
    if (nameEnd < 0)
        return false;
    member.name = unquoted(m_text.mid(at, nameEnd - at));
    at = skipSpace(m_text, nameEnd);
    if (at >= m_text.size() || m_text[at] != ':')
        return false;
    member.valueBegin = skipSpace(m_text, at + 1);
    member.end = skipValue(m_text, member.valueBegin);
    if (member.end < 0)
        return false;
    at = skipSpace(m_text, member.end);
    m_members.push_back(std::move(member));
    return true;
}

bool RawObject::scan()
{
    m_members.clear();
    qsizetype at = skipSpace(m_text, m_text.startsWith("\xEF\xBB\xBF") ? 3 : 0);
    if (at >= m_text.size() || m_text[at] != '{')
        return false;
    at = skipSpace(m_text, at + 1);
    while (at < m_text.size() && m_text[at] != '}') {
        if (!scanMember(at) || at >= m_text.size())
            return false;
        if (m_text[at] == ',')
            at = skipSpace(m_text, at + 1);
        else if (m_text[at] != '}')
            return false;
    }
    m_close = at;
    return at < m_text.size() && skipSpace(m_text, at + 1) == m_text.size();
}

const RawObject::Member *RawObject::find(const QByteArray &name) const
{
    for (auto member = m_members.rbegin(); member != m_members.rend(); ++member) {
        if (member->name == name)
            return &*member;
    }
    return nullptr;
}

int RawObject::count(const QByteArray &name) const
{
    return int(std::count_if(m_members.begin(), m_members.end(), [&](const Member &m) { return m.name == name; }));
}

bool RawObject::contains(const QByteArray &name) const { return find(name) != nullptr; }

QByteArray RawObject::value(const QByteArray &name) const
{
    const Member *member = find(name);
    return member ? m_text.mid(member->valueBegin, member->end - member->valueBegin) : QByteArray();
}

void RawObject::set(const QByteArray &name, const QByteArray &json)
{
    if (const Member *member = find(name))
        m_text.replace(member->valueBegin, member->end - member->valueBegin, json);
    else
        m_text.insert(m_close, (m_members.empty() ? "" : ",") + jsonString(QString::fromUtf8(name)) + ':' + json);
    scan();
}

void RawObject::remove(const QByteArray &name)
{
    while (const Member *member = find(name)) {
        const bool first = member == &m_members.front(), last = member == &m_members.back();
        const qsizetype from = last && !first ? m_members[m_members.size() - 2].end : member->begin;
        const qsizetype to = last ? member->end : (member + 1)->begin;
        m_text.remove(from, to - from);
        scan();
    }
}

void RawObject::rename(const QByteArray &from, const QByteArray &to)
{
    const Member *member = find(from);
    if (!member || from == to)
        return;
    const QByteArray value = m_text.mid(member->valueBegin, member->end - member->valueBegin);
    if (contains(to)) {
        remove(from);
        return set(to, value);
    }
    const qsizetype nameEnd = skipString(m_text, member->begin);
    m_text.replace(member->begin, nameEnd - member->begin, jsonString(QString::fromUtf8(to)));
    scan();
    remove(from); // one more of that name
}

QByteArray nameThatIsTwice(const QByteArray &text, const QByteArrayList &names)
{
    const bool escapes = text.contains("\\u00"); // one may be written with them
    const bool maybe = std::any_of(names.begin(), names.end(), [&](const QByteArray &name) {
        const QByteArray quoted = '"' + name + '"';
        const qsizetype first = text.indexOf(quoted);
        return escapes || (first >= 0 && text.indexOf(quoted, first + quoted.size()) >= 0);
    });
    const auto object = maybe ? RawObject::read(text) : std::nullopt;
    for (const QByteArray &name : names) {
        if (object && object->count(name) > 1)
            return name;
    }
    return {};
}

QByteArray jsonString(const QString &text)
{
    const QByteArray list = QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact);
    return list.mid(1, list.size() - 2);
}

} // namespace retryscope
