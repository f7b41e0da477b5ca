// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <QByteArray>

#include <csignal>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace retryscope {

std::optional<QString> prepareProcess(int descriptors)
{
    std::signal(SIGPIPE, SIG_IGN);
    // GLib's loop makes a system call for each queued call; only the main thread, for the keychain, may need it.
    qputenv("QT_NO_THREADED_GLIB", "1");
    constexpr rlim_t enough = 4'096;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < enough) {
        limit.rlim_cur = std::min(enough, limit.rlim_max);
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    std::vector<int> tried;
    for (int i = 0; i < descriptors; ++i) {
        if (const int handle = ::open("/dev/null", O_RDONLY | O_CLOEXEC); handle >= 0)
            tried.push_back(handle);
    }
    for (const int handle : tried)
        ::close(handle);
    if (int(tried.size()) == descriptors)
        return std::nullopt;
    getrlimit(RLIMIT_NOFILE, &limit);
    return QStringLiteral("Too few files may be open at once (the limit is %1). Raise it: ulimit -n 256.")
        .arg(quint64(limit.rlim_cur));
}

} // namespace retryscope
