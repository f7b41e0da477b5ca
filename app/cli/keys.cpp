// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "keys.h"

#include "commands.h"
#include "input.h"
#include "session.h"
#include "terminal.h"

#include "base/systemclock.h"
#include "config/configurationfile.h"
#include "engine/credentials.h"
#include "keys/heldkeys.h"
#include "keys/keychainstore.h"

#include <QCoreApplication>
#include <QEventLoop>
#include <QTimer>

#include <memory>

#include <termios.h>
#include <unistd.h>

namespace retryscope::cli {
namespace {

constexpr qsizetype largestKey = 16 << 10;

/// What is typed is not shown, until the end of the line.
class Unseen
{
public:
    Unseen()
    {
        if (::tcgetattr(STDIN_FILENO, &m_before) != 0)
            return;
        termios quiet = m_before;
        quiet.c_lflag &= tcflag_t(~unsigned(ECHO));
        quiet.c_lflag |= ECHONL;
        m_on = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~Unseen()
    {
        if (m_on)
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &m_before);
    }
    Unseen(const Unseen &) = delete;
    Unseen &operator=(const Unseen &) = delete;

private:
    termios m_before{};
    bool m_on = false;
};

/// From standard input, to its end or, at a terminal, the end of the line. None: it has been said why.
Expected<QByteArray, int> typedKey(const QString &name)
{
    QByteArray key;
    if (::isatty(STDIN_FILENO)) {
        err(QStringLiteral("Key for %1 (it is not shown; end with Enter):").arg(name), Priority::Information);
        const Unseen unseen;
        char c = 0;
        while (!stopRequested() && key.size() < largestKey && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
            key.append(c);
    } else if (const auto read = readToEnd(STDIN_FILENO, largestKey)) {
        key = *read;
    } else if (read.error() != InputProblem::Stopped) {
        err(QStringLiteral("The key on standard input cannot be read, or is longer than 16 KiB."));
        return Unexpected{int(Usage)};
    }
    if (stopRequested())
        return Unexpected{int(Stopped)};
    key = key.trimmed();
    const bool broken =
        std::any_of(key.begin(), key.end(), [](char byte) { return uchar(byte) < 0x20 || byte == 0x7f; });
    if (!key.isEmpty() && !broken)
        return key;
    err(key.isEmpty() ? QStringLiteral("No key came on standard input. Type it, or send it: retryscope-cli key set %1 < FILE.")
                            .arg(name)
                      : QStringLiteral("The key holds a line break or another control character. Send the key alone."));
    return Unexpected{int(Usage)};
}

/// Waits until the keychain has done it.
int whenDone(const QString &name, const QString &done, const std::function<void(KeyStore::Done)> &ask)
{
    QEventLoop loop;
    QTimer timer, late;
    std::optional<int> code;
    ask([&, name](const std::optional<KeyStoreError> &error) {
        if (error)
            err(keySentence(*error, name, QStringLiteral("the key")));
        code = error ? CallFailed : Ok;
        loop.quit();
    });
    pollUntil(loop, timer, [] { return stopRequested(); });
    late.setSingleShot(true);
    QObject::connect(&late, &QTimer::timeout, &loop, &QEventLoop::quit);
    late.start(std::chrono::duration_cast<std::chrono::milliseconds>(KeyRing::patience));
    if (!code)
        loop.exec();
    if (stopRequested())
        return Stopped;
    if (!code)
        err(keySentence({KeyStoreProblem::Locked, {}}, name, QStringLiteral("the key")));
    if (code == Ok && !out(done))
        return OutputClosed;
    return code.value_or(CallFailed);
}

/// Each of them: whether it is there, never what it is.
int checkKeys(const QStringList &names)
{
    readKeys(names);
    if (stopRequested())
        return Stopped;
    bool all = true;
    for (const QString &name : names) {
        const auto held = heldKey(name);
        const bool there = held && *held;
        all &= there;
        if (!out(there ? QStringLiteral("✓ keychain:%1 is there.\n").arg(name)
                       : QStringLiteral("✗ keychain:%1: %2\n")
                             .arg(name, keySentence(held ? held->error() : KeyStoreError{KeyStoreProblem::Locked, {}}, name,
                                                    QStringLiteral("the key")))))
            return OutputClosed;
    }
    return all ? Ok : CallFailed;
}

/// Those that are given, else those that the file names. None: it has been said.
Expected<QStringList, int> namesToCheck(const QStringList &given, const QString &file)
{
    if (!given.isEmpty())
        return given;
    const QString path = file.isEmpty() ? ConfigurationFile::defaultPath() : file;
    const LoadedConfiguration loaded = loadConfiguration(path);
    if (printIssues(loaded.issues, path))
        return Unexpected{int(BadConfiguration)};
    const QStringList names = keychainNames(loaded.configuration);
    if (names.isEmpty())
        err(QStringLiteral("%1 names no key of the keychain.").arg(path), Priority::Information);
    return names;
}

} // namespace

/// It ends with the application: without one no thread of Qt's hears that it is to end.
struct Keychain
{
    SystemClock clock;
    KeychainStore store;
    KeyRing ring{store, clock};
};
static std::unique_ptr<Keychain> keychain;

KeyRing &keyRing()
{
    if (!keychain) {
        keychain = std::make_unique<Keychain>();
        qAddPostRoutine([] { keychain.reset(); });
    }
    return keychain->ring;
}

void readKeys(const QStringList &names)
{
    if (names.isEmpty())
        return;
    QEventLoop loop;
    QTimer timer;
    QObject::connect(&keyRing(), &KeyRing::finished, &loop, &QEventLoop::quit);
    pollUntil(loop, timer, [] { return stopRequested(); });
    keyRing().readAgain(names);
    if (keyRing().isReading())
        loop.exec();
}

int key(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Keys in this machine's keychain, which a configuration names as keychain:NAME. No key is ever shown.\n\n"
        "  set NAME      keeps the key that comes on standard input; what is typed is not shown\n"
        "  remove NAME   takes it out\n"
        "  check [NAME]  tells whether it is there; without a NAME each that the configuration names"));
    parser.addPositionalArgument(QStringLiteral("ACTION"), QStringLiteral("set, remove or check."));
    parser.addPositionalArgument(QStringLiteral("NAME"), QStringLiteral("1 to 64 letters, digits, dots, dashes and underscores."),
                                 QStringLiteral("[NAME...]"));
    parser.addOption({QStringLiteral("config"), QStringLiteral("With check: the configuration file. Default: the user's own."),
                      QStringLiteral("FILE")});
    if (const auto code = parse(parser, arguments))
        return *code;
    const QStringList words = parser.positionalArguments(), names = words.mid(1);
    const QString action = words.value(0);
    for (const QString &name : names) {
        if (!isKeyName(name)) { // not repeated: it may be a key
            err(QStringLiteral("A name has 1 to 64 letters, digits, dots, dashes and underscores. The key itself comes on "
                               "standard input, never as a word of the command line."));
            return Usage;
        }
    }
    if (action == QLatin1String("check")) {
        const auto toCheck = namesToCheck(names, parser.value(QStringLiteral("config")));
        return toCheck ? checkKeys(*toCheck) : toCheck.error();
    }
    if ((action != QLatin1String("set") && action != QLatin1String("remove")) || names.size() != 1) {
        err(QStringLiteral("Say set NAME, remove NAME or check [NAME]. retryscope-cli key --help tells more."));
        return Usage;
    }
    const QString name = names.first();
    if (action == QLatin1String("remove"))
        return whenDone(name, QStringLiteral("keychain:%1 was taken out.\n").arg(name),
                        [&](KeyStore::Done done) { keyRing().remove(name, std::move(done)); });
    const auto typed = typedKey(name);
    if (!typed)
        return typed.error();
    return whenDone(name, QStringLiteral("The key is kept. Name it as keychain:%1 in the configuration.\n").arg(name),
                    [&](KeyStore::Done done) { keyRing().keep(name, *typed, std::move(done)); });
}

} // namespace retryscope::cli
