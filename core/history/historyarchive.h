// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "history/historyreader.h"

#include <memory>

namespace retryscope {

/// Reads a history at once, on the calling thread, without a store: for programs that only look. Makes no history where
/// there is none; one of an earlier version is brought up to date.
class HistoryArchive
{
public:
    explicit HistoryArchive(const HistoryLocation &location);

    /// False when there is no file, and so no past. A server is asked only when it is opened.
    bool exists() const;
    /// The sentence when it cannot be read; empty when it can.
    QString open();
    /// After open().
    HistoryReader &reader() { return *m_reader; }
    QString place() const { return m_shared.location.toText(); }

private:
    HistoryShared m_shared;
    std::unique_ptr<HistoryReader> m_reader;
};

} // namespace retryscope
