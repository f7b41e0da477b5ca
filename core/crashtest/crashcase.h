// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sandbox/sandbox.h"

#include <QStringList>

namespace retryscope {

/// Whom a trouble befalls, by the place in the chain of those that are enabled.
enum class Whom : quint8 { First, Second, All };

/// What befalls one place of the chain, one fault after the other.
struct Trouble
{
    Whom whom = Whom::First;
    QVector<FaultSetting> steps;
};

/// What a good client comes to.
enum class CrashGoal : quint8 {
    Answer,       ///< every call has its answer, whole
    AnswerOrSaid, ///< the answer, or an error that says what happened: never a broken answer told as whole
    Told,         ///< the answer that came, told with what is missing of it, and nobody asked again
    Said,         ///< an error that says what happened, soon
};

/// How the calls of a case follow each other.
enum class CallPace : quint8 {
    OneByOne, ///< each after the one before has ended
    Together, ///< at once
    Steady,   ///< one a second, whatever became of those before
};

/// What a good client comes to in a case, and how the case is played.
///
/// | field     | what                                                                     | unit     | default    |
/// | goal      | what it must come to                                                     | –        | Answer     |
/// | most      | requests that each troubled provider may refuse or spoil for it; 0: any number | requests | 0    |
/// | within    | that the calls may take, one by one; 0: any time                         | time     | 10 s       |
/// | stream    | the answers are asked for as streams                                     | –        | yes        |
/// | waits     | is about waiting: time passes faster, as fast as the shortest limit allows | –      | no         |
/// | calls     | how many                                                                 | –        | 1          |
/// | pace      | how they follow each other                                               | –        | OneByOne   |
/// | programs  | that call at once, each with an engine of its own; `calls` is of each     | –        | 1          |
/// | providers | that the chain needs; with fewer the case is left out                    | –        | 1          |
/// | hint      | what a rate limit and the faults with a hint tell                        | time     | 2 s        |
/// | refused   | nobody listens at the first provider's address                           | –        | no         |
/// | comesBack | the first provider must have the last call again                         | –        | no         |
struct CrashTerms
{
    CrashGoal goal = CrashGoal::Answer;
    int most = 0;
    Duration within = 10s;
    bool stream = true;
    bool waits = false;
    int calls = 1;
    CallPace pace = CallPace::OneByOne;
    int programs = 1;
    int providers = 1;
    Duration hint = 2s;
    bool refused = false;
    bool comesBack = false;
};

/// One case of the crash test: what the providers do, and what a good client makes of it.
struct CrashCase
{
    const char *key;   ///< its name in commands, reports and files
    const char *label; ///< its name for people
    const char *fault; ///< what happens, in a sentence
    const char *good;  ///< what a good client does, in a sentence
    QVector<Trouble> troubles;
    CrashTerms terms;
};

/// All of them, one a row, in the order in which they are told.
const QVector<CrashCase> &crashCases();
/// None: no case has this key.
const CrashCase *crashCase(QStringView key);

} // namespace retryscope
