// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "base/timeformat.h"
#include "session.h"
#include "terminal.h"

#include "history/calldigest.h"
#include "words/eventwords.h"
#include "words/labels.h"

#include <QDateTime>

namespace retryscope::cli {
namespace {

QString words(QString key) { return key.replace(QLatin1Char('_'), QLatin1Char(' ')); }

QString stopText(const CallStop &stop)
{
    if (stop.skip != SkipReason::None)
        return QStringLiteral("(%1: %2)").arg(stop.provider, words(toKey(stop.skip)));
    QString text = stop.provider;
    if (stop.attempts > 1)
        text += QStringLiteral(" x%1").arg(stop.attempts);
    if (stop.reason != RetryReason::None)
        text += QStringLiteral(" [%1]").arg(words(toKey(stop.reason)));
    return text;
}

QString lineOf(const CallDigest &digest)
{
    QStringList route;
    for (const CallStop &stop : digest.route)
        route << stopText(stop);
    QStringList parts{QDateTime::fromMSecsSinceEpoch(digest.started.time_since_epoch().count())
                          .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss.zzz")),
                      callName(digest.run, digest.call),
                      route.isEmpty() ? QStringLiteral("nobody asked") : route.join(QStringLiteral(" -> "))};
    QString outcome = digest.finished ? words(toKey(digest.outcome)) : QStringLiteral("unfinished");
    if (digest.outcome == CallOutcome::Failed)
        outcome += QStringLiteral(": ") + words(toKey(digest.reason));
    parts << outcome
          << (digest.attempts == 1 ? QStringLiteral("1 attempt") : QStringLiteral("%1 attempts").arg(digest.attempts));
    if (digest.finished)
        parts << formatDuration(digest.duration);
    if (digest.tokensIn && digest.tokensOut)
        parts << QStringLiteral("%1+%2 tokens").arg(*digest.tokensIn).arg(*digest.tokensOut);
    if (digest.costUsd)
        parts << moneyText(*digest.costUsd);
    if (digest.simulated)
        parts << QStringLiteral("simulated");
    return parts.join(QStringLiteral("  ")) + QLatin1Char('\n');
}

/// Every event of one call.
int story(HistoryReader &reader, const QString &name, bool json)
{
    const auto id = callFromName(name);
    const StoredEvents stored = id ? reader.call(id->first, id->second) : StoredEvents{};
    if (!stored.problem.isEmpty()) {
        err(stored.problem);
        return CannotStart;
    }
    if (stored.events.isEmpty()) {
        err(QStringLiteral("There is no call \"%1\" in the history. retryscope-cli calls lists them.").arg(name));
        return Usage;
    }
    bool open = true;
    for (const StoredEvent &one : stored.events) {
        const Event &event = one.event;
        const auto after = std::chrono::duration_cast<Duration>(event.wall - stored.events.first().event.wall);
        open = open
               && out(json ? line(toJson(event))
                           : QStringLiteral("+%1  %2\n").arg(toSeconds(after), 0, 'f', 3).arg(toSentence(event)));
    }
    return open ? Ok : OutputClosed;
}

int list(HistoryReader &reader, CallQuery query, int limit, bool json)
{
    for (int left = limit; left > 0 && !stopRequested();) {
        query.limit = std::min(left, 200);
        const StoredCalls stored = reader.calls(query);
        if (!stored.problem.isEmpty()) {
            err(stored.problem);
            return CannotStart;
        }
        for (const StoredCall &call : stored.calls) {
            const CallDigest digest = digestOf(call);
            if (!out(json ? line(toJson(digest)) : lineOf(digest)))
                return OutputClosed;
        }
        left -= int(stored.calls.size());
        query.before = stored.last;
        if (!stored.more)
            return !json && left == limit ? (out(QStringLiteral("No calls match.\n")) ? Ok : OutputClosed) : Ok;
    }
    return stopRequested() ? Stopped : Ok;
}

} // namespace

int calls(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Lists the calls in the history, newest first: when, name, route (skipped ones in brackets), "
                       "outcome, attempts, duration, tokens, cost.\nWith the NAME of one call: its story.\n"
                       "A list of no calls exits with 0; with 2 where the history has no call of that NAME."));
    parser.addPositionalArgument(QStringLiteral("NAME"), QStringLiteral("A call's name from the list."),
                                 QStringLiteral("[NAME]"));
    parser.addOptions(
        {{QStringLiteral("config"),
          QStringLiteral("Configuration file whose history is read; default: the one in your data folder."),
          QStringLiteral("FILE")},
         {QStringLiteral("limit"), QStringLiteral("At most so many; default: 20."), QStringLiteral("N"),
          QStringLiteral("20")},
         {QStringLiteral("since"), QStringLiteral("Only from then on: 30m, 24h, 7d, or 2026-11-25T08:00."),
          QStringLiteral("WHEN")},
         {QStringLiteral("provider"), QStringLiteral("Only calls in which ID took part. May be repeated."),
          QStringLiteral("ID")},
         {QStringLiteral("failed"), QStringLiteral("Only calls that failed.")},
         {QStringLiteral("json"), QStringLiteral("As JSON Lines.")}});
    if (const auto code = parse(parser, arguments))
        return *code;
    CallQuery query;
    const auto from = parser.isSet(QStringLiteral("since")) ? since(parser.value(QStringLiteral("since")))
                                                            : std::optional(WallTime{});
    bool limitOk = false;
    const int limit = parser.value(QStringLiteral("limit")).toInt(&limitOk);
    if (!from || !limitOk || limit < 1 || parser.positionalArguments().size() > 1) {
        err(QStringLiteral("--since takes 30m, 24h, 7d or a time such as 2026-11-25T08:00, --limit a whole number from "
                           "1 on, and at most one NAME is given."));
        return Usage;
    }
    query.from = *from;
    query.failedOnly = parser.isSet(QStringLiteral("failed"));
    const QStringList providers = parser.values(QStringLiteral("provider"));
    query.providers = {providers.begin(), providers.end()};
    const auto past = openPast(parser.value(QStringLiteral("config")));
    if (!past)
        return past.error();
    const bool json = parser.isSet(QStringLiteral("json"));
    if (!(*past)->exists() && parser.positionalArguments().isEmpty())
        return json || out(noCallsYet()) ? Ok : OutputClosed;
    if (!(*past)->exists()) {
        err(QStringLiteral(
                "There is no call \"%1\": nothing is in the history yet. retryscope-cli send \"Hello\" makes a call.")
                .arg(parser.positionalArguments().first()));
        return Usage;
    }
    return parser.positionalArguments().isEmpty()
               ? list((*past)->reader(), query, limit, json)
               : story((*past)->reader(), parser.positionalArguments().first(), json);
}

} // namespace retryscope::cli
