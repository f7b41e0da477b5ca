// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include <engine/localengineclient.h>
#include <sandbox/sandbox.h>
#include <simulator/scenariofile.h>
#include <words/callwords.h>

#include <QCoreApplication>

using namespace retryscope;

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (scenarioNames().isEmpty()) // first of all: nothing else has loaded what the library brings
        return 2;
    Sandbox sandbox; // simulated providers; for real ones take builtInProviders()
    const QUrl root(QStringLiteral("http://127.0.0.1:%1").arg(*sandbox.start()));
    sandbox.setFault(QStringLiteral("openai"), {Fault::Outage});
    LocalEngineClient engine(/* seed of the jitter */ 1);
    engine.apply({simulatedProviders(root)});
    QObject::connect(&engine, &EngineClient::callFinished, &app, [](const CallResult &r) {
        qInfo("%s after %d attempts: %s%s", qPrintable(r.provider), r.attempts, qPrintable(r.text), qPrintable(errorText(r)));
        QCoreApplication::exit(r.succeeded() ? 0 : 1);
    });
    engine.send({QStringLiteral("Hello")}, {});
    return app.exec();
}
