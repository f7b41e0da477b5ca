// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"

#include <QDialog>

class QComboBox;
class QFormLayout;
class QLabel;
class QPlainTextEdit;
class QSpinBox;
class QTimer;

namespace retryscope {

/// "Explain a response": what an answer of a provider would mean, which rule says so, and what a call would do next, by
/// the configuration that is applied. Follows what is typed; nothing is sent and nothing is kept.
class ExplainDialog : public QDialog
{
    Q_OBJECT
public:
    explicit ExplainDialog(QWidget *parent = nullptr);
    /// What is explained by; the provider that is chosen stays where it is still there.
    void setConfiguration(const Configuration &configuration);

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void explainNow();
    void showProblem(const QString &text);

    Configuration m_configuration;
    QComboBox *m_provider;
    QSpinBox *m_status;
    QPlainTextEdit *m_headers, *m_body;
    QLabel *m_problem;
    QWidget *m_result;
    QFormLayout *m_lines;
    QTimer *m_soon; ///< so that a paste of many pieces is explained once
};

} // namespace retryscope
