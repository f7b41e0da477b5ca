// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"
#include "words/eventwords.h"

#include "telemetry/event.h"
#include "telemetry/statscollector.h"

#include <QJsonDocument>

using namespace retryscope;

/// An event that was read is written and read again as the same one, has a sentence, and can be counted.
FUZZ_TARGET(events)
{
    StatsCollector stats;
    for (const QByteArray &line : fuzz::bytesOf(data, size).split('\n')) {
        const auto event = eventFromJson(QJsonDocument::fromJson(line).object());
        if (!event)
            continue;
        const QByteArray once = QJsonDocument(toJson(*event)).toJson(QJsonDocument::Compact);
        const auto again = eventFromJson(QJsonDocument::fromJson(once).object());
        MUST(again);
        MUST(QJsonDocument(toJson(*again)).toJson(QJsonDocument::Compact) == once);
        MUST(!toSentence(*event).isEmpty());
        stats.onEvent(*event);
    }
    MUST(stats.successfulCalls() + stats.failedCalls() <= stats.totalCalls());
    MUST(!stats.logText().isEmpty());
    MUST(!QJsonDocument(stats.toJson()).toJson().isEmpty());
    return 0;
}
