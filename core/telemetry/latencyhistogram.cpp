// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/latencyhistogram.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace retryscope {
namespace {

constexpr double error = 0.02;
const double step = std::log((1.0 + error) / (1.0 - error));
const double oldStep = std::log(1.05); // of what was encoded without MIN..MAX
constexpr Duration least = 1ms, most = 24h;
constexpr quint32 maxIndex = 456;      // 24 h
constexpr quint32 maxOldIndex = 375;

quint32 indexOf(Duration d) { return std::min(maxIndex, quint32(std::log(toSeconds(d) * 1000.0) / step)); }
/// The value that is off by the same share at both ends of the bucket.
Duration middle(quint32 index) { return fromSeconds(std::exp(double(index) * step) * (1.0 + error) / 1000.0); }

template <typename Number> bool take(const char *&at, const char *end, Number *value)
{
    const auto parsed = std::from_chars(at, end, *value);
    at = parsed.ptr;
    return parsed.ec == std::errc();
}

quint32 saturated(quint64 count) { return quint32(std::min<quint64>(std::numeric_limits<quint32>::max(), count)); }

} // namespace

void LatencyHistogram::add(quint32 index, quint64 times)
{
    auto at = std::lower_bound(m_buckets.begin(), m_buckets.end(), index,
                               [](const Bucket &b, quint32 i) { return b.index < i; });
    if (at == m_buckets.end() || at->index != index)
        at = m_buckets.insert(at, {index, 0});
    at->count = saturated(at->count + times);
    m_count += times;
}

void LatencyHistogram::widen(Duration smallest, Duration largest)
{
    m_min = m_count == 0 ? smallest : std::min(m_min, smallest);
    m_max = m_count == 0 ? largest : std::max(m_max, largest);
}

void LatencyHistogram::record(Duration d, quint64 times)
{
    if (times == 0)
        return;
    d = std::clamp(d, Duration(least), Duration(most));
    widen(d, d);
    add(indexOf(d), times);
}

std::optional<Duration> LatencyHistogram::quantile(double q) const
{
    if (m_count == 0)
        return std::nullopt;
    const auto rank = std::max<quint64>(1, quint64(std::ceil(std::clamp(q, 0.0, 1.0) * double(m_count))));
    if (rank >= m_count)
        return m_max;
    quint64 seen = 0;
    for (const Bucket &b : m_buckets) {
        seen += b.count;
        if (seen >= rank)
            return std::clamp(middle(b.index), m_min, m_max);
    }
    return m_max;
}

void LatencyHistogram::merge(const LatencyHistogram &other)
{
    if (other.m_count == 0)
        return;
    widen(other.m_min, other.m_max);
    m_count += other.m_count;
    auto at = m_buckets.begin();
    auto from = other.m_buckets.begin();
    const auto end = other.m_buckets.end();
    for (; from != end; ++from) { // in place, as long as this one has each of the other's buckets
        at = std::find_if(at, m_buckets.end(), [&](const Bucket &b) { return b.index >= from->index; });
        if (at == m_buckets.end() || at->index != from->index)
            break;
        at->count = saturated(quint64(at->count) + from->count);
    }
    if (from == end)
        return;
    std::vector<Bucket> all(m_buckets.begin(), at);
    all.reserve(m_buckets.size() + std::size_t(end - from));
    while (at != m_buckets.end() || from != end) {
        if (from == end || (at != m_buckets.end() && at->index < from->index))
            all.push_back(*at++);
        else if (at == m_buckets.end() || from->index < at->index)
            all.push_back(*from++);
        else
            all.push_back({at->index, saturated(quint64(at++->count) + from++->count)});
    }
    m_buckets = std::move(all);
}

QByteArray LatencyHistogram::encoded() const
{
    if (m_count == 0)
        return {};
    QByteArray text =
        QByteArray::number(qlonglong(m_min.count())) + ".." + QByteArray::number(qlonglong(m_max.count()));
    text.reserve(text.size() + qsizetype(m_buckets.size()) * 8);
    const auto append = [&text](char before, quint32 number) {
        std::array<char, 10> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        text.append(before).append(digits.data(), end - digits.data());
    };
    for (const Bucket &b : m_buckets) {
        append(' ', b.index);
        append(':', b.count);
    }
    return text;
}

bool LatencyHistogram::mergeEncoded(QByteArrayView text)
{
    const char *at = text.data(), *const end = at + text.size();
    if (at == end)
        return true;
    const bool old = !text.contains("..");
    qint64 smallest = 0, largest = 0;
    if (!old) {
        if (!take(at, end, &smallest) || end - at < 2 || at[0] != '.' || at[1] != '.')
            return false;
        at += 2;
        if (!take(at, end, &largest) || smallest < Duration(least).count() || largest > Duration(most).count()
            || smallest > largest || at == end || *at != ' ')
            return false;
        ++at;
        widen(Duration(smallest), Duration(largest));
    }
    while (at != end) {
        quint32 index = 0, count = 0;
        if (!take(at, end, &index) || at == end || *at != ':' || index > (old ? maxOldIndex : maxIndex))
            return false;
        ++at;
        if (!take(at, end, &count) || (at != end && *at != ' '))
            return false;
        if (old)
            record(fromSeconds(std::exp((double(index) + 0.5) * oldStep) / 1000.0), count);
        else if (count > 0)
            add(index, count);
        if (at != end)
            ++at;
    }
    return true;
}

} // namespace retryscope
