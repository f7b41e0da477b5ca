// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/gzip.h"
#include "sandbox/schemavalue.h"
#include "sandbox/simulatedmodel.h"
#include "support/suite.h"
#include "transport/inflater.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace retryscope;

/// What the simulated model says: to tools, schemas, limits and stop words.
class SimulatedModelTest : public QObject
{
    Q_OBJECT
private slots:
    void valuesFitTheirSchema_data();
    void valuesFitTheirSchema();
    void aSchemaThatHoldsItselfEnds();
    void toolsAreCalled_data();
    void toolsAreCalled();
    void theTokenLimitAndStopWordsAreKept();
    void faultsShapeTheAnswer();
    void packedPiecesUnpackAsTheyCome();

private:
    static QJsonValue json(const QByteArray &text) { return QJsonDocument::fromJson("[" + text + "]").array().first(); }
    static bool fits(const QJsonValue &value, const QJsonObject &schema);
    ServedAnswer answer(const ServedPrompt &prompt) { return answerTo(prompt, {}, m_random); }
    SeededRandom m_random{3};
};

/// A plain reading of the keywords that the rows use, by itself: not the code under test turned round.
bool SimulatedModelTest::fits(const QJsonValue &v, const QJsonObject &schema)
{
    const QString type = schema["type"].toString().toLower();
    if (schema.contains("enum") && !schema["enum"].toArray().contains(v))
        return false;
    if (type == "string")
        return v.isString() && v.toString().size() >= schema["minLength"].toInt()
               && (!schema.contains("maxLength") || v.toString().size() <= schema["maxLength"].toInt());
    if (type == "boolean")
        return v.isBool();
    if (type == "integer" || type == "number") {
        const double d = v.toDouble(NAN);
        return v.isDouble() && (type == "number" || d == std::floor(d)) && d >= schema["minimum"].toDouble(-1e300)
               && d <= schema["maximum"].toDouble(1e300) && d > schema["exclusiveMinimum"].toDouble(-1e300)
               && d < schema["exclusiveMaximum"].toDouble(1e300);
    }
    if (type == "array") {
        const QJsonArray list = v.toArray();
        return v.isArray() && list.size() >= schema["minItems"].toInt()
               && std::all_of(list.begin(), list.end(),
                              [&](const QJsonValue &one) { return fits(one, schema["items"].toObject()); });
    }
    if (type == "object") {
        const QJsonObject o = v.toObject(), properties = schema["properties"].toObject();
        const QJsonArray required = schema["required"].toArray();
        const QStringList keys = o.keys();
        return v.isObject()
               && std::all_of(required.begin(), required.end(),
                              [&](const QJsonValue &key) { return o.contains(key.toString()); })
               && std::all_of(keys.begin(), keys.end(), [&](const QString &key) {
                      return properties.isEmpty()
                             || (properties.contains(key) && fits(o[key], properties[key].toObject()));
                  });
    }
    return true;
}

void SimulatedModelTest::valuesFitTheirSchema_data()
{
    QTest::addColumn<QByteArray>("schema");
    const auto row = [](const char *name, const char *schema) { QTest::newRow(name) << QByteArray(schema); };
    row("object",
        R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}},"required":["a","b"],"additionalProperties":false})");
    row("nested lists",
        R"({"type":"array","minItems":3,"items":{"type":"array","items":{"type":"object","properties":{"x":{"type":"boolean"}},"required":["x"]}}})");
    row("enum", R"({"type":"string","enum":["red","green"]})");
    row("bounds", R"({"type":"integer","minimum":1000,"maximum":1003})");
    row("open bounds", R"({"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1})");
    row("lengths", R"({"type":"string","minLength":50,"maxLength":60})");
    row("Google's capitals",
        R"({"type":"OBJECT","properties":{"n":{"type":"NUMBER"},"l":{"type":"ARRAY","items":{"type":"STRING"}}},"required":["n","l"]})");
    row("required without properties", R"({"type":"object","required":["free"]})");
}

void SimulatedModelTest::valuesFitTheirSchema()
{
    QFETCH(QByteArray, schema);
    for (const char *prompt : {"", "Describe Paris with 12 or 0.5 words.", "\"A quoted name\" and -7"}) {
        for (int i = 0; i < 20; ++i) {
            const QJsonValue value = valueFor(json(schema), QString::fromUtf8(prompt), m_random);
            QVERIFY2(fits(value, json(schema).toObject()), QJsonDocument(QJsonArray{value}).toJson());
        }
    }
    const QJsonValue referred = json(
        R"({"$ref":"#/$defs/city","$defs":{"city":{"type":"object","properties":{"name":{"type":["null","string"]},"kind":{"anyOf":[{"const":"town"},{"type":"null"}]}},"required":["name","kind"]}}})");
    const QJsonValue city = valueFor(referred, QStringLiteral("Describe Lyon."), m_random);
    QCOMPARE(city["name"].toString(), QStringLiteral("Lyon"));
    QCOMPARE(city["kind"].toString(), QStringLiteral("town"));
}

void SimulatedModelTest::aSchemaThatHoldsItselfEnds()
{
    const QJsonValue tree = json(
        R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"left":{"$ref":"#/$defs/node"},"next":{"type":"array","items":{"$ref":"#/$defs/node"}}},"required":["left"]}}})");
    QVERIFY(valueFor(tree, {}, m_random).isObject());
    QJsonObject many; // twelve times itself in each
    for (int i = 0; i < 12; ++i)
        many[QString::number(i)] = json("{\"$ref\":\"#\"}");
    const QJsonObject wide{{"type", "object"}, {"properties", many}};
    QVERIFY(QJsonDocument(valueFor(wide, {}, m_random).toObject()).toJson(QJsonDocument::Compact).size() < 200'000);
    const QJsonValue itself = json("{\"$ref\":\"#\"}"), part = json("{\"allOf\":[{\"$ref\":\"#\"}]}");
    QVERIFY(!valueFor(itself, {}, m_random).isUndefined());
    QVERIFY(!valueFor(part, {}, m_random).isUndefined());
}

void SimulatedModelTest::toolsAreCalled_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("choice");
    QTest::addColumn<QStringList>("allowed");
    QTest::addColumn<QString>("called");
    const auto row = [](const char *name, const char *text, ServedToolChoice choice, QStringList allowed,
                        const char *called) {
        QTest::newRow(name) << QString::fromLatin1(text) << int(choice) << allowed << QString::fromLatin1(called);
    };
    row("about it", "What is the weather in Oslo?", ServedToolChoice::Auto, {}, "get_weather");
    row("about the other", "Please sendMail to Ann", ServedToolChoice::Auto, {}, "sendMail");
    row("about nothing", "Say hello.", ServedToolChoice::Auto, {}, "");
    row("forbidden", "What is the weather in Oslo?", ServedToolChoice::None, {}, "");
    row("forced", "Say hello.", ServedToolChoice::Any, {}, "get_weather");
    row("forced by name", "What is the weather?", ServedToolChoice::Any, {"sendMail"}, "sendMail");
}

void SimulatedModelTest::toolsAreCalled()
{
    QFETCH(QString, text);
    QFETCH(int, choice);
    QFETCH(QStringList, allowed);
    QFETCH(QString, called);
    ServedPrompt prompt;
    prompt.text = text;
    prompt.choice = ServedToolChoice(choice);
    prompt.allowedTools = allowed;
    const QJsonValue schema = json(R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})");
    prompt.tools = {{QStringLiteral("get_weather"), {}, schema}, {QStringLiteral("sendMail"), {}, schema}};
    const ServedAnswer said = answer(prompt);
    QCOMPARE(said.calls.isEmpty() ? QString() : said.calls.first().name, called);
    QCOMPARE(said.finish == ServedFinish::ToolCalls, !called.isEmpty());
    QCOMPARE(said.words.isEmpty(), !called.isEmpty());
    if (text.contains("Oslo") && !called.isEmpty())
        QCOMPARE(said.calls.first().arguments["city"].toString(), QStringLiteral("Oslo"));
    prompt.toolResults = {QStringLiteral("17 degrees")};
    QVERIFY(answer(prompt).words.join(QString()).contains("17 degrees"));
}

void SimulatedModelTest::theTokenLimitAndStopWordsAreKept()
{
    ServedPrompt prompt;
    prompt.text = QStringLiteral("Say hello.");
    const QString whole = answer(prompt).words.join(QString());
    QVERIFY(whole.startsWith("Hello! I am a simulated model"));
    prompt.maxTokens = 3;
    QCOMPARE(answer(prompt).words.join(QString()), QStringLiteral("Hello! I am"));
    QCOMPARE(answer(prompt).finish, ServedFinish::Length);
    prompt.maxTokens = 1000;
    QCOMPARE(answer(prompt).finish, ServedFinish::Stop);
    prompt.stops = {QStringLiteral("nowhere"), QStringLiteral("sim")};
    const ServedAnswer stopped = answer(prompt);
    QCOMPARE(stopped.words.join(QString()), QStringLiteral("Hello! I am a "));
    QCOMPARE(stopped.stopWord, QStringLiteral("sim"));
    QCOMPARE(stopped.finish, ServedFinish::Stop);
    prompt.json = true;
    prompt.stops.clear();
    QVERIFY(QJsonDocument::fromJson(answer(prompt).words.join(QString()).toUtf8()).isObject());
}

void SimulatedModelTest::faultsShapeTheAnswer()
{
    ServedPrompt prompt;
    prompt.text = QStringLiteral("Say hello.");
    const auto shaped = [&](Fault fault) {
        ServedAnswer said = answer(prompt);
        shape(&said, prompt, fault, m_random);
        return said;
    };
    QCOMPARE(shaped(Fault::None).finish, ServedFinish::Stop);
    QCOMPARE(shaped(Fault::Length).finish, ServedFinish::Length);
    QVERIFY(shaped(Fault::Length).words.size() < answer(prompt).words.size());
    QCOMPARE(shaped(Fault::ToolCall).calls.size(), 1);
    QVERIFY(shaped(Fault::EmptyAnswer).words.isEmpty());
    QVERIFY(shaped(Fault::ReasoningOnly).thoughts);
    QCOMPARE(shaped(Fault::ContentFilter).finish, ServedFinish::Filter);
}

void SimulatedModelTest::packedPiecesUnpackAsTheyCome()
{
    Gzip gzip;
    Inflater inflater(Inflater::Format::Gzip);
    QByteArray sent, unpacked;
    for (int i = 0; i < 50; ++i) {
        const QByteArray piece =
            "data: piece " + QByteArray::number(i) + QByteArray(i * 37, char('a' + i % 26)) + "\n\n";
        sent += piece;
        QVERIFY(inflater.feed(gzip.pack(piece), &unpacked));
        QCOMPARE(unpacked, sent);
    }
    QVERIFY(inflater.feed(gzip.end(), &unpacked));
    QCOMPARE(unpacked, sent);
    QVERIFY(inflater.atEnd());
}

SUITE_TEST(SimulatedModelTest)
#include "tst_simulatedmodel.moc"
