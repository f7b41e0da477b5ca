// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/transportkind.h"

#include "transport/curllibrary.h"
#include "transport/curltransport.h"
#include "transport/networktransport.h"

namespace retryscope {

Expected<TransportKind, QString> transportFromKey(const QString &key)
{
    if (key == QLatin1String("qt"))
        return TransportKind::Qt;
    if (key != QLatin1String("curl"))
        return Unexpected{QStringLiteral("--transport takes qt or curl, not \"%1\".").arg(key)};
    if (const auto &found = findCurl(); !found)
        return Unexpected{found.error()};
    return TransportKind::Curl;
}

std::unique_ptr<Transport> makeTransport(TransportKind kind)
{
    if (kind == TransportKind::Curl)
        return std::make_unique<CurlTransport>();
    return std::make_unique<NetworkTransport>();
}

} // namespace retryscope
