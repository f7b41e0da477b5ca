// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/transportkind.h"

namespace retryscope {

/// The transport that a whole test program runs on: TEST_TRANSPORT, "qt" or "curl"; "qt" where it is not set.
inline TransportKind transportOfTest()
{
    const QString key = qEnvironmentVariable("TEST_TRANSPORT", QStringLiteral("qt"));
    const auto kind = transportFromKey(key);
    if (!kind)
        qFatal("TEST_TRANSPORT is qt or curl, not %s", qPrintable(key));
    return *kind;
}

} // namespace retryscope
