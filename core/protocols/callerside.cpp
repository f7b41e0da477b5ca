// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/answerwriter.h"
#include "protocols/losses.h"
#include "protocols/wireerror.h"

namespace retryscope {

std::unique_ptr<AnswerWriter> makeAnswerWriter(ProtocolKind kind, const WriterContext &context)
{
    return Protocol::of(kind).writer(context);
}

WrittenError writeError(ProtocolKind kind, const WireError &error) { return Protocol::of(kind).writeError(error); }

QByteArray writeErrorEvent(ProtocolKind kind, const WireError &error)
{
    return Protocol::of(kind).writeErrorEvent(error);
}

QStringList unreadFields(ProtocolKind kind, const QByteArray &path, const QJsonObject &body)
{
    return Protocol::of(kind).unread(path, body);
}

QString refusedField(const ChatRequest &chat)
{
    const QString &path = chat.format.schemaAt.path;
    return path.isEmpty() ? QStringLiteral("response_format") : path;
}

QStringList unreadHeaders(ProtocolKind kind, const HttpHeaders &headers)
{
    const bool has = kind == ProtocolKind::Anthropic && !headerValue(headers, "anthropic-beta").isEmpty();
    return has ? QStringList{QStringLiteral("anthropic-beta")} : QStringList();
}

QStringList unsayableFields(ProtocolKind target, const ChatRequest &chat)
{
    return Protocol::of(target).unsayable(chat);
}

} // namespace retryscope
