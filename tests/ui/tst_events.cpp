// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/eventspage.h"
#include "pages/filterbar.h"
#include "pages/storypane.h"

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
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>
#include <QToolButton>

#include <random>

using namespace retryscope;

namespace {

constexpr WallTime start{std::chrono::milliseconds(1'795'000'000'000)};

Event event(quint64 seq, EventKind kind = EventKind::CallSubmitted)
{
    Event e;
    e.seq = seq;
    e.kind = kind;
    e.at = SteadyTime(std::chrono::milliseconds(seq));
    e.wall = start + std::chrono::milliseconds(seq);
    e.call = CallId{seq / 8 + 1};
    e.provider = QStringLiteral("openai");
    e.simulated = true;
    return e;
}

Events numbered(quint64 first, int count)
{
    Events events;
    for (int i = 0; i < count; ++i)
        events.append(event(first + quint64(i)));
    return events;
}

/// Calls of several providers with every kind of ending.
Events traffic(int calls, quint32 seed = 5)
{
    std::mt19937 random(seed);
    const std::array providers{"openai", "anthropic", "google_ai", "mistral"};
    const std::array reasons{RetryReason::RateLimit, RetryReason::TemporaryFailure, RetryReason::ServerError, RetryReason::NetworkTimeout, RetryReason::Network};
    Events events;
    quint64 seq = 0;
    for (int c = 1; c <= calls; ++c) {
        const auto add = [&](EventKind kind, int attempt, const char *provider, const std::function<void(Event &)> &more = {}) {
            Event e = event(++seq, kind);
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
        add(EventKind::AttemptStarted, 1, provider);
        if (fails) {
            add(EventKind::AttemptFinished, 1, provider, [&](Event &e) {
                e.reason = reason;
                e.status = reason == RetryReason::RateLimit ? 429 : 503;
                e.duration = 310ms;
                e.rule = QStringLiteral("openai/code rate_limit_exceeded");
                e.detail = QStringLiteral("Rate limit reached for requests");
                e.headers = {{QStringLiteral("retry-after"), QStringLiteral("3")}, {QStringLiteral("x-ratelimit-remaining-requests"), QStringLiteral("0")}};
                e.limits = {{LimitKind::Requests, 60, 0, Duration(20s), false}};
            });
            add(EventKind::RetryScheduled, 1, provider, [&](Event &e) { e.reason = reason; e.delay = 3s; e.delaySource = DelaySource::Server; e.rule = QStringLiteral("server hint 3.0 s"); });
            add(EventKind::FailedOver, 0, provider, [&](Event &e) { e.reason = reason; e.toProvider = QStringLiteral("mistral"); });
            provider = "mistral";
            add(EventKind::AttemptStarted, 2, provider);
        }
        const int attempt = fails ? 2 : 1;
        add(EventKind::FirstToken, attempt, provider, [](Event &e) { e.firstToken = 210ms; });
        add(EventKind::AttemptFinished, attempt, provider, [](Event &e) { e.status = 200; e.duration = 900ms; e.firstToken = 210ms; e.tokensIn = 12; e.tokensOut = 80; e.costUsd = 0.00031; });
        add(EventKind::CallFinished, attempt, provider, [&](Event &e) { e.outcome = fails ? CallOutcome::RecoveredByFailover : CallOutcome::FirstTry; e.duration = fails ? 4'300ms : 950ms; });
    }
    return events;
}

ProviderConfigs providers()
{
    ProviderConfigs all;
    for (const auto &[id, name] : {std::pair("openai", "OpenAI"), std::pair("anthropic", "Anthropic"), std::pair("google_ai", "Google AI"), std::pair("mistral", "Mistral")}) {
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

class EventsTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void appendKeepsTheNewestAndSaysHowManyLeft();
    void filterAgreesWithTheNaiveOne();
    void aMillionEventsStayBoundedAndCheap();
    void olderEventsComeInFrontAndLeaveAgain();
    void chipsShowAndRemoveFilters();
    void menuSetsFilters();
    void filteredEmptyOffersToClear();
    void findStepsThroughWhatIsShown();
    void followStopsWhenScrolledUp();
    void theTextUnderTheEyesStaysWhereItIs();
    void storyTellsAndCopies();
    void onlyThisCall();
    void selectionSurvivesTheFilter();
    void savesInThreeFormats();
    void savingNowhereIsASentence();
    void savingCanBeStopped();
    void loadOlderIsHiddenWithoutASource();
    void loadOlderAsksAndPrepends();
    void keyboardReachesEverything();
    void aBusyStreamDoesNotBlockTheWindow();
    void looksRightInBothThemes();

private:
    template <typename T> T *find(const char *name) { return m_page->findChild<T *>(QLatin1String(name)); }
    QScrollBar *bar() { return find<QTableView>("eventsTable")->verticalScrollBar(); }
    QString footer() { return find<QLabel>("eventsCount")->text(); }
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<EventsPage> m_page;
};

void EventsTest::init()
{
    QLocale::setDefault(QLocale::c());
    m_page.reset();
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_page = std::make_unique<EventsPage>(*m_theme);
    m_page->setProviders(providers());
    m_page->resize(1000, 640);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
}

void EventsTest::appendKeepsTheNewestAndSaysHowManyLeft()
{
    EventModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    quint64 seq = 0;
    for (const int size : {1, 49'998, 1, 1, 700, 700, 2'500, 60'000, 3}) {
        model.append(numbered(seq, size));
        seq += quint64(size);
        QVERIFY(model.total() <= EventModel::capacity);
        QVERIFY(model.total() > EventModel::capacity - EventModel::step || quint64(model.total()) == seq);
        QCOMPARE(model.dropped() + quint64(model.total()), seq);
        QCOMPARE(model.at(model.rowCount() - 1).seq, seq - 1);
        QCOMPARE(model.at(0).seq, model.dropped());
        QCOMPARE(model.rowOfKey(model.keyOfRow(17 % model.rowCount())), 17 % model.rowCount());
    }
    QCOMPARE(resets.count(), 0);
}

void EventsTest::filterAgreesWithTheNaiveOne()
{
    std::mt19937 random(3);
    const Events all = traffic(600);
    EventModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    for (int round = 0; round < 60; ++round) {
        EventFilter f;
        const quint32 bits = random();
        if (bits & 1) f.provider = QStringLiteral("mistral");
        if (bits & 2) f.reasons = {RetryReason::RateLimit};
        if (bits & 4) f.kind = EventKind(random() % 9);
        if (bits & 8 && bits & 64) f.outcome = CallOutcome::RecoveredByFailover;
        if (bits & 16) f.simulated = bits & 128;
        if (bits & 32) { f.from = start + 10s; f.to = start + 60s; }
        if (bits & 256) f.problemsOnly = true;
        if (bits & 512 && bits & 1024) f.call = CallId{random() % 600};
        if (round % 3 == 0)
            f = {};
        model.setFilter(f);
        model.append(all.mid((round * 37) % all.size(), 50));
        int row = 0;
        const int known = model.total();
        EventModel plain; // what was appended so far, unfiltered, checked field by field
        for (int r = 0; r <= round; ++r)
            plain.append(all.mid((r * 37) % all.size(), 50));
        QCOMPARE(plain.total(), known);
        for (int i = 0; i < plain.rowCount(); ++i) {
            const Event &e = plain.at(i);
            bool wanted = true;
            if (!f.provider.isEmpty()) wanted = wanted && (e.provider == f.provider || e.toProvider == f.provider);
            if (!f.reasons.isEmpty()) wanted = wanted && f.reasons.contains(e.reason);
            if (f.kind) wanted = wanted && e.kind == f.kind.value();
            if (f.outcome) wanted = wanted && e.outcome == f.outcome.value();
            if (f.simulated) wanted = wanted && e.simulated == f.simulated.value();
            if (f.from) wanted = wanted && !(e.wall < f.from.value()) && !(e.wall > f.to.value());
            if (f.call) wanted = wanted && e.call == f.call;
            if (f.problemsOnly) wanted = wanted && (e.reason != RetryReason::None || e.kind == EventKind::CircuitChanged || e.kind == EventKind::DegradedChanged);
            if (wanted) {
                QVERIFY(row < model.rowCount());
                QCOMPARE(model.at(row++).seq, e.seq);
            }
        }
        QCOMPARE(model.rowCount(), row);
    }
}

void EventsTest::aMillionEventsStayBoundedAndCheap()
{
    const Events batch = traffic(400).mid(0, 1'000);
    QCOMPARE(batch.size(), 1'000);
    EventModel model;
    EventFilter filter;
    filter.reasons = {RetryReason::RateLimit};
    model.setFilter(filter);
    QSignalSpy removals(&model, &QAbstractItemModel::rowsRemoved), resets(&model, &QAbstractItemModel::modelReset);
    QElapsedTimer timer;
    qint64 early = 0, late = 0, worst = 0;
    for (int i = 0; i < 1'000; ++i) {
        timer.start();
        model.append(batch);
        const qint64 took = timer.nsecsElapsed();
        worst = std::max(worst, took);
        if (i >= 100 && i < 400)
            early += took;
        else if (i >= 700)
            late += took;
        QVERIFY(model.total() <= EventModel::capacity);
    }
    QCOMPARE(model.dropped(), 950'000ULL);
    QCOMPARE(quint64(model.rowCount()), 50ULL * quint64(std::count_if(batch.begin(), batch.end(), [&](const Event &e) { return filter.matches(e); })));
    qInfo("append of 1,000 at 50,000 kept: %.1f us early, %.1f us late, %.1f us worst", double(early) / 300e3, double(late) / 300e3, double(worst) / 1e3);
    QCOMPARE(resets.count(), 0);
    QVERIFY(removals.count() <= 950); // old rows leave a thousand at a time
}

void EventsTest::olderEventsComeInFrontAndLeaveAgain()
{
    EventModel small;
    QAbstractItemModelTester tester(&small, QAbstractItemModelTester::FailureReportingMode::QtTest);
    small.append(numbered(100, 50));
    small.prepend(numbered(0, 100));
    small.append(numbered(150, 10));
    QCOMPARE(small.rowCount(), 160);
    small.releaseOlder();
    QCOMPARE(small.at(0).seq, 100ULL);
    EventModel model;
    model.append(numbered(100'000, 50'000));
    const qint64 key = model.keyOfRow(10);
    model.prepend(numbered(90'000, 10'000));
    QCOMPARE(model.total(), 60'000);
    QCOMPARE(model.at(0).seq, 90'000ULL);
    QCOMPARE(model.at(model.rowOfKey(key)).seq, 100'010ULL); // keys stay
    model.prepend(numbered(0, 90'000)); // only as many as there is room for, the newest of them
    QCOMPARE(model.olderLoaded(), EventModel::olderCapacity);
    QCOMPARE(model.at(0).seq, 50'000ULL);
    model.append(numbered(150'000, 500));
    QCOMPARE(model.at(model.rowCount() - 1).seq, 150'499ULL);
    model.releaseOlder();
    QCOMPARE(model.olderLoaded(), 0);
    QVERIFY(model.total() <= EventModel::capacity);
    QCOMPARE(model.at(0).seq, 100'500ULL);
}

void EventsTest::chipsShowAndRemoveFilters()
{
    m_page->onEvents(traffic(100));
    EventFilter f;
    f.provider = QStringLiteral("openai");
    f.reasons = {RetryReason::RateLimit};
    f.simulated = true;
    f.from = start;
    m_page->setFilter(f);
    QVERIFY(m_page->model().rowCount() > 0 && m_page->model().rowCount() < m_page->model().total());
    auto *chip = find<QToolButton>("chip_provider");
    QVERIFY(chip && chip->text().startsWith(QStringLiteral("Provider: OpenAI")));
    QCOMPARE(chip->accessibleName(), QStringLiteral("Remove filter Provider: OpenAI"));
    QVERIFY(footer().contains(QStringLiteral("events match")));
    chip->setFocus();
    QTest::keyClick(chip, Qt::Key_Space);
    QVERIFY(m_page->filter().provider.isEmpty());
    QVERIFY(!find<QToolButton>("chip_provider"));
    for (const char *name : {"chip_reason", "chip_simulated", "chip_time"})
        QTest::mouseClick(find<QToolButton>(name), Qt::LeftButton);
    QVERIFY(m_page->filter().isEmpty());
    QCOMPARE(m_page->model().rowCount(), m_page->model().total());
}

void EventsTest::menuSetsFilters()
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
    choose(QStringLiteral("Kind"), QStringLiteral("Attempt finished"));
    choose(QStringLiteral("Origin"), QStringLiteral("Real"));
    choose(QStringLiteral("Time"), QStringLiteral("Last hour"));
    QCOMPARE(m_page->filter().kind, std::optional(EventKind::AttemptFinished));
    QCOMPARE(m_page->filter().simulated, std::optional(false));
    QCOMPARE(*m_page->filter().from, m_page->model().oldest() ? traffic(100).last().wall - 60min : WallTime{});
    choose(QStringLiteral("Outcome"), QStringLiteral("Failed"));
    choose(QStringLiteral("Reason"), QStringLiteral("Rate limited"));
    emit menu->aboutToShow();
    menu->actions().last()->trigger(); // Clear filters
    QVERIFY(m_page->filter().isEmpty());
}

void EventsTest::filteredEmptyOffersToClear()
{
    QVERIFY(find<QLabel>("eventsEmpty")->text().contains(QStringLiteral("Nothing yet")));
    QVERIFY(!find<QToolButton>("clearFilters")->isVisible());
    m_page->onEvents(traffic(50));
    EventFilter f;
    f.reasons = {RetryReason::ContentFilter};
    m_page->setFilter(f);
    QVERIFY(find<QLabel>("eventsEmpty")->isVisible());
    QVERIFY(find<QLabel>("eventsEmpty")->text().contains(QStringLiteral("0 of %1 events match").arg(QLocale().toString(m_page->model().total()))));
    QTest::mouseClick(find<QToolButton>("clearFilters"), Qt::LeftButton);
    QVERIFY(find<QTableView>("eventsTable")->isVisible());
}

void EventsTest::findStepsThroughWhatIsShown()
{
    const Events events = traffic(200);
    m_page->onEvents(events);
    EventFilter f;
    f.kind = EventKind::FailedOver;
    m_page->setFilter(f);
    auto *edit = find<QLineEdit>("findEdit");
    auto *table = find<QTableView>("eventsTable");
    m_page->focusFind();
    QTest::keyClicks(edit, QStringLiteral("OVERLOADED"));
    QVector<int> expected;
    for (int row = 0; row < m_page->model().rowCount(); ++row) {
        if (m_page->model().at(row).reason == RetryReason::TemporaryFailure)
            expected << row;
    }
    QVERIFY(expected.size() > 2);
    for (const int row : expected + QVector<int>{expected.first()}) { // and around
        m_page->findNext();
        QTRY_COMPARE(table->currentIndex().row(), row);
        QTRY_VERIFY(find<QLabel>("findResult")->text().startsWith(QStringLiteral("row ")));
    }
    m_page->findPrevious();
    QTRY_COMPARE(table->currentIndex().row(), expected.last());
    QVERIFY(!m_page->isFollowing() || table->verticalScrollBar()->value() == table->verticalScrollBar()->maximum());
    edit->setText(QStringLiteral("no such thing"));
    QTest::keyClick(edit, Qt::Key_Return);
    QTRY_COMPARE(find<QLabel>("findResult")->text(), QStringLiteral("not found"));
    QTest::keyClick(edit, Qt::Key_Escape);
    QVERIFY(edit->text().isEmpty());
}

void EventsTest::followStopsWhenScrolledUp()
{
    m_page->onEvents(traffic(300));
    auto *jump = find<QToolButton>("jumpToNewest");
    QCOMPARE(bar()->value(), bar()->maximum());
    QVERIFY(m_page->isFollowing() && !jump->isVisible());
    QVERIFY2(m_page->minimumSizeHint().width() <= 680, qPrintable(QString::number(m_page->minimumSizeHint().width()))); // a window of 800
    auto *table = find<QTableView>("eventsTable");
    table->setFocus();
    table->setCurrentIndex(table->model()->index(table->model()->rowCount() - 1, 0));
    QTest::keyClick(table, Qt::Key_PageUp);
    QTest::keyClick(table, Qt::Key_PageUp);
    QVERIFY(!m_page->isFollowing());
    const int value = bar()->value();
    m_page->onEvents(traffic(20));
    QCOMPARE(bar()->value(), value);
    QVERIFY(jump->isVisible());
    QCOMPARE(jump->text(), QStringLiteral("Jump to newest (%1 new)").arg(traffic(20).size()));
    QTest::mouseClick(jump, Qt::LeftButton);
    QCOMPARE(bar()->value(), bar()->maximum());
    QVERIFY(m_page->isFollowing() && !jump->isVisible());
    bar()->setValue(bar()->maximum() - 5); // as the wheel does
    QVERIFY(!m_page->isFollowing());
    bar()->setValue(bar()->maximum());
    QVERIFY(m_page->isFollowing());
}

void EventsTest::theTextUnderTheEyesStaysWhereItIs()
{
    m_page->onEvents(numbered(0, EventModel::capacity));
    bar()->setValue(20'000);
    auto *table = find<QTableView>("eventsTable");
    const quint64 top = m_page->model().at(table->rowAt(0)).seq;
    QCOMPARE(top, 20'000ULL);
    for (int i = 0; i < 30; ++i) {
        m_page->onEvents(numbered(quint64(EventModel::capacity + i * 300), 300));
        QCOMPARE(m_page->model().at(table->rowAt(0)).seq, top);
    }
    QVERIFY(!m_page->isFollowing());
    QVERIFY(footer().contains(QStringLiteral("older ones left memory")));
}

void EventsTest::storyTellsAndCopies()
{
    m_page->onEvents(traffic(50));
    int row = 0;
    while (m_page->model().at(row).kind != EventKind::FailedOver)
        ++row;
    auto *table = find<QTableView>("eventsTable");
    table->setCurrentIndex(table->model()->index(row, 0));
    const QString shown = find<QTextBrowser>("story")->toPlainText();
    for (const char *part : {"submitted", "Rule: openai/code rate_limit_exceeded", "Said: Rate limit reached for requests", "Headers: retry-after: 3; x-ratelimit-remaining-requests: 0",
                             "Limits: requests: 0 of 60 left, full again in 20.0 s", "Waits 3.0 s (the server asked for it).", "Fails over from", "Recovered by failover to mistral"})
        QVERIFY2(shown.contains(QLatin1String(part)), qPrintable(shown));
    QTest::mouseClick(find<QToolButton>("copyStory"), Qt::LeftButton);
    const QString copied = QGuiApplication::clipboard()->text();
    QVERIFY(copied.startsWith(find<QLabel>("storyTitle")->text()));
    QVERIFY(copied.contains(QStringLiteral("    Rule: openai/code rate_limit_exceeded")));
}

void EventsTest::onlyThisCall()
{
    m_page->onEvents(traffic(50));
    auto *table = find<QTableView>("eventsTable");
    table->setCurrentIndex(table->model()->index(40, 0));
    const CallId call = m_page->model().at(40).call;
    QTest::mouseClick(find<QToolButton>("onlyThisCall"), Qt::LeftButton);
    QCOMPARE(m_page->filter().call, call);
    QVERIFY(m_page->model().rowCount() >= 4 && m_page->model().rowCount() <= 9);
    QVERIFY(find<QToolButton>("chip_call"));
}

void EventsTest::selectionSurvivesTheFilter()
{
    m_page->onEvents(traffic(200));
    auto *table = find<QTableView>("eventsTable");
    int row = 200;
    while (m_page->model().at(row).kind != EventKind::AttemptFinished)
        ++row;
    const quint64 seq = m_page->model().at(row).seq;
    table->setCurrentIndex(table->model()->index(row, 0));
    EventFilter f;
    f.kind = EventKind::AttemptFinished;
    m_page->setFilter(f);
    QVERIFY(table->currentIndex().isValid());
    QCOMPARE(m_page->model().at(table->currentIndex().row()).seq, seq);
}

void EventsTest::savesInThreeFormats()
{
    m_page->onEvents(traffic(100));
    EventFilter f;
    f.provider = QStringLiteral("openai");
    m_page->setFilter(f);
    Events shown;
    for (int row = 0; row < m_page->model().rowCount(); ++row)
        shown.append(m_page->model().at(row));
    QTemporaryDir folder;
    QStringList names;
    m_page->setPathChooser([&](QWidget *, const QString &name, const QString &) { names << name; return folder.filePath(name); });
    for (const char *action : {"saveJsonLines", "saveCsv", "saveHar"}) {
        find<QLabel>("eventsMessage")->clear();
        find<QAction>(action)->trigger();
        QTRY_VERIFY(find<QLabel>("eventsMessage")->text().startsWith(QStringLiteral("Saved ")));
    }
    QCOMPARE(names, (QStringList{QStringLiteral("retryscope-simulated-events.jsonl"), QStringLiteral("retryscope-simulated-events.csv"), QStringLiteral("retryscope-simulated-events.har")}));
    const auto read = [&](int i) {
        QFile file(folder.filePath(names[i]));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    QCOMPARE(read(0), encode(shown, EventFormat::JsonLines));
    QCOMPARE(read(1), encode(shown, EventFormat::Csv));
    const QJsonArray entries = QJsonDocument::fromJson(read(2))[QLatin1String("log")][QLatin1String("entries")].toArray();
    QCOMPARE(entries.size(), std::count_if(shown.begin(), shown.end(), [](const Event &e) { return e.kind == EventKind::AttemptFinished; }));
    QCOMPARE(entries[0][QLatin1String("request")][QLatin1String("url")].toString(), QStringLiteral("https://openai.example/v1"));
}

void EventsTest::savingNowhereIsASentence()
{
    m_page->onEvents(traffic(10));
    m_page->setPathChooser([](QWidget *, const QString &, const QString &) { return QStringLiteral("/nonexistent/x.csv"); });
    find<QAction>("saveCsv")->trigger();
    QTRY_VERIFY(find<QLabel>("eventsMessage")->text().startsWith(QStringLiteral("/nonexistent/x.csv could not be written: ")));
    QVERIFY(!find<QToolButton>("stopSaving")->isVisible());
}

void EventsTest::savingCanBeStopped()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("big.har"));
    m_page->onEvents(traffic(8'000).mid(0, EventModel::capacity));
    m_page->setPathChooser([&](QWidget *, const QString &, const QString &) { return path; });
    find<QAction>("saveHar")->trigger();
    QVERIFY(find<QToolButton>("stopSaving")->isVisible());
    find<QAction>("saveCsv")->trigger();
    QVERIFY(find<QLabel>("eventsMessage")->text().contains(QStringLiteral("being saved already")));
    QTest::mouseClick(find<QToolButton>("stopSaving"), Qt::LeftButton);
    QTRY_VERIFY(!find<QToolButton>("stopSaving")->isVisible());
    QVERIFY2(find<QLabel>("eventsMessage")->text().contains(QStringLiteral("was stopped")), qPrintable(find<QLabel>("eventsMessage")->text()));
    QVERIFY(QDir(folder.path()).isEmpty());
}

void EventsTest::loadOlderIsHiddenWithoutASource()
{
    m_page->onEvents(traffic(10));
    QVERIFY(!find<QToolButton>("loadOlder")->isVisible());
    Archive archive;
    m_page->setOlderEvents(&archive);
    QVERIFY(find<QToolButton>("loadOlder")->isVisible());
    m_page->setOlderEvents(nullptr);
    QVERIFY(!find<QToolButton>("loadOlder")->isVisible());
}

void EventsTest::loadOlderAsksAndPrepends()
{
    Archive archive;
    m_page->setOlderEvents(&archive);
    m_page->onEvents(numbered(1'000, 500));
    auto *older = find<QToolButton>("loadOlder");
    auto *table = find<QTableView>("eventsTable");
    bar()->setValue(10);
    QTest::mouseClick(older, Qt::LeftButton);
    QCOMPARE(archive.asked.size(), 1);
    QCOMPARE(archive.asked[0].seq, 1'000ULL);
    QCOMPARE(archive.asked[0].before, start + 1s);
    QVERIFY(!older->isEnabled());
    const quint64 top = m_page->model().at(table->rowAt(0)).seq;
    emit archive.arrived(numbered(0, 1'000), true);
    QCOMPARE(m_page->model().total(), 1'500);
    QCOMPARE(m_page->model().at(table->rowAt(0)).seq, top);
    QVERIFY(older->isEnabled() && older->isVisible());
    QTest::mouseClick(older, Qt::LeftButton);
    emit archive.failed(QStringLiteral("The history cannot be read: it is locked."));
    QCOMPARE(find<QLabel>("eventsMessage")->text(), QStringLiteral("The history cannot be read: it is locked."));
    QTest::mouseClick(older, Qt::LeftButton);
    emit archive.arrived({}, false);
    QVERIFY(!older->isVisible());
    m_page->jumpToNewest();
    QCOMPARE(m_page->model().total(), 500);
    QVERIFY(older->isVisible());
}

void EventsTest::keyboardReachesEverything()
{
    m_page->onEvents(traffic(300));
    EventFilter f;
    f.provider = QStringLiteral("mistral");
    m_page->setFilter(f);
    auto *table = find<QTableView>("eventsTable");
    table->setCurrentIndex(table->model()->index(5, 0));
    bar()->setValue(0);
    QSet<QString> seen;
    QWidget *w = m_page.get();
    for (int i = 0; i < 300; ++i) {
        w = w->nextInFocusChain();
        if (w->isVisible() && w->isEnabled() && w->focusPolicy() & Qt::TabFocus) {
            seen.insert(w->objectName());
            QVERIFY2(!w->accessibleName().isEmpty() || !w->property("text").toString().isEmpty() || w->objectName().startsWith(QStringLiteral("qt_")), qPrintable(w->objectName() + QLatin1String(w->metaObject()->className())));
        }
    }
    for (const char *name : {"filterButton", "findEdit", "findNext", "findPrevious", "saveEvents", "chip_provider", "eventsTable", "story", "copyStory", "onlyThisCall", "jumpToNewest"})
        QVERIFY2(seen.contains(QLatin1String(name)), name);
}

void EventsTest::aBusyStreamDoesNotBlockTheWindow()
{
    m_page->onEvents(traffic(8'000).mid(0, EventModel::capacity));
    const Events batch = traffic(40).mid(0, 250);
    QElapsedTimer timer;
    QVector<qint64> spent;
    for (int i = 0; i < 200; ++i) {
        timer.start();
        m_page->onEvents(batch);
        QCoreApplication::processEvents();
        spent << timer.nsecsElapsed();
    }
    std::sort(spent.begin(), spent.end());
    qInfo("250 events and the repaint at 50,000 kept: %.2f ms median, %.2f ms p99", double(spent[100]) / 1e6, double(spent[198]) / 1e6);
    QVERIFY(m_page->isFollowing());
    QCOMPARE(bar()->value(), bar()->maximum());
}

void EventsTest::looksRightInBothThemes()
{
    const QString folder = QDir::tempPath() + QStringLiteral("/retryscope-pictures");
    QVERIFY(QDir().mkpath(folder));
    QVector<QImage> pictures;
    const auto grab = [&](const QString &name) {
        QTest::qWait(30);
        const QImage picture = m_page->grab().toImage();
        QVERIFY(picture.save(QStringLiteral("%1/events-%2.png").arg(folder, name)));
        QPixmap twice(m_page->size() * 2);
        twice.setDevicePixelRatio(2.0);
        twice.fill(m_theme->window());
        m_page->render(&twice);
        QVERIFY(twice.save(QStringLiteral("%1/events-%2-2x.png").arg(folder, name)));
        for (const QImage &other : pictures)
            QVERIFY(other != picture);
        pictures << picture;
    };
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_theme->setMode(mode);
        grab(QStringLiteral("empty-%1").arg(int(mode)));
    }
    m_page->onEvents(traffic(400));
    int row = m_page->model().rowCount() - 1;
    while (m_page->model().at(row).kind != EventKind::FailedOver)
        --row;
    auto *table = find<QTableView>("eventsTable");
    table->setCurrentIndex(table->model()->index(row, 0));
    EventFilter f;
    f.provider = QStringLiteral("mistral");
    f.problemsOnly = true;
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_theme->setMode(mode);
        for (const QSize size : {QSize(680, 480), QSize(1000, 640), QSize(1700, 1000)}) {
            m_page->resize(size);
            m_page->setFilter({});
            grab(QStringLiteral("full-%1-%2").arg(size.width()).arg(int(mode)));
            m_page->setFilter(f);
            find<QLineEdit>("findEdit")->setText(QStringLiteral("429"));
            bar()->setValue(bar()->maximum() / 2);
            grab(QStringLiteral("filtered-%1-%2").arg(size.width()).arg(int(mode)));
            find<QLineEdit>("findEdit")->clear();
            m_page->jumpToNewest();
        }
    }
}

int main(int argc, char **argv)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication app(argc, argv);
    EventsTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_events.moc"
