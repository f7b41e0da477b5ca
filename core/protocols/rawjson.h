// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QByteArrayList>

#include <optional>
#include <vector>

namespace retryscope {

/// The text of a JSON object, of which single members are changed while every other byte stays as it was written: order,
/// white space, numbers, escapes. Knows the outermost members only. Of a name that is there twice the last one counts, as
/// readers of JSON have it.
class RawObject
{
public:
    /// None: the text is no JSON object as far as was looked at; whether its inner values are valid is not checked.
    static std::optional<RawObject> read(const QByteArray &text);

    const QByteArray &text() const { return m_text; }
    bool contains(const QByteArray &name) const;
    int count(const QByteArray &name) const;
    /// As it is written; empty where there is none.
    QByteArray value(const QByteArray &name) const;
    /// Replaces the value, or adds the member at the end. `json` is encoded.
    void set(const QByteArray &name, const QByteArray &json);
    void remove(const QByteArray &name);
    /// Only where there is such a member.
    void rename(const QByteArray &from, const QByteArray &to);

private:
    struct Member { QByteArray name; qsizetype begin, valueBegin, end; };
    explicit RawObject(QByteArray text) : m_text(std::move(text)) {}
    bool scan();
    bool scanMember(qsizetype &at);
    const Member *find(const QByteArray &name) const;

    QByteArray m_text;
    std::vector<Member> m_members;
    qsizetype m_close = 0; ///< of the closing brace
};

/// The first of these names, which have letters of ASCII alone, that a JSON object has twice; empty: none, or it is no object.
/// Readers of JSON differ in which of the two they take. The text is only read member by member where it may have one twice.
QByteArray nameThatIsTwice(const QByteArray &text, const QByteArrayList &names);

/// As a JSON string, with its quotes.
QByteArray jsonString(const QString &text);

namespace rawjson {

/// From there, behind white space.
qsizetype skipSpace(const QByteArray &text, qsizetype at);
/// Behind the string that begins here; -1: it does not end.
qsizetype skipString(const QByteArray &text, qsizetype at);
/// Behind the value that begins here, within an object or a list; -1: it does not end, or is none.
qsizetype skipValue(const QByteArray &text, qsizetype at);
/// What a string of JSON says, in UTF-8.
QByteArray unquoted(const QByteArray &json);

} // namespace rawjson

} // namespace retryscope
