// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "crashtest/crashrun.h"

#include "base/scaledclock.h"
#include "crashtest/crashfacts.h"
#include "engine/apiretryhandler.h"
#include "transport/networktransport.h"

#include <QEventLoop>
#include <QTcpServer>

#include <algorithm>
#include <deque>

namespace retryscope {
namespace {

constexpr double shortestReal = 0.5; ///< s, what the shortest limit of time is played in at the least
constexpr Duration lookAtStop = 50ms;
constexpr Duration steadyPause = 1s;
constexpr Duration endless = 150s; ///< a call that has gone on for so long when the time of its case is over
constexpr int answerTokens = 256;
constexpr qsizetype mostEvents = 20'000; ///< that are looked at afterwards

const QString movedSuffix = QStringLiteral("-moved"); // the sandbox's redirect points there

/// A port of this machine that nobody listens at.
int closedPort()
{
    QTcpServer server;
    server.listen(QHostAddress::LocalHost);
    return server.serverPort();
}

class CaseRun
{
public:
    CaseRun(const CrashCase &what, const Configuration &configuration, const CrashLimits &limits)
        : m_case(what), m_terms(what.terms), m_limits(limits), m_speed(speedFor(what, configuration, limits)),
          m_sandbox(options()), m_clock(m_speed)
    {
        const auto port = m_sandbox.start();
        m_stage = stageFor(configuration, QUrl(QStringLiteral("http://127.0.0.1:%1").arg(port ? *port : 0)));
        if (m_terms.refused && !m_stage.chain.isEmpty())
            m_stage.configuration.providers.first().baseUrl.setPort(closedPort());
        for (const Trouble &trouble : what.troubles) {
            for (int i = 0; i < m_stage.names.size(); ++i) {
                if (trouble.whom == Whom::All || i == (trouble.whom == Whom::First ? 0 : 1))
                    m_sandbox.setFaults(m_stage.names[i], trouble.steps);
            }
        }
    }
    std::optional<CrashResult> play(const std::atomic<bool> &stop)
    {
        makeEngines();
        m_results.resize(m_terms.calls * m_terms.programs);
        m_sentAt.resize(m_results.size());
        m_begun = m_clock.now();
        start();
        bool stopped = false;
        std::function<void()> look = [&] {
            stopped = stop;
            if (stopped)
                return m_loop.quit();
            m_looking = m_real.startTimer(lookAtStop, look);
        };
        look();
        if (!stopped) {
            m_bound = m_real.startTimer(m_limits.bound, [this] { m_loop.quit(); });
            m_loop.exec();
        }
        const Duration took = m_clock.now() - m_begun;
        const CrashFacts facts = collect(took);
        for (Engine &engine : m_engines)
            engine.handler->cancelAll();
        return stopped ? std::nullopt : std::optional(judge(m_case, m_stage, facts));
    }

private:
    struct Engine
    {
        explicit Engine(quint64 seed) : random(seed) {}
        SeededRandom random;
        std::unique_ptr<ApiRetryHandler> handler;
    };

    SandboxOptions options() const
    {
        SandboxOptions options;
        options.retryAfter = m_terms.hint;
        options.speed = m_speed;
        return options;
    }
    void makeEngines()
    {
        for (int i = 0; i < m_terms.programs; ++i) {
            m_engines.emplace_back(quint64(i + 1));
            Engine &engine = m_engines.back();
            engine.handler = std::make_unique<ApiRetryHandler>(m_clock, m_transport, engine.random);
            engine.handler->setPrices(PriceList::builtIn());
            engine.handler->configure(m_stage.configuration);
            engine.handler->events().subscribe([this](const Event &e) {
                if (m_events.size() < mostEvents)
                    m_events.append(e);
            });
        }
    }
    void start()
    {
        if (m_terms.pace == CallPace::OneByOne) {
            for (int program = 0; program < m_terms.programs; ++program)
                send(program);
            return;
        }
        if (m_terms.pace == CallPace::Steady)
            return tick();
        for (int i = 0; i < m_results.size(); ++i)
            send(i % m_terms.programs);
    }
    void tick()
    {
        send(0);
        if (m_sent < m_results.size())
            m_ticking = m_clock.startTimer(steadyPause, [this] { tick(); });
    }
    void send(int program)
    {
        const int index = m_sent++;
        m_sentAt[index] = m_clock.now();
        Prompt prompt{QStringLiteral("Hello"), {}, {}, answerTokens, m_terms.stream};
        m_engines[std::size_t(program)].handler->send(
            CallId{quint64(index + 1)}, prompt, Route{},
            [this, index, program](const CallResult &r) { ended(index, program, r); });
    }
    void ended(int index, int program, const CallResult &result)
    {
        m_results[index] = result;
        m_took = m_clock.now() - m_begun;
        if (++m_ended == m_results.size())
            return m_loop.quit();
        if (m_terms.pace == CallPace::OneByOne && m_sent < m_results.size())
            m_next = m_clock.startTimer(0s, [this, program] { send(program); });
    }
    CrashFacts collect(Duration took)
    {
        CrashFacts facts;
        for (int i = 0; i < m_results.size(); ++i) {
            const bool running = i < m_sent && !m_results[i];
            if (m_results[i] || (running && (m_ended == 0 || m_clock.now() - m_sentAt[i] >= endless)))
                facts.calls.append(m_results[i]);
            else
                ++facts.leftOver;
        }
        facts.events = m_events;
        facts.speed = m_speed;
        facts.took = m_ended == m_results.size() ? m_took : took;
        for (const QString &name : std::as_const(m_stage.names)) {
            PlaceFacts place;
            place.requests = m_sandbox.postsReceived(name);
            int well = 0;
            for (const SandboxRequest &request : m_sandbox.requests(name)) {
                if (request.method != "POST")
                    continue;
                well += request.fault == Fault::None;
                place.answers.insert(request.answer);
                place.ended.append(request);
            }
            place.spoiled = place.requests - well;
            place.astray = m_sandbox.postsReceived(name + movedSuffix);
            facts.places.append(place);
        }
        return facts;
    }

    const CrashCase &m_case;
    const CrashTerms &m_terms;
    const CrashLimits m_limits;
    const double m_speed;
    Sandbox m_sandbox;
    Stage m_stage;
    SystemClock m_real;
    ScaledClock m_clock;
    NetworkTransport m_transport;
    Events m_events;
    QVector<std::optional<CallResult>> m_results;
    QVector<SteadyTime> m_sentAt;
    std::deque<Engine> m_engines; ///< gone before what they use
    QEventLoop m_loop;
    TimerHandle m_looking, m_bound, m_ticking, m_next;
    SteadyTime m_begun{};
    Duration m_took{};
    int m_sent = 0, m_ended = 0;
};

} // namespace

double speedFor(const CrashCase &what, const Configuration &configuration, const CrashLimits &limits)
{
    if (!what.terms.waits)
        return 1.0;
    return std::clamp(toSeconds(shortestLimit(configuration)) / shortestReal, 1.0, std::max(1.0, limits.fastest));
}

std::optional<CrashResult> playCase(const CrashCase &what, const Configuration &configuration,
                                    const CrashLimits &limits, const std::atomic<bool> &stop)
{
    if (enabledProviders(configuration).size() < what.terms.providers) {
        CrashResult result;
        result.key = QLatin1String(what.key);
        result.verdict = CrashVerdict::LeftOut;
        result.wanted = what.terms.providers;
        return result;
    }
    return CaseRun(what, configuration, limits).play(stop);
}

} // namespace retryscope
