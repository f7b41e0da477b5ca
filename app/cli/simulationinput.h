// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"
#include "simulator/scenario.h"
#include "simulator/study.h"

#include <QCommandLineParser>

namespace retryscope::cli {

// What the commands of the simulator have in common. Whatever cannot be had, its sentence has been printed.

/// --config.
void addConfigurationOption(QCommandLineParser &parser);
/// --scenario, "minute-outage" unless told otherwise, and --trace.
void addScenarioOptions(QCommandLineParser &parser);
/// --replications, --seed, --threads and --json.
void addLuckOptions(QCommandLineParser &parser, int replications);

struct Luck
{
    int replications = 20;
    quint64 seed = 1;
    int threads = 0;
};
/// Or the exit code.
Expected<Luck, int> readLuck(const QCommandLineParser &parser);
/// An empty name: the defaults and the four simulated providers.
std::optional<Configuration> readPlayedConfiguration(const QString &file);
/// By name or from a file; with a trace, that one's calls.
std::optional<Scenario> readScenario(const QString &name, const QString &traceFile);
/// None: no number from `least` to `most`.
std::optional<int> wholeNumber(const QString &text, int least, int most);

/// With a file, what tokens cost today: its own prices, which stand beside it, above ours.
SimulatedPolicy policyOf(const Configuration &configuration, const QString &file = {});
/// "default" for an empty name.
QString policyName(const QString &file);

QJsonObject estimateJson(const std::optional<Estimate> &estimate);
/// With "none" where the interval does not hold it to be a difference.
QJsonObject differenceJson(const std::optional<Estimate> &difference);
/// Of a scenario where no fault is over within the day.
QJsonObject noRecoveryJson();
/// A number, or a text where numbers of JSON readers have no room for it.
QJsonValue seedJson(quint64 seed);
/// Says of what was stopped how much of it was played. None: there is something to be told; else the exit code.
std::optional<int> tellCutShort(bool complete, bool tooMany, int replications, int wanted);
/// Left bound, two spaces apart.
QString columns(const QVector<QStringList> &rows);

} // namespace retryscope::cli
