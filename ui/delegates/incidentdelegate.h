// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "health/incident.h"
#include "theme/theme.h"

#include <QStyledItemDelegate>

namespace retryscope {

/// How an incident stands, in the states of the cards: Down or Degraded while open, Healthy after.
ProviderState stateOf(const Incident &incident);
/// "14:02 – 14:05", to the second where asked, with the day where it was not today's.
QString spanText(const Incident &incident, const QDate &today, bool withSeconds);

/// Two lines an incident: glyph, provider and cause; when, how long, and what it cost.
class IncidentDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    explicit IncidentDelegate(const Theme &theme, QObject *parent = nullptr)
        : QStyledItemDelegate(parent), m_theme(theme)
    {}
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    const Theme &m_theme;
};

} // namespace retryscope
