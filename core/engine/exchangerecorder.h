// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/attempt.h"
#include "engine/exchangefeed.h"
#include "protocols/arraydecoder.h"
#include "protocols/sse.h"

namespace retryscope {

/// Writes down what goes over the wire in one attempt, without its keys, and tells it to the feed as it comes. Between the
/// attempt and its transport (start), and at its side (AnswerTap) for what its bytes meant. One that goes before it was told
/// of an end was dropped from here.
class ExchangeRecorder final : public AnswerTap, public std::enable_shared_from_this<ExchangeRecorder>
{
public:
    /// `name` names the attempt. The feed must outlive it.
    ExchangeRecorder(Clock &clock, ExchangeFeed &feed, ExchangeRecord name, const Credentials &credentials);
    ~ExchangeRecorder() override;
    std::unique_ptr<Exchange> start(Transport &transport, const HttpRequest &request, ExchangeCallbacks callbacks);

    void head(const HttpHead &) override {}
    void data(const QByteArray &bytes, const AnswerReader &reader) override;
    void ended(const AttemptResult &result, const AnswerReader &reader, const QByteArray &error) override;
    bool shown() const override { return false; }

private:
    enum class Shape : quint8 { Unknown, Events, Array, Body };

    void onRequest(const HttpRequest &request);
    void onHead(const HttpHead &head);
    void onData(const QByteArray &bytes);
    void keepRaw(const QByteArray &bytes);
    void keepEvent(const QByteArray &name, const QByteArray &data);
    void readEvents(const QByteArray &bytes);
    void readContent(const AnswerReader &reader);
    void close();
    QUrl masked(const QUrl &url) const;
    HttpHeaders masked(const HttpHeaders &headers) const;
    Duration since() const { return m_clock.now() - m_name.startedAt; }
    ExchangeRecord &piece() { return m_feed.piece(m_name); }

    Clock &m_clock;
    ExchangeFeed &m_feed;
    ExchangeRecord m_name;
    Masker m_mask;
    Shape m_shape = Shape::Unknown;
    SseDecoder m_sse;
    ArrayDecoder m_array;
    QByteArray m_line;         ///< since the last line's end: a key has no line's end in it
    qsizetype m_kept = 0, m_eventData = 0, m_events = 0;
    qint64 m_received = 0, m_eventCount = 0;
    qsizetype m_reasoned = 0, m_called = 0;
    int m_status = 0;
    bool m_spoke = false, m_ended = false;
};

/// Stands before an attempt's transport while its exchange is started.
class RecordingTransport final : public Transport
{
public:
    RecordingTransport(Transport &inner, ExchangeRecorder &recorder) : m_inner(inner), m_recorder(recorder) {}
    std::unique_ptr<Exchange> start(const HttpRequest &request, ExchangeCallbacks callbacks) override
    {
        return m_recorder.start(m_inner, request, std::move(callbacks));
    }

private:
    Transport &m_inner;
    ExchangeRecorder &m_recorder;
};

} // namespace retryscope
