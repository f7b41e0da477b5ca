// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sandbox/sandbox.h"
#include "theme/theme.h"

#include <QSize>
#include <QStringList>

#include <functional>

namespace retryscope {

class MainWindow;

/// Which pictures `--grab` makes.
struct GrabPlan
{
    QString folder;
    QVector<QSize> sizes{QSize(1280, 800)};
    QVector<qreal> scales{1.0};
    QStringList states{QStringLiteral("recovered")}; ///< of `grabStates`
    QVector<ThemeMode> themes{ThemeMode::Dark, ThemeMode::Light};
    QStringList pages;                               ///< empty: all
};

/// What can be played before a picture is made, in the order in which they are played.
const QStringList &grabStates();
/// "900x600,1280x800", "1,2", "start,outage", "dark", "dashboard,test"; an empty text keeps what the plan has. Gives a
/// sentence about the first that cannot be read, or nothing.
QString readGrabPlan(GrabPlan *plan, const QString &sizes, const QString &scales, const QString &states,
                     const QString &themes, const QString &pages);

struct GrabControls
{
    using FaultSwitch = std::function<void(const ProviderId &, Fault)>;
    FaultSwitch fault;
    std::function<void()> begin; ///< the traffic; before it nothing has been asked
};

/// Plays the states on the simulated providers and writes STATE-PAGE-THEME-WIDTHxHEIGHT@SCALE.png for each. Gives the
/// program's exit code: 0, or 4 with a sentence on the standard error.
int grab(const GrabPlan &plan, MainWindow &window, Theme &theme, const GrabControls &controls);

} // namespace retryscope
