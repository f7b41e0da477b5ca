// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/systemclock.h"
#include "charts/dashboardcharts.h"
#include "history/historystore.h"
#include "models/historypast.h"
#include "pages/dashboardpage.h"
#include "support/randomcalls.h"
#include "support/suite.h"
#include "words/healthwords.h"

#include <QApplication>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>

using namespace retryscope;

/// A week that three programs wrote, two of them at once: what a dashboard shows of it that was started afterwards is
/// compared with what plain SQL and a recount by hand find in the stored events.
class TruthWeekTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void aWeeksPercentilesAreTheEvents();
    void aWeeksStatesAreTheEvents();
    void cleanupTestCase();

private:
    static constexpr std::size_t week = seriesSpans.size() - 1;
    static constexpr quint64 seed = 7;
    using Lengths = std::map<int, Duration>; ///< by bin

    /// Calls every few minutes, and circuits that open, are probed and close; mistral's all thirty seconds for two days.
    Events program(qint64 run, WallTime from, WallTime to);
    void keep(const Events &events);
    QSqlQuery sql(const QString &text, const QVariantList &values = {});
    Lengths downByHand(const ProviderId &provider);

    QTemporaryDir m_folder;
    HistoryLocation m_place;
    WallTime m_start{}, m_last{};
    struct Life { qint64 run; WallTime from, to; };
    std::vector<Life> m_lives;
    Theme m_theme{ThemeMode::Light};
    DashboardState m_state;
    std::unique_ptr<HistoryStore> m_store;
    std::unique_ptr<HistoryPast> m_past;
    std::unique_ptr<DashboardPage> m_page;
    QSqlDatabase m_database;
};

Events TruthWeekTest::program(qint64 run, WallTime from, WallTime to)
{
    RandomCalls calls(seed * 10 + quint64(run));
    std::map<ProviderId, CircuitState> states;
    const auto step = [&](const ProviderId &provider) {
        const CircuitState now = states[provider], next = now == CircuitState::Closed ? CircuitState::Open
                                                          : now == CircuitState::Open ? CircuitState::HalfOpen
                                                          : calls.chance(30)          ? CircuitState::Closed
                                                                                      : CircuitState::Open;
        calls.stream.circuit(provider, now, next, 30s, RetryReason::ServerError);
        states[provider] = next;
    };
    const WallTime flaps = m_start + 10h, calm = m_start + 58h;
    const auto wall = [&] { return from + (calls.stream.wall() - RecordedStream::startWall); };
    while (wall() < to) {
        calls.call();
        if (calls.chance(12))
            step(shownProviders[qsizetype(calls.pick(3))]);
        WallTime next = wall() + std::chrono::seconds(60 + qint64(calls.pick(600)));
        for (; wall() < std::min(next, to) && wall() > flaps && wall() < calm; calls.stream.wait(30s))
            step(shownProviders[3]);
        if (wall() < next)
            calls.stream.wait(next - wall());
    }
    Events all = calls.stream.take();
    for (Event &e : all) {
        e.run = run;
        e.wall = from + (e.wall - RecordedStream::startWall);
    }
    m_lives.push_back({run, from, all.last().wall});
    m_last = std::max(m_last, all.last().wall);
    return all;
}

void TruthWeekTest::keep(const Events &events)
{
    HistoryOptions options;
    options.run = events.first().run;
    HistoryStore store(m_place, options);
    store.append(events);
    bool written = false;
    store.flush(this, [&] { written = true; });
    QVERIFY(QTest::qWaitFor([&] { return written; }, 60'000));
}

QSqlQuery TruthWeekTest::sql(const QString &text, const QVariantList &values)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    query.prepare(text);
    for (const QVariant &value : values)
        query.addBindValue(value);
    if (!query.exec())
        QTest::qFail(qPrintable(query.lastError().text()), __FILE__, __LINE__);
    return query;
}

void TruthWeekTest::initTestCase()
{
    m_place = {HistoryLocation::Kind::Sqlite, m_folder.filePath(QStringLiteral("history.sqlite"))};
    const WallTime now = SystemClock().wallNow();
    m_start = now - 166h;
    keep(program(31, m_start, m_start + 60h));
    keep(program(32, m_start + 66h, m_start + 130h));
    keep(program(33, m_start + 100h, now - 3min));
    m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("week"));
    m_database.setDatabaseName(m_place.file);
    QVERIFY(m_database.open());

    m_state.setProviders(RecordedStream::fourProviders());
    m_store = std::make_unique<HistoryStore>(m_place);
    m_past = std::make_unique<HistoryPast>(*m_store);
    m_page = std::make_unique<DashboardPage>(m_state, m_theme);
    m_page->resize(1100, 900);
    m_state.advance(RecordedStream::startSteady, now);
    m_page->setPast(m_past.get());
    m_page->refresh(RecordedStream::startSteady);
    m_page->model().setSpan(week);
    QVERIFY(QTest::qWaitFor([&] { return !m_page->model().isLoading(); }, 30'000));
    m_page->refresh(RecordedStream::startSteady);
    QCOMPARE(m_page->model().frame().problem, QString());
}

void TruthWeekTest::cleanupTestCase()
{
    m_page->setPast(nullptr);
    m_database = {};
    QSqlDatabase::removeDatabase(QStringLiteral("week"));
}

void TruthWeekTest::aWeeksPercentilesAreTheEvents()
{
    const ChartFrame &frame = m_page->model().frame();
    const auto compare = [&](const ProviderId &provider, WallTime from, WallTime to, const LatencyHistogram &shown) {
        const QString where = QStringLiteral("FROM events WHERE kind = 'attempt_finished' AND reason = 'none' AND "
                                             "provider = ? AND wall >= ? AND wall < ?");
        const QVariantList which{provider, qint64(from.time_since_epoch().count()),
                                 qint64(to.time_since_epoch().count())};
        QSqlQuery counted = sql(QStringLiteral("SELECT COUNT(*) ") + where, which);
        QVERIFY(counted.next());
        const qint64 n = counted.value(0).toLongLong();
        QCOMPARE(qint64(shown.count()), n);
        for (const double q : {0.5, 0.95, 1.0}) {
            if (n == 0)
                continue;
            QSqlQuery ranked = sql(QStringLiteral("SELECT json_extract(body, '$.duration_s') AS d ") + where
                                       + QStringLiteral(" ORDER BY d LIMIT 1 OFFSET ?"),
                                   which + QVariantList{qint64(std::ceil(q * double(n))) - 1});
            QVERIFY(ranked.next());
            const double is = toSeconds(*shown.quantile(q)), should = ranked.value(0).toDouble();
            QVERIFY2(std::abs(is / should - 1) <= 0.0201, // half of a bucket of 4 %
                     qPrintable(QStringLiteral("p%1 of %2 is %3 s instead of %4 s")
                                    .arg(q * 100)
                                    .arg(provider)
                                    .arg(is)
                                    .arg(should)));
        }
    };
    int bins = 0;
    for (const QString &provider : shownProviders) {
        for (int b = 0; b < frame.bins(); ++b) {
            const TrafficBin *bin = frame.at(provider, b);
            compare(provider, frame.startOf(b), frame.startOf(b + 1), bin ? bin->latency : LatencyHistogram());
            bins += bin && bin->latency.count() > 0;
        }
        compare(provider, frame.startOf(0), frame.startOf(frame.bins()), windowOf(frame, provider).latency);
    }
    QVERIFY2(bins > 400, qPrintable(QString::number(bins)));
}

TruthWeekTest::Lengths TruthWeekTest::downByHand(const ProviderId &provider)
{
    const ChartFrame &frame = m_page->model().frame();
    struct Change { WallTime at; qint64 run; bool open; };
    std::vector<Change> changes;
    QSqlQuery stored = sql(QStringLiteral("SELECT wall, run, json_extract(body, '$.to') FROM events WHERE kind = "
                                          "'circuit_changed' AND provider = ? ORDER BY run, seq"),
                           {provider});
    while (stored.next())
        changes.push_back({WallTime(std::chrono::milliseconds(stored.value(0).toLongLong())),
                           stored.value(1).toLongLong(), stored.value(2).toString() == QLatin1String("open")});
    for (const Life &life : m_lives)
        changes.push_back({life.to, life.run, false});
    std::stable_sort(changes.begin(), changes.end(), [](const Change &a, const Change &b) { return a.at < b.at; });
    std::map<qint64, bool> open;
    Lengths down;
    WallTime at = frame.startOf(0);
    int bin = 0;
    const auto until = [&](WallTime to) {
        while (at < to) {
            const WallTime end = std::min(to, frame.startOf(bin + 1));
            if (std::any_of(open.begin(), open.end(), [](const auto &run) { return run.second; }))
                down[bin] += end - at;
            at = end;
            bin += at == frame.startOf(bin + 1);
        }
    };
    for (const Change &change : changes) {
        until(change.at);
        open[change.run] = change.open;
    }
    return down;
}

void TruthWeekTest::aWeeksStatesAreTheEvents()
{
    const ChartFrame &frame = m_page->model().frame();
    const ChartTable table = m_page->charts()[3]->table();
    QCOMPARE(table.rows.size(), frame.bins());
    int downBins = 0, gaps = 0;
    for (int p = 0; p < shownProviders.size(); ++p) {
        Lengths shown, byHand = downByHand(shownProviders[p]);
        for (const StateBand &band : bandsOf(frame, shownProviders[p])) {
            for (int b = 0; b < frame.bins(); ++b) {
                const Duration within = std::min(band.to, frame.startOf(b + 1)) - std::max(band.from, frame.startOf(b));
                if (within > 0s && band.state == ProviderState::Down)
                    shown[b] += within;
            }
        }
        for (int b = 0; b < frame.bins(); ++b) {
            const QString bin = QStringLiteral("%1, bin %2").arg(shownProviders[p]).arg(b);
            QVERIFY2(shown[b] == byHand[b], qPrintable(QStringLiteral("%1: down %2 s instead of %3 s")
                                                           .arg(bin)
                                                           .arg(toSeconds(shown[b]))
                                                           .arg(toSeconds(byHand[b]))));
            const bool watched = std::any_of(m_lives.begin(), m_lives.end(), [&](const Life &life) {
                return life.from < frame.startOf(b + 1) && life.to >= frame.startOf(b);
            });
            const QString cell = table.rows[frame.bins() - 1 - b][1 + p];
            QVERIFY2((cell == stateWord(ProviderState::Down)) == (byHand[b] > 0s), qPrintable(bin + u' ' + cell));
            QVERIFY2((cell == QStringLiteral("Not running")) == !watched, qPrintable(bin + u' ' + cell));
            const TrafficBin *traffic = frame.at(shownProviders[p], b);
            if (traffic && traffic->answered() > 0)
                QVERIFY2(cell != stateWord(ProviderState::Unproven), qPrintable(bin + u' ' + cell));
            downBins += byHand[b] > 0s;
            gaps += !watched;
        }
        Duration total{};
        for (const auto &[bin, length] : byHand)
            total += length;
        QVERIFY(total > 1h);
        const QString summary = m_page->charts()[3]->summary();
        QVERIFY2(summary.contains(QStringLiteral("%1 was down for %2,")
                                      .arg(RecordedStream::fourProviders()[p].name, formatRoughSpan(total))),
                 qPrintable(summary));
    }
    QVERIFY(downBins > 100 && gaps > 10);
}

SUITE_MAIN(TruthWeekTest)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    QApplication app(argc, argv);
    TruthWeekTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_truthweek.moc"
