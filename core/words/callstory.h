// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "words/eventwords.h"

#include <QStringList>

namespace retryscope {

/// One sentence of a call's story, and what it rests on.
struct StoryLine
{
    WallTime at{};
    Duration since{};       ///< since the first line
    EventKind kind = EventKind::CallSubmitted;
    RetryReason reason = RetryReason::None;
    QString sentence;
    struct Note { QString name, text; };
    QVector<Note> notes;    ///< rule, what the server said, headers seen, limits, usage
};
using CallStory = QVector<StoryLine>;

/// The events of one call (or any others), oldest first, as a story in plain English.
CallStory tellStory(const Events &events, const ProviderNames &names = {});
/// For the clipboard: times in UTC, one line a sentence, notes below it.
QString toText(const CallStory &story);

} // namespace retryscope
