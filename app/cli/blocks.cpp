// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "base/timeformat.h"
#include "session.h"
#include "terminal.h"

#include "base/systemclock.h"
#include "base/userfiles.h"
#include "engine/keptblocks.h"

#include <QDateTime>

namespace retryscope::cli {
namespace {

WallTime now() { return SystemClock().wallNow(); }

QString whose(const KeptBlock &block)
{
    switch (block.scope) {
    case Scope::Account: return QStringLiteral("the account %1 of %2").arg(block.account, block.provider);
    case Scope::Model: return QStringLiteral("the model %1 of %2 (%3)").arg(block.model, block.provider, block.host);
    default: return QStringLiteral("%1 (%2)").arg(block.provider, block.host);
    }
}

QString lineOf(const KeptBlock &block)
{
    const QString until = QDateTime::fromMSecsSinceEpoch(block.until.time_since_epoch().count())
                              .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
    return QStringLiteral("%1  until %2, %3 more: %4\n")
        .arg(whose(block), until, formatDuration(block.until - now()), toKey(block.reason));
}

int lift(const QString &file, const KeptBlocks &all, const QString &id)
{
    KeptBlocks lifted = all;
    lifted.removeIf([&id](const KeptBlock &block) { return id != QLatin1String("all") && block.provider != id; });
    if (lifted.isEmpty()) {
        err(QStringLiteral("Nothing of \"%1\" is blocked. retryscope-cli blocks lists what is.").arg(id));
        return Usage;
    }
    if (const auto done = updateBlocks(file, {}, lifted, now()); !done) {
        err(done.error());
        return CannotStart;
    }
    return out(QStringLiteral("%1 lifted. A window that runs keeps its own; Release on the card lifts those.\n")
                   .arg(lifted.size()))
               ? Ok
               : OutputClosed;
}

} // namespace

int blocks(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Lists the quotas and long waits that outlive the program: what is not asked, and until when."));
    parser.addOptions({{QStringLiteral("lift"),
                        QStringLiteral("Take out those of the provider ID, such as after paying; all: every one."),
                        QStringLiteral("ID")},
                       {QStringLiteral("json"), QStringLiteral("As JSON Lines.")}});
    if (const auto code = parse(parser, arguments))
        return *code;
    if (!parser.positionalArguments().isEmpty()) {
        err(QStringLiteral(
                "\"%1\" is no option. retryscope-cli blocks --lift ID lifts what is blocked of one provider.")
                .arg(parser.positionalArguments().first()));
        return Usage;
    }
    const QString file = defaultBlocksPath();
    if (file.isEmpty()) {
        err(noDataFolder(QStringLiteral("What is blocked")));
        return CannotStart;
    }
    const LoadedBlocks loaded = loadBlocks(file, now());
    if (!loaded.problem.isEmpty())
        err(loaded.problem);
    if (parser.isSet(QStringLiteral("lift")))
        return lift(file, loaded.blocks, parser.value(QStringLiteral("lift")));
    const bool json = parser.isSet(QStringLiteral("json"));
    QString text;
    for (const KeptBlock &block : loaded.blocks)
        text += json ? line(toJson(block)) : lineOf(block);
    return out(text.isEmpty() && !json ? QStringLiteral("Nothing is blocked.\n") : text) ? Ok : OutputClosed;
}

} // namespace retryscope::cli
