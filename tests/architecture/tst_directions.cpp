// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

/// Reads the includes of the tree and fails on an arrow that points up.
class DirectionsTest : public QObject
{
    Q_OBJECT
private slots:
    void dependenciesPointDown();
    void ownersAreAlone();
    void aWireIsAFolderAndARow();
    void everyFileNamesItsLicence();

private:
    static QStringList sources(const QString &room)
    {
        QStringList files;
        QDirIterator it(QStringLiteral(SOURCE_ROOT "/") + room, {QStringLiteral("*.h"), QStringLiteral("*.cpp")},
                        QDir::Files, QDirIterator::Subdirectories);
        while (it.hasNext())
            files << it.next();
        return files;
    }
    static QString read(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    }
};

void DirectionsTest::dependenciesPointDown()
{
    struct Rule { const char *room, *allowed; };
    const Rule rules[] = {
        {"core/base", "base"},
        {"core/policy", "base policy"},
        {"core/keys", "base keys"},
        {"core/transport", "base policy transport"},
        {"core/protocols", "base policy transport protocols"},
        {"core/config", "base policy protocols pricing config"},
        {"core/telemetry", "base policy transport protocols telemetry words"}, // words: exporters only, see below

        {"core/pricing", "base policy transport protocols pricing"},
        {"core/health", "base policy protocols config telemetry health"},
        {"core/interchange", "base policy protocols config interchange"},
        {"core/words", "base policy protocols config telemetry interchange pricing simulator health engine snippets crashtest batch replay words"},
        {"core/workbench", "base policy protocols config telemetry engine workbench"},
        {"core/snippets", "base policy transport protocols config engine snippets"},
        {"core/http", "base http"},
        {"core/sandbox", "base policy transport http protocols sandbox"},
        {"core/engine", "base policy transport protocols config telemetry pricing health keys engine"},
        {"core/gateway", "base policy transport protocols config telemetry health engine http words gateway"},
        {"core/fleet", "base policy protocols config telemetry engine fleet"},
        {"core/history", "base policy config telemetry history"},
        {"core/simulator", "base policy config simulator"},
        {"core/replay", "base policy protocols config telemetry pricing health history engine simulator replay"},
        {"core/crashtest", "base policy transport protocols config telemetry pricing engine sandbox crashtest"},
        {"core/batch", "base policy protocols config telemetry pricing engine batch"},
    };
    static const QRegularExpression include(QStringLiteral("#include \"([a-z]+)/"));
    for (const Rule &rule : rules) {
        const QStringList files = sources(QLatin1String(rule.room)),
                          allowed = QString::fromLatin1(rule.allowed).split(QLatin1Char(' '));
        QVERIFY2(!files.isEmpty(), rule.room);
        for (const QString &file : files) {
            for (auto it = include.globalMatch(read(file)); it.hasNext();) {
                const QString room = it.next().captured(1);
                QVERIFY2(allowed.contains(room), qPrintable(file + QStringLiteral(" includes ") + room));
            }
        }
    }
    for (const QString &file : sources(QStringLiteral("core")))
        QVERIFY2(!read(file).contains(QRegularExpression(QStringLiteral("#include <Q(Widget|Application>|tCharts)"))),
                 qPrintable(file));
    for (const QString &file : sources(QStringLiteral("ui")))
        QVERIFY2(file.contains(QStringLiteral("/ui/charts/")) || !read(file).contains(QStringLiteral("<QtCharts")),
                 qPrintable(file));
}

void DirectionsTest::ownersAreAlone()
{
    for (const QString &file : sources(QStringLiteral("core"))) {
        if (!file.contains(QStringLiteral("/transport/")))
            QVERIFY2(!read(file).contains(QStringLiteral("#include <QNetworkAccessManager>")), qPrintable(file));
        if (!file.contains(QStringLiteral("/transport/")))
            QVERIFY2(!read(file).contains(QStringLiteral("#include <curl/")), qPrintable(file));
        if (!file.contains(QStringLiteral("/keys/keychainstore")))
            QVERIFY2(!read(file).contains(QStringLiteral("#include <qt6keychain/")), qPrintable(file));
        if (!file.contains(QStringLiteral("/fleet/redis")))
            QVERIFY2(!read(file).contains(QStringLiteral("#include <hiredis/")), qPrintable(file));
        if (!file.contains(QStringLiteral("/interchange/yaml")))
            QVERIFY2(!read(file).contains(QStringLiteral("#include <yaml-cpp/")), qPrintable(file));
        if (file.contains(QStringLiteral("/policy/")))
            QVERIFY2(!read(file).contains(QRegularExpression(QStringLiteral(
                         "#include <Q|\\bQ[A-Z][a-z]|\\bqu?int\\d|steady_clock|system_clock::now|std::rand"))),
                     qPrintable(file));
    }
}

/// What depends on a protocol stands in core/protocols: outside nobody names one, nor its paths, hosts and headers.
void DirectionsTest::aWireIsAFolderAndARow()
{
    static const QRegularExpression named(QStringLiteral(
        "ProtocolKind::[A-Z]|/chat/completions|generateContent|v1/messages|/v1/models|v1beta\"|"
        "x-goog-api-key|\"x-api-key|anthropic-version|api\\.anthropic|generativelanguage|api\\.mistral"));
    static const QRegularExpression insideAWire(QStringLiteral("#include \"protocols/[a-z]+/"));
    for (const char *room : {"core", "app", "ui"}) {
        for (const QString &file : sources(QLatin1String(room))) {
            if (file.contains(QStringLiteral("/core/protocols/")))
                continue;
            QString code = read(file);
            code.remove(QRegularExpression(QStringLiteral("//[^\n]*"))); // comments may give examples
            const auto match = named.match(code);
            QVERIFY2(!match.hasMatch(), qPrintable(file + QStringLiteral(" names ") + match.captured()));
            QVERIFY2(!code.contains(insideAWire), qPrintable(file + QStringLiteral(" looks into a wire's folder")));
        }
    }
    const QDir protocols(QStringLiteral(SOURCE_ROOT "/core/protocols"));
    const QStringList wires = protocols.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    QVERIFY(wires.size() >= 4);
    for (const QString &wire : wires) {
        for (const char *file : {"request.cpp", "answer.cpp", "stream.cpp", "errors.cpp", "limits.cpp"})
            QVERIFY2(protocols.exists(wire + QLatin1Char('/') + QLatin1String(file)),
                     qPrintable(wire + QLatin1Char('/') + QLatin1String(file)));
    }
}

void DirectionsTest::everyFileNamesItsLicence()
{
    const std::pair<const char *, const char *> rooms[] = {{"core", "Apache-2.0"},
                                                           {"ui", "GPL-3.0-or-later"},
                                                           {"app/desktop", "GPL-3.0-or-later"},
                                                           {"app/cli", "Apache-2.0"}};
    for (const auto &[room, licence] : rooms) {
        for (const QString &file : sources(QLatin1String(room)))
            QVERIFY2(
                read(file).left(200).contains(QStringLiteral("SPDX-License-Identifier: ") + QLatin1String(licence)),
                qPrintable(file));
    }
}

SUITE_TEST(DirectionsTest)
#include "tst_directions.moc"
