// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/answertraits.h"

#include <QByteArray>
#include <QJsonObject>
#include <QStringList>
#include <QVector>

#include <optional>

namespace retryscope {

/// A tool that the model wants called.
struct ToolCall
{
    QString id;
    QString name;
    QString arguments; ///< JSON, as the model wrote it
    bool operator==(const ToolCall &) const = default;
};

/// Where a request that was read holds something, such as "output_config.format.schema"; empty: it was not read. No part of
/// what is said.
struct SourcePath
{
    QString path;
    bool operator==(const SourcePath &) const { return true; }
};

/// An object of JSON as it was written, with its order and its numbers, and where a request that was read holds it; see
/// writtenjson.h. Empty: as QJson writes it. No part of what is said: the object beside it is.
struct WrittenText
{
    SourcePath at{};
    QByteArray text{};
    bool operator==(const WrittenText &) const { return true; }
};

/// A piece of a message.
struct ChatPart
{
    enum class Kind : quint8 { Text, Image, ToolCall, ToolResult };
    Kind kind = Kind::Text;
    QString text;        ///< Text; ToolResult: what the tool gave
    QString url;         ///< Image by its address
    QString mediaType;   ///< Image by its bytes, such as image/png
    QByteArray data;     ///< Image
    ToolCall call;       ///< ToolCall; ToolResult: the id and name that it answers
    bool failed = false; ///< ToolResult: it is an error
    SourcePath jsonAt{}; ///< ToolCall, ToolResult: of the object that its arguments, or its text, are
    bool operator==(const ChatPart &) const = default;
};

enum class ChatRole : quint8 { User, Assistant };

/// What one side said in its turn. A tool's results are part of the user's.
struct ChatMessage
{
    ChatRole role = ChatRole::User;
    QVector<ChatPart> parts;
    bool operator==(const ChatMessage &) const = default;
};

struct ChatTool
{
    QString name;
    QString description;
    QJsonObject parameters; ///< JSON schema
    bool strict = false;    ///< the arguments are to fit the schema without fail
    SourcePath schemaAt{};  ///< of another vendor's request than OpenAI's, which asks more of a strict schema
    WrittenText written{};  ///< the parameters
    bool strictUnsaid = false; ///< it was asked where tools are strict unless something else is said, and their schema fits
    bool operator==(const ChatTool &) const = default;
};

enum class ToolChoice : quint8 {
    Auto,
    None,
    Required, ///< any of them
    Named,    ///< the one that is named
};

/// What the text of an answer must be.
struct ResponseFormat
{
    enum class Kind : quint8 { Text, Json, Schema };
    Kind kind = Kind::Text;
    QString name;       ///< Schema
    QJsonObject schema; ///< Schema: JSON schema
    std::optional<bool> strict; ///< Schema, in OpenAI's words; none: where the schema is as OpenAI wants it for that
    SourcePath schemaAt{}; ///< Schema; Json: of the field that asks for it, where that is not response_format
    WrittenText written{}; ///< the schema
    bool operator==(const ResponseFormat &) const = default;
};

/// What a person or program asks, in the words of no wire. What a wire has no word for is left out there, but for a plain
/// JSON mode: where it is not known the request is not sent (Protocol::refusal).
///
/// | field       | what                                              | left out when         | not on              |
/// | text        | what is said now, after `messages`                | empty                 |                     |
/// | system      | the system prompt                                 | empty                 |                     |
/// | model       | asked for; empty: the provider's own              |                       |                     |
/// | maxTokens   | the most tokens of an answer, above 0             | 0 (Anthropic: 4096)   |                     |
/// | effort      | of thinking: none, minimal, low, medium, high, …  | empty                 |                     |
/// | parallelTools | false: no two tools at once                     | without tools         | Google              |
/// | topK        | above 0                                           | none                  | OpenAI, Mistral     |
/// | seed        | for answers that can be had again                 | none                  | Anthropic           |
/// | frequencyPenalty, presencePenalty | -2 to 2                     | none                  | Anthropic, Responses |
/// | choices     | how many answers are wanted, 1 to 127             | 1                     | Anthropic, Responses |
/// | metadata    | names and texts that are kept with the answer     | empty                 | Google, OpenAI chat |
/// | format.Json | any JSON object                                   | Text                  | Anthropic: refused  |
/// | extra       | fields of the wire's body, laid over everything   | empty                 |                     |
struct ChatRequest
{
    QString text;
    QString system;
    QString model;
    int maxTokens = 1024;
    bool stream = true;
    QVector<ChatMessage> messages; ///< what was said before
    QVector<ChatTool> tools;
    ToolChoice toolChoice = ToolChoice::Auto;
    QString toolName;      ///< ToolChoice::Named
    bool parallelTools = true; ///< false: at most one tool is to be called in an answer
    ResponseFormat format;
    QString effort;
    std::optional<double> temperature, topP;
    std::optional<int> topK;
    QStringList stop;
    std::optional<qint64> seed;
    std::optional<double> frequencyPenalty, presencePenalty;
    int choices = 1;
    QJsonObject metadata;
    QJsonObject extra;
    bool operator==(const ChatRequest &) const = default;

    /// All messages, `text` as the last.
    QVector<ChatMessage> turns() const;
    /// Every text that goes out: prompts, system prompt, results of tools.
    QStringList texts() const;
};
using Prompt = ChatRequest;

/// What one choice of an answer holds beside its text.
struct ChoiceContent
{
    QString reasoning; ///< the model's thoughts, where it shows them
    QString refusal;
    QVector<ToolCall> toolCalls;
    bool operator==(const ChoiceContent &) const = default;
};

/// One of several choices, whole or as far as it came.
struct AnswerChoice : ChoiceContent
{
    int index = 1;        ///< 1 to 127
    QString text;
    Finish finish = Finish::Unknown; ///< Unknown: it may be cut
    QString finishReason; ///< the provider's own word
    bool operator==(const AnswerChoice &) const = default;
};

/// What an answer holds beside its text. Text and content are choice 0's.
struct AnswerContent : ChoiceContent
{
    QVector<AnswerChoice> others; ///< where several were asked for, in order of their index
    bool operator==(const AnswerContent &) const = default;
};

} // namespace retryscope
