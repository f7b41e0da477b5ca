// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/provider.h"
#include "telemetry/event.h"

#include <QHash>

namespace retryscope {

/// What a person calls a provider, by its id; one that is not in it goes by its id.
using ProviderNames = QHash<ProviderId, QString>;
/// Adds those of `providers`. One that is no longer there keeps the name that it had last.
void learnNames(ProviderNames &names, const ProviderConfigs &providers);

/// With names in place of ids, for sentences alone.
Event named(Event event, const ProviderNames &names);
/// One sentence of the call's story.
QString toSentence(const Event &event);
/// "requests: 3 of 60 left, full again in 20.0 s"
QString toSentence(const LimitWindow &limit);
/// What a finish reason that is not a plain end means, as a further sentence with a space before it; empty for a plain end.
QString finishText(const Event &event);
/// Why a provider was passed over, and until when: "its circuit is open (network), 6.0 s more".
QString skipText(const Event &skipped);

} // namespace retryscope
