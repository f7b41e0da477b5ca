// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/eventspage.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

namespace retryscope {

EventsPage::EventsPage(QWidget *parent)
    : QWidget(parent), m_model(new EventModel(this)), m_filter(new EventFilter(this)), m_table(new QTableView), m_provider(new QComboBox), m_follow(new QCheckBox(tr("Follow"))),
      m_story(new QLabel), m_count(new QLabel)
{
    m_filter->setSourceModel(m_model);
    m_table->setModel(m_filter);
    m_table->setObjectName(QStringLiteral("eventsTable"));
    m_table->setAccessibleName(tr("Events"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(int(fontMetrics().height() * 1.7));
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    const std::array widths{95, 160, 50, 65, 85, 125, 55, 70};
    for (int i = 0; i < int(widths.size()); ++i)
        m_table->setColumnWidth(i, widths[std::size_t(i)]);
    m_story->setWordWrap(true);
    m_story->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_story->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_story->setMargin(8);
    m_story->setObjectName(QStringLiteral("story"));
    m_story->setText(tr("Select an event to read its call as a story."));
    auto *storyArea = new QScrollArea;
    storyArea->setWidget(m_story);
    storyArea->setWidgetResizable(true);
    storyArea->setFrameShape(QFrame::NoFrame);
    auto *problems = new QCheckBox(tr("Problems only"));
    auto *find = new QLineEdit;
    find->setPlaceholderText(tr("Find in events"));
    find->setClearButtonEnabled(true);
    m_follow->setChecked(true);
    auto *bar = new QHBoxLayout;
    bar->addWidget(m_provider);
    bar->addWidget(problems);
    bar->addWidget(find, 1);
    bar->addWidget(m_count);
    bar->addWidget(m_follow);
    auto *split = new QSplitter(Qt::Vertical);
    split->addWidget(m_table);
    split->addWidget(storyArea);
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->addLayout(bar);
    column->addWidget(split, 1);
    connect(m_provider, &QComboBox::currentIndexChanged, this, [this] { m_filter->setProvider(m_provider->currentData().toString()); });
    connect(problems, &QCheckBox::toggled, m_filter, &EventFilter::setProblemsOnly);
    connect(find, &QLineEdit::textChanged, m_filter, &EventFilter::setText);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &EventsPage::showStory);
    connect(m_table->verticalScrollBar(), &QScrollBar::sliderMoved, this, [this](int value) { m_follow->setChecked(value == m_table->verticalScrollBar()->maximum()); });
}

void EventsPage::setProviders(const ProviderConfigs &providers)
{
    m_provider->clear();
    m_provider->addItem(tr("All providers"), QString());
    for (const ProviderConfig &p : providers)
        m_provider->addItem(p.name, p.id);
}

void EventsPage::onEvents(const Events &events)
{
    m_model->append(events);
    m_count->setText(m_filter->rowCount() == m_model->rowCount() ? tr("Events: %1").arg(m_model->rowCount()) : tr("%1 of %2 match").arg(m_filter->rowCount()).arg(m_model->rowCount()));
    if (m_follow->isChecked() && isVisible())
        m_table->scrollToBottom();
}

void EventsPage::showStory()
{
    const QModelIndex index = m_filter->mapToSource(m_table->currentIndex());
    if (!index.isValid())
        return;
    const Event &selected = m_model->at(index.row());
    QStringList lines;
    for (const Event &e : selected.call ? m_model->ofCall(selected.call) : Events{selected}) {
        if (e.kind == EventKind::AttemptQueued)
            continue;
        lines << toSentence(e) + (e.kind == EventKind::AttemptFinished && !e.rule.isEmpty() ? tr("  [rule %1]").arg(e.rule) : QString());
    }
    m_story->setText(lines.join(QLatin1Char('\n')));
}

} // namespace retryscope
