// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "notices/notifier.h"
#include "theme/theme.h"

#include <QFrame>

class QLabel;
class QToolButton;

namespace retryscope {

/// Notices inside the window, for desktops that have no other place: the newest one, how many wait below it, and a way
/// to the incident. Hidden when there is none.
class NoticeBar : public QFrame, public Notifier
{
    Q_OBJECT
public:
    explicit NoticeBar(const Theme &theme, QWidget *parent = nullptr);
    void show(const Notice &notice) override;
    QString place() const override;
    void dismiss();

signals:
    void incidentRequested(quint64 id);

private:
    void refresh();
    const Theme &m_theme;
    QVector<Notice> m_notices; ///< newest last
    QLabel *m_text;
};

} // namespace retryscope
