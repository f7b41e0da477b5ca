// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/bandchart.h"
#include "config/retryfields.h"
#include "models/sweepjob.h"
#include "pages/whatifpolicies.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace retryscope {

/// One field of a configuration over several values, on the same days: success, p99 and attempts a call against it.
class WhatIfSweep : public QWidget
{
    Q_OBJECT
public:
    explicit WhatIfSweep(const Theme &theme, QWidget *parent = nullptr);
    /// What would be swept: the days, and the configurations of which one is the base.
    void setQuestion(const Study &study, const QVector<WhatIfPolicies::Played> &played);
    const SweepJob &job() const { return m_job; }
    const QVector<BandChart *> &charts() const { return m_charts; }
    /// Head line and a row for each value and measure, with all digits; empty until one has been played.
    QByteArray csv() const;
    void stop();

private:
    QWidget *makeRow();
    void fillFields();
    void fillBases();
    void suggestValues();
    void toggle();
    void refresh();
    void tell();
    const RetryConfigField &field() const;
    const WhatIfPolicies::Played *base() const;
    QString valueName(const RetryConfigField &field, double value) const;
    QStringList betterValues(Measure measure) const;

    const Theme &m_theme;
    QComboBox *m_field, *m_base;
    QLineEdit *m_values;
    QPushButton *m_run;
    QLabel *m_told;
    QVector<BandChart *> m_charts;
    QWidget *m_grid;
    SweepJob m_job;
    Study m_study;
    QVector<WhatIfPolicies::Played> m_played;
    ComparedPolicy m_shown; ///< of which the sweep is
    bool m_stale = true;
};

} // namespace retryscope
