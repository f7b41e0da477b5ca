// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
import { Mistral } from '@mistralai/mistralai';
import * as errors from '@mistralai/mistralai/models/errors';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import { all, png, provider, rejection, weatherSchema } from './sandbox.mjs';

const ask = { model: 'mistral-small-latest', messages: [{ role: 'user', content: 'Say hello.' }] };
const tools = [{ type: 'function', function: { name: 'get_weather', description: 'The weather of a city.', parameters: weatherSchema } }];
const city = z.object({ name: z.string(), population: z.number().int(), tags: z.array(z.string()) });

async function client(fault, more) {
  const p = await provider('mistral', fault, more);
  return { p, mistral: new Mistral({ apiKey: 'test', serverURL: p.url, timeoutMs: fault === 'silence' ? 300 : 30_000 }) };
}
const textOf = (events) => events.map((e) => e.data.choices[0]?.delta.content ?? '').join('');

suite('mistral: chat', { concurrency: 4 }, () => {
  test('plain', async () => {
    const { mistral } = await client();
    const answer = await mistral.chat.complete(ask);
    assert.match(answer.choices[0].message.content, /Hello/);
    assert.equal(answer.choices[0].finishReason, 'stop');
    assert.match(answer.id, /^[0-9a-f]{32}$/);
    assert.equal(answer.usage.totalTokens, answer.usage.promptTokens + answer.usage.completionTokens);
    assert.notEqual((await mistral.chat.complete(ask)).id, answer.id);
  });

  test('streamed, with usage in the last chunk', async () => {
    const { mistral } = await client();
    const events = await all(mistral.chat.stream(ask));
    assert.match(textOf(events), /Hello! I am a simulated model/);
    assert.equal(events[0].data.choices[0].delta.role, 'assistant');
    assert.equal(events.at(-1).data.choices[0].finishReason, 'stop');
    assert.ok(events.at(-1).data.usage.completionTokens > 0);
  });

  test('the last turn is answered, text in parts too, and an image seen', async () => {
    const { mistral } = await client();
    const answer = await mistral.chat.complete({ ...ask, messages: [{ role: 'system', content: 'Be brief.' }, ...ask.messages, { role: 'assistant', content: 'Hello!' },
      { role: 'user', content: [{ type: 'text', text: 'Tell me about jitter.' }] }] });
    assert.match(answer.choices[0].message.content, /[Jj]itter/);
    const seen = await mistral.chat.complete({ ...ask, messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, { type: 'image_url', imageUrl: `data:image/png;base64,${png}` }] }] });
    assert.match(seen.choices[0].message.content, /image/);
  });

  test('tools: forced, and in several turns', async () => {
    const { mistral } = await client();
    const forced = (await mistral.chat.complete({ ...ask, tools, toolChoice: 'any' })).choices[0];
    assert.equal(forced.finishReason, 'tool_calls');
    assert.match(forced.message.toolCalls[0].id, /^[a-zA-Z0-9]{9}$/);
    assert.ok(['celsius', 'fahrenheit'].includes(JSON.parse(forced.message.toolCalls[0].function.arguments).unit));
    const messages = [{ role: 'user', content: 'What is the weather in Paris?' }];
    const streamed = await all(mistral.chat.stream({ ...ask, messages, tools }));
    const call = streamed.flatMap((e) => e.data.choices[0]?.delta.toolCalls ?? [])[0];
    assert.equal(JSON.parse(call.function.arguments).city, 'Paris');
    const second = await mistral.chat.complete({ ...ask, tools, messages: [...messages, { role: 'assistant', content: '', toolCalls: [call] },
      { role: 'tool', name: 'get_weather', toolCallId: call.id, content: '17 degrees' }] });
    assert.match(second.choices[0].message.content, /17 degrees/);
  });

  test('a schema is followed', async () => {
    const { mistral } = await client();
    const parsed = await mistral.chat.parse({ ...ask, messages: [{ role: 'user', content: 'Describe Paris.' }], responseFormat: city });
    city.parse(parsed.choices[0].message.parsed);
    const object = await mistral.chat.complete({ ...ask, messages: [{ role: 'user', content: 'Answer in JSON.' }], responseFormat: { type: 'json_object' } });
    assert.equal(typeof JSON.parse(object.choices[0].message.content), 'object');
  });

  test('the token limit is kept', async () => {
    const { mistral } = await client();
    const cut = await mistral.chat.complete({ ...ask, maxTokens: 3 });
    assert.deepEqual([cut.choices[0].finishReason, cut.usage.completionTokens], ['length', 3]);
  });

  test('what is missing or not offered is refused', async () => {
    const { p, mistral } = await client();
    const error = await rejection(mistral.chat.complete({ ...ask, n: 2 }));
    assert.equal(error.statusCode, 400);
    assert.ok(await rejection(mistral.chat.complete({ ...ask, messages: [] })) instanceof errors.HTTPValidationError);
    const nobody = await rejection(new Mistral({ apiKey: '', serverURL: p.url }).chat.complete(ask));
    assert.equal(nobody.statusCode, 401);
    assert.equal(JSON.parse(nobody.body).detail ?? JSON.parse(nobody.body).message, 'Unauthorized');
    const invalid = await fetch(`${p.url}/v1/chat/completions`, { method: 'POST', headers: { Authorization: 'Bearer k' }, body: JSON.stringify({ messages: ask.messages }) });
    assert.equal(invalid.status, 422);
    assert.deepEqual((await invalid.json()).detail[0].loc, ['body', 'model']);
  });

  test('the list of models', async () => {
    const { mistral } = await client();
    const { data } = await mistral.models.list();
    assert.ok(data.some((m) => m.id === ask.model && m.capabilities.completionChat));
    assert.equal((await rejection((await client('server_error')).mistral.models.list())).statusCode, 500);
  });
});

suite('mistral: faults', { concurrency: 4 }, () => {
  for (const [fault, status, code] of [
    ['rate_limit', 429, '1300'], ['rate_limit_no_hint', 429, '1300'], ['quota_exhausted', 402, '1402'], ['overloaded', 429, '3505'], ['server_error', 500, '1000'],
    ['wrong_key', 401, undefined], ['model_missing', 404, '1500'], ['context_length', 400, '3051'],
    ['unavailable_hint', 503, undefined], ['overloaded_hint', 529, undefined], ['html_page', 502, undefined]]) {
    test(fault, async () => {
      for (const stream of [false, true]) {
        const { mistral } = await client(fault);
        const error = await rejection(stream ? mistral.chat.stream(ask) : mistral.chat.complete(ask));
        assert.ok(error instanceof errors.SDKError, `${error.constructor.name} ${error.message}`);
        assert.equal(error.statusCode, status);
        if (code)
          assert.equal(JSON.parse(error.body).code, code);
        if (fault === 'rate_limit')
          assert.equal(error.headers.get('x-ratelimit-remaining-req-minute'), '0');
      }
    });
  }
  for (const fault of ['outage', 'reset', 'silence']) {
    test(fault, async () => {
      const { mistral } = await client(fault);
      const error = await rejection(mistral.chat.complete(ask));
      assert.ok(error instanceof errors.HTTPClientError, error.constructor.name);
    });
  }
  for (const fault of ['cut_stream', 'malformed_chunk']) {
    test(`${fault} reaches who reads the stream`, async () => {
      const { mistral } = await client(fault);
      await rejection((async () => all(mistral.chat.stream(ask)))());
    });
  }
  test('finish reasons', async () => {
    const ended = async (fault) => (await client(fault)).mistral.chat.complete(ask);
    assert.equal((await ended('length')).choices[0].finishReason, 'length');
    assert.equal((await ended('tool_call')).choices[0].finishReason, 'tool_calls');
    for (const fault of ['slow_drip', 'gzip', 'redirect'])
      assert.match(textOf(await all((await client(fault)).mistral.chat.stream(ask))), /Hello/);
    const last = (await all((await client('error_after_words')).mistral.chat.stream(ask))).at(-1);
    assert.equal(last.data.choices[0].finishReason, 'error');
  });
});
