// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/tunepage.h"

#include "config/retryfields.h"
#include "config/retrypresets.h"
#include "models/changetext.h"
#include "pages/draftbar.h"
#include "pages/draftchrome.h"
#include "pages/filenotice.h"
#include "pages/incidentreplaypanel.h"
#include "pages/mergepanel.h"
#include "pages/tuneconsequences.h"
#include "pages/tunefields.h"
#include "simulator/scenariofile.h"
#include "widgets/elidedcombo.h"
#include "widgets/rememberedstate.h"
#include "words/lintwords.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSplitter>
#include <QStackedWidget>
#include <QUndoCommand>
#include <QVBoxLayout>

namespace retryscope {
namespace {

QStringList orderOf(const Configuration &configuration)
{
    QStringList ids;
    for (const ProviderConfig &p : configuration.providers)
        ids << p.id;
    return ids;
}

} // namespace

/// One step: fields by their old and new values, so that it stays right when the file has changed others meanwhile.
class TunePage::Edit final : public QUndoCommand
{
public:
    Edit(TunePage &page, const QString &text, const Configuration &before, const Configuration &after, int session)
        : QUndoCommand(text), m_page(page), m_overrides(before.retry.overrides, after.retry.overrides),
          m_order(orderOf(before), orderOf(after)), m_session(session)
    {
        for (const RetryConfigField &field : retryConfigFields()) {
            if (field.get(before.retry) != field.get(after.retry))
                m_values.append({&field, field.get(before.retry), field.get(after.retry)});
        }
    }
    int id() const override { return m_values.size() == 1 ? 1 : -1; }
    bool mergeWith(const QUndoCommand *other) override
    {
        const auto *next = static_cast<const Edit *>(other);
        if (next->m_session != m_session || next->m_values.first().field != m_values.first().field)
            return false;
        m_values.first().after = next->m_values.first().after;
        setObsolete(m_values.first().before == m_values.first().after);
        return true;
    }
    void redo() override { set(true); }
    void undo() override { set(false); }

private:
    struct Value { const RetryConfigField *field; double before, after; };
    using Overrides = decltype(RetryConfig::overrides);

    void set(bool forward)
    {
        Configuration draft = m_page.draft();
        for (const Value &v : std::as_const(m_values))
            v.field->set(draft.retry, forward ? v.after : v.before);
        if (m_overrides.first != m_overrides.second)
            draft.retry.overrides = forward ? m_overrides.second : m_overrides.first;
        if (m_order.first != m_order.second) {
            const QStringList &order = forward ? m_order.second : m_order.first;
            std::stable_sort(draft.providers.begin(), draft.providers.end(),
                             [&order](const ProviderConfig &a, const ProviderConfig &b) {
                                 return std::size_t(order.indexOf(a.id))
                                        < std::size_t(order.indexOf(b.id)); // those it does not know go last
                             });
        }
        m_page.m_draft.setDraft(draft);
    }

    TunePage &m_page;
    QVector<Value> m_values;
    std::pair<Overrides, Overrides> m_overrides;
    std::pair<QStringList, QStringList> m_order;
    int m_session;
};

TunePage::TunePage(const Theme &theme, ConfigurationDraft &draft, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_draft(draft), m_fields(new TuneFields(theme)), m_consequences(new TuneConsequences(theme)),
      m_chrome(new DraftChrome(theme, draft, this)), m_body(new QStackedWidget),
      m_search(new QLineEdit), m_preset(new ElidedCombo), m_note(new QLabel)
{
    auto *split = new QSplitter;
    split->setObjectName(QStringLiteral("tuneSplitter"));
    split->setChildrenCollapsible(false);
    split->setHandleWidth(12);
    split->setStyleSheet(QStringLiteral("QSplitter#tuneSplitter::handle{background:transparent}"));
    split->addWidget(m_fields);
    split->addWidget(m_consequences);
    split->setStretchFactor(0, 2);
    split->setStretchFactor(1, 5);
    split->setSizes({340, 660});
    m_body->addWidget(split);
    m_body->addWidget(m_chrome->merge());
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::page, 12, Theme::page, 12);
    column->setSpacing(10);
    column->addLayout(makeViews());
    column->addWidget(m_head = makeHead());
    m_note->setForegroundRole(QPalette::PlaceholderText);
    m_note->setObjectName(QStringLiteral("presetNote"));
    m_note->setWordWrap(true);
    m_note->hide();
    column->addWidget(m_note);
    column->addWidget(m_chrome->notice());
    column->addWidget(m_body, 1);
    column->addWidget(m_chrome->bar());
    connectParts();
    connect(&theme, &Theme::changed, this, &TunePage::showDraft);
    showDraft();
}

/// A field that loses the focus as the window goes has something to say when there is no page any more.
TunePage::~TunePage()
{
    disconnect(m_fields, nullptr, this, nullptr);
    disconnect(m_consequences, nullptr, this, nullptr);
}

void TunePage::connectParts()
{
    connect(m_fields, &TuneFields::edited, this, &TunePage::editField);
    connect(m_fields, &TuneFields::editingFinished, this, [this] { ++m_session; });
    connect(m_fields, &TuneFields::revertRequested, this, [this](const RetryConfigField &field) {
        ++m_session;
        editField(field, field.get(m_draft.inForce().retry));
        ++m_session;
        m_fields->reveal(field); // the button that was pressed is gone
    });
    connect(m_fields, &TuneFields::readingChanged, this, &TunePage::check);
    connect(m_consequences, &TuneConsequences::orderChanged, this, &TunePage::editOrder);
    connect(m_consequences, &TuneConsequences::revealRequested, this, &TunePage::reveal);
    connect(m_consequences, &TuneConsequences::scenarioChanged, this, &TunePage::showFindings);
    connect(m_consequences, &TuneConsequences::chosen, this, [this] {
        if (m_remembered)
            m_remembered->setValue(QStringLiteral("tune"), m_consequences->state());
    });
    connect(m_search, &QLineEdit::textChanged, m_fields, &TuneFields::setFilter);
    connect(m_preset, &QComboBox::activated, this, &TunePage::takePreset);
    connect(m_chrome, &DraftChrome::applyRequested, this, &TunePage::apply);
    connect(m_chrome, &DraftChrome::discardRequested, this, &TunePage::discard);
    connect(m_chrome, &DraftChrome::revealRequested, this, &TunePage::reveal);
    connect(m_chrome, &DraftChrome::mergeRequested, this, &TunePage::showMerge);
    connect(&m_draft, &ConfigurationDraft::changed, this, &TunePage::showDraft);
    connect(&m_draft, &ConfigurationDraft::problemChanged, this, &TunePage::check);
    connect(&m_draft, &ConfigurationDraft::merged, this, [this](int taken, int conflicts) {
        if (conflicts == 0)
            m_chrome->notice()->setNews(
                taken == 1 ? tr(
                    "The file was changed. One value of it is in force and in your draft; your own changes are kept.")
                           : tr("The file was changed. %1 values of it are in force and in your draft; your own "
                                "changes are kept.")
                                 .arg(taken));
    });
}

void TunePage::showDraft()
{
    showFindings();
    if (m_inForce != m_draft.inForce()) {
        m_inForce = m_draft.inForce();
        const QString prices = m_draft.path().isEmpty() ? QString() : pricesFileBeside(m_draft.path());
        m_prices = loadPrices(prices).prices;
        m_consequences->setPrices(m_prices);
        if (m_incident)
            m_incident->setPrices(m_prices);
    }
    m_consequences->show(m_draft.draft(), *m_inForce);
    m_chrome->showConflicts();
    if (m_draft.conflicts().isEmpty())
        showMerge(false);
    showPanels();
    check();
}

/// At the fields and in one list: what is wrong, what is valid and yet likely a mistake, also in the scenario that is played.
void TunePage::showFindings()
{
    const Configuration &draft = m_draft.draft();
    const ConfigIssues issues = validate(draft);
    const auto scenario = namedScenario(m_consequences->scenarioKey());
    const ConfigIssues lint = lintIssues(draft, scenario ? lintLoad(*scenario) : std::nullopt);
    ConfigIssues warnings;
    std::copy_if(issues.begin(), issues.end(), std::back_inserter(warnings),
                 [](const ConfigIssue &issue) { return issue.severity == ConfigIssue::Severity::Warning; });
    m_fields->show(draft.retry, m_draft.inForce().retry, issues + lint);
    m_consequences->showFindings(warnings + lint);
}

/// What keeps the draft from being applied, and what the file's state is.
void TunePage::check()
{
    QStringList blockers;
    for (const ConfigIssue &issue : validate(m_draft.draft())) {
        if (issue.severity != ConfigIssue::Severity::Error)
            continue;
        const ConfigurationPath path = issue.where.split(QLatin1Char('.'));
        blockers << (fieldAt(path) || issue.where == QLatin1String("providers")
                         ? issue.message
                         : QStringLiteral("%1: %2").arg(issue.where, issue.message));
    }
    if (!m_fields->areReadable())
        blockers.prepend(tr("A field holds what cannot be read. It is marked."));
    m_chrome->showState(blockers);
}

void TunePage::editField(const RetryConfigField &field, double value)
{
    Configuration after = m_draft.draft();
    field.set(after.retry, value);
    if (field.get(after.retry) != field.get(m_draft.draft().retry))
        m_undo.push(new Edit(*this, QLatin1String(field.label), m_draft.draft(), after, m_session));
}

void TunePage::editOrder(const QStringList &ids)
{
    Configuration after = m_draft.draft();
    std::stable_sort(
        after.providers.begin(), after.providers.end(),
        [&ids](const ProviderConfig &a, const ProviderConfig &b) { return ids.indexOf(a.id) < ids.indexOf(b.id); });
    if (orderOf(after) != orderOf(m_draft.draft()))
        m_undo.push(new Edit(*this, tr("Provider priority"), m_draft.draft(), after, ++m_session));
}

void TunePage::takePreset(int index)
{
    m_note->setVisible(index > 0);
    if (index == 0)
        return;
    const RetryPreset &preset = retryPresets()[index - 1];
    Configuration after = m_draft.draft();
    after.retry = preset.config;
    m_note->setText(QLatin1String(preset.note));
    m_fields->reset();
    if (!(after.retry == m_draft.draft().retry))
        m_undo.push(
            new Edit(*this, tr("preset %1").arg(QLatin1String(preset.label)), m_draft.draft(), after, ++m_session));
}

/// From a panel: one step that can be undone.
void TunePage::takeRetry(const QString &what, const RetryConfig &retry)
{
    m_fields->reset();
    m_preset->setCurrentIndex(0);
    m_note->hide();
    Configuration after = m_draft.draft();
    after.retry = retry;
    if (!(after.retry == m_draft.draft().retry))
        m_undo.push(new Edit(*this, what, m_draft.draft(), after, ++m_session));
}

void TunePage::takeImported(const Configuration &imported)
{
    m_fields->reset();
    m_preset->setCurrentIndex(0);
    if (!(imported.retry == m_draft.draft().retry)) {
        Configuration after = m_draft.draft();
        after.retry = imported.retry;
        m_undo.push(new Edit(*this, tr("Import"), m_draft.draft(), after, ++m_session));
    }
    if (!(imported == m_draft.draft())) // what no field shows
        m_draft.setDraft(imported);
}

void TunePage::discard()
{
    m_fields->reset();
    if (m_draft.isChanged())
        m_undo.push(new Edit(*this, tr("Discard"), m_draft.draft(), m_draft.inForce(), ++m_session));
    if (m_draft.isChanged()) // what no field shows
        m_draft.discard();
    m_preset->setCurrentIndex(0);
    m_note->hide();
    m_chrome->notice()->setNews({});
}

void TunePage::apply()
{
    ++m_session;
    m_chrome->apply();
}

void TunePage::reveal(const ConfigurationPath &path)
{
    showMerge(false);
    showView(View::Fields);
    if (const RetryConfigField *field = fieldAt(path)) {
        m_search->clear();
        m_fields->reveal(*field);
    } else if (path.first() == QLatin1String("provider_order")) {
        m_consequences->focusPriority();
    }
}

void TunePage::focusSearch()
{
    showView(View::Fields);
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void TunePage::remember(RememberedState &state)
{
    m_remembered = &state;
    m_consequences->restore(state.value(QStringLiteral("tune")).toMap());
}

void TunePage::sayDraftIsBack()
{
    m_chrome->notice()->setNews(tr("Your draft from the last time is back. Nothing of it is in force until you apply it."));
}

} // namespace retryscope
