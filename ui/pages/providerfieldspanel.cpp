// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/providerfieldspanel.h"

#include "base/systemclock.h"
#include "pages/keyeditor.h"
#include "pricing/pricelist.h"
#include "protocols/registry.h"
#include "widgets/elidedcombo.h"
#include "words/labels.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QCompleter>
#include <QFontDatabase>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWheelEvent>

namespace retryscope {
namespace {

/// Those that every provider needs; what else there is stands folded below them.
const QStringList &firstFields()
{
    static const QStringList keys{QStringLiteral("name"),     QStringLiteral("id"),    QStringLiteral("protocol"),
                                  QStringLiteral("base_url"), QStringLiteral("model"), QStringLiteral("key"),
                                  QStringLiteral("enabled")};
    return keys;
}

/// What stands in the editor itself can be taken back or done again, so that it keeps the keys for that.
bool hasOwnSteps(QObject *editor, bool redo)
{
    if (const auto *line = qobject_cast<const QLineEdit *>(editor))
        return redo ? line->isRedoAvailable() : line->isUndoAvailable();
    if (const auto *edit = qobject_cast<const QPlainTextEdit *>(editor))
        return redo ? edit->document()->isRedoAvailable() : edit->document()->isUndoAvailable();
    return false;
}

void colourText(QLabel *label, const QColor &colour)
{
    if (const QString css = QStringLiteral("color:%1").arg(colour.name()); css != label->styleSheet())
        label->setStyleSheet(css);
}

/// "$0.15 in, $0.60 out per million tokens · 128,000 tokens · ends 2026-12-01", as far as it is known.
QString modelNote(const ProviderConfig &provider, const QString &model)
{
    const ModelAt at{toKey(provider.protocol), provider.baseUrl, model};
    QStringList parts;
    if (const ListedModel *listed = Catalogue::builtIn().find(at)) {
        if (const auto price = priceAt(*listed, SystemClock().wallNow()))
            parts << ProviderFieldsPanel::tr("%1 in, %2 out per million tokens")
                         .arg(moneyText(*price->input), moneyText(*price->output));
        if (listed->contextWindow > 0)
            parts << ProviderFieldsPanel::tr("%L1 tokens").arg(listed->contextWindow);
    }
    if (const auto ending = Catalogue::builtIn().ending(at)) {
        if (ending->shutdown)
            parts << ProviderFieldsPanel::tr("ends %1").arg(ending->shutdown->toString(Qt::ISODate));
        else if (ending->gone)
            parts << ProviderFieldsPanel::tr("was shut down");
        else if (ending->deprecated)
            parts << ProviderFieldsPanel::tr("deprecated");
    }
    return parts.join(QStringLiteral(" · "));
}

} // namespace

QString providerFieldLabel(const QString &key)
{
    static const QHash<QString, QString> own{{QStringLiteral("id"), ProviderFieldsPanel::tr("ID")},
                                             {QStringLiteral("base_url"), ProviderFieldsPanel::tr("Base URL")},
                                             {QStringLiteral("keys"), ProviderFieldsPanel::tr("Further keys")},
                                             {QStringLiteral("ca_file"), ProviderFieldsPanel::tr("CA file")},
                                             {QStringLiteral("end"), ProviderFieldsPanel::tr("End of streams")}};
    QString words = QString(key).replace(QLatin1Char('_'), QLatin1Char(' '));
    words[0] = words[0].toUpper();
    return own.value(key, words);
}

ProviderFieldRow::ProviderFieldRow(const ProviderField &field, const Theme &theme, QWidget *parent)
    : QWidget(parent), m_field(field), m_theme(theme), m_label(new QLabel(this)), m_help(new QLabel),
      m_message(new QLabel)
{
    const QString key = QLatin1String(field.key), name = providerFieldLabel(key);
    m_editor = makeEditor();
    m_editor->setObjectName(QStringLiteral("provider_") + key);
    m_editor->setAccessibleName(name);
    m_editor->setToolTip(QLatin1String(field.help));
    m_label->setText(name);
    m_label->setBuddy(m_editor);
    m_help->setText(QLatin1String(field.help));
    m_help->setWordWrap(true);
    m_help->setFont(Theme::font(TextRole::Axis));
    m_help->setProperty("muted", true);
    m_message->setObjectName(QStringLiteral("providerMessage_") + key);
    m_message->setWordWrap(true);
    m_message->hide();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 6);
    column->setSpacing(3);
    if (formOf(field) == FieldForm::Switch) {
        m_label->hide();
        static_cast<QCheckBox *>(m_editor)->setText(name);
    } else {
        column->addWidget(m_label);
    }
    column->addWidget(m_editor);
    column->addWidget(m_message);
    column->addWidget(m_help);
}

QWidget *ProviderFieldRow::makeEditor()
{
    const QString key = QLatin1String(m_field.key);
    const auto tellEdited = [this] {
        if (!m_showing)
            emit edited();
    };
    switch (formOf(m_field)) {
    case FieldForm::Switch: {
        auto *box = new QCheckBox;
        connect(box, &QCheckBox::clicked, this, [this] {
            emit edited();
            emit editingFinished();
        });
        return box;
    }
    case FieldForm::Word: {
        auto *box = new ElidedCombo;
        for (const QString &word : wordsOf(m_field)) {
            const Wire *wire = wireFromKey(word);
            box->addItem(key == QLatin1String("protocol") && wire ? QString::fromLatin1(wire->label) : word, word);
        }
        box->setFocusPolicy(Qt::StrongFocus);
        box->installEventFilter(this);
        connect(box, &QComboBox::activated, this, [this] {
            emit edited();
            emit editingFinished();
        });
        return box;
    }
    case FieldForm::Lines:
    case FieldForm::Pairs:
    case FieldForm::Json: {
        auto *edit = new QPlainTextEdit;
        edit->setTabChangesFocus(true);
        edit->setFixedHeight(fontMetrics().height() * 3 + 14);
        edit->setPlaceholderText(formOf(m_field) == FieldForm::Lines   ? tr("One a line")
                                 : formOf(m_field) == FieldForm::Pairs ? tr("name = value, one a line")
                                                                       : tr("A JSON object"));
        edit->installEventFilter(this);
        connect(edit, &QPlainTextEdit::textChanged, this, tellEdited);
        return edit;
    }
    default: break;
    }
    if (key == QLatin1String("model") || key == QLatin1String("key")) {
        m_choices = new ElidedCombo;
        m_choices->setEditable(true);
        m_choices->setInsertPolicy(QComboBox::NoInsert);
        m_choices->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        m_choices->setMinimumContentsLength(12);
        m_choices->setFocusPolicy(Qt::StrongFocus);
        m_choices->completer()->setCompletionMode(QCompleter::PopupCompletion);
        m_choices->completer()->setFilterMode(Qt::MatchContains);
        m_choices->completer()->setCompletionRole(Qt::UserRole); // without the note behind it
        m_choices->installEventFilter(this);
        m_choices->lineEdit()->installEventFilter(this);
        connect(m_choices, &QComboBox::editTextChanged, this, tellEdited);
        connect(m_choices->lineEdit(), &QLineEdit::editingFinished, this, &ProviderFieldRow::editingFinished);
        connect(m_choices, &QComboBox::activated, this, [this](int row) {
            m_choices->setEditText(m_choices->itemData(row).toString());
            emit editingFinished();
        });
        return m_choices;
    }
    auto *edit = new QLineEdit;
    edit->installEventFilter(this);
    connect(edit, &QLineEdit::textEdited, this, tellEdited);
    connect(edit, &QLineEdit::editingFinished, this, &ProviderFieldRow::editingFinished);
    return edit;
}

/// A wheel over an editor scrolls the page unless the editor has the keyboard; one that is left has been edited. Undo and redo
/// are the page's where the editor has nothing of its own for them.
bool ProviderFieldRow::eventFilter(QObject *watched, QEvent *event)
{
    auto *editor = qobject_cast<QWidget *>(watched);
    if (event->type() == QEvent::Wheel && !editor->hasFocus() && !qobject_cast<QPlainTextEdit *>(editor)) {
        event->ignore();
        return true;
    }
    if (event->type() == QEvent::ShortcutOverride) {
        const auto *key = static_cast<const QKeyEvent *>(event);
        const bool redo = key->matches(QKeySequence::Redo);
        if ((redo || key->matches(QKeySequence::Undo)) && !hasOwnSteps(watched, redo)) {
            event->ignore();
            return true;
        }
    }
    if (event->type() == QEvent::FocusOut && qobject_cast<QPlainTextEdit *>(editor))
        emit editingFinished();
    return false;
}

QString ProviderFieldRow::text() const
{
    if (m_choices)
        return m_choices->currentText();
    if (const auto *box = qobject_cast<const QComboBox *>(m_editor))
        return box->currentData().toString();
    if (const auto *box = qobject_cast<const QCheckBox *>(m_editor))
        return box->isChecked() ? QStringLiteral("true") : QStringLiteral("false");
    if (const auto *edit = qobject_cast<const QPlainTextEdit *>(m_editor))
        return edit->toPlainText();
    return static_cast<const QLineEdit *>(m_editor)->text();
}

/// What is written another way and means the same, or, of an id, is not whole yet.
bool ProviderFieldRow::isBeingTyped(const ProviderConfig &provider, const QString &shown) const
{
    const QWidget *focused = QApplication::focusWidget();
    if (!focused || (focused != m_editor && !m_editor->isAncestorOf(focused)) || text() == shown)
        return false;
    if (QLatin1String(m_field.key) == QLatin1String("id"))
        return shown == m_shown;
    const auto typed = withFieldText(m_field, provider, text());
    return typed && m_field.get(*typed) == m_field.get(provider);
}

void ProviderFieldRow::write(const QString &text)
{
    m_showing = true;
    if (m_choices)
        m_choices->setEditText(text);
    else if (auto *box = qobject_cast<QComboBox *>(m_editor))
        box->setCurrentIndex(box->findData(text));
    else if (auto *check = qobject_cast<QCheckBox *>(m_editor))
        check->setChecked(text == QLatin1String("true"));
    else if (auto *edit = qobject_cast<QPlainTextEdit *>(m_editor))
        edit->setPlainText(text);
    else
        static_cast<QLineEdit *>(m_editor)->setText(text);
    m_showing = false;
}

void ProviderFieldRow::show(const ProviderConfig &provider, const QString &shown, const ConfigIssue &issue)
{
    const bool other = std::exchange(m_id, provider.id) != provider.id;
    if (text() != shown && (other || !isBeingTyped(provider, shown)))
        write(shown);
    m_shown = shown;
    const bool error = issue.severity == ConfigIssue::Severity::Error;
    m_message->setText(issue.message.isEmpty() ? QString()
                                               : QStringLiteral("%1 %2").arg(
                                                   error ? QStringLiteral("✗") : QStringLiteral("⚠"), issue.message));
    m_message->setVisible(!issue.message.isEmpty());
    colourText(m_message, m_theme.stateText(error ? ProviderState::Down : ProviderState::Slow));
    m_editor->setAccessibleDescription(issue.message.isEmpty() ? QString::fromLatin1(m_field.help) : issue.message);
}

void ProviderFieldRow::setChoices(const QStringList &texts, const QStringList &notes)
{
    if (!m_choices)
        return;
    m_showing = true;
    const QString now = m_choices->currentText();
    m_choices->clear();
    for (qsizetype i = 0; i < texts.size(); ++i) {
        const QString note = notes.value(i);
        m_choices->addItem(note.isEmpty() ? texts[i] : QStringLiteral("%1   %2").arg(texts[i], note), texts[i]);
        m_choices->setItemData(int(i), note, Qt::ToolTipRole);
    }
    m_choices->setCurrentIndex(-1);
    m_choices->setEditText(now);
    m_showing = false;
}

ProviderFieldsPanel::ProviderFieldsPanel(const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_more(new QWidget), m_fold(new QToolButton), m_keys(new KeyEditor(theme))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    auto *rest = new QVBoxLayout(m_more);
    rest->setContentsMargins(0, 0, 0, 0);
    rest->setSpacing(2);
    QHash<QString, ProviderFieldRow *> rows;
    for (const ProviderField &field : providerFields()) {
        auto *row = new ProviderFieldRow(field, theme);
        rows[QLatin1String(field.key)] = row;
        m_rows.append(row);
        if (!firstFields().contains(QLatin1String(field.key)))
            rest->addWidget(row);
        connect(row, &ProviderFieldRow::edited, this, [this, row] { emit edited(row->field(), row->text()); });
        connect(row, &ProviderFieldRow::editingFinished, this,
                [this, row] { emit editingFinished(row->field(), row->text()); });
    }
    for (const QString &key : firstFields()) {
        column->addWidget(rows[key]);
        if (key == QLatin1String("key"))
            column->addWidget(m_keys);
    }
    m_fold->setObjectName(QStringLiteral("providerMore"));
    m_fold->setCheckable(true);
    m_fold->setAutoRaise(true);
    m_fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    connect(m_fold, &QToolButton::toggled, this, &ProviderFieldsPanel::unfold);
    column->addWidget(m_fold, 0, Qt::AlignLeft);
    column->addWidget(m_more);
    unfold(false);
}

void ProviderFieldsPanel::unfold(bool open)
{
    m_more->setVisible(open);
    m_fold->setChecked(open);
    m_fold->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
}

void ProviderFieldsPanel::show(const ProviderConfig &provider, const QHash<QString, ConfigIssue> &issues,
                               const QHash<QString, Unread> &unread)
{
    const bool other = provider.id != m_provider.id;
    const bool elsewhere = other || provider.baseUrl != m_provider.baseUrl || provider.protocol != m_provider.protocol;
    m_provider = provider;
    if (other)
        m_served.clear();
    if (elsewhere)
        offerModels();
    if (other)
        offerKeys();
    m_keys->show(provider);
    int set = 0;
    bool wrong = false;
    for (ProviderFieldRow *row : std::as_const(m_rows)) {
        const QString key = QLatin1String(row->field().key);
        const auto kept = unread.constFind(key);
        ConfigIssue issue = issues.value(key);
        if (kept != unread.constEnd())
            issue = {key, kept->why, ConfigIssue::Severity::Error};
        row->show(provider, kept != unread.constEnd() ? kept->text : fieldText(row->field(), provider), issue);
        if (!firstFields().contains(key)) {
            set += !row->field().get(provider).isUndefined();
            wrong |= !issue.message.isEmpty();
        }
    }
    const int all = int(m_rows.size() - firstFields().size());
    m_fold->setText(set > 0 ? tr("%1 more settings, %2 set").arg(all).arg(set) : tr("%1 more settings").arg(all));
    if (wrong)
        unfold(true);
}

void ProviderFieldsPanel::setServedModels(const ModelList &models)
{
    if (models.models == m_served)
        return;
    m_served = models.models;
    offerModels();
}

/// What the server serves first, as it said so itself; then what else is known.
void ProviderFieldsPanel::offerModels()
{
    QStringList models = m_served;
    if (models.isEmpty() && !m_provider.simulated)
        models = Catalogue::builtIn().names({toKey(m_provider.protocol), m_provider.baseUrl, m_provider.model});
    QStringList notes;
    for (const QString &model : std::as_const(models))
        notes << modelNote(m_provider, model);
    for (ProviderFieldRow *row : std::as_const(m_rows)) {
        if (QLatin1String(row->field().key) == QLatin1String("model"))
            row->setChoices(models, notes);
    }
}

void ProviderFieldsPanel::offerKeys()
{
    QStringList references, notes;
    for (const FoundKey &key : foundKeys()) {
        references << QStringLiteral("env:") + key.variable;
        notes << tr("set in your environment");
    }
    for (ProviderFieldRow *row : std::as_const(m_rows)) {
        if (QLatin1String(row->field().key) == QLatin1String("key"))
            row->setChoices(references, notes);
    }
}

void ProviderFieldsPanel::reveal(const QString &key)
{
    for (ProviderFieldRow *row : std::as_const(m_rows)) {
        if (QLatin1String(row->field().key) != key)
            continue;
        if (!firstFields().contains(key))
            unfold(true);
        row->editor()->setFocus(Qt::OtherFocusReason);
    }
}

} // namespace retryscope
