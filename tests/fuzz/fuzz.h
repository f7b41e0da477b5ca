// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// What must hold for every input; a broken one ends the run, so that the fuzzer keeps the input.
#define MUST(condition)                                                                          \
    do {                                                                                         \
        if (!(condition)) {                                                                      \
            std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);  \
            std::abort();                                                                        \
        }                                                                                        \
    } while (false)

/// Each target implements this one; libFuzzer, or replay.cpp for the saved inputs, calls it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace retryscope::fuzz {

inline QByteArray bytesOf(const std::uint8_t *data, std::size_t size)
{
    return {reinterpret_cast<const char *>(data), qsizetype(size)};
}

/// Hands `bytes` to `take` in pieces whose lengths follow from the bytes themselves, so that a finding repeats.
template <typename Take> void inPieces(QByteArrayView bytes, Take take)
{
    std::uint32_t state = std::uint32_t(bytes.size()) * 2654435761U + 1;
    for (const char c : bytes.first(qMin<qsizetype>(bytes.size(), 64)))
        state = state * 31 + std::uint8_t(c);
    while (!bytes.isEmpty()) {
        state = state * 1664525U + 1013904223U;
        const qsizetype length = qMin<qsizetype>(bytes.size(), 1 + (state >> 24) % (state & 0x100 ? 3 : 40));
        take(bytes.first(length));
        bytes = bytes.sliced(length);
    }
}

} // namespace retryscope::fuzz
