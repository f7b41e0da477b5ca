// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "session.h"
#include "terminal.h"

#include "words/eventwords.h"

#include <QEventLoop>
#include <QTimer>

namespace retryscope::cli {
namespace {

/// Which fault the first provider has from which prompt on: healthy, limited, down, healthy again.
struct Act { int fromPrompt; Fault fault; const char *told; };
constexpr Act acts[] = {
    {1, Fault::None, "All four simulated providers are well."},
    {3, Fault::RateLimit, "OpenAI limits the rate (429, Retry-After 2 s)."},
    {4, Fault::Outage, "OpenAI goes down; after three failures its circuit opens and traffic moves on."},
    {9, Fault::None, "OpenAI is back; its circuit finds out by a probe."},
};
constexpr int prompts = 12;

} // namespace

int demo(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Sends %1 prompts through a scripted incident on the simulated providers.").arg(prompts));
    if (const auto code = parse(parser, arguments))
        return *code;
    Session session;
    if (const auto code = session.open({}, true))
        return *code;
    session.configuration.retry.circuitOpenTime =
        2s; // so that a failed and a successful probe are seen in a short demo
    session.engine->apply(session.configuration);

    QEventLoop loop;
    QTimer timer;
    bool open = true;
    int sent = 0, failed = 0;
    CallId running;
    const auto sendNext = [&] {
        ++sent;
        for (const Act &act : acts) {
            if (act.fromPrompt == sent) {
                session.sandbox->setFault(QStringLiteral("openai"), {act.fault, 1.0, {}});
                open = out(QStringLiteral("\n== %1\n").arg(QLatin1String(act.told))) && open;
            }
        }
        open = out(QStringLiteral("Prompt %1\n").arg(sent)) && open;
        running = session.engine->send(
            Prompt{QStringLiteral("Say in one sentence why retries need jitter."), {}, {}, 256, true}, {});
    };
    QObject::connect(session.engine.get(), &EngineClient::eventsArrived, &loop, [&](const Events &events) {
        for (const Event &event : events) {
            if (event.kind != EventKind::AttemptQueued && event.kind != EventKind::CallSubmitted
                && event.kind != EventKind::ConfigurationApplied)
                open = out(QStringLiteral("   %1\n").arg(toSentence(event))) && open;
        }
    });
    QObject::connect(session.engine.get(), &EngineClient::callFinished, &loop, [&](const CallResult &result) {
        failed += !result.succeeded();
        if (sent == prompts || !open || stopRequested())
            return loop.quit();
        // A pause lets the open circuit come to its probe within the demo.
        QTimer::singleShot(sent >= 4 ? 900 : 100, &loop, sendNext);
    });
    QObject::connect(&timer, &QTimer::timeout, &loop, [&] {
        if (stopRequested()) {
            session.engine->cancel(running);
            loop.quit();
        }
    });
    timer.start(50);
    sendNext();
    loop.exec();

    session.engine->requestStats([&](const QJsonObject &, const QString &text) {
        open = out(QStringLiteral("\n") + text) && open;
        loop.quit();
    });
    loop.exec();
    session.close();
    if (!open)
        return OutputClosed;
    return stopRequested() ? Stopped : failed > 0 ? CallFailed : Ok;
}

} // namespace retryscope::cli
