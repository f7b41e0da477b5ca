// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/metricfamily.h"

#include <cstring>

namespace retryscope {
namespace {

QByteArray escaped(QByteArray value)
{
    return value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
}

QByteArray labelled(std::span<const MetricLabel> labels, const QByteArrayList &values, const QByteArray &more = {})
{
    QByteArrayList parts;
    for (std::size_t i = 0; i < labels.size(); ++i)
        parts << labels[i].label + QByteArray("=\"") + escaped(values.value(qsizetype(i))) + '"';
    if (!more.isEmpty())
        parts << more;
    return parts.isEmpty() ? QByteArray() : '{' + parts.join(',') + '}';
}

QByteArray number(double value) { return QByteArray::number(value, 'g', 12); }

void histogramText(QByteArray *text, const MetricFamily &family, const MetricPoint &point)
{
    const QByteArray name = family.name, labels = labelled(family.labels, point.labels);
    double bound = family.bounds.first;
    quint64 below = 0;
    for (const quint64 bucket : point.histogram.buckets) {
        below += bucket;
        *text += name + "_bucket" + labelled(family.labels, point.labels, "le=\"" + number(bound) + '"') + ' '
                 + QByteArray::number(below) + '\n';
        bound *= family.bounds.factor;
    }
    *text += name + "_bucket" + labelled(family.labels, point.labels, "le=\"+Inf\"") + ' '
             + QByteArray::number(point.histogram.count) + '\n' + name + "_sum" + labels + ' ' + number(point.histogram.sum) + '\n'
             + name + "_count" + labels + ' ' + QByteArray::number(point.histogram.count) + '\n';
}

const char *typeOf(MetricKind kind)
{
    return kind == MetricKind::Counter ? "counter" : kind == MetricKind::Histogram ? "histogram" : "gauge";
}

QJsonArray attributesOf(const MetricFamily &family, const MetricPoint &point, const OtlpPeers &peers)
{
    QJsonArray attributes;
    for (std::size_t i = 0; i < family.labels.size(); ++i) {
        const QString value = QString::fromUtf8(point.labels.value(qsizetype(i)));
        if (!value.isEmpty())
            attributes.append(otlpText(QLatin1String(family.labels[i].attribute), value));
        if (std::strcmp(family.labels[i].label, "provider") != 0 || std::strncmp(family.otel, "gen_ai.", 7) != 0)
            continue;
        const auto peer = peers.find(value);
        attributes.append(otlpText(QStringLiteral("gen_ai.provider.name"), peer == peers.end() ? value : peer->second.vendor));
        attributes.append(otlpText(QStringLiteral("gen_ai.operation.name"),
                                   peer == peers.end() ? QStringLiteral("chat") : peer->second.operation));
    }
    return attributes;
}

QJsonObject histogramPoint(const MetricFamily &family, const MetricHistogram &histogram)
{
    QJsonArray bounds, counts;
    double bound = family.bounds.first;
    quint64 inside = 0;
    for (const quint64 bucket : histogram.buckets) {
        bounds.append(bound);
        counts.append(QString::number(bucket));
        inside += bucket;
        bound *= family.bounds.factor;
    }
    counts.append(QString::number(histogram.count - inside));
    return {{QStringLiteral("count"), QString::number(histogram.count)},
            {QStringLiteral("sum"), histogram.sum},
            {QStringLiteral("bucketCounts"), counts},
            {QStringLiteral("explicitBounds"), bounds}};
}

QJsonObject dataOf(const MetricSeries &series, const OtlpPeers &peers, WallTime start, WallTime now)
{
    const MetricFamily &family = *series.family;
    const bool isGauge = family.kind == MetricKind::Gauge, isHistogram = family.kind == MetricKind::Histogram;
    QJsonArray points;
    for (const MetricPoint &point : series.points) {
        QJsonObject o = isHistogram ? histogramPoint(family, point.histogram)
                                    : QJsonObject{{QStringLiteral("asDouble"), point.value}};
        o[QLatin1String("attributes")] = attributesOf(family, point, peers);
        o[QLatin1String("timeUnixNano")] = otlpTime(now);
        if (!isGauge)
            o[QLatin1String("startTimeUnixNano")] = otlpTime(start);
        points.append(o);
    }
    QJsonObject data{{QStringLiteral("dataPoints"), points}};
    if (!isGauge)
        data[QLatin1String("aggregationTemporality")] = 2; // cumulative
    if (!isGauge && !isHistogram)
        data[QLatin1String("isMonotonic")] = family.kind == MetricKind::Counter;
    return data;
}

} // namespace

void MetricHistogram::add(double value, const MetricBounds &bounds)
{
    double bound = bounds.first;
    for (quint64 &bucket : buckets) {
        if (value <= bound) {
            ++bucket;
            break;
        }
        bound *= bounds.factor;
    }
    ++count;
    sum += value;
}

QByteArray prometheusText(const MetricSet &set)
{
    QByteArray text;
    for (const MetricSeries &series : set) {
        const MetricFamily &family = *series.family;
        if (series.points.empty())
            continue;
        text += QByteArray("# HELP ") + family.name + ' ' + family.help + "\n# TYPE " + family.name + ' ' + typeOf(family.kind) + '\n';
        for (const MetricPoint &point : series.points) {
            if (family.kind == MetricKind::Histogram)
                histogramText(&text, family, point);
            else
                text += family.name + labelled(family.labels, point.labels) + ' ' + number(point.value) + '\n';
        }
    }
    return text;
}

QJsonArray otlpMetricList(const MetricSet &set, const OtlpPeers &peers, WallTime start, WallTime now)
{
    QJsonArray metrics;
    for (const MetricSeries &series : set) {
        if (series.points.empty())
            continue;
        const MetricKind kind = series.family->kind;
        const QString data = kind == MetricKind::Histogram ? QStringLiteral("histogram")
                             : kind == MetricKind::Gauge   ? QStringLiteral("gauge")
                                                           : QStringLiteral("sum");
        metrics.append(QJsonObject{{QStringLiteral("name"), QLatin1String(series.family->otel)},
                                   {QStringLiteral("unit"), QLatin1String(series.family->unit)},
                                   {QStringLiteral("description"), QLatin1String(series.family->help)},
                                   {data, dataOf(series, peers, start, now)}});
    }
    return metrics;
}

} // namespace retryscope
