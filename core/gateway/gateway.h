// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/accesslog.h"
#include "gateway/eventfeed.h"
#include "gateway/gatewaycall.h"
#include "gateway/metrics.h"
#include "gateway/reports.h"
#include "http/address.h"
#include "http/servercertificate.h"

#include <QHostAddress>

namespace retryscope {

/// | field    | what                                                        | unit | default                       |
/// | address  | that is listened on: a loopback one, with a certificate any | | 127.0.0.1                     |
/// | port     | 0: any free one                                             | port | 4180                          |
/// | token    | that every program must bring; never empty                  |      |                               |
/// | certificate | every connection is encrypted with it                    |      | none: nothing is encrypted    |
/// | http     | limits of the server                                        |      | bodies of 64 MB, 4096 connections |
/// | pages    | origins whose web pages may ask with the token, and read the answers (CORS) |   | none          |
/// | accessLog | file to which a line is appended for each request, or "-" for standard output |  | none     |
/// | tell     | told what goes wrong beside the calls, in a sentence, on any thread |      | nobody              |
///
/// http.hosts are names by which programs know it, beside those of the certificate and, beyond loopback, of the machine.
struct GatewayOptions
{
    QHostAddress address = QHostAddress::LocalHost;
    quint16 port = 4180;
    QByteArray token;
    std::optional<ServerCertificate> certificate;
    HttpServerOptions http = defaults();
    QByteArrayList pages;
    QString accessLog;
    std::function<void(const QString &)> tell;
    static HttpServerOptions defaults();
};

/// The local endpoint for other programs: takes requests of every dialect, sends them on under the engine's policy, and
/// answers each program in its own words. Lives on the engine's thread; its parts must outlive it.
class Gateway final : public QObject
{
    Q_OBJECT
public:
    struct Parts
    {
        Clock &clock;
        ApiRetryHandler &engine;
        const HealthMonitor &health;
        std::function<CallId()> nextCall;
    };
    Gateway(Parts parts, GatewayOptions options, QObject *parent = nullptr);
    ~Gateway() override;

    /// The bound port, or a sentence (who holds the port, a foreign address, ...).
    Expected<quint16, QString> start();
    /// Takes no more requests; what runs may end. drained() follows.
    void drain();
    /// A log rotation has moved the access log away.
    void reopenAccessLog();
    /// What /retryscope/status says of the fleet; without it there is none.
    void showFleet(std::function<QJsonObject()> status) { m_fleet = std::move(status); }
    /// For connections from now on; only where it was started with one.
    void useCertificate(const ServerCertificate &certificate);
    /// Requests that are being answered.
    int running() const { return m_running; }

signals:
    void drained();

private:
    void serve(const ServedRequest &request, const ResponderPtr &responder);
    void serveOwn(const ServedRequest &request, const RequestAddress &address, const ResponderPtr &responder);
    void serveModels(const Dialect &dialect, const ResponderPtr &responder);
    void forward(const ServedRequest &request, const Dialect &dialect, const ObservedRequest &observed);
    void answer(const ServedRequest &request, const ObservedRequest &observed);
    MetricsNow present() const;
    void command(const QByteArray &path, const ResponderPtr &responder);
    void tellDrained();
    void ping();

    Parts m_parts;
    GatewayOptions m_options;
    AccessKeeper m_access;
    std::function<QJsonObject()> m_fleet;
    HttpServer m_server;
    struct Watchers
    {
        Metrics metrics;
        EventFeed feed;
        std::unique_ptr<Reports> reports;
    };
    std::shared_ptr<Watchers> m_watchers; ///< fed by the bus, which lets nobody go, for as long as we are there
    TimerHandle m_ping;
    std::shared_ptr<Gateway *> m_self = std::make_shared<Gateway *>(this); ///< for calls, which may end later
    int m_running = 0;
    bool m_draining = false, m_finishing = false;
};

} // namespace retryscope
