// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { all, png, provider, rejection, weatherSchema } from './sandbox.mjs';

const model = 'gpt-4o-mini';
const messages = [{ role: 'user', content: 'Say hello.' }];
const weatherTool = { type: 'function', function: { name: 'get_weather', description: 'The weather of a city.', parameters: weatherSchema } };
const city = z.object({ name: z.string(), population: z.number().int(), tags: z.array(z.string()) });

async function client(fault, more) {
  const p = await provider('openai', fault, more);
  return { p, openai: new OpenAI({ apiKey: 'sk-test', baseURL: `${p.url}/v1`, maxRetries: 0 }) };
}

suite('openai: chat completions', { concurrency: 4 }, () => {
  test('plain, with true ids, time and headers', async () => {
    const { openai } = await client();
    const { data, response } = await openai.chat.completions.create({ model, messages }).withResponse();
    assert.match(data.choices[0].message.content, /Hello/);
    assert.equal(data.choices[0].message.role, 'assistant');
    assert.equal(data.choices[0].message.refusal, null);
    assert.equal(data.choices[0].finish_reason, 'stop');
    assert.match(data.id, /^chatcmpl-\w{20,}$/);
    assert.ok(Math.abs(data.created - Date.now() / 1000) < 60);
    assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens);
    assert.ok(Math.abs(new Date(response.headers.get('date')) - Date.now()) < 60_000);
    assert.match(response.headers.get('x-request-id'), /^req_/);
    const again = await openai.chat.completions.create({ model, messages }).withResponse();
    assert.notEqual(again.data.id, data.id);
    assert.notEqual(again.request_id, response.headers.get('x-request-id'));
    const left = (r) => Number(r.headers.get('x-ratelimit-remaining-requests'));
    assert.equal(left(again.response), left(response) - 1);
  });

  test('the stream helper', async () => {
    const { openai } = await client();
    const stream = openai.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
    let text = '';
    stream.on('content', (delta) => { text += delta; });
    const final = await stream.finalChatCompletion();
    assert.equal(final.choices[0].message.content, text);
    assert.match(text, /Hello/);
    assert.equal(final.choices[0].message.role, 'assistant');
    assert.ok(final.usage.completion_tokens > 0);
  });

  test('a stream has one id, a role first, and usage only when asked for', async () => {
    const { openai } = await client();
    const chunks = await all(openai.chat.completions.create({ model, messages, stream: true }));
    assert.equal(new Set(chunks.map((c) => c.id)).size, 1);
    assert.equal(chunks[0].choices[0].delta.role, 'assistant');
    assert.deepEqual(chunks.map((c) => c.choices[0].finish_reason).filter(Boolean), ['stop']);
    assert.ok(chunks.every((c) => c.usage === undefined));
  });

  test('the last turn is answered, text in parts too', async () => {
    const { openai } = await client();
    const answer = await openai.chat.completions.create({ model, messages: [
      { role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Say hello.' }, { role: 'assistant', content: 'Hello!' },
      { role: 'user', content: [{ type: 'text', text: 'Tell me ' }, { type: 'text', text: 'about jitter.' }] }] });
    assert.match(answer.choices[0].message.content, /[Jj]itter/);
    assert.doesNotMatch(answer.choices[0].message.content, /Hello/);
  });

  test('an image is seen', async () => {
    const { openai } = await client();
    const answer = await openai.chat.completions.create({ model, messages: [{ role: 'user', content: [
      { type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }] }] });
    assert.match(answer.choices[0].message.content, /image/);
  });

  test('a tool that is forced is called with arguments that fit', async () => {
    const { openai } = await client();
    for (const tool_choice of ['required', { type: 'function', function: { name: 'get_weather' } }]) {
      const { choices: [choice] } = await openai.chat.completions.create({ model, messages, tools: [weatherTool], tool_choice });
      assert.equal(choice.finish_reason, 'tool_calls');
      assert.equal(choice.message.tool_calls[0].function.name, 'get_weather');
      assert.match(choice.message.tool_calls[0].id, /^call_\w{10,}$/);
      const args = JSON.parse(choice.message.tool_calls[0].function.arguments);
      assert.equal(typeof args.city, 'string');
      assert.ok(['celsius', 'fahrenheit'].includes(args.unit));
    }
    const { choices: [none] } = await openai.chat.completions.create({ model, messages: [{ role: 'user', content: 'What is the weather in Paris?' }], tools: [weatherTool], tool_choice: 'none' });
    assert.equal(none.message.tool_calls, undefined);
    assert.ok(none.message.content);
  });

  test('a tool is run in several turns', async () => {
    const { p, openai } = await client();
    const asked = [];
    for (const stream of [false, true]) {
      const runner = openai.chat.completions.runTools({ model, stream, messages: [{ role: 'user', content: 'What is the weather in Paris?' }],
        tools: [{ type: 'function', function: { ...weatherTool.function, parse: JSON.parse, function: (args) => { asked.push(args.city); return '17 degrees and rain'; } } }] });
      assert.match(await runner.finalContent(), /17 degrees/);
    }
    assert.deepEqual(asked, ['Paris', 'Paris']);
    assert.equal(await p.posts(), 4);
  });

  test('a schema is followed, plain and streamed', async () => {
    const { openai } = await client();
    const ask = { model, messages: [{ role: 'user', content: 'Describe Paris.' }], response_format: zodResponseFormat(city, 'city') };
    const parsed = await openai.chat.completions.parse(ask);
    city.parse(parsed.choices[0].message.parsed);
    const streamed = await openai.chat.completions.stream(ask).finalChatCompletion();
    city.parse(streamed.choices[0].message.parsed);
    const object = await openai.chat.completions.create({ model, messages: [{ role: 'user', content: 'Answer in JSON.' }], response_format: { type: 'json_object' } });
    assert.equal(typeof JSON.parse(object.choices[0].message.content), 'object');
  });

  test('the token limit and stop words are kept', async () => {
    const { openai } = await client();
    const cut = await openai.chat.completions.create({ model, messages, max_completion_tokens: 3 });
    assert.equal(cut.choices[0].finish_reason, 'length');
    assert.equal(cut.usage.completion_tokens, 3);
    const stopped = await openai.chat.completions.create({ model, messages, stop: 'simulated' });
    assert.match(stopped.choices[0].message.content, /^Hello! I am a $/);
    const error = await rejection(openai.chat.completions.parse({ model, messages, max_tokens: 2, response_format: zodResponseFormat(city, 'city') }));
    assert.match(error.message, /length limit/);
  });

  test('what is missing or not offered is refused', async () => {
    const { p, openai } = await client();
    const refused = async (body, Class, says) => {
      const error = await rejection(openai.chat.completions.create(body));
      assert.ok(error instanceof Class, error.message);
      assert.match(error.message, says);
    };
    await refused({ messages }, OpenAI.BadRequestError, /model/);
    await refused({ model }, OpenAI.BadRequestError, /messages/);
    await refused({ model, messages, n: 2 }, OpenAI.BadRequestError, /\bn\b/);
    await refused({ model, messages: [{ role: 'wizard', content: 'x' }] }, OpenAI.BadRequestError, /role/);
    await refused({ model, messages, tool_choice: 'required' }, OpenAI.BadRequestError, /tools/);
    const nobody = await fetch(`${p.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ model, messages }) });
    assert.equal(nobody.status, 401);
    assert.match((await nobody.json()).error.message, /API key/);
    const unknown = await fetch(`${p.url}/v1/flights`, { method: 'POST', headers: { Authorization: 'Bearer k' } });
    assert.deepEqual([unknown.status, (await unknown.json()).error.type], [404, 'invalid_request_error']);
  });

  test('the list of models', async () => {
    const { openai } = await client();
    const models = await all(openai.models.list());
    assert.ok(models.some((m) => m.id === model) && models.every((m) => m.object === 'model' && m.created > 0 && m.owned_by));
    assert.equal((await openai.models.retrieve(model)).id, model);
    assert.ok(await rejection(openai.models.retrieve('gone')) instanceof OpenAI.NotFoundError);
    const faulty = await client('overloaded');
    assert.ok(await rejection(all(faulty.openai.models.list())) instanceof OpenAI.InternalServerError);
  });
});

suite('openai: faults', { concurrency: 4 }, () => {
  for (const [fault, Class, status, code] of [
    ['rate_limit', OpenAI.RateLimitError, 429, 'rate_limit_exceeded'], ['rate_limit_no_hint', OpenAI.RateLimitError, 429, 'rate_limit_exceeded'],
    ['quota_exhausted', OpenAI.RateLimitError, 429, 'insufficient_quota'], ['overloaded', OpenAI.InternalServerError, 503, 'server_is_overloaded'],
    ['server_error', OpenAI.InternalServerError, 500, null], ['wrong_key', OpenAI.AuthenticationError, 401, 'invalid_api_key'],
    ['model_missing', OpenAI.NotFoundError, 404, 'model_not_found'], ['context_length', OpenAI.BadRequestError, 400, 'context_length_exceeded'],
    ['content_filter', OpenAI.BadRequestError, 400, 'misalignment_policy_violation'], ['unavailable_hint', OpenAI.InternalServerError, 503, 'server_is_overloaded'],
    ['overloaded_hint', OpenAI.InternalServerError, 529, 'server_is_overloaded'], ['html_page', OpenAI.InternalServerError, 502, undefined]]) {
    test(fault, async () => {
      for (const stream of [false, true]) {
        const { openai } = await client(fault);
        const error = await rejection(openai.chat.completions.create({ model, messages, stream }));
        assert.ok(error instanceof Class, `${error.constructor.name} ${error.message}`);
        assert.equal(error.status, status);
        if (code !== undefined)
          assert.equal(error.code ?? null, code);
        assert.match(error.requestID ?? '', code === undefined ? /^$/ : /^req_/);
        if (fault === 'rate_limit') {
          assert.equal(error.headers.get('retry-after'), '2');
          assert.equal(error.headers.get('x-ratelimit-remaining-requests'), '0');
          assert.equal(error.headers.get('x-ratelimit-reset-requests'), '2s');
        }
      }
    });
  }
  for (const fault of ['outage', 'reset']) {
    test(fault, async () => {
      const { openai } = await client(fault);
      assert.ok(await rejection(openai.chat.completions.create({ model, messages })) instanceof OpenAI.APIConnectionError);
    });
  }
  test('silence ends in the client\'s own time limit', async () => {
    const { openai } = await client('silence');
    assert.ok(await rejection(openai.chat.completions.create({ model, messages }, { timeout: 300 })) instanceof OpenAI.APIConnectionTimeoutError);
  });
  for (const fault of ['cut_stream', 'error_after_words', 'error_in_stream', 'malformed_chunk']) {
    test(`${fault} reaches who reads the stream`, async () => {
      const { openai } = await client(fault);
      const error = await rejection(all(openai.chat.completions.create({ model, messages, stream: true })));
      if (fault.startsWith('error'))
        assert.equal(error.code, 'server_is_overloaded');
      else
        assert.ok(error instanceof Error);
    });
  }
  test('a clean cut is a cut for the stream helper', async () => {
    const { openai } = await client('clean_cut');
    await rejection(openai.chat.completions.stream({ model, messages }).finalChatCompletion());
  });
  test('finish reasons', async () => {
    const ended = async (fault) => (await (await client(fault)).openai.chat.completions.stream({ model, messages }).finalChatCompletion()).choices[0];
    assert.equal((await ended('length')).finish_reason, 'length');
    assert.equal((await ended('tool_call')).finish_reason, 'tool_calls');
    assert.match((await ended('finish_everywhere')).message.content, /Hello/);
    assert.match((await ended('slow_drip')).message.content, /Hello/);
    assert.match((await ended('gzip')).message.content, /Hello/);
    assert.match((await ended('redirect')).message.content, /Hello/);
  });
  test('the client waits out a limit of one request', async () => {
    const { p } = await client('rate_limit', { count: 1 });
    const openai = new OpenAI({ apiKey: 'sk-test', baseURL: `${p.url}/v1`, maxRetries: 1 });
    const begun = Date.now();
    await openai.chat.completions.create({ model, messages });
    assert.ok(Date.now() - begun >= 2000);
    assert.equal(await p.posts(), 2);
    assert.deepEqual((await p.requests()).map((r) => [r.status, r.fault]), [[429, 'rate_limit'], [200, 'none']]);
  });
});

suite('openai: responses', { concurrency: 4 }, () => {
  test('plain and streamed', async () => {
    const { openai } = await client();
    const plain = await openai.responses.create({ model, input: 'Say hello.' });
    assert.match(plain.output_text, /Hello/);
    assert.equal(plain.status, 'completed');
    assert.match(plain.id, /^resp_\w{10,}$/);
    const stream = openai.responses.stream({ model, input: messages });
    let text = '';
    stream.on('response.output_text.delta', (e) => { text += e.delta; });
    const final = await stream.finalResponse();
    assert.equal(final.output_text, text);
    assert.match(text, /Hello/);
    assert.ok(final.usage.output_tokens > 0);
  });
  test('a tool, its result, and a schema', async () => {
    const { openai } = await client();
    const tools = [{ type: 'function', name: 'get_weather', parameters: weatherSchema, strict: true }];
    const input = [{ role: 'user', content: 'What is the weather in Paris?' }];
    const first = await openai.responses.create({ model, input, tools });
    const call = first.output.find((o) => o.type === 'function_call');
    assert.equal(JSON.parse(call.arguments).city, 'Paris');
    const second = await openai.responses.create({ model, tools, input: [...input, call, { type: 'function_call_output', call_id: call.call_id, output: '17 degrees' }] });
    assert.match(second.output_text, /17 degrees/);
    const parsed = await openai.responses.parse({ model, input: 'Describe Paris.', text: { format: zodTextFormat(city, 'city') } });
    city.parse(parsed.output_parsed);
  });
  test('an image, the token limit, an error', async () => {
    const { openai } = await client();
    const seen = await openai.responses.create({ model, input: [{ role: 'user', content: [{ type: 'input_text', text: 'What is this?' }, { type: 'input_image', image_url: `data:image/png;base64,${png}` }] }] });
    assert.match(seen.output_text, /image/);
    const cut = await openai.responses.create({ model, input: 'Say hello.', max_output_tokens: 16 });
    assert.equal(cut.status, 'incomplete');
    assert.equal(cut.incomplete_details.reason, 'max_output_tokens');
    const { openai: limited } = await client('rate_limit');
    assert.ok(await rejection(limited.responses.create({ model, input: 'x' })) instanceof OpenAI.RateLimitError);
  });
});
