// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/keyeditor.h"

#include "engine/credentials.h"
#include "keys/heldkeys.h"
#include "keys/keyring.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPointer>
#include <QPushButton>
#include <QShortcut>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace retryscope {
namespace {

constexpr int mostNames = 99;
const QString whatKey = QStringLiteral("the key");

QToolButton *lineButton(const QString &text, const QString &name, const QString &tip)
{
    auto *button = new QToolButton;
    button->setText(text);
    button->setObjectName(name);
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    button->setProperty("chip", true);
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}

QLabel *wrapped()
{
    auto *label = new QLabel;
    label->setWordWrap(true);
    label->setFont(Theme::font(TextRole::Secondary));
    return label;
}

/// What is typed is one line without control characters.
bool canBeKey(const QString &text)
{
    return !text.isEmpty()
           && std::all_of(text.begin(), text.end(), [](QChar c) { return c.unicode() >= 0x20 && c.unicode() != 0x7f; });
}

/// In a few words: what to do stands at the field.
QString lackText(const QString &name, KeyStoreProblem problem)
{
    switch (problem) {
    case KeyStoreProblem::NotThere: return KeyEditor::tr("✗ %1 is not in the keychain.").arg(name);
    case KeyStoreProblem::NoService: return KeyEditor::tr("✗ %1: no keychain answers.").arg(name);
    case KeyStoreProblem::Locked: return KeyEditor::tr("✗ %1: the keychain is locked.").arg(name);
    case KeyStoreProblem::Taken:
    case KeyStoreProblem::Failed: break;
    }
    return KeyEditor::tr("✗ %1: the keychain failed.").arg(name);
}

/// As `name`, `name-2` and so on.
QString numbered(const QString &name, int number)
{
    return number < 2 ? name.left(64) : QStringLiteral("%1-%2").arg(name.left(61)).arg(number);
}

} // namespace

KeyEditor::KeyEditor(const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_list(new QVBoxLayout), m_add(new QPushButton), m_form(new QWidget),
      m_question(wrapped()), m_problem(wrapped()), m_typed(new QLineEdit), m_do(new QPushButton),
      m_cancel(new QPushButton(tr("Cancel")))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 10);
    column->setSpacing(6);
    m_list->setSpacing(6);
    column->addLayout(m_list);
    column->addWidget(m_add, 0, Qt::AlignLeft);
    column->addWidget(m_form);
    column->addWidget(m_problem);
    m_add->setObjectName(QStringLiteral("keyAdd"));
    m_problem->setObjectName(QStringLiteral("keyProblem"));
    m_problem->hide();
    makeForm();
    connect(m_add, &QPushButton::clicked, this, [this] { open(Form::Add, {}); });
    hide();
}

void KeyEditor::makeForm()
{
    m_question->setObjectName(QStringLiteral("keyQuestion"));
    m_typed->setObjectName(QStringLiteral("keyTyped"));
    m_typed->setAccessibleName(tr("Key"));
    m_typed->setEchoMode(QLineEdit::Password);
    m_typed->setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText | Qt::ImhNoAutoUppercase);
    m_typed->setPlaceholderText(tr("Paste or type the key"));
    m_do->setObjectName(QStringLiteral("keyDo"));
    m_do->setProperty("primary", true);
    m_cancel->setObjectName(QStringLiteral("keyCancel"));
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_do);
    buttons->addWidget(m_cancel);
    buttons->addStretch(1);
    auto *column = new QVBoxLayout(m_form);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addWidget(m_question);
    column->addWidget(m_typed);
    column->addLayout(buttons);
    m_form->hide();
    connect(m_do, &QPushButton::clicked, this, &KeyEditor::act);
    connect(m_cancel, &QPushButton::clicked, this, &KeyEditor::close);
    connect(m_typed, &QLineEdit::returnPressed, this, &KeyEditor::act);
    connect(m_typed, &QLineEdit::textEdited, this, [this] { m_do->setEnabled(!m_typed->text().trimmed().isEmpty()); });
    auto *escape = new QShortcut(QKeySequence(Qt::Key_Escape), m_form);
    escape->setContext(Qt::WidgetWithChildrenShortcut);
    connect(escape, &QShortcut::activated, this, &KeyEditor::close);
}

void KeyEditor::setKeyRing(KeyRing *ring)
{
    m_ring = ring;
    if (!ring)
        return hide();
    connect(ring, &KeyRing::changed, this, &KeyEditor::showLines);
    show(m_provider);
}

void KeyEditor::show(const ProviderConfig &provider)
{
    const bool other = provider.id != m_provider.id;
    m_provider = provider;
    if (other && !m_busy)
        close();
    setVisible(m_ring && !provider.simulated);
    if (!m_ring || provider.simulated)
        return;
    const QStringList names = keychainNames(provider);
    if (other)
        m_ring->want(names);
    makeLines(names);
    showLines();
    m_add->setText(names.isEmpty() ? tr("&Keep a key in the keychain…") : tr("Keep a further &key in the keychain…"));
}

void KeyEditor::makeLines(const QStringList &names)
{
    QStringList shown;
    for (const Line &line : std::as_const(m_lines))
        shown << line.name;
    if (shown == names)
        return;
    while (QLayoutItem *item = m_list->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater(); // one of its buttons may be speaking
        delete item;
    }
    m_lines.clear();
    for (const QString &name : names) {
        auto *widget = new QWidget;
        Line line{name, wrapped(),
                  lineButton(tr("Replace…"), QStringLiteral("keyReplace_") + name,
                             tr("Put another key in the place of %1").arg(name)),
                  lineButton(tr("Look again"), QStringLiteral("keyAgain_") + name, tr("Look for %1 again").arg(name)),
                  lineButton(tr("Remove…"), QStringLiteral("keyRemove_") + name,
                             tr("Take %1 out of the keychain").arg(name))};
        line.state->setObjectName(QStringLiteral("keyState_") + name);
        auto *buttons = new QHBoxLayout;
        buttons->setSpacing(6);
        for (QToolButton *button : {line.replace, line.again, line.remove})
            buttons->addWidget(button);
        buttons->addStretch(1);
        auto *column = new QVBoxLayout(widget);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(4);
        column->addWidget(line.state);
        column->addLayout(buttons);
        m_list->addWidget(widget);
        widget->show(); // at once, so that it can be aimed at
        connect(line.replace, &QToolButton::clicked, this, [this, name] { open(Form::Replace, name); });
        connect(line.again, &QToolButton::clicked, this, [this, name] { m_ring->readAgain({name}); });
        connect(line.remove, &QToolButton::clicked, this, [this, name] { open(Form::Remove, name); });
        m_lines.append(line);
    }
}

void KeyEditor::showLines()
{
    for (const Line &line : std::as_const(m_lines)) {
        const auto held = heldKey(line.name);
        const bool there = held && *held, missing = held && !*held;
        line.state->setText(there     ? tr("✓ %1 is in the keychain.").arg(line.name)
                            : missing ? lackText(line.name, held->error().problem)
                                      : tr("… %1 is being looked for in the keychain.").arg(line.name));
        line.state->setToolTip(missing ? keySentence(held->error(), line.name, whatKey) : QString());
        const QColor colour = m_theme.stateText(there     ? ProviderState::Well
                                                : missing ? ProviderState::Down
                                                          : ProviderState::Unproven);
        line.state->setStyleSheet(QStringLiteral("color:%1").arg(colour.name()));
        const bool absent = missing && held->error().problem == KeyStoreProblem::NotThere;
        line.replace->setText(absent ? tr("Put it there…") : tr("Replace…"));
        line.again->setVisible(missing);
        line.remove->setVisible(there);
    }
}

QStringList KeyEditor::newNames() const
{
    const QStringList used = keychainNames(m_provider);
    QStringList names;
    for (int i = 1; i <= mostNames; ++i) {
        if (const QString name = numbered(m_provider.id, i); !used.contains(name))
            names << name;
    }
    return names;
}

void KeyEditor::open(Form form, const QString &name)
{
    if (m_busy)
        return;
    m_open = form;
    m_name = name;
    showProblem({});
    m_question->setText(
        form == Form::Add       ? tr("The key goes into this machine's keychain; the configuration only names it.")
        : form == Form::Replace ? tr("The new key takes the place of %1 in the keychain, at once.").arg(name)
                                : tr("Take %1 out of the keychain? The key itself cannot be brought back.").arg(name));
    m_typed->clear();
    m_typed->setVisible(form != Form::Remove);
    m_do->setText(form == Form::Remove ? tr("Take it out") : tr("Keep it"));
    m_do->setEnabled(form == Form::Remove);
    m_add->hide();
    m_form->show();
    (form == Form::Remove ? static_cast<QWidget *>(m_cancel) : m_typed)->setFocus(Qt::OtherFocusReason);
}

void KeyEditor::close()
{
    const bool hadFocus = m_form->isAncestorOf(focusWidget());
    m_open = Form::None;
    m_typed->clear();
    m_form->hide();
    m_add->show();
    showProblem({});
    if (hadFocus)
        m_add->setFocus(Qt::OtherFocusReason);
}

void KeyEditor::showProblem(const QString &sentence)
{
    m_problem->setText(sentence.isEmpty() ? QString() : QStringLiteral("✗ ") + sentence);
    m_problem->setStyleSheet(QStringLiteral("color:%1").arg(m_theme.stateText(ProviderState::Down).name()));
    m_problem->setVisible(!sentence.isEmpty());
}

void KeyEditor::act()
{
    if (m_busy || m_open == Form::None)
        return;
    if (m_open != Form::Remove)
        return keep();
    m_busy = true;
    m_do->setEnabled(false);
    m_ring->remove(m_name, [self = QPointer(this), name = m_name, id = m_provider.id](const auto &error) {
        if (!self)
            return;
        self->m_busy = false;
        if (error && error->problem != KeyStoreProblem::NotThere) {
            self->m_do->setEnabled(true);
            return self->showProblem(keySentence(*error, name, whatKey));
        }
        self->close();
        emit self->removed(id, name);
    });
}

void KeyEditor::keep()
{
    const QString key = m_typed->text().trimmed();
    if (key.isEmpty())
        return;
    if (!canBeKey(key))
        return showProblem(tr("The key holds a line break or another control character. Paste the key alone."));
    m_busy = true;
    m_do->setEnabled(false);
    showProblem({});
    const auto told = [self = QPointer(this), add = m_open == Form::Add, id = m_provider.id](const QString &name,
                                                                                             const auto &error) {
        if (!self)
            return;
        self->m_busy = false;
        if (error) {
            self->m_do->setEnabled(true);
            return self->showProblem(keySentence(*error, name, whatKey));
        }
        self->close();
        if (add)
            emit self->kept(id, name);
    };
    if (m_open == Form::Add)
        m_ring->keepNew(newNames(), key.toUtf8(), told);
    else
        m_ring->keep(m_name, key.toUtf8(), [told, name = m_name](const auto &error) { told(name, error); });
}

} // namespace retryscope
