// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "policy/retryconfig.h"

#include <QJsonObject>

#include <functional>

namespace retryscope {

enum class FieldKind : quint8 { Integer, Seconds, Ratio, Factor, Switch, Choice };

/// One field of RetryConfig, described once for the file, the check, the window and the help.
struct RetryConfigField
{
    const char *key;      ///< in the configuration file
    const char *label;
    const char *group;
    const char *help;
    FieldKind kind;
    double minimum;
    double maximum;
    QVector<const char *> choices; ///< FieldKind::Choice only; the value is the index
    std::function<double(const RetryConfig &)> get; ///< durations in seconds
    std::function<void(RetryConfig &, double)> set;
};
const QVector<RetryConfigField> &retryConfigFields();

/// All issues at once: ranges, then fields that contradict each other.
ConfigIssues validate(const RetryConfig &config);

QJsonObject toJson(const RetryConfig &config);
/// Missing keys keep the default. Wrong types, ranges and unknown keys are reported under `where`; `unknown` receives the
/// unknown keys, also those within "reasons", so that they can be kept.
RetryConfig retryConfigFromJson(const QJsonObject &object, const QString &where, ConfigIssues *issues,
                                QJsonObject *unknown = nullptr);

} // namespace retryscope
