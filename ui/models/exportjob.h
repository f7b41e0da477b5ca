// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/eventstore.h"
#include "telemetry/exporters.h"

#include <QThreadPool>

#include <atomic>
#include <memory>

namespace retryscope {

/// Asks a person where to save; empty when they changed their mind. Tests answer for them.
using PathChooser = std::function<QString(QWidget *parent, const QString &suggested, const QString &nameFilter)>;
PathChooser filePathChooser();

/// Writes one file at a time away from the window's thread. Lives on the window's thread; its end stops the write.
class ExportJob : public QObject
{
    Q_OBJECT
public:
    using Work = std::function<Expected<qint64, QString>(const ExportProgress &)>;
    explicit ExportJob(QObject *parent = nullptr);
    ~ExportJob() override;

    bool isRunning() const { return m_stop != nullptr; }
    /// False when one is running.
    bool start(const QString &path, Work work);
    void stop();
    static Work saveEvents(EventStore::Snapshot events, EventFormat format, const QString &path,
                           const ExportOptions &options);

signals:
    void progressed(int percent);
    void finished(bool ok, const QString &sentence);

private:
    QThreadPool m_pool;
    std::shared_ptr<std::atomic_bool> m_stop;
};

} // namespace retryscope
