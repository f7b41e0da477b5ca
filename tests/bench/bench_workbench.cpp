// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// What the Test page costs while four columns stream at 200 events a second each. A frame is a sixtieth of a second: the
// texts and the records of what went over the wire that came in it, the page's own timers, and every changed widget painted.
// It runs in real time, as the page counts; CPU of the window's thread alone, medians and 99th percentiles of single frames.
#include "pages/testpage.h"

#include "base/systemclock.h"
#include "pages/benchcomposer.h"
#include "theme/stylesheet.h"

#include "../support/recordedstream.h"
#include "../support/rememberingengine.h"

#include <QApplication>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <thread>

using namespace retryscope;

namespace {

constexpr int columns = 4, eventsASecond = 200;
constexpr auto frameLength = std::chrono::microseconds(16'667);
constexpr auto recordsEvery = std::chrono::milliseconds(100); ///< as the engine tells them

/// An answer as models write them: prose, a list, a table and code, over and over, in pieces of about four characters.
QStringList pieces()
{
    const QString answer = QStringLiteral(
        "## Why retries need jitter\n\nWhen **many clients** fail at the same time, they also *retry* at the same time. "
        "The server sees one burst after the other, each as large as the first, and a limit of `429` answers keeps them "
        "in step.\n\n1. Cap the delay first.\n2. Draw the wait from the whole span.\n3. Keep a budget for retries:\n"
        "   a tenth of the traffic is enough.\n\n| attempt | cap | mean |\n| --- | --- | --- |\n| 1 | 1 s | 0.5 s |\n"
        "| 2 | 2 s | 1 s |\n| 3 | 4 s | 2 s |\n\n```python\ndef wait(attempt, base=0.5, cap=30):\n"
        "    return random.uniform(0, min(cap, base * 2 ** attempt))\n```\n\n> A reset that a server names is a floor, "
        "with a little chance on top.\n\n");
    QStringList all;
    for (qsizetype at = 0; at < answer.size();) {
        const qsizetype length = 3 + at % 3;
        all << answer.mid(at, length);
        at += length;
    }
    return all;
}

double cpuMs()
{
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return double(t.tv_sec) * 1e3 + double(t.tv_nsec) / 1e6;
}

class Stand
{
public:
    Stand() : m_page(m_engine, m_theme), m_pieces(pieces())
    {
        Configuration configuration;
        configuration.providers = RecordedStream::fourProviders();
        m_page.setConfiguration(configuration);
        m_page.setStyleSheet(styleSheet(m_theme));
        m_page.resize(1'600, 900);
        while (m_page.columns().size() > 1)
            m_page.removeColumn(m_page.columns().last());
        while (m_page.columns().size() < columns)
            m_page.addColumn();
        m_page.show();
        QApplication::processEvents();
        emit m_page.composer().sendRequested();
        m_began = m_clock.now();
        for (const BenchColumn *column : m_page.columns()) {
            tell(*column, EventKind::AttemptStarted);
            tell(*column, EventKind::FirstToken);
        }
    }
    /// What has come since the last one, and the painting of it.
    void frame()
    {
        const Duration since = m_clock.now() - m_began;
        const qint64 due = qint64(toSeconds(since) * eventsASecond);
        for (; m_sent < due; ++m_sent) {
            for (const BenchColumn *column : m_page.columns())
                emit m_engine.textArrived(column->run().call, m_pieces[m_sent % m_pieces.size()]);
        }
        if (since >= m_nextRecords) {
            m_nextRecords = since + recordsEvery;
            records(since);
        }
        QApplication::sendPostedEvents();
        QApplication::processEvents(); // the page's timer, and painting
    }
    qsizetype shown() const { return m_page.columns().first()->run().text.size(); }

private:
    void tell(const BenchColumn &column, EventKind kind)
    {
        Event e;
        e.kind = kind;
        e.call = column.run().call;
        e.at = m_began;
        e.provider = column.run().progress.phase() == CallProgress::Phase::Idle ? QString() : QStringLiteral("openai");
        e.attempt = 1;
        e.maxAttempts = 4;
        m_page.onEvents({e});
    }
    void records(Duration since)
    {
        ExchangeRecords told;
        for (const BenchColumn *column : m_page.columns()) {
            ExchangeRecord piece;
            piece.call = column->run().call;
            piece.attempt = 1;
            piece.provider = QStringLiteral("openai");
            piece.startedAt = m_began;
            piece.firstToken = 0ms;
            for (qint64 i = m_recorded; i < m_sent; ++i) {
                piece.events.append({since, {}, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"retry\"}}]}"});
                piece.raw += "data: " + piece.events.last().data + "\n\n";
            }
            piece.eventCount = m_sent;
            told.append(piece);
        }
        m_recorded = m_sent;
        emit m_engine.exchangesArrived(told);
    }

    SystemClock m_clock;
    Theme m_theme{ThemeMode::Light};
    RememberingEngine m_engine;
    TestPage m_page;
    QStringList m_pieces;
    SteadyTime m_began{};
    Duration m_nextRecords{};
    qint64 m_sent = 0, m_recorded = 0;
};

/// So many seconds of an answer: five are a thousand events a column, twenty are four thousand.
void workbenchFrame(benchmark::State &bench)
{
    for (auto _ : bench) {
        Stand stand;
        std::vector<double> ms;
        const auto begin = std::chrono::steady_clock::now();
        const double before = cpuMs();
        for (auto next = begin; next < begin + std::chrono::seconds(bench.range(0));) {
            next = std::max(next + frameLength, std::chrono::steady_clock::now());
            std::this_thread::sleep_until(next);
            const double start = cpuMs();
            stand.frame();
            ms.push_back(cpuMs() - start);
        }
        const double wall = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
        bench.counters["core_percent"] = (cpuMs() - before) / wall * 100;
        bench.counters["characters"] = double(stand.shown());
        bench.counters["frames"] = double(ms.size());
        std::sort(ms.begin(), ms.end());
        bench.counters["median_ms"] = ms[ms.size() / 2];
        bench.counters["p90_ms"] = ms[ms.size() * 9 / 10];
        bench.counters["p99_ms"] = ms[ms.size() * 99 / 100];
        bench.counters["most_ms"] = ms.back();
    }
}

BENCHMARK(workbenchFrame)->Arg(5)->Arg(20)->Iterations(1)->Unit(benchmark::kSecond);

} // namespace

int main(int argc, char **argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    qputenv("QT_LOGGING_RULES", "qt.qpa.*=false");
    QApplication app(argc, argv);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
