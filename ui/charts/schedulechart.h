// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "policy/backoff.h"
#include "theme/theme.h"

#include <QWidget>

namespace retryscope {

/// The wait before each retry: its range as a bar, the sample as a tick, drawn as the configuration is edited.
class ScheduleChart : public QWidget
{
    Q_OBJECT
public:
    explicit ScheduleChart(const Theme &theme, QWidget *parent = nullptr);
    void setSchedule(const QVector<BackoffDelay> &schedule);
    QSize sizeHint() const override { return {360, 200}; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    QVector<BackoffDelay> m_schedule;
};

} // namespace retryscope
