// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/exchangerecord.h"
#include "models/exportjob.h"
#include "protocols/provider.h"
#include "telemetry/event.h"

#include <QObject>

class QMenu;

namespace retryscope {

/// What an answer column offers to take away.
struct Shared
{
    Prompt prompt;
    std::optional<ProviderConfig> provider; ///< none: nobody to ask
    Events events;                          ///< of its call; none: nothing was sent
    ExchangeRecords exchanges = {};         ///< what went over the wire; none: only what the events tell
};

/// Takes one request elsewhere: as cURL, Python or JavaScript on the clipboard, with the key as a variable, or as a HAR file.
/// Says what it did, in a sentence, and never with a key.
class ShareActions : public QObject
{
    Q_OBJECT
public:
    using Source = std::function<Shared()>;
    /// Adds its actions to the menu, which owns it.
    ShareActions(QMenu *menu, Source source);
    void setPathChooser(PathChooser chooser) { m_choosePath = std::move(chooser); }

signals:
    void said(const QString &sentence);

private:
    void copyAs(int language);
    void saveHar();
    QMenu *m_menu;
    Source m_source;
    PathChooser m_choosePath = filePathChooser();
    ExportJob m_job;
};

} // namespace retryscope
