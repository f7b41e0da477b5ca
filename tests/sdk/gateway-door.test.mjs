// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// The gateway's door and its life: who comes in, what else it serves, signals, reloading.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { clients, eventually, gateway, pause, raw, simulated, within, wires } from './gateway.mjs';
import { all, rejection } from './sandbox.mjs';

const model = wires.openai.model;
const messages = [{ role: 'user', content: 'Say hello.' }];
const prompt = { model, messages };
const json = { 'Content-Type': 'application/json' };
const posted = (g, path, body, headers = {}) => raw(g.url + path, { headers: { ...json, Authorization: `Bearer ${g.token}`, ...headers }, body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) });

/** Bytes to a socket; what came until it closed, or until `until` fits. */
const exchange = (g, bytes, until, ms = 5000) => within(ms, new Promise((resolve, reject) => {
  const socket = connect(g.port, '127.0.0.1', () => { for (const piece of [bytes].flat()) socket.write(piece); });
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
    if (until?.test(text)) {
      socket.destroy();
      resolve(text);
    }
  });
  socket.on('close', () => resolve(text));
  socket.on('error', (error) => (text ? resolve(text) : reject(error)));
}), 'the exchange');
/** `serve` with these arguments, where it is not to start. */
const serveFails = async (args, env = {}) => {
  const child = spawn(process.env.CLI_BINARY, ['serve', ...args], { env: { ...process.env, HOME: tmpdir(), XDG_DATA_HOME: '', GATEWAY_TEST_KEY: 'k', ...env } });
  let stderr = '';
  child.stderr.on('data', (text) => { stderr += text; });
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  const [status] = await once(child, 'close');
  clearTimeout(timer);
  return { status, stderr };
};
const post = (g, body, more = '', path = '/v1/chat/completions') => `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${g.port}\r\nAuthorization: Bearer ${g.token}\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

suite('gateway: who comes in', { concurrency: 8 }, async () => {
  const p = await simulated('openai'), g = await gateway([p.entry, (await simulated('anthropic')).entry, (await simulated('google_ai')).entry, (await simulated('mistral')).entry]);
  const stays = await simulated('openai'); // nobody may reach it
  const closed = await gateway([stays.entry, (await simulated('anthropic')).entry, (await simulated('google_ai')).entry, (await simulated('mistral')).entry]);

  test('no token, or a wrong one, in each SDK\'s words', async () => {
    for (const apiKey of ['wrong', `${closed.token}x`, closed.token.slice(0, -1), closed.token.toUpperCase(), 'x'.repeat(closed.token.length)]) {
      const { openai, anthropic, google, mistral } = clients(closed, {}, { apiKey });
      for (const call of [() => openai.chat.completions.create(prompt), () => openai.responses.create({ model, input: 'x' }), () => openai.models.list()]) {
        const error = await rejection((async () => call())());
        assert.ok(error instanceof openai.constructor.AuthenticationError, error.message);
        assert.match(error.message, /token/);
      }
      const refused = await rejection(anthropic.messages.create({ model: wires.anthropic.model, max_tokens: 5, messages }));
      assert.ok(refused instanceof anthropic.constructor.AuthenticationError, refused.message);
      assert.equal(refused.error.error.type, 'authentication_error');
      const denied = await rejection(google.models.generateContent({ model: wires.google_ai.model, contents: 'x' }));
      assert.ok([401, 403].includes(denied.status), denied.message);
      assert.match(JSON.parse(denied.message).error.status, /UNAUTHENTICATED|PERMISSION_DENIED/);
      assert.equal((await rejection(mistral.chat.complete({ model: wires.mistral.model, messages }))).statusCode, 401);
    }
    for (const path of ['/v1/chat/completions', '/v1/models', '/retryscope/status', '/metrics', '/readyz', '/nowhere']) {
      const answer = await raw(closed.url + path, { method: path === '/v1/chat/completions' ? 'POST' : 'GET', headers: json, body: path === '/v1/chat/completions' ? JSON.stringify(prompt) : undefined });
      assert.equal(answer.status, 401, path);
      assert.ok(!answer.body.toString().includes(closed.token) && !JSON.stringify(answer.headers).includes(closed.token));
    }
    for (const header of ['Bearer', 'Bearer ', '', ' ', 'Basic OnRva2Vu', `Bearer  ${'x'.repeat(6000)}`])
      assert.equal((await raw(`${closed.url}/v1/models`, { method: 'GET', headers: { Authorization: header } })).status, 401, header.slice(0, 20));
    assert.equal(await stays.posts(), 0);
  });

  test('the token wherever an SDK puts its key', async () => {
    for (const headers of [{ Authorization: `Bearer ${g.token}` }, { Authorization: `bearer ${g.token}` }, { 'x-api-key': g.token }, { 'x-goog-api-key': g.token }, { 'api-key': g.token }])
      assert.equal((await raw(`${g.url}/retryscope/status`, { method: 'GET', headers })).status, 200, JSON.stringify(headers));
    assert.equal((await raw(`${g.url}/v1beta/models?key=${encodeURIComponent(g.token)}`, { method: 'GET' })).status, 200);
  });

  test('a foreign Host is refused, whatever it brings', async () => {
    // A connection that was refused is kept for a moment, so that the refusal arrives: all at once, then.
    const get = (path, lines) => exchange(g, `GET ${path} HTTP/1.1\r\n${lines}Authorization: Bearer ${g.token}\r\nConnection: close\r\n\r\n`);
    const foreign = ['evil.example', `evil.example:${g.port}`, '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1', '0.0.0.0', ''];
    await Promise.all(foreign.flatMap((host) => ['/v1/models', '/retryscope/status', '/healthz'].map(async (path) => assert.match(await get(path, `Host: ${host}\r\n`), /^HTTP\/1\.1 4(21|00|03)/, `${host} ${path}`))));
    await Promise.all([`127.0.0.1:${g.port}`, `localhost:${g.port}`, 'localhost', '127.0.0.1', `LOCALHOST:${g.port}`, '[::1]'].map(async (host) => assert.match(await get('/healthz', `Host: ${host}\r\n`), /^HTTP\/1\.1 200/, host)));
    await Promise.all(['', 'Host: localhost\r\nHost: localhost\r\n'].map(async (lines) => assert.match(await get('/healthz', lines), /^HTTP\/1\.1 400/)));
  });

  test('a page of another machine is refused, one of this machine is not', async () => {
    for (const origin of ['https://evil.example', 'http://localhost.evil.example', 'https://127.0.0.1.evil.example', 'http://10.0.0.1:8080', 'null']) {
      const answer = await posted(g, '/v1/chat/completions', prompt, { Origin: origin });
      assert.equal(answer.status, 403, `${origin}: ${answer.body}`);
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1:5173', 'http://[::1]:3000'])
      assert.equal((await posted(g, '/v1/chat/completions', prompt, { Origin: origin })).status, 200, origin);
    assert.notEqual((await raw(`${g.url}/v1/chat/completions`, { method: 'OPTIONS', headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' } })).status, 200);
  });

  test('loopback only', async () => {
    for (const address of ['0.0.0.0:0', '[::]:0', '192.0.2.1:0', 'example.org:80', 'nonsense', '127.0.0.1:99999', '127.0.0.1:']) {
      const run = await serveFails(['--config', g.file, '--listen', address, '--token-file', g.tokenFile]);
      assert.ok([2, 4].includes(run.status), `${address}: ${run.status} ${run.stderr}`);
      assert.match(run.stderr, /loopback|--listen/, address);
    }
  });

  test('smuggled, doubled and broken requests', async () => {
    const body = JSON.stringify(prompt), unreached = await simulated('openai'), g = await gateway([unreached.entry]);
    const start = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${g.token}\r\n`;
    await Promise.all([
      `${start}Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, `${start}Content-Length: 5\r\nContent-Length: 6\r\n\r\n${body}`, `${start}Content-Length: -1\r\n\r\n${body}`, `${start}Content-Length: 0x10\r\n\r\n${body}`, `${start}Content-Length: +5\r\n\r\n${body}`,
      `${start}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, `${start}Transfer-Encoding: chunked\r\n\r\nzz\r\n${body}\r\n0\r\n\r\n`, `${start}Content-Length : ${body.length}\r\n\r\n${body}`, `${start}X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}`,
      `${start}X: a\0b\r\nContent-Length: 2\r\n\r\n{}`, 'GARBAGE\r\n\r\n', '\x16\x03\x01\x02\x00\x01\r\n\r\n', `POST /v1/chat/completions HTTP/9.9\r\nHost: localhost\r\n\r\n`, `GET http://evil.example/v1/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${g.token}\r\n\r\n`, `${'GET /'.padEnd(200_000, 'a')} HTTP/1.1\r\nHost: localhost\r\n\r\n`, `GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(200_000)}\r\n\r\n`].map(async (bytes) => {
      const text = await exchange(g, bytes, /\r\n\r\n/, 12_000);
      assert.match(text, /^(HTTP\/1\.1 (4\d\d|50[15])|$)/, `${bytes.slice(0, 160)}: ${text.slice(0, 200)}`);
    }));
    assert.equal(await unreached.posts(), 0);
    assert.equal((await g.fetch('/healthz')).status, 200);
  });
});

suite('gateway: requests that are not as they should be', { concurrency: 8 }, async () => {
  const p = await simulated('openai'), g = await gateway([p.entry, (await simulated('anthropic')).entry]);
  const untouched = await simulated('openai'), strict = await gateway([untouched.entry]);

  test('an address that is none', async () => {
    for (const [path, status] of [['/', 404], ['/v2/chat/completions', 404], ['/nowhere', 404], ['/retryscope/nothing', 404],
      ['/v1/../../etc/passwd', 400], ['/openai/../metrics', 400], ['/v1/%2e%2E/metrics', 400], ['/v1/files/%zz', 400]]) {
      const text = await exchange(g, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${g.token}\r\nConnection: close\r\n\r\n`);
      assert.ok(text.startsWith(`HTTP/1.1 ${status}`), `${path}: ${text.slice(0, 60)}`);
      assert.match(text, /"error"/);
    }
  });
  test('no JSON, no object, no model', async () => {
    const before = await untouched.posts(), g = strict;
    for (const [body, says] of [['{"model":', /JSON/], ['', /JSON/], ['nonsense', /JSON/], ['[1]', /object/], ['"x"', /JSON|object/], ['{}', /model/], [JSON.stringify({ messages }), /model/], ['{"model":7,"messages":[]}', /model/], ['{"model":"","messages":[]}', /model/], [Buffer.from([0xff, 0xfe, 0x7b]), /JSON/], [`${'['.repeat(100_000)}`, /JSON/], [`{"model":"m","x":${'['.repeat(5000)}${']'.repeat(5000)}}`, /JSON/]]) {
      const answer = await posted(g, '/v1/chat/completions', body);
      assert.equal(answer.status, 400, `${String(body).slice(0, 30)}: ${answer.status} ${answer.body}`);
      const { error } = JSON.parse(answer.body);
      assert.equal(error.type, 'invalid_request_error');
      assert.match(error.message, says);
    }
    const inAnthropic = await posted(g, '/v1/messages', '{"max_tokens":1}');
    assert.deepEqual([inAnthropic.status, JSON.parse(inAnthropic.body).type, JSON.parse(inAnthropic.body).error.type], [400, 'error', 'invalid_request_error']);
    const inGoogle = await posted(g, '/v1beta/models/x:generateContent', 'nonsense');
    assert.deepEqual([inGoogle.status, JSON.parse(inGoogle.body).error.status], [400, 'INVALID_ARGUMENT']);
    const inMistral = await posted(g, '/mistral/v1/chat/completions', '{"messages":[]}');
    assert.ok([400, 422].includes(inMistral.status));
    assert.equal(await untouched.posts(), before);
  });
  test('a route, a mode and a deadline that are none', async () => {
    for (const [name, value] of [['x-retryscope-route', 'nobody'], ['x-retryscope-route', `${p.id},nobody`], ['x-retryscope-mode', 'both'], ['x-retryscope-deadline', 'soon'], ['x-retryscope-deadline', '-3s'], ['x-retryscope-deadline', '0s'], ['x-retryscope-lossy', 'maybe']]) {
      const answer = await posted(g, '/v1/chat/completions', prompt, { [name]: value });
      assert.equal(answer.status, 400, `${name}: ${value} ${answer.status} ${answer.body.toString().slice(0, 80)}`);
      assert.ok(JSON.parse(answer.body).error.message.includes(name));
    }
  });
  test('a disabled provider is neither asked nor named', async () => {
    const off = await simulated('openai', undefined, { entry: { enabled: false } });
    const own = await gateway([off.entry, p.entry]);
    assert.equal((await posted(own, '/v1/chat/completions', prompt, { 'x-retryscope-route': off.id })).status, 400);
    const ids = (await own.get('/v1/models')).data.map((m) => m.id);
    assert.ok(ids.includes(p.id) && !ids.includes(off.id), String(ids));
    await own.stop();
  });
});

suite('gateway: headers that steer a call', { concurrency: 8 }, () => {
  test('the route is the order', async () => {
    const [a, b] = [await simulated('openai'), await simulated('openai')];
    const g = await gateway([a.entry, b.entry]);
    for (const [route, id] of [[b.id, b.id], [`${b.id}, ${a.id}`, b.id], [` ${a.id} ,${b.id}`, a.id], ['', a.id]]) {
      const answer = await posted(g, '/v1/chat/completions', prompt, route ? { 'x-retryscope-route': route } : {});
      assert.equal(answer.headers['x-retryscope-provider'], id, route);
    }
    assert.equal((await posted(g, '/v1/chat/completions', { ...prompt, model: `${b.id}/${model}` })).headers['x-retryscope-provider'], b.id);
    assert.equal((await posted(g, '/v1/chat/completions', { ...prompt, model: b.id })).headers['x-retryscope-provider'], b.id);
    const calls = await Promise.all([1, 2, 3].map(() => posted(g, '/v1/chat/completions', prompt)));
    assert.equal(new Set(calls.map((c) => c.headers['x-retryscope-call'])).size, 3);
    await g.stop();
  });
  test('who knows the model is asked first', async () => {
    const [a, b] = [await simulated('openai', undefined, { entry: { model: 'other' } }), await simulated('anthropic')];
    const g = await gateway([a.entry, b.entry]);
    const answer = await posted(g, '/v1/chat/completions', { ...prompt, model: wires.anthropic.model });
    assert.equal(answer.headers['x-retryscope-provider'], b.id);
    assert.equal(JSON.parse(answer.body).model, wires.anthropic.model);
    await g.stop();
  });
  test('a deadline is kept', async () => {
    const p = await simulated('openai', 'silence');
    const g = await gateway([p.entry], { retry: { attempt_timeout_s: 60, first_token_timeout_s: 60, deadline_s: 60, idle_timeout_s: 60 } });
    for (const [deadline, least, most] of [['400ms', 300, 2500], ['1s', 800, 3500]]) {
      const begun = Date.now();
      const answer = await within(8000, posted(g, '/v1/chat/completions', prompt, { 'x-retryscope-deadline': deadline }));
      const took = Date.now() - begun;
      assert.equal(answer.status, 504, String(answer.body));
      assert.ok(took >= least && took < most, `${deadline}: ${took} ms`);
    }
    await g.stop();
  });
  test('a failed call says why, and after how many attempts', async () => {
    const p = await simulated('openai', 'reset'), g = await gateway([p.entry]);
    const answer = await posted(g, '/v1/chat/completions', prompt);
    assert.deepEqual([answer.status, answer.headers['x-retryscope-reason'], answer.headers['x-retryscope-attempts'], answer.headers['x-retryscope-provider']], [502, 'network', '3', p.id]);
    assert.equal(await p.posts(), 3);
    await g.stop();
  });
});

suite('gateway: connections', { concurrency: 8 }, async () => {
  const p = await simulated('openai'), g = await gateway([p.entry]);

  test('one connection serves many requests, plain and streamed', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 }), ports = new Set();
    for (let i = 0; i < 8; ++i) {
      const answer = await raw(`${g.url}/v1/chat/completions`, { agent, headers: { ...json, Authorization: `Bearer ${g.token}` }, body: JSON.stringify({ ...prompt, stream: i % 2 === 1 }) });
      assert.equal(answer.status, 200);
      assert.match(answer.body.toString(), i % 2 ? /\[DONE\]/ : /Hello/);
      ports.add(answer.port);
    }
    const bad = await raw(`${g.url}/nowhere`, { agent, method: 'GET', headers: { Authorization: `Bearer ${g.token}` } });
    ports.add(bad.port);
    assert.equal(ports.size, 1);
    agent.destroy();
  });
  test('pipelined requests are answered in order', async () => {
    const body = JSON.stringify(prompt);
    const text = await exchange(g, [post(g, body) + post(g, body) + `GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`]);
    assert.equal((text.match(/HTTP\/1\.1 200/g) ?? []).length, 3);
    assert.ok(text.lastIndexOf('Hello') < text.indexOf('"status"'));
  });
  test('chunked bodies, Expect: 100-continue, HTTP/1.0, HEAD', async () => {
    const body = JSON.stringify(prompt), half = body.length / 2 | 0;
    const chunked = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${g.token}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${half.toString(16)}\r\n${body.slice(0, half)}\r\n${(body.length - half).toString(16)};x=y\r\n${body.slice(half)}\r\n0\r\n\r\n`;
    assert.match(await exchange(g, [chunked.slice(0, 150), chunked.slice(150)]), /^HTTP\/1\.1 200[\s\S]*Hello/);
    const [head0, body0] = post(g, body, 'Expect: 100-continue\r\nConnection: close\r\n').split(/(?<=\r\n\r\n)/);
    assert.match(await exchange(g, head0, /100 Continue\r\n\r\n/), /^HTTP\/1\.1 100/);
    assert.match(await exchange(g, head0 + body0), /HTTP\/1\.1 200[\s\S]*Hello/);
    const old = await exchange(g, post(g, JSON.stringify({ ...prompt, stream: true })).replace('HTTP/1.1', 'HTTP/1.0'));
    assert.match(old, /^HTTP\/1\.[01] 200[\s\S]*Hello[\s\S]*\[DONE\]/);
    assert.doesNotMatch(old, /transfer-encoding/i);
    const head = await exchange(g, `HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.match(head, /^HTTP\/1\.1 200[^]*\r\n\r\n$/);
  });
  test('three hundred idle connections, and one that works; then all is given back', async () => {
    const g = await gateway([p.entry]), descriptors = () => readdirSync(`/proc/${g.child.pid}/fd`).length;
    await posted(g, '/v1/chat/completions', prompt);
    const before = descriptors();
    const sockets = await Promise.all(Array.from({ length: 300 }, async () => {
      const socket = connect(g.port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      return socket;
    }));
    assert.equal((await posted(g, '/v1/chat/completions', prompt)).status, 200);
    await eventually(() => descriptors() >= before + 299, 700, 'all are accepted at once');
    sockets.forEach((socket) => socket.destroy());
    await eventually(() => descriptors() <= before + 3, 5000, 'the descriptors are given back');
    await g.stop();
  });
  test('who leaves while a retry is waited for is not served any more', async () => {
    const limited = await simulated('openai', 'rate_limit'), g = await gateway([limited.entry], { retry: { deadline_s: 30, server_hint_cap_s: 20 } });
    const leave = new AbortController();
    const call = rejection(g.fetch('/v1/chat/completions', { method: 'POST', signal: leave.signal, body: JSON.stringify(prompt) }));
    await eventually(async () => await limited.posts() === 1);
    leave.abort();
    await call;
    await eventually(async () => (await g.get('/retryscope/status')).calls.in_flight === 0, 1500, 'it has ended');
    await pause(2300); // the hint is two seconds
    assert.equal(await limited.posts(), 1);
    await g.stop();
  });
});

suite('gateway: what it says of itself', { concurrency: 8 }, () => {
  test('healthz and readyz', async () => {
    const p = await simulated('openai'), g = await gateway([p.entry]);
    const health = await raw(`${g.url}/healthz`, { method: 'GET' });
    assert.deepEqual([health.status, JSON.parse(health.body)], [200, { status: 'ok' }]);
    const ready = await g.fetch('/readyz');
    assert.deepEqual([ready.status, await ready.json()], [200, { ready: true, draining: false }]);
    await g.stop();
    const down = await gateway([(await simulated('openai', 'quota_exhausted')).entry]);
    assert.equal((await posted(down, '/v1/chat/completions', prompt)).status, 429);
    const nobody = await down.fetch('/readyz');
    assert.deepEqual([nobody.status, (await nobody.json()).ready], [503, false]); // nobody can be asked
    assert.equal((await down.fetch('/healthz')).status, 200);
    await down.stop();
  });
  test('status: circuits, in flight, limits', async () => {
    const [well, down, slow] = [await simulated('openai'), await simulated('openai', 'server_error'), await simulated('openai', 'slow_drip')];
    const g = await gateway([well.entry, down.entry, slow.entry], { retry: { circuit_min_calls: 2, circuit_failure_ratio: 0.5, pace_from_headers: true } });
    await posted(g, '/v1/chat/completions', prompt, { 'x-retryscope-route': well.id });
    for (let i = 0; i < 3; ++i)
      await posted(g, '/v1/chat/completions', prompt, { 'x-retryscope-route': down.id });
    const streaming = all(clients(g, { 'x-retryscope-route': slow.id }).openai.chat.completions.create({ ...prompt, stream: true }));
    await eventually(async () => (await g.get('/retryscope/status')).requests === 1, 3000);
    const status = await g.get('/retryscope/status');
    const of = (p) => status.providers.find((report) => report.id === p.id);
    assert.match(status.version, /^\d+\.\d+/);
    assert.equal(of(slow).in_flight, 1);
    assert.equal(status.calls.in_flight, 1);
    assert.ok(Math.abs(Date.parse(status.at) - Date.now()) < 5000);
    const circuit = of(down).circuits.find((c) => c.state === 'open');
    assert.ok(circuit && circuit.probe_in_s > 0 && circuit.reason === 'server_error' && Date.parse(circuit.since) > Date.now() - 20_000, JSON.stringify(of(down)));
    assert.ok(of(well).limits.some((l) => l.of === 'requests' && l.remaining > 0), JSON.stringify(of(well)));
    assert.ok(!JSON.stringify(status).includes(g.token) && !JSON.stringify(status).includes('provider-key'));
    await streaming;
    await g.stop();
  });
  test('metrics: every line of the format', async () => {
    const [well, down, odd] = [await simulated('openai'), await simulated('openai', 'server_error'), await simulated('anthropic')];
    const g = await gateway([well.entry, down.entry, odd.entry], { retry: { circuit_min_calls: 2, circuit_failure_ratio: 0.5 } });
    const empty = await g.fetch('/metrics');
    assert.match(empty.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
    checkMetrics(await empty.text());
    await posted(g, '/v1/chat/completions', prompt, { 'x-retryscope-route': `${down.id},${well.id}` });
    await posted(g, '/v1/chat/completions', { ...prompt, model: 'strange "name"\\\n with 😀' }, { 'x-retryscope-route': well.id });
    await posted(g, '/v1/messages', { model: wires.anthropic.model, max_tokens: 9, messages });
    await posted(g, '/v1/chat/completions', { ...prompt, stream: true, stream_options: { include_usage: true } }, { 'x-retryscope-route': well.id });
    for (let i = 0; i < 3; ++i)
      await posted(g, '/v1/chat/completions', prompt, { 'x-retryscope-route': down.id });
    const text = await (await g.fetch('/metrics')).text(), samples = checkMetrics(text);
    const value = (name, labels = {}) => samples.filter((s) => s.name === name && Object.entries(labels).every(([k, v]) => s.labels[k] === v)).reduce((sum, s) => sum + s.value, 0);
    assert.equal(value('retryscope_calls_total'), 7);
    assert.equal(value('retryscope_attempts_total', { provider: well.id, result: 'ok' }), 3);
    assert.equal(value('retryscope_attempts_total', { provider: down.id, result: 'failed', error_type: 'server_error' }), await down.posts());
    assert.equal(value('retryscope_failovers_total', { from: down.id, to: well.id }), 1);
    assert.ok(value('retryscope_retries_total', { provider: down.id }) >= 1);
    assert.ok(value('retryscope_tokens_total', { provider: well.id, type: 'output' }) > 0);
    assert.equal(value('retryscope_circuit_state', { provider: down.id, state: 'open' }), 1);
    assert.equal(value('retryscope_circuit_transitions_total', { provider: down.id, to: 'open' }), 1);
    assert.equal(value('retryscope_call_duration_seconds_count'), 7);
    assert.ok(text.includes('strange \\"name\\"\\\\\\n with 😀'), text);
    assert.ok(!text.includes(g.token) && !text.includes('Say hello'));
    for (const family of ['retryscope_build_info', 'retryscope_requests_active', 'retryscope_provider_health', 'gen_ai_client_operation_duration_seconds', 'gen_ai_client_operation_time_to_first_chunk_seconds', 'retryscope_retry_delay_seconds'])
      assert.ok(text.includes(`# TYPE ${family} `), family);
    await g.stop();
  });
  test('metrics: a name of any length', async () => {
    const p = await simulated('openai'), g = await gateway([p.entry]);
    await posted(g, '/v1/chat/completions', { ...prompt, model: 'x'.repeat(1 << 20) });
    for (const path of ['/metrics', '/retryscope/status']) {
      const size = (await (await g.fetch(path)).text()).length;
      assert.ok(size < 100_000, `${path}: ${size} bytes`);
    }
    await g.stop();
  });
  test('metrics: promtool accepts them', async (t) => {
    if (spawnSync('promtool', ['--version']).error)
      return t.skip('promtool is not installed (package prometheus)');
    const p = await simulated('openai', 'server_error', { count: 1 }), g = await gateway([p.entry]);
    await posted(g, '/v1/chat/completions', prompt);
    await all(clients(g).openai.chat.completions.create({ ...prompt, stream: true, stream_options: { include_usage: true } }));
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: await (await g.fetch('/metrics')).text(), encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    assert.equal((checked.stdout + checked.stderr).trim(), '');
    await g.stop();
  });
});

/** The samples; throws where a line is none of the text format 0.0.4, or a family is not told as it should be. */
function checkMetrics(text) {
  assert.ok(text.endsWith('\n'));
  const types = {}, samples = [], seen = new Set(), closed = new Set();
  let family;
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (comment) {
      if (comment[1] === 'TYPE') {
        assert.ok(['counter', 'gauge', 'histogram'].includes(comment[3]) && !(comment[2] in types), line);
        types[comment[2]] = comment[3];
      }
      if (comment[2] !== family)
        closed.add(family);
      family = comment[2];
      assert.ok(!closed.has(family), `${family} comes in two places`);
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|NaN)$/.exec(line);
    assert.ok(sample, `no line of the format: ${line}`);
    const [, name, labelText = '', number] = sample;
    assert.equal(types[family] === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name, family, `${line} stands under ${family}`);
    assert.ok(types[family] !== 'counter' || name.endsWith('_total'), line);
    assert.ok(!seen.has(`${name}{${labelText}}`), `twice: ${line}`);
    seen.add(`${name}{${labelText}}`);
    samples.push({ name, labels: Object.fromEntries([...labelText.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, k, v]) => [k, v])), value: number === '+Inf' ? Infinity : Number(number) });
  }
  const group = ({ labels: { le, ...labels } }) => JSON.stringify(labels);
  for (const [name] of Object.entries(types).filter(([, type]) => type === 'histogram')) {
    for (const count of samples.filter((s) => s.name === `${name}_count`)) {
      const buckets = samples.filter((s) => s.name === `${name}_bucket` && group(s) === group(count));
      assert.equal(buckets.at(-1).labels.le, '+Inf');
      assert.equal(buckets.at(-1).value, count.value);
      buckets.reduce((before, bucket) => { assert.ok(bucket.value >= before, `${name} falls`); return bucket.value; }, 0);
      assert.equal(samples.filter((s) => s.name === `${name}_sum` && group(s) === group(count)).length, 1);
    }
  }
  return samples;
}

suite('gateway: signals, files, tokens', { concurrency: 8 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'retryscope-door-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('SIGTERM while a stream runs: it ends whole, nobody new comes in, then it is over', async () => {
    const p = await simulated('openai', 'slow_drip'), g = await gateway([p.entry]);
    const { openai } = clients(g);
    const stream = await openai.chat.completions.create({ ...prompt, stream: true });
    const texts = [];
    let ended;
    for await (const chunk of stream) {
      texts.push(chunk.choices[0]?.delta.content ?? '');
      if (texts.length === 3) {
        ended = g.stop('SIGTERM');
        await pause(150);
        const late = await rejection(openai.chat.completions.create(prompt, { timeout: 2000 }));
        assert.match(late.constructor.name, /Connection|InternalServer/);
      }
    }
    assert.match(texts.join(''), /^Hello! I am a simulated model.*\.$/s);
    const [code, signal] = await within(5000, ended, 'the gateway');
    assert.deepEqual([code, signal], [0, null], g.said);
  });
  test('SIGINT with nothing to do ends at once', async () => {
    const g = await gateway([(await simulated('openai')).entry]);
    await (await g.fetch('/healthz')).text(); // leaves a connection that is kept open
    const begun = Date.now();
    const [code] = await within(5000, g.stop('SIGINT'));
    assert.ok(code === 0 && Date.now() - begun < 3000, `${code} after ${Date.now() - begun} ms`);
  });
  test('a second SIGTERM does not wait for the stream', async (t) => {
    const p = await simulated('openai', 'silence'), g = await gateway([p.entry], { retry: { attempt_timeout_s: 60, first_token_timeout_s: 60, deadline_s: 60 } });
    const call = rejection(clients(g).openai.chat.completions.create(prompt));
    await eventually(async () => await p.posts() === 1);
    g.child.kill('SIGTERM');
    await pause(300);
    assert.equal(g.child.exitCode, null, 'it did not wait for what runs');
    t.diagnostic('what runs has 30 s to end');
    await g.stop('SIGKILL');
    await call;
  });

  for (const how of ['SIGHUP', 'a changed file']) {
    test(`${how}: new providers are asked, a call that runs goes on`, async () => {
      const [slow, next] = [await simulated('openai', 'slow_drip'), await simulated('openai')], g = await gateway([slow.entry]);
      const running = all(clients(g).openai.chat.completions.create({ ...prompt, stream: true }));
      await eventually(async () => await slow.posts() === 1);
      g.write([next.entry]);
      if (how === 'SIGHUP')
        g.child.kill('SIGHUP');
      await eventually(async () => (await g.get('/v1/models')).data.some((m) => m.id === next.id), 5000, 'it is read');
      assert.equal((await posted(g, '/v1/chat/completions', prompt)).headers['x-retryscope-provider'], next.id);
      const text = (await within(15_000, running)).map((c) => c.choices[0]?.delta.content ?? '').join('');
      assert.match(text, /^Hello! I am a simulated model.*\.$/s);
      assert.match(g.said, /was read again/);
      await g.stop();
    });
  }
  test('a file with an error changes nothing, and says so; the next good one counts', async () => {
    const [a, b] = [await simulated('openai'), await simulated('openai')], g = await gateway([a.entry]);
    for (const bad of ['{"providers": [', JSON.stringify({ providers: [{ id: 'x', protocol: 'nonsense', base_url: 'http://127.0.0.1:9', model: 'm' }] })]) {
      g.said = '';
      g.write(bad);
      g.child.kill('SIGHUP');
      await eventually(() => /has an error/.test(g.said), 5000, 'it says so');
      assert.equal((await posted(g, '/v1/chat/completions', prompt)).headers['x-retryscope-provider'], a.id);
    }
    rmSync(g.file);
    g.child.kill('SIGHUP');
    await pause(300);
    assert.equal((await posted(g, '/v1/chat/completions', prompt)).headers['x-retryscope-provider'], a.id);
    g.write([b.entry]);
    await eventually(async () => (await g.get('/v1/models')).data.some((m) => m.id === b.id), 6000);
    assert.equal((await posted(g, '/v1/chat/completions', prompt)).headers['x-retryscope-provider'], b.id);
    await g.stop();
  });

  test('the token: made once for its user alone, taken again, from the environment, or refused', async () => {
    const p = await simulated('openai'), first = await gateway([p.entry]);
    assert.equal(statSync(first.tokenFile).mode & 0o777, 0o600);
    assert.match(first.token, /^rs-[0-9a-f]{64}$/);
    assert.ok(!JSON.stringify(first.serving).includes(first.token) && !first.said.includes(first.token));
    const file = join(folder, 'token');
    writeFileSync(file, `${first.token}\n`, { mode: 0o600 });
    const again = await gateway([p.entry], { tokenFile: file });
    assert.equal((await raw(`${again.url}/retryscope/status`, { method: 'GET', headers: { Authorization: `Bearer ${first.token}` } })).status, 200);
    await again.stop();
    const own = await gateway([p.entry], { env: { RETRYSCOPE_TOKEN: 'a-token-of-the-environment' } });
    assert.equal((await raw(`${own.url}/retryscope/status`, { method: 'GET', headers: { 'x-api-key': 'a-token-of-the-environment' } })).status, 200);
    assert.ok(!existsSync(own.tokenFile) && !own.serving.token.includes('a-token'));
    await own.stop();
    const config = ['--config', first.file, '--listen', '127.0.0.1:0'];
    for (const [content, mode, says] of [['', 0o600, /holds no token/], ['short', 0o600, /holds no token/], ['two words are no token at all', 0o600, /holds no token/], [first.token, 0o644, /chmod 600/]]) {
      const bad = join(folder, `token-${mode}-${content.length}`);
      writeFileSync(bad, content);
      chmodSync(bad, mode);
      const refused = await serveFails([...config, '--token-file', bad]);
      assert.equal(refused.status, 4, `${content}: ${refused.stderr}`);
      assert.match(refused.stderr, says);
      assert.ok(!refused.stderr.includes(first.token));
    }
    const weak = await serveFails(config, { RETRYSCOPE_TOKEN: 'x' });
    assert.notEqual(weak.status, null, 'a token of one letter is taken');
    await first.stop();
  });
  test('a second one says who holds the port', async () => {
    const g = await gateway([(await simulated('openai')).entry]);
    const second = await serveFails(['--config', g.file, '--listen', `127.0.0.1:${g.port}`, '--token-file', g.tokenFile]);
    assert.equal(second.status, 4);
    assert.match(second.stderr, new RegExp(`retryscope-cli.*${g.child.pid}`));
    assert.match(second.stderr, /--listen/);
    await g.stop();
  });
  test('a file that is not there, and one with an error', async () => {
    const token = ['--listen', '127.0.0.1:0', '--token-file', join(folder, 'unused')];
    assert.equal((await serveFails(['--config', join(folder, 'nothing.json'), ...token])).status, 3);
    writeFileSync(join(folder, 'bad.json'), '{"providers": 3}');
    assert.equal((await serveFails(['--config', join(folder, 'bad.json'), ...token])).status, 3);
    assert.equal((await serveFails([...token, 'surplus'])).status, 2);
  });
  test('without a configuration it stands before the simulated providers, and says so', async () => {
    const child = spawn(process.env.CLI_BINARY, ['serve', '--listen', '127.0.0.1:0', '--token-file', join(folder, 'own'), '--fault', 'openai=rate_limit_no_hint'], { env: { ...process.env, HOME: folder, XDG_DATA_HOME: '', XDG_CONFIG_HOME: '' } });
    let said = '';
    child.stdout.on('data', (text) => { said += text; });
    await eventually(() => /metrics at/.test(said), 5000);
    assert.match(said, /simulated/);
    for (const line of ['OPENAI_BASE_URL=', 'ANTHROPIC_BASE_URL=', 'GOOGLE_GEMINI_BASE_URL=', 'server URL ', '/retryscope/status'])
      assert.ok(said.includes(line), said);
    const url = /Gateway on (http:\/\/[\d.:]+)/.exec(said)[1], token = readFileSync(join(folder, 'own'), 'utf8').trim();
    const c = clients({ url, token });
    assert.match((await c.anthropic.messages.create({ model: wires.anthropic.model, max_tokens: 99, messages })).content[0].text, /Hello/);
    const openai = await c.openai.chat.completions.create({ ...prompt, stop: ['simulated'] });
    assert.match(openai.choices[0].message.content, /Hello/);
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});
