// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crashtest/crashcase.h"
#include "crashtest/crashresult.h"
#include "crashtest/targettest.h"

#include <QJsonObject>

namespace retryscope {

/// "Pass", "Partial", "Safe", "Fail", "Left out".
QString toLabel(CrashVerdict verdict);
/// What a good client does in the case that this is of.
QString goodSentence(const CrashResult &result);
/// "Chain: openai, anthropic", "One simulated provider behind it".
QString chainText(const CrashReport &report);
/// "This configuration", "This target".
QString subjectText(const CrashReport &report);
/// Why a run against a target ended before its end, and what to do; empty where it did not.
QString toSentence(const TargetEnd &end, const QUrl &target, const QUrl &upstream);
/// What the configuration did with the case: "Answered by anthropic after 2 retries, 1 failover."
QString didSentence(const CrashResult &result);
/// Why it is no pass, and what would change it; empty for a pass.
QString whySentence(const CrashResult &result);
/// "openai 2, anthropic 1": the prompts that reached each provider; "none".
QString requestsText(const CrashResult &result);
/// "2.4 s", "30.6 s, played 10 times as fast".
QString tookText(const CrashResult &result);
/// "58 pass, 3 partial, 1 safe, 2 fail; score 93 of 100."
QString scoreSentence(const CrashReport &report);

/// How the official SDKs did in this case: "OpenAI 6.49.0: pass, 3 requests", a line each. None where it was not measured.
QStringList peerLines(const QString &key);
/// "Official SDKs with their defaults and one provider, measured 2026-11-26"; empty where none was.
QString peersHeading();
/// "OpenAI 6.49.0: 61, Anthropic 1.14.0: 63."; empty where none was.
QString peerScores();

QJsonObject toJson(const CrashResult &result);
QJsonObject toJson(const CrashReport &report);
QString toMarkdown(const CrashReport &report);
/// One page that needs nothing else, in light and dark.
QString toHtml(const CrashReport &report);
/// For machines that read JUnit: a case that fails is a failure, one that was left out is skipped, and what is partial
/// or safe passes with its reason as output.
QByteArray toJUnit(const CrashReport &report);

} // namespace retryscope
