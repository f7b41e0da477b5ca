// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "notices/incidentnotices.h"

#include "words/healthwords.h"
#include "words/labels.h"
#include "words/eventwords.h"

#include "words/incidentwords.h"

#include <QDateTime>

namespace retryscope {
namespace {
QString clock(WallTime t)
{
    return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count()).toString(QStringLiteral("HH:mm"));
}
} // namespace

IncidentNotices::IncidentNotices(const IncidentModel &model, Notifier &notifier, QObject *parent)
    : QObject(parent), m_model(model), m_notifier(&notifier)
{
    connect(&model, &IncidentModel::incidentChanged, this, [this](const IncidentChange &change) {
        using Kind = IncidentChange::Kind;
        if (change.kind == Kind::Opened || change.kind == Kind::Reopened) {
            if (!m_pending.contains(change.id))
                m_pending.insert(change.id, Told::Nothing);
            m_settled.remove(change.id);
        } else if (change.kind == Kind::Settled && m_pending.contains(change.id)) {
            m_settled.insert(change.id);
        }
        reconcile();
    });
}

void IncidentNotices::setNotifier(Notifier &notifier)
{
    m_notifier = &notifier;
    m_counted.clear();
    emit placeChanged();
}

void IncidentNotices::advance(SteadyTime now)
{
    const bool over =
        (m_mute == Mute::Timed && now >= m_muteEnds)
        || (m_mute == Mute::UntilResolved && m_model.openCount() == 0 && m_settled.size() == m_pending.size());
    if (over)
        unmute();
}

void IncidentNotices::mute(Duration length, SteadyTime now, WallTime wall)
{
    m_muteEnds = now + length;
    m_muteEndsWall = wall + std::chrono::duration_cast<std::chrono::milliseconds>(length);
    setMute(Mute::Timed);
}

void IncidentNotices::muteUntilResolved()
{
    if (m_model.openCount() > 0)
        setMute(Mute::UntilResolved);
}

void IncidentNotices::unmute()
{
    setMute(Mute::Off);
    reconcile();
}

void IncidentNotices::setMute(Mute mute)
{
    m_mute = mute;
    emit muteChanged();
}

QString IncidentNotices::muteText() const
{
    switch (m_mute) {
    case Mute::Timed: return tr("Muted until %1").arg(clock(m_muteEndsWall));
    case Mute::UntilResolved: return tr("Muted until resolved");
    case Mute::Off: break;
    }
    return {};
}

void IncidentNotices::reconcile()
{
    m_counted.clear();
    if (isMuted())
        return;
    for (auto it = m_pending.begin(); it != m_pending.end();) {
        const Incident *incident = m_model.find(it.key());
        const bool settled = m_settled.contains(it.key());
        if (incident && it.value() == Told::Nothing && incident->isOpen()) {
            it.value() = Told::Opened;
            tell(*incident, Notice::Kind::Opened);
        } else if (incident && settled && it.value() == Told::Opened) {
            tell(*incident, Notice::Kind::Resolved);
        }
        if (settled || !incident) {
            m_settled.remove(it.key());
            it = m_pending.erase(it);
        } else {
            ++it;
        }
    }
}

QString IncidentNotices::title(const Incident &i) const
{
    const QString name = m_model.nameOf(i.provider), sim = i.simulated ? tr(" (simulated)") : QString();
    if (i.isOpen())
        return tr("%1: %2%3").arg(name, causeText(i).toLower(), sim);
    return (i.ending == IncidentEnding::Recovered ? tr("%1: resolved%2") : tr("%1: over%2")).arg(name, sim);
}

void IncidentNotices::tell(const Incident &i, Notice::Kind kind)
{
    if (kind == Notice::Kind::Opened)
        m_notifier->show({i.id, kind, title(i),
                          tr("Since %1. %2 failed, %3 rerouted, %4 delayed so far.")
                              .arg(clock(i.started))
                              .arg(i.failedCalls)
                              .arg(i.reroutedCalls)
                              .arg(i.delayedCalls)});
    else
        m_notifier->show({i.id, kind, title(i), toSentence(m_model.named(i))});
}

void IncidentNotices::update(WallTime wall)
{
    if (isMuted())
        return;
    for (auto it = m_pending.constBegin(); it != m_pending.constEnd(); ++it) {
        const Incident *i = it.value() == Told::Opened ? m_model.find(it.key()) : nullptr;
        if (!i)
            continue;
        const auto length =
            std::chrono::floor<std::chrono::seconds>(std::max(wall - i->started, std::chrono::milliseconds::zero()));
        const Counted counted{length, i->failedAttempts};
        if (const auto told = m_counted.constFind(it.key()); told != m_counted.cend() && *told == counted)
            continue; // the words would be the same
        m_counted.insert(it.key(), counted);
        if (!i->isOpen()) {
            m_notifier->update({i->id, Notice::Kind::Resolved, title(*i), toSentence(m_model.named(*i))});
            continue;
        }
        const QString attempts =
            i->failedAttempts == 1 ? tr("1 failed attempt") : tr("%1 failed attempts").arg(i->failedAttempts);
        m_notifier->update({i->id, Notice::Kind::Opened, title(*i),
                            tr("For %1, since %2 · %3").arg(formatRoughSpan(length), clock(i->started), attempts)});
    }
}

} // namespace retryscope
