// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/faultwords.h"

#include "words/labels.h"

#include <array>
#include <cmath>

namespace retryscope {

QString toLabel(PlayedFault fault)
{
    static constexpr std::array labels{QT_TRANSLATE_NOOP("retryscope::Words", "Rate limit (429)"),
                                       QT_TRANSLATE_NOOP("retryscope::Words", "Server error (500)"),
                                       QT_TRANSLATE_NOOP("retryscope::Words", "Unavailable (503)"),
                                       QT_TRANSLATE_NOOP("retryscope::Words", "Overloaded (529)"),
                                       QT_TRANSLATE_NOOP("retryscope::Words", "Connection refused"),
                                       QT_TRANSLATE_NOOP("retryscope::Words", "Answer broken off"),
                                       QT_TRANSLATE_NOOP("retryscope::Words", "Late first byte"),
                                       QT_TRANSLATE_NOOP("retryscope::Words", "Silence"),
                                       QT_TRANSLATE_NOOP("retryscope::Words", "Malformed answer")};
    return Words::tr(labels[std::size_t(fault)]);
}

QString shareText(double share)
{
    if (share >= 1.0)
        return Words::tr("every call");
    const double oneIn = share > 0.0 ? 1.0 / share : 0.0;
    return oneIn >= 2.0 && std::abs(oneIn - std::round(oneIn)) < 0.01
               ? Words::tr("one in %1 calls").arg(int(std::round(oneIn)))
               : Words::tr("%1 % of the calls").arg(int(std::round(share * 100.0)));
}

QString standingFaultText(const StandingFault &fault, const QString &name)
{
    return Words::tr("%1: %2 for %3").arg(name, inSentence(fault.plan.fault), shareText(fault.plan.share));
}

QString playedText() { return Words::tr("In this call a fault was played on purpose."); }

} // namespace retryscope
