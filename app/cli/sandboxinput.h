// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "sandbox/sandbox.h"

#include <QStringList>

namespace retryscope::cli {

/// "openai rate_limit probability=0.3 duration=10s count=5" in words; a sentence about what is wrong with it else.
Expected<std::pair<ProviderId, FaultSetting>, QString> faultFromWords(const QStringList &words);
/// The same as an option's value: "openai=rate_limit,probability=0.3,duration=10s,count=5".
Expected<std::pair<ProviderId, FaultSetting>, QString> faultFromOption(QString value);
/// As a person reads it: "rate_limit, probability 0.3, for 10 s, 5 times".
QString faultText(const FaultSetting &setting);
QString keyOf(Fault fault);

} // namespace retryscope::cli
