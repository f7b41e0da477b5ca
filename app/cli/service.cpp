// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "service.h"

#include "terminal.h"

#include "base/userfiles.h"

#include <QDir>
#include <QRegularExpression>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <ctime>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace retryscope::cli {

void tellService(const QByteArray &state)
{
    const QByteArray place = qgetenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if ((!place.startsWith('/') && !place.startsWith('@')) || place.size() >= qsizetype(sizeof address.sun_path))
        return;
    std::memcpy(address.sun_path, place.constData(), std::size_t(place.size()));
    if (place.startsWith('@')) // a name without a file
        address.sun_path[0] = '\0';
    const int handle = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (handle < 0)
        return;
    (void)::sendto(handle, state.constData(), std::size_t(state.size()), MSG_NOSIGNAL,
                   reinterpret_cast<const sockaddr *>(&address),
                   socklen_t(offsetof(sockaddr_un, sun_path) + std::size_t(place.size())));
    ::close(handle);
}

void tellServiceOfReload()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const qint64 us = qint64(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000;
    tellService("RELOADING=1\nMONOTONIC_USEC=" + QByteArray::number(us));
}

std::chrono::milliseconds watchdogPace()
{
    const QByteArray process = qgetenv("WATCHDOG_PID"); // meant for another process of the same environment
    if (!process.isEmpty() && process.toLongLong() != ::getpid())
        return std::chrono::milliseconds(0);
    const qint64 us = qgetenv("WATCHDOG_USEC").toLongLong();
    return us > 0 ? std::chrono::milliseconds(std::max<qint64>(1, us / 3'000)) : std::chrono::milliseconds(0);
}

void takeServiceCredentials()
{
    constexpr qint64 largest = 64 << 10; // bytes
    const QString place = QFile::decodeName(qgetenv("CREDENTIALS_DIRECTORY"));
    static const QRegularExpression variable(QStringLiteral("^[A-Z][A-Z0-9_]*$"));
    if (!QDir::isAbsolutePath(place))
        return;
    const QDir folder(place);
    for (const QString &name : folder.entryList(QDir::Files)) {
        const QByteArray key = name.toLatin1();
        if (!variable.match(name).hasMatch() || qEnvironmentVariableIsSet(key.constData()))
            continue;
        if (const auto value = readRegularFile(folder.filePath(name), largest))
            qputenv(key.constData(), value->trimmed());
        else
            err(QStringLiteral("The credential %1 %2.").arg(name, value.error()));
    }
}

} // namespace retryscope::cli
