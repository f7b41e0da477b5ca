// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/incidentmodel.h"
#include "notices/notifier.h"

#include <QHash>

namespace retryscope {

/// Decides what is told: one notice when an incident opened and one when it is over and did not come back, never a
/// repeat. While muted nothing is told; after it only what differs from what was told before.
class IncidentNotices : public QObject
{
    Q_OBJECT
public:
    enum class Mute : quint8 { Off, Timed, UntilResolved };
    IncidentNotices(const IncidentModel &model, Notifier &notifier, QObject *parent = nullptr);
    /// The notifier must outlive this.
    void setNotifier(Notifier &notifier);
    QString place() const { return m_notifier->place(); }

    /// Tells what is due and ends a mute that is over: about once a second.
    void advance(SteadyTime now);
    /// Brings what was told up to date, in places where a notice counts on.
    void update(WallTime wall);
    void mute(Duration length, SteadyTime now, WallTime wall);
    /// Ends when no incident is open any more; does nothing when none is.
    void muteUntilResolved();
    void unmute();
    bool isMuted() const { return m_mute != Mute::Off; }
    /// "Muted until 14:32", "Muted until resolved", or nothing.
    QString muteText() const;

signals:
    void muteChanged();
    void placeChanged();

private:
    enum class Told : quint8 { Nothing, Opened };
    using Counted = std::pair<std::chrono::seconds, quint64>; ///< its length and its failed attempts
    void reconcile();
    void tell(const Incident &incident, Notice::Kind kind);
    QString title(const Incident &incident) const;
    void setMute(Mute mute);
    const IncidentModel &m_model;
    Notifier *m_notifier;
    QHash<quint64, Told> m_pending;  ///< incidents that are not settled, and what is known of them outside
    QSet<quint64> m_settled;
    QHash<quint64, Counted> m_counted; ///< what was last told, since anything changed
    Mute m_mute = Mute::Off;
    SteadyTime m_muteEnds{};
    WallTime m_muteEndsWall{};
};

} // namespace retryscope
