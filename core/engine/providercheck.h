// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "engine/attempt.h"
#include "pricing/pricelist.h"
#include "protocols/modellist.h"

#include <QMetaType>

#include <array>
#include <functional>

namespace retryscope {

/// What is looked at, in this order.
enum class CheckStage : quint8 {
    Settings,   ///< the fields of the provider
    Key,        ///< its references can be resolved here and now
    Address,    ///< the host is known
    Connection, ///< TCP and TLS
    Access,     ///< the key is accepted
    Models,     ///< the list of models has the configured one
    Prompt,     ///< a prompt of a few tokens is answered
    Stream,     ///< and streamed
    Limits,     ///< rate limits that the headers tell
};
inline constexpr int checkStageCount = int(CheckStage::Limits) + 1;

enum class CheckState : quint8 { Waiting, Running, Passed, Failed, Skipped };

/// What was found: why a stage failed or was skipped, or what is to be known although it passed. Sentences: words/checkwords.h.
enum class CheckFinding : quint8 {
    None,
    EarlierFailed,
    Stopped,
    KeyNotProven, // skipped
    FieldWrong,
    KeyMissing,
    NoKeyNeeded,
    HostUnknown,
    HostNotProven, // skipped
    Refused,
    TlsFailed,
    Untrusted,
    WrongScheme,
    ProxyFailed,
    ConnectionLost,
    ConnectTimeout,
    NotHttp,
    KeyRefused,
    NotAllowed,
    FurtherKeyRefused,
    FurtherKeyNotProven,
    NoModelList,
    ListUnreadable,
    ListFailed,
    ListCut,
    ListTooLong,
    ListEmpty,
    ModelMissing,
    ModelNotOnPage,
    NotListedButAnswers,
    ModelUnknown,
    Redirected,
    PageInstead,
    EmptyAnswer,
    PathUnknown,
    QuotaUsedUp,
    RateLimited,
    ServerFailed,
    RequestRefused,
    NoAnswerInTime,
    StreamCut,
    StreamNotEnded,
    Unreadable,
    NotStreamed,
    CutByLimit,
    NoLimitsTold,
};
inline constexpr int checkFindingCount = int(CheckFinding::NoLimitsTold) + 1;

struct CheckStep
{
    CheckState state = CheckState::Waiting;
    CheckFinding finding = CheckFinding::None;
    std::optional<Duration> took; ///< none: it took no time of its own, or was not done
    int status = 0;               ///< of the response; 0: none
    QString said;                 ///< the server's own words, or those of the field or key, without secrets; bounded
    bool operator==(const CheckStep &) const = default;
};

struct CheckReport
{
    ProviderId provider;
    std::array<CheckStep, checkStageCount> steps;
    ModelList models;    ///< as far as the list was read
    QStringList similar; ///< where the configured model is not among them
    LimitWindows limits;
    qint64 tokensIn = 0, tokensOut = 0; ///< that were used, as the server counts them

    const CheckStep &at(CheckStage stage) const { return steps[std::size_t(stage)]; }
    bool isOver() const;
    /// Over, and no stage failed or was stopped.
    bool passed() const;
    /// The first that failed.
    std::optional<CheckStage> failed() const;
};

/// How long a stage may take.
struct CheckLimits
{
    Duration connect = 10s;
    Duration list = 10s;
    Duration prompt = 30s; ///< each of both
};

/// What a check may use: two short prompts.
struct CheckCost
{
    int requests = 3;                ///< with the list of models, once for each key, which costs nothing
    int keys = 1;                    ///< that are tried
    int tokensIn = 0, tokensOut = 0; ///< at most, of both prompts together
    std::optional<double> usd;       ///< none: the price is not known
};
CheckCost costOfCheck(const ProviderConfig &provider, const PriceList &prices, WallTime now);

/// Asks one provider, stage by stage, whether it is set up right; stops at the first stage that the others need. `told` is
/// called at every change, never from within the constructor; the last report is over. Dropping it cancels silently. Asks
/// with the first key that can be used, and for the list of models with every other, too; health, circuits and limits of the engine learn nothing of it.
class ProviderCheck
{
public:
    using Told = std::function<void(const CheckReport &)>;
    ProviderCheck(Clock &clock, Transport &transport, ProviderConfig provider, CheckLimits limits, Told told);
    ProviderCheck(const ProviderCheck &) = delete;
    ProviderCheck &operator=(const ProviderCheck &) = delete;
    /// Ends it now; what was not reached is skipped.
    void stop();
    const CheckReport &report() const { return m_report; }

private:
    CheckStep &at(CheckStage stage) { return m_report.steps[std::size_t(stage)]; }
    void begin();
    bool checkSettings();
    bool checkKeys();
    void askList();
    void onConnected();
    void startList(const Credentials &credentials, std::function<void()> connected,
                   std::function<void(const ExchangeEnd &)> ended);
    void onListEnded(const ExchangeEnd &end);
    void tryFurtherKeys(std::function<void()> then);
    void onFurtherKey(const ExchangeEnd &end);
    void settleAccess(CheckFinding finding = CheckFinding::None);
    void refuseAccess(CheckFinding finding, const QString &said, int status);
    FailureFacts listFacts() const;
    void readList();
    void listRefused(const FailureFacts &facts, const Classification &why);
    void askPrompt(CheckStage stage);
    void onAnswer(CheckStage stage, const AttemptResult &result);
    void promptFailed(CheckStage stage, const AttemptResult &result);
    void finishLimits();
    void run(CheckStage stage);
    void pass(CheckStage stage, CheckFinding finding = CheckFinding::None);
    void fail(CheckStage stage, CheckFinding finding, const QString &said = {}, int status = 0);
    void skip(CheckStage stage, CheckFinding finding);
    void skipRest(CheckFinding finding);
    void limit(CheckStage stage, CheckFinding finding, Duration time);
    void tell();

    Clock &m_clock;
    Transport &m_transport;
    ProviderConfig m_provider;
    CheckLimits m_limits;
    Told m_told;
    CheckReport m_report;
    std::array<SteadyTime, checkStageCount> m_began{};
    Credentials m_credentials;
    QString m_account;
    struct TriedKey
    {
        QString reference;
        Credentials credentials;
    };
    QVector<TriedKey> m_keys; ///< that can be used; the first is the one that prompts are sent with
    qsizetype m_key = 0;      ///< that is being tried
    QStringList m_refused, m_unproven;
    int m_refusedStatus = 0;
    std::function<void()> m_afterKeys;
    Masker m_mask;
    HttpHead m_head;
    QByteArray m_body;
    bool m_connected = false, m_listed = false, m_streamed = false;
    TimerHandle m_timer;
    std::unique_ptr<Exchange> m_exchange;
    std::unique_ptr<Attempt> m_attempt;
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::CheckReport)
