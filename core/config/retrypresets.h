// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/retryconfig.h"

#include <QVector>

namespace retryscope {

/// A named, complete set of values.
struct RetryPreset
{
    const char *key;
    const char *label;
    const char *note;  ///< one sentence: what it is modelled on and where it differs
    RetryConfig config;
};
const QVector<RetryPreset> &retryPresets();

} // namespace retryscope
