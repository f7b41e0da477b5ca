// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet.h"

#include "base/timeformat.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QUuid>

#include <algorithm>

namespace retryscope {
namespace {

constexpr Duration gatherPace = 100ms; ///< between two looks at what the engine has learned
constexpr Duration limitPace = 1s;     ///< between two words on one account's limits, unless nothing is left
constexpr Duration sameEnd = 2s;       ///< two ends that are as good as one
constexpr Duration handLife = 24h;     ///< of what a person did, kept alive by all who obey it
constexpr Duration handPace = 10min;
constexpr Duration apart = 1min; ///< without Redis the others are taken to be there for so long

bool nothingLeft(const FleetWord &word)
{
    return word.wait > 0s || std::any_of(word.limits.begin(), word.limits.end(), [](const LimitWindow &w) {
               return w.remaining == 0;
           });
}

} // namespace

Fleet::Fleet(Parts parts, const FleetLocation &location, const FleetOptions &options, QObject *parent)
    : QObject(parent), m_parts(parts), m_location(location), m_options(options),
      m_member(QUuid::createUuid().toByteArray(QUuid::Id128)), m_keys(location.prefix, m_member),
      m_link(parts.clock, location, options, m_keys, m_member,
             {[this] { onUp(); }, [this](const QString &why) { onDown(why); },
              [this](const QByteArray &key) {
                  m_toRead.insert(key);
                  if (!m_read)
                      m_read = m_parts.clock.startTimer(0s, [this] { readSome(); });
              },
              [this] { onBeat(); }})
{
    m_since = parts.clock.wallNow();
    m_why = QStringLiteral("not yet");
    introduce();
    parts.engine.events().subscribe([weak = std::weak_ptr(m_self)](const Event &event) {
        if (const auto self = weak.lock())
            (*self)->onEvent(event);
    });
    parts.engine.watchHand([this](Hand hand, const ProviderId &provider) { onHand(hand, provider); });
    m_link.start();
}

Fleet::~Fleet()
{
    m_self.reset();
    m_parts.engine.watchHand({});
}

QJsonObject Fleet::status() const
{
    QStringList members;
    for (const FleetMember &member : m_link.members())
        members.append(member.name);
    members.sort();
    QJsonObject o{{QStringLiteral("redis"), m_location.toText()},
                  {QStringLiteral("tls"), m_location.tls},
                  {QStringLiteral("connected"), m_link.isUp()},
                  {QStringLiteral("since"), formatWallTime(m_since)},
                  {QStringLiteral("name"), m_options.name},
                  {QStringLiteral("members"), QJsonArray::fromStringList(members)},
                  {QStringLiteral("words"), qint64(m_heard.size())}};
    if (!m_link.isUp())
        o[QLatin1String("why")] = m_why;
    return o;
}

void Fleet::onEvent(const Event &event)
{
    if (event.kind == EventKind::CircuitChanged || event.kind == EventKind::AttemptFinished)
        gatherSoon();
    if (event.kind != EventKind::ConfigurationApplied)
        return;
    introduce();
    deal(false);
    m_read = m_parts.clock.startTimer(0s, [this] { // providers may be new here
        for (const auto &[key, heard] : m_heard) {
            if (heard.word.kind != FleetWord::Kind::Circuit)
                use(heard);
        }
        for (const auto &[key, word] : std::map(m_hands)) {
            for (const ProviderId &id :
                 word.hand == Hand::Isolate ? m_directory.providersOf(word) : QVector<ProviderId>())
                m_parts.engine.hear(Hand::Isolate, id, word.by);
        }
        readSome();
    });
}

void Fleet::onUp()
{
    m_since = m_parts.clock.wallNow();
    m_why.clear();
    if (std::exchange(m_saidAway, false))
        emit told(QStringLiteral("The fleet's Redis at %1 is there again.").arg(m_location.toText()));
    readAll();
}

void Fleet::onDown(const QString &why)
{
    if (m_why.isEmpty())
        m_since = m_parts.clock.wallNow();
    m_why = why;
    m_toRead.clear();
    m_told.clear();
    if (!m_alone)
        m_alone = m_parts.clock.startTimer(apart, [this] { deal(true); });
    if (!std::exchange(m_saidAway, true))
        emit told(QStringLiteral(
                      "The fleet's Redis at %1 is away: %2. This gateway goes on alone, and tries again by itself.")
                      .arg(m_location.toText(), why));
}

void Fleet::onBeat()
{
    m_alone.reset();
    deal(false);
    gatherSoon();
    keepHands();
}

void Fleet::introduce()
{
    m_directory.configure(m_parts.engine.configuration());
    QStringList hashes;
    for (const auto &[hash, names] : m_directory.accounts())
        hashes.append(hash);
    m_link.setAccounts(hashes);
}

/// Each account's limits are shared evenly by those that ask with it, in the order of their ids, which all see alike. Who
/// does not say with which it asks is counted everywhere: too little rather than too much.
void Fleet::deal(bool alone)
{
    if (!alone && !m_link.isUp())
        return;
    for (const auto &[hash, names] : m_directory.accounts()) {
        LimitShare share;
        for (const FleetMember &member : m_link.members()) {
            const bool asks = member.accounts.isEmpty() || member.accounts.contains(hash);
            if (!asks || member.id == m_member)
                continue;
            ++share.of;
            share.place += member.id < m_member;
        }
        for (const QString &account : names)
            m_parts.engine.shareLimits(account, share);
    }
}

/// Whoever obeys a person's word keeps it alive, so that it outlives the gateway at which it was said.
void Fleet::keepHands()
{
    const SteadyTime now = m_parts.clock.now();
    if (now - m_handsKept < handPace)
        return;
    m_handsKept = now;
    for (const auto &[key, word] : m_hands) {
        if (word.hand == Hand::Isolate && !m_directory.providersOf(word).isEmpty())
            m_link.send(
                {"PEXPIRE", key,
                 QByteArray::number(qint64(std::chrono::duration_cast<std::chrono::milliseconds>(handLife).count()))});
    }
}

// What we say.

void Fleet::gatherSoon()
{
    if (m_gather || !m_link.isUp())
        return;
    const Duration since = m_parts.clock.now() - m_gathered;
    m_gather = m_parts.clock.startTimer(std::max<Duration>(0s, gatherPace - since), [this] {
        m_gather.reset();
        gather();
    });
}

/// Tells what is new, and takes back what holds no more.
void Fleet::gather()
{
    if (!m_link.isUp() || !m_synced)
        return;
    const SteadyTime now = m_gathered = m_parts.clock.now();
    std::set<QByteArray> standing;
    for (const Learned &learned : m_parts.engine.learned()) {
        auto word = m_directory.wordFor(learned);
        if (!word || isHearsay(*word, now + word->life))
            continue;
        word->member = QString::fromLatin1(m_member);
        word->by = m_options.name;
        const QByteArray key = m_keys.own + keyOf(*word);
        standing.insert(key);
        if (word->kind == FleetWord::Kind::Circuit && learned.left <= 0s)
            continue; // its time is over, but we do not know better yet
        const auto before = m_told.find(key);
        if (before == m_told.end() || isNews(before->second, *word, now + word->life))
            tell(key, *word);
    }
    for (auto it = m_told.begin(); it != m_told.end();) {
        const bool over = !standing.contains(it->first);
        if (over)
            withdraw(it->first);
        it = over ? m_told.erase(it) : std::next(it);
    }
}

/// It only repeats what somebody else has said.
bool Fleet::isHearsay(const FleetWord &word, SteadyTime until) const
{
    return std::any_of(m_heard.begin(), m_heard.end(), [&](const auto &row) {
        const FleetWord &said = row.second.word;
        if (!said.isOf(word) || row.second.until + sameEnd < until || word.wait > said.wait + sameEnd)
            return false;
        if (word.kind == FleetWord::Kind::Circuit)
            return false; // ours is open because we have tried it
        return std::all_of(word.limits.begin(), word.limits.end(), [&](const LimitWindow &w) {
            return std::any_of(said.limits.begin(), said.limits.end(), [&](const LimitWindow &other) {
                return other.kind == w.kind && other.remaining <= w.remaining;
            });
        });
    });
}

bool Fleet::isNews(const Told &before, const FleetWord &word, SteadyTime until) const
{
    const Duration shift = until - before.until;
    if (word.kind != FleetWord::Kind::Limits)
        return shift > sameEnd || shift < -sameEnd || word.reason != before.word.reason;
    if (nothingLeft(word) && !nothingLeft(before.word))
        return true;
    const auto remaining = [](const FleetWord &w) {
        QVector<qint64> all;
        for (const LimitWindow &limit : w.limits)
            all.append(limit.remaining.value_or(-1));
        return all;
    };
    const bool waits = word.wait > before.word.wait + sameEnd;
    return m_parts.clock.now() - before.at >= limitPace
           && (shift > sameEnd || waits || remaining(word) != remaining(before.word));
}

void Fleet::tell(const QByteArray &key, const FleetWord &word)
{
    const SteadyTime now = m_parts.clock.now();
    if (word.kind != FleetWord::Kind::Hand) // which the engine does not repeat, and which stays
        m_told[key] = {word, now + word.life, now};
    const qint64 ms = std::chrono::duration_cast<std::chrono::milliseconds>(word.life).count();
    m_link.send({"SADD", m_keys.words, key});
    m_link.send({"SET", key, toJson(word), "PX", QByteArray::number(std::max<qint64>(1, ms))});
    m_link.send({"PUBLISH", m_keys.news, key});
}

void Fleet::withdraw(const QByteArray &key)
{
    m_link.send({"DEL", key});
    m_link.send({"SREM", m_keys.words, key});
    m_link.send({"PUBLISH", m_keys.news, key});
}

void Fleet::onHand(Hand hand, const ProviderId &provider)
{
    if (hand == Hand::Release)
        forgetOf(provider, true);
    if (m_synced && m_link.isUp())
        return tellHand(hand, provider);
    m_untold.removeIf([&](const auto &one) { return one.second == provider; });
    m_untold.append({hand, provider});
}

/// Under every key under which somebody has said it of this provider, so that one word stands and not two.
void Fleet::tellHand(Hand hand, const ProviderId &provider)
{
    auto word = m_directory.wordFor(hand, provider);
    if (!word)
        return;
    word->member = QString::fromLatin1(m_member);
    word->by = m_options.name;
    word->life = handLife;
    word->act = QString::fromLatin1(QUuid::createUuid().toByteArray(QUuid::Id128));
    std::map<QByteArray, FleetWord> all{{m_keys.hands + keyOf(*word), *word}};
    for (const auto &[key, said] : m_hands) {
        if (m_directory.providersOf(said).contains(provider)) {
            FleetWord same = *word;
            same.provider = said.provider;
            all[key] = same;
        }
    }
    for (const auto &[key, one] : all) {
        m_hands[key] = one;
        tell(key, one);
    }
    if (hand == Hand::Release)
        gatherSoon();
}

QByteArray Fleet::keyOf(const FleetWord &word) const
{
    const QString what = QStringList{QString::number(int(word.kind)),
                                     toKey(word.scope),
                                     word.at,
                                     word.account,
                                     word.model,
                                     word.kind == FleetWord::Kind::Hand ? word.provider : QString()}
                             .join(QLatin1Char('\n'));
    return QCryptographicHash::hash(what.toUtf8(), QCryptographicHash::Sha256).left(12).toHex();
}

} // namespace retryscope
