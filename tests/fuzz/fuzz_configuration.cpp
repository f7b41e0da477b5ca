// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "config/configuration.h"

using namespace retryscope;

/// A configuration without errors, saved and loaded again, is the same one; every issue names a place and says something.
FUZZ_TARGET(configuration)
{
    const LoadedConfiguration loaded = configurationFromJson(fuzz::bytesOf(data, size));
    for (const ConfigIssue &issue : loaded.issues)
        MUST(!issue.where.isEmpty() && !issue.message.isEmpty());
    if (hasErrors(loaded.issues))
        return 0;
    const QByteArray saved = toJson(loaded.configuration);
    const LoadedConfiguration again = configurationFromJson(saved);
    MUST(!hasErrors(again.issues));
    Configuration expected = loaded.configuration;
    for (ProviderConfig &provider : expected.providers) {
        if (provider.simulated)
            provider.baseUrl.setPort(0); // documented: chosen anew at each start
    }
    MUST(again.configuration.providers == expected.providers);
    MUST(again.configuration.retry == expected.retry);
    MUST(again.configuration.unknown == expected.unknown);
    MUST(toJson(again.configuration) == saved);
    return 0;
}
