// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/randomanswers.h"

#include "support/suite.h"
#include "workbench/promptlibrary.h"
#include "workbench/sessionjson.h"

#include <QTest>

using namespace retryscope;

namespace randomprompts {

// A new field of what is asked does not compile here until it stands in its list, and is then filled and compared.

void fill(Dice &dice, bool *flag) { *flag = dice.chance(0.5); }
void fill(Dice &dice, QString *text) { *text = dice.chance(0.3) ? QString() : someText(dice); }
void fill(Dice &dice, QByteArray *bytes) { *bytes = dice.chance(0.5) ? QByteArray() : someText(dice).toUtf8(); }
void fill(Dice &dice, int *number) { *number = dice.below(100'000); }
void fill(Dice &dice, qint64 *number) { *number = (qint64(dice.below(1 << 30)) << 33) - dice.below(1 << 30); }
void fill(Dice &dice, double *number) { *number = dice.below(10'000) / 7.0; }
void fill(Dice &dice, QJsonObject *object) { *object = dice.chance(0.3) ? QJsonObject() : someObject(dice); }
void fill(Dice &dice, ChatRole *role) { *role = ChatRole(dice.below(2)); }
void fill(Dice &dice, ToolChoice *choice) { *choice = ToolChoice(dice.below(4)); }
void fill(Dice &dice, ChatPart::Kind *kind) { *kind = ChatPart::Kind(dice.below(4)); }
void fill(Dice &dice, ResponseFormat::Kind *kind) { *kind = ResponseFormat::Kind(dice.below(3)); }
void fill(Dice &dice, ToolCall *call);
void fill(Dice &dice, ChatPart *part);
void fill(Dice &dice, ChatMessage *message);
void fill(Dice &dice, ChatTool *tool);
void fill(Dice &dice, ResponseFormat *format);

template <typename T> void fill(Dice &dice, std::optional<T> *value)
{
    if (dice.chance(0.5))
        fill(dice, &value->emplace());
}
template <typename T> void fill(Dice &dice, QList<T> *list)
{
    for (int n = dice.below(4); n > 0; --n) {
        T one;
        fill(dice, &one);
        list->append(one);
    }
}
template <typename... Fields> void fillAll(Dice &dice, Fields &...fields) { (fill(dice, &fields), ...); }

void fill(Dice &dice, ToolCall *call)
{
    auto &[id, name, arguments] = *call;
    fillAll(dice, id, name, arguments);
}

void fill(Dice &dice, ChatPart *part)
{
    auto &[kind, text, url, mediaType, data, call, failed, at] = *part;
    fillAll(dice, kind, text, url, mediaType, data, call, failed);
}

void fill(Dice &dice, ChatMessage *message)
{
    auto &[role, parts] = *message;
    fillAll(dice, role, parts);
}

void fill(Dice &dice, ChatTool *tool)
{
    auto &[name, description, parameters, strict, at, written, unsaid] = *tool;
    fillAll(dice, name, description, parameters, strict, unsaid);
}

void fill(Dice &dice, ResponseFormat *format)
{
    auto &[kind, name, schema, strict, at, written] = *format;
    fillAll(dice, kind, name, schema, strict);
}

Prompt somePrompt(Dice &dice)
{
    Prompt prompt;
    auto &[text, system, model, maxTokens, stream, messages, tools, toolChoice, toolName, parallelTools, format, effort,
           temperature, topP, topK, stop, seed, frequencyPenalty, presencePenalty, choices, metadata, extra] = prompt;
    fillAll(dice, text, system, model, maxTokens, stream, messages, tools, toolChoice, toolName, parallelTools, format,
            effort, temperature, topP, topK, stop, seed, frequencyPenalty, presencePenalty, choices, metadata, extra);
    return prompt;
}

} // namespace randomprompts

/// Whatever can be asked can be saved, kept with its answer, and asked once more.
class PromptFilesTest : public QObject
{
    Q_OBJECT
private slots:
    void theLibraryKeepsEveryField();
    void aKeptAnswerKeepsEveryFieldOfItsPrompt();
};

void PromptFilesTest::theLibraryKeepsEveryField()
{
    for (quint64 seed = 1; seed <= 200; ++seed) {
        Dice dice(seed);
        const SavedPrompts saved{{QStringLiteral("1"), QStringLiteral("One"), {}, randomprompts::somePrompt(dice), {}},
                                 {QStringLiteral("2"), QStringLiteral("Two"), {}, randomprompts::somePrompt(dice), {}}};
        const auto read = libraryFromJson(libraryToJson(saved));
        QVERIFY(read && read->size() == 2);
        for (int i = 0; i < 2; ++i)
            QVERIFY2((*read)[i].prompt == saved[i].prompt,
                     qPrintable(QStringLiteral("seed %1: %2").arg(seed).arg(compact(toJson(saved[i].prompt)))));
    }
}

void PromptFilesTest::aKeptAnswerKeepsEveryFieldOfItsPrompt()
{
    for (quint64 seed = 1; seed <= 200; ++seed) {
        Dice dice(seed);
        SessionEntry entry;
        entry.at = WallTime(1'764'000'000'123ms);
        entry.prompt = randomprompts::somePrompt(dice);
        entry.result.outcome = CallOutcome::FirstTry;
        const ReadAnswerLine line = readAnswerLine(answerLine(entry, Discretion(Configuration())));
        QVERIFY(line.kind == AnswerLineKind::Ours);
        QVERIFY2(line.entry.prompt == entry.prompt,
                 qPrintable(QStringLiteral("seed %1: %2").arg(seed).arg(compact(toJson(entry.prompt)))));
    }
}

SUITE_TEST(PromptFilesTest)
#include "tst_promptfiles.moc"
