// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/exportjob.h"

#include <QFileDialog>
#include <QLocale>

namespace retryscope {

PathChooser filePathChooser()
{
    return [](QWidget *parent, const QString &suggested, const QString &nameFilter) { return QFileDialog::getSaveFileName(parent, QObject::tr("Save as"), suggested, nameFilter); };
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
            QMetaObject::invokeMethod(this, [this, percent = int(done * 100.0)] { emit progressed(percent); }, Qt::QueuedConnection);
            return !*stop;
        });
        const QString sentence = size ? tr("Saved %1 (%2).").arg(path, QLocale().formattedDataSize(*size)) : size.error();
        QMetaObject::invokeMethod(this, [this, ok = bool(size), sentence] {
            m_stop.reset();
            emit finished(ok, sentence);
        }, Qt::QueuedConnection);
    });
    return true;
}

ExportJob::Work ExportJob::saveEvents(std::vector<EventPtr> events, EventFormat format, const QString &path, const ExportOptions &options)
{
    return [events = std::move(events), format, path, options](const ExportProgress &progress) {
        Events copies;
        copies.reserve(qsizetype(events.size()));
        for (const EventPtr &event : events)
            copies.append(*event);
        return exportEvents(copies, format, path, options, progress);
    };
}

} // namespace retryscope
