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
    while (m_entries.size() > mostEntries || (m_characters > mostCharacters && m_entries.size() > 1)) {
        m_characters -= m_entries.front().result.text.size();
        m_entries.pop_front();
    }
    return m_entries.back();
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
