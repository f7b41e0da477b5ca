// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/steeringwords.h"

#include "words/labels.h"

#include <array>

namespace retryscope {

QString steeringText(Steering wish, SteeringRefusal refusal)
{
    static constexpr std::array texts{
        "",
        QT_TRANSLATE_NOOP("retryscope::Words", "The call has ended. Send the prompt again."),
        QT_TRANSLATE_NOOP("retryscope::Words", "The call does not wait for a retry, so there is nothing to shorten."),
        QT_TRANSLATE_NOOP("retryscope::Words",
                          "A part of the answer is shown already, so another provider cannot be asked unseen. Stop the call "
                          "and send the prompt again."),
        QT_TRANSLATE_NOOP("retryscope::Words",
                          "The prompt may have been delivered, and the configuration does not repeat such a one "
                          "(unconfirmed_delivery). Stop the call, or allow it there."),
        QT_TRANSLATE_NOOP("retryscope::Words",
                          "The call has made all its attempts (max_attempts). Send the prompt again when this one has ended."),
        QT_TRANSLATE_NOOP("retryscope::Words", "No time is left for another attempt before the call's deadline."),
        QT_TRANSLATE_NOOP("retryscope::Words",
                          "No other provider of the chain may be asked now: each has had its attempts or is shut."),
        QT_TRANSLATE_NOOP("retryscope::Words",
                          "Another call is trying that provider just now. This one goes on as soon as that is known."),
        QT_TRANSLATE_NOOP("retryscope::Words", "That provider is isolated by hand. Release it first.")};
    if (wish == Steering::FailOverNow && refusal == SteeringRefusal::NotWaiting)
        return Words::tr("The call cannot be moved just now. Try it again.");
    return refusal == SteeringRefusal::None ? QString() : Words::tr(texts[std::size_t(refusal)]);
}

} // namespace retryscope
