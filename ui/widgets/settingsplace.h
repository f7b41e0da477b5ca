// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTemporaryDir>

#include <optional>

namespace retryscope {

/// Where what a person chose in the window is kept, for as long as this lives: every `QSettings()` without arguments opens
/// it. Made by the program before the first of them.
class SettingsPlace
{
public:
    enum class Kind : quint8 {
        Kept,    ///< the user's own, where the desktop has such files
        Scratch, ///< empty, and gone with this: what was kept is neither read nor changed
    };
    explicit SettingsPlace(Kind kind);
    ~SettingsPlace();
    Q_DISABLE_COPY_MOVE(SettingsPlace)

private:
    std::optional<QTemporaryDir> m_scratch;
};

} // namespace retryscope
