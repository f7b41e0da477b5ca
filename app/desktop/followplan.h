// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "grab.h"

#include <QUrl>

namespace retryscope {

class MainWindow;

/// How a window comes to follow a gateway.
struct FollowPlan
{
    QString url, tokenFile, caFile; ///< as given; the latter may be empty
    bool fresh = false;             ///< starts with the window as it comes
    bool grabbing = false;
    GrabPlan grab;
};

/// Opens a window on a running gateway in place of an engine of its own, and runs it; gives the program's exit code. Nothing
/// of it is written to this machine's history or incidents.
int follow(const FollowPlan &plan);

/// Opens such a window as a program of its own, so that this one stays as it is. The token travels in its environment.
void followInAnotherWindow(MainWindow &window, const QString &url, const QString &token);

} // namespace retryscope
