// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/providercheck.h"
#include "words/labels.h"

#include <QJsonObject>

namespace retryscope {

/// What a check comes to, for whoever wants to call the provider.
enum class CheckVerdict : quint8 {
    Running,
    Stopped,
    Well,
    Usable, ///< prompts are answered, also streamed; its list of models alone could not be read, which no call needs
    Failed,
};
CheckVerdict verdictOf(const CheckReport &report);
inline bool isUsable(CheckVerdict verdict) { return verdict == CheckVerdict::Well || verdict == CheckVerdict::Usable; }
/// It failed, and no call needs it.
bool isWarning(const CheckReport &report, CheckStage stage);
/// The stage that is to be mended first: one that calls need, before a list that could not be read.
std::optional<CheckStage> stageToMend(const CheckReport &report);
/// "well", as in JSON.
QString toKey(CheckVerdict verdict);
/// "✓", "!", "✗", and none of one that is not over.
QString checkGlyph(CheckVerdict verdict);

/// "Access", "Streaming".
QString toLabel(CheckStage stage);
/// "passed", as in JSON.
QString toKey(CheckStage stage);
QString toKey(CheckState state);
/// "✓", "✗", "–", "…", " " for what waits and "!" for a warning.
QString checkGlyph(const CheckReport &report, CheckStage stage);
/// What was found, in one or two sentences: "api.openai.com refused the connection. …". Empty while it waits.
QString foundSentence(const CheckReport &report, CheckStage stage, const ProviderConfig &provider);
/// What to write or do so that it passes; empty where nothing is wrong.
QString mendSentence(const CheckReport &report, CheckStage stage, const ProviderConfig &provider);
/// The verdict, to stand over the stages: "All is well.", "Access failed.".
QString verdictSentence(const CheckReport &report);
/// The whole in one line, to stand alone: "All is well.", "Access: The key was refused.".
QString checkSentence(const CheckReport &report, const ProviderConfig &provider);
/// Said before it is begun: what it sends, and what that may cost.
QString costSentence(const CheckCost &cost, const ProviderConfig &provider);
/// Of one provider, for machines.
QJsonObject toJson(const CheckReport &report, const ProviderConfig &provider);

} // namespace retryscope
