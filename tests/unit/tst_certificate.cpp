// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/baselines.h"
#include "simulator/certificate.h"
#include "support/suite.h"
#include "words/certificatewords.h"

using namespace retryscope;

namespace {

CertificateQuestion certificateQuestion(int machines, Duration service, Duration stall)
{
    CertificateQuestion question;
    Target target;
    target.provider = "p";
    target.model = "m";
    question.policy = {std::make_shared<const RetryConfig>(), {target}, false};
    question.capacity = {machines, service};
    question.stall = stall;
    question.replications = 4;
    question.calls = 2'000;
    return question;
}

void turn(CertificateQuestion &question, const std::function<void(RetryConfig &)> &change)
{
    RetryConfig config = *question.policy.config;
    change(config);
    question.policy.config = std::make_shared<const RetryConfig>(config);
}

/// A client as the SDKs are, with a second's patience.
CertificateQuestion impatientQuestion(int attempts)
{
    CertificateQuestion question = certificateQuestion(5, 200ms, 4s); // 25 a second
    question.policy = plainClient(question.policy.chain, attempts);
    turn(question, [](RetryConfig &c) {
        c.attemptTimeout = c.firstTokenTimeout = c.idleTimeout = 1s;
        c.baseDelay = c.maxDelay = 10ms;
        c.deadline = 60s;
    });
    return question;
}

QString saidOf(const CertificateQuestion &question, const Certificate &c)
{
    return tellCertificate(question, c).join(QLatin1Char('\n'));
}

} // namespace

/// The largest safe load, the smallest trigger, the recovery: by formula and played.
class CertificateTest final : public QObject
{
    Q_OBJECT
private slots:
    void theFormulas_data();
    void theFormulas();
    void slotsBoundTheLoadAndCannotStorm();
    void attemptsBoundTheLoadAndTheTriggerIsFound();
    void belowTheEdgeAStormEnds();
    void aHerdHasNoFormula();
    void moreThanIsCarriedNeedsNoTrigger_data();
    void moreThanIsCarriedNeedsNoTrigger();
    void threadsChangeNoCertificate();
    void aCertificateStops();
    void aShorterStallTipsWhatALongerOneDoesNot();
    void aSlowRecoveryIsNoStorm();
    void whatIsNotOverYetIsNoStorm();
    void onlyItsOwnKnobTakesAProvidersLimit();
};

void CertificateTest::theFormulas_data()
{
    QTest::addColumn<int>("attempts");
    QTest::addColumn<double>("budget");
    QTest::addColumn<int>("slotCount");
    QTest::addColumn<QString>("bound");
    QTest::addColumn<double>("load");
    QTest::newRow("no retry") << 1 << 1.0 << 10'000 << "machines" << 25.0;
    QTest::newRow("two attempts") << 2 << 1.0 << 10'000 << "attempts" << 25.0 / 2;
    QTest::newRow("four attempts") << 4 << 1.0 << 10'000 << "attempts" << 25.0 / 4;
    QTest::newRow("budget") << 4 << 0.1 << 10'000 << "budget" << 25.0 / 1.1; // load (1 + b) < capacity
    QTest::newRow("slots") << 4 << 1.0 << 3 << "slots" << 15.0;              // 3 at once, 0.2 s each
    QTest::newRow("served within patience") << 4 << 1.0 << 25 << "machines" << 25.0;
}

void CertificateTest::theFormulas()
{
    QFETCH(int, attempts);
    QFETCH(double, budget);
    QFETCH(int, slotCount);
    QFETCH(QString, bound);
    QFETCH(double, load);
    CertificateQuestion question = impatientQuestion(attempts);
    turn(question, [&](RetryConfig &c) {
        c.maxConcurrent = slotCount;
        c.retryBudgetRatio = budget;
        c.retryBudgetFloor = budget < 1 ? 0 : c.retryBudgetFloor;
    });
    const CertificateFormulas f = formulasFor(question);
    QCOMPARE(toKey(f.bound), bound);
    QVERIFY2(std::abs(*f.safeLoad / load - 1) < 0.01, qPrintable(QString::number(*f.safeLoad)));
    QCOMPARE(f.stormFree, slotCount <= 25);
}

/// As the engine is: no storm, and what bounds the load is how many attempts run at once.
void CertificateTest::slotsBoundTheLoadAndCannotStorm()
{
    CertificateQuestion question = certificateQuestion(8, 500ms, 5s);
    turn(question, [](RetryConfig &c) { c.maxConcurrent = 3; });
    question.replications = 8;
    const Certificate c = certify(question);
    QVERIFY(c.complete && c.formulas.stormFree);
    QCOMPARE(toKey(c.formulas.bound), QStringLiteral("slots"));
    QCOMPARE(*c.formulas.safeLoad, 6.0);
    QVERIFY2(loadAgrees(c) == true, qPrintable(saidOf(question, c)));
    QVERIFY2(triggerAgrees(c) == true && c.trigger.happened == 0, qPrintable(saidOf(question, c)));
    QVERIFY2(recoveryAgrees(c) == true, qPrintable(saidOf(question, c)));
    QVERIFY(c.loadKnob && QLatin1String(c.loadKnob->field) == QLatin1String("max_concurrent"));
    QCOMPARE(c.loadKnob->to, 6.0);
    QVERIFY2(std::abs(c.loadKnob->then->mean / 12.0 - 1) < 0.1, qPrintable(saidOf(question, c)));
    const QString said = saidOf(question, c);
    QVERIFY2(said.contains(QStringLiteral("It cannot storm")) && said.contains(QStringLiteral("6.00 calls a second")),
             qPrintable(said));
    QVERIFY(said.contains(QStringLiteral("Both agree.")) && said.contains(QStringLiteral("max_concurrent: with 6 ")));
}

/// T10: load x attempts against capacity; a stall above some length tips what is beyond, and nothing ends it.
void CertificateTest::attemptsBoundTheLoadAndTheTriggerIsFound()
{
    CertificateQuestion question = impatientQuestion(2);
    question.load = 18;
    question.replications = 3;
    const Certificate c = certify(question);
    QCOMPARE(toKey(c.formulas.bound), QStringLiteral("attempts"));
    QVERIFY2(loadAgrees(c) == true, qPrintable(saidOf(question, c)));
    QCOMPARE(c.triggerFormula.kind, FormulaTime::Kind::Known);
    QVERIFY2(triggerAgrees(c) == true && c.trigger.happened == 3, qPrintable(saidOf(question, c)));
    QVERIFY2(c.recovery.happened == 0 && recoveryAgrees(c) == true, qPrintable(saidOf(question, c)));
    QVERIFY2(c.triggerKnob && c.loadKnob, qPrintable(saidOf(question, c)));
    QVERIFY(saidOf(question, c).contains(QStringLiteral("never; the storm goes on by itself")));
}

void CertificateTest::belowTheEdgeAStormEnds()
{
    CertificateQuestion question = impatientQuestion(2);
    question.load = 9;
    QCOMPARE(triggerByFormula(question, 9).kind, FormulaTime::Kind::Never);
    const FormulaTime recovery = recoveryByFormula(question, 9);
    QCOMPARE(recovery.kind, FormulaTime::Kind::Known);
    // What is stuck is 9 (4 + 3); it shrinks by 25 - 18 a second until it is served within a second, then faster.
    QVERIFY2(recovery.seconds > 4 && recovery.seconds < 8, qPrintable(QString::number(recovery.seconds)));
    QCOMPARE(recoveryByFormula(question, 14).kind, FormulaTime::Kind::Never);
    QCOMPARE(triggerByFormula(question, 14).kind, FormulaTime::Kind::Known);
    QVERIFY(triggerByFormula(question, 20).seconds < triggerByFormula(question, 14).seconds);
}

/// With circuits, and more at once than is served within the patience.
void CertificateTest::aHerdHasNoFormula()
{
    CertificateQuestion question = certificateQuestion(4, 500ms, 5s);
    turn(question, [](RetryConfig &c) {
        c.maxConcurrent = 200;
        c.attemptTimeout = 2s;
    });
    const CertificateFormulas f = formulasFor(question);
    QCOMPARE(toKey(f.bound), QStringLiteral("herd"));
    QVERIFY(!f.safeLoad && !f.stormFree);
    QCOMPARE(triggerByFormula(question, 5).kind, FormulaTime::Kind::NoFormula);
    Certificate c;
    c.formulas = f;
    QVERIFY(!loadAgrees(c));
    QVERIFY2(saidOf(question, c).contains(QStringLiteral("comes back as a herd")), qPrintable(saidOf(question, c)));
    question.stall = 1s; // within the patience nobody gives up
    QCOMPARE(toKey(formulasFor(question).bound), QStringLiteral("machines"));
}

void CertificateTest::moreThanIsCarriedNeedsNoTrigger_data()
{
    QTest::addColumn<double>("load");
    QTest::newRow("just what is carried") << 6.0;
    QTest::newRow("a little more") << 6.1;
    QTest::newRow("far more") << 60.0;
}

void CertificateTest::moreThanIsCarriedNeedsNoTrigger()
{
    QFETCH(double, load);
    CertificateQuestion question = certificateQuestion(8, 500ms, 5s);
    turn(question, [](RetryConfig &c) { c.maxConcurrent = 3; });
    question.replications = 2;
    question.calls = 200;
    question.load = load;
    const Certificate c = certify(question);
    QVERIFY(c.complete && c.isOverloaded() && c.safeLoad.value && c.loadKnob);
    QCOMPARE(c.triggerFormula.kind, FormulaTime::Kind::Known);
    QCOMPARE(c.triggerFormula.seconds, 0.0);
    QCOMPARE(c.recoveryFormula.kind, FormulaTime::Kind::Never);
    QVERIFY(!triggerAgrees(c) && !recoveryAgrees(c)); // there is nothing to play
    const QString said = saidOf(question, c);
    QVERIFY2(said.contains(QStringLiteral("no stall is needed; only 6.00 are carried")), qPrintable(said));
    QVERIFY2(!said.contains(QStringLiteral("do not agree")) && !said.contains(QStringLiteral("by itself")), qPrintable(said));
}

void CertificateTest::threadsChangeNoCertificate()
{
    CertificateQuestion question = certificateQuestion(2, 1s, 2s);
    question.replications = 2;
    question.threads = 1;
    const Certificate one = certify(question);
    question.threads = 3;
    double last = 0;
    std::mutex mutex;
    const Certificate three = certify(question, [&](double share) {
        const std::lock_guard lock(mutex);
        last = std::max(last, share);
    });
    QCOMPARE(one.safeLoad.value->mean, three.safeLoad.value->mean);
    QCOMPARE(one.recovery.value->mean, three.recovery.value->mean);
    QCOMPARE(one.runs, three.runs);
    QVERIFY(last > 0.5 && last <= 1.0);
}

void CertificateTest::aCertificateStops()
{
    const Certificate c = certify(certificateQuestion(20, 1s, 30s), {}, [] { return true; });
    QVERIFY(!c.complete);
    QVERIFY(c.runs < 100);
}

/// Twenty seconds after its begin nobody waits any more, so a stall of thirty leaves nothing behind; one of five leaves all that
/// came in it.
void CertificateTest::aShorterStallTipsWhatALongerOneDoesNot()
{
    CertificateQuestion question = certificateQuestion(10, 1s, 30s);
    turn(question, [](RetryConfig &c) {
        c.maxConcurrent = 100;
        c.attemptTimeout = 5s;
        c.deadline = 20s;
    });
    question.load = 9;
    question.replications = 2;
    const Certificate c = certify(question);
    QVERIFY2(c.trigger.happened > 0, qPrintable(saidOf(question, c)));
    QVERIFY2(c.safeLoad.value->mean < 9, qPrintable(saidOf(question, c)));
}

/// Near what is carried the crowd is gone only after minutes.
void CertificateTest::aSlowRecoveryIsNoStorm()
{
    CertificateQuestion question = certificateQuestion(10, 100ms, 20s);
    turn(question, [](RetryConfig &c) {
        c.maxConcurrent = 10'000;
        c.attemptTimeout = c.firstTokenTimeout = c.deadline = 1h;
    });
    question.load = 97;
    question.calls = 100;
    question.replications = 3;
    QVERIFY(recoveryByFormula(question, 97).seconds > 600);
    const Certificate c = certify(question);
    QVERIFY2(c.recovery.open == 0 && c.recovery.happened == 3 && c.recovery.value->mean > 300,
             qPrintable(saidOf(question, c)));
    QVERIFY2(!saidOf(question, c).contains(QStringLiteral("that was tried")) || c.recovery.tried > 0,
             qPrintable(saidOf(question, c)));
}

void CertificateTest::whatIsNotOverYetIsNoStorm()
{
    const CertificateQuestion question = certificateQuestion(8, 500ms, 5s);
    Certificate c;
    c.formulas = formulasFor(question);
    c.load = 9;
    c.replications = 5;
    c.recovery.open = 3;
    c.recovery.happened = 1;
    c.recovery.cutAfter = 700;
    c.recoveryFormula = {FormulaTime::Kind::Known, 900};
    const QString said = saidOf(question, c);
    QVERIFY2(said.contains(QStringLiteral("more than 700 s; in 3 of 5 days"))
                 && said.contains(QStringLiteral("In 1 the storm goes on")) && !said.contains(QStringLiteral("never;")),
             qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral("No field of the configuration bounds it")), qPrintable(said));
    QVERIFY(!recoveryAgrees(c));
    c.recoveryFormula.seconds = 600;
    QCOMPARE(recoveryAgrees(c), std::optional(false));
}

/// A provider's own limit stays while another field is turned.
void CertificateTest::onlyItsOwnKnobTakesAProvidersLimit()
{
    CertificateQuestion question = impatientQuestion(2);
    question.load = 18;
    question.replications = 2;
    const Certificate global = certify(question);
    turn(question, [](RetryConfig &c) { c.attemptTimeout = c.firstTokenTimeout = 50s; });
    question.policy.chain[0].attemptTimeout = 1s;
    const Certificate own = certify(question);
    QVERIFY(global.loadKnob && own.loadKnob);
    QCOMPARE(QLatin1String(own.loadKnob->field), QLatin1String(global.loadKnob->field));
}

SUITE_TEST(CertificateTest)
#include "tst_certificate.moc"
