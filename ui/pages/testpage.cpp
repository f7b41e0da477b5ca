// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/testpage.h"

#include "base/systemclock.h"
#include "words/eventwords.h"
#include "words/labels.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QShortcut>
#include <QSpinBox>
#include <QSplitter>
#include <QTableWidget>
#include <QTimer>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr std::array examples{"Say in one sentence why retries need jitter.",
                              "List ten facts about rate limits, one a line.",
                              "Answer with JSON: {\"status\": \"ok\"}"};
constexpr int mostTokens = 1'000'000;
const QString splitKey = QStringLiteral("test/splitter"), limitKey = QStringLiteral("test/tokenLimit");

enum AttemptColumn { NumberColumn, ProviderColumn, ResultColumn, TookColumn, WhatThenColumn, AttemptColumnCount };

/// A line that a person may copy from, and that screen readers find by its name.
QLabel *line(const char *name, const QString &accessible)
{
    auto *label = new QLabel;
    label->setObjectName(QLatin1String(name));
    label->setAccessibleName(accessible);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

} // namespace

TestPage::TestPage(EngineClient &engine, QWidget *parent)
    : QWidget(parent), m_engine(engine), m_route(new QComboBox), m_model(new QLineEdit), m_system(new QLineEdit),
      m_limit(new QSpinBox), m_prompt(new QPlainTextEdit), m_answer(new QPlainTextEdit),
      m_send(new QPushButton(tr("Send"))), m_stop(new QPushButton(tr("Stop"))),
      m_status(line("callStatus", tr("What happens now"))), m_why(line("callWhy", tr("Why that provider"))),
      m_error(line("callError", tr("What went wrong"))), m_attempts(new QTableWidget(0, AttemptColumnCount)),
      m_split(new QSplitter(Qt::Vertical)), m_timer(new QTimer(this))
{
    const auto clock = std::make_shared<SystemClock>();
    m_clock = [clock] { return clock->now(); };
    m_why->setForegroundRole(QPalette::PlaceholderText);
    m_prompt->setObjectName(QStringLiteral("promptEdit"));
    m_prompt->setPlainText(QLatin1String(examples[0]));
    m_prompt->setAccessibleName(tr("Prompt"));
    m_prompt->setTabChangesFocus(true);
    m_prompt->setMinimumHeight(int(fontMetrics().height() * 2.4));
    m_answer->setObjectName(QStringLiteral("answerView"));
    m_answer->setReadOnly(true);
    m_answer->setTabChangesFocus(true);
    m_answer->setAccessibleName(tr("Answer"));
    m_answer->setPlaceholderText(tr("The answer streams in here. Ctrl+Enter sends, Esc stops."));
    m_answer->setMinimumHeight(int(fontMetrics().height() * 3));
    buildAttempts();

    auto *lower = new QWidget;
    auto *lowerColumn = new QVBoxLayout(lower);
    lowerColumn->setContentsMargins(0, 4, 0, 0);
    lowerColumn->setSpacing(4);
    lowerColumn->addLayout(buildButtons());
    lowerColumn->addWidget(m_status);
    lowerColumn->addWidget(m_why);
    lowerColumn->addWidget(m_error);
    lowerColumn->addWidget(m_answer, 1);
    m_split->setObjectName(QStringLiteral("testSplitter"));
    m_split->setChildrenCollapsible(false);
    m_split->addWidget(m_prompt);
    m_split->addWidget(lower);
    m_split->addWidget(m_attempts);
    m_split->setStretchFactor(0, 1);
    m_split->setStretchFactor(1, 4);
    m_split->setStretchFactor(2, 2);
    m_split->setSizes({90, 300, 130});
    m_split->restoreState(QSettings().value(splitKey).toByteArray());
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(8);
    column->addLayout(buildForm());
    column->addWidget(m_split, 1);

    connect(&engine, &EngineClient::textArrived, this, [this](CallId call, const QString &text) {
        if (call != m_call)
            return;
        QTextCursor end(m_answer->document()); // a selection that is being made stays
        end.movePosition(QTextCursor::End);
        end.insertText(text);
        m_progress.onText(text);
        refresh();
    });
    connect(&engine, &EngineClient::callFinished, this, &TestPage::onFinished);
    m_timer->setInterval(100); // what is waited for counts
    connect(m_timer, &QTimer::timeout, this, &TestPage::refresh);
    setRunning(false);
    refresh();
}

void TestPage::setClock(std::function<SteadyTime()> clock) { m_clock = std::move(clock); }

QLayout *TestPage::buildForm()
{
    m_route->setObjectName(QStringLiteral("routeBox"));
    m_route->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_route->setMinimumContentsLength(20);
    m_model->setObjectName(QStringLiteral("modelEdit"));
    m_model->setPlaceholderText(tr("The provider's own"));
    m_system->setObjectName(QStringLiteral("systemEdit"));
    m_system->setPlaceholderText(tr("None"));
    m_limit->setObjectName(QStringLiteral("tokenLimit"));
    m_limit->setRange(1, mostTokens);
    m_limit->setGroupSeparatorShown(true);
    m_limit->setSuffix(tr(" tokens"));
    m_limit->setToolTip(tr("The longest answer that is asked for. An answer that reaches it is cut, and says so."));
    m_limit->setValue(std::clamp(QSettings().value(limitKey, 1024).toInt(), 1, mostTokens));
    const auto label = [](const QString &text, QWidget *buddy) {
        auto *l = new QLabel(text);
        l->setBuddy(buddy);
        return l;
    };
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(10);
    grid->setVerticalSpacing(6);
    grid->addWidget(label(tr("&Route"), m_route), 0, 0);
    grid->addWidget(m_route, 0, 1, 1, 3);
    grid->addWidget(label(tr("&Model"), m_model), 1, 0);
    grid->addWidget(m_model, 1, 1);
    grid->addWidget(label(tr("Answer at &most"), m_limit), 1, 2);
    grid->addWidget(m_limit, 1, 3);
    grid->addWidget(label(tr("S&ystem prompt"), m_system), 2, 0);
    grid->addWidget(m_system, 2, 1, 1, 3);
    grid->setColumnStretch(1, 1);
    return grid;
}

QLayout *TestPage::buildButtons()
{
    m_send->setObjectName(QStringLiteral("sendButton"));
    m_stop->setObjectName(QStringLiteral("stopButton"));
    m_send->setToolTip(tr("Ctrl+Enter"));
    m_stop->setToolTip(tr("Esc"));
    m_send->setDefault(true);
    auto *row = new QHBoxLayout;
    for (const char *example : examples) {
        auto *chip = new QPushButton(QString::fromLatin1(example).left(22) + QStringLiteral("…"));
        chip->setFlat(true);
        chip->setToolTip(QLatin1String(example));
        chip->setAccessibleName(tr("Example prompt: %1").arg(QLatin1String(example)));
        chip->setMinimumWidth(60);
        connect(chip, &QPushButton::clicked, this, [this, example] { m_prompt->setPlainText(QLatin1String(example)); });
        row->addWidget(chip);
    }
    row->addStretch();
    row->addWidget(m_stop);
    row->addWidget(m_send);
    connect(m_send, &QPushButton::clicked, this, &TestPage::send);
    connect(m_stop, &QPushButton::clicked, this, &TestPage::stop);
    for (const auto key : {Qt::Key_Return, Qt::Key_Enter}) {
        auto *shortcut = new QShortcut(QKeySequence(Qt::CTRL | key), this);
        connect(shortcut, &QShortcut::activated, this, &TestPage::send);
    }
    auto *escape = new QShortcut(QKeySequence(Qt::Key_Escape), this);
    connect(escape, &QShortcut::activated, this, &TestPage::stop);
    return row;
}

void TestPage::buildAttempts()
{
    m_attempts->setObjectName(QStringLiteral("attemptsTable"));
    m_attempts->setAccessibleName(tr("Attempts"));
    m_attempts->setHorizontalHeaderLabels({tr("Attempt"), tr("Provider"), tr("Result"), tr("Time"), tr("What then")});
    m_attempts->verticalHeader()->hide();
    m_attempts->verticalHeader()->setDefaultSectionSize(int(fontMetrics().height() * 1.7));
    m_attempts->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_attempts->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_attempts->setTabKeyNavigation(false);
    m_attempts->setFrameShape(QFrame::NoFrame);
    m_attempts->setShowGrid(false);
    m_attempts->setMinimumHeight(int(fontMetrics().height() * 4));
    m_attempts->horizontalHeader()->setStretchLastSection(true);
    m_attempts->horizontalHeader()->setHighlightSections(false);
    m_attempts->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_attempts->setColumnWidth(ResultColumn,
                               fontMetrics().horizontalAdvance(QStringLiteral("✗ Malformed answer (503)__")));
    m_attempts->setColumnWidth(NumberColumn, fontMetrics().horizontalAdvance(QStringLiteral("Attempt____")));
}

void TestPage::setProviders(const ProviderConfigs &providers)
{
    m_providers = providers;
    const QString before = m_route->currentData().toString();
    m_route->clear();
    QStringList names;
    m_names.clear();
    for (const ProviderConfig &p : providers) {
        m_names.insert(p.id, p.name.isEmpty() ? p.id : p.name);
        if (p.enabled)
            names << nameOf(p.id);
    }
    m_route->addItem(tr("Priority chain: %1").arg(names.join(QStringLiteral(" → "))), QString());
    for (const ProviderConfig &p : providers) {
        if (p.enabled)
            m_route->addItem(tr("Only %1").arg(nameOf(p.id)), p.id);
    }
    m_route->setCurrentIndex(std::max(0, m_route->findData(before)));
    m_route->setToolTip(m_route->itemText(0));
}

void TestPage::setRunning(bool running)
{
    m_stop->setEnabled(running);
    m_send->setText(running ? tr("Send again") : tr("Send"));
    if (running)
        m_timer->start();
    else
        m_timer->stop();
}

void TestPage::refresh()
{
    const SteadyTime now = m_clock();
    const auto show = [](QLabel *label, const QString &text) {
        if (label->text() != text)
            label->setText(text);
        label->setVisible(!text.isEmpty());
    };
    if (m_progress.phase() != CallProgress::Phase::Idle) {
        show(m_status, m_progress.status(now));
        show(m_why, m_progress.why(now));
    } else {
        m_status->setVisible(!m_status->text().isEmpty());
        show(m_why, {});
    }
    show(m_error, m_progress.error());
}

void TestPage::send()
{
    stop(); // Send while streaming asks nothing and stops the old one
    if (m_prompt->toPlainText().trimmed().isEmpty()) {
        m_progress = {};
        m_status->setText(tr("Write a prompt first."));
        return refresh();
    }
    m_answer->clear();
    m_attempts->setRowCount(0);
    const QString only = m_route->currentData().toString();
    QVector<ProviderId> chain{only};
    if (only.isEmpty()) {
        chain.clear();
        for (const ProviderConfig &p : std::as_const(m_providers)) {
            if (p.enabled)
                chain.append(p.id);
        }
    }
    m_progress = CallProgress(chain, m_names, m_limit->value(), m_clock());
    m_call = m_engine.send(
        Prompt{m_prompt->toPlainText(), m_system->text(), m_model->text().trimmed(), m_limit->value(), true},
        Route{only.isEmpty() ? QVector<ProviderId>() : chain});
    setRunning(true);
    refresh();
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
    m_progress.onFinished(result);
    setRunning(false);
    refresh();
}

void TestPage::addRow(const Event &e)
{
    const int row = m_attempts->rowCount();
    m_attempts->insertRow(row);
    const bool skipped = e.kind == EventKind::ProviderSkipped, ok = e.reason == RetryReason::None;
    const QString result = skipped ? tr("– skipped")
                           : ok    ? tr("✓ answered")
                                   : QStringLiteral("✗ %1%2").arg(
                                       toLabel(e.reason), e.status ? QStringLiteral(" (%1)").arg(e.status) : QString());
    const QString number = skipped         ? QStringLiteral("–")
                           : e.maxAttempts ? tr("%1 of %2").arg(e.attempt).arg(e.maxAttempts)
                                           : QString::number(e.attempt);
    const QStringList cells{number, nameOf(e.provider), result, skipped ? QString() : formatDuration(e.duration),
                            skipped || !ok ? toSentence(e) : QString()};
    for (int i = 0; i < cells.size(); ++i)
        m_attempts->setItem(row, i, new QTableWidgetItem(cells[i]));
    const QString rests = QStringList{e.rule, e.detail}.join(QLatin1Char('\n')).trimmed();
    m_attempts->item(row, ResultColumn)->setToolTip(rests);
    m_attempts->scrollToBottom();
}

void TestPage::noteWhatThen(const Event &e)
{
    const int last = m_attempts->rowCount() - 1;
    if (last < 0)
        return;
    m_attempts->item(last, WhatThenColumn)->setText(toSentence(e));
    m_attempts->item(last, WhatThenColumn)->setToolTip(e.rule);
}

void TestPage::onEvents(const Events &events)
{
    for (const Event &e : events) {
        if (e.call != m_call || !m_call)
            continue;
        m_progress.onEvent(e);
        if (e.kind == EventKind::AttemptFinished || e.kind == EventKind::ProviderSkipped)
            addRow(e);
        if (e.kind == EventKind::RetryScheduled || e.kind == EventKind::FailedOver)
            noteWhatThen(e);
    }
    refresh();
}

void TestPage::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    QSettings settings;
    settings.setValue(splitKey, m_split->saveState());
    settings.setValue(limitKey, m_limit->value());
}

} // namespace retryscope
