// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/markdownlines.h"

#include <QRegularExpression>

#include <algorithm>

namespace retryscope {
namespace {

constexpr int codeLinesBetweenPlaces = 16, tab = 4, indentOfCode = 4;

int columnsBefore(QStringView line)
{
    int columns = 0;
    for (const QChar c : line) {
        if (c == QLatin1Char('\t'))
            columns += tab - columns % tab;
        else if (c == QLatin1Char(' '))
            ++columns;
        else
            break;
    }
    return columns;
}

bool isRule(QStringView rest)
{
    int marks = 0;
    for (const QChar c : rest) {
        if (c == rest.front())
            ++marks;
        else if (!c.isSpace())
            return false;
    }
    return marks >= 3 && QStringView(u"-*_").contains(rest.front());
}

/// How much of a line without its indent is the sign of an item, with the space after it; 0: it begins none.
int markerLength(QStringView rest)
{
    if (rest.isEmpty() || isRule(rest))
        return 0;
    qsizetype at = 0;
    while (at < rest.size() && at < 9 && rest[at].isDigit())
        ++at;
    const QStringView signs = at > 0 ? QStringView(u".)") : QStringView(u"-*+");
    if (at >= rest.size() || !signs.contains(rest[at]))
        return 0;
    ++at;
    if (at == rest.size())
        return int(at) + 1;
    const int spaces = columnsBefore(rest.mid(at));
    return spaces == 0 ? 0 : int(at) + (spaces > indentOfCode ? 1 : spaces);
}

/// "```" or "~~~" at the beginning, as long as it is; empty: none.
QStringView fenceOf(QStringView rest)
{
    if (rest.isEmpty() || (rest.front() != QLatin1Char('`') && rest.front() != QLatin1Char('~')))
        return {};
    const auto other = std::find_if(rest.begin(), rest.end(), [&](QChar c) { return c != rest.front(); });
    const QStringView fence = rest.left(other - rest.begin());
    if (fence.size() < 3 || (fence.front() == QLatin1Char('`') && rest.mid(fence.size()).contains(QLatin1Char('`'))))
        return {};
    return fence;
}

/// Neither a heading, a quotation, a row of a table nor a line below a heading.
bool isPlainText(QStringView rest)
{
    const bool underline = std::all_of(rest.begin(), rest.end(), [&](QChar c) {
        return c == rest.front() && (c == QLatin1Char('=') || c == QLatin1Char('-'));
    });
    return !underline && !isRule(rest) && !QStringView(u"#>|").contains(rest.front())
           && !rest.contains(QLatin1Char('|'));
}

bool isDefinition(QStringView line)
{
    static const QRegularExpression form(QStringLiteral("^ {0,3}\\[[^\\]]+\\]:\\s*\\S"));
    return form.match(line.toString()).hasMatch();
}

} // namespace

bool MarkdownLines::endsCode(State &state, QStringView rest, int indent)
{
    const QStringView opener = fenceOf(QStringView(state.opener).trimmed()), closer = fenceOf(rest);
    const bool closed = closer.size() >= opener.size() && closer.size() == rest.size()
                        && closer.front() == opener.front() && indent < state.codeIndent + indentOfCode;
    if (closed)
        state.opener.clear();
    return closed;
}

QString MarkdownLines::prepare(State &state, QStringView line)
{
    const int indent = columnsBefore(line);
    const QStringView rest = line.trimmed();
    if (!state.opener.isEmpty()) {
        if (endsCode(state, rest, indent))
            return line.toString();
        if (!state.codeInList || rest.isEmpty() || indent > 0) {
            ++state.codeLines;
            return line.toString();
        }
        state.opener.clear(); // its item is over, and it with it
    }
    if (rest.isEmpty()) {
        state.last = Kind::Blank;
        return line.toString();
    }
    if (state.last == Kind::Blank && indent == 0 && markerLength(rest) == 0)
        state.list = false;
    const int before = state.list ? state.content : 0;
    if (state.last != Kind::Text && indent >= before + indentOfCode && markerLength(rest) == 0)
        return line.toString(); // code by its indent
    QStringView inner = rest;
    int column = indent;
    while (const int length = markerLength(inner)) {
        state.list = true;
        column += length;
        inner = inner.mid(std::min<qsizetype>(length, inner.size())).trimmed();
    }
    const bool marker = inner.size() != rest.size();
    if (marker || state.last != Kind::Text)
        state.content = column;
    if (!fenceOf(inner).isEmpty()) {
        state.opener = inner.toString();
        state.codeInList = state.list && column > 0;
        state.codeIndent = column;
        state.codeLines = 0;
        state.last = Kind::Other;
        return line.toString();
    }
    return prepareText(state, line, inner, marker);
}

/// Outside of lists the parser is told that a line ends where it ends. In a list it would make each line an item, so
/// there it is a paragraph of its own, unless a mark is open across the end.
QString MarkdownLines::prepareText(State &state, QStringView line, QStringView rest, bool marker)
{
    const bool goesOn = state.last == Kind::Text && !marker;
    const bool open = goesOn && (state.bold || state.quoted);
    const bool text = !rest.isEmpty() && isPlainText(rest);
    if (!goesOn)
        state.bold = state.quoted = false;
    // Not Qt 6.4's QStringView::count() of a Latin-1 string, which finds one in a text that is shorter.
    state.bold ^= rest.count(QStringView(u"**")) % 2 != 0;
    state.quoted ^= rest.count(QLatin1Char('`')) % 2 != 0;
    state.last = text ? Kind::Text : Kind::Other;
    if (!state.list || !text)
        return line.toString() + QStringLiteral("  ");
    if (!goesOn || open)
        return line.toString();
    return QLatin1Char('\n') + QString(state.content, QLatin1Char(' ')) + rest.toString();
}

void MarkdownLines::note(const State &before, QStringView line)
{
    const QStringView rest = line.trimmed();
    const int indent = columnsBefore(line);
    if (!before.opener.isEmpty()) {
        State after = before;
        const bool here = !before.codeInList && before.codeIndent == 0 && before.codeLines > 0
                          && before.codeLines % codeLinesBetweenPlaces == 0 && !endsCode(after, rest, indent);
        if (here)
            m_places.append({m_ready.size(), before.opener, false});
        return;
    }
    if (isDefinition(line))
        m_named.append({m_ready.size(), line.toString()});
    if (indent > 0 || rest.isEmpty())
        return;
    if (before.list && markerLength(rest) > 0) {
        m_places.append({m_ready.size(), {}, true});
    } else if (before.last == Kind::Blank) {
        m_places.append({m_ready.size(), {}, false});
    }
}

void MarkdownLines::read(QStringView piece)
{
    m_line += piece;
    qsizetype from = 0;
    for (qsizetype end; (end = m_line.indexOf(QLatin1Char('\n'), from)) >= 0; from = end + 1) {
        const QStringView line = QStringView(m_line).mid(from, end - from);
        note(m_state, line);
        m_ready += prepare(m_state, line) + QLatin1Char('\n');
    }
    m_line.remove(0, from);
}

QString MarkdownLines::unsettled() const
{
    State state = m_state;
    return m_ready + prepare(state, m_line);
}

std::optional<MarkdownLines::Place> MarkdownLines::place(qsizetype after) const
{
    for (auto it = m_places.rbegin(); it != m_places.rend() && it->at > after; ++it) {
        if (it->at < m_ready.size())
            return *it;
    }
    return {};
}

void MarkdownLines::settle(const Place &place)
{
    const Place settled = place;
    m_ready.remove(0, settled.at);
    QVector<Named> open;
    for (Named named : std::as_const(m_named)) {
        named.at -= settled.at;
        if (named.at >= 0)
            open.append(named);
        else
            m_definitions += named.line + QLatin1Char('\n');
    }
    m_named = open;
    QVector<Place> left;
    for (Place later : std::as_const(m_places)) {
        later.at -= settled.at;
        if (later.at > 0)
            left.append(later);
    }
    m_places = left;
}

QString MarkdownLines::whole(QStringView text)
{
    MarkdownLines lines;
    lines.read(text);
    return lines.unsettled();
}

} // namespace retryscope
