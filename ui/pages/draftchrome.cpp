// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/draftchrome.h"

#include "pages/draftbar.h"
#include "pages/filenotice.h"
#include "pages/mergepanel.h"

#include <QDesktopServices>
#include <QUrl>

namespace retryscope {

DraftChrome::DraftChrome(const Theme &theme, ConfigurationDraft &draft, QObject *parent)
    : QObject(parent), m_draft(draft), m_bar(new DraftBar(theme)), m_notice(new FileNotice(theme)),
      m_merge(new MergePanel)
{
    connect(m_bar, &DraftBar::applyRequested, this, &DraftChrome::applyRequested);
    connect(m_bar, &DraftBar::discardRequested, this, &DraftChrome::discardRequested);
    connect(m_bar, &DraftBar::revealRequested, this, &DraftChrome::revealRequested);
    connect(m_notice, &FileNotice::mergeRequested, this, [this] { emit mergeRequested(true); });
    connect(m_notice, &FileNotice::writeRequested, this, &DraftChrome::applyRequested);
    connect(m_notice, &FileNotice::openRequested, this,
            [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(m_draft.path())); });
    connect(m_merge, &MergePanel::decided, this, [this](const QSet<ConfigurationPath> &theirs) {
        m_draft.decide(theirs);
        emit mergeRequested(false);
    });
    connect(m_merge, &MergePanel::closed, this, [this] { emit mergeRequested(false); });
}

void DraftChrome::showState(const QStringList &blockers)
{
    m_bar->show(m_draft.changes(), namesOf(m_draft.draft()), blockers);
    m_bar->setWritesAnew(m_draft.problem().kind == ConfigurationDraft::Problem::Kind::Removed);
    m_notice->show(m_draft);
}

void DraftChrome::showConflicts() { m_merge->setConflicts(m_draft.conflicts(), namesOf(m_draft.draft())); }

void DraftChrome::apply()
{
    m_notice->setNews({});
    if (m_draft.apply() == ConfigurationDraft::Outcome::Undecided)
        emit mergeRequested(true);
}

} // namespace retryscope
