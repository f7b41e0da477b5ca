// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"
#include "policy/providerfailoverhandler.h"

#include <QJsonObject>
#include <QMutex>
#include <QThreadPool>

#include <functional>

namespace retryscope {

/// A block by names and a time that outlive the program.
struct KeptBlock
{
    Scope scope = Scope::Provider;
    ProviderId provider;  ///< of an account: one that uses it
    QString host;         ///< of its base URL, with the port: the same id may mean another server elsewhere
    QString model;        ///< of a model
    QString account;      ///< of an account
    RetryReason reason = RetryReason::None;
    WallTime until{};
    QString keyMark;      ///< 16 bits that tell another key, and nothing of this one
    bool operator==(const KeptBlock &) const = default;
    /// They are about one thing, whatever they say of it.
    bool isOf(const KeptBlock &other) const;
};
using KeptBlocks = QVector<KeptBlock>;

/// Its names, reason and time, without the mark.
QJsonObject toJson(const KeptBlock &block);
/// As it is to be kept; none of a simulated provider or of one that is not configured.
std::optional<KeptBlock> keptFrom(const StandingBlock &block, const Configuration &configuration, SteadyTime now,
                                  WallTime wall);
/// The targets that the block shuts; none where provider, host or key are others now.
Targets targetsOf(const KeptBlock &block, const Configuration &configuration);

struct LoadedBlocks
{
    KeptBlocks blocks;    ///< that still hold
    QString problem;      ///< a sentence, where the file could not be read; it is then as if there were none
};
/// Never waits. A missing file holds none and is no problem.
LoadedBlocks loadBlocks(const QString &path, WallTime now);
/// Puts `blocks` into the file in place of those that it has of the same things, and takes `lifted` and what is over out of
/// it. Several programs may share it. Atomic; for this user only (0600). The error is a sentence.
Expected<bool, QString> updateBlocks(const QString &path, const KeptBlocks &blocks, const KeptBlocks &lifted,
                                     WallTime now);
/// Beside the user's other data; empty where there is no home folder.
QString defaultBlocksPath();

/// Keeps the blocks of one engine in the file, on a thread of its own. Any thread may call it.
class BlockKeeper
{
public:
    /// `told` is called on the thread that writes, with a sentence when it fails and empty when it works again.
    BlockKeeper(const QString &path, std::function<void(const QString &problem)> told);
    /// Waits for what is being written.
    ~BlockKeeper();
    /// All that hold now.
    void keep(const KeptBlocks &blocks, WallTime now);

private:
    void write();

    QString m_path;
    std::function<void(const QString &)> m_told;
    QThreadPool m_pool;
    QMutex m_mutex;             ///< guards what follows
    std::optional<KeptBlocks> m_next;
    WallTime m_now{};
    KeptBlocks m_known;         ///< of this engine, as last written
    bool m_failed = false;
};

} // namespace retryscope
