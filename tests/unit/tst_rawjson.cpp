// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/rawjson.h"
#include "protocols/servedjson.h"
#include "support/suite.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTest>

using namespace retryscope;

class RawJsonTest : public QObject
{
    Q_OBJECT
private slots:
    void changesNothingElse_data();
    void changesNothingElse();
    void refusesWhatIsNoObject_data();
    void refusesWhatIsNoObject();
    void findsANameThatIsTwice_data();
    void findsANameThatIsTwice();
    void agreesWithAReaderOfJson();
    void aTextIsWrittenAsQtWritesIt();
};

void RawJsonTest::changesNothingElse_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QString>("change"); // "set NAME VALUE", "remove NAME", "rename NAME NAME"
    QTest::addColumn<QByteArray>("after");
    QTest::newRow("white space and order stay")
        << QByteArray("{ \"b\" : 1.50e+1 ,\n\"model\"\t:\"x\" , \"a\":[ 1,2 ] }") << "set model \"y\""
        << QByteArray("{ \"b\" : 1.50e+1 ,\n\"model\"\t:\"y\" , \"a\":[ 1,2 ] }");
    QTest::newRow("escapes stay") << QByteArray(R"({"t":"\u00e9\/\ud83d\ude00","model":"x"})") << "set model \"y\""
                                  << QByteArray(R"({"t":"\u00e9\/\ud83d\ude00","model":"y"})");
    QTest::newRow("an inner member of the same name stays")
        << QByteArray(R"({"m":{"model":"in"},"model":"x","l":[{"model":"in"}]})") << "set model \"y\""
        << QByteArray(R"({"m":{"model":"in"},"model":"y","l":[{"model":"in"}]})");
    QTest::newRow("a name in a text is none") << QByteArray(R"({"t":"\"model\":\"no\"}","model":"x"})") << "set model \"y\""
                                              << QByteArray(R"({"t":"\"model\":\"no\"}","model":"y"})");
    QTest::newRow("an escaped name") << QByteArray(R"({"mod\u0065l":"x"})") << "set model \"y\""
                                     << QByteArray(R"({"mod\u0065l":"y"})");
    QTest::newRow("the last of two counts") << QByteArray(R"({"model":"a","model":"b"})") << "set model \"y\""
                                            << QByteArray(R"({"model":"a","model":"y"})");
    QTest::newRow("added") << QByteArray(R"({"a":1})") << "set b [1]" << QByteArray(R"({"a":1,"b":[1]})");
    QTest::newRow("added to nothing") << QByteArray("{ }") << "set b 1" << QByteArray(R"({ "b":1})");
    QTest::newRow("first removed") << QByteArray(R"({"a":1, "b":2})") << "remove a" << QByteArray(R"({"b":2})");
    QTest::newRow("last removed") << QByteArray(R"({"a":1, "b":2 })") << "remove b" << QByteArray(R"({"a":1 })");
    QTest::newRow("middle removed") << QByteArray(R"({"a":1,"b":{"c":"}"},"d":3})") << "remove b"
                                    << QByteArray(R"({"a":1,"d":3})");
    QTest::newRow("only one removed") << QByteArray(R"({"a":null})") << "remove a" << QByteArray("{}");
    QTest::newRow("both of a name removed") << QByteArray(R"({"a":1,"b":2,"a":3})") << "remove a" << QByteArray(R"({"b":2})");
    QTest::newRow("renamed") << QByteArray(R"({"max_tokens" : 5,"b":2})") << "rename max_tokens max_completion_tokens"
                             << QByteArray(R"({"max_completion_tokens" : 5,"b":2})");
    QTest::newRow("renamed onto another") << QByteArray(R"({"a":1,"b":2})") << "rename a b" << QByteArray(R"({"b":1})");
    QTest::newRow("nothing to rename") << QByteArray(R"({"b":2})") << "rename a c" << QByteArray(R"({"b":2})");
}

static void apply(RawObject &object, const QString &change)
{
    const QByteArray verb = change.section(QLatin1Char(' '), 0, 0).toUtf8();
    const QByteArray name = change.section(QLatin1Char(' '), 1, 1).toUtf8();
    const QByteArray rest = change.section(QLatin1Char(' '), 2).toUtf8();
    if (verb == "set")
        object.set(name, rest);
    else if (verb == "remove")
        object.remove(name);
    else
        object.rename(name, rest);
}

void RawJsonTest::changesNothingElse()
{
    QFETCH(QByteArray, before);
    QFETCH(QString, change);
    QFETCH(QByteArray, after);
    auto object = RawObject::read(before);
    QVERIFY(object);
    apply(*object, change);
    QCOMPARE(object->text(), after);
}

void RawJsonTest::refusesWhatIsNoObject_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"", "[]", "1", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\" 1}", "{a:1}",
                             "{\"a\":1}x", "{\"a\":\"", "{\"a\":,}", "{\"a\":[1}", "{\"a\":1 \"b\":2}", "{,}"})
        QTest::newRow(*text ? text : "nothing") << QByteArray(text);
}

void RawJsonTest::refusesWhatIsNoObject()
{
    QFETCH(QByteArray, text);
    QVERIFY2(!RawObject::read(text), text.constData());
}

/// For random objects and changes the result reads as if a reader of JSON had made it.
void RawJsonTest::findsANameThatIsTwice_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("name");
    const auto row = [](const char *text, const char *name) {
        QTest::newRow(text) << QByteArray(text) << QByteArray(name);
    };
    row(R"({"model":"a","stream":true})", "");
    row(R"({"model":"a","x":1,"model":"a"})", "model");
    row(R"({"stream":1,"stream":2,"model":3})", "stream");
    row(R"({"stream":1,"model":2,"stream":3,"model":4})", "model");
    row(R"({"mod\u0065l":"a","model":"b"})", "model");
    row(R"({"\u006Dodel":"a","\u006dodel":"b"})", "model");
    row(R"({"Model":"a","model":"b"})", "");
    row(R"({"model":"model","x":["model"],"y":{"model":1}})", "");
    row(R"({"x":1,"x":2,"model":3})", "");
    row(R"({"x":"\u00e9","model":3})", "");
    row(R"(["model","model"])", "");
    row(R"({"model":"a","model":)", "");
    row("", "");
}

void RawJsonTest::findsANameThatIsTwice()
{
    QFETCH(QByteArray, text);
    QTEST(nameThatIsTwice(text, {"model", "stream"}), "name");
}

void RawJsonTest::agreesWithAReaderOfJson()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    QRandomGenerator random(seed);
    const auto pick = [&](const QStringList &of) { return of[random.bounded(int(of.size()))]; };
    const QStringList names{"a", "model", "é\"q", "temperature", ""};
    const QStringList values{"1", "-2.5e3", "\"x\\\\\\\"}\"", "{\"model\":[{}]}", "[]", "null", "true", "[1, [2, {\"a\":3}]]"};
    const QStringList spaces{"", " ", "\n\t", "  "};
    for (int round = 0; round < 3000; ++round) {
        QStringList members;
        QSet<QString> used;
        for (int i = random.bounded(6); i > 0; --i) {
            const QString name = pick(names);
            if (used.contains(name))
                continue;
            used.insert(name);
            members << pick(spaces) + QString::fromUtf8(jsonString(name)) + pick(spaces) + u':' + pick(spaces)
                           + pick(values) + pick(spaces);
        }
        const QByteArray text = (u'{' + members.join(u',') + (members.isEmpty() ? pick(spaces) : QString()) + u'}').toUtf8();
        QJsonObject naive = QJsonDocument::fromJson(text).object();
        auto object = RawObject::read(text);
        const QByteArray note = "seed " + QByteArray::number(seed) + ": " + text;
        QVERIFY2(object, note.constData());
        const QString name = pick(names), other = pick(names);
        const QJsonArray value{QJsonDocument::fromJson('[' + pick(values).toUtf8() + ']').array().at(0)};
        switch (random.bounded(3)) {
        case 0:
            object->set(name.toUtf8(), QJsonDocument(value).toJson(QJsonDocument::Compact).chopped(1).mid(1));
            naive[name] = value.at(0);
            break;
        case 1:
            object->remove(name.toUtf8());
            naive.remove(name);
            break;
        default:
            object->rename(name.toUtf8(), other.toUtf8());
            if (naive.contains(name) && name != other)
                naive[other] = naive.take(name);
        }
        QVERIFY2(QJsonDocument::fromJson(object->text()).object() == naive,
                 (note + " became " + object->text()).constData());
    }
}

/// Each character of two bytes alone and among others; words of a stream take a short way.
void RawJsonTest::aTextIsWrittenAsQtWritesIt()
{
    const auto byQt = [](const QString &text) {
        return QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact).sliced(1).chopped(1);
    };
    for (int c = 0; c < 0xFFFF; ++c) {
        for (const QString &text : {QString(QChar(c)), QStringLiteral("a ") + QChar(c), QChar(c) + QStringLiteral("~z")}) {
            if (served::json(text) != byQt(text))
                QFAIL(qPrintable(QString::number(c, 16)));
        }
    }
    QCOMPARE(served::json(QString()), QByteArray(R"("")"));
    QCOMPARE(served::json(QStringLiteral("\U0001F600")), byQt(QStringLiteral("\U0001F600")));
}

SUITE_TEST(RawJsonTest)
#include "tst_rawjson.moc"
