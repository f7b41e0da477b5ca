// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/portholder.h"

#include <QDir>
#include <QFile>

#include <algorithm>
#include <array>

#include <unistd.h>

namespace retryscope {
namespace {

constexpr int listening = 0x0a; ///< the kernel's TCP_LISTEN

/// The inodes of sockets that listen there.
QByteArrayList socketsAt(quint16 port)
{
    QByteArrayList inodes;
    for (const char *table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        QFile file(QString::fromLatin1(table));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const QByteArrayList lines = file.readAll().split('\n');
        for (const QByteArray &line : lines) {
            const QByteArrayList words = line.simplified().split(' ');
            if (words.size() > 9 && words[1].mid(words[1].lastIndexOf(':') + 1).toUShort(nullptr, 16) == port
                && words[3].toInt(nullptr, 16) == listening)
                inodes << words[9];
        }
    }
    return inodes;
}

bool holds(const QString &process, const QByteArrayList &inodes)
{
    const QDir handles(process + QStringLiteral("/fd"));
    for (const QString &handle : handles.entryList(QDir::Files | QDir::System)) {
        std::array<char, 64> target{};
        const auto length =
            ::readlink(QFile::encodeName(handles.filePath(handle)).constData(), target.data(), target.size() - 1);
        const QByteArray name(target.data(), qsizetype(std::max<ssize_t>(0, length)));
        if (name.startsWith("socket:[") && inodes.contains(name.mid(8, name.size() - 9)))
            return true;
    }
    return false;
}

} // namespace

QString portHolder(quint16 port)
{
    const QByteArrayList inodes = socketsAt(port);
    const QDir processes(QStringLiteral("/proc"));
    for (const QString &id : processes.entryList(QDir::Dirs)) {
        if (id.toInt() <= 0 || !holds(processes.filePath(id), inodes))
            continue;
        QFile name(processes.filePath(id) + QStringLiteral("/comm"));
        const QString what = name.open(QIODevice::ReadOnly) ? QString::fromUtf8(name.readAll()).trimmed() : QString();
        return QStringLiteral("%1 (process %2)").arg(what, id);
    }
    return {};
}

} // namespace retryscope
