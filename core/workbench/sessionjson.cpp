// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "workbench/sessionjson.h"

#include "workbench/promptlibrary.h"

#include <QDateTime>
#include <QJsonDocument>

#include <algorithm>
#include <cmath>

namespace retryscope {

QJsonArray toJson(const QVector<ToolCall> &calls)
{
    QJsonArray list;
    for (const ToolCall &call : calls)
        list.append(QJsonObject{{QStringLiteral("id"), call.id},
                                {QStringLiteral("name"), call.name},
                                {QStringLiteral("arguments"), call.arguments}});
    return list;
}

namespace {

constexpr int lineVersion = 1;
constexpr char lineKind[] = "retryscope.answer";

QVector<ToolCall> callsFromJson(const QJsonValue &list)
{
    QVector<ToolCall> calls;
    for (const QJsonValue &call : list.toArray())
        calls.append({call[QLatin1String("id")].toString(), call[QLatin1String("name")].toString(),
                      call[QLatin1String("arguments")].toString()});
    return calls;
}

template <typename E> E enumOf(const QJsonValue &key, E last)
{
    for (int i = 0; i <= int(last); ++i) {
        if (toKey(E(i)) == key.toString())
            return E(i);
    }
    return E(0);
}

/// What is as it is by default is left out.
class Writer
{
public:
    void put(const char *key, const QString &text)
    {
        if (!text.isEmpty())
            m_object[QLatin1String(key)] = text;
    }
    void put(const char *key, qint64 number)
    {
        if (number != 0)
            m_object[QLatin1String(key)] = number;
    }
    void put(const char *key, const QJsonArray &list)
    {
        if (!list.isEmpty())
            m_object[QLatin1String(key)] = list;
    }
    void putFlag(const char *key, bool flag)
    {
        if (flag)
            m_object[QLatin1String(key)] = true;
    }
    template <typename T> void put(const char *key, const std::optional<T> &value)
    {
        if constexpr (std::is_same_v<T, Duration>) {
            if (value)
                m_object[QLatin1String(key)] = toSeconds(*value);
        } else if (value) {
            m_object[QLatin1String(key)] = *value;
        }
    }
    void content(const ChoiceContent &content)
    {
        put("reasoning", content.reasoning);
        put("refusal", content.refusal);
        put("tool_calls", toJson(content.toolCalls));
    }
    QJsonObject take() { return std::move(m_object); }

private:
    QJsonObject m_object;
};

class Reader
{
public:
    explicit Reader(QJsonObject object) : m_object(std::move(object)) {}
    QJsonValue operator[](const char *key) const { return m_object[QLatin1String(key)]; }
    QString text(const char *key) const { return (*this)[key].toString(); }
    bool flag(const char *key) const { return (*this)[key].toBool(); }
    /// Whole, not below 0; 0 for anything else.
    int number(const char *key) const { return count(key).value_or(0); }
    std::optional<int> count(const char *key) const
    {
        const qint64 whole = (*this)[key].toInteger(-1);
        return whole >= 0 && whole <= std::numeric_limits<int>::max() ? std::optional(int(whole)) : std::nullopt;
    }
    std::optional<double> real(const char *key) const
    {
        const QJsonValue value = (*this)[key];
        return value.isDouble() && std::isfinite(value.toDouble()) ? std::optional(value.toDouble()) : std::nullopt;
    }
    std::optional<Duration> duration(const char *key) const
    {
        const auto seconds = real(key);
        return seconds && *seconds >= 0 ? std::optional(fromSeconds(*seconds)) : std::nullopt;
    }
    void content(ChoiceContent *content) const
    {
        content->reasoning = text("reasoning");
        content->refusal = text("refusal");
        content->toolCalls = callsFromJson((*this)["tool_calls"]);
    }

private:
    QJsonObject m_object;
};

QJsonArray othersToJson(const QVector<AnswerChoice> &others)
{
    QJsonArray list;
    for (const AnswerChoice &other : others) {
        Writer w;
        w.put("index", other.index);
        w.put("text", other.text);
        w.put("finish", toKey(other.finish));
        w.put("finish_reason", other.finishReason);
        w.content(other);
        list.append(w.take());
    }
    return list;
}

QVector<AnswerChoice> othersFromJson(const QJsonValue &list)
{
    QVector<AnswerChoice> others;
    for (const QJsonValue &value : list.toArray()) {
        const Reader r(value.toObject());
        AnswerChoice other;
        r.content(&other);
        other.index = r.number("index");
        other.text = r.text("text");
        other.finish = enumOf(r["finish"], Finish::Other);
        other.finishReason = r.text("finish_reason");
        others.append(other);
    }
    return others;
}

void writeTraits(const AnswerTraits &answer, Writer *w)
{
    w->put("finish", toKey(answer.finish));
    w->put("finish_reason", answer.finishReason);
    w->put("end", toKey(answer.end));
    w->put("unreadable", answer.unreadable);
    w->putFlag("has_reasoning", answer.reasoning);
    w->putFlag("has_tool_calls", answer.toolCalls);
    w->putFlag("has_other_output", answer.otherOutput);
    w->put("tokens_cached", answer.tokensCached);
    w->put("tokens_reasoning", answer.tokensReasoning);
    w->put("open_choices", answer.openChoices);
}

AnswerTraits readTraits(const Reader &r)
{
    AnswerTraits answer;
    answer.finish = enumOf(r["finish"], Finish::Other);
    answer.finishReason = r.text("finish_reason").left(64);
    answer.end = enumOf(r["end"], AnswerEnd::Silence);
    answer.unreadable = r.number("unreadable");
    answer.reasoning = r.flag("has_reasoning");
    answer.toolCalls = r.flag("has_tool_calls");
    answer.otherOutput = r.flag("has_other_output");
    answer.tokensCached = r.count("tokens_cached");
    answer.tokensReasoning = r.count("tokens_reasoning");
    answer.openChoices = r.number("open_choices");
    return answer;
}

void writeResult(const CallResult &result, Writer *w)
{
    w->put("outcome", toKey(result.outcome));
    w->put("reason", result.reason == RetryReason::None ? QString() : toKey(result.reason));
    w->put("provider", result.provider);
    w->put("model", result.model);
    w->put("text", result.text);
    w->put("message", result.message);
    w->put("rule", result.rule);
    w->content(result.content);
    w->put("choices", othersToJson(result.content.others));
    writeTraits(result.answer, w);
    w->put("status", result.status);
    w->put("attempts", result.attempts);
    w->put("duration_s", std::optional(result.duration));
    w->put("first_token_s", result.firstToken);
    w->put("tokens_in", result.tokensIn);
    w->put("tokens_out", result.tokensOut);
    w->put("cost_usd", result.costUsd);
    w->put("maybe_twice", result.maybeTwice);
    w->putFlag("simulated", result.simulated);
}

/// Not when it may work again: that time is over.
CallResult readResult(const Reader &r)
{
    CallResult result;
    result.outcome = enumOf(r["outcome"], CallOutcome::SecondChoice);
    result.reason = retryReasonFromKey(r.text("reason")).value_or(RetryReason::None);
    result.provider = r.text("provider");
    result.model = r.text("model");
    result.text = r.text("text");
    result.message = r.text("message");
    result.rule = r.text("rule");
    r.content(&result.content);
    result.content.others = othersFromJson(r["choices"]);
    result.answer = readTraits(r);
    result.status = r.number("status");
    result.attempts = r.number("attempts");
    result.duration = r.duration("duration_s").value_or(Duration{});
    result.firstToken = r.duration("first_token_s");
    result.tokensIn = r.count("tokens_in");
    result.tokensOut = r.count("tokens_out");
    result.costUsd = r.real("cost_usd");
    result.maybeTwice = r.number("maybe_twice");
    result.simulated = r.flag("simulated");
    return result;
}

std::optional<SessionEntry> readEntry(const QJsonObject &object)
{
    const Reader r(object);
    const auto prompt = promptFromJson(r["prompt"].toObject());
    const QDateTime at = QDateTime::fromString(r.text("at"), Qt::ISODateWithMs).toUTC();
    if (!prompt || !at.isValid() || at.date().year() < 1 || at.date().year() > 9'999)
        return std::nullopt;
    SessionEntry entry;
    entry.at = WallTime(std::chrono::milliseconds(at.toMSecsSinceEpoch()));
    entry.prompt = *prompt;
    for (const QJsonValue &id : r["chain"].toArray())
        entry.chain.append(id.toString());
    entry.result = readResult(r);
    if (entry.result.outcome == CallOutcome::None)
        return std::nullopt;
    return entry;
}

} // namespace

QByteArray answerLine(const SessionEntry &entry, const Discretion &discretion)
{
    Writer w;
    w.put("at", formatWallTime(entry.at));
    w.put("chain", QJsonArray::fromStringList(entry.chain));
    writeResult(entry.result, &w);
    QJsonObject answer = w.take();
    answer[QLatin1String("prompt")] = toJson(entry.prompt);
    const QJsonValue discreet = discretion.value(answer, {QStringLiteral("data")}); // a picture's
    return QJsonDocument(QJsonObject{{QStringLiteral("kind"), QLatin1String(lineKind)},
                                     {QStringLiteral("version"), lineVersion},
                                     {QStringLiteral("answer"), discreet}})
               .toJson(QJsonDocument::Compact)
           + '\n';
}

ReadAnswerLine readAnswerLine(const QByteArray &line)
{
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    if (object[QLatin1String("kind")].toString() != QLatin1String(lineKind))
        return {};
    const QJsonValue version = object[QLatin1String("version")];
    if (version.toInt() > lineVersion)
        return {AnswerLineKind::Newer, {}};
    const auto entry =
        version.toInt() == lineVersion ? readEntry(object[QLatin1String("answer")].toObject()) : std::nullopt;
    return entry ? ReadAnswerLine{AnswerLineKind::Ours, *entry} : ReadAnswerLine{};
}

} // namespace retryscope
