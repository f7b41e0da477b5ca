// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/providercheckpanel.h"

#include "base/timeformat.h"
#include "words/checkwords.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

/// It takes the width that there is, however long a name or an address is.
void wrapWithin(QLabel *label)
{
    label->setWordWrap(true);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
}

} // namespace

ProviderCheckPanel::ProviderCheckPanel(const Theme &theme, QWidget *parent)
    : QFrame(parent), m_theme(theme), m_title(new QLabel), m_cost(new QLabel), m_verdict(new QLabel),
      m_button(new QPushButton(tr("Check")))
{
    setObjectName(QStringLiteral("card"));
    m_title->setObjectName(QStringLiteral("checkTitle"));
    m_title->setFont(Theme::font(TextRole::Title));
    m_title->setTextFormat(Qt::PlainText);
    wrapWithin(m_title);
    m_cost->setObjectName(QStringLiteral("checkCost"));
    wrapWithin(m_cost);
    m_cost->setProperty("muted", true);
    m_cost->setFont(Theme::font(TextRole::Secondary));
    m_cost->setMinimumHeight(2 * m_cost->fontMetrics().lineSpacing()); // a shorter sentence does not move the fields
    m_cost->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_verdict->setObjectName(QStringLiteral("checkVerdict"));
    wrapWithin(m_verdict);
    m_button->setObjectName(QStringLiteral("checkButton"));
    m_button->setToolTip(tr("Ask this provider, stage by stage, whether it is set up right (F5)"));
    connect(m_button, &QPushButton::clicked, this,
            [this] { m_running ? emit stopRequested() : emit startRequested(); });
    auto *head = new QHBoxLayout;
    head->addWidget(m_title, 1);
    head->addWidget(m_button, 0, Qt::AlignTop);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::inset, 14, Theme::inset, 14);
    column->setSpacing(6);
    column->addLayout(head);
    column->addWidget(m_cost);
    column->addWidget(m_verdict);
    for (int i = 0; i < checkStageCount; ++i) {
        auto *label = new QLabel;
        label->setObjectName(QStringLiteral("checkStage_") + toKey(CheckStage(i)));
        label->setAccessibleName(toLabel(CheckStage(i)));
        label->setTextFormat(Qt::RichText);
        wrapWithin(label);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        column->addWidget(label);
        m_stages[std::size_t(i)] = label;
    }
}

QString ProviderCheckPanel::stageText(const CheckReport &report, CheckStage stage, const ProviderConfig &provider) const
{
    const CheckStep &step = report.at(stage);
    const bool warns = isWarning(report, stage);
    const QString colour = (step.state == CheckState::Passed   ? m_theme.stateText(ProviderState::Well)
                            : warns                            ? m_theme.stateText(ProviderState::Slow)
                            : step.state == CheckState::Failed ? m_theme.stateText(ProviderState::Down)
                                                               : m_theme.muted())
                               .name(),
                  muted = m_theme.muted().name();
    const bool quiet = step.state == CheckState::Skipped || step.state == CheckState::Waiting;
    QString html = QStringLiteral("<span style='color:%1'>%2</span>&nbsp; <span style='%3'><b>%4</b></span>")
                       .arg(colour, checkGlyph(report, stage), quiet ? QStringLiteral("color:") + muted : QString(),
                            toLabel(stage).toHtmlEscaped());
    if (step.took)
        html += QStringLiteral(" <span style='color:%1'>%2</span>").arg(muted, formatDuration(*step.took));
    const auto line = [&html](const QString &text, const QString &style) {
        for (const QString &one : text.split(QLatin1Char('\n'), Qt::SkipEmptyParts))
            html += QStringLiteral("<br><span style='%1'>%2</span>").arg(style, one.toHtmlEscaped());
    };
    const bool failed = step.state == CheckState::Failed;
    const QString found =
        step.finding == CheckFinding::EarlierFailed ? QString() : foundSentence(report, stage, provider);
    if (failed)
        line(found, QString());
    else if (!found.isEmpty()) // beside its name, so that what is well takes little room
        html += QStringLiteral(" <span style='color:%1'>%2%3</span>")
                    .arg(muted, step.took ? QStringLiteral("· ") : QString(), found.toHtmlEscaped());
    if (failed || step.finding == CheckFinding::NoModelList) {
        line(step.said, QStringLiteral("color:") + muted);
        line(mendSentence(report, stage, provider), QStringLiteral("font-weight:600"));
    }
    return html;
}

void ProviderCheckPanel::show(const ProviderConfig &provider, const CheckReport *report, bool outdated,
                              const CheckCost &cost, const QString &blocker)
{
    m_running = report && !report->isOver();
    m_title->setText(tr("Check %1").arg(provider.name));
    m_button->setText(m_running ? tr("Stop") : report ? tr("Check again") : tr("Check"));
    m_button->setEnabled(m_running || blocker.isEmpty());
    m_button->setAccessibleName(m_running ? tr("Stop the check of %1").arg(provider.name)
                                          : tr("Check %1").arg(provider.name));
    m_cost->setText(blocker.isEmpty() ? costSentence(cost, provider) : blocker);
    QString verdict;
    if (report) {
        const CheckVerdict found = verdictOf(*report);
        verdict = (checkGlyph(found) + QLatin1Char(' ') + verdictSentence(*report)).trimmed();
        if (outdated)
            verdict += QLatin1Char(' ') + tr("It was changed since.");
        const QColor colour = found == CheckVerdict::Failed   ? m_theme.stateText(ProviderState::Down)
                              : found == CheckVerdict::Usable ? m_theme.stateText(ProviderState::Slow)
                              : found == CheckVerdict::Well   ? m_theme.stateText(ProviderState::Well)
                                                              : m_theme.muted();
        m_verdict->setStyleSheet(QStringLiteral("color:%1; font-weight:600").arg(colour.name()));
    }
    m_verdict->setText(verdict);
    m_verdict->setVisible(report);
    for (int i = 0; i < checkStageCount; ++i) {
        QLabel *label = m_stages[std::size_t(i)];
        label->setVisible(report);
        if (report)
            label->setText(stageText(*report, CheckStage(i), provider));
    }
}

} // namespace retryscope
