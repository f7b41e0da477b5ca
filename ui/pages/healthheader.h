// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/dashboardstate.h"

#include <QElapsedTimer>
#include <QWidget>

class QLabel;

namespace retryscope {

/// The health sentence, on every page: the gravest state's glyph, then who is well, who is not, and since when. Tells
/// screen readers of a change at most every five seconds. A click or Enter asks for the events behind it.
class HealthHeader : public QWidget
{
    Q_OBJECT
public:
    explicit HealthHeader(const Theme &theme, QWidget *parent = nullptr);
    void refresh(const DashboardState &state, SteadyTime now);
    QString sentence() const;
    /// For a screen across the room.
    void setLarge(bool large);

signals:
    void activated();
    /// A screen reader was told this.
    void announced(const QString &sentence);

protected:
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    void announce();
    const Theme &m_theme;
    QLabel *m_glyph, *m_sentence;
    QElapsedTimer m_sinceAnnounced;
    bool m_unsaid = false;
    bool m_ring = false; ///< the focus came by key
};

} // namespace retryscope
