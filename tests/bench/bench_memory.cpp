// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/virtualclock.h"
#include "engine/apiretryhandler.h"

#include <QCoreApplication>
#include <QFile>

#include <chrono>
#include <cstdio>

using namespace retryscope;

/// Resident memory over a million calls on virtual time: one in five attempts fails, so that retries, failovers and
/// circuits take part. Flat means: what a call needed is given back.
namespace {

constexpr int calls = 1'000'000;

/// Answers on the next tick of the clock: four of five well, the rest with the errors of a busy day.
class ScriptedTransport final : public Transport
{
public:
    explicit ScriptedTransport(Clock &clock) : m_clock(clock) {}
    std::unique_ptr<Exchange> start(const HttpRequest &, ExchangeCallbacks callbacks) override
    {
        return std::make_unique<ScriptedExchange>(m_clock, std::move(callbacks), m_next++);
    }

private:
    class ScriptedExchange final : public Exchange
    {
    public:
        ScriptedExchange(Clock &clock, ExchangeCallbacks callbacks, quint64 number) : m_callbacks(std::move(callbacks))
        {
            m_timer = clock.startTimer(20ms, [this, number] { play(number); });
        }
        ~ScriptedExchange() override { *m_alive = false; }
        Delivery delivery() const override { return Delivery::Answered; }

    private:
        void play(quint64 number)
        {
            static constexpr int statuses[] = {200, 200, 429, 200, 200, 200, 500, 200, 200, 200};
            const int status = statuses[number % std::size(statuses)];
            const auto alive = m_alive;
            const auto callbacks = m_callbacks; // this may be gone after any of them
            const auto call = [&alive](const auto &callback, const auto &...values) {
                if (*alive && callback)
                    callback(values...);
            };
            call(callbacks.sent);
            call(
                callbacks.head,
                HttpHead{status, {{"content-type", "application/json"}, {"x-request-id", QByteArray::number(number)}}});
            call(callbacks.data, status == 200 ? m_good : m_bad);
            call(callbacks.ended, ExchangeEnd{});
        }
        const QByteArray m_good =
            R"({"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}})";
        const QByteArray m_bad = R"({"error":{"message":"busy","type":"server_error","code":null}})";
        ExchangeCallbacks m_callbacks;
        TimerHandle m_timer;
        std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
    };
    Clock &m_clock;
    quint64 m_next = 0;
};

double residentMb()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    return file.open(QIODevice::ReadOnly) ? file.readAll().split(' ').value(1).toDouble() * 4096.0 / 1e6 : 0.0;
}

void report(int done, double seconds, double first)
{
    std::printf("%9d calls  %7.1f MB resident  %+5.1f MB since 10,000  %5.2f us a call\n", done, residentMb(),
                residentMb() - first, seconds * 1e6 / done);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    VirtualClock clock;
    ScriptedTransport transport(clock);
    SeededRandom random(1);
    ApiRetryHandler handler(clock, transport, random);
    Configuration configuration;
    configuration.providers = builtInProviders();
    for (ProviderConfig &p : configuration.providers) {
        p.enabled = true;
        p.keyReference.clear();
        p.protocol = ProtocolKind::OpenAiCompatible; // the scripted answers speak it
    }
    handler.configure(configuration);
    const auto start = std::chrono::steady_clock::now();
    double first = 0.0;
    int finished = 0;
    for (int i = 1; i <= calls; ++i) {
        handler.send(CallId{quint64(i)}, Prompt{QStringLiteral("Hello"), {}, {}, 64, false}, {},
                     [&finished](const CallResult &) { ++finished; });
        clock.advance(100ms); // ten calls a second: a million are 28 hours
        if (i == 10'000)
            first = residentMb();
        if (i == 10'000 || i == 100'000 || i == calls)
            report(i, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), first);
    }
    clock.advance(1h);
    const StatsCollector &stats = handler.stats();
    std::printf("finished %d of %d; %llu succeeded, %.3f attempts a call; %zu running, %zu timers pending\n", finished,
                calls, static_cast<unsigned long long>(stats.successfulCalls()), stats.amplification(),
                handler.runningCalls(), clock.pendingTimers());
    return finished == calls && handler.runningCalls() == 0 ? 0 : 1;
}
