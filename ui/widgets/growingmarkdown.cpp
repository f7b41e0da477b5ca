// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/growingmarkdown.h"

#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>
#include <QTextList>

#include <algorithm>

namespace retryscope {
namespace {

constexpr qsizetype settleFrom = 400; ///< characters: below that it is not worth it

/// A paragraph before what is parsed: a document's first block is laid out in a way of its own.
const QString firstParagraph = QStringLiteral("x\n\n");

} // namespace

void GrowingMarkdown::clear()
{
    m_document.clear();
    m_lines = {};
    m_text.clear();
    m_from = {};
    m_shown = {};
    m_settledEnd = -1;
    m_tried = 0;
    m_work = {};
    m_changedFrom = 0;
}

QString GrowingMarkdown::before(const MarkdownLines::Place &place) const
{
    QString text = m_lines.definitions();
    if (!text.isEmpty())
        text += QLatin1Char('\n');
    text += firstParagraph;
    if (!place.opener.isEmpty())
        text += place.opener + QLatin1Char('\n');
    return text;
}

MarkdownUnits GrowingMarkdown::parse(const QString &markdown, const QString &before)
{
    m_work.parsed += before.size() + markdown.size();
    MarkdownUnits all = MarkdownUnits::parse(before + markdown, m_document.defaultFont());
    if (!before.isEmpty())
        all.units.removeFirst();
    return all;
}

/// What stands there is kept as far as it is the same.
void GrowingMarkdown::startAnew(const QString &text)
{
    m_lines = {};
    m_lines.read(text);
    m_from = {};
    m_shown = MarkdownUnits::of(m_document);
    m_settledEnd = -1;
    m_tried = 0;
}

bool GrowingMarkdown::show(const QString &text)
{
    m_work = {};
    if (m_text.isEmpty() || !text.startsWith(m_text))
        startAnew(text);
    else
        m_lines.read(QStringView(text).mid(m_text.size()));
    m_text = text;
    display(parse(m_lines.unsettled(), m_settledEnd < 0 ? QString() : before(m_from)));
    settle();
    return m_work.written > 0;
}

MarkdownUnits GrowingMarkdown::whole(const QString &text, const QFont &font)
{
    return MarkdownUnits::parse(MarkdownLines::whole(text), font);
}

bool GrowingMarkdown::finish(const QString &text, const MarkdownUnits &whole)
{
    m_work = {};
    startAnew(text);
    m_text = text;
    display(whole);
    return m_work.written > 0;
}

qsizetype GrowingMarkdown::firstDifferent(const MarkdownUnits &wanted) const
{
    const auto &old = m_shown.units, &now = wanted.units;
    const auto same = [&](const auto &a, const auto &b) { return a == b && hasSameList(a, wanted); };
    return std::mismatch(old.begin(), old.end(), now.begin(), now.end(), same).first - old.begin();
}

bool GrowingMarkdown::hasSameList(const MarkdownUnit &shown, const MarkdownUnits &wanted) const
{
    return shown.list < 0
           || (shown.list < wanted.lists.size() && m_shown.lists[shown.list] == wanted.lists[shown.list]);
}

void GrowingMarkdown::display(const MarkdownUnits &wanted)
{
    qsizetype same = firstDifferent(wanted);
    m_changedFrom = m_document.characterCount();
    if (same == m_shown.units.size() && same == wanted.units.size())
        return;
    while (same > 0 && m_shown.units[same - 1].isTable())
        --same; // a table and the block after it are written together
    QTextCursor edit(&m_document);
    edit.beginEditBlock();
    if (same < m_shown.units.size() && same < wanted.units.size() && m_shown.units[same].isLike(wanted.units[same])
        && hasSameList(m_shown.units[same], wanted)) {
        refill(same, wanted.units[same]);
        ++same;
    }
    while (same > 0 && m_shown.units[same - 1].isTable())
        --same;
    if (same < m_shown.units.size())
        cutAfter(same);
    append(wanted, same);
    edit.endEditBlock();
}

/// Only the text of a block that stays is changed, from where it differs.
void GrowingMarkdown::refill(qsizetype at, const MarkdownUnit &wanted)
{
    MarkdownUnit &old = m_shown.units[at];
    const auto differing = std::mismatch(old.spans.begin(), old.spans.end(), wanted.spans.begin(), wanted.spans.end());
    const qsizetype kept = differing.first - old.spans.begin();
    int end = m_shown.ends[at], length = 0;
    for (const MarkdownSpan &span : std::as_const(old.spans))
        length += int(span.text.size());
    int from = end - length;
    for (qsizetype i = 0; i < kept; ++i)
        from += int(old.spans[i].text.size());
    m_changedFrom = std::min(m_changedFrom, from);
    QTextCursor cursor(&m_document);
    cursor.setPosition(from);
    cursor.setPosition(end, QTextCursor::KeepAnchor);
    if (kept < old.spans.size() && kept < wanted.spans.size() && old.spans[kept].format == wanted.spans[kept].format
        && wanted.spans[kept].text.startsWith(old.spans[kept].text) && kept + 1 == old.spans.size()) {
        cursor.clearSelection(); // the last one has grown
        cursor.setPosition(end);
        m_changedFrom = end;
        cursor.insertText(wanted.spans[kept].text.mid(old.spans[kept].text.size()), wanted.spans[kept].format);
        appendSpans(cursor, wanted.spans, kept + 1);
    } else {
        cursor.removeSelectedText();
        appendSpans(cursor, wanted.spans, kept);
    }
    const int grown = cursor.position() - end;
    for (qsizetype i = at; i < m_shown.ends.size(); ++i)
        m_shown.ends[i] += grown;
    old.spans = wanted.spans;
    ++m_work.written;
}

/// Takes away all but so many of the shown ones; the last that stays is a block.
void GrowingMarkdown::cutAfter(qsizetype kept)
{
    const bool nothing = kept == 0 && m_settledEnd < 0;
    const int end = nothing ? 0 : kept > 0 ? m_shown.ends[kept - 1] : m_settledEnd;
    QTextCursor cursor(&m_document);
    cursor.setPosition(end);
    m_changedFrom = std::min(m_changedFrom, end);
    const QTextBlockFormat block = cursor.blockFormat();
    const QTextCharFormat character = cursor.blockCharFormat();
    cursor.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
    cursor.removeSelectedText();
    if (nothing) {
        cursor.setBlockFormat({});
        cursor.setBlockCharFormat({});
    } else {
        if (cursor.blockFormat() != block)
            cursor.setBlockFormat(block); // with the list that it belongs to
        if (cursor.blockCharFormat() != character)
            cursor.setBlockCharFormat(character);
    }
    m_shown.units.resize(kept);
    m_shown.ends.resize(kept);
}

void GrowingMarkdown::append(const MarkdownUnits &wanted, qsizetype from)
{
    qsizetype lists = m_from.list && m_settledEnd >= 0 ? 1 : 0; // those that stand already
    for (qsizetype i = 0; i < from; ++i)
        lists = std::max<qsizetype>(lists, wanted.units[i].list + 1);
    m_shown.objects.resize(lists);
    m_shown.lists = wanted.lists;
    QTextCursor cursor(&m_document);
    cursor.movePosition(QTextCursor::End);
    if (from < wanted.units.size())
        m_changedFrom = std::min(m_changedFrom, cursor.position());
    bool there = from == 0 && m_settledEnd < 0;
    for (qsizetype i = from; i < wanted.units.size(); ++i) {
        const MarkdownUnit &unit = wanted.units[i];
        if (unit.isTable())
            appendTable(cursor, unit);
        else
            appendBlock(cursor, wanted, unit, there);
        there = unit.isTable();
        m_shown.units.append(unit);
        m_shown.ends.append(cursor.position());
        ++m_work.written;
    }
}

void GrowingMarkdown::appendBlock(QTextCursor &cursor, const MarkdownUnits &wanted, const MarkdownUnit &unit,
                                  bool there)
{
    if (!there) {
        cursor.insertBlock(unit.block, unit.character);
    } else {
        cursor.setBlockFormat(unit.block);
        if (m_shown.units.isEmpty())
            cursor.setBlockCharFormat(unit.character);
    }
    if (unit.list >= 0 && unit.list < m_shown.objects.size()) {
        m_shown.objects[unit.list]->add(cursor.block());
    } else if (unit.list >= 0) {
        m_shown.objects.append(cursor.createList(wanted.lists[unit.list]));
    }
    appendSpans(cursor, unit.spans);
}

void GrowingMarkdown::settle()
{
    if (m_lines.unsettled().size() < settleFrom)
        return;
    if (const auto place = m_lines.place(m_tried); place && !settleAt(*place))
        m_tried = place->at;
}

/// Only where both parts read for themselves come to the same as read together.
bool GrowingMarkdown::settleAt(const MarkdownLines::Place &place)
{
    const QString unsettled = m_lines.unsettled();
    MarkdownLines after = m_lines;
    after.settle(place);
    const MarkdownUnits first = parse(unsettled.left(place.at), m_settledEnd < 0 ? QString() : before(m_from));
    std::swap(m_lines, after);
    MarkdownUnits rest = parse(m_lines.unsettled(), before(place));
    const qsizetype count = first.units.size();
    bool same = count > 0 && count + rest.units.size() == m_shown.units.size() && !first.units.last().isTable()
                && std::equal(first.units.begin(), first.units.end(), m_shown.units.begin());
    QVector<int> listOf(rest.lists.size(), -1);
    QVector<int> taken;
    for (qsizetype i = 0; same && i < rest.units.size(); ++i) {
        MarkdownUnit unit = rest.units[i];
        const int shown = m_shown.units[count + i].list;
        if (unit.list >= 0 && shown >= 0) {
            if (listOf[unit.list] < 0 && !taken.contains(shown)) {
                const bool known = shown < first.lists.size();
                same = known == (place.list && unit.list == 0);
                listOf[unit.list] = shown;
                taken.append(shown);
            }
            same = same && listOf[unit.list] == shown && m_shown.lists[shown] == rest.lists[unit.list];
            unit.list = shown;
        }
        same = same && unit == m_shown.units[count + i];
    }
    if (!same) {
        std::swap(m_lines, after);
        return false;
    }
    m_settledEnd = m_shown.ends[count - 1];
    rest.ends = m_shown.ends.mid(count);
    QVector<QTextList *> objects;
    for (const int list : std::as_const(listOf))
        objects.append(m_shown.objects[list]);
    rest.objects = objects;
    m_shown = rest;
    m_from = place;
    m_tried = 0;
    return true;
}

} // namespace retryscope
