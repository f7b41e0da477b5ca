// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// A batch as CSV, JSON and HTML.
#include "words/batchwords.h"

#include "base/timeformat.h"
#include "base/writtencost.h"
#include "telemetry/csv.h"
#include "words/labels.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>

#include <array>
#include <cmath>

namespace retryscope {
namespace {

double batchSeconds(Duration d) { return std::round(toSeconds(d) * 1e6) / 1e6; }

/// All that was said, the last turn last.
QString askedText(const Prompt &prompt)
{
    QStringList texts = prompt.texts();
    texts.removeAll(prompt.system);
    texts.removeAll(QString());
    if (!prompt.text.isEmpty() && texts.size() > 1)
        texts.append(texts.takeFirst()); // what is said now stands behind what was said before
    return texts.join(QLatin1Char('\n'));
}

constexpr std::array batchColumns{
    "number",   "prompt",    "line",       "id",       "run",     "outcome",       "reason",  "status",
    "provider", "model",     "simulated",  "attempts", "retries", "failovers",     "began_s", "duration_s",
    "ttft_s",   "tokens_in", "tokens_out", "cost_usd", "finish",  "finish_reason", "rule"};
constexpr std::array textColumns{"system", "prompt_text", "answer", "message"};

constexpr char batchStyle[] = R"(
:root{color-scheme:light dark;--bg:#f7f8fa;--card:#fff;--line:#e3e6ea;--text:#1c2127;--soft:#5b6570;
--ok:#1a7f4b;--warn:#8a6100;--fail:#c02f2f;--none:#6b7480}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--card:#1c2026;--line:#2e343c;--text:#e7eaee;--soft:#a0a9b4;
--ok:#4cc38a;--warn:#e2b04a;--fail:#f27d7d;--none:#98a1ac}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);
font:15px/1.5 Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1180px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:26px;margin:0 0 4px;letter-spacing:-.01em}
.soft{color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(120px,1fr));gap:12px;margin:20px 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 14px}
.tile b{display:block;font-size:19px;font-weight:620;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13px}
.wide{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:6px 12px;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}
th{color:var(--soft);font-weight:500;font-size:13px}
tr:last-child td{border-bottom:0}
.n{text-align:right}.ok{color:var(--ok)}.warn{color:var(--warn)}.fail{color:var(--fail)}.none{color:var(--none)}
.t{white-space:pre-wrap;min-width:260px;max-width:520px;vertical-align:top}
)";

const char *outcomeClass(const BatchRow &row)
{
    switch (row.outcome) {
    case CallOutcome::FirstTry: return "ok";
    case CallOutcome::SecondChoice:
    case CallOutcome::RecoveredByRetry:
    case CallOutcome::RecoveredByFailover: return "warn";
    case CallOutcome::Failed: return "fail";
    default: return "none";
    }
}

QString cell(const QString &text, const char *kind = nullptr)
{
    return kind ? QStringLiteral("<td class=\"%1\">%2</td>").arg(QLatin1String(kind), text.toHtmlEscaped())
                : QStringLiteral("<td>%1</td>").arg(text.toHtmlEscaped());
}

QString optionalNumber(std::optional<int> n) { return n ? QString::number(*n) : QString(); }

QString htmlRowOf(const BatchRow &row, const BatchPlan &plan, BatchTexts texts)
{
    const BatchPrompt &prompt = plan.prompts[row.prompt];
    const QString name = prompt.id.isEmpty() ? QString::number(row.prompt + 1) : prompt.id;
    const QString model = QStringLiteral("%1 %2").arg(plan.nameOf(row.provider), row.model).trimmed();
    QString html = QStringLiteral("<tr>") + cell(QString::number(row.number), "n") + cell(name)
                   + cell(resultText(row), outcomeClass(row)) + cell(model) + cell(QString::number(row.attempts), "n")
                   + cell(formatDuration(row.duration), "n")
                   + cell(row.firstToken ? formatDuration(*row.firstToken) : QString(), "n")
                   + cell(optionalNumber(row.tokensIn), "n") + cell(optionalNumber(row.tokensOut), "n")
                   + cell(costText(row), "n") + cell(row.finishWord()) + cell(row.rule);
    if (texts == BatchTexts::PromptsAndAnswers)
        html += cell(askedText(prompt.prompt), "t") + cell(row.answer.isEmpty() ? row.message : row.answer, "t");
    return html + QStringLiteral("</tr>\n");
}

QString htmlHead(BatchTexts texts)
{
    const std::pair<QString, bool> names[] = {
        {Words::tr("No."), true},         {Words::tr("Prompt"), false},   {Words::tr("Result"), false},
        {Words::tr("Provider"), false},   {Words::tr("Attempts"), true},  {Words::tr("Time"), true},
        {Words::tr("First token"), true}, {Words::tr("Tokens in"), true}, {Words::tr("Tokens out"), true},
        {Words::tr("Cost"), true},        {Words::tr("Finish"), false},   {Words::tr("Rule"), false}};
    QString html;
    for (const auto &[name, right] : names)
        html += QStringLiteral("<th%1>%2</th>").arg(right ? QStringLiteral(" class=\"n\"") : QString(), name);
    if (texts == BatchTexts::PromptsAndAnswers)
        html += QStringLiteral("<th>%1</th><th>%2</th>").arg(Words::tr("Prompt"), Words::tr("Answer"));
    return html;
}

} // namespace

QJsonObject toJson(const BatchRow &row, const BatchPlan &plan, BatchTexts texts)
{
    const BatchPrompt &prompt = plan.prompts[row.prompt];
    QJsonObject o{{QStringLiteral("kind"), QStringLiteral("row")},
                  {QStringLiteral("number"), row.number},
                  {QStringLiteral("prompt"), row.prompt + 1},
                  {QStringLiteral("line"), prompt.line},
                  {QStringLiteral("run"), row.run},
                  {QStringLiteral("call"), qint64(row.call.value)},
                  {QStringLiteral("outcome"), toKey(row.outcome)},
                  {QStringLiteral("provider"), row.provider},
                  {QStringLiteral("model"), row.model},
                  {QStringLiteral("simulated"), row.simulated},
                  {QStringLiteral("attempts"), row.attempts},
                  {QStringLiteral("retries"), row.retries},
                  {QStringLiteral("failovers"), row.failovers},
                  {QStringLiteral("began_s"), batchSeconds(row.began)},
                  {QStringLiteral("duration_s"), batchSeconds(row.duration)}};
    const auto put = [&o](const char *key, const QJsonValue &value, bool there) {
        if (there)
            o[QLatin1String(key)] = value;
    };
    put("id", prompt.id, !prompt.id.isEmpty());
    put("reason", toKey(row.reason), row.reason != RetryReason::None);
    put("status", row.status, row.status > 0);
    put("ttft_s", batchSeconds(row.firstToken.value_or(Duration{})), row.firstToken.has_value());
    put("tokens_in", row.tokensIn.value_or(0), row.tokensIn.has_value());
    put("tokens_out", row.tokensOut.value_or(0), row.tokensOut.has_value());
    put("cost_usd", writtenCost(row.costUsd.value_or(0)), row.costUsd.has_value());
    put("finish", toKey(row.finish), row.finish != Finish::Unknown);
    put("finish_reason", row.finishReason, !row.finishReason.isEmpty());
    put("rule", row.rule, !row.rule.isEmpty());
    if (texts == BatchTexts::PromptsAndAnswers) {
        put("system", prompt.prompt.system, !prompt.prompt.system.isEmpty());
        o[QLatin1String("prompt_text")] = askedText(prompt.prompt);
        put("answer", row.answer, row.isServed());
        put("message", row.message, !row.message.isEmpty());
    }
    return o;
}

QJsonObject summaryJson(const BatchReport &r)
{
    const BatchSummary s = summaryOf(r.rows);
    QJsonObject o{{QStringLiteral("kind"), QStringLiteral("batch")},
                  {QStringLiteral("name"), r.plan.name},
                  {QStringLiteral("at"), formatWallTime(r.at)},
                  {QStringLiteral("took_s"), batchSeconds(r.took)},
                  {QStringLiteral("end"), toKey(r.end)},
                  {QStringLiteral("prompts"), r.plan.prompts.size()},
                  {QStringLiteral("planned"), r.plan.calls()},
                  {QStringLiteral("concurrency"), r.plan.concurrency},
                  {QStringLiteral("spacing_s"), batchSeconds(r.plan.spacing)},
                  {QStringLiteral("ended"), s.ended},
                  {QStringLiteral("served"), s.served},
                  {QStringLiteral("failed"), s.failed},
                  {QStringLiteral("cancelled"), s.cancelled},
                  {QStringLiteral("retried"), s.retried},
                  {QStringLiteral("failed_over"), s.failedOver},
                  {QStringLiteral("second_choice"), s.secondChoice},
                  {QStringLiteral("requests"), s.requests},
                  {QStringLiteral("tokens_in"), s.tokensIn},
                  {QStringLiteral("tokens_out"), s.tokensOut},
                  {QStringLiteral("cost_usd"), writtenCost(s.cost)},
                  {QStringLiteral("cost_unknown"), s.costUnknown},
                  {QStringLiteral("spent_usd"), writtenCost(r.spent)},
                  {QStringLiteral("spent_uncertain_usd"), writtenCost(r.uncertain)},
                  {QStringLiteral("simulated"), s.simulated}};
    const std::pair<const char *, std::optional<Duration>> times[] = {
        {"p50_s", s.median}, {"p95_s", s.p95}, {"max_s", s.slowest}, {"ttft_p50_s", s.firstToken}};
    for (const auto &[key, time] : times) {
        if (time)
            o[QLatin1String(key)] = batchSeconds(*time);
    }
    if (s.share())
        o[QLatin1String("success_share")] = *s.share();
    if (r.plan.ceiling)
        o[QLatin1String("ceiling_usd")] = *r.plan.ceiling;
    return o;
}

QJsonObject toJson(const BatchReport &report, BatchTexts texts)
{
    QJsonArray rows;
    for (const BatchRow &row : report.rows) {
        QJsonObject one = toJson(row, report.plan, texts);
        one.remove(QLatin1String("kind"));
        rows.append(one);
    }
    QJsonObject o = summaryJson(report);
    o[QLatin1String("rows")] = rows;
    return o;
}

QByteArray toCsv(const BatchReport &report, BatchTexts texts)
{
    QStringList columns;
    for (const char *column : batchColumns)
        columns << QLatin1String(column);
    if (texts == BatchTexts::PromptsAndAnswers) {
        for (const char *column : textColumns)
            columns << QLatin1String(column);
    }
    QByteArray bytes = csvRow(columns);
    for (const BatchRow &row : report.rows) {
        const QJsonObject o = toJson(row, report.plan, texts);
        QStringList cells;
        for (const QString &column : columns)
            cells << o[column].toVariant().toString();
        bytes += csvRow(cells);
    }
    return bytes;
}

QString toHtml(const BatchReport &report, BatchTexts texts)
{
    const QString at = QDateTime::fromMSecsSinceEpoch(report.at.time_since_epoch().count(), Qt::UTC)
                           .toString(QStringLiteral("yyyy-MM-dd HH:mm 'UTC'"));
    const BatchSummary sum = summaryOf(report.rows);
    const QString simulated = sum.simulated ? Words::tr(" · simulated providers") : QString();
    QString page = QStringLiteral("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                                  "<title>%1</title><style>%2</style></head><body><main>\n<h1>%1</h1>"
                                  "<div class=\"soft\">%3%4</div><p>%5</p><div class=\"tiles\">")
                       .arg(Words::tr("Batch: %1").arg(report.plan.name).toHtmlEscaped(), QLatin1String(batchStyle), at,
                            simulated, endSentence(report).toHtmlEscaped());
    for (const auto &[name, value] : summaryTexts(report))
        page += QStringLiteral("<div class=\"tile\"><b>%1</b><span>%2</span></div>")
                    .arg(value.toHtmlEscaped(), name.toHtmlEscaped());
    page +=
        QStringLiteral("</div>\n<div class=\"wide\"><table><thead><tr>%1</tr></thead><tbody>\n").arg(htmlHead(texts));
    for (const BatchRow &row : report.rows)
        page += htmlRowOf(row, report.plan, texts);
    return page + QStringLiteral("</tbody></table></div></main></body></html>\n");
}

QString toKey(BatchFileFormat format)
{
    constexpr std::array keys{"csv", "json", "html"};
    return QString::fromLatin1(keys[std::size_t(format)]);
}

std::optional<BatchFileFormat> batchFileFormatFromKey(QStringView key)
{
    for (const auto format : {BatchFileFormat::Csv, BatchFileFormat::Json, BatchFileFormat::Html}) {
        if (toKey(format) == key)
            return format;
    }
    return std::nullopt;
}

QByteArray encode(const BatchReport &report, BatchFileFormat format, BatchTexts texts)
{
    switch (format) {
    case BatchFileFormat::Json: return QJsonDocument(toJson(report, texts)).toJson();
    case BatchFileFormat::Html: return toHtml(report, texts).toUtf8();
    case BatchFileFormat::Csv: break;
    }
    return toCsv(report, texts);
}

} // namespace retryscope
