// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/losses.h"

#include <QJsonArray>

#include <span>

namespace retryscope::unread {

// What the wires name the unread fields of a request with: tables of the fields that are known, each with a look
// inside.

/// Looks into a field's value, which is neither null nor absent, and adds the paths of what is lost.
using Look = void (*)(const QJsonValue &value, const QString &path, QStringList *lost);
struct Field
{
    const char *name;
    Look look = nullptr; ///< none: all of it is carried, or it says nothing
};
/// An object whose type tells its fields.
struct Kind
{
    const char *type;
    std::span<const Field> fields;
};

QString join(const QString &path, const char *name);
/// Every field that is not in the table is lost; so is all of what is no object.
void lookInto(const QJsonValue &object, const QString &path, std::span<const Field> fields, QStringList *lost);
/// One that is of none of these types is lost, by the field that bears the type's name, else by "type".
void lookByType(const QJsonValue &object, const QString &path, std::span<const Kind> kinds, const char *defaultType,
                QStringList *lost);
/// Every message of the system that stands behind a turn of the conversation, whose place is not carried: a hint.
void lookAtPlaces(const QJsonValue &messages, const QString &path, QStringList *lost);
/// "is_error", where a tool's result is one: on wires where it is text like any other.
QStringList unsaidResults(const ChatRequest &chat);
/// "tool_choice", where a tool is to be called and there is none.
QStringList unsaidChoice(const ChatRequest &chat);
/// Penalties and the number of answers, where they are asked for: on wires that know neither.
QStringList unsaidPenalties(const ChatRequest &chat);
/// The name of what is called or can be called, without which it is left out.
void lookAtName(const QJsonValue &named, const QString &path, QStringList *lost);
/// A text in place of the list is one that is read as it is; anything else is lost.
void lookAtEach(const QJsonValue &list, const QString &path, Look look, QStringList *lost);

/// Lost, whatever its value.
void always(const QJsonValue &value, const QString &path, QStringList *lost);
/// A choice among tools: "auto", "none", "required", "any", or an object of one of these types.
void lookAtChoice(const QJsonValue &choice, const QString &path, std::span<const Kind> kinds, QStringList *lost);

// Values that say no more than the field's absence would.
void unlessFalse(const QJsonValue &value, const QString &path, QStringList *lost);
void unlessTrue(const QJsonValue &value, const QString &path, QStringList *lost);
void unlessZero(const QJsonValue &value, const QString &path, QStringList *lost);
/// An empty text, list or object.
void unlessEmpty(const QJsonValue &value, const QString &path, QStringList *lost);
// Values of another type than the field's, which are read as if the field were not there.
void unlessText(const QJsonValue &value, const QString &path, QStringList *lost);
void unlessNumber(const QJsonValue &value, const QString &path, QStringList *lost);
void unlessWhole(const QJsonValue &value, const QString &path, QStringList *lost);
/// A whole number but 0; one below it sets no limit.
void unlessLimit(const QJsonValue &value, const QString &path, QStringList *lost);
/// From 1 on, as far as the field's values go.
void unlessTopK(const QJsonValue &value, const QString &path, QStringList *lost);
void unlessChoices(const QJsonValue &value, const QString &path, QStringList *lost);
void unlessFlag(const QJsonValue &value, const QString &path, QStringList *lost);
void unlessObject(const QJsonValue &value, const QString &path, QStringList *lost);
void unlessTextOrObject(const QJsonValue &value, const QString &path, QStringList *lost);
void unlessTexts(const QJsonValue &value, const QString &path, QStringList *lost);
void unlessTextOrTexts(const QJsonValue &value, const QString &path, QStringList *lost);
/// Bytes in Base64, at least one.
void unlessBytes(const QJsonValue &value, const QString &path, QStringList *lost);
/// An address; one that holds the image itself (data:) in Base64.
void unlessImage(const QJsonValue &value, const QString &path, QStringList *lost);
/// "auto", "default", "disabled", "medium", "text": what vendors call their defaults.
void unlessDefault(const QJsonValue &value, const QString &path, QStringList *lost);

} // namespace retryscope::unread
