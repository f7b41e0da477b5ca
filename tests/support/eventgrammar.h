// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/eventbus.h"

#include <QHash>
#include <QStringList>

namespace retryscope {

/// What every stream of events must be: sequence numbers grow by one, a call begins with CallSubmitted, its attempts
/// run 1..n one after the other, every start has its finish, and exactly one CallFinished ends it.
class EventGrammar
{
public:
    void attach(EventBus &bus) { bus.subscribe([this](const Event &event) { onEvent(event); }); }

    void onEvent(const Event &e)
    {
        if (m_last && e.seq != m_last + 1)
            blame(e, QStringLiteral("follows number %1").arg(m_last));
        m_last = e.seq;
        if (!e.call)
            return;
        Call &call = m_calls[e.call.value];
        if (call.finished)
            return blame(e, QStringLiteral("comes after the end of its call"));
        if (!std::exchange(call.submitted, true) != (e.kind == EventKind::CallSubmitted))
            return blame(e, QStringLiteral("is not where a call begins"));
        switch (e.kind) {
        case EventKind::AttemptStarted:
            if (call.running || e.attempt != call.attempts + 1)
                blame(e, QStringLiteral("starts attempt %1 after %2").arg(e.attempt).arg(call.attempts));
            call.running = true;
            call.attempts = e.attempt;
            break;
        case EventKind::FirstToken:
        case EventKind::AttemptFinished:
            if (!call.running || e.attempt != call.attempts)
                blame(e, QStringLiteral("belongs to no running attempt"));
            call.running = e.kind == EventKind::FirstToken;
            break;
        case EventKind::AttemptQueued:
        case EventKind::RetryScheduled:
        case EventKind::FailedOver:
            if (call.running)
                blame(e, QStringLiteral("comes while an attempt is running"));
            break;
        case EventKind::CallFinished:
            if (call.running)
                blame(e, QStringLiteral("leaves an attempt running"));
            call.finished = true;
            ++m_finished;
            break;
        default: break;
        }
    }
    /// Empty when all is well. `allEnded`: every call must have ended by now.
    QString problem(bool allEnded) const
    {
        if (!m_problem.isEmpty() || !allEnded || m_finished == m_calls.size())
            return m_problem;
        return QStringLiteral("%1 of %2 calls have not ended").arg(m_calls.size() - m_finished).arg(m_calls.size());
    }

private:
    struct Call { bool submitted = false, running = false, finished = false; int attempts = 0; };
    void blame(const Event &e, const QString &what)
    {
        if (m_problem.isEmpty())
            m_problem =
                QStringLiteral("event %1 (%2 of call %3) %4").arg(e.seq).arg(toKey(e.kind)).arg(e.call.value).arg(what);
    }

    QHash<quint64, Call> m_calls;
    quint64 m_last = 0;
    qsizetype m_finished = 0;
    QString m_problem;
};

} // namespace retryscope
