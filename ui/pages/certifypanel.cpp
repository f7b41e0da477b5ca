// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/certifypanel.h"

#include "config/retryfields.h"
#include "engine/targets.h"
#include "replay/simulatedpolicy.h"
#include "simulator/baselines.h"
#include "simulator/sweep.h"
#include "widgets/flowlayout.h"
#include "widgets/rangededit.h"
#include "words/certificatewords.h"

#include <QCheckBox>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace retryscope {

CertifyPanel::CertifyPanel(QWidget *parent)
    : QScrollArea(parent),
      m_machines(new RangedEdit(tr("Requests at once"), ValueEdit::Kind::WholeNumber, {1, 10'000, 1})),
      m_service(new RangedEdit(tr("each takes"), ValueEdit::Kind::Span, {0.01, 600, 0.1})),
      m_stall(new RangedEdit(tr("Longest stall"), ValueEdit::Kind::Span, {1, 600, 1})),
      m_calls(new RangedEdit(tr("Calls after it"), ValueEdit::Kind::WholeNumber, {100, 1'000'000, 1'000})),
      m_load(new RangedEdit(tr("Calls a second (0: 70 %)"), ValueEdit::Kind::Number, {0, 100'000, 1})),
      m_plays(new RangedEdit(tr("Days"), ValueEdit::Kind::WholeNumber, {2, 10'000, 1})),
      m_seed(new RangedEdit(tr("Seed"), ValueEdit::Kind::WholeNumber, {0, 999'999'999, 1})), 
      m_sdk(new QCheckBox(tr("the vendors' SDKs instead"))), m_answers(new QWidget)
{
    setObjectName(QStringLiteral("certifyPanel"));
    setAccessibleName(tr("Storm certificate"));
    m_card = new PlayCard(
        QStringLiteral("certify"), tr("Storm certificate"),
        tr("Puts the draft in front of a provider whose capacity you state, which stalls once: the largest load that "
           "is "
           "safe, the shortest stall that tips it into a storm, how long it takes to recover, and the knob that moves "
           "each; by formula where there is one, and played. Nothing is sent."),
        tr("Certify"), makeQuestion());
    m_rows = new QVBoxLayout(m_answers);
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(Theme::gap);
    scrollPlay(*this, m_card, m_answers);
    connect(m_card, &PlayCard::runRequested, this, &CertifyPanel::run);
    connect(m_card, &PlayCard::stopRequested, this, &CertifyPanel::stop);
    connect(&m_job, &CertifyJob::progressed, this,
            [this](double share) { m_card->setProgress(share, tr("Playing: %1 %.").arg(int(100 * share))); });
    connect(&m_job, &CertifyJob::finished, this, &CertifyPanel::showAnswer);
    showState();
}

QWidget *CertifyPanel::makeQuestion()
{
    const CertificateQuestion usual;
    auto *holder = new QWidget;
    auto *row = new FlowLayout(12, holder);
    struct Field
    {
        RangedEdit *edit;
        const char *name;
        double value;
        QString tip;
    };
    const Field fields[] = {
        {m_machines, "certifyMachines", double(usual.capacity.machines),
         tr("Requests that the provider works on at once; the others wait there.")},
        {m_service, "certifyService", toSeconds(usual.capacity.service), tr("Mean time that one request takes there.")},
        {m_stall, "certifyStall", toSeconds(usual.stall), tr("The longest stall that is looked at.")},
        {m_calls, "certifyCalls", double(usual.calls),
         tr("How long a day is after the stall, in calls that the provider could serve.")},
        {m_load, "certifyLoad", 0,
         tr("The load for which trigger and recovery are told. 0: seven tenths of what is carried.")},
        {m_plays, "certifyPlays", double(usual.replications), tr("How many days are played, each with other luck.")},
        {m_seed, "certifySeed", double(usual.seed), tr("Names the luck. The same seed gives the same.")}};
    for (const Field &field : fields) {
        field.edit->edit()->setObjectName(QLatin1String(field.name));
        field.edit->setValue(field.value);
        field.edit->setToolTip(field.tip);
        row->addWidget(field.edit);
        connect(field.edit, &RangedEdit::problemChanged, this, &CertifyPanel::showState);
    }
    m_sdk->setObjectName(QStringLiteral("certifySdk"));
    m_sdk->setToolTip(tr("Certifies what the vendors' SDKs do by default, in place of the draft."));
    m_sdk->setMinimumHeight(m_seed->sizeHint().height()); // on the line of the others
    row->addWidget(m_sdk);
    connect(m_sdk, &QCheckBox::toggled, this, &CertifyPanel::showState);
    return holder;
}

void CertifyPanel::setDraft(const Configuration &draft, const QString &problem)
{
    m_draft = draft;
    m_problem = problem;
    showState();
}

QString CertifyPanel::problem() const
{
    if (!m_problem.isEmpty())
        return m_problem;
    for (const RangedEdit *edit : {m_machines, m_service, m_stall, m_calls, m_load, m_plays, m_seed}) {
        if (!edit->problem().isEmpty())
            return edit->problem();
    }
    return enabledProviders(m_draft).isEmpty()
               ? tr("No provider is enabled, so there is nobody to play. Enable one on the Providers page.")
               : QString();
}

CertificateQuestion CertifyPanel::question() const
{
    CertificateQuestion question;
    question.policy = simulatedPolicy(m_draft);
    if (m_sdk->isChecked())
        question.policy = plainClient(question.policy.chain);
    if (const double load = m_load->edit()->value(); load > 0)
        question.load = load;
    question.capacity = {int(m_machines->edit()->value()), fromSeconds(m_service->edit()->value())};
    question.stall = fromSeconds(m_stall->edit()->value());
    question.calls = int(m_calls->edit()->value());
    question.replications = int(m_plays->edit()->value());
    question.seed = quint64(m_seed->edit()->value());
    return question;
}

void CertifyPanel::run()
{
    if (const QString why = problem(); !why.isEmpty())
        return m_card->sayProblem(why);
    clear();
    m_stopped = false;
    m_card->begin();
    m_job.start(question());
    m_card->setRunning(true);
    m_card->setProgress(0, tr("Playing …"));
}

/// Half a certificate would claim what nobody has seen.
void CertifyPanel::stop()
{
    m_job.stop();
    m_stopped = true;
    m_card->setRunning(false);
    showState();
}

void CertifyPanel::clear()
{
    while (QLayoutItem *item = m_rows->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
}

void CertifyPanel::showAnswer()
{
    m_card->setRunning(false);
    clear();
    const Certificate &c = *m_job.result();
    const QStringList lines = tellCertificate(m_job.question(), c);
    const qsizetype answers = lines.size() - 3; // the three stand last
    addAnswer(tr("What is certified"), lines.mid(0, answers).join(QStringLiteral("\n\n")), {});
    addAnswer(tr("Largest safe load"), lines[answers], c.loadKnob);
    addAnswer(tr("Smallest trigger"), lines[answers + 1], c.triggerKnob);
    addAnswer(tr("Recovery"), lines[answers + 2], c.recoveryKnob);
    showState();
}

void CertifyPanel::addAnswer(const QString &title, const QString &sentence, const std::optional<CertificateKnob> &knob)
{
    auto *card = new QFrame;
    card->setObjectName(QStringLiteral("card"));
    auto *heading = new QLabel(title);
    heading->setFont(Theme::font(TextRole::Title));
    auto *said = new QLabel(sentence);
    said->setObjectName(QStringLiteral("certifySaid"));
    said->setWordWrap(true);
    said->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto *column = new QVBoxLayout(card);
    column->setContentsMargins(Theme::inset, 12, Theme::inset, 12);
    column->setSpacing(6);
    column->addWidget(heading);
    column->addWidget(said);
    const RetryConfigField *field = knob ? retryConfigField(QLatin1String(knob->field)) : nullptr;
    if (field && !m_job.question().policy.plain) { // an SDK has no such fields
        auto *put = new QPushButton(
            tr("Put %1 = %2 into the draft").arg(QLatin1String(field->key), valueText(*field, knob->to)));
        put->setObjectName(QStringLiteral("certifyPut"));
        column->addWidget(put, 0, Qt::AlignLeft);
        connect(put, &QPushButton::clicked, this, [this, field, to = knob->to] {
            RetryConfig retry = m_draft.retry;
            field->set(retry, to);
            emit putRequested(retry);
        });
    }
    m_rows->addWidget(card);
}

void CertifyPanel::showState()
{
    if (m_job.isRunning())
        return;
    if (const QString why = problem(); !why.isEmpty())
        return m_card->sayProblem(why);
    if (m_stopped)
        return m_card->say(tr("Stopped: nothing is certified until all of it has been played."));
    if (!m_job.result())
        return m_card->say(tr("Nothing has been played yet."));
    const CertificateQuestion &then = m_job.question(), now = question();
    const bool same = *then.policy.config == *now.policy.config && then.policy.chain == now.policy.chain
                      && then.policy.rules == now.policy.rules && then.capacity == now.capacity && then.load == now.load
                      && then.stall == now.stall && then.calls == now.calls;
    m_card->say(
        same ? tr("Played %1 days, seed %2, simulated; each value with its 95 % interval.")
                   .arg(m_job.result()->runs)
                   .arg(then.seed)
             : tr("The draft or the question has changed since: what is shown is of another one. Certify again."));
}

void CertifyPanel::keyPressEvent(QKeyEvent *event)
{
    if (!m_card->takesKey(event))
        QScrollArea::keyPressEvent(event);
}

} // namespace retryscope
