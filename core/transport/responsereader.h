// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/inflater.h"
#include "transport/transport.h"

#include <optional>

namespace retryscope {

/// | field   | what                                                     | unit      | default |
/// | head    | status line and headers, interim (1xx) answers included  | bytes     | 64 KB   |
/// | line    | one line of chunked framing                              | bytes     | 4 KB    |
/// | interim | 1xx answers before the answer                            | answers   | 32      |
struct ResponseLimits
{
    qsizetype head = 64 << 10;
    qsizetype line = 4 << 10;
    int interim = 32;
};

/// Who takes off the framing of a body: the reader, or whoever feeds it (the body is whole then at end()).
enum class Framing { OnTheWire, TakenOff };

/// Reads the one response of a connection from its bytes, split anywhere: skips every interim (1xx) answer, takes off
/// chunked framing and gzip or deflate. Holds no more than `limits` allow, whatever a server sends. Knows no socket.
class ResponseReader
{
public:
    explicit ResponseReader(ResponseLimits limits = {}, Framing framing = Framing::OnTheWire)
        : m_limits(limits), m_framing(framing)
    {}
    /// Reads on, appends what belongs to the body, and gives back how many bytes it took: it stops after the head and
    /// after the end. What comes after the end is surplus, and nobody's.
    qsizetype feed(QByteArrayView bytes, QByteArray *body);
    /// The connection has ended.
    void end();
    /// None until the head of the answer is whole.
    const std::optional<HttpHead> &head() const { return m_head; }
    bool whole() const { return m_state == State::Whole; }
    bool failed() const { return m_failure != TransportFailure::None; }
    TransportFailure failure() const { return m_failure; }
    /// A sentence about the failure.
    QString problem() const { return m_problem; }
    /// A small piece of input may become a thousand times as much.
    bool compressed() const { return m_inflater.has_value(); }

private:
    enum class State { Status, Headers, Counted, UntilClose, ChunkSize, ChunkData, ChunkEnd, Trailer, Whole };
    bool takeLine(QByteArrayView *bytes);
    void readLine();
    void readStatus();
    void readHeader();
    void headIsRead();
    void framing();
    void readChunkSize();
    void takeBody(QByteArrayView *bytes, QByteArray *body);
    void bodyIsRead();
    void fail(TransportFailure failure, const char *problem);

    ResponseLimits m_limits;
    Framing m_framing;
    State m_state = State::Status;
    QByteArray m_line;
    qsizetype m_headSize = 0; ///< bytes of heads and trailers
    int m_interim = 0;
    HttpHead m_reading;
    std::optional<HttpHead> m_head;
    std::optional<Inflater> m_inflater;
    qint64 m_left = 0; ///< of the counted body or of the chunk
    TransportFailure m_failure = TransportFailure::None;
    QString m_problem;
};

} // namespace retryscope
