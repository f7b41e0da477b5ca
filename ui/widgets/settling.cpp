// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/settling.h"

#include <QElapsedTimer>
#include <QEventLoop>
#include <QTimer>
#include <QWidget>

#include <algorithm>

namespace retryscope {
namespace {

constexpr std::chrono::milliseconds look{25}, layout{100}; ///< between two looks; for what the last result moved

void runFor(std::chrono::milliseconds time)
{
    QEventLoop loop;
    QTimer::singleShot(time, &loop, &QEventLoop::quit);
    loop.exec();
}

} // namespace

bool isSettled(const QWidget &root)
{
    const auto widgets = root.findChildren<QWidget *>();
    return std::none_of(widgets.begin(), widgets.end(), [](const QWidget *widget) {
        const auto *settling = dynamic_cast<const Settling *>(widget);
        return settling && widget->isVisible() && !settling->isSettled();
    });
}

bool settle(const QWidget &root, std::chrono::milliseconds atLeast, std::chrono::milliseconds atMost)
{
    QElapsedTimer since;
    since.start();
    runFor(atLeast);
    if (isSettled(root))
        return true;
    while (!isSettled(root) && std::chrono::milliseconds(since.elapsed()) < atMost)
        runFor(look);
    runFor(layout);
    return isSettled(root);
}

} // namespace retryscope
