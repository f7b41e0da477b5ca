// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/labels.h"

#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>

namespace retryscope {
namespace {

template <typename Value, std::size_t N> QString word(const std::array<const char *, N> &words, Value value)
{
    return Words::tr(words[std::size_t(value)]);
}

constexpr std::array reasons{QT_TRANSLATE_NOOP("retryscope::Words", "Succeeded"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Rate limited"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Timed out"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Server error"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Key rejected"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Overloaded"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Unknown"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Quota used up"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Network"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Stream cut"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Malformed answer"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Not permitted"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Model unavailable"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Invalid request"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Prompt too long"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Content refused"),
                             QT_TRANSLATE_NOOP("retryscope::Words", "Cancelled")};
constexpr std::array skips{
    QT_TRANSLATE_NOOP("retryscope::Words", "Not skipped"),  QT_TRANSLATE_NOOP("retryscope::Words", "Rate limit empty"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Being probed"), QT_TRANSLATE_NOOP("retryscope::Words", "Circuit open"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Blocked"),      QT_TRANSLATE_NOOP("retryscope::Words", "Isolated by hand"),
    QT_TRANSLATE_NOOP("retryscope::Words", "No free slot")};
constexpr std::array outcomes{
    QT_TRANSLATE_NOOP("retryscope::Words", "In flight"),     QT_TRANSLATE_NOOP("retryscope::Words", "First choice"),
    QT_TRANSLATE_NOOP("retryscope::Words", "After a retry"), QT_TRANSLATE_NOOP("retryscope::Words", "After a failover"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Failed"),        QT_TRANSLATE_NOOP("retryscope::Words", "Cancelled"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Second choice")};
constexpr std::array states{
    QT_TRANSLATE_NOOP("retryscope::Words", "Unproven"), QT_TRANSLATE_NOOP("retryscope::Words", "Well"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Slow"),     QT_TRANSLATE_NOOP("retryscope::Words", "Failing"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Down"),     QT_TRANSLATE_NOOP("retryscope::Words", "Probing"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Isolated")};
constexpr std::array services{
    QT_TRANSLATE_NOOP("retryscope::Words", "Unproven"), QT_TRANSLATE_NOOP("retryscope::Words", "Served"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Served with pain"), QT_TRANSLATE_NOOP("retryscope::Words", "Failing")};
constexpr std::array circuits{
    QT_TRANSLATE_NOOP("retryscope::Words", "Closed"), QT_TRANSLATE_NOOP("retryscope::Words", "Open"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Probing"), QT_TRANSLATE_NOOP("retryscope::Words", "Isolated")};
constexpr std::array kinds{
    QT_TRANSLATE_NOOP("retryscope::Words", "Submitted"),       QT_TRANSLATE_NOOP("retryscope::Words", "Queued"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Attempt started"), QT_TRANSLATE_NOOP("retryscope::Words", "First token"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Attempt ended"),   QT_TRANSLATE_NOOP("retryscope::Words", "Waits"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Fails over"),      QT_TRANSLATE_NOOP("retryscope::Words", "Circuit"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Call ended"),      QT_TRANSLATE_NOOP("retryscope::Words", "Configuration"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Speed"),           QT_TRANSLATE_NOOP("retryscope::Words", "Probe"),
    QT_TRANSLATE_NOOP("retryscope::Words", "Skipped")};

static_assert(reasons.size() == std::size_t(retryReasonCount) && skips.size() == std::size_t(skipReasonCount)
              && outcomes.size() == std::size_t(callOutcomeCount) && states.size() == std::size_t(providerStateCount)
              && kinds.size() == std::size_t(EventKind::ProviderSkipped) + 1);

} // namespace

QString toLabel(RetryReason reason) { return word(reasons, reason); }
QString toLabel(SkipReason reason) { return word(skips, reason); }
QString toLabel(CallOutcome outcome) { return word(outcomes, outcome); }
QString toLabel(ProviderState state) { return word(states, state); }
QString toLabel(ServiceState state) { return word(services, state); }
QString toLabel(CircuitState state) { return word(circuits, state); }
QString toLabel(EventKind kind) { return word(kinds, kind); }

QString counted(quint64 n, const QString &one, const QString &many)
{
    return n == 1 ? one : many.arg(QLocale().toString(n));
}
QString attemptsText(quint64 n) { return counted(n, Words::tr("1 attempt"), Words::tr("%1 attempts")); }
QString retriesText(quint64 n) { return counted(n, Words::tr("1 retry"), Words::tr("%1 retries")); }
QString failoversText(quint64 n) { return counted(n, Words::tr("1 failover"), Words::tr("%1 failovers")); }
QString callsText(quint64 n) { return counted(n, Words::tr("1 call"), Words::tr("%1 calls")); }

QString moneyText(double usd)
{
    constexpr int cents = 2, mostDigits = 12;
    const int digits = usd > 0.0 ? std::clamp(2 - int(std::floor(std::log10(usd))), cents, mostDigits) : cents;
    QString number = QString::number(usd, 'f', digits);
    while (number.endsWith(QLatin1Char('0')) && number.size() - number.indexOf(QLatin1Char('.')) - 1 > cents)
        number.chop(1);
    return QLatin1Char('$') + number;
}

QString nextAttemptsText(quint64 retries, quint64 failovers)
{
    if (retries == 0 && failovers == 0)
        return Words::tr("no retries");
    if (failovers == 0)
        return retriesText(retries);
    return retries == 0 ? failoversText(failovers)
                        : Words::tr("%1, %2").arg(retriesText(retries), failoversText(failovers));
}

} // namespace retryscope
