// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/faulttransport.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

namespace retryscope {
namespace {

constexpr Duration shortestFault = 1s, longestFault = 24h;
constexpr Duration leaves = 1ms, answers = 20ms; // as a server that is near would

ExchangeEnd brokenOnPurpose(TransportFailure failure, Delivery delivery, const char *sentence)
{
    return {failure, delivery, QString::fromLatin1(sentence)};
}

} // namespace

const QVector<PlayedFaultTraits> &playedFaultTable()
{
    static const QVector<PlayedFaultTraits> table{{PlayedFault::RateLimit, "rate_limit"},
                                                  {PlayedFault::ServerError, "server_error"},
                                                  {PlayedFault::Unavailable, "unavailable"},
                                                  {PlayedFault::Overloaded, "overloaded"},
                                                  {PlayedFault::Refused, "refused"},
                                                  {PlayedFault::CutStream, "cut_stream"},
                                                  {PlayedFault::SlowFirstByte, "slow_first_byte"},
                                                  {PlayedFault::Hang, "hang"},
                                                  {PlayedFault::Malformed, "malformed"}};
    return table;
}

QString toKey(PlayedFault fault) { return QString::fromLatin1(playedFaultTable()[int(fault)].key); }

std::optional<PlayedFault> playedFaultFromKey(QStringView key)
{
    for (const PlayedFaultTraits &row : playedFaultTable()) {
        if (key == QLatin1String(row.key))
            return row.fault;
    }
    return std::nullopt;
}

/// Plays its steps one after the other, each after its pause; or asks the provider late.
class FaultTransport::Played final : public Exchange
{
public:
    Played(FaultTransport &owner, const FaultPlan &plan, HttpRequest request, ExchangeCallbacks callbacks)
        : m_owner(owner), m_request(std::move(request)), m_callbacks(std::move(callbacks))
    {
        switch (plan.fault) {
        case PlayedFault::Refused:
            end(leaves, brokenOnPurpose(TransportFailure::Refused, Delivery::NotSent,
                                        "The connection was refused on purpose."));
            break;
        case PlayedFault::Hang: m_steps.push_back({leaves, [this] { sent(); }}); break;
        case PlayedFault::SlowFirstByte:
            m_steps.push_back({leaves, [this] { sent(); }});
            m_steps.push_back({plan.delay, [this] { askAfterAll(); }});
            break;
        default: answer(plan.fault, m_owner.m_answers(plan.fault, m_request));
        }
        next();
    }

    Delivery delivery() const override { return m_inner ? m_inner->delivery() : m_delivery; }
    bool isOnPurpose() const override { return true; }
    void letGo() override
    {
        m_timer.reset();
        if (m_inner)
            m_inner->letGo();
    }
    void pause() override
    {
        m_paused = true;
        m_timer.reset();
        if (m_inner)
            m_inner->pause();
    }
    void resume() override
    {
        m_paused = false;
        if (m_inner)
            m_inner->resume();
        else
            next();
    }

private:
    struct Step
    {
        Duration after;
        std::function<void()> act;
    };

    /// The callbacks may drop this, so each works on copies and nothing follows it.
    void next()
    {
        if (m_paused || m_timer || m_steps.empty())
            return;
        m_timer = m_owner.m_clock.startTimer(m_steps.front().after, [this] {
            const Step step = m_steps.front();
            m_steps.pop_front();
            m_timer.reset();
            next(); // armed first: the act may drop this
            step.act();
        });
    }
    void sent()
    {
        m_delivery = Delivery::MaybeSent;
        const auto call = m_callbacks.sent;
        call();
    }
    void end(Duration after, const ExchangeEnd &how)
    {
        m_steps.push_back({after, [this, how] {
                               const auto call = m_callbacks.ended;
                               const ExchangeEnd what = how;
                               call(what);
                           }});
    }
    void answer(PlayedFault fault, const FaultAnswer &played)
    {
        m_steps.push_back({leaves, [this] { sent(); }});
        m_steps.push_back({answers, [this, head = HttpHead{played.status, played.headers}] {
                               m_delivery = Delivery::Answered;
                               const auto call = m_callbacks.head;
                               const HttpHead what = head;
                               call(what);
                           }});
        if (!played.body.isEmpty())
            m_steps.push_back({leaves, [this, body = played.body] {
                                   const auto call = m_callbacks.data;
                                   const QByteArray what = body;
                                   call(what);
                               }});
        end(leaves, fault == PlayedFault::CutStream
                        ? brokenOnPurpose(TransportFailure::Reset, Delivery::Answered,
                                          "The connection was broken off on purpose.")
                        : ExchangeEnd{});
    }
    void askAfterAll()
    {
        ExchangeCallbacks rest = m_callbacks;
        rest.sent = [] {}; // was told
        m_inner = m_owner.m_inner.start(m_request, std::move(rest));
    }

    FaultTransport &m_owner;
    HttpRequest m_request;
    ExchangeCallbacks m_callbacks;
    std::deque<Step> m_steps;
    Delivery m_delivery = Delivery::NotSent;
    bool m_paused = false;
    TimerHandle m_timer;
    std::unique_ptr<Exchange> m_inner;
};

std::unique_ptr<Exchange> FaultTransport::start(const HttpRequest &request, ExchangeCallbacks callbacks)
{
    const auto row = m_rows.find(request.provider);
    if (row == m_rows.end() || m_clock.now() >= row->second.end
        || (row->second.plan.share < 1.0 && m_random.uniform() >= row->second.plan.share))
        return m_inner.start(request, std::move(callbacks));
    return std::make_unique<Played>(*this, row->second.plan, request, std::move(callbacks));
}

void FaultTransport::play(const ProviderId &provider, const FaultPlan &plan)
{
    FaultPlan bounded = plan;
    bounded.share = std::clamp(plan.share, 0.0, 1.0);
    bounded.lasting = std::clamp<Duration>(plan.lasting, shortestFault, longestFault);
    bounded.delay = std::max<Duration>(plan.delay, 0s);
    m_rows[provider] = {bounded, m_clock.now() + bounded.lasting,
                        m_clock.wallNow() + std::chrono::duration_cast<std::chrono::milliseconds>(bounded.lasting)};
    arm();
    if (m_changed)
        m_changed();
}

void FaultTransport::stop()
{
    if (m_rows.empty())
        return;
    m_rows.clear();
    arm();
    if (m_changed)
        m_changed();
}

StandingFaults FaultTransport::standing() const
{
    StandingFaults all;
    for (const auto &[provider, row] : m_rows)
        all.append({provider, row.plan, row.until});
    return all;
}

void FaultTransport::arm()
{
    m_timer.reset();
    if (m_rows.empty())
        return;
    const auto soonest = std::min_element(m_rows.begin(), m_rows.end(),
                                          [](const auto &a, const auto &b) { return a.second.end < b.second.end; });
    m_timer = m_clock.startTimer(std::max<Duration>(soonest->second.end - m_clock.now(), 0s), [this] { expire(); });
}

void FaultTransport::expire()
{
    m_timer.reset();
    const SteadyTime now = m_clock.now();
    const auto gone = std::erase_if(m_rows, [now](const auto &row) { return row.second.end <= now; });
    arm();
    if (gone > 0 && m_changed)
        m_changed();
}

} // namespace retryscope
