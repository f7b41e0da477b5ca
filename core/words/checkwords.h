// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/providercheck.h"
#include "words/labels.h"

#include <QJsonObject>

namespace retryscope {

/// "Access", "Streaming".
QString toLabel(CheckStage stage);
/// "passed", as in JSON.
QString toKey(CheckStage stage);
QString toKey(CheckState state);
/// "✓", "✗", "–", "…" and " " for what waits.
QString checkGlyph(CheckState state);
/// What was found, in one or two sentences: "api.openai.com refused the connection. …". Empty while it waits.
QString foundSentence(const CheckReport &report, CheckStage stage, const ProviderConfig &provider);
/// What to write or do so that it passes; empty where nothing is wrong.
QString mendSentence(const CheckReport &report, CheckStage stage, const ProviderConfig &provider);
/// The whole in one line: "All is well", "Access failed: …".
QString checkSentence(const CheckReport &report, const ProviderConfig &provider);
/// Said before it is begun: what it sends, and what that may cost.
QString costSentence(const CheckCost &cost, const ProviderConfig &provider);
/// Of one provider, for machines.
QJsonObject toJson(const CheckReport &report, const ProviderConfig &provider);

} // namespace retryscope
