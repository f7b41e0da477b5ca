// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configurationfile.h"
#include "pricing/pricelist.h"

namespace retryscope {

class ConfigurationDraft;
class DesktopHistory;
class LocalEngineClient;
class MainWindow;

/// What is in force where there is no file.
enum class WithoutFile : quint8 {
    Ask,      ///< nothing, until a person has chosen
    Simulate, ///< the simulated providers
};

/// Joins the configuration file and the price list beside it to the window, the engine and the history.
class DesktopConfiguration final : public QObject
{
    Q_OBJECT
public:
    struct Parts
    {
        LocalEngineClient &engine;
        MainWindow &window;
        DesktopHistory *history; ///< may be null
    };
    /// `sandbox` is where simulated providers are served. The parts must outlive this.
    DesktopConfiguration(const QString &path, const QUrl &sandbox, WithoutFile without, Parts parts);
    /// Puts the configuration in force and follows the file from now on.
    void start();
    /// Opens the history and reads the prices, for which the first page does not wait.
    void open();
    /// Puts the simulated providers in force; a person has chosen them. Where there is a file they only come into the draft,
    /// and it says false.
    bool playSimulation();
    /// Keeps an unapplied draft over restarts.
    void keepDraft();
    const Configuration &inForce() const;
    /// What start() will put in force, but for the port of the simulated providers. Reads the file; on any thread.
    static Configuration expected(const QString &path, WithoutFile without);
    /// The built-in list with the one beside the configuration file laid over it. Reads the file; on any thread.
    static LoadedPrices prices(const QString &path);

private:
    void applied(const Configuration &configuration);
    void loadPrices();
    void usePrices(const PriceList &prices);
    void checkModels();

    ConfigurationFile m_file;
    QUrl m_sandbox;
    WithoutFile m_without;
    Parts m_parts;
    ConfigurationDraft &m_draft;
    bool m_open = false;
};

} // namespace retryscope
