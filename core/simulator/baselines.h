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

/// A client that is named instead of configured, to play beside one's own. All but SdkDefault and NoRetry have a throttle, too,
/// and obey no server's hint, because theirs goes by other headers than the providers' here.
/// | AwsStandard     | the AWS SDKs since 2026-11-10: 3 attempts, full jitter, quota of 14 and 5 tokens       |
/// | AwsStandard2025 | before: the same with waits from 1 s, and 5 tokens for a retry, 10 after a timeout     |
/// | AwsAdaptive     | AwsStandard and the limiter of the rate                                                |
/// | Grpc            | the example of gRPC's proposal A6: 4 attempts within 1 s waits, 10 tokens, ratio 0.1   |
/// | SreAdaptive     | SdkDefault's attempts under Google SRE's adaptive throttling, K = 2 over two minutes   |
enum class NamedClient : quint8 { SdkDefault, NoRetry, AwsStandard, AwsStandard2025, AwsAdaptive, Grpc, SreAdaptive };
inline constexpr int namedClientCount = int(NamedClient::SreAdaptive) + 1;
/// sdk-default, no-retry, aws-standard, ...
QString toKey(NamedClient client);
std::optional<NamedClient> namedClientFromKey(const QString &key);
SimulatedPolicy namedClient(NamedClient client, const SimulatedPolicy &beside);

} // namespace retryscope
