// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/sandbox.h"

#include "base/random.h"
#include "base/systemclock.h"
#include "protocols/registry.h"
#include "sandbox/answerdelivery.h"
#include "sandbox/answers.h"
#include "sandbox/control.h"
#include "sandbox/refusals.h"

#include <QJsonDocument>
#include <QThread>

#include <cmath>
#include <numbers>

namespace retryscope {
namespace {

struct ActiveFault
{
    FaultSetting setting;
    std::optional<SteadyTime> until;
};

/// Every vendor lets only some faults reach its list of models: what a prompt alone can meet is not among them.
bool reachesModels(Fault fault)
{
    switch (fault) {
    case Fault::RateLimit: case Fault::RateLimitNoHint: case Fault::Overloaded: case Fault::ServerError: case Fault::WrongKey: case Fault::UnavailableHint:
    case Fault::OverloadedHint: return true;
    default: return false;
    }
}

} // namespace

class SandboxPrivate : public QObject
{
public:
    SandboxPrivate(Sandbox &owner, SandboxOptions o);

    std::pair<FaultSetting, bool> current(const ProviderId &id) const;
    Fault faultFor(const ProviderId &id, bool prompt);
    void serve(const ServedRequest &request, const ResponderPtr &to);
    void answer(const ProviderId &id, const Serving &format, const ServedPrompt &prompt, const LoggedResponderPtr &responder);
    void listModels(const Serving &format, const ProviderId &id, const LoggedResponderPtr &responder);
    void play(const LoggedResponderPtr &responder, AnswerPlan plan);
    void tidy();
    ServedAnswer compose(const ServedPrompt &prompt);
    Duration firstWord();

    mutable QMutex mutex; ///< guards faults and the speed in the options
    SandboxOptions options;
    SystemClock clock;
    SeededRandom random;
    RequestLog log;
    HttpServer server, control;
    QHash<ProviderId, ActiveFault> faults;
    QThread thread;
    quint16 port = 0, controlPort = 0;
    std::vector<std::unique_ptr<AnswerDelivery>> deliveries; ///< until they are over, or the client has left
    std::unique_ptr<SystemClock> timeline = std::make_unique<SystemClock>(); ///< of what is being played; on the thread
    TimerHandle tidying;
};

SandboxPrivate::SandboxPrivate(Sandbox &owner, SandboxOptions o)
    : options(o), random(o.seed), server([this](const ServedRequest &q, const ResponderPtr &r) { serve(q, r); }),
      control([&owner](const ServedRequest &q, const ResponderPtr &r) { answerControl(owner, q, r); })
{
    server.setParent(this);
    control.setParent(this);
    log.ended = [&owner](const SandboxRequest &request) { emit owner.requestEnded(request); };
}

/// What is on, and whether this request is among those that meet it.
std::pair<FaultSetting, bool> SandboxPrivate::current(const ProviderId &id) const
{
    const auto it = faults.constFind(id);
    if (it == faults.constEnd() || it->setting.fault == Fault::None)
        return {};
    FaultSetting setting = it->setting;
    if (!it->until)
        return {setting, true};
    setting.lasting = *it->until - clock.now();
    return *setting.lasting > 0s ? std::pair{setting, true} : std::pair{FaultSetting{}, false};
}

/// The fault that this request meets; prompts are counted, where only some are to meet it.
Fault SandboxPrivate::faultFor(const ProviderId &id, bool prompt)
{
    QMutexLocker lock(&mutex);
    const auto [setting, on] = current(id);
    if (!on || (setting.probability < 1.0 && random.uniform() >= setting.probability))
        return Fault::None;
    if (prompt && setting.requests > 0 && --faults[id].setting.requests == 0)
        faults[id].setting.fault = Fault::None;
    return setting.fault;
}

void SandboxPrivate::serve(const ServedRequest &request, const ResponderPtr &to)
{
    const QByteArray path = request.target.left(request.target.indexOf('?') < 0 ? request.target.size() : request.target.indexOf('?'));
    const QList<QByteArray> segments = path.mid(1).split('/');
    const ProviderId id = QString::fromLatin1(segments.first().left(64));
    const Serving &format = *wireServedAs(id).serving;
    SandboxRequest entry;
    entry.number = log.begin(id, request.method);
    entry.at = clock.wallNow();
    entry.provider = id;
    entry.method = request.method.left(16);
    entry.path = path.left(200);
    const auto responder = std::make_shared<LoggedResponder>(to, log, clock, entry);
    const auto reply = [&](const ServedError &e) { responder->send(e.status, e.headers, e.body); };
    const QByteArray last = segments.last();
    {
        QMutexLocker lock(&mutex);
        responder->request.fault = current(id).first.fault == Fault::Outage ? Fault::Outage : Fault::None;
    }
    if (responder->request.fault == Fault::Outage) {
        responder->request.fault = faultFor(id, request.method == "POST");
        return responder->reset();
    }
    if (request.method == "GET" && last == "models")
        return listModels(format, id, responder);
    if (request.method != "POST" || !format.takes(path))
        return reply(format.badRequest(404, QStringLiteral("Unknown path %1.").arg(QString::fromLatin1(path.left(100)))));
    for (const QString &name : keyHeaders()) {
        if (headerValue(request.headers, name.toLatin1()).endsWith("wrong-key"))
            return reply(format.error(ServedFault::WrongKey, options.retryAfter));
    }
    const auto prompt = format.readRequest(path, QJsonDocument::fromJson(request.body).object());
    if (!prompt)
        return reply(format.badRequest(400, QStringLiteral("The body must be JSON with messages.")));
    answer(id, format, *prompt, responder);
}

void SandboxPrivate::listModels(const Serving &format, const ProviderId &id, const LoggedResponderPtr &responder)
{
    const Fault fault = faultFor(id, false);
    if (const ServedError error = refusal(format, fault, options.retryAfter); error.status && reachesModels(fault)) {
        responder->request.fault = fault;
        return responder->send(error.status, error.headers, error.body);
    }
    responder->send(200, {{"Content-Type", "application/json"}}, R"({"object":"list","data":[{"id":"sim","object":"model"}]})");
}

ServedAnswer SandboxPrivate::compose(const ServedPrompt &prompt)
{
    ServedAnswer a;
    a.model = prompt.model;
    a.tokensIn = int(prompt.text.size() / 4 + 1);
    a.words = composeAnswer(prompt.text, random);
    a.includeUsage = prompt.includeUsage;
    return a;
}

/// What the fault makes of an answer.
static void shape(ServedAnswer *answer, Fault fault)
{
    static const QHash<Fault, ServedFinish> finishes{{Fault::ContentFilter, ServedFinish::Filter}, {Fault::Length, ServedFinish::Length},
        {Fault::ToolCall, ServedFinish::ToolCalls}, {Fault::ForeignFinish, ServedFinish::Foreign}, {Fault::NoFinish, ServedFinish::None}};
    answer->finish = finishes.value(fault, ServedFinish::Stop);
    answer->finishEverywhere = fault == Fault::FinishEverywhere;
    answer->thoughts = fault == Fault::ReasoningOnly;
    if (fault == Fault::EmptyAnswer || fault == Fault::ContentFilter || fault == Fault::ToolCall)
        answer->words.clear();
    else if (fault == Fault::Length || fault == Fault::NoFinish || fault == Fault::ForeignFinish)
        answer->words.resize(answer->words.size() / 3);
}

/// Log-normal around the median.
Duration SandboxPrivate::firstWord()
{
    const double spread = std::sqrt(-2.0 * std::log(1.0 - random.uniform())) * std::cos(2.0 * std::numbers::pi * random.uniform());
    QMutexLocker lock(&mutex);
    return fromSeconds(toSeconds(options.firstToken) * std::exp(0.35 * spread));
}

void SandboxPrivate::answer(const ProviderId &id, const Serving &format, const ServedPrompt &prompt, const LoggedResponderPtr &responder)
{
    AnswerPlan plan;
    plan.format = &format;
    plan.stream = responder->request.stream = prompt.stream;
    plan.fault = responder->request.fault = faultFor(id, true);
    plan.headers = plan.format->limits(log.posts(id));
    plan.first = plan.fault == Fault::SlowFirstToken ? Duration(8s) : firstWord();
    plan.perToken = [this] { QMutexLocker lock(&mutex); return options.perToken; }();
    plan.retryAfter = options.retryAfter;
    responder->request.model = prompt.model;
    plan.error = refusal(format, plan.fault, options.retryAfter);
    if (plan.fault == Fault::HtmlPage)
        plan.error = {502, {{"Content-Type", "text/html"}}, "<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>"};
    if (plan.fault == Fault::Redirect)
        plan.error = {307, {{"Location", '/' + id.toLatin1() + "-moved" + responder->request.path.mid(id.size() + 1)}}, {}};
    if (plan.error.status == 0) {
        plan.answer = compose(prompt);
        shape(&plan.answer, plan.fault);
    }
    play(responder, std::move(plan));
}

void SandboxPrivate::play(const LoggedResponderPtr &responder, AnswerPlan plan)
{
    deliveries.push_back(std::make_unique<AnswerDelivery>(*timeline, responder, std::move(plan)));
    if (!tidying)
        tidying = timeline->startTimer(100ms, [this] { tidy(); });
}

void SandboxPrivate::tidy()
{
    std::erase_if(deliveries, [](const std::unique_ptr<AnswerDelivery> &d) { return d->isOver(); });
    tidying = deliveries.empty() ? nullptr : timeline->startTimer(100ms, [this] { tidy(); });
}

Sandbox::Sandbox(SandboxOptions options, QObject *parent) : QObject(parent), d(std::make_unique<SandboxPrivate>(*this, options))
{
    qRegisterMetaType<Fault>();
    qRegisterMetaType<SandboxRequest>();
    d->thread.setObjectName(QStringLiteral("retryscope-sandbox"));
    d->moveToThread(&d->thread);
    d->thread.start();
}

Sandbox::~Sandbox()
{
    QThread *home = thread();
    QMetaObject::invokeMethod(d.get(), [this, home] {
        d->log.ended = nullptr;
        d->tidying.reset();
        d->deliveries.clear();
        d->timeline.reset();
        for (HttpServer *server : {&d->server, &d->control}) {
            server->close();
            qDeleteAll(server->children());
        }
        d->moveToThread(home);
    }, Qt::BlockingQueuedConnection);
    d->thread.quit();
    d->thread.wait();
}

Expected<quint16, QString> Sandbox::start()
{
    QString problem;
    const auto listen = [&problem](HttpServer &server, quint16 port, const char *option) {
        if (problem.isEmpty() && !server.listen(QHostAddress::LocalHost, port))
            problem = server.serverError() == QAbstractSocket::AddressInUseError
                ? QStringLiteral("Port %1 on 127.0.0.1 is already in use. Choose another one with %2, or 0 for any free port.").arg(port).arg(QLatin1String(option))
                : QStringLiteral("Cannot listen on 127.0.0.1:%1: %2.").arg(port).arg(server.errorString());
        return server.serverPort();
    };
    QMetaObject::invokeMethod(d.get(), [&] {
        d->port = listen(d->server, d->options.port, "--port");
        if (d->options.controlPort)
            d->controlPort = listen(d->control, *d->options.controlPort, "--control-port");
    }, Qt::BlockingQueuedConnection);
    if (!problem.isEmpty())
        return Unexpected{problem};
    return d->port;
}

quint16 Sandbox::controlPort() const { return d->controlPort; }

QUrl Sandbox::baseUrl(const ProviderId &provider) const
{
    return QUrl(QStringLiteral("http://127.0.0.1:%1/%2%3").arg(d->port).arg(provider, QLatin1String(wireServedAs(provider).servedPath)));
}

void Sandbox::setFault(const ProviderId &provider, FaultSetting setting)
{
    {
        QMutexLocker lock(&d->mutex);
        ActiveFault active{setting, {}};
        if (setting.lasting)
            active.until = d->clock.now() + *setting.lasting;
        d->faults[provider] = active;
    }
    emit faultChanged(provider, setting.fault);
}

Fault Sandbox::fault(const ProviderId &provider) const { return faultSetting(provider).fault; }

FaultSetting Sandbox::faultSetting(const ProviderId &provider) const
{
    QMutexLocker lock(&d->mutex);
    return d->current(provider).first;
}

void Sandbox::setSpeed(Duration firstToken, Duration perToken)
{
    QMutexLocker lock(&d->mutex);
    d->options.firstToken = firstToken;
    d->options.perToken = perToken;
}

std::pair<Duration, Duration> Sandbox::speed() const
{
    QMutexLocker lock(&d->mutex);
    return {d->options.firstToken, d->options.perToken};
}

int Sandbox::postsReceived(const ProviderId &provider) const { return d->log.posts(provider); }

QVector<SandboxRequest> Sandbox::requests(const ProviderId &provider) const { return d->log.requests(provider); }

QStringList Sandbox::providers() const
{
    QStringList ids = d->log.providers();
    QMutexLocker lock(&d->mutex);
    for (auto it = d->faults.constBegin(); it != d->faults.constEnd(); ++it) {
        if (it->setting.fault != Fault::None && !ids.contains(it.key()))
            ids << it.key();
    }
    ids.sort();
    return ids;
}

void Sandbox::forgetRequests() { d->log.clear(); }

} // namespace retryscope
