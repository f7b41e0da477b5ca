// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/retrylayers.h"

namespace retryscope {

/// "Job queue", "Client", "Gateway beyond".
QString toLabel(LayerPlace place);
/// "3 × 4 × 2 = 24 requests for one call, and up to 6 min 3 s until it is given up", and what that means; `layers` from the
/// outside in, `attempts` and `longest` are ours.
QString layersText(const QVector<LayerUse> &layers, int attempts, Duration longest);

} // namespace retryscope
