// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "checklive.h"

#include "base/timeformat.h"
#include "session.h"
#include "terminal.h"

#include "engine/checkrunner.h"
#include "engine/targets.h"
#include "sandbox/sandbox.h"
#include "words/callwords.h"
#include "words/checkwords.h"

#include <QEventLoop>
#include <QTimer>

#include <map>

namespace retryscope::cli {
namespace {

constexpr int stageWidth = 14;

/// Those that are named, else all that are enabled. None: a name is not known, and it has been said.
std::optional<ProviderConfigs> chosen(const Configuration &configuration, const QStringList &names)
{
    ProviderConfigs providers;
    for (const QString &name : names.isEmpty() ? QStringList(enabledProviders(configuration)) : names) {
        const ProviderConfig *provider = findProvider(configuration, name);
        if (!provider) {
            QStringList known;
            for (const ProviderConfig &p : configuration.providers)
                known << p.id;
            err(QStringLiteral("No provider is called \"%1\". There are: %2.")
                    .arg(name, known.join(QStringLiteral(", "))));
            return std::nullopt;
        }
        providers.append(*provider);
    }
    return providers;
}

/// The verdict on one provider and its stages, each on a line, with what was said and what to write below it.
QString told(const CheckReport &report, const ProviderConfig &provider)
{
    QString text = QStringLiteral("%1 (%2): %3\n").arg(provider.id, provider.model, verdictSentence(report));
    for (int i = 0; i < checkStageCount; ++i) {
        const auto stage = CheckStage(i);
        const CheckStep &step = report.at(stage);
        const QString took = step.took ? QStringLiteral("  %1").arg(formatDuration(*step.took)) : QString();
        text += QStringLiteral("  %1 %2 %3%4\n")
                    .arg(checkGlyph(report, stage), toLabel(stage).leftJustified(stageWidth),
                         foundSentence(report, stage, provider), took);
        const bool tells = step.state == CheckState::Failed || step.finding == CheckFinding::NoModelList;
        for (const QString &more : {tells ? step.said : QString(), mendSentence(report, stage, provider)}) {
            for (const QString &one : more.split(QLatin1Char('\n'), Qt::SkipEmptyParts))
                text += QString(stageWidth + 5, QLatin1Char(' ')) + one + QLatin1Char('\n');
        }
    }
    return text;
}

} // namespace

int checkLive(Configuration configuration, const LiveCheck &options)
{
    std::unique_ptr<Sandbox> sandbox;
    if (std::any_of(configuration.providers.begin(), configuration.providers.end(),
                    [](const ProviderConfig &p) { return p.simulated; })) {
        sandbox = std::make_unique<Sandbox>();
        const auto port = sandbox->start();
        if (!port) {
            err(port.error());
            return CannotStart;
        }
        bindToSandbox(&configuration.providers, QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*port)));
    }
    const auto providers = chosen(configuration, options.providers);
    if (!providers)
        return Usage;
    const PriceList prices = loadPrices(pricesFileBeside(options.file)).prices;
    const WallTime now = std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
    for (const ProviderConfig &provider : *providers) {
        if (!options.json)
            err(QStringLiteral("%1: %2").arg(provider.id, costSentence(costOfCheck(provider, prices, now), provider)),
                Priority::Information);
    }
    CheckRunner runner(options.transport);
    std::map<ProviderId, CheckReport> reports;
    QEventLoop loop;
    QTimer timer;
    QObject::connect(&runner, &CheckRunner::changed, &loop, [&](const CheckReport &report) {
        reports[report.provider] = report;
        if (!runner.isRunning())
            loop.quit();
    });
    pollUntil(loop, timer, [&] {
        if (stopRequested()) {
            for (const ProviderConfig &provider : *providers)
                runner.stop(provider.id);
        }
        return false;
    });
    for (const ProviderConfig &provider : *providers)
        runner.start(provider);
    if (runner.isRunning())
        loop.exec();
    bool passed = true;
    for (const ProviderConfig &provider : *providers) {
        const CheckReport &report = reports[provider.id];
        passed &= isUsable(verdictOf(report));
        if (!out(options.json ? line(toJson(report, provider)) : told(report, provider)))
            return OutputClosed;
    }
    return stopRequested() ? Stopped : passed ? Ok : CallFailed;
}

} // namespace retryscope::cli
