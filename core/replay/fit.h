// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "replay/record.h"

namespace retryscope {

/// What was made of one provider's replies.
/// | field    | what                                                                                     |
/// | answered | answers that its latency is from; 0: none, and the defaults stand in                     |
/// | asked    | attempts on record                                                                       |
/// | failures | of those, what was failed outside of the spans                                           |
/// | distance | between the recorded times to a first token and the fitted ones: the largest difference of the two distributions, 0 to 1; none under 20 answers |
struct FittedProvider
{
    ProviderId id;
    int asked = 0, answered = 0, failures = 0;
    std::optional<double> distance;
    QVector<FaultSpan> spans;
};

/// A scenario that is like a record, and what it was made of. Unlike the record it can be drawn anew: other luck, another
/// rate, another length.
struct Fit
{
    Scenario scenario;
    QVector<FittedProvider> providers; ///< by place of the chain
    double gapsCv = 1;                 ///< of the times between calls; about 1: they come independently
    int tokensKnown = 0;               ///< calls whose tokens are known; 0: the defaults stand in
};

/// Arrivals (rate, and how regular), tokens, and of each provider of `chain` its latency, its usual failures, and spans in which
/// it failed. Limits are not fitted: a rate limit that was met is a failure like another. A span is three failures in a
/// row or more, so a provider that failed in part counts to `failures`. The record has at least one call.
Fit fit(const Record &record, const Targets &chain);

} // namespace retryscope
