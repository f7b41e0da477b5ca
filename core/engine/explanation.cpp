// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/explanation.h"

#include "base/text.h"
#include "base/virtualclock.h"
#include "engine/discretion.h"
#include "engine/targets.h"

#include <QRegularExpression>

namespace retryscope {
namespace {

constexpr Duration plenty = 1h; // no limit of time ends the reading
constexpr double leastDraw = 0.0, mostDraw = 1.0 - 1e-9;

/// Plays one response to whatever is sent.
class SampleTransport final : public Transport
{
public:
    SampleTransport(Clock &clock, SampleResponse response) : m_clock(clock), m_response(std::move(response)) {}
    std::unique_ptr<Exchange> start(const HttpRequest &, ExchangeCallbacks callbacks) override
    {
        return std::make_unique<Playing>(m_clock, m_response, std::move(callbacks));
    }

private:
    class Playing final : public Exchange
    {
    public:
        Playing(Clock &clock, const SampleResponse &response, ExchangeCallbacks callbacks)
            : m_callbacks(std::move(callbacks))
        {
            later(clock, [sent = m_callbacks.sent] { sent(); });
            later(clock, [head = m_callbacks.head, response] { head({response.status, response.headers}); });
            if (!response.body.isEmpty())
                later(clock, [data = m_callbacks.data, body = response.body] { data(body); });
            later(clock, [ended = m_callbacks.ended] { ended({}); });
        }
        Delivery delivery() const override { return Delivery::Answered; }

    private:
        void later(Clock &clock, std::function<void()> what)
        {
            m_timers.push_back(clock.startTimer(0s, [what = std::move(what)] {
                const auto copy = what;
                copy();
            })); // it may drop the exchange
        }
        ExchangeCallbacks m_callbacks;
        std::vector<TimerHandle> m_timers;
    };
    Clock &m_clock;
    SampleResponse m_response;
};

/// The provider, as far as reading its answer and naming its account goes, without its key.
ProviderConfig keyless(const Configuration &configuration, const ProviderId &id)
{
    ProviderConfig config = *findProvider(configuration, id);
    config.keyReference.clear();
    return config;
}

AttemptResult read(const ProviderConfig &provider, const OwnRules &rules, const SampleResponse &response,
                   StreamMode mode, WallTime wall)
{
    VirtualClock clock(wall);
    SampleTransport transport(clock, response);
    std::optional<AttemptResult> result;
    AttemptOrder order;
    order.times = {plenty, plenty, plenty, plenty, plenty};
    order.streamMode = mode;
    order.rules = std::make_shared<const OwnRules>(rules);
    AttemptCallbacks callbacks;
    callbacks.firstToken = [] {};
    callbacks.text = [](const QString &) {};
    callbacks.finished = [&result](const AttemptResult &r) { result = r; };
    const HttpAttempt attempt(clock, transport, provider, attemptRequest(provider, Prompt{}, {}, order), {}, order,
                              std::move(callbacks));
    while (!result && clock.advanceToNext()) { }
    return result.value_or(AttemptResult());
}

/// The provider first, then the others, as a call that has come to it would go on.
QVector<ProviderId> chainFrom(const Configuration &configuration, const ProviderId &first)
{
    QVector<ProviderId> chain = enabledProviders(configuration);
    chain.removeAll(first);
    chain.prepend(first);
    return chain;
}

/// The machine's answer, with all chance drawn low or high.
struct Played
{
    CallStep step;
    ProviderId provider; ///< that the step is about
    std::optional<Duration> holds;
};

Played play(const Configuration &configuration, const QVector<ProviderId> &chain, const AttemptFacts &facts,
            double draw, SteadyTime now)
{
    ScriptedRandom random({draw});
        RetryBudget budget(configuration.retry.retryBudgetRatio, configuration.retry.retryBudgetFloor);
    const Targets targets = targetsFor(configuration, chain);
    ProviderFailoverHandler providers(configuration.retry, providersOf(targets));
    CallMachine machine(configuration.retry, targets, {providers, budget, random});
    machine.start(now);
    machine.begin(now);
    Played played{machine.onAttempt(facts, now), {}, {}};
    played.provider = toText(machine.providerAt(played.step.target));
    const Availability first = providers.availability(targets.front(), now);
    if (first.source == DelaySource::Server && first.at)
        played.holds = *first.at - now;
    return played;
}

void takeStep(const Played &least, const Played &most, Explanation *e)
{
    const CallStep &step = least.step;
    e->nextProvider = step.kind == CallStep::Kind::Finish ? ProviderId() : least.provider;
    e->why = latin1(step.rule);
    e->holds = least.holds;
    switch (step.kind) {
    case CallStep::Kind::Queue:
    case CallStep::Kind::Send: e->next = Explanation::Next::Elsewhere; break;
    case CallStep::Kind::Wait:
        e->next = least.provider == e->provider ? Explanation::Next::Again : Explanation::Next::Elsewhere;
        e->wait = {step.delay, most.step.kind == step.kind ? most.step.delay : step.delay};
        e->source = step.source;
        break;
    case CallStep::Kind::Finish:
        e->next = step.reason == RetryReason::None ? Explanation::Next::Done : Explanation::Next::GiveUp;
        break;
    }
    for (std::size_t i = 0; i < step.changes.size(); ++i) {
        const HealthChange &change = step.changes[i];
        if (!change.circuit || change.circuit->to != CircuitState::Open)
            continue;
        const bool both = i < most.step.changes.size() && most.step.changes[i].circuit;
        e->blocks.append(
            {change.scope, step.reason,
             {change.circuit->openFor, both ? most.step.changes[i].circuit->openFor : change.circuit->openFor}});
    }
}

} // namespace

Expected<HttpHeaders, int> headersOfLines(const QStringList &lines)
{
    static const QRegularExpression name(QStringLiteral("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"));
    HttpHeaders headers;
    for (const QString &text : lines) {
        const qsizetype colon = text.indexOf(QLatin1Char(':'));
        if (colon <= 0 || !name.match(text.left(colon)).hasMatch())
            return Unexpected{int(headers.size()) + 1};
        headers.append({text.left(colon).toLatin1(), text.mid(colon + 1).trimmed().toUtf8()});
    }
    return headers;
}

Explanation explain(const Configuration &configuration, const ProviderId &provider, const SampleResponse &given,
                    WallTime wall)
{
    const Discretion discretion(configuration);
    SampleResponse response = given;
    response.body = discretion.body(given.body);
    const ProviderConfig config = keyless(configuration, provider);
    const StreamMode mode = configuration.retry.streamMode;
    AttemptResult result = read(config, configuration.rules, response, mode, wall);
    result.facts.contentShown = result.facts.contentShown && mode == StreamMode::Live;
    Explanation e;
    e.provider = provider;
    e.model = config.model;
    e.status = response.status;
    e.message = discretion.text(result.message);
    e.classification = result.facts.classification;
    e.answer = result.answer;
    e.hasText = !result.text.isEmpty();
    FailureFacts words{.status = response.status};
    if (response.status >= 300)
        readErrorBody(response.body, &words);
    readErrorHeaders(response.headers, wall, &words);
    e.named = words.hint;
    for (const std::string &code : words.codes)
        e.codes << discretion.text(toText(code));
    if (const QString rule = toText(e.classification.rule); rule.startsWith(QLatin1String("rules[")))
        e.own = rule.mid(6).chopped(1).toInt();
    if (e.own)
        e.ours = read(config, {}, response, mode, wall).facts.classification;
    const QVector<ProviderId> chain = chainFrom(configuration, provider);
    const SteadyTime now = VirtualClock(wall).now();
    takeStep(play(configuration, chain, result.facts, leastDraw, now),
             play(configuration, chain, result.facts, mostDraw, now), &e);
    return e;
}

} // namespace retryscope
