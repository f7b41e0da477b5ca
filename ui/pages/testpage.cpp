// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/testpage.h"

#include "words/callwords.h"
#include "words/eventwords.h"
#include "words/labels.h"

#include <QComboBox>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QTableWidget>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr std::array examples{"Say in one sentence why retries need jitter.", "List ten facts about rate limits, one a line.", "Answer with JSON: {\"status\": \"ok\"}"};

QString summary(const CallResult &r)
{
    QStringList parts{r.succeeded() ? QStringLiteral("✓ OK") : r.outcome == CallOutcome::Cancelled ? QObject::tr("Stopped by you") : QStringLiteral("✗ %1").arg(toLabel(r.reason))};
    parts << formatDuration(r.duration);
    if (r.firstToken)
        parts << QObject::tr("first token %1").arg(formatDuration(*r.firstToken));
    if (r.tokensIn && r.tokensOut)
        parts << QObject::tr("%1 in / %2 out").arg(*r.tokensIn).arg(*r.tokensOut);
    parts << QObject::tr("%n attempt(s)", nullptr, r.attempts).replace(QStringLiteral("(s)"), r.attempts == 1 ? QString() : QStringLiteral("s"));
    if (r.costUsd)
        parts << QObject::tr("$%1").arg(*r.costUsd, 0, 'g', 3);
    if (r.maybeTwice)
        parts << QObject::tr("maybe delivered twice");
    if (r.retryIn)
        parts << QObject::tr("may work again in %1").arg(formatDuration(*r.retryIn));
    if (r.succeeded())
        parts << QObject::tr("answered by %1%2").arg(r.provider, r.simulated ? QObject::tr(" (simulated)") : QString());
    return parts.join(QStringLiteral(" · "));
}

} // namespace

TestPage::TestPage(EngineClient &engine, QWidget *parent)
    : QWidget(parent), m_engine(engine), m_route(new QComboBox), m_model(new QLineEdit), m_system(new QLineEdit), m_prompt(new QPlainTextEdit),
      m_answer(new QPlainTextEdit), m_send(new QPushButton(tr("Send"))), m_stop(new QPushButton(tr("Stop"))), m_status(new QLabel), m_attempts(new QTableWidget(0, 5))
{
    m_route->setObjectName(QStringLiteral("routeBox"));
    m_prompt->setObjectName(QStringLiteral("promptEdit"));
    m_answer->setObjectName(QStringLiteral("answerView"));
    m_send->setObjectName(QStringLiteral("sendButton"));
    m_stop->setObjectName(QStringLiteral("stopButton"));
    m_status->setObjectName(QStringLiteral("callStatus"));
    m_attempts->setObjectName(QStringLiteral("attemptsTable"));
    m_model->setPlaceholderText(tr("The provider's own"));
    m_system->setPlaceholderText(tr("None"));
    m_prompt->setPlainText(QLatin1String(examples[0]));
    m_prompt->setAccessibleName(tr("Prompt"));
    m_prompt->setMaximumHeight(110);
    m_answer->setReadOnly(true);
    m_answer->setAccessibleName(tr("Answer"));
    m_answer->setPlaceholderText(tr("The answer streams in here. Ctrl+Enter sends, Esc stops."));
    m_status->setWordWrap(true);
    m_status->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_send->setToolTip(tr("Ctrl+Enter"));
    m_stop->setToolTip(tr("Esc"));
    m_attempts->setHorizontalHeaderLabels({tr("Attempt"), tr("Provider"), tr("Result"), tr("Time"), tr("What then")});
    m_attempts->verticalHeader()->hide();
    m_attempts->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_attempts->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_attempts->setFrameShape(QFrame::NoFrame);
    m_attempts->setShowGrid(false);
    m_attempts->horizontalHeader()->setStretchLastSection(true);
    m_attempts->horizontalHeader()->setHighlightSections(false);
    m_attempts->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_attempts->setAccessibleName(tr("Attempts"));
    m_attempts->setColumnWidth(2, 190);

    auto *form = new QFormLayout;
    form->addRow(tr("&Route"), m_route);
    form->addRow(tr("&Model"), m_model);
    form->addRow(tr("S&ystem prompt"), m_system);
    form->addRow(tr("&Prompt"), m_prompt);
    auto *buttons = new QHBoxLayout;
    for (const char *example : examples) {
        auto *chip = new QPushButton(QString::fromLatin1(example).left(22) + QStringLiteral("…"));
        chip->setFlat(true);
        chip->setToolTip(QLatin1String(example));
        connect(chip, &QPushButton::clicked, this, [this, example] { m_prompt->setPlainText(QLatin1String(example)); });
        buttons->addWidget(chip);
    }
    buttons->addStretch();
    buttons->addWidget(m_stop);
    buttons->addWidget(m_send);
    m_send->setDefault(true);
    auto *split = new QSplitter(Qt::Vertical);
    split->addWidget(m_answer);
    split->addWidget(m_attempts);
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 2);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(8);
    column->addLayout(form);
    column->addLayout(buttons);
    column->addWidget(m_status);
    column->addWidget(split, 1);
    connect(m_send, &QPushButton::clicked, this, &TestPage::send);
    connect(m_stop, &QPushButton::clicked, this, &TestPage::stop);
    for (const auto key : {Qt::Key_Return, Qt::Key_Enter}) {
        auto *shortcut = new QShortcut(QKeySequence(Qt::CTRL | key), this);
        connect(shortcut, &QShortcut::activated, this, &TestPage::send);
    }
    auto *escape = new QShortcut(QKeySequence(Qt::Key_Escape), this);
    connect(escape, &QShortcut::activated, this, &TestPage::stop);
    connect(&engine, &EngineClient::textArrived, this, [this](CallId call, const QString &text) {
        if (call != m_call)
            return;
        m_answer->moveCursor(QTextCursor::End);
        m_answer->insertPlainText(text);
    });
    connect(&engine, &EngineClient::callFinished, this, &TestPage::onFinished);
    setRunning(false);
}

void TestPage::setProviders(const ProviderConfigs &providers)
{
    const QString before = m_route->currentData().toString();
    m_route->clear();
    QStringList names;
    for (const ProviderConfig &p : providers) {
        if (p.enabled)
            names << p.name;
    }
    m_route->addItem(tr("Priority chain: %1").arg(names.join(QStringLiteral(" → "))), QString());
    for (const ProviderConfig &p : providers) {
        if (p.enabled)
            m_route->addItem(tr("Only %1").arg(p.name), p.id);
    }
    m_route->setCurrentIndex(std::max(0, m_route->findData(before)));
}

void TestPage::setRunning(bool running)
{
    m_stop->setEnabled(running);
    m_send->setText(running ? tr("Send again") : tr("Send"));
}

void TestPage::send()
{
    stop(); // Send while streaming asks nothing and stops the old one
    if (m_prompt->toPlainText().trimmed().isEmpty()) {
        m_status->setText(tr("Write a prompt first."));
        return;
    }
    m_answer->clear();
    m_attempts->setRowCount(0);
    m_status->setText(tr("Waiting for the first token …"));
    const QString id = m_route->currentData().toString();
    m_call = m_engine.send(Prompt{m_prompt->toPlainText(), m_system->text(), m_model->text().trimmed(), 1024, true}, Route{id.isEmpty() ? QVector<ProviderId>() : QVector<ProviderId>{id}});
    setRunning(true);
}

void TestPage::stop()
{
    if (m_stop->isEnabled())
        m_engine.cancel(m_call);
}

void TestPage::onFinished(const CallResult &result)
{
    if (result.call != m_call)
        return;
    setRunning(false);
    m_status->setText(summary(result) + (result.outcome != CallOutcome::Failed ? QString() : QLatin1Char('\n') + errorText(result)));
}

void TestPage::addRow(const Event &e)
{
    const int row = m_attempts->rowCount();
    m_attempts->insertRow(row);
    const bool ok = e.reason == RetryReason::None;
    const QString result = ok ? QStringLiteral("✓ %1").arg(tr("answered")) : QStringLiteral("✗ %1%2").arg(toLabel(e.reason), e.status ? QStringLiteral(" (%1)").arg(e.status) : QString());
    const QStringList cells{tr("%1 of %2").arg(e.attempt).arg(e.maxAttempts), e.provider, result, formatDuration(e.duration), QString()};
    for (int i = 0; i < cells.size(); ++i)
        m_attempts->setItem(row, i, new QTableWidgetItem(cells[i]));
    m_attempts->item(row, 2)->setToolTip(e.rule + QLatin1Char('\n') + e.detail);
}

void TestPage::onEvents(const Events &events)
{
    for (const Event &e : events) {
        if (e.call != m_call || !m_call)
            continue;
        if (e.kind == EventKind::AttemptFinished)
            addRow(e);
        const int last = m_attempts->rowCount() - 1;
        if (last >= 0 && (e.kind == EventKind::RetryScheduled || e.kind == EventKind::FailedOver))
            m_attempts->item(last, 4)->setText(toSentence(e));
        if (e.kind == EventKind::RetryScheduled)
            m_status->setText(tr("Attempt %1 of %2 in %3: %4.").arg(e.attempt + 1).arg(e.maxAttempts).arg(formatDuration(e.delay), toLabel(e.reason).toLower()));
    }
}

} // namespace retryscope
