// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configurationdraft.h"
#include "support/suite.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#ifdef Q_OS_UNIX
#include <sys/stat.h>
#endif

using namespace retryscope;

/// Real files and the system's own notices of their changes.
class ConfigurationFileTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void noticesWhateverHappens_data();
    void noticesWhateverHappens();
    void aFolderMadeLaterIsFollowed();
    void aFileMadeAnewAndThenEditedIsReadBothTimes();
    void aHalfWrittenFileIsNotTold();
    void aFileThatTurnsIntoAPipeIsRefused();
    void savesAtomicallyAndKeepsTheModeAndTheLink();
    void neverSavesOverAnError();
    void neverSavesOverAChangeThatWasNotSeen();
    void savesWhereTheFileWasRemoved();
    void withoutAHomeNothingIsWritten();
    void aFolderThatCannotBeWrittenIsSaid();

    void anEditOnDiskKeepsTheDraft();
    void anEditOfTheSameFieldWaitsForADecision();
    void applyOnAFaultyFileIsRefused();
    void aChangeThatWasNotSeenIsMergedBeforeApply();
    void aDraftOutlivesTheProgram();
    void aRestoredDraftMeetsAChangedFile();
    void anAppliedDraftIsNotRestored();

private:
    static Configuration some(int attempts)
    {
        Configuration c;
        c.providers = builtInProviders();
        c.providers[0].enabled = true;
        c.retry.maxAttempts = attempts;
        return c;
    }
    void write(const QByteArray &bytes, const QString &path = {})
    {
        QFile file(path.isEmpty() ? m_path : path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), bytes.size());
    }
    void write(int attempts) { write(toJson(some(attempts))); }
    QByteArray onDisk()
    {
        QFile file(m_path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    static bool waitFor(ConfigurationFile &file, int attempts)
    {
        return QTest::qWaitFor(
            [&] {
                return file.state() == ConfigurationFile::State::Good
                       && file.loaded().configuration.retry.maxAttempts == attempts;
            }, 5000);
    }
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

void ConfigurationFileTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_path = m_folder->filePath(QStringLiteral("config.json"));
}

void ConfigurationFileTest::noticesWhateverHappens_data()
{
    QTest::addColumn<QString>("what");
    for (const char *what : {"edited in place", "replaced by rename", "removed and written anew",
                             "created after the start", "a link to it is changed"})
        QTest::newRow(what) << QString::fromLatin1(what);
}

void ConfigurationFileTest::noticesWhateverHappens()
{
    QFETCH(QString, what);
    if (!what.startsWith(QStringLiteral("created")))
        write(4);
    if (what.startsWith(QStringLiteral("a link"))) {
        QVERIFY(QFile::rename(m_path, m_folder->filePath(QStringLiteral("real.json"))));
        QVERIFY(QFile::link(m_folder->filePath(QStringLiteral("real.json")), m_path));
    }
    ConfigurationFile file(m_path);
    for (int attempts = 5; attempts < 9; ++attempts) { // and again, and again
        const QString other = m_folder->filePath(QStringLiteral("other"));
        if (what == QStringLiteral("replaced by rename")) {
            write(toJson(some(attempts)), other);
            QCOMPARE(::rename(QFile::encodeName(other).constData(), QFile::encodeName(m_path).constData()), 0);
        } else if (what == QStringLiteral("removed and written anew")) {
            QVERIFY(QFile::remove(m_path));
            QTest::qWait(attempts % 2 ? 0 : 120);
            write(attempts);
        } else {
            write(attempts);
        }
        QVERIFY2(waitFor(file, attempts), qPrintable(QStringLiteral("%1: %2").arg(what).arg(attempts)));
    }
}

void ConfigurationFileTest::aFolderMadeLaterIsFollowed()
{
    m_path = m_folder->filePath(QStringLiteral("deep/er/config.json"));
    ConfigurationFile file(m_path);
    QCOMPARE(int(file.state()), int(ConfigurationFile::State::Missing));
    QVERIFY(QDir().mkpath(m_folder->filePath(QStringLiteral("deep"))));
    QTest::qWait(100);
    QVERIFY(QDir().mkpath(m_folder->filePath(QStringLiteral("deep/er"))));
    write(5);
    QVERIFY(waitFor(file, 5));
    write(6);
    QVERIFY(waitFor(file, 6));
}

void ConfigurationFileTest::aFileMadeAnewAndThenEditedIsReadBothTimes()
{
    write(4);
    ConfigurationFile file(m_path);
    QVERIFY(QFile::remove(m_path));
    QTRY_COMPARE(int(file.state()), int(ConfigurationFile::State::Missing));
    QCOMPARE(file.loaded().configuration.providers.size(), 0);
    write(5);
    QVERIFY(waitFor(file, 5));
    write(6);
    QVERIFY(waitFor(file, 6));
}

void ConfigurationFileTest::aHalfWrittenFileIsNotTold()
{
    write(4);
    ConfigurationFile file(m_path);
    QSignalSpy changed(&file, &ConfigurationFile::changed);
    const QByteArray whole = toJson(some(7));
    QFile slow(m_path);
    QVERIFY(slow.open(QIODevice::WriteOnly));
    slow.write(whole.left(whole.size() / 2));
    slow.flush();
    QTest::qWait(150);
    slow.write(whole.mid(whole.size() / 2));
    slow.close();
    QVERIFY(waitFor(file, 7));
    QCOMPARE(changed.count(), 1);
    write("{\"retry\": "); // and what stays broken is told
    QTRY_COMPARE(int(file.state()), int(ConfigurationFile::State::Faulty));
    QVERIFY2(file.firstError().contains(QStringLiteral("line 1, column")), qPrintable(file.firstError()));
}

void ConfigurationFileTest::aFileThatTurnsIntoAPipeIsRefused()
{
#ifdef Q_OS_UNIX
    write(4);
    ConfigurationFile file(m_path);
    QVERIFY(QFile::remove(m_path));
    QCOMPARE(::mkfifo(QFile::encodeName(m_path).constData(), 0600), 0);
    QTRY_COMPARE(int(file.state()), int(ConfigurationFile::State::Faulty));
    QVERIFY(file.firstError().contains(QStringLiteral("Is a pipe, not an ordinary file.")));
    const auto saved = file.save(some(5));
    QVERIFY(!saved && saved.error().kind == ConfigurationFile::SaveError::Kind::Faulty);
#endif
}

void ConfigurationFileTest::savesAtomicallyAndKeepsTheModeAndTheLink()
{
    write(4);
    QVERIFY(QFile::setPermissions(m_path, QFileDevice::ReadOwner | QFileDevice::WriteOwner));
    const QString link = m_folder->filePath(QStringLiteral("link.json"));
    QVERIFY(QFile::link(m_path, link));
    ConfigurationFile file(link);
    QSignalSpy changed(&file, &ConfigurationFile::changed);
    QVERIFY(bool(file.save(some(5))));
    QVERIFY(QFileInfo(link).isSymLink());
    QVERIFY(!(QFile::permissions(m_path) & (QFileDevice::ReadGroup | QFileDevice::ReadOther)));
    QCOMPARE(onDisk(), toJson(some(5)));
    QTest::qWait(400);
    QCOMPARE(changed.count(), 0); // our own change is no news
    write(6);
    QVERIFY(waitFor(file, 6));
}

void ConfigurationFileTest::neverSavesOverAnError()
{
    const QByteArray broken = "{\"retry\": {\"max_attempts\": 99}, \"providers\": []} // mine";
    write(broken);
    ConfigurationFile file(m_path);
    const auto saved = file.save(some(5));
    QVERIFY(!saved);
    QCOMPARE(int(saved.error().kind), int(ConfigurationFile::SaveError::Kind::Faulty));
    QVERIFY2(saved.error().sentence.contains(m_path) && saved.error().sentence.contains(QStringLiteral("line 1")),
             qPrintable(saved.error().sentence));
    QCOMPARE(onDisk(), broken);
}

void ConfigurationFileTest::neverSavesOverAChangeThatWasNotSeen()
{
    write(4);
    ConfigurationFile file(m_path);
    write(9); // no event loop in between
    const auto saved = file.save(some(5));
    QVERIFY(!saved);
    QCOMPARE(int(saved.error().kind), int(ConfigurationFile::SaveError::Kind::Changed));
    QCOMPARE(onDisk(), toJson(some(9)));
    QCOMPARE(file.loaded().configuration.retry.maxAttempts, 9);
    QVERIFY(bool(file.save(some(5)))); // it has been seen now
    QCOMPARE(onDisk(), toJson(some(5)));
}

void ConfigurationFileTest::savesWhereTheFileWasRemoved()
{
    m_path = m_folder->filePath(QStringLiteral("new/config.json"));
    ConfigurationFile file(m_path);
    QVERIFY(bool(file.save(some(5))));
    QCOMPARE(int(file.state()), int(ConfigurationFile::State::Good));
    QVERIFY(QFile::remove(m_path));
    QVERIFY(bool(file.save(some(6))));
    QCOMPARE(onDisk(), toJson(some(6)));
    write(7);
    QVERIFY(waitFor(file, 7));
}

void ConfigurationFileTest::withoutAHomeNothingIsWritten()
{
    const QByteArray home = qgetenv("HOME"), config = qgetenv("XDG_CONFIG_HOME"), data = qgetenv("XDG_DATA_HOME");
    for (const char *name : {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"})
        qunsetenv(name);
    const QString path = ConfigurationFile::defaultPath(),
                  keep = ConfigurationDraft::defaultKeepPath(QStringLiteral("/x"));
    qputenv("HOME", m_folder->path().toUtf8());
    const QString withHome = ConfigurationFile::defaultPath();
    if (!config.isEmpty())
        qputenv("XDG_CONFIG_HOME", config);
    if (!data.isEmpty())
        qputenv("XDG_DATA_HOME", data);
    qputenv("HOME", home);
    QCOMPARE(path, QString());
    QCOMPARE(keep, QString());
    QVERIFY2(withHome.startsWith(m_folder->path()), qPrintable(withHome));
    ConfigurationFile nowhere(path);
    QCOMPARE(int(nowhere.state()), int(ConfigurationFile::State::Missing));
    const auto saved = nowhere.save(some(5));
    QVERIFY(!saved);
    QVERIFY(saved.error().sentence.contains(QStringLiteral("HOME is not set")));
    QVERIFY(!QFileInfo::exists(QStringLiteral("/config.json")));
}

void ConfigurationFileTest::aFolderThatCannotBeWrittenIsSaid()
{
    ConfigurationFile file(QStringLiteral("/proc/retryscope/config.json")); // also for root
    const auto saved = file.save(some(5));
    QVERIFY(!saved);
    QCOMPARE(int(saved.error().kind), int(ConfigurationFile::SaveError::Kind::NotWritten));
    QVERIFY(saved.error().sentence.startsWith(QStringLiteral("/proc/retryscope/config.json could not be written: ")));
}

void ConfigurationFileTest::anEditOnDiskKeepsTheDraft()
{
    write(4);
    ConfigurationFile file(m_path);
    ConfigurationDraft draft;
    QSignalSpy applied(&draft, &ConfigurationDraft::applied), merged(&draft, &ConfigurationDraft::merged);
    draft.follow(&file, {});
    QCOMPARE(applied.count(), 1);
    Configuration mine = draft.draft();
    mine.retry.baseDelay = 2s;
    draft.setDraft(mine);
    write(6);
    QTRY_COMPARE(draft.inForce().retry.maxAttempts, 6);
    QCOMPARE(draft.draft().retry.baseDelay, Duration(2s));
    QCOMPARE(draft.draft().retry.maxAttempts, 6);
    QCOMPARE(draft.changes().size(), 1);
    QVERIFY(draft.conflicts().isEmpty());
    QCOMPARE(merged.count(), 1);
    QCOMPARE(applied.last()[0].value<Configuration>().retry.baseDelay,
             RetryConfig().baseDelay); // the draft is not in force
    QCOMPARE(int(draft.apply()), int(ConfigurationDraft::Outcome::Applied));
    QCOMPARE(configurationFromJson(onDisk()).configuration.retry.baseDelay, Duration(2s));
    QCOMPARE(configurationFromJson(onDisk()).configuration.retry.maxAttempts, 6);
}

void ConfigurationFileTest::anEditOfTheSameFieldWaitsForADecision()
{
    for (const bool theirs : {false, true}) {
        write(4);
        ConfigurationFile file(m_path);
        ConfigurationDraft draft;
        draft.follow(&file, {});
        draft.setDraft(some(8));
        write(6);
        file.refresh();
        QCOMPARE(draft.conflicts().size(), 1);
        QCOMPARE(draft.draft().retry.maxAttempts, 8);
        QCOMPARE(draft.inForce().retry.maxAttempts, 6);
        QCOMPARE(int(draft.apply()), int(ConfigurationDraft::Outcome::Undecided));
        QCOMPARE(onDisk(), toJson(some(6)));
        write(5); // once more, before it is decided
        file.refresh();
        QCOMPARE(draft.conflicts().size(), 1);
        QCOMPARE(draft.conflicts()[0].theirs.toInt(), 5);
        draft.decide(theirs ? QSet<ConfigurationPath>{draft.conflicts()[0].path} : QSet<ConfigurationPath>{});
        QCOMPARE(draft.draft().retry.maxAttempts, theirs ? 5 : 8);
        QCOMPARE(draft.isChanged(), !theirs);
        QCOMPARE(int(draft.apply()), int(ConfigurationDraft::Outcome::Applied));
    }
}

void ConfigurationFileTest::applyOnAFaultyFileIsRefused()
{
    write(4);
    ConfigurationFile file(m_path);
    ConfigurationDraft draft;
    draft.follow(&file, {});
    draft.setDraft(some(8));
    QSignalSpy applied(&draft, &ConfigurationDraft::applied);
    const QByteArray broken = toJson(some(4)).replace("\"max_attempts\": 4", "\"max_attempts\": 40");
    write(broken);
    QCOMPARE(int(draft.apply()), int(ConfigurationDraft::Outcome::Refused));
    QCOMPARE(onDisk(), broken);
    QCOMPARE(applied.count(), 0);
    QCOMPARE(draft.problem().kind, ConfigurationDraft::Problem::Kind::Faulty);
    QVERIFY2(draft.problem().sentence.contains(QStringLiteral("retry.max_attempts: ")),
             qPrintable(draft.problem().sentence));
    QVERIFY(!draft.problem().issues.isEmpty());
    QCOMPARE(draft.draft().retry.maxAttempts, 8);
    write(4);
    file.refresh();
    QCOMPARE(draft.problem().kind, ConfigurationDraft::Problem::Kind::None);
    QCOMPARE(int(draft.apply()), int(ConfigurationDraft::Outcome::Applied));
}

void ConfigurationFileTest::aChangeThatWasNotSeenIsMergedBeforeApply()
{
    write(4);
    ConfigurationFile file(m_path);
    ConfigurationDraft draft;
    draft.follow(&file, {});
    Configuration mine = draft.draft();
    mine.retry.baseDelay = 2s;
    draft.setDraft(mine);
    write(6);
    QCOMPARE(int(draft.apply()), int(ConfigurationDraft::Outcome::Refused)); // the person has not seen the six
    QCOMPARE(onDisk(), toJson(some(6)));
    QCOMPARE(draft.inForce().retry.maxAttempts, 6);
    QVERIFY(draft.problem().sentence.contains(QStringLiteral("was changed meanwhile")));
    QCOMPARE(int(draft.apply()), int(ConfigurationDraft::Outcome::Applied));
    QCOMPARE(draft.problem().kind, ConfigurationDraft::Problem::Kind::None);
    QCOMPARE(configurationFromJson(onDisk()).configuration.retry.maxAttempts, 6);
    QCOMPARE(configurationFromJson(onDisk()).configuration.retry.baseDelay, Duration(2s));
}

void ConfigurationFileTest::aDraftOutlivesTheProgram()
{
    const QString keep = m_folder->filePath(QStringLiteral("data/draft.json"));
    const QUrl sandbox(QStringLiteral("http://127.0.0.1:4711"));
    Configuration fallback;
    fallback.providers = simulatedProviders(sandbox);
    for (int start = 0; start < 2; ++start) {
        ConfigurationFile file(m_path);
        ConfigurationDraft draft;
        draft.setSandbox(sandbox);
        draft.follow(&file, fallback);
        QCOMPARE(draft.keepIn(keep), start == 1);
        if (start == 0) {
            Configuration mine = draft.draft();
            mine.retry.maxAttempts = 99; // need not be valid
            mine.providers.move(0, 2);
            draft.setDraft(mine);
        } else {
            QCOMPARE(draft.draft().retry.maxAttempts, 99);
            QCOMPARE(draft.draft().providers[2].id, QStringLiteral("openai"));
            QCOMPARE(draft.draft().providers[2].baseUrl.port(), 4711);
            QCOMPARE(draft.inForce().retry.maxAttempts, 4);
            draft.discard();
        }
    }
    QVERIFY(!QFileInfo::exists(keep));
    QVERIFY(!QFileInfo::exists(m_path));
}

void ConfigurationFileTest::aRestoredDraftMeetsAChangedFile()
{
    const QString keep = m_folder->filePath(QStringLiteral("draft.json"));
    write(4);
    {
        ConfigurationFile file(m_path);
        ConfigurationDraft draft;
        draft.follow(&file, {});
        draft.keepIn(keep);
        Configuration mine = draft.draft();
        mine.retry.maxAttempts = 8;
        mine.retry.baseDelay = 2s;
        draft.setDraft(mine);
        draft.keepNow();
    }
    write(6);
    ConfigurationFile file(m_path);
    ConfigurationDraft draft;
    draft.follow(&file, {});
    QVERIFY(draft.keepIn(keep));
    QCOMPARE(draft.draft().retry.baseDelay, Duration(2s));
    QCOMPARE(draft.conflicts().size(), 1);
    QCOMPARE(draft.inForce().retry.maxAttempts, 6);
}

void ConfigurationFileTest::anAppliedDraftIsNotRestored()
{
    const QString keep = m_folder->filePath(QStringLiteral("draft.json"));
    ConfigurationFile file(m_path);
    {
        ConfigurationDraft draft;
        draft.follow(&file, some(4));
        draft.keepIn(keep);
        draft.setDraft(some(5));
        draft.keepNow();
        QVERIFY(QFileInfo::exists(keep));
        QCOMPARE(int(draft.apply()), int(ConfigurationDraft::Outcome::Applied));
    }
    QVERIFY(!QFileInfo::exists(keep));
}

SUITE_TEST(ConfigurationFileTest)
#include "tst_configurationfile.moc"
