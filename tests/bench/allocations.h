// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

// Counts every heap allocation of this program, Qt's included: include from one file of a benchmark only. glibc lets a
// program replace malloc; operator new calls it.
namespace retryscope::bench {
inline thread_local std::uint64_t allocations = 0;
}

extern "C" {
void *__libc_malloc(std::size_t size);
void *__libc_calloc(std::size_t count, std::size_t size);
void *__libc_realloc(void *old, std::size_t size);

void *malloc(std::size_t size) noexcept
{
    ++retryscope::bench::allocations;
    return __libc_malloc(size);
}
void *calloc(std::size_t count, std::size_t size) noexcept
{
    ++retryscope::bench::allocations;
    return __libc_calloc(count, size);
}
void *realloc(void *old, std::size_t size) noexcept
{
    ++retryscope::bench::allocations;
    return __libc_realloc(old, size);
}
}
