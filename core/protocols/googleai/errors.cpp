// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/errorfields.h"
#include "protocols/googleai/googleai.h"
#include "protocols/googleai/parts.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;
using namespace errors;

void googleai::readErrorFields(const QJsonObject &error, FailureFacts *facts)
{
    for (const QJsonValue &value : error[QLatin1String("details")].toArray()) {
        const QJsonObject detail = value.toObject();
        const bool cloudCode = detail[QLatin1String("domain")].toString().endsWith(QLatin1String("cloudcode-pa.googleapis.com"));
        if (cloudCode) // some reasons mean more there
            addCode(detail[QLatin1String("reason")], facts, QLatin1String("cloudcode:"));
        addCode(detail[QLatin1String("reason")], facts);
        for (const QJsonValue &violation : detail[QLatin1String("violations")].toArray()) {
            addCode(violation[QLatin1String("quotaId")], facts);
            facts->zeroLimit |= violation[QLatin1String("quotaValue")].toString() == QLatin1String("0");
        }
        const QJsonValue metadata = detail[QLatin1String("metadata")];
        addCode(metadata[QLatin1String("quota_limit")], facts);
        facts->zeroLimit |= metadata[QLatin1String("quota_limit_value")].toString() == QLatin1String("0");
        setHint(durationOf(detail[QLatin1String("retryDelay")]), facts);
    }
}

QByteArray googleai::error(int code, const char *status, const QByteArray &message, const QByteArray &details)
{
    return R"({"error":{"code":)" + num(code) + R"(,"message":)" + json(QString::fromUtf8(message)) + R"(,"status":")" + status + '"'
        + (details.isEmpty() ? QByteArray() : R"(,"details":[)" + details + "]") + "}}";
}

ServedError GoogleAiServing::error(ServedFault fault, Duration hint) const
{
    const auto quota = [](const char *id) { return R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":")" + QByteArray(id) + R"("}]})"; };
    const QByteArray info = R"(,{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":")" + QByteArray::number(toSeconds(hint)) + R"(s"})";
    switch (fault) {
    case ServedFault::RateLimit: return {429, jsonHeaders(), googleai::error(429, "RESOURCE_EXHAUSTED", "Resource exhausted.", quota("GenerateRequestsPerMinutePerProjectPerModel") + info)};
    case ServedFault::RateLimitNoHint: return {429, jsonHeaders(), googleai::error(429, "RESOURCE_EXHAUSTED", "Resource exhausted.", quota("GenerateRequestsPerMinutePerProjectPerModel"))};
    case ServedFault::QuotaExhausted: return {429, jsonHeaders(), googleai::error(429, "RESOURCE_EXHAUSTED", "Daily quota exceeded.", quota("GenerateRequestsPerDayPerProjectPerModel"))};
    case ServedFault::Overloaded: return {503, jsonHeaders(), googleai::error(503, "UNAVAILABLE", "The model is overloaded.")};
    case ServedFault::ServerError: return {500, jsonHeaders(), googleai::error(500, "INTERNAL", "An internal error has occurred.")};
    case ServedFault::ModelMissing: return {404, jsonHeaders(), googleai::error(404, "NOT_FOUND", "models/gone is not found for API version v1beta.")};
    case ServedFault::ContextLength: return {400, jsonHeaders(), googleai::error(400, "INVALID_ARGUMENT", "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).")};
    case ServedFault::WrongKey: return {400, jsonHeaders(), googleai::error(400, "INVALID_ARGUMENT", "API key not valid.", R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"})")};
    default: return {};
    }
}

ServedError GoogleAiServing::badRequest(int status, const QString &message) const
{
    return {status, jsonHeaders(), googleai::error(status, status == 404 ? "NOT_FOUND" : "INVALID_ARGUMENT", message.toUtf8())};
}

} // namespace retryscope
