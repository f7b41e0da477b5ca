// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/providerspage.h"

#include "base/systemclock.h"
#include "models/aside.h"
#include "models/changetext.h"
#include "models/providertablemodel.h"
#include "pages/draftbar.h"
#include "pages/draftchrome.h"
#include "pages/filenotice.h"
#include "pages/mergepanel.h"
#include "pages/providercheckpanel.h"
#include "pages/providerchoice.h"

#include <QLabel>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QUndoCommand>

#include <algorithm>

namespace retryscope {
namespace {

enum Body { ListBody, MergeBody, EmptyBody };

} // namespace

/// One step: values by their old and new, so that it stays right when another page or the file has changed others meanwhile.
class ProvidersPage::Edit final : public QUndoCommand
{
public:
    Edit(ProvidersPage &page, const QString &text, ConfigurationChanges changes, QString merge, int session,
         std::pair<ProviderId, ProviderId> selected)
        : QUndoCommand(text), m_page(page), m_changes(std::move(changes)), m_merge(std::move(merge)),
          m_session(session), m_selected(std::move(selected))
    {}
    int id() const override { return m_merge.isEmpty() ? -1 : 1; }
    bool mergeWith(const QUndoCommand *other) override
    {
        const auto *next = static_cast<const Edit *>(other);
        if (next->m_session != m_session || next->m_merge != m_merge)
            return false;
        const Configuration now = m_page.draft();
        const Configuration before = withChanges(withChanges(now, next->m_changes, false), m_changes, false);
        m_changes = changesBetween(before, now);
        setObsolete(m_changes.isEmpty());
        return true;
    }
    void redo() override { play(true); }
    void undo() override { play(false); }

private:
    void play(bool forward)
    {
        const Configuration after = withChanges(m_page.draft(), m_changes, forward);
        m_page.dropUnread(m_page.draft(), after);
        m_page.m_draft.setDraft(after);
        if (const ProviderId &id = forward ? m_selected.second : m_selected.first; !id.isEmpty())
            m_page.select(id);
    }

    ProvidersPage &m_page;
    ConfigurationChanges m_changes;
    QString m_merge;
    int m_session;
    std::pair<ProviderId, ProviderId> m_selected;
};

void ProvidersPage::push(const QString &text, const Configuration &after, const QString &merge,
                         const ProviderId &select)
{
    const ConfigurationChanges changes = changesBetween(m_draft.draft(), after);
    if (changes.isEmpty())
        return;
    if (merge.isEmpty())
        ++m_session;
    m_undo.push(new Edit(*this, text, changes, merge, m_session, {selected(), select.isEmpty() ? selected() : select}));
}

/// What a step changes is seen as it stands then; what could not be taken at other fields stays there.
void ProvidersPage::dropUnread(const Configuration &before, const Configuration &after)
{
    const auto valueIn = [](const Configuration &configuration, const ProviderId &id, const ProviderField &field) {
        for (const ProviderConfig &p : configuration.providers) {
            if (p.id == id)
                return std::optional<QJsonValue>(field.get(p));
        }
        return std::optional<QJsonValue>();
    };
    for (auto it = m_unread.begin(); it != m_unread.end(); ++it) {
        for (const ProviderField &field : providerFields()) {
            const auto value = valueIn(after, it.key(), field);
            if (!value || value != valueIn(before, it.key(), field))
                it->remove(QLatin1String(field.key));
        }
    }
}

void ProvidersPage::addProvider(const QString &presetKey)
{
    if (presetKey.isEmpty())
        return showChoice(true);
    const auto &all = m_draft.draft().providers;
    const bool onlySimulated =
        !all.isEmpty() && std::all_of(all.begin(), all.end(), [](const ProviderConfig &p) { return p.simulated; });
    takePreset(presetKey, onlySimulated);
}

void ProvidersPage::takePreset(const QString &key, bool replaceSimulated)
{
    const auto &presets = providerPresets();
    const auto preset =
        std::find_if(presets.begin(), presets.end(), [&](const ProviderPreset &p) { return p.key == key; });
    if (preset == presets.end())
        return;
    ProviderId id;
    const Configuration base = replaceSimulated ? withoutSimulated(m_draft.draft()) : m_draft.draft();
    const Configuration after = withPreset(base, *preset, &id);
    m_choosing = false;
    push(tr("Add %1").arg(preset->label), after, {}, id);
    showDraft();
    m_fields->reveal(QStringLiteral("name"));
}

/// What cannot be used stays at its field and out of the draft, which is kept on disk: it may be a key.
void ProvidersPage::editField(const ProviderField &field, const QString &text)
{
    const ProviderConfig *provider = current();
    const QString key = QLatin1String(field.key);
    if (!provider || key == QLatin1String("id"))
        return;
    const auto changed = withFieldText(field, *provider, text);
    if (!changed) {
        m_unread[provider->id][key] = {text, changed.error()};
        showDetails();
        return showBar();
    }
    const auto it = m_unread.find(provider->id);
    const bool wasUnread = it != m_unread.end() && it->remove(key) > 0;
    if (*changed == *provider) {
        if (wasUnread) {
            showDetails();
            showBar();
        }
        return;
    }
    const QString label = tr("%1 of %2").arg(providerFieldLabel(key), provider->name);
    push(label, withProvider(m_draft.draft(), provider->id, *changed), provider->id + QLatin1Char('/') + key);
    showDetails();
    showBar();
}

/// An id is taken when it is whole: half of one may be another's.
void ProvidersPage::finishField(const ProviderField &field, const QString &text)
{
    ++m_session;
    const ProviderConfig *provider = current();
    const QString key = QLatin1String(field.key), wished = text.trimmed();
    if (!provider || key != QLatin1String("id"))
        return;
    auto changed = withFieldText(field, *provider, wished);
    if (changed && wished != provider->id && m_model->rowOf(wished) >= 0)
        changed = Unexpected{tr("\"%1\" is another provider's.").arg(wished)};
    if (!changed) {
        m_unread[provider->id][key] = {text, changed.error()};
        showDetails();
        return showBar();
    }
    m_unread[provider->id].remove(key);
    if (const ProviderId before = provider->id; wished != before) {
        const auto unread = m_unread.value(before);
        push(tr("ID of %1").arg(provider->name), withProvider(m_draft.draft(), before, *changed), {}, wished);
        m_unread[wished] = unread;
    }
    showDetails();
    showBar();
}

void ProvidersPage::move(int by)
{
    const int row = m_model->rowOf(selected());
    if (row >= 0)
        moveTo(row, row + by);
}

void ProvidersPage::moveTo(int row, int place)
{
    const ProviderConfig *provider = m_model->at(row);
    if (!provider || place < 0 || place >= m_model->rowCount() || place == row)
        return;
    const ProviderId id = provider->id;
    push(tr("Move %1").arg(provider->name), withProviderAt(m_draft.draft(), id, place), {}, id);
}

void ProvidersPage::duplicate()
{
    if (const ProviderConfig *provider = current()) {
        ProviderId id;
        const Configuration after = withDuplicate(m_draft.draft(), provider->id, &id);
        push(tr("Duplicate %1").arg(provider->name), after, {}, id);
    }
}

void ProvidersPage::remove()
{
    const ProviderConfig *provider = current();
    if (!provider)
        return;
    const int row = m_model->rowOf(provider->id);
    const ProviderConfig *next = m_model->at(row + 1 < m_model->rowCount() ? row + 1 : row - 1);
    m_checks.stop(provider->id);
    push(tr("Remove %1").arg(provider->name), withoutProvider(m_draft.draft(), provider->id), {},
         next ? next->id : ProviderId());
}

void ProvidersPage::setEnabled(const ProviderId &provider, bool enabled)
{
    if (const ProviderConfig *p = m_model->at(m_model->rowOf(provider))) {
        ProviderConfig changed = *p;
        changed.enabled = enabled;
        push(enabled ? tr("Enable %1").arg(p->name) : tr("Disable %1").arg(p->name),
             withProvider(m_draft.draft(), provider, changed));
    }
}

void ProvidersPage::startCheck(const ProviderId &provider)
{
    const ProviderConfig *p = m_model->at(m_model->rowOf(provider));
    if (!p || m_checks.isRunning(provider))
        return;
    m_asked[provider] = *p;
    CheckReport begun;
    begun.provider = provider;
    m_checks.start(*p);
    onReport(begun);
}

void ProvidersPage::checkAll()
{
    if (m_checks.isRunning())
        return m_checks.stopAll();
    for (int row = 0; row < m_model->rowCount(); ++row) {
        if (const ProviderConfig *p = m_model->at(row); p->enabled)
            startCheck(p->id);
    }
}

void ProvidersPage::onReport(const CheckReport &report)
{
    m_model->setReport(report, m_asked.value(report.provider));
    showTools();
    if (report.provider == selected())
        showCheck();
}

void ProvidersPage::apply()
{
    ++m_session;
    m_chrome->apply();
}

void ProvidersPage::discard()
{
    m_unread.clear();
    push(tr("Discard"), m_draft.inForce());
    m_chrome->notice()->setNews({});
    showDraft();
}

const ProviderConfig *ProvidersPage::current() const { return m_model->at(m_model->rowOf(selected())); }

ProviderId ProvidersPage::selected() const
{
    const ProviderConfig *provider = m_model->at(m_table->currentIndex().row());
    return provider ? provider->id : ProviderId();
}

void ProvidersPage::select(const ProviderId &provider)
{
    if (const int row = m_model->rowOf(provider); row >= 0) {
        const int column = m_table->currentIndex().column();
        m_table->setCurrentIndex(m_model->index(row, column < 0 ? int(ProviderTableModel::Name) : column));
    }
}

void ProvidersPage::reveal(const ConfigurationPath &path)
{
    if (path.first() == QLatin1String("provider_order"))
        return m_table->setFocus(Qt::OtherFocusReason);
    if (path.first() != QLatin1String("providers"))
        return emit revealRequested(path);
    showMerge(false);
    showChoice(false);
    select(path.value(1));
    if (path.size() > 2)
        m_fields->reveal(path[2]);
    else
        m_table->setFocus(Qt::OtherFocusReason);
}

void ProvidersPage::showDraft()
{
    if (m_inForce != m_draft.inForce()) { // none yet: also where nothing is in force
        m_inForce = m_draft.inForce();
        loadPrices();
    }
    const ProviderId chosen = selected();
    const int row = m_table->currentIndex().row();
    m_showing = true; // rows that come and go are no choice
    m_model->show(m_draft.draft(), m_draft.inForce());
    select(chosen);
    if (selected().isEmpty() && m_model->rowCount() > 0)
        select(m_model->at(std::clamp(row, 0, m_model->rowCount() - 1))->id);
    m_showing = false;
    m_goes->setText(callsGoText(m_draft.draft()));
    m_chrome->showConflicts();
    if (m_body->currentIndex() != MergeBody || m_draft.conflicts().isEmpty())
        m_body->setCurrentIndex(m_model->rowCount() == 0 && !m_choosing ? EmptyBody : ListBody);
    m_right->setCurrentIndex(m_choosing ? 1 : 0);
    showDetails();
    showTools();
    showBar();
}

void ProvidersPage::showDetails()
{
    const ProviderConfig *provider = current();
    m_right->widget(0)->setVisible(provider && !m_choosing);
    if (!provider)
        return;
    const QString place = QStringLiteral("providers[%1]").arg(m_model->rowOf(provider->id));
    QHash<QString, ConfigIssue> issues;
    for (const ConfigIssue &issue : validate(m_draft.draft())) {
        const QString where = issue.where;
        if (!where.startsWith(place + QLatin1Char('.')))
            continue;
        const QString key = where.mid(place.size() + 1).section(QLatin1Char('.'), 0, 0).section(QLatin1Char('['), 0, 0);
        if (!issues.contains(key) || issue.severity == ConfigIssue::Severity::Error)
            issues[key] = issue;
    }
    if (QString tip; !issues.contains(QStringLiteral("key")) && keyText(*provider, &tip).contains(QStringLiteral("✗")))
        issues[QStringLiteral("key")] = {{}, tip, ConfigIssue::Severity::Warning};
    m_fields->show(*provider, issues, m_unread.value(provider->id));
    showCheck();
}

void ProvidersPage::showCheck()
{
    const ProviderConfig *provider = current();
    if (!provider)
        return;
    const CheckReport *report = m_model->report(provider->id);
    const QString blocker =
        m_unread.value(provider->id).isEmpty() ? QString() : tr("A field holds what cannot be used. Correct it first.");
    m_check->show(*provider, report, m_model->isOutdated(provider->id),
                  costOfCheck(*provider, m_prices, SystemClock().wallNow()), blocker);
    if (report && !report->models.models.isEmpty())
        m_fields->setServedModels(report->models);
}

void ProvidersPage::showTools()
{
    const int row = m_model->rowOf(selected());
    m_up->setEnabled(row > 0);
    m_down->setEnabled(row >= 0 && row + 1 < m_model->rowCount());
    m_copy->setEnabled(row >= 0);
    m_remove->setEnabled(row >= 0);
    m_checkAll->setEnabled(m_model->rowCount() > 0);
    m_checkAll->setText(m_checks.isRunning() ? tr("Stop checks") : tr("Check all"));
}

void ProvidersPage::showBar()
{
    QStringList blockers;
    for (auto it = m_unread.begin(); it != m_unread.end(); ++it) {
        const ProviderConfig *provider = m_model->at(m_model->rowOf(it.key()));
        for (auto field = it->begin(); provider && field != it->end(); ++field)
            blockers << tr("%1, %2: %3").arg(provider->name, providerFieldLabel(field.key()), field->why);
    }
    for (const ConfigIssue &issue : validate(m_draft.draft())) {
        if (issue.severity == ConfigIssue::Severity::Error)
            blockers << (issue.where == QLatin1String("providers")
                             ? issue.message
                             : QStringLiteral("%1: %2").arg(issue.where, issue.message));
    }
    m_chrome->showState(blockers);
    m_chrome->bar()->setVisible(m_model->rowCount() > 0 || m_draft.isChanged());
}

/// On another thread: a file stands beside the configuration, and the catalogue is large.
void ProvidersPage::loadPrices()
{
    const QString file = m_draft.path().isEmpty() ? QString() : pricesFileBeside(m_draft.path());
    aside(
        this, [file] { return retryscope::loadPrices(file).prices; },
        [this](const PriceList &prices) {
            m_prices = prices;
            showCheck();
        });
}

void ProvidersPage::showMerge(bool on)
{
    if (on && !m_draft.conflicts().isEmpty()) {
        m_body->setCurrentIndex(MergeBody);
        m_chrome->merge()->focusFirst();
    } else if (m_body->currentIndex() == MergeBody) {
        m_body->setCurrentIndex(ListBody);
    }
}

void ProvidersPage::showChoice(bool on)
{
    m_choosing = on;
    const auto &all = m_draft.draft().providers;
    showDraft();
    if (on)
        m_choice->open(std::any_of(all.begin(), all.end(), [](const ProviderConfig &p) { return p.simulated; }));
    else if (m_model->rowCount() > 0)
        m_table->setFocus(Qt::OtherFocusReason);
}

} // namespace retryscope
