// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchcolumn.h"

#include "pages/benchanswer.h"
#include "pages/benchtarget.h"
#include "theme/icons.h"
#include "widgets/attemptwaterfall.h"
#include "widgets/flowlayout.h"
#include "widgets/setifnew.h"
#include "words/steeringwords.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <array>

namespace retryscope {
namespace {

constexpr int leastColumn = 244, columnInset = 14, edge = 3, attemptLines = 9, headButton = 28;

/// A line that a person may copy from, and that screen readers find by its name.
QLabel *columnLine(const char *name, const QString &accessible)
{
    auto *label = new QLabel;
    label->setObjectName(QLatin1String(name));
    label->setAccessibleName(accessible);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setVisible(false);
    return label;
}

void showOrHide(QLabel *label, const QString &text)
{
    setIfNew(label, text);
    label->setVisible(!text.isEmpty());
}

/// As high as what is in it, up to a few attempts; then it scrolls.
class AttemptsArea final : public QScrollArea
{
public:
    explicit AttemptsArea(AttemptWaterfall *waterfall)
    {
        setWidget(waterfall);
        setWidgetResizable(true);
        setFrameShape(QFrame::NoFrame);
        setFocusPolicy(Qt::NoFocus);
        setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        viewport()->setAutoFillBackground(false);
        waterfall->setAutoFillBackground(false);
    }
    QSize sizeHint() const override { return {widget()->sizeHint().width(), heightWanted()}; }
    QSize minimumSizeHint() const override { return {100, heightWanted()}; }
    void fit()
    {
        if (heightWanted() != maximumHeight())
            setFixedHeight(heightWanted());
    }

private:
    int heightWanted() const
    {
        return std::min(widget()->sizeHint().height(), attemptLines * fontMetrics().lineSpacing());
    }
};

struct StateRow
{
    CallProgress::Phase phase;
    const char *word;
    ProviderState colour;
};
constexpr std::array stateRows{
    StateRow{CallProgress::Phase::Idle, "", ProviderState::Unproven},
    StateRow{CallProgress::Phase::Sent, QT_TRANSLATE_NOOP("retryscope::BenchColumn", "○ Choosing"),
             ProviderState::Probing},
    StateRow{CallProgress::Phase::Queued, QT_TRANSLATE_NOOP("retryscope::BenchColumn", "○ Queued"),
             ProviderState::Probing},
    StateRow{CallProgress::Phase::Asking, QT_TRANSLATE_NOOP("retryscope::BenchColumn", "○ Asking"),
             ProviderState::Probing},
    StateRow{CallProgress::Phase::Streaming, QT_TRANSLATE_NOOP("retryscope::BenchColumn", "● Streaming"),
             ProviderState::Probing},
    StateRow{CallProgress::Phase::Waiting, QT_TRANSLATE_NOOP("retryscope::BenchColumn", "▲ Waiting"),
             ProviderState::Slow},
    StateRow{CallProgress::Phase::Done, QT_TRANSLATE_NOOP("retryscope::BenchColumn", "✓ Done"), ProviderState::Well}};

} // namespace

BenchColumn::BenchColumn(EngineClient &engine, const Theme &theme, QWidget *parent)
    : QFrame(parent), m_engine(engine), m_theme(theme), m_target(new BenchTarget(this)), m_answer(new BenchAnswer),
      m_waterfall(new AttemptWaterfall(theme)), m_badge(new QLabel), m_state(new QLabel),
      m_status(columnLine("callStatus", tr("What happens now"))), m_why(columnLine("callWhy", tr("Why that provider"))),
      m_error(columnLine("callError", tr("What went wrong"))),
      m_facts(columnLine("callFacts", tr("Figures of the call"))),
      m_refused(columnLine("callRefused", tr("Why that was not done"))), m_action(new QPushButton(tr("Stop"))),
      m_tryNow(new QPushButton(tr("Try now"))), m_failOver(new QPushButton(tr("Fail over now"))),
      m_steer(buildSteering()), m_more(new QToolButton), m_remove(new QToolButton), m_menu(new QMenu(this)),
      m_attempts(new AttemptsArea(m_waterfall))
{
    setObjectName(QStringLiteral("card"));
    setMinimumWidth(leastColumn);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(columnInset, Theme::gap, columnInset, Theme::gap);
    column->setSpacing(6);
    buildHead(column);
    column->addWidget(m_steer);
    column->addWidget(m_status);
    column->addWidget(m_why);
    column->addWidget(m_refused);
    column->addWidget(m_error);
    column->addWidget(m_answer, 1);
    buildFoot(column);
    buildMenu();
    connect(&theme, &Theme::changed, this, &BenchColumn::showState);
    connect(m_target, &BenchTarget::changed, this, &BenchColumn::showState);
    showState();
}

void BenchColumn::buildHead(QVBoxLayout *column)
{
    m_badge->setFont(Theme::font(TextRole::Title));
    m_state->setObjectName(QStringLiteral("callState"));
    m_state->setAccessibleName(tr("State"));
    m_action->setObjectName(QStringLiteral("columnAction"));
    connect(m_action, &QPushButton::clicked, this, [this] { isRunning() ? stop() : emit retryRequested(); });
    m_more->setObjectName(QStringLiteral("columnMore"));
    m_more->setText(QStringLiteral("⋯"));
    m_more->setToolTip(tr("What to do with this answer"));
    m_more->setAccessibleName(m_more->toolTip());
    m_more->setFixedWidth(headButton);
    m_remove->setFixedWidth(headButton);
    m_more->setPopupMode(QToolButton::InstantPopup);
    m_more->setMenu(m_menu);
    m_remove->setObjectName(QStringLiteral("columnRemove"));
    m_remove->setIcon(themedIcon(QStringLiteral("close")));
    m_remove->setToolTip(tr("Take this column away"));
    m_remove->setAccessibleName(m_remove->toolTip());
    connect(m_remove, &QToolButton::clicked, this, &BenchColumn::removeRequested);
    auto *first = new QHBoxLayout;
    first->setSpacing(6);
    first->addWidget(m_badge);
    first->addWidget(m_target->box(), 1);
    first->addWidget(m_more);
    first->addWidget(m_remove);
    auto *second = new QHBoxLayout;
    second->setSpacing(8);
    second->addWidget(m_target->model(), 1);
    second->addWidget(m_action);
    column->addLayout(first);
    column->addLayout(second);
}

/// What a person may do about a wait.
QWidget *BenchColumn::buildSteering()
{
    auto *row = new QWidget;
    row->setVisible(false);
    auto *flow = new FlowLayout(8, row);
    flow->addWidget(m_state);
    m_tryNow->setObjectName(QStringLiteral("tryNow"));
    m_tryNow->setToolTip(tr("End the wait and make the next attempt"));
    m_failOver->setObjectName(QStringLiteral("failOverNow"));
    m_failOver->setToolTip(tr("Ask the next provider of the chain instead"));
    flow->addWidget(m_tryNow);
    flow->addWidget(m_failOver);
    connect(m_tryNow, &QPushButton::clicked, this, [this] { m_engine.tryNow(m_run.call); });
    connect(m_failOver, &QPushButton::clicked, this, [this] { m_engine.failOverNow(m_run.call); });
    return row;
}

void BenchColumn::onSteered(Steering wish, SteeringRefusal refusal)
{
    showOrHide(m_refused, steeringText(wish, refusal));
}

void BenchColumn::buildMenu()
{
    QAction *copy =
        m_menu->addAction(tr("&Copy answer"), this, [this] { QGuiApplication::clipboard()->setText(m_run.text); });
    QAction *further = m_menu->addAction(tr("Continue &from this answer"), this,
                                         [this] { emit continueRequested(m_run.prompt, m_run.text); });
    QAction *plain = m_menu->addAction(tr("Show it as &written"), m_answer, &BenchAnswer::setPlainShown);
    plain->setObjectName(QStringLiteral("answerPlain"));
    plain->setCheckable(true);
    connect(m_menu, &QMenu::aboutToShow, this, [this, copy, further, plain] {
        plain->setEnabled(!m_run.text.isEmpty());
        plain->setChecked(m_answer->isPlainShown());
        copy->setEnabled(!m_run.text.isEmpty());
        further->setEnabled(!m_run.text.isEmpty() && !isRunning());
    });
}

void BenchColumn::buildFoot(QVBoxLayout *column)
{
    m_facts->setFont(Theme::counting(Theme::font(TextRole::Secondary)));
    m_why->setForegroundRole(QPalette::PlaceholderText);
    column->addWidget(m_facts);
    column->addWidget(m_attempts);
    m_attempts->setVisible(false);
}

void BenchColumn::setLetter(const QString &letter)
{
    m_letter = letter;
    m_badge->setText(letter);
    setAccessibleName(tr("Column %1").arg(letter));
}

void BenchColumn::setRemovable(bool removable) { m_remove->setVisible(removable); }
void BenchColumn::setJitter(const QString &jitter) { m_waterfall->setJitter(jitter); }

void BenchColumn::setProviders(const ProviderConfigs &providers)
{
    m_providers = providers;
    m_names.clear();
    for (const ProviderConfig &p : providers)
        m_names.insert(p.id, p.name.isEmpty() ? p.id : p.name);
    m_target->setProviders(providers);
    m_waterfall->setNames(m_names);
}

void BenchColumn::send(const Prompt &prompt, SteadyTime now)
{
    stop();
    const Prompt asked = prompt; // which may be that of the run that goes
    m_run = BenchRun{};
    m_run.prompt = asked;
    m_run.prompt.model = m_target->modelName();
    m_run.route = m_target->route();
    m_run.progress = CallProgress(m_target->chain(), m_names, asked.maxTokens, now);
    m_answer->clearAnswer();
    m_refused->setVisible(false);
    m_run.call = m_engine.send(m_run.prompt, m_run.route, {Capture::Yes});
}

void BenchColumn::stop()
{
    if (isRunning())
        m_engine.cancel(m_run.call);
}

void BenchColumn::onEvents(const Events &events)
{
    for (const Event &e : events)
        m_run.onEvent(e);
    m_refused->setVisible(false); // it was of what is over now
    if (m_run.result())           // the call's last event comes after its result
        m_answer->showAll(m_run, m_names);
}

void BenchColumn::onFinished(const CallResult &result, SteadyTime now, Duration axis)
{
    m_run.onFinished(result);
    m_answer->showAll(m_run, m_names);
    refresh(now, axis);
}

void BenchColumn::refreshText()
{
    m_answer->showText(m_run.text);
    if (isRunning())
        m_answer->showMore(m_run, m_names);
}

void BenchColumn::refresh(SteadyTime now, Duration axis)
{
    showOrHide(m_status, m_run.progress.status(now));
    showOrHide(m_why, m_run.progress.why(now));
    showOrHide(m_error, m_run.progress.error());
    showOrHide(m_facts, m_run.progress.facts(now));
    const bool steered = m_engine.refusal(EngineClient::Request::Steer).isEmpty();
    m_tryNow->setVisible(steered && m_run.progress.canTryNow());
    m_failOver->setVisible(steered && m_run.progress.canFailOver(now));
    m_state->setMinimumHeight(m_tryNow->isHidden() && m_failOver->isHidden() ? 0 : m_tryNow->sizeHint().height());
    m_steer->setVisible(bool(m_run.call));
    m_attempts->setVisible(!m_run.timeline.isEmpty());
    if (!m_run.timeline.isEmpty()) {
        m_waterfall->setTimeline(m_run.timeline, now, axis);
        static_cast<AttemptsArea *>(m_attempts)->fit();
    }
    showState();
}

ProviderState BenchColumn::stateColour() const
{
    if (const auto &result = m_run.result(); result && !result->succeeded())
        return result->outcome == CallOutcome::Cancelled ? ProviderState::Unproven : ProviderState::Down;
    return stateRows[std::size_t(m_run.progress.phase())].colour;
}

void BenchColumn::showState()
{
    QString word = QLatin1String(stateRows[std::size_t(m_run.progress.phase())].word);
    if (!word.isEmpty())
        word = tr(stateRows[std::size_t(m_run.progress.phase())].word);
    if (const auto &result = m_run.result(); result && !result->succeeded())
        word = result->outcome == CallOutcome::Cancelled ? tr("– Stopped") : tr("✗ Failed");
    QPalette colours = m_state->palette();
    if (const QColor colour = m_theme.stateText(stateColour()); colours.color(QPalette::WindowText) != colour) {
        colours.setColor(QPalette::WindowText, colour);
        m_state->setPalette(colours);
        update();
    }
    setIfNew(m_state, word);
    m_action->setText(isRunning() ? tr("Stop") : tr("Retry"));
    m_action->setToolTip(isRunning() ? tr("Stop this column; Esc stops all")
                                     : tr("Send the same prompt to this column alone"));
    m_action->setVisible(bool(m_run.call));
}

BenchSent BenchColumn::sent() const
{
    BenchSent all{m_run.prompt, m_target->provider(), m_run.result(), m_run.events, m_run.exchanges, m_run.text};
    for (const ProviderConfig &p : m_providers) {
        if (m_run.result() && p.id == m_run.result()->provider)
            all.provider = p;
    }
    return all;
}

/// What state it is in can be seen across the room.
void BenchColumn::paintEvent(QPaintEvent *event)
{
    QFrame::paintEvent(event);
    if (m_run.progress.phase() == CallProgress::Phase::Idle)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_theme.stateFill(stateColour()));
    painter.drawRoundedRect(QRectF(0, Theme::radius, edge, height() - 2 * Theme::radius), edge / 2.0, edge / 2.0);
}

} // namespace retryscope
