// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/slotwords.h"

#include "words/labels.h"
#include "words/simulationwords.h"

namespace retryscope {

QString sentence(const SlotRelief &relief)
{
    return Words::tr("Calls wait mainly for the policy's own slots: %1 each, %2 % of the time until they end. With max_concurrent "
                     "%3 in place of %4 that wait is %5, and the p95 of answers %6: %7. Seen on the first %8 plays.")
        .arg(estimateText(Measure::SlotWait, relief.wait))
        .arg(relief.share * 100, 0, 'f', 0)
        .arg(relief.more)
        .arg(relief.atOnce)
        .arg(estimateText(Measure::SlotWait, relief.waitThen), estimateText(Measure::P95, relief.p95Then),
             differenceText(Measure::P95, relief.later))
        .arg(relief.days);
}

} // namespace retryscope
