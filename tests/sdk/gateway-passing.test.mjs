// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// Within one protocol nothing is lost: what a recording provider got and sent, byte for byte.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { toFile } from 'openai';
import { clients, entry, eventually, gateway, pause, providerKey, raw, recorder, wires } from './gateway.mjs';
import { all, rejection } from './sandbox.mjs';

// Bodies that no library writes so: odd spaces, odd numbers, escapes, a field that nobody knows, a name that is there twice.
const odd = '"x_unknown" : {"z":1,"a":[ 1.0, 1e2, 12345678901234567890, -0 ,"caf\\u00e9 \\/ \\ud83d\\ude00", null ],"model":"inner"} ,\r\n\t"seed":12345678901234567';
const dialects = {
  openai: {
    path: '/v1/chat/completions', at: '/v1/chat/completions',
    body: (model, stream) => `{ "messages":[{"role":"user","content":"Say \\"model\\": \\u0022x\\u0022 héllo 😀"}], "model" :"${model}",\n ${odd}, "stream": ${stream} }`,
    answer: '{"id":"chatcmpl-1", "object" : "chat.completion","created":1,"model":"m-2026","x_more":{"n":1.0,"big":12345678901234567890},"choices":[{"index":0,"message":{"role":"assistant","content":"h\\u00e9llo 😀","x_note":[]},"finish_reason":"stop","x":null}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"x_details":{}}}\n\n',
    events: ': a comment\r\n\r\ndata: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"x_new":1}\n\ndata:{"id":"c","choices":[{"index":0,"delta":{"content":"h\\u00e9 😀"}}]}\n\nevent: x-strange\ndata: {"unknown":true}\n\n'
      + 'data: {"id":"c", "choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: {"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\ndata: [DONE]\n\n',
  },
  openai_responses: {
    path: '/v1/responses', at: '/v1/responses',
    body: (model, stream) => `{"input":"Say héllo","model":"${model}",${odd},"stream":${stream}}`,
    answer: '{"id":"resp_1","object":"response","status":"completed","x":[ 1.0 ],"output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"héllo","annotations":[]}]},{"type":"x_thing","y":1}],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}',
    events: 'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","status":"in_progress","output":[]}}\n\nevent: response.x_unknown\ndata: {"type":"response.x_unknown","v":1.0}\n\n'
      + 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"héllo","output_index":0,"content_index":0,"item_id":"m"}\n\n'
      + 'event: response.completed\ndata: {"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"héllo","annotations":[]}]}],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}}\n\n',
  },
  anthropic: {
    path: '/v1/messages', at: '/v1/messages',
    body: (model, stream) => `{"max_tokens": 10 ,"model":"${model}",${odd},"messages":[{"role":"user","content":"Say héllo"}],"stream":${stream}}`,
    answer: '{"id":"msg_1","type":"message","role":"assistant","model":"m","x_more":1.0,"content":[{"type":"text","text":"héllo"},{"type":"x_block","v":[ ]}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2,"x":{}}}',
    events: 'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}\n\nevent: ping\ndata: {"type": "ping"}\n\n'
      + 'event: x_event\ndata: {"type":"x_event"}\n\nevent: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\nevent: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"héllo 😀"}}\n\n'
      + 'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\nevent: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n',
  },
  google_ai: {
    path: (model, stream) => `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    at: (model, stream) => `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: () => `{"contents":[{"parts":[{"text":"Say héllo"}],"role":"user"}],${odd}}`,
    answer: '{\n  "candidates": [\n    {"content":{"parts":[{"text":"héllo","x":1.0}],"role":"model"},"finishReason":"STOP","x":[]}],\n  "usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5},"modelVersion":"v","x_more":{}}\n',
    events: 'data: {"candidates":[{"content":{"parts":[{"text":"héllo "}],"role":"model"}}],"x":1.0}\r\n\r\ndata: {"candidates":[{"content":{"parts":[{"text":"😀"}],"role":"model"},"finishReason":"STOP"}]}\r\n\r\n'
      + 'data: {"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5},"modelVersion":"v"}\r\n\r\n',
  },
  mistral: {
    path: '/mistral/v1/chat/completions', at: '/v1/chat/completions',
    body: (model, stream) => `{"model":"${model}", "safe_prompt":false,${odd},"messages":[{"role":"user","content":"Say héllo"}],"stream":${stream}}`,
    answer: '{"id":"1","object":"chat.completion","model":"m","created":1,"x":1.0,"choices":[{"index":0,"message":{"role":"assistant","content":"héllo","tool_calls":null,"prefix":false},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}',
    events: 'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"héllo 😀"},"finish_reason":null}],"p":"abc"}\n\n'
      + 'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\ndata: [DONE]\n\n',
  },
};
dialects.openai_compatible = { ...dialects.openai };

const text = (value, ...args) => (typeof value === 'function' ? value(...args) : value);
const bearer = (g, more = {}) => ({ 'Content-Type': 'application/json', Authorization: `Bearer ${g.token}`, ...more });
const sendEvents = (response, bytes, size = 7) => {
  const whole = Buffer.from(bytes);
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_abc' });
  for (let at = 0; at < whole.length; at += size) // within characters, too
    response.write(whole.subarray(at, at + size));
  response.end();
};
/** Answers a request in one of the dialects, as a stream where it asks for one. */
const answering = (dialect) => (request, response) => {
  if (/stream"\s*:\s*true|streamGenerate/.test(request.url + request.body))
    return sendEvents(response, dialect.events);
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(dialect.answer);
};

suite('gateway: byte for byte', { concurrency: 4 }, () => {
  for (const [wire, dialect] of Object.entries(dialects)) {
    test(`${wire}: the request arrives as it was, the answer comes back as it was`, async () => {
      const p = await recorder(answering(dialect));
      const g = await gateway([entry(wire, 'rec', p.url)]);
      for (const stream of [false, true]) {
        const body = text(dialect.body, wires[wire].model, stream);
        const answer = await raw(g.url + text(dialect.path, wires[wire].model, stream), { headers: bearer(g), body });
        const got = p.got.at(-1);
        assert.equal(got.body.toString(), body);
        assert.equal(got.url, text(dialect.at, wires[wire].model, stream));
        assert.equal(got.method, 'POST');
        assert.equal(answer.status, 200);
        assert.equal(answer.cut, false);
        assert.equal(answer.body.toString(), stream ? dialect.events : dialect.answer);
        assert.match(answer.headers['content-type'], stream ? /^text\/event-stream/ : /^application\/json/);
        assert.equal(answer.headers['x-retryscope-translated'], undefined);
      }
      assert.equal(p.got.length, 2);
      await g.stop();
    });
    test(`${wire}: another model is the only change`, async () => {
      const p = await recorder(answering(dialect));
      const g = await gateway([entry(wire, 'rec', p.url, { model: 'of-the-provider', model_map: { 'mapped "from': 'mapped/to "ü' } })]);
      for (const [asked, sent] of [['rec', 'of-the-provider'], ['rec/any-name:x', 'any-name:x'], ['rec/vendor/name', 'vendor/name'], ['of-the-provider', 'of-the-provider'], ['never-heard-of', 'never-heard-of'], ['mapped "from', 'mapped/to "ü']]) {
        const inPath = wire === 'google_ai', name = inPath ? encodeURIComponent(asked) : JSON.stringify(asked).slice(1, -1);
        const answer = await raw(g.url + text(dialect.path, name, false), { headers: bearer(g), body: text(dialect.body, name, false) });
        assert.equal(answer.status, 200, `${asked}: ${answer.body}`);
        const got = p.got.at(-1);
        if (inPath)
          assert.equal(decodeURIComponent(got.url), `/v1beta/models/${sent}:generateContent`);
        assert.equal(got.body.toString(), text(dialect.body, inPath ? '' : JSON.stringify(sent).slice(1, -1), false), asked);
      }
      await g.stop();
    });
  }

  test('parameters change what they name and nothing else', async () => {
    const p = await recorder(answering(dialects.openai));
    const g = await gateway([entry('openai_compatible', 'rec', p.url, { parameters: { rename: { max_tokens: 'max_completion_tokens' }, remove: ['seed', 'gone'], add: { x_added: { a: [1] } } } })]);
    const body = (limit, seed, added) => `{ "messages" : [ {"role":"user","content":"max_tokens"} ],"${limit}" :  7${seed}, "x_unknown":{"seed": 1.0,"max_tokens":2}, "model":"some-model"${added}}`;
    await raw(`${g.url}/v1/chat/completions`, { headers: bearer(g), body: body('max_tokens', ',"seed":1', ' ') });
    const sent = p.got[0].body.toString();
    assert.deepEqual(JSON.parse(sent), JSON.parse(body('max_completion_tokens', '', ',"x_added":{"a":[1]}')));
    assert.ok(sent.startsWith('{ "messages" : [ {"role":"user","content":"max_tokens"} ],"max_completion_tokens" :  7'), sent);
    assert.ok(sent.includes('"x_unknown":{"seed": 1.0,"max_tokens":2}'), sent);
    await g.stop();
  });

  test('the SDKs\' own bodies arrive as the SDKs made them', async () => {
    const p = await recorder((request, response) => answering(request.url.startsWith('/v1beta') ? dialects.google_ai : request.url === '/v1/messages' ? dialects.anthropic : request.url === '/v1/responses' ? dialects.openai_responses : /mistral-small/.test(request.body) ? dialects.mistral : dialects.openai)(request, response));
    const g = await gateway(['openai', 'anthropic', 'google_ai', 'mistral'].map((wire) => entry(wire, wire, p.url)));
    const use = async (c) => {
      for (const stream of [false, true]) {
        const extra = { x_unknown: { a: [1, 2.5, 'é'] } };
        const done = async (promise) => { const value = await promise; if (stream) await all(value); };
        await done(c.openai.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'é' }], stream, ...extra }));
        await done(c.openai.responses.create({ model: 'gpt-4o-mini', input: 'é', stream, ...extra }));
        await done(c.anthropic.messages.create({ model: 'claude-haiku-4-5', max_tokens: 5, messages: [{ role: 'user', content: 'é' }], stream, ...extra }));
        await done(stream ? c.google.models.generateContentStream({ model: 'gemini-2.5-flash', contents: 'é', config: { temperature: 0.5, httpOptions: { extraBody: extra } } }) : c.google.models.generateContent({ model: 'gemini-2.5-flash', contents: 'é', config: { temperature: 0.5, httpOptions: { extraBody: extra } } }));
        await done(stream ? c.mistral.chat.stream({ model: 'mistral-small-latest', messages: [{ role: 'user', content: 'é' }] }) : c.mistral.chat.complete({ model: 'mistral-small-latest', messages: [{ role: 'user', content: 'é' }] }));
      }
      return p.got.splice(0);
    };
    const through = await use(clients(g));
    const direct = await use(clients({ url: p.url, token: 'direct-key' }, {}, { mistral: p.url }));
    assert.equal(through.length, 10);
    // Of the direct requests, too, but for the connection, the key, and what the transport asks of the answer's encoding.
    const ofOneConnection = ['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding', 'accept-encoding', 'authorization', 'x-api-key', 'x-goog-api-key', 'sec-fetch-mode', 'cookie'];
    const own = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !ofOneConnection.includes(name)));
    for (const [i, request] of through.entries()) {
      assert.equal(request.body.toString(), direct[i].body.toString());
      assert.equal(request.url, direct[i].url.replace(/^\/mistral/, ''));
      assert.deepEqual(own(request.headers), own(direct[i].headers), request.url);
    }
    await g.stop();
  });
});

suite('gateway: headers and keys', { concurrency: 4 }, () => {
  const keyOf = { openai: ['authorization', `Bearer ${providerKey}`], openai_responses: ['authorization', `Bearer ${providerKey}`], openai_compatible: ['authorization', `Bearer ${providerKey}`], anthropic: ['x-api-key', providerKey], google_ai: ['x-goog-api-key', providerKey], mistral: ['authorization', `Bearer ${providerKey}`] };
  for (const [wire, dialect] of Object.entries(dialects)) {
    test(`${wire}: the caller's key never arrives wherever it stood, and the provider's does`, async () => {
      const p = await recorder(answering(dialect));
      const g = await gateway([entry(wire, 'rec', p.url)]);
      const at = text(dialect.path, wires[wire].model, false), query = at.includes('?') ? '&' : '?';
      const places = [[at, { Authorization: `Bearer ${g.token}` }], [at, { Authorization: `bearer ${g.token}` }], [at, { 'X-Api-Key': g.token }], [at, { 'x-goog-api-key': g.token }], [at, { 'api-key': g.token }],
        [`${at}${query}key=${g.token}&keep=1`, {}], [at, { 'x-retryscope-token': g.token, Authorization: 'Bearer sk-secret-of-the-caller', 'x-api-key': 'sk-secret-of-the-caller', 'api-key': 'sk-secret-of-the-caller', 'x-goog-api-key': 'sk-secret-of-the-caller', Cookie: 'session=sk-secret-of-the-caller', 'Proxy-Authorization': 'Basic sk-secret-of-the-caller' }],
        [`${at}${query}key=sk-secret-of-the-caller&api_key=sk-secret-of-the-caller`, { Authorization: `Bearer ${g.token}` }]];
      for (const [path, headers] of places) {
        const answer = await raw(g.url + path, { headers: { 'Content-Type': 'application/json', ...headers }, body: text(dialect.body, wires[wire].model, false) });
        assert.equal(answer.status, 200, `${Object.keys(headers)} ${answer.body}`);
        const got = p.got.at(-1), all = JSON.stringify([got.url, got.rawHeaders]);
        assert.ok(!all.includes(g.token), all);
        assert.ok(!all.includes('sk-secret-of-the-caller'), all);
        assert.equal(got.headers[keyOf[wire][0]], keyOf[wire][1]);
        assert.equal(got.rawHeaders.filter((h) => h.includes(providerKey)).length, 1);
        assert.ok(!path.includes('keep=1') || got.url.includes('keep=1'), got.url);
      }
      await g.stop();
    });
    test(`${wire}: a provider without a key gets none`, async () => {
      const p = await recorder(answering(dialect));
      const g = await gateway([entry(wire, 'rec', p.url, { key: undefined })]);
      const answer = await raw(g.url + text(dialect.path, wires[wire].model, false), { headers: bearer(g), body: text(dialect.body, wires[wire].model, false) });
      assert.equal(answer.status, 200, String(answer.body));
      assert.deepEqual(['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'].filter((name) => name in p.got[0].headers), []);
      await g.stop();
    });
  }

  test('the caller\'s headers arrive, those of its connection and ours do not', async () => {
    const p = await recorder(answering(dialects.anthropic));
    const g = await gateway([entry('anthropic', 'rec', p.url, { headers: { 'X-Team': 'blue' } })]);
    await raw(`${g.url}/v1/messages?beta=true`, { headers: bearer(g, { 'anthropic-beta': 'one-2026-01-01,two', 'anthropic-version': '2026-10-21', 'anthropic-dangerous-direct-browser-access': 'true', 'User-Agent': 'my-program/1.0', 'X-Stainless-Retry-Count': '0', 'x-stainless-lang': 'js',
      'X-Custom': 'a, b', 'Idempotency-Key': 'idem-1', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'X-Retryscope-Route': 'rec', 'X-Retryscope-Deadline': '5s', 'X-Forwarded-For': '10.0.0.1', TE: 'trailers', 'Accept-Language': 'de', Accept: 'application/json' }), body: dialects.anthropic.body(wires.anthropic.model, false) });
    const got = p.got[0];
    assert.equal(got.url, '/v1/messages?beta=true');
    const expected = { 'anthropic-beta': 'one-2026-01-01,two', 'anthropic-version': '2026-10-21', 'anthropic-dangerous-direct-browser-access': 'true', 'user-agent': 'my-program/1.0', 'x-stainless-lang': 'js', 'x-custom': 'a, b', 'idempotency-key': 'idem-1', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'accept-language': 'de', accept: 'application/json', 'content-type': 'application/json', 'x-team': 'blue', host: new URL(p.url).host };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, got.headers[name]])), expected);
    assert.deepEqual(Object.keys(got.headers).filter((name) => /^(x-retryscope|x-forwarded|te$|cookie|authorization|transfer-encoding)/.test(name)), []);
    for (const name of new Set(got.rawHeaders.filter((_, i) => i % 2 === 0).map((n) => n.toLowerCase())))
      assert.equal(got.rawHeaders.filter((n, i) => i % 2 === 0 && n.toLowerCase() === name).length, 1, name);
    await g.stop();
  });

  test('a version that the caller does not tell is told for it', async () => {
    const p = await recorder(answering(dialects.anthropic));
    const g = await gateway([entry('anthropic', 'rec', p.url)]);
    await raw(`${g.url}/v1/messages`, { headers: bearer(g), body: dialects.anthropic.body(wires.anthropic.model, false) });
    assert.match(p.got[0].headers['anthropic-version'], /^\d{4}-\d\d-\d\d$/);
    await g.stop();
  });

  test('the provider\'s headers come back, those of its connection do not', async () => {
    const headers = { 'Content-Type': 'application/json; charset=utf-8', 'x-request-id': 'req_123', 'request-id': 'req_123', 'x-ratelimit-remaining-requests': '41', 'x-ratelimit-reset-requests': '6m0s', 'anthropic-ratelimit-tokens-remaining': '5', 'openai-processing-ms': '12', 'X-Custom': 'a, b', 'cf-ray': 'abc', Server: 'up', 'Set-Cookie': 'secret=1', 'Keep-Alive': 'timeout=5', 'Access-Control-Allow-Origin': '*', 'x-retryscope-call': 'forged', 'x-retryscope-provider': 'forged' };
    for (const status of [200, 400]) {
      const p = await recorder((request, response) => { response.writeHead(status, headers); response.end(status === 200 ? dialects.openai.answer : '{"error":{"message":"No.","type":"invalid_request_error","param":"x","code":null},"x_more":1.0}'); });
      const g = await gateway([entry('openai', 'rec', p.url)]);
      const answer = await raw(`${g.url}/v1/chat/completions`, { headers: bearer(g), body: dialects.openai.body('gpt-4o-mini', false) });
      assert.equal(answer.status, status);
      if (status === 400)
        assert.equal(answer.body.toString(), '{"error":{"message":"No.","type":"invalid_request_error","param":"x","code":null},"x_more":1.0}');
      for (const name of ['content-type', 'x-request-id', 'request-id', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests', 'anthropic-ratelimit-tokens-remaining', 'openai-processing-ms', 'x-custom', 'cf-ray'])
        assert.equal(answer.headers[name], headers[Object.keys(headers).find((n) => n.toLowerCase() === name)], name);
      assert.deepEqual([answer.headers['set-cookie'], answer.headers['access-control-allow-origin']], [undefined, undefined]);
      assert.equal(answer.headers['x-retryscope-provider'], 'rec');
      assert.match(answer.headers['x-retryscope-call'], /^\d+$/);
      for (const name of ['content-length', 'content-type', 'date', 'x-retryscope-call', 'transfer-encoding'])
        assert.ok(answer.rawHeaders.filter((n, i) => i % 2 === 0 && n.toLowerCase() === name).length <= 1, `${name} ${answer.rawHeaders}`);
      await g.stop();
    }
  });

  test('a compressed answer comes whole, and its length is true', async () => {
    const p = await recorder((request, response) => {
      const zipped = /gzip/.test(request.headers['accept-encoding'] ?? '');
      const bytes = zipped ? gzipSync(dialects.openai.answer) : Buffer.from(dialects.openai.answer);
      response.writeHead(200, { 'Content-Type': 'application/json', ...(zipped ? { 'Content-Encoding': 'gzip' } : {}), 'Content-Length': bytes.length });
      response.end(bytes);
    });
    const g = await gateway([entry('openai', 'rec', p.url)]);
    for (const encoding of ['gzip, br', 'identity', undefined]) {
      const answer = await raw(`${g.url}/v1/chat/completions`, { headers: bearer(g, encoding ? { 'Accept-Encoding': encoding } : {}), body: dialects.openai.body('gpt-4o-mini', false) });
      assert.equal(answer.body.toString(), dialects.openai.answer);
      assert.equal(answer.headers['content-encoding'], undefined);
    }
    await g.stop();
  });
});

suite('gateway: streams as they come', { concurrency: 4 }, () => {
  test('each piece goes on at once', async () => {
    const p = await recorder(async (request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (let i = 0; i < 5; ++i) {
        response.write(`data: {"id":"c","choices":[{"index":0,"delta":{"content":"${i}"}}],"at":${Date.now()}}\n\n`);
        await pause(60);
      }
      response.end('data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
    });
    const g = await gateway([entry('openai', 'rec', p.url)]);
    const late = [];
    const answer = await raw(`${g.url}/v1/chat/completions`, { headers: bearer(g), body: dialects.openai.body('gpt-4o-mini', true), onData: (piece) => {
      for (const [, at] of String(piece).matchAll(/"at":(\d+)/g))
        late.push(Date.now() - Number(at));
    } });
    assert.equal(late.length, 5);
    assert.ok(late.filter((ms) => ms < 40).length >= 3, `late by ${late} ms`);
    assert.ok(answer.pieces.length >= 5);
    await g.stop();
  });

  test('a stream of another path goes on at once', async () => {
    const p = await recorder(async (request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: {"x":1}\n\n');
      await pause(600);
      response.end('data: [DONE]\n\n');
    });
    const g = await gateway([entry('openai', 'rec', p.url)]);
    for (const [method, path] of [['POST', '/v1/completions'], ['GET', '/v1/responses/resp_1?stream=true']]) {
      const begun = Date.now();
      let first;
      const answer = await raw(g.url + path, { method, headers: bearer(g), body: method === 'POST' ? '{"model":"m","prompt":"x","stream":true}' : undefined, onData: () => { first ??= Date.now() - begun; } });
      assert.equal(answer.body.toString(), 'data: {"x":1}\n\ndata: [DONE]\n\n');
      assert.ok(first < 400, `${path}: the first piece after ${first} ms`);
    }
    await g.stop();
  });

  test('in the mode complete nothing is shown before it is whole', async () => {
    const p = await recorder(async (request, response) => {
      const cut = p.got.length === 1;
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: {"id":"c","choices":[{"index":0,"delta":{"content":"one "}}]}\n\n');
      await pause(100);
      if (cut)
        return response.destroy();
      response.end('data: {"id":"c","choices":[{"index":0,"delta":{"content":"two"}}]}\n\ndata: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
    });
    const g = await gateway([entry('openai', 'rec', p.url)]);
    const { openai } = clients(g, { 'x-retryscope-mode': 'complete' });
    const { data, response } = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'x' }], stream: true }).withResponse();
    assert.equal((await all(data)).map((c) => c.choices[0].delta.content ?? '').join(''), 'one two');
    assert.equal(response.headers.get('x-retryscope-attempts'), '2');
    p.got.length = 0;
    const live = clients(g, { 'x-retryscope-mode': 'live' }).openai;
    await rejection(all(live.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'x' }], stream: true })));
    assert.equal(p.got.length, 1);
    assert.match((await rejection(clients(g, { 'x-retryscope-mode': 'sometimes' }).openai.chat.completions.create({ model: 'gpt-4o-mini', messages: [] }))).message, /x-retryscope-mode/);
    await g.stop();
  });

  for (const [what, events, end] of [
    ['words after the finish reason', 'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: {"choices":[{"index":0,"delta":{"content":"b"}}]}\n\ndata: [DONE]\n\n'],
    ['a last event without its empty line', 'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]'],
    ['a byte order mark, and CR alone', '\uFEFFdata: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\r\rdata: [DONE]\r\r'],
    ['a comment behind the end mark', 'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n: bye\n\n'],
    ['no finish reason where the provider has none', 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\ndata: [DONE]\n\n', { end: 'mark' }],
    ['an end with the connection', 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n', { end: 'connection' }],
    ['two choices', 'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"},{"index":1,"delta":{"content":"b"}}]}\n\ndata: {"choices":[{"index":1,"delta":{"content":"c"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'],
    ['reasoning and tool calls', 'data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}\n\ndata: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}}]}\n\ndata: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n']]) {
    test(what, async () => {
      const p = await recorder((request, response) => sendEvents(response, events, 11));
      const g = await gateway([entry('openai_compatible', 'rec', p.url, end)]);
      const answer = await raw(`${g.url}/v1/chat/completions`, { headers: bearer(g), body: dialects.openai.body('some-model', true) });
      assert.equal(answer.cut, false);
      const text = answer.body.toString(), without = what.startsWith('a comment') ? events.replace(': bye\n\n', '') : events;
      assert.ok(text === events || text === `${events}\n\n` || text === without, JSON.stringify(text));
      assert.equal(p.got.length, 1);
      await g.stop();
    });
  }

  test('a Google stream goes on after its finish reason, however late', async () => {
    const [first, second, third] = dialects.google_ai.events.split(/(?<=\r\n\r\n)/);
    const p = await recorder(async (request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(first + second);
      await pause(250);
      response.end(third);
    });
    const g = await gateway([entry('google_ai', 'rec', p.url)]);
    const answer = await raw(`${g.url}/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse`, { headers: bearer(g), body: dialects.google_ai.body() });
    assert.equal(answer.body.toString(), dialects.google_ai.events);
    await g.stop();
  });

  test('a stream of 20 MB to a reader who dawdles', async () => {
    const piece = `data: {"choices":[{"index":0,"delta":{"content":"${'x'.repeat(65_000)}"}}]}\n\n`, end = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
    const p = await recorder(async (request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (let i = 0; i < 320; ++i) {
        if (!response.write(piece))
          await new Promise((resolve) => response.once('drain', resolve));
        p.sent = i + 1;
      }
      response.end(end);
    });
    const g = await gateway([entry('openai', 'rec', p.url)], { retry: { idle_timeout_s: 5, stream_timeout_s: 60 } });
    let bytes = 0, ahead;
    const response = await g.fetch('/v1/chat/completions', { method: 'POST', body: dialects.openai.body('gpt-4o-mini', true) });
    const reader = response.body.getReader();
    bytes += (await reader.read()).value.length;
    await pause(700);
    ahead = p.sent; // what a reader who takes nothing made the gateway take
    for (let r = await reader.read(); !r.done; r = await reader.read())
      bytes += r.value.length;
    assert.equal(bytes, piece.length * 320 + end.length);
    assert.ok(ahead < 200, `${ahead} of 320 pieces were taken while nobody read`);
    await g.stop();
  });
});

suite('gateway: large ones', { concurrency: 3 }, () => {
  const words = 'wörd '.repeat(20);
  test('a request of 20 MB with an image arrives as it was', async () => {
    const p = await recorder(answering(dialects.openai));
    const g = await gateway([entry('openai', 'rec', p.url)], { retry: { attempt_timeout_s: 20, deadline_s: 30 } });
    const body = `{"model":"gpt-4o-mini","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,${'QUJD'.repeat(5 << 20)}"}}]}],"x":1.0}`;
    const answer = await raw(`${g.url}/v1/chat/completions`, { headers: bearer(g), body });
    assert.equal(answer.status, 200, String(answer.body).slice(0, 300));
    assert.ok(p.got[0].body.equals(Buffer.from(body)));
    assert.equal(answer.body.toString(), dialects.openai.answer);
    await g.stop();
  });
  test('a request over 64 MB is refused in the caller\'s words', async () => {
    const p = await recorder(answering(dialects.openai));
    const g = await gateway([entry('openai', 'rec', p.url)]);
    const answer = await raw(`${g.url}/v1/chat/completions`, { headers: bearer(g), body: Buffer.alloc(65 << 20, 32) }).catch((error) => error);
    assert.ok(answer.status === 413 || ['ECONNRESET', 'EPIPE'].includes(answer.code), String(answer));
    assert.equal(p.got.length, 0);
    assert.equal((await g.fetch('/healthz')).status, 200);
    await g.stop();
  });
  test('an answer of 12 MB that is not streamed', async () => {
    const answer = dialects.openai.answer.replace('h\\u00e9llo', words.repeat(100_000));
    const p = await recorder((request, response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(answer));
    const g = await gateway([entry('openai', 'rec', p.url)], { retry: { attempt_timeout_s: 20, deadline_s: 30 } });
    const got = await raw(`${g.url}/v1/chat/completions`, { headers: bearer(g), body: dialects.openai.body('gpt-4o-mini', false) });
    assert.equal(got.status, 200, String(got.body).slice(0, 300));
    assert.equal(got.body.toString(), answer);
    await g.stop();
  });
  test('a download of 30 MB, and one that is cut', async () => {
    const bytes = Buffer.alloc(30 << 20, 'a b c d ');
    const p = await recorder((request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes.length });
      if (!request.url.includes('cut'))
        return response.end(bytes);
      response.write(bytes.subarray(0, 10 << 20), () => response.destroy());
    });
    const g = await gateway([entry('openai', 'rec', p.url)], { retry: { attempt_timeout_s: 20, deadline_s: 30 } });
    const whole = await raw(`${g.url}/v1/files/f/content`, { method: 'GET', headers: bearer(g) });
    assert.deepEqual([whole.status, whole.cut], [200, false]);
    assert.ok(whole.body.equals(bytes), `${whole.body.length}`);
    const cut = await raw(`${g.url}/v1/files/cut/content`, { method: 'GET', headers: bearer(g) });
    assert.ok(cut.cut || cut.status >= 500, `${cut.status} with ${cut.body.length} bytes, as if whole`);
    await g.stop();
  });
});

suite('gateway: other paths pass through', { concurrency: 4 }, () => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256));
  test('embeddings, files, speech, an earlier answer', async () => {
    const p = await recorder((request, response) => {
      if (request.url.startsWith('/v1/audio')) {
        response.writeHead(200, { 'Content-Type': 'audio/mpeg' });
        return response.end(bytes);
      }
      response.writeHead(request.method === 'DELETE' ? 204 : 201, { 'Content-Type': 'application/json', 'x-request-id': 'r' });
      response.end(request.method === 'HEAD' || request.method === 'DELETE' ? undefined : `{ "got" : ${request.body.length} }`);
    });
    const g = await gateway([entry('openai', 'rec', p.url)]);
    const json = '{"model":"text-embedding-3-small", "input":[ "é" ],"x":1.0}';
    for (const [method, path, body, type, status] of [
      ['POST', '/v1/embeddings', json, 'application/json', 201], ['POST', '/v1/files', bytes, 'multipart/form-data; boundary=x', 201], ['POST', '/v1/audio/speech', json, 'application/json', 200],
      ['GET', '/v1/responses/resp_1?include=x&stream=false', undefined, undefined, 201], ['DELETE', '/v1/files/file-1', undefined, undefined, 204], ['GET', '/v1/files?limit=3&after=a%20b', undefined, undefined, 201], ['HEAD', '/v1/files/file-1', undefined, undefined, 201],
      ['PUT', '/v1/uploads/u', bytes, 'application/octet-stream', 201], ['PATCH', '/v1/x/y', json, 'application/json', 201]]) {
      const answer = await raw(g.url + path, { method, headers: { Authorization: `Bearer ${g.token}`, ...(type ? { 'Content-Type': type } : {}) }, body });
      const got = p.got.at(-1);
      assert.deepEqual([answer.status, got.method, got.url], [status, method, path], `${method} ${path} ${answer.body}`);
      assert.ok(got.body.equals(Buffer.from(body ?? '')), `${path}: ${got.body.length} bytes`);
      if (type)
        assert.equal(got.headers['content-type'], type);
      if (path.includes('speech'))
        assert.ok(answer.body.equals(bytes));
      assert.equal(answer.headers['x-retryscope-provider'], 'rec');
    }
    await g.stop();
  });

  test('what else the SDKs can do', async () => {
    const p = await recorder((request, response) => {
      const json = /embedd|Embed/.test(request.url) ? (request.url.includes('v1beta') ? { embeddings: [{ values: [0.5] }] } : { id: 'e', object: 'list', model: 'm', data: [{ object: 'embedding', index: 0, embedding: [0.5, 0.25] }], usage: { prompt_tokens: 1, total_tokens: 1, completion_tokens: 0 } })
        : request.url.includes('moderations') ? { id: 'mo', model: 'm', results: [] } : request.url.includes('batches') ? { data: [], has_more: false, first_id: null, last_id: null } : request.url.includes('files') ? { id: 'file-1', object: 'file', bytes: 3, created_at: 1, filename: 'a.txt', purpose: 'batch' } : undefined;
      if (!json)
        return response.writeHead(200, { 'Content-Type': 'audio/mpeg' }).end(bytes);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(json));
    });
    const g = await gateway(['openai', 'anthropic', 'google_ai', 'mistral'].map((wire) => entry(wire, wire, p.url)));
    const { openai, anthropic, google, mistral } = clients(g);
    assert.deepEqual((await openai.embeddings.create({ model: 'text-embedding-3-small', input: 'é', encoding_format: 'float' })).data[0].embedding, [0.5, 0.25]);
    assert.equal((await openai.moderations.create({ input: 'é' })).id, 'mo');
    assert.ok(Buffer.from(await (await openai.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'é' })).arrayBuffer()).equals(bytes));
    assert.equal((await openai.files.create({ file: await toFile(bytes, 'a.bin'), purpose: 'batch' })).id, 'file-1');
    assert.ok(p.got.at(-1).body.includes(bytes) && /^multipart\/form-data; boundary=/.test(p.got.at(-1).headers['content-type']));
    assert.deepEqual((await anthropic.messages.batches.list()).data, []);
    assert.deepEqual((await google.models.embedContent({ model: 'gemini-embedding-001', contents: 'é' })).embeddings[0].values, [0.5]);
    assert.deepEqual((await mistral.embeddings.create({ model: 'mistral-embed', inputs: ['é'] })).data[0].embedding, [0.5, 0.25]);
    assert.deepEqual(p.got.map((r) => r.url.replace(/:\w+$/, '')), ['/v1/embeddings', '/v1/moderations', '/v1/audio/speech', '/v1/files', '/v1/messages/batches', '/v1beta/models/gemini-embedding-001', '/v1/embeddings']);
    assert.ok(p.got.every((r) => !JSON.stringify(r.rawHeaders).includes(g.token)));
    await g.stop();
  });

  test('a provider that ends its connections in silence is asked once for each call', async () => {
    const p = await recorder((request, response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(dialects.openai.answer));
    p.server.keepAliveTimeout = 40;
    const g = await gateway([entry('openai', 'rec', p.url)]);
    for (let i = 0; i < 12; ++i) {
      const answer = await raw(`${g.url}/v1/chat/completions`, { headers: bearer(g), body: dialects.openai.body('gpt-4o-mini', false) });
      assert.deepEqual([answer.status, answer.headers['x-retryscope-attempts']], [200, '1']);
      await pause(36 + i % 8); // about when it closes
    }
    assert.equal(p.got.length, 12);
    await g.stop();
  });

  test('to a provider of that protocol only', async () => {
    const openai = await recorder((request, response) => response.writeHead(500).end('{"error":{"message":"no","type":"server_error"}}'));
    const anthropic = await recorder((request, response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}'));
    const g = await gateway([entry('openai', 'one', openai.url), entry('anthropic', 'two', anthropic.url)]);
    const failed = await g.fetch('/v1/embeddings', { method: 'POST', body: '{"model":"m","input":"x"}' });
    assert.equal(failed.status, 500);
    assert.equal(anthropic.got.length, 0);
    assert.equal((await g.fetch('/v1/messages/batches', { method: 'POST', body: '{"requests":[]}', headers: { 'anthropic-version': '2023-06-01' } })).status, 200);
    assert.deepEqual(anthropic.got.map((r) => r.url), ['/v1/messages/batches']);
    const nobody = await g.fetch('/mistral/v1/fim/completions', { method: 'POST', body: '{"model":"m","prompt":"x"}' });
    assert.ok([400, 404].includes(nobody.status), String(nobody.status));
    await g.stop();
  });

  test('what may have been done is not done twice, what is safe is', async () => {
    const broken = await recorder((request, response) => response.destroy());
    const counted = async (method, path, body) => {
      broken.got.length = 0;
      const g = await gateway([entry('openai', 'rec', broken.url)]); // its circuit would be open for the next one
      const answer = await raw(g.url + path, { method, headers: bearer(g), body });
      assert.ok(answer.status >= 500, `${method} ${path}: ${answer.status}`);
      await g.stop();
      return broken.got.length;
    };
    assert.equal(await counted('POST', '/v1/files', 'x'), 1);
    assert.equal(await counted('POST', '/v1/batches', '{}'), 1);
    assert.equal(await counted('PATCH', '/v1/x', '{}'), 1);
    assert.ok(await counted('GET', '/v1/files') >= 2);
    assert.ok(await counted('DELETE', '/v1/files/f') >= 2);
    assert.ok(await counted('POST', '/v1/chat/completions', dialects.openai.body('gpt-4o-mini', false)) >= 2);
  });

  test('the upstream closes without a length, answers late, answers 204', async () => {
    const p = await recorder((request, response) => {
      response.useChunkedEncodingByDefault = false;
      response.removeHeader('transfer-encoding');
      response.shouldKeepAlive = false;
      response.writeHead(200, { 'Content-Type': 'application/json', Connection: 'close' });
      response.end(dialects.openai.answer);
    });
    const g = await gateway([entry('openai', 'rec', p.url)]);
    const answer = await raw(`${g.url}/v1/chat/completions`, { headers: bearer(g), body: dialects.openai.body('gpt-4o-mini', false) });
    assert.equal(answer.body.toString(), dialects.openai.answer);
    await eventually(async () => (await g.get('/retryscope/status')).requests === 0);
    await g.stop();
  });
});
