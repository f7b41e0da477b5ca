// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "grab.h"

#include "mainwindow.h"
#include "theme/theme.h"

#include <QDir>
#include <QEventLoop>
#include <QTimer>

#include <array>
#include <cstdio>

namespace retryscope {

int grab(const QString &folder, MainWindow &window, Theme &theme, const std::function<void(Fault)> &fault)
{
    if (!QDir().mkpath(folder)) {
        std::fprintf(stderr, "The folder %s cannot be made.\n", qPrintable(folder));
        return 4;
    }
    const auto wait = [](int ms) { QEventLoop loop; QTimer::singleShot(ms, &loop, &QEventLoop::quit); loop.exec(); };
    window.show();
    wait(6000);
    fault(Fault::RateLimit);
    wait(6000);
    fault(Fault::None);
    window.findChild<QWidget *>(QStringLiteral("sendButton"))->setFocus();
    QMetaObject::invokeMethod(window.findChild<QWidget *>(QStringLiteral("sendButton")), "click");
    wait(3000);
    static constexpr std::array names{"dashboard", "test", "tune", "events", "incidents"};
    for (const auto mode : {ThemeMode::Dark, ThemeMode::Light}) {
        theme.setMode(mode);
        for (int page = 0; page < MainWindow::PageCount; ++page) {
            window.showPage(page);
            wait(200);
            const QString path = QStringLiteral("%1/%2-%3.png").arg(folder, QLatin1String(names[std::size_t(page)]), mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light"));
            if (!window.grab().save(path)) {
                std::fprintf(stderr, "%s could not be written.\n", qPrintable(path));
                return 4;
            }
        }
    }
    std::printf("Pictures of every page are in %s\n", qPrintable(QDir(folder).absolutePath()));
    return 0;
}

} // namespace retryscope
