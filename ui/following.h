// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace retryscope {

class MainWindow;
class RemoteEngineClient;

/// Joins a window to the gateway that its engine follows: who the providers are, how the connection is, what was refused,
/// and that nothing is kept here. Both must live as long as the window. `tokenFile`: where the token stands, for the lines
/// that programs need; empty: not known.
void showFollowed(RemoteEngineClient &engine, MainWindow &window, const QString &tokenFile = {});

} // namespace retryscope
