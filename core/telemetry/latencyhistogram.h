// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <QByteArray>

#include <optional>
#include <vector>

namespace retryscope {

/// Latencies from 1 ms to 24 h in logarithmic buckets, 4 % wide, of which only the used ones take room: any quantile
/// within 2 %, and exact where all samples were alike, because the smallest and the largest are kept as they are. Two of
/// them can be added. The one histogram of live series, statistics and history.
class LatencyHistogram
{
public:
    /// Below 1 ms counts as 1 ms, beyond 24 h as 24 h.
    void record(Duration d, quint64 times = 1);
    quint64 count() const { return m_count; }
    /// q in [0, 1]; none without samples.
    std::optional<Duration> quantile(double q) const;
    void merge(const LatencyHistogram &other);
    /// "MIN..MAX bucket:count bucket:count", smallest and largest in ns; empty without samples.
    QByteArray encoded() const;
    /// Adds what encoded() wrote, or what it wrote when buckets were 5 % wide and there was no MIN..MAX; false, and what
    /// was read so far, when it is damaged.
    bool mergeEncoded(QByteArrayView text);
    bool operator==(const LatencyHistogram &) const = default;

private:
    struct Bucket
    {
        quint32 index = 0;
        quint32 count = 0; ///< saturates
        bool operator==(const Bucket &) const = default;
    };
    void add(quint32 index, quint64 times);
    void widen(Duration smallest, Duration largest);

    std::vector<Bucket> m_buckets; ///< by index, none empty
    quint64 m_count = 0;
    Duration m_min{}, m_max{};     ///< of the samples, within the range; meaningless without any
};

} // namespace retryscope
