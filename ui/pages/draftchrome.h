// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configurationdraft.h"
#include "theme/theme.h"

#include <QObject>

namespace retryscope {

class DraftBar;
class FileNotice;
class MergePanel;

/// What a page that edits the draft has around its body: the notice over it, the merge in its place, the bar below it.
/// The page lays them out and owns them by that.
class DraftChrome : public QObject
{
    Q_OBJECT
public:
    /// `draft` must outlive it.
    DraftChrome(const Theme &theme, ConfigurationDraft &draft, QObject *parent);
    DraftBar *bar() const { return m_bar; }
    FileNotice *notice() const { return m_notice; }
    MergePanel *merge() const { return m_merge; }
    /// What Apply would change, what keeps it from that, and the state of the file.
    void showState(const QStringList &blockers);
    void showConflicts();
    /// Asks for the merge where the file and the draft disagree.
    void apply();

signals:
    void applyRequested();
    void discardRequested();
    void revealRequested(const retryscope::ConfigurationPath &path);
    /// In place of the body, or the body again.
    void mergeRequested(bool on);

private:
    ConfigurationDraft &m_draft;
    DraftBar *m_bar;
    FileNotice *m_notice;
    MergePanel *m_merge;
};

} // namespace retryscope
