// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"

#include <QLabel>

namespace retryscope {

/// The one quiet mark of a page that holds simulated data.
class SimulatedMark : public QLabel
{
    Q_OBJECT
public:
    explicit SimulatedMark(QWidget *parent = nullptr) : QLabel(tr("simulated"), parent)
    {
        setObjectName(QStringLiteral("simulatedMark"));
        setFont(Theme::font(TextRole::Axis));
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
        setToolTip(tr("Calls on this page were answered by the simulated providers of this program: no network, no "
                      "keys, no cost."));
        setAccessibleName(tr("Simulated data"));
        setAccessibleDescription(toolTip());
    }
};

} // namespace retryscope
