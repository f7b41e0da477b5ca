// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "notices/desktopnotifier.h"
#include "support/suite.h"

#include <QCoreApplication>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>
#ifdef RETRYSCOPE_DBUS
#include <QDBusConnection>
#include <QDBusContext>
#include <QDBusError>
#include <QVariantMap>
#endif

using namespace retryscope;

namespace {
struct CountingNotifier final : Notifier
{
    void show(const Notice &) override { ++count; }
    QString place() const override { return QStringLiteral("in the window"); }
    int count = 0;
};
} // namespace

#ifdef RETRYSCOPE_DBUS
/// Stands in for the desktop's notification service, on a bus of the test's own.
class FakeService : public QObject, protected QDBusContext
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")
public:
    struct Shown { QString application, title, text; uint replaces; };
    QVector<Shown> shown;
    bool refuse = false;

public slots:
    uint Notify(const QString &application, uint replaces, const QString &, const QString &title, const QString &text,
                const QStringList &, const QVariantMap &, int)
    {
        if (refuse) {
            sendErrorReply(QDBusError::Failed, QStringLiteral("no screen"));
            return 0;
        }
        shown.append({application, title, text, replaces});
        return replaces ? replaces : uint(40 + shown.size());
    }
};

/// The notices as they leave the program, over a real bus.
class DesktopNoticesTest : public QObject
{
    Q_OBJECT
private slots:
    void withoutAServiceThereIsNoNotifier();
    void resolvedTakesThePlaceOfOpened();
    void whatTheServiceRefusesAppearsInTheWindow();

private:
    bool serve(FakeService *service)
    {
        QDBusConnection bus =
            QDBusConnection::connectToBus(qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS"), QStringLiteral("desktop"));
        return bus.registerService(QStringLiteral("org.freedesktop.Notifications"))
               && bus.registerObject(QStringLiteral("/org/freedesktop/Notifications"), service,
                                     QDBusConnection::ExportAllSlots);
    }
    void leave()
    {
        QDBusConnection bus(QStringLiteral("desktop"));
        bus.unregisterObject(QStringLiteral("/org/freedesktop/Notifications"));
        bus.unregisterService(QStringLiteral("org.freedesktop.Notifications"));
    }
};

void DesktopNoticesTest::withoutAServiceThereIsNoNotifier()
{
    CountingNotifier window;
    QVERIFY(!makeDesktopNotifier(window));
}

void DesktopNoticesTest::resolvedTakesThePlaceOfOpened()
{
    FakeService service;
    QVERIFY(serve(&service));
    CountingNotifier window;
    const auto desktop = makeDesktopNotifier(window);
    QVERIFY(desktop != nullptr);
    QCOMPARE(desktop->place(), QStringLiteral("Notices appear on the desktop."));
    desktop->show({7, Notice::Kind::Opened, QStringLiteral("OpenAI: rate limited"), QStringLiteral("Since 14:02.")});
    QTRY_COMPARE(service.shown.size(), 1);
    QCOMPARE(service.shown[0].application, QStringLiteral("Retryscope"));
    QCOMPARE(service.shown[0].replaces, 0U);
    QTest::qWait(20); // the answer with the id
    desktop->show({8, Notice::Kind::Opened, QStringLiteral("Mistral: timed out"), {}});
    QTRY_COMPARE(service.shown.size(), 2);
    desktop->show({7, Notice::Kind::Resolved, QStringLiteral("OpenAI: resolved"), {}});
    QTRY_COMPARE(service.shown.size(), 3);
    QCOMPARE(service.shown[2].replaces, 41U);
    QCOMPARE(service.shown[2].title, QStringLiteral("OpenAI: resolved"));
    QCOMPARE(window.count, 0);
    leave();
}

void DesktopNoticesTest::whatTheServiceRefusesAppearsInTheWindow()
{
    FakeService service;
    service.refuse = true;
    QVERIFY(serve(&service));
    CountingNotifier window;
    const auto desktop = makeDesktopNotifier(window);
    QVERIFY(desktop != nullptr);
    desktop->show({7, Notice::Kind::Opened, QStringLiteral("OpenAI: rate limited"), {}});
    QTRY_COMPARE(window.count, 1);
    QCOMPARE(desktop->place(), window.place()); // and the window says so
    leave();
    desktop->show({7, Notice::Kind::Resolved, QStringLiteral("OpenAI: resolved"), {}}); // the service has gone
    QTRY_COMPARE(window.count, 2);
}

SUITE_MAIN(DesktopNoticesTest)
{
    QCoreApplication app(argc, argv);
    QProcess daemon;
    daemon.start(QStringLiteral("dbus-daemon"),
                 {QStringLiteral("--session"), QStringLiteral("--nofork"), QStringLiteral("--print-address=1")});
    if (!daemon.waitForStarted() || !daemon.waitForReadyRead(10'000)) {
        qWarning("SKIP: dbus-daemon cannot be started (%s); install the package dbus-daemon.",
                 qPrintable(daemon.errorString()));
        return 0;
    }
    qputenv("DBUS_SESSION_BUS_ADDRESS", daemon.readAllStandardOutput().trimmed());
    DesktopNoticesTest test;
    const int result = QTest::qExec(&test, argc, argv);
    daemon.terminate();
    daemon.waitForFinished();
    return result;
}
#include "tst_desktopnotices.moc"
#else
int main()
{
    qWarning("SKIP: built without Qt D-Bus.");
    CountingNotifier window;
    return makeDesktopNotifier(window) ? 1 : 0;
}
#endif
