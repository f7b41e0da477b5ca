// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"
#include "keys.h"

#include "servefleet.h"
#include "servetls.h"
#include "service.h"
#include "session.h"
#include "terminal.h"

#include "base/userfiles.h"
#include "config/configurationfile.h"
#include "engine/credentials.h"
#include "gateway/caller.h"
#include "gateway/gateway.h"
#include "gateway/pages.h"

#include <QEventLoop>
#include <QTimer>

#include <chrono>

namespace retryscope::cli {
namespace {

constexpr std::chrono::seconds drainTime{30}; ///< for what runs when the program is asked to stop

struct Place { QHostAddress address; quint16 port = 0; };

/// 127.0.0.1:4180, [::1]:4180, localhost:4180, [::]:4180 (every address, of IPv4 too), or a port alone. None: it is no such thing.
std::optional<Place> placeFrom(const QString &text)
{
    const qsizetype colon = text.lastIndexOf(QLatin1Char(':'));
    bool ok = false;
    const quint16 port = text.mid(colon + 1).toUShort(&ok);
    QString host = colon < 0 ? QStringLiteral("127.0.0.1") : text.first(colon);
    if (host.startsWith(QLatin1Char('[')) && host.endsWith(QLatin1Char(']')))
        host = host.mid(1, host.size() - 2);
    if (host == QLatin1String("localhost"))
        host = QStringLiteral("127.0.0.1");
    const QHostAddress address = host == QLatin1String("::") ? QHostAddress(QHostAddress::Any) : QHostAddress(host);
    return ok && !address.isNull() ? std::optional(Place{address, port}) : std::nullopt;
}

/// The token and where it stands, or the exit code; the sentence has been printed.
Expected<std::pair<QByteArray, QString>, int> readToken(const QCommandLineParser &parser)
{
    if (const QByteArray given = qgetenv("RETRYSCOPE_TOKEN"); !given.isEmpty()) {
        if (isToken(given))
            return std::pair(given, QStringLiteral("in the environment variable RETRYSCOPE_TOKEN"));
        err(QStringLiteral("The environment variable RETRYSCOPE_TOKEN holds no token: at least %1 characters without spaces "
                           "are one. Without the variable one is made and kept in a file.")
                .arg(shortestToken));
        return Unexpected{int(CannotStart)};
    }
    const QString option = parser.value(QStringLiteral("token-file")), file = option.isEmpty() ? defaultTokenFile() : option;
    if (file.isEmpty()) {
        err(noDataFolder(QStringLiteral("The gateway's token")));
        return Unexpected{int(CannotStart)};
    }
    const auto token = gatewayToken(file);
    if (!token) {
        err(token.error());
        return Unexpected{int(CannotStart)};
    }
    return std::pair(*token, QStringLiteral("in ") + file);
}

/// Of --cors; none where one is no origin, and the sentence has been printed.
std::optional<QByteArrayList> pagesFrom(const QCommandLineParser &parser)
{
    QByteArrayList pages;
    for (const QString &text : parser.values(QStringLiteral("cors"))) {
        const auto origin = webOrigin(text);
        if (!origin) {
            err(QStringLiteral("--cors: ") + origin.error());
            return std::nullopt;
        }
        pages << *origin;
    }
    return pages;
}

/// A running gateway, seen from the thread that reads signals and files.
class ServeJob : public QObject
{
public:
    int run(const QCommandLineParser &parser);

private:
    bool start(GatewayOptions options);
    void tell(const QString &where);
    void reload();
    void applyWhenRead(const QStringList &names);
    void look(bool asked);
    void beService();
    void stop();

    Session m_session;
    std::unique_ptr<ConfigurationFile> m_file;
    QPointer<Gateway> m_gateway; ///< on the engine's thread
    QEventLoop m_loop;
    QTimer m_poll;
    ServeTls m_tls;
    QString m_root;
    QTimer m_watchdog;
    bool m_json = false, m_open = true, m_stopping = false, m_read = false;
    std::chrono::steady_clock::time_point m_stopAt;
};

bool ServeJob::start(GatewayOptions options)
{
    options.tell = [](const QString &sentence) { err(sentence); };
    m_tls.applyTo(&options);
    std::optional<Expected<quint16, QString>> started;
    m_session.engine->host([&, this](const EngineHost &host) {
        auto gateway = std::make_unique<Gateway>(Gateway::Parts{host.clock, host.engine, host.health, host.nextCall}, options);
        auto port = gateway->start();
        if (port)
            joinFleet(*gateway, host, m_session.configuration.fleet, *port);
        connect(gateway.get(), &Gateway::drained, this, [this] { m_loop.quit(); });
        m_gateway = gateway.get();
        QMetaObject::invokeMethod(this, [this, &started, port] {
            started.emplace(port);
            m_loop.quit();
        });
        return gateway;
    });
    m_loop.exec();
    if (!*started) {
        err(started->error());
        return false;
    }
    m_root = m_tls.root(options.address, **started);
    return true;
}

void ServeJob::tell(const QString &where)
{
    if (m_json) {
        QJsonObject serving{{QStringLiteral("kind"), QStringLiteral("serving")},
                            {QStringLiteral("url"), m_root},
                            {QStringLiteral("token"), where},
                            {QStringLiteral("simulated"), m_session.sandbox != nullptr}};
        if (const QByteArray fingerprint = m_tls.fingerprint(); !fingerprint.isEmpty())
            serving[QLatin1String("fingerprint_sha256")] = QString::fromLatin1(fingerprint);
        m_open = out(line(serving));
        return;
    }
    m_open = out(QStringLiteral("Gateway on %1%2\nIts token stands %3; give it as the API key.\n%4\n"
                                "  OpenAI      OPENAI_BASE_URL=%1/v1\n"
                                "  Anthropic   ANTHROPIC_BASE_URL=%1\n"
                                "  Google      GOOGLE_GEMINI_BASE_URL=%1\n"
                                "  Mistral     server URL %1/mistral\n"
                                "  Status      %1/retryscope/status, metrics at %1/metrics\n")
                     .arg(m_root, m_session.sandbox ? QStringLiteral(", in front of simulated providers") : QString(), where,
                          m_tls.told()));
}

/// A file with an error changes nothing.
void ServeJob::reload()
{
    m_read = true;
    if (!m_file || m_file->state() != ConfigurationFile::State::Good) {
        if (m_file && m_file->state() == ConfigurationFile::State::Faulty)
            err(QStringLiteral("%1 has an error, so the configuration before stays: %2")
                    .arg(m_file->path(), m_file->firstError()));
        return;
    }
    Configuration configuration = m_file->loaded().configuration;
    const auto isSimulated = [](const ProviderConfig &p) { return p.simulated && p.enabled; };
    if (m_session.sandbox)
        bindToSandbox(&configuration.providers, m_session.sandbox->baseUrl({}).resolved(QUrl(QStringLiteral("/"))));
    else if (configuration.providers.removeIf(isSimulated) > 0)
        err(QStringLiteral("The simulated providers that are new in %1 are left out until the gateway is started anew.")
                .arg(m_file->path()));
    if (configuration.fleet != m_session.configuration.fleet)
        err(QStringLiteral("\"fleet\" has changed in %1; that takes effect when the gateway is started anew.").arg(m_file->path()));
    m_session.configuration = configuration;
    if (const QStringList names = keychainNames(configuration); !names.isEmpty()) // they may be new; in force as they come
        applyWhenRead(names);
    m_session.engine->apply(configuration);
    err(QStringLiteral("%1 was read again.").arg(m_file->path()), Priority::Information);
}

/// Keys may be other ones now: what was refused with those before is asked again.
void ServeJob::applyWhenRead(const QStringList &names)
{
    connect(&keyRing(), &KeyRing::finished, this, [this] { m_session.engine->apply(m_session.configuration); },
            Qt::SingleShotConnection);
    keyRing().readAgain(names);
}

/// The configuration where SIGHUP asked for it, the certificate also where its files have changed.
void ServeJob::look(bool asked)
{
    if (asked) {
        tellServiceOfReload();
        QMetaObject::invokeMethod(m_gateway, [gateway = m_gateway] { if (gateway) gateway->reopenAccessLog(); });
    }
    if (asked && m_file) {
        m_read = false;
        m_file->refresh();
        if (!m_read) // unchanged, but variables that it names may be new
            reload();
    }
    if (const auto certificate = m_tls.renewed(asked ? ServeTls::Look::Now : ServeTls::Look::WhenDue))
        QMetaObject::invokeMethod(m_gateway, [gateway = m_gateway, certificate] {
            if (gateway)
                gateway->useCertificate(*certificate);
        });
    if (asked)
        tellService("READY=1");
}

/// From the thread of the engine, which is what has to be alive.
void ServeJob::beService()
{
    tellService("READY=1\nSTATUS=Serving on " + m_root.toUtf8());
    const auto pace = watchdogPace();
    if (pace.count() == 0)
        return;
    connect(&m_watchdog, &QTimer::timeout, this, [this] {
        QMetaObject::invokeMethod(m_gateway, [] { tellService("WATCHDOG=1"); });
    });
    m_watchdog.start(pace);
}

void ServeJob::stop()
{
    m_stopping = true;
    tellService("STOPPING=1");
    m_stopAt = std::chrono::steady_clock::now() + drainTime;
    QMetaObject::invokeMethod(m_gateway, [gateway = m_gateway] {
        if (gateway)
            gateway->drain();
    });
}

int ServeJob::run(const QCommandLineParser &parser)
{
    const auto place = placeFrom(parser.value(QStringLiteral("listen")));
    if (!place) {
        err(QStringLiteral("--listen takes an address and a port, such as 127.0.0.1:4180."));
        return Usage;
    }
    if (const QString problem = m_session.chooseTransport(parser.value(QStringLiteral("transport"))); !problem.isEmpty()) {
        err(problem);
        return Usage;
    }
    const auto pages = pagesFrom(parser);
    if (!pages)
        return Usage;
    takeServiceCredentials();
    const auto token = readToken(parser);
    if (!token)
        return token.error();
    if (const auto code = m_tls.read(parser, place->address))
        return *code;
    m_json = parser.isSet(QStringLiteral("json"));
    const QString config = parser.value(QStringLiteral("config"));
    if (const auto code = m_session.open(config, parser.isSet(QStringLiteral("sandbox"))))
        return *code;
    if (const QString problem = m_session.setFaults(parser.values(QStringLiteral("fault"))); !problem.isEmpty()) {
        err(problem);
        return Usage;
    }
    GatewayOptions options;
    options.address = place->address;
    options.port = place->port;
    options.token = token->first;
    options.pages = *pages;
    options.accessLog = parser.value(QStringLiteral("access-log"));
    if (!start(std::move(options)))
        return CannotStart;
    if (!config.isEmpty() && !parser.isSet(QStringLiteral("sandbox"))) {
        m_file = std::make_unique<ConfigurationFile>(config);
        connect(m_file.get(), &ConfigurationFile::changed, this, [this] { reload(); });
    }
    tell(token->second);
    beService();
    pollUntil(m_loop, m_poll, [this] {
        look(reloadRequested());
        if (!m_stopping && (stopRequested() || !m_open))
            stop();
        return m_stopping && std::chrono::steady_clock::now() > m_stopAt;
    });
    m_loop.exec();
    m_session.engine->dismiss();
    m_session.close();
    return m_open ? Ok : OutputClosed;
}

} // namespace

int serve(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Takes the requests of other programs, in the words of OpenAI, Anthropic, Google or Mistral, and sends "
                       "them on with retries and failover. SIGHUP, or a changed file, reads the configuration again; SIGTERM "
                       "lets what runs end."));
    parser.addOptions(
        {{QStringLiteral("config"), QStringLiteral("Configuration file; without it the simulated providers."),
          QStringLiteral("FILE")},
         {QStringLiteral("listen"),
          QStringLiteral("Where to listen: a loopback address and a port, or with TLS any; default: 127.0.0.1:4180."),
          QStringLiteral("ADDRESS:PORT"), QStringLiteral("127.0.0.1:4180")},
         {QStringLiteral("token-file"),
          QStringLiteral(
              "Where the token stands; it is made where there is none. Default: gateway-token in the user's data "
              "folder."),
          QStringLiteral("FILE")},
         {QStringLiteral("access-log"),
          QStringLiteral(
              "Append a line of JSON for each request to this file, or to standard output: -. SIGHUP opens it anew."),
          QStringLiteral("FILE")},
         {QStringLiteral("cors"),
          QStringLiteral(
              "Let web pages of this origin, such as https://app.example, use the gateway with its token. May be "
              "repeated; without it no page of another machine may."),
          QStringLiteral("ORIGIN")},
         {QStringLiteral("transport"),
          QStringLiteral("How the network is reached: qt, or curl (libcurl); default: curl."), QStringLiteral("NAME"),
          QStringLiteral("curl")},
         {QStringLiteral("sandbox"), QStringLiteral("Use the simulated providers whatever the configuration names.")},
         {QStringLiteral("fault"),
          QStringLiteral(
              "Make a provider fail on purpose: a simulated one, such as openai=rate_limit; before any other one the "
              "answer is made here and it is not asked, such as ID=overloaded,share=0.2,for=5m. May be repeated."),
          QStringLiteral("ID=FAULT")},
         {QStringLiteral("json"), QStringLiteral("Print where it serves as JSON.")}});
    parser.addOptions(ServeTls::options());
    if (const auto code = parse(parser, arguments))
        return *code;
    if (const auto code = refuseWords(parser, "serve"))
        return *code;
    reloadOnHangup();
    ServeJob job;
    return job.run(parser);
}

} // namespace retryscope::cli
