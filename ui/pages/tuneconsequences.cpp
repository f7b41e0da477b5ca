// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/tuneconsequences.h"

#include "base/timeformat.h"
#include "engine/targets.h"
#include "pages/forecastcard.h"
#include "pages/layerscard.h"
#include "pages/lintcard.h"
#include "widgets/elidedcombo.h"
#include "widgets/flowlayout.h"
#include "widgets/valueedit.h"

#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QListWidget>
#include <QPointer>
#include <QShortcut>
#include <QThreadPool>
#include <QToolButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

struct How
{
    const char *text;
    RetryReason reason;
    Duration hint; ///< 0: none
};
constexpr std::array hows{
    How{QT_TRANSLATE_NOOP("retryscope::TuneConsequences", "answers with a server error"), RetryReason::ServerError, 0s},
    How{QT_TRANSLATE_NOOP("retryscope::TuneConsequences", "limits the rate"), RetryReason::RateLimit, 0s},
    How{QT_TRANSLATE_NOOP("retryscope::TuneConsequences", "limits the rate, Retry-After: 3"), RetryReason::RateLimit,
        3s},
    How{QT_TRANSLATE_NOOP("retryscope::TuneConsequences", "limits the rate, Retry-After: 60"), RetryReason::RateLimit,
        60s},
    How{QT_TRANSLATE_NOOP("retryscope::TuneConsequences", "is overloaded"), RetryReason::TemporaryFailure, 0s},
    How{QT_TRANSLATE_NOOP("retryscope::TuneConsequences", "stays silent"), RetryReason::NetworkTimeout, 0s},
    How{QT_TRANSLATE_NOOP("retryscope::TuneConsequences", "cannot be reached"), RetryReason::Network, 0s},
    How{QT_TRANSLATE_NOOP("retryscope::TuneConsequences", "cuts the stream"), RetryReason::StreamInterrupted, 0s},
    How{QT_TRANSLATE_NOOP("retryscope::TuneConsequences", "answers with rubbish"), RetryReason::MalformedResponse, 0s},
    How{QT_TRANSLATE_NOOP("retryscope::TuneConsequences", "rejects the key"), RetryReason::Authentication, 0s},
    How{QT_TRANSLATE_NOOP("retryscope::TuneConsequences", "has no quota left"), RetryReason::QuotaExhausted, 0s},
};

QFrame *card(const QString &title, QVBoxLayout **inner)
{
    auto *frame = new QFrame;
    frame->setObjectName(QStringLiteral("card"));
    *inner = new QVBoxLayout(frame);
    (*inner)->setContentsMargins(16, 12, 16, 12);
    (*inner)->setSpacing(8);
    auto *label = new QLabel(title);
    QFont bold = label->font();
    bold.setWeight(QFont::DemiBold);
    label->setFont(bold);
    label->setWordWrap(true);
    (*inner)->addWidget(label);
    return frame;
}

QString plural(int n, const QString &one, const QString &many) { return n == 1 ? one : many.arg(n); }

} // namespace

TuneConsequences::TuneConsequences(const Theme &theme, QWidget *parent)
    : QScrollArea(parent), m_theme(theme), m_who(new ElidedCombo), m_how(new ElidedCombo),
      m_after(new ValueEdit(ValueEdit::Kind::Duration)), m_sentence(new QLabel), m_note(new QLabel),
      m_ladder(new PolicyLadder(theme)), m_success(new SuccessChart(theme)),
      m_forecast(new ForecastCard(theme)), m_lint(new LintCard(theme)), m_layers(new LayersCard), m_priority(new QListWidget)
{
    auto *column = new QWidget;
    auto *layout = new QVBoxLayout(column);
    layout->setContentsMargins(0, 0, 4, 0);
    layout->setSpacing(12);
    layout->addWidget(makeScenario());
    layout->addWidget(m_lint);
    layout->addWidget(m_forecast);
    layout->addWidget(m_layers);
    layout->addWidget(makePriority());
    QVBoxLayout *inner = nullptr;
    layout->addWidget(card(tr("Chance of an answer, where attempts fail by themselves"), &inner));
    inner->addWidget(m_success);
    m_success->setMinimumHeight(190);
    layout->addStretch();
    connect(m_lint, &LintCard::revealRequested, this, &TuneConsequences::revealRequested);
    connect(m_forecast, &ForecastCard::scenarioChanged, this, &TuneConsequences::scenarioChanged);
    connect(m_forecast, &ForecastCard::scenarioChosen, this, &TuneConsequences::chosen);
    connect(m_layers, &LayersCard::chosen, this, &TuneConsequences::chosen);
    setWidget(column);
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::NoFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setObjectName(QStringLiteral("tuneConsequences"));
    setAccessibleName(tr("What it does"));
}

QWidget *TuneConsequences::makeScenario()
{
    QVBoxLayout *inner = nullptr;
    QFrame *frame = card(tr("What one call does"), &inner);
    m_who->setObjectName(QStringLiteral("scenarioProvider"));
    m_who->setAccessibleName(tr("Who fails"));
    m_how->setObjectName(QStringLiteral("scenarioFailure"));
    m_how->setAccessibleName(tr("How it fails"));
    m_after->setObjectName(QStringLiteral("scenarioAfter"));
    m_after->setAccessibleName(tr("How long an attempt lasts"));
    m_after->setToolTip(
        tr("How long each attempt lasts until it fails or is answered. A silent one lasts until its limit."));
    m_after->setValue(0.3);
    m_after->setMaximumWidth(96);
    for (const How &how : hows)
        m_how->addItem(tr(how.text));
    for (QComboBox *box : {m_who, m_how}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(box == m_who ? 11 : 21);
        box->setFocusPolicy(Qt::StrongFocus);
        connect(box, &QComboBox::currentIndexChanged, this, &TuneConsequences::play);
    }
    connect(m_after, &ValueEdit::valueEdited, this, &TuneConsequences::play);
    auto *again = new QToolButton;
    again->setObjectName(QStringLiteral("rerollButton"));
    again->setText(tr("Draw again"));
    again->setToolTip(tr("Another sample of the jitter"));
    connect(again, &QToolButton::clicked, this, [this] { ++m_seed; play(); });
    auto *row = new FlowLayout(8); // in a narrow window it takes two lines
    const auto centred = [](const QString &text) {
        auto *label = new QLabel(text);
        label->setFixedHeight(QComboBox().sizeHint().height());
        return label;
    };
    for (QWidget *part :
         std::initializer_list<QWidget *>{centred(tr("If")), m_who, m_how, centred(tr("after")), m_after, again})
        row->addWidget(part);
    inner->addLayout(row);
    m_sentence->setObjectName(QStringLiteral("worstCase"));
    m_sentence->setWordWrap(true);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_note->setObjectName(QStringLiteral("worstCaseNote"));
    m_note->setWordWrap(true);
    m_note->setForegroundRole(QPalette::PlaceholderText);
    QFont large = m_sentence->font();
    large.setPointSizeF(large.pointSizeF() * 1.12);
    large.setWeight(QFont::DemiBold);
    m_sentence->setFont(large);
    inner->addWidget(m_sentence);
    inner->addWidget(m_note);
    inner->addWidget(m_ladder);
    return frame;
}

QWidget *TuneConsequences::makePriority()
{
    QVBoxLayout *inner = nullptr;
    QFrame *frame = card(tr("Provider priority (drag, or Alt+Up and Alt+Down)"), &inner);
    m_priority->setObjectName(QStringLiteral("priorityList"));
    m_priority->setDragDropMode(QAbstractItemView::InternalMove);
    m_priority->setAccessibleName(tr("Provider priority"));
    inner->addWidget(m_priority);
    connect(m_priority->model(), &QAbstractItemModel::rowsMoved, this, &TuneConsequences::readPriority);
    for (const auto &[key, by] : {std::pair{Qt::Key_Up, -1}, std::pair{Qt::Key_Down, 1}}) {
        auto *shortcut = new QShortcut(QKeySequence(Qt::ALT | key), m_priority, nullptr, nullptr, Qt::WidgetShortcut);
        connect(shortcut, &QShortcut::activated, this, [this, by = by] { movePriority(by); });
    }
    return frame;
}

void TuneConsequences::focusPriority()
{
    ensureWidgetVisible(m_priority);
    m_priority->setFocus(Qt::OtherFocusReason);
}

PlayScenario TuneConsequences::scenario() const
{
    const How &how = hows[std::size_t(std::max(0, m_how->currentIndex()))];
    PlayScenario scenario;
    scenario.reason = how.reason;
    scenario.after = fromSeconds(m_after->value());
    if (how.hint > 0s)
        scenario.hint = how.hint;
    scenario.failing = m_who->currentData().toString();
    return scenario;
}

void TuneConsequences::showFindings(const ConfigIssues &findings) { m_lint->show(findings); }

QString TuneConsequences::scenarioKey() const { return m_forecast->scenario(); }

QVariantMap TuneConsequences::state() const
{
    QVariantMap state = m_layers->state();
    state[QStringLiteral("scenario")] = m_forecast->scenario();
    return state;
}

void TuneConsequences::restore(const QVariantMap &state)
{
    m_layers->restore(state);
    m_forecast->setScenario(state.value(QStringLiteral("scenario")).toString());
}

void TuneConsequences::setPrices(const PriceList &prices) { m_forecast->setPrices(prices); }

void TuneConsequences::show(const Configuration &draft, const Configuration &inForce)
{
    const bool same = draft.providers == m_draft.providers;
    m_draft = draft;
    m_forecast->setConfigurations(draft, inForce);
    if (!same)
        showProviders();
    play();
}

void TuneConsequences::showProviders()
{
    m_showing = true;
    const QString chosen = m_who->currentData().toString();
    const int row = m_priority->currentRow();
    m_who->clear();
    m_who->addItem(tr("every provider"));
    m_priority->clear();
    for (const ProviderConfig &p : m_draft.providers) {
        if (p.enabled)
            m_who->addItem(tr("only %1").arg(p.name), p.id);
        auto *item = new QListWidgetItem(p.enabled ? p.name : tr("%1 (disabled)").arg(p.name));
        item->setData(Qt::UserRole, p.id);
        m_priority->addItem(item);
    }
    m_who->setCurrentIndex(std::max(0, m_who->findData(chosen)));
    m_priority->setCurrentRow(std::min(row, m_priority->count() - 1));
    fitPriority();
    m_showing = false;
}

/// As high as its rows, at most eight.
void TuneConsequences::fitPriority()
{
    const int rowHeight = std::max(16, m_priority->sizeHintForRow(0));
    m_priority->setFixedHeight(std::clamp(m_priority->count(), 2, 8) * rowHeight + 2 * m_priority->frameWidth() + 8);
}

/// Only now does the list have its style.
void TuneConsequences::showEvent(QShowEvent *event)
{
    fitPriority();
    QScrollArea::showEvent(event);
}

void TuneConsequences::play()
{
    if (m_showing)
        return;
    const PlayScenario what = scenario();
    m_after->setEnabled(what.reason != RetryReason::NetworkTimeout);
    const int mine = ++*m_asked;
    QThreadPool::globalInstance()->start(
        [page = QPointer<TuneConsequences>(this), asked = m_asked, mine, draft = m_draft, what, seed = m_seed] {
            if (*asked != mine) // it was overtaken
                return;
            const Targets chain = targetsFor(draft, {}, {});
            SeededRandom random(seed);
            const PolicyPlay play = playPolicy(draft.retry, chain, what, random, draft.rules);
            const PlaySummary all = summarizePlays(draft.retry, chain, what, seed, draft.rules);
            const auto tell = [page, asked, mine, play, all] {
                if (page && *asked == mine)
                    page->tell(play, all);
            };
            QMetaObject::invokeMethod(qApp, tell, Qt::QueuedConnection); // the page may be gone
        });
}

void TuneConsequences::tell(const PolicyPlay &play, const PlaySummary &all)
{
    m_told = *m_asked;
    QVector<std::pair<ProviderId, QString>> names;
    for (const ProviderConfig &p : m_draft.providers)
        names.append({p.id, p.name});
    m_ladder->setPlay(play, m_draft.retry.deadline, names);
    m_success->setAttempts(std::max(1, play.attempts));
    m_layers->setOwn(all.attempts, all.longest);
    const QString attempts = plural(all.attempts, tr("1 attempt"), tr("%1 attempts"));
    const QString billed = all.billable == 0
                               ? tr("none billed")
                               : plural(all.billable, tr("1 billable request"), tr("%1 billable requests"));
    if (enabledProviders(m_draft).isEmpty()) {
        m_sentence->setText(tr("No provider is enabled, so no call is made."));
        return m_note->setText(tr("Add or enable one on the Providers page."));
    }
    m_sentence->setText(tr("Worst case: %1 in %2, %3.").arg(attempts, formatDuration(all.longest), billed));
    const QString end = all.answered ? tr("The call is answered.") : tr("It ends there: %1.").arg(QString(all.rule));
    m_note->setText(tr("%1 Half of such calls take up to %2; the deadline is %3.")
                        .arg(end, formatDuration(all.typical), readableDuration(m_draft.retry.deadline)));
}

void TuneConsequences::movePriority(int by)
{
    const int from = m_priority->currentRow(), to = from + by;
    if (from < 0 || to < 0 || to >= m_priority->count())
        return;
    m_showing = true; // one change, not two
    m_priority->insertItem(to, m_priority->takeItem(from));
    m_priority->setCurrentRow(to);
    m_showing = false;
    readPriority();
}

void TuneConsequences::readPriority()
{
    if (m_showing)
        return;
    QStringList ids;
    for (int i = 0; i < m_priority->count(); ++i)
        ids << m_priority->item(i)->data(Qt::UserRole).toString();
    emit orderChanged(ids);
}

} // namespace retryscope
