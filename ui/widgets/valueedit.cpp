// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/valueedit.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QWheelEvent>

#include <array>
#include <cmath>

namespace retryscope {
namespace {

/// Where the arrow keys stop, in seconds.
constexpr std::array stops{0.0,    0.01,   0.02,   0.05,   0.1,     0.2,     0.25,    0.3,    0.4,   0.5,   0.75,
                           1.0,    1.5,    2.0,    3.0,    4.0,     5.0,     6.0,     8.0,    10.0,  15.0,  20.0,
                           25.0,   30.0,   45.0,   60.0,   90.0,    120.0,   180.0,   240.0,  300.0, 600.0, 900.0,
                           1200.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 43200.0, 86400.0};

double nextStop(double value, bool up)
{
    constexpr double close = 1e-9;
    if (up) {
        const auto it = std::find_if(stops.begin(), stops.end(), [value](double s) { return s > value + close; });
        return it == stops.end() ? value : *it;
    }
    const auto it = std::find_if(stops.rbegin(), stops.rend(), [value](double s) { return s < value - close; });
    return it == stops.rend() ? value : *it;
}

/// Ctrl+Y too, which some desktops do not know as "redo" and the Tune page does.
bool isUndo(const QKeyEvent &key)
{
    return key.matches(QKeySequence::Undo) || key.matches(QKeySequence::Redo)
           || key.keyCombination() == (Qt::CTRL | Qt::Key_Y);
}

} // namespace

QString readableDuration(Duration d)
{
    if (d < 60s || d % 1s != 0s)
        return durationToText(d);
    const qint64 all = d / 1s, hours = all / 3600, minutes = all / 60 % 60, seconds = all % 60;
    QStringList parts;
    if (hours)
        parts << QStringLiteral("%1 h").arg(hours);
    if (minutes)
        parts << QStringLiteral("%1 min").arg(minutes);
    if (seconds)
        parts << QStringLiteral("%1 s").arg(seconds);
    return parts.join(QLatin1Char(' '));
}

ValueEdit::ValueEdit(Kind kind, QWidget *parent) : QAbstractSpinBox(parent), m_kind(kind)
{
    setFocusPolicy(Qt::StrongFocus);
    connect(lineEdit(), &QLineEdit::textEdited, this, &ValueEdit::read);
    connect(this, &QAbstractSpinBox::editingFinished, this, &ValueEdit::write);
    write();
}

void ValueEdit::setStepRange(double minimum, double maximum, double step)
{
    m_minimum = minimum;
    m_maximum = maximum;
    m_step = step;
}

QString ValueEdit::textOf(double value) const
{
    if (m_kind == Kind::Span)
        return readableDuration(fromSeconds(value));
    return m_kind == Kind::Duration ? durationToText(fromSeconds(value)) : numberToText(value);
}

Expected<double, ValueTextError> ValueEdit::valueOf(const QString &text) const
{
    if (m_kind == Kind::Number)
        return numberFromText(text);
    if (m_kind == Kind::WholeNumber) {
        const auto whole = wholeNumberFromText(text);
        return whole ? Expected<double, ValueTextError>(*whole) : Unexpected{whole.error()};
    }
    const auto duration = durationFromText(text, m_plain);
    return duration ? Expected<double, ValueTextError>(toSeconds(*duration)) : Unexpected{duration.error()};
}

void ValueEdit::setValue(double value)
{
    const auto shown = valueOf(lineEdit()->text());
    const bool same = !m_error && shown && fromSeconds(*shown) == fromSeconds(value);
    m_value = value;
    m_error.reset();
    if (!(same && hasFocus()))
        show(value);
    emit readingChanged();
}

void ValueEdit::read()
{
    const auto value = valueOf(lineEdit()->text());
    m_error = value ? std::nullopt : std::optional(value.error());
    if (value && *value != m_value) {
        m_value = *value;
        emit valueEdited(m_value);
    }
    emit readingChanged();
}

void ValueEdit::write()
{
    if (!m_error)
        show(m_value);
    emit readingChanged();
}

void ValueEdit::show(double value)
{
    const Duration shown = fromSeconds(value);
    m_plain = m_kind != Kind::Span || shown < 60s || shown % 60s != 0s ? unitOf(shown)
              : shown % 1h == 0s                                       ? DurationUnit::Hours
                                                                       : DurationUnit::Minutes;
    if (const QString text = textOf(value); text != lineEdit()->text())
        lineEdit()->setText(text);
}

void ValueEdit::stepBy(int steps)
{
    double value = m_value;
    for (int i = 0; i < std::abs(steps); ++i)
        value = isTime() ? nextStop(value, steps > 0)
                                         : std::round((value + (steps > 0 ? m_step : -m_step)) / m_step) * m_step;
    value = std::clamp(value, m_minimum, m_maximum);
    if (!isTime())
        value = std::round(value * 1e6) / 1e6;
    show(value);
    selectAll();
    read();
}

QString ValueEdit::error() const
{
    if (!m_error)
        return {};
    const QString like = isTime() ? tr("Write a duration such as 250 ms, 2.5 s or 1:30.")
        : m_kind == Kind::Number ? tr("Write a number such as 0.5 or 2,5.") : tr("Write a whole number.");
    switch (*m_error) {
    case ValueTextError::Empty: return like;
    case ValueTextError::NotANumber: return tr("Cannot be read. %1").arg(like);
    case ValueTextError::UnknownUnit: return tr("The unit is not known. Use ms, s, min or h.");
    case ValueTextError::Negative: return tr("Must not be negative.");
    case ValueTextError::GroupSeparator:
        return tr("Could mean two different values. Write it without separators, such as 1000 or 1.5.");
    case ValueTextError::UnitOrder: return tr("Write the larger unit first, such as 1m30s.");
    case ValueTextError::ClockPart: return tr("After a colon stand two digits below 60, such as 1:05.");
    case ValueTextError::NotWhole: return tr("Must be a whole number.");
    case ValueTextError::TooLarge: return tr("Is too large.");
    }
    return like;
}

QString ValueEdit::understood() const
{
    if (m_error || !isTime())
        return {};
    const QString words = readableDuration(fromSeconds(m_value));
    return words == lineEdit()->text() ? QString() : QStringLiteral("= %1").arg(words);
}

QSize ValueEdit::sizeHint() const
{
    QSize size = QAbstractSpinBox::sizeHint();
    size.setWidth(fontMetrics().horizontalAdvance(QStringLiteral("86400.125 ms")) + 44);
    return size;
}

void ValueEdit::wheelEvent(QWheelEvent *event)
{
    if (hasFocus())
        QAbstractSpinBox::wheelEvent(event);
    else
        event->ignore(); // the page scrolls
}

void ValueEdit::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && m_error) { // back to what is in the draft
        m_error.reset();
        write();
        return;
    }
    if (isUndo(*event)) // nothing of the page's is left to undo
        return event->ignore();
    QAbstractSpinBox::keyPressEvent(event);
}

void ValueEdit::focusOutEvent(QFocusEvent *event)
{
    QAbstractSpinBox::focusOutEvent(event);
    write();
}

bool ValueEdit::event(QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride && isUndo(*static_cast<QKeyEvent *>(event))) {
        event->ignore(); // the text's own history would change the value behind the page's back
        return false;
    }
    return QAbstractSpinBox::event(event);
}

} // namespace retryscope
