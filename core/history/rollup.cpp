// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/rollup.h"

#include <algorithm>

namespace retryscope {
namespace {

constexpr quint64 mostOfOne = quint64(1) << 53; ///< a damaged row must not drown the others

template <typename E, std::size_t N> QString encode(const std::array<quint64, N> &counts)
{
    QString text;
    for (std::size_t i = 0; i < N; ++i) {
        if (counts[i])
            text += toKey(E(i)) + QLatin1Char(':') + QString::number(counts[i]) + QLatin1Char(' ');
    }
    text.chop(1);
    return text;
}

template <std::size_t N, typename Find> void decode(std::array<quint64, N> *counts, QStringView text, Find find)
{
    for (const QStringView pair : text.split(u' ', Qt::SkipEmptyParts)) {
        const qsizetype colon = pair.indexOf(u':');
        if (colon > 0)
            (*counts)[find(pair.left(colon))] += std::min(mostOfOne, pair.mid(colon + 1).toULongLong());
    }
}

template <typename E, std::size_t N> void decodeKeys(std::array<quint64, N> *counts, QStringView text, E fallback)
{
    decode(counts, text, [fallback](QStringView key) {
        for (std::size_t i = 0; i < N; ++i) {
            if (key == toKey(E(i)))
                return i;
        }
        return std::size_t(fallback);
    });
}

} // namespace

QString encodeReasons(const ReasonCounts &counts) { return encode<RetryReason>(counts); }
QString encodeOutcomes(const OutcomeCounts &counts) { return encode<CallOutcome>(counts); }
QString encodeSkips(const SkipCounts &counts) { return encode<SkipReason>(counts); }

void mergeReasons(ReasonCounts *counts, QStringView text)
{
    decode(counts, text,
           [](QStringView key) { return std::size_t(retryReasonFromKey(toUtf8(key)).value_or(RetryReason::Unknown)); });
}

void mergeOutcomes(OutcomeCounts *counts, QStringView text) { decodeKeys(counts, text, CallOutcome::None); }
void mergeSkips(SkipCounts *counts, QStringView text) { decodeKeys(counts, text, SkipReason::None); }

} // namespace retryscope
