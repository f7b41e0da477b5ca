// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "policy/retryreason.h"

#include <QHash>
#include <QVector>

#include <optional>

namespace retryscope {

enum class CrashVerdict : quint8 {
    Pass,    ///< as a good client
    Partial, ///< it came to the same, but cost more time or requests, or some calls
    Safe,    ///< no answer where there could have been one, but a clean error, soon
    Fail,    ///< it waits without end, asks far too often, or tells something that is not so
    LeftOut, ///< the configuration has too few providers for it
};
inline constexpr int crashVerdictCount = int(CrashVerdict::LeftOut) + 1;
/// pass, partial, safe, fail, left_out.
QString toKey(CrashVerdict verdict);

/// What keeps a case from passing; of several the gravest.
enum class CrashFinding : quint8 {
    None,
    NotEnded,        ///< a call went on beyond the bound of the case
    ToldWhole,       ///< an answer that is not what the model said was told as whole
    Astray,          ///< a request followed a redirect to an address that the configuration does not name
    TooManyRequests, ///< the troubled providers were asked more often than is of any use
    NotAnswered,     ///< a call failed that could have been answered
    SomeLost,        ///< some of several did
    TooSoon,         ///< a provider was asked again before the time that it had named
    Bunched,         ///< the programs came back together
    NotBack,         ///< a provider that is well again is not asked
    TooSlow,         ///< it took longer than it must
};
QString toKey(CrashFinding finding);

/// What one case came to. Holds no prompt, no answer, and no word of a provider.
struct CrashResult
{
    QString key; ///< of the case
    CrashVerdict verdict = CrashVerdict::Pass;
    CrashFinding finding = CrashFinding::None;
    QString setting; ///< the field that would change it, as a place in the file ("retry.max_attempts"); empty: none
    QString value;   ///< that it has now, as the file writes it; may be empty
    double counted = 0, wanted = 0; ///< what the finding counts (requests, calls, seconds), and what a good client has
    int calls = 0, answered = 0, unended = 0;
    int leftOver = 0; ///< further calls, for which the time of the case was too short
    RetryReason reason = RetryReason::None; ///< of the first call that failed
    QString rule;                           ///< that ended it, in the engine's words
    bool told = false; ///< the first answer came with a note: cut by a limit, with a hole, a tool call
    ProviderId by;     ///< who answered last; empty: nobody
    int retries = 0, failovers = 0;
    QVector<std::pair<ProviderId, int>> requests; ///< that reached each provider, as the providers counted them
    QHash<ProviderId, QString> names;             ///< of those of the chain, as people read them
    QString nameOf(const ProviderId &provider) const { return names.value(provider, provider); }
    int astray = 0;     ///< that followed a redirect
    Duration took{};    ///< from the first call to the end of the last one, as the configuration counts time
    double speed = 1.0; ///< how many times as fast that time passed
    bool saying = false; ///< with one provider alone nobody could answer: an error that says so is as good
    bool operator==(const CrashResult &) const = default;
};
using CrashResults = QVector<CrashResult>;

/// One run of the test, whole or as far as it came.
struct CrashReport
{
    QString configuration;         ///< what was tested: the file's name, "default", a target's address
    bool target = false;           ///< it was a running gateway, with one simulated provider behind it
    QVector<ProviderId> providers; ///< the chain; of a target none
    QHash<ProviderId, QString> names; ///< as people read them
    WallTime at{};                 ///< of the start
    Duration took{};               ///< real time
    CrashResults results;          ///< in the order of the cases
    int planned = 0;               ///< cases that were to be run
    bool isComplete() const { return results.size() == planned; }
    int count(CrashVerdict verdict) const;
    /// 0 to 100: what passed, half of what is partial and a quarter of what is safe, of those that were not left out.
    /// None where there is none.
    std::optional<int> score() const;
};

} // namespace retryscope
