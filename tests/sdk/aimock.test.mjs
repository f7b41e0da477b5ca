// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
import { LLMock } from '@copilotkit/aimock';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';

// The engine, as retryscope-cli send, against a provider that nobody here wrote.
const wires = { openai: '/v1', openai_compatible: '/v1', openai_responses: '/v1', anthropic: '', google_ai: '/v1beta' };
const folder = mkdtempSync(join(tmpdir(), 'retryscope-aimock-'));
let mock, files = 0;

/** The result line of `send --json`, and the events before it. */
async function send(protocol, prompt, stream = true, retry = {}) {
  const home = join(folder, `${++files}`); // what one call learns of the account must not block the next
  mkdirSync(home);
  const file = join(home, 'config.json');
  const model = `model-${files}-`; // tells the requests of this call from those of others
  const provider = { id: 'mock', protocol, base_url: mock.url + wires[protocol], model, key: 'env:MOCK_KEY' };
  writeFileSync(file, JSON.stringify({ providers: [provider], history: 'off', retry: { base_delay_s: 0.01, max_attempts: 2, attempts_per_provider: 2, ...retry } }));
  const out = await new Promise((resolve) => execFile(process.env.CLI_BINARY, ['send', '--json', '--config', file, ...(stream ? ['--stream'] : []), prompt],
    { env: { ...process.env, MOCK_KEY: 'sk-mock', XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, HOME: home } }, (_, stdout, stderr) => resolve({ stdout, stderr })));
  const lines = out.stdout.trim().split('\n').filter((line) => line).map((line) => JSON.parse(line));
  assert.ok(lines.length > 0, out.stderr);
  return { ...lines.at(-1), events: lines.slice(0, -1), posts: mock.getRequests().filter((r) => JSON.stringify(r).includes(model)).length };
}

suite('aimock', () => {
  before(async () => {
    mock = new LLMock({ port: 0 });
    mock.onMessage('hello', { content: 'Hi there! Wie geht es? 你好 🌧' });
    mock.onMessage('long', { content: 'word '.repeat(400).trim() }, { chunkSize: 7 });
    mock.onMessage('think', { content: 'Forty-two.', reasoning: 'What is asked is known.' });
    mock.onMessage('use a tool', { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Paris"}' }] });
    mock.onMessage('break off', { content: 'word '.repeat(200).trim() }, { chunkSize: 10, latency: 2, truncateAfterChunks: 5 });
    mock.onMessage('limited', { error: { message: 'Rate limit reached.', type: 'rate_limit_error', code: 'rate_limit_exceeded' }, status: 429, retryAfter: 1 });
    mock.onMessage('overloaded', { error: { message: 'Overloaded', type: 'overloaded_error' }, status: 529 });
    mock.onMessage('forbidden', { error: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' }, status: 401 });
    mock.onMessage('bankrupt', { error: { message: 'You exceeded your current quota.', type: 'insufficient_quota', code: 'insufficient_quota' }, status: 429 });
    mock.onMessage('too much', { error: { message: "This model's maximum context length is 8192 tokens.", type: 'invalid_request_error', code: 'context_length_exceeded' }, status: 400 });
    mock.onMessage('crash', { error: { message: 'Internal error', type: 'server_error' }, status: 500 });
    await mock.start();
  });
  after(async () => {
    await mock.stop();
    rmSync(folder, { recursive: true });
  });

  for (const protocol of Object.keys(wires)) {
    suite(protocol, { concurrency: 4 }, () => {
      for (const stream of [false, true]) {
        const how = stream ? 'streamed' : 'plain';
        test(`${how}: an answer`, async () => {
          const result = await send(protocol, 'hello', stream);
          assert.equal(result.outcome, 'first_try', JSON.stringify(result));
          assert.equal(result.text, 'Hi there! Wie geht es? 你好 🌧');
          assert.deepEqual([result.finish, result.posts], ['stop', 1]);
          assert.equal(result.ended_by, stream && protocol === 'google_ai' ? 'closed' : 'mark');
        });
        test(`${how}: thoughts are no text`, async () => {
          assert.equal((await send(protocol, 'think', stream)).text, 'Forty-two.');
        });
        test(`${how}: a tool call`, async () => {
          const result = await send(protocol, 'use a tool', stream);
          assert.equal(result.outcome, 'first_try', JSON.stringify(result));
          assert.equal(result.text, '');
          assert.match(result.note, /tool/);
        });
      }
      test('a long answer', async () => {
        assert.equal((await send(protocol, 'long')).text, 'word '.repeat(400).trim());
      });
      for (const [prompt, reason, posts] of [['overloaded', 'temporary_failure', 2], ['forbidden', 'authentication', 1], ['bankrupt', 'quota_exhausted', 1],
        ['too much', 'context_length', 1], ['crash', 'server_error', 2], ['limited', 'rate_limit', 2]]) {
        test(prompt, async () => {
          const result = await send(protocol, prompt);
          assert.deepEqual([result.outcome, result.reason, result.posts], ['failed', reason, posts], JSON.stringify(result));
        });
      }
      test('what breaks off is no success', async () => {
        const result = await send(protocol, 'break off');
        assert.deepEqual([result.outcome, result.reason], ['failed', 'stream_interrupted'], JSON.stringify(result));
      });
    });
  }
  test('an error that passes', async () => {
    for (const protocol of Object.keys(wires)) {
      mock.nextRequestError(503, { message: 'Unavailable', type: 'server_error' });
      const result = await send(protocol, 'hello');
      assert.deepEqual([result.outcome, result.attempts, result.posts], ['recovered_by_retry', 2, 2], JSON.stringify(result));
    }
  });
  for (const [chaos, reason, retry] of [[{ dropRate: 1 }, 'server_error'], [{ malformedRate: 1 }, 'malformed_response'], [{ disconnectRate: 1 }, 'network'],
    [{ rateLimitRate: 1 }, 'rate_limit'], [{ latencyMs: 3000 }, 'network_timeout', { first_token_timeout_s: 0.5, attempt_timeout_s: 0.7 }]]) {
    test(`chaos: ${Object.keys(chaos)[0]}`, async () => {
      mock.setChaos(chaos);
      try {
        for (const result of await Promise.all(Object.keys(wires).map((protocol) => send(protocol, 'hello', true, retry))))
          assert.deepEqual([result.outcome, result.reason], ['failed', reason], JSON.stringify(result));
      } finally {
        mock.clearChaos();
      }
    });
  }
});
