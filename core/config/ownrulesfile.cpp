// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/ownrulesfile.h"

#include "base/text.h"
#include "config/issuereport.h"
#include "policy/casefold.h"
#include "policy/retryafter.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace retryscope {
namespace {

constexpr int lowestStatus = 200, highestStatus = 599;
constexpr qsizetype longestText = 200;

QString placeOf(qsizetype index) { return QStringLiteral("rules[%1]").arg(index); }

/// 429, "5xx" or "500-504".
std::optional<StatusSpan> spanOf(const QJsonValue &value)
{
    const QString text = value.isDouble() ? QString::number(value.toDouble()) : value.toString().trimmed();
    StatusSpan span;
    bool fromOk = false, toOk = true;
    if (text.size() == 3 && text.endsWith(QLatin1String("xx"), Qt::CaseInsensitive)) {
        span.from = text.left(1).toInt(&fromOk) * 100;
        span.to = span.from + 99;
    } else if (const qsizetype dash = text.indexOf(QLatin1Char('-')); dash > 0) {
        span = {text.left(dash).trimmed().toInt(&fromOk), text.mid(dash + 1).trimmed().toInt(&toOk)};
    } else {
        span.from = span.to = text.toInt(&fromOk);
    }
    return fromOk && toOk && span.from >= lowestStatus && span.to <= highestStatus && span.from <= span.to
               ? std::optional(span)
               : std::nullopt;
}

QJsonValue toJson(const StatusSpan &span)
{
    if (span.from == span.to)
        return span.from;
    if (span.from % 100 == 0 && span.to == span.from + 99)
        return QStringLiteral("%1xx").arg(span.from / 100);
    return QStringLiteral("%1-%2").arg(span.from).arg(span.to);
}

QStringList reasonKeys()
{
    QStringList keys;
    for (int i = 0; i < retryReasonCount; ++i) {
        if (RetryReason(i) != RetryReason::None && RetryReason(i) != RetryReason::Cancelled)
            keys << toKey(RetryReason(i));
    }
    return keys;
}

/// Reads one rule; what is wrong is reported under its place.
class RuleReader
{
public:
    RuleReader(const QJsonObject &object, const QString &where, ConfigIssues *issues)
        : m_object(object), m_where(where), m_issues(issues)
    {}

    OwnRule read()
    {
        OwnRule rule;
        rule.statuses = statuses();
        rule.code = text("code");
        rule.text = text("text");
        rule.host = text("host");
        rule.reason = reason();
        rule.scope = scope();
        rule.retryHere = flag("retry_here");
        rule.failover = flag("failover");
        rule.hint = hint();
        rule.unknown = unknown();
        return rule;
    }

private:
    QJsonValue value(const char *key) const { return m_object[QLatin1String(key)]; }
    void wrong(const char *key, const QString &message)
    {
        report(m_issues, m_where + QLatin1Char('.') + QLatin1String(key), message);
    }

    std::vector<StatusSpan> statuses()
    {
        std::vector<StatusSpan> spans;
        const QJsonValue status = value("status");
        if (status.isUndefined())
            return spans;
        const QJsonArray list = status.isArray() ? status.toArray() : QJsonArray{status};
        bool right = !list.isEmpty();
        for (const QJsonValue &one : list) {
            const auto span = spanOf(one);
            right &= span.has_value();
            spans.push_back(span.value_or(StatusSpan{})); // one was meant, so it is not missed as well
        }
        if (!right)
            wrong("status", QStringLiteral(
                      "Must be a status from 200 to 599, a text such as \"5xx\" or \"500-504\", or a list of these."));
        return spans;
    }
    std::string text(const char *key)
    {
        const QJsonValue v = value(key);
        const QString text = v.toString().trimmed();
        if (!v.isUndefined() && (text.isEmpty() || text.size() > longestText))
            wrong(key, QStringLiteral(
                           "Must be a text in quotes of 1 to %1 characters. Leave it out where it does not matter.")
                           .arg(longestText));
        return toUtf8(text.left(longestText));
    }
    RetryReason reason()
    {
        const QJsonValue v = value("reason");
        if (v.isUndefined())
            return RetryReason::None; // told by validate()
        if (reasonKeys().contains(v.toString()))
            return *retryReasonFromKey(toUtf8(v.toString()));
        wrong("reason", QStringLiteral("\"%1\" is no reason that an attempt can fail for. Use one of: %2.")
                            .arg(v.toString().left(60), reasonKeys().join(QLatin1String(", "))));
        return RetryReason::Unknown;
    }
    std::optional<Scope> scope()
    {
        const QJsonValue v = value("scope");
        const auto scope = scopeFromKey(toUtf8(v.toString()));
        if (!v.isUndefined() && !scope)
            wrong("scope", QStringLiteral("\"%1\" is not known. Use request, model, provider or account.")
                               .arg(v.toString().left(60)));
        return scope;
    }
    std::optional<bool> flag(const char *key)
    {
        const QJsonValue v = value(key);
        if (!v.isUndefined() && !v.isBool())
            wrong(key, QStringLiteral("Must be true or false."));
        return v.isBool() ? std::optional(v.toBool()) : std::nullopt;
    }
    std::optional<Duration> hint()
    {
        const QJsonValue v = value("hint");
        if (v.isUndefined())
            return std::nullopt;
        const auto wait =
            believable(v.isDouble() ? std::optional(fromSeconds(v.toDouble())) : parseDuration(toUtf8(v.toString())));
        if (!wait)
            wrong("hint", QStringLiteral(
                      "Must be more than 0 and at most 32 days: a number of seconds, or a text such as \"1m30s\"."));
        return wait;
    }
    std::string unknown()
    {
        QJsonObject kept = m_object;
        for (const OwnRuleField &field : ownRuleFields())
            kept.remove(QLatin1String(field.key));
        for (const QString &key : kept.keys())
            report(m_issues, m_where + QLatin1Char('.') + key,
                   QStringLiteral("Unknown key; it is kept but has no effect. Check the spelling."),
                   ConfigIssue::Severity::Warning);
        return kept.isEmpty() ? std::string() : QJsonDocument(kept).toJson(QJsonDocument::Compact).toStdString();
    }

    const QJsonObject &m_object;
    QString m_where;
    ConfigIssues *m_issues;
};

bool sameConditions(const OwnRule &a, const OwnRule &b)
{
    return a.statuses == b.statuses && isSameFolded(a.code, b.code) && isSameFolded(a.text, b.text)
           && isSameFolded(a.host, b.host);
}

} // namespace

const QVector<OwnRuleField> &ownRuleFields()
{
    static const QVector<OwnRuleField> fields{
        {"status", "a status, a text such as \"5xx\" or \"500-504\", or a list of these"},
        {"code", "a code, type or status field of the body; * and ? stand for others"},
        {"text", "a part of the message"},
        {"host", "the host of the provider's base URL; * and ? stand for others"},
        {"reason", "what the failure is called"},
        {"scope", "what it concerns: request, model, provider or account"},
        {"retry_here", "whether another attempt on the same provider may help"},
        {"failover", "whether another provider may help"},
        {"hint", "how long it lasts, instead of what the response says: seconds, or a text such as \"1m30s\""},
    };
    return fields;
}

OwnRules ownRulesFromJson(const QJsonValue &value, ConfigIssues *issues)
{
    OwnRules rules;
    if (value.isUndefined())
        return rules;
    if (!value.isArray()) {
        report(issues, QStringLiteral("rules"),
               QStringLiteral("Must be a list of rules; the first that fits decides."));
        return rules;
    }
    for (const QJsonValue &one : value.toArray()) {
        const QString where = placeOf(qsizetype(rules.size()));
        const QJsonObject object = one.toObject();
        if (one.isObject()) {
            rules.push_back(RuleReader(object, where, issues).read());
            continue;
        }
        report(issues, where,
               QStringLiteral("Must be an object such as {\"status\": 503, \"text\": \"model is loading\", \"reason\": "
                              "\"temporary_failure\"}."));
        OwnRule none; // holds its place
        none.statuses = {StatusSpan{}};
        none.reason = RetryReason::Unknown;
        rules.push_back(none);
    }
    return rules;
}

QJsonArray toJson(const OwnRules &rules)
{
    QJsonArray list;
    for (const OwnRule &rule : rules) {
        QJsonObject o = QJsonDocument::fromJson(QByteArray::fromStdString(rule.unknown)).object();
        QJsonArray statuses;
        for (const StatusSpan &span : rule.statuses)
            statuses.append(toJson(span));
        if (!statuses.isEmpty())
            o[QLatin1String("status")] = statuses.size() == 1 ? statuses.first() : QJsonValue(statuses);
        for (const auto &[key, text] :
             {std::pair{"code", rule.code}, std::pair{"text", rule.text}, std::pair{"host", rule.host}}) {
            if (!text.empty())
                o[QLatin1String(key)] = toText(text);
        }
        if (rule.reason != RetryReason::None)
            o[QLatin1String("reason")] = toKey(rule.reason);
        if (rule.scope)
            o[QLatin1String("scope")] = toKey(*rule.scope);
        if (rule.retryHere)
            o[QLatin1String("retry_here")] = *rule.retryHere;
        if (rule.failover)
            o[QLatin1String("failover")] = *rule.failover;
        if (rule.hint)
            o[QLatin1String("hint")] = toSeconds(*rule.hint);
        list.append(o);
    }
    return list;
}

ConfigIssues validate(const OwnRules &rules)
{
    ConfigIssues issues;
    for (auto one = rules.begin(); one != rules.end(); ++one) {
        const OwnRule &rule = *one;
        const QString where = placeOf(one - rules.begin());
        const bool fitsAll = rule.statuses.empty() && rule.code.empty() && rule.text.empty();
        const bool unread = std::find(rule.statuses.begin(), rule.statuses.end(), StatusSpan{}) != rule.statuses.end();
        if (fitsAll)
            report(&issues, where,
                   QStringLiteral("Must name a status, a code or a text; else it would fit every failure."));
        if (rule.reason == RetryReason::None || rule.reason == RetryReason::Cancelled)
            report(&issues, where + QStringLiteral(".reason"),
                   QStringLiteral("Must name what the failure is. Use one of: %1.")
                       .arg(reasonKeys().join(QLatin1String(", "))));
        const auto earlier =
            std::find_if(rules.begin(), one, [&](const OwnRule &other) { return sameConditions(other, rule); });
        if (!fitsAll && !unread && earlier != one)
            report(&issues, where,
                   QStringLiteral("Is never reached, because %1 has the same conditions. Take one of them out.")
                       .arg(placeOf(earlier - rules.begin())),
                   ConfigIssue::Severity::Warning);
    }
    if (rules.size() > maxOwnRules)
        report(&issues, QStringLiteral("rules"),
               QStringLiteral("Has %1 rules; at most %2 are taken.").arg(rules.size()).arg(maxOwnRules));
    return issues;
}

} // namespace retryscope
