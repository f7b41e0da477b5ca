// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/targets.h"

#include "config/providerpresets.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <cmath>

namespace retryscope::interchange {
namespace {

struct StatusRow { RetryReason reason; std::array<int, 4> statuses; };
/// What a failure with a status and nothing else means: the classifier's own rows.
constexpr StatusRow statusRows[] = {{RetryReason::RateLimit, {429}},
                                    {RetryReason::ServerError, {408, 500, 502, 504}},
                                    {RetryReason::TemporaryFailure, {503, 529}}};

bool isRetried(const RetryConfig &config, RetryReason reason)
{
    return config.overrides[std::size_t(reason)].maxAttempts != 1;
}

} // namespace

std::optional<Input> readInput(const InputResult &result, Importing &into)
{
    if (result)
        return *result;
    into.fail(QStringLiteral("(file)"), result.error().line, result.error().sentence);
    return std::nullopt;
}

std::optional<Input> readInput(const DocumentsResult &result, Importing &into)
{
    if (!result)
        return readInput(InputResult(Unexpected{result.error()}), into);
    for (qsizetype i = 1; i < result->size(); ++i)
        into.passOver(QStringLiteral("document %1").arg(i + 1), (*result)[i].line);
    return result->first();
}

double wholeMilliseconds(double seconds, double least)
{
    return std::max(least, std::round(seconds * 1000.0) / 1000.0);
}

QString protobufDuration(double seconds) { return numeral(seconds) + QLatin1Char('s'); }

std::optional<double> fromProtobufDuration(const QString &text)
{
    static const QRegularExpression form(QStringLiteral("^(\\d{1,12}(?:\\.\\d{1,9})?)s$"));
    const auto match = form.match(text);
    return match.hasMatch() ? std::optional(match.captured(1).toDouble()) : std::nullopt;
}

QString timeSpan(double seconds)
{
    const qint64 ticks = qint64(std::round(seconds * 1e7)), whole = ticks / 10'000'000, rest = ticks % 10'000'000;
    QString text = QStringLiteral("%1:%2:%3")
                       .arg(whole / 3600 % 24, 2, 10, QLatin1Char('0'))
                       .arg(whole / 60 % 60, 2, 10, QLatin1Char('0'))
                       .arg(whole % 60, 2, 10, QLatin1Char('0'));
    if (whole >= 86400)
        text.prepend(QStringLiteral("%1.").arg(whole / 86400));
    return rest ? text + QStringLiteral(".%1").arg(rest, 7, 10, QLatin1Char('0')) : text;
}

std::optional<double> fromTimeSpan(const QString &text)
{
    static const QRegularExpression form(
        QStringLiteral("^(?:(\\d{1,5})\\.)?(\\d{1,2}):(\\d{2})(?::(\\d{2})(\\.\\d{1,7})?)?$"));
    const auto match = form.match(text);
    if (!match.hasMatch())
        return std::nullopt;
    const int hours = match.captured(2).toInt(), minutes = match.captured(3).toInt(), seconds = match.captured(4).toInt();
    if (hours > 23 || minutes > 59 || seconds > 59)
        return std::nullopt;
    return match.captured(1).toDouble() * 86400.0 + hours * 3600.0 + minutes * 60.0 + seconds
         + (QLatin1Char('0') + match.captured(5)).toDouble();
}

QString springDuration(double seconds) { return numeral(std::round(seconds * 1000.0)) + QStringLiteral("ms"); }

std::optional<double> fromSpringDuration(const QString &text)
{
    static const QRegularExpression simple(QStringLiteral("^(\\d{1,15})\\s*(ns|us|ms|s|m|h|d|)$"),
                                           QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression iso(
        QStringLiteral("^PT(?:(\\d{1,9})H)?(?:(\\d{1,9})M)?(?:(\\d{1,9}(?:\\.\\d{1,9})?)S)?$"),
        QRegularExpression::CaseInsensitiveOption);
    static const QMap<QString, double> units{{QStringLiteral("ns"), 1e-9}, {QStringLiteral("us"), 1e-6},
                                             {QStringLiteral("ms"), 1e-3}, {QString(), 1e-3},
                                             {QStringLiteral("s"), 1.0},   {QStringLiteral("m"), 60.0},
                                             {QStringLiteral("h"), 3600.0}, {QStringLiteral("d"), 86400.0}};
    if (const auto match = simple.match(text); match.hasMatch())
        return match.captured(1).toDouble() * units[match.captured(2).toLower()];
    if (const auto match = iso.match(text); match.hasMatch() && text.size() > 2)
        return match.captured(1).toDouble() * 3600.0 + match.captured(2).toDouble() * 60.0 + match.captured(3).toDouble();
    return std::nullopt;
}

QVector<int> retriedStatuses(const RetryConfig &config)
{
    QVector<int> statuses;
    for (const StatusRow &row : statusRows) {
        for (const int status : row.statuses) {
            if (status && isRetried(config, row.reason))
                statuses.append(status);
        }
    }
    std::sort(statuses.begin(), statuses.end());
    return statuses;
}

void recordStatuses(LossRecorder &record, const char *theirs)
{
    const RetryConfig &c = record.configuration().retry;
    for (const StatusRow &row : statusRows) {
        if (!isRetried(c, row.reason))
            record.reasonKept(row.reason, 1, QStringLiteral("left out of ") + QLatin1String(theirs));
    }
}

Output &putStatuses(Output &into, const char *key, const RetryConfig &config)
{
    Output &list = into.list(key);
    for (const int status : retriedStatuses(config))
        list.numberItem(status);
    return list;
}

QSet<int> statusesOf(const QVector<Input> &list, const QString &where, Importing &into)
{
    QSet<int> statuses;
    for (const Input &item : list) {
        bool ok = false;
        const int status = item.text.toInt(&ok);
        if (ok && status >= 100 && status < 600)
            statuses.insert(status);
        else
            into.fail(where, item.line, QStringLiteral("Must hold statuses, such as 429."));
    }
    return statuses;
}

void applyStatuses(const QVector<Input> *list, const QString &where, Importing &into)
{
    if (list)
        applyStatuses(statusesOf(*list, where, into), where, list->isEmpty() ? 0 : list->first().line, into);
}

void applyStatuses(QSet<int> statuses, const QString &where, int line, Importing &into)
{
    QStringList more;
    for (const StatusRow &row : statusRows) {
        QStringList missing;
        bool any = false;
        for (const int status : row.statuses) {
            if (statuses.remove(status))
                any = true;
            else if (status)
                missing << QString::number(status);
        }
        into.setAttempts(row.reason, any ? 2 : 1, 2, where, line);
        if (any)
            more += missing;
    }
    if (!more.isEmpty())
        into.warn(where, line,
                  QStringLiteral("Stands for %1 as well: here the statuses of one reason are all asked again, or none.")
                      .arg(more.join(QStringLiteral(", "))));
    QList<int> left = statuses.values();
    std::sort(left.begin(), left.end());
    for (const int status : std::as_const(left))
        into.passOver(QStringLiteral("%1: %2").arg(where).arg(status), line);
}

QString said(const char *key, const QString &value) { return QLatin1String(key) + QStringLiteral(": ") + value; }
QString said(const char *key, double value) { return said(key, numeral(value)); }

void recordWaits(LossRecorder &record, const BuiltInWaits &waits)
{
    const QString theirs = QStringLiteral("built in: ") + QString::fromUtf8(waits.theirs);
    const char *note = "It is built in there and cannot be set.";
    record.kept("backoff", QStringLiteral("exponential"), theirs, note);
    record.kept("base_delay_s", waits.baseDelay, theirs, note);
    record.kept("exponential_base", waits.exponentialBase, theirs, note);
    record.kept("max_delay_s", waits.maxDelay, theirs, note);
    record.kept("jitter", QLatin1String(waits.jitter), theirs, note);
    record.kept("rate_limit_delay_s", 0, theirs, "There is no wait of its own after a rate limit.");
    record.kept("honour_server_hints", waits.honoursHints,
                waits.honoursHints ? QStringLiteral("built in: Retry-After is obeyed")
                                   : QStringLiteral("built in: Retry-After is ignored"),
                note);
    if (waits.honoursHints)
        record.kept("server_hint_cap_s", waits.hintCap, theirs, note);
    else
        record.lost("server_hint_cap_s", "Retry-After is ignored.");
}

void applyWaits(const BuiltInWaits &waits, Importing &into)
{
    into.setWord("backoff", "exponential");
    into.set("base_delay_s", waits.baseDelay);
    into.set("exponential_base", waits.exponentialBase);
    into.set("max_delay_s", waits.maxDelay);
    into.setWord("jitter", waits.jitter);
    into.set("rate_limit_delay_s", 0);
    into.setFlag("honour_server_hints", waits.honoursHints);
    if (waits.honoursHints)
        into.set("server_hint_cap_s", waits.hintCap);
}

std::optional<ProviderConfig> vendor(const QString &key)
{
    for (ProviderConfig &p : builtInProviders()) {
        if (p.id == key) {
            p.enabled = true;
            return p;
        }
    }
    return std::nullopt;
}

std::optional<ProviderConfig> presetProvider(QLatin1String key)
{
    const auto &presets = providerPresets();
    const auto known = std::find_if(presets.begin(), presets.end(), [&](const auto &p) { return p.key == key; });
    return known == presets.end() ? std::nullopt : std::optional(toProvider(*known));
}

QString keyVariable(const ProviderConfig &provider)
{
    return provider.keyReference.startsWith(QLatin1String("env:")) ? provider.keyReference.mid(4) : QString();
}

} // namespace retryscope::interchange
