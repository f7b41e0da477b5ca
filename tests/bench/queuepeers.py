#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 Retryscope contributors
# SPDX-License-Identifier: Apache-2.0
"""The queue of bench_simulator, played by others: queuepeers.py heapq|simpy CALLS SEED RATE SERVICE PATIENCE WAIT ATTEMPTS

Poisson calls, one machine with exponential service, first come first served. A call that was not begun after PATIENCE leaves
and asks again after WAIT, at most ATTEMPTS times; the machine works on for nobody. Prints the calls that were answered, the
attempts, the seconds it took, the mean time until the answer and its standard error (of 20 batches in a row)."""
import heapq
import random
import sys
import time
from collections import deque


def played_by_heapq(calls, seed, rate, service, patience, wait, attempts):
    chance = random.Random(seed)
    ARRIVAL, ASK, PATIENCE, END = range(4)
    events = [(chance.expovariate(rate), 0, ARRIVAL, None)]
    order = arrived = made = 0
    queue = deque()
    busy = False
    after = []

    def plan(at, what, job):
        nonlocal order
        order += 1
        heapq.heappush(events, (at, order, what, job))

    def begin(now, job):
        job[2] = True
        plan(now + chance.expovariate(1 / service), END, job)

    while events:
        now, _, what, job = heapq.heappop(events)
        if what == ARRIVAL:
            arrived += 1
            if arrived < calls:
                plan(now + chance.expovariate(rate), ARRIVAL, None)
            job = [now, 1, False, False]  # since, attempt, begun, left
            what = ASK
        if what == ASK:
            made += 1
            plan(now + patience, PATIENCE, job)
            if busy:
                queue.append(job)
            else:
                busy = True
                begin(now, job)
        elif what == PATIENCE:
            if not job[2]:
                job[3] = True
                if job[1] < attempts:
                    plan(now + wait, ASK, [job[0], job[1] + 1, False, False])
        else:
            if not job[3]:
                after.append(now - job[0])
            if queue:
                begin(now, queue.popleft())
            else:
                busy = False
    return made, after


def played_by_simpy(calls, seed, rate, service, patience, wait, attempts):
    from SimPy.Simulation import Process, Resource, activate, hold, initialize, now, passivate, reactivate, release, request
    from SimPy.Simulation import simulate
    chance = random.Random(seed)
    made = 0
    after = []

    class Source(Process):
        def run(self):
            for _ in range(calls):
                yield hold, self, chance.expovariate(rate)
                call = Call()
                activate(call, call.run())

    class Call(Process):
        def run(self):
            nonlocal made
            since = now()
            for _ in range(attempts):
                made += 1
                job = Job()
                job.call = self
                activate(job, job.run())
                yield hold, self, patience
                if self.interrupted():
                    yield passivate, self
                    after.append(now() - since)
                    return
                job.call = None
                yield hold, self, wait

    class Job(Process):
        def run(self):
            yield request, self, machine
            if self.call:
                self.interrupt(self.call)
            yield hold, self, chance.expovariate(1 / service)
            if self.call:
                reactivate(self.call)
            yield release, self, machine

    initialize()
    machine = Resource(1)
    source = Source()
    activate(source, source.run())
    simulate(until=1e12)
    return made, after


def main():
    kind, calls, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rate, service, patience, wait = (float(a) for a in sys.argv[4:8])
    play = {"heapq": played_by_heapq, "simpy": played_by_simpy}[kind]
    begun = time.process_time()
    made, after = play(calls, seed, rate, service, patience, wait, int(sys.argv[8]))
    took = time.process_time() - begun
    size = len(after) // 20
    means = [sum(after[i * size:(i + 1) * size]) / size for i in range(20)]
    mean = sum(means) / 20
    error = (sum((m - mean) ** 2 for m in means) / 19 / 20) ** 0.5
    print(len(after), made, took, sum(after) / len(after), error)


main()
