// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/inflater.h"

#include <boost/beast/zlib/inflate_stream.hpp>

#include <optional>

namespace retryscope {

namespace zlib = boost::beast::zlib;

namespace {

constexpr qsizetype headLimit = 64 << 10; ///< a gzip head with a file name and a comment; nobody sends one

/// The length of the head of a gzip body; none: it is not whole yet; -1: this is none.
std::optional<qsizetype> gzipHead(QByteArrayView bytes)
{
    constexpr char magic[] = {'\x1f', '\x8b', '\x08'};
    if (!bytes.startsWith(QByteArrayView(magic, qMin<qsizetype>(3, bytes.size()))))
        return -1;
    if (bytes.size() < 10)
        return std::nullopt;
    const auto flags = quint8(bytes[3]);
    qsizetype at = 10;
    if (flags & 4) {
        if (bytes.size() < at + 2)
            return std::nullopt;
        at += 2 + quint8(bytes[at]) + 256 * quint8(bytes[at + 1]);
    }
    for (const int text : {8, 16}) { // file name, comment
        if (flags & text) {
            const qsizetype end = at > bytes.size() ? -1 : bytes.indexOf('\0', at);
            if (end < 0)
                return std::nullopt;
            at = end + 1;
        }
    }
    at += flags & 2 ? 2 : 0;
    return at <= bytes.size() ? std::optional(at) : std::nullopt;
}

/// As gzipHead; a deflate body has a head of two bytes, and from some servers none.
std::optional<qsizetype> deflateHead(QByteArrayView bytes)
{
    if (bytes.size() < 2)
        return std::nullopt;
    return (quint8(bytes[0]) & 15) == 8 && (quint8(bytes[0]) * 256 + quint8(bytes[1])) % 31 == 0 ? 2 : 0;
}

} // namespace

struct Inflater::State
{
    Format format;
    zlib::inflate_stream stream;
    QByteArray head; ///< until it is whole
    bool headRead = false;
    bool done = false;

    bool unpack(QByteArrayView bytes, QByteArray *out)
    {
        zlib::z_params z{};
        z.next_in = bytes.data();
        z.avail_in = std::size_t(bytes.size());
        char room[16 << 10];
        while (!done) {
            z.next_out = room;
            z.avail_out = sizeof room;
            boost::beast::error_code error;
            stream.write(z, zlib::Flush::sync, error);
            out->append(room, qsizetype(sizeof room - z.avail_out));
            done = error == zlib::error::end_of_stream;
            if (error && !done)
                return error == zlib::error::need_buffers; // nothing more comes of these bytes
            if (z.avail_in == 0 && z.avail_out > 0)
                break;
        }
        return true;
    }
};

Inflater::Inflater(Format format) : m_state(std::make_unique<State>()) { m_state->format = format; }
Inflater::Inflater(Inflater &&) noexcept = default;
Inflater::~Inflater() = default;

bool Inflater::feed(QByteArrayView bytes, QByteArray *out)
{
    State &s = *m_state;
    if (s.headRead)
        return s.unpack(bytes, out);
    s.head.append(bytes.data(), bytes.size());
    const auto head = s.format == Format::Gzip ? gzipHead(s.head) : deflateHead(s.head);
    if (!head)
        return s.head.size() <= headLimit;
    if (*head < 0)
        return false;
    s.headRead = true;
    const QByteArray rest = std::exchange(s.head, {});
    return s.unpack(QByteArrayView(rest).sliced(*head), out);
}

bool Inflater::atEnd() const { return m_state->done || (!m_state->headRead && m_state->head.isEmpty()); }

} // namespace retryscope
