// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/localengineclient.h"
#include "mainwindow.h"
#include "models/providertablemodel.h"
#include "pages/providerspage.h"
#include "pages/tunepage.h"
#include "sandbox/sandbox.h"
#include "support/pictures.h"
#include "support/suite.h"
#include "widgets/providertable.h"
#include "words/isolatedname.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace retryscope;

/// The Providers page in the real window, with a real file and real simulated providers: clicks and keys as a person would.
class ProvidersPageTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase() { QStandardPaths::setTestModeEnabled(true); }
    void init();
    void cleanup();
    void everyFieldOfTheTableIsThere();
    void aPresetIsAddedByKeys();
    void aPresetIsAddedByMouse();
    void theFirstProviderIsOneChangeAndHasItsPrice();
    void anEditIsOneStepAndIsUndone();
    void whatCannotBeUsedStaysAtItsField();
    void theDraftsBarStandsStillWhileOneTypes();
    void undoWorksFromWithinAField();
    void typingMovesNoField();
    void whatCannotBeUsedOutlivesOtherSteps();
    void aKeyThatIsPastedIsNeverWritten();
    void theIdIsChangedWhole();
    void theOrderIsChangedByKeysButtonsAndDragging();
    void duplicatedDisabledAndRemovedAndUndone();
    void applyKeepsUnknownKeys();
    void theDraftIsSharedWithTune();
    void aMissingKeyIsTold();
    void aCheckShowsItsStages();
    void aCheckNamesTheStageThatFailed();
    void aCheckIsStopped();
    void everyCheckIsStoppedAtOnce();
    void aLongNameHidesNothing();
    void manyProvidersLeaveRoomForTheTable();
    void namesFromTheRightKeepTheirOrder();
    void aListedModelIsChosen();
    void withoutProvidersThereIsAChoice();
    void theDashboardOffersTheChoice();
    void everythingFitsASmallWindow();
    void aNameIsReadWholeAtEveryWidth();
    void pictures();

private:
    template <typename T = QWidget> T *find(const char *name) { return m_window->findChild<T *>(QLatin1String(name)); }
    void click(const char *name)
    {
        QWidget *w = find(name);
        QVERIFY2(w && w->isVisible() && w->isEnabled(), name);
        QTest::mouseClick(w, Qt::LeftButton);
    }
    void type(const char *name, const QString &text)
    {
        auto *editor = find(name);
        QVERIFY2(editor && editor->isVisible(), name);
        editor->setFocus();
        auto *box = qobject_cast<QComboBox *>(editor);
        QWidget *target = box ? static_cast<QWidget *>(box->lineEdit()) : editor;
        QTest::keyClick(target, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(target, text);
    }
    QString message(const char *key)
    {
        auto *label = find<QLabel>(qPrintable(QStringLiteral("providerMessage_") + QLatin1String(key)));
        return label->isHidden() ? QString() : label->text();
    }
    ConfigurationDraft &draft() { return m_window->configurationDraft(); }
    ProvidersPage &page() { return *m_window->providersPage(); }
    QStringList order()
    {
        QStringList ids;
        for (const ProviderConfig &p : draft().draft().providers)
            ids << p.id;
        return ids;
    }
    ProviderConfig config(const QString &id)
    {
        for (const ProviderConfig &p : draft().draft().providers) {
            if (p.id == id)
                return p;
        }
        return {};
    }
    QJsonObject onDisk()
    {
        QFile file(m_path);
        return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
    }
    ProviderTable *table() { return find<ProviderTable>("providerTable"); }
    void undo() { QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier); }
    void save(const QString &name);

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
    QUrl m_root;
    std::unique_ptr<Sandbox> m_sandbox;
    std::unique_ptr<LocalEngineClient> m_client;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<ConfigurationFile> m_file;
};

void ProvidersPageTest::init()
{
    qputenv("OPENROUTER_API_KEY", "or-secret-for-the-test");
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(QStringLiteral("config.json"));
    m_sandbox = std::make_unique<Sandbox>();
    const auto port = m_sandbox->start();
    QVERIFY(bool(port));
    m_root = QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*port));
    m_client = std::make_unique<LocalEngineClient>(9);
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_window = std::make_unique<MainWindow>(
        *m_client, [](const ProviderId &, Fault) {}, *m_theme);
    m_file = std::make_unique<ConfigurationFile>(m_path);
    Configuration simulated;
    simulated.providers = simulatedProviders(m_root);
    draft().setSandbox(m_root);
    draft().follow(m_file.get(), simulated);
    m_window->resize(1280, 800);
    m_window->show();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get(), suite::patience));
    m_window->showPage(MainWindow::Providers);
    QVERIFY(m_window->providersPage());
    QCOMPARE(order(), QStringList({"openai", "anthropic", "google_ai", "mistral"}));
}

void ProvidersPageTest::cleanup()
{
    m_window.reset();
    m_file.reset();
    m_client.reset();
    m_sandbox.reset();
    m_theme.reset();
    qunsetenv("OPENROUTER_API_KEY");
}

void ProvidersPageTest::everyFieldOfTheTableIsThere()
{
    click("providerMore");
    for (const ProviderField &field : providerFields()) {
        auto *editor = find(qPrintable(QStringLiteral("provider_") + QLatin1String(field.key)));
        QVERIFY2(editor && editor->isVisible(), field.key);
        QVERIFY2(!editor->accessibleName().isEmpty() && editor->toolTip() == QLatin1String(field.help), field.key);
    }
    const QAbstractItemModelTester tester(table()->model());
    QCOMPARE(find<QLabel>("callsGo")->text(), QStringLiteral("Calls go: OpenAI → Anthropic → Google AI → Mistral"));
}

void ProvidersPageTest::aPresetIsAddedByKeys()
{
    QTest::keyClick(m_window.get(), Qt::Key_9, Qt::ControlModifier);
    table()->setFocus();
    QTest::keyClick(table(), Qt::Key_N, Qt::ControlModifier);
    auto *search = find<QLineEdit>("presetSearch");
    QVERIFY(search->isVisible());
    auto *list = find<QListWidget>("presetList");
    QVERIFY(list->item(0)->text().contains(QStringLiteral("OPENROUTER_API_KEY found in your environment")));
    QVERIFY(find<QCheckBox>("replaceSimulated")->isChecked());
    QTest::keyClicks(search, QStringLiteral("nobody's own")); // most servers speak it
    QVERIFY(list->currentItem() && !list->currentItem()->isHidden());
    QVERIFY(list->currentItem()->text().contains(QStringLiteral("OpenAI-compatible")));
    QVERIFY(find<QLabel>("presetDetail")->text().startsWith(QStringLiteral("Nothing else has this in its name.")));
    search->clear();
    QTest::keyClicks(search, QStringLiteral("compatible"));
    QVERIFY(list->currentItem()->text().contains(QStringLiteral("OpenAI-compatible")));
    search->clear();
    QTest::keyClicks(search, QStringLiteral("groq"));
    QTest::keyClick(search, Qt::Key_Return);
    QCOMPARE(order(), QStringList{QStringLiteral("groq")}); // the simulated ones went, as it said
    QCOMPARE(page().selected(), QStringLiteral("groq"));
    QVERIFY(!search->isVisible());
    QTRY_VERIFY(page().findChild<QToolButton *>(QStringLiteral("change_providers.groq")));
    QCOMPARE(page().findChild<QToolButton *>(QStringLiteral("change_providers.groq"))->accessibleName(),
             QStringLiteral("Provider Groq added"));
    undo();
    QCOMPARE(order().size(), 4);
    QTest::keyClick(table(), Qt::Key_N, Qt::ControlModifier);
    QTest::keyClick(search, Qt::Key_Escape);
    QVERIFY(!search->isVisible());
    QCOMPARE(order().size(), 4);
}

void ProvidersPageTest::aPresetIsAddedByMouse()
{
    click("addProvider");
    auto *list = find<QListWidget>("presetList");
    QVERIFY(list->isVisible());
    click("replaceSimulated");
    list->setCurrentRow(0); // whose key was found
    click("presetAdd");
    QCOMPARE(order().last(), QStringLiteral("openrouter"));
    QCOMPARE(order().size(), 5);
    QCOMPARE(config(QStringLiteral("openrouter")).keyReference, QStringLiteral("env:OPENROUTER_API_KEY"));
    const int row = table()->currentIndex().row();
    QCOMPARE(table()->model()->index(row, ProviderTableModel::Key).data().toString(),
             QStringLiteral("✓ OPENROUTER_API_KEY"));
    click("addProvider");
    list->setCurrentRow(0);
    click("replaceSimulated");
    click("presetAdd");
    QCOMPARE(order().last(), QStringLiteral("openrouter-2"));
}

/// In a window where nothing at all is in force.
void ProvidersPageTest::theFirstProviderIsOneChangeAndHasItsPrice()
{
    m_window = std::make_unique<MainWindow>(
        *m_client, [](const ProviderId &, Fault) {}, *m_theme);
    m_file = std::make_unique<ConfigurationFile>(m_folder->filePath(QStringLiteral("none.json")));
    draft().follow(m_file.get(), {});
    m_window->resize(1280, 800);
    m_window->show();
    m_window->showPage(MainWindow::Providers);
    page().addProvider(QStringLiteral("openai"));
    const auto text = [this](const char *name) { return page().findChild<QLabel *>(QLatin1String(name))->text(); };
    QCOMPARE(text("changesTitle"), QStringLiteral("1 change, not in force yet")); // its place says nothing more
    QTRY_VERIFY2(text("checkCost").contains(QStringLiteral("at most $")), qPrintable(text("checkCost")));
    page().addProvider(QStringLiteral("anthropic"));
    QCOMPARE(text("changesTitle"), QStringLiteral("2 changes, not in force yet"));
    click("providerUp");
    QCOMPARE(text("changesTitle"), QStringLiteral("2 changes, not in force yet")); // still: both are new
}

void ProvidersPageTest::anEditIsOneStepAndIsUndone()
{
    type("provider_model", QStringLiteral("other-model"));
    QCOMPARE(config(QStringLiteral("openai")).model, QStringLiteral("other-model"));
    type("provider_name", QStringLiteral("First"));
    QVERIFY(find<QLabel>("callsGo")->text().contains(QStringLiteral("First →")));
    QCOMPARE(page().undoStack().count(), 2);
    page().undoStack().undo();
    QCOMPARE(config(QStringLiteral("openai")).name, QStringLiteral("OpenAI"));
    page().undoStack().undo();
    QCOMPARE(config(QStringLiteral("openai")).model, QStringLiteral("openai-sim"));
    QCOMPARE(find<QComboBox>("provider_model")->currentText(), QStringLiteral("openai-sim"));
    QVERIFY(!draft().isChanged());
    click("providerMore");
    auto *headers = find<QPlainTextEdit>("provider_headers");
    headers->setPlainText(QStringLiteral("x-team = blue\nx-cost = 7"));
    QCOMPARE(config(QStringLiteral("openai")).headers.value(QStringLiteral("x-team")), QStringLiteral("blue"));
    find<QPlainTextEdit>("provider_timeouts")->setPlainText(QStringLiteral("first_token_timeout_s = 120"));
    QCOMPARE(config(QStringLiteral("openai")).times.firstToken, std::optional<Duration>(120s));
}

void ProvidersPageTest::whatCannotBeUsedStaysAtItsField()
{
    type("provider_base_url", QStringLiteral("not an address"));
    QVERIFY(message("base_url").startsWith(QStringLiteral("✗")));
    QVERIFY(!find<QPushButton>("checkButton")->isEnabled());
    page().select(QStringLiteral("mistral"));
    QVERIFY(message("base_url").isEmpty());
    auto *bar = page().findChild<QLabel *>(QStringLiteral("issuesLabel"));
    QVERIFY(bar->isVisible() && bar->text().contains(QStringLiteral("OpenAI, Base URL")));
    page().select(QStringLiteral("openai"));
    QCOMPARE(find<QLineEdit>("provider_base_url")->text(), QStringLiteral("not an address"));
    type("provider_base_url", QStringLiteral("https://example.test/v1"));
    QVERIFY(message("base_url").isEmpty());
    QVERIFY(page().findChild<QPushButton *>(QStringLiteral("applyButton"))->isEnabled());
}

void ProvidersPageTest::theDraftsBarStandsStillWhileOneTypes()
{
    type("provider_name", QStringLiteral("A"));
    QTest::qWait(50);
    auto *bar = page().findChild<QWidget *>(QStringLiteral("changesList"));
    const auto high = [&] {
        return page().findChild<QWidget *>(QStringLiteral("changesTitle"))->parentWidget()->height();
    };
    const int before = high();
    type("provider_name", QString(30, QLatin1Char('A')));
    type("provider_model", QStringLiteral("a-model-whose-name-is-longer-than-any-vendor-would-ever-write-it"));
    type("provider_base_url", QStringLiteral("https://a-host-with-a-long-name.example.test/v1/openai/deployments/x"));
    QTest::qWait(50);
    QCOMPARE(high(), before);
    for (const auto *chip : bar->findChildren<QToolButton *>()) {
        if (chip->isHidden())
            continue;
        QVERIFY2(chip->width() >= chip->sizeHint().width(), qPrintable(chip->text())); // nothing is cut off
        QVERIFY(chip->toolTip().startsWith(chip->accessibleName()));
    }
    auto *chip = page().findChild<QToolButton *>(QStringLiteral("change_providers.openai.model"));
    QVERIFY(chip && chip->text().contains(QStringLiteral("…")) && chip->text().contains(QStringLiteral("→ a-model")));
    QVERIFY(chip->toolTip().contains(QStringLiteral("would-ever-write-it")));
    type("provider_base_url", QStringLiteral("not an address")); // which is said beside the title
    QTest::qWait(50);
    QCOMPARE(high(), before);
}

void ProvidersPageTest::undoWorksFromWithinAField()
{
    for (const char *name : {"provider_name", "provider_model", "provider_headers"}) {
        if (!find(name)->isVisible())
            click("providerMore");
        click("providerDown");
        QCOMPARE(order().first(), QStringLiteral("anthropic"));
        QWidget *editor = find(name);
        if (auto *box = qobject_cast<QComboBox *>(editor))
            editor = box->lineEdit();
        editor->setFocus();
        QTest::keyClick(editor, Qt::Key_Z, Qt::ControlModifier);
        QVERIFY2(order().first() == QStringLiteral("openai"), name);
        QTest::keyClick(editor, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY2(order().first() == QStringLiteral("anthropic"), name);
        page().undoStack().undo();
    }
    type("provider_name", QStringLiteral("First"));
    QTest::keyClick(find("provider_name"), Qt::Key_Z, Qt::ControlModifier); // its own letters first
    QCOMPARE(config(QStringLiteral("openai")).name, find<QLineEdit>("provider_name")->text());
    QVERIFY(find<QLineEdit>("provider_name")->text() != QStringLiteral("First"));
}

void ProvidersPageTest::typingMovesNoField()
{
    const auto top = [this] { return find("provider_base_url")->mapTo(m_window.get(), QPoint()).y(); };
    QTest::qWait(50);
    const int before = top();
    type("provider_base_url", QStringLiteral("not an address"));
    QTest::qWait(50);
    QCOMPARE(top(), before);
}

void ProvidersPageTest::whatCannotBeUsedOutlivesOtherSteps()
{
    const QString typed = QStringLiteral("not an address");
    const auto stands = [&] { return find<QLineEdit>("provider_base_url")->text() == typed; };
    type("provider_base_url", typed);
    click("providerDown");
    QVERIFY(stands());
    table()->setCurrentIndex(table()->model()->index(1, ProviderTableModel::Enabled));
    QTest::keyClick(table(), Qt::Key_Space);
    QTRY_VERIFY(!config(QStringLiteral("openai")).enabled);
    QVERIFY(stands());
    click("providerCopy");
    page().select(QStringLiteral("openai"));
    QVERIFY(stands());
    click("providersUndo");
    QVERIFY(stands());
    type("provider_id", QStringLiteral("mine"));
    QTest::keyClick(find("provider_id"), Qt::Key_Return);
    QCOMPARE(page().selected(), QStringLiteral("mine"));
    QVERIFY(stands() && message("base_url").startsWith(QStringLiteral("✗")));
    click("providerRemove"); // with what was typed into it
    click("providersUndo");
    QVERIFY(!stands() && message("base_url").isEmpty());
}

void ProvidersPageTest::aKeyThatIsPastedIsNeverWritten()
{
    const QString secret = QStringLiteral("sk-proj-0123456789abcdefghij");
    draft().keepIn(m_folder->filePath(QStringLiteral("draft.json")));
    click("providerMore");
    type("provider_key", secret);
    QVERIFY(message("key").startsWith(QStringLiteral("✗")) && !message("key").contains(secret));
    find<QPlainTextEdit>("provider_headers")->setPlainText(QStringLiteral("authorization = Bearer ") + secret);
    QVERIFY(message("headers").startsWith(QStringLiteral("✗")));
    type("provider_name", QStringLiteral("First"));
    QVERIFY(!page().findChild<QPushButton *>(QStringLiteral("applyButton"))->isEnabled());
    draft().keepNow();
    QFile kept(m_folder->filePath(QStringLiteral("draft.json")));
    QVERIFY(kept.open(QIODevice::ReadOnly));
    const QByteArray bytes = kept.readAll();
    QVERIFY(bytes.contains("First") && !bytes.contains(secret.toLatin1()));
}

void ProvidersPageTest::theIdIsChangedWhole()
{
    type("provider_id", QStringLiteral("mistral"));
    QCOMPARE(order().first(), QStringLiteral("openai")); // not before it is whole
    QTest::keyClick(find("provider_id"), Qt::Key_Return);
    QVERIFY(message("id").contains(QStringLiteral("another provider's")));
    type("provider_id", QStringLiteral("mine"));
    QTest::keyClick(find("provider_id"), Qt::Key_Return);
    QCOMPARE(order(), QStringList({"mine", "anthropic", "google_ai", "mistral"}));
    QCOMPARE(page().selected(), QStringLiteral("mine"));
    page().undoStack().undo();
    QCOMPARE(order().first(), QStringLiteral("openai"));
    QCOMPARE(page().selected(), QStringLiteral("openai"));
}

void ProvidersPageTest::theOrderIsChangedByKeysButtonsAndDragging()
{
    table()->setFocus();
    QTest::keyClick(table(), Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(order(), QStringList({"anthropic", "openai", "google_ai", "mistral"}));
    QCOMPARE(page().selected(), QStringLiteral("openai"));
    QTest::keyClick(table(), Qt::Key_Up, Qt::AltModifier);
    QTest::keyClick(table(), Qt::Key_Up, Qt::AltModifier); // it is the first already
    QCOMPARE(order().first(), QStringLiteral("openai"));
    click("providerDown");
    click("providerDown");
    QCOMPARE(order(), QStringList({"anthropic", "google_ai", "openai", "mistral"}));
    QCOMPARE(find<QLabel>("callsGo")->text(), QStringLiteral("Calls go: Anthropic → Google AI → OpenAI → Mistral"));
    const QString change = QStringLiteral("Provider priority  OpenAI, Anthropic, Google AI, Mistral → ")
                           + QStringLiteral("Anthropic, Google AI, OpenAI, Mistral");
    QTRY_COMPARE_WITH_TIMEOUT(find<QToolButton>("change_provider_order")->accessibleName(), change, 20'000);
    page().undoStack().setIndex(0);
    QCOMPARE(order().first(), QStringLiteral("openai"));
    // What a mouse that drags the first row over the lower half of the third one leaves behind.
    emit table()->rowDropped(0, 2);
    QCOMPARE(order(), QStringList({"anthropic", "google_ai", "openai", "mistral"}));
    QCOMPARE(draft().changes().size(), 1);
}

void ProvidersPageTest::duplicatedDisabledAndRemovedAndUndone()
{
    table()->setFocus();
    QTest::keyClick(table(), Qt::Key_D, Qt::ControlModifier);
    QCOMPARE(order(), QStringList({"openai", "openai-2", "anthropic", "google_ai", "mistral"}));
    QVERIFY(!config(QStringLiteral("openai-2")).enabled);
    QCOMPARE(page().selected(), QStringLiteral("openai-2"));
    table()->setCurrentIndex(table()->model()->index(0, ProviderTableModel::Enabled));
    QTest::keyClick(table(), Qt::Key_Space);
    QTRY_VERIFY(!config(QStringLiteral("openai")).enabled);
    QVERIFY(!find<QLabel>("callsGo")->text().contains(QStringLiteral("OpenAI")));
    QVERIFY(!find<QCheckBox>("provider_enabled")->isChecked());
    QTest::keyClick(table(), Qt::Key_Delete);
    QCOMPARE(order(), QStringList({"openai-2", "anthropic", "google_ai", "mistral"}));
    click("providerRemove");
    QCOMPARE(order().size(), 3);
    for (int i = 0; i < 4; ++i)
        undo();
    QCOMPARE(order(), QStringList({"openai", "anthropic", "google_ai", "mistral"}));
    QVERIFY(!draft().isChanged());
    QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(order().size(), 5);
}

void ProvidersPageTest::applyKeepsUnknownKeys()
{
    QFile file(m_path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"note\": 5, \"providers\": [{\"id\": \"a\", \"name\": \"A\", \"protocol\": \"openai\", "
               "\"base_url\": \"http://127.0.0.1:9/v1\", \"model\": \"m\", \"colour\": \"red\"}]}");
    file.close();
    QTRY_COMPARE(order(), QStringList{QStringLiteral("a")});
    type("provider_id", QStringLiteral("b"));
    QTest::keyClick(find("provider_id"), Qt::Key_Return);
    type("provider_model", QStringLiteral("m2"));
    QTest::mouseClick(page().findChild<QPushButton *>(QStringLiteral("applyButton")), Qt::LeftButton);
    const QJsonObject written = onDisk();
    QCOMPARE(written[QLatin1String("note")].toInt(), 5);
    const QJsonValue provider = written[QLatin1String("providers")][0];
    QCOMPARE(provider[QLatin1String("id")].toString(), QStringLiteral("b"));
    QCOMPARE(provider[QLatin1String("colour")].toString(), QStringLiteral("red"));
    QCOMPARE(provider[QLatin1String("model")].toString(), QStringLiteral("m2"));
    QVERIFY(!draft().isChanged());
}

void ProvidersPageTest::theDraftIsSharedWithTune()
{
    table()->setFocus();
    QTest::keyClick(table(), Qt::Key_Down, Qt::AltModifier);
    m_window->showPage(MainWindow::Tune);
    QCOMPARE(m_window->tunePage().draft().providers.first().id, QStringLiteral("anthropic"));
    QTest::mouseClick(m_window->tunePage().findChild<QPushButton *>(QStringLiteral("revertButton")), Qt::LeftButton);
    m_window->showPage(MainWindow::Providers);
    QCOMPARE(order().first(), QStringLiteral("openai"));
    page().undoStack().undo(); // what was undone elsewhere stays as it is
    QCOMPARE(order().first(), QStringLiteral("openai"));
}

void ProvidersPageTest::aMissingKeyIsTold()
{
    page().addProvider(QStringLiteral("openai"));
    qunsetenv("OPENAI_API_KEY");
    QTest::mouseClick(page().findChild<QPushButton *>(QStringLiteral("applyButton")), Qt::LeftButton);
    QCOMPARE(order(), QStringList{QStringLiteral("openai")});
    QVERIFY(message("key").contains(QStringLiteral("OPENAI_API_KEY")));
    m_window->showPage(MainWindow::Dashboard);
    const auto said = [this] {
        for (const QLabel *label : m_window->findChildren<QLabel *>()) {
            if (label->isVisible() && label->text().contains(QStringLiteral("Until then OpenAI is not asked")))
                return true;
        }
        return false;
    };
    QTRY_VERIFY(said());
}

void ProvidersPageTest::aCheckShowsItsStages()
{
    QVERIFY(find<QLabel>("checkCost")->text().contains(QStringLiteral("costs nothing")));
    table()->setFocus();
    QTest::keyClick(table(), Qt::Key_F5);
    QTRY_VERIFY(!page().isChecking());
    QCOMPARE(find<QLabel>("checkVerdict")->text(), QStringLiteral("✓ All is well."));
    for (const char *stage : {"settings", "address", "connection", "models", "prompt", "stream", "limits"}) {
        auto *label = find<QLabel>(qPrintable(QStringLiteral("checkStage_") + QLatin1String(stage)));
        QVERIFY2(label->isVisible() && label->text().contains(QStringLiteral("✓")), stage);
    }
    const QModelIndex cell = table()->model()->index(0, ProviderTableModel::Check);
    QCOMPARE(cell.data().toString(), QStringLiteral("✓ passed"));
    type("provider_model", QStringLiteral("x"));
    QCOMPARE(cell.data().toString(), QStringLiteral("✓ passed, before edits"));
    click("providerCheckAll");
    QTRY_VERIFY(!page().isChecking());
    for (int row = 0; row < 4; ++row)
        QCOMPARE(table()->model()->index(row, ProviderTableModel::Check).data().toString(), QStringLiteral("✓ passed"));
}

void ProvidersPageTest::aCheckNamesTheStageThatFailed()
{
    const auto verdict = [this](Fault fault) {
        m_sandbox->setFault(QStringLiteral("openai"), {fault, 1.0, {}});
        click("checkButton");
        QTest::qWait(0);
        if (!QTest::qWaitFor([this] { return !page().isChecking(); }, 60'000))
            return QStringLiteral("not over");
        return find<QLabel>("checkVerdict")->text();
    };
    QVERIFY2(verdict(Fault::WrongKey).startsWith(QStringLiteral("✗ Access")),
             qPrintable(find<QLabel>("checkVerdict")->text()));
    QVERIFY(find<QLabel>("checkStage_access")->text().contains(QStringLiteral("Make a new key")));
    QCOMPARE(verdict(Fault::QuotaExhausted), QStringLiteral("✗ Short prompt failed."));
    QVERIFY(find<QLabel>("checkStage_prompt")->text().contains(QStringLiteral("The account has no credit left")));
    m_sandbox->setFault(QStringLiteral("openai"), {Fault::None, 1.0, {}});
    ProviderConfig real = config(QStringLiteral("openai"));
    real.simulated = false;
    real.baseUrl = QUrl(QStringLiteral("http://127.0.0.1:9/v1"));
    draft().setDraft(withProvider(draft().draft(), real.id, real));
    click("checkButton");
    QTRY_VERIFY(!page().isChecking());
    QCOMPARE(find<QLabel>("checkVerdict")->text(), QStringLiteral("✗ Connection failed."));
    QVERIFY(find<QLabel>("checkStage_connection")->text().contains(QStringLiteral("127.0.0.1:9 refused")));
}

void ProvidersPageTest::aCheckIsStopped()
{
    m_sandbox->setFault(QStringLiteral("openai"), {Fault::Silence, 1.0, {}});
    click("checkButton");
    QVERIFY(page().isChecking());
    QCOMPARE(find<QPushButton>("checkButton")->text(), QStringLiteral("Stop"));
    click("checkButton");
    QTRY_VERIFY(!page().isChecking());
    QCOMPARE(find<QLabel>("checkVerdict")->text(), QStringLiteral("Stopped."));
    QCOMPARE(find<QPushButton>("checkButton")->text(), QStringLiteral("Check again"));
}

void ProvidersPageTest::everyCheckIsStoppedAtOnce()
{
    for (const char *id : {"openai", "anthropic", "google_ai", "mistral"})
        m_sandbox->setFault(QLatin1String(id), {Fault::Silence, 1.0, {}});
    auto *button = find<QToolButton>("providerCheckAll");
    click("providerCheckAll");
    QCOMPARE(button->text(), QStringLiteral("Stop checks"));
    const QModelIndex cell = table()->model()->index(1, ProviderTableModel::Check);
    QTRY_COMPARE_WITH_TIMEOUT(cell.data().toString(), QStringLiteral("Short prompt …"),
                              suite::patience); // not what else is open
    click("providerCheckAll");
    QTRY_VERIFY_WITH_TIMEOUT(!page().isChecking(), suite::patience);
    QCOMPARE(button->text(), QStringLiteral("Check all"));
    for (int row = 0; row < 4; ++row)
        QCOMPARE(table()->model()->index(row, ProviderTableModel::Check).data().toString(), QStringLiteral("stopped"));
}

void ProvidersPageTest::aLongNameHidesNothing()
{
    type("provider_base_url", QStringLiteral("http://127.0.0.1:9/") + QString(150, QLatin1Char('a')));
    type("provider_name",
         QStringLiteral("OpenAI production account of the finance department in Frankfurt, the second ")
             + QString(80, QLatin1Char('w')));
    for (const QSize &size : {QSize(1280, 800), QSize(900, 600)}) {
        m_window->resize(size);
        QTRY_COMPARE(m_window->width(), size.width());
        click("checkButton");
        QTRY_VERIFY_WITH_TIMEOUT(!page().isChecking(), suite::patience);
        const QWidget *details = find("providerDetails");
        for (const char *name : {"checkButton", "provider_name", "checkVerdict"}) {
            const QWidget *w = find(name);
            const int right = w->mapTo(m_window.get(), QPoint(w->width(), 0)).x();
            QVERIFY2(right <= details->mapTo(m_window.get(), QPoint(details->width(), 0)).x(), name);
        }
    }
}

void ProvidersPageTest::manyProvidersLeaveRoomForTheTable()
{
    Configuration many = draft().draft();
    for (int i = 0; i < 8; ++i) {
        ProviderConfig p = many.providers.first();
        p.id = QStringLiteral("more-%1").arg(i);
        p.name = QStringLiteral("A provider with a rather long name, number %1").arg(i);
        many.providers.append(p);
    }
    draft().setDraft(many);
    m_window->resize(900, 600);
    QTRY_COMPARE(m_window->width(), 900);
    const auto *goes = find<QLabel>("callsGo");
    QTRY_VERIFY(goes->height() <= 3 * goes->fontMetrics().lineSpacing());
    m_window->grab();
    QCOMPARE(goes->toolTip(), goes->text());
}

void ProvidersPageTest::namesFromTheRightKeepTheirOrder()
{
    const QString first(8, QChar(0x05d0)), second(8, QChar(0x05d1));
    Configuration both = draft().draft(); // no test types such letters
    both.providers[0].name = first;
    both.providers[1].name = second;
    draft().setDraft(both);
    QVERIFY(
        find<QLabel>("callsGo")->text().contains(isolatedName(first) + QStringLiteral(" → ") + isolatedName(second)));
}

void ProvidersPageTest::aListedModelIsChosen()
{
    click("checkButton");
    QTRY_VERIFY(!page().isChecking());
    auto *models = find<QComboBox>("provider_model");
    QCOMPARE(models->currentText(), QStringLiteral("openai-sim"));
    const int row = models->findData(QStringLiteral("gpt-4o"));
    QVERIFY(row >= 0);
    models->setFocus();
    models->setCurrentIndex(row);
    emit models->activated(row); // as a click on it does
    QCOMPARE(config(QStringLiteral("openai")).model, QStringLiteral("gpt-4o"));
    QCOMPARE(models->currentText(), QStringLiteral("gpt-4o"));
}

void ProvidersPageTest::withoutProvidersThereIsAChoice()
{
    QSignalSpy played(m_window.get(), &MainWindow::simulationRequested);
    table()->setFocus();
    for (int i = 0; i < 4; ++i)
        click("providerRemove");
    QVERIFY(order().isEmpty());
    auto *choice = page().findChild<QWidget *>(QStringLiteral("startChoice"));
    QVERIFY(choice->isVisible());
    QTest::mouseClick(choice->findChild<QPushButton *>(QStringLiteral("playSimulation")), Qt::LeftButton);
    QCOMPARE(played.count(), 1);
    auto *use = choice->findChild<QPushButton *>(QStringLiteral("use_OPENROUTER_API_KEY"));
    QVERIFY(use && use->isVisible());
    use->setFocus();
    QTest::keyClick(use, Qt::Key_Space);
    QCOMPARE(order(), QStringList{QStringLiteral("openrouter")});
    QVERIFY(!choice->isVisible());
}

void ProvidersPageTest::theDashboardOffersTheChoice()
{
    m_client->apply({});
    m_window->setConfiguration({});
    m_window->showPage(MainWindow::Dashboard);
    auto *dashboard = m_window->findChild<DashboardPage *>();
    auto *choice = dashboard->findChild<QWidget *>(QStringLiteral("startChoice"));
    QVERIFY(choice && choice->isVisible());
    QSignalSpy played(m_window.get(), &MainWindow::simulationRequested);
    QTest::mouseClick(choice->findChild<QPushButton *>(QStringLiteral("playSimulation")), Qt::LeftButton);
    QCOMPARE(played.count(), 1);
    QTest::mouseClick(choice->findChild<QPushButton *>(QStringLiteral("chooseProvider")), Qt::LeftButton);
    QCOMPARE(m_window->currentPage(), int(MainWindow::Providers));
    QVERIFY(find<QLineEdit>("presetSearch")->isVisible());
}

void ProvidersPageTest::everythingFitsASmallWindow()
{
    m_window->resize(900, 600);
    QTRY_COMPARE(m_window->width(), 900);
    for (const char *name : {"addProvider", "providerTable", "providerCheckAll", "providerDetails", "checkButton"}) {
        const QWidget *w = find(name);
        const QRect place(w->mapTo(m_window.get(), QPoint()), w->size());
        QVERIFY2(w->isVisible() && m_window->rect().contains(place), name);
    }
}

void ProvidersPageTest::save(const QString &name)
{
    const QString folder = suite::pictureFolder();
    QCoreApplication::processEvents();
    QVERIFY(suite::keep(m_window->grab(), folder + QStringLiteral("/providers-%1.png").arg(name)));
}

/// Columns that the form shows, too, go before a name ends in dots.
void ProvidersPageTest::aNameIsReadWholeAtEveryWidth()
{
    const int wanted = table()->fontMetrics().horizontalAdvance(QStringLiteral("Google AI")) + Theme::cellMargins;
    for (int width = 900; width <= 1900; width += 20) {
        m_window->resize(width, 700);
        QCoreApplication::processEvents();
        QVERIFY2(table()->columnWidth(ProviderTableModel::Name) >= wanted,
                 qPrintable(QStringLiteral("%1 pixels in a window of %2")
                                .arg(table()->columnWidth(ProviderTableModel::Name)).arg(width)));
    }
}

void ProvidersPageTest::pictures()
{
    for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
        const QString theme = mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light");
        m_theme->setMode(mode);
        for (const QSize &size : suite::pictureSizes({QSize(1280, 800), QSize(900, 600)})) {
            m_window->resize(size);
            const QString suffix = QStringLiteral("-%1-%2").arg(theme).arg(size.width());
            save(QStringLiteral("table") + suffix);
            click("addProvider");
            save(QStringLiteral("add") + suffix);
            click("presetCancel");
        }
        m_window->resize(1280, 800);
        m_sandbox->setFault(QStringLiteral("openai"), {Fault::WrongKey, 1.0, {}});
        click("providerCheckAll");
        QTRY_VERIFY(!page().isChecking());
        save(QStringLiteral("check-failed-") + theme);
        page().select(QStringLiteral("mistral"));
        save(QStringLiteral("check-passed-") + theme);
        page().select(QStringLiteral("openai"));
        type("provider_base_url", QStringLiteral("ftp://nowhere"));
        click("providerMore");
        save(QStringLiteral("error-") + theme);
        click("providerMore");
        QTest::mouseClick(page().findChild<QPushButton *>(QStringLiteral("revertButton")), Qt::LeftButton);
        page().undoStack().clear();
        type("provider_base_url", QStringLiteral("http://127.0.0.1:0/openai/v1"));
    }
    draft().setDraft({});
    save(QStringLiteral("empty-dark"));
    m_theme->setMode(ThemeMode::Light);
    save(QStringLiteral("empty-light"));
    m_window->setConfiguration({});
    m_window->showPage(MainWindow::Dashboard);
    save(QStringLiteral("start"));
}

SUITE_TEST(ProvidersPageTest)
#include "tst_providerspage.moc"
