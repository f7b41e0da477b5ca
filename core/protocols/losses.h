// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/protocol.h"

namespace retryscope {

// What is lost where a request of one wire is sent on another: first in reading it, then in writing it again.

/// Paths of the fields of this body (such as "n", "messages[2].content[0].input_audio", "tools[1].type") that
/// readRequest() does not carry into a ChatRequest; lists in their order, names of one object by the alphabet. Empty:
/// everything is carried. A field that is null, or whose value says no more than its absence would ("n": 1, "store":
/// false), is carried; one of another type than the vendor takes is not.
QStringList unreadFields(ProtocolKind kind, const QByteArray &path, const QJsonObject &body);
/// Fields of the request for which the target wire has no word, by ChatRequest's names written as the wires do
/// ("top_k", "seed", "metadata"), in the order of ChatRequest. What Protocol::refusal() says is not among them. Empty:
/// everything is carried.
QStringList unsayableFields(ProtocolKind target, const ChatRequest &chat);
/// The field that Protocol::refusal() is about.
QString refusedField(const ChatRequest &chat);
/// Headers of a request of this wire that no other vendor reads, by their names: "anthropic-beta".
QStringList unreadHeaders(ProtocolKind kind, const HttpHeaders &headers);
/// Whether a lost field (its path, as above) says only how an answer is made, kept or paid for, or repeats what the target
/// could not read anyway, such as another model's thoughts: left out and named, but no reason not to ask. What an answer
/// must be ("seed", "n", "tools[0].type") is none. Three forms say with their path what becomes of it: "reasoning_effort (as
/// high)", where the target knows no more; "tools[1] (not strict)", a schema that is told, but without the promise that it is kept, because the target takes no such one as strict; "messages[3].role
/// (moved to the front)", a system turn amid the conversation that is told before all of it.
bool isHint(const QString &field);
/// Lost fields in one line that is short however long a conversation is: each kind by its first place, and how many more
/// there are of it: "messages[1].content[0].thinking (and 29 more), is_error".
QString lossesLine(const QStringList &fields);

} // namespace retryscope
