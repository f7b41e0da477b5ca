// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "notices/noticecenter.h"
#include "notices/notifier.h"

#include <QSet>

namespace retryscope {

/// Tells of incidents inside the window: a card that counts on while the incident runs, says when it is over, and then
/// closes itself. What a person closed stays closed until the incident is over.
class WindowNotifier : public QObject, public Notifier
{
    Q_OBJECT
public:
    explicit WindowNotifier(NoticeCenter &center);
    void show(const Notice &notice) override;
    void update(const Notice &notice) override;
    QString place() const override;

signals:
    void incidentRequested(quint64 id);

private:
    void post(const Notice &notice);
    NoticeCenter &m_center;
    QSet<QString> m_dismissed;  ///< by a person
    QSet<QString> m_saidOver;   ///< their end was shown already
};

} // namespace retryscope
