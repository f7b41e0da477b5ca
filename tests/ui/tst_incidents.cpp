// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "delegates/incidentdelegate.h"
#include "base/timeformat.h"
#include "notices/statustray.h"
#include "notices/windownotifier.h"
#include "pages/incidentdetail.h"
#include "models/incidentkeeper.h"
#include "pages/incidentspage.h"
#include "support/fakeengine.h"
#include "support/pictures.h"
#include "support/suite.h"
#include "words/incidentwords.h"
#include "words/labels.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QDir>
#include <QLabel>
#include <QListView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>
#include <QToolButton>

#include <random>

using namespace retryscope;

namespace {

struct CountingNotifier final : Notifier
{
    void show(const Notice &notice) override { notices.append(notice); }
    QString place() const override { return QStringLiteral("Notices are counted."); }
    int count(Notice::Kind kind) const
    {
        return int(std::count_if(notices.begin(), notices.end(), [&](const Notice &n) { return n.kind == kind; }));
    }
    QVector<Notice> notices;
};

/// A recorded day: one timeline that the test advances; nothing reads a clock.
struct Desk
{
    Desk()
    {
        model.setNames({{QStringLiteral("openai"), QStringLiteral("OpenAI")},
                        {QStringLiteral("anthropic"), QStringLiteral("Anthropic")},
                        {QStringLiteral("google_ai"), QStringLiteral("Google AI")},
                        {QStringLiteral("mistral"), QStringLiteral("Mistral")}});
    }
    void send(EventKind kind, const char *provider, RetryReason reason, const std::function<void(Event &)> &more = {})
    {
        Event e;
        e.kind = kind;
        e.provider = QLatin1String(provider);
        e.reason = reason;
        if (kind == EventKind::AttemptFinished)
            e.health = traits(reason).health;
        e.at = now;
        e.wall = wall();
        e.duration = 300ms;
        e.simulated = true;
        if (more)
            more(e);
        engine.feed({e});
    }
    WallTime wall() const
    {
        return WallTime(std::chrono::milliseconds(1'795'000'000'000)
                        + std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()));
    }
    void wait(Duration d)
    {
        for (const SteadyTime until = now + d; now < until;) {
            now = std::min(until, now + (d > 5min ? Duration(10s) : Duration(1s)));
            engine.advance(now, wall());
            notices.advance(now);
        }
    }
    void fail(const char *provider, int n = 5, RetryReason reason = RetryReason::RateLimit)
    {
        for (int i = 0; i < n; ++i) {
            const quint64 call = ++calls;
            const auto ofCall = [call](Event &e) { e.call = CallId{call}; };
            send(EventKind::AttemptFinished, provider, reason, ofCall);
            send(EventKind::RetryScheduled, provider, reason, [&](Event &e) { e.call = CallId{call}; e.delay = 1s; });
            send(EventKind::FailedOver, provider, reason, [&](Event &e) {
                e.call = CallId{call};
                e.toProvider = QStringLiteral("anthropic");
            });
            send(EventKind::CallFinished, "anthropic", RetryReason::None, [&](Event &e) {
                e.call = CallId{call};
                e.outcome = CallOutcome::RecoveredByFailover;
            });
            wait(200ms);
        }
    }
    void recover(const char *provider)
    {
        for (int i = 0; i < 3; ++i)
            send(EventKind::AttemptFinished, provider, RetryReason::None);
        wait(12s);
    }
    void circuit(const char *provider, CircuitState to, const char *why = "")
    {
        send(EventKind::CircuitChanged, provider, RetryReason::RateLimit, [&](Event &e) {
            e.circuitTo = to;
            e.detail = QLatin1String(why);
        });
    }
    SteadyTime now{10h};
    quint64 calls = 0;
    /// As the person's note is written by the engine.
    void annotate(quint64 id, const QString &note)
    {
        keeper.annotate(id, note);
        engine.advance(now, wall());
    }
    FakeEngine engine;
    IncidentModel model;
    IncidentKeeper keeper{engine, model};
    CountingNotifier notifier;
    IncidentNotices notices{model, notifier};
};

} // namespace

class IncidentsTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void oneNoticeAtTheStartAndOneAtTheEnd();
    void flappingIsOneIncidentAndTwoNotices();
    void mutedForHalfAnHourThenToldWhatIsStillTrue();
    void nothingIsToldOfWhatBeganAndEndedWhileMuted();
    void resolvedWhileMutedIsToldAfterwards();
    void untilResolvedEndsWithTheIncident();
    void muteOfAnEarlierWallTimeStillEnds();
    void modelOrdersOpenFirstUnderRandomTraffic();
    void incidentsAndNotesSurviveRestart();
    void aDamagedFileIsSaidInTheWindow();
    void listDetailAndEmptyState();
    void aRowSaysWhatTheMarkAboveDoesNot();
    void whatHappenedNamesProvidersAsTheWindowDoes();
    void threeCausesHaveTheirOwnLines();
    void timesAddUp();
    void whatPeopleDidStandsInTheReport();
    void anOpenOneGoesOnWhileItIsShown();
    void noteIsEditedInPlace();
    void copiesMarkdown();
    void exportsWhereThePersonChose();
    void aPlaceThatCannotBeWrittenIsASentence();
    void showsItsEvents();
    void noticesInTheWindowLeadToTheIncident();
    void theUiSaysWhereNoticesAppear();
    void trayShapesDifferWithoutColour();
    void keyboardReachesEverything();
    void looksRightInBothThemes();

private:
    template <typename T> T *find(const char *name) { return m_page->findChild<T *>(QLatin1String(name)); }
    void showPage()
    {
        m_page = std::make_unique<IncidentsPage>(m_desk->model, m_desk->notices, *m_theme);
        connect(m_page.get(), &IncidentsPage::muteRequested, m_page.get(), [this](Duration length) {
            length > 0s ? m_desk->notices.mute(length, m_desk->now, m_desk->wall())
                        : m_desk->notices.muteUntilResolved();
        });
        connect(m_page.get(), &IncidentsPage::noteWritten, m_page.get(),
                [this](quint64 id, const QString &note) { m_desk->annotate(id, note); });
        connect(&m_desk->keeper, &IncidentKeeper::storeProblem, m_page.get(), &IncidentsPage::say);
        m_page->resize(1100, 700);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get(), suite::patience));
    }
    void busyDay()
    {
        m_desk->fail("mistral", 6, RetryReason::NetworkTimeout);
        m_desk->recover("mistral");
        m_desk->wait(30min);
        m_desk->fail("google_ai", 8, RetryReason::TemporaryFailure);
        m_desk->recover("google_ai");
        m_desk->fail("google_ai", 5, RetryReason::TemporaryFailure);
        m_desk->recover("google_ai");
        m_desk->wait(2h);
        m_desk->send(EventKind::DegradedChanged, "anthropic", RetryReason::None, [](Event &e) { e.degraded = true; });
        m_desk->wait(25s);
        m_desk->fail("openai", 9);
        m_desk->circuit("openai", CircuitState::Open, "3 failures in a row");
        m_desk->wait(15s);
        m_desk->circuit("openai", CircuitState::HalfOpen);
        m_desk->wait(1s);
    }
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<Desk> m_desk;
    std::unique_ptr<IncidentsPage> m_page;
};

void IncidentsTest::init()
{
    m_page.reset();
    m_desk = std::make_unique<Desk>();
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
}

void IncidentsTest::oneNoticeAtTheStartAndOneAtTheEnd()
{
    m_desk->fail("openai", 4);
    QCOMPARE(m_desk->notifier.notices.size(), 0);
    m_desk->fail("openai", 40); // goes on: no repeat
    QCOMPARE(m_desk->notifier.notices.size(), 1);
    QVERIFY(m_desk->notifier.notices[0].title.startsWith(QStringLiteral("OpenAI: rate limited (simulated)")));
    m_desk->recover("openai");
    QCOMPARE(m_desk->notifier.notices.size(), 1); // it may still come back
    m_desk->wait(60s);
    QCOMPARE(m_desk->notifier.notices.size(), 2);
    QCOMPARE(m_desk->notifier.notices[1].kind, Notice::Kind::Resolved);
    m_desk->wait(1h);
    QCOMPARE(m_desk->notifier.notices.size(), 2);
}

void IncidentsTest::flappingIsOneIncidentAndTwoNotices()
{
    for (int i = 0; i < 10; ++i) {
        m_desk->fail("openai");
        m_desk->recover("openai");
    }
    m_desk->wait(2min);
    QCOMPARE(m_desk->model.rowCount(), 1);
    QCOMPARE(m_desk->notifier.count(Notice::Kind::Opened), 1);
    QCOMPARE(m_desk->notifier.count(Notice::Kind::Resolved), 1);
}

void IncidentsTest::mutedForHalfAnHourThenToldWhatIsStillTrue()
{
    m_desk->notices.mute(30min, m_desk->now, m_desk->wall());
    QVERIFY(
        QRegularExpression(QStringLiteral("^Muted until \\d\\d:\\d\\d$")).match(m_desk->notices.muteText()).hasMatch());
    m_desk->fail("openai");
    m_desk->wait(29min);
    QCOMPARE(m_desk->notifier.notices.size(), 0);
    m_desk->wait(1min);
    QVERIFY(!m_desk->notices.isMuted());
    QCOMPARE(m_desk->notifier.notices.size(), 1);
    QCOMPARE(m_desk->notifier.notices[0].kind, Notice::Kind::Opened);
}

void IncidentsTest::nothingIsToldOfWhatBeganAndEndedWhileMuted()
{
    m_desk->notices.mute(2h, m_desk->now, m_desk->wall());
    m_desk->fail("openai");
    m_desk->recover("openai");
    m_desk->wait(3h);
    QVERIFY(!m_desk->notices.isMuted());
    QCOMPARE(m_desk->notifier.notices.size(), 0);
}

void IncidentsTest::resolvedWhileMutedIsToldAfterwards()
{
    m_desk->fail("openai");
    m_desk->notices.mute(30min, m_desk->now, m_desk->wall());
    m_desk->recover("openai");
    m_desk->wait(10min);
    QCOMPARE(m_desk->notifier.notices.size(), 1);
    m_desk->notices.unmute();
    QCOMPARE(m_desk->notifier.notices.size(), 2);
    QCOMPARE(m_desk->notifier.notices[1].kind, Notice::Kind::Resolved);
    m_desk->notices.unmute();
    QCOMPARE(m_desk->notifier.notices.size(), 2);
}

void IncidentsTest::untilResolvedEndsWithTheIncident()
{
    m_desk->notices.muteUntilResolved();
    QVERIFY(!m_desk->notices.isMuted()); // nothing to wait for
    m_desk->fail("openai");
    m_desk->notices.muteUntilResolved();
    QCOMPARE(m_desk->notices.muteText(), QStringLiteral("Muted until resolved"));
    m_desk->fail("mistral");
    m_desk->recover("openai");
    m_desk->wait(5min);
    QVERIFY(m_desk->notices.isMuted()); // the other one
    m_desk->recover("mistral");
    m_desk->wait(2min);
    QVERIFY(!m_desk->notices.isMuted());
    QCOMPARE(m_desk->notifier.count(Notice::Kind::Opened), 1);
    QCOMPARE(m_desk->notifier.count(Notice::Kind::Resolved), 1);
}

void IncidentsTest::muteOfAnEarlierWallTimeStillEnds()
{
    m_desk->notices.mute(30min, m_desk->now, m_desk->wall() - 5h); // the clock was set since
    m_desk->wait(31min);
    QVERIFY(!m_desk->notices.isMuted());
}

void IncidentsTest::modelOrdersOpenFirstUnderRandomTraffic()
{
    QAbstractItemModelTester tester(&m_desk->model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    std::mt19937 random(11);
    const std::array names{"a", "b", "c", "d"};
    for (int i = 0; i < 400; ++i) {
        const char *name = names[random() % names.size()];
        random() % 2 ? m_desk->fail(name, int(1 + random() % 6)) : m_desk->recover(name);
        m_desk->wait(std::chrono::seconds(random() % 30));
        for (int row = 1; row < m_desk->model.rowCount(); ++row) {
            const Incident &above = m_desk->model.at(row - 1), &below = m_desk->model.at(row);
            QVERIFY(above.isOpen() == below.isOpen() ? above.id > below.id : above.isOpen());
        }
    }
    QVERIFY(m_desk->model.rowCount() > 20);
    QCOMPARE(m_desk->model.rowCount(), int(m_desk->model.all().size()));
}

void IncidentsTest::incidentsAndNotesSurviveRestart()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("incidents.json"));
    m_desk->keeper.open(path);
    m_desk->fail("openai"); // while the file is being read
    QTRY_COMPARE(m_desk->model.rowCount(), 1);
    QTest::qWait(50); // the file, which is not there, was read
    m_desk->annotate(1, QStringLiteral("vendor confirmed at 14:10"));
    m_desk = std::make_unique<Desk>();
    m_desk->keeper.open(path);
    QTRY_VERIFY((m_desk->wait(1s), m_desk->model.rowCount() == 1)); // the engine gives them out again
    QCOMPARE(m_desk->model.at(0).note, QStringLiteral("vendor confirmed at 14:10"));
    QCOMPARE(m_desk->model.at(0).ending, IncidentEnding::NotWatched);
    QCOMPARE(m_desk->model.openCount(), 0);
    QCOMPARE(m_desk->notifier.notices.size(), 0);
}

void IncidentsTest::aDamagedFileIsSaidInTheWindow()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("incidents.json"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"schema\":1,");
    file.close();
    showPage();
    m_desk->keeper.open(path);
    QTRY_VERIFY(find<QLabel>("incidentsMessage")->isVisible());
    QVERIFY(find<QLabel>("incidentsMessage")->text().contains(QStringLiteral("is damaged at byte")));
    QVERIFY(QFile::exists(path + QStringLiteral(".broken")));
}

void IncidentsTest::listDetailAndEmptyState()
{
    showPage();
    QVERIFY(find<QLabel>("incidentsEmpty")->isVisible());
    QVERIFY(
        find<QLabel>("incidentsEmpty")->text().contains(QStringLiteral("An incident is one provider being unwell")));
    QVERIFY(!find<QToolButton>("exportIncidents")->isEnabled());
    busyDay();
    QVERIFY(!find<QLabel>("incidentsEmpty")->isVisible());
    m_page->refresh();
    QCOMPARE(find<QLabel>("incidentsCount")->text(), QStringLiteral("2 open, 4 in all"));
    auto *list = find<QListView>("incidentList");
    QVERIFY(list->currentIndex().isValid());
    list->setFocus();
    QTest::keyClick(list, Qt::Key_Home);
    QCOMPARE(find<QLabel>("incidentTitle")->text(), QStringLiteral("OpenAI: rate limited"));
    QVERIFY(find<QLabel>("incidentState")->text().contains(QStringLiteral("■ Open")));
    QCOMPARE(find<QLabel>("incidentNumber0")->text(), QStringLiteral("0"));
    QCOMPARE(find<QLabel>("incidentNumber1")->text(), QStringLiteral("9"));
    QCOMPARE(find<QLabel>("incidentNumber3")->text(), QStringLiteral("9"));
    for (const char *added : {"incidentNumber4", "incidentNumber5", "incidentNumber6"})
        QCOMPARE(find<QLabel>(added)->text(), QStringLiteral("1.3 s"));
    QVERIFY2(m_page->minimumSizeHint().width() <= 680,
             qPrintable(QString::number(m_page->minimumSizeHint().width()))); // a window of 800
    QVERIFY(find<QTextBrowser>("incidentTimeline")->toPlainText().contains(QStringLiteral("Carried by Anthropic 100 %")));
    QVERIFY(find<QTextBrowser>("incidentTimeline")->toPlainText().contains(QStringLiteral("First failure of OpenAI: ")));
    QVERIFY(find<QTextBrowser>("incidentTimeline")
                ->toPlainText()
                .contains(QStringLiteral("Circuit opened: rate limited (3 failures in a row).")));
    QTest::keyClick(list, Qt::Key_Down);
    QCOMPARE(find<QLabel>("incidentTitle")->text(), QStringLiteral("Anthropic: slow answers"));
    const quint64 chosen = m_page->selected();
    m_desk->fail("mistral"); // another one on top does not take the selection away
    QCOMPARE(m_page->selected(), chosen);
    QCOMPARE(list->currentIndex().data(IncidentModel::IdRole).toULongLong(), chosen);
}

void IncidentsTest::aRowSaysWhatTheMarkAboveDoesNot()
{
    IncidentModel &model = m_desk->model;
    m_desk->fail("openai");
    Incident real = model.at(0);
    real.simulated = false;
    QCOMPARE(model.stateWord(model.at(0)), QStringLiteral("Open · simulated"));
    QCOMPARE(model.stateWord(real), QStringLiteral("Open"));
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    model.setMarkedSimulated(true);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(model.stateWord(model.at(0)), QStringLiteral("Open"));
    QCOMPARE(model.stateWord(real), QStringLiteral("Open · real"));
    m_desk->recover("openai");
    model.setMarkedSimulated(false);
    QCOMPARE(model.stateWord(model.at(0)), QStringLiteral("Recovered · simulated"));
}

void IncidentsTest::whatHappenedNamesProvidersAsTheWindowDoes()
{
    m_desk->model.setNames(
        {{QStringLiteral("openai"), QStringLiteral("Main")}, {QStringLiteral("anthropic"), QStringLiteral("Spare")}});
    m_desk->fail("openai");
    showPage();
    const QString told = find<QTextEdit>("incidentTimeline")->toPlainText();
    QVERIFY2(told.contains(QStringLiteral("Traffic began to fail over to Spare.")), qPrintable(told));
}

void IncidentsTest::threeCausesHaveTheirOwnLines()
{
    m_desk->fail("openai", 6, RetryReason::RateLimit);
    m_desk->fail("openai", 3, RetryReason::StreamInterrupted);
    m_desk->fail("openai", 1, RetryReason::ServerError);
    showPage();
    m_page->refresh();
    const QString title = find<QLabel>("incidentTitle")->text(),
                  report = find<QTextBrowser>("incidentTimeline")->toPlainText();
    for (const RetryReason reason :
         {RetryReason::RateLimit, RetryReason::StreamInterrupted, RetryReason::ServerError}) {
        QVERIFY2(title.contains(toLabel(reason).toLower()), qPrintable(title));
        QVERIFY2(report.contains(toLabel(reason)), qPrintable(report));
    }
    QVERIFY2(report.contains(QStringLiteral("6 failed attempts (60 %)"))
                 && report.contains(QStringLiteral("1 failed attempt (10 %)")),
             qPrintable(report));
}

void IncidentsTest::timesAddUp()
{
    for (int i = 0; i < 3; ++i) {
        m_desk->fail("openai");
        m_desk->recover("openai");
        m_desk->wait(20s);
    }
    m_desk->wait(2min);
    showPage();
    const Incident &i = m_desk->model.at(0);
    QCOMPARE(i.reopened, 2);
    const auto text = [](WallTime t) { return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count()); };
    const qint64 seconds =
        QTime::fromString(text(i.started).toString(QStringLiteral("HH:mm:ss")), QStringLiteral("HH:mm:ss"))
            .secsTo(QTime::fromString(text(i.ended).toString(QStringLiteral("HH:mm:ss")), QStringLiteral("HH:mm:ss")));
    const QString state = find<QLabel>("incidentState")->text();
    QVERIFY2(state.contains(QStringLiteral("unwell for %1 of %2")
                                .arg(formatDuration(i.lasted), formatDuration(std::chrono::seconds(seconds)))),
             qPrintable(state));
    QVERIFY(state.contains(QStringLiteral("came back 2 times")));
}

void IncidentsTest::whatPeopleDidStandsInTheReport()
{
    showPage();
    m_desk->fail("openai");
    const auto byHand = [&](EventKind kind, CircuitState to) {
        m_desk->send(kind, "openai", RetryReason::None, [to](Event &e) {
            e.rule = QStringLiteral("by hand");
            e.circuitTo = to;
        });
    };
    byHand(EventKind::ProbeFinished, CircuitState::Closed);
    m_desk->wait(60s);
    byHand(EventKind::CircuitChanged, CircuitState::Isolated);
    m_desk->wait(60s);
    byHand(EventKind::CircuitChanged, CircuitState::Closed);
    m_page->refresh();
    const QString report = find<QTextBrowser>("incidentTimeline")->toPlainText();
    for (const char *did : {"Probed by you: it answered.", "Isolated by you.", "Released by you."})
        QVERIFY2(report.contains(QLatin1String(did)), qPrintable(report));
    QTest::mouseClick(find<QToolButton>("copyIncident"), Qt::LeftButton);
    QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("Released by you.")));
}

void IncidentsTest::anOpenOneGoesOnWhileItIsShown()
{
    m_desk->fail("openai");
    showPage();
    m_page->refresh();
    const QString before = find<QLabel>("incidentState")->text();
    m_desk->wait(5s);
    m_page->refresh();
    QVERIFY(find<QLabel>("incidentState")->text() != before);
    m_desk->fail("openai", 2);
    m_page->refresh();
    QCOMPARE(find<QLabel>("incidentNumber1")->text(), QStringLiteral("7"));
}

void IncidentsTest::noteIsEditedInPlace()
{
    busyDay();
    showPage();
    auto *note = find<QPlainTextEdit>("incidentNote");
    const quint64 id = m_page->selected();
    note->setFocus();
    QTest::keyClicks(note, QStringLiteral("asked the vendor"));
    m_desk->fail("openai", 3); // new numbers do not disturb the writing
    m_page->refresh();
    QCOMPARE(find<QLabel>("incidentNumber3")->text(), QStringLiteral("12"));
    QCOMPARE(note->toPlainText(), QStringLiteral("asked the vendor"));
    QTest::keyClick(note, Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(m_desk->model.find(id)->note, QStringLiteral("asked the vendor"));
    QTest::keyClicks(note, QStringLiteral("!"));
    QTest::keyClick(note, Qt::Key_Tab); // leaving saves
    QVERIFY(m_desk->model.find(id)->note.contains(QLatin1Char('!')));
    QTest::keyClick(find<QListView>("incidentList"), Qt::Key_Down);
    QVERIFY(note->toPlainText().isEmpty());
}

void IncidentsTest::copiesMarkdown()
{
    busyDay();
    showPage();
    QTest::mouseClick(find<QToolButton>("copyIncident"), Qt::LeftButton);
    const QString text = QGuiApplication::clipboard()->text();
    const Incident &copied = *m_desk->model.find(m_page->selected());
    QCOMPARE(text, toMarkdown(m_desk->model.named(copied)));
    QVERIFY2(!text.contains(copied.provider), qPrintable(text)); // an id is for files
    const QModelIndex first = m_desk->model.index(0);
    QVERIFY(first.data().toString().contains(m_desk->model.nameOf(m_desk->model.at(0).provider)));
    QVERIFY(find<QLabel>("incidentsMessage")->text().contains(QStringLiteral("clipboard")));
}

void IncidentsTest::exportsWhereThePersonChose()
{
    busyDay();
    showPage();
    QTemporaryDir folder;
    QStringList suggested;
    m_page->setPathChooser([&](QWidget *, const QString &name, const QString &) {
        suggested << name;
        return folder.filePath(name);
    });
    for (const char *action : {"exportCsv", "exportJsonLines"}) {
        find<QAction>(action)->trigger();
        QTRY_VERIFY(find<QLabel>("incidentsMessage")
                        ->text()
                        .startsWith(QStringLiteral("Saved ") + folder.filePath(suggested.last())));
    }
    QCOMPARE(suggested, (QStringList{QStringLiteral("retryscope-simulated-incidents.csv"),
                                     QStringLiteral("retryscope-simulated-incidents.jsonl")}));
    QFile csv(folder.filePath(suggested[0])), lines(folder.filePath(suggested[1]));
    QVERIFY(csv.open(QIODevice::ReadOnly) && lines.open(QIODevice::ReadOnly));
    QCOMPARE(csv.readAll(), toCsv(m_desk->model.all()));
    QCOMPARE(lines.readAll(), toJsonLines(m_desk->model.all()));
    m_page->setPathChooser([](QWidget *, const QString &, const QString &) { return QString(); });
    find<QAction>("exportCsv")->trigger(); // changed their mind
    QVERIFY(find<QLabel>("incidentsMessage")->text().startsWith(QStringLiteral("Saved ")));
}

void IncidentsTest::aPlaceThatCannotBeWrittenIsASentence()
{
    busyDay();
    showPage();
    m_page->setPathChooser(
        [](QWidget *, const QString &, const QString &) { return QStringLiteral("/nonexistent/incidents.csv"); });
    find<QAction>("exportCsv")->trigger();
    QTRY_VERIFY(find<QLabel>("incidentsMessage")
                    ->text()
                    .startsWith(QStringLiteral("/nonexistent/incidents.csv could not be written: ")));
}

void IncidentsTest::showsItsEvents()
{
    busyDay();
    showPage();
    QSignalSpy asked(m_page.get(), &IncidentsPage::eventsRequested);
    m_page->select(1); // mistral, over
    QTest::mouseClick(find<QToolButton>("incidentEvents"), Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    const auto filter = asked[0][0].value<EventFilter>();
    const Incident &incident = *m_desk->model.find(1);
    QCOMPARE(filter.provider, QStringLiteral("mistral"));
    QVERIFY(*filter.from < incident.started && *filter.to > incident.ended);
    m_page->select(4); // openai, open: no end yet
    QTest::mouseClick(find<QToolButton>("incidentEvents"), Qt::LeftButton);
    QVERIFY(!asked[1][0].value<EventFilter>().to.has_value());
}

void IncidentsTest::noticesInTheWindowLeadToTheIncident()
{
    QWidget page;
    page.resize(900, 600);
    NoticeCenter center(*m_theme, &page);
    WindowNotifier window(center);
    m_desk->notices.setNotifier(window);
    m_desk->fail("openai");
    m_desk->fail("mistral");
    QCOMPARE(center.count(), 2);
    QVERIFY(center.find(QStringLiteral("incident/2"))->title.startsWith(QStringLiteral("Mistral: rate limited")));
    QSignalSpy asked(&window, &WindowNotifier::incidentRequested);
    const auto buttons = page.findChildren<QPushButton *>(QStringLiteral("noticeShow"));
    QCOMPARE(buttons.size(), 2);
    QTest::mouseClick(buttons.last(), Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked[0][0].toULongLong(), 2ULL);
    QCOMPARE(center.count(), 1);
}

void IncidentsTest::theUiSaysWhereNoticesAppear()
{
    showPage();
    auto *place = find<QLabel>("noticePlace");
    QVERIFY(place->text().contains(QStringLiteral("Notices are counted."))
            && place->text().contains(QStringLiteral("no tray")));
    m_page->setTrayAvailable(true);
    QCOMPARE(place->text(), QStringLiteral("Notices are counted."));
    QWidget page;
    NoticeCenter center(*m_theme, &page);
    WindowNotifier window(center);
    m_desk->notices.setNotifier(window);
    QVERIFY(place->text().contains(QStringLiteral("appear in the window")));
    StatusTray tray(*m_theme); // the offscreen platform has none
    QVERIFY(!tray.isAvailable());
    tray.setStatus(ProviderState::Down, QStringLiteral("harmless"));
    tray.show({});
    m_desk->fail("openai");
    QVERIFY(!find<QLabel>("mutedUntil")->isVisible());
    find<QAction>("mute120")->trigger();
    QVERIFY(find<QLabel>("mutedUntil")->text().startsWith(QStringLiteral("Muted until ")));
    QVERIFY(!find<QToolButton>("muteButton")->isVisible());
    QTest::mouseClick(find<QToolButton>("unmuteButton"), Qt::LeftButton);
    QVERIFY(!m_desk->notices.isMuted());
    find<QAction>("muteUntilResolved")->trigger();
    QCOMPARE(find<QLabel>("mutedUntil")->text(), QStringLiteral("Muted until resolved"));
}

void IncidentsTest::trayShapesDifferWithoutColour()
{
    QVector<QImage> shapes;
    for (const auto state : {ProviderState::Unproven, ProviderState::Well, ProviderState::Slow, ProviderState::Down,
                             ProviderState::Probing, ProviderState::Isolated, ProviderState::Failing}) {
        const QImage shape = statusPixmap(state, Qt::black, 22, 2.0).toImage();
        QCOMPARE(shape.size(), QSize(44, 44));
        for (const QImage &other : shapes)
            QVERIFY(other != shape);
        shapes << shape;
    }
}

void IncidentsTest::keyboardReachesEverything()
{
    busyDay();
    showPage();
    QVector<QWidget *> wanted;
    for (const char *name : {"incidentList", "muteButton", "exportIncidents", "incidentTimeline", "incidentNote",
                             "incidentEvents", "copyIncident"})
        wanted << find<QWidget>(name);
    QSet<QWidget *> seen;
    QWidget *w = m_page.get();
    for (int i = 0; i < 200; ++i) {
        w = w->nextInFocusChain();
        if (w->isVisible() && w->isEnabled() && w->focusPolicy() & Qt::TabFocus)
            seen.insert(w);
    }
    for (QWidget *widget : std::as_const(wanted)) {
        QVERIFY2(seen.contains(widget), qPrintable(widget->objectName()));
        QVERIFY2(!widget->accessibleName().isEmpty() || !widget->property("text").toString().isEmpty(),
                 qPrintable(widget->objectName()));
    }
    QVERIFY(find<QListView>("incidentList")
                ->currentIndex()
                .data(Qt::AccessibleTextRole)
                .toString()
                .startsWith(QStringLiteral("Open. ")));
}

void IncidentsTest::looksRightInBothThemes()
{
    const QString folder = suite::pictureFolder();
    showPage();
    const auto grab = [&](const QString &name) {
        QTest::qWait(30);
        QPixmap picture(m_page->size() * 2);
        picture.setDevicePixelRatio(2.0);
        picture.fill(m_theme->window());
        m_page->render(&picture);
        QVERIFY(suite::keep(picture, QStringLiteral("%1/incidents-%2-2x.png").arg(folder, name)));
        const QImage once = m_page->grab().toImage();
        QVERIFY(suite::keep(once, QStringLiteral("%1/incidents-%2.png").arg(folder, name)));
        QSet<QRgb> colours;
        for (int y = 0; y < once.height(); y += 3) {
            for (int x = 0; x < once.width(); x += 3)
                colours.insert(once.pixel(x, y));
        }
        QVERIFY2(colours.size() > 10, "the page is painted");
    };
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_theme->setMode(mode);
        grab(QStringLiteral("empty-%1").arg(int(mode)));
    }
    busyDay();
    m_desk->annotate(4, QStringLiteral("Vendor's page is still green. Traffic is on Anthropic; no action needed."));
    for (int i = 0; i < 14; ++i) {
        m_desk->fail(i % 2 ? "mistral" : "google_ai", 5 + i, i % 3 ? RetryReason::ServerError : RetryReason::Network);
        m_desk->recover(i % 2 ? "mistral" : "google_ai");
        m_desk->wait(20min);
    }
    m_page->select(4);
    m_page->refresh();
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_theme->setMode(mode);
        grab(QStringLiteral("many-%1").arg(int(mode)));
        for (const QSize size : suite::pictureSizes({QSize(680, 480), QSize(1700, 1000)})) {
            m_page->resize(size);
            grab(QStringLiteral("many-%1-%2").arg(size.width()).arg(int(mode)));
        }
        m_page->resize(1100, 700);
    }
    m_desk->fail("openai", 8, RetryReason::StreamInterrupted);
    m_desk->fail("openai", 3, RetryReason::ServerError);
    for (quint64 call = 9'000; call < 9'030; ++call) {
        const auto ofCall = [call](Event &e) { e.call = CallId{call}; };
        m_desk->send(EventKind::ProviderSkipped, "openai", RetryReason::RateLimit, [&](Event &e) {
            ofCall(e);
            e.skip = SkipReason::CircuitOpen;
        });
        const bool fails = call % 4 == 0;
        m_desk->send(EventKind::CallFinished,
                     fails      ? ""
                     : call % 3 ? "anthropic"
                                : "mistral",
                     fails ? RetryReason::ServerError : RetryReason::None, [&](Event &e) {
                         ofCall(e);
                         e.outcome = fails ? CallOutcome::Failed : CallOutcome::SecondChoice;
                     });
        m_desk->wait(3s);
    }
    m_desk->send(EventKind::CircuitChanged, "openai", RetryReason::None, [](Event &e) {
        e.rule = QStringLiteral("by hand");
        e.circuitTo = CircuitState::Isolated;
    });
    m_desk->wait(10s);
    m_desk->send(EventKind::CircuitChanged, "openai", RetryReason::None, [](Event &e) {
        e.rule = QStringLiteral("by hand");
        e.circuitTo = CircuitState::Closed;
    });
    m_page->select(4);
    m_page->refresh();
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_theme->setMode(mode);
        for (const QSize size : suite::pictureSizes({QSize(760, 520), QSize(1120, 720), QSize(1760, 1000)})) {
            m_page->resize(size);
            grab(QStringLiteral("causes-%1-%2").arg(size.width()).arg(int(mode)));
        }
    }
    m_desk->notices.mute(30min, m_desk->now, m_desk->wall());
    grab(QStringLiteral("muted"));
}

SUITE_MAIN(IncidentsTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication app(argc, argv);
    IncidentsTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_incidents.moc"
