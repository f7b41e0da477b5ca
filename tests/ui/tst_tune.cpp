// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/policyladder.h"
#include "config/retryfields.h"
#include "config/retrypresets.h"
#include "engine/localengineclient.h"
#include "mainwindow.h"
#include "notices/noticecenter.h"
#include "pages/tuneconsequences.h"
#include "pages/tunepage.h"
#include "sandbox/sandbox.h"
#include "support/pictures.h"
#include "support/suite.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>

using namespace retryscope;

/// The Tune page in the real window, with a real file: clicks and keys as a person would make them.
class TuneTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void theLadderIsWhatTheEngineDoes();
    void ninetyNineAttemptsAreNotPromised();
    void theScenarioIsChosen();
    void theLadderSaysAllInASmallWindow();
    void durationsAsPeopleWriteThem_data();
    void durationsAsPeopleWriteThem();
    void aPlainNumberCountsTheShownUnit();
    void errorsStandAtTheField();
    void whatWasStandsBesideAChangeAndOneFieldReverts();
    void undoAndRedoByKeys();
    void aPresetIsOneStep();
    void applyShowsTheDifference();
    void unknownKeysSurviveApply();
    void anEditOnDiskKeepsTheDraft();
    void theSameFieldOnDiskOpensAMerge();
    void applyOnAFaultyFileIsRefused();
    void aFileCreatedAfterTheStartIsRead();
    void aFileMadeAnewIsRead();
    void ctrlQKeepsTheDraft();
    void theWheelTurnsOnlyWhatHasTheKeyboard();
    void findsFields();
    void tabReachesEverythingAndIsNotTrapped();
    void applyIsInSightInASmallWindow();
    void pictures();

private:
    void open();
    void close();
    /// On the page first: the Providers page has a bar and notices of the same names.
    template <typename T = QWidget> T *find(const QString &name)
    {
        T *there = m_window->tunePage().findChild<T *>(name);
        return there ? there : m_window->findChild<T *>(name);
    }
    QString text(const char *name) { return find<QLabel>(QLatin1String(name))->text(); }
    void click(const QString &name)
    {
        QWidget *w = find(name);
        QVERIFY2(w && w->isVisible() && w->isEnabled(), qPrintable(name));
        QTest::mouseClick(w, Qt::LeftButton);
    }
    /// Selects all of a field and types over it.
    void type(const char *key, const QString &text)
    {
        auto *field = find<QAbstractSpinBox>(QStringLiteral("field_") + QLatin1String(key));
        QVERIFY(field);
        field->setFocus();
        field->selectAll();
        QTest::keyClicks(field, text);
    }
    QString shown(const char *key)
    {
        return find<QAbstractSpinBox>(QStringLiteral("field_") + QLatin1String(key))->text();
    }
    void played() { QTRY_VERIFY(!find<TuneConsequences>(QStringLiteral("tuneConsequences"))->isPlaying()); }
    ConfigurationDraft &draft() { return m_window->configurationDraft(); }
    void write(const Configuration &c) { write(toJson(c)); }
    void write(const QByteArray &bytes)
    {
        QFile file(m_path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
    }
    QByteArray onDisk()
    {
        QFile file(m_path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    Configuration simulated() const
    {
        Configuration c;
        c.providers = simulatedProviders(m_root);
        return c;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
    QUrl m_root;
    std::unique_ptr<Sandbox> m_sandbox;
    std::unique_ptr<LocalEngineClient> m_client;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<ConfigurationFile> m_file;
};

void TuneTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(QStringLiteral("config.json"));
    m_sandbox = std::make_unique<Sandbox>();
    const auto port = m_sandbox->start();
    QVERIFY(bool(port));
    m_root = QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*port));
    m_client = std::make_unique<LocalEngineClient>(7);
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    open();
}

void TuneTest::open()
{
    m_window = std::make_unique<MainWindow>(*m_client, [](const ProviderId &, Fault) {}, *m_theme);
    m_file = std::make_unique<ConfigurationFile>(m_path);
    draft().setSandbox(m_root);
    draft().follow(m_file.get(), simulated());
    m_window->keepDraftIn(m_folder->filePath(QStringLiteral("draft.json")));
    m_window->showPage(MainWindow::Tune);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get(), suite::patience));
}

void TuneTest::close()
{
    m_window.reset();
    m_file.reset();
}

void TuneTest::cleanup()
{
    close();
    m_client.reset();
    m_sandbox.reset();
    QLocale::setDefault(QLocale::c());
}

void TuneTest::theLadderIsWhatTheEngineDoes()
{
    const auto attempts = [this] {
        QStringList ladder;
        for (const PlayStep &step : find<PolicyLadder>(QStringLiteral("policyLadder"))->play().steps) {
            if (step.kind == PlayStep::Kind::Attempt)
                ladder << step.provider;
        }
        return ladder;
    };
    for (const auto &[perProvider, most] : {std::pair{1, 4}, std::pair{2, 5}, std::pair{3, 7}}) {
        for (const ProviderConfig &p : draft().inForce().providers) {
            m_client->release(p.id);
            m_sandbox->setFault(p.id, {Fault::ServerError, 1.0, {}}); // what the page plays
        }
        type("max_attempts", QString::number(most));
        type("attempts_per_provider", QString::number(perProvider));
        type("base_delay_s", QStringLiteral("10 ms"));
        if (draft().isChanged())
            click(QStringLiteral("applyButton"));
        QStringList asked;
        QString rule;
        const auto watch = connect(m_client.get(), &EngineClient::eventsArrived, this, [&](const Events &events) {
            for (const Event &e : events) {
                if (e.kind == EventKind::AttemptStarted)
                    asked << e.provider;
                if (e.kind == EventKind::CallFinished)
                    rule = e.rule;
            }
        });
        m_client->send(Prompt{QStringLiteral("Hello"), {}, {}, 16, true}, {});
        QTRY_VERIFY(!rule.isEmpty());
        disconnect(watch);
        played();
        QCOMPARE(attempts(), asked);
        QCOMPARE(QString(find<PolicyLadder>(QStringLiteral("policyLadder"))->play().steps.last().rule), rule);
    }
}

void TuneTest::ninetyNineAttemptsAreNotPromised()
{
    type("max_attempts", QStringLiteral("99"));
    QVERIFY(text("message_max_attempts").contains(QStringLiteral("must lie between 1 and 20")));
    QVERIFY(!find(QStringLiteral("applyButton"))->isEnabled());
    played();
    const PolicyPlay &play = find<PolicyLadder>(QStringLiteral("policyLadder"))->play();
    QVERIFY2(play.attempts >= 4 && play.attempts < 30,
             qPrintable(QString::number(play.attempts))); // circuits open, the rest is not made
    QVERIFY2(!text("worstCase").contains(QStringLiteral("99")), qPrintable(text("worstCase")));
}

void TuneTest::theScenarioIsChosen()
{
    auto *who = find<QComboBox>(QStringLiteral("scenarioProvider")),
         *how = find<QComboBox>(QStringLiteral("scenarioFailure"));
    who->setFocus();
    QTest::keyClick(who, Qt::Key_Down); // only OpenAI
    played();
    QCOMPARE(find<PolicyLadder>(QStringLiteral("policyLadder"))->play().reason, RetryReason::None);
    QVERIFY(text("worstCaseNote").startsWith(QStringLiteral("The call is answered.")));
    how->setFocus();
    QTest::keyClicks(how, QStringLiteral("stays"));
    played();
    const PolicyPlay &silent = find<PolicyLadder>(QStringLiteral("policyLadder"))->play();
    QCOMPARE(silent.steps.first().length, draft().draft().retry.firstTokenTimeout);
    QVERIFY2(text("worstCase").contains(QStringLiteral("2 billable requests")), qPrintable(text("worstCase")));
}

/// Every way to fail, at 900 by 600: no word of a lane ends in dots.
void TuneTest::theLadderSaysAllInASmallWindow()
{
    m_window->resize(900, 600);
    auto *how = find<QComboBox>(QStringLiteral("scenarioFailure"));
    const auto *ladder = find<PolicyLadder>(QStringLiteral("policyLadder"));
    for (int i = 0; i < how->count(); ++i) {
        how->setCurrentIndex(i);
        emit how->activated(i);
        played();
        QTRY_COMPARE(ladder->height(), ladder->heightForWidth(ladder->width()));
        for (const QString &words : ladder->shown())
            QVERIFY2(!words.contains(u'…'), qPrintable(how->currentText() + QStringLiteral(": ") + words));
    }
}

void TuneTest::durationsAsPeopleWriteThem_data()
{
    QTest::addColumn<QLocale::Language>("language");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<double>("seconds"); // -1: refused, and nothing changes
    for (const auto &[name, language] : {std::pair{"de", QLocale::German}, std::pair{"en", QLocale::English}}) {
        for (const auto &[typed, seconds] :
             {std::pair{"200 ms", 0.2}, std::pair{"2.5", 2.5}, std::pair{"2,5", 2.5}, std::pair{"2,5 s", 2.5},
              std::pair{"1:30", 90.0}, std::pair{"1m30s", 90.0}, std::pair{"2m", 120.0}, std::pair{"1,000", -1.0},
              std::pair{"soon", -1.0}, std::pair{"25", 25.0}})
            QTest::addRow("%s: %s", name, typed) << language << QString::fromLatin1(typed) << seconds;
    }
}

void TuneTest::durationsAsPeopleWriteThem()
{
    QFETCH(QLocale::Language, language);
    QFETCH(QString, typed);
    QFETCH(double, seconds);
    QLocale::setDefault(QLocale(language));
    type("server_hint_cap_s", typed);
    QTest::keyClick(find(QStringLiteral("field_server_hint_cap_s")), Qt::Key_Return);
    if (seconds < 0) {
        QCOMPARE(shown("server_hint_cap_s"), typed); // it stays to be put right
        QVERIFY(text("message_server_hint_cap_s").startsWith(QStringLiteral("✗")));
        QVERIFY(!find(QStringLiteral("applyButton"))->isEnabled());
        QTest::keyClick(find(QStringLiteral("field_server_hint_cap_s")), Qt::Key_Escape);
        return;
    }
    QCOMPARE(draft().draft().retry.serverHintCap, fromSeconds(seconds));
    if (seconds >= 60.0)
        QCOMPARE(text("message_server_hint_cap_s"),
                 seconds == 90.0 ? QStringLiteral("= 1 min 30 s") : QStringLiteral("= 2 min"));
    click(QStringLiteral("applyButton"));
    QCOMPARE(configurationFromJson(onDisk()).configuration.retry.serverHintCap, fromSeconds(seconds));
}

void TuneTest::aPlainNumberCountsTheShownUnit()
{
    QCOMPARE(shown("base_delay_s"), QStringLiteral("500 ms"));
    type("base_delay_s", QStringLiteral("2000")); // on the way it is 2, 20 and 200 of the same unit
    QCOMPARE(draft().draft().retry.baseDelay, Duration(2s));
    QCOMPARE(text("message_base_delay_s"), QStringLiteral("= 2 s"));
    QTest::keyClick(find(QStringLiteral("field_base_delay_s")), Qt::Key_Tab);
    QCOMPARE(shown("base_delay_s"), QStringLiteral("2 s"));
    type("exponential_base", QStringLiteral("2,5"));
    QCOMPARE(draft().draft().retry.exponentialBase, 2.5);
    type("max_attempts", QStringLiteral("2,5"));
    QVERIFY(text("message_max_attempts").contains(QStringLiteral("whole number")));
    QCOMPARE(draft().draft().retry.maxAttempts, 2); // what could be read on the way; the rest changes nothing
}

void TuneTest::errorsStandAtTheField()
{
    type("idle_timeout_s", QStringLiteral("2 h"));
    auto *field = find(QStringLiteral("field_idle_timeout_s"));
    auto *message = find<QLabel>(QStringLiteral("message_idle_timeout_s"));
    QTest::qWait(20);
    QVERIFY(message->isVisible() && message->text().contains(QStringLiteral("must lie between")));
    QVERIFY(field->accessibleDescription().contains(message->text()));
    const int below =
        message->mapTo(m_window.get(), QPoint()).y() - field->mapTo(m_window.get(), QPoint(0, field->height())).y();
    QVERIFY2(below >= 0 && below < 60, qPrintable(QString::number(below)));
    QVERIFY(!message->visibleRegion().isEmpty()); // not far below the fold
    QVERIFY(text("issuesLabel").contains(QStringLiteral("Idle timeout")));
    type("idle_timeout_s", QStringLiteral("20"));
    QVERIFY(find(QStringLiteral("issuesLabel"))->isHidden());
    type("deadline_s", QStringLiteral("30 s")); // a warning stands there too, and forbids nothing
    QVERIFY(text("message_deadline_s").startsWith(QStringLiteral("⚠")));
    QVERIFY(find(QStringLiteral("applyButton"))->isEnabled());
}

void TuneTest::whatWasStandsBesideAChangeAndOneFieldReverts()
{
    QVERIFY(find(QStringLiteral("was_base_delay_s"))->isHidden());
    type("base_delay_s", QStringLiteral("2 s"));
    type("max_attempts", QStringLiteral("6"));
    QCOMPARE(text("was_base_delay_s"), QStringLiteral("was 500 ms"));
    QVERIFY(!find(QStringLiteral("was_base_delay_s"))->isHidden());
    QTest::qWait(20);
    click(QStringLiteral("revert_base_delay_s"));
    QCOMPARE(draft().draft().retry.baseDelay, Duration(500ms));
    QCOMPARE(draft().draft().retry.maxAttempts, 6);
    QVERIFY(find(QStringLiteral("was_base_delay_s"))->isHidden());
    QCOMPARE(shown("base_delay_s"), QStringLiteral("500 ms"));
}

void TuneTest::undoAndRedoByKeys()
{
    type("base_delay_s", QStringLiteral("1250 ms")); // seven keys, one step
    QTest::keyClick(find(QStringLiteral("field_base_delay_s")), Qt::Key_Tab);
    type("max_attempts", QStringLiteral("6"));
    auto *field = find(QStringLiteral("field_max_attempts"));
    QTest::keyClick(field, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(draft().draft().retry.maxAttempts, 4);
    QCOMPARE(shown("max_attempts"), QStringLiteral("4"));
    QCOMPARE(draft().draft().retry.baseDelay, Duration(1250ms));
    QTest::keyClick(field, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(draft().draft().retry.baseDelay, Duration(500ms));
    QVERIFY(!draft().isChanged());
    QTest::keyClick(field, Qt::Key_Z, Qt::ControlModifier); // nothing is left, and nothing happens
    QCOMPARE(shown("max_attempts"), QStringLiteral("4"));
    QTest::keyClick(field, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(draft().draft().retry.baseDelay, Duration(1250ms));
    QTest::keyClick(field, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(draft().draft().retry.maxAttempts, 6);
    auto *list = find<QListWidget>(QStringLiteral("priorityList"));
    list->setFocus();
    list->setCurrentRow(0);
    QTest::keyClick(list, Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(draft().draft().providers[0].id, QStringLiteral("anthropic"));
    QCOMPARE(list->currentRow(), 1);
    QTest::keyClick(list, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(draft().draft().providers[0].id, QStringLiteral("openai"));
    click(QStringLiteral("undoButton"));
    QCOMPARE(draft().draft().retry.maxAttempts, 4);
}

void TuneTest::aPresetIsOneStep()
{
    const RetryConfig before = draft().draft().retry;
    auto *preset = find<QComboBox>(QStringLiteral("presetBox"));
    preset->setFocus();
    QTest::keyClicks(preset, QStringLiteral("Orig"));
    QTest::keyClick(preset, Qt::Key_Return);
    QVERIFY(draft().draft().retry == retryPresets()[1].config);
    QVERIFY(draft().changes().size() > 3);
    QTest::keyClick(find(QStringLiteral("field_max_attempts")), Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(draft().draft().retry == before);
    QTest::keyClick(find(QStringLiteral("field_max_attempts")), Qt::Key_Y, Qt::ControlModifier);
    QVERIFY(draft().draft().retry == retryPresets()[1].config);
    QTest::qWait(20);
    click(QStringLiteral("revertButton"));
    QVERIFY(draft().draft().retry == before);
    QTest::keyClick(find(QStringLiteral("field_max_attempts")), Qt::Key_Z,
                    Qt::ControlModifier); // what was discarded can come back
    QVERIFY(draft().draft().retry == retryPresets()[1].config);
}

void TuneTest::applyShowsTheDifference()
{
    QVERIFY(text("changesTitle").startsWith(QStringLiteral("No changes")));
    type("base_delay_s", QStringLiteral("2 s"));
    type("max_attempts", QStringLiteral("6"));
    QTest::qWait(20);
    auto *change = find<QToolButton>(QStringLiteral("change_retry.base_delay_s"));
    QVERIFY(change && !change->visibleRegion().isEmpty());
    QCOMPARE(change->text(), QStringLiteral("Base delay  500 ms → 2 s"));
    QCOMPARE(text("changesTitle"), QStringLiteral("2 changes, not in force yet"));
    QTest::mouseClick(change, Qt::LeftButton);
    QVERIFY(find(QStringLiteral("field_base_delay_s"))->hasFocus());
    QSignalSpy applied(m_window.get(), &MainWindow::configurationApplied);
    click(QStringLiteral("applyButton"));
    QCOMPARE(applied.count(), 1);
    QVERIFY(!draft().isChanged());
    QCOMPARE(configurationFromJson(onDisk()).configuration.retry.baseDelay, Duration(2s));
    QVERIFY(!find(QStringLiteral("applyButton"))->isEnabled());
}

void TuneTest::unknownKeysSurviveApply()
{
    QJsonObject file = QJsonDocument::fromJson(toJson(simulated())).object();
    file[QLatin1String("team")] = QStringLiteral("a");
    QJsonObject retry = file[QLatin1String("retry")].toObject();
    retry[QLatin1String("max_atempts")] = 3;
    retry[QLatin1String("reasons")] =
        QJsonObject{{QStringLiteral("rate_limit"), QJsonObject{{QStringLiteral("note"), QStringLiteral("x")}}}};
    file[QLatin1String("retry")] = retry;
    QJsonArray providers = file[QLatin1String("providers")].toArray();
    QJsonObject first = providers[0].toObject();
    first[QLatin1String("region")] = QStringLiteral("eu");
    providers[0] = first;
    file[QLatin1String("providers")] = providers;
    write(QJsonDocument(file).toJson());
    QTRY_COMPARE(draft().inForce().unknown.size(), 3);
    type("max_attempts", QStringLiteral("6"));
    auto *list = find<QListWidget>(QStringLiteral("priorityList"));
    list->setFocus();
    list->setCurrentRow(0);
    QTest::keyClick(list, Qt::Key_Down, Qt::AltModifier);
    click(QStringLiteral("applyButton"));
    const QJsonObject saved = QJsonDocument::fromJson(onDisk()).object(),
                      after = saved[QLatin1String("retry")].toObject();
    QCOMPARE(after[QLatin1String("max_attempts")].toInt(), 6);
    QCOMPARE(saved[QLatin1String("team")].toString(), QStringLiteral("a"));
    QCOMPARE(after[QLatin1String("max_atempts")].toInt(), 3);
    QCOMPARE(after[QLatin1String("reasons")]
                 .toObject()[QLatin1String("rate_limit")]
                 .toObject()[QLatin1String("note")]
                 .toString(),
             QStringLiteral("x"));
    QCOMPARE(saved[QLatin1String("providers")].toArray()[1].toObject()[QLatin1String("region")].toString(),
             QStringLiteral("eu"));
}

void TuneTest::anEditOnDiskKeepsTheDraft()
{
    write(simulated());
    type("base_delay_s", QStringLiteral("2 s"));
    Configuration other = simulated();
    other.retry.deadline = 30s;
    write(other);
    QTRY_COMPARE(draft().inForce().retry.deadline, Duration(30s));
    QCOMPARE(shown("base_delay_s"), QStringLiteral("2 s"));
    QCOMPARE(shown("deadline_s"), QStringLiteral("30 s"));
    QVERIFY2(text("fileNotice").contains(QStringLiteral("your own changes are kept")), qPrintable(text("fileNotice")));
    QCOMPARE(draft().changes().size(), 1);
    QTest::keyClick(find(QStringLiteral("field_base_delay_s")), Qt::Key_Z,
                    Qt::ControlModifier); // and can still be undone, alone
    QCOMPARE(shown("base_delay_s"), QStringLiteral("500 ms"));
    QCOMPARE(shown("deadline_s"), QStringLiteral("30 s"));
    click(QStringLiteral("closeNotice"));
    QVERIFY(find(QStringLiteral("fileNotice"))->isHidden() || !find(QStringLiteral("fileNotice"))->isVisible());
}

void TuneTest::theSameFieldOnDiskOpensAMerge()
{
    write(simulated());
    type("base_delay_s", QStringLiteral("2 s"));
    type("max_attempts", QStringLiteral("6"));
    Configuration other = simulated();
    other.retry.baseDelay = 3s;
    other.retry.maxAttempts = 5;
    write(other);
    QTRY_COMPARE(draft().conflicts().size(), 2);
    QCOMPARE(shown("base_delay_s"), QStringLiteral("2 s"));
    click(QStringLiteral("applyButton")); // leads to the choice instead of writing over it
    QCOMPARE(onDisk(), toJson(other));
    QTest::qWait(20);
    QVERIFY(find<QRadioButton>(QStringLiteral("mine_retry.base_delay_s"))->isChecked());
    QCOMPARE(find<QRadioButton>(QStringLiteral("theirs_retry.max_attempts"))->text(), QStringLiteral("5"));
    click(QStringLiteral("mergeLater"));
    QTest::qWait(20);
    click(QStringLiteral("mergeButton"));
    QTest::qWait(20);
    click(QStringLiteral("theirs_retry.max_attempts"));
    click(QStringLiteral("mergeUse"));
    QVERIFY(draft().conflicts().isEmpty());
    QCOMPARE(shown("base_delay_s"), QStringLiteral("2 s"));
    QCOMPARE(shown("max_attempts"), QStringLiteral("5"));
    QCOMPARE(text("was_base_delay_s"), QStringLiteral("was 3 s"));
    click(QStringLiteral("applyButton"));
    QCOMPARE(configurationFromJson(onDisk()).configuration.retry.baseDelay, Duration(2s));
    QCOMPARE(configurationFromJson(onDisk()).configuration.retry.maxAttempts, 5);
}

void TuneTest::applyOnAFaultyFileIsRefused()
{
    write(simulated());
    type("base_delay_s", QStringLiteral("2 s"));
    const QByteArray broken = QByteArray(toJson(simulated())).replace("\"max_attempts\": 4", "\"max_attempts\": forty");
    write(broken);
    click(QStringLiteral("applyButton")); // before anybody told of the change
    QCOMPARE(onDisk(), broken);
    QVERIFY(draft().isChanged());
    QVERIFY2(
        text("fileNotice")
            .contains(QStringLiteral("has an error, so nothing was written over it. (file): Not valid JSON at line ")),
        qPrintable(text("fileNotice")));
    QTest::qWait(20);
    click(QStringLiteral("showErrorsButton"));
    QVERIFY(find(QStringLiteral("fileIssues"))->isVisible());
    QVERIFY(text("fileIssues").contains(QStringLiteral("line ")));
    m_window->showPage(MainWindow::Dashboard); // and on the other pages it is told in their place
    const QString key = QStringLiteral("configuration");
    QVERIFY(m_window->notices().find(key)
            && m_window->notices().find(key)->text.contains(QStringLiteral("has an error")));
    m_window->showPage(MainWindow::Tune);
    QVERIFY(!m_window->notices().find(key));
    write(simulated());
    QTRY_VERIFY(!find(QStringLiteral("fileNotice"))->isVisible());
    QCOMPARE(shown("base_delay_s"), QStringLiteral("2 s"));
    click(QStringLiteral("applyButton"));
    QCOMPARE(configurationFromJson(onDisk()).configuration.retry.baseDelay, Duration(2s));
}

void TuneTest::aFileCreatedAfterTheStartIsRead()
{
    Configuration later = simulated();
    later.retry.maxAttempts = 7;
    write(later);
    QTRY_COMPARE(shown("max_attempts"), QStringLiteral("7"));
    QVERIFY(!draft().isChanged());
}

void TuneTest::aFileMadeAnewIsRead()
{
    Configuration next = simulated();
    next.retry.maxAttempts = 9; // told apart from what stood before: it was read, so its end is news
    write(next);
    QTRY_COMPARE(shown("max_attempts"), QStringLiteral("9"));
    QVERIFY(QFile::remove(m_path));
    QTRY_VERIFY(text("fileNotice").contains(QStringLiteral("was removed")));
    for (const int attempts : {5, 6}) {
        next.retry.maxAttempts = attempts;
        write(next);
        QTRY_COMPARE(shown("max_attempts"), QString::number(attempts));
    }
    QVERIFY(!find(QStringLiteral("fileNotice"))->isVisible());
    QVERIFY(QFile::remove(m_path));
    QTRY_VERIFY(find(QStringLiteral("writeAgainButton"))->isVisible());
    click(QStringLiteral("writeAgainButton"));
    QCOMPARE(configurationFromJson(onDisk()).configuration.retry.maxAttempts, 6);
}

void TuneTest::ctrlQKeepsTheDraft()
{
    type("base_delay_s", QStringLiteral("2 s"));
    QTimer::singleShot(0, m_window.get(), [this] { QTest::keyClick(m_window.get(), Qt::Key_Q, Qt::ControlModifier); });
    QTimer::singleShot(10'000, m_window.get(), [] { QApplication::exit(99); });
    QCOMPARE(QApplication::exec(), 0); // Ctrl+Q ends the program
    close();
    QVERIFY(!QFile::exists(m_path)); // nothing was applied behind anybody's back
    open();
    QCOMPARE(shown("base_delay_s"), QStringLiteral("2 s"));
    QCOMPARE(draft().inForce().retry.baseDelay, Duration(500ms));
    QVERIFY2(text("fileNotice").contains(QStringLiteral("Your draft from the last time is back")),
             qPrintable(text("fileNotice")));
    click(QStringLiteral("revertButton"));
    close();
    open();
    QCOMPARE(shown("base_delay_s"), QStringLiteral("500 ms"));
    QVERIFY(!find(QStringLiteral("fileNotice"))->isVisible());
}

void TuneTest::theWheelTurnsOnlyWhatHasTheKeyboard()
{
    const auto wheel = [](QWidget *at) {
        const QPointF middle(at->rect().center());
        QWheelEvent event(middle, at->mapToGlobal(middle), {}, {0, -120}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QSpontaneKeyEvent::setSpontaneous(&event); // only those of the system go on to the parent
        qApp->notify(at, &event);
    };
    find(QStringLiteral("fieldSearch"))->setFocus();
    auto *pane = find<QScrollArea>(QStringLiteral("tuneFields"));
    for (const char *key : {"max_attempts", "stream_mode", "base_delay_s"}) {
        const int before = pane->verticalScrollBar()->value();
        wheel(find(QStringLiteral("field_") + QLatin1String(key)));
        QVERIFY2(!draft().isChanged(), key);
        QVERIFY2(pane->verticalScrollBar()->value() > before, key); // the page scrolls instead
    }
    find(QStringLiteral("field_max_attempts"))->setFocus();
    wheel(find(QStringLiteral("field_max_attempts")));
    QCOMPARE(draft().draft().retry.maxAttempts, 3);
}

void TuneTest::findsFields()
{
    QTest::keyClick(m_window.get(), Qt::Key_F, Qt::ControlModifier);
    auto *search = find<QLineEdit>(QStringLiteral("fieldSearch"));
    QVERIFY(search->hasFocus());
    QTest::keyClicks(search, QStringLiteral("jitter"));
    QVERIFY(find(QStringLiteral("field_jitter"))->isVisible());
    QVERIFY(!find(QStringLiteral("field_max_attempts"))->isVisible());
    search->selectAll();
    QTest::keyClicks(search, QStringLiteral("retry_budget_floor"));
    QVERIFY(find(QStringLiteral("field_retry_budget_floor"))->isVisible());
    QTest::keyClicks(search, QStringLiteral("zzz"));
    QVERIFY(find(QStringLiteral("noField"))->isVisible());
}

void TuneTest::tabReachesEverythingAndIsNotTrapped()
{
    auto *search = find<QLineEdit>(QStringLiteral("fieldSearch"));
    type("max_attempts", QStringLiteral("6"));
    search->setFocus();
    QSet<QString> reached;
    for (int i = 0; i < 150; ++i) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        QWidget *at = QApplication::focusWidget();
        QVERIFY(at);
        reached.insert(at->objectName());
        if (at == search)
            break;
    }
    QVERIFY(search->hasFocus()); // round and back
    for (const RetryConfigField &field : retryConfigFields())
        QVERIFY2(reached.contains(QStringLiteral("field_") + QLatin1String(field.key)), field.key);
    for (const char *name : {"presetBox", "revert_max_attempts", "scenarioProvider", "scenarioFailure", "scenarioAfter",
                             "priorityList", "applyButton", "revertButton"})
        QVERIFY2(reached.contains(QLatin1String(name)), name);
}

void TuneTest::applyIsInSightInASmallWindow()
{
    m_window->resize(900, 600);
    type("max_attempts", QStringLiteral("99"));
    QTest::qWait(50);
    QCOMPARE(m_window->size(), QSize(900, 600));
    auto *apply = find(QStringLiteral("applyButton"));
    QCOMPARE(apply->visibleRegion().boundingRect(), apply->rect());
    for (const QScrollArea *area : m_window->tunePage().findChildren<QScrollArea *>())
        QVERIFY2(!area->horizontalScrollBar()->isVisible() || !area->isVisible(), qPrintable(area->objectName()));
    for (const RetryConfigField &field : retryConfigFields()) {
        const QWidget *editor = find(QStringLiteral("field_") + QLatin1String(field.key));
        const int right = editor->mapTo(find(QStringLiteral("tuneFields")), QPoint(editor->width(), 0)).x();
        QVERIFY2(right <= find<QScrollArea>(QStringLiteral("tuneFields"))->viewport()->width(), field.key);
    }
}

void TuneTest::pictures()
{
    const QString folder = suite::pictureFolder();
    write(simulated());
    const auto take = [&](const char *what) {
        for (const QSize size : suite::pictureSizes({QSize(900, 600), QSize(1280, 800), QSize(1920, 1080)})) {
            m_window->resize(size);
            for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
                m_theme->setMode(mode);
                QTest::qWait(60);
                const QString path =
                    QStringLiteral("%1/tune-%2-%3-%4.png")
                        .arg(folder, QLatin1String(what))
                        .arg(size.width())
                        .arg(mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light"));
                QVERIFY(suite::keep(m_window->grab(), path));
            }
        }
    };
    take("calm");
    type("base_delay_s", QStringLiteral("2 s"));
    type("max_attempts", QStringLiteral("99"));
    type("deadline_s", QStringLiteral("30 s"));
    type("attempt_timeout_s", QStringLiteral("soon"));
    take("edited");
    QTest::keyClick(find(QStringLiteral("field_attempt_timeout_s")), Qt::Key_Escape);
    type("max_attempts", QStringLiteral("6"));
    Configuration other = simulated();
    other.retry.baseDelay = 3s;
    other.retry.maxAttempts = 5;
    write(other);
    QTRY_COMPARE(draft().conflicts().size(), 2);
    take("conflict");
    click(QStringLiteral("mergeButton"));
    take("merge");
}

SUITE_MAIN(TuneTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication app(argc, argv);
    TuneTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_tune.moc"
