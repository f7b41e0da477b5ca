// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "notices/notifier.h"

#include <memory>

namespace retryscope {

/// Speaks to org.freedesktop.Notifications on the session bus. Nothing where there is no such service, or this program
/// was built without Qt D-Bus. A notice that the service refuses goes to `fallback`, which must outlive the notifier.
std::unique_ptr<Notifier> makeDesktopNotifier(Notifier &fallback);

} // namespace retryscope
