// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/incidentreplaypanel.h"

#include "charts/forecasttable.h"
#include "engine/targets.h"
#include "replay/simulatedpolicy.h"
#include "widgets/elidedcombo.h"
#include "words/forecastwords.h"

#include <QComboBox>
#include <QDateTime>
#include <QKeyEvent>
#include <QLabel>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr auto replayPatience = 200ms; ///< from the last key to the play

WallTime thisMoment() { return WallTime(std::chrono::milliseconds(QDateTime::currentMSecsSinceEpoch())); }

QLabel *wrappedText(const char *name, bool quiet)
{
    auto *label = new QLabel;
    label->setObjectName(QLatin1String(name));
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    if (quiet)
        label->setProperty("muted", true);
    return label;
}

} // namespace

IncidentReplayPanel::IncidentReplayPanel(const Theme &theme, QWidget *parent)
    : QScrollArea(parent), m_which(new ElidedCombo), m_calls(new ElidedCombo),
      m_story(wrappedText("incidentStory", false)), m_was(wrappedText("incidentWas", true)),
      m_sentence(wrappedText("incidentSentence", false)),
      m_doubts(wrappedText("incidentDoubts", true)), m_table(new ForecastTable(theme))
{
    setObjectName(QStringLiteral("incidentReplayPanel"));
    setAccessibleName(tr("Last incident"));
    m_card = new PlayCard(
        QStringLiteral("incident"), tr("The last incident, under the draft"),
        tr("Takes the calls and answers that your history has of an incident, and plays them again with the draft and "
           "with the configuration in force. Nothing is sent."),
        tr("Look again"), makeQuestion());
    m_result = makeResult();
    scrollPlay(*this, m_card, m_result);
    m_soon.setSingleShot(true);
    m_soon.setInterval(replayPatience);
    connect(&m_soon, &QTimer::timeout, this, &IncidentReplayPanel::play);
    connect(m_card, &PlayCard::runRequested, this, &IncidentReplayPanel::look);
    connect(m_card, &PlayCard::stopRequested, this, &IncidentReplayPanel::stop);
    connect(&m_job, &IncidentReplayJob::progressed, this, &IncidentReplayPanel::tell);
    connect(&m_job, &IncidentReplayJob::readDone, this, &IncidentReplayPanel::takeReading);
    connect(&m_job, &IncidentReplayJob::improved, this, &IncidentReplayPanel::takeResult);
    tell();
}

QWidget *IncidentReplayPanel::makeQuestion()
{
    m_which->setObjectName(QStringLiteral("incidentWhich"));
    m_which->setAccessibleName(tr("Incident"));
    m_which->setToolTip(tr("One of the last incidents of the history, the newest first"));
    m_calls->setObjectName(QStringLiteral("incidentCalls"));
    m_calls->setAccessibleName(tr("Calls"));
    m_calls->setToolTip(tr("Real and simulated calls are never mixed"));
    m_calls->addItem(tr("Real calls where there are any"), int(CallKind::RealIfAny));
    m_calls->addItem(tr("Real calls"), int(CallKind::Real));
    m_calls->addItem(tr("Simulated calls"), int(CallKind::Simulated));
    for (QComboBox *box : {m_which, m_calls}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setFocusPolicy(Qt::StrongFocus);
    }
    m_which->setMinimumContentsLength(20);
    m_calls->setMinimumContentsLength(24);
    connect(m_which, &QComboBox::activated, this, &IncidentReplayPanel::choose);
    connect(m_calls, &QComboBox::activated, this, &IncidentReplayPanel::look);
    auto *holder = new QWidget;
    auto *row = new QHBoxLayout(holder);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    row->addWidget(m_which, 1);
    row->addWidget(m_calls);
    row->addStretch(); // where there is no incident to choose
    return holder;
}

QWidget *IncidentReplayPanel::makeResult()
{
    auto *card = new QFrame;
    card->setObjectName(QStringLiteral("card"));
    m_table->setObjectName(QStringLiteral("incidentTable"));
    QFont large = m_sentence->font();
    large.setPointSizeF(large.pointSizeF() * 1.12);
    large.setWeight(QFont::DemiBold);
    m_sentence->setFont(large);
    auto *column = new QVBoxLayout(card);
    column->setContentsMargins(Theme::inset, 12, Theme::inset, 12);
    column->setSpacing(8);
    for (QWidget *part : std::initializer_list<QWidget *>{m_sentence, m_story, m_was, m_table, m_doubts})
        column->addWidget(part);
    return card;
}

void IncidentReplayPanel::setPrices(const PriceList &prices)
{
    m_prices = prices;
    playSoon();
}

void IncidentReplayPanel::setNames(const ProviderNames &names)
{
    if (m_names == names)
        return;
    m_names = names;
    tellWhich();
    tell();
}

IncidentRecord IncidentReplayPanel::named(IncidentRecord record) const
{
    record.of.incident = retryscope::named(std::move(record.of.incident), m_names);
    return record;
}

void IncidentReplayPanel::setConfigurations(const Configuration &draft, const Configuration &inForce,
                                            const QString &problem)
{
    if (m_problem == problem && m_draft == draft && m_inForce == inForce)
        return;
    m_draft = draft;
    m_inForce = inForce;
    m_problem = problem;
    playSoon();
}

QString IncidentReplayPanel::problem() const
{
    if (!m_problem.isEmpty())
        return m_problem;
    return enabledProviders(m_draft).isEmpty()
               ? tr("No provider is enabled, so there is nobody to play. Enable one on the Providers page.")
               : QString();
}

/// What is shown is of what was there before, until it has been played again.
void IncidentReplayPanel::playSoon()
{
    m_fresh = false;
    m_job.stop();
    m_state = m_job.found() ? IncidentReplayState::Playing : IncidentReplayState::Reading;
    if (isVisible())
        m_soon.start();
    tell();
}

/// The history may hold more than the last time.
void IncidentReplayPanel::look()
{
    m_job.forget();
    m_fresh = false;
    play();
}

/// The first is the last one, also when there is a newer one some day.
void IncidentReplayPanel::choose(int which)
{
    const auto found = m_job.found();
    m_chosen = found && which > 0 && which < found->incidents.size() ? std::optional(found->incidents[which])
                                                                    : std::nullopt;
    play();
}

bool IncidentReplayPanel::isInForce() const
{
    return m_draft.retry == m_inForce.retry && m_draft.providers == m_inForce.providers
           && m_draft.rules == m_inForce.rules;
}

/// What is in force is another one than the draft, and can be played.
bool IncidentReplayPanel::isComparable() const
{
    return !isInForce() && !hasErrors(validate(m_inForce)) && !enabledProviders(m_inForce).isEmpty();
}

void IncidentReplayPanel::play()
{
    m_soon.stop();
    m_fresh = false;
    if (!problem().isEmpty())
        return tell();
    IncidentReplayJob::Question question;
    question.history = m_inForce.history;
    const WallTime now = thisMoment();
    question.search = {CallKind(m_calls->currentData().toInt()), offered, now - incidentSearchLength, now + 1h};
    question.wanted = m_chosen;
    question.policies.append(simulatedPolicy(m_draft, m_prices, now));
    if (isComparable())
        question.policies.append(simulatedPolicy(m_inForce, m_prices, now));
    question.replications = times;
    m_card->begin();
    m_job.start(question);
    m_state = m_job.isReading() ? IncidentReplayState::Reading : IncidentReplayState::Playing;
    tell();
}

void IncidentReplayPanel::stop()
{
    m_soon.stop();
    m_job.stop();
    m_state = IncidentReplayState::Stopped;
    tell();
}

void IncidentReplayPanel::takeReading()
{
    m_state = IncidentReplayState::Playing;
    tellWhich();
    const auto record = m_job.record();
    if (!record || !m_shown || !isSameIncident(record->of, *m_shown))
        m_any = false; // numbers of another incident say nothing beside this one
    m_shown = record ? std::optional(record->of) : std::nullopt;
    tell();
}

void IncidentReplayPanel::tellWhich()
{
    const QSignalBlocker quiet(m_which);
    m_which->clear();
    if (const auto found = m_job.found()) {
        for (const PastIncident &past : found->incidents)
            m_which->addItem(incidentLine({past.run, retryscope::named(past.incident, m_names)}, ClockOf::Here));
        m_which->setCurrentIndex(m_job.which());
    }
}

void IncidentReplayPanel::takeResult()
{
    const bool beside = m_job.question().policies.size() > 1;
    QStringList names{isInForce() ? tr("In force") : tr("Draft")};
    if (beside)
        names << tr("In force");
    m_table->setResult(*m_job.result(), names, incidentMeasures);
    m_sentence->setText(
        beside        ? forecastSentence(*m_job.result(), 0, 1, tr("the configuration in force"))
        : isInForce() ? tr("The draft is what is in force: there is nothing to compare. Change a field.")
                      : tr("What is in force cannot be played, so the draft stands alone."));
    m_fresh = m_any = true;
    if (!m_job.isRunning())
        m_state = IncidentReplayState::Complete;
    tell();
}

void IncidentReplayPanel::tellDoubts()
{
    const auto record = m_job.record();
    const QVector<ProviderId> asked = enabledProviders(m_draft);
    const QStringList doubts =
        replayDoubts(named(*record), m_job.assumed(), asked.contains(record->of.incident.provider));
    m_doubts->setText(doubts.join(QLatin1Char(' ')));
}

void IncidentReplayPanel::tellRecord(const IncidentRecord &record)
{
    m_story->setText(incidentStory(named(record), ClockOf::Here));
    m_was->setText(whatItWas(record.record));
    if (m_fresh || !m_any)
        tellDoubts();
    m_doubts->setVisible(!m_doubts->text().isEmpty());
    m_sentence->setVisible(m_any);
    m_sentence->setEnabled(m_fresh); // pale, as the numbers are
    m_table->setVisible(m_any);
    m_table->setOlder(!m_fresh);
}

void IncidentReplayPanel::tell()
{
    const bool running = m_job.isRunning() || m_soon.isActive(), cannot = !problem().isEmpty();
    const QString nothing = running || m_state == IncidentReplayState::Stopped ? QString() : m_job.problem();
    const auto record = m_job.record();
    m_card->setRunning(running && !cannot);
    m_which->setVisible(m_which->count() > 0);
    m_result->setVisible(record && nothing.isEmpty());
    if (record)
        tellRecord(*record);
    if (cannot)
        return m_card->sayProblem(problem());
    if (!nothing.isEmpty())
        return m_job.hasFailed() ? m_card->sayProblem(nothing) : m_card->say(nothing);
    const bool plays = m_job.isRunning() && !m_job.isReading();
    m_card->setProgress(plays ? m_job.progress() : 0,
                        incidentReplayText(m_state, m_fresh ? m_job.played() : 0, times, m_any && !m_fresh));
}

void IncidentReplayPanel::showEvent(QShowEvent *event)
{
    QScrollArea::showEvent(event);
    if (!event->spontaneous() || m_state != IncidentReplayState::Complete || !m_fresh)
        look();
}

/// What nobody sees is not played.
void IncidentReplayPanel::hideEvent(QHideEvent *event)
{
    QScrollArea::hideEvent(event);
    m_soon.stop();
    m_job.stop();
}

void IncidentReplayPanel::keyPressEvent(QKeyEvent *event)
{
    if (!m_card->takesKey(event))
        QScrollArea::keyPressEvent(event);
}

} // namespace retryscope
