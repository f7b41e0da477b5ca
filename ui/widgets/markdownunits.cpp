// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdownunits.h"

#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>
#include <QTextList>
#include <QTextTable>

namespace retryscope {
namespace {

/// Which object of its document something belongs to is told apart from how it looks.
template <typename Format> Format withoutObject(Format format)
{
    format.setObjectIndex(-1);
    return format;
}

QVector<MarkdownSpan> spansOf(const QTextBlock &block)
{
    QVector<MarkdownSpan> spans;
    for (auto it = block.begin(); !it.atEnd(); ++it)
        spans.append({it.fragment().text(), withoutObject(it.fragment().charFormat())});
    return spans;
}

MarkdownUnit::Cell cellOf(const QTextTableCell &cell)
{
    MarkdownUnit::Cell read;
    read.span = cell.columnSpan();
    read.format = withoutObject(cell.format().toCharFormat());
    read.format.clearProperty(QTextFormat::TableCellColumnSpan);
    for (auto it = cell.begin(); !it.atEnd(); ++it)
        read.lines.append({withoutObject(it.currentBlock().blockFormat()), spansOf(it.currentBlock())});
    return read;
}

void writeCell(QTextTableCell cell, const MarkdownUnit::Cell &from)
{
    QTextCharFormat format = from.format;
    if (from.span > 1)
        format.setTableCellColumnSpan(from.span);
    cell.setFormat(format);
    QTextCursor cursor = cell.firstCursorPosition();
    for (qsizetype i = 0; i < from.lines.size(); ++i) {
        if (i == 0)
            cursor.setBlockFormat(from.lines[i].block);
        else
            cursor.insertBlock(from.lines[i].block, {});
        appendSpans(cursor, from.lines[i].spans);
    }
}

MarkdownUnit tableUnit(const QTextTable &table)
{
    MarkdownUnit unit;
    unit.rows = table.rows();
    unit.columns = table.columns();
    unit.table = withoutObject(table.format());
    for (int row = 0; row < unit.rows; ++row) {
        for (int column = 0; column < unit.columns; ++column) {
            const QTextTableCell cell = table.cellAt(row, column);
            unit.cells.append(cell.column() == column ? cellOf(cell) : MarkdownUnit::Cell{0, {}, {}});
        }
    }
    return unit;
}

} // namespace

bool MarkdownUnit::isLike(const MarkdownUnit &other) const
{
    return !isTable() && !other.isTable() && list == other.list && block == other.block
           && character == other.character;
}

MarkdownUnits MarkdownUnits::of(const QTextDocument &document)
{
    MarkdownUnits all;
    for (auto it = document.rootFrame()->begin(); !it.atEnd(); ++it) {
        if (const auto *table = qobject_cast<QTextTable *>(it.currentFrame())) {
            all.units.append(tableUnit(*table));
            all.ends.append(table->lastPosition());
            continue;
        }
        const QTextBlock block = it.currentBlock();
        MarkdownUnit unit;
        unit.block = withoutObject(block.blockFormat());
        if (all.units.isEmpty() || !all.units.last().isTable()) // there it is the table's
            unit.character = withoutObject(block.charFormat());
        unit.spans = spansOf(block);
        if (QTextList *list = block.textList()) {
            unit.list = int(all.objects.indexOf(list));
            if (unit.list < 0) {
                unit.list = int(all.objects.size());
                all.objects.append(list);
                all.lists.append(withoutObject(list->format()));
            }
        }
        all.units.append(unit);
        all.ends.append(block.position() + block.length() - 1);
    }
    return all;
}

MarkdownUnits MarkdownUnits::parse(const QString &markdown, const QFont &font)
{
    QTextDocument document;
    document.setUndoRedoEnabled(false);
    document.setDefaultFont(font);
    document.setMarkdown(markdown, QTextDocument::MarkdownFeatures(QTextDocument::MarkdownDialectGitHub
                                                                   | QTextDocument::MarkdownNoHTML));
    MarkdownUnits all = of(document);
    all.objects.clear(); // they go with it
    return all;
}

void appendSpans(QTextCursor &cursor, const QVector<MarkdownSpan> &spans, qsizetype from)
{
    for (qsizetype i = from; i < spans.size(); ++i)
        cursor.insertText(spans[i].text, spans[i].format);
}

void appendTable(QTextCursor &cursor, const MarkdownUnit &unit)
{
    QTextTable *table = cursor.insertTable(unit.rows, unit.columns, unit.table);
    for (int row = 0; row < unit.rows; ++row) {
        for (int column = 0; column < unit.columns; ++column) {
            const MarkdownUnit::Cell &from = unit.cells[row * unit.columns + column];
            if (from.span == 0)
                continue;
            if (from.span > 1)
                table->mergeCells(row, column, 1, from.span);
            writeCell(table->cellAt(row, column), from);
        }
    }
    cursor.movePosition(QTextCursor::End);
}

} // namespace retryscope
