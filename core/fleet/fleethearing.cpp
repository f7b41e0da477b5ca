// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet.h"

#include <algorithm>

namespace retryscope {
namespace {

constexpr std::size_t mostWords = 2000; ///< that are listened to
constexpr qsizetype longestKey = 300;

/// Key, value and milliseconds left of the named words, or of all where none is named. A value that is too long, or no
/// text, is "?"; one that is gone is "" with -2 left, and is taken out of the list.
const QByteArray readScript = R"(
local names, out = ARGV, {}
if #names == 0 then names = redis.call('SMEMBERS', KEYS[1]) end
for i, name in ipairs(names) do
  if i > 4000 then break end
  local value, left = redis.pcall('GET', name), redis.call('PTTL', name)
  if value == false then redis.call('SREM', KEYS[1], name); value = '' end
  if type(value) ~= 'string' or #value > 4096 then value = '?' end
  out[#out + 1] = name; out[#out + 1] = value; out[#out + 1] = left
end
return out)";

Duration less(Duration time, Duration age) { return std::max<Duration>(0s, time - age); }

} // namespace

void Fleet::readAll()
{
    m_synced = false;
    const SteadyTime asked = m_parts.clock.now();
    m_link.send({"EVAL", readScript, "1", m_keys.words},
                [this, asked](const RedisValue &answer) { onRead(answer, asked, true); });
}

void Fleet::readSome()
{
    m_read.reset();
    QByteArrayList words{"EVAL", readScript, "1", m_keys.words};
    for (const QByteArray &key : std::exchange(m_toRead, {})) {
        if (key.startsWith(m_keys.root) && !key.startsWith(m_keys.own) && key.size() <= longestKey)
            words << key;
    }
    const SteadyTime asked = m_parts.clock.now();
    if (words.size() > 4)
        m_link.send(words, [this, asked](const RedisValue &answer) { onRead(answer, asked, false); });
}

/// What is left of a word is Redis' count less the time that its answer took: too little rather than too much.
void Fleet::onRead(const RedisValue &answer, SteadyTime asked, bool all)
{
    if (answer.kind == RedisValue::Kind::Error)
        complain(WordProblem::Garbage, m_keys.words);
    const Duration took = m_parts.clock.now() - asked;
    std::set<QByteArray> there;
    for (qsizetype i = 0; i + 2 < answer.list.size(); i += 3) {
        const QByteArray key = answer.list[i].text, value = answer.list[i + 1].text;
        const qint64 ms = answer.list[i + 2].number;
        const bool ours = key.startsWith(m_keys.own);
        if (!key.startsWith(m_keys.root) || key.size() > longestKey)
            continue;
        if (ours && all)
            m_told.try_emplace(key); // of a connection before: told anew, or taken back
        if (ours || ms == -2) {
            forget(key);
            continue;
        }
        there.insert(key);
        if (ms < 0) // made to stay for ever, which no word of a gateway is
            complain(WordProblem::Garbage, key);
        else
            take(key, value, Duration(std::chrono::milliseconds(ms)) - took);
    }
    if (!all || answer.kind == RedisValue::Kind::Error)
        return;
    for (const auto &[key, heard] : std::map(m_heard)) {
        if (!there.contains(key))
            forget(key);
    }
    m_synced = m_knowsHands = true;
    for (const auto &[key, word] : m_hands) { // a Redis that was emptied
        if (!there.contains(key) && word.hand == Hand::Isolate)
            tell(key, word);
    }
    for (const auto &[hand, provider] : std::exchange(m_untold, {}))
        tellHand(hand, provider);
    gatherSoon();
}

void Fleet::take(const QByteArray &key, const QByteArray &value, Duration left)
{
    const auto read = wordFromJson(value);
    if (!read)
        return complain(read.error(), key);
    const FleetWord word = *read;
    if (word.member.toLatin1() == m_member && word.kind != FleetWord::Kind::Hand)
        return;
    if ((word.kind == FleetWord::Kind::Hand) != key.startsWith(m_keys.hands))
        return complain(WordProblem::Garbage, key);
    if (word.kind == FleetWord::Kind::Hand)
        return takeHand(key, word);
    const Duration most =
        word.kind == FleetWord::Kind::Circuit ? m_parts.engine.configuration().retry.circuitMaxOpenTime : word.life;
    const SteadyTime until = m_parts.clock.now() + std::min({left, word.life, most});
    const auto known = m_heard.find(key);
    const bool same = known != m_heard.end() && known->second.word == word && until <= known->second.until + 100ms;
    if (same || left <= 0s || (known == m_heard.end() && m_heard.size() >= mostWords))
        return;
    m_heard[key] = {word, until};
    use(m_heard[key]);
    expire();
}

/// Gives it to the engine, each of its times as it is now.
void Fleet::use(const Heard &heard)
{
    const Duration left = heard.until - m_parts.clock.now(), age = less(heard.word.life, left);
    if (left <= 0s)
        return;
    for (Learned one : m_directory.evidenceOf(heard.word)) {
        one.left = one.kind == Learned::Kind::Limits ? less(one.left, age) : left;
        for (LimitWindow &limit : one.limits)
            limit.resetIn = less(limit.resetIn.value_or(0s), age);
        std::erase_if(one.limits, [](const LimitWindow &limit) { return *limit.resetIn <= 0s; });
        if (one.left > 0s || !one.limits.empty())
            m_parts.engine.hear(one, heard.word.by);
    }
}

void Fleet::takeHand(const QByteArray &key, const FleetWord &word)
{
    const auto known = m_hands.find(key);
    if ((known != m_hands.end() && known->second.act == word.act)
        || (known == m_hands.end() && m_hands.size() >= mostWords))
        return;
    const bool again =
        std::any_of(m_hands.begin(), m_hands.end(), [&](const auto &row) { return row.second.act == word.act; });
    const bool old = known == m_hands.end() && word.hand == Hand::Release && !m_knowsHands; // lifts nothing
    m_hands[key] = word;
    for (const ProviderId &id : again || old ? QVector<ProviderId>() : m_directory.providersOf(word)) {
        if (std::any_of(m_untold.begin(), m_untold.end(), [&](const auto &ours) { return ours.second == id; }))
            continue; // done here while Redis was away, and told next
        if (word.hand == Hand::Release)
            forgetOf(id, false);
        m_parts.engine.hear(word.hand, id, word.by);
    }
}

/// Its teller has taken it back, or its time is over.
void Fleet::forget(const QByteArray &key)
{
    const auto node = m_heard.extract(key);
    if (!node || node.mapped().word.kind != FleetWord::Kind::Circuit)
        return;
    const FleetWord &word = node.mapped().word;
    if (std::any_of(m_heard.begin(), m_heard.end(), [&](const auto &row) { return row.second.word.isOf(word); }))
        return; // somebody else still says so
    for (Learned one : m_directory.evidenceOf(word)) {
        one.left = 0s;
        m_parts.engine.hear(one, word.by);
    }
}

/// A person has judged the provider, so what others said before counts no more.
void Fleet::forgetOf(const ProviderId &provider, bool deleteThem)
{
    for (auto it = m_heard.begin(); it != m_heard.end();) {
        const bool of = m_directory.concerns(it->second.word, provider);
        if (of && deleteThem)
            withdraw(it->first);
        it = of ? m_heard.erase(it) : std::next(it);
    }
}

void Fleet::expire()
{
    const SteadyTime now = m_parts.clock.now();
    std::optional<SteadyTime> next;
    for (const auto &[key, heard] : std::map(m_heard)) {
        if (heard.until <= now)
            forget(key);
        else if (!next || heard.until < *next)
            next = heard.until;
    }
    m_expire.reset();
    if (next)
        m_expire = m_parts.clock.startTimer(*next - now, [this] { expire(); });
}

void Fleet::complain(WordProblem problem, const QByteArray &key)
{
    if (!m_complained.insert(problem).second)
        return;
    const QString where = shownName(QString::fromUtf8(key)), redis = m_location.toText();
    emit told(problem == WordProblem::Newer
                  ? QStringLiteral(
                        "The fleet's Redis at %1 holds words of a newer version of this program (such as %2). They are "
                        "ignored; bring all gateways to one version.")
                        .arg(redis, where)
                  : QStringLiteral(
                        "The fleet's Redis at %1 holds values that are no words of a gateway (such as %2). They are "
                        "ignored; give the fleet a prefix of its own with ?prefix=NAME.")
                        .arg(redis, where));
}

} // namespace retryscope
