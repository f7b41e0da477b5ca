// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/sandbox.h"

#include "base/random.h"
#include "base/scaledclock.h"
#include "protocols/dialect.h"
#include "protocols/registry.h"
#include "sandbox/answerdelivery.h"
#include "sandbox/control.h"
#include "sandbox/simulatedmodel.h"

#include <QJsonDocument>
#include <QThread>
#include <QUuid>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace retryscope {
namespace {

/// The faults of one provider that are still to come; the first is on.
struct ActiveFaults
{
    QVector<FaultSetting> steps;
    std::optional<SteadyTime> until; ///< of the first

    void begin(SteadyTime now)
    {
        until = steps.isEmpty() || !steps.first().lasting ? std::nullopt : std::optional(now + *steps.first().lasting);
    }
    void next(SteadyTime now)
    {
        steps.removeFirst();
        begin(now);
    }
    /// Leaves those behind whose time is over.
    void catchUp(SteadyTime now)
    {
        while (!steps.isEmpty() && until && *until <= now)
            next(*until);
    }
};

/// Every vendor lets only some faults reach its list of models: what a prompt alone can meet is not among them.
bool reachesModels(Fault fault)
{
    switch (fault) {
    case Fault::RateLimit:
    case Fault::RateLimitNoHint:
    case Fault::Overloaded:
    case Fault::ServerError:
    case Fault::WrongKey:
    case Fault::UnavailableHint:
    case Fault::OverloadedHint: return true;
    default: return false;
    }
}

} // namespace

class SandboxPrivate : public QObject
{
public:
    SandboxPrivate(Sandbox &owner, SandboxOptions o);

    FaultSetting current(const ProviderId &id);
    Fault fault(const ProviderId &id);
    Fault faultFor(const ProviderId &id, bool prompt);
    void serve(const ServedRequest &request, const ResponderPtr &to);
    ServedContext contextFor(const ProviderId &id);
    std::optional<ServedError> refused(const Wire &wire, const Serving &format, const ServedRequest &request,
                                       const ServedContext &context) const;
    void answer(const ProviderId &id, const Serving &format, const ServedPrompt &prompt, const ServedContext &context,
                const LoggedResponderPtr &responder);
    void tellModels(const ProviderId &id, const Serving &format, const ServedContext &context,
                    const LoggedResponderPtr &responder);
    void play(const LoggedResponderPtr &responder, AnswerPlan plan);
    void tidy();
    Duration firstWord();

    mutable QMutex mutex; ///< guards faults, and in the options the speed and the hint
    SandboxOptions options;
    ScaledClock clock;
    SeededRandom random;
    RequestLog log;
    HttpServer server, control;
    QHash<ProviderId, ActiveFaults> faults;
    QThread thread;
    quint16 port = 0, controlPort = 0;
    std::vector<std::unique_ptr<AnswerDelivery>> deliveries; ///< until they are over, or the client has left
    std::unique_ptr<Clock> timeline; ///< of what is being played; on the thread
    TimerHandle tidying;
};

SandboxPrivate::SandboxPrivate(Sandbox &owner, SandboxOptions o)
    : options(o), clock(std::max(1.0, o.speed)), random(o.seed), server([this](const ServedRequest &q, const ResponderPtr &r) { serve(q, r); }),
      control([&owner](const ServedRequest &q, const ResponderPtr &r) { answerControl(owner, q, r); })
{
    server.setParent(this);
    control.setParent(this);
    timeline = std::make_unique<ScaledClock>(std::max(1.0, o.speed));
    log.ended = [&owner](const SandboxRequest &request) { emit owner.requestEnded(request); };
}

/// What is on, with what is left of its requests and its time.
FaultSetting SandboxPrivate::current(const ProviderId &id)
{
    const auto it = faults.find(id);
    if (it == faults.end())
        return {};
    it->catchUp(clock.now());
    if (it->steps.isEmpty())
        return {};
    FaultSetting setting = it->steps.first();
    if (it->until)
        setting.lasting = *it->until - clock.now();
    return setting;
}

Fault SandboxPrivate::fault(const ProviderId &id)
{
    QMutexLocker lock(&mutex);
    return current(id).fault;
}

/// The fault that this request meets; prompts are counted, where only some are to meet it.
Fault SandboxPrivate::faultFor(const ProviderId &id, bool prompt)
{
    QMutexLocker lock(&mutex);
    const FaultSetting setting = current(id);
    const bool met = setting.probability >= 1.0 || random.uniform() < setting.probability;
    if (!met)
        return Fault::None;
    if (prompt && setting.requests > 0 && --faults[id].steps.first().requests == 0)
        faults[id].next(clock.now());
    return setting.fault;
}

static QByteArray pathOf(const QByteArray &target)
{
    return target.left(target.indexOf('?') < 0 ? target.size() : target.indexOf('?'));
}

static void send(const LoggedResponderPtr &responder, const ServedError &error)
{
    responder->send(error.status, error.headers, responder->array ? errorInArray(error.body) : error.body);
}

ServedContext SandboxPrivate::contextFor(const ProviderId &id)
{
    ServedContext context;
    context.token = QUuid::createUuid().toString(QUuid::Id128).toLatin1();
    context.now = clock.wallNow();
    {
        QMutexLocker lock(&mutex);
        context.retryAfter = options.retryAfter;
    }
    context.left = context.limit - log.posts(id) % context.limit;
    return context;
}

void SandboxPrivate::serve(const ServedRequest &request, const ResponderPtr &to)
{
    const QByteArray path = pathOf(request.target);
    SandboxRequest entry;
    entry.provider = QString::fromLatin1(path.mid(1).split('/').first().left(64));
    entry.number = log.begin(entry.provider, request.method);
    entry.at = clock.wallNow();
    entry.method = request.method.left(16);
    entry.path = path.left(200);
    const ProviderId id = entry.provider;
    const auto responder = std::make_shared<LoggedResponder>(to, log, clock, entry);
    responder->query = request.target.mid(path.size());
    const Wire &wire = wireServedAs(id);
    responder->array = asksForArray(wire.kind, path, responder->query.mid(1));
    const Serving &format = wire.serving->at(path);
    const ServedAction action = format.action(request.method, path);
    ServedContext context = contextFor(id);
    if (fault(id) == Fault::Outage) {
        responder->request.fault = faultFor(id, action == ServedAction::Prompt);
        if (responder->request.fault == Fault::Outage)
            return responder->reset();
    }
    if (const auto error = refused(wire, format, request, context))
        return send(responder, *error);
    if (action == ServedAction::Models || action == ServedAction::Model)
        return tellModels(id, format, context, responder);
    const auto prompt = format.readRequest(path, QJsonDocument::fromJson(request.body).object());
    if (!prompt)
        return send(responder, format.refuse(prompt.error(), context));
    context.model = responder->request.model = prompt->model;
    if (prompt->model.endsWith(QLatin1String("-gone")))
        return send(responder, format.error(ServedFault::ModelMissing, context));
    if (action == ServedAction::CountTokens)
        return responder->send(200, HttpHeaders{{"Content-Type", "application/json"}} + format.headers(context),
                               format.tokenCount(prompt->tokens()));
    answer(id, format, *prompt, context, responder);
}

/// What is wrong with a request before its body is read.
std::optional<ServedError> SandboxPrivate::refused(const Wire &wire, const Serving &format,
                                                   const ServedRequest &request, const ServedContext &context) const
{
    const QByteArray path = pathOf(request.target);
    if (format.action(request.method, path) == ServedAction::None)
        return format.refuse(
            {404, QStringLiteral("Invalid URL (%1 %2)")
                 .arg(QString::fromLatin1(request.method.left(16)), QString::fromLatin1(path.left(100))),
             {}},
            context);
    for (const QString &name : keyHeaders()) {
        if (headerValue(request.headers, name.toLatin1()).endsWith("wrong-key"))
            return format.error(ServedFault::WrongKey, context);
    }
    const bool vendor = *wire.baseUrl != '\0'; // a local server wants no key
    if (const auto refusal = format.checkAccess(request.target, request.headers, options.keyRequired && vendor))
        return format.refuse(*refusal, context);
    return std::nullopt;
}

void SandboxPrivate::tellModels(const ProviderId &id, const Serving &format, const ServedContext &context,
                                const LoggedResponderPtr &responder)
{
    const Fault fault = faultFor(id, false);
    if (reachesModels(fault)) {
        responder->request.fault = fault;
        return send(responder, refusal(format, fault, context));
    }
    const HttpHeaders headers = HttpHeaders{{"Content-Type", "application/json"}} + format.headers(context);
    const QByteArray path = responder->request.path;
    if (format.action("GET", path) == ServedAction::Models)
        return responder->send(200, headers, format.models(context));
    const auto model = format.model(path, context);
    if (!model)
        return send(responder, format.refuse({404, QStringLiteral("The model '%1' does not exist")
                                                  .arg(QString::fromLatin1(path.mid(path.lastIndexOf('/') + 1))),
                                              QStringLiteral("model")},
                                             context));
    responder->send(200, headers, *model);
}

/// Log-normal around the median.
Duration SandboxPrivate::firstWord()
{
    const double spread =
        std::sqrt(-2.0 * std::log(1.0 - random.uniform())) * std::cos(2.0 * std::numbers::pi * random.uniform());
    QMutexLocker lock(&mutex);
    return fromSeconds(toSeconds(options.firstToken) * std::exp(0.35 * spread));
}

void SandboxPrivate::answer(const ProviderId &id, const Serving &format, const ServedPrompt &prompt,
                            const ServedContext &context, const LoggedResponderPtr &responder)
{
    AnswerPlan plan;
    plan.format = &format;
    plan.stream = responder->request.stream = prompt.stream;
    plan.fault = responder->request.fault =
        fault(id) == Fault::Outage ? Fault::None : faultFor(id, true); // an outage was drawn for before
    plan.headers = format.headers(context) + format.limits(context);
    plan.first = plan.fault == Fault::SlowFirstToken ? Duration(8s) : firstWord();
    plan.perToken = [this] { QMutexLocker lock(&mutex); return options.perToken; }();
    plan.error = refusal(format, plan.fault, context);
    if (plan.fault == Fault::HtmlPage)
        plan.error = {502,
                      {{"Content-Type", "text/html"}},
                      "<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>"};
    if (plan.fault == Fault::LoginPage)
        plan.error = {200,
                      {{"Content-Type", "text/html"}},
                      "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"};
    if (plan.fault == Fault::InvalidRequest)
        plan.error = format.refuse({400, QStringLiteral("Unsupported parameter: 'max_tokens' is not supported here."),
                                    QStringLiteral("max_tokens")},
                                   context);
    if (plan.fault == Fault::Forbidden)
        plan.error = format.refuse({403, QStringLiteral("This project may not use this model."), {}}, context);
    if (plan.fault == Fault::Redirect) // a stranger's reader may follow; the key goes along
        plan.error = {307,
                      {{"Location", '/' + id.toLatin1() + "-moved" + responder->request.path.mid(id.size() + 1)
                                        + responder->query}},
                      {}};
    plan.answer = answerTo(prompt, context, random);
    responder->request.answer = plan.answer.words.join(QString());
    shape(&plan.answer, prompt, plan.fault, random);
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

Sandbox::Sandbox(SandboxOptions options, QObject *parent)
    : QObject(parent), d(std::make_unique<SandboxPrivate>(*this, options))
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
    const auto listen = [&problem](HttpServer &server, const QString &host, quint16 port, const char *option) {
        if (problem.isEmpty() && !server.listen(QHostAddress(host), port))
            problem = server.serverError() == QAbstractSocket::AddressInUseError
                          ? QStringLiteral("Port %1 on %2 is already in use. Choose another one with %3, or 0 for any "
                                           "free port.")
                                .arg(QString::number(port), host, QLatin1String(option))
                          : QStringLiteral("Cannot listen on %1:%2: %3.")
                                .arg(host, QString::number(port), server.errorString());
        return server.serverPort();
    };
    const QString local = QHostAddress(QHostAddress::LocalHost).toString();
    QMetaObject::invokeMethod(d.get(), [&] {
        d->port = listen(d->server, d->options.host, d->options.port, "--port");
        if (d->options.controlPort)
            d->controlPort = listen(d->control, local, *d->options.controlPort, "--control-port");
    }, Qt::BlockingQueuedConnection);
    if (!problem.isEmpty())
        return Unexpected{problem};
    return d->port;
}

quint16 Sandbox::controlPort() const { return d->controlPort; }

QUrl Sandbox::baseUrl(const ProviderId &provider) const
{
    return QUrl(QStringLiteral("http://127.0.0.1:%1/%2%3")
                    .arg(d->port)
                    .arg(provider, QLatin1String(wireServedAs(provider).servedPath)));
}

void Sandbox::setFaults(const ProviderId &provider, const QVector<FaultSetting> &settings)
{
    {
        QMutexLocker lock(&d->mutex);
        ActiveFaults active{settings, {}};
        active.begin(d->clock.now());
        d->faults[provider] = active;
    }
    emit faultChanged(provider, settings.isEmpty() ? Fault::None : settings.first().fault);
}

Fault Sandbox::fault(const ProviderId &provider) const { return faultSetting(provider).fault; }

FaultSetting Sandbox::faultSetting(const ProviderId &provider) const
{
    QMutexLocker lock(&d->mutex);
    return d->current(provider);
}

void Sandbox::setSpeed(Duration firstToken, Duration perToken)
{
    QMutexLocker lock(&d->mutex);
    d->options.firstToken = firstToken;
    d->options.perToken = perToken;
}

void Sandbox::setRetryAfter(Duration hint)
{
    QMutexLocker lock(&d->mutex);
    d->options.retryAfter = hint;
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
        const auto isFault = [](const FaultSetting &step) { return step.fault != Fault::None; };
        if (std::any_of(it->steps.begin(), it->steps.end(), isFault) && !ids.contains(it.key()))
            ids << it.key();
    }
    ids.sort();
    return ids;
}

void Sandbox::forgetRequests() { d->log.clear(); }

} // namespace retryscope
