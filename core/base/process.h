// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

#include <optional>

namespace retryscope {

/// What both programs ask of their process, before anything of Qt is made: a closed pipe is an error and no death
/// (SIGPIPE is ignored), the soft limit of open files is raised as far as allowed, to 4,096 at most, and threads other than the
/// main one get Qt's own event loop in place of GLib's. The sentence when `descriptors` more files could not be opened: Qt
/// ends a program that has too few of them without a word.
std::optional<QString> prepareProcess(int descriptors);

} // namespace retryscope
