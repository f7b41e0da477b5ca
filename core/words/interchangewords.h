// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interchange/lossreport.h"

namespace retryscope {

/// "exact", "approximate", "not expressible".
QString label(Kept kept);
/// "retry.max_attempts: 4 → num_retries: 3", with what an import reads where that is another value, and why.
QString lossText(const LossLine &line);
/// "9 exact, 4 approximate, 12 not expressible".
QString lossSummary(const LossReport &report);
/// The three groups, each with its heading and a line a value; a group with nothing in it is left out. Ends with a newline.
QString lossText(const LossReport &report);
/// A value of the configuration file: 0.5, true, openai, a, b.
QString valueText(const QJsonValue &value);

} // namespace retryscope
