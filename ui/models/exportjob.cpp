// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/exportjob.h"

#include <QFileDialog>
#include <QLocale>

namespace retryscope {

PathChooser filePathChooser()
{
    return [](QWidget *parent, const QString &suggested, const QString &nameFilter) {
        return QFileDialog::getSaveFileName(parent, QObject::tr("Save as"), suggested, nameFilter);
    };
}

ExportJob::ExportJob(QObject *parent) : QObject(parent) { m_pool.setMaxThreadCount(1); }

ExportJob::~ExportJob()
{
    stop();
    m_pool.waitForDone();
}

void ExportJob::stop()
{
    if (m_stop)
        *m_stop = true;
}

bool ExportJob::start(const QString &path, Work work)
{
    if (m_stop)
        return false;
    m_stop = std::make_shared<std::atomic_bool>(false);
    m_pool.start([this, path, work = std::move(work), stop = m_stop] {
        const auto size = work([&](double done) {
            QMetaObject::invokeMethod(
                this, [this, percent = int(done * 100.0)] { emit progressed(percent); }, Qt::QueuedConnection);
            return !*stop;
        });
        const QString sentence =
            size ? tr("Saved %1 (%2).").arg(path, QLocale().formattedDataSize(*size)) : size.error();
        QMetaObject::invokeMethod(this, [this, ok = bool(size), sentence] {
            m_stop.reset();
            emit finished(ok, sentence);
        }, Qt::QueuedConnection);
    });
    return true;
}

ExportJob::Work ExportJob::saveEvents(EventStore::Snapshot events, EventFormat format, const QString &path,
                                      const ExportOptions &options)
{
    const auto shared = std::make_shared<const EventStore::Snapshot>(std::move(events));
    return [shared, format, path, options](const ExportProgress &progress) {
        return exportEvents(
            qsizetype(shared->events.size()), [&](qsizetype i) { return shared->at(std::size_t(i)); }, format, path,
            options, progress);
    };
}

} // namespace retryscope
