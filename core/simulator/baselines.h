// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/simulation.h"

namespace retryscope {

/// A client as the official SDKs are unless told otherwise: the preset "openai_sdk" on the first target alone, with no circuits,
/// no budget, no pacing and no limit on how many attempts run at once. What a policy is worth is measured beside it.
/// `attempts` in place of the preset's; 1: no retry at all. `chain` is not empty.
SimulatedPolicy plainClient(const Targets &chain, std::optional<int> attempts = {});
/// Beside a policy, down its chain and at its prices.
SimulatedPolicy plainClient(const SimulatedPolicy &beside, std::optional<int> attempts = {});

/// A client that is named instead of configured, to play beside one's own. All but the first two and the hedging ones obey no
/// server's hint: theirs goes by other headers than the providers' here, and a balancer asks somebody else.
/// | AwsStandard     | the AWS SDKs since 2026-11-10: 3 attempts, full jitter, quota of 14 and 5 tokens       |
/// | AwsStandard2025 | before: the same with waits from 1 s, and 5 tokens for a retry, 10 after a timeout     |
/// | AwsAdaptive     | AwsStandard and the limiter of the rate                                                |
/// | Grpc            | the example of gRPC's proposal A6: 4 attempts within 1 s waits, 10 tokens, ratio 0.1   |
/// | SreAdaptive     | SdkDefault's attempts under Google SRE's adaptive throttling, K = 2 over two minutes   |
/// | HedgedTail      | SdkDefault and a second copy of the slowest 5 % of attempts, as The Tail at Scale has it |
/// | HedgedFixed     | SdkDefault and a second copy after 2 s, the delay of Polly's hedging                   |
/// | PeakEwma        | SdkDefault's attempts, each where Finagle's balancer expects the soonest answer        |
enum class NamedClient : quint8 {
    SdkDefault,
    NoRetry,
    AwsStandard,
    AwsStandard2025,
    AwsAdaptive,
    Grpc,
    SreAdaptive,
    HedgedTail,
    HedgedFixed,
    PeakEwma,
};
inline constexpr int namedClientCount = int(NamedClient::PeakEwma) + 1;
/// sdk-default, no-retry, aws-standard, ...
QString toKey(NamedClient client);
std::optional<NamedClient> namedClientFromKey(const QString &key);
SimulatedPolicy namedClient(NamedClient client, const SimulatedPolicy &beside);

} // namespace retryscope
