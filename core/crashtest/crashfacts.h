// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crashtest/crashcase.h"
#include "crashtest/crashresult.h"
#include "crashtest/stage.h"
#include "engine/engineclient.h"

#include <QSet>

namespace retryscope {

/// What the providers of one place had, as they counted it.
struct PlaceFacts
{
    int requests = 0;              ///< prompts that reached it
    int spoiled = 0;               ///< of these, those that met a fault
    QVector<SandboxRequest> ended; ///< prompts whose exchange has ended, in order of arrival
    QSet<QString> answers;         ///< what its model said, whole, each time
    int astray = 0;                ///< that came to the address that it redirected to
};

/// All that was seen of one case.
struct CrashFacts
{
    QVector<std::optional<CallResult>> calls; ///< those that ended; none: one that went on without end
    int leftOver = 0;              ///< calls that were not made, or were under way, when the time of the case was over
    Events events;                            ///< of all calls
    QVector<PlaceFacts> places;               ///< by place in the chain
    Duration took{};
    double speed = 1.0;
};

/// The verdict on what was seen, with the setting that would change it.
CrashResult judge(const CrashCase &what, const Stage &stage, const CrashFacts &facts);

/// The field of the configuration that a finding hangs on, as a place in the file; empty: none does.
QString settingFor(CrashFinding finding, const CrashCase &what, const Stage &stage, const CrashFacts &facts);
/// What that field holds now, as the file writes it; empty where it is no single value.
QString settingValue(const QString &setting, const Configuration &configuration);

} // namespace retryscope
