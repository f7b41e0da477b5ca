// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after } from 'node:test';

const started = await start();
let last = 0;

/** The simulated providers, served by the command line to real sockets. */
async function start() {
  const child = spawn(process.env.CLI_BINARY, ['sandbox', '--control-port', '0', '--latency', '5ms', '--rate', '2000'],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  after(() => child.kill('SIGTERM'));
  const found = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /(Simulated providers|Control) on (127\.0\.0\.1:\d+)/.exec(line);
    if (address)
      found[address[1]] = `http://${address[2]}`;
    if (Object.keys(found).length === 2)
      return { providers: found['Simulated providers'], control: found['Control'] };
  }
  throw new Error('The sandbox did not tell its addresses.');
}

async function control(method, path, body) {
  const response = await fetch(started.control + path, { method, body: body && JSON.stringify(body) });
  const answer = await response.json();
  assert.ok(response.ok, `${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

/** One provider of a wire for one test alone; with a fault, where one is named. */
export async function provider(wire, fault, more = {}) {
  const id = `${wire}-${++last}`;
  if (fault)
    await control('PUT', `/faults/${id}`, { fault, ...more });
  return {
    id,
    url: `${started.providers}/${id}`,
    posts: async () => (await control('GET', `/providers/${id}`)).posts,
    requests: async () => (await control('GET', `/requests?provider=${id}`)).requests,
  };
}

/** What the promise is rejected with. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail('It succeeded.');
}

/** All that an async iterator gives. */
export async function all(iterable) {
  const items = [];
  for await (const item of await iterable)
    items.push(item);
  return items;
}

/** A PNG of one pixel. */
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';

export const weatherSchema = {
  type: 'object',
  properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
  required: ['city', 'unit'],
  additionalProperties: false,
};
