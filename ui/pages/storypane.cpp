// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/storypane.h"
#include "base/timeformat.h"
#include "words/labels.h"

#include <QClipboard>
#include <QDateTime>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QTextBrowser>
#include <QToolButton>

namespace retryscope {

StoryPane::StoryPane(const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_title(new QLabel), m_copy(new QToolButton), m_only(new QToolButton),
      m_view(new QTextBrowser)
{
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_title->setObjectName(QStringLiteral("storyTitle"));
    m_copy->setObjectName(QStringLiteral("copyStory"));
    m_copy->setText(tr("Copy story"));
    m_only->setObjectName(QStringLiteral("onlyThisCall"));
    m_only->setText(tr("Only this call"));
    m_view->setObjectName(QStringLiteral("story"));
    m_view->setAccessibleName(tr("Story of the call"));
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setOpenLinks(false);
    m_view->setTabChangesFocus(true);
    m_view->setMinimumHeight(80);
    auto *head = new QHBoxLayout;
    head->addWidget(m_title, 1);
    head->addWidget(m_only);
    head->addWidget(m_copy);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 6, 0, 0);
    column->addLayout(head);
    column->addWidget(m_view, 1);
    connect(m_copy, &QToolButton::clicked, this, &StoryPane::copy);
    connect(m_only, &QToolButton::clicked, this, [this] { emit callRequested(m_call); });
    connect(&theme, &Theme::changed, this, &StoryPane::render);
    render();
}

void StoryPane::show(const QString &title, const Events &events, const ProviderNames &names)
{
    m_story = tellStory(events, names);
    m_call = events.isEmpty() ? CallId{} : events.first().call;
    m_title->setText(title);
    render();
}

QString StoryPane::text() const
{
    return m_story.isEmpty() ? QString() : m_title->text() + QLatin1Char('\n') + toText(m_story);
}

void StoryPane::copy() { QGuiApplication::clipboard()->setText(text()); }

void StoryPane::render()
{
    const QString muted = m_theme.muted().name();
    m_copy->setEnabled(!m_story.isEmpty());
    m_only->setVisible(bool(m_call));
    if (m_story.isEmpty()) {
        m_view->setHtml(
            QStringLiteral("<p style='color:%1'>%2</p>")
                .arg(muted,
                     tr("Select a call to read its story: whom it skipped and why, whom it asked, what each said.")
                         .toHtmlEscaped()));
        return;
    }
    QString html = QStringLiteral("<table cellspacing='0' cellpadding='3' width='100%'>");
    for (const StoryLine &line : std::as_const(m_story)) {
        const QString time =
            QDateTime::fromMSecsSinceEpoch(line.at.time_since_epoch().count()).toString(QStringLiteral("HH:mm:ss.zzz"));
        const bool last = line.kind == EventKind::CallFinished;
        const QString mark =
            line.reason != RetryReason::None
                ? QStringLiteral("<span style='color:%1'>■</span>").arg(m_theme.reason(line.reason).name())
            : last
                ? QStringLiteral("<span style='color:%1'>●</span>").arg(m_theme.stateText(ProviderState::Well).name())
                : QString();
        QString cell =
            last ? QStringLiteral("<b>%1</b>").arg(line.sentence.toHtmlEscaped()) : line.sentence.toHtmlEscaped();
        for (const StoryLine::Note &note : line.notes)
            cell += QStringLiteral("<br><span style='color:%1'>%2:</span> %3")
                        .arg(muted, note.name, note.text.toHtmlEscaped());
        html += QStringLiteral("<tr><td style='color:%1;white-space:nowrap'>%2</td><td align='right' "
                               "style='color:%1;white-space:nowrap'>+%3</td><td>%4</td><td width='100%'>%5</td></tr>")
                    .arg(muted, time, formatDuration(line.since), mark, cell);
    }
    m_view->setHtml(html + QStringLiteral("</table>"));
}

} // namespace retryscope
