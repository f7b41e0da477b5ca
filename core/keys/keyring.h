// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "keys/keystore.h"

#include <QHash>
#include <QObject>
#include <QStringList>

#include <unordered_map>

namespace retryscope {

/// Reads keys of a store by their names and holds them (keys/heldkeys.h); puts them there and takes them out. Never waits:
/// what came is told by a signal.
class KeyRing final : public QObject
{
    Q_OBJECT
public:
    /// A keychain that has not answered for this long is told as locked; what it answers later counts all the same.
    static constexpr Duration patience = 30s;

    KeyRing(KeyStore &store, Clock &clock, QObject *parent = nullptr);

    /// Each that is not held, or could not be had before, is read.
    void want(const QStringList &names);
    /// Each is read, whatever is held. One that is held goes only when the keychain says so.
    void readAgain(const QStringList &names);
    bool isReading() const { return !m_reading.empty(); }
    /// Holds it once it is kept. `told`: none when it went well.
    void keep(const QString &name, const QByteArray &key, KeyStore::Done told);
    /// A new key under the first of `names` that the keychain says is free: each is looked up afresh, and nothing is written
    /// over or where that could not be told. `told` gets the name, or with an error the one at which it ended.
    using Kept = std::function<void(const QString &name, const std::optional<KeyStoreError> &)>;
    void keepNew(QStringList names, const QByteArray &key, Kept told);
    void remove(const QString &name, KeyStore::Done told);

signals:
    /// Another thing is held of this name now than before, or the first.
    void changed(const QString &name);
    /// Nothing is being read any more.
    void finished();

private:
    void onRead(const QString &name, quint64 number, const KeyResult &result);
    void onLate(const QString &name, quint64 number);
    void hold(const QString &name, const KeyResult &result);
    void onLooked(const QString &name, const QStringList &further, const QByteArray &key, const KeyResult &result,
                  const Kept &told);
    void write(const QString &name, KeyStore::Done told, const KeyResult &after,
               const std::function<void(KeyStore::Done)> &ask);

    struct Reading
    {
        quint64 number = 0;
        TimerHandle late;
    };
    KeyStore &m_store;
    Clock &m_clock;
    std::unordered_map<QString, Reading> m_reading;
    std::unordered_map<quint64, TimerHandle> m_looking; ///< for the names of new keys; with patience
    QHash<QString, quint64> m_latest; ///< an older answer says nothing of a key that was changed since
    quint64 m_number = 0;
};

} // namespace retryscope
