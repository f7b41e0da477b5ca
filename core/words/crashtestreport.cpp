// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// The crash test's report as JSON, Markdown, HTML and JUnit.
#include "words/crashtestwords.h"

#include "base/timeformat.h"
#include "crashtest/crashpeers.h"
#include "words/markdown.h"

#include <QDateTime>
#include <QJsonArray>
#include <QXmlStreamWriter>

#include <cmath>

namespace retryscope {
namespace {

double rounded(Duration d) { return std::round(toSeconds(d) * 1e3) / 1e3; }

QString moment(WallTime t)
{
    return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count(), Qt::UTC)
        .toString(QStringLiteral("yyyy-MM-dd HH:mm 'UTC'"));
}

QString words(const char *text) { return QString::fromUtf8(text); }

const char *glyph(CrashVerdict verdict)
{
    static constexpr const char *glyphs[] = {"✓", "◐", "▽", "✗", "–"};
    return glyphs[std::size_t(verdict)];
}

constexpr char pageStyle[] = R"(
:root{color-scheme:light dark;--bg:#f7f8fa;--card:#fff;--line:#e3e6ea;--text:#1c2127;--soft:#5b6570;
--pass:#1a7f4b;--partial:#8a6100;--safe:#2563ab;--fail:#c02f2f;--left_out:#6b7480}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--card:#1c2026;--line:#2e343c;--text:#e7eaee;--soft:#a0a9b4;
--pass:#4cc38a;--partial:#e2b04a;--safe:#7ab3f0;--fail:#f27d7d;--left_out:#98a1ac}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);
font:15px/1.5 Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:26px;margin:0 0 4px;letter-spacing:-.01em}
.soft{color:var(--soft)}
.head{display:flex;gap:32px;align-items:center;flex-wrap:wrap;margin-bottom:24px}
.score{width:96px;height:96px;border-radius:50%;display:grid;place-items:center;font-size:30px;font-weight:650;
background:radial-gradient(var(--bg) 62%,transparent 63%),conic-gradient(var(--pass) calc(var(--n)*1%),var(--line) 0)}
.chips{display:flex;gap:8px;flex-wrap:wrap;margin-top:8px}
.v{display:inline-block;white-space:nowrap;font-weight:600;font-size:13px;color:var(--c);
border:1px solid var(--c);border-radius:999px;padding:0 10px}
.pass{--c:var(--pass)}.partial{--c:var(--partial)}.safe{--c:var(--safe)}
.fail{--c:var(--fail)}.left_out{--c:var(--left_out)}
details{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--c);
border-radius:8px;margin:6px 0}
summary{display:grid;grid-template-columns:96px minmax(0,1.1fr) minmax(0,1.6fr) 72px;
gap:12px;align-items:center;padding:8px 14px;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary:focus-visible{outline:2px solid var(--safe);outline-offset:2px;border-radius:8px}
summary b{font-weight:600}
.num{text-align:right;font-variant-numeric:tabular-nums}
dl{display:grid;grid-template-columns:150px 1fr;gap:4px 16px;margin:0;padding:4px 16px 14px}
dt{color:var(--soft)}dd{margin:0}
@media(max-width:720px){summary{grid-template-columns:96px 1fr}summary .did,summary .num{display:none}
dl{grid-template-columns:1fr}}
@media print{details{break-inside:avoid}}
)";

QString htmlBadge(CrashVerdict verdict, const QString &text)
{
    return QStringLiteral("<span class=\"v %1\">%2 %3</span>")
        .arg(toKey(verdict), QString::fromUtf8(glyph(verdict)), text);
}

QString htmlRow(const char *name, const QString &value)
{
    return value.isEmpty() ? QString()
                           : QStringLiteral("<dt>%1</dt><dd>%2</dd>").arg(words(name), value.toHtmlEscaped());
}

QString htmlCase(const CrashReport &report, const CrashResult &r)
{
    const CrashCase *what = crashCase(r.key);
    if (!what)
        return {};
    const bool open = r.verdict == CrashVerdict::Fail;
    QString html =
        QStringLiteral("<details class=\"%1\"%2><summary>%3<b>%4</b><span class=\"did soft\">%5</span>"
                       "<span class=\"num\">%6</span></summary><dl>")
            .arg(toKey(r.verdict), open ? QStringLiteral(" open") : QString(), htmlBadge(r.verdict, toLabel(r.verdict)),
                 words(what->label).toHtmlEscaped(), didSentence(r).toHtmlEscaped(),
                 r.verdict == CrashVerdict::LeftOut ? QString() : formatDuration(r.took));
    html += htmlRow("What happened", words(what->fault)) + htmlRow("A good client", goodSentence(r))
            + htmlRow(subjectText(report).toUtf8().constData(), didSentence(r)) + htmlRow("Why?", whySentence(r));
    if (r.verdict != CrashVerdict::LeftOut)
        html += htmlRow("Requests", requestsText(r)) + htmlRow("Took", tookText(r));
    html += htmlRow("Official SDKs", peerLines(r.key).join(QStringLiteral("; ")));
    return html + htmlRow("Case", r.key) + QStringLiteral("</dl></details>\n");
}

/// A case as JUnit has it; times are those that passed in the case.
void junitCase(QXmlStreamWriter &xml, const CrashResult &r)
{
    const CrashCase *what = crashCase(r.key);
    xml.writeStartElement(QStringLiteral("testcase"));
    xml.writeAttribute(QStringLiteral("classname"), QStringLiteral("crashtest"));
    xml.writeAttribute(QStringLiteral("name"), r.key);
    xml.writeAttribute(QStringLiteral("time"), QString::number(rounded(r.took), 'f', 3));
    const QString text = QStringLiteral("%1\n%2\n%3\n%4")
                             .arg(what ? words(what->fault) : QString(), goodSentence(r), didSentence(r),
                                  whySentence(r));
    if (r.verdict == CrashVerdict::Fail) {
        xml.writeStartElement(QStringLiteral("failure"));
        xml.writeAttribute(QStringLiteral("type"), toKey(r.finding));
        xml.writeAttribute(QStringLiteral("message"), whySentence(r));
        xml.writeCharacters(text);
        xml.writeEndElement();
    } else if (r.verdict == CrashVerdict::LeftOut) {
        xml.writeStartElement(QStringLiteral("skipped"));
        xml.writeAttribute(QStringLiteral("message"), didSentence(r));
        xml.writeEndElement();
    } else if (r.verdict != CrashVerdict::Pass) {
        xml.writeTextElement(QStringLiteral("system-out"), toLabel(r.verdict) + QLatin1Char('\n') + text);
    }
    xml.writeEndElement();
}

} // namespace

QJsonObject toJson(const CrashResult &r)
{
    const CrashCase *what = crashCase(r.key);
    QJsonObject requests;
    for (const auto &[provider, count] : r.requests)
        requests[provider] = count;
    QJsonObject object{{QStringLiteral("case"), r.key},
                       {QStringLiteral("label"), what ? words(what->label) : QString()},
                       {QStringLiteral("fault"), what ? words(what->fault) : QString()},
                       {QStringLiteral("good"), goodSentence(r)},
                       {QStringLiteral("verdict"), toKey(r.verdict)},
                       {QStringLiteral("did"), didSentence(r)},
                       {QStringLiteral("calls"), r.calls},
                       {QStringLiteral("answered"), r.answered},
                       {QStringLiteral("unended"), r.unended},
                       {QStringLiteral("left_over"), r.leftOver},
                       {QStringLiteral("retries"), r.retries},
                       {QStringLiteral("failovers"), r.failovers},
                       {QStringLiteral("requests"), requests},
                       {QStringLiteral("took_s"), rounded(r.took)},
                       {QStringLiteral("speed"), r.speed}};
    if (r.reason != RetryReason::None) {
        object[QStringLiteral("reason")] = toKey(r.reason);
        object[QStringLiteral("rule")] = r.rule;
    }
    if (r.finding != CrashFinding::None) {
        object[QStringLiteral("finding")] = toKey(r.finding);
        object[QStringLiteral("why")] = whySentence(r);
    }
    if (!r.setting.isEmpty())
        object[QStringLiteral("setting")] = r.setting;
    return object;
}

QJsonObject toJson(const CrashReport &report)
{
    QJsonArray results;
    for (const CrashResult &r : report.results)
        results.append(toJson(r));
    QJsonObject counts;
    for (int v = 0; v < crashVerdictCount; ++v)
        counts[toKey(CrashVerdict(v))] = report.count(CrashVerdict(v));
    QJsonObject object{{QStringLiteral("kind"), QStringLiteral("crashtest")},
                       {QLatin1String(report.target ? "target" : "configuration"), report.configuration},
                       {QStringLiteral("providers"), QJsonArray::fromStringList(report.providers)},
                       {QStringLiteral("at"), formatWallTime(report.at)},
                       {QStringLiteral("took_s"), rounded(report.took)},
                       {QStringLiteral("complete"), report.isComplete()},
                       {QStringLiteral("verdicts"), counts},
                       {QStringLiteral("cases"), results}};
    if (const auto score = report.score())
        object[QStringLiteral("score")] = *score;
    return object;
}

/// The verdicts of the official SDKs, a column each.
static QString peersMarkdown(const CrashReport &report)
{
    const CrashPeers &all = crashPeers();
    if (all.peers.isEmpty())
        return {};
    QString head = QStringLiteral("\n## Beside it\n\n%1: %2\n\n| case |").arg(peersHeading(), escapedMarkdown(peerScores()));
    QString rule = QStringLiteral("\n| --- |"), rows;
    for (const CrashPeer &peer : all.peers) {
        head += QStringLiteral(" %1 |").arg(escapedMarkdown(peer.label));
        rule += QStringLiteral(" --- |");
    }
    for (const CrashResult &r : report.results) {
        const CrashCase *what = crashCase(r.key);
        if (!what || peerLines(r.key).isEmpty())
            continue;
        rows += QStringLiteral("| %1 |").arg(escapedMarkdown(words(what->label)));
        for (const CrashPeer &peer : all.peers) {
            const auto one = peer.cases.constFind(r.key);
            rows += one == peer.cases.constEnd() ? QStringLiteral(" |") : QStringLiteral(" %1 |").arg(toLabel(one->verdict));
        }
        rows += QLatin1Char('\n');
    }
    return rows.isEmpty() ? QString() : head + rule + QLatin1Char('\n') + rows;
}

QString toMarkdown(const CrashReport &report)
{
    QString text =
        QStringLiteral("# Crash test: %1\n\n%2\n\n%3. Tested on %4 in %5, against simulated providers.\n\n"
                       "| verdict | case | what happened | %6 | took | requests |\n"
                       "| --- | --- | --- | --- | --- | --- |\n")
            .arg(escapedMarkdown(report.configuration), escapedMarkdown(scoreSentence(report)),
                 escapedMarkdown(chainText(report)), moment(report.at), formatDuration(report.took),
                 subjectText(report).toLower());
    QString reasons;
    for (const CrashResult &r : report.results) {
        const CrashCase *what = crashCase(r.key);
        if (!what)
            continue;
        const bool leftOut = r.verdict == CrashVerdict::LeftOut;
        text +=
            QStringLiteral("| %1 | %2 | %3 | %4 | %5 | %6 |\n")
                .arg(toLabel(r.verdict), escapedMarkdown(words(what->label)), escapedMarkdown(words(what->fault)),
                     escapedMarkdown(didSentence(r)), escapedMarkdown(tookText(r)), leftOut ? QString() : escapedMarkdown(requestsText(r)));
        if (r.finding != CrashFinding::None)
            reasons += QStringLiteral("- **%1** (%2): %3 A good client: %4\n")
                           .arg(escapedMarkdown(words(what->label)), toLabel(r.verdict).toLower(), escapedMarkdown(whySentence(r)),
                                escapedMarkdown(goodSentence(r)));
    }
    if (!reasons.isEmpty())
        text += QStringLiteral("\n## Why\n\n") + reasons;
    return text + peersMarkdown(report);
}

QString toHtml(const CrashReport &report)
{
    QString chips, cases;
    for (int v = 0; v < crashVerdictCount; ++v) {
        const int count = report.count(CrashVerdict(v));
        if (count > 0)
            chips +=
                htmlBadge(CrashVerdict(v), QStringLiteral("%1 %2").arg(count).arg(toLabel(CrashVerdict(v)).toLower()));
    }
    for (const CrashVerdict verdict :
         {CrashVerdict::Fail, CrashVerdict::Safe, CrashVerdict::Partial, CrashVerdict::Pass, CrashVerdict::LeftOut}) {
        for (const CrashResult &r : report.results)
            cases += r.verdict == verdict ? htmlCase(report, r) : QString();
    }
    const QString score = report.score() ? QString::number(*report.score()) : QStringLiteral("–");
    QString page = QStringLiteral("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                                  "<title>Crash test: %1</title><style>%2</style></head><body><main>\n")
                       .arg(report.configuration.toHtmlEscaped(), QLatin1String(pageStyle));
    page += QStringLiteral("<div class=\"head\"><div class=\"score\" style=\"--n:%1\" role=\"img\" aria-label=\"Score "
                           "%2 of 100\">%2</div>"
                           "<div><h1>Crash test: %3</h1><div class=\"soft\">%4 · %5 · %6</div>"
                           "<div class=\"chips\">%7</div></div></div>\n")
                .arg(report.score().value_or(0))
                .arg(score, report.configuration.toHtmlEscaped(), moment(report.at),
                     chainText(report).toHtmlEscaped(), formatDuration(report.took), chips);
    page += QStringLiteral("<p class=\"soft\">%1 Played over real connections against simulated providers%2; the "
                           "providers counted the requests.%3</p>\n")
                .arg(scoreSentence(report).toHtmlEscaped(),
                     report.target ? QStringLiteral(", and called without retries") : QStringLiteral(" on one machine"),
                     report.target ? QString() : QStringLiteral(" No key and no prompt of yours left it."));
    if (const QString scores = peerScores(); !scores.isEmpty())
        page += QStringLiteral("<p class=\"soft\">%1: %2</p>\n").arg(peersHeading(), scores.toHtmlEscaped());
    return page + cases + QStringLiteral("</main></body></html>\n");
}

QByteArray toJUnit(const CrashReport &report)
{
    QByteArray bytes;
    QXmlStreamWriter xml(&bytes);
    xml.setAutoFormatting(true);
    xml.writeStartDocument();
    xml.writeStartElement(QStringLiteral("testsuites"));
    xml.writeStartElement(QStringLiteral("testsuite"));
    xml.writeAttribute(QStringLiteral("name"), QStringLiteral("retryscope crashtest ") + report.configuration);
    xml.writeAttribute(QStringLiteral("tests"), QString::number(report.results.size()));
    xml.writeAttribute(QStringLiteral("failures"), QString::number(report.count(CrashVerdict::Fail)));
    xml.writeAttribute(QStringLiteral("errors"), QStringLiteral("0"));
    xml.writeAttribute(QStringLiteral("skipped"), QString::number(report.count(CrashVerdict::LeftOut)));
    xml.writeAttribute(QStringLiteral("time"), QString::number(rounded(report.took), 'f', 3));
    xml.writeAttribute(QStringLiteral("timestamp"), formatWallTime(report.at));
    for (const CrashResult &r : report.results)
        junitCase(xml, r);
    xml.writeEndElement();
    xml.writeEndElement();
    xml.writeEndDocument();
    return bytes;
}

} // namespace retryscope
