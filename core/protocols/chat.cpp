// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chat.h"

namespace retryscope {

QVector<ChatMessage> ChatRequest::turns() const
{
    QVector<ChatMessage> all = messages;
    if (!text.isEmpty() || all.isEmpty())
        all.append({ChatRole::User, {ChatPart{.text = text}}});
    return all;
}

QStringList ChatRequest::texts() const
{
    QStringList all{text, system};
    for (const ChatMessage &message : messages) {
        for (const ChatPart &part : message.parts) {
            if (!part.text.isEmpty())
                all << part.text;
        }
    }
    return all;
}

} // namespace retryscope
