// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/rangededit.h"

#include "widgets/textwidth.h"

#include <QHBoxLayout>
#include <QLabel>

namespace retryscope {

RangedEdit::RangedEdit(const QString &label, ValueEdit::Kind kind, Range range, const QString &unit, QWidget *parent)
    : QWidget(parent), m_label(new QLabel(label)), m_unit(new QLabel(unit)), m_edit(new ValueEdit(kind)), m_kind(kind),
      m_range(range)
{
    m_label->setBuddy(m_edit);
    m_unit->setProperty("muted", true);
    if (unit.isEmpty())
        m_unit->hide(); // to show it before it has a parent would open a window
    m_edit->setAccessibleName(QString(label).remove(QLatin1Char('&')));
    m_edit->setStepRange(range.least, range.most, range.step);
    m_edit->setFixedWidth(
        textWidth(font(), kind == ValueEdit::Kind::Span ? QStringLiteral("10 h 20 min") : QStringLiteral("000.0"))
        + 44);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    row->addWidget(m_label);
    row->addWidget(m_edit);
    row->addWidget(m_unit);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(m_edit, &ValueEdit::valueEdited, this, [this](double value) {
        m_typed = value;
        if (problem().isEmpty())
            emit edited(value);
        emit problemChanged();
    });
    connect(m_edit, &ValueEdit::readingChanged, this, &RangedEdit::problemChanged);
    connect(m_edit, &ValueEdit::editingFinished, this, &RangedEdit::editingFinished);
}

void RangedEdit::setValue(double value)
{
    if (!problem().isEmpty() && m_edit->hasFocus())
        return; // it is being put right
    m_typed = value;
    m_edit->setValue(value);
}

QString RangedEdit::problem() const
{
    const QString name = m_edit->accessibleName();
    if (const QString error = m_edit->error(); !error.isEmpty())
        return QStringLiteral("%1: %2").arg(name, error);
    if (m_typed >= m_range.least && m_typed <= m_range.most)
        return {};
    const bool time = m_kind == ValueEdit::Kind::Span;
    const auto text = [time](double value) {
        return time ? readableDuration(fromSeconds(value)) : numberToText(value);
    };
    return tr("%1: must lie between %2 and %3.").arg(name, text(m_range.least), text(m_range.most));
}

} // namespace retryscope
