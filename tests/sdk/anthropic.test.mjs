// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import { all, png, provider, rejection, weatherSchema } from './sandbox.mjs';

const ask = { model: 'claude-haiku-4-5', max_tokens: 500, messages: [{ role: 'user', content: 'Say hello.' }] };
const weatherTool = { name: 'get_weather', description: 'The weather of a city.', input_schema: weatherSchema };
const city = z.object({ name: z.string(), population: z.number(), tags: z.array(z.string()) });

async function client(fault, more) {
  const p = await provider('anthropic', fault, more);
  return { p, anthropic: new Anthropic({ apiKey: 'sk-ant-test', authToken: null, baseURL: p.url, maxRetries: 0 }) };
}

suite('anthropic: messages', { concurrency: 4 }, () => {
  test('plain, with true ids and headers', async () => {
    const { anthropic } = await client();
    const { data, response } = await anthropic.messages.create(ask).withResponse();
    assert.match(data.content[0].text, /Hello/);
    assert.deepEqual([data.type, data.role, data.stop_reason, data.stop_sequence], ['message', 'assistant', 'end_turn', null]);
    assert.match(data.id, /^msg_\w{20,}$/);
    assert.match(response.headers.get('request-id'), /^req_\w{20,}$/);
    assert.ok(response.headers.get('date') && response.headers.get('anthropic-organization-id'));
    const again = await anthropic.messages.create(ask).withResponse();
    assert.notEqual(again.data.id, data.id);
    const left = (r) => Number(r.headers.get('anthropic-ratelimit-requests-remaining'));
    assert.equal(left(again.response), left(response) - 1);
  });

  test('the stream helper', async () => {
    const { anthropic } = await client();
    const stream = anthropic.messages.stream(ask);
    let text = '';
    stream.on('text', (delta) => { text += delta; });
    const final = await stream.finalMessage();
    assert.equal(final.content[0].text, text);
    assert.match(text, /Hello/);
    assert.equal(final.stop_reason, 'end_turn');
    assert.ok(final.usage.input_tokens > 0 && final.usage.output_tokens > 1);
  });

  test('events come in the wire\'s order', async () => {
    const { anthropic } = await client();
    const events = (await all(anthropic.messages.create({ ...ask, stream: true }))).map((e) => e.type).filter((t) => t !== 'content_block_delta');
    assert.deepEqual(events, ['message_start', 'content_block_start', 'content_block_stop', 'message_delta', 'message_stop']);
  });

  test('the last turn is answered, and an image seen', async () => {
    const { anthropic } = await client();
    const answer = await anthropic.messages.create({ ...ask, system: 'Be brief.', messages: [...ask.messages, { role: 'assistant', content: 'Hello!' },
      { role: 'user', content: [{ type: 'text', text: 'Tell me about jitter.' }] }] });
    assert.match(answer.content[0].text, /[Jj]itter/);
    const seen = await anthropic.messages.create({ ...ask, messages: [{ role: 'user', content: [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }, { type: 'text', text: 'What is this?' }] }] });
    assert.match(seen.content[0].text, /image/);
  });

  test('a tool that is forced is called with arguments that fit', async () => {
    const { anthropic } = await client();
    for (const tool_choice of [{ type: 'any' }, { type: 'tool', name: 'get_weather' }]) {
      for (const message of [await anthropic.messages.create({ ...ask, tools: [weatherTool], tool_choice }),
        await anthropic.messages.stream({ ...ask, tools: [weatherTool], tool_choice }).finalMessage()]) {
        assert.equal(message.stop_reason, 'tool_use');
        const use = message.content.find((b) => b.type === 'tool_use');
        assert.equal(use.name, 'get_weather');
        assert.match(use.id, /^toolu_\w{10,}$/);
        assert.ok(typeof use.input.city === 'string' && ['celsius', 'fahrenheit'].includes(use.input.unit));
      }
    }
  });

  test('a tool is run in several turns', async () => {
    const { p, anthropic } = await client();
    const asked = [];
    const tool = betaTool({ name: 'get_weather', description: 'The weather of a city.', inputSchema: weatherSchema, run: (input) => { asked.push(input.city); return '17 degrees and rain'; } });
    for (const stream of [false, true]) {
      const final = await anthropic.beta.messages.toolRunner({ ...ask, stream, tools: [tool], messages: [{ role: 'user', content: 'What is the weather in Paris?' }] }).runUntilDone();
      assert.match(final.content.at(-1).text, /17 degrees/);
    }
    assert.deepEqual(asked, ['Paris', 'Paris']);
    assert.equal(await p.posts(), 4);
  });

  test('a schema is followed', async () => {
    const { anthropic } = await client();
    const message = await anthropic.messages.parse({ ...ask, messages: [{ role: 'user', content: 'Describe Paris.' }], output_config: { format: zodOutputFormat(city) } });
    city.parse(message.parsed_output);
  });

  test('the token limit and stop words are kept', async () => {
    const { anthropic } = await client();
    const cut = await anthropic.messages.create({ ...ask, max_tokens: 3 });
    assert.deepEqual([cut.stop_reason, cut.usage.output_tokens], ['max_tokens', 3]);
    const stopped = await anthropic.messages.create({ ...ask, stop_sequences: ['simulated'] });
    assert.deepEqual([stopped.stop_reason, stopped.stop_sequence, stopped.content[0].text], ['stop_sequence', 'simulated', 'Hello! I am a ']);
  });

  test('what is missing is refused', async () => {
    const { p, anthropic } = await client();
    const refused = async (body, says) => {
      const error = await rejection(anthropic.messages.create(body));
      assert.ok(error instanceof Anthropic.BadRequestError, error.message);
      assert.equal(error.error.error.type, 'invalid_request_error');
      assert.match(error.message, says);
    };
    await refused({ ...ask, model: undefined }, /model/);
    await refused({ ...ask, max_tokens: undefined }, /max_tokens/);
    await refused({ ...ask, messages: [] }, /messages/);
    await refused({ ...ask, messages: [{ role: 'user', content: '' }] }, /content/);
    await refused({ ...ask, tool_choice: { type: 'any' } }, /tools/);
    const response = await fetch(`${p.url}/v1/messages`, { method: 'POST', headers: { 'anthropic-version': '2023-06-01' }, body: JSON.stringify(ask) });
    assert.equal(response.status, 401);
    assert.equal((await response.json()).error.type, 'authentication_error');
    const unversioned = await fetch(`${p.url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': 'k' }, body: JSON.stringify(ask) });
    assert.equal(unversioned.status, 400);
    assert.match((await unversioned.json()).error.message, /anthropic-version/);
  });

  test('the list of models, and the count of tokens', async () => {
    const { anthropic } = await client();
    const models = await all(anthropic.models.list());
    assert.ok(models.some((m) => m.id === ask.model) && models.every((m) => m.type === 'model' && m.display_name && !Number.isNaN(Date.parse(m.created_at))));
    const { max_tokens, ...counted } = ask;
    assert.ok((await anthropic.messages.countTokens(counted)).input_tokens > 0);
    assert.ok(await rejection(all((await client('overloaded')).anthropic.models.list())) instanceof Anthropic.InternalServerError);
  });
});

suite('anthropic: faults', { concurrency: 4 }, () => {
  for (const [fault, Class, status, type] of [
    ['rate_limit', Anthropic.RateLimitError, 429, 'rate_limit_error'], ['rate_limit_no_hint', Anthropic.RateLimitError, 429, 'rate_limit_error'],
    ['quota_exhausted', Anthropic.RateLimitError, 429, 'rate_limit_error'], ['overloaded', Anthropic.InternalServerError, 529, 'overloaded_error'],
    ['server_error', Anthropic.InternalServerError, 500, 'api_error'], ['wrong_key', Anthropic.AuthenticationError, 401, 'authentication_error'],
    ['model_missing', Anthropic.NotFoundError, 404, 'not_found_error'], ['context_length', Anthropic.BadRequestError, 400, 'invalid_request_error'],
    ['unavailable_hint', Anthropic.InternalServerError, 503, 'api_error'], ['overloaded_hint', Anthropic.InternalServerError, 529, 'overloaded_error'],
    ['html_page', Anthropic.InternalServerError, 502, undefined]]) {
    test(fault, async () => {
      for (const stream of [false, true]) {
        const { anthropic } = await client(fault);
        const error = await rejection(anthropic.messages.create({ ...ask, stream }));
        assert.ok(error instanceof Class, `${error.constructor.name} ${error.message}`);
        assert.deepEqual([error.status, error.error?.error?.type], [status, type]);
        if (type) {
          assert.match(error.requestID, /^req_\w{20,}$/);
          assert.equal(error.error.request_id, error.requestID);
        }
        if (fault === 'rate_limit') {
          assert.equal(error.headers.get('retry-after'), '2');
          assert.equal(error.headers.get('anthropic-ratelimit-requests-remaining'), '0');
          const reset = Date.parse(error.headers.get('anthropic-ratelimit-requests-reset'));
          assert.ok(reset > Date.now() && reset < Date.now() + 4000);
        }
        if (fault === 'quota_exhausted')
          assert.equal(error.error.error.details.error_code, 'enforced_spend_limit_reached');
        if (fault.endsWith('_hint') && !fault.endsWith('no_hint'))
          assert.equal(error.headers.get('retry-after'), '2');
      }
    });
  }
  for (const fault of ['outage', 'reset']) {
    test(fault, async () => {
      const { anthropic } = await client(fault);
      assert.ok(await rejection(anthropic.messages.create(ask)) instanceof Anthropic.APIConnectionError);
    });
  }
  test('silence ends in the client\'s own time limit', async () => {
    const { anthropic } = await client('silence');
    assert.ok(await rejection(anthropic.messages.create(ask, { timeout: 300 })) instanceof Anthropic.APIConnectionTimeoutError);
  });
  for (const fault of ['cut_stream', 'clean_cut', 'malformed_chunk', 'error_after_words', 'error_in_stream']) {
    test(`${fault} reaches who reads the stream`, async () => {
      const { anthropic } = await client(fault);
      const error = await rejection(anthropic.messages.stream(ask).finalMessage());
      if (fault.startsWith('error'))
        assert.equal(error.error.error.type, 'overloaded_error');
      else
        assert.ok(error instanceof Anthropic.AnthropicError, error.stack);
    });
  }
  test('stop reasons', async () => {
    const ended = async (fault) => (await client(fault)).anthropic.messages.stream(ask).finalMessage();
    assert.equal((await ended('length')).stop_reason, 'max_tokens');
    assert.equal((await ended('tool_call')).stop_reason, 'tool_use');
    const refused = await ended('content_filter');
    assert.equal(refused.stop_reason, 'refusal');
    assert.equal(refused.stop_details.type, 'refusal');
    const thought = await ended('reasoning_only');
    assert.deepEqual(thought.content.map((b) => b.type), ['thinking']);
    assert.ok(thought.content[0].signature.length > 0);
    for (const fault of ['slow_drip', 'gzip', 'redirect'])
      assert.match((await ended(fault)).content[0].text, /Hello/);
  });
});
