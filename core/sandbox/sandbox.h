// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "base/ids.h"
#include "base/time.h"

#include <QObject>
#include <QUrl>
#include <QVector>

#include <memory>
#include <optional>

namespace retryscope {

/// What a simulated provider does wrong.
enum class Fault : quint8 {
    None, RateLimit, RateLimitNoHint, QuotaExhausted, Overloaded, ServerError, Silence, SlowFirstToken,
    Reset, CutStream, StalledStream, MalformedChunk, ErrorInStream, WrongKey, Outage,
    ModelMissing, ContextLength, ContentFilter, EmptyAnswer, HtmlPage,
    CleanCut, ErrorAfterWords, FinishTooEarly, FinishEverywhere, NoFinish, ForeignFinish, ReasoningOnly, ToolCall, Length,
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
struct SandboxOptions
{
    quint16 port = 0;                    ///< 0: any free port
    quint64 seed = 1;                    ///< the same seed and order of requests give the same delays, words and failures
    Duration firstToken = 60ms;          ///< median; log-normal around it
    Duration perToken = 4ms;             ///< between two streamed words
    Duration retryAfter = 2s;            ///< what RateLimit tells
};

/// The embedded simulated providers: one real HTTP server on 127.0.0.1 that speaks the four protocols under
/// /openai/v1, /anthropic, /google_ai/v1beta and /mistral (and any other first segment as openai_compatible). A first
/// segment such as mistral-2 is one more provider of that protocol.
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
    /// Takes effect for requests that come afterwards; replaces the fault before.
    void setFault(const ProviderId &provider, FaultSetting setting);
    /// What is on now; None once `lasting` is over.
    Fault fault(const ProviderId &provider) const;
    /// POSTs that reached the provider since the start.
    int postsReceived(const ProviderId &provider) const;

signals:
    void faultChanged(const QString &provider, retryscope::Fault fault);

private:
    std::unique_ptr<class SandboxPrivate> d;
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::Fault)
