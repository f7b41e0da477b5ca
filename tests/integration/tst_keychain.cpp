// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/systemclock.h"
#include "keys/heldkeys.h"
#include "keys/keychainstore.h"
#include "keys/keyring.h"
#include "support/secretservice.h"
#include "support/suite.h"

#include <QTest>

using namespace retryscope;

/// QtKeychain against a real secret service: gnome-keyring on a bus of the test's own.
class KeychainTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanupTestCase();
    void aKeyIsKeptReadReplacedAndTakenOut();
    void theRingHoldsWhatIsThere();
    void theThreadThatAsksIsNotHeld();
    void aLockedServiceIsNoMissingKey();
    void withoutAServiceThatIsSaid();
    void aServiceThatIsStartedAgainIsFound_data();
    void aServiceThatIsStartedAgainIsFound();

private:
    static constexpr int within = SecretService::within;
    std::optional<KeyResult> read(const QString &name)
    {
        std::optional<KeyResult> result;
        m_store->read(name, [&](const KeyResult &r) { result = r; });
        if (!QTest::qWaitFor([&] { return result.has_value(); }, within))
            QTest::qFail("the keychain did not answer", __FILE__, __LINE__);
        return result;
    }
    /// None: it went well.
    std::optional<KeyStoreError> done(const std::function<void(KeyStore::Done)> &ask)
    {
        bool answered = false;
        std::optional<KeyStoreError> error;
        ask([&](const std::optional<KeyStoreError> &e) {
            error = e;
            answered = true;
        });
        if (!QTest::qWaitFor([&] { return answered; }, within))
            return KeyStoreError{KeyStoreProblem::Failed, QStringLiteral("it did not answer")};
        return error;
    }
    std::optional<KeyStoreError> write(const QString &name, const QByteArray &key)
    {
        return done([&](KeyStore::Done told) { m_store->write(name, key, std::move(told)); });
    }
    std::optional<KeyStoreError> remove(const QString &name)
    {
        return done([&](KeyStore::Done told) { m_store->remove(name, std::move(told)); });
    }
    static QString name() { return QStringLiteral("open-ai.1"); }

    SecretService m_service;
    std::unique_ptr<KeychainStore> m_store; ///< one for all: QtKeychain works on the thread of the first
};

void KeychainTest::initTestCase()
{
    QCOMPARE(m_service.startBus(), QString());
    qputenv("DBUS_SESSION_BUS_ADDRESS", m_service.address().toUtf8()); // before anything asks for the bus
    qunsetenv("XDG_CURRENT_DESKTOP");
    qunsetenv("KDE_FULL_SESSION");
    QCOMPARE(m_service.startKeyring(SecretService::Start::Unlocked), QString());
    m_store = std::make_unique<KeychainStore>();
}

void KeychainTest::cleanupTestCase()
{
    m_store.reset();
    dropHeldKeys();
}

void KeychainTest::aKeyIsKeptReadReplacedAndTakenOut()
{
    QCOMPARE(read(name())->error().problem, KeyStoreProblem::NotThere);
    QVERIFY(!write(name(), "sk-first-\xc3\xa9"));
    QCOMPARE(**read(name()), QByteArray("sk-first-\xc3\xa9"));
    QVERIFY(!write(name(), "sk-second"));
    QCOMPARE(**read(name()), QByteArray("sk-second"));
    QCOMPARE(read(QStringLiteral("another"))->error().problem, KeyStoreProblem::NotThere);
    QVERIFY(!remove(name()));
    QCOMPARE(read(name())->error().problem, KeyStoreProblem::NotThere);
    const auto again = remove(name());
    QVERIFY(again);
    QCOMPARE(again->problem, KeyStoreProblem::NotThere);
}

void KeychainTest::theRingHoldsWhatIsThere()
{
    QVERIFY(!write(name(), "sk-kept"));
    SystemClock clock;
    KeyRing ring(*m_store, clock);
    ring.want({name(), QStringLiteral("another")});
    QTRY_VERIFY_WITH_TIMEOUT(!ring.isReading(), within);
    QCOMPARE(**heldKey(name()), QByteArray("sk-kept"));
    QCOMPARE(heldKey(QStringLiteral("another"))->error().problem, KeyStoreProblem::NotThere);
}

/// It says of each key that it is not there, and that each was taken out.
void KeychainTest::aLockedServiceIsNoMissingKey()
{
    QVERIFY(!write(name(), "sk-locked"));
    QVERIFY(m_service.lock());
    QCOMPARE(read(name())->error().problem, KeyStoreProblem::Locked);
    const auto written = write(QStringLiteral("new"), "sk-new"), removed = remove(name());
    QVERIFY(written && removed);
    QCOMPARE(written->problem, KeyStoreProblem::Locked);
    QCOMPARE(removed->problem, KeyStoreProblem::Locked);
}

void KeychainTest::withoutAServiceThatIsSaid()
{
    m_service.stopKeyring();
    const auto asked = read(name());
    QCOMPARE(asked->error().problem, KeyStoreProblem::NoService);
    const auto written = write(name(), "sk-nowhere");
    QVERIFY(written);
    QCOMPARE(written->problem, KeyStoreProblem::NoService);
    for (const KeyStoreError &error : {asked->error(), *written})
        QVERIFY(!keySentence(error, name(), QStringLiteral("the key")).contains(QStringLiteral("sk-nowhere")));
    QVERIFY(keySentence(asked->error(), name(), QStringLiteral("the key"))
                .contains(QStringLiteral("no keychain answers on this machine")));
}

void KeychainTest::aServiceThatIsStartedAgainIsFound_data()
{
    QTest::addColumn<bool>("missed"); ///< it was asked while it was away
    QTest::newRow("nobody asked meanwhile") << false;
    QTest::newRow("it was asked while it was away") << true;
}

void KeychainTest::aServiceThatIsStartedAgainIsFound()
{
    QFETCH(bool, missed);
    QCOMPARE(m_service.startKeyring(SecretService::Start::Unlocked), QString());
    QVERIFY(!write(name(), "sk-before"));
    QCOMPARE(**read(name()), QByteArray("sk-before"));
    m_service.stopKeyring();
    if (missed)
        QCOMPARE(read(name())->error().problem, KeyStoreProblem::NoService);
    QCOMPARE(m_service.startKeyring(SecretService::Start::Unlocked), QString());
    const auto again = read(name());
    QVERIFY2(*again, qPrintable(*again ? QString() : again->error().said));
    QCOMPARE(**again, QByteArray("sk-before"));
    QCOMPARE(m_service.startKeyring(SecretService::Start::Unlocked), QString());
    QVERIFY(!write(name(), "sk-after"));
    QCOMPARE(m_service.startKeyring(SecretService::Start::Unlocked), QString());
    QVERIFY(!remove(name()));
    QCOMPARE(read(name())->error().problem, KeyStoreProblem::NotThere);
}

void KeychainTest::theThreadThatAsksIsNotHeld()
{
    bool answered = false;
    QThread *on = nullptr;
    m_store->read(name(), [&](const KeyResult &) {
        answered = true;
        on = QThread::currentThread();
    });
    QVERIFY(!answered); // never from within the call
    QTRY_VERIFY_WITH_TIMEOUT(answered, within);
    QCOMPARE(on, thread());
}

SUITE_TEST(KeychainTest)
#include "tst_keychain.moc"
