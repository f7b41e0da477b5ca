// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/gatewaypage.h"

#include "protocols/registry.h"

#include <QApplication>
#include <QClipboard>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int readableWidth = 900; ///< for lines of a shell
constexpr quint16 usualPort = 4180;

} // namespace

GatewayPage::GatewayPage(QWidget *parent)
    : ReadablePage(tr("Gateway"),
                   tr("Point any OpenAI, Anthropic, Google or Mistral client at one local address: its calls get the retries and "
                      "the failover that are set here, and appear in this window."),
                   readableWidth, parent)
{
    buildSwitch();
    buildLines();
    endPage();
    showGateway({});
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
    auto *column = card(tr("Point your SDK at it"), tr("Lines for a shell. The official SDKs read these variables; Mistral's takes "
                                                       "the address as its server URL."));
    const Line lines[] = {
        {"OpenAI", "export OPENAI_BASE_URL=%1/v1 OPENAI_API_KEY=$(cat %2)", nullptr},
        {"Anthropic", "export ANTHROPIC_BASE_URL=%1 ANTHROPIC_API_KEY=$(cat %2)", nullptr},
        {"Google", "export GOOGLE_GEMINI_BASE_URL=%1 GEMINI_API_KEY=$(cat %2)", nullptr},
        {"Mistral", "export MISTRAL_API_KEY=$(cat %2)  # serverURL: %1/mistral", nullptr},
        {"curl",
         "curl %1%3 -H \"Authorization: Bearer $(cat %2)\" -d '{\"model\": \"openai\", \"messages\": [{\"role\": "
         "\"user\", \"content\": \"Hello\"}]}'",
         nullptr},
    };
    for (const Line &line : lines)
        addLine(column, line);
}

void GatewayPage::addLine(QVBoxLayout *column, const Line &line)
{
    auto *row = new QHBoxLayout;
    row->setSpacing(10);
    auto *name = new QLabel(QLatin1String(line.name));
    name->setMinimumWidth(name->fontMetrics().horizontalAdvance(QStringLiteral("Anthropic")) + 8);
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
    const QString url =
        m_view.url.isEmpty() ? QStringLiteral("http://127.0.0.1:%1").arg(m_port->value()) : m_view.url;
    const Wire &wire = wires().front();
    return QString::fromLatin1(text)
        .replace(QLatin1String("%1"), url)
        .replace(QLatin1String("%3"), QLatin1String(wire.servedPath) + QLatin1String(wire.requestPath))
        .replace(QLatin1String("%2"), m_view.tokenFile.isEmpty() ? QStringLiteral("TOKEN-FILE") : m_view.tokenFile);
}

void GatewayPage::showGateway(const GatewayView &view)
{
    using enum GatewayView::State;
    m_view = view;
    m_switch->setText(view.state == On ? tr("Stop") : tr("Start"));
    m_switch->setEnabled(view.state != Starting);
    m_port->setEnabled(view.state == Off || view.state == Failed);
    m_state->setText(view.state == On       ? tr("Listens on %1").arg(view.url)
                     : view.state == Failed ? view.problem
                     : view.state == Off    ? tr("Off")
                                            : tr("Starts …"));
    m_token->setText(view.tokenFile.isEmpty()
                         ? tr("The token is made at the first start.")
                         : tr("The token is made at the first start, in %1, which only you can read.").arg(view.tokenFile));
    m_copyToken->setEnabled(view.state == On);
    for (const Line &line : m_lines)
        line.label->setText(filled(line.text));
}

} // namespace retryscope
