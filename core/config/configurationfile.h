// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "base/time.h"
#include "config/configuration.h"
#include "config/smallfile.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

namespace retryscope {

/// The one configuration file on disk: loads it, notices whatever happens to it, saves it. What was read last is what it is
/// compared with, so that no change by somebody else is ever overwritten unseen. Lives on one thread; every member reads at
/// most maxConfigurationSize bytes and never waits for a pipe or a device.
class ConfigurationFile : public QObject
{
    Q_OBJECT
public:
    enum class State : quint8 {
        Missing,
        Good,
        Faulty, ///< it was read, and issues() say what is wrong; or it cannot be read at all
    };
    struct SaveError
    {
        enum class Kind : quint8 {
            NoPlace,      ///< the path is empty: there is no home folder
            Faulty,       ///< the file has an error that saving would hide
            Changed,      ///< it was changed meanwhile; loaded() has the change
            NotWritten,
        };
        Kind kind = Kind::NotWritten;
        QString sentence;
    };

    /// The path may be empty: then nothing is there and nothing is saved.
    explicit ConfigurationFile(const QString &path, QObject *parent = nullptr);

    const QString &path() const { return m_path; }
    State state() const { return m_state; }
    /// Of the last read, also while the file is faulty.
    const LoadedConfiguration &loaded() const { return m_loaded; }
    const ConfigIssues &issues() const { return m_loaded.issues; }
    /// The first error as one line: its place and what it says. Empty without one.
    QString firstError() const;

    /// Looks at the file at once; changed() follows, synchronously, when it is not what it was.
    void refresh();
    /// Makes missing folders. On success the file holds this and nothing is announced.
    Expected<bool, SaveError> save(const Configuration &configuration);

    /// config.json in the user's configuration folder; empty where HOME and XDG_CONFIG_HOME are both not set.
    static QString defaultPath();

signals:
    /// The file came, went or changed, and state() and loaded() are new. A change that leaves it faulty or missing is told only
    /// when it has lasted for a moment: editors write in steps.
    void changed();

private:
    struct Reading
    {
        QByteArray bytes;
        QString error;
        bool exists = false;
        bool operator==(const Reading &) const = default;
    };

    Reading read() const;
    void take(const Reading &reading);
    void look(bool patient);
    void watch();

    const QString m_path;
    Reading m_seen;
    std::optional<Reading> m_doubtful; ///< faulty or missing, and not told yet
    FileStamp m_stamp;
    State m_state = State::Missing;
    LoadedConfiguration m_loaded;
    QFileSystemWatcher m_watcher;
    QTimer m_settle;  ///< after a notice of the system
    QTimer m_poll;    ///< where the system gives none: asks for the file's time and size
};

} // namespace retryscope
