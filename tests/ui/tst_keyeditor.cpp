// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/systemclock.h"
#include "engine/localengineclient.h"
#include "keys/heldkeys.h"
#include "keys/keyring.h"
#include "mainwindow.h"
#include "pages/providerspage.h"
#include "support/mapkeystore.h"
#include "support/pictures.h"
#include "support/suite.h"

#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <QToolButton>

using namespace retryscope;

namespace {

const QString typedSecret = QStringLiteral("sk-typed-0123456789abcdef");

/// Answers a turn of the event loop later, unless it is held back.
class LaterKeyStore final : public MapKeyStore
{
public:
    bool held = false;

protected:
    void ask(const QString &what, std::function<void()> told) override
    {
        MapKeyStore::ask(what, std::move(told));
        if (!held)
            QTimer::singleShot(0, &m_context, [this] { answer(); });
    }

private:
    QObject m_context;
};

} // namespace

/// Keys of the keychain on the Providers page, in the real window with a keychain in memory: clicks and keys as a person would.
class KeyEditorTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase() { QStandardPaths::setTestModeEnabled(true); }
    void init();
    void cleanup();
    void aKeyIsKeptByMouse();
    void aKeyIsKeptByKeys();
    void aFurtherKeyStandsBehindTheFirst();
    void noOtherKeyIsWrittenOver();
    void aQuickHandWritesOverNoKey();
    void aKeychainThatIsUnlockedInBetweenLosesNoKey();
    void aKeyIsReplacedAndLookedForAgain();
    void aKeyIsTakenOutAfterAQuestion();
    void aLockedKeychainIsSaidWhereItHappened();
    void aProviderThatIsLeftGetsItsKeyAllTheSame();
    void aNameThatIsTypedIsLookedFor();
    void noKeyIsEverShownOrWritten();
    void simulatedProvidersHaveNone();
    void everythingFitsASmallWindow();
    void pictures();

private:
    template <typename T = QWidget> T *find(const QString &name) { return m_window->findChild<T *>(name); }
    void click(const QString &name)
    {
        auto *w = find(name);
        QVERIFY2(w && w->isVisible() && w->isEnabled(), qPrintable(name));
        QCoreApplication::processEvents(); // what is new has its place
        find<QScrollArea>(QStringLiteral("providerDetails"))->ensureWidgetVisible(w);
        QTest::mouseClick(w, Qt::LeftButton);
    }
    QString state(const QString &name)
    {
        for (auto *label : m_window->findChildren<QLabel *>(QStringLiteral("keyState_") + name)) {
            if (label->isVisible())
                return label->text();
        }
        return {};
    }
    void keep(const QString &key)
    {
        QTest::keyClicks(find(QStringLiteral("keyTyped")), key);
        click(QStringLiteral("keyDo"));
        QTRY_VERIFY_WITH_TIMEOUT(!find(QStringLiteral("keyTyped"))->isVisible(), 30'000);
    }
    ConfigurationDraft &draft() { return m_window->configurationDraft(); }
    ProvidersPage &page() { return *m_window->providersPage(); }
    ProviderConfig config(const QString &id)
    {
        for (const ProviderConfig &p : draft().draft().providers) {
            if (p.id == id)
                return p;
        }
        return {};
    }
    void save(const QString &name);

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<LocalEngineClient> m_client;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<ConfigurationFile> m_file;
    std::unique_ptr<SystemClock> m_clock;
    std::unique_ptr<LaterKeyStore> m_store;
    std::unique_ptr<KeyRing> m_ring;
    std::unique_ptr<MainWindow> m_window;
};

void KeyEditorTest::init()
{
    dropHeldKeys();
    m_folder = std::make_unique<QTemporaryDir>();
    m_client = std::make_unique<LocalEngineClient>(9);
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_clock = std::make_unique<SystemClock>();
    m_store = std::make_unique<LaterKeyStore>();
    m_ring = std::make_unique<KeyRing>(*m_store, *m_clock);
    m_window = std::make_unique<MainWindow>(
        *m_client, [](const ProviderId &, Fault) {}, *m_theme);
    m_window->setKeyRing(*m_ring);
    QFile file(m_folder->filePath(QStringLiteral("config.json")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"providers\": [{\"id\": \"one\", \"protocol\": \"openai\", \"base_url\": \"https://one.test/v1\", "
               "\"model\": \"m\", \"key\": \"env:KEY_EDITOR_TEST\"}, {\"id\": \"two\", \"protocol\": \"openai\", "
               "\"base_url\": \"https://two.test/v1\", \"model\": \"m\"}]}");
    file.close();
    m_file = std::make_unique<ConfigurationFile>(file.fileName());
    draft().follow(m_file.get(), {});
    m_window->resize(1280, 800);
    m_window->show();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    m_window->showPage(MainWindow::Providers);
    QTRY_COMPARE_WITH_TIMEOUT(draft().draft().providers.size(), 2, 30'000);
    page().select(QStringLiteral("one"));
}

void KeyEditorTest::cleanup()
{
    m_window.reset();
    m_ring.reset();
    m_store.reset();
    m_file.reset();
    m_theme.reset();
    m_client.reset();
    dropHeldKeys();
}

void KeyEditorTest::aKeyIsKeptByMouse()
{
    click(QStringLiteral("keyAdd"));
    QCOMPARE(find<QLineEdit>(QStringLiteral("keyTyped"))->echoMode(), QLineEdit::Password);
    QVERIFY(!find(QStringLiteral("keyDo"))->isEnabled()); // nothing was typed
    keep(typedSecret);
    QCOMPARE(m_store->keys[QStringLiteral("one")], typedSecret.toUtf8());
    QCOMPARE(config(QStringLiteral("one")).keyReference, QStringLiteral("keychain:one"));
    QCOMPARE(find<QComboBox>(QStringLiteral("provider_key"))->currentText(), QStringLiteral("keychain:one"));
    QVERIFY(state(QStringLiteral("one")).contains(QStringLiteral("is in the keychain")));
    QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(config(QStringLiteral("one")).keyReference, QStringLiteral("env:KEY_EDITOR_TEST")); // one step
}

void KeyEditorTest::aKeyIsKeptByKeys()
{
    find(QStringLiteral("provider_key"))->setFocus();
    for (int i = 0; i < 3 && QApplication::focusWidget() != find(QStringLiteral("keyAdd")); ++i)
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), find(QStringLiteral("keyAdd")));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QCOMPARE(QApplication::focusWidget(), find(QStringLiteral("keyTyped")));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape); // and again
    QVERIFY(!find(QStringLiteral("keyTyped"))->isVisible());
    QCOMPARE(QApplication::focusWidget(), find(QStringLiteral("keyAdd")));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QTest::keyClicks(QApplication::focusWidget(), typedSecret);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(config(QStringLiteral("one")).keyReference, QStringLiteral("keychain:one"), 30'000);
}

void KeyEditorTest::aFurtherKeyStandsBehindTheFirst()
{
    for (int i = 0; i < 2; ++i) {
        click(QStringLiteral("keyAdd"));
        keep(typedSecret + QString::number(i));
    }
    QCOMPARE(config(QStringLiteral("one")).keyReference, QStringLiteral("keychain:one"));
    QCOMPARE(config(QStringLiteral("one")).keys, QStringList{QStringLiteral("keychain:one-2")});
    QCOMPARE(m_store->keys.size(), 2);
    QVERIFY(state(QStringLiteral("one-2")).contains(QStringLiteral("is in the keychain")));
}

void KeyEditorTest::noOtherKeyIsWrittenOver()
{
    m_store->keys[QStringLiteral("one")] = "sk-somebody's";
    click(QStringLiteral("keyAdd"));
    keep(typedSecret);
    QCOMPARE(m_store->keys[QStringLiteral("one")], QByteArray("sk-somebody's"));
    QCOMPARE(config(QStringLiteral("one")).keyReference, QStringLiteral("keychain:one-2"));
}

/// The key is there before the keychain has answered anything.
void KeyEditorTest::aQuickHandWritesOverNoKey()
{
    m_store->keys[QStringLiteral("one")] = "sk-somebody's";
    m_store->held = true;
    click(QStringLiteral("keyAdd"));
    QTest::keyClicks(find(QStringLiteral("keyTyped")), typedSecret);
    click(QStringLiteral("keyDo"));
    for (int i = 0; i < 5; ++i)
        m_store->answer();
    QCOMPARE(config(QStringLiteral("one")).keyReference, QStringLiteral("keychain:one-2"));
    QCOMPARE(m_store->keys[QStringLiteral("one")], QByteArray("sk-somebody's"));
    QCOMPARE(m_store->keys[QStringLiteral("one-2")], typedSecret.toUtf8());
}

/// While it is locked nobody can say which names are taken.
void KeyEditorTest::aKeychainThatIsUnlockedInBetweenLosesNoKey()
{
    m_store->keys[QStringLiteral("one")] = "sk-somebody's";
    m_store->problem = KeyStoreError{KeyStoreProblem::Locked, {}};
    click(QStringLiteral("keyAdd"));
    QTest::keyClicks(find(QStringLiteral("keyTyped")), typedSecret);
    QCoreApplication::processEvents();
    m_store->problem.reset();
    click(QStringLiteral("keyDo"));
    QTRY_COMPARE(config(QStringLiteral("one")).keyReference, QStringLiteral("keychain:one-2"));
    QCOMPARE(m_store->keys[QStringLiteral("one")], QByteArray("sk-somebody's"));
}

void KeyEditorTest::aKeyIsReplacedAndLookedForAgain()
{
    click(QStringLiteral("keyAdd"));
    keep(typedSecret);
    click(QStringLiteral("keyReplace_one"));
    keep(QStringLiteral("sk-new"));
    QCOMPARE(m_store->keys[QStringLiteral("one")], QByteArray("sk-new"));
    QCOMPARE(config(QStringLiteral("one")).keyReference, QStringLiteral("keychain:one"));
    m_store->keys.clear(); // by another program
    m_ring->readAgain({QStringLiteral("one")});
    QTRY_VERIFY_WITH_TIMEOUT(state(QStringLiteral("one")).contains(QStringLiteral("one is not in the keychain")), 30'000);
    m_store->keys[QStringLiteral("one")] = "sk-back";
    click(QStringLiteral("keyAgain_one"));
    QTRY_VERIFY_WITH_TIMEOUT(state(QStringLiteral("one")).contains(QStringLiteral("is in the keychain")), 30'000);
}

void KeyEditorTest::aKeyIsTakenOutAfterAQuestion()
{
    click(QStringLiteral("keyAdd"));
    keep(typedSecret);
    click(QStringLiteral("keyRemove_one"));
    QVERIFY(find<QLabel>(QStringLiteral("keyQuestion"))->text().contains(QStringLiteral("cannot be brought back")));
    QCOMPARE(QApplication::focusWidget(), find(QStringLiteral("keyCancel"))); // a stray Enter takes nothing out
    click(QStringLiteral("keyCancel"));
    QVERIFY(m_store->keys.contains(QStringLiteral("one")));
    click(QStringLiteral("keyRemove_one"));
    click(QStringLiteral("keyDo"));
    QTRY_VERIFY_WITH_TIMEOUT(config(QStringLiteral("one")).keyReference.isEmpty(), 30'000);
    QVERIFY(m_store->keys.isEmpty());
    QVERIFY(state(QStringLiteral("one")).isEmpty());
}

void KeyEditorTest::aLockedKeychainIsSaidWhereItHappened()
{
    m_store->problem = KeyStoreError{KeyStoreProblem::Locked, {}};
    click(QStringLiteral("keyAdd"));
    QTest::keyClicks(find(QStringLiteral("keyTyped")), typedSecret);
    click(QStringLiteral("keyDo"));
    auto *problem = find<QLabel>(QStringLiteral("keyProblem"));
    QTRY_VERIFY_WITH_TIMEOUT(problem->isVisible(), 30'000);
    QVERIFY(problem->text().contains(QStringLiteral("the keychain is locked")));
    QVERIFY(!problem->text().contains(typedSecret));
    QCOMPARE(config(QStringLiteral("one")).keyReference, QStringLiteral("env:KEY_EDITOR_TEST"));
    m_store->problem.reset(); // it was unlocked: what was typed is still there
    click(QStringLiteral("keyDo"));
    QTRY_COMPARE_WITH_TIMEOUT(config(QStringLiteral("one")).keyReference, QStringLiteral("keychain:one"), 30'000);
}

void KeyEditorTest::aProviderThatIsLeftGetsItsKeyAllTheSame()
{
    click(QStringLiteral("keyAdd"));
    QTRY_VERIFY_WITH_TIMEOUT(!m_ring->isReading(), 30'000);
    m_store->held = true;
    QTest::keyClicks(find(QStringLiteral("keyTyped")), typedSecret);
    click(QStringLiteral("keyDo"));
    page().select(QStringLiteral("two"));
    m_store->answer(); // the name is free
    m_store->answer(); // and kept
    QCOMPARE(config(QStringLiteral("one")).keyReference, QStringLiteral("keychain:one"));
    QVERIFY(config(QStringLiteral("two")).keyReference.isEmpty());
}

void KeyEditorTest::aNameThatIsTypedIsLookedFor()
{
    m_store->keys[QStringLiteral("mine")] = "sk-mine";
    auto *box = find<QComboBox>(QStringLiteral("provider_key"));
    box->setFocus();
    QTest::keyClick(box->lineEdit(), Qt::Key_A, Qt::ControlModifier);
    QTest::keyClicks(box->lineEdit(), QStringLiteral("keychain:mine"));
    QTest::keyClick(box->lineEdit(), Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(state(QStringLiteral("mine")).contains(QStringLiteral("is in the keychain")), 30'000);
    QVERIFY(!m_store->asked.contains(QStringLiteral("read min"))); // half a name is nobody's
}

void KeyEditorTest::noKeyIsEverShownOrWritten()
{
    draft().keepIn(m_folder->filePath(QStringLiteral("draft.json")));
    click(QStringLiteral("keyAdd"));
    keep(typedSecret);
    draft().keepNow();
    QCOMPARE(draft().apply(), ConfigurationDraft::Outcome::Applied);
    for (const QFileInfo &info : QDir(m_folder->path()).entryInfoList(QDir::Files)) {
        QFile file(info.filePath());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        QVERIFY2(!bytes.contains(typedSecret.toUtf8()), qPrintable(info.fileName()));
        if (info.fileName() == QStringLiteral("config.json"))
            QVERIFY(bytes.contains("keychain:one"));
    }
    for (auto *label : m_window->findChildren<QLabel *>())
        QVERIFY(!label->text().contains(typedSecret) && !label->toolTip().contains(typedSecret));
    for (auto *edit : m_window->findChildren<QLineEdit *>())
        QVERIFY2(!edit->text().contains(typedSecret), qPrintable(edit->objectName()));
}

void KeyEditorTest::simulatedProvidersHaveNone()
{
    QVERIFY(find(QStringLiteral("keyAdd"))->isVisible());
    Configuration changed = draft().draft();
    changed.providers[0].simulated = true;
    draft().setDraft(changed);
    QVERIFY(!find(QStringLiteral("keyAdd"))->isVisible());
}

void KeyEditorTest::everythingFitsASmallWindow()
{
    m_window->resize(900, 600);
    click(QStringLiteral("keyAdd"));
    keep(typedSecret);
    click(QStringLiteral("keyReplace_one"));
    QCoreApplication::processEvents();
    auto *scroll = find<QScrollArea>(QStringLiteral("providerDetails"));
    for (const char *name : {"keyState_one", "keyReplace_one", "keyRemove_one", "keyQuestion", "keyTyped", "keyDo", "keyCancel"}) {
        auto *w = find(QLatin1String(name));
        QVERIFY2(w && w->isVisible(), name);
        const int right = w->mapTo(scroll->viewport(), QPoint(w->width(), 0)).x();
        QVERIFY2(right <= scroll->viewport()->width(), name);
        QVERIFY2(w->width() >= w->minimumSizeHint().width(), name);
        QVERIFY2(!w->accessibleName().isEmpty() || !qobject_cast<QToolButton *>(w), name);
    }
}

void KeyEditorTest::save(const QString &name)
{
    const QString folder = suite::pictureFolder();
    QCoreApplication::processEvents();
    find<QScrollArea>(QStringLiteral("providerDetails"))->ensureWidgetVisible(find(QStringLiteral("provider_enabled")));
    QCoreApplication::processEvents();
    QVERIFY(suite::keep(m_window->grab(), folder + QStringLiteral("/keys-%1.png").arg(name)));
}

void KeyEditorTest::pictures()
{
    for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_theme->setMode(mode);
        for (const QSize &size : suite::pictureSizes({QSize(1280, 800), QSize(900, 600)})) {
            m_window->resize(size);
            const QString suffix = QStringLiteral("-%1-%2").arg(mode == ThemeMode::Dark ? QStringLiteral("dark")
                                                                                        : QStringLiteral("light")).arg(size.width());
            page().select(QStringLiteral("two"));
            save(QStringLiteral("none") + suffix);
            page().select(QStringLiteral("one"));
            click(QStringLiteral("keyAdd"));
            QTest::keyClicks(find(QStringLiteral("keyTyped")), typedSecret);
            save(QStringLiteral("typing") + suffix);
            click(QStringLiteral("keyDo"));
            QTRY_VERIFY_WITH_TIMEOUT(!config(QStringLiteral("one")).keyReference.startsWith(QStringLiteral("env:")), 30'000);
            save(QStringLiteral("there") + suffix);
            const QString name = config(QStringLiteral("one")).keyReference.section(QLatin1Char(':'), 1);
            click(QStringLiteral("keyRemove_") + name);
            save(QStringLiteral("remove") + suffix);
            click(QStringLiteral("keyCancel"));
            m_store->problem = KeyStoreError{KeyStoreProblem::NoService, {}};
            m_ring->readAgain({name});
            QTRY_VERIFY_WITH_TIMEOUT(!m_ring->isReading(), 30'000);
            save(QStringLiteral("no-keychain") + suffix);
            m_store->problem.reset();
            QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier);
        }
    }
}

SUITE_TEST(KeyEditorTest)
#include "tst_keyeditor.moc"
