// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// All suites, or those that are named, in one process: node main.mjs [openai anthropic google mistral ai aimock]
const named = process.argv.slice(2);
for (const suite of named.length ? named : ['openai', 'anthropic', 'google', 'mistral', 'ai', 'aimock'])
  await import(`./${suite}.test.mjs`);
