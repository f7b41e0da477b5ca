// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "policy/ownrules.h"
#include "policy/retryconfig.h"

namespace retryscope {

/// One field of an own rule, described once for the file, the check and the help.
struct OwnRuleField
{
    const char *key;
    const char *help;
};
const QVector<OwnRuleField> &ownRuleFields();

/// Reads the list "rules" of the configuration file; what is wrong is reported under its place, such as rules[0].reason.
OwnRules ownRulesFromJson(const QJsonValue &value, ConfigIssues *issues);
/// Read again, it gives the same rules.
QJsonArray toJson(const OwnRules &rules);
/// What is wrong with rules that were not read from a file: no condition, no reason, a rule that is never reached.
ConfigIssues validate(const OwnRules &rules);

} // namespace retryscope
