// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"

#include <QByteArray>
#include <QString>

#include <functional>
#include <optional>

namespace retryscope {

enum class KeyStoreProblem : quint8 {
    NotThere,  ///< no key has this name
    NoService, ///< this machine has no keychain, or none that can be reached
    Locked,    ///< it is locked, was not allowed, or waits for somebody to unlock it
    Taken,     ///< a new key's name is in use
    Failed,    ///< anything else
};

struct KeyStoreError
{
    KeyStoreProblem problem = KeyStoreProblem::Failed;
    QString said; ///< the keychain's own words, never a key
    bool operator==(const KeyStoreError &) const = default;
};

using KeyResult = Expected<QByteArray, KeyStoreError>;

/// Where keys are kept by their names. What is asked is answered later, on the thread that asked, never from within the
/// call, and not at all once the store is gone.
class KeyStore
{
public:
    using Read = std::function<void(const KeyResult &)>;
    using Done = std::function<void(const std::optional<KeyStoreError> &)>;

    virtual ~KeyStore() = default;
    virtual void read(const QString &name, Read told) = 0;
    /// Replaces the one that has this name.
    virtual void write(const QString &name, const QByteArray &key, Done told) = 0;
    virtual void remove(const QString &name, Done told) = 0;
};

/// 1 to 64 of letters, digits, dot, dash and underscore.
bool isKeyName(const QString &name);

/// What went wrong with the key of this name, where, and what to do. `what` is said of it, such as "the key".
QString keySentence(const KeyStoreError &error, const QString &name, const QString &what);

} // namespace retryscope
