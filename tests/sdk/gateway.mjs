// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// A gateway of the command line in front of simulated or recording providers, and the official SDKs that point at it.
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { HTTPClient, Mistral } from '@mistralai/mistralai';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import OpenAI from 'openai';
import { provider } from './sandbox.mjs';

/** What the providers are to get, and no program that stands before the gateway ever has. */
export const providerKey = 'provider-key-of-the-gateway';

const folder = mkdtempSync(join(tmpdir(), 'retryscope-gateway-'));
const running = new Set();
let last = 0;
after(async () => {
  await Promise.all([...running].map((g) => g.stop('SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});

/** Each wire: where the sandbox or a recorder has it below an address, and a model that is asked for. */
export const wires = {
  openai: { base: '/v1', model: 'gpt-4o-mini' },
  openai_responses: { base: '/v1', model: 'gpt-4o-mini', sandbox: 'openai' },
  openai_compatible: { base: '/v1', model: 'some-model', sandbox: 'relay' },
  anthropic: { base: '', model: 'claude-haiku-4-5' },
  google_ai: { base: '/v1beta', model: 'gemini-2.5-flash' },
  mistral: { base: '', model: 'mistral-small-latest' },
};

/** Waits that are short, so that a test which retries is quick, and circuits that stay out of the way. */
const fast = {
  max_attempts: 3, attempts_per_provider: 2, base_delay_s: 0.01, max_delay_s: 0.05, jitter: 'none', hint_patience_s: 0, failover_reserve_s: 0,
  min_attempt_time_s: 0, rate_limit_delay_s: 0, attempt_timeout_s: 2, first_token_timeout_s: 1, idle_timeout_s: 1, deadline_s: 8,
  circuit_min_calls: 10000, probe_interval_s: 0, retry_budget_floor: 1000, pace_from_headers: false, recovery_ramp: false, max_concurrent: 64,
};

/** One line of the configuration: an ordinary provider of a wire at an address, an account of its own. */
export function entry(wire, id, url, more = {}) {
  return { id, protocol: wire, base_url: url + wires[wire].base, model: wires[wire].model, key: 'env:GATEWAY_TEST_KEY', account: id, ...more };
}

/** A simulated provider, and its line of the configuration. */
export async function simulated(wire, fault, { entry: more = {}, ...rest } = {}) {
  const p = await provider(wires[wire].sandbox ?? wire, fault, rest);
  return { ...p, wire, entry: entry(wire, p.id, p.url, more) };
}

/** `retryscope-cli serve` before these lines of a configuration. */
export async function gateway(entries, { retry = {}, env = {}, args = [], home = join(folder, `home-${++last}`), config = {}, tokenFile = join(folder, `token-${++last}`) } = {}) {
  const file = join(folder, `config-${++last}.json`);
  const write = (lines, more = {}) => {
    writeFileSync(`${file}.new`, typeof lines === 'string' ? lines : JSON.stringify({ version: 1, history: 'off', providers: lines, retry: { ...fast, ...retry, ...more }, ...config }));
    renameSync(`${file}.new`, file);
  };
  write(entries);
  const child = spawn(process.env.CLI_BINARY, ['serve', '--config', file, '--listen', '127.0.0.1:0', '--json', '--token-file', tokenFile, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: home, XDG_DATA_HOME: '', XDG_CONFIG_HOME: '', GATEWAY_TEST_KEY: providerKey, ...env } });
  const g = { child, file, tokenFile, write, said: '', exited: once(child, 'exit') };
  child.stderr.on('data', (text) => { g.said += text; });
  g.stop = async (signal = 'SIGTERM') => {
    running.delete(g);
    if (child.exitCode === null && child.signalCode === null)
      child.kill(signal);
    return g.exited;
  };
  running.add(g);
  for await (const line of createInterface({ input: child.stdout })) {
    g.serving = JSON.parse(line);
    g.url = g.serving.url;
    g.token = env.RETRYSCOPE_TOKEN ?? readFileSync(tokenFile, 'utf8').trim();
    g.port = Number(new URL(g.url).port);
    g.fetch = (path, { headers = {}, ...init } = {}) => fetch(g.url + path, { ...init, headers: { Authorization: `Bearer ${g.token}`, ...headers } });
    g.get = async (path) => (await g.fetch(path)).json();
    return g;
  }
  throw new Error(`The gateway did not start: ${g.said}`);
}

/** This SDK has no option for it. */
function withHeaders(headers) {
  const client = new HTTPClient();
  client.addHook('beforeRequest', (request) => {
    const changed = new Request(request);
    for (const [name, value] of Object.entries(headers))
      changed.headers.set(name, value);
    return changed;
  });
  return client;
}

/** The official clients of a gateway, each made when it is first asked for. `headers`: sent with every request. */
export function clients(g, headers = {}, { maxRetries = 0, timeout = 20_000, apiKey = g.token, mistral = `${g.url}/mistral` } = {}) {
  const retryConfig = maxRetries ? { strategy: 'backoff', backoff: { initialInterval: 10, maxInterval: 50, exponent: 1, maxElapsedTime: 2000 }, retryConnectionErrors: true } : { strategy: 'none' };
  const makers = {
    openai: () => new OpenAI({ apiKey, baseURL: `${g.url}/v1`, maxRetries, timeout, defaultHeaders: headers }),
    anthropic: () => new Anthropic({ apiKey, authToken: null, baseURL: g.url, maxRetries, timeout, defaultHeaders: headers }),
    google: () => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: g.url, timeout, headers } }),
    mistral: () => new Mistral({ apiKey, serverURL: mistral, timeoutMs: timeout, httpClient: withHeaders(headers), retryConfig }),
  };
  const made = {};
  return Object.defineProperties({}, Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, { get: () => (made[name] ??= make()) }])));
}

/**
 * A provider that keeps what it got, byte for byte, and answers what it is told to: `answer(request, response)`, with
 * `request.body` read.
 */
export async function recorder(answer) {
  const got = [];
  const server = createServer(async (request, response) => {
    const pieces = [];
    const entry = { method: request.method, url: request.url, headers: request.headers, rawHeaders: request.rawHeaders, left: false };
    response.on('close', () => { entry.left = !response.writableFinished; });
    try {
      for await (const piece of request)
        pieces.push(piece);
    } catch {
      return;
    }
    entry.body = Buffer.concat(pieces);
    got.push(entry);
    await answer(entry, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  after(() => { server.closeAllConnections(); server.close(); });
  return { got, url: `http://127.0.0.1:${server.address().port}`, server };
}

/** One request as bytes: status, raw headers and the body as it came. Ends with `cut` where the connection broke. */
export function raw(url, { method = 'POST', headers = {}, body, agent, onData } = {}) {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent }, (response) => {
      const pieces = [], port = response.socket.localPort;
      const result = (cut) => resolve({ status: response.statusCode, headers: response.headers, rawHeaders: response.rawHeaders, body: Buffer.concat(pieces), cut, pieces, port });
      response.on('data', (piece) => { pieces.push(piece); onData?.(piece, request); });
      response.on('end', () => result(false));
      response.on('error', () => result(true));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Fails where it takes longer: nothing may hang. */
export async function within(ms, promise, what = 'it') {
  let timer;
  const late = new Promise((resolve, reject) => { timer = setTimeout(() => reject(new assert.AssertionError({ message: `After ${ms} ms ${what} had not ended.` })), ms); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Until it is true. */
export async function eventually(check, ms = 5000, what = String(check)) {
  const end = Date.now() + ms;
  for (;;) {
    if (await check())
      return;
    assert.ok(Date.now() < end, `Not true after ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
