// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "snippets/snippet.h"

#include <QJsonObject>

namespace retryscope {

/// A text with variables of the environment in it.
struct SnippetText
{
    struct Piece
    {
        QString text;
        bool variable = false; ///< `text` is its name
    };
    QVector<Piece> pieces; ///< none of them empty
    bool isEmpty() const { return pieces.isEmpty(); }
};

/// One request in no language yet.
struct SnippetRequest
{
    SnippetText url;                                  ///< encoded
    QVector<std::pair<QString, SnippetText>> headers; ///< each letter one byte
    QJsonObject body;
    bool stream = false;
    SnippetText proxy; ///< empty: as the environment says
    bool noProxy = false;
    QString caFile;
};

Expected<SnippetRequest, SnippetProblem> snippetRequest(const ProviderConfig &provider, const ChatRequest &prompt,
                                                        QStringList *variables);

namespace snippets {

// How each language writes it.

QString curl(const SnippetRequest &request, QVector<SnippetNote> *notes);
QString python(const SnippetRequest &request, QVector<SnippetNote> *notes);
QString javaScript(const SnippetRequest &request, QVector<SnippetNote> *notes);

/// What a language writes otherwise than JSON does.
struct LiteralWords
{
    const char *yes = "true";
    const char *no = "false";
    const char *nothing = "null";
    bool guardsPrototype = false; ///< a field called __proto__ would not be one
};
/// The value over several lines, from the second on behind so many spaces. Whatever a terminal or an editor might hide or act on
/// is escaped: control characters, halves of characters, marks of direction.
QString literal(const QJsonValue &value, const LiteralWords &words, int indent = 0);
/// Within double quotes, as JSON, Python and JavaScript have them in common.
QString quoted(QStringView text);
/// It holds a whole number that a double cannot.
bool hasLargeNumber(const QJsonValue &value);

} // namespace snippets
} // namespace retryscope
