// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "keys/keychainstore.h"

#include <qt6keychain/keychain.h>

#include <QLibrary>

#ifdef RETRYSCOPE_DBUS
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#endif

namespace retryscope {
namespace {

const QString keychainService = QStringLiteral("Retryscope");
#ifdef RETRYSCOPE_DBUS
constexpr int patienceMs = 10'000;
#endif

/// QtKeychain has one error for whatever libsecret says; the text names the bus or the service when that is what lacks.
KeyStoreProblem problemOf(QKeychain::Error error, const QString &said)
{
    switch (error) {
    case QKeychain::EntryNotFound: return KeyStoreProblem::NotThere;
    case QKeychain::AccessDenied:
    case QKeychain::AccessDeniedByUser: return KeyStoreProblem::Locked;
    case QKeychain::NoBackendAvailable:
    case QKeychain::NotImplemented: return KeyStoreProblem::NoService;
    default: break;
    }
    const auto has = [&said](const char *word) { return said.contains(QLatin1String(word), Qt::CaseInsensitive); };
    if (has("lock") && !has("autolaunch"))
        return KeyStoreProblem::Locked;
    if (has("org.freedesktop.secrets") || has("d-bus") || has("dbus") || has("could not connect"))
        return KeyStoreProblem::NoService;
    return KeyStoreProblem::Failed;
}

/// libsecret, which QtKeychain loads by itself, keeps the session with the service that it found first. One that was started
/// since knows nothing of that session, and whatever is asked fails until libsecret looks for it anew. False where there is no
/// libsecret.
bool forgetSecretService()
{
    using Disconnect = void (*)();
    static const auto disconnect =
        reinterpret_cast<Disconnect>(QLibrary::resolve(QStringLiteral("secret-1"), 0, "secret_service_disconnect"));
    if (disconnect)
        disconnect();
    return disconnect != nullptr;
}

} // namespace

/// What lives on the thread.
class KeychainStore::Room final : public QObject
{
public:
    using Told = std::function<void(quint64, const KeyResult &)>;
    explicit Room(Told told) : m_told(std::move(told)) {}

    void read(quint64 number, const QString &name)
    {
        start(makeRead, name, [this, number](QKeychain::Job *job, const std::optional<KeyStoreError> &error) {
            if (!error)
                return m_told(number, static_cast<QKeychain::ReadPasswordJob *>(job)->binaryData());
            if (error->problem != KeyStoreProblem::NotThere)
                return m_told(number, Unexpected{*error});
            tellWhetherLocked(number);
        });
    }
    void write(quint64 number, const QString &name, const QByteArray &key)
    {
        const auto make = [key]() -> QKeychain::Job * {
            auto *job = new QKeychain::WritePasswordJob(keychainService);
            job->setTextData(QString::fromUtf8(key)); // a service's window shows it as it is
            return job;
        };
        start(make, name, [this, number](QKeychain::Job *, const auto &error) { tell(number, error); });
    }
    /// One that is locked is not taken out, and the service says that all is well: it is read before.
    void remove(quint64 number, const QString &name)
    {
        start(makeRead, name, [this, number, name](QKeychain::Job *, const auto &error) {
            if (error && error->problem == KeyStoreProblem::NotThere)
                return tellWhetherLocked(number);
            if (error)
                return tell(number, error);
            start([]() -> QKeychain::Job * { return new QKeychain::DeletePasswordJob(keychainService); }, name,
                  [this, number](QKeychain::Job *, const auto &failed) { tell(number, failed); });
        });
    }

private:
    using Make = std::function<QKeychain::Job *()>;
    using Ended = std::function<void(QKeychain::Job *, const std::optional<KeyStoreError> &)>;
    enum class Service : quint8 { Known, LookedForAnew };

    static QKeychain::Job *makeRead() { return new QKeychain::ReadPasswordJob(keychainService); }
    void start(const Make &make, const QString &name, const Ended &ended, Service service = Service::Known)
    {
        QKeychain::Job *job = make();
        job->setAutoDelete(true);
        job->setInsecureFallback(false); // never a file
        job->setKey(name);
        connect(job, &QKeychain::Job::finished, this, [this, job, make, name, ended, service] {
            const QKeychain::Error error = job->error();
            if (error == QKeychain::NoError)
                return ended(job, std::nullopt);
            const KeyStoreError told{problemOf(error, job->errorString()), job->errorString()};
            const bool mayBeAnother =
                told.problem == KeyStoreProblem::Failed || told.problem == KeyStoreProblem::NoService;
            if (mayBeAnother && service == Service::Known && forgetSecretService())
                return start(make, name, ended, Service::LookedForAnew);
            ended(job, told);
        });
        job->start();
    }
    void tell(quint64 number, const std::optional<KeyStoreError> &error)
    {
        error ? m_told(number, Unexpected{*error}) : m_told(number, QByteArray());
    }
    /// A locked secret service that nobody unlocks says of every key that it is not there.
    void tellWhetherLocked(quint64 number)
    {
        const KeyStoreError missing{KeyStoreProblem::NotThere, {}};
#ifdef RETRYSCOPE_DBUS
        QDBusMessage message = QDBusMessage::createMethodCall(
            QStringLiteral("org.freedesktop.secrets"), QStringLiteral("/org/freedesktop/secrets/aliases/default"),
            QStringLiteral("org.freedesktop.DBus.Properties"), QStringLiteral("Get"));
        message << QStringLiteral("org.freedesktop.Secret.Collection") << QStringLiteral("Locked");
        message.setAutoStartService(false); // another kind of keychain may have answered
        auto *watcher = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(message, patienceMs), this);
        connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher, number, missing] {
            const QDBusPendingReply<QDBusVariant> reply = *watcher;
            const bool locked = !reply.isError() && reply.value().variant().toBool();
            m_told(number, Unexpected{locked ? KeyStoreError{KeyStoreProblem::Locked, {}} : missing});
            watcher->deleteLater();
        });
#else
        m_told(number, Unexpected{missing});
#endif
    }

    Told m_told;
};

KeychainStore::KeychainStore(QObject *parent) : QObject(parent)
{
    m_thread.setObjectName(QStringLiteral("keychain"));
}

KeychainStore::~KeychainStore()
{
    if (!m_room)
        return;
    QMetaObject::invokeMethod( // a thread that was told to quit from here might leave before it does this
        m_room,
        [this] {
            delete m_room;
            m_thread.quit();
        },
        Qt::QueuedConnection);
    m_thread.wait();
}

KeychainStore::Room *KeychainStore::room()
{
    if (!m_room) {
        m_room = new Room([this](quint64 number, const KeyResult &result) {
            QMetaObject::invokeMethod(this, [this, number, result] { answer(number, result); }, Qt::QueuedConnection);
        });
        m_room->moveToThread(&m_thread);
        m_thread.start();
    }
    return m_room;
}

void KeychainStore::answer(quint64 number, const KeyResult &result)
{
    const auto it = m_waiting.find(number);
    if (it == m_waiting.end())
        return;
    const Read told = std::move(it->second);
    m_waiting.erase(it);
    told(result);
}

void KeychainStore::read(const QString &name, Read told)
{
    m_waiting[++m_number] = std::move(told);
    QMetaObject::invokeMethod(room(), [room = room(), number = m_number, name] { room->read(number, name); });
}

void KeychainStore::write(const QString &name, const QByteArray &key, Done told)
{
    m_waiting[++m_number] = [told = std::move(told)](const KeyResult &result) {
        told(result ? std::nullopt : std::optional(result.error()));
    };
    QMetaObject::invokeMethod(room(),
                              [room = room(), number = m_number, name, key] { room->write(number, name, key); });
}

void KeychainStore::remove(const QString &name, Done told)
{
    m_waiting[++m_number] = [told = std::move(told)](const KeyResult &result) {
        told(result ? std::nullopt : std::optional(result.error()));
    };
    QMetaObject::invokeMethod(room(), [room = room(), number = m_number, name] { room->remove(number, name); });
}

} // namespace retryscope
