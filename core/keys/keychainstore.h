// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keys/keystore.h"

#include <QObject>
#include <QThread>

#include <unordered_map>

namespace retryscope {

/// The keychain of this machine, by QtKeychain: a secret service (gnome-keyring, KWallet), the macOS keychain, the Windows
/// credential store. Works on a thread of its own, which is begun when it is first asked. One a program: QtKeychain takes
/// its jobs in turn on the thread of the first.
class KeychainStore final : public QObject, public KeyStore
{
    Q_OBJECT
public:
    explicit KeychainStore(QObject *parent = nullptr);
    /// Drops what is asked and waits for the thread; while there is an application.
    ~KeychainStore() override;

    void read(const QString &name, Read told) override;
    void write(const QString &name, const QByteArray &key, Done told) override;
    void remove(const QString &name, Done told) override;

private:
    class Room;
    Room *room();
    void answer(quint64 number, const KeyResult &result);

    QThread m_thread;
    Room *m_room = nullptr; ///< lives on the thread
    std::unordered_map<quint64, Read> m_waiting;
    quint64 m_number = 0;
};

} // namespace retryscope
