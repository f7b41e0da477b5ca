// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "engine/localengineclient.h"
#include "sandbox/sandbox.h"
#include "history/historyarchive.h"
#include "history/historyrecorder.h"

#include <QCommandLineParser>

#include <functional>
#include <memory>
#include <optional>

class QEventLoop;
class QTimer;

namespace retryscope::cli {

/// Parses; answers --help and wrong usage itself, and then gives the exit code to return.
std::optional<int> parse(QCommandLineParser &parser, const QStringList &arguments);
/// For a command that takes options alone: the exit code when there is anything else; the sentence has been printed.
std::optional<int> refuseWords(const QCommandLineParser &parser, const char *command);
/// Each issue on a line; true when one is an error.
bool printIssues(const ConfigIssues &issues, const QString &file);

/// The first of these that the configuration does not enable; none: all are.
std::optional<QString> unknownProvider(const Configuration &configuration, const QStringList &ids);
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

    /// "qt" or "curl", before open(). Empty, or a sentence about what is wrong.
    QString chooseTransport(const QString &key);
    /// Each as the value of --fault has it: of a simulated provider, or played before any other. Empty, or a sentence about
    /// what is wrong.
    QString setFaults(const QStringList &options);
    /// Writes what waits for the history and says what could not be written.
    void close();

    TransportKind transport = TransportKind::Qt;
    Configuration configuration;
    PriceList prices;                          ///< what the engine's calls cost
    std::unique_ptr<Sandbox> sandbox;          ///< only when a provider is simulated
    std::unique_ptr<LocalEngineClient> engine; ///< stopped before the sandbox
    std::unique_ptr<HistoryRecorder> recorder;

private:
    QString setFault(const QString &option);
};

/// The history that the configuration names (without one: the user's own), for reading; or the exit code, the sentence has been
/// printed. One that is not there yet (exists()) is not opened.
Expected<std::unique_ptr<HistoryArchive>, int> openPast(const QString &configFile);
/// What a list says of it.
QString noCallsYet();
/// A point in time: "30m", "24h", "7d" ago, or a date and time of ISO 8601 (local where it names no zone). None else.
std::optional<WallTime> since(const QString &text);

} // namespace retryscope::cli
