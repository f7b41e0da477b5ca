// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/livecharts.h"
#include "sandbox/sandbox.h"

class QGridLayout;
class QFrame;

namespace retryscope {

class ProviderCard;

/// Watch: a card per provider and the live charts. Repaints at most four times a second, and only when visible.
class DashboardPage : public QWidget
{
    Q_OBJECT
public:
    DashboardPage(const DashboardState &state, const Theme &theme, QWidget *parent = nullptr);
    /// After the providers changed.
    void rebuildCards();
    void refresh(SteadyTime now);

signals:
    void faultRequested(const QString &provider, retryscope::Fault fault);
    void isolateRequested(const QString &provider);
    void releaseRequested(const QString &provider);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void arrange();
    const DashboardState &m_state;
    const Theme &m_theme;
    QFrame *m_strip;
    QGridLayout *m_grid;
    QVector<ProviderCard *> m_cards;
    ChartCard *m_reasons, *m_latency;
    int m_columns = 0;
};

} // namespace retryscope
