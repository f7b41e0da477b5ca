// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "telemetry/event.h"
#include "telemetry/eventfilter.h"

#include <QObject>

namespace retryscope {

/// Where events older than memory come from: a store that answers later. Lives on the window's thread.
class OlderEventsSource : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    /// Asks for the newest `most` events that match and are older than (`before`, `beforeSeq`). Answers exactly once,
    /// with `arrived` or `failed`, never inside this call. One request at a time.
    virtual void request(const EventFilter &filter, WallTime before, quint64 beforeSeq, int most) = 0;
    /// To be told of the window's own events: from the first of this program's on it tells, with `came`, what other
    /// programs record beside it.
    virtual void heard(const Events &) {}

signals:
    /// Oldest first. `more`: there may be older ones still.
    void arrived(const retryscope::Events &events, bool more);
    /// Of other programs, oldest first, a moment after they recorded it; each once, and never one that `arrived` holds. Also
    /// empty: there was nothing new.
    void came(const retryscope::Events &events);
    /// A sentence.
    void failed(const QString &problem);
};

} // namespace retryscope
