// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/schedulechart.h"
#include "charts/successchart.h"
#include "config/configuration.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QListWidget;
class QPushButton;

namespace retryscope {

/// Tune: every field of RetryConfig, checked as it is edited, with what it will do beside it.
class TunePage : public QWidget
{
    Q_OBJECT
public:
    explicit TunePage(const Theme &theme, QWidget *parent = nullptr);
    void setConfiguration(const Configuration &configuration);
    const Configuration &draft() const { return m_draft; }

signals:
    void applyRequested(const retryscope::Configuration &configuration);

private:
    QWidget *makeEditor(const RetryConfigField &field);
    void showDraft();
    void edited();
    void movePriority(int by);
    void readPriority();

    struct Row { const RetryConfigField *field; QWidget *editor; QLabel *label; };
    const Theme &m_theme;
    Configuration m_applied, m_draft;
    QVector<Row> m_rows;
    QComboBox *m_preset, *m_reason;
    QListWidget *m_priority;
    QLabel *m_issues, *m_sentence, *m_note;
    QPushButton *m_apply, *m_revert;
    ScheduleChart *m_schedule;
    SuccessChart *m_success;
    bool m_showing = false;
};

} // namespace retryscope
