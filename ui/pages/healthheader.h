// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/dashboardstate.h"
#include "theme/theme.h"

#include <QElapsedTimer>
#include <QWidget>

class QGridLayout;
class QLabel;

namespace retryscope {

class ElidedLabel;

/// Whether callers are served, on every page: a glyph, one big number, what it rests on, and who is not well since when and
/// why. On the dashboard two lines, above other pages one. Its colour comes from the calls alone. Tells screen readers of
/// a change at most every five seconds; numbers and countdowns are no change. A click or Enter asks for the events behind it.
class HealthHeader : public QWidget
{
    Q_OBJECT
public:
    explicit HealthHeader(const Theme &theme, QWidget *parent = nullptr);
    void refresh(const DashboardState &state, SteadyTime now);
    QString sentence() const { return m_sentence; }
    ServiceState service() const { return m_service; }
    /// One line only.
    void setCompact(bool compact);
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
    /// What must change before it is said again.
    struct News
    {
        ServiceState service = ServiceState::Unproven;
        std::vector<std::tuple<ProviderId, ProviderState, RetryReason>> providers;
        RetryReason failing = RetryReason::None;
        bool asked = false;
        bool operator==(const News &) const = default;
    };
    void applyFonts();
    void announce();
    const Theme &m_theme;
    QLabel *m_glyph, *m_headline, *m_reason;
    ElidedLabel *m_facts;
    QString m_sentence;
    ServiceState m_service = ServiceState::Unproven;
    std::optional<News> m_news;
    QElapsedTimer m_sinceAnnounced;
    bool m_unsaid = false;
    bool m_compact = false, m_large = false;
    bool m_ring = false; ///< the focus came by key
};

/// The look of a service: the state whose glyph and colour it takes.
ProviderState lookOf(ServiceState service);

} // namespace retryscope
