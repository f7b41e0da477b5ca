// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/benchrun.h"

#include "words/eventwords.h"
#include "words/labels.h"

#include <QLocale>

#include <functional>

namespace retryscope {
namespace {

struct BenchWords { Q_DECLARE_TR_FUNCTIONS(retryscope::BenchRun) };

using FigureOf = std::function<std::optional<double>(const CallResult &)>;

/// The entry that has the most (sign 1) or the least (-1) of it alone; none where two share it or one does not tell it.
const BenchEntry *alone(const QVector<BenchEntry> &entries, const FigureOf &measure, int sign)
{
    const BenchEntry *best = nullptr;
    double most = 0;
    bool shared = false;
    for (const BenchEntry &entry : entries) {
        const auto value = measure(entry.result);
        if (!value)
            return nullptr;
        const double weighed = *value * sign;
        if (best && qFuzzyCompare(1 + weighed, 1 + most)) {
            shared = true;
        } else if (!best || weighed > most) {
            best = &entry;
            most = weighed;
            shared = false;
        }
    }
    return shared ? nullptr : best;
}

/// As they are shown: two that read the same are a tie.
double shownSeconds(Duration d) { return d < 1s ? double(d / 1ms) / 1000 : double(d / 100ms) / 10; }

std::optional<double> tokensOf(const CallResult &r) { return r.tokensOut ? std::optional<double>(*r.tokensOut) : std::nullopt; }

} // namespace

void BenchRun::onEvent(const Event &event)
{
    progress.onEvent(event);
    timeline.onEvent(event);
    events.append(event);
}

void BenchRun::onText(const QString &piece)
{
    progress.onText(piece);
    text += piece;
}

void BenchRun::onFinished(const CallResult &result)
{
    progress.onFinished(result);
    if (result.succeeded() && !result.text.isEmpty())
        text = result.text;
}

QString rankingText(const QVector<BenchEntry> &all)
{
    QVector<BenchEntry> entries;
    std::copy_if(all.begin(), all.end(), std::back_inserter(entries),
                 [](const BenchEntry &e) { return e.result.succeeded(); });
    if (entries.size() < 2)
        return {};
    QStringList parts;
    if (const BenchEntry *e =
            alone(entries, [](const CallResult &r) { return std::optional(shownSeconds(r.duration)); }, -1))
        parts << BenchWords::tr("Fastest: %1, %2.").arg(e->letter, formatDuration(e->result.duration));
    if (const BenchEntry *e = alone(entries, [](const CallResult &r) { return r.costUsd; }, -1))
        parts << BenchWords::tr("Cheapest: %1, %2.").arg(e->letter, moneyText(*e->result.costUsd));
    if (const BenchEntry *e = alone(entries, tokensOf, 1))
        parts << BenchWords::tr("Longest: %1, %2 tokens.").arg(e->letter, QLocale().toString(*e->result.tokensOut));
    return parts.join(QLatin1Char(' '));
}

QString headersText(const Events &events, const QHash<ProviderId, QString> &names)
{
    QStringList blocks;
    for (const Event &e : events) {
        if (e.kind != EventKind::AttemptFinished || (e.headers.isEmpty() && e.limits.isEmpty()))
            continue;
        const QString how = e.reason == RetryReason::None ? BenchWords::tr("answered") : inSentence(e.reason);
        QStringList lines{BenchWords::tr("Attempt %1, %2: %3")
                              .arg(QString::number(e.attempt), names.value(e.provider, e.provider),
                                   e.status ? QStringLiteral("%1 %2").arg(e.status).arg(how) : how)};
        for (const LimitWindow &limit : e.limits)
            lines << QStringLiteral("    ") + toSentence(limit);
        for (const auto &[name, value] : e.headers)
            lines << QStringLiteral("    %1: %2").arg(name, value);
        blocks << lines.join(QLatin1Char('\n'));
    }
    return blocks.join(QStringLiteral("\n\n"));
}

QString stepsText(const Events &events)
{
    QStringList lines;
    for (const Event &e : events)
        lines << QStringLiteral("%1  %2").arg(QStringLiteral("+%1").arg(formatDuration(e.at - events.first().at)), -9)
                     .arg(toSentence(e));
    return lines.join(QLatin1Char('\n'));
}

} // namespace retryscope
