// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fleet/redisreader.h"

#include <algorithm>
#include <vector>

#include <hiredis/hiredis.h>

namespace retryscope {
namespace {

RedisValue valueFrom(const redisReply &reply)
{
    RedisValue value;
    switch (reply.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        value.kind = reply.type == REDIS_REPLY_ERROR ? RedisValue::Kind::Error : RedisValue::Kind::Text;
        value.text = QByteArray(reply.str, qsizetype(reply.len));
        break;
    case REDIS_REPLY_INTEGER:
        value.kind = RedisValue::Kind::Number;
        value.number = reply.integer;
        break;
    case REDIS_REPLY_ARRAY:
        value.kind = RedisValue::Kind::List;
        for (std::size_t i = 0; i < reply.elements; ++i)
            value.list.append(valueFrom(*reply.element[i]));
        break;
    default: break;
    }
    return value;
}

} // namespace

QByteArray redisCommand(const QByteArrayList &words)
{
    std::vector<const char *> texts;
    std::vector<std::size_t> sizes;
    for (const QByteArray &word : words) {
        texts.push_back(word.constData());
        sizes.push_back(std::size_t(word.size()));
    }
    char *bytes = nullptr;
    const int size = redisFormatCommandArgv(&bytes, int(words.size()), texts.data(), sizes.data());
    QByteArray command(bytes, size < 0 ? 0 : size);
    redisFreeCommand(bytes);
    return command;
}

RedisReader::RedisReader() : m_reader(redisReaderCreate()) {}

RedisReader::~RedisReader() { redisReaderFree(m_reader); }

/// hiredis makes room for a list as soon as its length is told, which a few bytes may say to be gigabytes.
bool RedisReader::mayPass(QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        const qsizetype skipped = std::min<qsizetype>(m_skip, bytes.size());
        m_skip -= skipped;
        bytes = bytes.sliced(skipped);
        if (bytes.isEmpty())
            break;
        const qsizetype end = bytes.indexOf('\n');
        m_line += bytes.first(end < 0 ? bytes.size() : end + 1);
        const bool counts = m_line.startsWith('*') || m_line.startsWith('$'), whole = m_line.endsWith("\r\n");
        if (counts && m_line.size() > longestCount)
            return false;
        bytes = bytes.sliced(end < 0 ? bytes.size() : end + 1);
        if (!whole) {
            if (!counts && m_line.size() > 2)
                m_line.remove(1, m_line.size() - 2); // a line of text may be long
            continue;
        }
        const qint64 told = counts ? m_line.mid(1).trimmed().toLongLong() : 0;
        if (m_line.startsWith('*') && told > longestList)
            return false;
        if (m_line.startsWith('$') && told >= 0)
            m_skip = std::min(told, mostUnread) + 2; // the text, and its line's end
        m_line.clear();
    }
    return true;
}

void RedisReader::feed(const QByteArray &bytes)
{
    if (!m_problem.isEmpty())
        return;
    if (qint64(m_reader->len - m_reader->pos) + bytes.size() > mostUnread || !mayPass(bytes))
        m_problem = QStringLiteral("it sent more than anybody asked for");
    else
        redisReaderFeed(m_reader, bytes.constData(), std::size_t(bytes.size()));
}

std::optional<RedisValue> RedisReader::next()
{
    if (!m_problem.isEmpty())
        return std::nullopt;
    void *raw = nullptr;
    if (redisReaderGetReply(m_reader, &raw) != REDIS_OK)
        m_problem = QStringLiteral("it does not speak Redis' protocol");
    if (!raw)
        return std::nullopt;
    const RedisValue value = valueFrom(*static_cast<redisReply *>(raw));
    freeReplyObject(raw);
    return value;
}

} // namespace retryscope
