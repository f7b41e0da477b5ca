// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "telemetry/event.h"

#include <QHash>
#include <QUrl>

#include <functional>
#include <memory>

namespace retryscope {

/// What events can be saved as. JsonLines is the whole event; Csv a row an event; Har (1.2) an entry an attempt.
enum class EventFormat : quint8 { JsonLines, Csv, Har };

struct ExportOptions
{
    QHash<ProviderId, QUrl>
        endpoints; ///< Har: where attempts went, since events do not say; a provider that is missing gets a reserved address
    QString version;                   ///< Har: of this program
};

/// Encodes events one by one, so that a long list needs little memory. Credentials in headers, addresses and texts
/// become "REDACTED", also where an event should never have held one.
class EventEncoder
{
public:
    virtual ~EventEncoder() = default;
    virtual QByteArray begin() = 0;
    virtual QByteArray add(const Event &event) = 0;
    virtual QByteArray end() = 0;
    static std::unique_ptr<EventEncoder> make(EventFormat format, const ExportOptions &options = {});
};

QByteArray encode(const Events &events, EventFormat format, const ExportOptions &options = {});
/// The name's usual ending: "jsonl", "csv", "har".
QString suffixOf(EventFormat format);

/// Is told how much is done, 0..1; false stops the export.
using ExportProgress = std::function<bool(double done)>;
/// Writes the file atomically: all of it or the one that was there. The value is its size in bytes, the error a sentence.
Expected<qint64, QString> exportEvents(const Events &events, EventFormat format, const QString &path,
                                       const ExportOptions &options = {}, const ExportProgress &progress = {});
/// As above, of `count` events that are made one by one, so that they need no memory together.
Expected<qint64, QString> exportEvents(qsizetype count, const std::function<Event(qsizetype)> &eventAt,
                                       EventFormat format, const QString &path, const ExportOptions &options = {},
                                       const ExportProgress &progress = {});
/// As above, for text that is ready.
Expected<qint64, QString> writeFile(const QByteArray &text, const QString &path);

} // namespace retryscope
