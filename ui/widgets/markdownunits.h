// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTextBlockFormat>
#include <QTextCharFormat>
#include <QTextListFormat>
#include <QTextTableFormat>
#include <QVector>

class QFont;
class QTextBlock;
class QTextCursor;
class QTextDocument;
class QTextList;
class QTextTable;

namespace retryscope {

/// Text of one look.
struct MarkdownSpan
{
    QString text;
    QTextCharFormat format;
    bool operator==(const MarkdownSpan &) const = default;
};

/// One block of a document, or one table with what is in it, as values: what two documents can be compared by.
struct MarkdownUnit
{
    struct Line
    {
        QTextBlockFormat block;
        QVector<MarkdownSpan> spans;
        bool operator==(const Line &) const = default;
    };
    struct Cell
    {
        int span = 1; ///< columns; 0: one to its left spans it
        QTextCharFormat format;
        QVector<Line> lines; ///< mostly one
        bool operator==(const Cell &) const = default;
    };
    QTextBlockFormat block;
    QTextCharFormat character;
    QVector<MarkdownSpan> spans;
    int list = -1;                 ///< of the document's lists; none
    int rows = 0, columns = 0;     ///< of a table; none
    QTextTableFormat table;
    QVector<Cell> cells;

    bool isTable() const { return rows > 0; }
    /// Whether only the text differs.
    bool isLike(const MarkdownUnit &other) const;
    bool operator==(const MarkdownUnit &) const = default;
};

/// What a document holds.
struct MarkdownUnits
{
    QVector<MarkdownUnit> units;
    QVector<QTextListFormat> lists;
    QVector<QTextList *> objects; ///< of the document, while there is one
    QVector<int> ends;            ///< of each unit that is a block: where its text ends

    static MarkdownUnits of(const QTextDocument &document);
    /// Of Markdown, as it stands in a document of that font; on any thread.
    static MarkdownUnits parse(const QString &markdown, const QFont &font);
};

/// At the cursor, which is at the end of its document, and stays there.
void appendTable(QTextCursor &cursor, const MarkdownUnit &unit);
void appendSpans(QTextCursor &cursor, const QVector<MarkdownSpan> &spans, qsizetype from = 0);

} // namespace retryscope
