// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "models/certifyjob.h"
#include "pages/playcard.h"

#include <QScrollArea>

class QCheckBox;
class QLabel;
class QVBoxLayout;

namespace retryscope {

class RangedEdit;

/// The storm certificate of the draft, as `retryscope-cli certify` gives it: the largest safe load, the smallest stall that
/// tips it, how long it takes to recover, and the knob that moves each.
class CertifyPanel : public QScrollArea
{
    Q_OBJECT
public:
    explicit CertifyPanel(QWidget *parent = nullptr);
    /// What is certified, and why it cannot be; empty: it can.
    void setDraft(const Configuration &draft, const QString &problem);
    void run();
    void stop();
    const CertifyJob &job() const { return m_job; }

signals:
    void putRequested(const retryscope::RetryConfig &retry);

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    QWidget *makeQuestion();
    QString problem() const;
    CertificateQuestion question() const;
    void showAnswer();
    void addAnswer(const QString &title, const QString &sentence, const std::optional<CertificateKnob> &knob);
    void showState();
    void clear();

    Configuration m_draft;
    QString m_problem;
    CertifyJob m_job;
    bool m_stopped = false;
    PlayCard *m_card;
    RangedEdit *m_machines, *m_service, *m_stall, *m_calls, *m_load, *m_plays, *m_seed;
    QCheckBox *m_sdk;
    QWidget *m_answers;
    QVBoxLayout *m_rows;
};

} // namespace retryscope
