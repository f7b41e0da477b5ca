// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/gatewayrig.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <mutex>

namespace retryscope {

inline const QByteArray reportAnswer = R"({"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],)"
                                R"("usage":{"prompt_tokens":3,"completion_tokens":1}})";
inline const QByteArray reportQuestion = R"({"model":"a-model","messages":[{"role":"user","content":"The secret prompt"}]})";

/// Takes POSTs of JSON and answers with a status that the test sets.
class JsonReceiver : public RawServer
{
public:
    struct Taken { QByteArray path, head, body; QJsonObject json; };
    QVector<Taken> taken;
    QByteArray status = "200 OK", more, reply = "{}";
    bool silent = false;

    JsonReceiver()
    {
        answer = [this](QTcpSocket *socket, int) {
            taken.append({heads.last().split(' ').value(1), heads.last(), lastBody, QJsonDocument::fromJson(lastBody).object()});
            if (!silent)
                RawServer::reply(socket, reply, status, more);
        };
    }
    QVector<Taken> at(const QByteArray &path) const
    {
        QVector<Taken> some;
        std::copy_if(taken.begin(), taken.end(), std::back_inserter(some), [&](const Taken &t) { return t.path == path; });
        return some;
    }
    /// Everything under "resourceX / scopeX / items" of every request to the path.
    QJsonArray items(const QByteArray &path, const char *outer, const char *scope, const char *inner) const
    {
        QJsonArray all;
        for (const Taken &t : at(path)) {
            for (const QJsonValue &one : t.json[QLatin1String(outer)][0][QLatin1String(scope)][0][QLatin1String(inner)].toArray())
                all.append(one);
        }
        return all;
    }
    QJsonArray spans() const { return items("/v1/traces", "resourceSpans", "scopeSpans", "spans"); }
    QJsonArray records() const { return items("/v1/logs", "resourceLogs", "scopeLogs", "logRecords"); }
};

/// A gateway before a provider whose every second answer is an error, with all that is told.
struct ReportRig : GatewayRig
{
    ReportRig()
    {
        provider.answer = [](QTcpSocket *socket, int number) {
            number % 2 ? RawServer::reply(socket, "{\"error\":{\"message\":\"busy\"}}", "503 Service Unavailable")
                       : RawServer::reply(socket, reportAnswer);
        };
        add(QStringLiteral("a"), provider);
        configuration.retry.circuitOpenTime = 100ms; // it fails half of the time, and so is shut in between
        options.tell = [this](const QString &sentence) {
            const std::lock_guard lock(mutex);
            told << sentence;
        };
    }
    ~ReportRig() { gateway.reset(); } // which tells us, also at its end
    void begin() { start(options); }
    void traceTo(const JsonReceiver &receiver)
    {
        configuration.reporting.otlp.endpoint = receiver.url(QString()).toString();
    }
    Got call(const QByteArray &more = {}) const { return ask(post("/v1/chat/completions?key=in-the-query", reportQuestion, more)); }
    int count(EventKind kind) const { return int(ofKind(kind).size()); }
    QStringList all() const
    {
        const std::lock_guard lock(mutex);
        return told;
    }
    double dropped() const
    {
        const QByteArray text = ask(get("/metrics")).body;
        const qsizetype at = text.indexOf("\nretryscope_events_dropped_total ");
        return at < 0 ? -1.0 : text.mid(at + 33, text.indexOf('\n', at + 1) - at - 33).toDouble();
    }
    RawServer provider;
    GatewayOptions options;
    mutable std::mutex mutex;
    QStringList told;
};

} // namespace retryscope
