// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/markdownlines.h"
#include "widgets/markdownunits.h"

class QTextCursor;
class QTextDocument;

namespace retryscope {

/// Markdown that grows at its end, in a document: what cannot change any more is neither read nor laid out again, so
/// that showing a little more costs the same however much there is.
class GrowingMarkdown
{
public:
    /// Of one showing: what it cost, whatever the machine.
    struct Work
    {
        qsizetype parsed = 0; ///< characters
        int written = 0;      ///< blocks and tables
    };

    explicit GrowingMarkdown(QTextDocument &document) : m_document(document) {}
    void clear();
    /// All of the text so far; mostly what was shown before and a little more. True when the document was changed.
    bool show(const QString &text);
    /// All of a text read at once, which needs neither the document nor its thread.
    static MarkdownUnits whole(const QString &text, const QFont &font);
    /// The last word: the text as it was read at once.
    bool finish(const QString &text, const MarkdownUnits &whole);
    Work work() const { return m_work; }
    /// Where the document was changed, or its end.
    int changedFrom() const { return m_changedFrom; }

private:
    MarkdownUnits parse(const QString &markdown, const QString &before);
    QString before(const MarkdownLines::Place &place) const;
    void startAnew(const QString &text);
    void display(const MarkdownUnits &wanted);
    void settle();
    bool settleAt(const MarkdownLines::Place &place);
    qsizetype firstDifferent(const MarkdownUnits &wanted) const;
    bool hasSameList(const MarkdownUnit &shown, const MarkdownUnits &wanted) const;
    void refill(qsizetype at, const MarkdownUnit &wanted);
    void cutAfter(qsizetype kept);
    void append(const MarkdownUnits &wanted, qsizetype from);
    void appendBlock(QTextCursor &cursor, const MarkdownUnits &wanted, const MarkdownUnit &unit, bool there);

    QTextDocument &m_document;
    MarkdownLines m_lines;
    QString m_text;                 ///< that is shown
    MarkdownLines::Place m_from;    ///< how the unsettled part is to be read
    MarkdownUnits m_shown;          ///< of the unsettled part
    int m_settledEnd = -1;          ///< where the last settled block ends; none is
    qsizetype m_tried = 0;          ///< the last place that was not one after all
    Work m_work;
    int m_changedFrom = 0;
};

} // namespace retryscope
