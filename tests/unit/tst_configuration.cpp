// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"
#include "config/configurationdiff.h"
#include "config/retryfields.h"
#include "config/retrypresets.h"
#include "config/smallfile.h"
#include "support/suite.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#ifdef Q_OS_UNIX
#include <sys/stat.h>
#endif

using namespace retryscope;

/// The file's text in and out, what is refused as a file, and the merge of two people's changes.
class ConfigurationTest : public QObject
{
    Q_OBJECT
private slots:
    void unknownKeysAreKeptAtEveryLevel();
    void aNewerVersionIsNotRead();
    void refusesWhatIsNoSmallFile();
    void changesNameEveryField();
    void oneSidedChangesMerge();
    void bothSidesChangedIsAConflict();
    void theOrderOfProvidersMerges();
    void aProviderTakenOutAndEditedIsOneConflict();
    void mergesOfRandomEditsLoseNothing();
    void aDraftMayBeOutOfRange();

private:
    static QJsonObject parsed(const QByteArray &json) { return QJsonDocument::fromJson(json).object(); }
    static Configuration simple()
    {
        Configuration c;
        c.providers = builtInProviders();
        c.providers[0].enabled = true;
        return c;
    }
    static QString told(const ConfigurationPath &path) { return path.join(QLatin1Char('.')); }
};

void ConfigurationTest::unknownKeysAreKeptAtEveryLevel()
{
    const QByteArray json = R"({"$schema": "https://x/schema.json", "team": {"name": "a"}, "version": 1,
        "providers": [{"id": "b", "protocol": "openai", "base_url": "https://b", "model": "m", "region": "eu", "limits": {"rpm": 60}},
                      {"id": "a", "protocol": "openai", "base_url": "https://a", "model": "m", "note": [1, 2]}],
        "retry": {"max_attempts": 5, "max_atempts": 7, "nested": {"x": 1},
                  "reasons": {"rate_limit": {"max_attempts": 2, "why": "slow"}, "network": {"todo": true}}}})";
    LoadedConfiguration loaded = configurationFromJson(json);
    QVERIFY(!hasErrors(loaded.issues));
    for (const ConfigIssue &issue : std::as_const(loaded.issues)) {
        if (issue.message.startsWith(QStringLiteral("Unknown key")))
            QVERIFY2(issue.message.contains(QStringLiteral("it is kept")),
                     qPrintable(issue.where)); // and so it must be
    }
    const auto isReported = [&](const char *where) {
        return std::any_of(loaded.issues.begin(), loaded.issues.end(),
                           [&](const ConfigIssue &i) { return i.where == QLatin1String(where); });
    };
    for (const char *where :
         {"team", "providers[0].region", "providers[0].limits", "providers[1].note", "retry.max_atempts",
          "retry.nested", "retry.reasons.rate_limit.why", "retry.reasons.network.todo"})
        QVERIFY2(isReported(where), where);
    QVERIFY(!isReported("$schema"));

    // Edited as the window does: a preset, another order, one override more.
    Configuration edited = loaded.configuration;
    edited.retry = retryPresets()[1].config;
    edited.retry.overrides[std::size_t(RetryReason::RateLimit)].maxAttempts = 3;
    std::swap(edited.providers[0], edited.providers[1]);
    const QJsonObject saved = parsed(toJson(edited)), retry = saved[QLatin1String("retry")].toObject(),
                      reasons = retry[QLatin1String("reasons")].toObject();
    QCOMPARE(saved[QLatin1String("$schema")].toString(), QStringLiteral("https://x/schema.json"));
    QCOMPARE(saved[QLatin1String("team")].toObject()[QLatin1String("name")].toString(), QStringLiteral("a"));
    const QJsonObject first = saved[QLatin1String("providers")].toArray()[0].toObject(),
                      second = saved[QLatin1String("providers")].toArray()[1].toObject();
    QCOMPARE(first[QLatin1String("id")].toString(), QStringLiteral("a"));
    QCOMPARE(first[QLatin1String("note")].toArray().size(), 2);
    QCOMPARE(second[QLatin1String("region")].toString(), QStringLiteral("eu"));
    QCOMPARE(second[QLatin1String("limits")].toObject()[QLatin1String("rpm")].toInt(), 60);
    QCOMPARE(retry[QLatin1String("max_atempts")].toInt(), 7);
    QCOMPARE(retry[QLatin1String("nested")].toObject()[QLatin1String("x")].toInt(), 1);
    QCOMPARE(reasons[QLatin1String("rate_limit")].toObject()[QLatin1String("why")].toString(), QStringLiteral("slow"));
    QCOMPARE(reasons[QLatin1String("rate_limit")].toObject()[QLatin1String("max_attempts")].toInt(), 3);
    QCOMPARE(reasons[QLatin1String("network")].toObject()[QLatin1String("todo")].toBool(), true);
    QCOMPARE(toJson(configurationFromJson(toJson(edited)).configuration), toJson(edited));
}

void ConfigurationTest::aNewerVersionIsNotRead()
{
    QJsonObject file = parsed(toJson(simple()));
    QVERIFY(!hasErrors(configurationFromJson(QJsonDocument(file).toJson()).issues));
    file[QLatin1String("version")] = 2; // saving would make a 1 of it
    QVERIFY(hasErrors(configurationFromJson(QJsonDocument(file).toJson()).issues));
}

void ConfigurationTest::refusesWhatIsNoSmallFile()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("c.json"));
    const auto kind = [&](const QString &p) {
        const auto read = readSmallFile(p, 4 << 20);
        return read ? -1 : int(read.error().kind);
    };
    using enum FileProblem::Kind;
    QCOMPARE(kind(path), int(Missing));
    QCOMPARE(kind({}), int(Missing));
    QCOMPARE(kind(path + QStringLiteral("/below")), int(Missing));
    QCOMPARE(kind(folder.path()), int(NotAFile));
#ifdef Q_OS_UNIX
    const QString pipe = folder.filePath(QStringLiteral("pipe"));
    QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0600), 0);
    QElapsedTimer time;
    time.start();
    QCOMPARE(kind(pipe), int(NotAFile));
    QCOMPARE(kind(QStringLiteral("/dev/zero")), int(NotAFile));
    QVERIFY(loadConfiguration(pipe).issues.first().message.contains(QStringLiteral("Is a pipe")));
    QVERIFY(time.elapsed() < 2000); // nobody writes into the pipe: opening it would wait for ever
#endif
    QFile big(path);
    QVERIFY(big.open(QIODevice::WriteOnly)
            && big.resize(qint64(8) << 30)); // sparse: reading it whole would take the memory
    QCOMPARE(kind(path), int(TooLarge));
    QVERIFY(big.resize(3));
    QCOMPARE(kind(path), -1);
}

void ConfigurationTest::changesNameEveryField()
{
    const Configuration before = simple();
    QVERIFY(changesBetween(before, before).isEmpty());
    Configuration after = before;
    after.retry.maxAttempts = 6;
    after.retry.overrides[std::size_t(RetryReason::RateLimit)].baseDelay = 2s;
    after.providers.move(0, 1);
    after.providers[2].model = QStringLiteral("other");
    after.history = QStringLiteral("off");
    QStringList paths;
    for (const ConfigurationChange &c : changesBetween(before, after))
        paths << told(c.path);
    QCOMPARE(paths, (QStringList{"history", "provider_order", "providers.google_ai.model", "retry.max_attempts",
                                 "retry.reasons"}));
    Configuration simulated = before, moved = before;
    simulated.providers = moved.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:1")));
    bindToSandbox(&moved.providers, QUrl(QStringLiteral("http://127.0.0.1:2")));
    QVERIFY(changesBetween(simulated, moved).isEmpty()); // the sandbox's port is nobody's change
}

void ConfigurationTest::oneSidedChangesMerge()
{
    const Configuration base = simple();
    Configuration mine = base, theirs = base;
    mine.retry.maxAttempts = 6;
    mine.retry.baseDelay = 2s;
    theirs.retry.deadline = 30s;
    theirs.providers[1].model = QStringLiteral("newer");
    theirs.unknown[QLatin1String("team")] = QStringLiteral("a");
    theirs.retry.baseDelay = mine.retry.baseDelay; // both alike
    const ConfigurationMerge merge = mergeConfigurations(base, mine, theirs);
    QVERIFY(merge.conflicts.isEmpty());
    QCOMPARE(merge.taken.size(), 3);
    QCOMPARE(merge.merged.retry.maxAttempts, 6);
    QCOMPARE(merge.merged.retry.baseDelay, Duration(2s));
    QCOMPARE(merge.merged.retry.deadline, Duration(30s));
    QCOMPARE(merge.merged.providers[1].model, QStringLiteral("newer"));
    QCOMPARE(merge.merged.unknown[QLatin1String("team")].toString(), QStringLiteral("a"));
}

void ConfigurationTest::bothSidesChangedIsAConflict()
{
    const Configuration base = simple();
    Configuration mine = base, theirs = base;
    mine.retry.maxAttempts = 6;
    theirs.retry.maxAttempts = 5;
    mine.retry.jitter = JitterKind::Equal;
    theirs.retry.jitter = JitterKind::None;
    ConfigurationMerge merge = mergeConfigurations(base, mine, theirs);
    QCOMPARE(merge.conflicts.size(), 2);
    QCOMPARE(told(merge.conflicts[1].path), QStringLiteral("retry.max_attempts"));
    QCOMPARE(merge.conflicts[1].base.toInt(), 4);
    QCOMPARE(merge.conflicts[1].mine.toInt(), 6);
    QCOMPARE(merge.conflicts[1].theirs.toInt(), 5);
    QCOMPARE(merge.merged.retry.maxAttempts, 6);
    merge = mergeConfigurations(base, mine, theirs, {merge.conflicts[1].path});
    QCOMPARE(merge.merged.retry.maxAttempts, 5);
    QCOMPARE(merge.merged.retry.jitter, JitterKind::Equal);
    QCOMPARE(withValue(mine, {QStringLiteral("retry"), QStringLiteral("max_attempts")}, 5).retry.maxAttempts, 5);
}

void ConfigurationTest::theOrderOfProvidersMerges()
{
    const Configuration base = simple();
    Configuration mine = base, theirs = base;
    mine.providers.move(3, 0);
    theirs.providers.append(theirs.providers[0]);
    theirs.providers.last().id = QStringLiteral("new");
    const ConfigurationMerge merge = mergeConfigurations(base, mine, theirs); // both changed the order
    QCOMPARE(merge.conflicts.size(), 1);
    QStringList ids;
    for (const ProviderConfig &p : merge.merged.providers)
        ids << p.id;
    QCOMPARE(ids, (QStringList{"mistral", "openai", "anthropic", "google_ai", "new"})); // ours, and nobody is lost
}

void ConfigurationTest::aProviderTakenOutAndEditedIsOneConflict()
{
    const Configuration base = simple();
    Configuration mine = base, theirs = base;
    mine.providers[1].model = QStringLiteral("mine");
    theirs.providers.remove(1);
    const ConfigurationMerge kept = mergeConfigurations(base, mine, theirs);
    QVERIFY(std::any_of(kept.conflicts.begin(), kept.conflicts.end(), [](const ConfigurationConflict &c) {
        return told(c.path) == QStringLiteral("providers.anthropic");
    }));
    QCOMPARE(kept.merged.providers.size(), 4);
    QVERIFY(!hasErrors(validate(kept.merged)));
    QSet<ConfigurationPath> all;
    for (const ConfigurationConflict &c : kept.conflicts)
        all.insert(c.path);
    QCOMPARE(mergeConfigurations(base, mine, theirs, all).merged.providers.size(), 3);
}

void ConfigurationTest::mergesOfRandomEditsLoseNothing()
{
    const auto &fields = retryConfigFields();
    for (quint64 seed = 1; seed <= 200; ++seed) {
        SeededRandom random(seed);
        const Configuration base = simple();
        Configuration mine = base, theirs = base;
        const auto edit = [&](Configuration &c) {
            for (int i = 0; i < 6; ++i) {
                const RetryConfigField &f = fields[qsizetype(random.uniform() * double(fields.size()))];
                const double value =
                    f.minimum + std::floor(random.uniform() * 4) * (f.kind == FieldKind::Ratio ? 0.25 : 1.0);
                f.set(c.retry, std::min(f.maximum, value));
            }
        };
        edit(mine);
        edit(theirs);
        const ConfigurationMerge merge = mergeConfigurations(base, mine, theirs);
        for (const RetryConfigField &f : fields) { // the definition, field by field
            const double b = f.get(base.retry), m = f.get(mine.retry), t = f.get(theirs.retry),
                         got = f.get(merge.merged.retry);
            QVERIFY2(qFuzzyCompare(1.0 + got, 1.0 + (m != b ? m : t)), f.key);
            const bool conflict =
                std::any_of(merge.conflicts.begin(), merge.conflicts.end(),
                            [&](const ConfigurationConflict &c) { return c.path.last() == QLatin1String(f.key); });
            QCOMPARE(conflict, m != b && t != b && m != t);
        }
    }
}

void ConfigurationTest::aDraftMayBeOutOfRange()
{
    Configuration draft = simple();
    draft.retry.maxAttempts = 99;
    Configuration theirs = simple();
    theirs.retry.deadline = 30s;
    const ConfigurationMerge merge = mergeConfigurations(simple(), draft, theirs);
    QCOMPARE(merge.merged.retry.maxAttempts, 99);
    QCOMPARE(merge.merged.retry.deadline, Duration(30s));
    QVERIFY(hasErrors(validate(merge.merged)));
}

SUITE_TEST(ConfigurationTest)
#include "tst_configuration.moc"
