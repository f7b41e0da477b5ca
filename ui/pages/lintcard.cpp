// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/lintcard.h"

#include "models/changetext.h"

#include <QLabel>
#include <QVBoxLayout>

namespace retryscope {

LintCard::LintCard(const Theme &theme, QWidget *parent)
    : QFrame(parent), m_theme(theme), m_title(new QLabel), m_rows(new QVBoxLayout)
{
    setObjectName(QStringLiteral("card"));
    QFont bold = m_title->font();
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    m_title->setObjectName(QStringLiteral("lintTitle"));
    m_rows->setContentsMargins(16, 12, 16, 12);
    m_rows->setSpacing(8);
    m_rows->addWidget(m_title);
    setLayout(m_rows);
    connect(&theme, &Theme::changed, this, &LintCard::tell);
    tell();
}

void LintCard::show(const ConfigIssues &findings)
{
    if (findings == m_findings)
        return;
    m_findings = findings;
    tell();
}

QStringList LintCard::sentences() const
{
    QStringList sentences;
    for (const ConfigIssue &finding : m_findings)
        sentences << finding.message;
    return sentences;
}

void LintCard::tell()
{
    const int n = int(m_findings.size());
    m_title->setText(n == 0   ? tr("No mistake found")
                     : n == 1 ? tr("A likely mistake")
                              : tr("%1 likely mistakes").arg(n));
    while (m_labels.size() < n) {
        auto *label = new QLabel;
        label->setObjectName(QStringLiteral("lint_%1").arg(m_labels.size()));
        label->setWordWrap(true);
        label->setTextFormat(Qt::RichText);
        label->setTextInteractionFlags(Qt::TextBrowserInteraction);
        connect(label, &QLabel::linkActivated, this,
                [this](const QString &path) { emit revealRequested(path.split(QLatin1Char('.'))); });
        m_rows->addWidget(label);
        m_labels.append(label);
    }
    for (int i = 0; i < m_labels.size(); ++i) {
        m_labels[i]->setVisible(i < n);
        if (i >= n)
            continue;
        const ConfigIssue &finding = m_findings[i];
        const ConfigurationPath path = finding.where.split(QLatin1Char('.'));
        const QString name = fieldAt(path) ? changeLabel(path, {}) : finding.where;
        const QString mark =
            QStringLiteral("<span style='color:%1'>⚠</span>").arg(m_theme.stateText(ProviderState::Slow).name());
        const QString field = fieldAt(path) ? QStringLiteral("<a href='%1' style='color:%2'>%3</a>")
                                                  .arg(finding.where, m_theme.accent().name(), name.toHtmlEscaped())
                                            : QStringLiteral("<b>%1</b>").arg(name.toHtmlEscaped());
        m_labels[i]->setText(QStringLiteral("%1 %2<br><span style='color:%3'>%4</span>")
                                 .arg(mark, field, m_theme.text().name(), finding.message.toHtmlEscaped()));
        m_labels[i]->setAccessibleName(QStringLiteral("%1: %2").arg(name, finding.message));
    }
}

} // namespace retryscope
