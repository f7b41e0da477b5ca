// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "notices/desktopnotifier.h"

#ifdef RETRYSCOPE_DBUS
#include <QDBusConnection>
#include <QDBusConnectionInterface>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QGuiApplication>
#include <QHash>
#include <QObject>
#include <QVariantMap>
#endif

namespace retryscope {

#ifdef RETRYSCOPE_DBUS
namespace {

const QString service = QStringLiteral("org.freedesktop.Notifications");

class DBusNotifier final : public QObject, public Notifier
{
public:
    explicit DBusNotifier(Notifier &fallback) : m_fallback(fallback) {}
    void show(const Notice &notice) override
    {
        QDBusMessage call = QDBusMessage::createMethodCall(service, QStringLiteral("/org/freedesktop/Notifications"),
                                                           service, QStringLiteral("Notify"));
        const QVariantMap hints{{QStringLiteral("urgency"), QVariant::fromValue<uchar>(1)},
                                {QStringLiteral("desktop-entry"), QGuiApplication::desktopFileName()}};
        // The note that it is over takes the place of the one that it began.
        call << QStringLiteral("Retryscope") << m_shown.value(notice.incident) << QString() << notice.title
             << notice.text << QStringList() << hints << -1;
        auto *watcher = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(call, 5000), this);
        connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, notice](QDBusPendingCallWatcher *done) {
            const QDBusPendingReply<uint> reply = *done;
            done->deleteLater();
            m_refused = reply.isError();
            if (m_refused)
                m_fallback.show(notice);
            else if (notice.kind == Notice::Kind::Opened)
                m_shown[notice.incident] = reply.value();
            else
                m_shown.remove(notice.incident);
        });
    }
    QString place() const override { return m_refused ? m_fallback.place() : tr("Notices appear on the desktop."); }

private:
    Notifier &m_fallback;
    QHash<quint64, uint> m_shown;
    bool m_refused = false;
};

} // namespace
#endif

std::unique_ptr<Notifier> makeDesktopNotifier(Notifier &fallback)
{
#ifdef RETRYSCOPE_DBUS
    const QDBusConnection bus = QDBusConnection::sessionBus();
    if (bus.isConnected()
        && (bus.interface()->isServiceRegistered(service).value()
            || bus.interface()->activatableServiceNames().value().contains(service)))
        return std::make_unique<DBusNotifier>(fallback);
#endif
    (void)fallback;
    return nullptr;
}

} // namespace retryscope
