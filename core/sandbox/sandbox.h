// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "base/ids.h"
#include "base/time.h"

#include <QByteArray>
#include <QObject>
#include <QUrl>
#include <QVector>

#include <memory>
#include <optional>

namespace retryscope {

/// What a simulated provider does wrong.
enum class Fault : quint8 {
    None, RateLimit, RateLimitNoHint, QuotaExhausted, Overloaded, ServerError, Silence, SlowFirstToken, Reset,
    CutStream, StalledStream, MalformedChunk, ErrorInStream, WrongKey, Outage, ModelMissing, ContextLength,
    ContentFilter, EmptyAnswer, HtmlPage, CleanCut, ErrorAfterWords, FinishTooEarly, FinishEverywhere, NoFinish,
    ForeignFinish, ReasoningOnly, ToolCall, Length, UnavailableHint, OverloadedHint, Redirect, SlowDrip, Gzip,
    LoginPage, WrongType, KeepAliveOnly, InvalidRequest, Forbidden,
};
/// One row of the table of faults: `key` in files and on the command line, `label` for people.
struct FaultTraits { Fault fault; const char *key; const char *label; };
const QVector<FaultTraits> &faultTable();
std::optional<Fault> faultFromKey(QStringView key);

struct FaultSetting
{
    Fault fault = Fault::None;
    double probability = 1.0;            ///< share of requests that meet the fault, 0..1
    std::optional<Duration> lasting;     ///< none: until changed
    int requests = 0;                    ///< meets at most so many requests; 0: any number
};

/// How the simulated providers behave while no fault is on.
///
/// | field       | what                                                         | unit  | default |
/// | port        | of the providers; 0: any free one                            | port  | 0       |
/// | seed        | the same and the same order of requests: the same delays, words and failures | – | 1 |
/// | firstToken  | until the first word: the median, log-normal around it       | time  | 60 ms   |
/// | perToken    | between two words                                            | time  | 4 ms    |
/// | retryAfter  | what a rate limit and the faults with a hint tell            | time  | 2 s     |
/// | keyRequired | a request without a key is refused, where the vendor wants one | –   | no      |
/// | controlPort | of the control interface; 0: any free one; none: there is none | port | none  |
/// | speed       | how many times as fast its time passes, 1 or more: all of the above, and what lasts | – | 1 |
/// | host        | where the providers listen: an address of this machine; the control interface stays on 127.0.0.1 | – | 127.0.0.1 |
struct SandboxOptions
{
    quint16 port = 0;
    quint64 seed = 1;
    Duration firstToken = 60ms;
    Duration perToken = 4ms;
    Duration retryAfter = 2s;
    bool keyRequired = false;
    std::optional<quint16> controlPort = {};
    double speed = 1.0;
    QString host = QStringLiteral("127.0.0.1");
};

/// One request that the simulated providers had, and what became of it.
struct SandboxRequest
{
    /// Whole: answered to the end. Cut: broken in the middle. Reset: without an answer. Left: the client went first.
    enum class End : quint8 { Open, Whole, Cut, Reset, Left };
    quint64 number = 0;        ///< from 1, in order of arrival
    WallTime at{};             ///< of arrival
    ProviderId provider;
    QByteArray method, path;   ///< the path without its query, in which a key may stand
    QString model;             ///< empty: the request names none
    QString answer;            ///< the text that the model has for it, whole, before a fault is made of it
    bool stream = false;
    Fault fault = Fault::None; ///< that it met
    int status = 0;            ///< 0: none was sent
    End end = End::Open;
    qint64 bytes = 0;          ///< of the body that was sent
    Duration taken{};
};
QString toKey(SandboxRequest::End end);

/// The embedded simulated providers: one real HTTP server, on 127.0.0.1 unless told otherwise, that speaks the four protocols under
/// /openai/v1, /anthropic, /google_ai/v1beta and /mistral (and any other first segment as openai_compatible). A first
/// segment such as mistral-2 is one more provider of that protocol. Their model answers the last turn, follows JSON schemas,
/// calls the tools that it is given, and keeps to token limits and stop words. The control interface is HTTP on a port of
/// its own: faults, speed, requests and counts, as control.h says.
/// Lives on a thread of its own; every member may be called from any thread.
class Sandbox : public QObject
{
    Q_OBJECT
public:
    explicit Sandbox(SandboxOptions options = {}, QObject *parent = nullptr);
    ~Sandbox() override;

    /// The bound port, or a sentence (port in use, ...). Waits for the bind only.
    Expected<quint16, QString> start();
    /// The base URL to configure for a provider, e.g. http://127.0.0.1:PORT/openai/v1.
    QUrl baseUrl(const ProviderId &provider) const;
    /// 0 where there is none.
    quint16 controlPort() const;
    /// Takes effect for requests that come afterwards; replaces the fault before.
    void setFault(const ProviderId &provider, FaultSetting setting) { setFaults(provider, {setting}); }
    /// One after the other: the next is on once one has met its requests or its time is over. None among them is a pause.
    void setFaults(const ProviderId &provider, const QVector<FaultSetting> &settings);
    /// What is on now; None once `lasting` is over.
    Fault fault(const ProviderId &provider) const;
    /// As fault, with what is left of its requests and its time.
    FaultSetting faultSetting(const ProviderId &provider) const;
    /// For answers that begin afterwards.
    void setSpeed(Duration firstToken, Duration perToken);
    std::pair<Duration, Duration> speed() const;
    /// What a rate limit and the faults with a hint tell from now on.
    void setRetryAfter(Duration hint);
    /// POSTs that reached the provider since the start, or since they were forgotten.
    int postsReceived(const ProviderId &provider) const;
    /// The newest thousand requests that have ended, oldest first; of one provider, where one is named.
    QVector<SandboxRequest> requests(const ProviderId &provider = {}) const;
    /// Those that had a request or have a fault, in order of their names.
    QStringList providers() const;
    /// Empties the list of requests and the counts.
    void forgetRequests();

signals:
    void faultChanged(const QString &provider, retryscope::Fault fault);
    void requestEnded(const retryscope::SandboxRequest &request);

private:
    std::unique_ptr<class SandboxPrivate> d;
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::Fault)
Q_DECLARE_METATYPE(retryscope::SandboxRequest)
