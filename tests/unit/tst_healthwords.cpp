// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"
#include "base/timeformat.h"
#include "words/healthwords.h"
#include "words/labels.h"
#include "words/localtime.h"

#include <QDateTime>
#include <QTest>

#include <ctime>
#include <functional>
#include <thread>

using namespace retryscope;

Q_DECLARE_METATYPE(std::function<void(retryscope::HealthSnapshot &)>)

/// What a person reads of a snapshot, word by word.
class HealthWordsTest : public QObject
{
    Q_OBJECT
private slots:
    void theHeadlineIsMadeFromTheCalls_data();
    void theHeadlineIsMadeFromTheCalls();
    void whoIsServedWorstStandsFirst_data();
    void whoIsServedWorstStandsFirst();
    void moneyHasNoExponent_data();
    void moneyHasNoExponent();
    void durationsReadAsPeopleSayThem_data();
    void durationsReadAsPeopleSayThem();
    void aShareIsNeverRoundedToAllOrNothing_data();
    void aShareIsNeverRoundedToAllOrNothing();
    void ratesBelowOneASecondAreByTheMinute();
    void theTimeOfDayIsThatOfTheZone_data();
    void theTimeOfDayIsThatOfTheZone();

private:
    static constexpr SteadyTime now{1h};
    static HealthSnapshot calm()
    {
        HealthSnapshot h;
        h.at = now;
        h.wall = WallTime(std::chrono::milliseconds(QDateTime(QDate(2026, 11, 25), QTime(18, 40)).toMSecsSinceEpoch()));
        for (const char *name : {"OpenAI", "Anthropic", "Mistral"}) {
            ProviderReport p;
            p.id = p.name = QLatin1String(name);
            p.state = ProviderState::Well;
            p.since = h.wall - 10min;
            h.providers.push_back(p);
        }
        h.calls.asked = h.calls.ended = h.calls.window.submitted = 240;
        h.calls.window.outcomes[std::size_t(CallOutcome::FirstTry)] = 240;
        return h;
    }
};

void HealthWordsTest::theHeadlineIsMadeFromTheCalls_data()
{
    QTest::addColumn<std::function<void(HealthSnapshot &)>>("change");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char *name, std::function<void(HealthSnapshot &)> change, const char *sentence) {
        QTest::newRow(name) << std::move(change) << QString::fromUtf8(sentence);
    };
    row(
        "all is well", [](HealthSnapshot &) {},
        "100 % of calls served, in the last 2 min · 2.0/s. All 3 providers are well.");
    row("nothing was asked", [](HealthSnapshot &h) {
        h.calls = {};
        for (ProviderReport &p : h.providers)
            p.state = ProviderState::Unproven;
    }, "No calls from here yet. 3 providers are configured; none was asked from here.");
    row("nobody answers any more", [](HealthSnapshot &h) {
        h.calls.window = {};
        h.calls.inFlight = 3;
        h.calls.oldest = now - 22s;
        h.calls.stuck = true;
    }, "3 calls wait and none ends, oldest 22.0 s. No call has ended for long: 3 wait, the oldest for 22.0 s.");
    row(
        "nobody can be asked, and one waits",
        [](HealthSnapshot &h) {
            h.calls.window = {};
            h.calls.inFlight = 1;
            h.calls.oldest = now - 6s;
            h.calls.nobody = true;
            h.calls.service = ServiceState::Bad;
        },
        "No provider can be asked, 1 in flight, oldest 6.0 s. All 3 providers are well.");
    row(
        "calls wait beside answers that came",
        [](HealthSnapshot &h) {
            h.calls.window.latency.record(400ms, 240);
            h.calls.inFlight = 19;
            h.calls.oldest = now - 9'500ms;
            h.calls.waits = true;
            h.calls.service = ServiceState::Pain;
        },
        "100 % of calls served, in the last 2 min · 2.0/s · 19 in flight, oldest 9.5 s. 19 calls wait, the oldest for "
        "9.5 s; 95 % of answers took at most 400 ms.");
    row(
        "some fail and some wait, after few answers",
        [](HealthSnapshot &h) {
            h.calls.window.outcomes[std::size_t(CallOutcome::FirstTry)] = 3;
            h.calls.window.outcomes[std::size_t(CallOutcome::Failed)] = 1;
            h.calls.window.failedCalls[std::size_t(RetryReason::Network)] = 1;
            h.calls.failing = RetryReason::Network;
            h.calls.window.latency.record(400ms, 3);
            h.calls.inFlight = 1;
            h.calls.oldest = now - 9'500ms;
            h.calls.waits = true;
        },
        "75.0 % of calls served, in the last 2 min · 2.0/s · 1 in flight, oldest 9.5 s. One call failed: network. One call "
        "waits for 9.5 s; the slowest of 3 answers took 400 ms.");
    row(
        "down, somebody else serves",
        [](HealthSnapshot &h) {
            h.providers[0].state = ProviderState::Down;
            h.providers[0].reason = RetryReason::Network;
            h.providers[0].since = h.wall - 3min;
            h.providers[0].until = now + 6s;
            h.providers[1].carried = 20;
        },
        "100 % of calls served, in the last 2 min · 2.0/s. OpenAI is down since 18:37:00 (network), probe in 6.0 s. "
        "Its traffic goes to Anthropic.");
    row(
        "calls fail while every provider is well",
        [](HealthSnapshot &h) {
            h.calls.window.outcomes = {};
            h.calls.window.outcomes[std::size_t(CallOutcome::Failed)] = 240;
            h.calls.window.failedCalls[std::size_t(RetryReason::ContextLength)] = 240;
            h.calls.failing = RetryReason::ContextLength;
            h.calls.failingSince = h.wall - 1min;
        },
        "0 % of calls served, in the last 2 min · 2.0/s. 240 calls failed since 18:39:00: prompt too long. The "
        "callers' "
        "requests cause this; it is no provider's fault.");
    row(
        "not all of those that fail are at fault themselves",
        [](HealthSnapshot &h) {
            h.calls.window.outcomes = {};
            h.calls.window.outcomes[std::size_t(CallOutcome::Failed)] = 240;
            h.calls.window.failedCalls[std::size_t(RetryReason::InvalidRequest)] = 140;
            h.calls.window.failedCalls[std::size_t(RetryReason::Network)] = 100;
            h.calls.failing = RetryReason::InvalidRequest;
        },
        "0 % of calls served, in the last 2 min · 2.0/s. 240 calls failed, most of them invalid request.");
    row(
        "many are not well",
        [](HealthSnapshot &h) {
            for (ProviderReport &p : h.providers)
                p.state = ProviderState::Failing;
        },
        "100 % of calls served, in the last 2 min · 2.0/s. OpenAI is failing since 18:30:00. Anthropic is failing "
        "since 18:30:00. One more provider is not well.");
    row(
        "some are unproven", [](HealthSnapshot &h) { h.providers[2].state = ProviderState::Unproven; },
        "100 % of calls served, in the last 2 min · 2.0/s. 2 of 3 providers are well, 1 is unproven.");
}

void HealthWordsTest::theHeadlineIsMadeFromTheCalls()
{
    QFETCH(std::function<void(HealthSnapshot &)>, change);
    HealthSnapshot health = calm();
    change(health);
    QTEST(headlineSentence(health, now), "sentence");
}

void HealthWordsTest::whoIsServedWorstStandsFirst_data()
{
    QTest::addColumn<int>("own");
    QTest::addColumn<int>("theirs");
    QTest::addColumn<int>("programs");
    QTest::addColumn<int>("service");
    QTest::addColumn<QString>("sentence");
    const int none = int(ServiceState::Unproven), good = int(ServiceState::Good), bad = int(ServiceState::Bad);
    QTest::newRow("nobody else") << good << none << 0 << good
        << "100 % of calls served, in the last 2 min · 2.0/s. All 3 providers are well.";
    QTest::newRow("another one, as well") << good << good << 1 << good
        << "100 % of calls served, in the last 2 min · 2.0/s. All 3 providers are well. In another program: 100 % of calls "
           "served.";
    QTest::newRow("another one, worse") << good << bad << 1 << bad
        << "0 % of calls served, in another program · in the last 2 min · 2.0/s. 240 calls failed: network. From here: 100 % of "
           "calls served.";
    QTest::newRow("others alone") << none << good << 3 << good
        << "100 % of calls served, in 3 other programs · in the last 2 min · 2.0/s.";
    QTest::newRow("others, and worse here") << bad << good << 4 << bad
        << "0 % of calls served, in the last 2 min · 2.0/s. 240 calls failed: network. In 4 other programs: 100 % of calls served.";
    QTest::newRow("both are bad") << bad << bad << 1 << bad
        << "0 % of calls served, in the last 2 min · 2.0/s. 240 calls failed: network. In another program: 0 % of calls served. 240 "
           "calls failed: network.";
}

void HealthWordsTest::whoIsServedWorstStandsFirst()
{
    QFETCH(int, own);
    QFETCH(int, theirs);
    QFETCH(int, programs);
    QFETCH(int, service);
    const auto made = [](int service) {
        HealthSnapshot h = calm();
        h.calls.service = ServiceState(service);
        if (h.calls.service == ServiceState::Unproven)
            h.calls = {};
        if (h.calls.service == ServiceState::Bad) {
            h.calls.window.outcomes = {};
            h.calls.window.outcomes[std::size_t(CallOutcome::Failed)] = 240;
            h.calls.window.failedCalls[std::size_t(RetryReason::Network)] = 240;
            h.calls.failing = RetryReason::Network;
        }
        return h;
    };
    std::optional<Others> others;
    if (programs > 0)
        others = Others{made(theirs), programs};
    const Headline shown = headline(made(own), others, now);
    QTEST(shown.sentence(), "sentence");
    QCOMPARE(int(shown.service), service);
    if (!others)
        return;
    others->health.calls.window.simulated = 3;
    QVERIFY(headline(made(own), others, now).sentence().contains(QLatin1String(" (simulated)")));
    others->health.calls.window.real = 1;
    QVERIFY(!headline(made(own), others, now).sentence().contains(QLatin1String("simulated")));
}

void HealthWordsTest::durationsReadAsPeopleSayThem_data()
{
    QTest::addColumn<Duration>("duration");
    QTest::addColumn<QString>("text");
    const auto row = [](Duration duration, const char *text) {
        QTest::newRow(text) << duration << QString::fromLatin1(text);
    };
    row(850ms, "850 ms");
    row(2'400ms, "2.4 s");
    row(65s, "1:05");
    row(59min + 59s, "59:59");
    row(1h, "1:00:00");
    row(1h + 53min + 8s, "1:53:08");
    row(24h - 1s, "23:59:59");
    row(113h + 38min, "4 d 17 h");
}

void HealthWordsTest::durationsReadAsPeopleSayThem()
{
    QFETCH(Duration, duration);
    QTEST(formatDuration(duration), "text");
}

void HealthWordsTest::moneyHasNoExponent_data()
{
    QTest::addColumn<double>("usd");
    QTest::addColumn<QString>("text");
    const auto row = [](double usd, const char *text) { QTest::newRow(text) << usd << QString::fromLatin1(text); };
    row(0.0, "$0.00");
    row(0.00008, "$0.00008");
    row(0.000246, "$0.000246");
    row(0.0012345, "$0.00123");
    row(0.5, "$0.50");
    row(1.25, "$1.25");
    row(1234.5, "$1234.50");
}

void HealthWordsTest::moneyHasNoExponent()
{
    QFETCH(double, usd);
    QTEST(moneyText(usd), "text");
}

void HealthWordsTest::aShareIsNeverRoundedToAllOrNothing_data()
{
    QTest::addColumn<quint64>("part");
    QTest::addColumn<quint64>("all");
    QTest::addColumn<QString>("text");
    QTest::newRow("of nothing") << 0ULL << 0ULL << QStringLiteral("–");
    QTest::newRow("none") << 0ULL << 10'000ULL << QStringLiteral("0 %");
    QTest::newRow("one of many") << 1ULL << 1'000'000ULL << QStringLiteral("0.1 %");
    QTest::newRow("all but one of many") << 999'999ULL << 1'000'000ULL << QStringLiteral("99.9 %");
    QTest::newRow("all") << 7ULL << 7ULL << QStringLiteral("100 %");
    QTest::newRow("some") << 63ULL << 64ULL << QStringLiteral("98.4 %");
}

void HealthWordsTest::aShareIsNeverRoundedToAllOrNothing()
{
    QFETCH(quint64, part);
    QFETCH(quint64, all);
    QTEST(percentText(part, all), "text");
}

void HealthWordsTest::ratesBelowOneASecondAreByTheMinute()
{
    QCOMPARE(rateText(252, 2min), QStringLiteral("2.1/s"));
    QCOMPARE(rateText(24, 2min), QStringLiteral("12/min"));
    QCOMPARE(rateText(1, 2min), QStringLiteral("1/min"));
    QCOMPARE(rateText(633, 168h), QStringLiteral("4/h")); // not one a minute
    QCOMPARE(rateText(3, 168h), QStringLiteral("1/day"));
    QCOMPARE(rateText(20, 168h), QStringLiteral("3/day"));
    QCOMPARE(rateText(0, 2min), QStringLiteral("0/s"));
}

void HealthWordsTest::theTimeOfDayIsThatOfTheZone_data()
{
    QTest::addColumn<QByteArray>("zone");
    for (const char *zone : {"UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"})
        QTest::newRow(zone) << QByteArray(zone);
}

/// Also around the hours at which the clocks change, by half an hour on Lord Howe.
void HealthWordsTest::theTimeOfDayIsThatOfTheZone()
{
    QFETCH(QByteArray, zone);
    const QByteArray before = qgetenv("TZ");
    qputenv("TZ", zone);
    ::tzset();
    QString wrong;
    std::thread([&wrong] { // which remembers nothing of another zone
        constexpr qint64 year = 1'767'225'600'000, step = 7 * 60 * 1'000 + 137;
        for (qint64 ms = year; ms < year + 366ll * 86'400'000 && wrong.isEmpty(); ms += step) {
            const QDateTime is = localTime(WallTime(std::chrono::milliseconds(ms))), right = QDateTime::fromMSecsSinceEpoch(ms);
            if (is.date() != right.date() || is.time() != right.time())
                wrong = is.toString(Qt::ISODateWithMs) + QStringLiteral(" in place of ") + right.toString(Qt::ISODateWithMs);
        }
    }).join();
    before.isNull() ? qunsetenv("TZ") : qputenv("TZ", before);
    ::tzset();
    QCOMPARE(wrong, QString());
}

SUITE_TEST(HealthWordsTest)
#include "tst_healthwords.moc"
