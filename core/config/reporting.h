// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "policy/retryconfig.h"

#include <QJsonObject>
#include <QMap>
#include <QSet>

namespace retryscope {

/// Where a gateway sends traces, metrics and logs (OTLP over HTTP, JSON).
///
/// | field    | what                                                                   | default                        |
/// | endpoint | http or https address, below which /v1/traces, /v1/metrics and /v1/logs stand | empty: as the environment says |
/// | headers  | of every request; values may be references, "env:NAME"                 | none                           |
struct OtlpTarget
{
    QString endpoint;
    QMap<QString, QString> headers;
    bool operator==(const OtlpTarget &) const = default;
};

/// Where a gateway tells of incidents.
///
/// | field  | what                                                             | default       |
/// | url    | http or https address, or a reference, "env:NAME"                | empty: nowhere |
/// | secret | a reference: requests are signed with what it stands for         | empty: not signed |
struct WebhookTarget
{
    QString url;
    QString secret;
    bool operator==(const WebhookTarget &) const = default;
};

/// What a gateway tells other systems: "otlp" and "webhook" of the configuration file.
struct Reporting
{
    OtlpTarget otlp;
    WebhookTarget webhook;
    bool operator==(const Reporting &) const = default;
};

/// Of the file's root. Wrong forms are reported; keys that are not known go to `unknown`, under the same names.
Reporting reportingFromJson(const QJsonObject &root, ConfigIssues *issues, QJsonObject *unknown);
/// Lays what is set over the root.
void putReporting(const Reporting &reporting, QJsonObject *root);
ConfigIssues validate(const Reporting &reporting);
/// JSON schema of the two keys.
QJsonObject reportingSchema();

} // namespace retryscope
