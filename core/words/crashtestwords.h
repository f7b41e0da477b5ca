// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crashtest/crashcase.h"
#include "crashtest/crashresult.h"

#include <QJsonObject>

namespace retryscope {

/// "Pass", "Partial", "Safe", "Fail", "Left out".
QString toLabel(CrashVerdict verdict);
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

QJsonObject toJson(const CrashResult &result);
QJsonObject toJson(const CrashReport &report);
QString toMarkdown(const CrashReport &report);
/// One page that needs nothing else, in light and dark.
QString toHtml(const CrashReport &report);
/// For machines that read JUnit: a case that fails is a failure, one that was left out is skipped, and what is partial
/// or safe passes with its reason as output.
QByteArray toJUnit(const CrashReport &report);

} // namespace retryscope
