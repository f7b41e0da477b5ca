// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/outputtree.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace retryscope::interchange {
namespace {

QString spaces(int count) { return QString(count, QLatin1Char(' ')); }

/// Without quotes only where no reader of YAML, old or new, takes it for anything but this text.
QString yamlText(const QString &text)
{
    static const QRegularExpression safe(QStringLiteral("^[A-Za-z_/][A-Za-z0-9_./-]*$"));
    static const QRegularExpression word(QStringLiteral("^(y|n|yes|no|on|off|true|false|null|inf|nan)$"),
                                         QRegularExpression::CaseInsensitiveOption);
    return safe.match(text).hasMatch() && !word.match(text).hasMatch() ? text : quoted(text);
}

QString yamlScalar(const Output &node)
{
    switch (node.kind()) {
    case Output::Kind::Map: return QStringLiteral("{}");
    case Output::Kind::List: return QStringLiteral("[]");
    case Output::Kind::Text: return yamlText(node.value());
    case Output::Kind::Plain: break;
    }
    return node.value();
}

/// Short lists of plain values stand on one line.
bool isFlow(const Output &node)
{
    return node.kind() == Output::Kind::List
        && std::all_of(node.children().begin(), node.children().end(),
                       [](const Output &c) { return c.kind() == Output::Kind::Plain || c.kind() == Output::Kind::Text; });
}

QString flow(const Output &node)
{
    QStringList items;
    for (const Output &child : node.children())
        items << yamlScalar(child);
    return QLatin1Char('[') + items.join(QStringLiteral(", ")) + QLatin1Char(']');
}

void writeYaml(const Output &node, int indent, bool afterDash, QString &text)
{
    bool first = afterDash;
    for (const Output &child : node.children()) {
        if (!first)
            text += spaces(indent);
        first = false;
        const bool inList = node.kind() == Output::Kind::List;
        text += inList ? QStringLiteral("- ") : yamlText(child.key()) + QLatin1Char(':');
        if (child.children().empty() || isFlow(child)) {
            text += (inList ? QString() : QStringLiteral(" ")) + (isFlow(child) ? flow(child) : yamlScalar(child))
                  + QLatin1Char('\n');
            continue;
        }
        if (!inList)
            text += QLatin1Char('\n');
        writeYaml(child, indent + 2, inList, text);
    }
}

void writeJson(const Output &node, int indent, QString &text)
{
    const bool list = node.kind() == Output::Kind::List;
    if (node.kind() == Output::Kind::Text)
        text += quoted(node.value());
    else if (node.kind() == Output::Kind::Plain)
        text += node.value();
    else if (isFlow(node))
        text += flow(node);
    else {
        text += list ? QLatin1Char('[') : QLatin1Char('{');
        bool first = true;
        for (const Output &child : node.children()) {
            text += (first ? QString() : QStringLiteral(",")) + QLatin1Char('\n') + spaces(indent + 2);
            first = false;
            if (!list)
                text += quoted(child.key()) + QStringLiteral(": ");
            writeJson(child, indent + 2, text);
        }
        text += (first ? QString() : QLatin1Char('\n') + spaces(indent)) + (list ? QLatin1Char(']') : QLatin1Char('}'));
    }
}

QString pythonValue(const Output &node, int indent)
{
    if (node.kind() == Output::Kind::Text)
        return quoted(node.value());
    if (node.kind() == Output::Kind::List) {
        QStringList items;
        for (const Output &child : node.children())
            items << pythonValue(child, indent);
        return QLatin1Char('[') + items.join(QStringLiteral(", ")) + QLatin1Char(']');
    }
    if (node.kind() == Output::Kind::Plain)
        return node.value() == QLatin1String("true")    ? QStringLiteral("True")
               : node.value() == QLatin1String("false") ? QStringLiteral("False")
                                                        : node.value();
    return toPython(node, indent);
}

} // namespace

void Output::number(const char *key, double value) { plain(key, numeral(value)); }
void Output::numberItem(double value) { add({Kind::Plain, {}, numeral(value)}); }

Output &Output::call(const char *key, const QString &callee)
{
    Output &child = map(key);
    child.m_callee = callee;
    return child;
}

QString quoted(const QString &text)
{
    const QByteArray list = QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact);
    QString inside = QString::fromUtf8(list.mid(1, list.size() - 2));
    // Control characters, line ends of other alphabets and the like: some readers end a line there.
    for (qsizetype i = 0; i < inside.size(); ++i) {
        const ushort c = inside[i].unicode();
        if ((c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff)
            inside.replace(i, 1, QStringLiteral("\\u%1").arg(c, 4, 16, QLatin1Char('0')));
    }
    return inside;
}

QString numeral(double value)
{
    // Fifteen digits: 29 % is 28.999999999999996 as a product, and nobody means that. Never with an exponent, which some
    // readers of YAML take for a text.
    const int before = value == 0.0 ? 1 : int(std::floor(std::log10(std::abs(value)))) + 1;
    QString text = QString::number(value, 'f', std::clamp(15 - before, 0, 18));
    while (text.contains(QLatin1Char('.')) && text.endsWith(QLatin1Char('0')))
        text.chop(1);
    if (text.endsWith(QLatin1Char('.')))
        text.chop(1);
    return text;
}

QByteArray toYaml(const Output &root)
{
    QString text;
    writeYaml(root, 0, false, text);
    return text.toUtf8();
}

QByteArray toJsonText(const Output &root)
{
    QString text;
    writeJson(root, 0, text);
    return text.toUtf8() + '\n';
}

QString toPython(const Output &call, int indent)
{
    QString text = (call.callee().isEmpty() ? QStringLiteral("dict") : call.callee()) + QLatin1Char('(');
    for (const Output &child : call.children()) {
        text += QLatin1Char('\n') + spaces(indent + 4);
        if (!child.key().isEmpty())
            text += child.key() + QLatin1Char('=');
        text += pythonValue(child, indent + 4) + QLatin1Char(',');
    }
    return text + (call.children().empty() ? QString() : QLatin1Char('\n') + spaces(indent)) + QLatin1Char(')');
}

QString toJavaScript(const Output &object, int indent)
{
    if (object.kind() == Output::Kind::Text)
        return quoted(object.value());
    if (object.kind() == Output::Kind::Plain)
        return object.value();
    if (object.kind() == Output::Kind::List) {
        QStringList items;
        for (const Output &child : object.children())
            items << toJavaScript(child, indent);
        return QLatin1Char('[') + items.join(QStringLiteral(", ")) + QLatin1Char(']');
    }
    QString text = QStringLiteral("{");
    for (const Output &child : object.children())
        text += QLatin1Char('\n') + spaces(indent + 2) + child.key() + QStringLiteral(": ")
              + toJavaScript(child, indent + 2) + QLatin1Char(',');
    text += (object.children().empty() ? QString() : QLatin1Char('\n') + spaces(indent)) + QLatin1Char('}');
    return object.callee().isEmpty() ? text : QStringLiteral("new %1(%2)").arg(object.callee(), text);
}

} // namespace retryscope::interchange
