// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/exchangerecord.h"
#include "telemetry/event.h"

#include <QHash>
#include <QStringList>

namespace retryscope {

/// A stretch of a call's time; all times are counted from its beginning.
struct TimelineStretch
{
    enum class Kind : quint8 {
        Queue,   ///< for a free slot
        Connect, ///< until the request is on its way; part of Wait where that is not known
        Wait,    ///< for the first token: the model's silence
        Stream,  ///< from the first token on
        Backoff, ///< after a failure, before the next attempt
    };
    Kind kind = Kind::Wait;
    Duration from{};
    std::optional<Duration> until;   ///< none: it goes on
    std::optional<Duration> planned; ///< Backoff: when it is to end
    bool operator==(const TimelineStretch &) const = default;
};

/// One attempt with the wait after it, or one provider that was passed over.
struct TimelineRow
{
    enum class Kind : quint8 { Attempt, Skipped };
    Kind kind = Kind::Attempt;
    int attempt = 0;
    ProviderId provider;
    QString model;
    QVector<TimelineStretch> stretches;
    std::optional<Duration> end;  ///< of the attempt, without the wait after it; none: it runs
    bool failedOver = false;      ///< it began because the one before it was left for another provider
    RetryReason reason = RetryReason::None;   ///< of the attempt's failure, or of the circuit that had it skipped
    SkipReason skip = SkipReason::None;
    DelaySource source = DelaySource::None;   ///< of the wait after it
    Duration delay{};                         ///< that wait, as it was planned
    int status = 0;
    QString rule;                 ///< that classified the failure
    QString detail;               ///< the provider's own words
    Duration at() const { return stretches.isEmpty() ? Duration{} : stretches.first().from; }
};

/// Everything that one call spent its time on, built from its events.
class AttemptTimeline
{
public:
    void onEvent(const Event &event);
    /// Tells connecting from waiting, as soon as it is known.
    void onExchange(const ExchangeRecord &record);
    const QVector<TimelineRow> &rows() const { return m_rows; }
    bool isEmpty() const { return m_rows.isEmpty(); }
    bool isOver() const { return m_end.has_value(); }
    /// Of the call, on the engine's clock; none before its first event.
    std::optional<SteadyTime> begin() const { return m_begin; }
    Duration sinceBegin(SteadyTime now) const;
    /// How long an axis has to be to hold it all, also what is planned.
    Duration span(SteadyTime now) const;
    /// "429 rate limited · 1.9 s backoff, full jitter". `jitter` is the word for the spread of waits, may be empty.
    QString rowText(const TimelineRow &row, SteadyTime now, const QString &jitter) const;
    /// All of it as sentences, a line each, for a screen reader or a tooltip.
    QStringList sentences(const QHash<ProviderId, QString> &names, SteadyTime now, const QString &jitter) const;
    QString sentence(const TimelineRow &row, const QHash<ProviderId, QString> &names, SteadyTime now,
                     const QString &jitter) const;

private:
    TimelineRow *attemptRow(const Event &event);
    void addSkipped(const Event &event, Duration at);
    void beginStretch(const Event &event, Duration at);
    void endAttempt(const Event &event, Duration at);
    void addWait(const Event &event, Duration at);
    void endCall(Duration at);
    void close(TimelineRow &row, Duration at);
    void closeWait(Duration at);
    QString waitedForASlot(const TimelineStretch &queue, SteadyTime now) const;

    std::optional<SteadyTime> m_begin;
    std::optional<Duration> m_end;
    QVector<TimelineRow> m_rows;
    bool m_failedOver = false;
};

} // namespace retryscope
