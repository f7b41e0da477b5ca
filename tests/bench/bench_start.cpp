// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// From the start of the process to the first painted page, and the memory of the running demo, as the system sees them.
#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QThread>

#include <algorithm>
#include <cstdio>

namespace {

QProcessEnvironment environment(const QString &home)
{
    QProcessEnvironment e = QProcessEnvironment::systemEnvironment();
    e.insert(QStringLiteral("HOME"), home);
    e.insert(QStringLiteral("XDG_RUNTIME_DIR"), home);
    e.insert(QStringLiteral("XDG_CONFIG_HOME"), home + QStringLiteral("/config"));
    e.insert(QStringLiteral("XDG_DATA_HOME"), home + QStringLiteral("/data"));
    e.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    e.insert(QStringLiteral("QT_LOGGING_RULES"), QStringLiteral("retryscope.start.info=true"));
    return e;
}

double residentMb(qint64 pid)
{
    QFile file(QStringLiteral("/proc/%1/status").arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return 0.0;
    for (const QByteArray &line : file.readAll().split('\n')) {
        if (line.startsWith("VmRSS:"))
            return line.mid(6).trimmed().split(' ').first().toDouble() / 1024.0;
    }
    return 0.0;
}

/// Milliseconds to the first page; negative when it does not come. `watch` seconds later the memory is read.
double start(const QString &home, int watch, double *resident)
{
    QProcess app;
    app.setProcessEnvironment(environment(home));
    app.setProcessChannelMode(QProcess::MergedChannels);
    QElapsedTimer timer;
    timer.start();
    app.start(QStringLiteral(DESKTOP_BINARY), {QStringLiteral("--demo")});
    QByteArray said;
    while (!said.contains("first page painted") && timer.elapsed() < 20'000 && app.waitForReadyRead(20'000))
        said += app.readAll();
    const double ms = said.contains("first page painted") ? double(timer.nsecsElapsed()) / 1e6 : -1.0;
    for (int s = 0; s < watch; ++s) {
        QThread::sleep(1);
        *resident = std::max(*resident, residentMb(app.processId()));
    }
    app.terminate();
    app.waitForFinished(20'000);
    return ms;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    QTemporaryDir home;
    double resident = 0.0;
    QList<double> times;
    for (int i = 0; i < 11; ++i)
        times << start(home.path(), i == 10 ? 30 : 0, &resident); // the first is cold: nothing of it is in any cache
    const double cold = times.takeFirst();
    std::sort(times.begin(), times.end());
    if (cold < 0 || times.first() < 0) {
        std::puts("the first page was not painted");
        return 1;
    }
    std::printf("first painted page: first start %.0f ms, then median %.0f ms, slowest of %lld %.0f ms\n", cold,
                times[times.size() / 2], static_cast<long long>(times.size()), times.last());
    std::printf("resident, at most in 30 s of the demo: %.1f MB\n", resident);
    return 0;
}
