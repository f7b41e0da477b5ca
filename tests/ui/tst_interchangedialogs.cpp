// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mainwindow.h"
#include "pages/exportdialog.h"
#include "pages/importdialog.h"
#include "pages/tunepage.h"
#include "support/pictures.h"
#include "support/suite.h"

#include "../support/fakeengine.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>

using namespace retryscope;

/// File > Export and File > Import: the loss report before saving, and the changes before they are in the draft.
class InterchangeDialogsTest final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void theReportStandsBeforeTheFileIsSaved();
    void aFileThatCannotBeWrittenIsTold();
    void whatWasExportedSaysTheSame();
    void anImportGoesIntoTheDraftAndCanBeUndone();
    void aBrokenFileChangesNothing();
    void whatHasNoCounterpartIsListed();
    void aFileOfAKnownNameChoosesItsTarget();
    void pictures();

private:
    template <typename Dialog> Dialog *opened(const char *title)
    {
        const Commands all = m_window->commands();
        const auto command = std::find_if(all.begin(), all.end(),
                                          [&](const Command &c) { return c.title.startsWith(QLatin1String(title)); });
        if (command == all.end())
            return nullptr;
        command->run();
        return m_window->findChild<Dialog *>();
    }
    static void choose(QWidget *dialog, const char *box, const char *key)
    {
        auto *target = dialog->findChild<QComboBox *>(QLatin1String(box));
        target->setCurrentIndex(target->findData(QString::fromLatin1(key)));
    }
    /// All of a tree, a line each, with | between the columns.
    static QString rows(QWidget *dialog, const char *tree)
    {
        QString text;
        const auto *widget = dialog->findChild<QTreeWidget *>(QLatin1String(tree));
        for (int g = 0; g < widget->topLevelItemCount(); ++g) {
            const QTreeWidgetItem *group = widget->topLevelItem(g);
            text += group->text(0) + QLatin1Char('\n');
            for (int i = 0; i < group->childCount(); ++i) {
                for (int c = 0; c < widget->columnCount(); ++c)
                    text += group->child(i)->text(c) + QLatin1Char('|');
                text += QLatin1Char('\n');
            }
        }
        return text;
    }
    static void paste(QWidget *dialog, const QByteArray &text)
    {
        dialog->findChild<QPlainTextEdit *>(QStringLiteral("importText"))->setPlainText(QString::fromUtf8(text));
    }
    static void click(QWidget *dialog, const char *button)
    {
        QTest::mouseClick(dialog->findChild<QPushButton *>(QLatin1String(button)), Qt::LeftButton);
    }

    std::unique_ptr<FakeEngine> m_engine;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
};

void InterchangeDialogsTest::init()
{
    m_engine = std::make_unique<FakeEngine>();
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_window = std::make_unique<MainWindow>(*m_engine, [](const ProviderId &, Fault) {}, *m_theme);
    m_window->setConfiguration(interchangeBase());
    m_window->configurationDraft().setInForce(interchangeBase());
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get(), suite::patience));
}

void InterchangeDialogsTest::cleanup()
{
    m_window.reset();
    m_theme.reset();
    m_engine.reset();
}

void InterchangeDialogsTest::theReportStandsBeforeTheFileIsSaved()
{
    auto *dialog = opened<ExportDialog>("Export the configuration");
    QVERIFY(dialog && dialog->isVisible());
    QCOMPARE(dialog->findChild<QComboBox *>(QStringLiteral("exportTarget"))->count(), int(interchangeTargets().size()));
    choose(dialog, "exportTarget", "envoy");
    const QString report = rows(dialog, "exportReport");
    QVERIFY2(report.startsWith(QStringLiteral("Not expressible (")), qPrintable(report));
    QVERIFY2(report.contains(QStringLiteral("\nApproximate (")) && report.contains(QStringLiteral("\nExact (")), qPrintable(report));
    QVERIFY2(report.contains(QStringLiteral("Max attempts|4|num_retries: 3||")), qPrintable(report));
    QVERIFY2(report.contains(QStringLiteral("Concurrent attempts|6|max_requests: 6|More are refused there")), qPrintable(report));
    const QString summary = dialog->findChild<QLabel *>(QStringLiteral("exportSummary"))->text();
    QVERIFY2(summary.contains(QStringLiteral("not expressible")), qPrintable(summary));
    QTemporaryDir folder;
    QString suggested;
    dialog->setPathChooser([&](QWidget *, const QString &name, const QString &) {
        suggested = name;
        return folder.filePath(QStringLiteral("out.yaml"));
    });
    click(dialog, "exportSave");
    QVERIFY(suggested.endsWith(QStringLiteral("/envoy.yaml")));
    QFile saved(folder.filePath(QStringLiteral("out.yaml")));
    QVERIFY(saved.open(QIODevice::ReadOnly));
    QCOMPARE(saved.readAll(), exportTo(*interchangeTarget(u"envoy"), interchangeBase(), QStringLiteral("the window")).text);
    QVERIFY(dialog->findChild<QLabel *>(QStringLiteral("exportSaid"))->text().startsWith(QStringLiteral("Saved ")));
    click(dialog, "exportCopy");
    QVERIFY(QApplication::clipboard()->text().contains(QStringLiteral("num_retries: 3")));
    choose(dialog, "exportTarget", "openai-js");
    QVERIFY(dialog->findChild<QPlainTextEdit *>(QStringLiteral("exportFile"))->toPlainText().contains(QStringLiteral("maxRetries: 3")));
}

void InterchangeDialogsTest::aFileThatCannotBeWrittenIsTold()
{
    auto *dialog = opened<ExportDialog>("Export the configuration");
    dialog->setPathChooser([](QWidget *, const QString &, const QString &) { return QStringLiteral("/nowhere/x"); });
    click(dialog, "exportSave");
    QVERIFY(dialog->findChild<QLabel *>(QStringLiteral("exportSaid"))->text().startsWith(QStringLiteral("/nowhere/x could not be written")));
    dialog->setPathChooser([](QWidget *, const QString &, const QString &) { return QString(); });
    click(dialog, "exportSave"); // a changed mind is no error
}

void InterchangeDialogsTest::whatWasExportedSaysTheSame()
{
    const QByteArray text = exportTo(*interchangeTarget(u"tenacity"), interchangeBase(), QStringLiteral("x")).text;
    auto *dialog = opened<ImportDialog>("Import a configuration");
    choose(dialog, "importTarget", "tenacity");
    paste(dialog, text);
    QTRY_COMPARE(dialog->findChild<QLabel *>(QStringLiteral("importSaid"))->text(), QStringLiteral("The draft says the same already."));
    QVERIFY(!dialog->findChild<QPushButton *>(QStringLiteral("importTake"))->isEnabled());
}

void InterchangeDialogsTest::anImportGoesIntoTheDraftAndCanBeUndone()
{
    auto *dialog = opened<ImportDialog>("Import a configuration");
    choose(dialog, "importTarget", "tenacity");
    paste(dialog, "r = retry(stop=stop_after_attempt(7), wait=RetryAfterWait(wait_random_exponential(multiplier=2, max=30), cap=30))\n");
    QTRY_VERIFY(dialog->findChild<QPushButton *>(QStringLiteral("importTake"))->isEnabled());
    const QString said = rows(dialog, "importResult");
    QVERIFY2(said.contains(QStringLiteral("Max attempts|4|7|")) && said.contains(QStringLiteral("Base delay|500 ms|2 s|")), qPrintable(said));
    QCOMPARE(m_window->configurationDraft().draft().retry.maxAttempts, 4); // not before it is wanted
    click(dialog, "importTake");
    QCOMPARE(m_window->configurationDraft().draft().retry.maxAttempts, 7);
    QCOMPARE(m_window->configurationDraft().inForce().retry.maxAttempts, 4);
    QCOMPARE(m_window->currentPage(), int(MainWindow::Tune));
    m_window->tunePage().undoStack().undo();
    QCOMPARE(m_window->configurationDraft().draft().retry.maxAttempts, 4);
    QVERIFY(!m_window->configurationDraft().isChanged());
}

void InterchangeDialogsTest::aBrokenFileChangesNothing()
{
    auto *dialog = opened<ImportDialog>("Import a configuration");
    choose(dialog, "importTarget", "litellm");
    paste(dialog, "model_list: []\nrouter_settings:\n  num_retries: many\n");
    QTRY_VERIFY(rows(dialog, "importResult").contains(QStringLiteral("router_settings.num_retries, line 3: Must be a number")));
    QVERIFY(!dialog->findChild<QPushButton *>(QStringLiteral("importTake"))->isEnabled());
    QVERIFY(!m_window->configurationDraft().isChanged());
}

void InterchangeDialogsTest::whatHasNoCounterpartIsListed()
{
    auto *dialog = opened<ImportDialog>("Import a configuration");
    choose(dialog, "importTarget", "polly");
    paste(dialog, R"({"A":{"Retry":{"MaxRetryAttempts":2},"Hedging":{}}})");
    QTRY_VERIFY(rows(dialog, "importResult").contains(QStringLiteral("Has no counterpart and is not taken (1)\nA.Hedging|")));
}

void InterchangeDialogsTest::aFileOfAKnownNameChoosesItsTarget()
{
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("application.yml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(exportTo(*interchangeTarget(u"resilience4j"), interchangeBase(), QStringLiteral("x")).text);
    file.close();
    auto *dialog = opened<ImportDialog>("Import a configuration");
    dialog->setFileChooser([&](QWidget *) { return file.fileName(); });
    click(dialog, "importOpen");
    QCOMPARE(dialog->findChild<QComboBox *>(QStringLiteral("importTarget"))->currentData().toString(), QStringLiteral("resilience4j"));
    QVERIFY(rows(dialog, "importResult").contains(QStringLiteral("Changes the draft")));
    dialog->setFileChooser([](QWidget *) { return QStringLiteral("/nowhere.yml"); });
    click(dialog, "importOpen");
    QVERIFY(dialog->findChild<QLabel *>(QStringLiteral("importSaid"))->text().startsWith(QStringLiteral("/nowhere.yml cannot be read")));
}

void InterchangeDialogsTest::pictures()
{
    const QString folder = suite::pictureFolder();
    auto *exporting = opened<ExportDialog>("Export the configuration");
    auto *importing = opened<ImportDialog>("Import a configuration");
    paste(importing, "model_list:\n  - model_name: a\n    litellm_params:\n      model: openai/m\n      rpm: 60\n"
                     "      api_key: sk-0123456789\nrouter_settings:\n  num_retries: 30\n");
    QTRY_VERIFY(rows(importing, "importResult").contains(QStringLiteral("To look at")));
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_theme->setMode(mode);
        QTest::qWait(60);
        const QString end = mode == ThemeMode::Dark ? QStringLiteral("dark.png") : QStringLiteral("light.png");
        QVERIFY(suite::keep(exporting->grab(), folder + QStringLiteral("/export-") + end));
        QVERIFY(suite::keep(importing->grab(), folder + QStringLiteral("/import-") + end));
    }
}

SUITE_TEST(InterchangeDialogsTest)
#include "tst_interchangedialogs.moc"
