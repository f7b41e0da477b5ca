// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/gzip.h"

#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/crc.hpp>

#include <QtEndian>

namespace retryscope {

namespace zlib = boost::beast::zlib;

struct Gzip::State
{
    zlib::deflate_stream stream;
    boost::crc_32_type crc;
    quint32 size = 0;
    bool begun = false;

    QByteArray write(QByteArrayView bytes, zlib::Flush flush)
    {
        QByteArray out;
        if (!std::exchange(begun, true))
            out = QByteArray("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
        zlib::z_params z{};
        z.next_in = bytes.data();
        z.avail_in = std::size_t(bytes.size());
        char room[4 << 10];
        do {
            z.next_out = room;
            z.avail_out = sizeof room;
            boost::beast::error_code error;
            stream.write(z, flush, error);
            out.append(room, qsizetype(sizeof room - z.avail_out));
            if (error)
                break; // the end, or nothing more to come of these bytes
        } while (z.avail_in > 0 || z.avail_out == 0);
        return out;
    }
};

Gzip::Gzip() : m_state(std::make_unique<State>()) {}
Gzip::~Gzip() = default;

QByteArray Gzip::pack(QByteArrayView bytes)
{
    m_state->crc.process_bytes(bytes.data(), std::size_t(bytes.size()));
    m_state->size += quint32(bytes.size());
    return m_state->write(bytes, zlib::Flush::sync);
}

QByteArray Gzip::end()
{
    QByteArray out = m_state->write({}, zlib::Flush::finish);
    for (const quint32 word : {quint32(m_state->crc.checksum()), m_state->size}) {
        const quint32 little = qToLittleEndian(word);
        out.append(reinterpret_cast<const char *>(&little), sizeof little);
    }
    return out;
}

} // namespace retryscope
