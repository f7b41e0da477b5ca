// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// What the history costs. Writing is set against the plain ways to write the same rows, in the same run. Windows are
// asked of RETRYSCOPE_BENCH_EVENTS stored events (200,000 unless set; the aim is for 10,000,000) spread over 24 hours,
// kept in RETRYSCOPE_BENCH_DB from one run to the next where that names a file.
#include "support/historyplace.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonDocument>
#include <QVariant>

#include <benchmark/benchmark.h>

using namespace retryscope;

namespace {

constexpr int written = 100'000;

const Events &sample()
{
    static const Events events = SampleTraffic(1, storyStart, std::chrono::milliseconds(9)).make(written);
    return events;
}

/// With the defaults, as the app writes: events, indexes and five levels of roll-ups, synchronous=FULL.
void writeInBatches(benchmark::State &state)
{
    const Events &events = sample();
    for (auto _ : state) {
        QTemporaryDir dir;
        HistoryOptions options;
        options.queue = 2 * written;
        HistoryStore store({HistoryLocation::Kind::Sqlite, dir.filePath(QStringLiteral("h.sqlite"))}, options);
        if (!flushed(store)) // opened
            state.SkipWithError("not opened");
        const auto start = std::chrono::steady_clock::now();
        store.append(events);
        if (!flushed(store) || store.status().unwritten)
            state.SkipWithError("not everything was written");
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    state.SetItemsProcessed(state.iterations() * events.size());
}
BENCHMARK(writeInBatches)->MeasureProcessCPUTime()->UseManualTime()->Unit(benchmark::kMillisecond)->MinTime(2);

/// The events table alone, a statement a row; `perTransaction` rows are committed together. No roll-ups.
void writeRowByRow(benchmark::State &state)
{
    const Events events = sample().mid(0, std::min<qsizetype>(written, state.range(0) * 200));
    for (auto _ : state) {
        QTemporaryDir dir;
        HistoryDatabase db({HistoryLocation::Kind::Sqlite, dir.filePath(QStringLiteral("h.sqlite"))},
                           HistoryDatabase::Access::Write, std::chrono::seconds(1));
        if (!db.open())
            state.SkipWithError("not opened");
        const auto start = std::chrono::steady_clock::now();
        for (qsizetype i = 0; i < events.size(); ++i) {
            if (i % state.range(0) == 0)
                db.begin();
            const Event &e = events[i];
            QSqlQuery &insert =
                *db.statement(QStringLiteral("INSERT INTO events (run, seq, wall, kind, call, provider, to_provider, "
                                             "reason, simulated, body) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
            const auto text = [](const QString &t) { return t.isNull() ? QString(QLatin1String("")) : t; };
            const QVariantList values{qint64(e.seq),
                                      qint64(e.wall.time_since_epoch().count()), toKey(e.kind), qint64(e.call.value),
                                      text(e.provider), text(e.toProvider), toKey(e.reason), int(e.simulated),
                                      QString::fromUtf8(QJsonDocument(toJson(e)).toJson(QJsonDocument::Compact))};
            for (int v = 0; v < int(values.size()); ++v)
                insert.bindValue(v, values[v]);
            if (!db.exec(insert))
                state.SkipWithError("refused");
            if ((i + 1) % state.range(0) == 0 || i + 1 == events.size())
                db.commit();
        }
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    state.SetItemsProcessed(state.iterations() * events.size());
}
BENCHMARK(writeRowByRow)->ArgName("perTransaction")->Arg(1)->Arg(5'000)->UseManualTime()->Unit(benchmark::kMillisecond);

/// What a call pays: append() of one event, the writer at work beside it.
void appendOne(benchmark::State &state)
{
    QTemporaryDir dir;
    HistoryStore store({HistoryLocation::Kind::Sqlite, dir.filePath(QStringLiteral("h.sqlite"))});
    Event event = sample()[5];
    event.seq = 0;
    for (auto _ : state) {
        ++event.seq;
        store.append(event);
    }
    state.counters["dropped"] = double(store.status().unwritten);
}
BENCHMARK(appendOne)->Iterations(90'000);

struct Past
{
    QTemporaryDir dir;
    QString file;
    WallTime end;
    quint64 events = 0;
    std::unique_ptr<HistoryStore> store;

    Past()
    {
        events = qEnvironmentVariableIsSet("RETRYSCOPE_BENCH_EVENTS")
                     ? qEnvironmentVariable("RETRYSCOPE_BENCH_EVENTS").toULongLong()
                     : 200'000;
        file = qEnvironmentVariable("RETRYSCOPE_BENCH_DB", dir.filePath(QStringLiteral("past.sqlite")));
        end = storyStart + 24h;
        HistoryOptions options;
        options.maxBytes = qint64(100) << 30;
        options.now = [this] { return end; };
        const bool there = QFileInfo::exists(file);
        store = std::make_unique<HistoryStore>(HistoryLocation{HistoryLocation::Kind::Sqlite, file}, options);
        if (!there)
            fill();
    }
    void fill()
    {
        const auto start = std::chrono::steady_clock::now();
        SampleTraffic traffic(2, storyStart, std::chrono::milliseconds(std::max<qint64>(1, 86'400'000 / qint64(events))),
                        3'000);
        for (quint64 done = 0; done < events; done += 50'000) {
            store->append(traffic.make(int(std::min<quint64>(50'000, events - done))));
            flushed(*store); // never more than the queue holds
        }
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        std::fprintf(stderr, "%llu events made and stored in %.1f s; %.0f MB\n",
                     static_cast<unsigned long long>(events), seconds, double(QFileInfo(file).size()) / 1e6);
    }
};

Past &past()
{
    static Past thePast;
    return thePast;
}

/// From the request to the answer on the asking thread, through both queues.
void window(benchmark::State &state)
{
    Past &p = past();
    HistoryWindow answer;
    for (auto _ : state) {
        answer =
            windowOf(*p.store, {p.end - std::chrono::seconds(state.range(0)), p.end, 400, {}, HistoryTraffic::Any});
        if (!answer.problem.isEmpty())
            state.SkipWithError(qPrintable(answer.problem));
    }
    state.counters["stored"] = double(p.events);
    state.counters["calls"] = double(answer.total.owed());
    state.counters["points"] = double(answer.points.size());
}
BENCHMARK(window)
    ->ArgName("seconds")
    ->Arg(120)
    ->Arg(1'800)
    ->Arg(21'600)
    ->Arg(86'400)
    ->Arg(604'800)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// The newest page, and a page of one rare reason from anywhere.
void newestEvents(benchmark::State &state)
{
    EventQuery query;
    query.to = past().end;
    if (state.range(0))
        query.reasons = {RetryReason::QuotaExhausted};
    for (auto _ : state)
        benchmark::DoNotOptimize(eventsOf(*past().store, query));
}
BENCHMARK(newestEvents)->ArgName("rareReason")->Arg(0)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
