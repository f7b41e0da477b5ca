// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/localengineclient.h"
#include "sandbox/sandbox.h"
#include "telemetry/eventjournal.h"

#include <QCommandLineParser>

#include <functional>
#include <memory>
#include <optional>

class QEventLoop;
class QTimer;

namespace retryscope::cli {

/// Parses; answers --help and wrong usage itself, and then gives the exit code to return.
std::optional<int> parse(QCommandLineParser &parser, const QStringList &arguments);
/// Each issue on a line; true when one is an error.
bool printIssues(const ConfigIssues &issues, const QString &file);

/// The object as one line of JSON Lines.
QString line(const QJsonObject &object);
/// Calls `each` every 50 ms; ends the loop when it says so.
void pollUntil(QEventLoop &loop, QTimer &timer, std::function<bool()> each);

/// The engine with its providers, as every command uses it.
struct Session
{
    /// `configFile` empty: the simulated providers. `forceSandbox`: the file's policy on the simulated providers.
    /// An exit code when it cannot be had; the sentence has been printed.
    std::optional<int> open(const QString &configFile, bool forceSandbox);

    Configuration configuration;
    std::unique_ptr<Sandbox> sandbox;          ///< only when a provider is simulated
    std::unique_ptr<LocalEngineClient> engine; ///< stopped before the sandbox
};

} // namespace retryscope::cli
