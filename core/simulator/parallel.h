// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace retryscope {

/// Calls work(0) to work(count - 1), each once, on `threads` threads (0: as many as there are cores), and waits.
/// Whichever returns false lets nothing more begin.
template <typename Work> void inParallel(std::size_t count, int threads, Work &&work)
{
    std::atomic<std::size_t> next{0};
    std::atomic<bool> goesOn{true};
    const auto each = [&] {
        for (std::size_t i = next++; i < count && goesOn; i = next++) {
            if (!work(i))
                goesOn = false;
        }
    };
    const std::size_t wanted = threads > 0 ? std::size_t(threads) : std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> others;
    for (std::size_t t = 1; t < std::min(wanted, count); ++t)
        others.emplace_back(each);
    each();
    for (std::thread &thread : others)
        thread.join();
}

} // namespace retryscope
