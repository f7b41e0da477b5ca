// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

namespace retryscope {

/// Who listens on a TCP port of this machine, such as "retryscope-cli (process 4711)"; empty where the system does not tell,
/// because it is another user's.
QString portHolder(quint16 port);

} // namespace retryscope
