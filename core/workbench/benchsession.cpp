// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "workbench/benchsession.h"

#include <algorithm>

namespace retryscope {

const SessionEntry &BenchSession::add(SessionEntry entry)
{
    entry.number = ++m_count;
    m_characters += entry.result.text.size();
    m_entries.push_back(std::move(entry));
    bound();
    return m_entries.back();
}

void BenchSession::restore(const QVector<SessionEntry> &kept)
{
    std::erase_if(m_entries, [](const SessionEntry &e) { return e.earlier; });
    const auto own = m_entries;
    const auto isOwn = [&own](const SessionEntry &e) {
        return std::any_of(own.begin(), own.end(), [&e](const SessionEntry &o) {
            return o.at == e.at && o.result.provider == e.result.provider && o.result.duration == e.result.duration;
        });
    };
    m_entries.clear();
    for (const SessionEntry &entry : kept) {
        if (isOwn(entry))
            continue;
        m_entries.push_back(entry);
        m_entries.back().number = ++m_count;
        m_entries.back().earlier = true;
    }
    m_entries.insert(m_entries.end(), own.begin(), own.end());
    m_characters = 0;
    for (const SessionEntry &entry : m_entries)
        m_characters += entry.result.text.size();
    bound();
}

void BenchSession::bound()
{
    while (m_entries.size() > mostEntries || (m_characters > mostCharacters && m_entries.size() > 1)) {
        m_characters -= m_entries.front().result.text.size();
        m_entries.pop_front();
    }
}

const SessionEntry *BenchSession::find(quint64 number) const
{
    const auto at = std::find_if(m_entries.begin(), m_entries.end(),
                                 [number](const SessionEntry &e) { return e.number == number; });
    return at == m_entries.end() ? nullptr : &*at;
}

void BenchSession::clear()
{
    m_entries.clear();
    m_characters = 0;
}

} // namespace retryscope
