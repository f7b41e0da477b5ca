// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <QVector>

#include <algorithm>

namespace retryscope {

/// What is wrong with a configuration: where (a JSON path or a field key), and a sentence.
struct ConfigIssue
{
    enum class Severity : quint8 { Warning, Error };
    QString where;
    QString message;
    Severity severity = Severity::Error;
    bool operator==(const ConfigIssue &) const = default;
};
using ConfigIssues = QVector<ConfigIssue>;
inline bool hasErrors(const ConfigIssues &issues)
{
    return std::any_of(issues.begin(), issues.end(),
                       [](const ConfigIssue &i) { return i.severity == ConfigIssue::Severity::Error; });
}

} // namespace retryscope
