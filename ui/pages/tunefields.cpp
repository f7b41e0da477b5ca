// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/tunefields.h"

#include "config/retryfields.h"
#include "models/changetext.h"
#include "widgets/elidedcombo.h"
#include "widgets/valueedit.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWheelEvent>

namespace retryscope {
namespace {

bool isText(FieldKind kind) { return kind != FieldKind::Choice && kind != FieldKind::Switch; }

/// A wheel turns the editor only when it has the keyboard; else the page scrolls.
class WheelGuard final : public QObject
{
public:
    using QObject::QObject;
    bool eventFilter(QObject *watched, QEvent *event) override
    {
        if (event->type() != QEvent::Wheel || qobject_cast<QWidget *>(watched)->hasFocus())
            return false;
        event->ignore();
        return true;
    }
};

/// A palette would be lost where the window has a style sheet, and a sheet is worked out anew, so only when it changes.
void setTextColour(QWidget *widget, const QColor &colour)
{
    if (const QString css = QStringLiteral("color:%1").arg(colour.name()); css != widget->styleSheet())
        widget->setStyleSheet(css);
}

QString rangeText(const RetryConfigField &field)
{
    if (!isText(field.kind))
        return QLatin1String(field.help);
    return FieldRow::tr("%1 From %2 to %3.")
        .arg(QLatin1String(field.help), fieldValue(field, field.minimum), fieldValue(field, field.maximum));
}

} // namespace

FieldRow::FieldRow(const RetryConfigField &field, const Theme &theme, QWidget *parent)
    : QWidget(parent), m_field(field), m_theme(theme), m_label(new QLabel), m_was(new QLabel), m_message(new QLabel),
      m_revert(new QToolButton)
{
    const QString key = QLatin1String(field.key);
    m_editor = makeEditor();
    m_editor->setObjectName(QStringLiteral("field_") + key);
    m_editor->setAccessibleName(QLatin1String(field.label));
    m_editor->setToolTip(rangeText(field));
    m_label->setBuddy(m_editor);
    m_label->setToolTip(rangeText(field));
    m_label->setWordWrap(true);
    m_label->setMinimumWidth(60);
    m_was->setObjectName(QStringLiteral("was_") + key);
    m_revert->setObjectName(QStringLiteral("revert_") + key);
    m_revert->setText(tr("Revert"));
    m_revert->setAutoRaise(true);
    m_revert->setAccessibleName(tr("Revert %1").arg(QLatin1String(field.label)));
    m_message->setObjectName(QStringLiteral("message_") + key);
    m_message->setWordWrap(true);
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(0, 2, 0, 2);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(1);
    grid->addWidget(m_label, 0, 0);
    grid->addWidget(m_editor, 0, 1);
    grid->addWidget(m_was, 1, 0, 1, 1, Qt::AlignLeft | Qt::AlignVCenter);
    grid->addWidget(m_revert, 1, 1, Qt::AlignLeft);
    grid->addWidget(m_message, 2, 0, 1, 2);
    grid->setColumnStretch(0, 1);
    m_editor->setFixedWidth(136);
    connect(m_revert, &QToolButton::clicked, this, &FieldRow::revertRequested);
    connect(&theme, &Theme::changed, this, &FieldRow::tell);
}

QWidget *FieldRow::makeEditor()
{
    if (m_field.kind == FieldKind::Choice) {
        auto *box = new ElidedCombo;
        for (qsizetype i = 0; i < m_field.choices.size(); ++i)
            box->addItem(fieldValue(m_field, double(i)));
        box->setFocusPolicy(Qt::StrongFocus);
        box->installEventFilter(new WheelGuard(box));
        connect(box, &QComboBox::activated, this, [this](int index) { emit edited(index); emit editingFinished(); });
        return box;
    }
    if (m_field.kind == FieldKind::Switch) {
        auto *box = new QCheckBox;
        connect(box, &QCheckBox::clicked, this, [this](bool on) { emit edited(on); emit editingFinished(); });
        return box;
    }
    m_value = new ValueEdit(m_field.kind == FieldKind::Seconds   ? ValueEdit::Kind::Duration
                            : m_field.kind == FieldKind::Integer ? ValueEdit::Kind::WholeNumber
                                                                 : ValueEdit::Kind::Number);
    m_value->setStepRange(m_field.minimum, m_field.maximum,
                          m_field.kind == FieldKind::Integer ? 1.0
                          : m_field.kind == FieldKind::Ratio ? 0.05
                                                             : 0.1);
    connect(m_value, &ValueEdit::valueEdited, this, &FieldRow::edited);
    connect(m_value, &ValueEdit::editingFinished, this, &FieldRow::editingFinished);
    connect(m_value, &ValueEdit::readingChanged, this, [this] { tell(); emit readingChanged(); });
    return m_value;
}

void FieldRow::show(double draft, double inForce, const ConfigIssue &issue)
{
    m_draft = draft;
    m_inForce = inForce;
    m_issue = issue;
    m_showing = true;
    if (m_value) {
        if (m_value->value() != draft || m_value->error().isEmpty())
            m_value->setValue(draft);
    } else if (auto *box = qobject_cast<QCheckBox *>(m_editor)) {
        box->setChecked(draft != 0.0);
    } else {
        qobject_cast<QComboBox *>(m_editor)->setCurrentIndex(int(draft));
    }
    m_showing = false;
    tell();
}

/// The lines below the editor, and the dot.
void FieldRow::tell()
{
    if (m_showing)
        return;
    const bool changed = m_draft != m_inForce;
    const QString label = QLatin1String(m_field.label);
    m_label->setText(changed ? QStringLiteral("● ") + label : label);
    QFont weight = font();
    weight.setBold(changed);
    if (weight != m_label->font())
        m_label->setFont(weight);
    const QString unread = m_value ? m_value->error() : QString(),
                  understood = m_value ? m_value->understood() : QString();
    const QString was = changed ? tr("was %1").arg(fieldValue(m_field, m_inForce)) : QString();
    m_was->setText(was);
    setTextColour(m_was, m_theme.muted());
    m_was->setVisible(changed);
    m_revert->setVisible(changed);
    const bool error =
        !unread.isEmpty() || (!m_issue.message.isEmpty() && m_issue.severity == ConfigIssue::Severity::Error);
    const QString wrong = unread.isEmpty() ? m_issue.message : unread;
    const QString text = wrong.isEmpty()
                             ? understood
                             : QStringLiteral("%1 %2").arg(error ? QStringLiteral("✗") : QStringLiteral("⚠"), wrong);
    m_message->setText(text);
    m_message->setVisible(!text.isEmpty());
    const QColor colour =
        wrong.isEmpty() ? m_theme.muted() : m_theme.stateText(error ? ProviderState::Down : ProviderState::Slow);
    setTextColour(m_message, colour);
    m_editor->setAccessibleDescription(QStringList{was, text}.join(QLatin1Char(' ')).trimmed());
}

void FieldRow::reset()
{
    if (m_value)
        m_value->setValue(m_draft);
}

bool FieldRow::isReadable() const { return !m_value || m_value->error().isEmpty(); }

bool FieldRow::matches(const QString &word) const
{
    for (const char *text : {m_field.key, m_field.label, m_field.group, m_field.help}) {
        if (QString::fromLatin1(text).contains(word, Qt::CaseInsensitive))
            return true;
    }
    return false;
}

TuneFields::TuneFields(const Theme &theme, QWidget *parent)
    : QScrollArea(parent), m_none(new QLabel(tr("No field has this in its name or help.")))
{
    auto *column = new QWidget;
    auto *layout = new QVBoxLayout(column);
    layout->setContentsMargins(0, 0, 8, 0);
    layout->setSpacing(12);
    m_none->setObjectName(QStringLiteral("noField"));
    m_none->setWordWrap(true);
    m_none->hide();
    layout->addWidget(m_none);
    QHash<QString, qsizetype> known;
    for (const RetryConfigField &field : retryConfigFields()) {
        const QString name = QLatin1String(field.group);
        if (!known.contains(name)) {
            known[name] = m_groups.size();
            auto *card = new QFrame;
            card->setObjectName(QStringLiteral("card"));
            auto *inner = new QVBoxLayout(card);
            inner->setContentsMargins(14, 10, 14, 10);
            inner->setSpacing(2);
            auto *title = new QLabel(name);
            QFont bold = title->font();
            bold.setWeight(QFont::DemiBold);
            title->setFont(bold);
            title->setContentsMargins(0, 0, 0, 4);
            inner->addWidget(title);
            layout->addWidget(card);
            m_groups.append(Group{card, {}});
        }
        auto *row = new FieldRow(field, theme);
        m_groups[known[name]].card->layout()->addWidget(row);
        m_groups[known[name]].rows.append(row);
        connect(row, &FieldRow::edited, this, [this, row](double value) { emit edited(row->field(), value); });
        connect(row, &FieldRow::revertRequested, this, [this, row] { emit revertRequested(row->field()); });
        connect(row, &FieldRow::editingFinished, this, &TuneFields::editingFinished);
        connect(row, &FieldRow::readingChanged, this, &TuneFields::readingChanged);
        connect(row, &FieldRow::readingChanged, this, [this, row] {
            if (row->editor()->hasFocus()) // what is said about it must be in sight, once the row has its new height
                QMetaObject::invokeMethod(this, [this, row] { ensureWidgetVisible(row, 0, 8); }, Qt::QueuedConnection);
        });
    }
    layout->addStretch();
    setWidget(column);
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::NoFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setMinimumWidth(310);
    setObjectName(QStringLiteral("tuneFields"));
    setAccessibleName(tr("Fields"));
}

void TuneFields::show(const RetryConfig &draft, const RetryConfig &inForce, const ConfigIssues &issues)
{
    for (const Group &group : std::as_const(m_groups)) {
        for (FieldRow *row : group.rows) {
            const RetryConfigField &field = row->field();
            ConfigIssue worst{{}, {}, ConfigIssue::Severity::Warning};
            for (const ConfigIssue &issue : issues) {
                if (issue.where == QStringLiteral("retry.") + QLatin1String(field.key)
                    && (worst.message.isEmpty() || issue.severity == ConfigIssue::Severity::Error))
                    worst = issue;
            }
            row->show(field.get(draft), field.get(inForce), worst);
        }
    }
}

void TuneFields::reset()
{
    for (const Group &group : std::as_const(m_groups)) {
        for (FieldRow *row : group.rows)
            row->reset();
    }
}

bool TuneFields::areReadable() const
{
    return std::all_of(m_groups.begin(), m_groups.end(), [](const Group &g) {
        return std::all_of(g.rows.begin(), g.rows.end(), [](const FieldRow *r) { return r->isReadable(); });
    });
}

int TuneFields::setFilter(const QString &words)
{
    int all = 0;
    const QStringList wanted = words.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    for (const Group &group : std::as_const(m_groups)) {
        int shown = 0;
        for (FieldRow *row : group.rows) {
            const bool fits =
                std::all_of(wanted.begin(), wanted.end(), [row](const QString &w) { return row->matches(w); });
            row->setVisible(fits);
            shown += fits;
        }
        group.card->setVisible(shown > 0);
        all += shown;
    }
    m_none->setVisible(all == 0);
    return all;
}

void TuneFields::reveal(const RetryConfigField &field)
{
    for (const Group &group : std::as_const(m_groups)) {
        for (FieldRow *row : group.rows) {
            if (&row->field() == &field) {
                ensureWidgetVisible(row, 0, 40);
                row->editor()->setFocus(Qt::OtherFocusReason);
            }
        }
    }
}

} // namespace retryscope
