// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/valueedit.h"

#include <QWidget>

class QLabel;

namespace retryscope {

/// A value with its label on one line, and its unit behind it. What cannot be read or lies outside the range changes
/// nothing, and `problem` says why.
class RangedEdit : public QWidget
{
    Q_OBJECT
public:
    struct Range
    {
        double least, most, step;
    };
    RangedEdit(const QString &label, ValueEdit::Kind kind, Range range, const QString &unit = {},
               QWidget *parent = nullptr);

    ValueEdit *edit() const { return m_edit; }
    void setValue(double value);
    QString problem() const;

signals:
    /// By a person, and within the range.
    void edited(double value);
    void editingFinished();
    void problemChanged();

private:
    QLabel *m_label, *m_unit;
    ValueEdit *m_edit;
    ValueEdit::Kind m_kind;
    Range m_range;
    double m_typed = 0; ///< what stands there, in range or not
};

} // namespace retryscope
