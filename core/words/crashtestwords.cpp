// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/crashtestwords.h"

#include "base/timeformat.h"
#include "config/retryfields.h"
#include "crashtest/crashpeers.h"
#include "policy/retryconfig.h"
#include "words/labels.h"

#include <QStringList>

#include <algorithm>

namespace retryscope {
namespace {

/// What to do about a field that has no more and less.
struct CrashAdvice
{
    const char *setting, *sentence;
};
constexpr CrashAdvice crashAdvice[] = {
    {"providers", QT_TRANSLATE_NOOP("Words", "Add a provider to the chain, so that there is somebody else to ask.")},
    {"retry.stream_mode",
     QT_TRANSLATE_NOOP("Words",
                       "With complete_answer an answer is held back until it is whole, and can be had again unseen.")},
    {"retry.unconfirmed_delivery",
     QT_TRANSLATE_NOOP("Words", "With repeat the prompt is sent again, at the risk of a second bill.")},
    {"retry.honour_server_hints", QT_TRANSLATE_NOOP("Words", "With true it waits as long as the server asks.")},
    {"retry.jitter", QT_TRANSLATE_NOOP("Words", "With full, programs that failed together come back one by one.")},
    {"retry.pace_from_headers",
     QT_TRANSLATE_NOOP("Words", "With false it does not wait for a limit that it knows to be empty.")},
    {"retry.circuit_failure_ratio",
     QT_TRANSLATE_NOOP("Words", "Lower it, or circuit_min_calls, so that a provider that fails is left alone sooner.")},
    {"retry.probe_interval_s",
     QT_TRANSLATE_NOOP("Words", "Above 0 the list of models is asked for, and shows soon that the provider is back.")},
};

bool isRaised(CrashFinding finding)
{
    return finding == CrashFinding::NotAnswered || finding == CrashFinding::SomeLost;
}

QString adviceFor(const CrashResult &r)
{
    for (const CrashAdvice &row : crashAdvice) {
        if (r.setting == QLatin1String(row.setting))
            return Words::tr(row.sentence);
    }
    if (r.setting.startsWith(QLatin1String("rules[")))
        return Words::tr("This own rule decides about the failure. Change it, or take it out.");
    if (r.setting.endsWith(QLatin1String(".end")))
        return Words::tr("With protocol nothing less than the wire's own end counts as the end of an answer.");
    if (r.setting.endsWith(QLatin1String(".fail_over")))
        return Words::tr("With true the next provider is asked for this reason, too.");
    return isRaised(r.finding) ? Words::tr("Raise it.") : Words::tr("Lower it.");
}

/// "Max attempts (retry.max_attempts) is 1."
QString settingSentence(const CrashResult &r)
{
    if (r.setting.isEmpty())
        return {};
    QString label = r.setting;
    for (const RetryConfigField &field : retryConfigFields()) {
        if (r.setting == QLatin1String("retry.") + QLatin1String(field.key))
            label = QStringLiteral("%1 (%2)").arg(QLatin1String(field.label), r.setting);
    }
    const QString advice = adviceFor(r);
    return r.value.isEmpty() ? Words::tr("The setting is %1. %2").arg(label, advice)
                             : Words::tr("The setting is %1, now %2. %3").arg(label, r.value, advice);
}

QString findingSentence(const CrashResult &r)
{
    const auto n = [](double number) { return QString::number(qint64(number)); };
    const auto times = [](double number) {
        return counted(quint64(number), Words::tr("once"), Words::tr("%1 times"));
    };
    const auto time = [](double seconds) { return formatDuration(fromSeconds(seconds)); };
    switch (r.finding) {
    case CrashFinding::None: return {};
    case CrashFinding::NotEnded:
        return r.wanted > 0 ? Words::tr("It had not ended after %1; a good client ends within %2.")
                                  .arg(time(r.counted), time(r.wanted))
                            : Words::tr("It had not ended after %1.").arg(time(r.counted));
    case CrashFinding::ToldWhole:
        return Words::tr("An answer was told as whole that is not what the model said (%1 of %2 calls).")
            .arg(n(r.counted), n(r.calls));
    case CrashFinding::Astray: return Words::tr("The prompt went to an address that the configuration does not name.");
    case CrashFinding::TooManyRequests:
        return Words::tr("A provider was asked %1 in vain; a good client asks at most %2.")
            .arg(times(r.counted), times(r.wanted));
    case CrashFinding::NotAnswered:
    case CrashFinding::SomeLost:
        return r.calls == 1
                   ? Words::tr("The call failed, and could have been answered.")
                   : Words::tr("%1 of %2 calls failed that could have been answered.").arg(n(r.counted), n(r.calls));
    case CrashFinding::TooSoon:
        return Words::tr("A provider that had asked for %1 was asked again after %2.")
            .arg(time(r.wanted), time(r.counted));
    case CrashFinding::Bunched:
        return Words::tr("Eight in ten programs came back within %1 of each other.").arg(time(r.counted));
    case CrashFinding::NotBack:
        return Words::tr("The provider was well again, and the last call still went elsewhere.");
    case CrashFinding::TooSlow:
        return Words::tr("It took %1; a good client takes at most %2.").arg(time(r.counted), time(r.wanted));
    }
    return {};
}

QString crashJoined(const QString &first, const QString &second)
{
    return second.isEmpty() ? first : first + QLatin1Char(' ') + second;
}

} // namespace

QString toLabel(CrashVerdict verdict)
{
    switch (verdict) {
    case CrashVerdict::Pass: return Words::tr("Pass");
    case CrashVerdict::Partial: return Words::tr("Partial");
    case CrashVerdict::Safe: return Words::tr("Safe");
    case CrashVerdict::Fail: return Words::tr("Fail");
    case CrashVerdict::LeftOut: return Words::tr("Left out");
    }
    return {};
}

QString goodSentence(const CrashResult &r)
{
    if (r.saying)
        return Words::tr("With nobody else to ask: ends soon with an error that says so, after a few attempts.");
    const CrashCase *what = crashCase(r.key);
    return what ? QString::fromUtf8(what->good) : QString();
}

QString chainText(const CrashReport &report)
{
    if (report.target)
        return Words::tr("One simulated provider behind it");
    QStringList chain;
    for (const ProviderId &provider : report.providers)
        chain << report.names.value(provider, provider);
    return Words::tr("Chain: %1").arg(chain.join(QStringLiteral(", ")));
}

QString subjectText(const CrashReport &report)
{
    return report.target ? Words::tr("This target") : Words::tr("This configuration");
}

QString toSentence(const TargetEnd &end, const QUrl &target, const QUrl &upstream)
{
    const QString address = target.toDisplayString(QUrl::RemoveUserInfo | QUrl::RemoveQuery);
    switch (end.kind) {
    case TargetEnd::Kind::Complete:
    case TargetEnd::Kind::Stopped: break;
    case TargetEnd::Kind::NotReached:
        return Words::tr("%1 gave no answer: %2 Start it with %3 as the address of its provider, or raise --wait.")
            .arg(address, end.message.isEmpty() ? Words::tr("nothing was heard.") : end.message, upstream.toString());
    case TargetEnd::Kind::NotBehind:
        return Words::tr("%1 answers, but asks somebody else: no prompt of the test came to %2. Make that the address of "
                         "its only provider, and switch its cache off.")
            .arg(address, upstream.toString());
    case TargetEnd::Kind::NotBack:
        return Words::tr("After \"%1\" the target still refused when its provider was long well, so the cases behind it "
                         "were left out. Start the target again, and run them with --only.")
            .arg(end.after);
    }
    return {};
}

QString didSentence(const CrashResult &r)
{
    if (r.verdict == CrashVerdict::LeftOut)
        return r.wanted > 0 ? Words::tr("Needs a chain of %1 providers.").arg(int(r.wanted))
                            : Words::tr("Not played: the target had not recovered from a case before.");
    const QString next = nextAttemptsText(quint64(r.retries), quint64(r.failovers));
    if (r.unended > 0)
        return Words::tr("%1 of %2 had not ended when the case was over.")
            .arg(QString::number(r.unended), callsText(quint64(r.calls)));
    const QString left =
        r.leftOver > 0
            ? Words::tr("The case was cut short, with %1 not made or under way.").arg(callsText(quint64(r.leftOver)))
            : QString();
    if (r.calls + r.leftOver > 1) {
        const QString answered =
            Words::tr("%1 of %2 answered; %3.").arg(QString::number(r.answered), callsText(quint64(r.calls)), next);
        return r.rule.isEmpty()
                   ? answered
                   : crashJoined(answered, Words::tr("The first failure: %1 (%2).").arg(inSentence(r.reason), r.rule));
    }
    if (r.answered == 0)
        return Words::tr("Said that it failed: %1 (%2); %3.").arg(inSentence(r.reason), r.rule, next);
    return r.told ? Words::tr("Answered by %1, and told what is missing; %2.").arg(r.nameOf(r.by), next)
                  : Words::tr("Answered by %1; %2.").arg(r.nameOf(r.by), next);
}

QString whySentence(const CrashResult &r) { return crashJoined(findingSentence(r), settingSentence(r)); }

QStringList peerLines(const QString &key)
{
    QStringList lines;
    for (const CrashPeer &peer : crashPeers().peers) {
        const auto one = peer.cases.constFind(key);
        if (one == peer.cases.constEnd())
            continue;
        const QString requests =
            one->requests == 1 ? Words::tr("1 request") : Words::tr("%1 requests").arg(one->requests);
        lines << Words::tr("%1 %2: %3, %4")
                     .arg(peer.label, peer.version, toLabel(one->verdict).toLower(), requests);
    }
    return lines;
}

QString peersHeading()
{
    const CrashPeers &all = crashPeers();
    return all.peers.isEmpty()
               ? QString()
               : Words::tr("Official SDKs with their defaults and one provider, measured %1").arg(all.measured);
}

QString peerScores()
{
    QStringList scores;
    for (const CrashPeer &peer : crashPeers().peers) {
        if (peer.score)
            scores << QStringLiteral("%1 %2: %3").arg(peer.label, peer.version).arg(*peer.score);
    }
    return scores.isEmpty() ? QString() : scores.join(QStringLiteral(", ")) + QLatin1Char('.');
}

QString requestsText(const CrashResult &r)
{
    QStringList parts;
    for (const auto &[provider, requests] : r.requests) {
        if (requests > 0)
            parts << QStringLiteral("%1 %2").arg(r.nameOf(provider)).arg(requests);
    }
    if (r.astray > 0)
        parts << Words::tr("elsewhere %1").arg(r.astray);
    return parts.isEmpty() ? Words::tr("none") : parts.join(QStringLiteral(", "));
}

QString tookText(const CrashResult &r)
{
    if (r.verdict == CrashVerdict::LeftOut)
        return {};
    const QString took = formatDuration(r.took);
    return r.speed > 1.0 ? Words::tr("%1, played %2 times as fast").arg(took, QString::number(r.speed, 'g', 3)) : took;
}

QString scoreSentence(const CrashReport &report)
{
    QStringList parts;
    for (int v = 0; v < crashVerdictCount; ++v) {
        const int count = report.count(CrashVerdict(v));
        if (count > 0 || v == 0)
            parts << QStringLiteral("%1 %2").arg(count).arg(toLabel(CrashVerdict(v)).toLower());
    }
    const QString counts = parts.join(QStringLiteral(", "));
    const auto score = report.score();
    const QString scored =
        score ? Words::tr("%1; score %2 of 100.").arg(counts).arg(*score) : counts + QLatin1Char('.');
    return report.isComplete() ? scored
                               : Words::tr("%1 Stopped after %2 of %3 cases.")
                                     .arg(scored)
                                     .arg(report.results.size())
                                     .arg(report.planned);
}

} // namespace retryscope
