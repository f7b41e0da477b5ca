// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// Requests as they are answered, for the access log.
#include "gateway/accesslog.h"

#include "base/secretshape.h"
#include "base/timeformat.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

#include <utility>

namespace retryscope {
namespace {

constexpr qsizetype longestName = 500; ///< characters of what a program wrote: a path, a model

QString shown(const QByteArray &text, const QByteArray &token)
{
    static const QRegularExpression secret(QStringLiteral("%1[A-Za-z0-9._-]{8,}").arg(QLatin1String(secretBeginnings)),
                                           QRegularExpression::CaseInsensitiveOption);
    static const QString hidden = QStringLiteral("REDACTED");
    QByteArray all = text;
    if (!token.isEmpty())
        all.replace(token, hidden.toLatin1());
    return QString::fromUtf8(all).replace(secret, hidden).left(longestName);
}

/// Watches an answer on its way out.
class ObservedResponder final : public Responder
{
public:
    ObservedResponder(AccessKeeper keeper, ResponderPtr inner, std::shared_ptr<AccessRecord> record)
        : m_keeper(std::move(keeper)), m_inner(std::move(inner)), m_record(std::move(record))
    {
        watch({});
    }
    ~ObservedResponder() override
    {
        m_inner.reset();
        m_record->duration = m_keeper.clock.now() - m_record->began;
        m_keeper.log->write(toAccessLine(*m_record, m_keeper.token));
    }
    void send(int status, const HttpHeaders &headers, const QByteArray &body) override
    {
        begun(status);
        m_record->bytesOut += body.size();
        m_inner->send(status, headers, body);
    }
    void beginStream(int status, const HttpHeaders &headers, std::optional<qint64> length) override
    {
        begun(status);
        m_inner->beginStream(status, headers, length);
    }
    void writeChunk(const QByteArray &bytes) override
    {
        m_record->bytesOut += bytes.size();
        m_inner->writeChunk(bytes);
    }
    void writeChunkNow(const QByteArray &bytes) override
    {
        m_record->bytesOut += bytes.size();
        m_inner->writeChunkNow(bytes);
    }
    void endStream() override { m_inner->endStream(); }
    void cut(Cut how) override { m_inner->cut(how); }
    bool clientGone() const override { return m_inner->clientGone(); }
    qint64 backlog() const override { return m_inner->backlog(); }
    void watch(ClientWatch watch) override
    {
        const auto gone = std::exchange(watch.gone, {});
        watch.gone = [record = m_record, gone] {
            record->left = true;
            if (gone)
                gone();
        };
        m_inner->watch(std::move(watch));
    }

private:
    void begun(int status)
    {
        if (m_record->status || m_record->left)
            return;
        m_record->status = status;
        m_record->firstByte = m_keeper.clock.now() - m_record->began;
    }

    AccessKeeper m_keeper;
    ResponderPtr m_inner;
    std::shared_ptr<AccessRecord> m_record;
};

std::shared_ptr<AccessRecord> recordOf(const AccessKeeper &keeper, const ServedRequest &request)
{
    auto record = std::make_shared<AccessRecord>();
    const qsizetype mark = request.target.indexOf('?');
    record->at = keeper.clock.wallNow();
    record->began = keeper.clock.now();
    record->method = request.method;
    record->path = mark < 0 ? request.target : request.target.left(mark);
    record->bytesIn = request.body.size();
    return record;
}

} // namespace

QByteArray toAccessLine(const AccessRecord &r, const QByteArray &token)
{
    QJsonObject o{{QStringLiteral("ts"), formatWallTime(r.at)},
                  {QStringLiteral("method"), shown(r.method, token)},
                  {QStringLiteral("path"), shown(r.path, token)},
                  {QStringLiteral("status"), r.status},
                  {QStringLiteral("bytes_in"), r.bytesIn},
                  {QStringLiteral("bytes_out"), r.bytesOut},
                  {QStringLiteral("duration_s"), toSeconds(r.duration)}};
    const std::pair<const char *, QString> texts[] = {
        {"dialect", r.dialect},
        {"provider", r.provider},
        {"model_asked", shown(r.modelAsked.toUtf8(), token)},
        {"model", shown(r.model.toUtf8(), token)},
        {"reason", r.reason == RetryReason::None ? QString() : toKey(r.reason)}};
    for (const auto &[key, value] : texts) {
        if (!value.isEmpty())
            o[QLatin1String(key)] = value;
    }
    if (r.call) {
        o[QLatin1String("call")] = qint64(r.call.value);
        o[QLatin1String("attempts")] = r.attempts;
        o[QLatin1String("simulated")] = r.simulated;
    }
    if (r.firstByte)
        o[QLatin1String("first_byte_s")] = toSeconds(*r.firstByte);
    if (r.tokensIn)
        o[QLatin1String("tokens_in")] = *r.tokensIn;
    if (r.tokensOut)
        o[QLatin1String("tokens_out")] = *r.tokensOut;
    if (r.callerRepeat > 0)
        o[QLatin1String("caller_repeat")] = r.callerRepeat;
    if (r.left)
        o[QLatin1String("left")] = true;
    return QJsonDocument(o).toJson(QJsonDocument::Compact) + '\n';
}

ObservedRequest observe(const AccessKeeper &keeper, const ServedRequest &request, const ResponderPtr &responder)
{
    if (!keeper.log)
        return {responder, nullptr};
    auto record = recordOf(keeper, request);
    return {std::make_shared<ObservedResponder>(keeper, responder, record), record};
}

void noteRefusal(const AccessKeeper &keeper, const ServedRequest &request, int status)
{
    if (!keeper.log)
        return;
    const auto record = recordOf(keeper, request);
    record->status = status;
    keeper.log->write(toAccessLine(*record, keeper.token));
}

} // namespace retryscope
