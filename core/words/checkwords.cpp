// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/checkwords.h"

#include "protocols/registry.h"
#include "words/callwords.h"

#include <QJsonArray>
#include <QLocale>

namespace retryscope {
namespace {

struct StageRow
{
    const char *key, *label, *passed;
};
/// `passed`: what is said of it where nothing else is to be said; %1 host, %2 model, %3 protocol.
constexpr std::array<StageRow, checkStageCount> checkStageRows{{
    {"settings", QT_TRANSLATE_NOOP("retryscope::Words", "Settings"),
     QT_TRANSLATE_NOOP("retryscope::Words", "Every field can be used.")},
    {"key", QT_TRANSLATE_NOOP("retryscope::Words", "Key"), QT_TRANSLATE_NOOP("retryscope::Words", "The key is there.")},
    {"address", QT_TRANSLATE_NOOP("retryscope::Words", "Address"),
     QT_TRANSLATE_NOOP("retryscope::Words", "%1 is known.")},
    {"connection", QT_TRANSLATE_NOOP("retryscope::Words", "Connection"),
     QT_TRANSLATE_NOOP("retryscope::Words", "%1 takes connections.")},
    {"access", QT_TRANSLATE_NOOP("retryscope::Words", "Access"),
     QT_TRANSLATE_NOOP("retryscope::Words", "The key is accepted.")},
    {"models", QT_TRANSLATE_NOOP("retryscope::Words", "Model list"),
     QT_TRANSLATE_NOOP("retryscope::Words", "%2 is on the list.")},
    {"prompt", QT_TRANSLATE_NOOP("retryscope::Words", "Short prompt"),
     QT_TRANSLATE_NOOP("retryscope::Words", "%2 answered.")},
    {"stream", QT_TRANSLATE_NOOP("retryscope::Words", "Streaming"),
     QT_TRANSLATE_NOOP("retryscope::Words", "The answer came in pieces, to its end.")},
    {"limits", QT_TRANSLATE_NOOP("retryscope::Words", "Rate limits"), nullptr},
}};

constexpr std::array<const char *, 5> checkStateKeys{"waiting", "running", "passed", "failed", "skipped"};
constexpr std::array<const char *, 5> verdictKeys{"running", "stopped", "well", "usable", "failed"};

struct FindingRow
{
    CheckFinding finding;
    const char *key, *found, *mend;
};
/// %1 host, %2 model, %3 protocol, %4 base URL, %5 status, %6 similar models.
constexpr std::array<FindingRow, checkFindingCount> findingRows{{
    {CheckFinding::None, "none", nullptr, nullptr},
    {CheckFinding::EarlierFailed, "earlier_failed",
     QT_TRANSLATE_NOOP("retryscope::Words", "Not tried: an earlier stage failed."), nullptr},
    {CheckFinding::Stopped, "stopped", QT_TRANSLATE_NOOP("retryscope::Words", "Not tried: the check was stopped."),
     nullptr},
    {CheckFinding::KeyNotProven, "key_not_proven",
     QT_TRANSLATE_NOOP("retryscope::Words", "Not known: the server said nothing about the key."), nullptr},
    {CheckFinding::FieldWrong, "field_wrong", QT_TRANSLATE_NOOP("retryscope::Words", "A field cannot be used."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Correct the field that is named.")},
    {CheckFinding::KeyMissing, "key_missing", QT_TRANSLATE_NOOP("retryscope::Words", "The key is not there."), nullptr},
    {CheckFinding::NoKeyNeeded, "no_key_needed", QT_TRANSLATE_NOOP("retryscope::Words", "It is asked without a key."),
     nullptr},
    {CheckFinding::HostUnknown, "host_unknown", QT_TRANSLATE_NOOP("retryscope::Words", "No host %1 was found."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Check the spelling of base_url, and whether this machine is online.")},
    {CheckFinding::HostNotProven, "host_not_proven",
     QT_TRANSLATE_NOOP("retryscope::Words", "Not known: the time was up before there was a connection."), nullptr},
    {CheckFinding::Refused, "refused", QT_TRANSLATE_NOOP("retryscope::Words", "%1 refused the connection."),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "Nothing listens at %4. Start the server, or correct the port in base_url.")},
    {CheckFinding::TlsFailed, "tls_failed", QT_TRANSLATE_NOOP("retryscope::Words", "TLS with %1 failed."),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "Check the port and the scheme of base_url; a proxy in between may break TLS.")},
    {CheckFinding::Untrusted, "untrusted",
     QT_TRANSLATE_NOOP("retryscope::Words", "The certificate of %1 is not trusted."),
     nullptr}, // the transport's own sentence tells each cause's remedy
    {CheckFinding::WrongScheme, "wrong_scheme", QT_TRANSLATE_NOOP("retryscope::Words", "%1 does not speak TLS there."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Write http:// in base_url, or another port.")},
    {CheckFinding::ProxyFailed, "proxy_failed", QT_TRANSLATE_NOOP("retryscope::Words", "The proxy does not help."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Correct the field proxy, or write none there.")},
    {CheckFinding::ConnectionLost, "connection_lost",
     QT_TRANSLATE_NOOP("retryscope::Words", "The connection to %1 broke."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Try again; if it stays so, check base_url and what stands in between.")},
    {CheckFinding::ConnectTimeout, "connect_timeout",
     QT_TRANSLATE_NOOP("retryscope::Words", "No connection to %1 came about in time."),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "Check host and port of base_url, a firewall, and whether a proxy is needed.")},
    {CheckFinding::NotHttp, "not_http", QT_TRANSLATE_NOOP("retryscope::Words", "What %1 answers is not HTTP."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Correct the port in base_url; a server of TLS wants https://.")},
    {CheckFinding::KeyRefused, "key_refused", QT_TRANSLATE_NOOP("retryscope::Words", "The key was refused (%5)."),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "Make a new key with the vendor and put it where the field key says; check that it is for %1.")},
    {CheckFinding::NotAllowed, "not_allowed",
     QT_TRANSLATE_NOOP("retryscope::Words", "The key is known and not allowed to do this (%5)."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Give the key the right to use %2, or choose another model or key.")},
    {CheckFinding::FurtherKeyRefused, "further_key_refused",
     QT_TRANSLATE_NOOP("retryscope::Words", "The first key is accepted, a further one was refused (%5)."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Make a new key with the vendor in its place, or take it out of keys.")},
    {CheckFinding::FurtherKeyNotProven, "further_key_not_proven",
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "The first key is accepted; nothing was learned of the others, because no list of models came."),
     nullptr},
    {CheckFinding::NoModelList, "no_model_list",
     QT_TRANSLATE_NOOP("retryscope::Words", "This server has no list of models (%5)."), nullptr},
    {CheckFinding::ListUnreadable, "list_unreadable",
     QT_TRANSLATE_NOOP("retryscope::Words", "What came is no list of models."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Check base_url and protocol: something else may answer at %4.")},
    {CheckFinding::ListFailed, "list_failed",
     QT_TRANSLATE_NOOP("retryscope::Words", "The list of models did not come."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Try again in a moment.")},
    {CheckFinding::ListCut, "list_cut",
     QT_TRANSLATE_NOOP("retryscope::Words", "The list of models broke off before its end."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Try again; if it stays so, check what stands between here and %1.")},
    {CheckFinding::ListTooLong, "list_too_long",
     QT_TRANSLATE_NOOP("retryscope::Words", "Not read: the list of models is longer than 8 MB."), nullptr},
    {CheckFinding::ListEmpty, "list_empty", QT_TRANSLATE_NOOP("retryscope::Words", "The list of models is empty."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Load a model on the server, or ask with a key that may use one.")},
    {CheckFinding::ModelMissing, "model_missing", QT_TRANSLATE_NOOP("retryscope::Words", "%2 is not on the list."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Write a model of the list into model.")},
    {CheckFinding::ModelNotOnPage, "model_not_on_page",
     QT_TRANSLATE_NOOP("retryscope::Words", "%2 is not on the first page of the list; there are more."), nullptr},
    {CheckFinding::NotListedButAnswers, "not_listed_but_answers",
     QT_TRANSLATE_NOOP("retryscope::Words", "%2 is not on the list, and answers all the same."), nullptr},
    {CheckFinding::ModelUnknown, "model_unknown",
     QT_TRANSLATE_NOOP("retryscope::Words", "The server does not know %2 (%5)."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Write a model that this key may use into model.")},
    {CheckFinding::Redirected, "redirected",
     QT_TRANSLATE_NOOP("retryscope::Words", "The server sends to another address (%5)."),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "Write the address that answers into base_url; a page to sign in at is no provider's.")},
    {CheckFinding::PageInstead, "page_instead",
     QT_TRANSLATE_NOOP("retryscope::Words", "A page for people refused it, where a provider answers in JSON (%5)."),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "Check base_url, and what stands between here and %1: a proxy, a firewall or a sign-in.")},
    {CheckFinding::EmptyAnswer, "empty_answer", QT_TRANSLATE_NOOP("retryscope::Words", "%2 answered without a word."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Try again; if it stays so, choose another model.")},
    {CheckFinding::PathUnknown, "path_unknown",
     QT_TRANSLATE_NOOP("retryscope::Words", "The path of prompts is not there (%5)."),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "Correct the path of base_url (%4), or the protocol (%3): prompts go to a path below it.")},
    {CheckFinding::QuotaUsedUp, "quota_used_up",
     QT_TRANSLATE_NOOP("retryscope::Words", "The account has no credit left (%5)."),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "Add credit or raise the limit at the vendor; nothing has to be changed here.")},
    {CheckFinding::RateLimited, "rate_limited",
     QT_TRANSLATE_NOOP("retryscope::Words", "The rate limit is reached (%5)."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Wait a moment and check again.")},
    {CheckFinding::ServerFailed, "server_failed", QT_TRANSLATE_NOOP("retryscope::Words", "The server failed (%5)."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Wait a moment and check again; the vendor's status page may say more.")},
    {CheckFinding::RequestRefused, "request_refused",
     QT_TRANSLATE_NOOP("retryscope::Words", "The server did not take the request (%5)."),
     QT_TRANSLATE_NOOP(
         "retryscope::Words",
         "Check protocol and model; a field that it does not know can be renamed or removed in parameters.")},
    {CheckFinding::NoAnswerInTime, "no_answer_in_time",
     QT_TRANSLATE_NOOP("retryscope::Words", "No answer came in time."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Try again; a model that is being loaded takes longer the first time.")},
    {CheckFinding::StreamCut, "stream_cut",
     QT_TRANSLATE_NOOP("retryscope::Words", "The stream ended before the answer did."),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "Check the protocol. A server that sends no end mark wants \"connection\" in the field end.")},
    {CheckFinding::StreamNotEnded, "stream_not_ended",
     QT_TRANSLATE_NOOP("retryscope::Words", "The stream began and did not end in time."),
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "Check the protocol: its mark of the end did not come. A proxy in between may hold it back.")},
    {CheckFinding::Unreadable, "unreadable",
     QT_TRANSLATE_NOOP("retryscope::Words", "The answer is not in the words of %3."),
     QT_TRANSLATE_NOOP("retryscope::Words", "Choose the protocol that the server speaks, or correct base_url.")},
    {CheckFinding::NotStreamed, "not_streamed",
     QT_TRANSLATE_NOOP("retryscope::Words",
                       "The answer came in one piece although a stream was asked for; that works."),
     nullptr},
    {CheckFinding::CutByLimit, "cut_by_limit",
     QT_TRANSLATE_NOOP("retryscope::Words", "%2 answered; the few tokens of the check went into its thoughts."),
     nullptr},
    {CheckFinding::NoLimitsTold, "no_limits_told",
     QT_TRANSLATE_NOOP("retryscope::Words", "The answers tell no rate limits, so none are paced."), nullptr},
}};

static_assert([] {
    for (std::size_t i = 0; i < findingRows.size(); ++i) {
        if (findingRows[i].finding != CheckFinding(i))
            return false;
    }
    return true;
}());

QString filled(const char *text, const CheckReport &report, const CheckStep &step, const ProviderConfig &p)
{
    if (!text)
        return {};
    const QString host =
        p.baseUrl.host() + (p.baseUrl.port() > 0 ? QStringLiteral(":%1").arg(p.baseUrl.port()) : QString());
    QString out = Words::tr(text);
    if (step.status < 300) // a 200 says nothing of what went wrong
        out.remove(QStringLiteral(" (%5)"));
    const std::array values{host,
                            p.model,
                            QString::fromLatin1(wireOf(p.protocol).label),
                            p.baseUrl.toString(),
                            QString::number(step.status),
                            report.similar.join(QStringLiteral(", "))};
    QString result;
    for (qsizetype i = 0; i < out.size(); ++i) { // what is put in may hold a %1 of its own
        const int digit = out[i] == QLatin1Char('%') && i + 1 < out.size() ? out[i + 1].digitValue() : -1;
        if (digit < 1 || digit > int(values.size())) {
            result += out[i];
            continue;
        }
        result += values[std::size_t(digit - 1)];
        ++i;
    }
    return result;
}

/// What answers may be the provider's proxy, and no provider.
bool usesProxy(const ProviderConfig &p) { return !p.proxy.isEmpty() && p.proxy != QLatin1String("none"); }

QString limitsText(const LimitWindows &limits)
{
    const QLocale locale;
    QStringList parts;
    for (const LimitWindow &window : limits) {
        const QString what = window.kind == LimitKind::Requests       ? Words::tr("requests")
                             : window.kind == LimitKind::InputTokens  ? Words::tr("tokens in")
                             : window.kind == LimitKind::OutputTokens ? Words::tr("tokens out")
                                                                      : Words::tr("tokens");
        if (window.remaining && window.limit)
            parts << Words::tr("%1 of %2 %3 left")
                         .arg(locale.toString(*window.remaining), locale.toString(*window.limit), what);
        else if (window.remaining)
            parts << Words::tr("%1 %2 left").arg(locale.toString(*window.remaining), what);
        else if (window.limit)
            parts << Words::tr("%1 %2 in all").arg(locale.toString(*window.limit), what);
    }
    return parts.isEmpty() ? Words::tr("The answers name limits, and no numbers.")
                           : parts.join(QStringLiteral(", ")) + QLatin1Char('.');
}

} // namespace

QString toLabel(CheckStage stage) { return Words::tr(checkStageRows[std::size_t(stage)].label); }
QString toKey(CheckStage stage) { return QLatin1String(checkStageRows[std::size_t(stage)].key); }
QString toKey(CheckState state) { return QLatin1String(checkStateKeys[std::size_t(state)]); }

QString toKey(CheckVerdict verdict) { return QLatin1String(verdictKeys[std::size_t(verdict)]); }

QString checkGlyph(const CheckReport &report, CheckStage stage)
{
    static constexpr std::array<char16_t, 5> glyphs{u' ', u'…', u'✓', u'✗', u'–'};
    return isWarning(report, stage) ? QStringLiteral("!") : QString(QChar(glyphs[std::size_t(report.at(stage).state)]));
}

QString checkGlyph(CheckVerdict verdict)
{
    switch (verdict) {
    case CheckVerdict::Well: return QStringLiteral("✓");
    case CheckVerdict::Usable: return QStringLiteral("!");
    case CheckVerdict::Failed: return QStringLiteral("✗");
    case CheckVerdict::Running:
    case CheckVerdict::Stopped: break;
    }
    return {};
}

bool isWarning(const CheckReport &report, CheckStage stage)
{
    return stage == CheckStage::Models && verdictOf(report) == CheckVerdict::Usable;
}

CheckVerdict verdictOf(const CheckReport &report)
{
    if (!report.isOver())
        return CheckVerdict::Running;
    if (report.passed())
        return CheckVerdict::Well;
    const auto failed = stageToMend(report);
    if (!failed)
        return CheckVerdict::Stopped;
    const bool answers = report.at(CheckStage::Prompt).state == CheckState::Passed
                         && report.at(CheckStage::Stream).state == CheckState::Passed;
    return *failed == CheckStage::Models && answers ? CheckVerdict::Usable : CheckVerdict::Failed;
}

std::optional<CheckStage> stageToMend(const CheckReport &report)
{
    const auto first = report.failed();
    const CheckFinding list = report.at(CheckStage::Models).finding;
    if (first != CheckStage::Models || list == CheckFinding::ModelMissing || list == CheckFinding::ListEmpty)
        return first;
    for (const CheckStage needed : {CheckStage::Prompt, CheckStage::Stream}) {
        if (report.at(needed).state == CheckState::Failed)
            return needed;
    }
    return first;
}

QString foundSentence(const CheckReport &report, CheckStage stage, const ProviderConfig &provider)
{
    const CheckStep &step = report.at(stage);
    if (step.state == CheckState::Waiting || step.state == CheckState::Running)
        return {};
    const bool passed = step.state == CheckState::Passed;
    if (stage == CheckStage::Limits && passed)
        return limitsText(report.limits);
    if (step.finding == CheckFinding::NotHttp && usesProxy(provider))
        return Words::tr("What comes through the proxy is not HTTP.");
    const FindingRow &row = findingRows[std::size_t(step.finding)];
    QString text = filled(row.found ? row.found : checkStageRows[std::size_t(stage)].passed, report, step, provider);
    if (stage == CheckStage::Connection && passed && step.finding == CheckFinding::None)
        text += QLatin1Char(' ')
                + (provider.baseUrl.scheme() == QLatin1String("https") ? Words::tr("TLS is agreed on.")
                                                                       : Words::tr("Nothing is encrypted (http)."));
    if (step.finding == CheckFinding::ModelMissing && !report.similar.isEmpty())
        text += QLatin1Char(' ') + Words::tr("Similar: %1.").arg(report.similar.join(QStringLiteral(", ")));
    return text;
}

QString mendSentence(const CheckReport &report, CheckStage stage, const ProviderConfig &provider)
{
    const CheckStep &step = report.at(stage);
    if (step.state != CheckState::Failed)
        return {};
    if (isWarning(report, stage))
        return Words::tr("Calls do not need it: write the model's name by hand.");
    if (step.finding == CheckFinding::ModelMissing && !report.similar.isEmpty())
        return Words::tr("Write %1 into model.").arg(report.similar.join(Words::tr(" or ")));
    if (step.finding == CheckFinding::NotHttp && usesProxy(provider))
        return Words::tr("Check the field proxy, and the port in base_url.");
    const QString mend = filled(findingRows[std::size_t(step.finding)].mend, report, step, provider);
    if (step.finding == CheckFinding::ConnectionLost && stage == CheckStage::Connection
        && provider.baseUrl.scheme() == QLatin1String("http"))
        return Words::tr("%1 A server that speaks TLS wants https://.").arg(mend);
    return mend;
}

QString checkSentence(const CheckReport &report, const ProviderConfig &provider)
{
    if (verdictOf(report) != CheckVerdict::Failed)
        return verdictSentence(report);
    const CheckStage stage = *stageToMend(report);
    return Words::tr("%1: %2").arg(toLabel(stage), foundSentence(report, stage, provider));
}

QString verdictSentence(const CheckReport &report)
{
    switch (verdictOf(report)) {
    case CheckVerdict::Well: return Words::tr("All is well.");
    case CheckVerdict::Usable: return Words::tr("It works, but its model list cannot be read.");
    case CheckVerdict::Failed: return Words::tr("%1 failed.").arg(toLabel(*stageToMend(report)));
    case CheckVerdict::Stopped: return Words::tr("Stopped.");
    case CheckVerdict::Running: break;
    }
    for (int i = checkStageCount; i-- > 0;) { // what goes on for others, too, is settled by the last
        if (report.steps[std::size_t(i)].state == CheckState::Running)
            return Words::tr("%1 …").arg(toLabel(CheckStage(i)));
    }
    return Words::tr("Begins …");
}

QString costSentence(const CheckCost &cost, const ProviderConfig &provider)
{
    const QString what =
        (cost.keys > 1
             ? Words::tr("Asks for the list of models with each of %1 keys and sends two short prompts with the first: at "
                         "most %2 tokens in, %3 out")
                   .arg(cost.keys)
             : Words::tr("Asks for the list of models and sends two short prompts: at most %1 tokens in, %2 out"))
            .arg(cost.tokensIn)
            .arg(cost.tokensOut);
    if (provider.simulated)
        return Words::tr("%1. Simulated: it costs nothing.").arg(what);
    return cost.usd ? Words::tr("%1, at most %2.").arg(what, moneyText(*cost.usd))
                    : Words::tr("%1. The price of %2 is not known.").arg(what, provider.model);
}

QJsonObject toJson(const CheckReport &report, const ProviderConfig &provider)
{
    QJsonArray stages;
    for (int i = 0; i < checkStageCount; ++i) {
        const auto stage = CheckStage(i);
        const CheckStep &step = report.at(stage);
        QJsonObject o{
            {QStringLiteral("stage"), toKey(stage)},
            {QStringLiteral("state"), isWarning(report, stage) ? QStringLiteral("warning") : toKey(step.state)}};
        if (step.took)
            o[QLatin1String("took_s")] = toSeconds(*step.took);
        if (step.status > 0)
            o[QLatin1String("status")] = step.status;
        if (step.finding != CheckFinding::None)
            o[QLatin1String("finding")] = QLatin1String(findingRows[std::size_t(step.finding)].key);
        for (const auto &[key, text] :
             {std::pair{"found", foundSentence(report, stage, provider)}, std::pair{"said", step.said},
              std::pair{"mend", mendSentence(report, stage, provider)}}) {
            if (!text.isEmpty())
                o[QLatin1String(key)] = text;
        }
        stages.append(o);
    }
    const CheckVerdict verdict = verdictOf(report);
    QJsonObject o{{QStringLiteral("provider"), report.provider},
                  {QStringLiteral("model"), provider.model},
                  {QStringLiteral("verdict"), toKey(verdict)},
                  {QStringLiteral("passed"), isUsable(verdict)},
                  {QStringLiteral("stages"), stages},
                  {QStringLiteral("tokens_in"), report.tokensIn},
                  {QStringLiteral("tokens_out"), report.tokensOut},
                  {QStringLiteral("models"), QJsonArray::fromStringList(report.models.models)}};
    if (!report.similar.isEmpty())
        o[QLatin1String("similar")] = QJsonArray::fromStringList(report.similar);
    return o;
}

} // namespace retryscope
