// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QMetaType>
#include <QString>

#include <compare>

namespace retryscope {

/// Names one call for its whole life; 0 means none.
struct CallId
{
    quint64 value = 0;
    friend auto operator<=>(CallId, CallId) = default;
    explicit operator bool() const { return value != 0; }
};
inline size_t qHash(CallId id, size_t seed = 0) { return ::qHash(id.value, seed); }

/// The configured name of a provider, such as "openai".
using ProviderId = QString;

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::CallId)
