// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "property/wirebodies.h"

#include "base/random.h"
#include "protocols/chatjson.h"
#include "protocols/losses.h"
#include "protocols/registry.h"
#include "support/suite.h"

#include <QJsonDocument>
#include <QRegularExpression>
#include <QTest>

using namespace retryscope;

Q_DECLARE_METATYPE(retryscope::ProtocolKind)

namespace {

class Dice
{
public:
    explicit Dice(quint64 seed) : m_random(seed) {}
    int below(int n) { return int(m_random.uniform() * n); }
    bool chance(double p) { return m_random.uniform() < p; }

private:
    SeededRandom m_random;
};

QString someText(Dice &dice)
{
    static const QStringList scraps{QStringLiteral("words "), QStringLiteral("\"q\" \\ / "), QStringLiteral("línea"),
                                    QStringLiteral("漢字。"), QStringLiteral("مرحبا"),       QStringLiteral("🚀"),
                                    QStringLiteral("\n"),     QStringLiteral("{\"a\":1}"),   QStringLiteral("data: x")};
    QString text = QStringLiteral("t");
    for (int n = dice.below(6); n > 0; --n)
        text += scraps[dice.below(int(scraps.size()))];
    return text;
}

QJsonObject someObject(Dice &dice)
{
    QJsonObject object{{QStringLiteral("type"), QStringLiteral("object")}};
    for (int n = dice.below(3); n > 0; --n)
        object[QStringLiteral("f%1").arg(n)] =
            dice.chance(0.5) ? QJsonValue(someText(dice)) : QJsonValue(dice.below(99));
    return object;
}

QString compact(const QJsonObject &object)
{
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

ChatMessage userTurn(Dice &dice)
{
    ChatMessage message{ChatRole::User, {{.text = someText(dice)}}};
    for (int n = dice.below(3); n > 0; --n) {
        if (dice.chance(0.5))
            message.parts.append({.text = someText(dice)});
        else if (dice.chance(0.5))
            message.parts.append(
                {.kind = ChatPart::Kind::Image, .url = QStringLiteral("https://pictures.test/%1.png").arg(n)});
        else
            message.parts.append(
                {.kind = ChatPart::Kind::Image, .mediaType = QStringLiteral("image/png"), .data = "\x89PNG\0\xff"});
    }
    return message;
}

/// A turn of the model's, with the results of what it called behind it.
void addModelTurn(Dice &dice, ChatRequest *chat)
{
    ChatMessage said{ChatRole::Assistant, {}}, results{ChatRole::User, {}};
    const int calls = dice.below(4) - 1;
    if (calls <= 0 || dice.chance(0.5))
        said.parts.append({.text = someText(dice)});
    for (int i = 0; i < calls; ++i) {
        const ToolCall call{QStringLiteral("call%1%2")
                                .arg(chat->messages.size(), 3, 10, QLatin1Char('0'))
                                .arg(i, 2, 10, QLatin1Char('0')),
                            QStringLiteral("tool_%1").arg(dice.below(3)), compact(someObject(dice))};
        said.parts.append({.kind = ChatPart::Kind::ToolCall, .call = call});
        results.parts.append({.kind = ChatPart::Kind::ToolResult,
                              .text = someText(dice),
                              .call = {call.id, call.name, {}},
                              .failed = dice.chance(0.1)});
    }
    chat->messages.append(said);
    if (calls > 0)
        chat->messages.append(results);
}

void addTools(Dice &dice, ChatRequest *chat)
{
    for (int i = 1 + dice.below(3); i > 0; --i)
        chat->tools.append({QStringLiteral("tool_%1").arg(i), dice.chance(0.7) ? someText(dice) : QString(),
                            someObject(dice), dice.chance(0.2)});
    chat->toolChoice = ToolChoice(dice.below(4));
    chat->parallelTools = chat->toolChoice == ToolChoice::None || dice.chance(0.7);
    if (chat->toolChoice == ToolChoice::Named)
        chat->toolName = chat->tools.last().name;
}

ChatRequest someRequest(Dice &dice)
{
    ChatRequest chat;
    chat.model = dice.chance(0.3) ? QStringLiteral("gemini-2.5-flash") : QStringLiteral("model-1");
    chat.maxTokens = 1 + dice.below(9000);
    chat.stream = dice.chance(0.5);
    if (dice.chance(0.5))
        chat.system = someText(dice);
    for (int n = dice.below(4); n > 0; --n) {
        chat.messages.append(userTurn(dice));
        addModelTurn(dice, &chat);
    }
    chat.messages.append(userTurn(dice));
    if (dice.chance(0.5))
        addTools(dice, &chat);
    if (const int kind = dice.below(4); kind == 1)
        chat.format.kind = ResponseFormat::Kind::Json;
    else if (kind == 2)
        chat.format = {ResponseFormat::Kind::Schema, QStringLiteral("thing"), someObject(dice), dice.chance(0.5)};
    static const QStringList efforts{{},
                                     QStringLiteral("none"),
                                     QStringLiteral("minimal"),
                                     QStringLiteral("low"),
                                     QStringLiteral("medium"),
                                     QStringLiteral("high"),
                                     QStringLiteral("xhigh"),
                                     QStringLiteral("max")};
    chat.effort = efforts[dice.below(int(efforts.size()))];
    if (dice.chance(0.5))
        chat.temperature = dice.below(16) / 8.0;
    if (dice.chance(0.3))
        chat.topP = dice.below(9) / 8.0;
    if (dice.chance(0.3))
        chat.topK = 1 + dice.below(100);
    for (int n = dice.below(3); n > 0; --n)
        chat.stop << someText(dice);
    if (dice.chance(0.3))
        chat.seed = dice.below(1'000'000'000);
    if (dice.chance(0.2))
        chat.frequencyPenalty = (1 + dice.below(16)) / 8.0;
    if (dice.chance(0.2))
        chat.presencePenalty = -(1 + dice.below(16)) / 8.0;
    if (dice.chance(0.2))
        chat.choices = 1 + dice.below(5);
    if (dice.chance(0.3))
        chat.metadata[QStringLiteral("user_id")] = someText(dice);
    if (dice.chance(0.2))
        chat.metadata[QStringLiteral("team")] = someText(dice);
    return chat;
}

/// The request without the fields of these names.
ChatRequest without(ChatRequest chat, const QStringList &names)
{
    for (const QString &name : names) {
        if (name == QLatin1String("top_k"))
            chat.topK.reset();
        else if (name == QLatin1String("seed"))
            chat.seed.reset();
        else if (name == QLatin1String("frequency_penalty"))
            chat.frequencyPenalty.reset();
        else if (name == QLatin1String("presence_penalty"))
            chat.presencePenalty.reset();
        else if (name == QLatin1String("n"))
            chat.choices = 1;
        else if (name.startsWith(QLatin1String("reasoning_effort (as ")))
            chat.effort = name.mid(21).chopped(1);
        else if (name == QLatin1String("parallel_tool_calls"))
            chat.parallelTools = true;
        else if (name == QLatin1String("stop"))
            chat.stop.clear();
        else if (name == QLatin1String("metadata"))
            chat.metadata = {};
        else if (name.startsWith(QLatin1String("metadata.")))
            chat.metadata.remove(name.mid(9));
        else if (name == QLatin1String("response_format.additionalProperties"))
            chat.format.schema[QLatin1String("additionalProperties")] = false;
        for (qsizetype i = 0; i < chat.tools.size(); ++i)
            chat.tools[i].strict &= name != QStringLiteral("tools[%1] (not strict)").arg(i);
        for (ChatTool &tool : chat.tools)
            tool.strict = tool.strict && name != QLatin1String("tools.strict");
        for (ChatMessage &message : chat.messages) {
            for (ChatPart &part : message.parts)
                part.failed = part.failed && name != QLatin1String("is_error");
        }
    }
    return chat;
}

/// What is only a label differs from wire to wire: ids in a vendor's form, a result's name where its id is enough, the name
/// of a schema; that the objects of strict ones are closed, Anthropic alone wants to be told.
ChatRequest labelled(ChatRequest chat, ProtocolKind kind)
{
    using enum ProtocolKind;
    chat.messages = chatjson::pairedTurns(chat);
    for (ChatMessage &message : chat.messages) {
        for (ChatPart &part : message.parts) {
            if (part.kind == ChatPart::Kind::ToolResult)
                part.call.name.clear();
            if (!part.call.id.isEmpty())
                part.call.id = kind == Mistral     ? chatjson::mistralId(part.call.id)
                               : kind == Anthropic ? chatjson::anthropicId(part.call.id)
                                                   : part.call.id;
        }
    }
    if (kind == Anthropic || kind == GoogleAi) {
        chat.format.name.clear();
        chat.format.strict.reset(); // always so
    } else if (chat.format.kind == ResponseFormat::Kind::Schema) {
        chat.format.name = chatjson::schemaName(chat.format);
        chat.format.strict = chat.format.strict.value_or(true); // what Anthropic's and Google's are without a word
    }
    for (ChatTool &tool : chat.tools) {
        tool.parameters = chatjson::parametersOf(tool.parameters);
        if (kind == Anthropic && tool.strict)
            tool.parameters.remove(QStringLiteral("additionalProperties"));
    }
    return chat;
}

struct Sent
{
    Sent(ProtocolKind kind, const ChatRequest &chat)
    {
        ProviderConfig provider;
        provider.protocol = kind;
        provider.baseUrl = QUrl(QStringLiteral("https://host.test/v1"));
        const HttpRequest request = Protocol::of(kind).buildRequest(provider, chat, "k");
        path = request.url.path().toUtf8();
        body = QJsonDocument::fromJson(request.body).object();
    }
    QByteArray path;
    QJsonObject body;
};

QString placeOf(ProtocolKind kind, quint64 seed) { return QStringLiteral("%1, seed %2").arg(toKey(kind)).arg(seed); }

/// The first field that differs; empty: none.
QString difference(const ChatRequest &a, const ChatRequest &b)
{
#define FIELD(name)                                                                                                    \
    if (!(a.name == b.name))                                                                                           \
        return QStringLiteral(#name);
    FIELD(text)
    FIELD(system)
    FIELD(model)
    FIELD(maxTokens) FIELD(stream) FIELD(messages) FIELD(tools) FIELD(toolChoice) FIELD(toolName) FIELD(parallelTools)
        FIELD(format) FIELD(effort) FIELD(temperature) FIELD(topP) FIELD(topK) FIELD(stop) FIELD(seed)
            FIELD(frequencyPenalty) FIELD(presencePenalty) FIELD(choices) FIELD(metadata) FIELD(extra)
#undef FIELD
                return {};
}

} // namespace

class WireRequestsTest : public QObject
{
    Q_OBJECT
private slots:
    void aRequestIsReadAgainButForWhatIsNamed_data();
    void aRequestIsReadAgainButForWhatIsNamed();
    void everyPairOfWires_data();
    void everyPairOfWires();
    void partsKeepTheirOrder();
    void idsAreAsTheVendorTakesThem();
    void callsWithoutIdsArePaired();
    void foreignCallsProveTheirThoughtToGemini3();
    void argumentsAreNeitherEmptyNorEmptied_data();
    void argumentsAreNeitherEmptyNorEmptied();
    void anAnswerThatTheRequestBeginsIsToldOrNamed();
};

void WireRequestsTest::aRequestIsReadAgainButForWhatIsNamed_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    for (const Wire &wire : wires())
        QTest::newRow(wire.key) << wire.kind;
}

void WireRequestsTest::aRequestIsReadAgainButForWhatIsNamed()
{
    QFETCH(ProtocolKind, kind);
    const Protocol &protocol = Protocol::of(kind);
    int named = 0, refused = 0;
    for (quint64 seed = 1; seed <= 300; ++seed) {
        Dice dice(seed);
        const ChatRequest chat = someRequest(dice);
        const bool json = chat.format.kind == ResponseFormat::Kind::Json;
        QCOMPARE(!protocol.refusal(chat).isEmpty(), kind == ProtocolKind::Anthropic && json);
        if (!protocol.refusal(chat).isEmpty()) {
            ++refused;
            continue;
        }
        const QStringList lost = unsayableFields(kind, chat);
        named += !lost.isEmpty();
        const Sent sent(kind, chat);
        const auto read = protocol.readRequest(sent.path, sent.body);
        QVERIFY(read.has_value());
        const ChatRequest back = labelled(*read, kind);
        const QString differs = difference(back, labelled(without(chat, lost), kind));
        QVERIFY2(differs.isEmpty(), qPrintable(placeOf(kind, seed) + QStringLiteral(": ") + differs
                                               + QStringLiteral(" in ") + compact(sent.body)));
        for (const QString &name : lost) { // nothing is named that was carried
            QStringList others = lost;
            others.removeOne(name);
            QVERIFY2(!difference(back, labelled(without(chat, others), kind)).isEmpty(),
                     qPrintable(placeOf(kind, seed) + name));
        }
        // Whatever we write, we read.
        QCOMPARE(unreadFields(kind, sent.path, sent.body), QStringList());
    }
    QVERIFY(named > 20 || kind == ProtocolKind::OpenAiCompatible);
    QCOMPARE(refused > 20, kind == ProtocolKind::Anthropic);
}

void WireRequestsTest::everyPairOfWires_data()
{
    using enum ProtocolKind;
    QTest::addColumn<ProtocolKind>("from");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<ProtocolKind>("to");
    QTest::addColumn<QStringList>("warned");
    QTest::addColumn<bool>("refused");
    struct Row
    {
        ProtocolKind to;
        const char *warned;
        bool refused = false;
    };
    const auto rows = [](ProtocolKind from, const char *body, std::initializer_list<Row> targets) {
        for (const Row &row : targets)
            QTest::addRow("%s to %s", qPrintable(toKey(from)), qPrintable(toKey(row.to)))
                << from << QByteArray(body) << row.to
                << QString::fromLatin1(row.warned).split(QLatin1Char(' '), Qt::SkipEmptyParts) << row.refused;
    };
    rows(OpenAi, openAiBody,
         {{OpenAi, "metadata"},
          {OpenAiResponses, "stop seed"},
          {Anthropic, "seed metadata.team"},
          {GoogleAi, "tools.strict metadata"},
          {Mistral, ""},
          {OpenAiCompatible, ""}});
    rows(OpenAiCompatible, openAiBody,
         {{OpenAi, "metadata"},
          {OpenAiResponses, "stop seed"},
          {Anthropic, "seed metadata.team"},
          {GoogleAi, "tools.strict metadata"},
          {Mistral, ""},
          {OpenAiCompatible, ""}});
    rows(OpenAiResponses, responsesBody,
         {{OpenAi, "metadata"},
          {OpenAiResponses, ""},
          {Anthropic, ""},
          {GoogleAi, "tools.strict metadata"},
          {Mistral, ""},
          {OpenAiCompatible, ""}});
    rows(Anthropic, anthropicBody,
         {{OpenAi, "is_error top_k metadata"},
          {OpenAiResponses, "is_error top_k stop"},
          {Anthropic, ""},
          {GoogleAi, "metadata"},
          {Mistral, "is_error top_k"},
          {OpenAiCompatible, "is_error"}});
    rows(GoogleAi, googleBody,
         {{OpenAi, "top_k"},
          {OpenAiResponses, "top_k stop seed"},
          {Anthropic, "seed", true},
          {GoogleAi, ""},
          {Mistral, "top_k"},
          {OpenAiCompatible, ""}});
    rows(Mistral, mistralBody,
         {{OpenAi, "metadata"},
          {OpenAiResponses, "stop seed"},
          {Anthropic, "seed metadata.team", true},
          {GoogleAi, "metadata"},
          {Mistral, ""},
          {OpenAiCompatible, ""}});
}

void WireRequestsTest::everyPairOfWires()
{
    QFETCH(ProtocolKind, from);
    QFETCH(QByteArray, body);
    QFETCH(ProtocolKind, to);
    QFETCH(QStringList, warned);
    QFETCH(bool, refused);
    const QJsonObject asked = QJsonDocument::fromJson(body).object();
    const QByteArray path = "/v1beta/models/gemini-2.5-flash:streamGenerateContent";
    QVERIFY(!asked.isEmpty());
    QCOMPARE(unreadFields(from, path, asked), QStringList());
    const auto chat = Protocol::of(from).readRequest(path, asked);
    QVERIFY(chat && chat->messages.size() >= 4 && chat->stream && chat->maxTokens == 500
            && !chat->effort.isEmpty() == (from != ProtocolKind::Mistral));
    QCOMPARE(unsayableFields(to, *chat), warned);
    QCOMPARE(!Protocol::of(to).refusal(*chat).isEmpty(), refused);
    if (refused)
        return;
    const Sent sent(to, *chat);
    const auto read = Protocol::of(to).readRequest(sent.path, sent.body);
    QVERIFY(read.has_value());
    QCOMPARE(difference(labelled(*read, to), labelled(without(*chat, warned), to)), QString());
}

/// What a text says of the picture before it or behind it.
void WireRequestsTest::partsKeepTheirOrder()
{
    using enum ProtocolKind;
    const ProtocolKind all[] = {OpenAi, OpenAiCompatible, OpenAiResponses, Anthropic, GoogleAi, Mistral};
    for (quint64 seed = 1; seed <= 50; ++seed) {
        Dice dice(seed);
        ChatRequest chat;
        chat.messages = {userTurn(dice), {ChatRole::Assistant, {{.text = QStringLiteral("I see.")}}}, userTurn(dice)};
        std::reverse(chat.messages[2].parts.begin(), chat.messages[2].parts.end());
        for (const ProtocolKind from : all) {
            const Sent asked(from, chat);
            const auto read = Protocol::of(from).readRequest(asked.path, asked.body);
            QVERIFY(read.has_value());
            for (const ProtocolKind to : all) {
                const Sent sent(to, *read);
                const auto back = Protocol::of(to).readRequest(sent.path, sent.body);
                QVERIFY2(back && back->messages == chat.messages,
                         qPrintable(placeOf(from, seed) + QStringLiteral(" to ") + toKey(to) + compact(sent.body)));
            }
        }
    }
}

void WireRequestsTest::idsAreAsTheVendorTakesThem()
{
    static const QRegularExpression nine(QStringLiteral("^[a-zA-Z0-9]{9}$")), plain(QStringLiteral("^[a-zA-Z0-9_-]+$"));
    QStringList seen;
    for (const QString &id :
         {QStringLiteral("call_abc123"), QStringLiteral("functions.look:0"), QStringLiteral("toolu_01"),
          QStringLiteral("call_äöü-漢"), QStringLiteral("call_abc124")}) {
        const QString mistral = chatjson::mistralId(id);
        QVERIFY2(nine.match(mistral).hasMatch(), qPrintable(mistral));
        QCOMPARE(chatjson::mistralId(id), mistral);
        QCOMPARE(chatjson::mistralId(mistral), mistral); // it may come back
        QVERIFY(!seen.contains(mistral));
        seen << mistral;
        QVERIFY2(plain.match(chatjson::anthropicId(id)).hasMatch(), qPrintable(chatjson::anthropicId(id)));
    }
    QCOMPARE(chatjson::anthropicId(QStringLiteral("toolu_01-x")), QStringLiteral("toolu_01-x"));
}

/// Google's calls have no ids as a rule, and other wires' results no names.
void WireRequestsTest::callsWithoutIdsArePaired()
{
    const auto call = [](const char *id, const char *name) {
        return ChatPart{.kind = ChatPart::Kind::ToolCall,
                        .call = {QLatin1String(id), QLatin1String(name), QStringLiteral("{}")}};
    };
    const auto result = [](const char *id, const char *name) {
        return ChatPart{.kind = ChatPart::Kind::ToolResult,
                        .text = QStringLiteral("r"),
                        .call = {QLatin1String(id), QLatin1String(name), {}}};
    };
    ChatRequest chat;
    chat.messages = {{ChatRole::Assistant, {call("", "a"), call("", "b"), call("", "a"), call("id4", "c")}},
                     {ChatRole::User, {result("", "b"), result("", "a"), result("id4", ""), result("", "a")}},
                     {ChatRole::User, {result("unknown", "z")}}};
    const QVector<ChatMessage> turns = chatjson::pairedTurns(chat);
    QStringList calls, results;
    for (const ChatPart &part : turns[0].parts)
        calls << part.call.id;
    for (const ChatPart &part : turns[1].parts)
        results << part.call.id + QLatin1Char('/') + part.call.name;
    QStringList unique = calls;
    QCOMPARE(unique.removeDuplicates(), 0);
    QCOMPARE(results, (QStringList{calls[1] + QStringLiteral("/b"), calls[0] + QStringLiteral("/a"),
                                   QStringLiteral("id4/c"), calls[2] + QStringLiteral("/a")}));
    QCOMPARE(turns[2].parts[0].call.id, QStringLiteral("unknown"));
    const QJsonObject google = Sent(ProtocolKind::GoogleAi, chat).body;
    QCOMPARE(google[QLatin1String("contents")][1][QLatin1String("parts")][2][QLatin1String("functionResponse")]
                   [QLatin1String("name")]
                       .toString(),
             QStringLiteral("c"));
}

void WireRequestsTest::foreignCallsProveTheirThoughtToGemini3()
{
    ChatRequest chat;
    chat.messages = {{ChatRole::Assistant,
                      {{.text = QStringLiteral("x")},
                       {.kind = ChatPart::Kind::ToolCall,
                        .call = {QStringLiteral("i"), QStringLiteral("n"), QStringLiteral("{}")}}}}};
    for (const auto &[model, proof] : {std::pair{"gemini-2.5-pro", false},
                                       {"gemini-3-pro-preview", true},
                                       {"gemini-3.5-flash", true},
                                       {"gemma-4", false}}) {
        chat.model = QLatin1String(model);
        const QJsonObject body = Sent(ProtocolKind::GoogleAi, chat).body;
        const QJsonValue parts = body[QLatin1String("contents")][0][QLatin1String("parts")];
        QCOMPARE(parts[1].toObject().contains(QLatin1String("thoughtSignature")), proof);
        QVERIFY(!parts[0].toObject().contains(QLatin1String("thoughtSignature")));
    }
}

void WireRequestsTest::argumentsAreNeitherEmptyNorEmptied_data()
{
    QTest::addColumn<QString>("arguments");
    QTest::addColumn<QString>("asText"); // on wires that have them as text
    QTest::addColumn<QByteArray>("asObject");
    const auto row = [](const char *name, const char *arguments, const char *asText, const char *asObject) {
        QTest::newRow(name) << QString::fromUtf8(arguments) << QString::fromUtf8(asText) << QByteArray(asObject);
    };
    row("none", "", "{}", "{}");
    row("blanks", " \n", "{}", "{}");
    row("empty", "{}", "{}", "{}");
    row("an object", " {\"a\":1}", " {\"a\":1}", "{\"a\":1}");
    row("a cut object", "{\"a\":", "{\"a\":", "{\"arguments\":\"{\\\"a\\\":\"}");
    row("a list", "[1]", "[1]", "{\"arguments\":\"[1]\"}");
    row("words", "rm -rf", "rm -rf", "{\"arguments\":\"rm -rf\"}");
}

/// Servers of OpenAI's kind stream nothing where a tool has no parameters, and refuse it when it comes back; and what a
/// model wrote wrongly is told to the next one as it was.
void WireRequestsTest::argumentsAreNeitherEmptyNorEmptied()
{
    QFETCH(QString, arguments);
    QFETCH(QString, asText);
    QFETCH(QByteArray, asObject);
    ChatRequest chat;
    chat.messages = {
        {ChatRole::User, {{.text = QStringLiteral("x")}}},
        {ChatRole::Assistant,
         {{.kind = ChatPart::Kind::ToolCall, .call = {QStringLiteral("toolcall1"), QStringLiteral("f"), arguments}}}},
        {ChatRole::User,
         {{.kind = ChatPart::Kind::ToolResult,
           .text = QStringLiteral("y"),
           .call = {QStringLiteral("toolcall1"), QStringLiteral("f"), {}}}}}};
    const QJsonObject object = QJsonDocument::fromJson(asObject).object();
    const auto call = [&](ProtocolKind kind) {
        const Sent sent(kind, chat);
        const QJsonValue message = sent.body[QLatin1String("messages")][1], turn = sent.body[QLatin1String("contents")][1];
        return kind == ProtocolKind::Anthropic         ? message[QLatin1String("content")][0][QLatin1String("input")]
               : kind == ProtocolKind::GoogleAi        ? turn[QLatin1String("parts")][0][QLatin1String("functionCall")][QLatin1String("args")]
               : kind == ProtocolKind::OpenAiResponses ? sent.body[QLatin1String("input")][1][QLatin1String("arguments")]
                                                       : message[QLatin1String("tool_calls")][0][QLatin1String("function")][QLatin1String("arguments")];
    };
    for (const Wire &wire : wires()) {
        const bool isObject = wire.kind == ProtocolKind::Anthropic || wire.kind == ProtocolKind::GoogleAi;
        const QJsonValue expected = isObject ? QJsonValue(object) : QJsonValue(asText);
        QVERIFY2(call(wire.kind) == expected, wire.key);
    }
}

/// Anthropic's and Google's models go on from there, and so a program puts the two together.
void WireRequestsTest::anAnswerThatTheRequestBeginsIsToldOrNamed()
{
    using enum ProtocolKind;
    ChatRequest chat;
    chat.messages = {{ChatRole::User, {{.text = QStringLiteral("x")}}}, {ChatRole::Assistant, {{.text = QStringLiteral("{")}}}};
    for (const Wire &wire : wires()) {
        const bool named = wire.kind == OpenAi || wire.kind == OpenAiResponses || wire.kind == Mistral;
        QVERIFY2(unsayableFields(wire.kind, chat).contains(QStringLiteral("prefill")) == named, wire.key);
        QVERIFY2(QJsonDocument(Sent(wire.kind, chat).body).toJson().contains("\"{\""), wire.key);
    }
    const auto marked = [&] { return Sent(Mistral, chat).body[QLatin1String("messages")].toArray().last()[QLatin1String("prefix")]; };
    QVERIFY(marked().toBool()); // or it is refused
    chat.text = QStringLiteral("and?");
    QVERIFY(marked().isUndefined());
    QVERIFY(!unsayableFields(OpenAi, chat).contains(QStringLiteral("prefill")));
}

SUITE_TEST(WireRequestsTest)
#include "tst_wirerequests.moc"
