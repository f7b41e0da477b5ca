// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>

#include <chrono>

namespace retryscope::cli {

/// Tells the service manager (systemd) what a service of Type=notify tells: "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=...".
/// Does nothing where none waits for it. On any thread; never waits.
void tellService(const QByteArray &state);
/// Reading the configuration again: until the next READY=1.
void tellServiceOfReload();
/// How often the manager wants to hear WATCHDOG=1; zero: it does not.
std::chrono::milliseconds watchdogPace();
/// The files that the manager passed on (LoadCredential=), one for each variable that a reference such as env:OPENAI_API_KEY
/// or RETRYSCOPE_TOKEN may name. A variable that is set already stays.
void takeServiceCredentials();

} // namespace retryscope::cli
