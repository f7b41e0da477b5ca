// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// A call played by the policies alone, with the standard library and nothing else.
#include <policy/callmachine.h>

#include <cstdio>

using namespace retryscope;

int main()
{
    const Targets chain{{"first", "m", {}}, {"second", "m", {}}};
    ProviderFailoverHandler providers({}, providersOf(chain));
    RetryBudget budget(0.2, 10);
    SeededRandom random(1);
    CallMachine machine(RetryConfig{}, chain, {providers, budget, random});
    SteadyTime now{};
    FailureFacts broken;
    broken.status = 503;
    CallStep step = machine.start(now);
    while (step.kind != CallStep::Kind::Finish) {
        switch (step.kind) {
        case CallStep::Kind::Queue: step = machine.begin(now); break;
        case CallStep::Kind::Wait: step = machine.onTimer(now += step.delay); break;
        default:
            std::printf("asks %s\n", chain[std::size_t(step.target)].provider.c_str());
            step = machine.onAttempt({step.target == 0 ? classify(broken) : Classification{}}, now += 300ms);
        }
    }
    std::printf("%d attempts: %.*s\n", machine.attempt(), int(step.rule.size()), step.rule.data());
    return step.reason == RetryReason::None ? 0 : 1;
}
