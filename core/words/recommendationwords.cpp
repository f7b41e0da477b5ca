// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/recommendationwords.h"

#include "base/timeformat.h"
#include "simulator/sweep.h"
#include "words/labels.h"
#include "words/simulationwords.h"

namespace retryscope {
namespace {

constexpr const char *rejectedWords[rejectedForCount] = {
    QT_TRANSLATE_NOOP("retryscope::Words", "%1 contradict themselves or would be warned of"),
    QT_TRANSLATE_NOOP("retryscope::Words", "%1 would wait longer than the deadline"),
    QT_TRANSLATE_NOOP("retryscope::Words", "%1 run too few attempts at once for the calls of a scenario"),
    QT_TRANSLATE_NOOP("retryscope::Words",
                      "%1 would storm: they run more at once than is served within their patience"),
};

/// Of an objective, more is better for success only.
bool isWorse(int objective, const Estimate &less)
{
    return !isNone(less) && (objectives[objective] == Measure::Success) == (less.mean < 0);
}

/// It would be shown as nothing.
bool isTiny(int objective, const Estimate &less)
{
    double shown = 0.005; // seconds, attempts
    if (objectives[objective] == Measure::Success)
        shown = 0.000005;
    else if (objectives[objective] == Measure::Wasted)
        shown = 0.5;
    return std::abs(less.mean) < shown;
}

/// "calls answered: 0.62 % ± 0.10 more".
QString differenceText(int objective, const Estimate &less)
{
    Estimate size = less;
    size.mean = std::abs(size.mean);
    return Words::tr("%1: %2 %3")
        .arg(label(objectives[objective]), estimateText(objectives[objective], size),
             less.mean < 0 ? Words::tr("less") : Words::tr("more"));
}

QString fieldText(const ChosenField &change)
{
    return Words::tr("%1 from %2 to %3")
        .arg(QLatin1String(change.field->key), valueText(*change.field, change.from),
             valueText(*change.field, change.to));
}

/// Each objective that differs, better or worse.
QStringList differences(const ObjectiveEstimates &less, bool worse)
{
    QStringList texts;
    for (int o = 0; o < objectiveCount; ++o) {
        const auto &value = less[std::size_t(o)];
        if (value && !isNone(*value) && !isTiny(o, *value) && isWorse(o, *value) == worse)
            texts << differenceText(o, *value);
    }
    return texts;
}

QString gainText(const Recommendation &r)
{
    const QStringList better = differences(r.less, false), worse = differences(r.less, true);
    if (better.isEmpty() && worse.isEmpty())
        return Words::tr("With luck that the search has not seen, it does not differ from yours.");
    QString text = Words::tr("With luck that the search has not seen it is, beside yours, ");
    text += better.isEmpty() ? Words::tr("better in nothing")
                             : Words::tr("better in %1").arg(better.join(QStringLiteral("; ")));
    return worse.isEmpty() ? text + QStringLiteral(".")
                           : text + Words::tr(", and worse in %1.").arg(worse.join(QStringLiteral("; ")));
}

QString heldOutText(const Recommendation &r)
{
    QStringList fine, worse;
    for (const ScenarioCheck &check : r.checks) {
        if (!check.heldOut)
            continue;
        const QStringList texts = differences(check.less, true);
        if (texts.isEmpty())
            fine << check.name;
        else
            worse << Words::tr("%1 (%2)").arg(check.name, texts.join(QStringLiteral("; ")));
    }
    QString text;
    if (!fine.isEmpty())
        text = Words::tr("In scenarios that the search has not seen it is nowhere worse in: %1.")
                   .arg(fine.join(QStringLiteral(", ")));
    if (!worse.isEmpty())
        text += (text.isEmpty() ? QString() : QStringLiteral(" "))
                + Words::tr("It is worse in: %1.").arg(worse.join(QStringLiteral(", ")));
    return text;
}

QString rejectedText(const Recommendation &r)
{
    QStringList texts;
    for (int i = 0; i < rejectedForCount; ++i) {
        if (r.rejected[std::size_t(i)] > 0)
            texts << Words::tr(rejectedWords[i]).arg(r.rejected[std::size_t(i)]);
    }
    return texts.isEmpty() ? QString() : Words::tr("Not played, by rule: %1.").arg(texts.join(QStringLiteral(", ")));
}

} // namespace

QStringList tellRecommendation(const Recommendation &r)
{
    QStringList lines;
    if (r.chosen < 0)
        return {
            r.tooMany
                ? Words::tr(
                      "A day of these scenarios makes more calls than the %1 million that are played. Lower the rate, "
                      "the length or the number of agents.")
                      .arg(mostPlayedCalls / 1'000'000)
                : Words::tr("It was stopped before anything was found.")};
    if (!r.complete)
        lines << Words::tr(
            "It was stopped: this is what was found until then, and it has not been checked with fresh luck.");
    if (r.keepsCurrent()) {
        lines << Words::tr(
                     "Keep yours: of %1 configurations none that answers as many calls is better in one thing by more "
                     "than it is worse in another.")
                     .arg(r.played);
    } else {
        QStringList fields;
        for (const ChosenField &change : r.changes)
            fields << fieldText(change);
        lines << Words::tr("Change %1.").arg(fields.join(QStringLiteral(", ")));
        const QString knee =
            Words::tr("It is the knee among %1 configurations: of those that answer no fewer calls than yours, the "
                      "one that is nowhere far from the best")
                .arg(r.played);
        lines << knee
                     + (r.simplified
                            ? Words::tr("; whatever makes no difference was left as it is.")
                            : Words::tr(". Which of these changes make no difference was not looked for any more."));
        if (r.complete)
            lines << gainText(r);
    }
    for (const QString &text : {r.keepsCurrent() ? QString() : heldOutText(r), rejectedText(r)}) {
        if (!text.isEmpty())
            lines << text;
    }
    return lines;
}

QString toLabel(RecommendationProgress::Stage stage)
{
    switch (stage) {
    case RecommendationProgress::Stage::Screening: return Words::tr("Screening");
    case RecommendationProgress::Stage::Halving: return Words::tr("Comparing the better ones");
    case RecommendationProgress::Stage::Simplifying: return Words::tr("Taking back what makes no difference");
    case RecommendationProgress::Stage::Checking: return Words::tr("Checking with fresh luck");
    }
    return {};
}

QString progressText(const RecommendationProgress &progress, Duration elapsed)
{
    const QString text = Words::tr("%1: %2 %").arg(toLabel(progress.stage)).arg(int(100 * progress.share));
    const auto left = timeLeft(progress.share, elapsed);
    return left ? Words::tr("%1, about %2 left").arg(text, formatDuration(*left)) : text;
}

QString originText(const Candidate &candidate)
{
    switch (candidate.origin) {
    case Candidate::Origin::Current: return Words::tr("yours");
    case Candidate::Origin::Preset: return Words::tr("preset %1").arg(candidate.preset);
    case Candidate::Origin::Drawn: return Words::tr("drawn");
    case Candidate::Origin::Simplified: return Words::tr("drawn, simplified");
    }
    return {};
}

QVector<FrontPoint> frontPoints(const Recommendation &r)
{
    if (r.chosen < 0)
        return {};
    const auto point = [](FrontPoint::Kind kind, const QString &name, const Candidate &candidate) {
        FrontPoint made{kind, name, candidate, {}};
        for (int o = 0; o < objectiveCount; ++o) {
            const auto &less = candidate.lessCurrent[std::size_t(o)];
            made.values << estimateText(objectives[o], candidate.values[std::size_t(o)],
                                        kind == FrontPoint::Kind::Yours ? std::nullopt : less);
        }
        return made;
    };
    QVector<FrontPoint> points{point(FrontPoint::Kind::Yours,
                                     r.keepsCurrent() ? Words::tr("yours, chosen") : Words::tr("yours"), r.current)};
    int drawn = 0;
    for (int i = 0; i < r.front.size(); ++i) {
        const Candidate &candidate = r.front[i];
        if (candidate.origin == Candidate::Origin::Current || (i == r.chosen && r.keepsCurrent()))
            continue;
        if (i == r.chosen)
            points.append(point(FrontPoint::Kind::Chosen, Words::tr("chosen"), candidate));
        else if (candidate.origin == Candidate::Origin::Preset)
            points.append(point(FrontPoint::Kind::Preset, originText(candidate), candidate));
        else
            points.append(point(FrontPoint::Kind::Other,
                                Words::tr("%1 %2").arg(originText(candidate)).arg(++drawn), candidate));
    }
    return points;
}

} // namespace retryscope
