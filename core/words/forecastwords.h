// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/study.h"

namespace retryscope {

/// "99.2 %", "1.24 s", "1.35": the mean alone; "none" where there is no value.
QString meanText(Measure measure, const std::optional<Estimate> &value);
/// "± 0.05", in the same unit; empty where too little is known to say.
QString halfWidthText(Measure measure, const std::optional<Estimate> &value);
/// What one policy has against another: "+3.1 ± 0.4 points", "−0.21 ± 0.05 s"; "no difference" where the interval holds that
/// there is none.
QString differenceText(Measure measure, const Estimate &difference);
/// Without its unit, for a table that has it elsewhere: "+3.1 ± 0.4".
QString shortDifferenceText(Measure measure, const Estimate &difference);
/// What `policy` does against `other`, which is named as "the configuration in force": the share of answered calls, the
/// slowest of them and the attempts, each more, less or without a difference.
QString forecastSentence(const StudyResult &result, int policy, int other, const QString &otherName);

/// Where a forecast of a draft stands.
enum class ForecastState : quint8 { NobodyToPlay, HasErrors, Playing, Stopped, Complete };
/// `played` of `wanted` days. `older`: the numbers that are shown are not of this draft.
QString forecastText(ForecastState state, int played, int wanted, bool older);

} // namespace retryscope
