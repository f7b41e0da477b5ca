// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/settingsplace.h"

#include <QSettings>

namespace retryscope {

SettingsPlace::SettingsPlace(Kind kind)
{
    if (kind == Kind::Kept)
        return;
    m_scratch.emplace();
    QSettings::setDefaultFormat(QSettings::IniFormat); // the native one may be no file at all
    for (const auto scope : {QSettings::UserScope, QSettings::SystemScope})
        QSettings::setPath(QSettings::IniFormat, scope, m_scratch->path());
}

SettingsPlace::~SettingsPlace()
{
    if (m_scratch)
        QSettings::setDefaultFormat(QSettings::NativeFormat);
}

} // namespace retryscope
