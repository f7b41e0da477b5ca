// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "input.h"

#include "terminal.h"

#include <cerrno>

#include <poll.h>
#include <unistd.h>

namespace retryscope::cli {

Expected<QByteArray, InputProblem> readToEnd(int descriptor, qsizetype most)
{
    QByteArray bytes;
    char block[64 << 10];
    while (!stopRequested()) {
        pollfd ready{descriptor, POLLIN, 0};
        if (poll(&ready, 1, 100) == 0 || (ready.revents == 0 && errno == EINTR))
            continue; // a signal may come between the look at it and the wait
        const ssize_t count = read(descriptor, block, sizeof block);
        if (count == 0)
            return bytes;
        if (count < 0 && errno != EINTR && errno != EAGAIN)
            return Unexpected{InputProblem::Unreadable};
        bytes.append(block, std::max<ssize_t>(0, count));
        if (bytes.size() > most)
            return Unexpected{InputProblem::TooLarge};
    }
    return Unexpected{InputProblem::Stopped};
}

} // namespace retryscope::cli
