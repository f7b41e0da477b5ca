// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"

#include <QtCharts/QChartView>

#include <array>

QT_BEGIN_NAMESPACE
class QLineSeries;
class QValueAxis;
QT_END_NAMESPACE

namespace retryscope {

/// The chance that a call has its answer after so many attempts, where each fails by itself with 10, 30 or 50 %:
/// 1 - p^n. Failures of a real outage come together; then only another provider helps.
class SuccessChart final : public QChartView
{
    Q_OBJECT
public:
    static constexpr std::array failing{0.1, 0.3, 0.5};

    explicit SuccessChart(const Theme &theme, QWidget *parent = nullptr);
    void setAttempts(int attempts);
    QSize sizeHint() const override { return {360, 190}; }
    QSize minimumSizeHint() const override { return {240, 170}; }

private:
    void restyle();

    const Theme &m_theme;
    std::array<QLineSeries *, failing.size()> m_lines{};
    QValueAxis *m_x, *m_y;
};

} // namespace retryscope
