// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/gateway.h"

#include "engine/targets.h"
#include "gateway/caller.h"
#include "gateway/gatewaystatus.h"
#include "gateway/pages.h"
#include "gateway/portholder.h"
#include "gateway/routing.h"
#include "http/owncertificate.h"
#include "protocols/registry.h"

#include <QJsonDocument>

#include <algorithm>
#include <cstring>
#include <utility>

namespace retryscope {
namespace {

void sendJson(const ResponderPtr &responder, int status, const QJsonObject &object)
{
    responder->send(status, {{"Content-Type", "application/json"}},
                    QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
}

void sendError(const ResponderPtr &responder, const Dialect &dialect, const WireError &error)
{
    const WrittenError written = writeError(dialect.words, error);
    responder->send(written.status, written.headers, dialect.array ? errorInArray(written.body) : written.body);
}

constexpr Duration pingPace = 15s;
constexpr const char *providersPath = "/retryscope/providers/";

/// Methods that an address of our own is asked with; empty: it is none.
QByteArrayList ownMethods(const QByteArray &path)
{
    static constexpr const char *read[] = {"/healthz", "/readyz", "/retryscope/status", "/metrics"};
    if (std::find(std::begin(read), std::end(read), path) != std::end(read))
        return {"GET", "HEAD"};
    return path == "/retryscope/events"     ? QByteArrayList{"GET"}
           : path.startsWith(providersPath) ? QByteArrayList{"POST"}
                                            : QByteArrayList();
}

/// Another one could make a provider do what nobody knows: TRACE has it send its key back.
QByteArrayList passedMethods() { return {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}; }

/// What may be asked there is told (OPTIONS), or that this method may not.
void tellMethods(const ServedRequest &request, const QByteArray &path, const QByteArrayList &methods,
                 ProtocolKind words, const ResponderPtr &responder)
{
    const std::pair allow(QByteArray("Allow"), methods.join(", "));
    if (request.method == "OPTIONS")
        return responder->send(204, {allow}, {});
    WrittenError written = writeError(
        words, {.reason = RetryReason::InvalidRequest,
                .status = 405,
                .message = QStringLiteral("%1 is not answered at %2. This is: %3.")
                               .arg(QString::fromLatin1(request.method.left(20)), QString::fromLatin1(path.left(200)),
                                    QString::fromLatin1(allow.second))});
    written.headers.append(allow);
    responder->send(written.status, written.headers, written.body);
}

EventFeed::State feedState(const Gateway::Parts &parts)
{
    const auto text = [](const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); };
    return {[&parts, text] {
                return text(helloJson(parts.engine.configuration(), parts.engine.events().run(), parts.clock.now()));
            },
            [&parts, text] { return text(standingJson(parts.health)); }};
}

AccessKeeper accessKeeper(Clock &clock, const GatewayOptions &options)
{
    return {clock, options.accessLog.isEmpty() ? nullptr : std::make_shared<AccessLog>(options.accessLog, options.tell),
            options.token};
}

HttpServerOptions telling(HttpServerOptions options, const AccessKeeper &access)
{
    if (access.log)
        options.refused = [access](int status, const ServedRequest &request) { noteRefusal(access, request, status); };
    return options;
}

GatewayOptions complete(GatewayOptions options)
{
    if (!options.tell)
        options.tell = [](const QString &) {};
    return options;
}

/// The dialect that an answer is written in where the address is none.
Dialect anyDialect() { return {.words = wires().front().kind}; }

/// What it is really known by, and nothing else: another name could be that of a page which had it point here.
QByteArrayList hostsOf(const GatewayOptions &options)
{
    QByteArrayList hosts = options.http.hosts;
    if (options.certificate)
        hosts += options.certificate->hosts();
    if (!options.address.isLoopback()) {
        for (const QString &name : machineHosts())
            hosts << name.toLatin1();
    }
    return hosts;
}

/// A refusal of the server itself in the words of the program, as far as its address was read.
std::pair<HttpHeaders, QByteArray> refusalWording(int status, const QByteArray &problem, const ServedRequest &request)
{
    const auto address = addressOf(request.target);
    const auto dialect = address ? dialectOf(request.method, address->path, address->query, request.headers)
                                 : std::optional<Dialect>();
    const WrittenError written =
        writeError(dialect.value_or(anyDialect()).words,
                   {.reason = status >= 500 ? RetryReason::TemporaryFailure : RetryReason::InvalidRequest,
                    .status = status,
                    .message = QString::fromLatin1(problem)});
    return {written.headers, written.body};
}

HttpServerOptions serverOptions(const GatewayOptions &options)
{
    HttpServerOptions http = options.http;
    http.admits = [token = options.token, pages = options.pages](const ServedRequest &head) {
        return !refusalOf(head, token, pages);
    };
    http.wording = refusalWording;
    http.hosts = hostsOf(options);
    if (options.certificate)
        http.tls = options.certificate->tls;
    return http;
}

} // namespace

HttpServerOptions GatewayOptions::defaults()
{
    HttpServerOptions options;
    options.connections = 4096;
    options.headBytes = 64 << 10;
    options.bodyBytes = 64 << 20;
    options.bodiesBytes = 256 << 20;
    options.idleTime = 75s;
    options.bodyTime = 20s;
    options.writeTime = 120s;
    return options;
}

Gateway::Gateway(Parts parts, GatewayOptions options, QObject *parent)
    : QObject(parent), m_parts(std::move(parts)), m_options(complete(std::move(options))),
      m_access(accessKeeper(m_parts.clock, m_options)),
      m_server([this](const ServedRequest &request, const ResponderPtr &responder) { serve(request, responder); },
               telling(serverOptions(m_options), m_access)),
      m_watchers(std::make_shared<Watchers>())
{
    m_watchers->feed = EventFeed(feedState(m_parts));
    m_watchers->reports = std::make_unique<Reports>(Reports::Parts{
        m_parts.clock, m_parts.engine, m_parts.health,
        [this] { return m_watchers->metrics.set(m_parts.health.snapshot(), present()); }, m_options.tell});
    m_parts.engine.events().subscribe([weak = std::weak_ptr(m_watchers)](const Event &event) {
        if (const auto watchers = weak.lock()) {
            watchers->metrics.onEvent(event);
            watchers->feed.onEvent(event);
            watchers->reports->onEvent(event);
        }
    });
    ping();
    connect(&m_server, &HttpServer::drained, this, [this] { tellDrained(); });
}

Gateway::~Gateway() { m_self.reset(); } // its connections go next, and their calls with them

Expected<quint16, QString> Gateway::start()
{
    if (!m_options.address.isLoopback() && !m_options.certificate)
        return Unexpected{QStringLiteral("Other machines can reach %1, so it needs TLS. Give a certificate with --tls-cert FILE and "
                                         "--tls-key FILE, or --tls for one that is made on the spot; or listen on a loopback "
                                         "address, such as 127.0.0.1.")
                              .arg(m_options.address.toString())};
    if (m_server.listen(m_options.address, m_options.port))
        return m_server.serverPort();
    const QString place = QStringLiteral("%1:%2").arg(m_options.address.toString()).arg(m_options.port);
    if (m_server.serverError() != QAbstractSocket::AddressInUseError)
        return Unexpected{QStringLiteral("Cannot listen on %1: %2.").arg(place, m_server.errorString())};
    const QString holder = portHolder(m_options.port);
    return Unexpected{QStringLiteral("Cannot listen on %1: %2. Stop it, or choose another port with --listen.")
                          .arg(place, holder.isEmpty() ? QStringLiteral("another program listens there")
                                                       : holder + QStringLiteral(" listens there"))};
}

void Gateway::ping()
{
    m_ping = m_parts.clock.startTimer(pingPace, [this] {
        m_watchers->feed.ping();
        ping();
    });
}

void Gateway::drain()
{
    m_draining = true;
    m_watchers->feed.close();
    m_server.drain();
}

void Gateway::useCertificate(const ServerCertificate &certificate)
{
    m_options.certificate = certificate;
    m_server.setTls(certificate.tls, hostsOf(m_options));
}

void Gateway::tellDrained()
{
    if (m_draining && m_running == 0 && m_server.connections() == 0 && !std::exchange(m_finishing, true))
        m_watchers->reports->finish([this] { emit drained(); });
}

void Gateway::reopenAccessLog()
{
    if (m_access.log)
        m_access.log->reopen();
}

MetricsNow Gateway::present() const
{
    const quint64 lines = m_access.log ? m_access.log->lost() : 0;
    return {m_running, m_parts.engine.retryBudgetLeft(), lines + m_watchers->reports->dropped()};
}

void Gateway::serve(const ServedRequest &request, const ResponderPtr &responder)
{
    if (isPreflight(request, m_options.pages)) // a browser's, which shows no token
        return answerPreflight(request,
                               readableBy(m_options.pages, request, observe(m_access, request, responder).responder));
    answer(request, observe(m_access, request, readableBy(m_options.pages, request, responder)));
}

void Gateway::answer(const ServedRequest &request, const ObservedRequest &observed)
{
    const ResponderPtr &responder = observed.responder;
    const auto address = addressOf(request.target);
    const QByteArray path = address ? address->path : QByteArray();
    const auto dialect =
        address ? dialectOf(request.method, path, address->query, request.headers) : std::optional<Dialect>();
    const Dialect form = dialect.value_or(anyDialect());
    const QByteArrayList own = ownMethods(path);
    if (observed.record && dialect)
        observed.record->dialect = toKey(dialect->words);
    if (const auto refusal = refusalOf(request, m_options.token, m_options.pages); refusal && path != "/healthz")
        return sendError(responder, form, *refusal);
    if (!address)
        return sendError(responder, form, {.reason = RetryReason::InvalidRequest, .message = address.error()});
    if (own.isEmpty() && !dialect)
        return sendError(
            responder, form,
            {.reason = RetryReason::InvalidRequest,
             .status = 404,
             .message = QStringLiteral("%1 is no address of this gateway. Point the SDK's base URL at it as the "
                                       "start page says, for example /v1 for OpenAI.")
                            .arg(QString::fromLatin1(path.left(200)))});
    const QByteArrayList methods = !own.isEmpty()                ? own
                                   : !dialect->methods.isEmpty() ? dialect->methods
                                                                 : passedMethods();
    if (!methods.contains(request.method))
        return tellMethods(request, path, methods, form.words, responder);
    if (!own.isEmpty())
        return serveOwn(request, *address, responder);
    const bool list = dialect->action == ServedAction::Models, one = dialect->action == ServedAction::Model;
    if (list || (one && modelNames(m_parts.engine.configuration()).contains(dialect->model)))
        return serveModels(*dialect, responder);
    forward(request, *dialect, observed);
}

/// An address of the gateway itself, asked with one of its methods.
void Gateway::serveOwn(const ServedRequest &request, const RequestAddress &address, const ResponderPtr &responder)
{
    const QByteArray &path = address.path;
    if (path.startsWith(providersPath))
        return command(path, responder);
    if (path == "/healthz")
        return sendJson(responder, 200, {{QStringLiteral("status"), QStringLiteral("ok")}});
    const HealthSnapshot now = m_parts.health.snapshot();
    if (path == "/readyz") {
        const bool ready = !m_draining && !now.providers.empty() && !now.calls.nobody;
        sendJson(responder, ready ? 200 : 503,
                 {{QStringLiteral("ready"), ready}, {QStringLiteral("draining"), m_draining}});
    } else if (path == "/retryscope/status") {
        QJsonObject status = statusJson(now, m_parts.clock.now(), m_running);
        if (m_fleet)
            status[QLatin1String("fleet")] = m_fleet();
        if (m_options.certificate)
            status[QLatin1String("tls")] = tlsJson(*m_options.certificate);
        sendJson(responder, 200, status);
    } else if (path == "/retryscope/events") {
        m_watchers->feed.follow(responder, headerValue(request.headers, "last-event-id"),
                                address.query.split('&').contains("state") ? EventFeed::Want::State
                                                                           : EventFeed::Want::Events);
    } else {
        responder->send(200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                        m_watchers->metrics.text(now, present()));
    }
}

/// What a person may do to a provider from outside: /retryscope/providers/ID/isolate, release or probe.
void Gateway::command(const QByteArray &path, const ResponderPtr &responder)
{
    const QByteArrayList parts = path.mid(qsizetype(std::strlen(providersPath))).split('/');
    const ProviderId id = QString::fromUtf8(QByteArray::fromPercentEncoding(parts.value(0)));
    const ProviderConfig *provider = findProvider(m_parts.engine.configuration(), id);
    struct Verb { const char *name; void (ApiRetryHandler::*act)(const ProviderId &); };
    static constexpr Verb verbs[] = {{"isolate", &ApiRetryHandler::isolate},
                                     {"release", &ApiRetryHandler::release},
                                     {"probe", &ApiRetryHandler::probe}};
    for (const Verb &verb : verbs) {
        if (parts.size() != 2 || parts[1] != verb.name || !provider || !provider->enabled)
            continue;
        (m_parts.engine.*verb.act)(id);
        return sendJson(responder, 200,
                        {{QStringLiteral("provider"), id}, {QStringLiteral("done"), QLatin1String(verb.name)}});
    }
    sendError(responder, anyDialect(),
              {.reason = RetryReason::InvalidRequest,
               .status = 404,
               .message = QStringLiteral(
                              "There is nothing to do at %1: /retryscope/providers/ID/isolate, release and probe are "
                              "what can be asked of an enabled provider.")
                              .arg(QString::fromLatin1(path.left(200)))});
}

void Gateway::serveModels(const Dialect &dialect, const ResponderPtr &responder)
{
    const WallTime now = m_parts.clock.wallNow();
    responder->send(200, {{"Content-Type", "application/json"}},
                    dialect.action == ServedAction::Model
                        ? modelEntry(dialect.words, dialect.model, now)
                        : modelList(dialect.words, modelNames(m_parts.engine.configuration()), now));
}

void Gateway::forward(const ServedRequest &request, const Dialect &dialect, const ObservedRequest &observed)
{
    auto caller = readCaller(request, dialect, m_parts.engine.configuration());
    if (!caller)
        return sendError(observed.responder, dialect, caller.error());
    caller->id = m_parts.nextCall();
    caller->record = observed.record;
    caller->origin = (m_options.certificate ? "https://" : "http://") + headerValue(request.headers, "host");
    m_watchers->reports->setParent(caller->id, headerValue(request.headers, "traceparent"));
    ++m_running;
    const auto ended = [weak = std::weak_ptr(m_self)] {
        if (const auto self = weak.lock()) {
            --(*self)->m_running;
            (*self)->tellDrained();
        }
    };
    std::make_shared<GatewayCall>(m_parts.engine, std::move(*caller), observed.responder, m_options.http.writeBacklog, ended)
        ->start();
}

} // namespace retryscope
