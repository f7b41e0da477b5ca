// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "engine/attempt.h"

namespace retryscope {

/// A response as a server may give it.
struct SampleResponse
{
    int status = 0;       ///< 200 to 599
    HttpHeaders headers;
    QByteArray body;      ///< an error's, a whole answer, or the events of a stream
};

/// A wait or a block, as chance draws it.
struct DurationSpan
{
    Duration least{}, most{};
    bool operator==(const DurationSpan &) const = default;
};

/// What a response would mean as the first answer to a call, and what would happen then: it is read as the engine reads it,
/// and the call's own machine says the rest. Without keys.
struct Explanation
{
    enum class Next : quint8 {
        Done,     ///< it is an answer
        Again,    ///< the same provider, after `wait`
        Elsewhere,///< `nextProvider`, after `wait` where nobody can be asked at once
        GiveUp,   ///< the call ends
    };
    struct Block { Scope scope = Scope::Provider; RetryReason reason = RetryReason::None; DurationSpan lasts; };

    ProviderId provider;
    QString model;
    int status = 0;
    QStringList codes;                    ///< read from the body
    QString message;                      ///< of the server or about its answer
    std::optional<Duration> named;        ///< the wait that the response names
    Classification classification;
    std::optional<int> own;               ///< the place of the rule of the configuration that decided
    std::optional<Classification> ours;   ///< what would hold without own rules, where one decided
    AnswerTraits answer;                  ///< of a 2xx
    bool hasText = false;
    Next next = Next::Done;
    ProviderId nextProvider;              ///< empty where it is not known yet
    DurationSpan wait;
    DelaySource source = DelaySource::None;
    QString why;                          ///< the machine's rule: why not here again, or why the call ends
    QVector<Block> blocks;
    std::optional<Duration> holds;        ///< so long no call asks this model there
};

/// The headers of lines such as "Retry-After: 20", in their order; where one is not so, its place from 1.
Expected<HttpHeaders, int> headersOfLines(const QStringList &lines);

/// `provider`: the id of one that is configured; the others of the configuration that are enabled may be asked after it.
/// `wall`: when it happens, for limits that end at a calendar time.
Explanation explain(const Configuration &configuration, const ProviderId &provider, const SampleResponse &response,
                    WallTime wall);

} // namespace retryscope
