// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/tunepage.h"
#include "words/labels.h"
#include "words/eventwords.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGroupBox>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QShortcut>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr std::array shownReasons{RetryReason::ServerError, RetryReason::RateLimit, RetryReason::TemporaryFailure, RetryReason::Network};

double editorValue(const QWidget *editor)
{
    if (const auto *spin = qobject_cast<const QDoubleSpinBox *>(editor))
        return spin->value();
    if (const auto *box = qobject_cast<const QCheckBox *>(editor))
        return box->isChecked();
    return qobject_cast<const QComboBox *>(editor)->currentIndex();
}

void setEditorValue(QWidget *editor, double value)
{
    if (auto *spin = qobject_cast<QDoubleSpinBox *>(editor))
        spin->setValue(value);
    else if (auto *box = qobject_cast<QCheckBox *>(editor))
        box->setChecked(value != 0.0);
    else
        qobject_cast<QComboBox *>(editor)->setCurrentIndex(int(value));
}

} // namespace

TunePage::TunePage(const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_preset(new QComboBox), m_reason(new QComboBox), m_priority(new QListWidget), m_issues(new QLabel), m_sentence(new QLabel), m_note(new QLabel),
      m_apply(new QPushButton(tr("Apply"))), m_revert(new QPushButton(tr("Revert"))), m_schedule(new ScheduleChart(theme)), m_success(new SuccessChart(theme))
{
    auto *knobs = new QWidget;
    auto *knobColumn = new QVBoxLayout(knobs);
    knobColumn->setContentsMargins(0, 0, 8, 0);
    QHash<QString, QFormLayout *> groups;
    for (const RetryConfigField &field : retryConfigFields()) {
        const QString group = QLatin1String(field.group);
        if (!groups.contains(group)) {
            auto *box = new QGroupBox(group);
            groups[group] = new QFormLayout(box);
            knobColumn->addWidget(box);
        }
        auto *label = new QLabel(QLatin1String(field.label));
        QWidget *editor = makeEditor(field);
        label->setBuddy(editor);
        label->setMinimumWidth(150);
        groups[group]->addRow(label, editor);
        m_rows.append({&field, editor, label});
    }
    knobColumn->addStretch();
    auto *scroll = new QScrollArea;
    scroll->setWidget(knobs);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setMinimumWidth(360);

    m_preset->setObjectName(QStringLiteral("presetBox"));
    m_preset->addItem(tr("Choose a preset …"));
    for (const RetryPreset &preset : retryPresets())
        m_preset->addItem(QLatin1String(preset.label));
    for (const RetryReason reason : shownReasons)
        m_reason->addItem(tr("after: %1").arg(toLabel(reason).toLower()));
    m_apply->setObjectName(QStringLiteral("applyButton"));
    m_revert->setObjectName(QStringLiteral("revertButton"));
    m_priority->setObjectName(QStringLiteral("priorityList"));
    m_priority->setDragDropMode(QAbstractItemView::InternalMove);
    m_priority->setAccessibleName(tr("Provider priority"));
    m_priority->setMaximumHeight(96);
    m_issues->setObjectName(QStringLiteral("issuesLabel"));
    for (QLabel *label : {m_issues, m_sentence, m_note})
        label->setWordWrap(true);
    m_note->setForegroundRole(QPalette::PlaceholderText);

    const auto title = [](const QString &text) {
        auto *label = new QLabel(text);
        QFont bold = label->font();
        bold.setBold(true);
        label->setFont(bold);
        return label;
    };
    auto *right = new QVBoxLayout;
    auto *head = new QHBoxLayout;
    head->addWidget(m_preset, 1);
    head->addWidget(m_revert);
    head->addWidget(m_apply);
    right->addLayout(head);
    right->addWidget(m_note);
    auto *scheduleHead = new QHBoxLayout;
    scheduleHead->addWidget(title(tr("Wait before each retry (range, one sample)")), 1);
    scheduleHead->addWidget(m_reason);
    right->addLayout(scheduleHead);
    right->addWidget(m_schedule, 1);
    right->addWidget(m_sentence);
    right->addWidget(title(tr("Chance of an answer, where attempts fail by themselves")));
    right->addWidget(m_success, 1);
    right->addWidget(title(tr("Provider priority (drag, or Alt+Up and Alt+Down)")));
    right->addWidget(m_priority);
    right->addWidget(m_issues);
    auto *columns = new QHBoxLayout(this);
    columns->setContentsMargins(16, 12, 16, 12);
    columns->setSpacing(16);
    columns->addWidget(scroll, 2);
    columns->addLayout(right, 3);

    connect(m_preset, &QComboBox::activated, this, [this](int index) {
        if (index == 0)
            return;
        m_draft.retry = retryPresets()[index - 1].config;
        m_note->setText(QLatin1String(retryPresets()[index - 1].note));
        showDraft();
    });
    connect(m_reason, &QComboBox::currentIndexChanged, this, &TunePage::edited);
    connect(m_apply, &QPushButton::clicked, this, [this] { m_applied = m_draft; showDraft(); emit applyRequested(m_draft); });
    connect(m_revert, &QPushButton::clicked, this, [this] { m_draft = m_applied; m_note->clear(); showDraft(); });
    connect(m_priority->model(), &QAbstractItemModel::rowsMoved, this, &TunePage::readPriority);
    for (const auto &[key, by] : {std::pair{Qt::Key_Up, -1}, std::pair{Qt::Key_Down, 1}}) {
        auto *shortcut = new QShortcut(QKeySequence(Qt::ALT | key), m_priority, nullptr, nullptr, Qt::WidgetShortcut);
        connect(shortcut, &QShortcut::activated, this, [this, by = by] { movePriority(by); });
    }
    connect(&theme, &Theme::changed, this, &TunePage::edited);
}

QWidget *TunePage::makeEditor(const RetryConfigField &field)
{
    QWidget *editor = nullptr;
    if (field.kind == FieldKind::Choice) {
        auto *box = new QComboBox;
        for (const char *choice : field.choices)
            box->addItem(QString::fromLatin1(choice).replace(QLatin1Char('_'), QLatin1Char(' ')));
        connect(box, &QComboBox::currentIndexChanged, this, &TunePage::edited);
        editor = box;
    } else if (field.kind == FieldKind::Switch) {
        auto *box = new QCheckBox;
        connect(box, &QCheckBox::toggled, this, &TunePage::edited);
        editor = box;
    } else {
        auto *spin = new QDoubleSpinBox;
        // Out-of-range values can be typed, so that the check can say why they are wrong.
        spin->setRange(field.minimum == 0 ? 0 : field.minimum / 10, field.maximum * 10);
        spin->setDecimals(field.kind == FieldKind::Integer ? 0 : field.kind == FieldKind::Seconds ? 3 : 2);
        spin->setSingleStep(field.kind == FieldKind::Integer ? 1 : field.kind == FieldKind::Ratio ? 0.05 : 0.5);
        spin->setSuffix(field.kind == FieldKind::Seconds ? tr(" s") : QString());
        spin->setStepType(field.kind == FieldKind::Seconds ? QAbstractSpinBox::AdaptiveDecimalStepType : QAbstractSpinBox::DefaultStepType);
        connect(spin, &QDoubleSpinBox::valueChanged, this, &TunePage::edited);
        editor = spin;
    }
    editor->setFocusPolicy(Qt::StrongFocus);
    editor->setObjectName(QStringLiteral("field_") + QLatin1String(field.key));
    editor->setAccessibleName(QLatin1String(field.label));
    const bool plain = field.kind == FieldKind::Choice || field.kind == FieldKind::Switch;
    editor->setToolTip(plain ? QLatin1String(field.help) : tr("%1 From %2 to %3.").arg(QLatin1String(field.help)).arg(field.minimum).arg(field.maximum));
    return editor;
}

void TunePage::setConfiguration(const Configuration &configuration)
{
    m_applied = m_draft = configuration;
    showDraft();
}

void TunePage::showDraft()
{
    m_showing = true;
    for (const Row &row : m_rows)
        setEditorValue(row.editor, row.field->get(m_draft.retry));
    m_priority->clear();
    for (const ProviderConfig &p : m_draft.providers) {
        auto *item = new QListWidgetItem(p.enabled ? p.name : tr("%1 (disabled)").arg(p.name));
        item->setData(Qt::UserRole, p.id);
        m_priority->addItem(item);
    }
    m_showing = false;
    edited();
}

void TunePage::edited()
{
    if (m_showing)
        return;
    QFont normal = font(), bold = font();
    bold.setBold(true);
    for (const Row &row : m_rows) {
        const double before = row.field->get(m_draft.retry), value = editorValue(row.editor);
        if (qAbs(before - value) > 1e-9)
            row.field->set(m_draft.retry, value);
        const bool changed = qAbs(row.field->get(m_applied.retry) - row.field->get(m_draft.retry)) > 1e-9;
        row.label->setText((changed ? QStringLiteral("• ") : QString()) + QLatin1String(row.field->label));
        row.label->setFont(changed ? bold : normal);
    }
    const ConfigIssues issues = validate(m_draft);
    QStringList lines;
    for (const ConfigIssue &issue : issues) {
        const bool error = issue.severity == ConfigIssue::Severity::Error;
        lines << QStringLiteral("<span style='color:%1'>%2 %3</span>").arg(m_theme.stateText(error ? ProviderState::Down : ProviderState::Slow).name(), error ? QStringLiteral("✗") : QStringLiteral("⚠"), issue.message.toHtmlEscaped());
    }
    m_issues->setText(lines.join(QStringLiteral("<br>")));
    m_apply->setEnabled(!hasErrors(issues) && !(m_draft == m_applied));
    m_revert->setEnabled(!(m_draft == m_applied));
    const auto schedule = backoffSchedule(m_draft.retry, shownReasons[std::size_t(std::max(0, m_reason->currentIndex()))], 7);
    m_schedule->setSchedule(schedule);
    m_success->setAttempts(m_draft.retry.maxAttempts);
    Duration worst{};
    for (const BackoffDelay &d : schedule)
        worst += d.high;
    const Duration busy = m_draft.retry.attemptTimeout * m_draft.retry.maxAttempts;
    m_sentence->setText(tr("Worst case: %1 attempts, up to %2 of waiting and %3 of trying; the deadline ends the call after %4. Up to %1 billable requests.")
        .arg(m_draft.retry.maxAttempts).arg(formatDuration(worst), formatDuration(busy), formatDuration(m_draft.retry.deadline)));
}

void TunePage::movePriority(int by)
{
    const int from = m_priority->currentRow(), to = from + by;
    if (from < 0 || to < 0 || to >= m_priority->count())
        return;
    m_priority->insertItem(to, m_priority->takeItem(from));
    m_priority->setCurrentRow(to);
    readPriority();
}

void TunePage::readPriority()
{
    ProviderConfigs ordered;
    for (int i = 0; i < m_priority->count(); ++i) {
        const auto it = std::find_if(m_draft.providers.begin(), m_draft.providers.end(), [&](const ProviderConfig &p) { return p.id == m_priority->item(i)->data(Qt::UserRole).toString(); });
        if (it != m_draft.providers.end())
            ordered.append(*it);
    }
    m_draft.providers = ordered;
    edited();
}

} // namespace retryscope
