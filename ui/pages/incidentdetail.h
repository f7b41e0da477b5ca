// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "telemetry/eventfilter.h"
#include "health/incident.h"
#include "theme/theme.h"

#include <QWidget>

class QGridLayout;
class QLabel;
class QPlainTextEdit;
class QTextBrowser;
class QToolButton;

namespace retryscope {

class IncidentChart;

/// One incident as a report: headline, the concerned calls as a chart, numbers, every cause with its span, who carried the
/// traffic, what happened and what people did, and a note that is edited in place.
class IncidentDetail : public QWidget
{
    Q_OBJECT
public:
    explicit IncidentDetail(const Theme &theme, QWidget *parent = nullptr);
    ~IncidentDetail() override;
    /// Another incident, or the same with new numbers. A note that is being written is not disturbed.
    /// `told`: the same with the names of providers in place of their ids.
    void show(const Incident &incident, const Incident &told);
    /// Gives the note away when it was changed.
    void commitNote();
    /// The events of the incident: its provider, from just before its start to just after its end.
    static EventFilter eventsOf(const Incident &incident);

signals:
    void noteChanged(quint64 id, const QString &note);
    void copyRequested();
    void eventsRequested(const retryscope::EventFilter &filter);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void render();
    void renderReport();
    QString causesHtml() const;
    QString factsHtml() const;
    QLabel *addNumber(int index, const QString &caption);
    const Theme &m_theme;
    Incident m_incident;
    Incident m_told; ///< as it is told, with names
    QLabel *m_title, *m_state;
    IncidentChart *m_chart;
    QGridLayout *m_grid;
    QVector<QLabel *> m_numbers;
    QTextBrowser *m_timeline;
    QPlainTextEdit *m_note;
};

} // namespace retryscope
