// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "engine/learned.h"

#include <QByteArray>

namespace retryscope {

/// What one gateway tells the others, as it stands in Redis: one thing, of one account, for a time. It names providers by
/// address and accounts by a hash, because names and keys are each gateway's own.
///
/// Times are durations from when it was told; how long ago that was, Redis' own count of its life says.
struct FleetWord
{
    enum class Kind : quint8 { Block, Circuit, Limits, Hand };
    Kind kind = Kind::Block;
    Scope scope = Scope::Provider; ///< Block, Circuit
    QString at;                    ///< the provider's address, see addressOf()
    QString account;               ///< see accountHash()
    QString model;                 ///< Limits, and a model's Block and Circuit
    QString provider;              ///< as its teller calls it: for sentences, and to tell apart two at one address
    RetryReason reason = RetryReason::None; ///< Limits: of the wait
    Duration life{};                        ///< told to hold for so long; above zero
    Duration wait{};                        ///< Limits: do not ask for so long
    LimitWindows limits;
    Hand hand = Hand::Isolate;
    QString act;        ///< Hand: names this act of a person among all
    QString member, by; ///< who tells: its id, and its name for people
    bool operator==(const FleetWord &) const = default;

    /// They say something of the same thing.
    bool isOf(const FleetWord &other) const;
};

enum class WordProblem : quint8 { Newer, Garbage };

/// No larger value is looked at.
inline constexpr qsizetype longestWord = 4096;

QByteArray toJson(const FleetWord &word);
/// Believes nothing: sizes, ranges and texts are checked.
Expected<FleetWord, WordProblem> wordFromJson(const QByteArray &json);

/// A name that somebody else gave, fit to stand in a sentence: printable, at most 64 characters.
QString shownName(const QString &name);

} // namespace retryscope
