// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/filenotice.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

namespace retryscope {

using Kind = ConfigurationDraft::Problem::Kind;

FileNotice::FileNotice(const Theme &theme, QWidget *parent)
    : QFrame(parent), m_theme(theme), m_text(new QLabel), m_issues(new QLabel),
      m_merge(new QPushButton(tr("Compare and choose"))), m_show(new QPushButton(tr("Show errors"))),
      m_open(new QPushButton(tr("Open file"))), m_write(new QPushButton(tr("Write it again"))), m_close(new QToolButton)
{
    setObjectName(QStringLiteral("card"));
    m_text->setObjectName(QStringLiteral("fileNotice"));
    m_text->setWordWrap(true);
    m_issues->setObjectName(QStringLiteral("fileIssues"));
    m_issues->setWordWrap(true);
    m_issues->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_issues->hide();
    m_merge->setObjectName(QStringLiteral("mergeButton"));
    m_show->setObjectName(QStringLiteral("showErrorsButton"));
    m_show->setCheckable(true);
    m_open->setObjectName(QStringLiteral("openFileButton"));
    m_write->setObjectName(QStringLiteral("writeAgainButton"));
    m_close->setObjectName(QStringLiteral("closeNotice"));
    m_close->setText(QStringLiteral("✕"));
    m_close->setAutoRaise(true);
    m_close->setAccessibleName(tr("Close this line"));
    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_text, 1);
    for (QWidget *button : std::initializer_list<QWidget *>{m_merge, m_show, m_open, m_write, m_close})
        row->addWidget(button);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(14, 8, 10, 8);
    column->addLayout(row);
    column->addWidget(m_issues);
    connect(m_merge, &QPushButton::clicked, this, &FileNotice::mergeRequested);
    connect(m_open, &QPushButton::clicked, this, &FileNotice::openRequested);
    connect(m_write, &QPushButton::clicked, this, &FileNotice::writeRequested);
    connect(m_show, &QPushButton::toggled, this, &FileNotice::tell);
    connect(m_close, &QToolButton::clicked, this, [this] {
        m_closed = m_problem;
        m_news.clear();
        tell();
    });
    connect(&theme, &Theme::changed, this, &FileNotice::tell);
    hide();
}

void FileNotice::show(const ConfigurationDraft &draft)
{
    if (!(draft.problem() == m_problem))
        m_show->setChecked(false);
    m_problem = draft.problem();
    m_conflicts = int(draft.conflicts().size());
    if (m_problem.kind == Kind::None)
        m_closed = {};
    tell();
}

void FileNotice::setNews(const QString &text)
{
    m_news = text;
    tell();
}

void FileNotice::tell()
{
    const bool problem = m_problem.kind != Kind::None && !(m_problem == m_closed), conflict = m_conflicts > 0;
    QString text = m_news;
    if (conflict)
        text = m_conflicts == 1 ? tr("⚠ The file was changed while you edited. One value was changed here and there. "
                                     "Your draft is kept; choose before you apply.")
                                : tr("⚠ The file was changed while you edited. %1 values were changed here and there. "
                                     "Your draft is kept; choose before you apply.")
                                      .arg(m_conflicts);
    else if (problem)
        text = QStringLiteral("%1 %2").arg(m_problem.kind == Kind::Faulty ? QStringLiteral("✗") : QStringLiteral("⚠"),
                                           m_problem.sentence);
    m_text->setText(text);
    const QColor colour = conflict || (problem && m_problem.kind != Kind::Faulty)
                              ? m_theme.stateText(ProviderState::Slow)
                          : problem ? m_theme.stateText(ProviderState::Down)
                                    : m_theme.text();
    m_text->setStyleSheet(QStringLiteral("color:%1").arg(colour.name()));
    const bool faulty = problem && !conflict && m_problem.kind == Kind::Faulty;
    m_merge->setVisible(conflict);
    m_show->setVisible(faulty);
    m_show->setText(m_show->isChecked() ? tr("Hide errors") : tr("Show errors"));
    m_open->setVisible(faulty);
    m_write->setVisible(problem && !conflict && m_problem.kind == Kind::Removed);
    m_close->setVisible(!conflict && !faulty);
    QStringList lines;
    for (const ConfigIssue &issue : std::as_const(m_problem.issues)) {
        if (issue.severity == ConfigIssue::Severity::Error)
            lines << QStringLiteral("%1: %2").arg(issue.where, issue.message);
    }
    m_issues->setText(lines.mid(0, 8).join(QLatin1Char('\n'))
                      + (lines.size() > 8 ? tr("\nand %1 more").arg(lines.size() - 8) : QString()));
    m_issues->setVisible(faulty && m_show->isChecked());
    setVisible(!text.isEmpty());
}

} // namespace retryscope
