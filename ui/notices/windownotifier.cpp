// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "notices/windownotifier.h"

namespace retryscope {
namespace {

constexpr Duration readable = 12s; // how long the word that it is over stands
QString keyOf(quint64 incident) { return QStringLiteral("incident/%1").arg(incident); }

} // namespace

WindowNotifier::WindowNotifier(NoticeCenter &center) : m_center(center)
{
    connect(&center, &NoticeCenter::closed, this, [this](const QString &key, bool byPerson) {
        if (byPerson)
            m_dismissed.insert(key);
    });
}

QString WindowNotifier::place() const
{
    return tr("This desktop has no notification service; notices appear in the window.");
}

void WindowNotifier::show(const Notice &notice)
{
    const QString key = keyOf(notice.incident);
    m_dismissed.remove(key);
    if (notice.kind == Notice::Kind::Opened)
        m_saidOver.remove(key);
    else if (m_saidOver.remove(key) && !m_center.find(key))
        return; // was told by an update, and has been seen
    post(notice);
}

void WindowNotifier::update(const Notice &notice)
{
    const QString key = keyOf(notice.incident);
    if (m_dismissed.contains(key))
        return;
    if (notice.kind == Notice::Kind::Opened)
        m_saidOver.remove(key);
    else if (m_saidOver.contains(key) && !m_center.find(key))
        return;
    post(notice);
}

void WindowNotifier::post(const Notice &notice)
{
    const QString key = keyOf(notice.incident);
    const bool open = notice.kind == Notice::Kind::Opened;
    const quint64 id = notice.incident;
    if (!open)
        m_saidOver.insert(key);
    m_center.post({key,
                   open ? WindowNotice::Kind::Incident : WindowNotice::Kind::Success, notice.title, notice.text,
                   {{tr("Show incident"), QStringLiteral("noticeShow"), [this, id] { emit incidentRequested(id); }}},
                   open ? Duration::zero() : Duration(readable)});
}

} // namespace retryscope
