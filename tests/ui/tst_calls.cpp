// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "delegates/calldelegate.h"
#include "pages/eventspage.h"
#include "pages/filterbar.h"
#include "pages/storypane.h"
#include "support/pictures.h"
#include "support/suite.h"
#include "theme/stylesheet.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QGuiApplication>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>
#include <QToolButton>
#include <QTreeView>

#include <random>

#include <malloc.h>

using namespace retryscope;

namespace {

constexpr WallTime start{std::chrono::milliseconds(1'795'000'000'000)};

Event makeEvent(quint64 seq, EventKind kind = EventKind::CallSubmitted)
{
    Event e;
    e.seq = seq;
    e.kind = kind;
    e.at = SteadyTime(std::chrono::milliseconds(seq));
    e.wall = start + std::chrono::milliseconds(seq);
    e.call = CallId{seq / 8 + 1}; // eight events a call
    e.provider = QStringLiteral("openai");
    e.simulated = true;
    return e;
}

Events numbered(quint64 first, int count)
{
    Events events;
    for (int i = 0; i < count; ++i)
        events.append(makeEvent(first + quint64(i)));
    return events;
}

/// Calls of several providers with every kind of ending.
Events traffic(int calls, quint32 seed = 5)
{
    std::mt19937 random(seed);
    const std::array providers{"openai", "anthropic", "google_ai", "mistral"};
    const std::array reasons{RetryReason::RateLimit, RetryReason::TemporaryFailure, RetryReason::ServerError,
                             RetryReason::NetworkTimeout, RetryReason::Network};
    Events events;
    quint64 seq = 0;
    for (int c = 1; c <= calls; ++c) {
        const auto add = [&](EventKind kind, int attempt, const char *provider,
                             const std::function<void(Event &)> &more = {}) {
            Event e = makeEvent(++seq, kind);
            e.at = SteadyTime(std::chrono::milliseconds(seq * 40));
            e.wall = start + std::chrono::milliseconds(seq * 40);
            e.call = CallId{quint64(c)};
            e.attempt = attempt;
            e.maxAttempts = 4;
            e.provider = QLatin1String(provider);
            e.model = QStringLiteral("model-1");
            e.simulated = c % 5 != 0;
            if (more)
                more(e);
            events.append(e);
        };
        const char *provider = providers[random() % providers.size()];
        const RetryReason reason = reasons[random() % reasons.size()];
        const bool fails = random() % 3 == 0;
        add(EventKind::CallSubmitted, 0, "");
        if (c % 7 == 0)
            add(EventKind::ProviderSkipped, 0, "skipped_one", [](Event &e) {
                e.skip = SkipReason::CircuitOpen;
                e.reason = RetryReason::RateLimit;
                e.delay = 6s;
            });
        add(EventKind::AttemptStarted, 1, provider);
        if (fails) {
            add(EventKind::AttemptFinished, 1, provider, [&](Event &e) {
                e.reason = reason;
                e.status = reason == RetryReason::RateLimit ? 429 : 503;
                e.duration = 310ms;
                e.rule = QStringLiteral("openai/code rate_limit_exceeded");
                e.detail = QStringLiteral("Rate limit reached for requests");
                e.headers = {{QStringLiteral("retry-after"), QStringLiteral("3")},
                             {QStringLiteral("x-ratelimit-remaining-requests"), QStringLiteral("0")}};
                e.limits = {{LimitKind::Requests, 60, 0, Duration(20s), false}};
            });
            add(EventKind::RetryScheduled, 1, provider, [&](Event &e) {
                e.reason = reason;
                e.delay = 3s;
                e.delaySource = DelaySource::Server;
                e.rule = QStringLiteral("server hint 3.0 s");
            });
            add(EventKind::FailedOver, 0, provider, [&](Event &e) {
                e.reason = reason;
                e.toProvider = QStringLiteral("mistral");
            });
            provider = "mistral";
            add(EventKind::AttemptStarted, 2, provider);
        }
        const int attempt = fails ? 2 : 1;
        add(EventKind::FirstToken, attempt, provider, [](Event &e) { e.firstToken = 210ms; });
        add(EventKind::AttemptFinished, attempt, provider, [](Event &e) {
            e.status = 200;
            e.duration = 900ms;
            e.firstToken = 210ms;
            e.tokensIn = 12;
            e.tokensOut = 80;
            e.costUsd = 0.00031;
        });
        add(EventKind::CallFinished, attempt, provider, [&](Event &e) {
            e.outcome = fails ? CallOutcome::RecoveredByFailover : CallOutcome::FirstTry;
            e.duration = fails ? 4'300ms : 950ms;
        });
    }
    return events;
}

ProviderConfigs providers()
{
    ProviderConfigs all;
    for (const auto &[id, name] : {std::pair("openai", "OpenAI"), std::pair("anthropic", "Anthropic"),
                                   std::pair("google_ai", "Google AI"), std::pair("mistral", "Mistral")}) {
        ProviderConfig p;
        p.id = QLatin1String(id);
        p.name = QLatin1String(name);
        p.baseUrl = QUrl(QStringLiteral("https://%1.example/v1").arg(p.id.section(QLatin1Char('_'), 0, 0)));
        all.append(p);
    }
    return all;
}

struct Archive final : OlderEventsSource
{
    void request(const EventFilter &filter, WallTime before, quint64 beforeSeq, int most) override
    {
        asked.append({filter, before, beforeSeq, most});
    }
    struct Asked { EventFilter filter; WallTime before; quint64 seq; int most; };
    QVector<Asked> asked;
};

} // namespace

class CallsTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void packedEventsLoseNothing();
    void anEventNeedsFewBytes();
    void oneRowACallWithItsStory();
    void aRowSaysWhatTheMarkAboveDoesNot();
    void aProviderPassedOverIsNoProblemOfTheCall();
    void appendKeepsTheNewestCallsWhole();
    void filterAgreesWithTheNaiveOne();
    void aMillionEventsStayBoundedAndCheap();
    void olderCallsComeInFrontAndLeaveAgain();
    void chipsShowAndRemoveFilters();
    void menuSetsFilters();
    void filteredEmptyOffersToClear();
    void oneIsSingular();
    void findStepsThroughWhatIsShown();
    void followStopsWhenScrolledUp();
    void selectingHoldsTheRowsStill();
    void whoAnsweredIsReadInANarrowRoute();
    void theRouteOfTheSelectedCallIsRead();
    void twentyRowsDoNotMoveUnderThePointer();
    void theRowsUnderTheEyesStayWhenOldOnesLeave();
    void aCallOpensToItsEvents();
    void storyTellsWhoWasSkipped();
    void whatIsOutsideCallsIsARowToo();
    void aNameStandsInEverySentence();
    void onlyThisCall();
    void selectionSurvivesTheFilter();
    void columnsAreRemembered();
    void wordsFitTheirColumns();
    void savesInThreeFormats();
    void savingNowhereIsASentence();
    void savingCanBeStopped();
    void loadOlderIsHiddenWithoutASource();
    void loadOlderBringsWholeCalls();
    void aNewWindowShowsThePast();
    void aPastThatIsEmptyOrBrokenIsSaid();
    void anAnswerToAnotherFilterIsNotShown();
    void olderCallsOutliveAFilter();
    void keyboardReachesEverything();
    void aBusyStreamDoesNotBlockTheWindow();
    void looksRightInBothThemes();

private:
    template <typename T> T *find(const char *name) { return m_page->findChild<T *>(QLatin1String(name)); }
    QTreeView *table() { return find<QTreeView>("callsTable"); }
    QScrollBar *bar() { return table()->verticalScrollBar(); }
    QString footer() { return find<QLabel>("eventsCount")->text(); }
    quint64 callAt(int y) { return m_page->model().rowOf(table()->indexAt(QPoint(10, y))).call.value; }
    void clickRow(int row)
    {
        QTest::mouseClick(table()->viewport(), Qt::LeftButton, {},
                          table()->visualRect(table()->model()->index(row, 0)).center());
    }
    QString cell(int row, int column) { return table()->model()->index(row, column).data().toString(); }
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<EventsPage> m_page;
};

void CallsTest::init()
{
    QLocale::setDefault(QLocale::c());
    QSettings().clear();
    m_page.reset();
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_page = std::make_unique<EventsPage>(*m_theme);
    m_page->setProviders(providers());
    m_page->resize(960, 640);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get(), suite::patience));
}

void CallsTest::packedEventsLoseNothing()
{
    EventStore store;
    Events all = traffic(200);
    Event odd = makeEvent(99'999, EventKind::CircuitChanged);
    odd.run = 4'711;
    odd.call = {};
    odd.circuitTo = CircuitState::Open;
    odd.openFor = 15s;
    odd.finish = QStringLiteral("other");
    odd.finishReason = QStringLiteral("out_of_steam");
    odd.costUsd = 0.0;
    odd.tokensIn = 0;
    all.append(odd);
    for (const Event &e : all)
        store.append(e);
    for (qsizetype i = 0; i < all.size(); ++i) {
        QCOMPARE(toJson(store.at(i)), toJson(all[i]));
        QCOMPARE(store.at(i).finish, all[i].finish);
        QCOMPARE(store.at(i).finishReason, all[i].finishReason);
        QCOMPARE(store.at(i, EventStore::Part::WithoutHeaders).headers.size(), 0);
    }
    store.dropFront(int(all.size()) - 1);
    QCOMPARE(toJson(store.at(store.firstKey())), toJson(odd)); // keys stay, texts in use too
    QVERIFY(store.texts().size() < 8);
}

namespace {
qint64 heapInUse()
{
    const auto info = mallinfo2();
    return qint64(info.uordblks + info.hblkhd);
}
} // namespace

void CallsTest::anEventNeedsFewBytes()
{
    Events batch = traffic(8'000).mid(0, CallModel::capacity);
    for (qsizetype i = 0; i < batch.size(); ++i) { // headers of a real provider count down: no two alike
        for (auto &[name, value] : batch[i].headers)
            value += QString::number(i);
    }
    const qint64 before = heapInUse();
    CallModel model;
    for (qsizetype at = 0; at < batch.size(); at += 500)
        model.append(batch.mid(at, 500));
    const double each = double(heapInUse() - before) / double(model.events());
    qInfo("%d events of %d calls: %.0f bytes an event, with its share of its call", model.events(), model.calls(),
          each);
    QVERIFY(model.events() > 49'000);
    QVERIFY2(each <= 250, qPrintable(QString::number(each)));
}

void CallsTest::oneRowACallWithItsStory()
{
    Events events = traffic(7);
    m_page->onEvents(events);
    const CallModel &model = m_page->model();
    QCOMPARE(model.rowCount(), 7);
    for (int row = 0; row < 7; ++row)
        QCOMPARE(model.row(row).call.value, quint64(row + 1));
    QCOMPARE(model.row(6).skipped(), 1);
    QVERIFY2(cell(6, CallModel::Route).startsWith(QStringLiteral("skipped_one skipped (circuit open) → ")),
             qPrintable(cell(6, CallModel::Route)));
    const QDate day = QDateTime::fromMSecsSinceEpoch(start.time_since_epoch().count()).date();
    QVERIFY(cell(0, CallModel::When).startsWith(day.toString(QStringLiteral("d MMM ")))); // not today: with its date
    int recovered = 0;
    while (model.row(recovered).outcome != CallOutcome::RecoveredByFailover)
        ++recovered;
    QCOMPARE(cell(recovered, CallModel::Outcome), QStringLiteral("✓ after a failover · simulated"));
    QVERIFY2(cell(recovered, CallModel::Route).contains(QStringLiteral(" failed → Mistral answered")),
             qPrintable(cell(recovered, CallModel::Route)));
    QVERIFY(!cell(recovered, CallModel::Reason).isEmpty());
    QCOMPARE(cell(recovered, CallModel::Total), QStringLiteral("4.3 s"));
    QCOMPARE(cell(recovered, CallModel::Tokens), QStringLiteral("12 → 80"));
    QCOMPARE(cell(recovered, CallModel::Cost), QStringLiteral("unknown")); // never $0
    Event running = makeEvent(100'000);
    running.call = CallId{900};
    m_page->onEvents({running});
    QCOMPARE(cell(7, CallModel::Outcome), QStringLiteral("… in flight · simulated"));
    QVERIFY(cell(7, CallModel::Cost).isEmpty());
}

void CallsTest::aRowSaysWhatTheMarkAboveDoesNot()
{
    CallModel model;
    Event simulated = makeEvent(1), real = makeEvent(2), outside = makeEvent(3);
    simulated.kind = real.kind = EventKind::CallSubmitted;
    simulated.call = CallId{1};
    real.call = CallId{2};
    real.simulated = false;
    outside.call = {};
    outside.kind = EventKind::ConfigurationApplied;
    model.append({simulated, real, outside});
    const auto told = [&](int row) { return model.index(row, CallModel::Outcome).data().toString(); };
    QCOMPARE(told(0), QStringLiteral("… in flight · simulated"));
    QCOMPARE(told(1), QStringLiteral("… in flight"));
    QCOMPARE(told(2), QStringLiteral("Configuration"));
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    model.setMarkedSimulated(true);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(told(0), QStringLiteral("… in flight"));
    QCOMPARE(told(1), QStringLiteral("… in flight · real"));
    QCOMPARE(told(2), QStringLiteral("Configuration"));
    model.setMarkedSimulated(true);
    QCOMPARE(changed.size(), 1);
}

void CallsTest::aProviderPassedOverIsNoProblemOfTheCall()
{
    CallModel model;
    EventFilter filter;
    filter.problemsOnly = true;
    model.setFilter(filter);
    const auto call = [](quint64 id, CallOutcome outcome, RetryReason reason) {
        Event skipped = makeEvent(id * 8, EventKind::ProviderSkipped),
              ended = makeEvent(id * 8 + 1, EventKind::CallFinished);
        skipped.reason = RetryReason::Network; // its circuit's
        skipped.skip = SkipReason::CircuitOpen;
        ended.outcome = outcome;
        ended.reason = reason;
        return Events{skipped, ended};
    };
    model.append(call(1, CallOutcome::SecondChoice, RetryReason::None));
    QCOMPARE(model.rowCount(), 0); // in an outage that would be every call
    model.append(call(2, CallOutcome::Failed, RetryReason::Network));
    QCOMPARE(model.rowCount(), 1);
}

void CallsTest::appendKeepsTheNewestCallsWhole()
{
    CallModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    quint64 seq = 0;
    for (const int size : {1, 49'998, 1, 1, 700, 700, 2'500, 60'000, 3}) {
        model.append(numbered(seq, size));
        seq += quint64(size);
        QVERIFY(model.events() <= CallModel::capacity);
        QVERIFY(model.events() > CallModel::capacity - CallModel::step || quint64(model.events()) == seq);
        QCOMPARE(model.dropped() + quint64(model.events()), seq);
        QCOMPARE(model.eventsOf(model.row(model.rowCount() - 1)).last().seq, seq - 1);
        for (const int row : {0, 17 % model.rowCount(), model.rowCount() - 1}) {
            QCOMPARE(model.rowOfKey(model.keyOfRow(row)), row);
            QVERIFY(model.store().contains(model.row(row).key));
        }
        QCOMPARE(model.calls(), model.rowCount());
    }
    QCOMPARE(resets.count(), 0);
}

void CallsTest::filterAgreesWithTheNaiveOne()
{
    std::mt19937 random(3);
    const Events all = traffic(400);
    for (int round = 0; round < 60; ++round) {
        EventFilter f;
        const quint32 bits = random();
        if (bits & 1) f.provider = QStringLiteral("mistral");
        if (bits & 2) f.reasons = {RetryReason::RateLimit};
        if (bits & 8) f.outcome = bits & 64 ? CallOutcome::RecoveredByFailover : CallOutcome::FirstTry;
        if (bits & 16) f.simulated = bits & 128;
        if (bits & 32) { f.from = start + 10s; f.to = start + 60s; }
        if (bits & 256) f.problemsOnly = true;
        if (bits & 512 && bits & 1024) f.call = CallId{random() % 400};
        CallModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        if (round % 2)
            model.setFilter(f);
        for (qsizetype at = 0; at < all.size(); at += 37)
            model.append(all.mid(at, 37));
        model.setFilter(f);
        QSet<quint64> expected;
        for (quint64 call = 1; call <= 400; ++call) {
            CallOutcome outcome = CallOutcome::None;
            bool found = false;
            for (const Event &e : all) {
                if (e.call.value == call && e.kind == EventKind::CallFinished)
                    outcome = e.outcome;
            }
            for (const Event &e : all) {
                if (e.call.value != call)
                    continue;
                bool wanted = f.provider.isEmpty() || e.provider == f.provider || e.toProvider == f.provider;
                wanted = wanted && (f.reasons.empty() || f.reasons.contains(e.reason));
                wanted =
                    wanted
                    && (!f.outcome
                        || (f.reasons.empty() && !f.problemsOnly ? e.outcome == *f.outcome : outcome == *f.outcome));
                wanted = wanted && (!f.simulated || e.simulated == *f.simulated)
                         && (!f.from || (e.wall >= *f.from && e.wall <= *f.to));
                wanted =
                    wanted && (!f.call || e.call == f.call)
                    && (!f.problemsOnly || (e.reason != RetryReason::None && e.kind != EventKind::ProviderSkipped));
                found = found || wanted;
            }
            if (found)
                expected.insert(call);
        }
        QSet<quint64> got;
        for (int row = 0; row < model.rowCount(); ++row)
            got.insert(model.row(row).call.value);
        QCOMPARE(got, expected);
        QCOMPARE(model.rowCount(), int(expected.size()));
    }
}

void CallsTest::aMillionEventsStayBoundedAndCheap()
{
    CallModel model;
    EventFilter filter;
    filter.reasons = {RetryReason::RateLimit};
    model.setFilter(filter);
    QSignalSpy removals(&model, &QAbstractItemModel::rowsRemoved), resets(&model, &QAbstractItemModel::modelReset);
    QElapsedTimer timer;
    Events batch = traffic(400).mid(0, 1'000);
    qint64 early = 0, late = 0;
    for (int i = 0; i < 300; ++i) {
        for (Event &e : batch)
            e.run = i + 1; // other calls each time
        timer.start();
        model.append(batch);
        (i < 150 ? early : late) += timer.nsecsElapsed();
        QVERIFY(model.events() <= CallModel::capacity);
    }
    qInfo("append of 1,000 with a filter: %.1f us early, %.1f us late", double(early) / 150e3, double(late) / 150e3);
    QCOMPARE(model.dropped(), 250'000ULL);
    QCOMPARE(resets.count(), 0);
    QVERIFY(removals.count() <= 260); // old rows leave a thousand events at a time
}

void CallsTest::olderCallsComeInFrontAndLeaveAgain()
{
    CallModel small;
    QAbstractItemModelTester tester(&small, QAbstractItemModelTester::FailureReportingMode::QtTest);
    small.append(numbered(80, 40));
    const qint64 key = small.keyOfRow(0);
    small.prepend(numbered(0, 80));
    small.append(numbered(120, 8));
    QCOMPARE(small.rowCount(), 16);
    QCOMPARE(small.rowOfKey(key), 10); // keys stay
    QCOMPARE(small.row(0).call.value, 1ULL);
    QCOMPARE(small.eventsOf(small.row(3)).size(), 8);
    small.releaseOlder();
    QCOMPARE(small.rowCount(), 6);
    QCOMPARE(small.rowOfKey(key), 0);
    CallModel model;
    model.append(numbered(100'000, 50'000));
    model.prepend(numbered(0, 60'000)); // only as many as there is room for, the newest of them
    QCOMPARE(model.olderLoaded(), CallModel::olderCapacity);
    QCOMPARE(model.oldest()->seq, 10'000ULL);
    model.append(numbered(150'000, 500));
    model.releaseOlder();
    QCOMPARE(model.olderLoaded(), 0);
    QVERIFY(model.events() <= CallModel::capacity);
}

void CallsTest::chipsShowAndRemoveFilters()
{
    m_page->onEvents(traffic(100));
    EventFilter f;
    f.provider = QStringLiteral("openai");
    f.reasons = {RetryReason::RateLimit};
    f.simulated = true;
    f.from = start;
    m_page->setFilter(f);
    QVERIFY(m_page->model().rowCount() > 0 && m_page->model().rowCount() < 100);
    auto *chip = find<QToolButton>("chip_provider");
    QVERIFY(chip && chip->text().startsWith(QStringLiteral("Provider: OpenAI")));
    QVERIFY(footer().contains(QStringLiteral("· 100 calls in all")));
    chip->setFocus();
    QTest::keyClick(chip, Qt::Key_Space);
    QVERIFY(m_page->filter().provider.isEmpty());
    QVERIFY(!find<QToolButton>("chip_provider"));
    for (const char *name : {"chip_reason", "chip_simulated", "chip_time"})
        QTest::mouseClick(find<QToolButton>(name), Qt::LeftButton);
    QVERIFY(m_page->filter().isEmpty());
    QCOMPARE(m_page->model().rowCount(), 100);
}

void CallsTest::menuSetsFilters()
{
    m_page->onEvents(traffic(100));
    QMenu *menu = find<QToolButton>("filterButton")->menu();
    const auto choose = [&](const QString &group, const QString &entry) {
        for (QAction *action : menu->actions()) {
            if (action->menu() && action->text() == group) {
                for (QAction *inner : action->menu()->actions()) {
                    if (inner->text() == entry)
                        return inner->trigger();
                }
            }
        }
        QFAIL(qPrintable(group + entry));
    };
    choose(QStringLiteral("Provider"), QStringLiteral("Mistral"));
    QCOMPARE(m_page->filter().provider, QStringLiteral("mistral"));
    choose(QStringLiteral("Kind"), QStringLiteral("Skipped"));
    choose(QStringLiteral("Origin"), QStringLiteral("Real"));
    choose(QStringLiteral("Time"), QStringLiteral("Last hour"));
    QCOMPARE(m_page->filter().kind, std::optional(EventKind::ProviderSkipped));
    QCOMPARE(*m_page->filter().from, traffic(100).last().wall - 60min);
    choose(QStringLiteral("Outcome"), QStringLiteral("Second choice"));
    QCOMPARE(m_page->filter().outcome, std::optional(CallOutcome::SecondChoice));
    choose(QStringLiteral("Reason"), QStringLiteral("Rate limited"));
    emit menu->aboutToShow();
    menu->actions().last()->trigger(); // Clear filters
    QVERIFY(m_page->filter().isEmpty());
}

void CallsTest::oneIsSingular()
{
    m_page->onEvents({makeEvent(1)});
    QCOMPARE(footer(), QStringLiteral("1 call, 1 event"));
    EventFilter f;
    f.provider = QStringLiteral("openai");
    m_page->setFilter(f);
    QCOMPARE(footer(), QStringLiteral("1 row matches · 1 call in all"));
    f.provider = QStringLiteral("mistral");
    m_page->setFilter(f);
    QVERIFY(find<QLabel>("eventsEmpty")->text().contains(QStringLiteral("0 of 1 call match")));
    m_page->setFilter({});
    m_page->onEvents(traffic(3));
    QVERIFY2(footer().startsWith(QStringLiteral("3 calls, ")), qPrintable(footer()));
}

void CallsTest::filteredEmptyOffersToClear()
{
    QVERIFY(find<QLabel>("eventsEmpty")->text().contains(QStringLiteral("Nothing yet")));
    QVERIFY(!find<QToolButton>("clearFilters")->isVisible());
    m_page->onEvents(traffic(50));
    EventFilter f;
    f.reasons = {RetryReason::ContentFilter};
    m_page->setFilter(f);
    QVERIFY(find<QLabel>("eventsEmpty")->isVisible());
    QVERIFY(find<QLabel>("eventsEmpty")->text().contains(QStringLiteral("0 of 50 calls match")));
    QTest::mouseClick(find<QToolButton>("clearFilters"), Qt::LeftButton);
    QVERIFY(table()->isVisible());
}

void CallsTest::findStepsThroughWhatIsShown()
{
    m_page->onEvents(traffic(200));
    auto *edit = find<QLineEdit>("findEdit");
    m_page->focusFind();
    QTest::keyClicks(edit, QStringLiteral("OVERLOADED"));
    QVector<int> expected;
    for (int row = 0; row < m_page->model().rowCount(); ++row) {
        if (m_page->model().row(row).reason == RetryReason::TemporaryFailure)
            expected << row;
    }
    QVERIFY(expected.size() > 2);
    for (const int row : expected + QVector<int>{expected.first()}) { // and around
        m_page->findNext();
        QTRY_COMPARE(table()->currentIndex().row(), row);
        QTRY_VERIFY(find<QLabel>("findResult")->text().contains(QStringLiteral(" of 200")));
    }
    m_page->findPrevious();
    QTRY_COMPARE(table()->currentIndex().row(), expected.last());
    edit->setText(QStringLiteral("no such thing"));
    QTest::keyClick(edit, Qt::Key_Return);
    QTRY_COMPARE(find<QLabel>("findResult")->text(), QStringLiteral("not found"));
    QTest::keyClick(edit, Qt::Key_Escape);
    QVERIFY(edit->text().isEmpty());
}

void CallsTest::followStopsWhenScrolledUp()
{
    m_page->onEvents(traffic(300));
    auto *jump = find<QToolButton>("jumpToNewest");
    QCOMPARE(bar()->value(), bar()->maximum());
    QVERIFY(m_page->isFollowing() && !jump->isVisible());
    QVERIFY2(m_page->minimumSizeHint().width() <= 680,
             qPrintable(QString::number(m_page->minimumSizeHint().width()))); // a window of 800
    bar()->setValue(bar()->maximum() - 20); // as the wheel does
    QVERIFY(!m_page->isFollowing());
    const int value = bar()->value();
    Events more = traffic(20);
    for (Event &e : more)
        e.run = 2;
    m_page->onEvents(more);
    QCOMPARE(bar()->value(), value);
    QVERIFY(jump->isVisible());
    QCOMPARE(jump->text(), QStringLiteral("20 new ↓"));
    QTest::mouseClick(jump, Qt::LeftButton);
    QCOMPARE(bar()->value(), bar()->maximum());
    QVERIFY(m_page->isFollowing() && !jump->isVisible());
    bar()->setValue(bar()->maximum() - 5);
    bar()->setValue(bar()->maximum());
    QVERIFY(m_page->isFollowing());
}

/// The sheet of the window says how a selected row looks, and the chips are painted on it.
void CallsTest::whoAnsweredIsReadInANarrowRoute()
{
    const QHash<ProviderId, QString> names{{QStringLiteral("a"), QStringLiteral("OpenAI")},
                                           {QStringLiteral("b"), QStringLiteral("Anthropic")},
                                           {QStringLiteral("c"), QStringLiteral("Google AI")},
                                           {QStringLiteral("d"), QString(60, QLatin1Char('w'))}};
    const auto step = [](const char *id, RouteStep::Kind kind) { return RouteStep{QLatin1String(id), kind}; };
    using enum RouteStep::Kind;
    const QFontMetrics metrics(Theme::font(TextRole::Body));
    const QVector<RouteStep> route{step("a", Skipped), step("b", Skipped), step("c", Answered)};
    const auto chips = [&](const QVector<RouteStep> &steps, int width) {
        const auto found = routeChips(steps, names, metrics, width);
        if (routeWidth(found, metrics) > width)
            QTest::qFail("wider than there is room", __FILE__, __LINE__);
        QStringList texts;
        for (const RouteChip &chip : found)
            texts << chip.text;
        return texts;
    };
    QCOMPARE(chips(route, 1000), QStringList({"OpenAI", "Anthropic", "✓ Google AI"}));
    QCOMPARE(chips(route, 220), QStringList({"2 skipped", "✓ Google AI"}));
    const QVector<RouteStep> failed{step("a", Failed), step("b", Failed), step("d", Failed), step("c", Answered)};
    QCOMPARE(chips(failed, 220), QStringList({"3 before", "✓ Google AI"}));
    QCOMPARE(chips(failed, 340).last(), QStringLiteral("✓ Google AI"));
    QVERIFY(chips({step("c", Failed), step("d", Answered)}, 200).last().size() > 3);
    QCOMPARE(chips({}, 200), QStringList());
}

void CallsTest::theRouteOfTheSelectedCallIsRead()
{
    m_page->onEvents(traffic(20));
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_theme->setMode(mode);
        m_page->setStyleSheet(styleSheet(*m_theme));
        const auto ink = [&](int row) { // pixels that stand out from the row as text does
            const QRect cell = table()->visualRect(table()->model()->index(row, CallModel::Route));
            const QImage picture = table()->viewport()->grab(cell).toImage();
            const int ground = qGray(picture.pixel(picture.width() - 3, picture.height() / 2));
            int count = 0;
            for (int y = 0; y < picture.height(); ++y)
                for (int x = 0; x < picture.width(); ++x)
                    count += std::abs(qGray(picture.pixel(x, y)) - ground) > 120;
            return count;
        };
        table()->clearSelection();
        const int row = table()->model()->rowCount() - 1; // the newest is in sight
        const int before = ink(row);
        QVERIFY(before > 20);
        clickRow(row);
        QVERIFY2(ink(row) > before / 2, qPrintable(QStringLiteral("%1 of %2").arg(ink(row)).arg(before)));
    }
}

void CallsTest::selectingHoldsTheRowsStill()
{
    m_page->onEvents(traffic(300));
    clickRow(297);
    QVERIFY(!m_page->isFollowing());
    const quint64 top = callAt(5);
    Events more = traffic(60);
    for (Event &e : more)
        e.run = 2;
    m_page->onEvents(more);
    QCOMPARE(callAt(5), top);
    QCOMPARE(find<QToolButton>("jumpToNewest")->text(), QStringLiteral("60 new ↓"));
    QTest::keyClick(table(), Qt::Key_End, Qt::ControlModifier);
    QVERIFY(m_page->isFollowing());
    QVERIFY(!table()->selectionModel()->hasSelection());
    QCOMPARE(bar()->value(), bar()->maximum());
}

void CallsTest::twentyRowsDoNotMoveUnderThePointer()
{
    m_page->resize(1200, 900);
    m_page->onEvents(traffic(300));
    QEnterEvent over(QPointF(200, 100), QPointF(200, 100), QPointF(200, 100));
    QCoreApplication::sendEvent(table()->viewport(), &over);
    QVERIFY(!m_page->isFollowing());
    const int rowHeight = table()->visualRect(table()->model()->index(m_page->model().rowCount() - 1, 0)).height();
    QVector<quint64> before;
    for (int i = 0; i < 20; ++i)
        before << callAt(4 + i * rowHeight);
    for (int second = 0; second < 30; ++second) { // two calls a second
        Events more = traffic(2);
        for (Event &e : more)
            e.run = second + 2;
        m_page->onEvents(more);
        for (int i = 0; i < 20; ++i)
            QCOMPARE(callAt(4 + i * rowHeight), before[i]);
    }
    QCOMPARE(find<QToolButton>("jumpToNewest")->text(), QStringLiteral("60 new ↓"));
    QEvent leave(QEvent::Leave);
    QCoreApplication::sendEvent(table()->viewport(), &leave);
    QVERIFY(m_page->isFollowing()); // nothing is aimed at any more
    QCOMPARE(bar()->value(), bar()->maximum());
}

void CallsTest::theRowsUnderTheEyesStayWhenOldOnesLeave()
{
    m_page->onEvents(numbered(0, CallModel::capacity));
    bar()->setValue(2'000);
    const quint64 top = callAt(5);
    for (int i = 0; i < 30; ++i) {
        m_page->onEvents(numbered(quint64(CallModel::capacity + i * 304), 304));
        QCOMPARE(callAt(5), top);
    }
    QVERIFY(!m_page->isFollowing());
    QVERIFY(footer().contains(QStringLiteral("older events left memory")));
}

void CallsTest::aCallOpensToItsEvents()
{
    QAbstractItemModelTester tester(table()->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    const Events all = traffic(30);
    m_page->onEvents(all.mid(0, all.size() - 2)); // the last call still runs
    clickRow(29);
    QTest::keyClick(table(), Qt::Key_Right); // opens
    const QModelIndex call = table()->model()->index(29, 0);
    QVERIFY(table()->isExpanded(call));
    const int rows = table()->model()->rowCount(call);
    QCOMPARE(rows, int(m_page->model().row(29).events.size()));
    m_page->onEvents(all.mid(all.size() - 2)); // and goes on, open
    QCOMPARE(table()->model()->rowCount(call), rows + 2);
    QVERIFY(!table()->model()->index(rows + 1, CallModel::Route, call).data().toString().isEmpty());
    QVERIFY(find<QTextBrowser>("story")->toPlainText().contains(
        QStringLiteral("answered in 900 ms"))); // the story grew with it
    QTest::keyClick(table(), Qt::Key_Down);
    QCOMPARE(table()->currentIndex().parent(), call);
}

void CallsTest::storyTellsWhoWasSkipped()
{
    m_page->onEvents(traffic(50));
    clickRow(48); // call 49 of seven times seven
    const QString shown = find<QTextBrowser>("story")->toPlainText();
    QVERIFY2(shown.contains(QStringLiteral("skipped_one")) && shown.contains(QStringLiteral("circuit is open"))
                 && shown.contains(QStringLiteral("6.0 s")),
             qPrintable(shown));
    QTest::mouseClick(find<QToolButton>("copyStory"), Qt::LeftButton);
    QVERIFY(QGuiApplication::clipboard()->text().startsWith(QStringLiteral("Call 49")));
    QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("skipped_one")));
}

void CallsTest::whatIsOutsideCallsIsARowToo()
{
    Event circuit = makeEvent(1, EventKind::CircuitChanged);
    circuit.call = {};
    circuit.circuitTo = CircuitState::Isolated;
    circuit.rule = QStringLiteral("by hand");
    Event applied = makeEvent(2, EventKind::ConfigurationApplied);
    applied.call = {};
    m_page->onEvents({circuit, applied});
    QCOMPARE(m_page->model().rowCount(), 2);
    QCOMPARE(m_page->model().calls(), 0);
    QCOMPARE(cell(0, CallModel::Outcome), QStringLiteral("Circuit"));
    QVERIFY(cell(0, CallModel::Route).contains(QStringLiteral("OpenAI")));
    QVERIFY(!table()->model()->hasChildren(table()->model()->index(0, 0)));
    clickRow(0);
    QVERIFY(find<QLabel>("storyTitle")->text().startsWith(QStringLiteral("Outside any call")));
    QVERIFY(!find<QToolButton>("onlyThisCall")->isVisible());
}

/// Files keep the id, and it is found by it.
void CallsTest::aNameStandsInEverySentence()
{
    Event asked = makeEvent(1, EventKind::AttemptStarted), away = makeEvent(2, EventKind::FailedOver);
    away.toProvider = QStringLiteral("google_ai");
    Event circuit = makeEvent(3, EventKind::CircuitChanged);
    circuit.call = {};
    circuit.circuitTo = CircuitState::Open;
    m_page->onEvents({asked, away, circuit});
    clickRow(0);
    const auto *told = find<QTextBrowser>("story");
    QVERIFY2(told->toPlainText().contains(QStringLiteral("Fails over from OpenAI to Google AI")),
             qPrintable(told->toPlainText()));
    QTest::mouseClick(find<QToolButton>("copyStory"), Qt::LeftButton);
    for (const QString &text : {told->toPlainText(), QGuiApplication::clipboard()->text(), cell(1, CallModel::Route)})
        QVERIFY2(!text.contains(QStringLiteral("openai")), qPrintable(text));
    QVERIFY(m_page->model().searchText(1).contains(QStringLiteral("openai")));
    clickRow(1);
    ProviderConfigs renamed = providers();
    renamed.first().name = QStringLiteral("OpenAI EU");
    m_page->setProviders(renamed);
    QVERIFY2(told->toPlainText().contains(QStringLiteral("Circuit of OpenAI EU")), qPrintable(told->toPlainText()));
    QVERIFY(cell(1, CallModel::Route).contains(QStringLiteral("Circuit of OpenAI EU")));
}

void CallsTest::onlyThisCall()
{
    m_page->onEvents(traffic(50));
    clickRow(45);
    QTest::mouseClick(find<QToolButton>("onlyThisCall"), Qt::LeftButton);
    QCOMPARE(m_page->filter().call, CallId{46});
    QCOMPARE(m_page->model().rowCount(), 1);
    QVERIFY(find<QToolButton>("chip_call"));
}

void CallsTest::selectionSurvivesTheFilter()
{
    m_page->onEvents(traffic(200));
    int row = 150;
    while (m_page->model().row(row).outcome != CallOutcome::RecoveredByFailover)
        ++row;
    const CallId call = m_page->model().row(row).call;
    table()->setCurrentIndex(table()->model()->index(row, 0));
    EventFilter f;
    f.outcome = CallOutcome::RecoveredByFailover;
    m_page->setFilter(f);
    QVERIFY(table()->currentIndex().isValid());
    QCOMPARE(m_page->model().rowOf(table()->currentIndex()).call, call);
}

void CallsTest::columnsAreRemembered()
{
    QHeaderView *header = table()->header();
    QVERIFY(header->sectionResizeMode(CallModel::Outcome) == QHeaderView::Interactive);
    header->resizeSection(CallModel::Outcome, 233);
    m_page->hide();
    m_page = std::make_unique<EventsPage>(*m_theme);
    QCOMPARE(table()->header()->sectionSize(CallModel::Outcome), 233);
}

/// Times and outcomes have their usual widths; a provider's long name may end in dots, a number never.
void CallsTest::wordsFitTheirColumns()
{
    m_page->setStyleSheet(styleSheet(*m_theme)); // as in the window
    m_page->onEvents(traffic(400));
    QAbstractItemView *view = table();
    for (const int column : {int(CallModel::When), int(CallModel::Outcome), int(CallModel::Total)}) {
        const int needs = view->sizeHintForColumn(column), has = table()->header()->sectionSize(column);
        QVERIFY2(needs > 40 && needs <= has, qPrintable(QStringLiteral("column %1: %2 of %3").arg(column).arg(needs).arg(has)));
    }
}

void CallsTest::savesInThreeFormats()
{
    m_page->onEvents(traffic(100));
    EventFilter f;
    f.provider = QStringLiteral("openai");
    m_page->setFilter(f);
    Events shown;
    for (int row = 0; row < m_page->model().rowCount(); ++row)
        shown += m_page->model().eventsOf(m_page->model().row(row)); // calls whole
    QTemporaryDir folder;
    QStringList names;
    m_page->setPathChooser([&](QWidget *, const QString &name, const QString &) {
        names << name;
        return folder.filePath(name);
    });
    for (const char *action : {"saveJsonLines", "saveCsv", "saveHar"}) {
        find<QLabel>("eventsMessage")->clear();
        find<QAction>(action)->trigger();
        QTRY_VERIFY(find<QLabel>("eventsMessage")->text().startsWith(QStringLiteral("Saved ")));
    }
    QCOMPARE(names, (QStringList{QStringLiteral("retryscope-simulated-calls.jsonl"),
                                 QStringLiteral("retryscope-simulated-calls.csv"),
                                 QStringLiteral("retryscope-simulated-calls.har")}));
    const auto read = [&](int i) {
        QFile file(folder.filePath(names[i]));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    QCOMPARE(read(0), encode(shown, EventFormat::JsonLines));
    QCOMPARE(read(1), encode(shown, EventFormat::Csv));
    const QJsonArray entries =
        QJsonDocument::fromJson(read(2))[QLatin1String("log")][QLatin1String("entries")].toArray();
    QCOMPARE(entries.size(), std::count_if(shown.begin(), shown.end(),
                                           [](const Event &e) { return e.kind == EventKind::AttemptFinished; }));
}

void CallsTest::savingNowhereIsASentence()
{
    m_page->onEvents(traffic(10));
    m_page->setPathChooser(
        [](QWidget *, const QString &, const QString &) { return QStringLiteral("/nonexistent/x.csv"); });
    find<QAction>("saveCsv")->trigger();
    QTRY_VERIFY(
        find<QLabel>("eventsMessage")->text().startsWith(QStringLiteral("/nonexistent/x.csv could not be written: ")));
    QVERIFY(!find<QToolButton>("stopSaving")->isVisible());
}

void CallsTest::savingCanBeStopped()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("big.har"));
    m_page->onEvents(traffic(8'000).mid(0, CallModel::capacity));
    m_page->setPathChooser([&](QWidget *, const QString &, const QString &) { return path; });
    find<QAction>("saveHar")->trigger();
    QVERIFY(find<QToolButton>("stopSaving")->isVisible());
    find<QAction>("saveCsv")->trigger();
    QVERIFY(find<QLabel>("eventsMessage")->text().contains(QStringLiteral("being saved already")));
    QTest::mouseClick(find<QToolButton>("stopSaving"), Qt::LeftButton);
    QTRY_VERIFY(!find<QToolButton>("stopSaving")->isVisible());
    QVERIFY2(find<QLabel>("eventsMessage")->text().contains(QStringLiteral("was stopped")),
             qPrintable(find<QLabel>("eventsMessage")->text()));
    QVERIFY(QDir(folder.path()).isEmpty());
}

void CallsTest::loadOlderIsHiddenWithoutASource()
{
    m_page->onEvents(traffic(10));
    QVERIFY(!find<QToolButton>("loadOlder")->isVisible());
    Archive archive;
    m_page->setOlderEvents(&archive);
    QVERIFY(find<QToolButton>("loadOlder")->isVisible());
    m_page->setOlderEvents(nullptr);
    QVERIFY(!find<QToolButton>("loadOlder")->isVisible());
}

void CallsTest::loadOlderBringsWholeCalls()
{
    Archive archive;
    Events all = numbered(0, 1'600);
    for (Event &e : all)
        e.kind = e.seq % 8 == 0   ? EventKind::CallSubmitted
                 : e.seq % 8 == 7 ? EventKind::CallFinished
                                  : EventKind::AttemptQueued;
    m_page->onEvents(all.mid(800));
    m_page->setOlderEvents(&archive);
    auto *older = find<QToolButton>("loadOlder");
    bar()->setValue(10);
    const quint64 top = callAt(5);
    QTest::mouseClick(older, Qt::LeftButton);
    QCOMPARE(archive.asked.size(), 1);
    QCOMPARE(archive.asked[0].seq, 800ULL);
    QVERIFY(!older->isEnabled());
    emit archive.arrived(all.mid(397, 403), true); // begins in the middle of a call
    QCOMPARE(m_page->model().calls(), 150);
    QCOMPARE(m_page->model().row(0).events.size(), std::size_t(8));
    QCOMPARE(callAt(5), top);
    QTest::mouseClick(older, Qt::LeftButton);
    QCOMPARE(archive.asked[1].seq, 397ULL); // goes on where the store was left, not where whole calls begin
    emit archive.failed(QStringLiteral("The history cannot be read: it is locked."));
    QCOMPARE(find<QLabel>("eventsMessage")->text(), QStringLiteral("The history cannot be read: it is locked."));
    QTest::mouseClick(older, Qt::LeftButton);
    emit archive.arrived(all.mid(0, 397), false);
    QCOMPARE(m_page->model().calls(), 200);
    for (int row = 0; row < 200; ++row)
        QCOMPARE(m_page->model().row(row).events.size(), std::size_t(8));
    QVERIFY(!older->isVisible());
    m_page->jumpToNewest();
    QCOMPARE(m_page->model().calls(), 100);
    QVERIFY(older->isVisible());
}

void CallsTest::aNewWindowShowsThePast()
{
    Archive archive;
    m_page->setOlderEvents(&archive);
    QCOMPARE(archive.asked.size(), 1); // nobody has clicked
    QVERIFY(archive.asked[0].before == WallTime::max());
    QVERIFY(find<QLabel>("eventsEmpty")->text().contains(QStringLiteral("Loading earlier calls")));
    Events past = numbered(0, 800);
    for (Event &e : past)
        e.kind = e.seq % 8 == 0   ? EventKind::CallSubmitted
                 : e.seq % 8 == 7 ? EventKind::CallFinished
                                  : EventKind::AttemptQueued;
    emit archive.arrived(past, true);
    QCOMPARE(m_page->model().calls(), 100);
    QCOMPARE(bar()->value(), bar()->maximum()); // the newest of them, and what comes now follows
    QVERIFY(m_page->isFollowing());
    QVERIFY(find<QToolButton>("loadOlder")->isVisible());
    m_page->jumpToNewest(); // all rows are older ones: they stay to be seen
    QCOMPARE(archive.asked.size(), 2);
    emit archive.arrived(past, false);
    QCOMPARE(m_page->model().calls(), 100);
    Event own = makeEvent(100'000);
    own.call = CallId{900};
    m_page->onEvents({own});
    QCOMPARE(m_page->model().calls(), 101);
    QCOMPARE(bar()->value(), bar()->maximum());
    m_page->jumpToNewest();
    QCOMPARE(archive.asked.size(), 2); // it has one of its own now
}

void CallsTest::aPastThatIsEmptyOrBrokenIsSaid()
{
    Archive archive;
    m_page->setOlderEvents(&archive);
    emit archive.failed(QStringLiteral("The history cannot be read: it is locked."));
    QCOMPARE(find<QLabel>("eventsMessage")->text(), QStringLiteral("The history cannot be read: it is locked."));
    QVERIFY(find<QToolButton>("loadOlder")->isEnabled()); // to try again
    QTest::mouseClick(find<QToolButton>("loadOlder"), Qt::LeftButton);
    QCOMPARE(archive.asked.size(), 2);
    emit archive.arrived({}, false);
    QVERIFY(find<QLabel>("eventsEmpty")->text().contains(QStringLiteral("Nothing yet")));
    QVERIFY(!find<QToolButton>("loadOlder")->isVisible());
}

void CallsTest::anAnswerToAnotherFilterIsNotShown()
{
    EventFilter real;
    real.simulated = false;
    m_page->setFilter(real);
    Archive archive;
    m_page->setOlderEvents(&archive);
    QCOMPARE(archive.asked.size(), 1);
    m_page->setFilter({}); // while the answer is on its way
    QCOMPARE(archive.asked.size(), 1); // one request at a time
    emit archive.arrived({}, false);
    QCOMPARE(archive.asked.size(), 2);
    QVERIFY(archive.asked[1].filter.isEmpty());
    Events past = numbered(0, 8);
    past.first().kind = EventKind::CallSubmitted;
    emit archive.arrived(past, false);
    QVERIFY(m_page->model().calls() > 0);
}

void CallsTest::olderCallsOutliveAFilter()
{
    Archive archive;
    m_page->setOlderEvents(&archive);
    Events all = numbered(0, 1'600);
    for (Event &e : all)
        e.kind = e.seq % 8 == 0   ? EventKind::CallSubmitted
                 : e.seq % 8 == 7 ? EventKind::CallFinished
                                  : EventKind::AttemptQueued;
    m_page->onEvents(all.mid(1'592)); // one call
    QTest::mouseClick(find<QToolButton>("loadOlder"), Qt::LeftButton);
    emit archive.arrived(all.mid(0, 1'592), false);
    QCOMPARE(m_page->model().calls(), 200);
    EventFilter filter;
    filter.problemsOnly = true;
    m_page->setFilter(filter);
    QTRY_COMPARE(m_page->model().filter(), filter);
    QCOMPARE(m_page->model().calls(), 200);
    QVERIFY2(footer().contains(QStringLiteral("200 calls in all")), qPrintable(footer()));
    m_page->setFilter({});
    QTRY_VERIFY(m_page->model().filter().isEmpty());
    QCOMPARE(m_page->model().calls(), 200);
    filter.simulated = true; // under which others may be asked for
    m_page->setFilter(filter);
    QTRY_COMPARE(m_page->model().filter(), filter);
    QCOMPARE(m_page->model().calls(), 200);
    m_page->setFilter({});
    QTRY_VERIFY(m_page->model().filter().isEmpty());
    QCOMPARE(m_page->model().calls(), 1);
    QVERIFY(find<QToolButton>("loadOlder")->isVisible());
    QVERIFY(find<QLabel>("eventsMessage")->text().isEmpty());
}

void CallsTest::keyboardReachesEverything()
{
    m_page->onEvents(traffic(300));
    EventFilter f;
    f.provider = QStringLiteral("mistral");
    m_page->setFilter(f);
    table()->setCurrentIndex(table()->model()->index(5, 0));
    QSet<QString> seen;
    QWidget *w = m_page.get();
    for (int i = 0; i < 300; ++i) {
        w = w->nextInFocusChain();
        if (w->isVisible() && w->isEnabled() && w->focusPolicy() & Qt::TabFocus) {
            seen.insert(w->objectName());
            QVERIFY2(!w->accessibleName().isEmpty() || !w->property("text").toString().isEmpty()
                         || w->objectName().startsWith(QStringLiteral("qt_")),
                     qPrintable(w->objectName() + QLatin1String(w->metaObject()->className())));
        }
    }
    for (const char *name : {"filterButton", "findEdit", "findNext", "findPrevious", "saveEvents", "chip_provider",
                             "callsTable", "story", "copyStory", "onlyThisCall", "jumpToNewest"})
        QVERIFY2(seen.contains(QLatin1String(name)), name);
    table()->setFocus(); // Tab is never trapped
    QTest::keyClick(table(), Qt::Key_Tab);
    QVERIFY(!table()->hasFocus());
}

void CallsTest::aBusyStreamDoesNotBlockTheWindow()
{
    m_page->onEvents(traffic(8'000).mid(0, CallModel::capacity));
    Events batch = traffic(40).mid(0, 250);
    QElapsedTimer timer;
    QVector<qint64> spent;
    for (int i = 0; i < 100; ++i) {
        for (Event &e : batch)
            e.run = i + 2;
        timer.start();
        m_page->onEvents(batch);
        QCoreApplication::processEvents();
        spent << timer.nsecsElapsed();
    }
    std::sort(spent.begin(), spent.end());
    qInfo("250 events and the repaint at 50,000 kept: %.2f ms median, %.2f ms p99", double(spent[50]) / 1e6,
          double(spent[98]) / 1e6);
    QVERIFY(m_page->isFollowing());
    QCOMPARE(bar()->value(), bar()->maximum());
}

void CallsTest::looksRightInBothThemes()
{
    const QString folder = suite::pictureFolder();
    QVector<QImage> pictures;
    const auto grab = [&](const QString &name) {
        QTest::qWait(30);
        const QImage picture = m_page->grab().toImage();
        QVERIFY(suite::keep(picture, QStringLiteral("%1/calls-%2.png").arg(folder, name)));
        for (const QImage &other : pictures)
            QVERIFY(other != picture);
        pictures << picture;
    };
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_theme->setMode(mode);
        grab(QStringLiteral("empty-%1").arg(int(mode)));
    }
    m_page->onEvents(traffic(400));
    Event applied = makeEvent(90'000, EventKind::ConfigurationApplied);
    applied.call = {};
    applied.provider.clear();
    m_page->onEvents({applied});
    EventFilter f;
    f.provider = QStringLiteral("mistral");
    f.problemsOnly = true;
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_theme->setMode(mode);
        m_page->setStyleSheet(styleSheet(*m_theme)); // as in the window
        for (const QSize size : suite::pictureSizes({QSize(680, 480), QSize(1120, 720), QSize(1760, 1000)})) {
            m_page->resize(size);
            m_page->setFilter({});
            m_page->jumpToNewest();
            grab(QStringLiteral("full-%1-%2").arg(size.width()).arg(int(mode)));
            clickRow(398);
            table()->expand(table()->model()->index(398, 0));
            grab(QStringLiteral("open-%1-%2").arg(size.width()).arg(int(mode)));
            m_page->setFilter(f);
            find<QLineEdit>("findEdit")->setText(QStringLiteral("mistral"));
            grab(QStringLiteral("filtered-%1-%2").arg(size.width()).arg(int(mode)));
            find<QLineEdit>("findEdit")->clear();
        }
    }
}

SUITE_MAIN(CallsTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication app(argc, argv);
    QCoreApplication::setOrganizationName(QStringLiteral("retryscope-test-calls"));
    CallsTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_calls.moc"
