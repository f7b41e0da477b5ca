// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/eventjournal.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonDocument>
#include <QStandardPaths>

namespace retryscope {
namespace {
constexpr qint64 maxSize = 16 << 20;
}

QString EventJournal::defaultPath()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/retryscope/events.jsonl");
}

EventJournal::EventJournal(const QString &path) : m_file(path) {}

void EventJournal::append(const Events &events)
{
    if (m_file.isOpen() && m_file.size() > maxSize) {
        m_file.close();
        QFile::remove(m_file.fileName() + QStringLiteral(".1"));
        QFile::rename(m_file.fileName(), m_file.fileName() + QStringLiteral(".1"));
    }
    QByteArray lines;
    for (const Event &event : events)
        lines += QJsonDocument(toJson(event)).toJson(QJsonDocument::Compact) + '\n';
    if (!m_file.isOpen()) {
        QDir().mkpath(QFileInfo(m_file).path());
        if (!m_file.open(QIODevice::Append | QIODevice::Unbuffered)) {
            m_lost += quint64(events.size());
            m_problem = m_file.errorString();
            return;
        }
    }
    const qint64 before = m_file.size();
    if (m_file.write(lines) == lines.size()) {
        m_problem.clear();
        return;
    }
    m_problem = m_file.errorString();
    m_lost += quint64(events.size());
    m_file.resize(before); // no half line
}

} // namespace retryscope
