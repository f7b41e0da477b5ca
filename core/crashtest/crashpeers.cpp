// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "crashtest/crashpeers.h"

#include "base/coreresources.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace retryscope {
namespace {

std::optional<CrashVerdict> verdictFromKey(const QString &key)
{
    for (int v = 0; v < crashVerdictCount; ++v) {
        if (key == toKey(CrashVerdict(v)))
            return CrashVerdict(v);
    }
    return std::nullopt;
}

} // namespace

CrashPeers crashPeersFromJson(const QByteArray &json)
{
    const QJsonObject file = QJsonDocument::fromJson(json).object();
    if (file[QLatin1String("kind")].toString() != QLatin1String("retryscope.crashtest_sdks"))
        return {};
    CrashPeers all{file[QLatin1String("measured")].toString(), file[QLatin1String("node")].toString(), {}};
    for (const QJsonValue &sdk : file[QLatin1String("sdks")].toArray()) {
        CrashPeer peer{sdk[QLatin1String("label")].toString(),
                       sdk[QLatin1String("package")].toString(),
                       sdk[QLatin1String("version")].toString(),
                       {},
                       {}};
        if (const QJsonValue score = sdk[QLatin1String("score")]; score.isDouble())
            peer.score = score.toInt();
        const QJsonObject cases = sdk[QLatin1String("cases")].toObject();
        for (auto it = cases.begin(); it != cases.end(); ++it) {
            const QJsonObject one = it->toObject();
            if (const auto verdict = verdictFromKey(one[QLatin1String("verdict")].toString());
                verdict && *verdict != CrashVerdict::LeftOut)
                peer.cases[it.key()] = {*verdict, one[QLatin1String("requests")].toInt(),
                                        one[QLatin1String("took_s")].toDouble()};
        }
        all.peers.append(peer);
    }
    return all;
}

const CrashPeers &crashPeers()
{
    static const CrashPeers shipped = [] {
        loadCoreResources();
        QFile file(QStringLiteral(":/retryscope/crashtest-sdks.json"));
        return file.open(QIODevice::ReadOnly) ? crashPeersFromJson(file.readAll()) : CrashPeers{};
    }();
    return shipped;
}

} // namespace retryscope
