// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/benchrun.h"

#include "base/timeformat.h"
#include "words/eventwords.h"
#include "words/labels.h"

#include <QLocale>

#include <algorithm>
#include <functional>

namespace retryscope {
namespace {

struct BenchWords
{
    Q_DECLARE_TR_FUNCTIONS(retryscope::BenchRun)
};

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

std::optional<double> tokensOf(const CallResult &r)
{
    return r.tokensOut ? std::optional<double>(*r.tokensOut) : std::nullopt;
}

constexpr qsizetype mostOfALine = 400, mostOfABody = 200 << 10;

QString attemptTitle(const ExchangeRecord &record, const QHash<ProviderId, QString> &names)
{
    const QString title = BenchWords::tr("Attempt %1, %2")
                              .arg(QString::number(record.attempt), names.value(record.provider, record.provider));
    if (!record.ended)
        return title;
    return QStringLiteral("%1: %2").arg(title, record.reason == RetryReason::None
                                                   ? BenchWords::tr("answered in %1").arg(formatDuration(*record.ended))
                                                   : inSentence(record.reason));
}

} // namespace

void BenchRun::onEvent(const Event &event)
{
    progress.onEvent(event);
    timeline.onEvent(event);
    events.append(event);
}

void BenchRun::onExchange(const ExchangeRecord &piece)
{
    const auto known = std::find_if(exchanges.begin(), exchanges.end(),
                                    [&](const ExchangeRecord &record) { return record.isSameAttempt(piece); });
    if (known == exchanges.end())
        exchanges.append(piece);
    else
        known->append(piece);
    timeline.onExchange(piece);
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
    if (const BenchEntry *e = alone(
            entries, [](const CallResult &r) { return std::optional(shownSeconds(r.duration)); }, -1))
        parts << BenchWords::tr("Fastest: %1, %2.").arg(e->letter, formatDuration(e->result.duration));
    if (const BenchEntry *e = alone(
            entries, [](const CallResult &r) { return r.costUsd; }, -1))
        parts << BenchWords::tr("Cheapest: %1, %2.").arg(e->letter, moneyText(*e->result.costUsd));
    if (const BenchEntry *e = alone(entries, tokensOf, 1))
        parts << BenchWords::tr("Longest: %1, %2 tokens.").arg(e->letter, QLocale().toString(*e->result.tokensOut));
    return parts.join(QLatin1Char(' '));
}

QString headersText(const BenchRun &run, const QHash<ProviderId, QString> &names)
{
    QStringList blocks;
    for (const ExchangeRecord &record : run.exchanges) {
        QStringList lines{attemptTitle(record, names)};
        for (const Event &e : run.events) {
            if (e.kind != EventKind::AttemptFinished || e.attempt != record.attempt)
                continue;
            for (const LimitWindow &limit : e.limits)
                lines << BenchWords::tr("  limit read: %1").arg(toSentence(limit));
        }
        lines << QStringLiteral("  > %1 %2").arg(QString::fromLatin1(record.method), record.url.toString());
        for (const auto &[name, value] : record.requestHeaders)
            lines << QStringLiteral("  > %1: %2").arg(QString::fromLatin1(name), QString::fromUtf8(value));
        if (record.status)
            lines << QStringLiteral("  < HTTP %1").arg(record.status);
        for (const auto &[name, value] : record.responseHeaders)
            lines << QStringLiteral("  < %1: %2").arg(QString::fromLatin1(name), QString::fromUtf8(value));
        blocks << lines.join(QLatin1Char('\n'));
    }
    return blocks.join(QStringLiteral("\n\n"));
}

QString eventsText(const BenchRun &run)
{
    if (run.events.isEmpty())
        return {};
    const SteadyTime begin = run.events.first().at;
    std::vector<std::pair<Duration, QString>> lines;
    for (const Event &e : run.events)
        lines.emplace_back(e.at - begin, QStringLiteral("— ") + toSentence(e));
    for (const ExchangeRecord &record : run.exchanges) {
        for (const StreamEvent &e : record.events) {
            QString data = QString::fromUtf8(e.data.left(mostOfALine)).simplified();
            if (e.data.size() > mostOfALine)
                data += QStringLiteral(" …");
            if (!e.name.isEmpty())
                data.prepend(QString::fromUtf8(e.name) + QStringLiteral("  "));
            lines.emplace_back(record.startedAt + e.at - begin, data);
        }
    }
    std::stable_sort(lines.begin(), lines.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    QStringList shown;
    const qsizetype left = std::max<qsizetype>(0, qsizetype(lines.size()) - mostEventLines);
    if (left > 0)
        shown << BenchWords::tr("… %1 earlier ones are left out").arg(QLocale().toString(left));
    for (auto it = lines.begin() + left; it != lines.end(); ++it)
        shown << QStringLiteral("+%1  ").arg(formatDuration(it->first)) + it->second;
    return shown.join(QLatin1Char('\n'));
}

QString rawText(const BenchRun &run, const QHash<ProviderId, QString> &names)
{
    QStringList blocks;
    const auto body = [](const QByteArray &bytes, qint64 whole) {
        QString text = QString::fromUtf8(bytes.left(mostOfABody));
        if (whole > mostOfABody)
            text += BenchWords::tr("\n… %1 of %2 are shown")
                        .arg(QLocale().formattedDataSize(mostOfABody), QLocale().formattedDataSize(whole));
        return text;
    };
    for (const ExchangeRecord &record : run.exchanges) {
        blocks << QStringLiteral("%1\n%2\n%3\n\n%4\n%5")
                      .arg(attemptTitle(record, names), BenchWords::tr("— sent:"),
                           body(record.requestBody, record.requestSize), BenchWords::tr("— came back:"),
                           record.received ? body(record.raw, record.received) : BenchWords::tr("nothing"));
    }
    return blocks.join(QStringLiteral("\n\n"));
}

} // namespace retryscope
