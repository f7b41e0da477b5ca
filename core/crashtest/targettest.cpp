// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "crashtest/targettest.h"

#include "crashtest/crashfacts.h"
#include "protocols/registry.h"

#include <algorithm>

namespace retryscope {
namespace {

constexpr Duration knockPause = 500ms, knockTime = 15s, longHint = 60s;
constexpr Duration leastForSaying = 30s; ///< with nobody else to ask a wait for the only provider is no fault
constexpr int knockTokens = 64, targetTokens = 256;
const ProviderId targetId = QStringLiteral("target"), behindId = QStringLiteral("provider");

/// The answer comes all the same, in an odd shape.
bool answers(Fault fault)
{
    switch (fault) {
    case Fault::None:
    case Fault::SlowFirstToken:
    case Fault::FinishTooEarly:
    case Fault::FinishEverywhere:
    case Fault::WrongType:
    case Fault::Gzip:
    case Fault::SlowDrip:
    case Fault::Length:
    case Fault::ToolCall: return true;
    default: return false;
    }
}

bool goesOn(const FaultSetting &setting) { return setting.requests == 0 && !setting.lasting; }

/// A gateway may remember it for longer than a test waits.
bool mayBlock(const CrashCase &what)
{
    const auto blocks = [](const FaultSetting &s) {
        return s.fault == Fault::QuotaExhausted || s.fault == Fault::WrongKey || s.fault == Fault::Forbidden
               || s.fault == Fault::ModelMissing;
    };
    return what.terms.hint >= longHint
           || std::any_of(what.troubles.begin(), what.troubles.end(),
                          [&](const Trouble &t) { return std::any_of(t.steps.begin(), t.steps.end(), blocks); });
}

/// Never asks twice, remembers nothing, and waits longer than the case lasts.
Configuration plainClient(const ProviderConfig &target, Duration longest)
{
    Configuration c;
    c.providers = {target};
    c.providers.first().id = targetId;
    c.providers.first().enabled = true;
    c.retry.maxAttempts = c.retry.attemptsPerProvider = 1;
    c.retry.maxConcurrent = 100;
    c.retry.recoveryRamp = c.retry.paceFromHeaders = false;
    c.retry.probeInterval = c.retry.slowAfter = 0s;
    c.retry.circuitMinCalls = 1000;
    for (Duration *limit : {&c.retry.attemptTimeout, &c.retry.firstTokenTimeout, &c.retry.idleTimeout,
                            &c.retry.streamTimeout, &c.retry.deadline})
        *limit = longest;
    return c;
}

CrashResult leftOut(const CrashCase &what)
{
    CrashResult result;
    result.key = QLatin1String(what.key);
    result.verdict = CrashVerdict::LeftOut;
    return result;
}

} // namespace

std::optional<CrashCase> caseForTarget(const CrashCase &given)
{
    const CrashTerms &t = given.terms;
    const bool first = std::all_of(given.troubles.begin(), given.troubles.end(),
                                   [](const Trouble &trouble) { return trouble.whom != Whom::Second; });
    if (given.troubles.isEmpty() || !first || t.providers > 1 || t.programs > 1 || t.comesBack || t.refused)
        return std::nullopt;
    const QVector<FaultSetting> &steps = given.troubles.first().steps;
    const bool endless = goesOn(steps.last()) && !answers(steps.last().fault);
    if (t.calls > 1 && goesOn(steps.last())) // how soon a chain leaves a provider alone
        return std::nullopt;
    CrashCase out = given;
    for (Trouble &trouble : out.troubles)
        trouble.whom = Whom::All;
    if (endless && t.goal == CrashGoal::Answer) {
        out.terms.goal = CrashGoal::Said;
        out.terms.within = std::max(t.within, leastForSaying);
    }
    return out;
}

/// The caller of one case.
class TargetTest::Client
{
public:
    Client(TargetTest &test, Duration longest) : m_random(1), m_handler(test.m_clock, test.m_transport, m_random)
    {
        m_handler.configure(plainClient(test.m_options.target, longest));
    }
    void send(const Prompt &prompt, ApiRetryHandler::Completion done)
    {
        m_handler.send(CallId{++m_calls}, prompt, Route{}, std::move(done));
    }

private:
    SeededRandom m_random;
    ApiRetryHandler m_handler;
    quint64 m_calls = 0;
};

TargetTest::TargetTest(const TargetOptions &options, QObject *parent)
    : QObject(parent), m_options(options), m_sandbox([&options] {
          SandboxOptions sandbox;
          sandbox.host = options.host;
          sandbox.port = options.port;
          return sandbox;
      }())
{
    qRegisterMetaType<CrashResult>();
    qRegisterMetaType<TargetEnd>();
}

TargetTest::~TargetTest() = default;

Expected<quint16, QString> TargetTest::listen() { return m_sandbox.start(); }

QUrl TargetTest::upstream() const
{
    const Wire &wire = wireOf(m_options.target.protocol);
    QUrl url = m_sandbox.baseUrl(*wire.baseUrl ? QLatin1String(wire.key) : QLatin1String(wires()[0].key));
    url.setHost(m_options.host);
    return url;
}

void TargetTest::start(const QStringList &only)
{
    m_cases.clear();
    for (const CrashCase &one : crashCases()) {
        const auto fits = caseForTarget(one);
        if (fits && (only.isEmpty() || only.contains(QLatin1String(one.key))))
            m_cases.append(*fits);
    }
    std::stable_sort(m_cases.begin(), m_cases.end(),
                     [](const CrashCase &a, const CrashCase &b) { return mayBlock(a) < mayBlock(b); });
    m_next = 0;
    m_reached = m_ended = false;
    settle(m_options.patience);
}

void TargetTest::stop() { end(TargetEnd::Kind::Stopped); }

/// The provider is well; waits until the target shows it.
void TargetTest::settle(Duration patience)
{
    setFaults({FaultSetting{}});
    m_settleBy = m_clock.now() + patience;
    m_timer = m_clock.startTimer(0s, [this] { knock(); });
}

void TargetTest::knock()
{
    m_sandbox.forgetRequests();
    m_client = std::make_unique<Client>(*this, knockTime);
    Prompt prompt{freshText(), {}, {}, knockTokens, false};
    m_client->send(prompt, [this](const CallResult &result) {
        const CallResult told = result;
        m_timer = m_clock.startTimer(0s, [this, told] { knocked(told); }); // the client must not go while it calls
    });
}

void TargetTest::knocked(const CallResult &result)
{
    const bool through = posts() > 0;
    if (result.succeeded() && through) {
        if (!std::exchange(m_reached, true))
            emit reached();
        return next();
    }
    if (m_clock.now() < m_settleBy) {
        m_timer = m_clock.startTimer(knockPause, [this] { knock(); });
        return;
    }
    if (m_reached)
        return leaveOutRest();
    end(result.succeeded() ? TargetEnd::Kind::NotBehind : TargetEnd::Kind::NotReached, result.message);
}

void TargetTest::next()
{
    if (m_ended)
        return;
    if (m_next == m_cases.size())
        return end(TargetEnd::Kind::Complete);
    emit caseStarted(QLatin1String(m_cases[m_next].key));
    play();
}

void TargetTest::play()
{
    const CrashCase &what = m_cases[m_next];
    const Duration bound = std::max<Duration>(what.terms.within, 1s) + m_options.grace;
    m_sandbox.setRetryAfter(what.terms.hint);
    setFaults(what.troubles.first().steps);
    m_sandbox.forgetRequests(); // after the faults: they are for every name that is known from requests
    m_client = std::make_unique<Client>(*this, bound + knockTime);
    m_results = QVector<std::optional<CallResult>>(what.terms.calls);
    m_sent = m_answered = 0;
    m_begun = m_clock.now();
    m_bound = m_clock.startTimer(bound, [this] { over(); });
    const int atOnce = what.terms.pace == CallPace::Together ? what.terms.calls : 1;
    for (int i = 0; i < atOnce; ++i)
        sendOne();
}

void TargetTest::sendOne()
{
    const int index = m_sent++;
    Prompt prompt{freshText(), {}, {}, targetTokens, m_cases[m_next].terms.stream};
    m_client->send(prompt, [this, index](const CallResult &result) {
        m_results[index] = result;
        const bool all = ++m_answered == m_results.size();
        if (all || m_sent < m_results.size())
            m_timer = m_clock.startTimer(0s, [this, all] { all ? over() : sendOne(); });
    });
}

/// The case has ended, by itself or by its bound.
void TargetTest::over()
{
    m_bound.reset();
    m_timer.reset();
    const CrashCase what = m_cases[m_next];
    CrashFacts facts;
    facts.took = m_clock.now() - m_begun;
    for (int i = 0; i < m_results.size(); ++i) {
        if (i < m_sent)
            facts.calls.append(m_results[i]);
        else
            ++facts.leftOver;
    }
    PlaceFacts place;
    place.requests = posts();
    int well = 0;
    for (const SandboxRequest &request : m_sandbox.requests()) {
        if (request.method != "POST")
            continue;
        well += request.fault == Fault::None;
        place.answers.insert(request.answer);
        place.ended.append(request);
        place.astray += request.provider.endsWith(QLatin1String("-moved"));
    }
    place.spoiled = place.requests - well;
    facts.places = {place};
    m_client.reset();
    Stage stage;
    stage.configuration = plainClient(m_options.target, knockTime);
    stage.chain = {targetId};
    stage.inFile = {0};
    stage.names = {targetId};
    stage.keys = {1};
    CrashResult result = judge(what, stage, facts);
    result.setting.clear(); // what would change it is the target's own matter
    result.value.clear();
    result.retries = std::max(0, place.requests - int(facts.calls.size()));
    result.failovers = 0;
    result.saying = what.terms.goal == CrashGoal::Said && crashCase(result.key)->terms.goal == CrashGoal::Answer;
    result.requests = {{behindId, place.requests}};
    ++m_next;
    emit caseFinished(result);
    if (!m_ended)
        settle(m_options.recovery);
}

void TargetTest::leaveOutRest()
{
    const QString after = QLatin1String(m_cases[m_next - 1].key);
    const QVector<CrashCase> rest = m_cases.mid(m_next);
    for (const CrashCase &one : rest) {
        ++m_next;
        emit caseFinished(leftOut(one));
    }
    if (rest.isEmpty())
        return end(TargetEnd::Kind::Complete);
    m_ended = true;
    emit finished({TargetEnd::Kind::NotBack, after, {}});
}

void TargetTest::end(TargetEnd::Kind kind, const QString &message)
{
    if (std::exchange(m_ended, true))
        return;
    m_timer.reset();
    m_bound.reset();
    m_client.reset();
    setFaults({FaultSetting{}});
    emit finished({kind, {}, message});
}

/// Whatever the target calls us.
QStringList TargetTest::names() const
{
    QStringList all = wireKeys();
    for (const QString &name : m_sandbox.providers()) {
        if (!all.contains(name))
            all << name;
    }
    return all;
}

void TargetTest::setFaults(const QVector<FaultSetting> &steps)
{
    for (const QString &name : names()) {
        if (!name.endsWith(QLatin1String("-moved")))
            m_sandbox.setFaults(name, steps);
    }
}

int TargetTest::posts() const
{
    int all = 0;
    for (const QString &name : m_sandbox.providers()) {
        if (!name.endsWith(QLatin1String("-moved")))
            all += m_sandbox.postsReceived(name);
    }
    return all;
}

/// Another one each time, so that no cache has its answer.
QString TargetTest::freshText()
{
    return QStringLiteral("Hello, number %1 at %2.").arg(++m_texts).arg(m_clock.wallNow().time_since_epoch().count());
}

} // namespace retryscope
