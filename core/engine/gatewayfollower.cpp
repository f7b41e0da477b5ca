// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/gatewayfollower.h"

#include <QHostAddress>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

using State = FollowStatus::State;

constexpr qint64 farthest = qint64(1) << 61; // ns: sums of two stay in range
constexpr Duration sameClock = 2s;           // apart: the same machine, or as good
constexpr Duration oldest = 192h;            // that any chart shows
constexpr qsizetype longestWord = 200;

bool isHere(const QUrl &url)
{
    return url.host() == QLatin1String("localhost") || QHostAddress(url.host()).isLoopback();
}

Duration bounded(qint64 ns) { return Duration(std::clamp(ns, -farthest, farthest)); }

QString because(const QString &sentence, const QString &why)
{
    return why.isEmpty() ? sentence : sentence + QLatin1Char(' ') + why;
}

ProviderConfigs providersFrom(const QJsonArray &array)
{
    ProviderConfigs providers;
    QSet<ProviderId> known;
    for (const QJsonValue &value : array) {
        const QString id = value[QLatin1String("id")].toString();
        if (id.isEmpty() || id.size() > longestWord || known.contains(id)
            || providers.size() >= GatewayFollower::mostProviders)
            continue;
        known.insert(id);
        ProviderConfig p;
        p.id = id;
        p.name = value[QLatin1String("name")].toString().left(longestWord);
        p.model = value[QLatin1String("model")].toString().left(longestWord);
        p.simulated = value[QLatin1String("simulated")].toBool();
        providers.append(p);
    }
    return providers;
}

/// What an answer says that is not the stream of events.
QString refusalText(int status, const QString &place)
{
    if (status == 401 || status == 403)
        return QStringLiteral(
                   "The gateway at %1 does not take the token. retryscope-cli serve prints where its token stands; "
                   "name that file with --token-file, or give the token in RETRYSCOPE_TOKEN.")
            .arg(place);
    return QStringLiteral("%1 answers with the status %2 and no events: it is no gateway, or not its root address.")
        .arg(place)
        .arg(status);
}

} // namespace

QString followProblem(const QUrl &url)
{
    const QString scheme = url.scheme();
    if (!url.isValid() || url.host().isEmpty() || (scheme != QLatin1String("http") && scheme != QLatin1String("https")))
        return QStringLiteral("\"%1\" is no address of a gateway. Write it such as http://127.0.0.1:4180.")
            .arg(url.toString(QUrl::RemoveUserInfo).left(longestWord));
    if (scheme == QLatin1String("http") && !isHere(url))
        return QStringLiteral(
                   "The token would travel to %1 for everybody to read. Use its https address, or a tunnel that ends "
                   "on this machine.")
            .arg(url.host());
    return {};
}

GatewayFollower::GatewayFollower(Parts parts, FollowOptions options, Told told)
    : m_parts(parts), m_options(std::move(options)), m_told(std::move(told)), m_wait(m_options.firstWait)
{}

void GatewayFollower::start()
{
    m_lostSince = m_parts.clock.wallNow();
    m_health.advance(m_parts.clock.now(), *m_lostSince);
    m_health.lose(*m_lostSince);
    say({State::Connecting, *m_lostSince, {}});
    connect();
}

void GatewayFollower::say(const FollowStatus &status)
{
    if (m_status == status)
        return;
    m_status = status;
    m_told.status(status);
}

HttpRequest GatewayFollower::request(const QString &path) const
{
    HttpRequest request;
    request.url = QUrl(place() + path, QUrl::StrictMode);
    request.headers = {{"Authorization", "Bearer " + m_options.token}};
    request.caFile = m_options.caFile;
    if (isHere(m_options.url))
        request.proxy = QStringLiteral("none");
    return request;
}

void GatewayFollower::connect()
{
    m_decoder = {};
    m_ok = m_greeted = m_gap = false;
    m_firstWall.reset();
    HttpRequest events = request(QStringLiteral("/retryscope/events?state"));
    events.method = "GET";
    events.headers.append(std::pair(QByteArray("Accept"), QByteArray("text/event-stream")));
    events.headers.append(
        std::pair(QByteArray("Last-Event-ID"), QByteArray::number(m_run) + "-" + QByteArray::number(m_seq)));
    m_heard = m_parts.clock.now();
    watchSilence(m_options.headTime);
    m_exchange = m_parts.transport.start(
        events,
        {[] {}, [this](const HttpHead &head) { onHead(head); }, [this](const QByteArray &bytes) { onData(bytes); },
         [this](const ExchangeEnd &end) {
             disconnected(State::Lost,
                          because(QStringLiteral("The connection to %1 ended.").arg(place()), end.message));
         }});
}

void GatewayFollower::onHead(const HttpHead &head)
{
    const QByteArray type = headerValue(head.headers, "content-type").toLower();
    m_ok = head.status == 200 && type.startsWith("text/event-stream");
    if (!m_ok)
        disconnected(head.status == 401 || head.status == 403 ? State::Refused : State::Lost,
                     refusalText(head.status, place()));
}

void GatewayFollower::watchSilence(Duration limit)
{
    m_limit = m_parts.clock.startTimer(limit, [this] {
        const Duration left = m_options.silence - (m_parts.clock.now() - m_heard);
        if (m_greeted && left > 0s)
            return watchSilence(left);
        if (!m_lostSince) { // it was lost then, not now
            m_lostSince =
                m_parts.clock.wallNow() - std::chrono::duration_cast<WallTime::duration>(m_parts.clock.now() - m_heard);
            m_health.lose(*m_lostSince);
        }
        disconnected(State::Lost,
                     m_ok && !m_greeted
                         ? QStringLiteral("%1 sends events, but does not say whose: it is older than this program, "
                                          "which cannot follow it.")
                               .arg(place())
                         : QStringLiteral("Nothing is heard of %1.").arg(place()));
    });
}

/// Tries again later. Anything may have called this; the exchange is gone when it returns.
void GatewayFollower::disconnected(State state, const QString &problem)
{
    const std::unique_ptr<Exchange> ended = std::move(m_exchange);
    m_limit.reset();
    if (!m_lostSince) {
        m_lostSince = m_parts.clock.wallNow();
        m_health.lose(*m_lostSince);
    }
    if (state == State::Lost && m_run == 0)
        state = State::Connecting;
    say({state, *m_lostSince, problem});
    m_again = m_parts.clock.startTimer(m_wait, [this] { connect(); });
    m_wait = std::min(m_wait * 2, m_options.longestWait);
}

void GatewayFollower::onData(const QByteArray &bytes)
{
    m_heard = m_parts.clock.now();
    const Exchange *exchange = m_exchange.get();
    for (const SseEvent &one : m_decoder.feed(bytes)) {
        frame(one);
        if (m_exchange.get() != exchange)
            return; // it was let go
    }
    if (m_decoder.overflowed())
        disconnected(State::Lost, QStringLiteral("%1 sends what is no event: a line without an end.").arg(place()));
}

void GatewayFollower::frame(const SseEvent &frame)
{
    const bool state = frame.name == "hello" || frame.name == "standing";
    if (frame.data.size() > (state ? largestState : largestEvent)) {
        ++m_unread;
        return;
    }
    const QJsonDocument document = QJsonDocument::fromJson(frame.data);
    if (!document.isObject()) {
        ++m_unread;
        return;
    }
    if (frame.name == "hello")
        hello(document.object());
    else if (frame.name == "standing")
        standing(document.object());
    else if (frame.name == "gap")
        m_gap = true;
    else
        event(document.object());
}

void GatewayFollower::hello(const QJsonObject &object)
{
    const qint64 run = object[QLatin1String("run")].toInteger();
    if (run <= 0) {
        ++m_unread;
        return;
    }
    const Duration theirs = bounded(object[QLatin1String("mono_ns")].toInteger()),
                   ours = m_parts.clock.now().time_since_epoch(), apart = ours - theirs;
    if (!m_greeted) { // later ones only tell another configuration
        m_offset = std::chrono::abs(apart) < sameClock ? 0s : apart;
        m_heard = m_parts.clock.now();
        m_greeted = true;
    }
    if (run != m_run) {
        m_health.settle({}); // another program: nothing of what was under way is
        m_gap = true;
        m_run = run;
        m_seq = 0;
    }
    Configuration told;
    told.providers = providersFrom(object[QLatin1String("providers")].toArray());
    told.retry.firstTokenTimeout =
        std::clamp<Duration>(fromSeconds(object[QLatin1String("first_token_timeout_s")].toDouble(30)), 1s, 1h);
    if (m_configuration == told)
        return;
    m_configuration = told;
    m_health.configure(told);
    m_told.configuration(told);
}

/// All that is kept has been told: from now on it is the present.
void GatewayFollower::standing(const QJsonObject &object)
{
    if (!m_greeted) {
        ++m_unread;
        return;
    }
    const WallTime now = m_parts.clock.wallNow();
    Events events;
    for (const QJsonValue &value : object[QLatin1String("events")].toArray()) {
        auto e = eventFromJson(value.toObject());
        if (!e)
            continue;
        const WallTime since = std::min(e->wall, now); // when a circuit opened, not when this was told
        inOurTime(&*e);
        if (m_offset == 0s)
            e->wall = since;
        events.append(*e);
    }
    m_health.settle(events);
    if (const auto since = std::exchange(m_lostSince, std::nullopt)) {
        const WallTime heard = m_firstWall.value_or(now);
        m_health.hear(m_gap && *since < heard ? std::optional(WatchedSpan{*since, heard}) : std::nullopt);
    }
    m_gap = false;
    m_wait = m_options.firstWait;
    if (m_status.state != State::Connected)
        say({State::Connected, now, {}});
}

void GatewayFollower::event(const QJsonObject &object)
{
    auto e = eventFromJson(object);
    if (!m_greeted || !e || e->run != m_run || e->provider.size() > longestWord || e->model.size() > longestWord) {
        ++m_unread;
        return;
    }
    if (e->seq <= m_seq)
        return; // known from before the cut
    if (!m_firstWall && e->seq == m_seq + 1 && m_seq > 0)
        m_gap = false; // it is kept no more, but the next one is
    m_seq = e->seq;
    inOurTime(&*e);
    m_firstWall = m_firstWall.value_or(e->wall);
    m_health.onEvent(*e);
    m_told.event(*e);
}

/// Steady time counts from our start, and wall time is what our clock showed then, unless theirs shows the same.
void GatewayFollower::inOurTime(Event *e) const
{
    const SteadyTime now = m_parts.clock.now();
    e->at = std::clamp(SteadyTime(bounded(e->at.time_since_epoch().count()) + m_offset), now - oldest, now);
    const WallTime then = m_parts.clock.wallNow() - std::chrono::duration_cast<WallTime::duration>(now - e->at);
    if (std::chrono::abs(e->wall - then)
        >= std::chrono::duration_cast<WallTime::duration>(sameClock)) // ns would overflow
        e->wall = then;
}

void GatewayFollower::command(const ProviderId &provider, const char *verb)
{
    if (m_status.state != State::Connected)
        return m_told.refused(QStringLiteral("%1 was not told to %2 %3: it is not connected. Try again when it is.")
                                  .arg(place(), QLatin1String(verb), provider));
    if (m_commands.size() >= mostCommands)
        return m_told.refused(
            QStringLiteral("%1 has not answered earlier commands yet; this one was not sent.").arg(place()));
    const quint64 id = ++m_lastCommand;
    const QString what = QStringLiteral("%1 did not %2 %3: ").arg(place(), QLatin1String(verb), provider);
    HttpRequest post = request(QStringLiteral("/retryscope/providers/%1/%2")
                                   .arg(QString::fromLatin1(QUrl::toPercentEncoding(provider)), QLatin1String(verb)));
    Running &running = m_commands[id];
    running.limit = m_parts.clock.startTimer(
        m_options.headTime, [this, id, what] { endCommand(id, what + QStringLiteral("it does not answer.")); });
    running.exchange = m_parts.transport.start(
        post,
        {[] {},
         [this, id, what](const HttpHead &head) {
             endCommand(id, head.status == 200 ? QString()
                            : head.status == 404
                                ? what + QStringLiteral("it has no such enabled provider.")
                                : what + QStringLiteral("it answered with the status %1.").arg(head.status));
         },
         [](const QByteArray &) {}, [this, id, what](const ExchangeEnd &end) { endCommand(id, what + end.message); }});
}

void GatewayFollower::endCommand(quint64 id, const QString &problem)
{
    const auto node = m_commands.extract(id); // alive until this has returned
    if (!node.empty() && !problem.isEmpty())
        m_told.refused(problem);
}

} // namespace retryscope
