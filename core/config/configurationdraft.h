// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "config/configurationdiff.h"
#include "config/configurationfile.h"

namespace retryscope {

/// What is in force, what a person is making of it, and the file: the draft of the Tune page, without the page. A change on
/// disk is put in force and never costs the draft: it is merged into it, and what both have changed waits for a decision.
/// A draft outlives the program. Lives on one thread.
class ConfigurationDraft : public QObject
{
    Q_OBJECT
public:
    enum class Outcome : quint8 {
        Applied,
        Invalid,    ///< the draft has errors
        Undecided,  ///< conflicts() must be decided first
        Refused,    ///< problem() says why; nothing is in force, the file is untouched
    };
    struct Problem
    {
        enum class Kind : quint8 { None, Faulty, Removed, NotSaved };
        Kind kind = Kind::None;
        QString sentence;
        ConfigIssues issues; ///< Faulty: all of the file's
        bool operator==(const Problem &) const = default;
    };

    explicit ConfigurationDraft(QObject *parent = nullptr);
    ~ConfigurationDraft() override;

    /// Where simulated providers are served, so that what comes from the file can be used.
    void setSandbox(const QUrl &root) { m_sandbox = root; }
    /// Takes what the file says, else `fallback`, and follows the file, which must outlive this. Emits applied().
    void follow(ConfigurationFile *file, const Configuration &fallback);
    /// Keeps an unapplied draft in this file, and restores the one that stands there. True: there was one.
    bool keepIn(const QString &path);
    /// Writes the draft now; else it is written shortly after each edit.
    void keepNow();

    /// The file that is followed; empty without one.
    QString path() const { return m_file ? m_file->path() : QString(); }
    /// In force.
    const Configuration &inForce() const { return m_applied; }
    const Configuration &draft() const { return m_draft; }
    /// From what is in force to the draft.
    const ConfigurationChanges &changes() const { return m_changes; }
    bool isChanged() const { return !m_changes.isEmpty(); }
    /// Changed here and in the file, differently; decided for the draft until decide() is called.
    const ConfigurationConflicts &conflicts() const { return m_conflicts; }
    const Problem &problem() const { return m_problem; }

    void setDraft(const Configuration &draft);
    void discard() { setDraft(m_applied); }
    /// Takes the file's side of these conflicts and ours of the others.
    void decide(const QSet<ConfigurationPath> &takeTheirs);
    /// Saves the draft and puts it in force.
    Outcome apply();
    /// Tells what is in force by another way than apply(); an unapplied draft is kept and merged.
    void setInForce(const Configuration &configuration);

    /// Beside other data of the program, one for each configuration file; empty where there is no home folder.
    static QString defaultKeepPath(const QString &configurationFile);

signals:
    /// The draft, what is in force, or the conflicts.
    void changed();
    /// This is to be in force from now on.
    void applied(const retryscope::Configuration &configuration);
    /// The file changed while there was a draft; `taken` of it are in the draft now.
    void merged(int taken, int conflicts);
    void problemChanged();

private:
    void onFile();
    void takeTheirs(Configuration theirs);
    void update();
    void setProblem(const Problem &problem);
    void bind(Configuration *configuration) const;

    ConfigurationFile *m_file = nullptr;
    QUrl m_sandbox;
    Configuration m_applied, m_draft;
    ConfigurationChanges m_changes;
    ConfigurationConflicts m_conflicts;
    Problem m_problem;
    QString m_keepPath;
    bool m_kept = false; ///< the file of the draft is ours
    QTimer m_keep;
};

} // namespace retryscope
