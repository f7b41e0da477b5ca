// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/timeformat.h"
#include "health/incident.h"
#include "words/eventwords.h"

namespace retryscope {

/// Whose clock a sentence's times are of: UTC, and so marked, where others read them elsewhere; the clock on the wall
/// here in the window.
enum class ClockOf : quint8 { Utc, Here };

/// To be told: with the names of the providers in place of their ids.
Incident named(Incident incident, const ProviderNames &names);

/// As `formatDuration`, from an hour on "4 h 43 min" and "2 d 3 h".
QString formatSpan(Duration d);
/// "Rate limited", "Slow answers" or "Circuit open": the most frequent cause.
QString causeText(const Incident &incident);
/// "Rate limited, overloaded, stream cut and 2 more": all of them, the most frequent first.
QString causesText(const Incident &incident);
/// "Rate limited: 18 failed attempts (75 %), 18:37:15 to 18:38:02 UTC."
QString toSentence(const IncidentCause &cause, const Incident &incident);
/// "2:04", or "unwell for 1:05 of 2:04" where it came and went.
QString lastedText(const Incident &incident);
/// "recovered", "still open", "isolated by hand", ...
QString endingText(IncidentEnding ending);
/// "openai: rate limited for 21.0 s, 3 failed calls, 18 rerouted, 2 delayed, +1.9 s median."
QString toSentence(const Incident &incident, ClockOf clock = ClockOf::Utc);
QString toSentence(const IncidentFact &fact, const Incident &incident);
/// "anthropic 92 %, mistral 8 %", the largest share first; empty when nobody did.
QString carriedText(const Incident &incident);
/// "1.9 s median, 4.1 s p95, 4.2 s worst"; empty where no call lost time.
QString addedText(const Incident &incident);
/// "$0.0031 for answers elsewhere, $0.0002 for failed attempts; 3 answers of unknown price"; "unknown" where nothing is
/// known of any, empty where there was nothing to pay.
QString costText(const Incident &incident);

/// A header and a row an incident; cells are safe to open in a spreadsheet.
QByteArray toCsv(const Incidents &incidents);
/// For a hand-over: headline, causes, numbers, timeline, note.
QString toMarkdown(const Incident &incident);

} // namespace retryscope
