// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configurationfile.h"

#include <QDir>
#include <QFileInfo>
#include <QSaveFile>
#include <QStandardPaths>

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

using SaveResult = Expected<bool, ConfigurationFile::SaveError>;

constexpr auto settleTime = std::chrono::milliseconds(40);
constexpr auto doubtTime =
    std::chrono::milliseconds(300); ///< how long a faulty or missing file may be only half written
constexpr auto pollTime = std::chrono::milliseconds(1000);

/// The nearest folder above that is there.
QString existingParent(const QString &path)
{
    QString folder = QFileInfo(path).absolutePath();
    while (!QFileInfo(folder).isDir() && folder != QFileInfo(folder).absolutePath())
        folder = QFileInfo(folder).absolutePath();
    return folder;
}

SaveResult refuse(ConfigurationFile::SaveError::Kind kind, const QString &sentence)
{
    return Unexpected{ConfigurationFile::SaveError{kind, sentence}};
}

} // namespace

ConfigurationFile::ConfigurationFile(const QString &path, QObject *parent) : QObject(parent), m_path(path)
{
    m_settle.setSingleShot(true);
    m_poll.setInterval(pollTime);
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, [this] { m_settle.start(settleTime); });
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, [this] { m_settle.start(settleTime); });
    connect(&m_settle, &QTimer::timeout, this, [this] { look(true); });
    connect(&m_poll, &QTimer::timeout, this, [this] {
        if (!(stampOf(m_path) == m_stamp))
            look(true);
    });
    if (m_path.isEmpty())
        return;
    take(read());
    watch();
    m_poll.start();
}

QString ConfigurationFile::defaultPath()
{
    // Qt takes / for the home of somebody who has none.
    if (qEnvironmentVariableIsEmpty("XDG_CONFIG_HOME") && QDir::homePath() == QDir::rootPath())
        return {};
    return QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation) + QStringLiteral("/config.json");
}

QString ConfigurationFile::firstError() const
{
    const auto it = std::find_if(m_loaded.issues.begin(), m_loaded.issues.end(),
                                 [](const ConfigIssue &i) { return i.severity == ConfigIssue::Severity::Error; });
    return it == m_loaded.issues.end() ? QString() : QStringLiteral("%1: %2").arg(it->where, it->message);
}

ConfigurationFile::Reading ConfigurationFile::read() const
{
    const auto bytes = readSmallFile(m_path, maxConfigurationSize);
    if (bytes)
        return {*bytes, {}, true};
    return {{}, bytes.error().sentence, bytes.error().kind != SmallFileError::Kind::Missing};
}

void ConfigurationFile::take(const Reading &reading)
{
    m_seen = reading;
    m_doubtful.reset();
    if (!reading.exists) {
        m_loaded = {};
        m_state = State::Missing;
        return;
    }
    if (reading.error.isEmpty())
        m_loaded = configurationFromJson(reading.bytes);
    else
        m_loaded = {{}, {{m_path, reading.error}}};
    m_state = hasErrors(m_loaded.issues) ? State::Faulty : State::Good;
}

void ConfigurationFile::watch()
{
    m_stamp = stampOf(m_path);
    const QString folder = existingParent(m_path);
    for (const QString &old : m_watcher.directories()) {
        if (old != folder)
            m_watcher.removePath(old);
    }
    if (!m_watcher.directories().contains(folder))
        m_watcher.addPath(folder);
    // Added anew each time: the system watches the file that was there, not its name.
    if (!m_watcher.files().isEmpty())
        m_watcher.removePaths(m_watcher.files());
    if (QFileInfo(m_path).isFile())
        m_watcher.addPath(m_path);
}

void ConfigurationFile::refresh() { look(false); }

void ConfigurationFile::look(bool patient)
{
    if (m_path.isEmpty())
        return;
    watch(); // first, so that what comes while it is read is noticed
    const Reading now = read();
    if (now == m_seen) {
        m_doubtful.reset();
        return;
    }
    const bool doubtful = !now.exists || !now.error.isEmpty() || hasErrors(configurationFromJson(now.bytes).issues);
    if (patient && doubtful && m_doubtful != now) {
        m_doubtful = now;
        m_settle.start(doubtTime);
        return;
    }
    take(now);
    emit changed();
}

Expected<bool, ConfigurationFile::SaveError> ConfigurationFile::save(const Configuration &configuration)
{
    using Kind = SaveError::Kind;
    if (m_path.isEmpty())
        return refuse(Kind::NoPlace, QStringLiteral("There is no place for the configuration, because HOME is not set. "
                                                    "Set it, or start with --config FILE."));
    const auto standing = [this]() -> std::optional<SaveResult> {
        const Reading now = read();
        if (!(now == m_seen)) {
            take(now);
            watch();
            if (m_state == State::Good)
                return refuse(Kind::Changed,
                              QStringLiteral("%1 was changed meanwhile. Nothing was written.").arg(m_path));
        }
        if (m_state == State::Faulty)
            return refuse(
                Kind::Faulty,
                QStringLiteral("%1 has an error, so nothing was written over it. %2").arg(m_path, firstError()));
        return std::nullopt;
    };
    if (const auto refused = standing())
        return *refused;
    const QByteArray bytes = toJson(configuration);
    QDir().mkpath(QFileInfo(m_path).absolutePath());
    QSaveFile file(m_path);
    const bool prepared = file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
    if (const auto refused = prepared ? standing() : std::nullopt) { // as late as can be
        file.cancelWriting();
        return *refused;
    }
    if (!prepared || !file.commit())
        return refuse(Kind::NotWritten, QStringLiteral("%1 could not be written: %2. The old file is untouched. Check "
                                                       "the disk's free space and the folder's permissions.")
                                            .arg(m_path, file.errorString()));
    take({bytes, {}, true});
    watch();
    return true;
}

} // namespace retryscope
