// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/explanationwords.h"

#include "base/text.h"
#include "base/timeformat.h"
#include "policy/failurerules.h"
#include "words/labels.h"

#include <array>

namespace retryscope {
namespace {

QString spanText(const DurationSpan &span)
{
    const QString least = formatDuration(span.least), most = formatDuration(span.most);
    return least == most ? least : Words::tr("%1 to %2").arg(least, most);
}

QString scopeText(Scope scope, const Explanation &e)
{
    switch (scope) {
    case Scope::Request: return Words::tr("this request");
    case Scope::Model: return Words::tr("the model %1 of %2").arg(e.model, e.provider);
    case Scope::Provider: return Words::tr("%1 with all its models").arg(e.provider);
    case Scope::Account: return Words::tr("the account of %1 (its key at this host)").arg(e.provider);
    }
    return {};
}

QString conditionsText(const OwnRule &rule)
{
    QStringList parts;
    for (const StatusSpan &span : rule.statuses)
        parts << (span.from == span.to ? Words::tr("status %1").arg(span.from)
                                       : Words::tr("status %1 to %2").arg(span.from).arg(span.to));
    if (!rule.code.empty())
        parts << Words::tr("code \"%1\"").arg(toText(rule.code));
    if (!rule.text.empty())
        parts << Words::tr("text \"%1\"").arg(toText(rule.text));
    if (!rule.host.empty())
        parts << Words::tr("host \"%1\"").arg(toText(rule.host));
    return parts.join(QStringLiteral(", "));
}

/// What of the response one of our rules went by.
QString groundText(const Explanation &e, std::string_view rule)
{
    struct Ground { const char *prefix, *text; };
    static constexpr Ground grounds[] = {
        {"status:", QT_TRANSLATE_NOOP("retryscope::Words", "by the status; nothing else in the response says more")},
        {"text:", QT_TRANSLATE_NOOP("retryscope::Words", "by the words of the message")},
        {"header:", QT_TRANSLATE_NOOP("retryscope::Words", "by the header x-should-retry")},
        {"limits:", QT_TRANSLATE_NOOP("retryscope::Words", "by a limit of 0")},
        {"body:", QT_TRANSLATE_NOOP("retryscope::Words", "by the shape of the body")},
        {"stream:", QT_TRANSLATE_NOOP("retryscope::Words", "by how the stream ended")},
        {"answer:", QT_TRANSLATE_NOOP("retryscope::Words", "by what the answer says of itself")},
        {"transport:", QT_TRANSLATE_NOOP("retryscope::Words", "by how the transfer ended")},
        {"unknown", QT_TRANSLATE_NOOP("retryscope::Words", "nothing in the response is known")},
    };
    for (const Ground &ground : grounds) {
        if (rule.starts_with(ground.prefix))
            return Words::tr(ground.text);
    }
    if (rule.ends_with("_text"))
        return Words::tr("by the words of the message");
    std::vector<std::string> codes;
    for (const QString &code : e.codes)
        codes.push_back(toUtf8(code));
    const rules::CodeRule *code = rules::findCode(codes);
    if (code && rule == code->rule)
        return Words::tr("by the code \"%1\" in the body").arg(toText(code->code));
    return Words::tr("by the codes, limits and words of the response together");
}

QString ruleText(const Explanation &e, const OwnRules &rules)
{
    const QString rule = toText(e.classification.rule);
    return e.own && std::size_t(*e.own) < rules.size()
               ? Words::tr("%1, your own: %2").arg(rule, conditionsText(rules[std::size_t(*e.own)]))
               : Words::tr("%1, %2").arg(rule, groundText(e, e.classification.rule));
}

QString sourceText(DelaySource source)
{
    switch (source) {
    case DelaySource::Server: return Words::tr("the server's wait and a little chance");
    case DelaySource::Circuit: return Words::tr("until a circuit lets one try");
    case DelaySource::Pacing: return Words::tr("until the rate limit has room");
    default: return Words::tr("backoff");
    }
}

QString nextText(const Explanation &e)
{
    switch (e.next) {
    case Explanation::Next::Done: return Words::tr("the call is done");
    case Explanation::Next::Again:
        return Words::tr("waits %1 (%2), then asks %3 again").arg(spanText(e.wait), sourceText(e.source), e.provider);
    case Explanation::Next::GiveUp: return Words::tr("the call ends as failed: %1").arg(e.why);
    case Explanation::Next::Elsewhere: break;
    }
    if (e.nextProvider.isEmpty())
        return Words::tr("waits up to %1 (%2), then asks whoever may be asked")
            .arg(spanText(e.wait), sourceText(e.source));
    return Words::tr("asks %1 at once, because %2").arg(e.nextProvider, e.why);
}

QString blocksText(const Explanation &e)
{
    QStringList parts;
    for (const Explanation::Block &block : e.blocks)
        parts << Words::tr("%1, for %2").arg(scopeText(block.scope, e), spanText(block.lasts));
    if (e.holds)
        parts << Words::tr("%1, for %2, because the server asks for it")
                     .arg(scopeText(Scope::Model, e), formatDuration(*e.holds));
    return parts.isEmpty() ? Words::tr("nothing: other calls go on as before") : parts.join(QStringLiteral("; "));
}

QString healthText(const Explanation &e)
{
    switch (e.classification.health) {
    case HealthSignal::Failure: return Words::tr("counts as a failure of %1").arg(scopeText(e.classification.scope, e));
    case HealthSignal::Ignored: return Words::tr("says nothing about %1's health").arg(e.provider);
    case HealthSignal::Success: return Words::tr("counts as a success");
    }
    return {};
}

QString answerText(const Explanation &e)
{
    return e.answer.isPlain(e.hasText)
               ? Words::tr("an answer that is whole")
               : Words::tr("an answer, but not a plain one (finish reason %1)")
                     .arg(e.answer.finishReason.isEmpty() ? Words::tr("none") : e.answer.finishReason);
}

} // namespace

QVector<ExplanationLine> tellExplanation(const Explanation &e, const OwnRules &rules)
{
    const Classification &c = e.classification;
    const bool failed = c.reason != RetryReason::None;
    QVector<ExplanationLine> lines{{Words::tr("Provider"), Words::tr("%1, model %2").arg(e.provider, e.model)}};
    lines.append({Words::tr("Status"), QString::number(e.status)});
    if (!e.message.isEmpty())
        lines.append({Words::tr("Says"), QStringLiteral("\"%1\"").arg(e.message)});
    if (!e.codes.isEmpty())
        lines.append({Words::tr("Codes"), e.codes.join(QStringLiteral(", "))});
    if (e.named)
        lines.append({Words::tr("Names"), Words::tr("a wait of %1").arg(formatDuration(*e.named))});
    lines.append(
        {Words::tr("Means"),
         failed ? Words::tr("%1 (%2); it concerns %3").arg(inSentence(c.reason), toKey(c.reason), scopeText(c.scope, e))
                : answerText(e)});
    if (failed)
        lines.append({Words::tr("Rule"), ruleText(e, rules)});
    if (e.ours)
        lines.append({Words::tr("Else"),
                      e.ours->reason == RetryReason::None
                          ? Words::tr("an answer, without that rule")
                          : Words::tr("%1 by %2, without that rule").arg(toKey(e.ours->reason), toText(e.ours->rule))});
    lines.append({Words::tr("Health"), healthText(e)});
    lines.append({Words::tr("Next"), nextText(e)});
    lines.append({Words::tr("Shuts"), blocksText(e)});
    return lines;
}

} // namespace retryscope
