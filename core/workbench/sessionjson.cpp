// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "workbench/sessionjson.h"

#include "base/timeformat.h"
#include "base/writtencost.h"
#include "workbench/promptlibrary.h"

#include <QDateTime>
#include <QJsonDocument>

#include <algorithm>
#include <cmath>
#include <tuple>

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

/// What is as it is by default is left out; an enum is always told.
class Writer
{
public:
    template <typename T> void put(const char *key, const T &value)
    {
        const QLatin1String name(key);
        if constexpr (std::is_enum_v<T>)
            m_object[name] = toKey(value);
        else if constexpr (std::is_same_v<T, Duration>)
            m_object[name] = toSeconds(value);
        else if constexpr (std::is_same_v<T, QVector<ToolCall>>)
            put(key, toJson(value));
        else if (value != T{})
            m_object[name] = value;
    }
    template <typename T> void put(const char *key, const std::optional<T> &value)
    {
        if constexpr (std::is_same_v<T, Duration>) {
            if (value)
                put(key, *value);
        } else if constexpr (std::is_same_v<T, double>) {
            if (value)
                m_object[QLatin1String(key)] = writtenCost(*value); // also nought: that is known
        } else if (value) {
            m_object[QLatin1String(key)] = *value;
        }
    }
    QJsonObject take() { return std::move(m_object); }

private:
    QJsonObject m_object;
};

constexpr Finish lastOf(Finish) { return Finish::Other; }
constexpr AnswerEnd lastOf(AnswerEnd) { return AnswerEnd::Silence; }
constexpr CallOutcome lastOf(CallOutcome) { return CallOutcome::SecondChoice; }

/// What is not as it should be stays as it is by default.
class Reader
{
public:
    explicit Reader(QJsonObject object) : m_object(std::move(object)) {}
    QJsonValue operator[](const char *key) const { return m_object[QLatin1String(key)]; }
    void get(const char *key, QString *text) const { *text = (*this)[key].toString(); }
    void get(const char *key, bool *flag) const { *flag = (*this)[key].toBool(); }
    void get(const char *key, QVector<ToolCall> *calls) const { *calls = callsFromJson((*this)[key]); }
    void get(const char *key, RetryReason *reason) const
    {
        *reason = retryReasonFromKey(toUtf8((*this)[key].toString())).value_or(RetryReason::None);
    }
    template <typename E> std::enable_if_t<std::is_enum_v<E>> get(const char *key, E *value) const
    {
        *value = enumOf((*this)[key], lastOf(E{}));
    }
    /// Whole, not below 0.
    void get(const char *key, std::optional<int> *number) const
    {
        const qint64 whole = (*this)[key].toInteger(-1);
        *number = whole >= 0 && whole <= std::numeric_limits<int>::max() ? std::optional(int(whole)) : std::nullopt;
    }
    void get(const char *key, std::optional<double> *real) const
    {
        const QJsonValue value = (*this)[key];
        *real = value.isDouble() && std::isfinite(value.toDouble()) ? std::optional(value.toDouble()) : std::nullopt;
    }
    void get(const char *key, std::optional<Duration> *duration) const
    {
        std::optional<double> seconds;
        get(key, &seconds);
        *duration = seconds && *seconds >= 0 ? std::optional(fromSeconds(*seconds)) : std::nullopt;
    }
    void get(const char *key, int *number) const { required(key, number); }
    void get(const char *key, Duration *duration) const { required(key, duration); }

private:
    template <typename T> void required(const char *key, T *value) const
    {
        std::optional<T> read;
        get(key, &read);
        *value = read.value_or(T{});
    }
    QJsonObject m_object;
};

/// A field of the file: what it is called there, and its member.
template <typename Whole, typename Member> struct KeptField { const char *key; Member Whole::*member; };
template <typename Whole, typename Member> KeptField(const char *, Member Whole::*) -> KeptField<Whole, Member>;

constexpr std::tuple contentFields{KeptField{"reasoning", &ChoiceContent::reasoning},
                                   KeptField{"refusal", &ChoiceContent::refusal},
                                   KeptField{"tool_calls", &ChoiceContent::toolCalls}};
constexpr std::tuple choiceFields{KeptField{"index", &AnswerChoice::index}, KeptField{"text", &AnswerChoice::text},
                                  KeptField{"finish", &AnswerChoice::finish},
                                  KeptField{"finish_reason", &AnswerChoice::finishReason}};
constexpr std::tuple traitFields{KeptField{"finish", &AnswerTraits::finish},
                                 KeptField{"finish_reason", &AnswerTraits::finishReason},
                                 KeptField{"end", &AnswerTraits::end},
                                 KeptField{"unreadable", &AnswerTraits::unreadable},
                                 KeptField{"has_reasoning", &AnswerTraits::reasoning},
                                 KeptField{"has_tool_calls", &AnswerTraits::toolCalls},
                                 KeptField{"has_other_output", &AnswerTraits::otherOutput},
                                 KeptField{"tokens_cached", &AnswerTraits::tokensCached},
                                 KeptField{"tokens_reasoning", &AnswerTraits::tokensReasoning},
                                 KeptField{"open_choices", &AnswerTraits::openChoices}};
/// Not when it may work again: that time is over.
constexpr std::tuple resultFields{KeptField{"outcome", &CallResult::outcome},
                                  KeptField{"reason", &CallResult::reason},
                                  KeptField{"provider", &CallResult::provider},
                                  KeptField{"model", &CallResult::model},
                                  KeptField{"text", &CallResult::text},
                                  KeptField{"message", &CallResult::message},
                                  KeptField{"rule", &CallResult::rule},
                                  KeptField{"status", &CallResult::status},
                                  KeptField{"attempts", &CallResult::attempts},
                                  KeptField{"duration_s", &CallResult::duration},
                                  KeptField{"first_token_s", &CallResult::firstToken},
                                  KeptField{"tokens_in", &CallResult::tokensIn},
                                  KeptField{"tokens_out", &CallResult::tokensOut},
                                  KeptField{"cost_usd", &CallResult::costUsd},
                                  KeptField{"maybe_twice", &CallResult::maybeTwice},
                                  KeptField{"simulated", &CallResult::simulated}};

template <typename Fields, typename Whole> void writeFields(const Fields &fields, const Whole &whole, Writer *w)
{
    std::apply([&](const auto &...field) { (w->put(field.key, whole.*field.member), ...); }, fields);
}

template <typename Fields, typename Whole> void readFields(const Fields &fields, const Reader &r, Whole *whole)
{
    std::apply([&](const auto &...field) { (r.get(field.key, &(whole->*field.member)), ...); }, fields);
}

QJsonArray othersToJson(const QVector<AnswerChoice> &others)
{
    QJsonArray list;
    for (const AnswerChoice &other : others) {
        Writer w;
        writeFields(choiceFields, other, &w);
        writeFields(contentFields, other, &w);
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
        readFields(choiceFields, r, &other);
        readFields(contentFields, r, &other);
        others.append(other);
    }
    return others;
}

void writeResult(const CallResult &result, Writer *w)
{
    writeFields(resultFields, result, w);
    writeFields(traitFields, result.answer, w);
    writeFields(contentFields, result.content, w);
    w->put("choices", othersToJson(result.content.others));
}

CallResult readResult(const Reader &r)
{
    CallResult result;
    readFields(resultFields, r, &result);
    readFields(traitFields, r, &result.answer);
    readFields(contentFields, r, &result.content);
    result.answer.finishReason.truncate(64);
    result.content.others = othersFromJson(r["choices"]);
    return result;
}

std::optional<SessionEntry> readEntry(const QJsonObject &object)
{
    const Reader r(object);
    const auto prompt = promptFromJson(r["prompt"].toObject());
    const QDateTime at = QDateTime::fromString(r["at"].toString(), Qt::ISODateWithMs).toUTC();
    if (!prompt || !at.isValid() || at.date().year() < 1 || at.date().year() > 9'999)
        return std::nullopt;
    SessionEntry entry;
    entry.at = WallTime(std::chrono::milliseconds(at.toMSecsSinceEpoch()));
    entry.prompt = *prompt;
    for (const QJsonValue &id : r["chain"].toArray())
        entry.chain.append(id.toString());
    entry.result = readResult(r);
    r.get("tokens_per_second", &entry.tokensPerSecond);
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
    w.put("tokens_per_second", entry.tokensPerSecond);
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
