// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/virtualclock.h"
#include "config/configuration.h"
#include "config/providerfields.h"
#include "engine/credentials.h"
#include "keys/heldkeys.h"
#include "keys/keyring.h"
#include "support/mapkeystore.h"
#include "support/suite.h"

#include <QSignalSpy>
#include <QTest>

using namespace retryscope;

/// Keys of a keychain: read without waiting, held in memory, told by their names alone.
class KeyRingTest : public QObject
{
    Q_OBJECT
private slots:
    void init() { dropHeldKeys(); }
    void cleanup() { dropHeldKeys(); }
    void referencesAreToldApart_data();
    void referencesAreToldApart();
    void aKeyIsUsedOnceItIsRead();
    void beforeThatItIsNotMissing();
    void whatCannotBeHadIsTold_data();
    void whatCannotBeHadIsTold();
    void aKeychainThatIsSilentIsToldAsLocked();
    void aLateAnswerCounts();
    void anOldAnswerDoesNotUndoANewKey();
    void aKeyIsKeptReplacedAndTakenOut();
    void aProblemChangesNothing();
    void whatIsHeldOutlivesAKeychainThatIsAway();
    void aNewKeyTakesTheFirstNameThatIsFree();
    void aNewKeyIsWrittenOnlyWhereItIsFree_data();
    void aNewKeyIsWrittenOnlyWhereItIsFree();
    void aSilentKeychainGetsNoNewKey();
    void everyNameOfAConfigurationIsFound();
    void aRingThatIsGoneIsNotTold();

private:
    static ProviderConfig provider(const QString &key)
    {
        ProviderConfig p;
        p.id = p.name = QStringLiteral("a");
        p.model = QStringLiteral("m");
        p.baseUrl = QUrl(QStringLiteral("https://a.test/v1"));
        p.keyReference = key;
        return p;
    }
};

void KeyRingTest::referencesAreToldApart_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected"); ///< "before|place|name"; empty: it is none
    QTest::newRow("variable") << "env:A_1" << "|env|A_1";
    QTest::newRow("keychain") << "keychain:open-ai.2_x" << "|keychain|open-ai.2_x";
    QTest::newRow("with a word") << "Bearer keychain:x" << "Bearer |keychain|x";
    QTest::newRow("no name") << "keychain:" << "";
    QTest::newRow("a space") << "keychain:a b" << "";
    QTest::newRow("a line break") << "keychain:a\n" << "";
    QTest::newRow("too long") << QStringLiteral("keychain:") + QString(65, QLatin1Char('a')) << "";
    QTest::newRow("a variable's name has no dash") << "env:A-B" << "";
    QTest::newRow("a key") << "sk-0123456789abcdef" << "";
    QTest::newRow("another scheme") << "file:x" << "";
}

void KeyRingTest::referencesAreToldApart()
{
    QFETCH(QString, text);
    QFETCH(QString, expected);
    const auto reference = referenceIn(text);
    QCOMPARE(reference ? QStringLiteral("%1|%2|%3").arg(
                             reference->before,
                             reference->place == KeyPlace::Keychain ? QStringLiteral("keychain") : QStringLiteral("env"),
                             reference->name)
                       : QString(),
             expected);
    QCOMPARE(isReference(text), !expected.isEmpty());
    ConfigIssues issues;
    checkProvider(provider(text), {QString(), &issues});
    QCOMPARE(issues.isEmpty(), expected.startsWith(QLatin1Char('|'))); // a key stands without a word before it
    for (const ConfigIssue &issue : std::as_const(issues))
        QVERIFY(!issue.message.contains(QStringLiteral("sk-")));
}

void KeyRingTest::aKeyIsUsedOnceItIsRead()
{
    VirtualClock clock;
    MapKeyStore store;
    store.keys[QStringLiteral("a")] = " sk-one ";
    KeyRing ring(store, clock);
    QSignalSpy changed(&ring, &KeyRing::changed), finished(&ring, &KeyRing::finished);
    ProviderConfig p = provider(QStringLiteral("keychain:a"));
    p.headers[QStringLiteral("x-more")] = QStringLiteral("Bearer keychain:a");
    ring.want(keychainNames(p));
    QVERIFY(ring.isReading());
    QCOMPARE(changed.size(), 0);
    store.answer();
    QCOMPARE(changed.size(), 1);
    QCOMPARE(finished.size(), 1);
    const auto credentials = resolveCredentials(p);
    QVERIFY(credentials);
    QCOMPARE(credentials->key, QByteArray("sk-one"));
    QCOMPARE(credentials->headers.first().second, QByteArray("Bearer sk-one"));
    QVERIFY(credentials->secrets.contains("sk-one")); // so that it is masked wherever it comes back
    ring.want({QStringLiteral("a")});
    QCOMPARE(store.asked.size(), 1); // it is held
    QCOMPARE(clock.pendingTimers(), std::size_t(0));
}

void KeyRingTest::beforeThatItIsNotMissing()
{
    Configuration configuration;
    configuration.providers = {provider(QStringLiteral("keychain:a"))};
    const auto credentials = resolveCredentials(configuration.providers.first());
    QVERIFY(!credentials);
    QCOMPARE(credentials.error().kind, KeyProblem::Kind::NotRead);
    QVERIFY(credentials.error().sentence.contains(QStringLiteral("keychain:a")));
    QVERIFY(keyIssues(configuration).isEmpty());
}

void KeyRingTest::whatCannotBeHadIsTold_data()
{
    QTest::addColumn<int>("problem");
    QTest::addColumn<QString>("words");
    QTest::newRow("not there") << int(KeyStoreProblem::NotThere) << "has no key named a,retryscope-cli key set a";
    QTest::newRow("no keychain") << int(KeyStoreProblem::NoService)
                                 << "no keychain answers on this machine,environment variable";
    QTest::newRow("locked") << int(KeyStoreProblem::Locked) << "is locked,Unlock it";
    QTest::newRow("failed") << int(KeyStoreProblem::Failed) << "the keychain failed,environment variable";
}

void KeyRingTest::whatCannotBeHadIsTold()
{
    QFETCH(int, problem);
    QFETCH(QString, words);
    VirtualClock clock;
    MapKeyStore store;
    store.problem = KeyStoreError{KeyStoreProblem(problem), {}};
    KeyRing ring(store, clock);
    ring.want({QStringLiteral("a")});
    store.answer();
    Configuration configuration;
    configuration.providers = {provider(QStringLiteral("keychain:a"))};
    const ConfigIssues issues = keyIssues(configuration);
    QCOMPARE(issues.size(), 1);
    for (const QString &word : words.split(QLatin1Char(',')))
        QVERIFY2(issues.first().message.contains(word), qPrintable(issues.first().message));
    QVERIFY(issues.first().message.contains(QStringLiteral("Until then a is not asked.")));
}

void KeyRingTest::aKeychainThatIsSilentIsToldAsLocked()
{
    VirtualClock clock;
    MapKeyStore store;
    KeyRing ring(store, clock);
    QSignalSpy finished(&ring, &KeyRing::finished);
    ring.want({QStringLiteral("a")});
    clock.advance(KeyRing::patience - 1ms);
    QVERIFY(ring.isReading());
    clock.advance(1ms);
    QVERIFY(!ring.isReading());
    QCOMPARE(finished.size(), 1);
    QCOMPARE(heldKey(QStringLiteral("a"))->error().problem, KeyStoreProblem::Locked);
}

void KeyRingTest::aLateAnswerCounts()
{
    VirtualClock clock;
    MapKeyStore store;
    store.keys[QStringLiteral("a")] = "sk-late";
    KeyRing ring(store, clock);
    QSignalSpy changed(&ring, &KeyRing::changed);
    ring.want({QStringLiteral("a")});
    clock.advance(1min);
    store.answer(); // somebody has unlocked it
    QCOMPARE(changed.size(), 2);
    QCOMPARE(**heldKey(QStringLiteral("a")), QByteArray("sk-late"));
}

void KeyRingTest::anOldAnswerDoesNotUndoANewKey()
{
    VirtualClock clock;
    MapKeyStore writes, reads;
    class Split : public KeyStore // reads come later than the write that was asked after them
    {
    public:
        Split(MapKeyStore &r, MapKeyStore &w) : m_reads(r), m_writes(w) {}
        void read(const QString &name, Read told) override { m_reads.read(name, std::move(told)); }
        void write(const QString &name, const QByteArray &key, Done told) override
        {
            m_writes.write(name, key, std::move(told));
        }
        void remove(const QString &name, Done told) override { m_writes.remove(name, std::move(told)); }

    private:
        MapKeyStore &m_reads, &m_writes;
    } store(reads, writes);
    reads.keys[QStringLiteral("a")] = "sk-old";
    KeyRing ring(store, clock);
    QSignalSpy finished(&ring, &KeyRing::finished);
    ring.want({QStringLiteral("a")});
    ring.keep(QStringLiteral("a"), "sk-new", [](const auto &) {});
    writes.answer();
    QCOMPARE(finished.size(), 1);
    reads.answer();
    QCOMPARE(**heldKey(QStringLiteral("a")), QByteArray("sk-new"));
    QCOMPARE(finished.size(), 1);
}

void KeyRingTest::aKeyIsKeptReplacedAndTakenOut()
{
    VirtualClock clock;
    MapKeyStore store;
    KeyRing ring(store, clock);
    QSignalSpy changed(&ring, &KeyRing::changed);
    int well = 0;
    const auto told = [&](const std::optional<KeyStoreError> &error) { well += !error; };
    ring.keep(QStringLiteral("a"), "sk-one", told);
    QVERIFY(!heldKey(QStringLiteral("a"))); // not before it is kept
    store.answer();
    QCOMPARE(**heldKey(QStringLiteral("a")), QByteArray("sk-one"));
    ring.keep(QStringLiteral("a"), "sk-two", told);
    store.answer();
    QCOMPARE(store.keys[QStringLiteral("a")], QByteArray("sk-two"));
    ring.remove(QStringLiteral("a"), told);
    store.answer();
    QCOMPARE(heldKey(QStringLiteral("a"))->error().problem, KeyStoreProblem::NotThere);
    QCOMPARE(well, 3);
    QCOMPARE(changed.size(), 3);
    QVERIFY(store.keys.isEmpty());
}

void KeyRingTest::aProblemChangesNothing()
{
    VirtualClock clock;
    MapKeyStore store;
    store.keys[QStringLiteral("a")] = "sk-one";
    KeyRing ring(store, clock);
    ring.want({QStringLiteral("a")});
    store.answer();
    store.problem = KeyStoreError{KeyStoreProblem::Locked, {}};
    std::optional<KeyStoreError> error;
    const auto told = [&](const std::optional<KeyStoreError> &e) { error = e; };
    ring.keep(QStringLiteral("a"), "sk-two", told);
    store.answer();
    QCOMPARE(error->problem, KeyStoreProblem::Locked);
    QCOMPARE(**heldKey(QStringLiteral("a")), QByteArray("sk-one"));
    error.reset();
    ring.remove(QStringLiteral("a"), told);
    store.answer();
    QVERIFY(error);
    QCOMPARE(**heldKey(QStringLiteral("a")), QByteArray("sk-one"));
}

void KeyRingTest::whatIsHeldOutlivesAKeychainThatIsAway()
{
    VirtualClock clock;
    MapKeyStore store;
    store.keys[QStringLiteral("a")] = "sk-one";
    KeyRing ring(store, clock);
    ring.want({QStringLiteral("a")});
    store.answer();
    QSignalSpy changed(&ring, &KeyRing::changed), finished(&ring, &KeyRing::finished);
    for (const KeyStoreProblem problem : {KeyStoreProblem::Locked, KeyStoreProblem::NoService, KeyStoreProblem::Failed}) {
        store.problem = KeyStoreError{problem, {}};
        ring.readAgain({QStringLiteral("a")});
        store.answer();
        QCOMPARE(**heldKey(QStringLiteral("a")), QByteArray("sk-one"));
    }
    ring.readAgain({QStringLiteral("a")});
    clock.advance(KeyRing::patience); // silent
    QCOMPARE(**heldKey(QStringLiteral("a")), QByteArray("sk-one"));
    QCOMPARE(changed.size(), 0);
    QCOMPARE(finished.size(), 4);
    store.answer();
    store.problem.reset();
    store.keys.clear();
    ring.readAgain({QStringLiteral("a")});
    store.answer();
    QCOMPARE(heldKey(QStringLiteral("a"))->error().problem, KeyStoreProblem::NotThere); // that is known
}

/// What is held says nothing of it: of a locked keychain nobody knew which names are taken.
void KeyRingTest::aNewKeyTakesTheFirstNameThatIsFree()
{
    VirtualClock clock;
    MapKeyStore store;
    store.keys = {{QStringLiteral("a"), "sk-one"}, {QStringLiteral("a-2"), "sk-two"}};
    KeyRing ring(store, clock);
    holdKey(QStringLiteral("a"), Unexpected{KeyStoreError{KeyStoreProblem::Locked, {}}});
    holdKey(QStringLiteral("a-2"), Unexpected{KeyStoreError{KeyStoreProblem::NotThere, {}}});
    QString kept;
    ring.keepNew({QStringLiteral("a"), QStringLiteral("a-2"), QStringLiteral("a-3"), QStringLiteral("a-4")}, "sk-new",
                 [&](const QString &name, const auto &error) { kept = error ? QString() : name; });
    QVERIFY(kept.isEmpty());
    while (kept.isEmpty() && store.asked.size() < 10)
        store.answer();
    QCOMPARE(kept, QStringLiteral("a-3"));
    QCOMPARE(store.asked.join(QLatin1Char(',')), QStringLiteral("read a,read a-2,read a-3,write a-3"));
    QCOMPARE(store.keys[QStringLiteral("a")], QByteArray("sk-one"));
    QCOMPARE(store.keys[QStringLiteral("a-2")], QByteArray("sk-two"));
    QCOMPARE(store.keys[QStringLiteral("a-3")], QByteArray("sk-new"));
    QCOMPARE(**heldKey(QStringLiteral("a-3")), QByteArray("sk-new"));
    QVERIFY(!*heldKey(QStringLiteral("a"))); // nobody's business here
}

void KeyRingTest::aNewKeyIsWrittenOnlyWhereItIsFree_data()
{
    QTest::addColumn<KeyStoreProblem>("problem");
    QTest::addColumn<QString>("said");
    QTest::newRow("taken") << KeyStoreProblem::Taken << "The key was not kept: every name for it is taken in the keychain, up to a-2";
    QTest::newRow("locked") << KeyStoreProblem::Locked << "the keychain is locked";
    QTest::newRow("no service") << KeyStoreProblem::NoService << "no keychain answers";
    QTest::newRow("failed") << KeyStoreProblem::Failed << "the keychain failed";
}

void KeyRingTest::aNewKeyIsWrittenOnlyWhereItIsFree()
{
    QFETCH(KeyStoreProblem, problem);
    QFETCH(QString, said);
    VirtualClock clock;
    MapKeyStore store;
    store.keys = {{QStringLiteral("a"), "sk-one"}, {QStringLiteral("a-2"), "sk-two"}};
    if (problem != KeyStoreProblem::Taken)
        store.problem = KeyStoreError{problem, {}};
    KeyRing ring(store, clock);
    QString sentence;
    ring.keepNew({QStringLiteral("a"), QStringLiteral("a-2")}, "sk-new", [&](const QString &name, const auto &error) {
        sentence = error ? keySentence(*error, name, QStringLiteral("the key")) : QStringLiteral("kept");
    });
    for (int i = 0; i < 5; ++i)
        store.answer();
    QVERIFY2(sentence.contains(said), qPrintable(sentence));
    QVERIFY(store.asked.filter(QStringLiteral("write")).isEmpty());
    QCOMPARE(store.keys[QStringLiteral("a")], QByteArray("sk-one"));
    QCOMPARE(store.keys[QStringLiteral("a-2")], QByteArray("sk-two"));
}

/// Somebody unlocks it after it was said to have failed: nothing is written then.
void KeyRingTest::aSilentKeychainGetsNoNewKey()
{
    VirtualClock clock;
    MapKeyStore store;
    KeyRing ring(store, clock);
    QStringList told;
    ring.keepNew({QStringLiteral("a")}, "sk-new", [&](const QString &name, const auto &error) {
        told << name + (error && error->problem == KeyStoreProblem::Locked ? QStringLiteral(" locked") : QString());
    });
    clock.advance(KeyRing::patience);
    QCOMPARE(told, QStringList{QStringLiteral("a locked")});
    store.answer();
    store.answer();
    QCOMPARE(told.size(), 1);
    QVERIFY(store.keys.isEmpty());
}

void KeyRingTest::everyNameOfAConfigurationIsFound()
{
    Configuration configuration;
    ProviderConfig a = provider(QStringLiteral("keychain:one")), b = provider(QStringLiteral("env:NOT_ONE"));
    a.keys = {QStringLiteral("keychain:two"), QStringLiteral("env:NOT_TWO")};
    b.headers[QStringLiteral("x-key")] = QStringLiteral("Bearer keychain:three");
    b.query[QStringLiteral("key")] = QStringLiteral("keychain:four");
    b.proxy = QStringLiteral("keychain:five");
    b.enabled = false;
    configuration.providers = {a, b};
    configuration.reporting.webhook.url = QStringLiteral("keychain:six");
    configuration.reporting.webhook.secret = QStringLiteral("keychain:one");
    configuration.reporting.otlp.headers[QStringLiteral("authorization")] = QStringLiteral("Bearer keychain:seven");
    QStringList names = keychainNames(configuration);
    names.sort();
    QCOMPARE(names, QStringList({QStringLiteral("five"), QStringLiteral("four"), QStringLiteral("one"),
                                 QStringLiteral("seven"), QStringLiteral("six"), QStringLiteral("three"),
                                 QStringLiteral("two")}));
}

void KeyRingTest::aRingThatIsGoneIsNotTold()
{
    VirtualClock clock;
    MapKeyStore store;
    store.keys[QStringLiteral("a")] = "sk-one";
    int told = 0;
    {
        KeyRing ring(store, clock);
        ring.want({QStringLiteral("a")});
        ring.keep(QStringLiteral("b"), "sk-two", [&](const auto &) { ++told; });
    }
    store.answer();
    QCOMPARE(told, 0);
    QVERIFY(!heldKey(QStringLiteral("a")));
    QCOMPARE(clock.pendingTimers(), std::size_t(0));
}

SUITE_TEST(KeyRingTest)
#include "tst_keyring.moc"
