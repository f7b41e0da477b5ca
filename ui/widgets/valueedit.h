// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/valuetext.h"

#include <QAbstractSpinBox>

#include <optional>

namespace retryscope {

/// An editor for one duration or number. A duration is read as people write it (see durationFromText), a plain number in the unit
/// that is shown. What cannot be read stays as it was typed, changes nothing and says why. The wheel turns it only when it has the
/// keyboard. Undo keys are left to the page.
class ValueEdit : public QAbstractSpinBox
{
    Q_OBJECT
public:
    enum class Kind : quint8 {
        Duration,
        Span, ///< a duration of minutes and hours, shown in words: "1 h 20 min"
        Number,
        WholeNumber,
    };
    explicit ValueEdit(Kind kind, QWidget *parent = nullptr);

    /// Steps stay within; what is typed need not.
    void setStepRange(double minimum, double maximum, double step);
    /// Of a duration in seconds. The last that could be read.
    double value() const { return m_value; }
    /// Shows it, unless what stands there means the same and is being typed. Emits nothing but readingChanged().
    void setValue(double value);
    /// Why the text is no value, as a sentence; empty when it is one.
    QString error() const;
    /// What a duration means in other words, where that helps: "= 1 min 30 s".
    QString understood() const;
    void stepBy(int steps) override;

signals:
    /// By a person.
    void valueEdited(double value);
    void readingChanged();

protected:
    StepEnabled stepEnabled() const override { return StepUpEnabled | StepDownEnabled; }
    QSize sizeHint() const override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    bool event(QEvent *event) override;

private:
    void read();
    void write();
    void show(double value);
    bool isTime() const { return m_kind == Kind::Duration || m_kind == Kind::Span; }
    QString textOf(double value) const;
    Expected<double, ValueTextError> valueOf(const QString &text) const;

    const Kind m_kind;
    double m_value = 0.0, m_minimum = 0.0, m_maximum = 1e9, m_step = 1.0;
    std::optional<ValueTextError> m_error;
    DurationUnit m_plain = DurationUnit::Seconds; ///< of the text that was shown before it was typed over
};

/// In words: "250 ms", "2.5 s", "1 min 30 s", "2 h".
QString readableDuration(Duration d);

} // namespace retryscope
