// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/batchwords.h"

#include "base/timeformat.h"
#include "words/labels.h"

#include <QLocale>

#include <array>

namespace retryscope {
namespace {

QString requestsCount(quint64 n) { return counted(n, Words::tr("1 request"), Words::tr("%1 requests")); }

QString knownFields()
{
    QStringList all = batchFields();
    const QString last = all.takeLast();
    return Words::tr("%1 and %2").arg(all.join(QStringLiteral(", ")), last);
}

QString lineProblemText(const LineIssue &issue)
{
    const QString &detail = issue.detail;
    switch (issue.problem) {
    case LineProblem::NotJson:
        return detail.isEmpty() ? Words::tr("more than one value. Write one value a line.")
                                : Words::tr("not valid JSON (%1). Write one value a line.").arg(detail);
    case LineProblem::JsonList: return Words::tr("a list. Write each of its values on a line of its own.");
    case LineProblem::NoPrompt:
        return Words::tr("no prompt in it. Write a text in quotes, or an object with \"prompt\" or \"messages\".");
    case LineProblem::EmptyPrompt: return Words::tr("the prompt is empty. Write one, or take the line out.");
    case LineProblem::WrongValue:
        return detail == QLatin1String("max_tokens") ? Words::tr("max_tokens must be a whole number from 1 on.")
                                                     : Words::tr("%1 must be a text in quotes.").arg(detail);
    case LineProblem::UnknownPath:
        return Words::tr("\"%1\" is no path that prompts go to. Leave \"url\" out, or write that of a chat.")
            .arg(detail);
    case LineProblem::NotUtf8: return Words::tr("not UTF-8. Save the file as UTF-8.");
    case LineProblem::TooLong:
        return Words::tr("longer than %1 MB, which is the most for one prompt. Shorten it.").arg(longestBatchLine >> 20);
    case LineProblem::OpenQuote: return Words::tr("a quote is opened and never closed. Write a quote inside as \"\".");
    case LineProblem::AfterQuote:
        return Words::tr("text follows a closing quote. Write a quote inside as \"\", and a separator between fields.");
    case LineProblem::FieldCount:
        return Words::tr("%1, but the header names %2. A prompt with a separator in it needs quotes.")
            .arg(counted(detail.section(QLatin1Char(' '), 0, 0).toULongLong(), Words::tr("1 field"), Words::tr("%1 fields")),
                 detail.section(QLatin1Char(' '), -1));
    case LineProblem::UnknownField:
        return Words::tr("the prompt is sent without %1, which is not known here and fills no {{variable}} of it. Known are "
                         "%2: rename it, or take it out.")
            .arg(detail, knownFields());
    case LineProblem::UnknownColumn:
        return Words::tr("the prompts are sent without %1, which is not known here and fills no {{variable}} of theirs. "
                         "Columns may be %2: rename it, or take it out.")
            .arg(detail, knownFields());
    case LineProblem::NotSent:
        return Words::tr("the prompt is sent without %1, which a batch cannot carry to every provider. Take it out.")
            .arg(detail);
    case LineProblem::Unfilled:
        return Words::tr("{{%1}} is sent as it stands: nothing beside the prompt has that name. Add a column or field for it.")
            .arg(detail);
    }
    return {};
}

QString amountsText(const BatchEstimate &e)
{
    if (e.most <= 0)
        return {};
    return e.likely > 0 ? Words::tr("about %1, at most %2").arg(moneyText(e.likely), moneyText(e.most))
                        : Words::tr("at most %1").arg(moneyText(e.most));
}

QString simulatedText() { return Words::tr("Simulated: nothing is charged."); }

QString spentText(const BatchReport &r)
{
    return r.uncertain > 0 ? Words::tr("%1, and up to %2 more for attempts whose use was not told")
                                 .arg(moneyText(r.spent), moneyText(r.uncertain))
                           : moneyText(r.spent);
}

QString unknownProblem(const BatchEstimate &e, const QString &ceiling)
{
    QStringList said;
    if (e.pictures)
        said << Words::tr("There are pictures in it, which every provider counts in its own way.");
    if (e.unpriced.isEmpty())
        said << Words::tr("What they cost is not known, so the ceiling of %1 cannot be kept.").arg(ceiling);
    else
        said << Words::tr("The price of %1 is not known, so the ceiling of %2 cannot be kept.")
                    .arg(e.unpriced.join(QStringLiteral(", ")), ceiling);
    return said.join(QLatin1Char(' '));
}

} // namespace

QString toLabel(BatchMode mode)
{
    constexpr std::array labels{
        QT_TRANSLATE_NOOP("retryscope::Words", "All"), QT_TRANSLATE_NOOP("retryscope::Words", "Failed"),
        QT_TRANSLATE_NOOP("retryscope::Words", "Retried"), QT_TRANSLATE_NOOP("retryscope::Words", "Failed over"),
        QT_TRANSLATE_NOOP("retryscope::Words", "Slowest 5 %")};
    return Words::tr(labels[std::size_t(mode)]);
}

QString issueSentence(const LineIssue &issue)
{
    return Words::tr("Line %1: %2").arg(issue.line).arg(lineProblemText(issue));
}

QString faultSentence(const QString &file, const BatchFault &fault)
{
    switch (fault.fault) {
    case InputFault::Unreadable: return Words::tr("%1 %2. Check the path and its permissions.").arg(file, fault.detail);
    case InputFault::Empty: return Words::tr("%1 holds no prompt. Write one a line, or choose another file.").arg(file);
    case InputFault::NotUtf8: return Words::tr("%1 is not UTF-8 text. Save it as UTF-8.").arg(file);
    case InputFault::NoPromptColumn:
        return Words::tr("%1: its first line must name a column \"prompt\"; it has: %2. Rename the one that holds "
                         "the prompts.")
            .arg(file, fault.detail);
    case InputFault::TooMany:
        return Words::tr("%1 holds more than %L2 prompts, which is the most. Split it.")
            .arg(file)
            .arg(mostBatchPrompts);
    }
    return {};
}

QString estimateSentence(const BatchEstimate &e, std::optional<double> ceiling)
{
    const QString head = Words::tr("%1, up to %2").arg(callsText(quint64(e.calls)), requestsCount(quint64(e.requests)));
    if (e.calls == 0)
        return {};
    if (!e.real)
        return head + QStringLiteral(". ") + simulatedText();
    QString text = head;
    if (const QString amounts = amountsText(e); !amounts.isEmpty())
        text += QStringLiteral(": ") + amounts;
    if (e.pictures)
        text += Words::tr("; unknown with pictures, which every provider counts in its own way");
    if (!e.unpriced.isEmpty())
        text += Words::tr("; price unknown: %1").arg(e.unpriced.join(QStringLiteral(", ")));
    text += QLatin1Char('.');
    if (!ceiling)
        return text + QLatin1Char(' ') + Words::tr("Nothing stops it.");
    if (!e.isKnown())
        return text + QLatin1Char(' ')
               + Words::tr("%1 cannot be kept: only what has a price is counted.").arg(moneyText(*ceiling));
    return text + QLatin1Char(' ') + Words::tr("Stops at %1.").arg(moneyText(*ceiling));
}

QString sendCostText(const BatchEstimate &e)
{
    if (e.calls == 0)
        return {};
    if (!e.real)
        return simulatedText();
    if (e.pictures && !e.unpriced.isEmpty())
        return Words::tr("Cost unknown for %1 and for pictures")
            .arg(e.unpriced.join(QStringLiteral(", ")));
    if (e.pictures)
        return Words::tr("Cost unknown: every provider counts a picture in its own way");
    if (!e.isKnown()) { // what is likely is not told then: it leaves out those without a price
        const QString who = e.unpriced.join(QStringLiteral(", "));
        return e.most > 0 ? Words::tr("Cost unknown for %1; the rest at most %2").arg(who, moneyText(e.most))
                          : Words::tr("Cost unknown for %1").arg(who);
    }
    const QString amounts = amountsText(e);
    return amounts.isEmpty() ? Words::tr("Costs nothing by the price list") : Words::tr("Costs %1").arg(amounts);
}

QString ceilingProblem(const BatchEstimate &e, std::optional<double> ceiling, bool acceptUnknown)
{
    if (!ceiling || !e.real)
        return {};
    if (!e.isKnown() && !acceptUnknown)
        return unknownProblem(e, moneyText(*ceiling));
    if (e.dearest > *ceiling)
        return Words::
            tr("One call alone may cost %1, which is more than the ceiling of %2. Raise the ceiling, or allow fewer "
               "tokens or attempts.")
                .arg(moneyText(e.dearest), moneyText(*ceiling));
    return {};
}

QString progressText(const BatchRun &run, int failed)
{
    QStringList parts{Words::tr("%L1 of %L2 calls").arg(run.ended()).arg(run.planned())};
    if (run.inFlight() > 0)
        parts << Words::tr("%1 in flight").arg(run.inFlight());
    if (failed > 0)
        parts << Words::tr("%1 failed").arg(failed);
    if (const CostLedger &ledger = run.ledger(); ledger.spent() + ledger.uncertain() > 0)
        parts << moneyText(ledger.spent() + ledger.uncertain());
    if (run.isEnding())
        parts << Words::tr("ends with the calls in flight");
    else if (const auto left = run.left())
        parts << Words::tr("%1 left").arg(formatDuration(*left));
    return parts.join(QStringLiteral(" · "));
}

QString endSentence(const BatchReport &r)
{
    const BatchSummary sum = summaryOf(r.rows);
    const QString took = formatDuration(r.took),
                  some = Words::tr("%L1 of %L2 calls").arg(sum.ended - sum.cancelled).arg(r.plan.calls());
    switch (r.end) {
    case BatchEnd::Complete:
        return counted(quint64(sum.ended), Words::tr("1 call ended in %2."), Words::tr("All %1 calls ended in %2."))
            .arg(took);
    case BatchEnd::Stopped: return Words::tr("Stopped by you after %1: %2 ended, and are kept.").arg(took, some);
    case BatchEnd::Ceiling:
        return Words::tr("Stopped at the ceiling of %1 after %2: %3 ended, for %4. One more might have gone beyond it.")
            .arg(moneyText(r.plan.ceiling.value_or(0)), took, some, spentText(r));
    case BatchEnd::PriceUnknown:
        return Words::tr(
                   "Stopped after %1: %2 ended. The configuration was changed to a model whose price is not known, so "
                   "the ceiling could no longer be kept.")
            .arg(took, some);
    }
    return {};
}

QString resultText(const BatchRow &row)
{
    if (row.state == RowState::Running)
        return QStringLiteral("… ") + toLabel(CallOutcome::None);
    if (row.outcome == CallOutcome::Failed)
        return QStringLiteral("✗ ") + toLabel(row.reason);
    return (row.isServed() ? QStringLiteral("✓ ") : QStringLiteral("– ")) + toLabel(row.outcome);
}

QString costText(const BatchRow &row)
{
    if (row.state == RowState::Running || row.attempts == 0)
        return {};
    return row.costUsd ? moneyText(*row.costUsd) : Words::tr("unknown");
}

QVector<std::pair<QString, QString>> summaryTexts(const BatchReport &r)
{
    const BatchSummary s = summaryOf(r.rows);
    const auto time = [](std::optional<Duration> d) { return d ? formatDuration(*d) : QStringLiteral("–"); };
    const auto number = [](qint64 n) { return QLocale().toString(n); };
    QString cost = moneyText(s.cost);
    if (s.costUnknown > 0)
        cost += Words::tr(" + %1 unknown").arg(s.costUnknown);
    return {{Words::tr("Served"),
             s.share() ? Words::tr("%1 %").arg(std::floor(*s.share() * 1000) / 10) : QStringLiteral("–")},
            {Words::tr("Failed"), number(s.failed)},
            {Words::tr("Retried"), number(s.retried)},
            {Words::tr("Failed over"), number(s.failedOver)},
            {Words::tr("Median"), time(s.median)},
            {Words::tr("p95"), time(s.p95)},
            {Words::tr("First token"), time(s.firstToken)},
            {Words::tr("Tokens in + out"), QStringLiteral("%1 + %2").arg(number(s.tokensIn), number(s.tokensOut))},
            {s.simulated && !s.real ? Words::tr("Cost (simulated)") : Words::tr("Cost"), cost}};
}

} // namespace retryscope
