// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "theme/systemscheme.h"

#include <QGuiApplication>
#include <QObject>
#include <QStyleHints>

#ifdef RETRYSCOPE_DBUS
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#endif

namespace retryscope {

#if QT_VERSION < 0x060500 && defined(RETRYSCOPE_DBUS) // in digits, as moc reads nothing of Qt
namespace {

const QString portal = QStringLiteral("org.freedesktop.portal.Desktop");
const QString settings = QStringLiteral("org.freedesktop.portal.Settings");
const QString path = QStringLiteral("/org/freedesktop/portal/desktop");
const QString group = QStringLiteral("org.freedesktop.appearance");
const QString key = QStringLiteral("color-scheme"); // 0 no wish, 1 dark, 2 light

/// Reads the wish once and listens for a new one.
class PortalScheme final : public QObject
{
    Q_OBJECT
public:
    PortalScheme(QObject *parent, std::function<void(bool)> changed) : QObject(parent), m_changed(std::move(changed))
    {
        if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS"))
            return; // or the library would go and look for a bus
        QDBusConnection bus = QDBusConnection::sessionBus();
        if (!bus.isConnected())
            return;
        bus.connect(portal, path, settings, QStringLiteral("SettingChanged"), this,
                    SLOT(onSetting(QString, QString, QDBusVariant)));
        QDBusMessage read = QDBusMessage::createMethodCall(portal, path, settings, QStringLiteral("Read"));
        read << group << key;
        auto *watcher = new QDBusPendingCallWatcher(bus.asyncCall(read, 2000), this);
        connect(watcher, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher *done) {
            const QDBusPendingReply<QDBusVariant> reply = *done;
            if (!reply.isError())
                onSetting(group, key, reply.value());
            done->deleteLater();
        });
    }

private slots:
    void onSetting(const QString &where, const QString &what, const QDBusVariant &value)
    {
        if (where != group || what != key)
            return;
        QVariant wish = value.variant();
        if (wish.canConvert<QDBusVariant>()) // the old Read wraps it once more
            wish = wish.value<QDBusVariant>().variant();
        if (wish.toUInt() != 0)
            m_changed(wish.toUInt() == 1);
    }

private:
    std::function<void(bool)> m_changed;
};

} // namespace

void watchSystemScheme(QObject *context, std::function<void(bool)> changed)
{
    new PortalScheme(context, std::move(changed));
}

#elif QT_VERSION >= 0x060500

void watchSystemScheme(QObject *context, std::function<void(bool)> changed)
{
    const auto tell = [changed = std::move(changed)] {
        if (const auto scheme = QGuiApplication::styleHints()->colorScheme(); scheme != Qt::ColorScheme::Unknown)
            changed(scheme == Qt::ColorScheme::Dark);
    };
    QObject::connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, context, tell);
    QMetaObject::invokeMethod(context, tell, Qt::QueuedConnection);
}

#else

void watchSystemScheme(QObject *, std::function<void(bool)>) {}

#endif

} // namespace retryscope

#if QT_VERSION < 0x060500 && defined(RETRYSCOPE_DBUS)
#include "systemscheme.moc"
#endif
