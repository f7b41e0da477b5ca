// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/keptentry.h"
#include "support/suite.h"
#include "workbench/answerswitch.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

using namespace retryscope;

/// Whether what is asked and answered is kept, for all windows and programs at once.
class AnswerSwitchTest : public QObject
{
    Q_OBJECT
private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void itIsOffUntilItIsSwitchedOn();
    void whatIsSwitchedIsReadAgain();
    void offNothingIsAdded();
    void onlyWhatEndedSinceIsAdded();
    void afterAnotherStartOfTheMachineAllIsAdded();
    void aDeletionKeepsTheSwitch();
    void aForeignFileIsNotDeletedAndChangesNothing();
    void whatCannotBeUnderstoodIsOff_data();
    void whatCannotBeUnderstoodIsOff();
    void whoeverHoldsItIsWaitedForAndSaid();
    void withoutAPlaceThatIsSaid();

private:
    using Kind = AnswerFileProblem::Kind;
    QString path() const { return m_folder->filePath(QStringLiteral("answers.jsonl")); }
    AnswerSwitch own() const { return AnswerSwitch(path(), {.patience = 0ms}, "boot"); }
    static AnswerSwitch::Line at(int ms) { return {SteadyTime(std::chrono::milliseconds(ms)), keptLine(ms)}; }
    void write(const QByteArray &text) const
    {
        QFile file(AnswerSwitch::pathFor(path()));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(text), text.size());
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void AnswerSwitchTest::itIsOffUntilItIsSwitchedOn()
{
    const auto state = own().state();
    QVERIFY(state);
    QVERIFY(*state == AnswerSwitch::State());
    const auto added = own().add({at(5)});
    QVERIFY(!added && added.error().kind == Kind::SwitchedOff);
    QCOMPARE(QDir(m_folder->path()).entryList(QDir::Files | QDir::Hidden), QStringList()); // to ask leaves nothing
}

void AnswerSwitchTest::whatIsSwitchedIsReadAgain()
{
    const SteadyTime late(1'764'200'000'123'457ns), early(7ms);
    for (const auto &[on, when] : {std::pair(true, late), std::pair(false, early), std::pair(true, early)}) {
        QVERIFY(own().turn(on, when));
        const auto state = AnswerSwitch(path()).state();
        QVERIFY(state);
        QCOMPARE(state->on, on);
        QCOMPARE(state->since, when);
    }
    QCOMPARE(QFileInfo(AnswerSwitch::pathFor(path())).permissions()
                 & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther),
             QFile::Permissions());
}

void AnswerSwitchTest::offNothingIsAdded()
{
    QVERIFY(own().turn(true, SteadyTime(1ms)));
    QVERIFY(own().turn(false, SteadyTime(2ms)));
    const auto added = own().add({at(5)});
    QVERIFY(!added && added.error().kind == Kind::SwitchedOff);
    QVERIFY(!QFile::exists(path()));
}

void AnswerSwitchTest::onlyWhatEndedSinceIsAdded()
{
    QVERIFY(own().turn(true, SteadyTime(10ms)));
    const auto none = own().add({at(9), at(10)}), two = own().add({at(9), at(11), at(12)}), still = own().add({at(10)});
    QVERIFY(none && two && still);
    QCOMPARE(*none, 0);
    QCOMPARE(*two, 2);
    QCOMPARE(*still, 2);
    QCOMPARE(own().file().read()->entries.first().prompt.text, QStringLiteral("prompt 11"));
}

/// The steady time began anew.
void AnswerSwitchTest::afterAnotherStartOfTheMachineAllIsAdded()
{
    QVERIFY(own().turn(true, SteadyTime(10h)));
    const AnswerSwitch later(path(), {.patience = 0ms}, "another");
    QCOMPARE(*later.add({at(9)}), 1);
    QVERIFY(later.remove(SteadyTime(20ms)));
    QCOMPARE(*later.add({at(20)}), 0);
    QCOMPARE(*later.add({at(21)}), 1);
}

void AnswerSwitchTest::aDeletionKeepsTheSwitch()
{
    for (const bool on : {true, false}) {
        QVERIFY(own().turn(true, SteadyTime(10ms)));
        QVERIFY(own().add({at(11)}));
        QVERIFY(own().turn(on, SteadyTime(12ms)));
        const auto removed = own().remove(SteadyTime(20ms));
        QVERIFY(removed);
        QVERIFY((*removed == AnswerSwitch::State{on, SteadyTime(20ms), "boot"}));
        QVERIFY(*own().state() == *removed);
        QVERIFY(!QFile::exists(path()));
    }
}

void AnswerSwitchTest::aForeignFileIsNotDeletedAndChangesNothing()
{
    QVERIFY(own().turn(true, SteadyTime(10ms)));
    QFile diary(path());
    QVERIFY(diary.open(QIODevice::WriteOnly) && diary.write("Dear diary\n") > 0);
    diary.close();
    const auto removed = own().remove(SteadyTime(20ms));
    QVERIFY(!removed && removed.error().kind == Kind::Foreign);
    QCOMPARE(own().state()->since, SteadyTime(10ms));
    QVERIFY(QFile::exists(path()));
}

void AnswerSwitchTest::whatCannotBeUnderstoodIsOff_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("cut") << QByteArray("{\"kind\":\"retryscope.answers-switch\",\"on\":true,\"si");
    QTest::newRow("another's") << QByteArray("{\"on\":true,\"since_ns\":7}\n");
    QTest::newRow("no time") << QByteArray("{\"kind\":\"retryscope.answers-switch\",\"on\":true}\n");
    QTest::newRow("noise") << QByteArray(10'000, '\0');
}

void AnswerSwitchTest::whatCannotBeUnderstoodIsOff()
{
    QFETCH(QByteArray, text);
    write(text);
    QVERIFY(own().state() && !own().state()->on);
    QVERIFY(!own().add({at(5)}));
    QVERIFY(own().turn(true, SteadyTime(1ms))); // and can be switched on again
    QVERIFY(own().add({at(5)}));
}

void AnswerSwitchTest::whoeverHoldsItIsWaitedForAndSaid()
{
    QVERIFY(own().turn(true, SteadyTime(1ms)));
    const int held = ::open(QFile::encodeName(AnswerSwitch::pathFor(path())).constData(), O_RDWR | O_CLOEXEC);
    QVERIFY(held >= 0 && ::flock(held, LOCK_EX) == 0);
    const auto added = own().add({at(5)});
    const auto turned = own().turn(false, SteadyTime(2ms)), asked = own().state(), removed = own().remove(SteadyTime(2ms));
    ::close(held);
    QVERIFY(!added && added.error().kind == Kind::InUse);
    for (const auto &one : {turned, asked, removed})
        QVERIFY(!one && one.error().kind == Kind::InUse);
    QVERIFY(own().add({at(5)}));
}

void AnswerSwitchTest::withoutAPlaceThatIsSaid()
{
    const AnswerSwitch none{QString()};
    QVERIFY(!none.state() && none.state().error().kind == Kind::NoFolder);
    QVERIFY(!none.turn(true, {}) && !none.add({at(5)}) && !none.remove({}));
    QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("answers.switch.json")));
    const auto turned = own().turn(true, SteadyTime(1ms));
    QVERIFY(!turned && turned.error().kind == Kind::NotWritten);
    QVERIFY(!own().state()->on);
}

SUITE_TEST(AnswerSwitchTest)
#include "tst_answerswitch.moc"
