// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"

namespace retryscope {

/// Notes what is wrong at `where`, a path in the file such as "providers[0].base_url".
inline void report(ConfigIssues *issues, const QString &where, const QString &message,
                   ConfigIssue::Severity severity = ConfigIssue::Severity::Error)
{
    issues->append({where, message, severity});
}

} // namespace retryscope
