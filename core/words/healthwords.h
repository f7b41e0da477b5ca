// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/healthsnapshot.h"
#include "words/labels.h"

namespace retryscope {

/// "32 s", "5 min", "1 h 30 min", "2 d 4 h": for spans where the second does not matter; below a second "1 s".
QString formatRoughSpan(Duration d);
/// "98.4 %": one decimal, and never "0 %" of some or "100 %" of not all. "–" of nothing.
QString percentText(quint64 part, quint64 all);
/// "2.1/s", "12/min": `n` in so much time.
QString rateText(quint64 n, Duration time);
/// Local time of day, with the date where it is not that of `today`.
QString clockText(WallTime at, WallTime today);

/// The one big statement, from the calls alone: "98.4 % of calls served", "3 calls wait", "No calls from here yet".
QString headlineText(const HealthSnapshot &health);
/// What it rests on: "in the last 2 min · 2.1/s · 3 in flight, oldest 1.2 s"; empty when there is nothing.
QString headlineFacts(const HealthSnapshot &health, SteadyTime now);
/// Who, since when, why, and who serves instead: "OpenAI is down since 18:37 (network), probe in 6.0 s. Its traffic goes
/// to Anthropic."
QString headlineReason(const HealthSnapshot &health, SteadyTime now);
/// What stands at the head of a window.
struct Headline
{
    ServiceState service = ServiceState::Unproven; ///< its colour
    QString text, facts, reason;
    /// All of it in one line.
    QString sentence() const;
};
/// How other programs are served, and how many they are (OtherPrograms).
struct Others
{
    HealthSnapshot health;
    int programs = 1;
};
/// Of one's own calls and of those of other programs. Whose are served worse stand first; of the others it says how they are.
Headline headline(const HealthSnapshot &own, const std::optional<Others> &others, SteadyTime now);
/// Of one's own alone, all of it in one line, for pages that have no more room, for a terminal and for a screen reader.
QString headlineSentence(const HealthSnapshot &health, SteadyTime now);

/// "Following http://127.0.0.1:4180: connected", "Following …: not connected since 14:02:10".
QString followingText(const QString &url, bool connected, WallTime since, WallTime today);
/// That programs repeat calls by themselves, how often, and what to do about it; empty where none does.
QString layeredRetriesText(const CallReport &calls);

/// Why a provider is as it is, and until when: "network · probe in 6.0 s"; for a calm one since when.
QString stateReason(const ProviderReport &provider, const HealthSnapshot &health, SteadyTime now);

} // namespace retryscope
