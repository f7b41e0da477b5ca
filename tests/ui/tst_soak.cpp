// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/virtualclock.h"
#include "mainwindow.h"
#include "support/fakeengine.h"
#include "support/randomcalls.h"
#include "support/sanitized.h"
#include "support/suite.h"

#include <QApplication>
#include <QFile>
#include <QLocale>
#include <QSettings>
#include <QTest>

#include <malloc.h>

using namespace retryscope;

/// Days in the life of the whole window, on a stepped clock: what it keeps is bounded, so what it takes is.
class SoakTest : public QObject
{
    Q_OBJECT
private slots:
    void theWindowsMemoryLevelsOff();

private:
    static double heapMb() { return double(mallinfo2().uordblks + mallinfo2().hblkhd) / 1e6; }
    static double residentMb()
    {
        QFile file(QStringLiteral("/proc/self/statm"));
        return file.open(QIODevice::ReadOnly) ? double(file.readAll().split(' ').value(1).toLongLong()) * 4096.0 / 1e6
                                              : 0.0;
    }
};

void SoakTest::theWindowsMemoryLevelsOff()
{
#ifdef RETRYSCOPE_SANITIZED
    QSKIP("The sanitizer's allocator cannot be asked what is in use.");
#endif
    constexpr qsizetype full = 60'000, longRun = 240'000; // events: all that is kept is kept from 50,000 on
    QSettings().clear();
    const double before = heapMb();
    VirtualClock clock;
    FakeEngine engine;
    Theme theme(ThemeMode::Light);
    MainWindow window(engine, {}, theme);
    window.setClock(clock);
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    engine.apply(configuration);
    window.setConfiguration(configuration);
    window.resize(1160, 740);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window, suite::patience));
    RandomCalls calls(7);
    qsizetype events = 0;
    double atFull = 0.0, last = 0.0;
    for (int step = 0; events < longRun; ++step) {
        clock.advance(4s);
        for (int i = 0; i < 10; ++i)
            calls.call();
        Events batch = calls.stream.take();
        for (Event &e : batch) {
            e.run = 1;
            e.at = clock.now();
            e.wall = clock.wallNow();
        }
        events += batch.size();
        engine.feed(batch);
        engine.advance(clock.now(), clock.wallNow());
        if (step % 25 == 0) {
            window.showPage(step / 25 % 4 == 0   ? MainWindow::EventLog
                            : step / 25 % 4 == 2 ? MainWindow::Incidents
                                                 : MainWindow::Dashboard);
            window.refreshNow();
            QApplication::processEvents();
        }
        if (atFull == 0.0 && events >= full)
            atFull = heapMb();
        last = heapMb();
    }
    qInfo("%lld events over %lld h: heap %.1f MB at %lld events, %.1f MB at the end (%.1f MB of it before the window); "
          "resident %.0f MB", qint64(events),
          qint64(std::chrono::duration_cast<std::chrono::hours>(clock.now().time_since_epoch()).count()), atFull,
          qint64(full), last, before, residentMb());
    QVERIFY2(last - atFull < 6.0, qPrintable(QStringLiteral("%1 MB came on top").arg(last - atFull)));
    QVERIFY2(last - before < 60.0, qPrintable(QStringLiteral("the window takes %1 MB").arg(last - before)));
}

SUITE_MAIN(SoakTest)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication app(argc, argv);
    QApplication::setOrganizationName(QStringLiteral("retryscope"));
    QApplication::setApplicationName(QStringLiteral("tst_soak"));
    SoakTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_soak.moc"
