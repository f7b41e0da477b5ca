// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>

#include <memory>

namespace retryscope {

/// Packs a body as gzip, piece by piece; each piece can be unpacked as soon as it has come. On any thread, one at a time.
class Gzip
{
public:
    Gzip();
    ~Gzip();
    QByteArray pack(QByteArrayView bytes);
    /// The last bytes; nothing may be packed afterwards.
    QByteArray end();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace retryscope
