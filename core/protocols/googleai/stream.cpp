// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/googleai/googleai.h"
#include "protocols/googleai/parts.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

void GoogleAiProtocol::readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const
{
    if (name == "error" && !object.contains(QLatin1String("error")))
        return takeError(object, answer);
    googleai::readChunk(object, answer);
}

QByteArray GoogleAiServing::early(const ServedAnswer &a) const { return event(googleai::piece(a, QString(), true)); }

QByteArray GoogleAiServing::delta(const ServedAnswer &a, int word) const
{
    return event(googleai::piece(a, a.words[word], a.finishEverywhere));
}

QByteArray GoogleAiServing::ending(const ServedAnswer &a) const { return event(googleai::piece(a, QString(), true)); }

/// Not framed as an event: Google sends the bare object.
QByteArray GoogleAiServing::errorEvent(const ServedContext &c) const
{
    return error(ServedFault::Overloaded, c).body + "\n";
}

} // namespace retryscope
