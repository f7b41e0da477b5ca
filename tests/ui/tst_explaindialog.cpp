// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/explaindialog.h"
#include "mainwindow.h"

#include "base/systemclock.h"
#include "support/suite.h"
#include "words/explanationwords.h"

#include "../support/fakeengine.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QSpinBox>
#include <QTest>

using namespace retryscope;

/// "Explain a response": the window says what the command line says, follows what is typed, and bad input is named.
class ExplainDialogTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void itSaysWhatTheCommandLineSays_data();
    void itSaysWhatTheCommandLineSays();
    void nothingIsCutOff();
    void aWrongHeaderLineIsNamed();
    void aLongBodyIsReferredToTheCommandLine();
    void anOwnRuleCountsOnceItIsApplied();
    void nobodyIsConfigured();
    void thePaletteOpensIt();

private:
    template <typename T> T *part(const char *name) { return m_dialog->findChild<T *>(QLatin1String(name)); }
    /// What is shown, a line each.
    QStringList shown();
    void type(int status, const QString &headers, const QByteArray &body);
    std::unique_ptr<ExplainDialog> m_dialog;
    Configuration m_configuration;
};

void ExplainDialogTest::init()
{
    m_configuration = {};
    m_configuration.providers = builtInProviders();
    for (ProviderConfig &provider : m_configuration.providers)
        provider.enabled = true;
    m_dialog = std::make_unique<ExplainDialog>();
    m_dialog->setConfiguration(m_configuration);
    m_dialog->show();
}

QStringList ExplainDialogTest::shown()
{
    QStringList lines;
    const auto *form = qobject_cast<QFormLayout *>(part<QWidget>("explainResult")->layout());
    for (int row = 0; row < form->rowCount(); ++row) {
        const auto *name = qobject_cast<QLabel *>(form->itemAt(row, QFormLayout::LabelRole)->widget());
        const auto *text = qobject_cast<QLabel *>(form->itemAt(row, QFormLayout::FieldRole)->widget());
        lines << name->text() + QLatin1Char('|') + text->text();
    }
    return lines;
}

void ExplainDialogTest::type(int status, const QString &headers, const QByteArray &body)
{
    part<QSpinBox>("explainStatus")->setValue(status);
    part<QPlainTextEdit>("explainHeaders")->setPlainText(headers);
    part<QPlainTextEdit>("explainBody")->setPlainText(QString::fromUtf8(body));
}

void ExplainDialogTest::itSaysWhatTheCommandLineSays_data()
{
    QTest::addColumn<QString>("provider");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("headers");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("limited") << "openai" << 429 << "Retry-After: 20"
                             << QByteArray(R"({"error":{"code":"rate_limit_exceeded","message":"Slow down."}})");
    QTest::newRow("no money")
        << "openai" << 429 << ""
        << QByteArray(R"({"error":{"code":"insufficient_quota","message":"You exceeded your current quota."}})");
    QTest::newRow("overloaded")
        << "anthropic" << 529 << "request-id: a\nRetry-After: 3"
        << QByteArray(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})");
    QTest::newRow("an answer") << "mistral" << 200 << ""
                               << QByteArray(R"({"choices":[{"finish_reason":"stop","message":{"content":"Yes."}}]})");
    QTest::newRow("a page") << "google_ai" << 502 << "Content-Type: text/html"
                            << QByteArray("<html>Bad gateway</html>");
    QTest::newRow("nothing") << "google_ai" << 500 << "" << QByteArray();
}

void ExplainDialogTest::itSaysWhatTheCommandLineSays()
{
    QFETCH(QString, provider);
    QFETCH(int, status);
    QFETCH(QString, headers);
    QFETCH(QByteArray, body);
    auto *combo = part<QComboBox>("explainProvider");
    combo->setCurrentIndex(combo->findData(provider));
    type(status, headers, body);
    SampleResponse response{status, *headersOfLines(headers.split(QLatin1Char('\n'), Qt::SkipEmptyParts)), body};
    QStringList expected;
    for (const ExplanationLine &line :
         tellExplanation(explain(m_configuration, provider, response, SystemClock().wallNow()), m_configuration.rules))
        expected << line.name + QLatin1Char('|') + line.text;
    QVERIFY(expected.size() >= 3);
    QTRY_COMPARE(shown(), expected);
    QVERIFY(part<QLabel>("explainProblem")->isHidden());
}

/// Each text has the width of the dialog, and the height that it needs there.
void ExplainDialogTest::nothingIsCutOff()
{
    type(429, QStringLiteral("Retry-After: 20"),
         R"({"error":{"code":"rate_limit_exceeded","message":"Rate limit reached for requests."}})");
    QTRY_VERIFY(shown().size() > 4);
    QTest::qWait(0); // laid out
    const auto *result = part<QWidget>("explainResult");
    const auto *form = qobject_cast<QFormLayout *>(result->layout());
    for (int row = 0; row < form->rowCount(); ++row) {
        const QWidget *text = form->itemAt(row, QFormLayout::FieldRole)->widget();
        QVERIFY2(text->width() > result->width() / 2, qPrintable(QString::number(text->width())));
        QVERIFY(text->height() >= text->heightForWidth(text->width()));
    }
}

void ExplainDialogTest::aWrongHeaderLineIsNamed()
{
    type(429, QStringLiteral("Retry-After: 20\n\nno header at all"), {});
    QTRY_VERIFY2(part<QLabel>("explainProblem")->text().startsWith(QLatin1String("Header line 3 is no header.")),
                 qPrintable(part<QLabel>("explainProblem")->text()));
    QCOMPARE(shown(), QStringList());
    type(429, QStringLiteral("Retry-After: 20"), {});
    QTRY_VERIFY(!shown().isEmpty());
    QVERIFY(part<QLabel>("explainProblem")->isHidden());
}

void ExplainDialogTest::aLongBodyIsReferredToTheCommandLine()
{
    type(500, {}, QByteArray(300 << 10, 'x'));
    QTRY_VERIFY(part<QLabel>("explainProblem")
                    ->text()
                    .contains(QLatin1String("retryscope-cli explain --status 500 --body FILE")));
    QCOMPARE(shown(), QStringList());
}

void ExplainDialogTest::anOwnRuleCountsOnceItIsApplied()
{
    auto *combo = part<QComboBox>("explainProvider");
    combo->setCurrentIndex(combo->findData(QStringLiteral("anthropic")));
    type(503, {}, "closed for stocktaking");
    QTRY_VERIFY(!shown().isEmpty());
    const QStringList before = shown();
    OwnRule rule;
    rule.text = "stocktaking";
    rule.reason = RetryReason::QuotaExhausted;
    m_configuration.rules.push_back(rule);
    m_dialog->setConfiguration(m_configuration);
    QVERIFY(shown() != before);
    QVERIFY2(shown().join(QLatin1Char('\n')).contains(QLatin1String("stocktaking")),
             qPrintable(shown().join(QLatin1Char('\n'))));
    QCOMPARE(combo->currentData().toString(), QStringLiteral("anthropic"));
}

void ExplainDialogTest::nobodyIsConfigured()
{
    m_dialog->setConfiguration({});
    QVERIFY(part<QLabel>("explainProblem")->isVisible());
    QCOMPARE(shown(), QStringList());
}

void ExplainDialogTest::thePaletteOpensIt()
{
    FakeEngine engine;
    Theme theme(ThemeMode::Light);
    MainWindow window(engine, [](const ProviderId &, Fault) {}, theme);
    window.setConfiguration(m_configuration);
    window.show();
    const Commands all = window.commands();
    const auto command = std::find_if(all.begin(), all.end(), [](const Command &c) {
        return c.title.startsWith(QLatin1String("Explain a response"));
    });
    QVERIFY(command != all.end());
    command->run();
    auto *dialog = window.findChild<ExplainDialog *>();
    QVERIFY(dialog && dialog->isVisible());
    QCOMPARE(dialog->findChild<QComboBox *>(QStringLiteral("explainProvider"))->count(), 4);
    dialog->findChild<QPlainTextEdit *>(QStringLiteral("explainBody"))->setPlainText(QStringLiteral("kept"));
    QTest::keyClick(dialog, Qt::Key_Escape);
    QVERIFY(!dialog->isVisible());
    command->run();
    QVERIFY(dialog->isVisible());
    QCOMPARE(dialog->findChild<QPlainTextEdit *>(QStringLiteral("explainBody"))->toPlainText(), QStringLiteral("kept"));
}

SUITE_TEST(ExplainDialogTest)
#include "tst_explaindialog.moc"
