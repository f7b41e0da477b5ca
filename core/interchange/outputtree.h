// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QString>

#include <deque>

namespace retryscope::interchange {

/// What stands in a file that is written: names with values, in the order in which they were put, in whatever syntax.
class Output
{
public:
    enum class Kind : quint8 { Map, List, Text, Plain };

    Output() = default;
    Output(Kind kind, QString key, QString text = {}) : m_kind(kind), m_key(std::move(key)), m_text(std::move(text)) {}

    /// Below this one; it stays where it is.
    Output &map(const char *key) { return add({Kind::Map, QLatin1String(key)}); }
    Output &map(const QString &key) { return add({Kind::Map, key}); }
    Output &list(const char *key) { return add({Kind::List, QLatin1String(key)}); }
    Output &list(const QString &key) { return add({Kind::List, key}); }
    void text(const char *key, const QString &value) { add({Kind::Text, QLatin1String(key), value}); }
    /// A number or a word of the target's language.
    void plain(const char *key, const QString &value) { add({Kind::Plain, QLatin1String(key), value}); }
    void number(const char *key, double value);
    void flag(const char *key, bool value) { plain(key, value ? QStringLiteral("true") : QStringLiteral("false")); }
    /// A call in Python, an object in JavaScript.
    Output &call(const char *key, const QString &callee);
    Output &item() { return add({Kind::Map, {}}); }
    void textItem(const QString &value) { add({Kind::Text, {}, value}); }
    void numberItem(double value);

    Kind kind() const { return m_kind; }
    const QString &key() const { return m_key; }
    const QString &value() const { return m_text; }
    const QString &callee() const { return m_callee; }
    const std::deque<Output> &children() const { return m_children; }

private:
    Output &add(Output child)
    {
        m_children.push_back(std::move(child));
        return m_children.back();
    }

    Kind m_kind = Kind::Map;
    QString m_key, m_text, m_callee;
    std::deque<Output> m_children; ///< a reference to one stays good while others come
};

/// In quotes, as JSON, YAML, Python and JavaScript all read it.
QString quoted(const QString &text);
/// With as few digits as say the same, as all four read it.
QString numeral(double value);

/// Block style, two spaces a level; ends with a newline.
QByteArray toYaml(const Output &root);
/// Two spaces a level; ends with a newline.
QByteArray toJsonText(const Output &root);
/// The call that the root is: NAME(key=value, ...), as an expression without a newline.
QString toPython(const Output &call, int indent = 0);
/// An object literal, or a call around one: new NAME({...}).
QString toJavaScript(const Output &object, int indent = 0);

} // namespace retryscope::interchange
