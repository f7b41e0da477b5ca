// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "replay/pastincidents.h"
#include "replay/replay.h"
#include "words/incidentwords.h"

namespace retryscope {

/// In a list of several: "openai: rate limited, 2026-11-25 18:37:15 to 18:38:02 UTC, 21 calls affected", and by the clock
/// here "OpenAI: rate limited, 25 Nov 19:37:15 to 19:38:02, 21 calls affected".
QString incidentLine(const PastIncident &incident, ClockOf clock = ClockOf::Utc);
/// Which one is played: who, why, from when to when, whom it concerned, which calls are played with it.
QString incidentStory(const IncidentRecord &record, ClockOf clock = ClockOf::Utc);
/// "1 simulated call", "12 real calls".
QString recordedCallsText(quint64 n, bool simulated);
/// "It was: 97.3 % answered, p95 4.21 s, 1.12 attempts a call."
QString whatItWas(const Record &record);
/// Why nothing can be played, and what to do: no incident, or none of its calls is on record. Empty: it can.
QString noIncidentText(const FoundIncidents &found, const IncidentSearch &search);
QString historyOffText();
QString noHistoryText();
QString noCallsText(const IncidentRecord &record);
/// What to hold against the numbers. `assumed`: see Replay, of the first policy; `asks`: that one asks the incident's provider.
QStringList replayDoubts(const IncidentRecord &record, const std::optional<Estimate> &assumed, bool asks);

/// What a replayed incident is compared by, in this order.
inline constexpr std::array incidentMeasures{Measure::Success,  Measure::P50,       Measure::P95, Measure::P99,
                                             Measure::Attempts, Measure::Failovers, Measure::Cost};
/// "99.2 % ± 0.05", "1.24 s": as meanText and halfWidthText have it.
QString withInterval(Measure measure, const std::optional<Estimate> &value);

/// Where a replay of an incident stands.
enum class IncidentReplayState : quint8 { Reading, Playing, Stopped, Complete };
/// `played` of `wanted` times. `older`: the numbers that are shown are not of this draft.
QString incidentReplayText(IncidentReplayState state, int played, int wanted, bool older);

} // namespace retryscope
