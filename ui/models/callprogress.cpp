// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/callprogress.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

namespace retryscope {
namespace {

constexpr int charactersAToken = 4; // about; only for counting while text streams in
constexpr Duration longSilence = 3s;

QString tr(const char *text) { return QCoreApplication::translate("CallProgress", text); }

QString seconds(Duration d) { return formatDuration(std::max<Duration>(d / 100ms * 100ms, 0s)); }

QString skipText(SkipReason why)
{
    switch (why) {
    case SkipReason::None: break;
    case SkipReason::LimitEmpty: return tr("its rate limit is known to be empty");
    case SkipReason::Probing: return tr("a probe is under way");
    case SkipReason::CircuitOpen: return tr("its circuit is open");
    case SkipReason::Blocked: return tr("it is blocked");
    case SkipReason::Isolated: return tr("you isolated it");
    case SkipReason::NoSlot: return tr("no slot became free in time");
    }
    return {};
}

/// What a person can do; empty where waiting or trying again is all.
QString adviceOn(RetryReason reason)
{
    switch (reason) {
    case RetryReason::Authentication: return tr("Check that the key's environment variable is set where Retryscope was started, and that the key is valid.");
    case RetryReason::Permission: return tr("Check what the key may use: the model, the project and the region.");
    case RetryReason::QuotaExhausted: return tr("Add credit or raise the limit with the provider, or put another provider before it.");
    case RetryReason::RateLimit: return tr("Send again in a while, allow more attempts or another provider, or ask the provider for a higher limit.");
    case RetryReason::ModelUnavailable: return tr("Check the model's name, or leave the field empty for the provider's own.");
    case RetryReason::InvalidRequest: return tr("Change the request: another attempt would fail the same way.");
    case RetryReason::ContextLength: return tr("Shorten the prompt, lower the token limit, or choose a model with a larger context.");
    case RetryReason::ContentFilter: return tr("Change the prompt: the provider declines this one.");
    case RetryReason::Network:
    case RetryReason::NetworkTimeout: return tr("Check the network and the provider's base URL, or allow more time.");
    default: return tr("Send again, or allow another provider.");
    }
}

QString outcomeText(const CallResult &r, const QString &provider)
{
    switch (r.outcome) {
    case CallOutcome::FirstTry: return tr("✓ Answered by %1, the first choice").arg(provider);
    case CallOutcome::SecondChoice: return tr("✓ Answered by %1, because others were skipped").arg(provider);
    case CallOutcome::RecoveredByRetry: return tr("✓ Answered by %1 after a retry").arg(provider);
    case CallOutcome::RecoveredByFailover: return tr("✓ Answered by %1 after a failover").arg(provider);
    case CallOutcome::Cancelled: return tr("– Stopped by you");
    case CallOutcome::Failed:
    case CallOutcome::None: break;
    }
    return tr("✗ Failed: %1").arg(toLabel(r.reason).toLower());
}

} // namespace

QString ordinal(int n)
{
    const int last = n % 10;
    const bool teen = n % 100 >= 11 && n % 100 <= 13;
    return QStringLiteral("%1%2").arg(n).arg(teen ? QStringLiteral("th") : last == 1 ? QStringLiteral("st") : last == 2 ? QStringLiteral("nd") : last == 3 ? QStringLiteral("rd") : QStringLiteral("th"));
}

CallProgress::CallProgress(QVector<ProviderId> chain, QHash<ProviderId, QString> names, int tokenLimit, SteadyTime now)
    : m_phase(Phase::Sent), m_chain(std::move(chain)), m_names(std::move(names)), m_limit(tokenLimit), m_since(now) {}

void CallProgress::onEvent(const Event &e)
{
    if (e.maxAttempts > 0)
        m_most = e.maxAttempts;
    switch (e.kind) {
    case EventKind::ProviderSkipped:
        std::erase_if(m_passed, [&](const Passed &p) { return p.provider == e.provider; });
        m_passed.push_back({e.provider, e.skip, e.reason, e.delay > 0s ? std::optional(e.at + e.delay) : std::nullopt});
        break;
    case EventKind::AttemptQueued:
    case EventKind::AttemptStarted:
        m_phase = e.kind == EventKind::AttemptQueued ? Phase::Queued : Phase::Asking;
        m_since = e.at;
        m_attempt = e.attempt;
        m_provider = e.provider;
        m_characters = 0;
        std::erase_if(m_passed, [&](const Passed &p) { return p.provider == e.provider; });
        break;
    case EventKind::FirstToken: m_phase = Phase::Streaming; break;
    case EventKind::AttemptFinished:
        if (e.reason == RetryReason::None)
            break;
        m_said = e.detail;
        m_reason = e.reason;
        m_phase = Phase::Sent;
        m_since = e.at;
        break;
    case EventKind::FailedOver:
        std::erase_if(m_passed, [&](const Passed &p) { return p.provider == e.provider; });
        m_passed.push_back({e.provider, SkipReason::None, e.reason, std::nullopt});
        break;
    case EventKind::RetryScheduled:
        m_phase = Phase::Waiting;
        m_until = e.at + e.delay;
        m_since = e.at;
        m_reason = e.reason;
        m_source = e.delaySource;
        break;
    case EventKind::CallFinished: m_finish = e.finish; break;
    default: break;
    }
}

void CallProgress::onText(const QString &text, SteadyTime now)
{
    if (m_phase == Phase::Done)
        return;
    if (m_characters == 0 && m_phase != Phase::Asking)
        m_since = now;
    m_phase = Phase::Streaming;
    m_characters += text.size();
}

void CallProgress::onFinished(const CallResult &result)
{
    m_phase = Phase::Done;
    m_result = result;
}

QString CallProgress::choice(const ProviderId &provider) const
{
    const qsizetype place = m_chain.indexOf(provider);
    return place < 0 || m_chain.size() < 2 ? nameOf(provider) : tr("%1 (%2 choice)").arg(nameOf(provider), ordinal(int(place) + 1));
}

QString CallProgress::waitingStatus(SteadyTime now) const
{
    const QString left = seconds(m_until - now);
    switch (m_source) {
    case DelaySource::Server: return tr("Attempt %1 of %2 in %3: %4, the server asked for %5.").arg(m_attempt + 1).arg(m_most).arg(left, toLabel(m_reason).toLower(), formatDuration(m_until - m_since));
    case DelaySource::Circuit: return tr("Nobody can be asked now. The next provider may be asked in %1.").arg(left);
    case DelaySource::Pacing: return tr("Attempt %1 of %2 in %3: the rate limit is known to be empty until then.").arg(m_attempt + 1).arg(m_most).arg(left);
    case DelaySource::Backoff:
    case DelaySource::None: break;
    }
    return tr("Attempt %1 of %2 in %3: %4, waiting %5 before the retry.").arg(m_attempt + 1).arg(m_most).arg(left, toLabel(m_reason).toLower(), formatDuration(m_until - m_since));
}

QString CallProgress::status(SteadyTime now) const
{
    const QString spent = seconds(now - m_since);
    const QString attempt = m_most > 0 ? tr("attempt %1 of %2").arg(m_attempt).arg(m_most) : tr("attempt %1").arg(m_attempt);
    switch (m_phase) {
    case Phase::Idle: return {};
    case Phase::Sent: return tr("Choosing a provider, %1").arg(spent);
    case Phase::Queued: return tr("Waiting for a free slot on %1, %2, %3").arg(choice(m_provider), attempt, spent);
    case Phase::Asking:
        return now - m_since < longSilence ? tr("Asking %1, %2, %3").arg(choice(m_provider), attempt, spent)
                                           : tr("Asking %1, %2: no token for %3 so far").arg(choice(m_provider), attempt, spent);
    case Phase::Streaming: {
        const qsizetype tokens = (m_characters + charactersAToken - 1) / charactersAToken;
        return tr("Text is streaming from %1, about %2 so far, %3").arg(nameOf(m_provider), tokens == 1 ? tr("1 token") : tr("%1 tokens").arg(QLocale().toString(qlonglong(tokens))), spent);
    }
    case Phase::Waiting: return waitingStatus(now);
    case Phase::Done: return doneStatus();
    }
    return {};
}

QString CallProgress::why(SteadyTime now) const
{
    QStringList lines;
    for (const Passed &p : m_passed) {
        if (p.skip == SkipReason::None) {
            lines << tr("%1 failed: %2.").arg(nameOf(p.provider), toLabel(p.reason).toLower());
            continue;
        }
        QString line = tr("%1 was skipped: %2").arg(nameOf(p.provider), skipText(p.skip));
        if (p.reason != RetryReason::None)
            line += tr(" (%1)").arg(toLabel(p.reason).toLower());
        if (p.until && *p.until > now)
            line += tr(", it may be asked in %1").arg(seconds(*p.until - now));
        lines << line + QLatin1Char('.');
    }
    return lines.join(QLatin1Char(' '));
}

QStringList CallProgress::answerFacts() const
{
    const CallResult &r = *m_result;
    const QLocale locale;
    QStringList parts{formatDuration(r.duration)};
    if (r.firstToken)
        parts << tr("first token %1").arg(formatDuration(*r.firstToken));
    if (r.tokensIn && r.tokensOut)
        parts << tr("%1 tokens in, %2 out").arg(locale.toString(*r.tokensIn), locale.toString(*r.tokensOut));
    parts << (r.attempts == 1 ? tr("1 attempt") : tr("%1 attempts").arg(r.attempts));
    if (r.costUsd)
        parts << QStringLiteral("$%1").arg(*r.costUsd, 0, 'g', 3);
    else if (r.attempts > 0)
        parts << tr("cost unknown");
    if (r.maybeTwice)
        parts << tr("maybe delivered twice");
    if (r.retryIn)
        parts << tr("may work again in %1").arg(formatDuration(*r.retryIn));
    if (r.simulated)
        parts << tr("simulated");
    return parts;
}

QString CallProgress::doneStatus() const
{
    const CallResult &r = *m_result;
    QString text = QStringList{outcomeText(r, nameOf(r.provider)), answerFacts().join(QStringLiteral(" · "))}.join(QStringLiteral(" · "));
    if (!r.succeeded())
        return text;
    if (m_finish == QStringLiteral("length"))
        text += tr("\n⚠ The answer was cut by the token limit of %1. Raise the limit and send again for the rest.").arg(QLocale().toString(m_limit));
    else if (m_finish == QStringLiteral("content_filter"))
        text += tr("\n⚠ The provider's content filter ended the answer.");
    else if (m_finish == QStringLiteral("tool_calls"))
        text += tr("\nThe answer asks to call a tool.");
    return text;
}

QString CallProgress::error() const
{
    if (!m_result || m_result->succeeded() || m_result->outcome == CallOutcome::Cancelled)
        return {};
    QStringList lines{m_result->error.isEmpty() ? tr("%1 did not answer: %2.").arg(nameOf(m_result->provider), toLabel(m_result->reason).toLower()) : m_result->error};
    if (!m_said.isEmpty() && !m_result->error.contains(m_said))
        lines << tr("%1 said: “%2”").arg(nameOf(m_result->provider), m_said);
    lines << adviceOn(m_result->reason);
    lines.removeAll(QString());
    return lines.join(QLatin1Char('\n'));
}

} // namespace retryscope
