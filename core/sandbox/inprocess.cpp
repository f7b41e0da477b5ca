// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/inprocess.h"

#include "protocols/registry.h"
#include "sandbox/simulatedmodel.h"

#include <QCryptographicHash>
#include <QJsonDocument>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace retryscope {
namespace {

constexpr Duration toConnect = 1ms;
constexpr double spread = 0.35; // of the first token, log-normal
constexpr qsizetype wordsAnEvent = 8; // after the first: providers send what is ready, and each event costs its reading

} // namespace

/// Plays one reply by timers of the clock.
class InProcessProviders::Playing final : public Exchange
{
public:
    Playing(Clock &clock, ExchangeCallbacks callbacks) : m_clock(clock), m_callbacks(std::move(callbacks))
    {
        at(toConnect, [this] {
            m_delivery = Delivery::MaybeSent;
            const auto sent = m_callbacks.sent;
            sent();
        });
    }
    void head(Duration when, int status, HttpHeaders headers)
    {
        at(when, [this, what = HttpHead{status, std::move(headers)}] {
            m_delivery = Delivery::Answered;
            const auto head = m_callbacks.head; // a callback may drop the exchange that it comes from
            const HttpHead copy = what;
            head(copy);
        });
    }
    void data(Duration when, const QByteArray &bytes)
    {
        if (bytes.isEmpty())
            return;
        at(when, [this, bytes] {
            const auto data = m_callbacks.data;
            const QByteArray copy = bytes;
            data(copy);
        });
    }
    void end(Duration when)
    {
        at(when, [this] {
            const auto ended = m_callbacks.ended;
            ended({});
        });
    }
    Delivery delivery() const override { return m_delivery; }

private:
    void at(Duration when, std::function<void()> what)
    {
        m_timers.push_back(m_clock.startTimer(when, std::move(what)));
    }
    Clock &m_clock;
    ExchangeCallbacks m_callbacks;
    Delivery m_delivery = Delivery::NotSent;
    std::vector<TimerHandle> m_timers;
};

std::unique_ptr<Exchange> InProcessProviders::start(const HttpRequest &request, ExchangeCallbacks callbacks)
{
    auto playing = std::make_unique<Playing>(m_clock, std::move(callbacks));
    const QString path = request.url.path();
    const ProviderId id = path.section(QLatin1Char('/'), 1, 1);
    const Serving &format = wireServedAs(id).serving->at(path.toLatin1());
    const ServedPrompt prompt = [&] {
        const auto read = format.readRequest(path.toLatin1(), QJsonDocument::fromJson(request.body).object());
        return read ? *read : ServedPrompt{};
    }();
    ServedContext context;
    context.token = QCryptographicHash::hash(QByteArray::number(++m_served), QCryptographicHash::Md5)
                        .toHex(); // the same in each play
    context.now = m_clock.wallNow();
    context.model = prompt.model;
    context.retryAfter = m_options.retryAfter;
    context.left = context.limit - m_served % context.limit;
    const double chance =
        std::sqrt(-2.0 * std::log(1.0 - m_random.uniform())) * std::cos(2.0 * std::numbers::pi * m_random.uniform());
    const Duration first = fromSeconds(toSeconds(m_options.firstToken) * std::exp(spread * chance));
    const auto fault = m_faults.find(id);
    if (const ServedError error = fault == m_faults.end() ? ServedError{} : refusal(format, fault->second, context);
        error.status) {
        playing->head(first / 3, error.status, error.headers);
        playing->data(first / 3, error.body);
        playing->end(first / 3);
        return playing;
    }
    const ServedAnswer answer = answerTo(prompt, context, m_random);
    const HttpHeaders headers = format.headers(context) + format.limits(context);
    if (!prompt.stream) {
        const Duration whole = first + m_options.perToken * answer.words.size();
        playing->head(whole, 200, HttpHeaders{{"Content-Type", "application/json"}} + headers);
        playing->data(whole, format.whole(answer));
        playing->end(whole);
        return playing;
    }
    playing->head(first, 200, HttpHeaders{{"Content-Type", "text/event-stream"}} + headers);
    playing->data(first, format.opening(answer));
    ServedAnswer inEvents = answer;
    inEvents.words.clear();
    for (qsizetype next = 0; next < answer.words.size();) { // an event is sent with its last word
        const qsizetype end = std::min(answer.words.size(), next + (next ? wordsAnEvent : 1));
        inEvents.words << answer.words.sliced(next, end - next).join(QString());
        playing->data(first + m_options.perToken * (end - 1), format.delta(inEvents, int(inEvents.words.size()) - 1));
        next = end;
    }
    const Duration last = first + m_options.perToken * answer.words.size();
    playing->data(last, format.ending(answer));
    playing->end(last);
    return playing;
}

} // namespace retryscope
