// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/chat.h"

#include <QHash>
#include <QJsonDocument>
#include <QJsonValue>

#include <vector>

namespace retryscope {

// JSON as it was written. QJson sorts names and rounds numbers beyond 64 bits; but a model writes the fields of its answer in
// the order of the schema's, and a tool's arguments are another program's.

/// A text of JSON, of which values are found by their paths; each level is looked through once.
class WrittenJson
{
public:
    explicit WrittenJson(QByteArray text);
    /// The value at a path such as "tools[0].input_schema", without white space; empty: there is none. A name may be written with
    /// underscores there, and a value stand for a list that has it alone, as Google takes both.
    QByteArray at(const QString &path);

private:
    struct Node
    {
        qsizetype begin, end;
        bool looked = false, isList = false;
        QHash<QByteArray, int> named;
        std::vector<int> listed;
    };
    void look(int node);
    int child(int node, const QString &name);
    int element(int node, int index) const;

    QByteArray m_text;
    std::vector<Node> m_nodes;
};

/// What this request holds as objects, as `body`, of which it was read, has it: schemas, arguments of calls, results.
void keepWriting(const QByteArray &body, ChatRequest *chat);

/// Whose order a schema's text tells.
enum class PropertyOrder : quint8 {
    Plain,
    Told, ///< also in Google's propertyOrdering, where the schema has none
};
/// The schema in the order of `text`, which it was made of: names that it does not have come last, and the properties are in the
/// order of Google's propertyOrdering, where it has one. Numbers that are the same are written the same.
QByteArray schemaText(const QJsonObject &schema, const QByteArray &text, PropertyOrder order = PropertyOrder::Plain);
constexpr qsizetype largestOrdered = 512 << 10; ///< bytes of a text; a schema of a larger one is in QJson's order

/// As a document in which the objects of the fields that hold a call's arguments ("args", "input", "arguments") are texts of
/// JSON, as they were written.
QJsonDocument withArgumentsAsText(const QByteArray &json);
/// Without the white space between its tokens.
QByteArray compacted(const QByteArray &json);

} // namespace retryscope
