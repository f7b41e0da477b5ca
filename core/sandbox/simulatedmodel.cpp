// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/simulatedmodel.h"

#include "sandbox/answers.h"
#include "sandbox/schemavalue.h"

#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>

namespace retryscope {
namespace {

constexpr qsizetype longestQuote = 4000; ///< of what tools answered

/// The words as they are to be joined: all but the first with the space before them.
QStringList pieces(const QStringList &words)
{
    QStringList joined = words;
    for (qsizetype i = 1; i < joined.size(); ++i)
        joined[i].prepend(QLatin1Char(' '));
    return joined;
}

QStringList piecesOf(const QString &text) { return pieces(text.split(QLatin1Char(' '))); }

/// JSON in the pieces that a model would send it in.
QStringList jsonPieces(const QJsonValue &value)
{
    const QJsonDocument document = value.isArray() ? QJsonDocument(value.toArray()) : QJsonDocument(value.toObject());
    QString text = QString::fromUtf8(document.toJson(QJsonDocument::Compact));
    if (!value.isArray() && !value.isObject()) // a schema may ask for a bare value
        text = QString::fromUtf8(QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact)).sliced(1).chopped(1);
    QStringList cut;
    for (qsizetype at = 0; at < text.size();) {
        qsizetype end = at + 6;
        end += end < text.size() && text[end].isLowSurrogate() ? 1 : 0;
        cut << text.mid(at, end - at);
        at = end;
    }
    return cut;
}

/// Whether the prompt is about this tool: it holds a word of its name.
bool concerns(const QString &prompt, const ServedTool &tool)
{
    static const QRegularExpression inside(QStringLiteral("[_\\-. ]+|(?<=[a-z])(?=[A-Z])"));
    const QStringList words = tool.name.split(inside, Qt::SkipEmptyParts);
    return std::any_of(words.begin(), words.end(), [&](const QString &word) {
        return word.size() >= 4 && prompt.contains(word, Qt::CaseInsensitive);
    });
}

const ServedTool *toolToCall(const ServedPrompt &prompt)
{
    if (prompt.tools.isEmpty() || prompt.choice == ServedToolChoice::None || !prompt.toolResults.isEmpty())
        return nullptr;
    const bool forced = prompt.choice == ServedToolChoice::Any;
    const auto allowed = [&](const ServedTool &tool) {
        return prompt.allowedTools.isEmpty() || prompt.allowedTools.contains(tool.name);
    };
    const auto fits = std::find_if(prompt.tools.begin(), prompt.tools.end(), [&](const ServedTool &tool) {
        return allowed(tool) && concerns(prompt.text, tool);
    });
    if (fits != prompt.tools.end())
        return &*fits;
    const auto first = std::find_if(prompt.tools.begin(), prompt.tools.end(), allowed);
    return forced && first != prompt.tools.end() ? &*first : nullptr;
}

QStringList jsonAnswer(const ServedPrompt &prompt, RandomSource &random)
{
    if (prompt.schema.isObject() && !prompt.schema.toObject().isEmpty())
        return jsonPieces(valueFor(prompt.schema, prompt.text, random));
    const QString plain = QString(prompt.text).remove(QStringLiteral("JSON")); // or the text would be JSON, too
    return jsonPieces(QJsonObject{{QStringLiteral("status"), QStringLiteral("ok")},
                                  {QStringLiteral("answer"), composeAnswer(plain, random).join(QLatin1Char(' '))}});
}

QStringList words(const ServedPrompt &prompt, RandomSource &random)
{
    if (prompt.json)
        return jsonAnswer(prompt, random);
    if (!prompt.toolResults.isEmpty())
        return piecesOf(
            QStringLiteral("The tool says: %1.").arg(prompt.toolResults.join(QStringLiteral("; ")).left(longestQuote)));
    if (prompt.images > 0)
        return piecesOf(
            prompt.images == 1 ? QStringLiteral(
                "I was given an image. A simulated model cannot tell what it shows, but it has arrived whole.")
                               : QStringLiteral("I was given %1 images. A simulated model cannot tell what they show, "
                                                "but they have arrived whole.")
                                     .arg(prompt.images));
    return pieces(composeAnswer(prompt.text, random));
}

/// Ends before the first stop word.
void stopAt(const QStringList &stops, ServedAnswer *answer)
{
    const QString text = answer->words.join(QString());
    qsizetype end = text.size();
    for (const QString &stop : stops) {
        const qsizetype at = text.indexOf(stop);
        if (at >= 0 && at < end) {
            end = at;
            answer->stopWord = stop;
        }
    }
    qsizetype left = end;
    for (qsizetype i = 0; i < answer->words.size(); ++i) {
        answer->words[i] = answer->words[i].left(left);
        left -= answer->words[i].size();
    }
    answer->words.removeAll(QString());
}

} // namespace

ServedAnswer answerTo(const ServedPrompt &prompt, const ServedContext &context, RandomSource &random)
{
    ServedAnswer answer;
    answer.context = context;
    answer.tokensIn = prompt.tokens();
    answer.includeUsage = prompt.includeUsage;
    if (const ServedTool *tool = toolToCall(prompt)) {
        answer.finish = ServedFinish::ToolCalls;
        answer.calls.append({tool->name, valueFor(tool->schema, prompt.text, random).toObject()});
        return answer;
    }
    answer.words = words(prompt, random);
    stopAt(prompt.stops, &answer);
    if (prompt.maxTokens && answer.words.size() > *prompt.maxTokens) {
        answer.words.resize(*prompt.maxTokens);
        answer.stopWord.clear();
        answer.finish = ServedFinish::Length;
    }
    return answer;
}

void shape(ServedAnswer *answer, const ServedPrompt &prompt, Fault fault, RandomSource &random)
{
    static const QHash<Fault, ServedFinish> finishes{{Fault::ContentFilter, ServedFinish::Filter},
                                                     {Fault::Length, ServedFinish::Length},
                                                     {Fault::ToolCall, ServedFinish::ToolCalls},
                                                     {Fault::ForeignFinish, ServedFinish::Foreign},
                                                     {Fault::NoFinish, ServedFinish::None}};
    answer->finish = finishes.value(fault, answer->finish);
    answer->finishEverywhere = fault == Fault::FinishEverywhere;
    answer->thoughts = fault == Fault::ReasoningOnly;
    if (fault == Fault::ToolCall && answer->calls.isEmpty()) {
        const bool given = !prompt.tools.isEmpty();
        answer->calls.append(
            {given ? prompt.tools.first().name : QStringLiteral("look_up"),
             given ? valueFor(prompt.tools.first().schema, prompt.text, random).toObject() : QJsonObject()});
    }
    if (fault == Fault::EmptyAnswer || fault == Fault::ContentFilter || fault == Fault::ToolCall)
        answer->words.clear();
    else if (fault == Fault::Length || fault == Fault::NoFinish || fault == Fault::ForeignFinish)
        answer->words.resize(answer->words.size() / 3);
    if (answer->finish != ServedFinish::ToolCalls)
        answer->calls.clear();
}

ServedError refusal(const Serving &serving, Fault fault, ServedContext context)
{
    static constexpr std::pair<Fault, ServedFault> rows[] = {{Fault::RateLimit, ServedFault::RateLimit},
                                                             {Fault::RateLimitNoHint, ServedFault::RateLimitNoHint},
                                                             {Fault::QuotaExhausted, ServedFault::QuotaExhausted},
                                                             {Fault::Overloaded, ServedFault::Overloaded},
                                                             {Fault::ServerError, ServedFault::ServerError},
                                                             {Fault::WrongKey, ServedFault::WrongKey},
                                                             {Fault::ModelMissing, ServedFault::ModelMissing},
                                                             {Fault::ContextLength, ServedFault::ContextLength},
                                                             {Fault::ContentFilter, ServedFault::ContentFilter},
                                                             {Fault::UnavailableHint, ServedFault::Unavailable},
                                                             {Fault::OverloadedHint, ServedFault::Busy}};
    if (fault == Fault::RateLimit)
        context.left = 0;
    for (const auto &[of, as] : rows) {
        if (fault == of)
            return serving.error(as, context);
    }
    return {};
}

} // namespace retryscope
