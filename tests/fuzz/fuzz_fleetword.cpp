// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "fleet/fleetdirectory.h"
#include "policy/retryafter.h"

using namespace retryscope;

namespace {

const FleetDirectory &directory()
{
    static const FleetDirectory made = [] {
        qputenv("FUZZ_KEY", "sk-of-the-fuzzer");
        ProviderConfig a, b;
        a.id = QStringLiteral("a");
        a.baseUrl = QUrl(QStringLiteral("https://api.example/v1"));
        a.keyReference = QStringLiteral("env:FUZZ_KEY");
        b = a;
        b.id = QStringLiteral("b");
        Configuration configuration;
        configuration.providers = {a, b};
        FleetDirectory d;
        d.configure(configuration);
        return d;
    }();
    return made;
}

} // namespace

/// A word that is believed lies within the bounds, is written and read again as the same one, and concerns only ours.
FUZZ_TARGET(fleetword)
{
    const QByteArray json = fuzz::bytesOf(data, size);
    MUST(shownName(QString::fromUtf8(json)).size() <= 64);
    const auto word = wordFromJson(json);
    if (!word)
        return 0;
    MUST(json.size() <= longestWord);
    MUST(word->life > 0s && word->life <= maxHint && word->wait >= 0s && word->wait <= maxHint);
    MUST(!word->at.isEmpty() && !word->member.isEmpty() && word->limits.size() <= 4 && word->by.size() <= 64);
    for (const LimitWindow &limit : word->limits)
        MUST(limit.remaining && *limit.remaining >= 0 && limit.resetIn && *limit.resetIn >= 0s);
    const auto again = wordFromJson(toJson(*word));
    if (again) // one with much to escape may be too large to be told on
        MUST(*again == *word);
    else
        MUST(toJson(*word).size() > longestWord);
    for (const Learned &learned : directory().evidenceOf(*word)) {
        MUST(learned.left >= 0s && learned.left <= maxHint);
        MUST(learned.provider == QLatin1String("a") || learned.provider == QLatin1String("b"));
    }
    for (const ProviderId &id : directory().providersOf(*word))
        MUST(id == QLatin1String("a") || id == QLatin1String("b"));
    return 0;
}
