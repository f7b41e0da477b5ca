// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "servefleet.h"

#include "terminal.h"

#include "fleet/fleet.h"
#include "gateway/gateway.h"

#include <QSysInfo>

namespace retryscope::cli {

void joinFleet(Gateway &gateway, const EngineHost &host, const QString &location, quint16 port)
{
    const auto place = fleetLocationFromText(location);
    if (!place)
        return;
    FleetOptions options;
    options.name = QStringLiteral("%1:%2").arg(QSysInfo::machineHostName()).arg(port);
    auto *fleet = new Fleet({host.clock, host.engine}, *place, options, &gateway);
    QObject::connect(fleet, &Fleet::told, fleet, [](const QString &sentence) { err(sentence); });
    gateway.showFleet([fleet] { return fleet->status(); });
}

} // namespace retryscope::cli
