// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "config/retryfields.h"
#include "simulator/study.h"

namespace retryscope {

/// Values that one field of RetryConfig is to take, in the order in which they are asked for.
struct SweptField
{
    const RetryConfigField *field = nullptr; ///< of retryConfigFields(), not null
    QVector<double> values;                  ///< as the field's `get` gives them; each once
};
inline constexpr int mostSweptValues = 100;

/// Why that cannot be swept. The sentence is made in words.
struct SweepProblem
{
    enum class Kind : quint8 {
        NoAssignment, ///< the text is not FIELD=VALUES
        UnknownField,
        NoValue, ///< there is none, or an empty one between two commas
        NotAValue,
        NotWhole,
        OutOfRange,
        EmptyRange,    ///< it does not end above its begin
        NoSteps,       ///< FROM..TO without a number of values from 2 on
        WordsAreNamed, ///< a range of a field whose values are words
        TooMany,       ///< more than mostSweptValues
        Contradiction, ///< with another field; `why` says which
    };
    Kind kind = Kind::NoAssignment;
    QString what;                            ///< the part of the text that is meant
    const RetryConfigField *field = nullptr; ///< where it is known
    QString why;
};

/// None: there is no field of that key.
const RetryConfigField *retryConfigField(const QString &key);
/// As the configuration file has it: "0.5", "full", "true".
QString valueText(const RetryConfigField &field, double value);
/// `steps` values from `from` to `to`, both among them; whole where the field's are, and then each once.
Expected<SweptField, SweepProblem> sweptRange(const RetryConfigField &field, double from, double to, int steps);
/// "base_delay_s=0.5,1,2", "max_attempts=1..8:8" (eight values) or "jitter=none,full".
Expected<SweptField, SweepProblem> sweptFromText(const QString &text);

/// One policy, and it again with each value of one field, on the same days.
struct Sweep
{
    Scenario scenario;
    SimulatedPolicy base;
    SweptField swept;
    int replications = 20; ///< from 2
    quint64 seed = 1;
    int threads = 0; ///< 0: as many as there are cores
};
/// The first value that contradicts another field of the base.
std::optional<SweepProblem> problemOf(const Sweep &sweep);

struct SweepResult
{
    using Estimates = std::array<std::optional<Estimate>, measureCount>;
    struct Row
    {
        double value = 0;
        Estimates measures;
        Estimates lessBase;  ///< this less the base, by replication
        bool isBase = false; ///< it is the value that the base has
    };
    Estimates base;
    QVector<Row> rows; ///< in the order of the values; none when it was stopped before a day was whole
    quint64 digest = 0, events = 0;
    int replications = 0;  ///< that were played
    bool complete = false; ///< false: it was stopped
    bool tooMany = false;  ///< it was ended as a day makes more calls than Scenario::mostCalls
};

/// Runs it and waits, as run(Study) does; a value that the base has is not played twice. The sweep must have no
/// problem.
SweepResult run(const Sweep &sweep, const std::function<void(double)> &progress = {},
                const std::function<bool()> &stopped = {});

} // namespace retryscope
