// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/forecastcard.h"

#include "replay/simulatedpolicy.h"
#include "simulator/baselines.h"
#include "simulator/scenariofile.h"
#include "widgets/elidedcombo.h"
#include "words/slotwords.h"

#include <QComboBox>
#include <QDateTime>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr auto patience = 200ms; ///< from the last key to the play
constexpr quint64 luck = 1;      ///< as retryscope-cli simulate has it unless told otherwise

WallTime today() { return WallTime(std::chrono::milliseconds(QDateTime::currentMSecsSinceEpoch())); }

} // namespace

ForecastCard::ForecastCard(const Theme &theme, QWidget *parent)
    : QFrame(parent), m_theme(theme), m_scenario(new ElidedCombo), m_about(new QLabel), m_sentence(new QLabel),
      m_advice(new QLabel), m_status(new QLabel), m_table(new ForecastTable(theme)), m_progress(new QProgressBar),
      m_button(new QToolButton)
{
    setObjectName(QStringLiteral("card"));
    makeParts();
    m_soon.setSingleShot(true);
    m_soon.setInterval(patience);
    connect(&m_soon, &QTimer::timeout, this, &ForecastCard::play);
    connect(&m_job, &StudyJob::progressed, this,
            [this](double share) { m_progress->setValue(int(share * m_progress->maximum())); });
    connect(&m_job, &StudyJob::improved, this, &ForecastCard::takeResult);
    connect(&m_job, &StudyJob::finished, this, [this] {
        if (m_job.result())
            takeResult();
    });
    connect(m_scenario, &QComboBox::currentIndexChanged, this, [this] {
        revise();
        emit scenarioChanged();
    });
    connect(m_scenario, &QComboBox::activated, this, &ForecastCard::scenarioChosen);
    connect(m_button, &QToolButton::clicked, this, [this] {
        m_stopped = m_state == ForecastState::Playing;
        m_job.stop();
        revise();
    });
    revise();
}

void ForecastCard::makeParts()
{
    auto *title = new QLabel(tr("What it does on a bad day"));
    QFont bold = title->font();
    bold.setWeight(QFont::DemiBold);
    title->setFont(bold);
    m_scenario->setObjectName(QStringLiteral("forecastScenario"));
    m_scenario->setAccessibleName(tr("Scenario"));
    m_scenario->setFocusPolicy(Qt::StrongFocus);
    for (const QString &key : scenarioNames())
        m_scenario->addItem(namedScenario(key)->name, key);
    m_scenario->setCurrentIndex(std::max(0, m_scenario->findData(QStringLiteral("minute-outage"))));
    m_button->setObjectName(QStringLiteral("forecastButton"));
    m_about->setWordWrap(true);
    m_about->setForegroundRole(QPalette::PlaceholderText);
    m_sentence->setObjectName(QStringLiteral("forecastSentence"));
    m_sentence->setWordWrap(true);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse);
    QFont large = m_sentence->font();
    large.setPointSizeF(large.pointSizeF() * 1.12);
    large.setWeight(QFont::DemiBold);
    m_sentence->setFont(large);
    m_advice->setObjectName(QStringLiteral("forecastAdvice"));
    m_advice->setWordWrap(true);
    m_advice->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_status->setObjectName(QStringLiteral("forecastStatus"));
    m_status->setWordWrap(true);
    m_status->setForegroundRole(QPalette::PlaceholderText);
    m_progress->setObjectName(QStringLiteral("forecastProgress"));
    m_progress->setAccessibleName(tr("Days played"));
    m_progress->setRange(0, 100);
    m_progress->setTextVisible(false);
    m_progress->setFixedHeight(4);
    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    m_scenario->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon); // a small window has less room
    m_scenario->setMinimumContentsLength(12);
    m_scenario->setMaximumWidth(m_scenario->fontMetrics().averageCharWidth() * 40);
    row->addWidget(m_scenario, 1);
    row->addStretch();
    row->addWidget(m_button);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(8);
    column->addWidget(title);
    column->addLayout(row);
    for (QWidget *part : std::initializer_list<QWidget *>{m_about, m_sentence, m_advice, m_table, m_progress, m_status})
        column->addWidget(part);
}

QString ForecastCard::scenario() const { return m_scenario->currentData().toString(); }

void ForecastCard::setScenario(const QString &key)
{
    if (const int index = m_scenario->findData(key); index >= 0)
        m_scenario->setCurrentIndex(index);
}

void ForecastCard::setPrices(const PriceList &prices)
{
    m_prices = prices;
    m_wanted = {};
    revise();
}

void ForecastCard::setConfigurations(const Configuration &draft, const Configuration &inForce)
{
    m_draft = draft;
    m_inForce = inForce;
    revise();
}

bool ForecastCard::comparesInForce() const
{
    return (m_draft.retry != m_inForce.retry || m_draft.providers != m_inForce.providers
            || m_draft.rules != m_inForce.rules)
           && !hasErrors(validate(m_inForce)) && !simulatedPolicy(m_inForce).chain.empty();
}

/// Something may have changed that the result depends on.
void ForecastCard::revise()
{
    const Subject subject{m_draft.retry, m_inForce.retry, m_draft.providers, m_inForce.providers,
                          m_draft.rules, m_inForce.rules, scenario()};
    if (subject != m_wanted) {
        m_wanted = subject;
        m_fresh = m_complete = m_stopped = false;
        m_job.stop();
        m_about->setText(namedScenario(scenario())->about);
    }
    const bool nobody = simulatedPolicy(m_draft).chain.empty(), errors = hasErrors(validate(m_draft));
    m_state = nobody       ? ForecastState::NobodyToPlay
              : errors     ? ForecastState::HasErrors
              : m_complete ? ForecastState::Complete
              : m_stopped  ? ForecastState::Stopped
                           : ForecastState::Playing;
    if (m_state == ForecastState::Playing && isVisible() && !m_job.isRunning())
        m_soon.start();
    else if (m_state != ForecastState::Playing)
        m_soon.stop();
    tell();
}

void ForecastCard::play()
{
    Study study{*namedScenario(scenario()), {}, days, luck, 0};
    study.policies.append(simulatedPolicy(m_draft, m_prices, today()));
    if (comparesInForce())
        study.policies.append(simulatedPolicy(m_inForce, m_prices, today()));
    study.policies.append(plainClient(study.policies.first(), 1));
    m_job.start(study);
    m_state = ForecastState::Playing;
    tell();
}

void ForecastCard::takeResult()
{
    const bool beside = m_job.study().policies.size() > 2;
    QStringList names{beside ? tr("Draft") : tr("In force")};
    if (beside)
        names << tr("In force");
    names << tr("No retry");
    m_table->setResult(*m_job.result(), names);
    m_sentence->setText(forecastSentence(*m_job.result(), 0, 1,
                                         beside ? tr("the configuration in force") : tr("a client without retries")));
    m_advice->setText(m_job.relief() ? retryscope::sentence(*m_job.relief()) : QString());
    m_fresh = m_any = true;
    m_complete = !m_job.isRunning();
    if (m_complete)
        m_state = ForecastState::Complete;
    tell();
}

void ForecastCard::tell()
{
    const bool playing = m_state == ForecastState::Playing, nobody = m_state == ForecastState::NobodyToPlay;
    const int played = m_fresh && m_job.result() ? int(m_job.result()->values.front().size()) : 0;
    m_status->setText(forecastText(m_state, played, days, m_any && !m_fresh));
    m_table->setOlder(m_any && !m_fresh);
    m_table->setVisible(m_any && !nobody);
    m_sentence->setVisible(m_fresh && !nobody);
    m_advice->setVisible(m_sentence->isVisibleTo(this) && !m_advice->text().isEmpty());
    m_progress->setVisible(playing);
    m_progress->setValue(int(m_job.progress() * m_progress->maximum()));
    m_button->setText(playing ? tr("Stop") : tr("Play again"));
    m_button->setVisible(playing || m_state == ForecastState::Stopped);
}

void ForecastCard::showEvent(QShowEvent *event)
{
    QFrame::showEvent(event);
    revise();
}

/// What nobody sees is not played.
void ForecastCard::hideEvent(QHideEvent *event)
{
    QFrame::hideEvent(event);
    m_soon.stop();
    m_job.stop();
}

} // namespace retryscope
