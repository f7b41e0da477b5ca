// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// Who watches the gateway and steers it: routes by name, the event feed, commands, repeats of an SDK, and the guide's lines.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from './freeport.mjs';
import { clients, eventually, gateway, providerKey, simulated, within, wires } from './gateway.mjs';
import { rejection } from './sandbox.mjs';

const model = wires.openai.model;
const prompt = { model, messages: [{ role: 'user', content: 'Say hello, secret-of-the-prompt.' }] };
const post = async (g, body = prompt, headers = {}, path = '/v1/chat/completions') => g.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
const answeredBy = async (response) => {
  assert.equal(response.status, 200, await response.clone().text());
  await response.text();
  return response.headers.get('x-retryscope-provider');
};

/** Follows the event feed until it is told to stop. */
function follow(g, headers = {}) {
  const feed = { events: [], comments: 0, text: '' };
  feed.opened = new Promise((resolve, reject) => {
    const request = httpRequest(`${g.url}/retryscope/events`, { headers: { Authorization: `Bearer ${g.token}`, ...headers } }, (response) => {
      feed.status = response.statusCode;
      feed.type = response.headers['content-type'];
      let rest = '';
      response.on('data', (data) => {
        feed.text += data;
        const blocks = (rest + data).split('\n\n');
        rest = blocks.pop();
        for (const block of blocks) {
          if (block.startsWith(':'))
            ++feed.comments;
          else
            feed.events.push(Object.fromEntries(block.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line).slice(1))));
        }
      });
      response.on('end', () => { feed.ended = 'whole'; });
      response.on('error', () => { feed.ended ??= 'cut'; });
      resolve();
    });
    feed.leave = () => request.destroy();
    request.on('error', reject);
    request.end();
  });
  return feed;
}
const kinds = (feed) => feed.events.map((e) => e.event);

suite('gateway: routes by name', { concurrency: 4 }, () => {
  test('as the model, and in the header; whoever is in it, in its order', async () => {
    const [a, b, c] = [await simulated('openai'), await simulated('anthropic'), await simulated('openai', 'server_error')];
    const g = await gateway([a.entry, b.entry, c.entry], { config: { routes: { fast: [b.id, a.id], 'with failover': [c.id, a.id], alone: [c.id] } } });
    assert.equal(await answeredBy(await post(g, { ...prompt, model: 'fast' })), b.id);
    assert.equal(await answeredBy(await post(g, prompt, { 'x-retryscope-route': 'fast' })), b.id);
    assert.equal(await answeredBy(await post(g, { ...prompt, model: 'with failover' })), a.id);
    assert.equal(await answeredBy(await post(g, prompt, { 'x-retryscope-route': 'with failover' })), a.id);
    const failed = await post(g, { ...prompt, model: 'alone' });
    assert.equal(failed.status, 500);
    assert.equal(JSON.parse(await failed.text()).error.type, 'server_error');
    const { openai, anthropic } = clients(g);
    assert.equal((await anthropic.messages.create({ model: 'fast', max_tokens: 99, messages: prompt.messages })).model, wires.anthropic.model);
    const names = (await openai.models.list()).data.map((m) => m.id);
    for (const name of ['fast', 'with failover', 'alone'])
      assert.ok(names.includes(name), String(names));
    assert.equal((await openai.models.retrieve('fast')).id, 'fast');
    await g.stop();
  });
  test('a disabled provider of a route is left out', async () => {
    const [off, on] = [await simulated('openai', undefined, { entry: { enabled: false } }), await simulated('openai')];
    const g = await gateway([off.entry, on.entry], { config: { routes: { both: [off.id, on.id], none: [off.id] } } });
    assert.equal(await answeredBy(await post(g, { ...prompt, model: 'both' })), on.id);
    const none = await post(g, { ...prompt, model: 'none' });
    assert.ok([400, 404, 503].includes(none.status), `${none.status} ${await none.text()}`);
    assert.equal(await off.posts(), 0);
    await g.stop();
  });
  test('routes that are none are errors of the file', async () => {
    const p = await simulated('openai');
    for (const routes of [{ a: ['nobody'] }, { a: [] }, { a: 'x' }, { [p.id]: [p.id] }, { 'a/b': [p.id] }, { a: [p.id, p.id] }, []]) {
      const error = await rejection(gateway([p.entry], { config: { routes } }));
      assert.match(error.message, /routes/, JSON.stringify(routes));
    }
  });
});

suite('gateway: the event feed', { concurrency: 4 }, () => {
  test('every event as it happens, in order, without a word of the prompt', async () => {
    const [bad, good] = [await simulated('openai', 'server_error'), await simulated('openai')], g = await gateway([bad.entry, good.entry]);
    const feed = follow(g);
    await feed.opened;
    assert.deepEqual([feed.status, feed.type], [200, 'text/event-stream; charset=utf-8']);
    assert.equal(await answeredBy(await post(g, prompt)), good.id);
    await eventually(() => kinds(feed).includes('call_finished'));
    assert.equal(kinds(feed)[0], 'call_submitted');
    assert.deepEqual(kinds(feed).filter((k) => /^attempt_|^retry_|^failed_|^call_/.test(k)), ['call_submitted', 'attempt_started', 'attempt_finished', 'retry_scheduled', 'attempt_started', 'attempt_finished', 'failed_over', 'attempt_started', 'attempt_finished', 'call_finished']);
    const ids = feed.events.map((e) => e.id.split('-').map(Number));
    ids.reduce((before, id) => { assert.ok(id[0] === before[0] && id[1] > before[1], String(ids)); return id; });
    for (const event of feed.events) {
      const data = JSON.parse(event.data);
      assert.equal(data.kind ?? data.event ?? event.event, event.event);
    }
    assert.ok(![g.token, providerKey, 'secret-of-the-prompt', 'Hello!'].some((secret) => feed.text.includes(secret)));
    feed.leave();
    await g.stop();
  });
  test('who comes back hears what it missed; who missed too much is told of the gap', async () => {
    const p = await simulated('openai'), g = await gateway([p.entry]);
    const first = follow(g);
    await first.opened;
    await answeredBy(await post(g));
    await eventually(() => kinds(first).includes('call_finished'));
    first.leave();
    await answeredBy(await post(g)); // nobody listens
    const again = follow(g, { 'Last-Event-ID': first.events[1].id });
    await eventually(() => kinds(again).filter((k) => k === 'call_finished').length === 2);
    assert.deepEqual(again.events.slice(0, first.events.length - 2), first.events.slice(2));
    assert.ok(!kinds(again).includes('gap'));
    for (const id of ['0-0', 'nonsense', '-', '99999999999999999999-1', `${first.events[0].id}0000`]) {
      const lost = follow(g, { 'Last-Event-ID': id });
      await eventually(() => kinds(lost).includes('call_finished'), 3000, `what is kept comes after ${id}`);
      assert.equal(kinds(lost)[0], 'gap', id);
      assert.deepEqual(lost.events.slice(1, 1 + first.events.length), first.events);
      lost.leave();
    }
    again.leave();
    await g.stop();
  });
  test('nobody without the token, HEAD ends, many may follow, and it ends in order', async () => {
    const p = await simulated('openai'), g = await gateway([p.entry]);
    const thief = follow(g, { Authorization: 'Bearer wrong' });
    await thief.opened;
    assert.equal(thief.status, 401);
    const head = await within(3000, g.fetch('/retryscope/events', { method: 'HEAD', headers: { Connection: 'close' } }), 'HEAD');
    assert.ok(head.status < 500);
    const feeds = Array.from({ length: 20 }, () => follow(g));
    await Promise.all(feeds.map((f) => f.opened));
    for (const feed of feeds.slice(0, 5))
      feed.leave();
    await answeredBy(await post(g));
    await eventually(() => feeds.slice(5).every((f) => kinds(f).includes('call_finished')));
    const [code] = await within(4000, g.stop('SIGTERM'), 'the gateway with followers');
    assert.equal(code, 0);
    assert.deepEqual([...new Set(feeds.slice(5).map((f) => f.ended))], ['whole']);
  });
});

suite('gateway: commands', { concurrency: 4 }, () => {
  test('isolate and release', async () => {
    const [a, b] = [await simulated('openai'), await simulated('openai')], g = await gateway([a.entry, b.entry]);
    const command = async (id, verb, init = {}) => g.fetch(`/retryscope/providers/${id}/${verb}`, { method: 'POST', ...init });
    const state = async (p) => (await g.get('/retryscope/status')).providers.find((r) => r.id === p.id).state;
    const done = await command(a.id, 'isolate');
    assert.deepEqual([done.status, await done.json()], [200, { provider: a.id, done: 'isolate' }]);
    await eventually(async () => await state(a) === 'isolated');
    assert.equal(await answeredBy(await post(g)), b.id);
    assert.equal(await a.posts(), 0);
    const alone = await post(g, { ...prompt, model: a.id });
    assert.ok(alone.status >= 400, String(alone.status));
    assert.equal(await a.posts(), 0);
    assert.equal((await command(a.id, 'release')).status, 200);
    await eventually(async () => await state(a) !== 'isolated');
    await eventually(async () => await answeredBy(await post(g)) === a.id, 3000);
    await g.stop();
  });
  test('all isolated: not ready, and the answer says that nobody may be asked', async () => {
    const p = await simulated('openai'), g = await gateway([p.entry]);
    assert.equal((await g.fetch(`/retryscope/providers/${p.id}/isolate`, { method: 'POST' })).status, 200);
    await eventually(async () => (await g.fetch('/readyz')).status === 503);
    const answer = await post(g);
    assert.ok(answer.status >= 500 || answer.status === 429, `${answer.status} ${await answer.clone().text()}`);
    assert.match((await answer.json()).error.message, /isolated|may be asked/);
    await g.stop();
  });
  test('probe asks for the models, and a provider that is back is in use', async () => {
    const p = await simulated('openai', 'outage', { count: 3 }), g = await gateway([p.entry], { retry: { circuit_open_time_s: 60 } });
    await (await post(g)).text();
    const open = async () => (await g.get('/retryscope/status')).providers[0].circuits.some((c) => c.state === 'open');
    await eventually(open);
    assert.equal((await g.fetch(`/retryscope/providers/${p.id}/probe`, { method: 'POST' })).status, 200);
    await eventually(async () => !await open(), 4000, 'the circuit is open no more');
    assert.equal(await answeredBy(await post(g)), p.id);
    await g.stop();
  });
  test('what is none is refused, and so is whoever has no token', async () => {
    const [p, off] = [await simulated('openai'), await simulated('openai', undefined, { entry: { enabled: false } })], g = await gateway([p.entry, off.entry]);
    for (const path of ['/retryscope/providers/nobody/isolate', `/retryscope/providers/${off.id}/isolate`, `/retryscope/providers/${p.id}/explode`, `/retryscope/providers/${p.id}`, '/retryscope/providers/', `/retryscope/providers/${p.id}/isolate/now`])
      assert.equal((await g.fetch(path, { method: 'POST' })).status, 404, path);
    assert.equal((await g.fetch(`/retryscope/providers/${p.id}/isolate`)).status, 405); // GET
    assert.equal((await fetch(`${g.url}/retryscope/providers/${p.id}/isolate`, { method: 'POST' })).status, 401);
    assert.equal((await g.fetch(`/retryscope/providers/${p.id}/isolate`, { method: 'POST', headers: { Origin: 'https://evil.example' } })).status, 403);
    assert.notEqual((await g.get('/retryscope/status')).providers[0].state, 'isolated');
    await g.stop();
  });
});

suite('gateway: repeats of an SDK', () => {
  test('are seen, told and counted', async () => {
    const p = await simulated('openai', 'server_error'), g = await gateway([p.entry], { retry: { max_attempts: 1 } });
    const feed = follow(g);
    await feed.opened;
    await rejection(clients(g, {}, { maxRetries: 2 }).openai.chat.completions.create(prompt));
    await eventually(() => kinds(feed).filter((k) => k === 'call_finished').length === 3);
    assert.deepEqual(feed.events.filter((e) => e.event === 'call_submitted').map((e) => JSON.parse(e.data).caller_repeat ?? 0), [0, 1, 2]);
    assert.match(await (await g.fetch('/metrics')).text(), /^retryscope_caller_repeats_total 2$/m);
    feed.leave();
    await g.stop();
  });
  test('a count that is none is nothing', async () => {
    const p = await simulated('openai'), g = await gateway([p.entry]);
    for (const count of ['-1', 'x', '99999999999999', ''])
      assert.equal(await answeredBy(await post(g, prompt, { 'x-stainless-retry-count': count })), p.id);
    assert.match(await (await g.fetch('/metrics')).text(), /^retryscope_caller_repeats_total 0$/m);
    await g.stop();
  });
});

suite('gateway: the guide\'s lines', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'retryscope-guide-'));
  const guide = readFileSync(new URL('../../docs/gateway.md', import.meta.url), 'utf8');
  symlinkSync(process.env.CLI_BINARY, join(folder, 'retryscope-cli'));
  const port = await freePort();
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: '', XDG_CONFIG_HOME: '', PATH: `${folder}:${process.env.PATH}` };
  const lines = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block.trim().replaceAll('4180', port).split('\n'));
  const serving = lines.filter((line) => line.startsWith('retryscope-cli serve'));
  const others = lines.filter((line) => !line.startsWith('retryscope-cli serve'));
  const started = [];
  const start = async (line) => {
    const child = spawn('bash', ['-c', `exec ${line}`], { env, cwd: folder });
    started.push(child);
    let said = '';
    child.stdout.on('data', (text) => { said += text; });
    child.stderr.on('data', (text) => { said += text; });
    await eventually(() => /metrics at/.test(said) || child.exitCode !== null, 5000);
    assert.match(said, /Gateway on/, `${line}: ${said}`);
    return child;
  };
  after(() => { started.forEach((child) => child.kill('SIGKILL')); rmSync(folder, { recursive: true, force: true }); });

  test('a gateway in five minutes', async (t) => {
    assert.equal(serving.length, 2);
    const child = await start(serving[0]);
    const [token, ...requests] = others;
    assert.ok(requests.length >= 5);
    for (const line of requests) {
      const { stdout } = await promisify(execFile)('bash', ['-euc', `${token}\n${line}`], { env, cwd: folder }).catch((error) => ({ stdout: `${error.code} ${error.stderr}` }));
      if (stdout.startsWith('127 '))
        return t.skip('curl is not installed');
      assert.match(stdout, line.includes('status') ? /"providers"/ : /Hello/, `${line}\n${stdout}`);
      assert.doesNotMatch(stdout, /"error":\{/, line);
    }
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  test('with a configuration', async () => {
    const p = await simulated('openai');
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ version: 1, history: 'off', providers: [{ ...p.entry, key: undefined }] }));
    const child = await start(`${serving[1]} --listen 127.0.0.1:${port}`);
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  test('the headers and addresses that it names are those that there are', async () => {
    const p = await simulated('openai'), g = await gateway([p.entry]);
    for (const [, path] of guide.matchAll(/^\| `(\/[\w/]+)` \|/gm))
      assert.ok([200, 503].includes((await fetch(g.url + path, { headers: { Authorization: `Bearer ${g.token}` }, signal: AbortSignal.timeout(5000) })).status), path);
    for (const [, header] of guide.matchAll(/^\| `(x-retryscope-\w+)` \|/gm)) {
      const answer = await post(g, prompt, { [header]: 'nonsense of no kind' });
      assert.equal(answer.status, 400, header);
      assert.ok((await answer.text()).includes(header));
    }
    await g.stop();
  });
});
