// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rehearsal.h"

#include <QUrl>

#include <memory>

namespace retryscope {

class LocalEngineClient;
class MainWindow;

/// From the start to the first painted page: the window is shown when the rehearsal has been played, with what it means, so
/// that the first page is a true one.
class Opening final : public QObject
{
    Q_OBJECT
public:
    struct Parts
    {
        LocalEngineClient &engine;
        MainWindow &window;
        std::function<const Configuration &()> configuration; ///< what is in force
    };
    /// Takes a rehearsal that has begun.
    Opening(Parts parts, std::unique_ptr<Rehearsal> rehearsal, quint64 seed, QUrl sandbox);

signals:
    /// What was rehearsed has been handed to the engine: calls can be sent.
    void begun();
    /// The first page is painted: what nobody sees of it may come now.
    void opened();

private:
    void wait();
    void onPlayed(const Rehearsed &rehearsed);

    Parts m_parts;
    std::unique_ptr<Rehearsal> m_rehearsal;
    quint64 m_seed;
    QUrl m_sandbox;
};

} // namespace retryscope
