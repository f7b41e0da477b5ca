// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/oneanswer.h"
#include "support/suite.h"

#include <QDir>
#include <QJsonArray>

#include <sys/stat.h>

/// A used-up quota and a long wait are known to the next program that is started.
class CliKeptTest : public QObject
{
    Q_OBJECT
private slots:
    void aBlockOutlivesTheProgram_data();
    void aBlockOutlivesTheProgram();
    void whatNoLongerFitsIsDropped_data();
    void whatNoLongerFitsIsDropped();
    void aDamagedFileIsToldAndIgnored_data();
    void aDamagedFileIsToldAndIgnored();
    void aBlockCanBeLifted();
    void manyProgramsShareTheFile();

private:
    /// Two servers: x refuses with `status`, `body` and `headers`; y answers.
    struct Stage
    {
        explicit Stage(QByteArray status = "429 Too Many", QByteArray body = quota, QByteArray headers = {})
            : x([=](QTcpSocket &socket, const QByteArray &) { OneAnswer::reply(socket, status, body, headers); }),
              y([](QTcpSocket &socket, const QByteArray &) {
                  OneAnswer::reply(socket, "200 OK",
                                   R"({"choices":[{"message":{"content":"Yes."},"finish_reason":"stop"}]})");
              })
        {
            cli.set(QStringLiteral("TEST_KEY_X"), QStringLiteral("first-key-of-the-test"));
        }
        QString configuration() const
        {
            return cli.write(
                QStringLiteral("two.json"), QStringLiteral(
                    R"({"providers":[{"id":"x","protocol":"openai_compatible","base_url":"%1","model":"m","key":"env:TEST_KEY_X"},
                {"id":"y","protocol":"openai_compatible","base_url":"%2","model":"m"}],"history":"off"})")
                    .arg(x.url(), y.url())
                    .toUtf8());
        }
        CliProgram::Ran send() { return cli.run({"send", "--config", configuration(), "Hello"}); }
        QString file() const { return cli.data(QStringLiteral("blocks.json")); }
        QJsonArray kept() const { return QJsonDocument::fromJson(cli.read(file())).object()["blocks"].toArray(); }
        void change(const std::function<void(QJsonObject &)> &how)
        {
            QJsonObject block = kept().first().toObject();
            how(block);
            cli.write(QStringLiteral("retryscope/blocks.json"),
                      QJsonDocument(QJsonObject{{"schema", 1}, {"blocks", QJsonArray{block}}}).toJson());
        }
        CliProgram cli;
        OneAnswer x, y;
    };
    static constexpr const char *quota =
        R"({"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","code":"insufficient_quota"}})";
};

void CliKeptTest::aBlockOutlivesTheProgram_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<QString>("scope");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<int>("atLeast"); // s
    QTest::newRow("a used-up quota") << QByteArray(quota) << QByteArray() << "account" << "quota_exhausted" << 14 * 60;
    QTest::newRow("a long wait") << QByteArray(R"({"error":{"message":"Slow down.","code":"rate_limit_exceeded"}})")
                                 << QByteArray("Retry-After: 3600\r\n") << "model"
                                 << "rate_limit" << 3590;
}

void CliKeptTest::aBlockOutlivesTheProgram()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, headers);
    QFETCH(int, atLeast);
    Stage stage("429 Too Many", body, headers);
    const auto first = stage.send();
    QVERIFY2(first.code == 0, first.said());
    QCOMPARE(stage.x.requests.size(), 1);
    QCOMPARE(stage.y.requests.size(), 1);
    struct stat info{};
    QCOMPARE(::stat(QFile::encodeName(stage.file()).constData(), &info), 0);
    QCOMPARE(int(info.st_mode & 07777), 0600);
    const QByteArray bytes = stage.cli.read(stage.file());
    QVERIFY2(!bytes.contains("first-key"), bytes);
    QCOMPARE(stage.kept().size(), 1);
    const QJsonObject kept = stage.kept().first().toObject();
    QTEST(kept["scope"].toString(), "scope");
    QTEST(kept["reason"].toString(), "reason");
    const qint64 left =
        QDateTime::currentDateTimeUtc().secsTo(QDateTime::fromString(kept["until"].toString(), Qt::ISODateWithMs));
    QVERIFY2(left > atLeast && left < atLeast * 2, qPrintable(QString::number(left)));
    for (int again = 2; again <= 3; ++again) {
        const auto next = stage.send();
        QVERIFY2(next.code == 0, next.said());
        QCOMPARE(stage.x.requests.size(), 1); // not asked again
        QCOMPARE(stage.y.requests.size(), again);
        QVERIFY2(next.err.contains("known from an earlier run"), next.err);
    }
    QCOMPARE(stage.cli.read(stage.file()), bytes); // nothing new
}

void CliKeptTest::whatNoLongerFitsIsDropped_data()
{
    QTest::addColumn<QString>("what");
    for (const char *what : {"over", "too far away", "another key", "another server", "another model"})
        QTest::newRow(what) << QString::fromLatin1(what);
}

void CliKeptTest::whatNoLongerFitsIsDropped()
{
    QFETCH(QString, what);
    const bool model = what == QLatin1String("another model") || what == QLatin1String("another server");
    Stage stage("429 Too Many", model ? R"({"error":{"message":"Slow down.","code":"rate_limit_exceeded"}})" : quota,
                model ? "Retry-After: 3600\r\n" : "");
    QCOMPARE(stage.send().code, 0);
    QCOMPARE(stage.kept().size(), 1);
    const auto until = [&](qint64 seconds) {
        stage.change([&](QJsonObject &block) {
            block["until"] = QDateTime::currentDateTimeUtc().addSecs(seconds).toString(Qt::ISODateWithMs);
        });
    };
    if (what == QLatin1String("over"))
        until(-1);
    else if (what == QLatin1String("too far away"))
        until(50 * 86400);
    else if (what == QLatin1String("another key"))
        stage.cli.set(QStringLiteral("TEST_KEY_X"), QStringLiteral("second-key-of-the-test"));
    else if (what == QLatin1String("another server"))
        stage.change([](QJsonObject &block) { block["host"] = "elsewhere.test"; });
    else
        stage.change([](QJsonObject &block) { block["model"] = "other"; });
    QCOMPARE(stage.send().code, 0);
    QCOMPARE(stage.x.requests.size(), 2);
}

void CliKeptTest::aDamagedFileIsToldAndIgnored_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("told");
    QTest::newRow("no JSON") << QByteArray("{\"schema\":1,\"blocks\":[{") << QByteArray("is damaged at byte");
    QTest::newRow("empty") << QByteArray() << QByteArray("is damaged");
    QTest::newRow("another schema") << QByteArray(R"({"schema":7,"blocks":[]})") << QByteArray("is no list of blocks");
    QTest::newRow("no list") << QByteArray(R"([1,2])") << QByteArray("is no list of blocks");
    QTest::newRow("entries that are none") << QByteArray(
        R"({"schema":1,"blocks":[5,{"scope":"account"},{"scope":"world","provider":"x","reason":"rate_limit","until":"2099-01-01T00:00:00Z"}]})")
                                           << QByteArray("has 3 entries");
    QTest::newRow("too large") << QByteArray(2 << 20, ' ') << QByteArray("is larger than 1 MB");
}

void CliKeptTest::aDamagedFileIsToldAndIgnored()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, told);
    Stage stage;
    QVERIFY(QDir().mkpath(stage.cli.data(QString())));
    stage.cli.write(QStringLiteral("retryscope/blocks.json"), bytes);
    const auto ran = stage.send();
    QVERIFY2(ran.code == 0 && ran.err.contains(told) && ran.err.contains("blocks.json"), ran.said());
    QCOMPARE(stage.x.requests.size(), 1);
    QCOMPARE(stage.kept().size(), 1); // written anew
    const auto next = stage.send();
    QVERIFY2(!next.err.contains(told), next.err);
    QCOMPARE(stage.x.requests.size(), 1);
}

void CliKeptTest::aBlockCanBeLifted()
{
    Stage stage;
    QCOMPARE(stage.send().code, 0);
    const auto listed = stage.cli.run({"blocks"});
    QVERIFY2(listed.code == 0 && listed.out.contains("the account env:TEST_KEY_X@127.0.0.1")
                 && listed.out.contains("quota_exhausted"),
             listed.said());
    QCOMPARE(QJsonDocument::fromJson(stage.cli.run({"blocks", "--json"}).out)["provider"].toString(),
             QStringLiteral("x"));
    QCOMPARE(stage.cli.run({"blocks", "--lift", "y"}).code, 2);
    QCOMPARE(stage.cli.run({"blocks", "--lift", "x"}).code, 0);
    QVERIFY(stage.cli.run({"blocks"}).out.contains("Nothing is blocked."));
    QCOMPARE(stage.send().code, 0);
    QCOMPARE(stage.x.requests.size(), 2);
}

void CliKeptTest::manyProgramsShareTheFile()
{
    constexpr int programs = 6;
    Stage stage;
    std::vector<std::unique_ptr<QProcess>> running;
    for (int i = 0; i < programs; ++i) {
        const QString file = stage.cli.write(
            QStringLiteral("p%1.json").arg(i), QStringLiteral(
                R"({"providers":[{"id":"x%2","protocol":"openai_compatible","base_url":"%1","model":"m"}],"history":"off"})")
                .arg(stage.x.url())
                .arg(i)
                .toUtf8());
        running.push_back(std::make_unique<QProcess>());
        stage.cli.start(*running.back(), {"send", "--config", file, "Hello"});
    }
    for (const auto &process : running)
        QCOMPARE(CliProgram::end(*process).code, 1);
    QCOMPARE(stage.kept().size(), programs);
}

SUITE_TEST(CliKeptTest)
#include "tst_clikept.moc"
