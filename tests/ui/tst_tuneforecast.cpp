// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/forecasttable.h"
#include "pages/forecastcard.h"
#include "pages/layerscard.h"
#include "pages/lintcard.h"
#include "pages/tuneconsequences.h"
#include "pages/tunepage.h"
#include "support/pictures.h"
#include "support/suite.h"
#include "widgets/rememberedstate.h"

#include <QAbstractSpinBox>
#include <QComboBox>
#include <QDir>
#include <QElapsedTimer>
#include <QLabel>
#include <QRegularExpression>
#include <QScrollArea>
#include <QSettings>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QToolButton>

#include <ctime>

using namespace retryscope;

/// What the Tune page says of a draft before it is applied: on a bad day, with the layers around it, and of its mistakes.
class TuneForecastTest final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void itPlaysBesideNoRetry();
    void anEditIsPlayedBesideWhatIsInForce();
    void whatIsOfAnOlderDraftIsNeverShownAsOfThisOne();
    void moreSlotsAreAdvised();
    void anErrorIsNotPlayed();
    void nobodyToPlay();
    void stoppedAndPlayedAgain();
    void hiddenItDoesNotPlay();
    void closedInMidRun();
    void aMistakeIsNamedAndLeadsToItsField();
    void aMistakeOfTheScenario();
    void layersAreMultiplied();
    void choicesAreRemembered();
    void anEditCostsTheWindowLittle();
    void pictures();

private:
    void open();
    template <typename T = QWidget> T *find(const char *name) { return m_page->findChild<T *>(QLatin1String(name)); }
    ForecastCard &card() { return *m_page->findChild<ForecastCard *>(); }
    ForecastTable &table() { return *m_page->findChild<ForecastTable *>(); }
    QString text(const char *name) { return find<QLabel>(name)->text(); }
    void choose(const char *box, const char *key)
    {
        auto *combo = find<QComboBox>(box);
        const int index = combo->findData(QLatin1String(key));
        QVERIFY2(index >= 0, key);
        combo->setCurrentIndex(index);
    }
    void edit(const std::function<void(RetryConfig &)> &change)
    {
        Configuration c = m_draft->draft();
        change(c.retry);
        m_draft->setDraft(c);
    }
    void complete() { QTRY_COMPARE(card().state(), ForecastState::Complete); }
    /// The attempts that a call of the first column costs, as the table says it.
    double attempts()
    {
        for (const QString &line : table().lines()) {
            if (line.startsWith(QStringLiteral("attempts a call")))
                return line.section(QStringLiteral(": "), 2, 2)
                    .section(QRegularExpression(QStringLiteral("[ ,]")), 0, 0)
                    .toDouble();
        }
        return -1;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<ConfigurationFile> m_file;
    std::unique_ptr<ConfigurationDraft> m_draft;
    std::unique_ptr<TunePage> m_page;
};

void TuneForecastTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_file = std::make_unique<ConfigurationFile>(m_folder->filePath(QStringLiteral("config.json")));
    m_draft = std::make_unique<ConfigurationDraft>();
    Configuration c;
    c.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:1")));
    m_draft->follow(m_file.get(), c);
    open();
}

void TuneForecastTest::open()
{
    m_page = std::make_unique<TunePage>(*m_theme, *m_draft);
    m_page->resize(1100, 760);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get(), suite::patience));
}

void TuneForecastTest::cleanup()
{
    m_page.reset();
    m_draft.reset();
    m_file.reset();
}

void TuneForecastTest::itPlaysBesideNoRetry()
{
    QCOMPARE(card().state(), ForecastState::Playing);
    QVERIFY(find<QWidget>("forecastProgress")->isVisibleTo(m_page.get()));
    complete();
    QVERIFY(!table().isOlder());
    const QStringList lines = table().lines();
    QCOMPARE(lines.size(), 7); // invented prices say nothing of money
    QVERIFY2(lines[4].startsWith(QStringLiteral("wait for a slot, a call: ")), qPrintable(lines[4]));
    QVERIFY2(lines[0].startsWith(QStringLiteral("calls answered: In force: ")), qPrintable(lines[0]));
    QVERIFY2(lines[0].contains(QStringLiteral("No retry: ")) && lines[0].contains(QStringLiteral(" points)")),
             qPrintable(lines[0]));
    QVERIFY2(text("forecastSentence").contains(QStringLiteral("more calls are answered")),
             qPrintable(text("forecastSentence")));
    QVERIFY2(text("forecastStatus").startsWith(QStringLiteral("20 days")), qPrintable(text("forecastStatus")));
    QVERIFY(!find<QWidget>("forecastProgress")->isVisible());
}

void TuneForecastTest::anEditIsPlayedBesideWhatIsInForce()
{
    complete();
    edit([](RetryConfig &c) { c.maxAttempts = 1; });
    QVERIFY(table().isOlder());
    QVERIFY(!find<QWidget>("forecastSentence")->isVisible());
    QVERIFY2(text("forecastStatus").startsWith(QStringLiteral("The numbers are of what was here before")),
             qPrintable(text("forecastStatus")));
    complete();
    QVERIFY(!table().isOlder());
    QVERIFY2(table().lines()[0].contains(QStringLiteral("Draft: ")), qPrintable(table().lines()[0]));
    QVERIFY2(text("forecastSentence").contains(QStringLiteral("fewer calls are answered")),
             qPrintable(text("forecastSentence")));
    m_page->undoStack().undo(); // nothing of it: the draft was set, not typed
    edit([](RetryConfig &c) {
        c.maxAttempts = 4;
        c.slowAfter = 21s;
    }); // what no call of the scenario notices
    complete();
    QVERIFY2(text("forecastSentence").startsWith(QStringLiteral("No difference")),
             qPrintable(text("forecastSentence")));
    QVERIFY(table().lines()[0].contains(QStringLiteral("no difference")));
}

void TuneForecastTest::whatIsOfAnOlderDraftIsNeverShownAsOfThisOne()
{
    choose("forecastScenario", "silent-minute");
    bool fresh = false;
    int looks = 0;
    const auto look = [&] { // a call of one attempt costs exactly one
        if (table().isOlder() || !table().isVisible())
            return;
        ++looks;
        fresh = true;
        const bool once = m_draft->draft().retry.maxAttempts == 1;
        QVERIFY2((attempts() == 1.0) == once, qPrintable(table().lines().join(QLatin1Char('\n'))));
    };
    for (int i = 0; i < 12; ++i) {
        edit([i](RetryConfig &c) { c.maxAttempts = i % 2 ? 1 : 4; });
        look();
        fresh = false;
        QElapsedTimer timer;
        timer.start();
        // some are let be until their first numbers, others are overtaken in mid-run
        while (i % 3 == 2 ? !fresh && timer.elapsed() < 60'000 : timer.elapsed() < 230) {
            QTest::qWait(2);
            look();
        }
    }
    QVERIFY(looks > 0);
}

void TuneForecastTest::moreSlotsAreAdvised()
{
    complete();
    QVERIFY(!find("forecastAdvice")->isVisible());
    choose("forecastScenario", "storm");
    complete();
    QVERIFY2(find("forecastAdvice")->isVisible() && text("forecastAdvice").contains(QStringLiteral("max_concurrent")),
             qPrintable(text("forecastAdvice")));
    edit([](RetryConfig &c) { c.maxConcurrent = 50; });
    complete();
    QVERIFY2(!find("forecastAdvice")->isVisible(), qPrintable(text("forecastAdvice")));
}

void TuneForecastTest::anErrorIsNotPlayed()
{
    complete();
    edit([](RetryConfig &c) { c.maxAttempts = 99; });
    QCOMPARE(card().state(), ForecastState::HasErrors);
    QTest::qWait(400);
    QCOMPARE(card().state(), ForecastState::HasErrors);
    QVERIFY(table().isOlder());
    QVERIFY(text("forecastStatus").contains(QStringLiteral("has an error")));
    edit([](RetryConfig &c) { c.maxAttempts = 4; });
    complete();
}

void TuneForecastTest::nobodyToPlay()
{
    Configuration c = m_draft->draft();
    for (ProviderConfig &p : c.providers)
        p.enabled = false;
    m_draft->setDraft(c);
    QCOMPARE(card().state(), ForecastState::NobodyToPlay);
    QVERIFY(text("forecastStatus").startsWith(QStringLiteral("No provider is enabled")));
    QVERIFY(!table().isVisible());
}

void TuneForecastTest::stoppedAndPlayedAgain()
{
    choose("forecastScenario", "bad-afternoon");
    QTRY_VERIFY(find<QToolButton>("forecastButton")->isVisible());
    QTest::mouseClick(find<QToolButton>("forecastButton"), Qt::LeftButton);
    QCOMPARE(card().state(), ForecastState::Stopped);
    QTest::qWait(400);
    QCOMPARE(card().state(), ForecastState::Stopped);
    QTest::mouseClick(find<QToolButton>("forecastButton"), Qt::LeftButton);
    QCOMPARE(card().state(), ForecastState::Playing);
    choose("forecastScenario", "silent-minute");
    complete();
}

void TuneForecastTest::hiddenItDoesNotPlay()
{
    complete();
    m_page->hide();
    edit([](RetryConfig &c) { c.maxAttempts = 1; });
    QTest::qWait(600);
    QVERIFY(table().isOlder());
    m_page->show();
    complete();
    QVERIFY(!table().isOlder());
}

void TuneForecastTest::closedInMidRun()
{
    choose("forecastScenario", "bad-afternoon");
    QTest::qWait(350); // it has begun, and takes seconds
    QElapsedTimer timer;
    timer.start();
    m_page->close();
    m_page.reset();
    QVERIFY2(timer.elapsed() < 5'000, qPrintable(QString::number(timer.elapsed())));
    QTest::qWait(50); // nothing that was on its way arrives
}

void TuneForecastTest::aMistakeIsNamedAndLeadsToItsField()
{
    QCOMPARE(text("lintTitle"), QStringLiteral("No mistake found"));
    edit([](RetryConfig &c) {
        c.firstTokenTimeout = 61s;
        c.slowAfter = 60s;
    });
    QCOMPARE(text("lintTitle"), QStringLiteral("2 likely mistakes"));
    auto *label = find<QLabel>("lint_0");
    QVERIFY2(label->text().contains(QStringLiteral("First-token timeout")), qPrintable(label->text()));
    QVERIFY2(text("message_first_token_timeout_s").contains(QStringLiteral("never ends an attempt")),
             qPrintable(text("message_first_token_timeout_s")));
    QVERIFY(QMetaObject::invokeMethod(label, "linkActivated",
                                      Q_ARG(QString, QStringLiteral("retry.first_token_timeout_s"))));
    QVERIFY(find<QAbstractSpinBox>("field_first_token_timeout_s")->hasFocus());
    edit([](RetryConfig &c) {
        c.firstTokenTimeout = 60s;
        c.slowAfter = 20s;
    });
    QCOMPARE(text("lintTitle"), QStringLiteral("No mistake found"));
    QVERIFY(!label->isVisible());
}

void TuneForecastTest::aMistakeOfTheScenario()
{
    auto *lint = m_page->findChild<LintCard *>();
    QVERIFY(lint->sentences().isEmpty());
    choose("forecastScenario", "storm");
    QCOMPARE(lint->sentences().size(), 1);
    QVERIFY2(lint->sentences()[0].contains(QStringLiteral("cannot end a storm")), qPrintable(lint->sentences()[0]));
    choose("forecastScenario", "silent-minute");
    QVERIFY(lint->sentences().isEmpty());
}

void TuneForecastTest::layersAreMultiplied()
{
    QTRY_VERIFY2(
        text("layersSentence").startsWith(QStringLiteral("Nothing else retries: one call is at most 4 requests")),
        qPrintable(text("layersSentence")));
    choose("layer_client", "openai_sdk");
    QVERIFY2(text("layersSentence").contains(QStringLiteral("3 × 4 = 12 requests")),
             qPrintable(text("layersSentence")));
    QVERIFY(text("layerOff_client").contains(QStringLiteral("max_retries=0")));
    choose("layer_queue", "other");
    find<QSpinBox>("layerAttempts_queue")->setValue(5);
    choose("layer_beyond", "envoy");
    QVERIFY2(text("layersSentence").contains(QStringLiteral("5 × 3 × 4 × 2 = 120 requests")),
             qPrintable(text("layersSentence")));
    edit([](RetryConfig &c) { c.maxAttempts = 2; });
    QTRY_VERIFY2(text("layersSentence").contains(QStringLiteral("5 × 3 × 2 × 2 = 60 requests")),
                 qPrintable(text("layersSentence")));
    find<QSpinBox>("layerAttempts_client")->setValue(1); // switched off
    QVERIFY(text("layersSentence").contains(QStringLiteral("5 × 2 × 2 = 20 requests")));
    QVERIFY(!find<QLabel>("layerOff_client")->isVisibleTo(m_page.get()));
}

void TuneForecastTest::choicesAreRemembered()
{
    QSettings settings(m_folder->filePath(QStringLiteral("state.ini")), QSettings::IniFormat);
    RememberedState state(settings);
    m_page->remember(state);
    find<QComboBox>("layer_client")->setCurrentIndex(2);
    find<QSpinBox>("layerAttempts_client")->setValue(7);
    auto *scenario = find<QComboBox>("forecastScenario");
    scenario->setFocus();
    QTest::keyClick(scenario, Qt::Key_Home);
    const QString first = card().scenario();
    QVERIFY(first != QStringLiteral("minute-outage"));
    open();
    QCOMPARE(card().scenario(), QStringLiteral("minute-outage"));
    m_page->remember(state);
    QCOMPARE(card().scenario(), first);
    QCOMPARE(find<QComboBox>("layer_client")->currentIndex(), 2);
    QCOMPARE(find<QSpinBox>("layerAttempts_client")->value(), 7);
}

/// What the window's own thread spends on an edit, findings, fields and the ladder's picture with it. Counted in its own time,
/// so that what else runs on the machine does not matter.
void TuneForecastTest::anEditCostsTheWindowLittle()
{
    const auto spent = [] {
        timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return 1e3 * double(t.tv_sec) + 1e-6 * double(t.tv_nsec);
    };
    auto &consequences = *m_page->findChild<TuneConsequences *>();
    complete();
    QVector<double> each;
    for (int i = 0; i < 21; ++i) {
        const double before = spent();
        edit([i](RetryConfig &c) { c.baseDelay = std::chrono::milliseconds(500 + i); });
        while (consequences.isPlaying())
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        QCoreApplication::processEvents(); // paints
        each.append(spent() - before);
    }
    std::nth_element(each.begin(), each.begin() + 10, each.end());
    qInfo("an edit: %.1f ms of the window's thread", each[10]);
    QVERIFY2(each[10] < 50, qPrintable(QString::number(each[10])));
}

void TuneForecastTest::pictures()
{
    const QString folder = suite::pictureFolder();
    const auto take = [&](const QString &what) {
        for (const int width : {740, 1100}) { // as in a window of 900 and of 1280
            m_page->resize(width, 760);
            for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
                m_theme->setMode(mode);
                QTest::qWait(60);
                const auto name = QStringLiteral("%1/forecast-%2-%3-%4.png")
                                      .arg(folder, what)
                                      .arg(width)
                                      .arg(mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light"));
                QVERIFY(suite::keep(find<QScrollArea>("tuneConsequences")->widget()->grab(), name));
            }
        }
    };
    complete();
    take(QStringLiteral("calm"));
    choose("layer_client", "openai_sdk");
    choose("layer_beyond", "litellm");
    edit([](RetryConfig &c) {
        c.maxAttempts = c.attemptsPerProvider = 2;
        c.slowAfter = 60s;
    });
    take(QStringLiteral("older"));
    complete();
    take(QStringLiteral("edited"));
    edit([](RetryConfig &c) { c.maxAttempts = 99; });
    take(QStringLiteral("error"));
}

SUITE_TEST(TuneForecastTest)
#include "tst_tuneforecast.moc"
