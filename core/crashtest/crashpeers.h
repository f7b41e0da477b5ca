// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crashtest/crashresult.h"

#include <QMap>

namespace retryscope {

/// What one case came to for an SDK.
struct CrashPeerResult
{
    CrashVerdict verdict = CrashVerdict::Pass;
    int requests = 0; ///< that reached the provider
    double took = 0;  ///< s
};

/// A vendor's SDK with its defaults, in the cases that one provider can play.
struct CrashPeer
{
    QString label, package, version;
    std::optional<int> score;
    QMap<QString, CrashPeerResult> cases; ///< by the case's key
};

/// How the official SDKs did in the same cases, as tests/sdk/crashtest-sdks.mjs measured it once.
struct CrashPeers
{
    QString measured; ///< the day
    QString node;     ///< the version of Node that they ran on
    QVector<CrashPeer> peers;
};

/// None where the text is no such file.
CrashPeers crashPeersFromJson(const QByteArray &json);
/// Those that come with the program.
const CrashPeers &crashPeers();

} // namespace retryscope
