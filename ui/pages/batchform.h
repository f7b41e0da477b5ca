// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "batch/batchrun.h"
#include "theme/theme.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;
class QTimer;

namespace retryscope {

class ValueEdit;

/// What a batch is to be: prompts, how often, how fast, to whom, for how much. Files are read, and costs reckoned, aside from the
/// window's thread; what stands there follows what is typed.
class BatchForm : public QWidget
{
    Q_OBJECT
public:
    /// Asks a person for a file to read; empty when they changed their mind.
    using FileChooser = std::function<QString(QWidget *parent)>;

    explicit BatchForm(const Theme &theme, QWidget *parent = nullptr);

    void setConfiguration(const Configuration &configuration);
    void setPrices(const PriceList &prices);
    const PriceList &prices() const { return m_prices; }
    void setFileChooser(FileChooser chooser) { m_chooseFile = std::move(chooser); }
    /// Takes the prompts of this file.
    void load(const QString &path);
    /// What is to be run; none: it is not ready, and says why.
    std::optional<BatchPlan> plan() const;
    /// What it may cost; empty: there is nothing to send.
    QString estimateText() const;
    /// What was typed is still being looked at.
    bool isPreparing() const { return m_pending; }

signals:
    /// After what was typed has been looked at.
    void prepared();

private:
    struct Prepared
    {
        int number = 0;
        BatchInput input;
        std::optional<BatchFault> fault;
        BatchEstimate estimate;
    };
    struct Source
    {
        QString name;
        QByteArray bytes;
        std::optional<BatchFault> fault;
    };

    void buildPrompts(QFormLayout *form);
    void buildFields(QFormLayout *form);
    void buildCost(QFormLayout *form);
    void chooseFile();
    void typeInstead();
    void setSource(const Source &source);
    void change();
    void prepare();
    void take(const Prepared &prepared);
    void tell();
    QString tellInput(bool remarks) const;
    QString problem() const;
    Prompt usual() const;
    Route route() const;
    std::optional<double> ceiling() const;

    const Theme &m_theme;
    Configuration m_configuration;
    PriceList m_prices;
    FileChooser m_chooseFile;
    Source m_source; ///< with a name: the prompts come from there
    Prepared m_prepared;
    int m_number = 0; ///< of what was asked for last
    bool m_pending = false;
    QTimer *m_wait;
    QPlainTextEdit *m_typed;
    QLabel *m_file, *m_input, *m_remarks, *m_estimate, *m_problem;
    QPushButton *m_open, *m_type;
    QCheckBox *m_skipBad, *m_stopAt, *m_accept;
    QSpinBox *m_runs, *m_together, *m_tokens;
    ValueEdit *m_spacing;
    QComboBox *m_route;
    QLineEdit *m_model, *m_system;
    QDoubleSpinBox *m_ceiling;
};

} // namespace retryscope
