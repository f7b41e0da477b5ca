// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/providercheck.h"

#include "base/text.h"
#include "config/providerfields.h"
#include "protocols/registry.h"

#include <algorithm>

namespace retryscope {
namespace {

constexpr qsizetype largestList = 8 << 20;
constexpr qsizetype longestSaid = 500;
constexpr int answerTokens = 16; ///< some wires refuse fewer
constexpr int promptTokens = 16; ///< of the text below with whatever a wire puts around it
const QString checkPrompt = QStringLiteral("Answer with the word ok.");

struct TransportRow
{
    TransportFailure failure;
    CheckStage stage;
    CheckFinding finding;
};
/// Anything else: the connection was lost.
constexpr TransportRow transportRows[] = {
    {TransportFailure::HostNotFound, CheckStage::Address, CheckFinding::HostUnknown},
    {TransportFailure::BadUrl, CheckStage::Address, CheckFinding::HostUnknown},
    {TransportFailure::Refused, CheckStage::Connection, CheckFinding::Refused},
    {TransportFailure::Tls, CheckStage::Connection, CheckFinding::TlsFailed},
    {TransportFailure::Certificate, CheckStage::Connection, CheckFinding::Untrusted},
    {TransportFailure::WrongScheme, CheckStage::Connection, CheckFinding::WrongScheme},
    {TransportFailure::Proxy, CheckStage::Connection, CheckFinding::ProxyFailed},
    {TransportFailure::NotHttp, CheckStage::Connection, CheckFinding::NotHttp},
    {TransportFailure::HeadTooLarge, CheckStage::Connection, CheckFinding::NotHttp},
};

struct ReasonRow
{
    RetryReason reason;
    CheckFinding finding;
};
/// Of an answer that is no answer. Anything else: the server failed.
constexpr ReasonRow reasonRows[] = {
    {RetryReason::RateLimit, CheckFinding::RateLimited},
    {RetryReason::QuotaExhausted, CheckFinding::QuotaUsedUp},
    {RetryReason::ModelUnavailable, CheckFinding::ModelUnknown},
    {RetryReason::InvalidRequest, CheckFinding::RequestRefused},
    {RetryReason::ContextLength, CheckFinding::RequestRefused},
    {RetryReason::ContentFilter, CheckFinding::RequestRefused},
    {RetryReason::NetworkTimeout, CheckFinding::NoAnswerInTime},
    {RetryReason::Network, CheckFinding::ConnectionLost},
    {RetryReason::StreamInterrupted, CheckFinding::StreamCut},
    {RetryReason::MalformedResponse, CheckFinding::Unreadable},
};

bool isRefusedKey(RetryReason reason)
{
    return reason == RetryReason::Authentication || reason == RetryReason::Permission;
}

CheckFinding refusedFinding(RetryReason reason)
{
    return reason == RetryReason::Permission ? CheckFinding::NotAllowed : CheckFinding::KeyRefused;
}

/// What is found out on the way to another stage has none: the host's address, and that the key is accepted.
bool hasOwnTime(CheckStage stage)
{
    return stage == CheckStage::Connection || stage == CheckStage::Models || stage == CheckStage::Prompt
           || stage == CheckStage::Stream;
}

bool isRedirect(int status) { return status >= 300 && status < 400; }

bool isModelMissing(CheckFinding finding)
{
    return finding == CheckFinding::ModelMissing || finding == CheckFinding::ListEmpty;
}

bool hasNoList(int status) { return status == 404 || status == 405 || status == 501; }

/// One body where a stream was asked for.
bool cameWhole(const AttemptResult &result)
{
    return std::any_of(result.headers.begin(), result.headers.end(), [](const auto &header) {
        return header.first.compare(QLatin1String("content-type"), Qt::CaseInsensitive) == 0
               && header.second.startsWith(QLatin1String("application/json"));
    });
}

ChatRequest promptOf(bool stream)
{
    ChatRequest request;
    request.text = checkPrompt;
    request.maxTokens = answerTokens;
    request.stream = stream;
    return request;
}

} // namespace

bool CheckReport::isOver() const
{
    return std::none_of(steps.begin(), steps.end(), [](const CheckStep &s) {
        return s.state == CheckState::Waiting || s.state == CheckState::Running;
    });
}

bool CheckReport::passed() const
{
    return isOver() && std::none_of(steps.begin(), steps.end(), [](const CheckStep &s) {
               return s.state == CheckState::Failed || s.finding == CheckFinding::Stopped;
           });
}

std::optional<CheckStage> CheckReport::failed() const
{
    for (int i = 0; i < checkStageCount; ++i) {
        if (steps[std::size_t(i)].state == CheckState::Failed)
            return CheckStage(i);
    }
    return std::nullopt;
}

CheckCost costOfCheck(const ProviderConfig &provider, const PriceList &prices, WallTime now)
{
    CheckCost cost;
    cost.tokensIn = 2 * promptTokens;
    cost.tokensOut = 2 * answerTokens;
    cost.keys = int(keysOf(provider).size());
    cost.requests = 2 + cost.keys;
    if (provider.simulated)
        cost.usd = 0.0;
    else
        cost.usd = prices.cost({toKey(provider.protocol), provider.baseUrl, provider.model},
                               {cost.tokensIn, cost.tokensOut, 0}, now);
    return cost;
}

ProviderCheck::ProviderCheck(Clock &clock, Transport &transport, ProviderConfig provider, CheckLimits limits, Told told)
    : m_clock(clock), m_transport(transport), m_provider(std::move(provider)), m_limits(limits), m_told(std::move(told))
{
    m_report.provider = m_provider.id;
    m_timer = m_clock.startTimer(0s, [this] { begin(); });
}

void ProviderCheck::stop()
{
    if (m_report.isOver())
        return;
    m_timer.reset();
    m_exchange.reset();
    m_attempt.reset();
    skipRest(CheckFinding::Stopped);
    tell();
}

void ProviderCheck::begin()
{
    m_timer.reset();
    if (checkSettings() && checkKeys())
        return askList();
    skipRest(CheckFinding::EarlierFailed);
    tell();
}

bool ProviderCheck::checkSettings()
{
    run(CheckStage::Settings);
    ConfigIssues issues;
    checkProvider(m_provider, {QString(), &issues});
    const auto error = std::find_if(issues.begin(), issues.end(), [](const ConfigIssue &issue) {
        return issue.severity == ConfigIssue::Severity::Error
               || issue.where == QLatin1String("ca_file"); // no file: no TLS
    });
    if (error == issues.end())
        pass(CheckStage::Settings);
    else
        fail(CheckStage::Settings, CheckFinding::FieldWrong,
             QStringLiteral("%1: %2").arg(error->where, error->message));
    return error == issues.end();
}

/// Each of them is looked up; the first that is there is the one that is asked with.
bool ProviderCheck::checkKeys()
{
    run(CheckStage::Key);
    bool found = false;
    QStringList missing;
    for (const KeyChoice &key : keysOf(m_provider)) {
        const auto credentials = resolveCredentials(m_provider, key.account);
        if (!credentials) {
            missing << credentials.error().sentence;
            continue;
        }
        m_keys.append({key.reference, *credentials});
        for (const QByteArray &secret : credentials->secrets)
            m_mask.hide(secret);
        if (!std::exchange(found, true)) {
            m_credentials = *credentials;
            m_account = key.account;
        }
    }
    if (!missing.isEmpty())
        fail(CheckStage::Key, CheckFinding::KeyMissing, missing.join(QLatin1Char('\n')));
    else
        pass(CheckStage::Key, m_credentials.secrets.isEmpty() ? CheckFinding::NoKeyNeeded : CheckFinding::None);
    return found;
}

void ProviderCheck::askList()
{
    run(CheckStage::Address);
    run(CheckStage::Connection);
    limit(CheckStage::Connection, CheckFinding::ConnectTimeout, m_limits.connect);
    startList(m_credentials, [this] { onConnected(); }, [this](const ExchangeEnd &end) { onListEnded(end); });
    tell();
}

void ProviderCheck::startList(const Credentials &credentials, std::function<void()> connected,
                              std::function<void(const ExchangeEnd &)> ended)
{
    m_head = {};
    m_body.clear();
    ExchangeCallbacks callbacks;
    callbacks.sent = connected;
    callbacks.head = [this, connected](const HttpHead &head) {
        m_head = head;
        connected();
    };
    callbacks.data = [this](const QByteArray &bytes) { m_body.append(bytes.left(largestList - m_body.size())); };
    callbacks.ended = std::move(ended);
    HttpRequest request = modelListRequest(m_provider, credentials.key);
    credentials.applyTo(&request);
    m_exchange = m_transport.start(request, std::move(callbacks));
}

FailureFacts ProviderCheck::listFacts() const
{
    FailureFacts facts{.status = m_head.status};
    facts.vendor = vendorOf(m_provider);
    facts.host = toUtf8(m_provider.baseUrl.host());
    readErrorBody(m_mask.body(m_body), &facts);
    if (const QString redirect = redirectSentence(m_head); !redirect.isEmpty())
        facts.message = toUtf8(redirect);
    return facts;
}

/// Each of the others is shown to the list of models, which costs nothing; what a list says to a key that is not asked for one
/// stays unknown. `then` goes on with the first.
void ProviderCheck::tryFurtherKeys(std::function<void()> then)
{
    if (m_key + 1 >= m_keys.size())
        return then();
    m_afterKeys = std::move(then);
    ++m_key;
    m_timer = m_clock.startTimer(m_limits.list, [this] {
        const auto exchange = std::move(m_exchange);
        m_head = {};
        onFurtherKey({});
    });
    startList(m_keys[m_key].credentials, [] {}, [this](const ExchangeEnd &end) { onFurtherKey(end); });
    tell();
}

void ProviderCheck::onFurtherKey(const ExchangeEnd &)
{
    const TimerHandle timer = std::move(m_timer); // one of them is speaking
    const auto exchange = std::move(m_exchange);
    const QString &reference = m_keys[m_key].reference;
    if (m_head.status < 200 || m_head.status >= 300) {
        const FailureFacts facts = listFacts();
        if (m_head.status > 0 && isRefusedKey(classify(facts).reason)) {
            m_refused << QStringLiteral("%1: %2").arg(reference, m_mask.text(toText(facts.message)));
            m_refusedStatus = m_head.status;
        } else {
            m_unproven << reference;
        }
    }
    tryFurtherKeys(std::exchange(m_afterKeys, nullptr));
}

/// The first key is accepted; what is known of the others goes with it.
void ProviderCheck::settleAccess(CheckFinding finding)
{
    if (!m_refused.isEmpty())
        return fail(CheckStage::Access, CheckFinding::FurtherKeyRefused, m_refused.join(QLatin1Char('\n')),
                    m_refusedStatus);
    pass(CheckStage::Access, m_unproven.isEmpty() ? finding : CheckFinding::FurtherKeyNotProven);
    at(CheckStage::Access).said = m_unproven.join(QStringLiteral(", "));
}

void ProviderCheck::refuseAccess(CheckFinding finding, const QString &said, int status)
{
    const bool several = m_keys.size() > 1;
    const QStringList lines =
        QStringList(several ? QStringLiteral("%1: %2").arg(m_keys.first().reference, said) : said) + m_refused;
    fail(CheckStage::Access, finding, lines.join(QLatin1Char('\n')), status);
}

void ProviderCheck::onConnected()
{
    if (std::exchange(m_connected, true))
        return;
    pass(CheckStage::Address);
    pass(CheckStage::Connection);
    run(CheckStage::Access);
    run(CheckStage::Models);
    limit(CheckStage::Models, CheckFinding::ListFailed, m_limits.list);
    tell();
}

/// What a time limit ends is failed, and the check with it, but for the list of models, which not every server has.
void ProviderCheck::limit(CheckStage stage, CheckFinding finding, Duration time)
{
    m_timer = m_clock.startTimer(time, [this, stage, finding] {
        const auto exchange = std::move(m_exchange);
        fail(stage, finding);
        if (stage == CheckStage::Models)
            return tryFurtherKeys([this] { askPrompt(CheckStage::Prompt); });
        at(CheckStage::Address) = {CheckState::Skipped, CheckFinding::HostNotProven, {}, 0, {}};
        skipRest(CheckFinding::EarlierFailed);
        tell();
    });
}

void ProviderCheck::onListEnded(const ExchangeEnd &end)
{
    m_timer.reset();
    const auto exchange = std::move(m_exchange); // it is speaking
    if (m_head.status == 0) {
        TransportRow row{end.failure, CheckStage::Connection, CheckFinding::ConnectionLost};
        for (const TransportRow &known : transportRows) {
            if (known.failure == end.failure)
                row = known;
        }
        if (row.stage != CheckStage::Address)
            pass(CheckStage::Address);
        const bool saysAll = row.finding == CheckFinding::HostUnknown || row.finding == CheckFinding::Refused
                             || row.finding == CheckFinding::WrongScheme;
        fail(row.stage, row.finding, saysAll ? QString() : m_mask.text(end.message));
        skipRest(CheckFinding::EarlierFailed);
        return tell();
    }
    if (m_head.status >= 200 && m_head.status < 300) {
        if (end.failure == TransportFailure::None)
            readList();
        else
            fail(CheckStage::Models, CheckFinding::ListCut, m_mask.text(end.message));
        return tryFurtherKeys([this] { askPrompt(CheckStage::Prompt); });
    }
    const FailureFacts facts = listFacts();
    listRefused(facts, classify(facts));
}

void ProviderCheck::listRefused(const FailureFacts &facts, const Classification &why)
{
    const QString said = m_mask.text(toText(facts.message));
    const bool listAlone = why.reason == RetryReason::Permission && !facts.html; // a key may be for prompts only
    if (isRefusedKey(why.reason) && !listAlone) {
        const CheckFinding finding = facts.html ? CheckFinding::PageInstead : refusedFinding(why.reason);
        return tryFurtherKeys([this, said, finding, status = m_head.status] {
            refuseAccess(finding, said, status);
            skipRest(CheckFinding::EarlierFailed);
            tell();
        });
    }
    at(CheckStage::Models).status = m_head.status;
    if (hasNoList(m_head.status)) {
        skip(CheckStage::Models, CheckFinding::NoModelList);
        at(CheckStage::Models).said = said.left(longestSaid);
    } else {
        fail(CheckStage::Models, isRedirect(m_head.status) ? CheckFinding::Redirected : CheckFinding::ListFailed, said,
             m_head.status);
    }
    m_listed = false;
    tryFurtherKeys([this] { askPrompt(CheckStage::Prompt); });
}

void ProviderCheck::readList()
{
    if (m_body.size() >= largestList)
        return skip(CheckStage::Models, CheckFinding::ListTooLong);
    const auto list = readModelList(m_body, m_provider.model);
    m_report.models = list.value_or(ModelList{});
    const QStringList &models = m_report.models.models;
    m_listed = list.has_value(); // what is none says nothing of the key
    if (!list)
        return fail(CheckStage::Models, CheckFinding::ListUnreadable, {}, m_head.status);
    if (models.contains(m_provider.model, Qt::CaseInsensitive))
        return pass(CheckStage::Models);
    if (!list->whole)
        return pass(CheckStage::Models, CheckFinding::ModelNotOnPage);
    if (models.isEmpty())
        return fail(CheckStage::Models, CheckFinding::ListEmpty, {}, m_head.status);
    m_report.similar = similarModels(m_provider.model, models);
    fail(CheckStage::Models, CheckFinding::ModelMissing, {}, m_head.status);
}

void ProviderCheck::askPrompt(CheckStage stage)
{
    run(stage);
    m_streamed = false;
    AttemptOrder order;
    order.times = {m_limits.connect, m_limits.prompt, m_limits.prompt, m_limits.prompt, m_limits.prompt};
    order.account = m_account;
    order.idempotencyKey = QByteArrayLiteral("check-") + QByteArray::number(qint64(stage)) + '-'
                           + QByteArray::number(m_clock.now().time_since_epoch().count());
    AttemptCallbacks callbacks;
    callbacks.firstToken = [this] { m_streamed = true; };
    callbacks.text = [](const QString &) {};
    callbacks.finished = [this, stage](const AttemptResult &result) {
        const auto attempt = std::move(m_attempt); // it is speaking
        onAnswer(stage, result);
    };
    const ChatRequest prompt = promptOf(stage == CheckStage::Stream);
    m_attempt = std::make_unique<HttpAttempt>(m_clock, m_transport, m_provider,
                                              attemptRequest(m_provider, prompt, m_credentials, order), m_credentials,
                                              order, std::move(callbacks));
    tell();
}

void ProviderCheck::onAnswer(CheckStage stage, const AttemptResult &result)
{
    const auto &why = result.facts.classification;
    m_report.tokensIn += result.tokensIn.value_or(0);
    m_report.tokensOut += result.tokensOut.value_or(0);
    if (!result.facts.limits.empty())
        m_report.limits = result.facts.limits;
    // A model that thinks may spend the few tokens on its thoughts: it answered.
    const bool spent = result.answer.finish == Finish::Length && result.status >= 200 && result.status < 300;
    if (why.reason != RetryReason::None && !spent) {
        promptFailed(stage, result);
        return finishLimits();
    }
    at(stage).status = result.status;
    if (stage == CheckStage::Prompt) {
        settleAccess(m_credentials.secrets.isEmpty() ? CheckFinding::NoKeyNeeded : CheckFinding::None);
        if (CheckStep &models = at(CheckStage::Models); isModelMissing(models.finding)) {
            models.state = CheckState::Passed;
            models.finding = CheckFinding::NotListedButAnswers;
        }
        pass(stage, spent && result.text.isEmpty() ? CheckFinding::CutByLimit : CheckFinding::None);
        return askPrompt(CheckStage::Stream);
    }
    pass(stage, m_streamed && !cameWhole(result) ? CheckFinding::None : CheckFinding::NotStreamed);
    finishLimits();
}

void ProviderCheck::promptFailed(CheckStage stage, const AttemptResult &result)
{
    const auto &why = result.facts.classification;
    if (isRefusedKey(why.reason)) {
        refuseAccess(refusedFinding(why.reason), result.message, result.status);
        if (const CheckStep &list = at(CheckStage::Models);
            list.state == CheckState::Failed && list.status == result.status) // it was the key, not the list
            skip(CheckStage::Models, CheckFinding::EarlierFailed);
        skip(stage, CheckFinding::EarlierFailed);
        return skip(CheckStage::Stream, CheckFinding::EarlierFailed);
    }
    CheckFinding finding = CheckFinding::ServerFailed;
    for (const ReasonRow &row : reasonRows) {
        if (row.reason == why.reason)
            finding = row.finding;
    }
    if (isRedirect(result.status))
        finding = CheckFinding::Redirected;
    else if (why.rule == "body:empty_answer")
        finding = CheckFinding::EmptyAnswer;
    else if (m_streamed && (why.rule.starts_with("timeout:") || why.rule == "stream:silence"))
        finding = CheckFinding::StreamNotEnded; // it was answered, and not to the end
    const bool listed = at(CheckStage::Models).state == CheckState::Passed;
    if (result.status == 405 || why.rule == "status:404_path"
        || (result.status == 404 && (listed || at(CheckStage::Models).finding == CheckFinding::NoModelList)
            && why.rule.starts_with("status:")))
        finding = CheckFinding::PathUnknown;
    if (at(CheckStage::Access).state == CheckState::Running) {
        // A path that is not there says nothing of the key, nor does a server that is out of order.
        m_listed ? settleAccess() : skip(CheckStage::Access, CheckFinding::KeyNotProven);
        at(CheckStage::Access).said = (m_refused + m_unproven).join(QLatin1Char('\n')).left(longestSaid);
    }
    fail(stage, finding, result.message, result.status);
    if (stage == CheckStage::Prompt)
        skip(CheckStage::Stream, CheckFinding::EarlierFailed);
}

void ProviderCheck::finishLimits()
{
    const bool answered = at(CheckStage::Prompt).state == CheckState::Passed || at(CheckStage::Prompt).status > 0;
    if (!m_report.limits.empty())
        pass(CheckStage::Limits);
    else
        skip(CheckStage::Limits, answered ? CheckFinding::NoLimitsTold : CheckFinding::EarlierFailed);
    tell();
}

void ProviderCheck::run(CheckStage stage)
{
    m_began[std::size_t(stage)] = m_clock.now();
    at(stage).state = CheckState::Running;
}

void ProviderCheck::pass(CheckStage stage, CheckFinding finding)
{
    CheckStep &step = at(stage);
    if (step.state == CheckState::Running && hasOwnTime(stage))
        step.took = m_clock.now() - m_began[std::size_t(stage)];
    step.state = CheckState::Passed;
    step.finding = finding;
}

void ProviderCheck::fail(CheckStage stage, CheckFinding finding, const QString &said, int status)
{
    CheckStep &step = at(stage);
    if (step.state == CheckState::Running && hasOwnTime(stage))
        step.took = m_clock.now() - m_began[std::size_t(stage)];
    step.state = CheckState::Failed;
    step.finding = finding;
    step.said = said.left(longestSaid);
    step.status = status;
}

void ProviderCheck::skip(CheckStage stage, CheckFinding finding)
{
    at(stage).state = CheckState::Skipped;
    at(stage).finding = finding;
}

void ProviderCheck::skipRest(CheckFinding finding)
{
    for (int i = 0; i < checkStageCount; ++i) {
        if (const CheckState state = m_report.steps[std::size_t(i)].state;
            state == CheckState::Waiting || state == CheckState::Running)
            skip(CheckStage(i), finding);
    }
}

/// The receiver may drop the check with the last report.
void ProviderCheck::tell()
{
    const Told told = m_told;
    const CheckReport report = m_report;
    told(report);
}

} // namespace retryscope
