// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// All suites, or those that are named, in one process: node main.mjs [openai anthropic google mistral ai aimock gateway ...]
const suites = ['openai', 'anthropic', 'google', 'mistral', 'ai', 'aimock', 'gateway', 'gateway-passing', 'gateway-faults', 'gateway-translation', 'gateway-door', 'gateway-watching'];
const named = process.argv.slice(2);
for (const suite of named.length ? named : suites)
  await import(`./${suite}.test.mjs`);
