// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtGlobal>

/// Before a file under :/retryscope is read: a static library's resources are not there by themselves. The macro must not
/// stand inside a namespace.
inline void loadCoreResources() { Q_INIT_RESOURCE(core); }
