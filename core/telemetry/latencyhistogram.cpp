// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/latencyhistogram.h"

#include <charconv>
#include <cmath>

namespace retryscope {
namespace {
const double step = std::log(1.05);
}

void LatencyHistogram::record(Duration d)
{
    const double ms = std::max(1.0, toSeconds(d) * 1000.0);
    ++m_buckets[std::min(buckets - 1, std::size_t(std::log(ms) / step))];
    ++m_count;
}

std::optional<Duration> LatencyHistogram::quantile(double q) const
{
    if (m_count == 0)
        return std::nullopt;
    const auto rank = quint64(std::ceil(std::clamp(q, 0.0, 1.0) * double(m_count)));
    quint64 seen = 0;
    for (std::size_t i = 0; i < buckets; ++i) {
        seen += m_buckets[i];
        if (seen >= std::max<quint64>(1, rank))
            return fromSeconds(std::exp((double(i) + 0.5) * step) / 1000.0);
    }
    return std::nullopt;
}

void LatencyHistogram::merge(const LatencyHistogram &other)
{
    for (std::size_t i = 0; i < buckets; ++i)
        m_buckets[i] += other.m_buckets[i];
    m_count += other.m_count;
}

QByteArray LatencyHistogram::encoded() const
{
    QByteArray text;
    for (std::size_t i = 0; i < buckets; ++i) {
        if (m_buckets[i])
            text += QByteArray::number(qulonglong(i)) + ':' + QByteArray::number(m_buckets[i]) + ' ';
    }
    text.chop(1);
    return text;
}

bool LatencyHistogram::mergeEncoded(QByteArrayView text)
{
    const char *at = text.data(), *const end = at + text.size();
    while (at != end) {
        std::size_t bucket = 0;
        quint64 count = 0;
        auto parsed = std::from_chars(at, end, bucket);
        if (parsed.ec != std::errc() || parsed.ptr == end || *parsed.ptr != ':' || bucket >= buckets)
            return false;
        parsed = std::from_chars(parsed.ptr + 1, end, count);
        if (parsed.ec != std::errc() || (parsed.ptr != end && *parsed.ptr != ' '))
            return false;
        m_buckets[bucket] += count;
        m_count += count;
        at = parsed.ptr == end ? end : parsed.ptr + 1;
    }
    return true;
}

} // namespace retryscope
