// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/dashboardstate.h"
#include "sandbox/sandbox.h"

#include <QFrame>

class QLabel;
class QToolButton;

namespace retryscope {

/// One provider at a glance: state by glyph, word and colour, why and until when, three numbers, the last beats.
class ProviderCard : public QFrame
{
    Q_OBJECT
public:
    ProviderCard(const DashboardState::Provider &provider, const Theme &theme, QWidget *parent = nullptr);
    void refresh(const DashboardState &state, const DashboardState::Provider &provider, SteadyTime now);

signals:
    void faultRequested(const QString &provider, retryscope::Fault fault);
    void isolateRequested(const QString &provider);
    void releaseRequested(const QString &provider);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void paintBeats(QPainter &painter) const;
    QString m_id;
    const Theme &m_theme;
    ProviderState m_state = ProviderState::NoData;
    std::deque<ProviderState> m_beats;
    QLabel *m_stateLabel, *m_why, *m_p95, *m_errors, *m_calls;
    QWidget *m_beatArea;
    QToolButton *m_isolate;
};

} // namespace retryscope
