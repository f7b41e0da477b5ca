// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QVector>

#include <optional>

namespace retryscope {

/// Markdown as models write it, read line by line while it comes: it is made ready for the parser, and the places are
/// found before which nothing that follows changes anything.
class MarkdownLines
{
public:
    /// Where what follows can be read for itself.
    struct Place
    {
        qsizetype at = 0;  ///< in unsettled()
        QString opener;    ///< the line that opens the code that goes on here; usually empty
        bool list = false; ///< the list from before goes on
    };

    /// What came further.
    void read(QStringView piece);
    /// From the last settled place on: each line ends where its writer ended it, also in the picture.
    QString unsettled() const;
    /// The last one that has a whole line after it, and lies behind `after`.
    std::optional<Place> place(qsizetype after) const;
    void settle(const Place &place);
    /// Lines that tell addresses of links by name, in what is settled: they count for what follows.
    const QString &definitions() const { return m_definitions; }
    /// All of `text`, for the parser.
    static QString whole(QStringView text);

private:
    enum class Kind : quint8 { Blank, Text, Other };
    struct State
    {
        Kind last = Kind::Blank;
        QString opener;       ///< of the code that is open; empty: none is
        bool codeInList = false;
        int codeIndent = 0, codeLines = 0;
        bool list = false;    ///< items came, and nothing since that ends a list
        int content = 0;      ///< the column where the text of the last item stands
        bool bold = false, quoted = false; ///< a mark was opened in this paragraph and not closed yet
    };
    static QString prepare(State &state, QStringView line);
    static QString prepareText(State &state, QStringView line, QStringView rest, bool marker);
    static bool endsCode(State &state, QStringView rest, int indent);
    void note(const State &before, QStringView line);

    State m_state;
    QString m_ready, m_line, m_definitions; ///< m_line: the one that has not ended
    QVector<Place> m_places;
    struct Named
    {
        qsizetype at = 0;
        QString line;
    };
    QVector<Named> m_named; ///< definitions that are not settled
};

} // namespace retryscope
