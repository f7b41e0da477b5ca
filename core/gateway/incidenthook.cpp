// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/incidenthook.h"

#include "base/timeformat.h"
#include "engine/credentials.h"
#include "words/incidentwords.h"

#include <QCryptographicHash>
#include <QJsonDocument>
#include <QMessageAuthenticationCode>

namespace retryscope {
namespace {

ShipperOptions optionsFor(const HookPlace &place)
{
    ShipperOptions options;
    options.what = QStringLiteral("The webhook for incidents");
    options.request.url = place.url;
    options.request.headers = {{"Content-Type", "application/json"}, {"User-Agent", "retryscope/" RETRYSCOPE_VERSION}};
    options.queue = 64;
    options.attempts = 6; // with waits of 1 to 16 s
    options.mayRetry = [](int status) { return status == 408 || status == 429 || status >= 500; };
    return options;
}

} // namespace

QByteArray incidentNotice(const Incident &incident, const QString &kind, WallTime now)
{
    const QJsonObject notice{{QStringLiteral("kind"), kind},
                             {QStringLiteral("ts"), formatWallTime(now)},
                             {QStringLiteral("text"), toSentence(incident)},
                             {QStringLiteral("incident"), toJson(incident)}};
    return QJsonDocument(notice).toJson(QJsonDocument::Compact);
}

QByteArray signatureOf(const QByteArray &body, const QByteArray &secret)
{
    return "sha256=" + QMessageAuthenticationCode::hash(body, secret, QCryptographicHash::Sha256).toHex();
}

Expected<HookPlace, QString> hookPlace(const WebhookTarget &target)
{
    const QString until = QStringLiteral(" Until then incidents are not told to the webhook.");
    const auto url = resolveReference(target.url, QStringLiteral("the webhook's address"));
    if (!url)
        return Unexpected{url.error().sentence + until};
    const QUrl address(QString::fromUtf8(*url));
    if (!address.isValid() || address.host().isEmpty()
        || (address.scheme() != QLatin1String("http") && address.scheme() != QLatin1String("https"))) // not repeated: it is a secret
        return Unexpected{QStringLiteral("\"webhook.url\" stands for no whole http or https address.") + until};
    const auto secret = resolveReference(target.secret, QStringLiteral("the webhook's secret"));
    if (!secret)
        return Unexpected{secret.error().sentence + until};
    return HookPlace{address, *secret};
}

IncidentHook::IncidentHook(Parts parts, HookPlace place, qint64 run)
    : m_parts(std::move(parts)), m_place(std::move(place)),
      m_shipper(m_parts.clock, m_parts.transport, m_parts.random, optionsFor(m_place), {m_parts.tell, m_parts.dropped, {}}),
      m_run(run), m_began(m_parts.clock.wallNow())
{
}

void IncidentHook::look(const std::deque<Incident> &incidents)
{
    std::map<quint64, Told> told;
    for (const Incident &incident : incidents) {
        const auto before = m_told.find(incident.id);
        const bool isNew = before == m_told.end() && incident.opened >= m_began;
        if (isNew)
            notice(incident, "incident.opened");
        else if (before != m_told.end() && incident.reopened > before->second.reopened)
            notice(incident, "incident.reopened");
        const bool wasOpen = isNew || (before != m_told.end() && (before->second.open || incident.reopened > before->second.reopened));
        if (wasOpen && !incident.isOpen())
            notice(incident, "incident.ended");
        told[incident.id] = {incident.isOpen(), incident.reopened};
    }
    m_told = std::move(told);
}

void IncidentHook::notice(const Incident &incident, const char *kind)
{
    Shipment shipment;
    shipment.body = incidentNotice(incident, QLatin1String(kind), m_parts.clock.wallNow());
    shipment.headers = {{"x-retryscope-delivery", QByteArray::number(m_run, 16) + '-' + QByteArray::number(++m_sent)}};
    if (!m_place.secret.isEmpty())
        shipment.headers.append({QByteArrayLiteral("x-retryscope-signature"), signatureOf(shipment.body, m_place.secret)});
    m_shipper.add(std::move(shipment));
}

} // namespace retryscope
