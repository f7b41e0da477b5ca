// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/requestlog.h"

#include <algorithm>

namespace retryscope {

QString toKey(SandboxRequest::End end)
{
    static constexpr const char *keys[] = {"open", "whole", "cut", "reset", "left"};
    return QLatin1String(keys[std::size_t(end)]);
}

quint64 RequestLog::begin(const ProviderId &provider, const QByteArray &method)
{
    QMutexLocker lock(&m_mutex);
    if (m_posts.size() < mostProviders || m_posts.contains(provider))
        m_posts[provider] += method == "POST";
    return ++m_count;
}

void RequestLog::end(const SandboxRequest &request)
{
    {
        QMutexLocker lock(&m_mutex);
        const auto later = std::upper_bound(m_requests.begin(), m_requests.end(), request.number,
                                            [](quint64 number, const SandboxRequest &r) { return number < r.number; });
        m_requests.insert(later, request);
        if (m_requests.size() > kept)
            m_requests.pop_front();
    }
    if (ended)
        ended(request);
}

QVector<SandboxRequest> RequestLog::requests(const ProviderId &provider) const
{
    QMutexLocker lock(&m_mutex);
    QVector<SandboxRequest> found;
    std::copy_if(m_requests.begin(), m_requests.end(), std::back_inserter(found),
                 [&](const SandboxRequest &r) { return provider.isEmpty() || r.provider == provider; });
    return found;
}

int RequestLog::posts(const ProviderId &provider) const
{
    QMutexLocker lock(&m_mutex);
    return m_posts.value(provider);
}

QStringList RequestLog::providers() const
{
    QMutexLocker lock(&m_mutex);
    QStringList ids = m_posts.keys();
    ids.sort();
    return ids;
}

void RequestLog::clear()
{
    QMutexLocker lock(&m_mutex);
    m_requests.clear();
    m_posts.clear();
}

LoggedResponder::LoggedResponder(ResponderPtr to, RequestLog &log, Clock &clock, SandboxRequest r)
    : request(std::move(r)), m_to(std::move(to)), m_log(log), m_clock(clock), m_begun(clock.now())
{
}

LoggedResponder::~LoggedResponder()
{
    if (request.end == SandboxRequest::End::Open)
        end(m_to->clientGone() ? SandboxRequest::End::Left : SandboxRequest::End::Reset);
}

void LoggedResponder::end(SandboxRequest::End how)
{
    if (request.end != SandboxRequest::End::Open)
        return;
    request.end = m_to->clientGone() ? SandboxRequest::End::Left : how;
    request.taken = m_clock.now() - m_begun;
    m_log.end(request);
}

void LoggedResponder::send(int status, const HttpHeaders &headers, const QByteArray &body)
{
    request.status = status;
    request.bytes += body.size();
    end(SandboxRequest::End::Whole);
    m_to->send(status, headers, body);
}

void LoggedResponder::beginStream(int status, const HttpHeaders &headers)
{
    request.status = status;
    m_to->beginStream(status, headers);
}

void LoggedResponder::writeChunk(const QByteArray &bytes)
{
    request.bytes += bytes.size();
    m_to->writeChunk(bytes);
}

void LoggedResponder::writeChunkNow(const QByteArray &bytes)
{
    request.bytes += bytes.size();
    m_to->writeChunkNow(bytes);
}

void LoggedResponder::endStream()
{
    end(SandboxRequest::End::Whole);
    m_to->endStream();
}

void LoggedResponder::sendTruncated(int status, const HttpHeaders &headers, const QByteArray &body)
{
    request.status = status;
    request.bytes += body.size();
    end(SandboxRequest::End::Cut);
    m_to->beginStream(status, headers, body.size() * 2 + 100);
    m_to->writeChunk(body);
    m_to->cut(Responder::Cut::Close);
}

void LoggedResponder::reset()
{
    end(SandboxRequest::End::Reset);
    m_to->cut(Responder::Cut::Reset);
}

void LoggedResponder::closeAbruptly()
{
    end(SandboxRequest::End::Cut);
    m_to->cut(Responder::Cut::Close);
}

} // namespace retryscope
