// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/answerdialog.h"

#include "models/benchrun.h"
#include "pages/benchanswer.h"
#include "theme/theme.h"
#include "widgets/shareactions.h"

#include <QClipboard>
#include <QDateTime>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

QHash<ProviderId, QString> shownNames(const ProviderConfigs &providers)
{
    QHash<ProviderId, QString> names;
    for (const ProviderConfig &p : providers)
        names.insert(p.id, p.name.isEmpty() ? p.id : p.name);
    return names;
}

QString partText(const ChatPart &part)
{
    switch (part.kind) {
    case ChatPart::Kind::Text: return part.text;
    case ChatPart::Kind::Image:
        return part.url.isEmpty() ? AnswerDialog::tr("[picture, %1]").arg(QLocale().formattedDataSize(part.data.size()))
                                  : AnswerDialog::tr("[picture %1]").arg(part.url);
    case ChatPart::Kind::ToolCall: return QStringLiteral("%1 %2").arg(part.call.name, part.call.arguments);
    case ChatPart::Kind::ToolResult: return AnswerDialog::tr("[result of %1] %2").arg(part.call.name, part.text);
    }
    return {};
}

QString wholePrompt(const Prompt &prompt)
{
    QStringList blocks;
    if (!prompt.system.isEmpty())
        blocks << AnswerDialog::tr("— system:") + QLatin1Char('\n') + prompt.system;
    for (const ChatMessage &message : prompt.turns()) {
        QStringList parts{message.role == ChatRole::User ? AnswerDialog::tr("— asked:")
                                                         : AnswerDialog::tr("— answered:")};
        for (const ChatPart &part : message.parts)
            parts << partText(part);
        blocks << parts.join(QLatin1Char('\n'));
    }
    return blocks.join(QStringLiteral("\n\n"));
}

QLabel *answerLabel(const char *name, const QString &text)
{
    auto *label = new QLabel(text);
    label->setObjectName(QLatin1String(name));
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setVisible(!text.isEmpty());
    return label;
}

} // namespace

AnswerDialog::AnswerDialog(const SessionEntry &entry, const ProviderConfigs &providers, QWidget *parent)
    : QDialog(parent), m_entry(entry), m_said(answerLabel("answerSaid", {}))
{
    setObjectName(QStringLiteral("answerDialog"));
    setWindowTitle(tr("Prompt and answer"));
    resize(720, 540);
    const QHash<ProviderId, QString> names = shownNames(providers);
    BenchRun run;
    run.prompt = entry.prompt;
    run.text = entry.result.text;
    run.progress = CallProgress(entry.chain, names, entry.prompt.maxTokens, SteadyTime{});
    run.onFinished(entry.result);
    run.progress.setSpeed(entry.tokensPerSecond);
    auto *answer = new BenchAnswer;
    answer->showAll(run, names);
    auto *prompt = new QPlainTextEdit(wholePrompt(entry.prompt));
    prompt->setObjectName(QStringLiteral("promptView"));
    prompt->setAccessibleName(tr("Prompt"));
    prompt->setReadOnly(true);
    prompt->setTabChangesFocus(true);
    prompt->setProperty("bare", true);
    answer->addTab(prompt, tr("Prompt"));
    const CallResult &r = entry.result;
    const QDateTime at = QDateTime::fromMSecsSinceEpoch(entry.at.time_since_epoch().count());
    QStringList head{names.value(r.provider, r.provider), r.model, QLocale().toString(at, QLocale::ShortFormat)};
    head.removeAll(QString());
    auto *title = answerLabel("answerTitle", head.join(QStringLiteral(" · ")));
    title->setFont(Theme::font(TextRole::Title));
    auto *facts = answerLabel("answerFacts", run.progress.facts(SteadyTime{}));
    facts->setFont(Theme::counting(Theme::font(TextRole::Secondary)));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::inset, Theme::inset, Theme::inset, Theme::inset);
    column->setSpacing(Theme::gap);
    column->addWidget(title);
    column->addWidget(answerLabel("answerStatus", run.progress.status(SteadyTime{})));
    column->addWidget(answerLabel("answerError", run.progress.error()));
    column->addWidget(answer, 1);
    column->addWidget(facts);
    column->addWidget(m_said);
    buildButtons(column, providers);
}

void AnswerDialog::buildButtons(QVBoxLayout *column, const ProviderConfigs &providers)
{
    auto *copy = new QPushButton(tr("Copy answer"));
    copy->setObjectName(QStringLiteral("answerCopy"));
    copy->setEnabled(!m_entry.result.text.isEmpty());
    connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_entry.result.text); });
    auto *code = new QPushButton(tr("Copy request"));
    code->setObjectName(QStringLiteral("answerShare"));
    auto *menu = new QMenu(code);
    code->setMenu(menu);
    Shared shared{m_entry.prompt, {}, {}};
    for (const ProviderConfig &p : providers) {
        if (p.id == m_entry.result.provider)
            shared.provider = p;
    }
    code->setEnabled(shared.provider.has_value());
    code->setToolTip(shared.provider ? tr("As cURL, Python or JavaScript, with the key as a variable")
                                     : tr("The provider that was asked is not configured any more"));
    auto *actions = new ShareActions(menu, [shared] { return shared; });
    connect(actions, &ShareActions::said, this, [this](const QString &sentence) {
        m_said->setText(sentence);
        m_said->setVisible(!sentence.isEmpty());
    });
    auto *again = new QPushButton(tr("Ask again"));
    again->setObjectName(QStringLiteral("answerAgain"));
    connect(again, &QPushButton::clicked, this, [this] {
        emit rerunRequested(m_entry.prompt);
        accept();
    });
    auto *close = new QPushButton(tr("Close"));
    close->setObjectName(QStringLiteral("answerClose"));
    close->setDefault(true);
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    auto *row = new QHBoxLayout;
    row->setSpacing(Theme::gap / 2);
    row->addWidget(copy);
    row->addWidget(code);
    row->addStretch(1);
    row->addWidget(again);
    row->addWidget(close);
    column->addLayout(row);
}

} // namespace retryscope
