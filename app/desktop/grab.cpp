// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "grab.h"

#include "mainwindow.h"
#include "widgets/settling.h"

#include <QAbstractButton>
#include <QDir>
#include <QEventLoop>
#include <QPainter>
#include <QTimer>

#include <cstdio>
#include <utility>

namespace retryscope {
namespace {

constexpr std::array<const char *, MainWindow::PageCount> pageNames{"dashboard", "calls",  "incidents", "test",
                                                                    "tune",      "whatif", "gateway",   "crashtest",
                                                                    "providers", "batch",  "settings"};
constexpr std::chrono::milliseconds pageTime{300}, mostPageTime{30'000};
const QStringList themeNames{QStringLiteral("system"), QStringLiteral("light"), QStringLiteral("dark")};

void wait(int ms)
{
    QEventLoop loop;
    QTimer::singleShot(ms, &loop, &QEventLoop::quit);
    loop.exec();
}

void faultOfAll(const MainWindow &window, const GrabControls::FaultSwitch &fault, Fault which)
{
    for (const ProviderReport &provider : window.state().providers())
        fault(provider.id, which);
}

void play(const QString &state, MainWindow &window, const GrabControls::FaultSwitch &fault)
{
    const ProviderId first = window.state().providers().empty() ? ProviderId() : window.state().providers().front().id;
    if (state == QLatin1String("start")) {
        wait(2500);
    } else if (state == QLatin1String("limited")) {
        fault(first, Fault::RateLimit);
        wait(7000);
    } else if (state == QLatin1String("outage")) {
        faultOfAll(window, fault, Fault::Outage);
        wait(9000);
    } else if (state == QLatin1String("hanging")) {
        faultOfAll(window, fault, Fault::Silence);
        wait(9000);
    } else if (state == QLatin1String("recovered")) {
        wait(4000);
        fault(first, Fault::RateLimit);
        wait(6000);
        faultOfAll(window, fault, Fault::None);
        if (auto *send = window.findChild<QAbstractButton *>(QStringLiteral("sendButton")))
            send->click();
        wait(3000);
    }
}

/// At a scale of its own, whatever the screen's is.
bool save(MainWindow &window, qreal scale, const QString &path)
{
    for (int depth = 0; depth < 4; ++depth) // what the last refresh moved, down to the parts of parts
        QCoreApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
    QImage picture(window.size() * scale, QImage::Format_ARGB32_Premultiplied);
    picture.setDevicePixelRatio(scale);
    picture.fill(Qt::transparent);
    window.render(&picture);
    return picture.save(path);
}

bool oneState(const GrabPlan &plan, const QString &state, MainWindow &window, Theme &theme)
{
    for (const QSize &size : plan.sizes) {
        window.resize(size);
        for (const ThemeMode mode : plan.themes) {
            theme.setMode(mode);
            for (int page = 0; page < MainWindow::PageCount; ++page) {
                const QString name = QLatin1String(pageNames[std::size_t(page)]);
                if (!plan.pages.isEmpty() && !plan.pages.contains(name))
                    continue;
                window.showPage(page);
                if (!settle(window, pageTime, mostPageTime))
                    std::fprintf(stderr, "The page %s is still at work; the picture shows how far it is.\n",
                                 qPrintable(name));
                for (const qreal scale : plan.scales) {
                    const QString path = QStringLiteral("%1/%2-%3-%4-%5x%6@%7.png")
                                             .arg(plan.folder, state, name, themeNames[int(mode)])
                                             .arg(window.width())
                                             .arg(window.height())
                                             .arg(scale);
                    if (!save(window, scale, path)) {
                        std::fprintf(stderr, "%s could not be written.\n", qPrintable(path));
                        return false;
                    }
                }
            }
        }
    }
    return true;
}

} // namespace

const QStringList &grabStates()
{
    static const QStringList all{QStringLiteral("empty"),  QStringLiteral("start"),   QStringLiteral("limited"),
                                 QStringLiteral("outage"), QStringLiteral("hanging"), QStringLiteral("recovered")};
    return all;
}

QString readGrabPlan(GrabPlan *plan, const QString &sizes, const QString &scales, const QString &states,
                     const QString &themes, const QString &pages)
{
    const auto parts = [](const QString &text) { return text.split(QLatin1Char(','), Qt::SkipEmptyParts); };
    if (!sizes.isEmpty())
        plan->sizes.clear();
    for (const QString &part : parts(sizes)) {
        const QStringList two = part.split(QLatin1Char('x'));
        const QSize size(two.value(0).toInt(), two.value(1).toInt());
        if (two.size() != 2 || size.width() < 100 || size.height() < 100 || size.width() > 8000 || size.height() > 8000)
            return QStringLiteral("\"%1\" is not a size. Write WIDTHxHEIGHT in pixels, such as 1280x800.").arg(part);
        plan->sizes.append(size);
    }
    if (!scales.isEmpty())
        plan->scales.clear();
    for (const QString &part : parts(scales)) {
        if (part.toDouble() < 0.5 || part.toDouble() > 4)
            return QStringLiteral("\"%1\" is not a scale. Write a number from 0.5 to 4.").arg(part);
        plan->scales.append(part.toDouble());
    }
    if (!states.isEmpty())
        plan->states = states == QLatin1String("all") ? grabStates() : parts(states);
    for (const QString &state : plan->states) {
        if (!grabStates().contains(state))
            return QStringLiteral("\"%1\" is not a state. There are: %2, all.")
                .arg(state, grabStates().join(QStringLiteral(", ")));
    }
    if (!themes.isEmpty())
        plan->themes.clear();
    for (const QString &part : parts(themes)) {
        if (!themeNames.contains(part))
            return QStringLiteral("\"%1\" is not a theme. There are: light, dark.").arg(part);
        plan->themes.append(ThemeMode(themeNames.indexOf(part)));
    }
    plan->pages = parts(pages);
    for (const QString &page : plan->pages) {
        if (std::none_of(pageNames.begin(), pageNames.end(),
                         [&](const char *name) { return page == QLatin1String(name); }))
            return QStringLiteral("\"%1\" is not a page. There are: dashboard, calls, incidents, test, tune, whatif, "
                                  "gateway, crashtest, providers, batch, settings.")
                .arg(page);
    }
    return {};
}

int grab(const GrabPlan &plan, MainWindow &window, Theme &theme, const GrabControls &controls)
{
    if (!QDir().mkpath(plan.folder)) {
        std::fprintf(stderr, "The folder %s cannot be made.\n", qPrintable(plan.folder));
        return 4;
    }
    window.show();
    bool begun = false;
    for (const QString &state : grabStates()) {
        if (!plan.states.contains(state))
            continue;
        if (state != grabStates().first() && !std::exchange(begun, true))
            controls.begin();
        play(state, window, controls.fault);
        if (!oneState(plan, state, window, theme))
            return 4;
        faultOfAll(window, controls.fault, Fault::None);
    }
    std::printf("Pictures of every page are in %s\n", qPrintable(QDir(plan.folder).absolutePath()));
    return 0;
}

} // namespace retryscope
