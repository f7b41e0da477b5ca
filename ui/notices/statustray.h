// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "notices/notifier.h"
#include "theme/theme.h"

#include <QObject>

#include <memory>

class QAction;
class QMenu;
class QSystemTrayIcon;

namespace retryscope {

/// The worst state as an icon by shape and colour: disc, triangle, square, ring, diamond, dash.
QPixmap statusPixmap(ProviderState state, const QColor &fill, int size, qreal devicePixelRatio = 1.0);

/// The icon in the desktop's tray. There is none where the desktop has no tray; the rest of the window must not need it.
class StatusTray : public QObject, public Notifier
{
    Q_OBJECT
public:
    explicit StatusTray(const Theme &theme, QObject *parent = nullptr);
    ~StatusTray() override;
    bool isAvailable() const { return m_icon != nullptr; }
    void setStatus(ProviderState worst, const QString &sentence);
    void setMuteText(const QString &text);

    void show(const Notice &notice) override;
    QString place() const override;

signals:
    void windowRequested();
    void muteRequested();   ///< for 30 minutes
    void unmuteRequested();

private:
    const Theme &m_theme;
    std::unique_ptr<QMenu> m_menu;
    std::unique_ptr<QSystemTrayIcon> m_icon;
    QAction *m_mute = nullptr;
    ProviderState m_state = ProviderState::Unproven;
    bool m_muted = false, m_painted = false;
};

} // namespace retryscope
