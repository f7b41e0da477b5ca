// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "config/reporting.h"
#include "telemetry/otlp.h"
#include "transport/transport.h"

#include <array>
#include <functional>

namespace retryscope {

enum class OtlpSignal : quint8 { Traces, Metrics, Logs };
inline constexpr std::array otlpSignals{OtlpSignal::Traces, OtlpSignal::Metrics, OtlpSignal::Logs};

/// Where one signal goes.
struct OtlpRoute
{
    HttpRequest request; ///< without a URL: nowhere
    Duration timeout = 10s;
    bool isOn() const { return !request.url.isEmpty(); }
};

struct OtlpSettings
{
    std::array<OtlpRoute, otlpSignals.size()> routes; ///< by signal
    OtlpResource resource;
    Duration tracePace = 5s, metricPace = 60s, logPace = 1s;
    bool isOn() const { return routes[0].isOn() || routes[1].isOn() || routes[2].isOn(); }
};

/// The value of a variable of the environment; empty where it is not set.
using Environment = std::function<QByteArray(const QByteArray &name)>;

/// Of the configuration, whose endpoint and headers stand in place of the environment's, and of the variables of the OTLP
/// specification:
///
/// | variable                                                    | what                                                    |
/// | OTEL_SDK_DISABLED                                            | true: nothing is sent, whatever the rest says            |
/// | OTEL_EXPORTER_OTLP_ENDPOINT                                  | /v1/traces, /v1/metrics and /v1/logs are put behind it   |
/// | OTEL_EXPORTER_OTLP_{TRACES,METRICS,LOGS}_ENDPOINT            | for one signal, as it is                                 |
/// | OTEL_EXPORTER_OTLP_HEADERS, ..._{TRACES,METRICS,LOGS}_HEADERS | a=b,c=d, percent-encoded                                |
/// | OTEL_EXPORTER_OTLP_TIMEOUT, ..._{...}_TIMEOUT                | milliseconds of one attempt; 10000                       |
/// | OTEL_EXPORTER_OTLP_CERTIFICATE, ..._{...}_CERTIFICATE        | PEM file of authorities that are trusted, too            |
/// | OTEL_{TRACES,METRICS,LOGS}_EXPORTER                          | none: not this signal                                    |
/// | OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES                  | service.name (retryscope), and what else to say          |
/// | OTEL_BSP_SCHEDULE_DELAY, OTEL_BLRP_SCHEDULE_DELAY, OTEL_METRIC_EXPORT_INTERVAL | milliseconds; 5000, 1000, 60000        |
///
/// `run` tells this process from others. The error is a sentence.
Expected<OtlpSettings, QString> otlpSettings(const OtlpTarget &target, const Environment &environment, qint64 run);

} // namespace retryscope
