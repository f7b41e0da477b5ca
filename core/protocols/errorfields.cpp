// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/errorfields.h"

#include "base/text.h"
#include "policy/retryafter.h"

namespace retryscope::errors {

static constexpr std::size_t maxCodes = 32;
static constexpr qsizetype maxCode = 120;

QString clean(const QString &text, int limit)
{
    QString out = text.left(limit).simplified();
    out.removeIf([](QChar c) { return c.category() == QChar::Other_Control || c.category() == QChar::Other_Format; });
    return out;
}

void addCode(const QJsonValue &value, FailureFacts *facts, QLatin1String prefix)
{
    const QString code = value.isDouble() ? QString::number(value.toInteger()) : value.toString();
    if (!code.isEmpty() && facts->codes.size() < maxCodes)
        facts->codes.push_back(toUtf8(prefix + code.left(maxCode)));
}

void setHint(std::optional<Duration> hint, FailureFacts *facts)
{
    if (!facts->hint)
        facts->hint = believable(hint);
}

std::optional<Duration> durationOf(const QJsonValue &value)
{
    if (value.isObject()) // a protobuf Duration in full
        return fromSeconds(value[QLatin1String("seconds")].toVariant().toDouble()
                           + value[QLatin1String("nanos")].toDouble() / 1e9);
    return value.isDouble() ? std::optional(fromSeconds(value.toDouble())) : parseDuration(toUtf8(value.toString()));
}

std::optional<WallTime> timeOf(const QJsonValue &value)
{
    const std::string text =
        value.isDouble() ? QByteArray::number(value.toDouble(), 'f', 0).toStdString() : toUtf8(value.toString());
    const auto epoch = parseEpoch(text);
    return epoch ? epoch : parseHttpDate(text);
}

void readWaits(const QJsonObject &object, FailureFacts *facts)
{
    for (const char *key : {"retry_after", "retryAfter", "retry_after_seconds", "retryAfterSeconds", "retry_in",
                            "retry_in_seconds", "resets_in_seconds", "reset_in_seconds", "reset_after", "wait_seconds",
                            "cooldown_seconds", "retryDelay", "retry_delay",
                            "estimated_time"})
        setHint(durationOf(object[QLatin1String(key)]), facts);
    for (const char *key : {"retry_after_ms", "retryAfterMs"}) {
        if (const QJsonValue ms = object[QLatin1String(key)]; ms.isDouble())
            setHint(fromSeconds(ms.toDouble() / 1e3), facts);
    }
    for (const char *key : {"resets_at", "reset_at", "resetsAt", "resetAt", "retry_at", "reset_time",
                            "resetTime"}) {
        if (!facts->resetsAt)
            facts->resetsAt = timeOf(object[QLatin1String(key)]);
    }
}

} // namespace retryscope::errors
