// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "models/recommendjob.h"
#include "pages/playcard.h"
#include "words/recommendationwords.h"

#include <QScrollArea>

class QLabel;
class QPushButton;
class QTableView;

namespace retryscope {

class ChartTableModel;
class FrontChart;
class RecommendQuestion;

/// Looks for a better configuration than the draft, as `retryscope-cli recommend` does: the same numbers and the same
/// sentences. What it found can be looked through and put into the draft.
class RecommendPanel : public QScrollArea
{
    Q_OBJECT
public:
    explicit RecommendPanel(const Theme &theme, QWidget *parent = nullptr);
    /// What is to be bettered, and why it cannot be; empty: it can.
    void setDraft(const Configuration &draft, const QString &problem);
    void run();
    /// What was found until then stays.
    void stop();
    const RecommendJob &job() const { return m_job; }
    const QVector<FrontPoint> &points() const { return m_points; }
    int selected() const { return m_selected; }

signals:
    void putRequested(const retryscope::RetryConfig &retry);

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    QWidget *makeResult();
    QWidget *makeTable();
    void showAnswer();
    void showProgress();
    void showState();
    void select(int point);
    bool isStale() const;

    const Theme &m_theme;
    Configuration m_draft;
    QString m_problem;
    RecommendJob m_job;
    QVector<FrontPoint> m_points;
    int m_selected = -1;
    PlayCard *m_card;
    RecommendQuestion *m_question;
    QWidget *m_result;
    QLabel *m_sentences, *m_which;
    QPushButton *m_put;
    FrontChart *m_chart;
    QTableView *m_table;
    ChartTableModel *m_rows;
};

} // namespace retryscope
