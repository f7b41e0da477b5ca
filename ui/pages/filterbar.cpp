// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/filterbar.h"
#include "words/labels.h"

#include "widgets/flowlayout.h"

#include <QDateTime>
#include <QMenu>
#include <QToolButton>

namespace retryscope {
namespace {

constexpr std::array kinds{EventKind::CallSubmitted,  EventKind::AttemptQueued,        EventKind::AttemptStarted,
                           EventKind::FirstToken,     EventKind::AttemptFinished,      EventKind::RetryScheduled,
                           EventKind::FailedOver,     EventKind::CircuitChanged,       EventKind::DegradedChanged,
                           EventKind::CallFinished,   EventKind::ConfigurationApplied, EventKind::ProbeFinished,
                           EventKind::ProviderSkipped};
constexpr std::array outcomes{CallOutcome::FirstTry,         CallOutcome::SecondChoice,
                              CallOutcome::RecoveredByRetry, CallOutcome::RecoveredByFailover,
                              CallOutcome::Failed,           CallOutcome::Cancelled};
constexpr std::array<std::chrono::minutes, 4> spans{1min, 5min, 15min, 60min};

QString clock(const std::optional<WallTime> &t, const QString &none)
{
    if (!t)
        return none;
    const QDateTime local = QDateTime::fromMSecsSinceEpoch(t->time_since_epoch().count());
    return local.toString(local.date() == QDate::currentDate() ? QStringLiteral("HH:mm:ss")
                                                               : QStringLiteral("d MMM HH:mm:ss"));
}

} // namespace

FilterBar::FilterBar(QWidget *parent) : QWidget(parent), m_button(new QToolButton), m_menu(new QMenu(m_button))
{
    m_button->setObjectName(QStringLiteral("filterButton"));
    m_button->setText(tr("Filter ▾"));
    m_button->setAccessibleName(tr("Add a filter"));
    m_button->setToolTip(tr("Show only some calls"));
    m_button->setPopupMode(QToolButton::InstantPopup);
    m_button->setMenu(m_menu);
    auto *flow = new FlowLayout(6, this);
    flow->setContentsMargins(0, 0, 0, 0);
    connect(m_menu, &QMenu::aboutToShow, this, &FilterBar::rebuildMenu);
    rebuildMenu();
    rebuildChips();
}

void FilterBar::setFilter(const EventFilter &filter)
{
    if (filter == m_filter)
        return;
    m_filter = filter;
    rebuildChips();
    emit filterChanged(filter);
}

void FilterBar::change(const std::function<void(EventFilter &)> &edit)
{
    EventFilter next = m_filter;
    edit(next);
    setFilter(next);
}

void FilterBar::setProviders(const ProviderConfigs &providers)
{
    m_providers = providers;
    rebuildMenu();
    rebuildChips();
}

void FilterBar::rebuildMenu()
{
    m_menu->clear();
    const auto choice = [this](QMenu *menu, const QString &text, bool on, auto edit) {
        QAction *action = menu->addAction(text, this, [this, edit] { change(edit); });
        action->setCheckable(true);
        action->setChecked(on);
    };
    choice(m_menu, tr("Problems only"), m_filter.problemsOnly,
           [](EventFilter &f) { f.problemsOnly = !f.problemsOnly; });
    QMenu *menu = m_menu->addMenu(tr("Provider"));
    menu->setEnabled(!m_providers.isEmpty());
    for (const ProviderConfig &p : std::as_const(m_providers))
        choice(menu, p.name, m_filter.provider == p.id, [id = p.id](EventFilter &f) { f.provider = id; });
    menu = m_menu->addMenu(tr("Reason"));
    for (int r = 1; r < retryReasonCount; ++r)
        choice(menu, toLabel(RetryReason(r)), m_filter.reasons == std::set{RetryReason(r)},
               [r](EventFilter &f) { f.reasons = {RetryReason(r)}; });
    menu = m_menu->addMenu(tr("Kind"));
    for (const EventKind kind : kinds)
        choice(menu, toLabel(kind), m_filter.kind == kind, [kind](EventFilter &f) { f.kind = kind; });
    menu = m_menu->addMenu(tr("Outcome"));
    for (const CallOutcome outcome : outcomes)
        choice(menu, toLabel(outcome), m_filter.outcome == outcome, [outcome](EventFilter &f) { f.outcome = outcome; });
    menu = m_menu->addMenu(tr("Origin"));
    choice(menu, tr("Simulated"), m_filter.simulated == true, [](EventFilter &f) { f.simulated = true; });
    choice(menu, tr("Real"), m_filter.simulated == false, [](EventFilter &f) { f.simulated = false; });
    menu = m_menu->addMenu(tr("Time"));
    for (const auto span : spans) {
        menu->addAction(span == 1min    ? tr("Last minute")
                        : span == 60min ? tr("Last hour")
                                        : tr("Last %1 minutes").arg(span.count()),
                        this, [this, span] {
                            change([&](EventFilter &f) {
                                f.from = m_now - span;
                                f.to.reset();
                            });
                        });
    }
    m_menu->addSeparator();
    m_menu->addAction(tr("Clear filters"), this, [this] { setFilter({}); })->setEnabled(!m_filter.isEmpty());
}

QVector<FilterBar::Chip> FilterBar::chips() const
{
    QVector<Chip> chips;
    const auto add = [&](bool on, const char *key, const QString &text, auto clear) {
        if (!on)
            return;
        EventFilter without = m_filter;
        clear(without);
        chips.append({QLatin1String(key), text, without});
    };
    const auto known = std::find_if(m_providers.begin(), m_providers.end(),
                                    [&](const ProviderConfig &p) { return p.id == m_filter.provider; });
    add(m_filter.problemsOnly, "problems", tr("Problems only"), [](EventFilter &f) { f.problemsOnly = false; });
    add(!m_filter.provider.isEmpty(), "provider",
        tr("Provider: %1").arg(known == m_providers.end() ? m_filter.provider : known->name),
        [](EventFilter &f) { f.provider.clear(); });
    QStringList reasons;
    for (const RetryReason reason : m_filter.reasons)
        reasons << toLabel(reason);
    add(!reasons.isEmpty(), "reason", tr("Reason: %1").arg(reasons.join(tr(" or "))),
        [](EventFilter &f) { f.reasons.clear(); });
    add(m_filter.kind.has_value(), "kind",
        tr("Kind: %1").arg(inSentence(m_filter.kind.value_or(EventKind::CallSubmitted))),
        [](EventFilter &f) { f.kind.reset(); });
    add(m_filter.outcome.has_value(), "outcome",
        tr("Outcome: %1").arg(inSentence(m_filter.outcome.value_or(CallOutcome::None))),
        [](EventFilter &f) { f.outcome.reset(); });
    add(m_filter.simulated.has_value(), "simulated", m_filter.simulated.value_or(false) ? tr("Simulated") : tr("Real"),
        [](EventFilter &f) { f.simulated.reset(); });
    add(m_filter.from || m_filter.to, "time",
        tr("%1 to %2").arg(clock(m_filter.from, tr("start")), clock(m_filter.to, tr("now"))), [](EventFilter &f) {
            f.from.reset();
            f.to.reset();
        });
    add(bool(m_filter.call), "call", tr("Call %1").arg(m_filter.call.value), [](EventFilter &f) { f.call = {}; });
    return chips;
}

void FilterBar::rebuildChips()
{
    const auto old = findChildren<QToolButton *>(QString(), Qt::FindDirectChildrenOnly);
    for (QToolButton *button : old) {
        layout()->removeWidget(button);
        button->setObjectName({});
        button->hide();
        button->deleteLater(); // one of them may be sending the click that brought us here
    }
    const auto all = chips();
    for (const Chip &chip : all) {
        auto *button = new QToolButton(this);
        button->setObjectName(QStringLiteral("chip_") + chip.key);
        button->setText(chip.text + QStringLiteral("  ×"));
        button->setAccessibleName(tr("Remove filter %1").arg(chip.text));
        button->setToolTip(button->accessibleName());
        button->setProperty("chip", true);
        connect(button, &QToolButton::clicked, this, [this, without = chip.without] { setFilter(without); });
        layout()->addWidget(button);
        button->show();
    }
    setVisible(!all.isEmpty());
    updateGeometry();
}

} // namespace retryscope
