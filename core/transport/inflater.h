// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>

#include <memory>

namespace retryscope {

/// Unpacks a gzip or deflate body as it comes. Checks no sum: TCP and TLS have done that.
class Inflater
{
public:
    enum class Format { Gzip, Deflate };
    explicit Inflater(Format format);
    Inflater(Inflater &&) noexcept;
    ~Inflater();
    /// Appends what these bytes unpack to; false: they cannot be unpacked.
    bool feed(QByteArrayView bytes, QByteArray *out);
    /// Everything was unpacked, or nothing came at all.
    bool atEnd() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace retryscope
