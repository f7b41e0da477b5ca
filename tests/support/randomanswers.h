// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/random.h"
#include "protocols/protocol.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace retryscope {

// Answers for property tests, the same for the same seed.

class Dice
{
public:
    explicit Dice(quint64 seed) : m_random(seed) {}
    int below(int n) { return int(m_random.uniform() * n); }
    bool chance(double p) { return m_random.uniform() < p; }
    template <typename T> const T &of(const QVector<T> &list) { return list[below(int(list.size()))]; }

private:
    SeededRandom m_random;
};

inline const QStringList &scraps()
{
    static const QStringList list{QStringLiteral("plain words "),
                                  QStringLiteral("\"quoted\" \\back\\slash/"),
                                  QStringLiteral("línea ñandú ß"),
                                  QStringLiteral("日本語、漢字。"),
                                  QStringLiteral("مرحبا بالعالم"),
                                  QStringLiteral("Привет"),
                                  QStringLiteral("🚀👩‍👩‍👧🇩🇪"),
                                  QStringLiteral("\n\n"),
                                  QStringLiteral("\r\n\t"),
                                  QStringLiteral("data: [DONE]\n\n"),
                                  QStringLiteral("event: error\n"),
                                  QStringLiteral("{\"error\":{\"message\":\"none\"}}"),
                                  QStringLiteral("\u2028\u2029\u00a0"),
                                  QString(QChar(1)) + QChar(0x7f),
                                  QStringLiteral("אבג 123"),
                                  QStringLiteral("e\u0301 z\u0335"),
                                  QStringLiteral(" "),
                                  QStringLiteral("</script><!-- "),
                                  QStringLiteral("ไทย"),
                                  QStringLiteral("0.1e-5")};
    return list;
}

inline QString someText(Dice &dice, int most = 8)
{
    QString text;
    for (int n = 1 + dice.below(most); n > 0; --n)
        text += dice.of(scraps());
    return text;
}

inline QJsonValue someValue(Dice &dice, int depth = 2)
{
    switch (dice.below(depth > 0 ? 7 : 5)) {
    case 0: return someText(dice, 3);
    case 1: return dice.below(2'000'000) - 1'000'000;
    case 2: return dice.below(1000) / 8.0;
    case 3: return dice.chance(0.5);
    case 4: return QJsonValue::Null;
    case 5: {
        QJsonArray list;
        for (int n = dice.below(4); n > 0; --n)
            list.append(someValue(dice, depth - 1));
        return list;
    }
    default: break;
    }
    QJsonObject object;
    for (int n = dice.below(4); n > 0; --n)
        object[QStringLiteral("k%1").arg(n)] = someValue(dice, depth - 1);
    return object;
}

inline QJsonObject someObject(Dice &dice)
{
    QJsonObject object;
    for (int n = 1 + dice.below(4); n > 0; --n)
        object[dice.chance(0.2) ? someText(dice, 1) : QStringLiteral("field%1").arg(n)] = someValue(dice);
    return object;
}

inline QString compact(const QJsonObject &object)
{
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

inline ToolCall someCall(Dice &dice, int number)
{
    ToolCall call{dice.chance(0.8) ? QStringLiteral("toolcall%1").arg(number) : QString(),
                  QStringLiteral("tool_%1").arg(dice.below(3)),
                  {}};
    if (dice.chance(0.85))
        call.arguments =
            QString::fromUtf8(QJsonDocument(someObject(dice))
                                  .toJson(dice.chance(0.5) ? QJsonDocument::Compact : QJsonDocument::Indented));
    return call;
}

/// As a reader has it at the end of a whole answer; a filter or refusal only where `refusals`.
inline Answer someAnswer(Dice &dice, bool refusals = false)
{
    Answer answer;
    answer.complete = answer.ended = true;
    answer.end = AnswerEnd::Mark;
    if (dice.chance(0.4))
        answer.addThought(someText(dice));
    const int calls = dice.chance(0.5) ? 1 + dice.below(4) : 0;
    if (calls == 0 || dice.chance(0.6))
        answer.addText(someText(dice));
    for (int i = 0; i < calls; ++i) {
        answer.newCall() = someCall(dice, i);
        answer.addToolCall();
    }
    answer.finish = calls > 0 ? Finish::ToolCalls : Finish::Stop;
    if (const int other = dice.below(8); other == 0)
        answer.finish = Finish::Length;
    else if (other == 1)
        answer.finish = Finish::Other;
    if (refusals) {
        answer.finish = dice.chance(0.5) ? Finish::ContentFilter : Finish::Refusal;
        answer.refused = true;
        if (answer.finish == Finish::Refusal && dice.chance(0.5)) {
            answer.content.refusal = someText(dice);
            answer.addText(answer.content.refusal);
        }
    }
    if ((answer.finish == Finish::Length || answer.finish == Finish::Other) && calls > 0 && answer.content.toolCalls.last().arguments.isEmpty())
        answer.content.toolCalls.last().arguments = QStringLiteral("{}"); // else it may be cut
    answer.finishReason = answer.finish == Finish::Other ? QStringLiteral("pause_turn") : toKey(answer.finish);
    if (dice.chance(0.85)) {
        answer.tokensIn = dice.below(100'000);
        answer.tokensOut = 1 + dice.below(10'000);
        if (dice.chance(0.5))
            answer.tokensCached = dice.below(*answer.tokensIn + 1);
        if (dice.chance(0.5))
            answer.tokensReasoning = dice.below(*answer.tokensOut + 1);
    }
    return answer;
}

inline void addChoices(Dice &dice, Answer *answer)
{
    for (int i = 1, n = 1 + dice.below(3); i <= n; ++i) {
        AnswerChoice choice;
        choice.index = i;
        choice.text = someText(dice);
        if (dice.chance(0.3))
            choice.reasoning = someText(dice);
        if (dice.chance(0.3))
            choice.toolCalls.append(someCall(dice, i));
        choice.finish = !choice.toolCalls.isEmpty() ? Finish::ToolCalls
                        : dice.chance(0.2)          ? Finish::Length
                                                    : Finish::Stop;
        choice.finishReason = toKey(choice.finish);
        answer->content.others.append(choice);
    }
}

/// The same answer as it comes, a random piece of it after each step, until it is whole.
class Growing
{
public:
    Growing(const Answer &whole, Dice &dice) : m_whole(whole), m_dice(dice) {}
    const Answer &now() const { return m_now; }
    /// False: it was whole before.
    bool step()
    {
        QVector<int> open;
        if (m_now.content.reasoning.size() < m_whole.content.reasoning.size())
            open << -3;
        else if (m_now.text.size() < m_whole.text.size())
            open << -2;
        for (qsizetype i = 0; i < m_whole.content.toolCalls.size(); ++i) {
            const bool begun = i < m_now.content.toolCalls.size() && !m_now.content.toolCalls[i].name.isEmpty();
            if (!begun || m_now.content.toolCalls[i].arguments.size() < m_whole.content.toolCalls[i].arguments.size()) {
                if (i == 0 || open.isEmpty() || m_dice.chance(0.1)) // seldom beside each other, as on OpenAI's wire
                    open << int(i);
            }
        }
        for (qsizetype i = 0; i < m_whole.content.others.size(); ++i) {
            const bool begun = i < m_now.content.others.size();
            if ((!begun && i == m_now.content.others.size())
                || (begun && m_now.content.others[i].text.size() < m_whole.content.others[i].text.size()))
                open << 1000 + int(i);
        }
        if (open.isEmpty())
            return false;
        grow(m_dice.of(open));
        return true;
    }

private:
    QString more(const QString &whole, const QString &now)
    {
        return whole.mid(now.size(), 1 + m_dice.below(m_dice.chance(0.2) ? 200 : 9));
    }
    void grow(int what)
    {
        if (what == -3)
            return m_now.addThought(more(m_whole.content.reasoning, m_now.content.reasoning));
        if (what == -2)
            return growText();
        if (what >= 1000)
            return growChoice(what - 1000);
        ToolCall &call = m_now.callAt(what);
        const ToolCall &whole = m_whole.content.toolCalls[what];
        if (call.name.isEmpty())
            call = {whole.id, whole.name, {}};
        else
            call.arguments += more(whole.arguments, call.arguments);
        m_now.addToolCall();
    }
    void growText()
    {
        const QString piece = more(m_whole.text, m_now.text);
        const qsizetype refusalAt = m_whole.text.size() - m_whole.content.refusal.size();
        m_now.addText(piece);
        if (m_now.text.size() > refusalAt)
            m_now.content.refusal = m_now.text.mid(refusalAt);
    }
    void growChoice(int place)
    {
        const AnswerChoice &whole = m_whole.content.others[place];
        if (m_now.content.others.size() <= place) {
            m_now.content.others.append(AnswerChoice());
            m_now.content.others[place].index = whole.index;
        }
        AnswerChoice &now = m_now.content.others[place];
        now.text += more(whole.text, now.text);
        if (now.text == whole.text)
            now = whole;
    }

    const Answer &m_whole;
    Dice &m_dice;
    Answer m_now;
};

} // namespace retryscope
