// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "config/reporting.h"
#include "gateway/shipper.h"
#include "health/incidenttracker.h"

#include <map>

namespace retryscope {

/// What a webhook is told: "incident.opened", "incident.reopened" or "incident.ended", a sentence as the incident list has it,
/// and the incident as its exports have it.
QByteArray incidentNotice(const Incident &incident, const QString &kind, WallTime now);
/// "sha256=" and the HMAC-SHA256 of the body in hex.
QByteArray signatureOf(const QByteArray &body, const QByteArray &secret);

/// Address and secret, with what they refer to; the error is a sentence.
struct HookPlace { QUrl url; QByteArray secret; };
Expected<HookPlace, QString> hookPlace(const WebhookTarget &target);

/// POSTs a notice whenever an incident opens, reopens or ends, in that order, each up to six times within half a minute. Of an
/// incident from before it began only what is new is told. On one thread.
class IncidentHook
{
public:
    struct Parts
    {
        Clock &clock;
        Transport &transport;
        RandomSource &random;
        std::function<void(const QString &)> tell;
        std::function<void(int)> dropped;
    };
    IncidentHook(Parts parts, HookPlace place, qint64 run);
    /// Compares with what was told; a few times a second.
    void look(const std::deque<Incident> &incidents);
    void hurry() { m_shipper.hurry(); }
    bool isIdle() const { return m_shipper.isIdle(); }
    /// Notices that are not handed over yet.
    int waiting() const { return m_shipper.items(); }

private:
    void notice(const Incident &incident, const char *kind);

    struct Told { bool open = true; int reopened = 0; };
    Parts m_parts;
    HookPlace m_place;
    Shipper m_shipper;
    qint64 m_run;
    quint64 m_sent = 0;
    WallTime m_began;
    std::map<quint64, Told> m_told; ///< by the incident's id
};

} // namespace retryscope
