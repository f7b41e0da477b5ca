// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/httpheaders.h"
#include "base/ids.h"
#include "base/time.h"
#include "policy/retryreason.h"
#include "protocols/chat.h"

#include <QByteArray>
#include <QMetaType>
#include <QUrl>
#include <QVector>

#include <optional>

namespace retryscope {

/// One event of a streamed answer, or one object of an array of them.
struct StreamEvent
{
    Duration at{};    ///< since the start of the attempt
    QByteArray name;  ///< of a server-sent event; empty: it has none
    QByteArray data;  ///< without keys, at most 64 KiB
    bool operator==(const StreamEvent &) const = default;
};

/// What went over the wire in one attempt, for whoever works on prompts and providers. Holds the prompt and the answer, so
/// it is made for calls that ask for it and kept nowhere; holds no key, wherever one may stand: header, query, address,
/// or a server's words. Where a key stood is "[key]".
///
/// It comes in pieces, so that a stream of hundreds of events a second is told ten times a second: each has the attempt's
/// name and what is new of it. Put together with append() it is bounded: 1 MiB of a request, 2 MiB of an answer, 2 MiB of
/// events' data, 20,000 events.
struct ExchangeRecord
{
    CallId call;
    int attempt = 0; ///< from 1
    ProviderId provider;
    QString model;
    bool simulated = false;
    SteadyTime startedAt{}; ///< of the engine's clock, as in Event::at
    WallTime wall{};

    QByteArray method;      ///< empty in a piece: told before, as the rest of the request
    QUrl url;
    HttpHeaders requestHeaders;
    QByteArray requestBody;
    qint64 requestSize = 0; ///< of the whole body

    std::optional<Duration> sent, head, firstByte, firstToken, ended; ///< since the start; sent: connected, and on its way
    int status = 0;         ///< 0: no head yet
    HttpHeaders responseHeaders;
    QByteArray raw;         ///< the body as it came, without keys; of a piece: what is new
    qint64 received = 0;    ///< bytes of the body so far
    bool truncated = false; ///< more of the body came than is kept
    QVector<StreamEvent> events; ///< of a piece: the new ones
    qint64 eventCount = 0;  ///< so far; more than are kept where some are left out

    QString reasoning;           ///< as far as it came; of a piece: what is new
    QVector<ToolCall> toolCalls; ///< as far as they came, their arguments still growing; empty in a piece: as before

    bool onPurpose = false; ///< a fault that a person plays answered, and the provider was not asked, or late
    bool gaveUp = false;    ///< dropped from here: stopped, or failed over by hand
    RetryReason reason = RetryReason::None; ///< once ended: None is success
    QString rule;           ///< which rule said so
    QString message;        ///< the provider's or the transport's own words

    static constexpr qsizetype mostRequest = 1 << 20, mostRaw = 2 << 20, mostEventData = 2 << 20, mostEvents = 20'000;

    bool isStarted() const { return !method.isEmpty(); }
    bool isSameAttempt(const ExchangeRecord &other) const { return call == other.call && attempt == other.attempt; }
    /// Takes a later piece of the same attempt.
    void append(const ExchangeRecord &piece);
};
using ExchangeRecords = QVector<ExchangeRecord>;

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::ExchangeRecord)
Q_DECLARE_METATYPE(retryscope::ExchangeRecords)
