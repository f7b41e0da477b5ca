// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"
#include "terminal.h"

#include "base/process.h"

#include <QCoreApplication>

namespace {

using namespace retryscope::cli;

struct Command { const char *name; int (*run)(const QStringList &); const char *help; };
constexpr Command commands[] = {
    {"send", send, "send a prompt down the failover chain"},
    {"batch", batch, "send the prompts of a file, and tell what came of each"},
    {"serve", serve, "take the requests of other programs, with retries and failover"},
    {"sandbox", sandbox, "serve the simulated providers until stopped"},
    {"calls", calls, "list the calls in the history, or tell one"},
    {"stats", stats, "statistics of the calls in the history"},
    {"check", check, "check a configuration file"},
    {"key", key, "keep a key in this machine's keychain, take it out, or see whether it is there"},
    {"presets", presets, "list providers that are known, or print one for the configuration file"},
    {"schema", schema, "print the JSON schema of the configuration file"},
    {"blocks", blocks, "list what is blocked until when, or lift it"},
    {"explain", explain, "what a response means, and what would happen next"},
    {"simulate", simulate, "play a configuration through a day of trouble, on virtual time"},
    {"sweep", sweep, "play a configuration with each value of one field"},
    {"certify", certify, "the largest safe load of a configuration, and what tips it"},
    {"recommend", recommend, "look for a better configuration by playing many"},
    {"fit", fit, "make a scenario of what is on record"},
    {"replay", replay, "play what is on record again under another configuration"},
    {"export", exportConfiguration, "write a configuration as that of another tool, and what is kept of it"},
    {"import", importConfiguration, "make a configuration of another tool's file"},
    {"crashtest", crashtest, "play what providers do wrong to a configuration, and judge it"},
    {"demo", demo, "prompts through a scripted incident, told as it happens"},
};

constexpr int descriptorsNeeded =
    40; ///< the engine, the simulated providers, the history, and the connections of one call

QString help()
{
    QString text = QStringLiteral("Usage: retryscope-cli COMMAND [OPTIONS]\n\nCommands:\n");
    for (const Command &command : commands)
        text += QStringLiteral("  %1 %2\n").arg(QLatin1String(command.name), -9).arg(QLatin1String(command.help));
    return text + QStringLiteral(
        "\nretryscope-cli COMMAND --help tells the options. --version prints the version.\n"
        "Without a configuration every call goes to simulated providers: no network, no keys, no cost.\n"
        "\nExit codes: 0 done, 1 the call failed, 2 wrong usage, 3 invalid configuration, 4 cannot start,\n"
        "5 stopped, 6 the output was closed.\n");
}

} // namespace

int main(int argc, char **argv)
{
    if (const auto problem = retryscope::prepareProcess(descriptorsNeeded)) {
        err(*problem);
        return CannotStart;
    }
    QCoreApplication app(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("retryscope-cli"));
    QCoreApplication::setApplicationVersion(QStringLiteral(RETRYSCOPE_VERSION));
    installSignalHandlers();
    const QStringList arguments = QCoreApplication::arguments().mid(1);
    if (arguments.isEmpty()) {
        err(help());
        return Usage;
    }
    if (arguments[0] == QLatin1String("--help") || arguments[0] == QLatin1String("-h")
        || arguments[0] == QLatin1String("help"))
        return out(help()) ? Ok : OutputClosed;
    if (arguments[0] == QLatin1String("--version"))
        return out(QStringLiteral("retryscope-cli %1\n").arg(QCoreApplication::applicationVersion())) ? Ok
                                                                                                      : OutputClosed;
    for (const Command &command : commands) {
        if (arguments[0] == QLatin1String(command.name))
            return command.run(arguments);
    }
    err(QStringLiteral("\"%1\" is no command. retryscope-cli --help lists them.").arg(arguments[0]));
    return Usage;
}
