// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "protocols/chat.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace retryscope {

class GrowingEdit;

/// How the model is to answer: the numbers and words of a request beside its texts. An empty field is left to the
/// provider.
class BenchParameters : public QWidget
{
    Q_OBJECT
public:
    explicit BenchParameters(QWidget *parent = nullptr);
    /// False where a field holds what cannot be read; told, it says so itself and takes the focus.
    enum class Problems : quint8 { Told, Untold };
    bool apply(Prompt *prompt, Problems problems) const;
    /// The words for efforts that can be chosen.
    static const QStringList &efforts();
    /// The fields as this prompt has them.
    void load(const Prompt &prompt);
    /// "max 1,024 tokens, temperature 0.7": what is set.
    QString summary() const;
    /// What the next start begins with.
    void remember() const;

signals:
    void changed();

private:
    void place(QGridLayout *grid, int row, int column, const QString &label, QWidget *field, const QString &help);
    bool readNumber(QLineEdit *field, double most, Problems problems, std::optional<double> *value) const;
    bool complain(QLineEdit *field, Problems problems, const QString &sentence) const;

    QSpinBox *m_limit;
    QLineEdit *m_temperature, *m_topP, *m_seed;
    QComboBox *m_effort;
    GrowingEdit *m_stop;
    QCheckBox *m_stream;
    QLabel *m_error;
};

} // namespace retryscope
