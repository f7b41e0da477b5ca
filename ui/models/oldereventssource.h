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

signals:
    /// Oldest first. `more`: there may be older ones still.
    void arrived(const retryscope::Events &events, bool more);
    /// A sentence.
    void failed(const QString &problem);
};

} // namespace retryscope
