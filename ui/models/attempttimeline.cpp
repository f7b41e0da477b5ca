// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/attempttimeline.h"

#include "base/timeformat.h"
#include "words/eventwords.h"
#include "words/labels.h"

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

struct TimelineWords
{
    Q_DECLARE_TR_FUNCTIONS(retryscope::AttemptTimeline)
};

/// To tenths of a second, so that a countdown does not flicker.
QString countdown(Duration d) { return formatDuration(std::max<Duration>(d / 100ms * 100ms, 0s)); }

QString whyWaited(const TimelineRow &row, const QString &jitter)
{
    const QString length = formatDuration(row.delay);
    switch (row.source) {
    case DelaySource::Server: return TimelineWords::tr("%1, server asked").arg(length);
    case DelaySource::Circuit: return TimelineWords::tr("%1, nobody can be asked").arg(length);
    case DelaySource::Pacing: return TimelineWords::tr("%1, rate limit known empty").arg(length);
    case DelaySource::Backoff:
    case DelaySource::None: break;
    }
    return jitter.isEmpty() ? TimelineWords::tr("%1 backoff").arg(length)
                            : TimelineWords::tr("%1 %2").arg(length, jitter);
}

} // namespace

Duration AttemptTimeline::sinceBegin(SteadyTime now) const { return m_begin ? now - *m_begin : Duration{}; }

/// The newest row of the event's attempt; one that waited in the queue is the same row later.
TimelineRow *AttemptTimeline::attemptRow(const Event &e)
{
    for (qsizetype i = m_rows.size() - 1; i >= 0; --i) {
        if (m_rows[i].kind == TimelineRow::Kind::Attempt && m_rows[i].attempt == e.attempt && !m_rows[i].end
            && m_rows[i].provider == e.provider)
            return &m_rows[i];
    }
    return nullptr;
}

void AttemptTimeline::close(TimelineRow &row, Duration at)
{
    if (!row.stretches.isEmpty() && !row.stretches.last().until)
        row.stretches.last().until = std::max(at, row.stretches.last().from);
}

/// What is waited for ends with whatever comes next, on time or before it.
void AttemptTimeline::closeWait(Duration at)
{
    for (TimelineRow &row : m_rows) {
        if (!row.stretches.isEmpty() && row.stretches.last().kind == TimelineStretch::Kind::Backoff)
            close(row, at);
    }
}

void AttemptTimeline::addSkipped(const Event &e, Duration at)
{
    const auto queued = [&e](const TimelineRow &r) {
        return r.kind == TimelineRow::Kind::Attempt && !r.end && r.provider == e.provider && !r.stretches.isEmpty()
               && r.stretches.last().kind == TimelineStretch::Kind::Queue;
    };
    auto row = std::find_if(m_rows.begin(), m_rows.end(), queued);
    if (row != m_rows.end()) {
        close(*row, at); // it waited for a slot in vain
        m_failedOver = std::exchange(row->failedOver, false) || m_failedOver;
    } else {
        row = m_rows.insert(m_rows.end(), TimelineRow{});
        row->stretches = {{TimelineStretch::Kind::Wait, at, at, {}}};
    }
    row->kind = TimelineRow::Kind::Skipped;
    row->provider = e.provider;
    row->model = e.model;
    row->skip = e.skip;
    row->reason = e.reason;
    row->end = at;
}

void AttemptTimeline::beginStretch(const Event &e, Duration at)
{
    closeWait(at);
    TimelineRow *row = attemptRow(e);
    if (!row) {
        m_rows.append(TimelineRow{});
        row = &m_rows.last();
        row->attempt = e.attempt;
        row->provider = e.provider;
        row->failedOver = std::exchange(m_failedOver, false);
    }
    row->model = e.model;
    close(*row, at);
    const bool queued = e.kind == EventKind::AttemptQueued;
    row->stretches.append({queued ? TimelineStretch::Kind::Queue : TimelineStretch::Kind::Wait, at, {}, {}});
}

void AttemptTimeline::endAttempt(const Event &e, Duration at)
{
    TimelineRow *row = attemptRow(e);
    if (!row)
        return;
    close(*row, at);
    row->end = at;
    row->reason = e.reason;
    row->status = e.status;
    row->rule = e.rule;
    row->detail = e.detail;
}

void AttemptTimeline::addWait(const Event &e, Duration at)
{
    closeWait(at);
    if (m_rows.isEmpty()) { // nobody could be asked at all
        m_rows.append(TimelineRow{});
        m_rows.last().kind = TimelineRow::Kind::Skipped;
    }
    m_rows.last().source = e.delaySource;
    m_rows.last().delay = e.delay;
    m_rows.last().stretches.append({TimelineStretch::Kind::Backoff, at, {}, at + e.delay});
}

void AttemptTimeline::endCall(Duration at)
{
    closeWait(at);
    for (TimelineRow &row : m_rows)
        close(row, at);
    m_end = at;
}

void AttemptTimeline::onEvent(const Event &e)
{
    if (!m_begin)
        m_begin = e.at;
    const Duration at = e.at - *m_begin;
    switch (e.kind) {
    case EventKind::ProviderSkipped: return addSkipped(e, at);
    case EventKind::AttemptQueued:
    case EventKind::AttemptStarted: return beginStretch(e, at);
    case EventKind::FirstToken:
        if (TimelineRow *row = attemptRow(e)) {
            close(*row, at);
            row->stretches.append({TimelineStretch::Kind::Stream, at, {}, {}});
        }
        return;
    case EventKind::AttemptFinished: return endAttempt(e, at);
    case EventKind::RetryScheduled: return addWait(e, at);
    case EventKind::FailedOver: m_failedOver = true; return;
    case EventKind::CallFinished: return endCall(at);
    default: return;
    }
}

void AttemptTimeline::onExchange(const ExchangeRecord &record)
{
    if (!record.sent || !m_begin)
        return;
    for (TimelineRow &row : m_rows) {
        if (row.kind != TimelineRow::Kind::Attempt || row.attempt != record.attempt)
            continue;
        const auto known = [](const TimelineStretch &s) { return s.kind == TimelineStretch::Kind::Connect; };
        const auto wait = std::find_if(row.stretches.begin(), row.stretches.end(),
                                       [](const TimelineStretch &s) { return s.kind == TimelineStretch::Kind::Wait; });
        if (wait == row.stretches.end() || std::any_of(row.stretches.begin(), row.stretches.end(), known))
            continue;
        const Duration at =
            std::clamp(record.startedAt + *record.sent - *m_begin, wait->from, wait->until.value_or(Duration::max()));
        const TimelineStretch connect{TimelineStretch::Kind::Connect, wait->from, at, {}};
        wait->from = at;
        row.stretches.insert(wait, connect);
    }
}

Duration AttemptTimeline::span(SteadyTime now) const
{
    Duration most = m_end.value_or(m_begin ? sinceBegin(now) : Duration{});
    for (const TimelineRow &row : m_rows) {
        for (const TimelineStretch &s : row.stretches) {
            most = std::max(most, s.until.value_or(s.from));
            if (s.planned && !s.until)
                most = std::max(most, *s.planned);
        }
    }
    return most;
}

QString AttemptTimeline::waitedForASlot(const TimelineStretch &queue, SteadyTime now) const
{
    return queue.until ? TimelineWords::tr("waited %1 for a slot").arg(formatDuration(*queue.until - queue.from))
                       : TimelineWords::tr("waits for a slot, %1").arg(countdown(sinceBegin(now) - queue.from));
}

QString AttemptTimeline::rowText(const TimelineRow &row, SteadyTime now, const QString &jitter) const
{
    QStringList parts;
    if (row.kind == TimelineRow::Kind::Skipped) {
        if (!row.stretches.isEmpty() && row.stretches.first().kind == TimelineStretch::Kind::Queue)
            parts << waitedForASlot(row.stretches.first(), now);
        if (row.skip != SkipReason::None)
            parts << TimelineWords::tr("skipped: %1").arg(inSentence(row.skip));
    } else if (!row.end && !row.stretches.isEmpty()) {
        const TimelineStretch &last = row.stretches.last();
        const QString spent = countdown(last.until.value_or(sinceBegin(now)) - last.from);
        parts << (last.kind == TimelineStretch::Kind::Queue    ? waitedForASlot(last, now)
                  : last.kind == TimelineStretch::Kind::Stream ? TimelineWords::tr("streaming, %1").arg(spent)
                                                               : TimelineWords::tr("no token for %1").arg(spent));
    } else if (row.reason == RetryReason::None) {
        parts << TimelineWords::tr("answered in %1").arg(formatDuration(*row.end - row.at()));
    } else {
        const QString status = row.status ? QString::number(row.status) + QLatin1Char(' ') : QString();
        parts << status + inSentence(row.reason);
    }
    if (!row.stretches.isEmpty() && row.stretches.last().kind == TimelineStretch::Kind::Backoff) {
        const TimelineStretch &wait = row.stretches.last();
        const QString why = whyWaited(row, jitter);
        parts << (wait.until || !wait.planned
                      ? why
                      : TimelineWords::tr("%1 left of %2").arg(countdown(*wait.planned - sinceBegin(now)), why));
    }
    return parts.join(QStringLiteral(" · "));
}

QString AttemptTimeline::sentence(const TimelineRow &row, const QHash<ProviderId, QString> &names, SteadyTime now,
                                  const QString &jitter) const
{
    const QString who = names.value(row.provider, row.provider), text = rowText(row, now, jitter);
    if (row.kind == TimelineRow::Kind::Skipped)
        return row.provider.isEmpty() ? TimelineWords::tr("Before anybody could be asked: %1.").arg(text)
                                      : TimelineWords::tr("%1 %2.").arg(who, text);
    const QString begins = row.failedOver ? TimelineWords::tr("Attempt %1, failed over to %2, from %3: %4.")
                                          : TimelineWords::tr("Attempt %1, %2, from %3: %4.");
    QString all = begins.arg(QString::number(row.attempt), who, formatDuration(row.at()), text);
    for (const TimelineStretch &s : row.stretches) {
        if (s.kind == TimelineStretch::Kind::Stream)
            all += TimelineWords::tr(" First token after %1.").arg(formatDuration(s.from - row.at()));
    }
    return all;
}

QStringList AttemptTimeline::sentences(const QHash<ProviderId, QString> &names, SteadyTime now,
                                       const QString &jitter) const
{
    QStringList all;
    for (const TimelineRow &row : m_rows)
        all << sentence(row, names, now, jitter);
    return all;
}

} // namespace retryscope
