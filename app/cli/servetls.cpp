// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "servetls.h"

#include "terminal.h"

#include "base/userfiles.h"
#include "http/owncertificate.h"

#include <QFile>

#include <sys/stat.h>

namespace retryscope::cli {
namespace {

constexpr std::chrono::seconds filesPace{2}; ///< between two looks at given files
constexpr std::chrono::hours ownPace{12};    ///< at the days that our own has left

constexpr int lastDays = 14; ///< of a given one, in which its end is told
constexpr std::chrono::hours warningPace{24};

/// Another one when the file behind the name is another one, or another one's content.
QByteArray stampOf(const QString &file)
{
    struct stat info
    {};
    if (::stat(QFile::encodeName(file).constData(), &info) != 0)
        return "none";
    return QByteArray::number(quint64(info.st_ino)) + ' ' + QByteArray::number(qint64(info.st_size)) + ' '
           + QByteArray::number(qint64(info.st_mtim.tv_sec)) + '.' + QByteArray::number(qint64(info.st_mtim.tv_nsec));
}

QString inAddress(const QHostAddress &address)
{
    return address.protocol() == QAbstractSocket::IPv6Protocol ? QStringLiteral("[%1]").arg(address.toString())
                                                               : address.toString();
}

bool isEvery(const QHostAddress &address)
{
    return address == QHostAddress::Any || address == QHostAddress::AnyIPv4 || address == QHostAddress::AnyIPv6;
}

} // namespace

QList<QCommandLineOption> ServeTls::options()
{
    return {
        {QStringLiteral("tls"),
         QStringLiteral("Encrypt, with a certificate that is made on the spot and kept in the user's data folder; its "
                        "fingerprint is printed.")},
        {QStringLiteral("tls-cert"), QStringLiteral("Encrypt, with this certificate and those that signed it (PEM)."),
         QStringLiteral("FILE")},
        {QStringLiteral("tls-key"), QStringLiteral("The key of --tls-cert (PEM); default: it stands in the same file."),
         QStringLiteral("FILE")},
        {QStringLiteral("host"),
         QStringLiteral(
             "A further name or address by which programs know the gateway, such as gateway.example.org. May be "
             "repeated."),
         QStringLiteral("NAME")}};
}

std::optional<int> ServeTls::read(const QCommandLineParser &parser, const QHostAddress &address)
{
    m_certificateFile = parser.value(QStringLiteral("tls-cert"));
    m_keyFile = parser.isSet(QStringLiteral("tls-key")) ? parser.value(QStringLiteral("tls-key")) : m_certificateFile;
    m_own = parser.isSet(QStringLiteral("tls"));
    for (const QString &host : parser.values(QStringLiteral("host"))) {
        const QHostAddress number(host.startsWith(QLatin1Char('[')) ? host.mid(1, host.size() - 2) : host);
        m_hosts << (number.isNull() ? host.toLower() : number.toString());
        if (!isHostName(m_hosts.last())) {
            err(QStringLiteral(
                    "--host: \"%1\" is no host name. Give a name such as gateway.example.org, or an address, without a "
                    "port.")
                    .arg(host));
            return Usage;
        }
    }
    if (!isEvery(address))
        m_address = address.toString().section(QLatin1Char('%'), 0, 0);
    if (m_own && !m_keyFile.isEmpty()) {
        err(QStringLiteral("--tls makes a certificate, and --tls-cert names one. Use one of them."));
        return Usage;
    }
    if (m_certificateFile.isEmpty() && !m_keyFile.isEmpty()) {
        err(QStringLiteral("--tls-key needs the certificate of this key: give it with --tls-cert FILE."));
        return Usage;
    }
    if (!m_own && m_certificateFile.isEmpty())
        return std::nullopt;
    auto certificate = load();
    if (!certificate) {
        err(certificate.error());
        return CannotStart;
    }
    m_now = *certificate;
    return std::nullopt;
}

void ServeTls::applyTo(GatewayOptions *options) const
{
    options->certificate = m_now;
    for (const QString &host : m_hosts)
        options->http.hosts << host.toLatin1();
}

QString ServeTls::root(const QHostAddress &address, quint16 port) const
{
    const QString host = !isEvery(address)    ? inAddress(address)
                         : !m_hosts.isEmpty() ? m_hosts.first()
                                              : machineAddress();
    return QStringLiteral("%1://%2:%3").arg(m_now ? QStringLiteral("https") : QStringLiteral("http"), host).arg(port);
}

QString ServeTls::told() const
{
    if (!m_now)
        return {};
    QString text =
        QStringLiteral("Its certificate has the SHA-256 fingerprint\n  %1\nand is good until %2.")
            .arg(QString::fromLatin1(m_now->fingerprint), m_now->until.toString(QStringLiteral("yyyy-MM-dd")));
    if (m_own)
        text += QStringLiteral(" Programs that are to trust it need the file %1.").arg(m_certificateFile);
    if (!m_made.isEmpty())
        text += QStringLiteral(" It was made now: %1.").arg(m_made);
    return text + QLatin1Char('\n');
}

Expected<ServerCertificate, QString> ServeTls::load()
{
    if (!m_own) {
        m_read = m_seen = stamp();
        return readServerCertificate(m_certificateFile, m_keyFile);
    }
    const QString folder = userDataFolder();
    if (folder.isEmpty())
        return Unexpected{noDataFolder(QStringLiteral("The gateway's certificate"))};
    QStringList wanted = m_hosts;
    if (!m_address.isEmpty())
        wanted << m_address;
    const auto own = ownCertificate(folder, wanted);
    if (!own)
        return Unexpected{own.error()};
    m_made = own->madeBecause;
    m_certificateFile = own->certificateFile;
    return own->certificate;
}

QByteArray ServeTls::stamp() const { return stampOf(m_certificateFile) + '/' + stampOf(m_keyFile); }

void ServeTls::warnOfItsEnd(std::chrono::steady_clock::time_point now)
{
    if (m_own || now < m_nextWarning || m_now->until > QDateTime::currentDateTimeUtc().addDays(lastDays))
        return;
    m_nextWarning = now + warningPace;
    err(QStringLiteral("The certificate %1 ends on %2. Renew it: the new file is taken without a restart.")
            .arg(m_certificateFile, m_now->until.toString(QStringLiteral("yyyy-MM-dd"))),
        Priority::Warning);
}

std::optional<ServerCertificate> ServeTls::renewed(Look look)
{
    const auto now = std::chrono::steady_clock::now();
    if (!m_now || (look == Look::WhenDue && now < m_nextLook))
        return std::nullopt;
    warnOfItsEnd(now);
    m_nextLook = now + (m_own ? std::chrono::seconds(ownPace) : filesPace);
    if (!m_own && look == Look::WhenDue) {
        const QByteArray seen = stamp(); // two files change one after the other: wait until they rest
        if (std::exchange(m_seen, seen) != seen || seen == m_read)
            return std::nullopt;
    }
    const auto certificate = load();
    if (!certificate) {
        err(QStringLiteral("The certificate before stays in use: %1").arg(certificate.error()));
        return std::nullopt;
    }
    if (certificate->fingerprint == m_now->fingerprint)
        return std::nullopt;
    m_now = *certificate;
    err(QStringLiteral("New connections get the certificate with the SHA-256 fingerprint %1, good until %2.")
            .arg(QString::fromLatin1(m_now->fingerprint), m_now->until.toString(QStringLiteral("yyyy-MM-dd"))),
        Priority::Information);
    return m_now;
}

} // namespace retryscope::cli
