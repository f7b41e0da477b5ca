// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/otlpsettings.h"

#include "engine/credentials.h"

namespace retryscope {
namespace {

constexpr std::array signalWords{"TRACES", "METRICS", "LOGS"};
constexpr std::array signalPaths{"/v1/traces", "/v1/metrics", "/v1/logs"};

/// a=b,c=d with percent-encoded values.
QVector<std::pair<QByteArray, QByteArray>> pairsOf(const QByteArray &text)
{
    QVector<std::pair<QByteArray, QByteArray>> pairs;
    for (const QByteArray &item : text.split(',')) {
        const qsizetype equals = item.indexOf('=');
        if (equals > 0)
            pairs.append({item.left(equals).trimmed(), QByteArray::fromPercentEncoding(item.mid(equals + 1).trimmed())});
    }
    return pairs;
}

Duration milliseconds(const QByteArray &text, Duration otherwise)
{
    bool ok = false;
    const int ms = text.trimmed().toInt(&ok);
    return ok && ms > 0 ? Duration(std::chrono::milliseconds(ms)) : otherwise;
}

/// Variables that one signal may have for itself.
struct SignalEnvironment
{
    const Environment &environment;
    QByteArray signal;
    QByteArray own(const char *name) const { return value(signal + '_' + name); }
    QByteArray value(const QByteArray &name) const { return environment("OTEL_EXPORTER_OTLP_" + name).trimmed(); }
    QByteArray either(const char *name) const { return own(name).isEmpty() ? value(name) : own(name); }
};

bool isUsable(const QUrl &url)
{
    return url.isValid() && !url.host().isEmpty()
           && (url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https"));
}

QUrl below(const QString &endpoint, const char *path)
{
    QUrl url(endpoint);
    QString base = url.path();
    while (base.endsWith(QLatin1Char('/')))
        base.chop(1);
    url.setPath(base + QLatin1String(path));
    return url;
}

/// The address of a signal; empty: nowhere.
QUrl addressOf(const OtlpTarget &target, const SignalEnvironment &environment, std::size_t signal)
{
    if (!target.endpoint.isEmpty())
        return below(target.endpoint, signalPaths[signal]);
    if (const QByteArray own = environment.own("ENDPOINT"); !own.isEmpty())
        return QUrl(QString::fromUtf8(own));
    const QByteArray all = environment.value("ENDPOINT");
    return all.isEmpty() ? QUrl() : below(QString::fromUtf8(all), signalPaths[signal]);
}

Expected<HttpHeaders, QString> headersOf(const OtlpTarget &target, const SignalEnvironment &environment)
{
    HttpHeaders headers{{"Content-Type", "application/json"}, {"User-Agent", "retryscope/" RETRYSCOPE_VERSION}};
    if (target.endpoint.isEmpty() && target.headers.isEmpty()) {
        for (const auto &[name, value] : pairsOf(environment.either("HEADERS")))
            headers.append({name, value});
        return headers;
    }
    for (auto it = target.headers.begin(); it != target.headers.end(); ++it) {
        const auto value = resolveReference(it.value(), QStringLiteral("the header %1 of \"otlp\"").arg(it.key()));
        if (!value)
            return Unexpected{value.error().sentence + QStringLiteral(" Until then nothing is sent to the OTLP receiver.")};
        headers.append({it.key().toLatin1(), *value});
    }
    return headers;
}

OtlpResource resourceOf(const Environment &environment, qint64 run)
{
    OtlpResource resource{{{QStringLiteral("service.name"), QStringLiteral("retryscope")},
                           {QStringLiteral("service.version"), QStringLiteral(RETRYSCOPE_VERSION)},
                           {QStringLiteral("service.instance.id"), QString::number(run, 16)},
                           {QStringLiteral("telemetry.sdk.language"), QStringLiteral("cpp")},
                           {QStringLiteral("telemetry.sdk.name"), QStringLiteral("retryscope")},
                           {QStringLiteral("telemetry.sdk.version"), QStringLiteral(RETRYSCOPE_VERSION)}},
                          QStringLiteral(RETRYSCOPE_VERSION)};
    for (const auto &[name, value] : pairsOf(environment("OTEL_RESOURCE_ATTRIBUTES")))
        resource.attributes[QString::fromUtf8(name)] = QString::fromUtf8(value);
    if (const QByteArray name = environment("OTEL_SERVICE_NAME").trimmed(); !name.isEmpty())
        resource.attributes[QStringLiteral("service.name")] = QString::fromUtf8(name);
    return resource;
}

} // namespace

Expected<OtlpSettings, QString> otlpSettings(const OtlpTarget &target, const Environment &environment, qint64 run)
{
    OtlpSettings settings;
    if (environment("OTEL_SDK_DISABLED").trimmed().toLower() == "true")
        return settings;
    for (std::size_t i = 0; i < otlpSignals.size(); ++i) {
        const SignalEnvironment own{environment, signalWords[i]};
        if (environment(QByteArray("OTEL_") + signalWords[i] + "_EXPORTER").trimmed() == "none")
            continue;
        OtlpRoute &route = settings.routes[i];
        const QUrl address = addressOf(target, own, i);
        if (address.isEmpty())
            continue;
        if (!isUsable(address))
            return Unexpected{QStringLiteral("The address of the OTLP receiver is no whole http or https address, so nothing is "
                                             "sent. Mend the environment variable OTEL_EXPORTER_OTLP_ENDPOINT, or that of %1.")
                                  .arg(QString::fromLatin1(QByteArray(signalWords[i]).toLower()))};
        const auto headers = headersOf(target, own);
        if (!headers)
            return Unexpected{headers.error()};
        route.request.url = address;
        route.request.headers = *headers;
        route.request.caFile = QString::fromLocal8Bit(own.either("CERTIFICATE"));
        route.timeout = milliseconds(own.either("TIMEOUT"), route.timeout);
    }
    settings.resource = resourceOf(environment, run);
    settings.tracePace = milliseconds(environment("OTEL_BSP_SCHEDULE_DELAY"), settings.tracePace);
    settings.logPace = milliseconds(environment("OTEL_BLRP_SCHEDULE_DELAY"), settings.logPace);
    settings.metricPace = milliseconds(environment("OTEL_METRIC_EXPORT_INTERVAL"), settings.metricPace);
    return settings;
}

} // namespace retryscope
