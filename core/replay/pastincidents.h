// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/incidenttracker.h"
#include "history/historyvalues.h"
#include "replay/record.h"

namespace retryscope {

class HistoryReader;

/// An incident as one program lived through it.
struct PastIncident
{
    qint64 run = 0;
    Incident incident;
    /// As far as anything is known of it.
    WallTime end() const { return incident.isOpen() ? incident.lastSeen : incident.ended; }
    bool operator==(const PastIncident &) const = default;
};
using PastIncidents = QVector<PastIncident>;

/// Finds the incidents of recorded events by the rules that find them live, program by program.
class IncidentFinder
{
public:
    /// In the order in which they happened.
    void add(const Event &event);
    /// No incident is open.
    bool isCalm() const;
    /// Newest first.
    PastIncidents found() const;

private:
    struct Watched
    {
        IncidentTracker tracker;
        SteadyTime at{};
        WallTime wall{};
    };
    std::map<qint64, Watched> m_runs;
};

/// What incidents are looked for. `most` of them, the newest, in [from, to).
struct IncidentSearch
{
    CallKind kind = CallKind::RealIfAny; ///< RealIfAny: real ones where there were real calls
    int most = 5;
    WallTime from{}, to{};
};
/// How long single events are kept, and how far back is looked unless told otherwise.
inline constexpr std::chrono::hours incidentSearchLength{24 * 30};

struct FoundIncidents
{
    PastIncidents incidents; ///< newest first
    bool simulated = false;  ///< they are of simulated calls
    bool anyReal = false, anySimulated = false; ///< there were such calls
    bool stopped = false;
    QString problem; ///< a sentence when it could not be read; then there are none
    bool operator==(const FoundIncidents &) const = default;
};
/// Those of a history. Sums say when something failed, so calm times are not read. Waits for it; `stopped` is asked now
/// and then.
FoundIncidents findIncidents(HistoryReader &reader, const IncidentSearch &search,
                             const std::function<bool()> &stopped = {});
/// Those among what IncidentFinder has found; `real` and `simulated`: there were such calls.
FoundIncidents choose(const PastIncidents &found, const IncidentSearch &search, bool real, bool simulated);

/// So much of the time before and after an incident is played with it.
inline constexpr Duration incidentMargin = 5min;

/// The calls of an incident: those of its program, of its kind, that came while it lasted and in the margin around it.
/// | field   | what                                                                                        |
/// | missing | events of that time that are not on record, by their numbers                                 |
/// | cut     | it was longer than what is played, which ends after `mostCalls`                              |
struct IncidentRecord
{
    static constexpr qsizetype mostCalls = 100'000;
    PastIncident of;
    Record record;
    qint64 missing = 0;
    bool cut = false, stopped = false;
    QString problem; ///< a sentence when it could not be read
};

/// Collects an IncidentRecord.
class IncidentRecordReader
{
public:
    explicit IncidentRecordReader(const PastIncident &incident);
    /// What is to be added, in this order: more than the calls' time, so that they have their ends.
    EventQuery query() const;
    void add(const Event &event);
    IncidentRecord record() const;

private:
    PastIncident m_of;
    WallTime m_from{}, m_to{};
    RecordReader m_reader;
    quint64 m_first = 0, m_last = 0, m_count = 0;
    bool m_cut = false;
};
IncidentRecord readIncident(HistoryReader &reader, const PastIncident &incident,
                            const std::function<bool()> &stopped = {});

} // namespace retryscope
