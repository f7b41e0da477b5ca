// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/answers.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>

namespace retryscope {
namespace {

struct Topic { const char *keyword; std::array<const char *, 5> facts; };

/// The first keyword that the prompt holds decides; the facts are whole sentences.
constexpr std::array<Topic, 8> topics{{
    {"jitter",
     {"Jitter spreads retries out in time, so clients that failed together do not all come back together.",
      "Without it, every client waits the same delay and the second wave hits as hard as the first.",
      "Full jitter draws the wait evenly between zero and the capped backoff.",
      "The cap comes first and the chance second, so that the longest wait stays the longest wait.",
      "A server's own hint is a floor: a little chance is added on top, never taken off."}},
    {"rate limit",
     {"A rate limit bounds requests or tokens in a window, often both at once.",
      "A 429 usually says how long to wait, in seconds or as a date.",
      "Response headers often tell how much of the window is left before it is empty.",
      "Limits belong to a key or an account, so another key at the same account shares them.",
      "Waiting out a known empty window is cheaper than being refused."}},
    {"circuit",
     {"A circuit breaker stops asking a provider that keeps failing, so that callers are not made to wait for it.",
      "It opens after too many failures, lets one probe through after a while, and closes when the probe succeeds.",
      "Each failed probe doubles the time until the next one, up to a bound.",
      "A mistake of the caller's own says nothing about the provider and is not counted.",
      "While it is open, traffic goes to the next provider at once."}},
    {"failover",
     {"A failover asks the next provider instead of repeating the request on the one that failed.",
      "It costs nothing from the retry budget, because it takes load off the struggling provider.",
      "It helps most when the first provider is taken out of the rotation quickly.",
      "Models differ, so a name may have to be translated on the way.",
      "Content that was already shown forbids it: an answer is never joined from two."}},
    {"retr",
     {"A retry helps when the fault is temporary and the request is safe to repeat.",
      "Exponential backoff doubles the wait each time, up to a cap.",
      "Retries multiply through layers: three in the client and three in a gateway are nine requests.",
      "A budget keeps retries to a share of the traffic, so that a storm cannot feed itself.",
      "A deadline bounds the whole call, whatever the number of attempts."}},
    {"weather",
     {"I am a simulated model and cannot look out of a window.", "A forecast service would be the right one to ask.",
      "Whatever the weather, a call should be answered once, and only once.",
      "Clouds of servers have their storms, too.", "Pack a jacket and a retry policy."}},
    {"hello",
     {"Hello! I am a simulated model that runs on this machine.",
      "Nothing leaves it, nothing is billed, and no key is needed.",
      "Ask me about retries, rate limits, circuits or failover.",
      "A fault can be switched on to see what your policy makes of it.", "Have a good day."}},
    {"",
     {"I am a simulated model, so this is a short answer that was written beforehand.",
      "The request was received whole and its words were counted like a real one's.",
      "A real model would now go into detail.",
      "The time to the first token and the speed of this text are drawn around the usual ones.",
      "Switch on a fault to see how the call recovers."}},
}};

const Topic &topicOf(const QString &prompt)
{
    const auto it = std::find_if(topics.begin(), topics.end(), [&](const Topic &t) {
        return prompt.contains(QLatin1String(t.keyword), Qt::CaseInsensitive);
    });
    return it == topics.end() ? topics.back() : *it;
}

/// "ten facts", "5 reasons": how many are asked for; 0 where no list is.
int listLength(const QString &prompt)
{
    static const QRegularExpression asked(
        QStringLiteral("\\b(?:list|name|give)\\b[^.]*?\\b(\\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\\b"),
        QRegularExpression::CaseInsensitiveOption);
    static const QStringList numbers{QStringLiteral("two"),   QStringLiteral("three"), QStringLiteral("four"),
                                     QStringLiteral("five"),  QStringLiteral("six"),   QStringLiteral("seven"),
                                     QStringLiteral("eight"), QStringLiteral("nine"),  QStringLiteral("ten")};
    const auto match = asked.match(prompt);
    if (!match.hasMatch())
        return 0;
    const qsizetype word = numbers.indexOf(match.captured(1).toLower());
    return word >= 0 ? int(word) + 2 : match.captured(1).toInt();
}

QStringList asList(const Topic &topic, int length)
{
    QStringList words;
    for (int i = 0; i < length; ++i) {
        const bool own = i < int(topic.facts.size());
        const auto &facts = own ? topic.facts : topics[topics.size() - 4].facts; // then what is known of retries
        words << (i ? QStringLiteral("\n%1.").arg(i + 1) : QStringLiteral("1."))
              << QString::fromLatin1(facts[std::size_t(i) % facts.size()]).split(QLatin1Char(' '));
    }
    return words;
}

} // namespace

QStringList composeAnswer(const QString &prompt, RandomSource &random)
{
    const bool oneSentence = prompt.contains(QLatin1String("one sentence"), Qt::CaseInsensitive);
    if (prompt.contains(QLatin1String("JSON")))
        return {QStringLiteral("{\"status\":"), QStringLiteral("\"ok\"}")};
    const Topic &topic = topicOf(prompt);
    if (const int length = listLength(prompt); length > 0)
        return asList(topic, std::min(length, 20));
    const int count = oneSentence ? 1 : 2 + int(random.uniform() * 3.0);
    QStringList words;
    if (*topic.keyword == '\0' && !prompt.trimmed().isEmpty()) // what is not known is at least repeated
        words << QStringLiteral("You asked: \"%1\".").arg(prompt.simplified().left(40)).split(QLatin1Char(' '));
    for (int i = 0; i < std::min(count, int(topic.facts.size())); ++i)
        words << QString::fromLatin1(topic.facts[std::size_t(i)]).split(QLatin1Char(' '));
    return words;
}

} // namespace retryscope
