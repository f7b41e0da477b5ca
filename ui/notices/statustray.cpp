// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "notices/statustray.h"

#include <QApplication>
#include <QMenu>
#include <QPainter>
#include <QSystemTrayIcon>

namespace retryscope {

QPixmap statusPixmap(ProviderState state, const QColor &fill, int size, qreal devicePixelRatio)
{
    QPixmap pixmap(qRound(size * devicePixelRatio), qRound(size * devicePixelRatio));
    pixmap.setDevicePixelRatio(devicePixelRatio);
    pixmap.fill(Qt::transparent);
    QPainter p(&pixmap);
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    p.setBrush(fill);
    const double s = size, m = s * 0.12;
    const QRectF box(m, m, s - 2 * m, s - 2 * m);
    switch (state) {
    case ProviderState::Well: p.drawEllipse(box); break;
    case ProviderState::Slow: p.drawPolygon(QPolygonF{{s / 2, m}, {s - m, s - m}, {m, s - m}}); break;
    case ProviderState::Failing: p.drawPolygon(QPolygonF{{m, m}, {s - m, m}, {s / 2, s - m}}); break;
    case ProviderState::Down: p.drawRect(box); break;
    case ProviderState::Probing:
        p.setBrush(Qt::NoBrush);
        p.setPen(QPen(fill, s * 0.16));
        p.drawEllipse(box.adjusted(s * 0.08, s * 0.08, -s * 0.08, -s * 0.08));
        break;
    case ProviderState::Isolated:
        p.drawPolygon(QPolygonF{{s / 2, m / 2}, {s - m / 2, s / 2}, {s / 2, s - m / 2}, {m / 2, s / 2}});
        break;
    case ProviderState::Unproven: p.drawRect(QRectF(m, s * 0.42, s - 2 * m, s * 0.16)); break;
    }
    return pixmap;
}

StatusTray::StatusTray(const Theme &theme, QObject *parent) : QObject(parent), m_theme(theme)
{
    if (!QSystemTrayIcon::isSystemTrayAvailable())
        return;
    m_menu = std::make_unique<QMenu>();
    m_menu->addAction(tr("Show window"), this, &StatusTray::windowRequested);
    m_mute =
        m_menu->addAction(tr("Mute 30 min"), this, [this] { m_muted ? emit unmuteRequested() : emit muteRequested(); });
    m_menu->addSeparator();
    m_menu->addAction(tr("Quit"), qApp, &QApplication::quit);
    m_icon = std::make_unique<QSystemTrayIcon>();
    m_icon->setContextMenu(m_menu.get());
    connect(m_icon.get(), &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger)
            emit windowRequested();
    });
    connect(m_icon.get(), &QSystemTrayIcon::messageClicked, this, &StatusTray::windowRequested);
    connect(&theme, &Theme::changed, this, [this] { m_painted = false; });
    setStatus(ProviderState::Unproven, QStringLiteral("Retryscope"));
    m_icon->show();
}

StatusTray::~StatusTray() = default;

void StatusTray::setStatus(ProviderState worst, const QString &sentence)
{
    if (!m_icon)
        return;
    if (!m_painted || worst != m_state) {
        QIcon icon;
        for (const int size : {16, 22, 32, 64})
            icon.addPixmap(statusPixmap(worst, m_theme.stateFill(worst), size));
        m_icon->setIcon(icon);
        m_state = worst;
        m_painted = true;
    }
    if (m_icon->toolTip() != sentence)
        m_icon->setToolTip(sentence);
}

void StatusTray::setMuteText(const QString &text)
{
    m_muted = !text.isEmpty();
    if (m_mute)
        m_mute->setText(m_muted ? tr("Unmute (%1)").arg(text) : tr("Mute 30 min"));
}

void StatusTray::show(const Notice &notice)
{
    if (m_icon)
        m_icon->showMessage(notice.title, notice.text,
                            notice.kind == Notice::Kind::Opened ? QSystemTrayIcon::Warning
                                                                : QSystemTrayIcon::Information);
}

QString StatusTray::place() const { return tr("Notices appear by the tray icon."); }

} // namespace retryscope
