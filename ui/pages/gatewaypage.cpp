// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/gatewaypage.h"

#include "engine/gatewayfollower.h"
#include "protocols/registry.h"

#include <QApplication>
#include <QClipboard>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHostAddress>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int readableWidth = 900; ///< for lines of a shell
constexpr quint16 usualPort = 4180;

bool isOfThisMachine(const QUrl &url)
{
    return url.host() == QLatin1String("localhost") || QHostAddress(url.host()).isLoopback();
}

} // namespace

GatewayPage::GatewayPage(Engine engine, QWidget *parent)
    : ReadablePage(tr("Gateway"),
                   engine == Engine::Here
                       ? tr("Point any OpenAI, Anthropic, Google or Mistral client at one local address: its calls get the "
                            "retries and the failover that are set here, and appear in this window.")
                       : tr("Point any OpenAI, Anthropic, Google or Mistral client at the gateway that this window follows: its "
                            "calls get the retries and the failover that are set there, and appear here."),
                   readableWidth, parent), m_advice(new QLabel)
{
    m_advice->setObjectName(QStringLiteral("gatewayAdvice"));
    m_advice->setWordWrap(true);
    m_advice->setTextInteractionFlags(Qt::TextSelectableByMouse);
    if (engine == Engine::Here)
        buildSwitch();
    buildLines();
    buildFollow();
    endPage();
    showGateway({});
    showAdvice({});
}

void GatewayPage::showAdvice(const QString &sentence)
{
    m_advice->setText(sentence.isEmpty() ? QString() : tr("⚠ %1").arg(sentence));
    m_advice->setVisible(!sentence.isEmpty());
}

void GatewayPage::buildFollow()
{
    auto *column = card(tr("Follow a gateway elsewhere"),
                        tr("Opens a window of its own that shows the calls of a gateway that runs already, such as that of "
                           "retryscope-cli serve. What it shows is not written to the history of this machine."));
    auto *row = new QHBoxLayout;
    row->setSpacing(10);
    m_followUrl = new QLineEdit(QStringLiteral("http://127.0.0.1:%1").arg(usualPort));
    m_followUrl->setObjectName(QStringLiteral("followUrl"));
    m_followToken = new QLineEdit;
    m_followToken->setObjectName(QStringLiteral("followToken"));
    m_followToken->setEchoMode(QLineEdit::Password);
    m_followToken->setPlaceholderText(tr("On this machine: your own"));
    const auto label = [](const QString &text, QWidget *buddy) {
        auto *l = new QLabel(text);
        l->setBuddy(buddy);
        return l;
    };
    auto *button = new QPushButton(tr("Follow"));
    button->setObjectName(QStringLiteral("followButton"));
    row->addWidget(label(tr("&Address"), m_followUrl));
    row->addWidget(m_followUrl, 3);
    row->addWidget(label(tr("To&ken"), m_followToken));
    row->addWidget(m_followToken, 2);
    row->addWidget(button);
    column->addLayout(row);
    m_followState = quiet({});
    m_followState->setObjectName(QStringLiteral("followState"));
    m_followState->hide();
    column->addWidget(m_followState);
    connect(button, &QPushButton::clicked, this, &GatewayPage::follow);
    for (QLineEdit *edit : {m_followUrl, m_followToken})
        connect(edit, &QLineEdit::returnPressed, this, &GatewayPage::follow);
}

void GatewayPage::follow()
{
    const QUrl url(m_followUrl->text().trimmed(), QUrl::StrictMode);
    const QString token = m_followToken->text().trimmed();
    QString problem = followProblem(url);
    if (problem.isEmpty() && token.isEmpty() && !isOfThisMachine(url))
        problem = tr("Give the token of the gateway at %1: retryscope-cli serve prints where it stands there.").arg(url.host());
    m_followState->setText(problem.isEmpty() ? tr("Opens a window that follows %1.").arg(url.toString()) : problem);
    m_followState->show();
    if (!problem.isEmpty())
        return;
    m_followToken->clear(); // it is kept nowhere
    emit followRequested(url.toString(), token);
}

void GatewayPage::buildSwitch()
{
    auto *column = card(tr("Serve"), tr("For programs on this machine only, and only with the token, which they give as their API "
                                        "key. What runs when it stops is cancelled."));
    auto *row = new QHBoxLayout;
    row->setSpacing(10);
    m_switch = new QPushButton;
    m_switch->setObjectName(QStringLiteral("gatewaySwitch"));
    auto *label = new QLabel(tr("&Port"));
    m_port = new QSpinBox;
    m_port->setObjectName(QStringLiteral("gatewayPort"));
    m_port->setRange(1024, 65535);
    m_port->setValue(usualPort);
    m_port->setGroupSeparatorShown(false);
    label->setBuddy(m_port);
    m_state = new QLabel;
    m_state->setObjectName(QStringLiteral("gatewayState"));
    m_state->setWordWrap(true);
    m_state->setTextInteractionFlags(Qt::TextSelectableByMouse);
    row->addWidget(m_switch);
    row->addWidget(label);
    row->addWidget(m_port);
    row->addWidget(m_state, 1);
    m_followIt = new QPushButton(tr("Follow it"));
    m_followIt->setObjectName(QStringLiteral("gatewayFollowIt"));
    m_followIt->hide();
    row->addWidget(m_followIt);
    connect(m_followIt, &QPushButton::clicked, this, [this] { emit followRequested(m_view.url, {}); });
    column->addLayout(row);
    auto *tokenRow = new QHBoxLayout;
    tokenRow->setSpacing(10);
    m_token = quiet({});
    m_token->setObjectName(QStringLiteral("gatewayToken"));
    m_copyToken = new QPushButton(tr("Copy token"));
    m_copyToken->setObjectName(QStringLiteral("gatewayCopyToken"));
    tokenRow->addWidget(m_copyToken);
    tokenRow->addWidget(m_token, 1);
    column->addLayout(tokenRow);
    connect(m_switch, &QPushButton::clicked, this, [this] {
        if (m_view.state == GatewayView::State::On)
            emit stopRequested();
        else
            emit startRequested(quint16(m_port->value()));
    });
    connect(m_copyToken, &QPushButton::clicked, this, &GatewayPage::tokenRequested);
}

/// %1 is the address, %2 the file with the token, %3 the path of a prompt.
void GatewayPage::buildLines()
{
    auto *column =
        card(tr("Point your SDK at it"),
             tr("Lines for a shell; those of Python and Node are code. The official SDKs read these variables; "
                "Mistral's takes the "
                "address as its server URL. Set an SDK's own retries to 0: they multiply with those made here."));
    column->addWidget(m_advice);
    const Line lines[] = {
        {"OpenAI", "export OPENAI_BASE_URL=%1/v1 OPENAI_API_KEY=$(cat %2)", nullptr},
        {"Anthropic", "export ANTHROPIC_BASE_URL=%1 ANTHROPIC_API_KEY=$(cat %2)", nullptr},
        {"Google", "export GOOGLE_GEMINI_BASE_URL=%1 GEMINI_API_KEY=$(cat %2)", nullptr},
        {"Mistral", "export MISTRAL_API_KEY=$(cat %2)  # serverURL: %1/mistral", nullptr},
        {"curl",
         "curl %1%3 -H \"Authorization: Bearer $(cat %2)\" -d '{\"model\": \"openai\", \"messages\": [{\"role\": "
         "\"user\", \"content\": \"Hello\"}]}'",
         nullptr},
        {"Python", "OpenAI(base_url=\"%1/v1\", api_key=open(\"%2\").read().strip(), max_retries=0)", nullptr},
        {"Node", "new OpenAI({baseURL: \"%1/v1\", apiKey: fs.readFileSync(\"%2\", \"utf8\").trim(), maxRetries: 0})", nullptr},
        {"Codex",
         "RETRYSCOPE_KEY=$(cat %2) codex -c model_provider=retryscope -c 'model_providers.retryscope={name=\"Retryscope\", "
         "base_url=\"%1/v1\", env_key=\"RETRYSCOPE_KEY\", wire_api=\"responses\", request_max_retries=0}'",
         nullptr},
        {"Claude Code", "ANTHROPIC_BASE_URL=%1 ANTHROPIC_AUTH_TOKEN=$(cat %2) claude", nullptr},
        {"Gemini CLI", "GOOGLE_GEMINI_BASE_URL=%1 GEMINI_API_KEY=$(cat %2) gemini  # once: /auth, Use Gemini API Key", nullptr},
    };
    for (const Line &line : lines)
        addLine(column, line);
}

void GatewayPage::addLine(QVBoxLayout *column, const Line &line)
{
    auto *row = new QHBoxLayout;
    row->setSpacing(10);
    auto *name = new QLabel(QLatin1String(line.name));
    name->setMinimumWidth(name->fontMetrics().horizontalAdvance(QStringLiteral("Claude Code")) + 8);
    auto *text = new QLabel;
    text->setObjectName(QStringLiteral("gatewayLine_%1").arg(QLatin1String(line.name)));
    text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    text->setWordWrap(true);
    text->setTextFormat(Qt::PlainText);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto *copy = new QPushButton(tr("Copy"));
    copy->setAccessibleName(tr("Copy the line for %1").arg(QLatin1String(line.name)));
    connect(copy, &QPushButton::clicked, this, [text] { QApplication::clipboard()->setText(text->text()); });
    row->addWidget(name, 0, Qt::AlignTop);
    row->addWidget(text, 1);
    row->addWidget(copy, 0, Qt::AlignTop);
    column->addLayout(row);
    m_lines.append({line.name, line.text, text});
}

QString GatewayPage::filled(const char *text) const
{
    const QString url = !m_view.url.isEmpty() ? m_view.url
                                              : QStringLiteral("http://127.0.0.1:%1").arg(m_port ? m_port->value() : usualPort);
    const Wire &wire = wires().front();
    return QString::fromLatin1(text)
        .replace(QLatin1String("%1"), url)
        .replace(QLatin1String("%3"), QLatin1String(wire.servedPath) + QLatin1String(wire.requestPath))
        .replace(QLatin1String("%2"), m_view.tokenFile.isEmpty() ? QStringLiteral("TOKEN-FILE") : m_view.tokenFile);
}

void GatewayPage::showSwitch()
{
    using enum GatewayView::State;
    m_switch->setText(m_view.state == On ? tr("Stop") : tr("Start"));
    m_switch->setEnabled(m_view.state != Starting);
    m_port->setEnabled(m_view.state == Off || m_view.state == Failed);
    m_state->setText(m_view.state == On       ? tr("Listens on %1").arg(m_view.url)
                     : m_view.state == Failed ? m_view.problem
                     : m_view.state == Off    ? tr("Off")
                                            : tr("Starts …"));
    m_token->setText(m_view.tokenFile.isEmpty()
                         ? tr("The token is made at the first start.")
                         : tr("The token is made at the first start, in %1, which only you can read.").arg(m_view.tokenFile));
    m_copyToken->setEnabled(m_view.state == On);
    m_followIt->setVisible(m_view.state == Failed && !m_view.url.isEmpty());
}

void GatewayPage::showGateway(const GatewayView &view)
{
    m_view = view;
    if (m_switch)
        showSwitch();
    for (const Line &line : m_lines)
        line.label->setText(filled(line.text));
}

} // namespace retryscope
