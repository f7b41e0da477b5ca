// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/transportkind.h"

#include "transport/curltransport.h"
#include "transport/networktransport.h"

namespace retryscope {

std::optional<TransportKind> transportFromKey(const QString &key)
{
    if (key == QLatin1String("qt"))
        return TransportKind::Qt;
    if (key == QLatin1String("curl"))
        return TransportKind::Curl;
    return std::nullopt;
}

std::unique_ptr<Transport> makeTransport(TransportKind kind)
{
    if (kind == TransportKind::Curl)
        return std::make_unique<CurlTransport>();
    return std::make_unique<NetworkTransport>();
}

} // namespace retryscope
