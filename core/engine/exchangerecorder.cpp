// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/exchangerecorder.h"

#include "base/secretshape.h"
#include "base/text.h"
#include "protocols/registry.h"

#include <QRegularExpression>
#include <QUrlQuery>

#include <algorithm>
#include <array>
#include <utility>

namespace retryscope {
namespace {

constexpr qsizetype mostOfAnEvent = 64 << 10;
constexpr qsizetype nameThatMayBeAKey = 16; // a shorter one in an address is a word that may stand anywhere
const QByteArray keyMark = "[key]";

/// Headers whose value is a credential, whatever it is.
bool isCredential(const QByteArray &header)
{
    static const QStringList others{QStringLiteral("authorization"), QStringLiteral("proxy-authorization"),
                                    QStringLiteral("api-key"),       QStringLiteral("cookie"),
                                    QStringLiteral("set-cookie"),    QStringLiteral("x-auth-token"),
                                    QStringLiteral("ocp-apim-subscription-key")};
    const QString name = QString::fromLatin1(header).toLower();
    return keyHeaders().contains(name) || others.contains(name);
}

/// Parts of a query that are credentials, whatever they are.
bool isCredential(const QString &part)
{
    static constexpr std::array names{"key",   "api_key", "api-key",          "apikey", "access_token", "token", "sig",
                                      "signature", "subscription-key", "password", "secret"};
    return std::any_of(names.begin(), names.end(),
                       [&](const char *name) { return part.compare(QLatin1String(name), Qt::CaseInsensitive) == 0; });
}

bool looksSecret(const QByteArray &value)
{
    static const QRegularExpression shape(
        QStringLiteral("(?:^|[^A-Za-z0-9])%1").arg(QLatin1String(secretBeginnings)),
        QRegularExpression::CaseInsensitiveOption);
    return shape.match(QString::fromLatin1(value)).hasMatch();
}

/// A credential as it is shown: its scheme tells more than the mark alone.
QByteArray hidden(const QByteArray &value)
{
    static constexpr std::array schemes{"Bearer ", "Basic ", "Token "};
    for (const char *scheme : schemes) {
        if (value.startsWith(scheme))
            return scheme + keyMark;
    }
    return keyMark;
}

} // namespace

ExchangeRecorder::ExchangeRecorder(Clock &clock, ExchangeFeed &feed, ExchangeRecord name,
                                   const Credentials &credentials)
    : m_clock(clock), m_feed(feed), m_name(std::move(name)), m_mask(credentials.key)
{
    m_name.startedAt = clock.now();
    m_name.wall = clock.wallNow();
    for (const QByteArray &secret : credentials.secrets)
        m_mask.hide(secret);
}

ExchangeRecorder::~ExchangeRecorder()
{
    if (m_ended)
        return;
    close();
    ExchangeRecord &last = piece();
    last.ended = since();
    last.gaveUp = true;
    last.reason = RetryReason::Cancelled;
}

QUrl ExchangeRecorder::masked(const QUrl &url) const
{
    QUrl shown = url.adjusted(QUrl::RemoveUserInfo);
    QUrlQuery query(shown);
    auto items = query.queryItems(QUrl::FullyEncoded);
    for (auto &[name, value] : items)
        value = isCredential(name) || looksSecret(value.toLatin1()) ? QString::fromLatin1(keyMark) : m_mask.text(value);
    query.setQueryItems(items);
    shown.setQuery(query);
    const QString text = shown.toString(QUrl::FullyEncoded), clean = m_mask.text(text);
    if (clean == text)
        return shown;
    const QUrl parsed(clean, QUrl::TolerantMode);
    return parsed.isValid() ? parsed : shown.adjusted(QUrl::RemovePath | QUrl::RemoveQuery);
}

HttpHeaders ExchangeRecorder::masked(const HttpHeaders &headers) const
{
    HttpHeaders shown = m_mask.headers(headers);
    for (auto &[name, value] : shown) {
        if (isCredential(name) || looksSecret(value))
            value = hidden(value);
    }
    return shown;
}

std::unique_ptr<Exchange> ExchangeRecorder::start(Transport &transport, const HttpRequest &request,
                                                  ExchangeCallbacks callbacks)
{
    onRequest(request);
    // A callback may drop the exchange and all that it holds, so each works on copies.
    const auto self = shared_from_this();
    ExchangeCallbacks looked;
    looked.sent = [self, next = callbacks.sent] {
        self->piece().sent = self->since();
        const auto call = next;
        call();
    };
    looked.head = [self, next = callbacks.head](const HttpHead &head) {
        self->onHead(head);
        const auto call = next;
        call(head);
    };
    looked.data = [self, next = callbacks.data](const QByteArray &bytes) {
        self->onData(bytes);
        const auto call = next;
        call(bytes);
    };
    looked.ended = callbacks.ended; // the attempt says what it means
    auto exchange = transport.start(request, std::move(looked));
    piece().onPurpose = exchange->isOnPurpose();
    return exchange;
}

void ExchangeRecorder::onRequest(const HttpRequest &request)
{
    if (const QByteArray password = request.url.password(QUrl::FullyDecoded).toUtf8(); !password.isEmpty())
        m_mask.hide(password);
    if (const QByteArray name = request.url.userName(QUrl::FullyDecoded).toUtf8(); name.size() >= nameThatMayBeAKey)
        m_mask.hide(name);
    ExchangeRecord &first = piece();
    first.method = request.method;
    first.url = masked(request.url);
    first.requestHeaders = masked(request.headers);
    first.requestSize = request.body.size();
    first.requestBody = m_mask.body(request.body.left(ExchangeRecord::mostRequest));
}

void ExchangeRecorder::onHead(const HttpHead &head)
{
    if (head.status < 200)
        return;
    m_status = head.status;
    ExchangeRecord &more = piece();
    more.head = since();
    more.status = head.status;
    more.responseHeaders = masked(head.headers);
}

void ExchangeRecorder::onData(const QByteArray &bytes)
{
    ExchangeRecord &more = piece();
    if (m_received == 0)
        more.firstByte = since();
    m_received += bytes.size();
    more.received = m_received;
    keepRaw(bytes);
    if (m_status < 300)
        readEvents(bytes);
}

/// In whole lines, so that a key that comes in two chunks is found.
void ExchangeRecorder::keepRaw(const QByteArray &bytes)
{
    const qsizetype room = ExchangeRecord::mostRaw - m_kept;
    m_line += bytes.left(room);
    m_kept += std::min(room, bytes.size());
    if (bytes.size() > room)
        piece().truncated = true;
    const qsizetype end = m_line.lastIndexOf('\n') + 1;
    if (end == 0)
        return;
    piece().raw += m_mask.body(m_line.left(end));
    m_line.remove(0, end);
}

void ExchangeRecorder::readEvents(const QByteArray &bytes)
{
    if (m_shape == Shape::Unknown) {
        const QByteArray begun = bytes.trimmed();
        if (begun.isEmpty())
            return;
        m_shape = begun.front() == '[' ? Shape::Array : begun.front() == '{' ? Shape::Body : Shape::Events;
    }
    if (m_shape == Shape::Events) {
        for (const SseEvent &event : m_sse.feed(bytes))
            keepEvent(event.name, event.data);
    } else if (m_shape == Shape::Array) {
        for (const QByteArray &element : m_array.feed(bytes))
            keepEvent({}, element);
    }
}

void ExchangeRecorder::keepEvent(const QByteArray &name, const QByteArray &data)
{
    ExchangeRecord &more = piece();
    more.eventCount = ++m_eventCount;
    const QByteArray kept = data.left(mostOfAnEvent);
    m_eventData += kept.size();
    if (++m_events <= ExchangeRecord::mostEvents && m_eventData <= ExchangeRecord::mostEventData)
        more.events.append({since(), name, m_mask.body(kept)});
}

void ExchangeRecorder::readContent(const AnswerReader &reader)
{
    const AnswerContent &content = reader.answer().content;
    if (content.reasoning.size() > m_reasoned) {
        piece().reasoning += m_mask.text(content.reasoning.mid(m_reasoned));
        m_reasoned = content.reasoning.size();
    }
    qsizetype called = content.toolCalls.size();
    for (const ToolCall &call : content.toolCalls)
        called += call.name.size() + call.arguments.size();
    if (called != std::exchange(m_called, called))
        piece().toolCalls = content.toolCalls;
}

void ExchangeRecorder::data(const QByteArray &, const AnswerReader &reader)
{
    if (!reader.isBody() && reader.spoke() && !std::exchange(m_spoke, true))
        piece().firstToken = since();
    readContent(reader);
}

void ExchangeRecorder::close()
{
    if (m_shape == Shape::Events) {
        for (const SseEvent &event : m_sse.end())
            keepEvent(event.name, event.data);
    }
    if (!m_line.isEmpty())
        piece().raw += m_mask.body(std::exchange(m_line, {}));
    m_ended = true;
}

void ExchangeRecorder::ended(const AttemptResult &result, const AnswerReader &reader, const QByteArray &)
{
    close();
    readContent(reader);
    ExchangeRecord &last = piece();
    last.ended = since();
    last.reason = result.facts.classification.reason;
    last.rule = toText(result.facts.classification.rule);
    last.message = result.message;
}

} // namespace retryscope
