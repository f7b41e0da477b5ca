// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/promptpanel.h"
#include "support/keptentry.h"
#include "support/suite.h"
#include "widgets/answerdiff.h"
#include "widgets/shareactions.h"

#include <QClipboard>
#include <QComboBox>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>

using namespace retryscope;

/// Prompts to be used again, answers compared, and requests taken elsewhere: by mouse and by keyboard.
class PromptPanelTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void savesUnderAName();
    void findsRenamesAndBringsBack();
    void anOrderIsKept();
    void aDamagedFileIsLeftAlone();
    void theSessionAsksAgainAndCompares();
    void answersAreNotWritten();
    void theDialogTellsWhatDiffers();
    void copiesAsCodeWithoutTheKey();
    void savesAHar();

private:
    template <typename T> T *part(const char *name) const { return m_panel->findChild<T *>(QLatin1String(name)); }
    QListWidget *library() const { return part<QListWidget>("promptLibrary"); }
    QString path() const { return m_folder->filePath(QStringLiteral("prompts.json")); }
    void open()
    {
        m_panel = std::make_unique<PromptPanel>(m_theme, path());
        m_panel->setCurrent([this] { return m_prompt; });
        m_panel->resize(300, 480);
        m_panel->show();
        QTRY_VERIFY(part<QPushButton>("promptSave")->isEnabled());
    }
    void save(const QString &text, const QString &name)
    {
        m_prompt = Prompt{text};
        QTest::mouseClick(part<QPushButton>("promptSave"), Qt::LeftButton);
        auto *editor = library()->findChild<QLineEdit *>();
        QVERIFY(editor);
        editor->selectAll();
        QTest::keyClicks(editor, name);
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_VERIFY(m_panel->isSaved());
    }
    QStringList names() const
    {
        QStringList all;
        const auto read = loadLibrary(path());
        if (read) {
            for (const SavedPrompt &p : *read)
                all << p.name;
        }
        return all;
    }
    static SessionEntry entry(const QString &text, const QString &answer)
    {
        SessionEntry e = keptEntry(1, answer);
        e.prompt = Prompt{text};
        return e;
    }

    Theme m_theme{ThemeMode::Light};
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<PromptPanel> m_panel;
    Prompt m_prompt;
};

void PromptPanelTest::init()
{
    m_panel.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    m_prompt = {};
}

void PromptPanelTest::savesUnderAName()
{
    open();
    QVERIFY(part<QLabel>("promptEmpty")->isVisible());
    QTest::mouseClick(part<QPushButton>("promptSave"), Qt::LeftButton);
    QVERIFY(part<QLabel>("promptNote")->text().contains(QStringLiteral("no prompt to save")));
    save(QStringLiteral("Translate {{text}}"), QStringLiteral("Translate #work"));
    const auto read = loadLibrary(path());
    QVERIFY(read);
    QCOMPARE(read->size(), 1);
    QCOMPARE(read->first().name, QStringLiteral("Translate #work"));
    QCOMPARE(read->first().tags, QStringList{QStringLiteral("work")});
    QCOMPARE(read->first().prompt.text, QStringLiteral("Translate {{text}}"));
    QSignalSpy chosen(m_panel.get(), &PromptPanel::promptChosen);
    library()->setFocus();
    QTest::keyClick(library(), Qt::Key_Return);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen.first().first().value<Prompt>().text, QStringLiteral("Translate {{text}}"));
}

void PromptPanelTest::findsRenamesAndBringsBack()
{
    open();
    save(QStringLiteral("alpha text"), QStringLiteral("One"));
    save(QStringLiteral("beta text"), QStringLiteral("Two #b"));
    QTest::keyClicks(part<QLineEdit>("promptSearch"), QStringLiteral("ALPHA"));
    QVERIFY(!library()->item(0)->isHidden());
    QVERIFY(library()->item(1)->isHidden());
    part<QLineEdit>("promptSearch")->clear();
    QVERIFY(!library()->item(1)->isHidden());
    library()->setCurrentRow(0);
    QTest::mouseClick(part<QPushButton>("promptRename"), Qt::LeftButton);
    auto *editor = library()->findChild<QLineEdit *>();
    QVERIFY(editor);
    editor->selectAll();
    QTest::keyClicks(editor, QStringLiteral("Uno"));
    QTest::keyClick(editor, Qt::Key_Return);
    QTRY_COMPARE(names(), (QStringList{QStringLiteral("Uno"), QStringLiteral("Two #b")}));
    library()->setFocus();
    library()->setCurrentRow(0);
    QTest::keyClick(library(), Qt::Key_Delete);
    QTRY_COMPARE(names(), QStringList{QStringLiteral("Two #b")});
    QVERIFY(part<QPushButton>("promptUndo")->isVisible());
    QTest::mouseClick(part<QPushButton>("promptUndo"), Qt::LeftButton);
    QTRY_COMPARE(names(), (QStringList{QStringLiteral("Uno"), QStringLiteral("Two #b")}));
}

void PromptPanelTest::anOrderIsKept()
{
    open();
    for (const char *name : {"a", "b", "c"})
        save(QLatin1String(name), QLatin1String(name));
    library()->setFocus();
    library()->setCurrentRow(2);
    QTest::keyClick(library(), Qt::Key_Up, Qt::AltModifier);
    QTest::keyClick(library(), Qt::Key_Up, Qt::AltModifier);
    QTRY_COMPARE(names(), (QStringList{QStringLiteral("c"), QStringLiteral("a"), QStringLiteral("b")}));
    QCOMPARE(library()->currentRow(), 0);
    open();
    QCOMPARE(library()->item(0)->text(), QStringLiteral("c"));
}

void PromptPanelTest::aDamagedFileIsLeftAlone()
{
    QFile file(path());
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{half");
    file.close();
    m_panel = std::make_unique<PromptPanel>(m_theme, path());
    m_panel->setCurrent([] { return Prompt{QStringLiteral("x")}; });
    m_panel->show();
    QTRY_VERIFY(part<QLabel>("promptNote")->text().contains(QStringLiteral("left as it is")));
    QVERIFY(!part<QPushButton>("promptSave")->isEnabled());
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("{half"));
}

void PromptPanelTest::theSessionAsksAgainAndCompares()
{
    open();
    part<QTabWidget>("promptTabs")->setCurrentIndex(1);
    QVERIFY(part<QLabel>("sessionEmpty")->isVisible());
    m_panel->addToSession(entry(QStringLiteral("first"), QStringLiteral("a quick fox")));
    m_panel->addToSession(entry(QStringLiteral("second"), QStringLiteral("a slow fox")));
    auto *list = part<QListWidget>("promptSession");
    QCOMPARE(list->count(), 2);
    QVERIFY(list->item(0)->text().endsWith(QStringLiteral("second")));
    QSignalSpy again(m_panel.get(), &PromptPanel::rerunRequested);
    list->setCurrentRow(1);
    QVERIFY(!part<QPushButton>("sessionCompare")->isEnabled());
    QTest::mouseClick(part<QPushButton>("sessionAgain"), Qt::LeftButton);
    QCOMPARE(again.first().first().value<Prompt>().text, QStringLiteral("first"));
    list->setFocus();
    QTest::keyClick(list, Qt::Key_A, Qt::ControlModifier);
    QVERIFY(!part<QPushButton>("sessionAgain")->isEnabled());
    QTest::mouseClick(part<QPushButton>("sessionCompare"), Qt::LeftButton);
    auto *dialog = m_panel->window()->findChild<AnswerDiffDialog *>();
    QVERIFY(dialog);
    auto *summary = dialog->findChild<QLabel *>(QStringLiteral("diffSummary"));
    QTRY_VERIFY(summary->text().contains(QStringLiteral("2 words in both, 1 only in")));
    delete dialog;
}

void PromptPanelTest::answersAreNotWritten()
{
    open();
    m_panel->addToSession(entry(QStringLiteral("asked"), QStringLiteral("a secret answer")));
    save(QStringLiteral("kept"), QStringLiteral("Kept"));
    QFile file(path());
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    QVERIFY(bytes.contains("kept"));
    QVERIFY(!bytes.contains("secret") && !bytes.contains("asked"));
}

void PromptPanelTest::theDialogTellsWhatDiffers()
{
    AnswerDiffDialog dialog(m_theme, {{QStringLiteral("A"), QStringLiteral("one <b>two</b>"), QStringLiteral("OpenAI, m")},
                                      {QStringLiteral("B"), QStringLiteral("one <i>two</i>")},
                                      {QStringLiteral("C"), QStringLiteral("one <b>two</b>")}});
    dialog.show();
    auto *text = dialog.findChild<QTextBrowser *>(QStringLiteral("diffText"));
    auto *summary = dialog.findChild<QLabel *>(QStringLiteral("diffSummary"));
    QTRY_VERIFY(summary->text().contains(QStringLiteral("only in A")));
    QCOMPARE(text->toPlainText(), QStringLiteral("one <bi>two</bi>")); // as text, never as markup
    dialog.choose(0, 2);
    QTRY_VERIFY(summary->text().startsWith(QStringLiteral("The same, word for word.")));
    QVERIFY(!dialog.findChild<QLabel *>(QStringLiteral("diffLegend"))->isVisible()); // there is nothing to tell apart
    QCOMPARE(dialog.findChild<QComboBox *>(QStringLiteral("diffFirst"))->currentText(), QStringLiteral("A · OpenAI, m"));
}

void PromptPanelTest::copiesAsCodeWithoutTheKey()
{
    qputenv("PANEL_KEY", "sk-value-of-the-key");
    QMenu menu;
    ProviderConfig provider;
    provider.id = QStringLiteral("x");
    provider.baseUrl = QUrl(QStringLiteral("https://x.test/v1"));
    provider.model = QStringLiteral("m");
    provider.keyReference = QStringLiteral("env:PANEL_KEY");
    Shared shared{Prompt{QStringLiteral("Hello")}, provider, {}};
    ShareActions actions(&menu, [&shared] { return shared; });
    QSignalSpy said(&actions, &ShareActions::said);
    for (const char *language : {"curl", "python", "javascript"}) {
        auto *copy = menu.findChild<QAction *>(QStringLiteral("copyAs_") + QLatin1String(language));
        QVERIFY(copy);
        copy->trigger();
        const QString code = QGuiApplication::clipboard()->text();
        QVERIFY2(code.contains(QStringLiteral("https://x.test/v1")) && code.contains(QStringLiteral("PANEL_KEY")), qPrintable(code));
        QVERIFY(!code.contains(QStringLiteral("value-of-the-key")));
        QVERIFY(said.last().first().toString().contains(QStringLiteral("PANEL_KEY must be set")));
    }
    shared.provider.reset();
    emit menu.aboutToShow();
    QVERIFY(!menu.findChild<QAction *>(QStringLiteral("copyAs_curl"))->isEnabled());
    qunsetenv("PANEL_KEY");
}

void PromptPanelTest::savesAHar()
{
    QMenu menu;
    Event started;
    started.kind = EventKind::AttemptStarted;
    started.call = CallId{1};
    started.attempt = 1;
    started.provider = QStringLiteral("x");
    Event ended = started;
    ended.kind = EventKind::AttemptFinished;
    ended.status = 200;
    ShareActions actions(&menu, [&] { return Shared{Prompt{QStringLiteral("Hello")}, {}, {started, ended}}; });
    const QString file = m_folder->filePath(QStringLiteral("call.har"));
    actions.setPathChooser([&file](QWidget *, const QString &, const QString &) { return file; });
    QSignalSpy said(&actions, &ShareActions::said);
    menu.findChild<QAction *>(QStringLiteral("saveHar"))->trigger();
    QTRY_COMPARE(said.size(), 1);
    QFile har(file);
    QVERIFY(har.open(QIODevice::ReadOnly));
    const QJsonObject log = QJsonDocument::fromJson(har.readAll()).object()[QStringLiteral("log")].toObject();
    QCOMPARE(log[QStringLiteral("entries")].toArray().size(), 1);
}

SUITE_TEST(PromptPanelTest)
#include "tst_promptpanel.moc"
