// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/providerfields.h"
#include "interchange/interchange.h"
#include "support/randomconfigurations.h"
#include "support/sanitized.h"
#include "support/suite.h"

using namespace retryscope;

/// Whatever the configuration, an import reads of an export what its loss report says, and nothing else.
class InterchangePropertiesTest final : public QObject
{
    Q_OBJECT
private slots:
    void theReportIsTrue_data() { targets(); }
    void theReportIsTrue();
    void anImportIsExportedAlike_data() { targets(); }
    void anImportIsExportedAlike();
    void damagedFilesAreRefusedOrRead_data() { targets(); }
    void damagedFilesAreRefusedOrRead();

private:
#ifdef RETRYSCOPE_SANITIZED
    static constexpr quint64 seeds = 30; // of which one takes four times as long
#else
    static constexpr quint64 seeds = 60;
#endif
    static void targets()
    {
        QTest::addColumn<QString>("key");
        for (const InterchangeTarget &target : interchangeTargets()) {
            if (target.read)
                QTest::newRow(target.key) << QString::fromLatin1(target.key);
        }
    }
    static QByteArray body(const QByteArray &text, const InterchangeTarget &target)
    {
        const qsizetype first = text.indexOf('\n');
        return target.comment == InterchangeTarget::Comment::JsonEntry ? text.mid(text.indexOf('\n', first + 1))
                                                                       : text.mid(first);
    }
    /// What the configuration has at a place of the report.
    static QJsonValue at(const Configuration &c, const QString &field)
    {
        const QStringList path = field.split(QLatin1Char('.'));
        if (path[0] == QLatin1String("providers")) {
            const QString id = field.mid(10).section(QLatin1Char('.'), 0, -2);
            const bool one = c.providers.size() == 1; // an SDK's client, which has no name
            for (const ProviderConfig &p : c.providers) {
                for (const ProviderField &f : providerFields()) {
                    if ((one || p.id == id) && path.last() == QLatin1String(f.key))
                        return f.get(p);
                }
            }
            return QStringLiteral("no such provider");
        }
        if (path[1] == QLatin1String("reasons"))
            return attemptsFor(c.retry, *retryReasonFromKey(toUtf8(path[2])), c.retry.attemptsPerProvider);
        return toJson(c.retry)[path[1]];
    }
};

void InterchangePropertiesTest::theReportIsTrue()
{
    QFETCH(QString, key);
    const InterchangeTarget &target = *interchangeTarget(key);
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        const Configuration c = RandomConfigurations(seed).next();
        QVERIFY2(!hasErrors(validate(c)), qPrintable(QStringLiteral("seed %1").arg(seed)));
        const Exported exported = exportTo(target, c, QStringLiteral("test.json"));
        QCOMPARE(exportTo(target, c, QStringLiteral("test.json")).text, exported.text);
        const Imported imported = importFrom(target, exported.text, interchangeBase());
        const auto place = [&](const QString &what) {
            return qPrintable(QStringLiteral("%1, seed %2: %3\n").arg(key).arg(seed).arg(what)
                              + QString::fromUtf8(exported.text));
        };
        for (const ConfigIssue &issue : imported.issues)
            QVERIFY2(issue.severity == ConfigIssue::Severity::Warning, place(issue.where + QLatin1Char(' ') + issue.message));
        QVERIFY2(imported.notTaken.isEmpty(), place(imported.notTaken.join(QLatin1Char('\n'))));
        for (const LossLine &line : exported.report.lines) {
            QVERIFY2(!line.back.isUndefined() || line.kept != Kept::Exact, place(line.field));
            QVERIFY2(line.kept != Kept::Exact || isSame(line.ours, line.back), place(line.field));
            QVERIFY2(line.kept == Kept::Exact || !line.note.isEmpty(), place(line.field));
            if (!line.back.isUndefined())
                QVERIFY2(isSame(at(imported.configuration, line.field), line.back),
                         place(QStringLiteral("%1 is %2, not %3")
                                   .arg(line.field, at(imported.configuration, line.field).toVariant().toString(),
                                        line.back.toVariant().toString())));
        }
    }
}

void InterchangePropertiesTest::anImportIsExportedAlike()
{
    QFETCH(QString, key);
    const InterchangeTarget &target = *interchangeTarget(key);
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        const Configuration c = RandomConfigurations(seed).next();
        const auto again = [&](const QByteArray &text) {
            return exportTo(target, importFrom(target, text, interchangeBase()).configuration, QStringLiteral("again")).text;
        };
        const QByteArray second = again(exportTo(target, c, QStringLiteral("first")).text), third = again(second);
        QVERIFY2(body(second, target) == body(third, target),
                 qPrintable(QStringLiteral("%1, seed %2:\n").arg(key).arg(seed) + QString::fromUtf8(second + third)));
    }
}

/// A byte changed, a line taken out, half of it: an import says what is wrong or gives a valid configuration.
void InterchangePropertiesTest::damagedFilesAreRefusedOrRead()
{
    QFETCH(QString, key);
    const InterchangeTarget &target = *interchangeTarget(key);
    int refused = 0;
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        QByteArray text = exportTo(target, RandomConfigurations(seed).next(), QStringLiteral("x")).text;
        SeededRandom dice(seed);
        const qsizetype at = qsizetype(dice.uniform() * double(text.size()));
        if (seed % 3 == 0)
            text[at] = char(int(dice.uniform() * 256.0));
        else if (seed % 3 == 1)
            text.truncate(at);
        else
            text.remove(at, text.indexOf('\n', at) - at);
        const Imported imported = importFrom(target, text, interchangeBase());
        refused += hasErrors(imported.issues);
        for (const ConfigIssue &issue : imported.issues)
            QVERIFY2(!issue.where.isEmpty() && issue.message.endsWith(QLatin1Char('.')), qPrintable(issue.message));
        if (!hasErrors(imported.issues))
            QVERIFY2(!hasErrors(validate(imported.configuration)), qPrintable(QStringLiteral("seed %1").arg(seed)));
    }
    QVERIFY(refused > 0 && refused < int(seeds));
}

SUITE_TEST(InterchangePropertiesTest)
#include "tst_interchangeproperties.moc"
