// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/keptblocks.h"

#include "base/timeformat.h"
#include "base/userfiles.h"
#include "engine/credentials.h"
#include "engine/targets.h"
#include "policy/retryafter.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLockFile>
#include <QSaveFile>

#include <algorithm>

namespace retryscope {
namespace {

constexpr qint64 largestFile = 1 << 20;
constexpr qsizetype mostBlocks = 1000, longestName = 300;
constexpr int lockMs = 2000, staleLockMs = 10'000;
constexpr auto sameTime = std::chrono::seconds(2); // two clocks that are read one after the other

/// Of the key that stands for the account; of the first where none does.
QString markOf(const ProviderConfig &provider, const QString &account)
{
    const auto credentials = resolveCredentials(provider, account);
    if (!credentials || credentials->key.isEmpty())
        return {};
    return QString::fromLatin1(
        QCryptographicHash::hash("retryscope " + credentials->key, QCryptographicHash::Sha256).left(2).toHex());
}

/// One that uses the account.
const ProviderConfig *userOf(const QString &account, const Configuration &configuration)
{
    for (const Target &target : targetsFor(configuration, {})) {
        if (toText(target.account.empty() ? target.provider : target.account) == account)
            return findProvider(configuration, toText(target.provider));
    }
    return nullptr;
}

/// As the file has it.
QJsonObject withMark(const KeptBlock &b)
{
    QJsonObject o = toJson(b);
    if (!b.keyMark.isEmpty())
        o[QLatin1String("key_mark")] = b.keyMark;
    return o;
}

std::optional<KeptBlock> blockFrom(const QJsonObject &o)
{
    const auto text = [&o](const char *key) { return o[QLatin1String(key)].toString().left(longestName); };
    const auto scope = scopeFromKey(toUtf8(text("scope")));
    const auto reason = retryReasonFromKey(toUtf8(text("reason")));
    const QDateTime until = QDateTime::fromString(text("until"), Qt::ISODateWithMs);
    if (!scope || *scope == Scope::Request || !reason || !until.isValid() || text("provider").isEmpty())
        return std::nullopt;
    return KeptBlock{*scope, text("provider"),
                     text("host"), text("model"), text("account"),
                     *reason, WallTime(std::chrono::milliseconds(until.toMSecsSinceEpoch())), text("key_mark")};
}

/// Over, or so far away that a clock was wrong.
bool isStale(const KeptBlock &block, WallTime now) { return block.until <= now || block.until - now > maxHint; }

KeptBlocks merged(const KeptBlocks &before, const KeptBlocks &blocks, const KeptBlocks &lifted, WallTime now)
{
    const auto find = [](const KeptBlocks &some, const KeptBlock &block) {
        return std::find_if(some.begin(), some.end(), [&](const KeptBlock &one) { return one.isOf(block); });
    };
    KeptBlocks all;
    for (const KeptBlock &old : before) {
        const auto fresh = find(blocks, old);
        if (fresh != blocks.end())
            all.append(fresh->until - old.until < sameTime && old.until - fresh->until < sameTime ? old : *fresh);
        else if (find(lifted, old) == lifted.end())
            all.append(old);
    }
    for (const KeptBlock &block : blocks) {
        if (find(before, block) == before.end())
            all.append(block);
    }
    all.removeIf([now](const KeptBlock &block) { return isStale(block, now); });
    return all;
}

QString unreadable(const QString &path, const QString &what)
{
    return QStringLiteral(
               "Blocks of earlier runs: %1 %2 It is ignored, and written anew when there is a block to keep.")
        .arg(path, what);
}

} // namespace

QJsonObject toJson(const KeptBlock &b)
{
    QJsonObject o{{QStringLiteral("scope"), toKey(b.scope)},
                  {QStringLiteral("provider"), b.provider},
                  {QStringLiteral("host"), b.host},
                  {QStringLiteral("reason"), toKey(b.reason)},
                  {QStringLiteral("until"), formatWallTime(b.until)}};
    if (!b.model.isEmpty())
        o[QLatin1String("model")] = b.model;
    if (!b.account.isEmpty())
        o[QLatin1String("account")] = b.account;
    return o;
}

bool KeptBlock::isOf(const KeptBlock &other) const
{
    return scope == other.scope
           && (scope == Scope::Account ? account == other.account
                                       : provider == other.provider && host == other.host && model == other.model);
}

std::optional<KeptBlock> keptFrom(const StandingBlock &block, const Configuration &configuration, SteadyTime now,
                                  WallTime wall)
{
    const ProviderConfig *provider = block.scope == Scope::Account ? userOf(toText(block.account), configuration)
                                                                   : findProvider(configuration, toText(block.provider));
    if (!provider || provider->simulated)
        return std::nullopt;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(block.until - now);
    const QString account = toText(block.account);
    return KeptBlock{block.scope, provider->id, provider->baseUrl.authority(), toText(block.model),
                     account,     block.reason, wall + left,                   markOf(*provider, account)};
}

Targets targetsOf(const KeptBlock &block, const Configuration &configuration)
{
    Targets targets;
    for (Target target : targetsFor(configuration, {})) {
        const ProviderConfig *provider = findProvider(configuration, toText(target.provider));
        const bool shared = block.scope == Scope::Account
                            && toText(target.account.empty() ? target.provider : target.account) == block.account;
        const bool named = block.scope != Scope::Account && provider->id == block.provider
                           && provider->baseUrl.authority() == block.host;
        if ((!shared && !named) || provider->simulated)
            continue;
        if (targets.empty() && markOf(*provider, toText(target.account)) != block.keyMark) // of the first, as it was kept
            return {};
        if (block.scope == Scope::Model)
            target.model = toUtf8(block.model);
        targets.push_back(target);
    }
    return targets;
}

LoadedBlocks loadBlocks(const QString &path, WallTime now)
{
    LoadedBlocks loaded;
    if (path.isEmpty() || !QFileInfo::exists(path))
        return loaded;
    const auto bytes = readRegularFile(path, largestFile);
    if (!bytes)
        return {{}, unreadable(path, bytes.error() + QLatin1Char('.'))};
    QJsonParseError error;
    const QJsonObject root = QJsonDocument::fromJson(*bytes, &error).object();
    const QJsonValue list = root[QLatin1String("blocks")];
    if (error.error != QJsonParseError::NoError)
        return {
            {},
            unreadable(path, QStringLiteral("is damaged at byte %1 (%2).").arg(error.offset).arg(error.errorString()))};
    if (root[QLatin1String("schema")] != QJsonValue(1) || !list.isArray())
        return {{}, unreadable(path, QStringLiteral("is no list of blocks that this version knows."))};
    int skipped = 0;
    for (const QJsonValue &value : list.toArray()) {
        const auto block = blockFrom(value.toObject());
        skipped += !block;
        if (block && !isStale(*block, now) && loaded.blocks.size() < mostBlocks)
            loaded.blocks.append(*block);
    }
    if (skipped > 0)
        loaded.problem =
            QStringLiteral("Blocks of earlier runs: %1 has %2 entries that are no blocks; they were skipped.")
                .arg(path)
                .arg(skipped);
    return loaded;
}

Expected<bool, QString> updateBlocks(const QString &path, const KeptBlocks &blocks, const KeptBlocks &lifted,
                                     WallTime now)
{
    const auto failed = [&path](const QString &why) {
        return Unexpected{QStringLiteral("What is blocked could not be kept in %1: %2. It is forgotten when the "
                                         "program ends; make the folder writable, or free some space.")
                              .arg(path, why)};
    };
    if (!makePrivateFolder(QFileInfo(path).path()))
        return failed(QStringLiteral("its folder cannot be made"));
    const QString lockPath = path + QStringLiteral(".lock");
    if (!isFileOrMissing(path) || !isFileOrMissing(lockPath)) // a pipe would be waited for
        return failed(QStringLiteral("it, or its .lock, is no regular file"));
    QLockFile lock(lockPath);
    lock.setStaleLockTime(staleLockMs);
    if (!lock.tryLock(lockMs))
        return failed(QStringLiteral("another program holds it"));
    const KeptBlocks before = loadBlocks(path, now).blocks;
    const KeptBlocks after = merged(before, blocks, lifted, now);
    if (after == before)
        return true;
    QJsonArray list;
    for (const KeptBlock &block : after)
        list.append(withMark(block));
    const QByteArray json = QJsonDocument(QJsonObject{{QStringLiteral("schema"), 1}, {QStringLiteral("blocks"), list}})
                                .toJson(QJsonDocument::Indented);
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner)
        || file.write(json) != json.size() || !file.commit())
        return failed(file.errorString());
    return true;
}

QString defaultBlocksPath()
{
    const QString folder = userDataFolder();
    return folder.isEmpty() ? QString() : folder + QStringLiteral("/blocks.json");
}

BlockKeeper::BlockKeeper(const QString &path, std::function<void(const QString &)> told)
    : m_path(path), m_told(std::move(told))
{
    m_pool.setMaxThreadCount(1);
}

BlockKeeper::~BlockKeeper() { m_pool.waitForDone(); }

void BlockKeeper::keep(const KeptBlocks &blocks, WallTime now)
{
    QMutexLocker lock(&m_mutex);
    const bool pending = m_next.has_value();
    if (!pending && blocks == m_known)
        return;
    m_next = blocks;
    m_now = now;
    if (!pending)
        m_pool.start([this] { write(); });
}

void BlockKeeper::write()
{
    KeptBlocks blocks, lifted;
    WallTime now;
    {
        QMutexLocker lock(&m_mutex);
        blocks = *std::exchange(m_next, std::nullopt);
        lifted = std::exchange(m_known, blocks);
        now = m_now;
    }
    const auto done = updateBlocks(m_path, blocks, lifted, now); // what is still blocked is put in again
    QMutexLocker lock(&m_mutex);
    if (std::exchange(m_failed, !done) != !done)
        m_told(done ? QString() : done.error());
}

} // namespace retryscope
