// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/dashboardcharts.h"
#include "charts/flowview.h"
#include "health/healthmonitor.h"
#include "pages/dashboardpage.h"
#include "pages/healthheader.h"
#include "support/chartsum.h"
#include "support/randomcalls.h"
#include "support/suite.h"
#include "words/healthwords.h"

#include <QApplication>
#include <QLabel>
#include <QLocale>
#include <QTest>

using namespace retryscope;

/// One truth: random but grammatical streams, and every place that shows numbers, against a recount.
class TruthTest : public QObject
{
    Q_OBJECT
private slots:
    void everyPlaceShowsTheSameCounts_data();
    void everyPlaceShowsTheSameCounts();

private:
    static QStringList flowCells(const Recount &r, quint64 inFlight)
    {
        QStringList cells{QLocale().toString(r.owed())};
        for (const CallOutcome o : {CallOutcome::FirstTry, CallOutcome::SecondChoice, CallOutcome::RecoveredByRetry,
                                    CallOutcome::RecoveredByFailover, CallOutcome::Failed, CallOutcome::Cancelled})
            cells << QLocale().toString(r.of(o));
        cells << QLocale().toString(inFlight);
        for (const quint64 n : {r.answered + r.failedAttempts, r.retries, r.failovers, r.skips})
            cells << QLocale().toString(n);
        return cells;
    }
};

void TruthTest::everyPlaceShowsTheSameCounts_data()
{
    QTest::addColumn<quint64>("seed");
    QTest::addColumn<int>("step");
    for (quint64 seed = 1; seed <= 12; ++seed)
        QTest::addRow("seed %llu%s", static_cast<unsigned long long>(seed), seed % 3 ? "" : ", clock stepped")
            << seed << (seed % 3 ? 0 : 20);
}

void TruthTest::everyPlaceShowsTheSameCounts()
{
    QFETCH(quint64, seed);
    QFETCH(int, step);
    RandomCalls generator(seed);
    Theme theme(ThemeMode::Light);
    DashboardState state;
    HealthMonitor monitor;
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    monitor.configure(configuration);
    state.setProviders(configuration.providers);
    DashboardPage page(state, theme);
    page.resize(1100, 900);
    HealthHeader header(theme);

    std::map<ProviderId, Recount> by;
    Recount all;
    WallTime::duration stepped{};
    const auto take = [&] {
        Events events = generator.stream.take();
        for (Event &e : events) {
            e.wall += stepped;
            monitor.onEvent(e);
            by[e.provider].add(e);
            all.add(e);
        }
        monitor.advance(generator.stream.now(), generator.stream.wall() + stepped);
        state.onEvents(events);
        state.onHealth(monitor.take());
        state.advance(generator.stream.now(), generator.stream.wall() + stepped);
    };
    for (int second = 0; second < 80; ++second) {
        for (std::size_t i = generator.pick(4); i > 0; --i)
            generator.call();
        generator.stream.wait(1s);
        if (second == 40)
            stepped = std::chrono::seconds(step);
        if (generator.chance(50))
            take();
    }
    take();
    page.refresh(generator.stream.now());
    header.refresh(state, generator.stream.now());

    // The headline.
    const CallReport &calls = state.health().calls;
    quint64 ended = 0;
    for (const auto &[outcome, n] : all.outcomes)
        ended += n;
    QCOMPARE(calls.asked, all.submitted);
    QCOMPARE(calls.ended, ended);
    QCOMPARE(calls.inFlight, all.submitted - ended);
    QCOMPARE(calls.window.owed(), all.owed());
    QCOMPARE(
        header.findChild<QLabel *>(QStringLiteral("healthSentence"))->text(),
        QStringLiteral("%1 of calls served").arg(percentText(all.owed() - all.of(CallOutcome::Failed), all.owed())));
    // The flow: its last row is the sum.
    const ChartTable flow = page.flow()->table();
    QCOMPARE(flow.rows.last().mid(2), flowCells(all, all.submitted - ended));
    for (int i = 0; i < int(shownProviders.size()); ++i)
        QCOMPARE(flow.rows[i].mid(2), flowCells(by[shownProviders[i]], state.provider(shownProviders[i])->inFlight));
    quint64 rows = 0;
    for (int i = 0; i + 1 < int(flow.rows.size()); ++i)
        rows += QLocale().toULongLong(flow.rows[i].value(2));
    QCOMPARE(rows, all.owed()); // also those of a removed provider and of none
    // The cards.
    for (const QString &id : shownProviders) {
        QMap<QString, QString> texts;
        for (const QLabel *label :
             page.findChild<QWidget *>(QStringLiteral("providerCard_") + id)->findChildren<QLabel *>())
            texts.insert(label->accessibleName(), label->text());
        QCOMPARE(texts.value(QStringLiteral("asked")), QLocale().toString(by[id].started));
        QCOMPARE(texts.value(QStringLiteral("failed")),
                 percentText(by[id].failedAttempts, by[id].failedAttempts + by[id].answered));
    }
    // The charts, in every window that holds it all.
    for (std::size_t span = 0; span < seriesSpans.size(); ++span) {
        page.model().setSpan(span);
        const ChartTable retries = page.charts()[0]->table(), latency = page.charts()[1]->table(),
                         ends = page.charts()[2]->table();
        QCOMPARE(columnSum(retries, int(retries.headers.size()) - 1), all.retries + all.failovers);
        if (all.retries + all.failovers > 0)
            QVERIFY2(page.charts()[0]->summary().startsWith(nextAttemptsText(all.retries, all.failovers)),
                     qPrintable(page.charts()[0]->summary()));
        int column = 1;
        for (const CallOutcome o : {CallOutcome::FirstTry, CallOutcome::SecondChoice, CallOutcome::RecoveredByRetry,
                                    CallOutcome::RecoveredByFailover, CallOutcome::Failed})
            QCOMPARE(columnSum(ends, column++), all.of(o));
        for (int i = 0; i < int(shownProviders.size()); ++i)
            QCOMPARE(columnSum(latency, 3 + 3 * i), by[shownProviders[i]].answered);
    }
}

SUITE_MAIN(TruthTest)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    QApplication app(argc, argv);
    TruthTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_truth.moc"
