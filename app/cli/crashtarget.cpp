// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "crashtarget.h"

#include "commands.h"
#include "crashreporting.h"
#include "keys.h"
#include "session.h"
#include "terminal.h"

#include "base/systemclock.h"
#include "config/providerfields.h"
#include "crashtest/targettest.h"
#include "engine/credentials.h"
#include "protocols/registry.h"

#include <QEventLoop>
#include <QHostAddress>
#include <QTimer>

namespace retryscope::cli {
namespace {

bool readPlace(const QString &text, TargetOptions *options)
{
    const qsizetype colon = text.lastIndexOf(QLatin1Char(':'));
    bool number = false;
    const uint port = text.mid(colon + 1).toUInt(&number);
    QString host = text.left(colon);
    if (host.startsWith(QLatin1Char('[')) && host.endsWith(QLatin1Char(']')))
        host = host.mid(1, host.size() - 2);
    if (colon < 1 || !number || port > 65535 || QHostAddress(host).isNull())
        return false;
    options->host = host;
    options->port = quint16(port);
    return true;
}

/// None: an option makes no sense; the sentence has been printed.
std::optional<TargetOptions> readTarget(const QCommandLineParser &parser)
{
    TargetOptions options;
    ProviderConfig &target = options.target;
    target.baseUrl = QUrl(parser.value(QStringLiteral("target")), QUrl::StrictMode);
    const bool web =
        target.baseUrl.scheme() == QLatin1String("http") || target.baseUrl.scheme() == QLatin1String("https");
    if (!target.baseUrl.isValid() || target.baseUrl.host().isEmpty() || !web || !target.baseUrl.userInfo().isEmpty()
        || target.baseUrl.hasQuery()) {
        err(QStringLiteral("--target takes a whole http or https address without user, password or query, such as "
                           "http://127.0.0.1:4180/openai/v1."));
        return std::nullopt;
    }
    const Wire *wire = wireFromKey(parser.value(QStringLiteral("target-protocol")));
    if (!wire) {
        err(QStringLiteral("--target-protocol takes one of %1.").arg(wireKeys().join(QStringLiteral(", "))));
        return std::nullopt;
    }
    target.protocol = wire->kind;
    target.model = parser.value(QStringLiteral("target-model"));
    target.keyReference = parser.value(QStringLiteral("target-key"));
    if (!target.keyReference.isEmpty() && !isReference(target.keyReference)) { // not repeated: it may be a key
        err(QStringLiteral("--target-key takes a reference such as env:GATEWAY_KEY or keychain:gateway, never a key itself."));
        return std::nullopt;
    }
    readKeys(keychainNames(target));
    if (const auto credentials = resolveCredentials(target); !credentials) {
        err(credentials.error().sentence);
        return std::nullopt;
    }
    if (parser.isSet(QStringLiteral("upstream-listen"))
        && !readPlace(parser.value(QStringLiteral("upstream-listen")), &options)) {
        err(QStringLiteral("--upstream-listen takes an address of this machine and a port, such as 127.0.0.1:4190."));
        return std::nullopt;
    }
    bool number = false;
    const double wait = parser.value(QStringLiteral("wait")).toDouble(&number);
    if (!number || wait < 0 || wait > 86400) {
        err(QStringLiteral("--wait takes seconds, from 0 to 86400."));
        return std::nullopt;
    }
    options.patience = fromSeconds(wait);
    return options;
}

/// The lines for people go to standard error where standard output is for programs.
bool tellPerson(bool json, const QString &text)
{
    if (!json)
        return out(text + QLatin1Char('\n'));
    err(text);
    return true;
}

/// Runs the cases until they are over or somebody stops them. `open`: standard output still is.
TargetEnd runTarget(TargetTest &test, const QStringList &only, bool json, CrashReport *report, bool *open)
{
    const SystemClock clock;
    const SteadyTime begun = clock.now();
    report->at = clock.wallNow();
    TargetEnd ending;
    ProgressLine progress(json);
    const auto far = [&test] { return QStringLiteral("%1 of %2 cases").arg(test.done()).arg(test.planned()); };
    QEventLoop loop;
    QObject::connect(&test, &TargetTest::reached, &loop, [&] { progress.show(far()); });
    QObject::connect(&test, &TargetTest::caseFinished, &loop, [&](const CrashResult &result) {
        report->results.append(result);
        progress.clear();
        *open = *open && (json || out(caseLine(result)));
        progress.show(far());
    });
    QObject::connect(&test, &TargetTest::finished, &loop, [&](const TargetEnd &end) {
        ending = end;
        loop.quit();
    });
    QTimer timer;
    pollUntil(loop, timer, [&] {
        if (stopRequested() || !*open)
            test.stop();
        return false;
    });
    test.start(only);
    loop.exec();
    progress.clear();
    report->planned = test.planned();
    report->took = clock.now() - begun;
    sortByCase(&report->results);
    return ending;
}

} // namespace

int crashTestTarget(const QCommandLineParser &parser, const QStringList &only)
{
    if (parser.isSet(QStringLiteral("config"))) {
        err(QStringLiteral("--config and --target exclude each other. Use one of them."));
        return Usage;
    }
    const auto options = readTarget(parser);
    if (!options)
        return Usage;
    for (const QString &key : only) {
        if (!caseForTarget(*crashCase(key))) {
            err(QStringLiteral("--only %1: this case takes several providers or callers, and is not for --target.")
                    .arg(key));
            return Usage;
        }
    }
    TargetTest test(*options);
    if (const auto port = test.listen(); !port) {
        err(port.error());
        return CannotStart;
    }
    std::vector<ReportFile> reports = reportKinds();
    if (!openReports(parser, &reports))
        return CannotStart;
    const bool json = parser.isSet(QStringLiteral("json"));
    const QUrl target = options->target.baseUrl;
    bool open = tellPerson(
        json, QStringLiteral("The provider is played at %1. Make that the address of the only provider of %2.")
                  .arg(test.upstream().toString(), target.toString()));
    CrashReport report;
    report.configuration = target.toString(QUrl::RemoveScheme).mid(2);
    report.target = true;
    const TargetEnd ending = runTarget(test, only, json, &report, &open);
    if (const QString sentence = toSentence(ending, target, test.upstream()); !sentence.isEmpty())
        err(sentence);
    if (ending.kind == TargetEnd::Kind::NotReached || ending.kind == TargetEnd::Kind::NotBehind)
        return CannotStart;
    return concludeCrashTest(report, &reports, json, open);
}

} // namespace retryscope::cli
