// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleetlink.h"

#include "fleet/fleetword.h"

#include <QRandomGenerator>

#include <algorithm>

namespace retryscope {
namespace {

/// Of one member's value: the name in its first line, the accounts in the second.
constexpr qsizetype longestPresence = 3000;

/// Says that this member is there, and answers with id and value of all that are.
const QByteArray beatScript = R"(
redis.call('SET', KEYS[2] .. ARGV[1], ARGV[2], 'PX', ARGV[3])
redis.call('SADD', KEYS[1], ARGV[1])
for i = 1, 4, 3 do redis.call('PEXPIRE', KEYS[i], 3456000000) end
redis.call('PUBLISH', KEYS[3], '!' .. ARGV[1])
local out = {}
for i, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local name = redis.pcall('GET', KEYS[2] .. id)
  if type(name) ~= 'string' then redis.call('SREM', KEYS[1], id)
  elseif #out < 1000 then out[#out + 1] = id; out[#out + 1] = string.sub(name, 1, 3100) end
end
return out)";

QByteArray inMs(Duration d)
{
    return QByteArray::number(qint64(std::chrono::duration_cast<std::chrono::milliseconds>(d).count()));
}

} // namespace

FleetKeys::FleetKeys(const QString &prefix, const QByteArray &member)
    : root(prefix.toUtf8() + ":1:"), words(root + "words"), members(root + "members"), presence(root + "m:"),
      own(root + "w:" + member + ':'), hands(root + "h:"), news(root + "news")
{}

FleetLink::FleetLink(Clock &clock, const FleetLocation &location, const FleetOptions &options, const FleetKeys &keys,
                     const QByteArray &member, Callbacks callbacks)
    : m_clock(clock), m_location(location), m_options(options), m_keys(keys), m_member(member),
      m_callbacks(std::move(callbacks)),
      m_commands([this](const QString &why) { m_ended = m_clock.startTimer(0s, [this, why] { lost(why); }); }),
      m_news([this](const QString &why) { m_ended = m_clock.startTimer(0s, [this, why] { lost(why); }); }),
      m_backoff(options.backoff)
{}

void FleetLink::start() { connectBoth(); }

void FleetLink::send(const QByteArrayList &words, RedisConnection::Done done)
{
    if (m_up)
        m_commands.send(words, std::move(done));
}

void FleetLink::connectBoth()
{
    m_answered = m_echoed = false;
    m_watch = m_clock.startTimer(m_options.silence, [this] { lost(QStringLiteral("it does not answer")); });
    m_commands.open(m_location);
    m_news.open(m_location);
    introduce(m_commands);
    if (m_location.database != 0)
        m_commands.send({"SELECT", QByteArray::number(m_location.database)}, [this](const RedisValue &answer) {
            if (answer.kind == RedisValue::Kind::Error)
                refused(answer.text);
        });
    introduce(m_news);
    m_news.onPush([this](const RedisValue &value) { onPush(value); });
    m_news.send({"SUBSCRIBE", m_keys.news}, [this](const RedisValue &answer) {
        if (answer.kind == RedisValue::Kind::Error)
            return refused(answer.text);
        beat(); // its echo shows that news come
    });
}

void FleetLink::introduce(RedisConnection &connection)
{
    if (m_location.passwordVariable.isEmpty())
        return;
    const QByteArray password = qgetenv(m_location.passwordVariable.toLatin1().constData());
    QByteArrayList words{"AUTH"};
    if (!m_location.user.isEmpty())
        words << m_location.user.toUtf8();
    connection.send(words << password, [this](const RedisValue &answer) {
        if (answer.kind == RedisValue::Kind::Error)
            refused(answer.text);
    });
}

/// Redis' own words are not repeated but for their first, which is a code.
void FleetLink::refused(const QByteArray &error)
{
    const QString code = shownName(QString::fromUtf8(error.left(40)).section(QLatin1Char(' '), 0, 0));
    const QString variable = m_location.passwordVariable;
    if (code != QLatin1String("NOAUTH") && code != QLatin1String("WRONGPASS") && code != QLatin1String("ERR"))
        return lost(QStringLiteral("it refuses with %1").arg(code));
    if (code == QLatin1String("NOAUTH"))
        return lost(QStringLiteral("it wants a password; add ?password=env:NAME"));
    lost(variable.isEmpty()
             ? QStringLiteral("it refuses a command (%1); the database may not be there").arg(code)
             : QStringLiteral("it refuses the password in the environment variable %1, or the database").arg(variable));
}

void FleetLink::beat()
{
    m_answered = m_echoed = false;
    m_watch = m_clock.startTimer(m_options.silence, [this] { lost(QStringLiteral("it does not answer")); });
    const Duration life = 3 * m_options.heartbeat + m_options.silence;
    m_commands.send({"EVAL", beatScript, "4", m_keys.members, m_keys.presence, m_keys.news, m_keys.words, m_member,
                     m_options.name.left(100).toUtf8() + '\n' + m_accounts, inMs(life)},
                    [this](const RedisValue &answer) { onBeat(answer); });
}

void FleetLink::setAccounts(const QStringList &hashes)
{
    const QByteArray line = hashes.join(QLatin1Char(' ')).toLatin1();
    m_accounts = line.size() <= longestPresence ? line : QByteArray();
}

void FleetLink::onBeat(const RedisValue &answer)
{
    if (answer.kind == RedisValue::Kind::Error)
        return refused(answer.text);
    m_members.clear();
    for (qsizetype i = 0; i + 1 < answer.list.size(); i += 2) {
        const QStringList lines = QString::fromUtf8(answer.list[i + 1].text).split(QLatin1Char('\n'));
        m_members.append({answer.list[i].text, shownName(lines[0]),
                          lines.value(1).split(QLatin1Char(' '), Qt::SkipEmptyParts)});
    }
    m_answered = true;
    heard();
}

/// A message is a list: "message", the channel, the text.
void FleetLink::onPush(const RedisValue &value)
{
    const QByteArray text =
        value.list.size() == 3 && value.list[0].text == "message" ? value.list[2].text : QByteArray();
    if (text == '!' + m_member) {
        m_echoed = true;
        heard();
    } else if (m_up && !text.isEmpty() && !text.startsWith('!')) {
        m_callbacks.news(text);
    }
}

void FleetLink::heard()
{
    if (!m_answered || !m_echoed)
        return;
    m_watch.reset();
    m_pulse = m_clock.startTimer(m_options.heartbeat, [this] { beat(); });
    m_backoff = m_options.backoff;
    m_why.clear();
    if (!std::exchange(m_up, true))
        m_callbacks.up();
    m_callbacks.beat();
}

void FleetLink::lost(const QString &why)
{
    m_commands.close();
    m_news.close();
    m_watch.reset();
    m_pulse.reset();
    m_ended.reset();
    m_members.clear();
    const Duration wait(qint64(double(m_backoff.count()) * (0.75 + QRandomGenerator::global()->bounded(0.5))));
    m_backoff = std::min(m_options.backoffMost, 2 * m_backoff);
    m_retry = m_clock.startTimer(wait, [this] { connectBoth(); });
    const bool wasUp = std::exchange(m_up, false);
    if (std::exchange(m_why, why) != why || wasUp)
        m_callbacks.down(why);
}

} // namespace retryscope
