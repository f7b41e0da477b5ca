// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/callid.h"
#include "base/text.h"

#include <QHash>
#include <QMetaType>
#include <QString>

namespace retryscope {

inline size_t qHash(CallId id, size_t seed = 0) { return ::qHash(id.value, seed); }

/// The configured name of a provider, such as "openai".
using ProviderId = QString;

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::CallId)
