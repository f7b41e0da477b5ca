// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/callid.h"

#include <cstdint>
#include <vector>

namespace retryscope {

/// Calls in the order in which they came, any of which may leave at any time; each is in it once. A list whose links lie in one
/// vector, and a table of open addressing that finds them: nothing is allocated unless more calls are in it than ever before.
class CallQueue
{
public:
    bool isEmpty() const { return m_size == 0; }
    std::size_t size() const { return m_size; }
    bool contains(CallId call) const { return m_size > 0 && m_table[slotOf(call)] != ends; }
    /// Of one that is not empty.
    CallId first() const { return m_links[m_links[ends].next].call; }
    void append(CallId call)
    {
        if (2 * (m_size + 1) > m_table.size())
            grow();
        const std::uint32_t place = newPlace(), last = m_links[ends].previous;
        m_links[place] = {call, last, ends};
        m_links[last].next = m_links[ends].previous = place;
        m_table[slotOf(call)] = place;
        ++m_size;
    }
    /// False: it was not there.
    bool remove(CallId call)
    {
        if (m_size == 0)
            return false;
        const std::size_t slot = slotOf(call);
        const std::uint32_t place = m_table[slot];
        if (place == ends)
            return false;
        vacate(slot);
        Link &link = m_links[place];
        m_links[link.previous].next = link.next;
        m_links[link.next].previous = link.previous;
        link.next = m_free;
        m_free = place;
        --m_size;
        return true;
    }
    template <typename Each> void forEach(Each each) const
    {
        for (std::uint32_t place = m_links[ends].next; place != ends; place = m_links[place].next)
            each(m_links[place].call);
    }

private:
    static constexpr std::uint32_t ends = 0; ///< a place before the first and behind the last call; in the table: nobody
    struct Link
    {
        CallId call;
        std::uint32_t previous = ends, next = ends;
    };
    /// Where the search for it begins.
    std::size_t homeOf(CallId call) const { return std::size_t((call.value * 0x9e3779b97f4a7c15u) >> m_shift); }
    std::size_t after(std::size_t slot) const { return (slot + 1) & (m_table.size() - 1); }
    /// Its slot of the table, or the free one where it would be.
    std::size_t slotOf(CallId call) const
    {
        std::size_t slot = homeOf(call);
        while (m_table[slot] != ends && m_links[m_table[slot]].call != call)
            slot = after(slot);
        return slot;
    }
    /// Those that lie behind it because their own slot was taken move up.
    void vacate(std::size_t slot)
    {
        for (std::size_t next = after(slot); m_table[next] != ends; next = after(next)) {
            const std::size_t home = homeOf(m_links[m_table[next]].call), mask = m_table.size() - 1;
            if (((next - home) & mask) < ((next - slot) & mask))
                continue; // its search begins behind the gap
            m_table[slot] = m_table[next];
            slot = next;
        }
        m_table[slot] = ends;
    }
    void grow()
    {
        constexpr int least = 4; // bits
        m_shift = m_table.empty() ? 64 - least : m_shift - 1;
        m_table.assign(std::size_t(1) << (64 - m_shift), ends);
        for (std::uint32_t place = m_links[ends].next; place != ends; place = m_links[place].next)
            m_table[slotOf(m_links[place].call)] = place;
    }
    std::uint32_t newPlace()
    {
        if (m_free == ends) {
            m_links.emplace_back();
            return std::uint32_t(m_links.size() - 1);
        }
        const std::uint32_t place = m_free;
        m_free = m_links[place].next;
        return place;
    }

    std::vector<Link> m_links{{}};
    std::vector<std::uint32_t> m_table; ///< a power of two of places, at most half of it taken
    int m_shift = 64;             ///< 64 - the bits of the table's size
    std::size_t m_size = 0;
    std::uint32_t m_free = ends; ///< the first of the places that are free; ends: none is
};

} // namespace retryscope
