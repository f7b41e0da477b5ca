// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "protocols/arrayframe.h"
#include "protocols/serving.h"
#include "sandbox/gzip.h"
#include "sandbox/requestlog.h"

namespace retryscope {

/// What is to be sent, and how.
struct AnswerPlan
{
    const Serving *format = nullptr;
    ServedError error;  ///< sent instead of the answer, unless its status is 0
    ServedAnswer answer;
    HttpHeaders headers;   ///< of the answer
    Fault fault = Fault::None;
    bool stream = false;
    Duration first{};    ///< until the first word
    Duration perToken{}; ///< between two
};

/// One answer on its way to a client, word by word or whole at the end, with what the fault makes of it. Plays by timers of
/// its clock while it is kept; dropped, it breaks off. Belongs to the clock's thread.
class AnswerDelivery
{
public:
    AnswerDelivery(Clock &clock, LoggedResponderPtr responder, AnswerPlan plan);
    /// Nothing more will be sent, and the client is not held open on purpose.
    bool isOver() const;

private:
    void schedule();
    void after(Duration time, void (AnswerDelivery::*what)());
    void refuse();
    void whole();
    void begin();
    void word();
    void fail();
    void finish();
    bool breaks();
    void keepAlive();
    enum class Then : quint8 { More, Pause };
    void event(const QByteArray &bytes, Then then = Then::More);
    void write(const QByteArray &bytes, Then then = Then::More);
    void drip();
    void close();
    void end();

    Clock &m_clock;
    LoggedResponderPtr m_responder;
    AnswerPlan m_plan;
    TimerHandle m_timer;
    std::unique_ptr<Gzip> m_gzip; ///< only where the answer is packed
    QByteArray m_dripping;
    ArrayFrame m_array; ///< only where the answer is one
    int m_next = 0;
    bool m_held = false, m_done = false;
};

} // namespace retryscope
