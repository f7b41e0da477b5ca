// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "desktopconfiguration.h"

#include "desktophistory.h"

#include "config/configurationdraft.h"
#include "config/modelissues.h"
#include "engine/localengineclient.h"
#include "mainwindow.h"
#include "notices/noticecenter.h"

#include <QDateTime>
#include <QTimer>

namespace retryscope {

namespace {

constexpr auto later = std::chrono::seconds(1); // the price data are read for it, on another thread until then

Configuration fallback(const QUrl &sandbox, WithoutFile without)
{
    Configuration configuration;
    if (without == WithoutFile::Simulate)
        configuration.providers = simulatedProviders(sandbox);
    return configuration;
}

} // namespace

DesktopConfiguration::DesktopConfiguration(const QString &path, const QUrl &sandbox, WithoutFile without, Parts parts)
    : m_file(path), m_sandbox(sandbox), m_without(without), m_parts(parts), m_draft(parts.window.configurationDraft())
{
    m_draft.setSandbox(sandbox);
}

void DesktopConfiguration::start()
{
    connect(&m_parts.window, &MainWindow::configurationApplied, this, &DesktopConfiguration::applied);
    m_draft.follow(&m_file, fallback(m_sandbox, m_without));
}

bool DesktopConfiguration::playSimulation()
{
    const Configuration simulated = fallback(m_sandbox, WithoutFile::Simulate);
    if (m_file.state() != ConfigurationFile::State::Missing) { // what the file says is not pushed aside
        Configuration draft = m_draft.draft();
        draft.providers = simulated.providers;
        m_draft.setDraft(draft);
        return false;
    }
    m_parts.engine.apply(simulated);
    m_parts.window.setConfiguration(simulated);
    if (m_draft.draft().providers.isEmpty())
        m_draft.discard();
    applied(simulated);
    return true;
}

void DesktopConfiguration::open()
{
    m_open = true;
    Catalogue::readAhead(); // not before the first page is painted: the window has better use for the cores
    loadPrices();
    connect(&m_file, &ConfigurationFile::changed, this, &DesktopConfiguration::loadPrices);
    applied(inForce());
}

void DesktopConfiguration::keepDraft()
{
    m_parts.window.keepDraftIn(ConfigurationDraft::defaultKeepPath(m_file.path()));
}

const Configuration &DesktopConfiguration::inForce() const { return m_draft.inForce(); }

Configuration DesktopConfiguration::expected(const QString &path, WithoutFile without)
{
    if (const auto bytes = readSmallFile(path, maxConfigurationSize)) {
        const LoadedConfiguration loaded = configurationFromJson(*bytes);
        if (!hasErrors(loaded.issues))
            return loaded.configuration;
    }
    return fallback(QUrl(QStringLiteral("http://127.0.0.1")), without);
}

void DesktopConfiguration::applied(const Configuration &configuration)
{
    if (!m_open)
        return;
    if (m_parts.history)
        m_parts.history->open(configuration.history);
    QTimer::singleShot(later, this, &DesktopConfiguration::checkModels);
}

/// Models that are gone or soon will be: on their cards, and once as a notice.
void DesktopConfiguration::checkModels()
{
    std::map<ProviderId, QString> warnings;
    QStringList sentences;
    for (const ProviderConfig &provider : inForce().providers) {
        const QString warning =
            provider.enabled ? modelWarning(provider, QDateTime::currentDateTimeUtc().date()) : QString();
        if (warning.isEmpty())
            continue;
        warnings[provider.id] = warning;
        sentences << warning;
    }
    m_parts.window.setModelWarnings(warnings);
    const QString key = QStringLiteral("models");
    if (sentences.isEmpty())
        m_parts.window.notices().close(key);
    else
        m_parts.window.notices().post(
            {key, WindowNotice::Kind::Warning, tr("A model ends"), sentences.join(QLatin1Char('\n')), {}, {}});
}

LoadedPrices DesktopConfiguration::prices(const QString &path)
{
    return retryscope::loadPrices(path.isEmpty() ? QString() : pricesFileBeside(path));
}

void DesktopConfiguration::loadPrices()
{
    const LoadedPrices prices = DesktopConfiguration::prices(m_file.path());
    if (m_file.path().isEmpty())
        return usePrices(prices.prices);
    const QString file = pricesFileBeside(m_file.path());
    m_parts.window.showNotice(
        prices.issues.isEmpty()
            ? QString()
            : tr("%1: %2: %3").arg(file, prices.issues.first().where, prices.issues.first().message));
    usePrices(prices.prices);
}

void DesktopConfiguration::usePrices(const PriceList &prices)
{
    m_parts.engine.setPrices(prices);
    m_parts.window.setPrices(prices);
}

} // namespace retryscope
