// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/timeformat.h"
#include "base/virtualclock.h"
#include "engine/apiretryhandler.h"
#include "support/eventgrammar.h"
#include "support/scriptedtransport.h"

#include <QTest>

#include <map>
#include <numeric>

namespace retryscope {

/// The engine on virtual time over scripted exchanges, under the event grammar.
class EngineRig
{
public:
    /// Providers a, b, c, ... all speak the openai protocol.
    explicit EngineRig(RetryConfig retry = exact(), int providers = 1, std::vector<double> draws = {0.5})
        : random(std::move(draws))
    {
        for (int i = 0; i < providers; ++i) {
            ProviderConfig p;
            p.id = QString(QChar(u'a' + i));
            p.protocol = ProtocolKind::OpenAi;
            p.baseUrl = QUrl(QStringLiteral("http://%1.test/v1").arg(p.id));
            p.model = QStringLiteral("m");
            configuration.providers.append(p);
        }
        configuration.retry = retry;
        handler->configure(configuration);
        grammar.attach(handler->events());
        handler->events().subscribe([this](const Event &e) { events.append(e); });
    }
    ~EngineRig() { check(false); }

    /// No jitter, 1 s doubling, so that every delay is exact; no probes but those of callers.
    static RetryConfig exact()
    {
        RetryConfig c;
        c.jitter = JitterKind::None;
        c.baseDelay = 1s;
        c.probeInterval = 0s;
        return c;
    }
    CallId send(bool stream = false, const QVector<ProviderId> &chain = {}, const QString &model = {})
    {
        const CallId id{++m_next};
        handler->send(id, Prompt{QStringLiteral("Hello"), {}, model, 64, stream}, Route{chain},
                      [this, id](const CallResult &r) {
                          results[id.value] = r;
                          ++finished[id.value];
                      });
        return id;
    }
    /// Sends one, and lets it end.
    CallResult call(bool stream = false, const QVector<ProviderId> &chain = {}, const QString &model = {})
    {
        const CallId id = send(stream, chain, model);
        drain();
        return results[id.value];
    }
    /// Runs until nothing is pending.
    void drain()
    {
        for (int i = 0; i < 1'000'000 && handler && handler->runningCalls() > 0 && clock.advanceToNext(); ++i) { }
        clock.advance(0s); // what was queued for the next round of the loop
    }
    /// Fails the running test when the stream of events is wrong or something is still held.
    void check(bool ended = true)
    {
        if (const QString problem = grammar.problem(ended); !problem.isEmpty())
            QTest::qFail(qPrintable(problem), __FILE__, __LINE__);
        if (handler && handler->runningCalls() == 0 && !handler->atRest())
            QTest::qFail("a permit, slot or charge is still held", __FILE__, __LINE__);
        if (handler && handler->runningCalls() == 0 && transport.running != 0)
            QTest::qFail("an exchange is still running", __FILE__, __LINE__);
    }
    /// The call's events as words: kind, and what is telling of each.
    QStringList story(CallId call = CallId{1}) const
    {
        QStringList words;
        for (const Event &e : events) {
            if (e.call != call)
                continue;
            QString word = toKey(e.kind);
            switch (e.kind) {
            case EventKind::AttemptStarted:
            case EventKind::AttemptQueued: word += QLatin1Char(' ') + e.provider; break;
            case EventKind::AttemptFinished: word += QStringLiteral(" %1 %2").arg(e.provider, toKey(e.reason)); break;
            case EventKind::RetryScheduled:
                word += QStringLiteral(" %1 %2").arg(formatDuration(e.delay), toKey(e.delaySource));
                break;
            case EventKind::FailedOver: word += QStringLiteral(" %1>%2").arg(e.provider, e.toProvider); break;
            case EventKind::CircuitChanged:
                word += QStringLiteral(" %1 %2>%3").arg(e.provider, toKey(e.circuitFrom), toKey(e.circuitTo));
                break;
            case EventKind::CallFinished: word += QStringLiteral(" %1").arg(toKey(e.outcome)); break;
            default: break;
            }
            words << word;
        }
        return words;
    }
    int count(EventKind kind) const
    {
        return int(std::count_if(events.begin(), events.end(), [kind](const Event &e) { return e.kind == kind; }));
    }
    QVector<Event> of(EventKind kind) const
    {
        QVector<Event> found;
        std::copy_if(events.begin(), events.end(), std::back_inserter(found),
                     [kind](const Event &e) { return e.kind == kind; });
        return found;
    }
    QString asked(int request) const { return transport.requests[request].url.host().section(QLatin1Char('.'), 0, 0); }

    VirtualClock clock;
    ScriptedTransport transport{clock};
    ScriptedRandom random;
    Configuration configuration;
    std::unique_ptr<ApiRetryHandler> handler = std::make_unique<ApiRetryHandler>(clock, transport, random);
    EventGrammar grammar;
    Events events;
    std::map<quint64, CallResult> results;
    std::map<quint64, int> finished;

private:
    quint64 m_next = 0;
};

} // namespace retryscope
