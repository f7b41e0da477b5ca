// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "keys/keyring.h"

#include "keys/heldkeys.h"

#include <QPointer>

namespace retryscope {

KeyRing::KeyRing(KeyStore &store, Clock &clock, QObject *parent) : QObject(parent), m_store(store), m_clock(clock) {}

void KeyRing::want(const QStringList &names)
{
    QStringList missing;
    for (const QString &name : names) {
        const auto held = heldKey(name);
        if (!m_reading.contains(name) && (!held || !*held))
            missing << name;
    }
    readAgain(missing);
}

void KeyRing::readAgain(const QStringList &names)
{
    for (const QString &name : names) {
        const quint64 number = ++m_number;
        m_latest[name] = number;
        m_reading[name] = {number, m_clock.startTimer(patience, [this, name, number] { onLate(name, number); })};
        m_store.read(name, [ring = QPointer(this), name, number](const KeyResult &result) {
            if (ring)
                ring->onRead(name, number, result);
        });
    }
}

void KeyRing::onRead(const QString &name, quint64 number, const KeyResult &result)
{
    if (m_latest.value(name) != number)
        return;
    const bool wasReading = m_reading.erase(name) > 0;
    hold(name, result);
    if (wasReading && m_reading.empty())
        emit finished();
}

void KeyRing::onLate(const QString &name, quint64 number)
{
    const auto it = m_reading.find(name);
    if (it == m_reading.end() || it->second.number != number)
        return;
    const Reading gone = std::move(it->second); // its timer is speaking
    m_reading.erase(it);
    hold(name, Unexpected{KeyStoreError{KeyStoreProblem::Locked, {}}});
    if (m_reading.empty())
        emit finished();
}

void KeyRing::hold(const QString &name, const KeyResult &result)
{
    const auto before = heldKey(name);
    if (before && *before && !result && result.error().problem != KeyStoreProblem::NotThere)
        return; // of a keychain that is locked or away nothing is known: the key that was read goes on
    const bool same = before && bool(*before) == bool(result)
                      && (result ? **before == *result : before->error() == result.error());
    holdKey(name, result);
    if (!same)
        emit changed(name);
}

void KeyRing::keep(const QString &name, const QByteArray &key, KeyStore::Done told)
{
    write(name, std::move(told), key, [&](KeyStore::Done done) { m_store.write(name, key, std::move(done)); });
}

void KeyRing::keepNew(QStringList names, const QByteArray &key, Kept told)
{
    const QString name = names.takeFirst();
    const quint64 number = ++m_number;
    m_looking[number] = m_clock.startTimer(patience, [this, number, name, told] {
        const auto gone = m_looking.extract(number); // its timer is speaking; what comes after all writes nothing
        told(name, KeyStoreError{KeyStoreProblem::Locked, {}});
    });
    m_store.read(name, [ring = QPointer(this), number, name, names, key, told](const KeyResult &result) {
        if (ring && ring->m_looking.erase(number) > 0)
            ring->onLooked(name, names, key, result, told);
    });
}

void KeyRing::onLooked(const QString &name, const QStringList &further, const QByteArray &key, const KeyResult &result,
                       const Kept &told)
{
    if (result && !further.isEmpty())
        return keepNew(further, key, told);
    if (result)
        return told(name, KeyStoreError{KeyStoreProblem::Taken, {}});
    if (result.error().problem != KeyStoreProblem::NotThere)
        return told(name, result.error());
    keep(name, key, [name, told](const std::optional<KeyStoreError> &error) { told(name, error); });
}

void KeyRing::remove(const QString &name, KeyStore::Done told)
{
    write(name, std::move(told), Unexpected{KeyStoreError{KeyStoreProblem::NotThere, {}}},
          [&](KeyStore::Done done) { m_store.remove(name, std::move(done)); });
}

void KeyRing::write(const QString &name, KeyStore::Done told, const KeyResult &after,
                    const std::function<void(KeyStore::Done)> &ask)
{
    ask([ring = QPointer(this), name, after, told = std::move(told)](const std::optional<KeyStoreError> &error) {
        if (!ring)
            return;
        if (!error) {
            ring->m_latest[name] = ++ring->m_number;
            const bool wasReading = ring->m_reading.erase(name) > 0;
            ring->hold(name, after);
            if (wasReading && ring && ring->m_reading.empty())
                emit ring->finished();
        }
        told(error);
    });
}

} // namespace retryscope
