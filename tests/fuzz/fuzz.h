// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

/// What must hold for every input; a broken one ends the run, so that the fuzzer keeps the input.
#define MUST(condition)                                                                          \
    do {                                                                                         \
        if (!(condition)) {                                                                      \
            std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);  \
            std::abort();                                                                        \
        }                                                                                        \
    } while (false)

/// Once in a file, before the body that takes one input, `size` bytes at `data`, and returns 0.
#define FUZZ_TARGET(name)                                                                                              \
    static int name##Target(const std::uint8_t *data, std::size_t size);                                               \
    [[maybe_unused]] static const bool name##Added = retryscope::fuzz::add(#name, &name##Target);                      \
    static int name##Target(const std::uint8_t *data, std::size_t size)

/// libFuzzer, or replay.cpp for the saved inputs, calls these two.
extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

/// All targets are one program, which has the name of each of them as a hard link: fuzz_sse is the target sse.
namespace retryscope::fuzz {

using Target = int (*)(const std::uint8_t *data, std::size_t size);
bool add(const std::string &name, Target target);

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
