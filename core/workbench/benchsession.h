// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engineclient.h"

#include <deque>

namespace retryscope {

/// One prompt that was asked in this session, with what came.
struct SessionEntry
{
    quint64 number = 0; ///< from 1
    WallTime at{};
    Prompt prompt;
    QVector<ProviderId> chain; ///< that was asked; empty: all that are enabled
    CallResult result;         ///< its text is the answer
    bool earlier = false;      ///< it was asked in an earlier run, and comes from a file
    std::optional<double> tokensPerSecond; ///< as it was measured while it came; none: not enough of it
};

/// What was asked and answered since the program began, behind what earlier runs have kept (AnswerFile): the newest two
/// hundred, and of these as many as fit in a bound.
class BenchSession
{
public:
    static constexpr std::size_t mostEntries = 200;
    static constexpr qsizetype mostCharacters = 8 << 20; ///< of answers

    /// Gives it its number.
    const SessionEntry &add(SessionEntry entry);
    /// What earlier runs have kept, oldest first, in place of what was known of them. What this run has kept among it is not
    /// doubled.
    void restore(const QVector<SessionEntry> &kept);
    void forgetEarlier() { restore({}); }
    const std::deque<SessionEntry> &entries() const { return m_entries; } ///< oldest first
    /// None: it is not kept any more.
    const SessionEntry *find(quint64 number) const;
    void clear();

private:
    void bound();
    std::deque<SessionEntry> m_entries;
    qsizetype m_characters = 0;
    quint64 m_count = 0;
};

} // namespace retryscope
