// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/chartmodel.h"
#include "models/chartselection.h"
#include "theme/theme.h"

#include <QWidget>

namespace retryscope {

/// One provider's window as some 40 beats, newest right: the graver, the taller. Silent spans keep their place.
class HeartbeatStrip : public QWidget
{
    Q_OBJECT
public:
    HeartbeatStrip(const ProviderId &provider, const Theme &theme, QWidget *parent);
    void refresh(const ChartFrame &frame);

    struct Beat
    {
        ProviderState state = ProviderState::Unproven;
        quint64 attempts = 0, failures = 0;
        qint64 key = 0;
        bool operator==(const Beat &) const = default;
    };
    const std::vector<Beat> &beats() const { return m_beats; }
    /// When, how it was, and of how much.
    QString words(const Beat &beat) const;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {120, sizeHint().height()}; }

signals:
    void eventsRequested(const retryscope::ChartSelection &query);

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;

private:
    int beatAt(int x) const;
    QRectF beatRect(int beat) const;
    ProviderId m_id;
    const Theme &m_theme;
    std::vector<Beat> m_beats;
    std::size_t m_span = 0;
    int m_group = 1;
};

} // namespace retryscope
