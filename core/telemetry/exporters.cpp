// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/exporters.h"
#include "base/timeformat.h"
#include "words/eventwords.h"

#include "protocols/registry.h"
#include "telemetry/csv.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QSaveFile>
#include <QUrlQuery>

#include <map>

namespace retryscope {
namespace {

constexpr std::array secretHeaders{"proxy-authorization", "cookie", "set-cookie",
                                   "x-auth-token"}; // beside those that carry keys
const QString hidden = QStringLiteral("REDACTED");

bool isSecret(const QString &header)
{
    return keyHeaders().contains(header, Qt::CaseInsensitive)
           || std::any_of(secretHeaders.begin(), secretHeaders.end(), [&](const char *name) {
                  return header.compare(QLatin1String(name), Qt::CaseInsensitive) == 0;
              });
}

QString redactedText(QString text)
{
    static const QRegularExpression query(QStringLiteral("([?&](?:key|api_key|apikey|access_token|token)=)[^&\\s\"']+"),
                                          QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression bearer(QStringLiteral("(Bearer\\s+)[A-Za-z0-9._~+/=-]+"),
                                           QRegularExpression::CaseInsensitiveOption);
    return text.replace(query, QStringLiteral("\\1") + hidden).replace(bearer, QStringLiteral("\\1") + hidden);
}

Event redacted(Event e)
{
    for (auto &[name, value] : e.headers)
        value = isSecret(name) ? hidden : redactedText(value);
    e.detail = redactedText(e.detail);
    return e;
}

QByteArray line(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

class JsonLinesEncoder final : public EventEncoder
{
public:
    QByteArray begin() override { return {}; }
    QByteArray add(const Event &event) override { return line(toJson(redacted(event))) + '\n'; }
    QByteArray end() override { return {}; }
};

constexpr std::array columns{
    "seq",         "ts",        "kind",        "simulated", "call",     "attempt", "of",           "provider",
    "to_provider", "model",     "reason",      "outcome",   "status",   "delay_s", "delay_source", "duration_s",
    "ttft_s",      "tokens_in", "tokens_out",  "cost_usd",  "delivery", "scope",   "from",         "to",
    "open_for_s",  "degraded",  "maybe_twice", "rule",      "detail",   "headers", "limits"};

class CsvEncoder final : public EventEncoder
{
public:
    QByteArray begin() override
    {
        QStringList header;
        for (const char *column : columns)
            header << QLatin1String(column);
        return csvRow(header);
    }
    QByteArray add(const Event &event) override
    {
        const QJsonObject o = toJson(redacted(event));
        QStringList cells;
        for (const char *column : columns)
            cells << cell(o[QLatin1String(column)]);
        return csvRow(cells);
    }
    QByteArray end() override { return {}; }

private:
    static QString cell(const QJsonValue &value)
    {
        if (value.isObject())
            return QString::fromUtf8(line(value.toObject()));
        if (value.isArray())
            return QString::fromUtf8(QJsonDocument(value.toArray()).toJson(QJsonDocument::Compact));
        return value.toVariant().toString();
    }
};

/// HAR 1.2. Of the phases only the queue, the first content and the end are known; DNS, connect and TLS are -1.
class HarEncoder final : public EventEncoder
{
public:
    explicit HarEncoder(const ExportOptions &options) : m_options(options) {}
    QByteArray begin() override
    {
        const QJsonObject creator{
            {QStringLiteral("name"), QStringLiteral("Retryscope")},
            {QStringLiteral("version"), m_options.version.isEmpty() ? QStringLiteral("0") : m_options.version}};
        return "{\"log\":{\"version\":\"1.2\",\"creator\":" + line(creator) + ",\"entries\":[";
    }
    QByteArray add(const Event &event) override
    {
        const auto key = std::pair(event.call, event.attempt);
        if (event.kind == EventKind::AttemptQueued) {
            m_running[key].queued = event.at;
        } else if (event.kind == EventKind::AttemptStarted) {
            m_running[key].started = event.at;
            m_running[key].wall = event.wall;
        } else if (event.kind == EventKind::AttemptFinished) {
            const Running running = m_running[key];
            m_running.erase(key);
            return (std::exchange(m_first, false) ? "\n" : ",\n") + line(entry(redacted(event), running));
        }
        return {};
    }
    QByteArray end() override
    {
        const QString comment = QStringLiteral("One entry an attempt. Bodies and request headers are not recorded. %1 "
                                               "attempts without an end are left out.")
                                    .arg(m_running.size());
        return "\n],\"comment\":" + QJsonDocument(QJsonArray{comment}).toJson(QJsonDocument::Compact).mid(1).chopped(1)
               + "}}\n";
    }

private:
    struct Running { std::optional<SteadyTime> queued, started; WallTime wall{}; };

    QJsonObject entry(const Event &e, const Running &running) const
    {
        const double blocked =
            running.queued && running.started ? toSeconds(*running.started - *running.queued) * 1e3 : -1.0;
        const double all = toSeconds(e.duration) * 1e3;
        const double wait = e.firstToken ? std::min(all, toSeconds(*e.firstToken) * 1e3) : all;
        const WallTime started =
            running.started ? running.wall : e.wall - std::chrono::duration_cast<std::chrono::milliseconds>(e.duration);
        const QJsonObject timings{{QStringLiteral("blocked"), blocked},
                                  {QStringLiteral("dns"), -1},
                                  {QStringLiteral("connect"), -1},
                                  {QStringLiteral("ssl"), -1},
                                  {QStringLiteral("send"), 0},
                                  {QStringLiteral("wait"), wait},
                                  {QStringLiteral("receive"), all - wait},
                                  {QStringLiteral("comment"),
                                   QStringLiteral("wait holds connecting, sending and waiting for the first content")}};
        return {{QStringLiteral("startedDateTime"), formatWallTime(started)},
                {QStringLiteral("time"), all + std::max(0.0, blocked)},
                {QStringLiteral("request"), request(e)},
                {QStringLiteral("response"), response(e)},
                {QStringLiteral("cache"), QJsonObject{}},
                {QStringLiteral("timings"), timings},
                {QStringLiteral("comment"), toSentence(e)},
                {QStringLiteral("_retryscope"), toJson(e)}};
    }
    QJsonObject request(const Event &e) const
    {
        QUrl url = m_options.endpoints.value(e.provider);
        if (!url.isValid() || url.isEmpty())
            url = QUrl(QStringLiteral("https://unknown.invalid/")
                       + QString::fromLatin1(QUrl::toPercentEncoding(e.provider)));
        url.setUserInfo({});
        QUrlQuery query(url);
        QJsonArray queryString;
        auto items = query.queryItems();
        for (auto &[name, value] : items) {
            value = hidden; // an address needs no values to be recognised
            queryString.append(QJsonObject{{QStringLiteral("name"), name}, {QStringLiteral("value"), value}});
        }
        query.setQueryItems(items);
        url.setQuery(query);
        return {{QStringLiteral("method"), QStringLiteral("POST")},
                {QStringLiteral("url"), url.toString(QUrl::FullyEncoded)},
                {QStringLiteral("httpVersion"), QStringLiteral("HTTP/1.1")},
                {QStringLiteral("cookies"), QJsonArray{}},
                {QStringLiteral("headers"), QJsonArray{}},
                {QStringLiteral("queryString"), queryString},
                {QStringLiteral("headersSize"), -1},
                {QStringLiteral("bodySize"), -1}};
    }
    static QJsonObject response(const Event &e)
    {
        QJsonArray headers;
        QString type;
        for (const auto &[name, value] : e.headers) {
            headers.append(QJsonObject{{QStringLiteral("name"), name}, {QStringLiteral("value"), value}});
            if (name.compare(QLatin1String("content-type"), Qt::CaseInsensitive) == 0)
                type = value;
        }
        return {{QStringLiteral("status"), e.status},
                {QStringLiteral("statusText"), QString()},
                {QStringLiteral("httpVersion"), QStringLiteral("HTTP/1.1")},
                {QStringLiteral("cookies"), QJsonArray{}},
                {QStringLiteral("headers"), headers},
                {QStringLiteral("content"),
                 QJsonObject{{QStringLiteral("size"), -1},
                             {QStringLiteral("mimeType"), type.isEmpty() ? QStringLiteral("x-unknown") : type}}},
                {QStringLiteral("redirectURL"), QString()},
                {QStringLiteral("headersSize"), -1},
                {QStringLiteral("bodySize"), -1}};
    }

    ExportOptions m_options;
    std::map<std::pair<CallId, int>, Running> m_running;
    bool m_first = true;
};

QString notWritten(const QString &path, const QString &why)
{
    return QStringLiteral("%1 could not be written: %2. Nothing was changed; choose another place, or free some space.")
        .arg(path, why);
}

} // namespace

std::unique_ptr<EventEncoder> EventEncoder::make(EventFormat format, const ExportOptions &options)
{
    switch (format) {
    case EventFormat::Csv: return std::make_unique<CsvEncoder>();
    case EventFormat::Har: return std::make_unique<HarEncoder>(options);
    case EventFormat::JsonLines: break;
    }
    return std::make_unique<JsonLinesEncoder>();
}

QByteArray encode(const Events &events, EventFormat format, const ExportOptions &options)
{
    const auto encoder = EventEncoder::make(format, options);
    QByteArray out = encoder->begin();
    for (const Event &event : events)
        out += encoder->add(event);
    return out + encoder->end();
}

QString suffixOf(EventFormat format)
{
    constexpr std::array suffixes{"jsonl", "csv", "har"};
    return QString::fromLatin1(suffixes[std::size_t(format)]);
}

Expected<qint64, QString> exportEvents(const Events &events, EventFormat format, const QString &path,
                                       const ExportOptions &options, const ExportProgress &progress)
{
    return exportEvents(events.size(), [&](qsizetype i) { return events[i]; }, format, path, options, progress);
}

Expected<qint64, QString> exportEvents(qsizetype count, const std::function<Event(qsizetype)> &eventAt,
                                       EventFormat format, const QString &path, const ExportOptions &options,
                                       const ExportProgress &progress)
{
    constexpr qsizetype step = 512;
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return Unexpected{notWritten(path, file.errorString())};
    const auto encoder = EventEncoder::make(format, options);
    qint64 size = 0;
    QByteArray chunk = encoder->begin();
    for (qsizetype i = 0; i <= count; ++i) {
        chunk += i < count ? encoder->add(eventAt(i)) : encoder->end();
        if (i < count && (i + 1) % step)
            continue;
        if (file.write(chunk) != chunk.size())
            return Unexpected{notWritten(path, file.errorString())};
        size += chunk.size();
        chunk.clear();
        if (progress && !progress(count == 0 ? 1.0 : std::min(1.0, double(i + 1) / double(count))))
            return Unexpected{QStringLiteral("Saving to %1 was stopped; nothing was changed.").arg(path)};
    }
    if (!file.commit())
        return Unexpected{notWritten(path, file.errorString())};
    return size;
}

Expected<qint64, QString> writeFile(const QByteArray &text, const QString &path)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
        return Unexpected{notWritten(path, file.errorString())};
    return qint64(text.size());
}

} // namespace retryscope
