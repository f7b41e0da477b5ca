// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/sandbox.h"

#include "base/random.h"
#include "base/systemclock.h"
#include "http/httpserver.h"
#include "sandbox/answers.h"
#include "protocols/registry.h"
#include "sandbox/refusals.h"

#include <QHash>
#include <QJsonDocument>
#include <QMutex>
#include <QThread>
#include <QTimer>

#include <cmath>
#include <numbers>

namespace retryscope {
namespace {

struct ActiveFault
{
    FaultSetting setting;
    std::optional<SteadyTime> until;
};

/// One answer on its way: streamed word by word, or whole at the end.
struct RunningAnswer
{
    ResponderPtr responder;
    const Serving *format;
    ServedAnswer answer;
    HttpHeaders headers;
    Fault fault = Fault::None;
    bool stream = false;
    int next = 0;
    bool begun = false;
};
using RunningAnswerPtr = std::shared_ptr<RunningAnswer>;

void after(QObject *context, double ms, std::function<void()> what)
{
    QTimer::singleShot(std::chrono::milliseconds(qRound64(ms)), Qt::PreciseTimer, context, std::move(what));
}

} // namespace

class SandboxPrivate : public QObject
{
public:
    explicit SandboxPrivate(SandboxOptions o) : options(o), random(o.seed), server([this](const ServedRequest &q, const ResponderPtr &r) { serve(q, r); }) { server.setParent(this); }

    Fault currentFault(const ProviderId &id, bool draw);
    Fault faultFor(const ProviderId &id);
    void serve(const ServedRequest &request, const ResponderPtr &responder);
    void answer(const ProviderId &id, const Serving &format, const ServedPrompt &prompt, const ResponderPtr &responder);
    void deliverWhole(const RunningAnswerPtr &d);
    void deliverWord(const RunningAnswerPtr &d);
    void holdOpen(const ResponderPtr &responder)
    {
        std::erase_if(silent, [](const ResponderPtr &r) { return r->clientGone(); });
        silent.push_back(responder);
    }
    ServedAnswer compose(const ServedPrompt &prompt);

    SandboxOptions options;
    SystemClock clock;
    SeededRandom random;
    HttpServer server;
    mutable QMutex mutex; ///< guards faults and posts
    QHash<ProviderId, ActiveFault> faults;
    QHash<ProviderId, int> posts;
    QThread thread;
    quint16 port = 0;
    std::vector<ResponderPtr> silent; ///< held open on purpose, dropped when the client leaves
};

Fault SandboxPrivate::currentFault(const ProviderId &id, bool draw)
{
    QMutexLocker lock(&mutex);
    const auto it = faults.constFind(id);
    if (it == faults.constEnd() || (it->until && clock.now() >= *it->until))
        return Fault::None;
    return draw && random.uniform() >= it->setting.probability ? Fault::None : it->setting.fault;
}

/// The fault that this request meets, counted where only some are to meet it.
Fault SandboxPrivate::faultFor(const ProviderId &id)
{
    const Fault fault = currentFault(id, true);
    QMutexLocker lock(&mutex);
    const auto it = faults.find(id);
    if (fault != Fault::None && it->setting.requests > 0 && --it->setting.requests == 0)
        it->setting.fault = Fault::None;
    return fault;
}

void SandboxPrivate::serve(const ServedRequest &request, const ResponderPtr &responder)
{
    const QByteArray path = request.target.left(request.target.indexOf('?') < 0 ? request.target.size() : request.target.indexOf('?'));
    const QList<QByteArray> segments = path.mid(1).split('/');
    const ProviderId id = QString::fromLatin1(segments.first().left(64));
    const Serving &format = *wireServedAs(id).serving;
    const auto reply = [&](const ServedError &e) { responder->send(e.status, e.headers, e.body); };
    if (request.method == "POST") {
        QMutexLocker lock(&mutex);
        ++posts[id];
    }
    if (currentFault(id, false) == Fault::Outage) {
        faultFor(id);
        return responder->reset();
    }
    if (request.method == "GET" && segments.last() == "models")
        return responder->send(200, {{"Content-Type", "application/json"}}, R"({"object":"list","data":[{"id":"sim","object":"model"}]})");
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

void SandboxPrivate::answer(const ProviderId &id, const Serving &format, const ServedPrompt &prompt, const ResponderPtr &responder)
{
    auto d = std::make_shared<RunningAnswer>();
    d->responder = responder;
    d->format = &format;
    d->stream = prompt.stream;
    d->fault = faultFor(id);
    d->headers = d->format->limits(posts.value(id));
    const double spread = std::sqrt(-2.0 * std::log(1.0 - random.uniform())) * std::cos(2.0 * std::numbers::pi * random.uniform());
    double wait = toSeconds(options.firstToken) * 1000.0 * std::exp(0.35 * spread);
    if (d->fault == Fault::Reset)
        return responder->reset();
    if (d->fault == Fault::Silence) {
        return holdOpen(responder);
    }
    if (const ServedError error = refusal(format, d->fault, options.retryAfter); error.status)
        return after(this, wait / 3.0, [responder, error, headers = d->headers] { responder->send(error.status, error.headers + headers, error.body); });
    if (d->fault == Fault::HtmlPage)
        return responder->send(502, {{"Content-Type", "text/html"}}, "<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>");
    if (d->fault == Fault::SlowFirstToken)
        wait = 8000.0;
    d->answer = compose(prompt);
    shape(&d->answer, d->fault);
    if (d->stream)
        return after(this, wait, [this, d] { deliverWord(d); });
    after(this, wait + toSeconds(options.perToken) * 1000.0 * double(d->answer.words.size()), [this, d] { deliverWhole(d); });
}

void SandboxPrivate::deliverWhole(const RunningAnswerPtr &d)
{
    const QByteArray whole = d->format->whole(d->answer);
    d->headers.prepend({"Content-Type", "application/json"});
    switch (d->fault) {
    case Fault::CutStream: return d->responder->sendTruncated(200, d->headers, whole.left(whole.size() / 2));
    case Fault::CleanCut:
    case Fault::MalformedChunk: return d->responder->send(200, d->headers, whole.left(whole.size() / 2));
    case Fault::ErrorAfterWords:
    case Fault::ErrorInStream: return d->responder->send(200, d->headers, d->format->error(ServedFault::Overloaded, options.retryAfter).body);
    case Fault::StalledStream:
        d->responder->beginStream(200, d->headers);
        d->responder->writeChunk(whole.left(whole.size() / 2));
        return holdOpen(d->responder);
    default: return d->responder->send(200, d->headers, whole);
    }
}

void SandboxPrivate::deliverWord(const RunningAnswerPtr &d)
{
    if (d->responder->clientGone())
        return;
    const int count = int(d->answer.words.size());
    if (!std::exchange(d->begun, true)) {
        d->headers.prepend({"Content-Type", "text/event-stream"});
        d->responder->beginStream(200, d->headers);
        d->responder->writeChunk(d->format->opening(d->answer));
        if (d->fault == Fault::ErrorInStream) {
            d->responder->writeChunk(d->format->errorEvent());
            return d->responder->endStream();
        }
        if (d->fault == Fault::FinishTooEarly)
            d->responder->writeChunk(d->format->early(d->answer));
    }
    if (count == 0) {
        d->responder->writeChunk(d->format->ending(d->answer));
        return d->responder->endStream();
    }
    if (d->next == count / 3 && d->fault == Fault::CutStream)
        return d->responder->closeAbruptly();
    if (d->next == count / 3 && d->fault == Fault::StalledStream)
        return holdOpen(d->responder);
    if (d->next == count / 3 && (d->fault == Fault::CleanCut || d->fault == Fault::ErrorAfterWords)) {
        if (d->fault == Fault::ErrorAfterWords)
            d->responder->writeChunk(d->format->errorEvent());
        return d->responder->endStream();
    }
    if (d->next == count / 3 && d->fault == Fault::MalformedChunk)
        d->responder->writeChunk("data: {\"choices\":[{\"delta\":{\"content\":\"br\n\n");
    d->responder->writeChunk(d->format->delta(d->answer, (d->next ? QStringLiteral(" ") : QString()) + d->answer.words[d->next]));
    if (++d->next < count)
        return after(this, toSeconds(options.perToken) * 1000.0, [this, d] { deliverWord(d); });
    d->responder->writeChunk(d->format->ending(d->answer));
    d->responder->endStream();
}

Sandbox::Sandbox(SandboxOptions options, QObject *parent) : QObject(parent), d(std::make_unique<SandboxPrivate>(options))
{
    qRegisterMetaType<Fault>();
    d->thread.setObjectName(QStringLiteral("retryscope-sandbox"));
    d->moveToThread(&d->thread);
    d->thread.start();
}

Sandbox::~Sandbox()
{
    QThread *home = thread();
    QMetaObject::invokeMethod(d.get(), [this, home] {
        d->silent.clear();
        d->server.close();
        qDeleteAll(d->server.children());
        d->moveToThread(home);
    }, Qt::BlockingQueuedConnection);
    d->thread.quit();
    d->thread.wait();
}

Expected<quint16, QString> Sandbox::start()
{
    QString problem;
    QMetaObject::invokeMethod(d.get(), [this, &problem] {
        if (!d->server.listen(QHostAddress::LocalHost, d->options.port))
            problem = d->server.serverError() == QAbstractSocket::AddressInUseError
                ? QStringLiteral("Port %1 on 127.0.0.1 is already in use. Choose another one with --port, or 0 for any free port.").arg(d->options.port)
                : QStringLiteral("Cannot listen on 127.0.0.1:%1: %2.").arg(d->options.port).arg(d->server.errorString());
        d->port = d->server.serverPort();
    }, Qt::BlockingQueuedConnection);
    if (!problem.isEmpty())
        return Unexpected{problem};
    return d->port;
}

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

Fault Sandbox::fault(const ProviderId &provider) const { return d->currentFault(provider, false); }

int Sandbox::postsReceived(const ProviderId &provider) const
{
    QMutexLocker lock(&d->mutex);
    return d->posts.value(provider);
}

} // namespace retryscope
