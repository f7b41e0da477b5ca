// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "keys/heldkeys.h"

#include <QHash>
#include <QMutex>

namespace retryscope {
namespace {

struct Held
{
    QMutex mutex;
    QHash<QString, KeyResult> keys;
};

Held &heldOfProcess()
{
    static Held held;
    return held;
}

} // namespace

std::optional<KeyResult> heldKey(const QString &name)
{
    Held &held = heldOfProcess();
    const QMutexLocker lock(&held.mutex);
    const auto it = held.keys.constFind(name);
    return it == held.keys.constEnd() ? std::nullopt : std::optional(*it);
}

void holdKey(const QString &name, const KeyResult &result)
{
    Held &held = heldOfProcess();
    const QMutexLocker lock(&held.mutex);
    held.keys.insert(name, result);
}

void dropHeldKeys()
{
    Held &held = heldOfProcess();
    const QMutexLocker lock(&held.mutex);
    held.keys.clear();
}

} // namespace retryscope
