// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <QHostAddress>

namespace retryscope {

/// A client's connection below HTTP. Its owner is told from the event loop, but for abort(), and must outlive that: it may
/// go later, or where nothing of the socket runs.
class ClientSocket
{
public:
    class Owner
    {
    public:
        /// There may be something to read.
        virtual void onReadable() = 0;
        /// The client took something that had waited for it.
        virtual void onWritten() = 0;
        /// It left, or was left. Once; nothing follows.
        virtual void onGone() = 0;
        /// A handshake is through.
        virtual void onReady() = 0;
        /// Whether it reads what there is. A client that closes its side while nobody reads it has left.
        virtual bool awaitsInput() const = 0;

    protected:
        ~Owner() = default;
    };

    virtual ~ClientSocket() = default;
    /// Neither gone nor about to be.
    virtual bool isConnected() const = 0;
    virtual QHostAddress localAddress() const = 0;
    /// What read() gives may be none.
    virtual bool hasInput() const = 0;
    /// Bytes that were read; 0: there are none.
    virtual qint64 read(char *into, qint64 size) = 0;
    /// Kept of a client that nobody reads, at most. Without TLS the system keeps it.
    virtual void setReadAhead(qint64 bytes) = 0;
    /// Goes out in this round of the event loop or the next one.
    virtual void write(QByteArrayView bytes) = 0;
    /// What was written goes out now, as far as the client takes it.
    virtual void flush() = 0;
    /// What was written and not taken yet, encrypted or not. Bytes.
    virtual qint64 backlog() const = 0;
    /// Closes behind what is still to be written; at once where a handshake is not through.
    virtual void leave() = 0;
    virtual void abort() = 0;
    /// Has the client see a reset; what was not taken is lost.
    virtual void reset() = 0;
};

} // namespace retryscope
