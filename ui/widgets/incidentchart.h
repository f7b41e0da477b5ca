// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "health/incident.h"
#include "theme/theme.h"

#include <QWidget>

namespace retryscope {

/// The calls that an incident concerned, over its span: failed below, rerouted and delayed above, with a mark where it
/// opened, where somebody did something, and where it ended.
class IncidentChart : public QWidget
{
    Q_OBJECT
public:
    explicit IncidentChart(const Theme &theme, QWidget *parent = nullptr);
    void show(const Incident &incident);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    QRectF plot() const;
    double xOf(Duration since) const;
    Duration shownSpan() const;
    void paintBars(QPainter &p) const;
    void paintMarks(QPainter &p) const;
    QString binText(qsizetype bin) const;
    QColor fateColor(CallFate fate) const;
    const Theme &m_theme;
    Incident m_incident;
};

} // namespace retryscope
