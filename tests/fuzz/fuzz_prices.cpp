// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "pricing/pricelist.h"

#include <cmath>

using namespace retryscope;

/// A list with an error is not used at all; from one without, every cost is a number that is not negative.
FUZZ_TARGET(prices)
{
    const LoadedPrices loaded = pricesFromJson(fuzz::bytesOf(data, size));
    for (const ConfigIssue &issue : loaded.issues)
        MUST(!issue.where.isEmpty() && !issue.message.isEmpty());
    if (hasErrors(loaded.issues))
        MUST(loaded.prices.size() == 0);
    const WallTime date(std::chrono::milliseconds(1'790'000'000'000));
    for (const char *model : {"gpt-4o-mini", "x", "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}) {
        const ModelAt at{QStringLiteral("openai"), QUrl(QStringLiteral("https://api.openai.com/v1")),
                         QString::fromLatin1(model)};
        const auto cost = loaded.prices.cost(at, {2'000'000'000, 2'000'000'000, 1000}, date);
        MUST(!cost || (std::isfinite(*cost) && *cost >= 0.0));
        MUST(bool(cost) == bool(loaded.prices.find(at, date)));
    }
    return 0;
}
