// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/incidentstore.h"

#include "base/userfiles.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>

namespace retryscope {
namespace {

constexpr qint64 largestFile = 64 << 20;
constexpr int mostBroken = 9;

/// NAME.broken, or NAME.broken.2 and so on where an earlier one is kept.
QString setAside(const QString &path)
{
    QString aside = path + QStringLiteral(".broken");
    for (int n = 2; n <= mostBroken && QFileInfo::exists(aside); ++n)
        aside = QStringLiteral("%1.broken.%2").arg(path).arg(n);
    QFile::remove(aside);
    return QFile::copy(path, aside)
               ? QStringLiteral("The file as it was is kept as %1.").arg(aside)
               : QStringLiteral("It could not be copied to %1; the next save overwrites it.").arg(aside);
}

LoadedIncidents broken(const QString &path, const QString &what, const Incidents &read = {})
{
    return {read, QStringLiteral("Incidents of earlier runs: %1 %2 %3").arg(path, what, setAside(path))};
}

} // namespace

LoadedIncidents loadIncidents(const QString &path)
{
    if (!QFileInfo::exists(path))
        return {};
    const auto bytes = readRegularFile(path, largestFile);
    if (!bytes && QFileInfo(path).isFile() && QFileInfo(path).size() > largestFile)
        return broken(path, QStringLiteral("is larger than 64 MB and was not read."));
    if (!bytes)
        return {{},
                QStringLiteral(
                    "Incidents of earlier runs: %1 %2. The list starts empty; check the file and its permissions.")
                    .arg(path, bytes.error())};
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(*bytes, &error);
    if (error.error != QJsonParseError::NoError)
        return broken(path, QStringLiteral("is damaged at byte %1 (%2).").arg(error.offset).arg(error.errorString()));
    const QJsonValue list = document.object()[QLatin1String("incidents")];
    const int schema = document.object()[QLatin1String("schema")].toInt();
    if ((schema != 1 && schema != 2) || !list.isArray())
        return broken(path, QStringLiteral("is no list of incidents that this version knows."));
    LoadedIncidents loaded;
    int skipped = 0;
    for (const QJsonValue &value : list.toArray()) {
        if (auto incident = incidentFromJson(value.toObject()))
            loaded.incidents.append(*std::move(incident));
        else
            ++skipped;
    }
    return skipped
               ? broken(path, QStringLiteral("has %1 entries that are no incidents; they were skipped.").arg(skipped),
                        loaded.incidents)
               : loaded;
}

Expected<bool, QString> saveIncidents(const Incidents &incidents, const QString &path)
{
    const auto failed = [&](const QString &why) {
        return Unexpected{QStringLiteral("The incidents could not be saved to %1: %2. They are kept until the program "
                                         "is closed; make the folder writable, or free some space.")
                              .arg(path, why)};
    };
    QJsonArray list;
    for (const Incident &incident : incidents)
        list.append(toJson(incident));
    const QByteArray json =
        QJsonDocument(QJsonObject{{QStringLiteral("schema"), 2}, {QStringLiteral("incidents"), list}})
            .toJson(QJsonDocument::Compact);
    if (!makePrivateFolder(QFileInfo(path).path()))
        return failed(QStringLiteral("its folder cannot be made"));
    if (!isFileOrMissing(path))
        return failed(QStringLiteral("it is no regular file"));
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner)
        || file.write(json) != json.size() || !file.commit())
        return failed(file.errorString());
    return true;
}

QString IncidentStore::defaultPath()
{
    const QString folder = userDataFolder();
    return folder.isEmpty() ? QString() : folder + QStringLiteral("/incidents.json");
}

IncidentStore::IncidentStore(const QString &path, QObject *parent) : QObject(parent), m_path(path)
{
    m_pool.setMaxThreadCount(1);
    qRegisterMetaType<LoadedIncidents>();
}

IncidentStore::~IncidentStore()
{
    m_pool.waitForDone();
    if (m_next)
        saveIncidents(*m_next, m_path);
}

void IncidentStore::load()
{
    m_pool.start([this, path = m_path] {
        const LoadedIncidents read = loadIncidents(path);
        QMetaObject::invokeMethod(this, [this, read] { emit loaded(read); }, Qt::QueuedConnection);
    });
}

void IncidentStore::save(const Incidents &incidents)
{
    if (m_writing)
        m_next = incidents;
    else
        startWrite(incidents);
}

void IncidentStore::startWrite(const Incidents &incidents)
{
    m_writing = true;
    m_pool.start([this, path = m_path, incidents] {
        const auto done = saveIncidents(incidents, path);
        QMetaObject::invokeMethod(this, [this, problem = done ? QString() : done.error()] {
            m_writing = false;
            if (auto next = std::exchange(m_next, std::nullopt))
                startWrite(*next);
            emit saved(problem);
        }, Qt::QueuedConnection);
    });
}

} // namespace retryscope
