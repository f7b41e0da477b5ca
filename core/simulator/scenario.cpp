// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/scenario.h"

namespace retryscope {

std::optional<Duration> Scenario::faultsEnd() const
{
    std::optional<Duration> end;
    for (const ProviderModel &m : models) {
        for (const FaultSpan &fault : m.faults) {
            if (fault.from < length && fault.length > Duration::zero())
                end = std::max(end.value_or(Duration::zero()), fault.from + fault.length);
        }
    }
    return end && *end < length ? end : std::nullopt;
}

int Scenario::faultsOutside() const
{
    QVector<FaultSpan> outside;
    for (const ProviderModel &m : models) {
        for (const FaultSpan &fault : m.faults) {
            if (fault.from >= length && !outside.contains(fault))
                outside.append(fault);
        }
    }
    return int(outside.size());
}

double Scenario::expectedCalls() const
{
    constexpr double usual = 3; // s, of an agent's call
    switch (workload.kind) {
    case Workload::Kind::Trace: return double(workload.trace.size());
    case Workload::Kind::Agents:
        return workload.agents * workload.taskCalls * toSeconds(length) / (usual + toSeconds(workload.think));
    default: return workload.perSecond * toSeconds(length);
    }
}

} // namespace retryscope
