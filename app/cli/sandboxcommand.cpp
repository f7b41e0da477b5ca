// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "session.h"
#include "terminal.h"

#include <QEventLoop>
#include <QTimer>

#include <cstdlib>
#include <thread>

namespace retryscope::cli {

int sandbox(const QStringList &arguments)
{
    QCommandLineParser parser;
    QStringList keys;
    for (const FaultTraits &row : faultTable())
        keys << QLatin1String(row.key);
    parser.setApplicationDescription(QStringLiteral("Serves the simulated providers on 127.0.0.1 until stopped. While it runs, a line \"ID FAULT\" on standard input switches a fault.\nFaults: %1.").arg(keys.join(QStringLiteral(", "))));
    parser.addOptions({{QStringLiteral("port"), QStringLiteral("Port; 0 takes any free one."), QStringLiteral("N"), QStringLiteral("0")},
                       {QStringLiteral("seed"), QStringLiteral("Seed of the simulated answers and times."), QStringLiteral("N"), QStringLiteral("1")},
                       {QStringLiteral("fault"), QStringLiteral("Start with a fault, such as openai=overloaded. May be repeated."), QStringLiteral("ID=FAULT")}});
    if (const auto code = parse(parser, arguments))
        return *code;
    bool portOk = false, seedOk = false;
    SandboxOptions options;
    options.port = parser.value(QStringLiteral("port")).toUShort(&portOk);
    options.seed = parser.value(QStringLiteral("seed")).toULongLong(&seedOk);
    if (!portOk || !seedOk) {
        err(QStringLiteral("--port takes 0 to 65535, and --seed a whole number."));
        return Usage;
    }
    Sandbox server(options);
    const auto apply = [&server](const QString &id, const QString &key) {
        const auto fault = faultFromKey(key);
        if (fault && !id.isEmpty())
            server.setFault(id, {*fault, 1.0, {}});
        else
            err(QStringLiteral("\"%1 %2\" is no provider and fault. retryscope-cli sandbox --help lists the faults.").arg(id, key));
        return fault.has_value();
    };
    for (const QString &setting : parser.values(QStringLiteral("fault"))) {
        if (!apply(setting.section(QLatin1Char('='), 0, 0), setting.section(QLatin1Char('='), 1)))
            return Usage;
    }
    const auto port = server.start();
    if (!port) {
        err(port.error());
        return CannotStart;
    }
    bool ok = out(QStringLiteral("Simulated providers on 127.0.0.1:%1\n").arg(*port));
    for (const ProviderConfig &provider : builtInProviders())
        ok = out(QStringLiteral("  %1 %2\n").arg(provider.id, -10).arg(server.baseUrl(provider.id).toString())) && ok;
    if (!ok)
        return OutputClosed;
    // A thread may wait for standard input for ever; it must not keep the program alive.
    QEventLoop loop;
    QTimer timer;
    std::thread([&loop, apply] {
        char buffer[512];
        while (std::fgets(buffer, sizeof buffer, stdin)) {
            const QStringList words = QString::fromUtf8(buffer).simplified().split(QLatin1Char(' '));
            if (words.size() == 2)
                QMetaObject::invokeMethod(&loop, [apply, words] { apply(words[0], words[1]); });
        }
    }).detach();
    pollUntil(loop, timer, [] { return stopRequested(); });
    loop.exec();
    std::quick_exit(Ok);
}

} // namespace retryscope::cli
