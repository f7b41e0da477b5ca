// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/healthmonitor.h"
#include "http/servercertificate.h"

#include <QJsonObject>

namespace retryscope {

/// What the judgement says of the present, for programs: calls, and of each provider its state, why, until when, its
/// circuits, what is in flight, and its limits. Durations in seconds with the suffix _s, times in UTC.
QJsonObject statusJson(const HealthSnapshot &now, SteadyTime at, int requests);
/// The certificate that new connections get: what a person compares, for whom and until when it is.
QJsonObject tlsJson(const ServerCertificate &certificate);

/// Who tells events, and of whom: what a follower has to know before it can judge them. Holds no address and no key.
QJsonObject helloJson(const Configuration &configuration, qint64 run, SteadyTime at);
/// What stands, as events that would bring it about.
QJsonObject standingJson(const HealthMonitor &health);

} // namespace retryscope
