// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "interchange/interchange.h"

using namespace retryscope;

/// The first byte chooses the target. Whatever the file: an error, or a configuration that is valid and that the same target
/// writes in a form that it reads again.
FUZZ_TARGET(import)
{
    if (size == 0)
        return 0;
    const auto targets = interchangeTargets();
    const InterchangeTarget &target = targets[data[0] % targets.size()];
    if (!target.read)
        return 0;
    static const Configuration base = interchangeBase();
    const Imported imported = importFrom(target, fuzz::bytesOf(data + 1, size - 1), base);
    for (const ConfigIssue &issue : imported.issues)
        MUST(!issue.where.isEmpty() && !issue.message.isEmpty());
    if (hasErrors(imported.issues))
        return 0;
    MUST(!hasErrors(validate(imported.configuration)));
    const Exported exported = exportTo(target, imported.configuration, QStringLiteral("fuzz"));
    MUST(!hasErrors(importFrom(target, exported.text, base).issues));
    return 0;
}
