// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/callprogress.h"

#include "base/timeformat.h"
#include "words/callwords.h"
#include "words/eventwords.h"
#include "words/labels.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

namespace retryscope {
namespace {

constexpr int charactersAToken = 4; // about; only for counting while text streams in
constexpr Duration longSilence = 3s;
constexpr double leastTokens = 4, leastTime = 0.05; ///< for a speed that says anything; seconds

std::optional<double> rateOf(double tokens, Duration time)
{
    return tokens < leastTokens || toSeconds(time) < leastTime ? std::nullopt : std::optional(tokens / toSeconds(time));
}

QString tr(const char *text) { return QCoreApplication::translate("CallProgress", text); }

QString seconds(Duration d) { return formatDuration(std::max<Duration>(d / 100ms * 100ms, 0s)); }

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
    return tr("✗ Failed: %1").arg(inSentence(r.reason));
}

} // namespace

QString ordinal(int n)
{
    const int last = n % 10;
    const bool teen = n % 100 >= 11 && n % 100 <= 13;
    return QStringLiteral("%1%2").arg(n).arg(teen        ? QStringLiteral("th")
                                             : last == 1 ? QStringLiteral("st")
                                             : last == 2 ? QStringLiteral("nd")
                                             : last == 3 ? QStringLiteral("rd")
                                                         : QStringLiteral("th"));
}

CallProgress::CallProgress(QVector<ProviderId> chain, QHash<ProviderId, QString> names, int tokenLimit, SteadyTime now)
    : m_phase(Phase::Sent), m_chain(std::move(chain)), m_names(std::move(names)), m_limit(tokenLimit), m_sent(now),
      m_since(now)
{
}

void CallProgress::onEvent(const Event &e)
{
    if (e.maxAttempts > 0)
        m_most = e.maxAttempts;
    switch (e.kind) {
    case EventKind::ProviderSkipped:
        std::erase_if(m_passed, [&](const Passed &p) { return p.provider == e.provider; });
        m_passed.push_back({e.provider, e.skip, e.reason, e.delay > 0s ? std::optional(e.at + e.delay) : std::nullopt});
        break;
    case EventKind::CallSubmitted: m_submitted = e.at; break;
    case EventKind::AttemptQueued:
    case EventKind::AttemptStarted:
        m_phase = e.kind == EventKind::AttemptQueued ? Phase::Queued : Phase::Asking;
        m_since = e.at;
        m_attempt = e.attempt;
        m_provider = e.provider;
        m_characters = 0;
        m_firstToken.reset();
        m_attemptEnd.reset();
        std::erase_if(m_passed, [&](const Passed &p) { return p.provider == e.provider; });
        break;
    case EventKind::FirstToken:
        m_phase = Phase::Streaming;
        m_firstToken = e.at;
        break;
    case EventKind::AttemptFinished:
        m_attemptEnd = e.at;
        if (e.reason == RetryReason::None)
            break;
        m_rule = e.rule;
        m_status = e.status;
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
    case EventKind::CallFinished:
        m_finish = e.finish;
        m_finishReason = e.finishReason;
        break;
    default: break;
    }
}

void CallProgress::onText(const QString &text)
{
    if (m_phase == Phase::Done)
        return;
    m_phase = Phase::Streaming;
    m_characters += text.size();
}

void CallProgress::onFinished(const CallResult &result)
{
    m_phase = Phase::Done;
    m_result = result;
    if (m_finish.isEmpty()) { // its event comes later, or never where the answer was kept
        m_finish = toKey(result.answer.finish);
        m_finishReason = result.answer.finish == Finish::Other ? result.answer.finishReason : QString();
    }
    m_speed = measured(result);
}

/// Where the events of a single attempt come later than its result, or not at all, by the result's own times.
std::optional<double> CallProgress::measured(const CallResult &result) const
{
    const SteadyTime began = m_submitted.value_or(m_sent);
    std::optional<SteadyTime> first = m_firstToken;
    if (!first && result.firstToken && result.attempts == 1)
        first = began + *result.firstToken;
    if (!first)
        return std::nullopt;
    return rateOf(result.tokensOut ? double(*result.tokensOut) : double(tokensSoFar()),
                  m_attemptEnd.value_or(began + result.duration) - *first);
}

QString CallProgress::choice(const ProviderId &provider) const
{
    const qsizetype place = m_chain.indexOf(provider);
    return place < 0 || m_chain.size() < 2 ? nameOf(provider)
                                           : tr("%1 (%2 choice)").arg(nameOf(provider), ordinal(int(place) + 1));
}

QString CallProgress::waitingStatus(SteadyTime now) const
{
    const QString left = seconds(m_until - now);
    switch (m_source) {
    case DelaySource::Server:
        return tr("Attempt %1 of %2 in %3: %4, the server asked for %5.")
            .arg(m_attempt + 1)
            .arg(m_most)
            .arg(left, inSentence(m_reason), formatDuration(m_until - m_since));
    case DelaySource::Circuit: return tr("Nobody can be asked now. The next provider may be asked in %1.").arg(left);
    case DelaySource::Pacing:
        return tr("Attempt %1 of %2 in %3: the rate limit is known to be empty until then.")
            .arg(m_attempt + 1)
            .arg(m_most)
            .arg(left);
    case DelaySource::Backoff:
    case DelaySource::None: break;
    }
    return tr("Attempt %1 of %2 in %3: %4, waiting %5 before the retry.")
        .arg(m_attempt + 1)
        .arg(m_most)
        .arg(left, inSentence(m_reason), formatDuration(m_until - m_since));
}

QString CallProgress::status(SteadyTime now) const
{
    const QString spent = seconds(now - m_since);
    const QString attempt =
        m_most > 0 ? tr("attempt %1 of %2").arg(m_attempt).arg(m_most) : tr("attempt %1").arg(m_attempt);
    switch (m_phase) {
    case Phase::Idle: return {};
    case Phase::Sent: return tr("Choosing a provider, %1").arg(spent);
    case Phase::Queued: return tr("Waiting for a free slot on %1, %2, %3").arg(choice(m_provider), attempt, spent);
    case Phase::Asking:
        return now - m_since < longSilence
                   ? tr("Asking %1, %2, %3").arg(choice(m_provider), attempt, spent)
                   : tr("Asking %1, %2: no token for %3 so far").arg(choice(m_provider), attempt, spent);
    case Phase::Streaming: {
        const qsizetype tokens = tokensSoFar();
        return tr("Text is streaming from %1, about %2 so far, %3")
            .arg(nameOf(m_provider),
                 tokens == 1 ? tr("1 token") : tr("%1 tokens").arg(QLocale().toString(qlonglong(tokens))), spent);
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
            lines << tr("%1 failed: %2.").arg(nameOf(p.provider), inSentence(p.reason));
            continue;
        }
        QString line = tr("%1 was skipped: %2").arg(nameOf(p.provider), inSentence(p.skip));
        if (p.reason != RetryReason::None)
            line += tr(" (%1)").arg(inSentence(p.reason));
        if (isRunning() && p.until && *p.until > now)
            line += tr(", it may be asked in %1").arg(seconds(*p.until - now));
        lines << line + QLatin1Char('.');
    }
    return lines.join(QLatin1Char(' '));
}

qsizetype CallProgress::tokensSoFar() const { return (m_characters + charactersAToken - 1) / charactersAToken; }

std::optional<double> CallProgress::speed(SteadyTime now) const
{
    if (m_result)
        return m_speed;
    return m_firstToken ? rateOf(double(tokensSoFar()), m_attemptEnd.value_or(now) - *m_firstToken) : std::nullopt;
}

QString CallProgress::facts(SteadyTime now) const
{
    if (m_phase == Phase::Idle)
        return {};
    return (m_result ? answerFacts() : runningFacts(now)).join(QStringLiteral(" · "));
}

QStringList CallProgress::runningFacts(SteadyTime now) const
{
    QStringList parts{seconds(now - m_sent)};
    if (const auto rate = speed(now))
        parts << tr("%1 tok/s").arg(qRound64(*rate));
    if (m_phase == Phase::Streaming)
        parts << tr("about %1 tokens").arg(QLocale().toString(qlonglong(tokensSoFar())));
    if (m_attempt > 0)
        parts << attemptsText(quint64(m_attempt));
    return parts;
}

QStringList CallProgress::answerFacts() const
{
    const CallResult &r = *m_result;
    const QLocale locale;
    QStringList parts{formatDuration(r.duration)};
    if (r.firstToken)
        parts << tr("first token %1").arg(formatDuration(*r.firstToken));
    if (m_speed && r.tokensOut)
        parts << tr("%1 tok/s").arg(qRound64(*m_speed));
    if (r.tokensIn && r.tokensOut)
        parts << tr("%1 tokens in, %2 out").arg(locale.toString(*r.tokensIn), locale.toString(*r.tokensOut));
    if (const auto cached = r.answer.tokensCached; cached && *cached > 0)
        parts << tr("%1 cached").arg(locale.toString(*cached));
    if (r.costUsd)
        parts << moneyText(*r.costUsd);
    else if (r.attempts > 0)
        parts << tr("price unknown");
    if (!m_finish.isEmpty())
        parts << (m_finishReason.isEmpty() ? m_finish : m_finishReason);
    parts << attemptsText(quint64(r.attempts));
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
    QString text = outcomeText(r, nameOf(r.provider));
    if (!r.succeeded())
        return text;
    if (m_finish == QStringLiteral("length"))
        text += m_limit > 0
                    ? tr("\n⚠ The answer was cut by the token limit of %1. Raise the limit and send again for the rest.")
                          .arg(QLocale().toString(m_limit))
                    : tr("\n⚠ The answer was cut by the provider's own token limit. Set a limit and send again for the rest.");
    else if (m_finish == QStringLiteral("content_filter"))
        text += tr("\n⚠ The provider's content filter ended the answer.");
    else if (m_finish == QStringLiteral("tool_calls"))
        text += tr("\nThe answer asks to call a tool.");
    return text;
}

bool CallProgress::canFailOver(SteadyTime now) const
{
    if (m_chain.size() < 2 || m_provider == m_chain.last())
        return false;
    return m_phase == Phase::Waiting || m_phase == Phase::Queued
           || (m_phase == Phase::Asking && now - m_since >= longSilence);
}

QString CallProgress::error() const
{
    if (!m_result || m_result->outcome != CallOutcome::Failed)
        return {};
    CallResult named = *m_result;
    named.provider = nameOf(named.provider);
    QString text = errorText(named);
    if (!m_rule.isEmpty())
        text += QLatin1Char('\n')
                + (m_status ? tr("Rule that matched: %1 (HTTP %2).").arg(m_rule).arg(m_status)
                            : tr("Rule that matched: %1.").arg(m_rule));
    return text;
}

} // namespace retryscope
