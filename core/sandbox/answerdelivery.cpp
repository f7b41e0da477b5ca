// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/answerdelivery.h"

namespace retryscope {
namespace {

constexpr qsizetype dripSize = 48; ///< bytes
constexpr Duration dripPause = 5ms;
constexpr Duration keepAlivePause = 1s;
constexpr Duration beforeError = 20ms; ///< some clients know an error only where it comes in a piece of its own

/// An event whose JSON breaks off.
QByteArray half(const QByteArray &event) { return event.left(event.size() / 2).trimmed() + "\n\n"; }

} // namespace

AnswerDelivery::AnswerDelivery(Clock &clock, LoggedResponderPtr responder, AnswerPlan plan)
    : m_clock(clock), m_responder(std::move(responder)), m_plan(std::move(plan))
{
    schedule();
}

void AnswerDelivery::schedule()
{
    if (m_plan.fault == Fault::Reset)
        return after(0s, &AnswerDelivery::refuse);
    if (m_plan.fault == Fault::Silence) {
        m_held = true;
        return;
    }
    if (m_plan.error.status)
        return after(m_plan.first / 3, &AnswerDelivery::refuse);
    const bool asStream = (m_plan.stream && !m_responder->array) != (m_plan.fault == Fault::WrongType);
    m_plan.headers.prepend({"Content-Type", asStream ? "text/event-stream; charset=utf-8" : "application/json"});
    if (m_plan.fault == Fault::KeepAliveOnly) {
        m_held = true;
        m_responder->beginStream(200, m_plan.headers);
        return keepAlive();
    }
    if (m_plan.fault == Fault::Gzip) {
        m_plan.headers.append(std::pair<QByteArray, QByteArray>{"Content-Encoding", "gzip"});
        m_gzip = std::make_unique<Gzip>();
    }
    if (m_plan.stream)
        return after(m_plan.first, &AnswerDelivery::begin);
    after(m_plan.first + m_plan.perToken * m_plan.answer.words.size(), &AnswerDelivery::whole);
}

bool AnswerDelivery::isOver() const { return m_responder->clientGone() || (m_done && !m_held); }

void AnswerDelivery::after(Duration time, void (AnswerDelivery::*what)())
{
    m_timer = m_clock.startTimer(time, [this, what] { (this->*what)(); });
}

void AnswerDelivery::refuse()
{
    m_done = true;
    if (m_plan.fault == Fault::Reset)
        return m_responder->reset();
    m_responder->send(m_plan.error.status, m_plan.error.headers,
                      m_responder->array ? errorInArray(m_plan.error.body) : m_plan.error.body);
}

void AnswerDelivery::whole()
{
    const QByteArray whole = m_plan.format->whole(m_plan.answer);
    m_done = true;
    switch (m_plan.fault) {
    case Fault::CutStream: return m_responder->sendTruncated(200, m_plan.headers, whole.left(whole.size() / 2));
    case Fault::CleanCut:
    case Fault::MalformedChunk: return m_responder->send(200, m_plan.headers, whole.left(whole.size() / 2));
    case Fault::ErrorAfterWords:
    case Fault::ErrorInStream:
        return m_responder->send(200, m_plan.headers,
                                 m_plan.format->error(ServedFault::Overloaded, m_plan.answer.context).body);
    case Fault::StalledStream:
        m_held = true;
        m_responder->beginStream(200, m_plan.headers);
        return m_responder->writeChunk(whole.left(whole.size() / 2));
    case Fault::SlowDrip:
    case Fault::Gzip:
        m_done = false; // end() tells
        m_responder->beginStream(200, m_plan.headers);
        write(whole);
        return end();
    default: return m_responder->send(200, m_plan.headers, whole);
    }
}

void AnswerDelivery::begin()
{
    m_responder->beginStream(200, m_plan.headers);
    event(m_plan.format->opening(m_plan.answer));
    if (m_plan.fault == Fault::ErrorInStream)
        return fail();
    if (m_plan.fault == Fault::FinishTooEarly)
        event(m_plan.format->early(m_plan.answer));
    word();
}

/// Whether the fault ends the stream before this word.
bool AnswerDelivery::breaks()
{
    if (m_next != int(m_plan.answer.words.size()) / 3)
        return false;
    switch (m_plan.fault) {
    case Fault::CutStream:
        m_done = true;
        m_responder->closeAbruptly();
        return true;
    case Fault::StalledStream: return m_done = m_held = true;
    case Fault::ErrorAfterWords: after(beforeError, &AnswerDelivery::fail); return true;
    case Fault::CleanCut: end(); return true;
    case Fault::MalformedChunk: event(half(m_plan.format->delta(m_plan.answer, m_next))); return false;
    default: return false;
    }
}

void AnswerDelivery::word()
{
    const int count = int(m_plan.answer.words.size());
    if (m_responder->clientGone() || count == 0)
        return finish();
    if (breaks())
        return;
    const bool last = m_next + 1 == count;
    event(m_plan.format->delta(m_plan.answer, m_next++), last ? Then::More : Then::Pause);
    if (!last)
        return after(m_plan.perToken, &AnswerDelivery::word);
    finish();
}

/// Comments in a stream, white space before a whole answer or an array: both say nothing.
void AnswerDelivery::keepAlive()
{
    m_responder->writeChunk(m_plan.stream && !m_responder->array ? ": keep-alive\n\n" : "\n");
    after(keepAlivePause, &AnswerDelivery::keepAlive);
}

void AnswerDelivery::fail()
{
    event(m_plan.format->errorEvent(m_plan.answer.context));
    close();
}

void AnswerDelivery::finish()
{
    event(m_plan.format->ending(m_plan.answer));
    close();
}

/// In the shape that was asked for.
void AnswerDelivery::event(const QByteArray &bytes, Then then)
{
    write(m_responder->array ? m_array.put(bytes) : bytes, then);
}

/// In order: a stream that is an array has an end of its own.
void AnswerDelivery::close()
{
    if (m_responder->array)
        write(m_array.end());
    end();
}

void AnswerDelivery::write(const QByteArray &bytes, Then then)
{
    if (bytes.isEmpty())
        return;
    if (m_plan.fault == Fault::SlowDrip) {
        m_dripping += bytes;
        return;
    }
    const QByteArray packed = m_gzip ? m_gzip->pack(bytes) : bytes;
    then == Then::Pause ? m_responder->writeChunkNow(packed) : m_responder->writeChunk(packed);
}

/// A few bytes at a time, whatever they are: inside an event, inside a character.
void AnswerDelivery::drip()
{
    m_responder->writeChunk(m_dripping.left(dripSize));
    m_dripping.remove(0, dripSize);
    end();
}

void AnswerDelivery::end()
{
    if (!m_dripping.isEmpty() && !m_responder->clientGone())
        return after(dripPause, &AnswerDelivery::drip);
    if (m_gzip)
        m_responder->writeChunk(m_gzip->end());
    m_done = true;
    m_responder->endStream();
}

} // namespace retryscope
