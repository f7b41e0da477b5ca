// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/systemclock.h"
#include "crashtest/crashcase.h"
#include "crashtest/crashresult.h"
#include "engine/apiretryhandler.h"
#include "transport/networktransport.h"

#include <QObject>

namespace retryscope {

/// | field    | what                                                                                   | default   |
/// | target   | the gateway: its address, wire, model and key reference                                 | –         |
/// | host     | where the provider behind it listens: an address of this machine                        | 127.0.0.1 |
/// | port     | its port; 0: any free one                                                               | 0         |
/// | patience | until the first prompt has come through: somebody points the target at us meanwhile     | 120 s     |
/// | recovery | until the target answers again after a case                                             | 45 s      |
/// | grace    | beyond the time of a case, until a call that goes on counts as endless                   | 15 s      |
struct TargetOptions
{
    ProviderConfig target;
    QString host = QStringLiteral("127.0.0.1");
    quint16 port = 0;
    Duration patience = 120s;
    Duration recovery = 45s;
    Duration grace = 15s;
};

/// How a run against a target ended.
struct TargetEnd
{
    enum class Kind : quint8 {
        Complete,   ///< every case was played, or left out
        Stopped,
        NotReached, ///< the target gave no answer in time
        NotBehind,  ///< it answered, but asked somebody else
        NotBack,    ///< it still refused after a case, when its provider was long well; the rest was left out
    };
    Kind kind = Kind::Complete;
    QString after;   ///< NotBack: the case
    QString message; ///< the target's or the transport's last words
};

/// What is left of a case where one provider stands behind a target: it befalls whatever the target asks, and where there can
/// be no answer an error that says so is as good. None: it takes several providers, or more than one caller.
std::optional<CrashCase> caseForTarget(const CrashCase &given);

/// Runs cases against a running gateway: plays the provider behind it, calls it as a plain client that never retries, and
/// judges what came back and how often the provider was asked. One case after the other, in real time, for the target has one
/// provider and a memory; those that may leave it blocked come last. Lives on the thread that makes it, which needs an event
/// loop.
class TargetTest : public QObject
{
    Q_OBJECT
public:
    explicit TargetTest(const TargetOptions &options, QObject *parent = nullptr);
    ~TargetTest() override;

    /// Begins to play the provider. A sentence where the port cannot be had.
    Expected<quint16, QString> listen();
    /// What the target is to be pointed at, for the wire that it is asked on.
    QUrl upstream() const;
    /// After listen(); every case that fits, or those with these keys.
    void start(const QStringList &only = {});
    /// finished() follows. What came is kept.
    void stop();
    int planned() const { return int(m_cases.size()); }
    int done() const { return m_next; }

signals:
    void reached(); ///< the first prompt has come through
    void caseStarted(const QString &key);
    void caseFinished(const retryscope::CrashResult &result);
    void finished(const retryscope::TargetEnd &end);

private:
    class Client;
    void settle(Duration patience);
    void knock();
    void knocked(const CallResult &result);
    void next();
    void play();
    void sendOne();
    void over();
    void leaveOutRest();
    void end(TargetEnd::Kind kind, const QString &message = {});
    QStringList names() const;
    void setFaults(const QVector<FaultSetting> &steps);
    int posts() const;
    QString freshText();

    const TargetOptions m_options;
    SystemClock m_clock;
    NetworkTransport m_transport;
    Sandbox m_sandbox;
    QVector<CrashCase> m_cases;
    int m_next = 0;
    quint64 m_texts = 0;
    bool m_reached = false, m_ended = false;
    SteadyTime m_settleBy{}, m_begun{};
    std::unique_ptr<Client> m_client;
    QVector<std::optional<CallResult>> m_results;
    int m_sent = 0, m_answered = 0;
    TimerHandle m_timer, m_bound;
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::TargetEnd)
