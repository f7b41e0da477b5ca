// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/incidentspage.h"

#include "delegates/incidentdelegate.h"
#include "pages/incidentdetail.h"
#include "widgets/placeholder.h"
#include "widgets/valueedit.h"
#include "words/incidentwords.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace retryscope {
namespace { constexpr int sideBySideWidth = 640; }

IncidentsPage::IncidentsPage(IncidentModel &model, IncidentNotices &notices, const Theme &theme, QWidget *parent)
    : QWidget(parent), m_model(model), m_notices(notices), m_theme(theme), m_list(new QListView),
      m_detail(new IncidentDetail(theme)), m_split(new QSplitter), m_stack(new QStackedWidget), m_count(new QLabel),
      m_muted(new QLabel), m_footer(new QLabel), m_message(new QLabel), m_empty(new QLabel), m_mute(new QToolButton),
      m_unmute(new QToolButton), m_export(new QToolButton), m_job(new ExportJob(this))
{
    m_list->setModel(&model);
    m_list->setObjectName(QStringLiteral("incidentList"));
    m_list->setAccessibleName(tr("Incidents"));
    m_list->setItemDelegate(new IncidentDelegate(theme, m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(true);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setMinimumWidth(220);
    m_split->addWidget(m_list);
    auto *scroll = new QScrollArea; // a low window scrolls the report and is not made higher by it
    scroll->setObjectName(QStringLiteral("incidentScroll"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(m_detail);
    scroll->setMinimumWidth(m_detail->minimumSizeHint().width());
    m_split->addWidget(scroll);
    m_split->setStretchFactor(0, 2);
    m_split->setStretchFactor(1, 3);
    m_split->setChildrenCollapsible(false);
    m_empty->setObjectName(QStringLiteral("incidentsEmpty"));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_stack->addWidget(m_split);
    m_stack->addWidget(m_empty);
    m_footer->setObjectName(QStringLiteral("noticePlace"));
    m_footer->setForegroundRole(QPalette::PlaceholderText);
    m_footer->setWordWrap(true);
    m_message->setObjectName(QStringLiteral("incidentsMessage"));
    m_message->setWordWrap(true);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_message->hide();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::page, 12, Theme::page, 8);
    column->setSpacing(8);
    column->addLayout(buildTools());
    column->addWidget(m_stack, 1);
    column->addWidget(m_message);
    column->addWidget(m_footer);

    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex &current) {
        if (current.isValid() && current.row() < m_model.rowCount()) {
            m_selected = m_model.at(current.row()).id;
            m_detail->show(m_model.at(current.row()), m_model.named(m_model.at(current.row())));
        }
    });
    connect(&model, &IncidentModel::incidentChanged, this, [this](const IncidentChange &change) {
        m_stale = true; // numbers come a thousand times a second; turns at once
        if (change.kind != IncidentChange::Kind::Updated)
            refreshList();
    });
    connect(&model, &QAbstractItemModel::modelReset, this, &IncidentsPage::refreshList);
    connect(&model, &QAbstractItemModel::rowsRemoved, this, &IncidentsPage::refreshList);
    connect(m_detail, &IncidentDetail::noteChanged, this, &IncidentsPage::noteWritten);
    connect(m_detail, &IncidentDetail::copyRequested, this, &IncidentsPage::copyMarkdown);
    connect(m_detail, &IncidentDetail::eventsRequested, this, &IncidentsPage::eventsRequested);
    connect(m_job, &ExportJob::finished, this, [this](bool, const QString &sentence) { say(sentence); });
    connect(&notices, &IncidentNotices::muteChanged, this, &IncidentsPage::refreshMute);
    connect(&notices, &IncidentNotices::placeChanged, this, &IncidentsPage::refreshFooter);
    connect(&theme, &Theme::changed, this, [this] {
        m_list->viewport()->update();
        refreshList();
    });
    refreshList();
    refreshMute();
    refreshFooter();
}

QLayout *IncidentsPage::buildTools()
{
    m_count->setObjectName(QStringLiteral("incidentsCount"));
    m_muted->setObjectName(QStringLiteral("mutedUntil"));
    m_mute->setObjectName(QStringLiteral("muteButton"));
    m_mute->setText(tr("Mute notices ▾"));
    m_mute->setPopupMode(QToolButton::InstantPopup);
    auto *menu = new QMenu(m_mute);
    menu->addAction(tr("For 30 minutes (Ctrl+M)"), this, [this] { emit muteRequested(30min); })
        ->setObjectName(QStringLiteral("mute30"));
    menu->addAction(tr("For 2 hours"), this, [this] { emit muteRequested(2h); })
        ->setObjectName(QStringLiteral("mute120"));
    m_untilResolved = menu->addAction(tr("Until resolved"), this, [this] { emit muteRequested(0s); });
    m_untilResolved->setObjectName(QStringLiteral("muteUntilResolved"));
    m_mute->setMenu(menu);
    m_unmute->setObjectName(QStringLiteral("unmuteButton"));
    m_unmute->setText(tr("Unmute"));
    connect(m_unmute, &QToolButton::clicked, &m_notices, &IncidentNotices::unmute);
    m_export->setObjectName(QStringLiteral("exportIncidents"));
    m_export->setText(tr("Export all ▾"));
    m_export->setPopupMode(QToolButton::InstantPopup);
    auto *exports = new QMenu(m_export);
    exports->addAction(tr("CSV …"), this, [this] { exportAll(true); })->setObjectName(QStringLiteral("exportCsv"));
    exports->addAction(tr("JSON Lines …"), this, [this] { exportAll(false); })
        ->setObjectName(QStringLiteral("exportJsonLines"));
    m_export->setMenu(exports);
    auto *row = new QHBoxLayout;
    row->addWidget(m_count);
    row->addStretch();
    row->addWidget(m_muted);
    row->addWidget(m_unmute);
    row->addWidget(m_mute);
    row->addWidget(m_export);
    return row;
}

void IncidentsPage::refreshList()
{
    m_stale = false;
    const int rows = m_model.rowCount(), open = m_model.openCount();
    m_stack->setCurrentIndex(rows ? 0 : 1);
    m_count->setText(rows == 0 ? QString()
                     : open    ? tr("%1 open, %2 in all").arg(open).arg(rows)
                               : tr("None open, %1 in all").arg(rows));
    m_untilResolved->setEnabled(open > 0);
    m_export->setEnabled(rows > 0);
    const IncidentRules &rules = m_model.rules();
    m_empty->setText(
        placeholder(m_theme, tr("No incidents"),
                    tr("An incident is one provider being unwell, from its first failure until it answers again: why, "
                       "which calls failed, were answered elsewhere or came late, and what people did. "
                       "One opens after %1 failed attempts, or when a provider is down or slow for %2. It ends after "
                       "%3 successes in a row and %4 without a failure.")
                        .arg(rules.openFailures)
                        .arg(readableDuration(rules.openAfter))
                        .arg(rules.closeSuccesses)
                        .arg(readableDuration(rules.quiet))));
    if (!rows)
        return;
    int row = m_model.rowOf(m_selected);
    if (row < 0) {
        row = 0;
        m_selected = m_model.at(0).id;
    }
    if (m_list->currentIndex().row() != row)
        m_list->setCurrentIndex(m_model.index(row));
    m_detail->show(m_model.at(row), m_model.named(m_model.at(row)));
}

void IncidentsPage::refresh()
{
    if (!m_stale && !m_model.openCount())
        return;
    refreshList();
    m_list->viewport()->update();
}

void IncidentsPage::select(quint64 id)
{
    const int row = m_model.rowOf(id);
    if (row < 0)
        return;
    m_list->setCurrentIndex(m_model.index(row));
    m_list->scrollTo(m_model.index(row));
    m_list->setFocus();
}

void IncidentsPage::refreshMute()
{
    m_muted->setText(m_notices.muteText());
    m_muted->setVisible(m_notices.isMuted());
    m_unmute->setVisible(m_notices.isMuted());
    m_mute->setVisible(!m_notices.isMuted());
}

void IncidentsPage::setTrayAvailable(bool available)
{
    m_tray = available;
    refreshFooter();
}

void IncidentsPage::refreshFooter()
{
    m_footer->setText(m_tray ? m_notices.place()
                             : tr("%1 There is no tray here, so no icon either.").arg(m_notices.place()));
}

void IncidentsPage::copyMarkdown()
{
    const Incident *incident = m_model.find(m_selected);
    if (!incident)
        return;
    QGuiApplication::clipboard()->setText(toMarkdown(m_model.named(*incident)));
    say(tr("Incident #%1 is on the clipboard as Markdown.").arg(incident->id));
}

void IncidentsPage::exportAll(bool csv)
{
    const Incidents all = m_model.all();
    const bool simulated = std::any_of(all.begin(), all.end(), [](const Incident &i) { return i.simulated; });
    const QString name =
        (simulated ? QStringLiteral("retryscope-simulated-incidents.") : QStringLiteral("retryscope-incidents."))
        + (csv ? QStringLiteral("csv") : QStringLiteral("jsonl"));
    const QString path = m_choose(this, name, csv ? tr("CSV (*.csv)") : tr("JSON Lines (*.jsonl)"));
    if (!path.isEmpty() && !m_job->start(path, [all, csv, path](const ExportProgress &) {
            return writeFile(csv ? toCsv(all) : toJsonLines(all), path);
        }))
        say(tr("A file is being saved already; wait for it."));
}

void IncidentsPage::say(const QString &text)
{
    m_message->setText(text);
    m_message->setVisible(!text.isEmpty());
}

void IncidentsPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    refreshList();
    refreshFooter(); // a notifier may have found a better place
}

void IncidentsPage::hideEvent(QHideEvent *event)
{
    m_detail->commitNote();
    QWidget::hideEvent(event);
}

void IncidentsPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    m_split->setOrientation(width() >= sideBySideWidth ? Qt::Horizontal : Qt::Vertical);
}

} // namespace retryscope
