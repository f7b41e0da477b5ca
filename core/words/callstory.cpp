// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/callstory.h"

#include "base/timeformat.h"
#include "words/labels.h"

namespace retryscope {
namespace {

QString usageText(const Event &e)
{
    QStringList parts;
    if (e.tokensIn || e.tokensOut)
        parts << QStringLiteral("%1 tokens in, %2 out")
                     .arg(e.tokensIn ? QString::number(*e.tokensIn) : QStringLiteral("?"),
                          e.tokensOut ? QString::number(*e.tokensOut) : QStringLiteral("?"));
    if (e.costUsd)
        parts << moneyText(*e.costUsd);
    return parts.join(QStringLiteral(", "));
}

QVector<StoryLine::Note> notesOf(const Event &e)
{
    QVector<StoryLine::Note> notes;
    const auto add = [&](const char *name, const QString &text) {
        if (!text.isEmpty())
            notes.append({QLatin1String(name), text});
    };
    if (e.kind == EventKind::AttemptFinished || e.kind == EventKind::RetryScheduled || e.kind == EventKind::FailedOver
        || e.kind == EventKind::CallFinished)
        add("Rule", e.rule);
    if (e.kind == EventKind::AttemptFinished && e.reason != RetryReason::None)
        add("Said", e.detail);
    QStringList headers, limits;
    for (const auto &[name, value] : e.headers)
        headers << name + QStringLiteral(": ") + value;
    for (const LimitWindow &limit : e.limits)
        limits << toSentence(limit);
    add("Headers", headers.join(QStringLiteral("; ")));
    add("Limits", limits.join(QStringLiteral("; ")));
    if (e.kind == EventKind::AttemptFinished)
        add("Usage", usageText(e));
    return notes;
}

} // namespace

CallStory tellStory(const Events &events, const ProviderNames &names)
{
    CallStory story;
    for (const Event &e : events)
        story.append({e.wall, e.at - events.first().at, e.kind, e.reason, toSentence(named(e, names)), notesOf(e)});
    return story;
}

QString toText(const CallStory &story)
{
    QString text;
    for (const StoryLine &line : story) {
        text += QStringLiteral("%1  +%2  %3\n").arg(formatWallTime(line.at), formatDuration(line.since), line.sentence);
        for (const StoryLine::Note &note : line.notes)
            text += QStringLiteral("    %1: %2\n").arg(note.name, note.text);
    }
    return text;
}

} // namespace retryscope
