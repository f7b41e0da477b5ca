// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <QByteArray>

#include <array>
#include <optional>

namespace retryscope {

/// Logarithmic buckets from 1 ms to 24 h, 5 % wide: any quantile within 2.5 %, in constant memory.
class LatencyHistogram
{
public:
    /// Below 1 ms counts as 1 ms, beyond 24 h as 24 h.
    void record(Duration d);
    quint64 count() const { return m_count; }
    /// q in [0, 1]; none without samples.
    std::optional<Duration> quantile(double q) const;
    void merge(const LatencyHistogram &other);
    /// "bucket:count" for each bucket that is not empty, with spaces between.
    QByteArray encoded() const;
    /// Adds what encoded() wrote; false, and what was read so far, when it is damaged.
    bool mergeEncoded(QByteArrayView text);

private:
    static constexpr std::size_t buckets = 376;
    std::array<quint64, buckets> m_buckets{};
    quint64 m_count = 0;
};

} // namespace retryscope
