// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "terminal.h"

#include <atomic>
#include <csignal>
#include <cstdio>

namespace retryscope::cli {
namespace {
std::atomic<bool> stop{false};
bool outputBroken = false;
}

bool out(const QString &text)
{
    const QByteArray bytes = text.toUtf8();
    outputBroken |= std::fwrite(bytes.constData(), 1, std::size_t(bytes.size()), stdout) != std::size_t(bytes.size()) || std::fflush(stdout) != 0;
    return !outputBroken;
}

void err(const QString &text)
{
    const QByteArray bytes = text.toUtf8() + '\n';
    std::fwrite(bytes.constData(), 1, std::size_t(bytes.size()), stderr);
}

void installSignalHandlers()
{
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGINT, [](int) { stop = true; });
    std::signal(SIGTERM, [](int) { stop = true; });
}

bool stopRequested() { return stop; }

} // namespace retryscope::cli
