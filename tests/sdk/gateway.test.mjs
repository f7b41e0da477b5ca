// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// The official SDKs through the gateway, each to a provider that speaks its own protocol.
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { FunctionCallingConfigMode } from '@google/genai';
import { HTTPClient, Mistral } from '@mistralai/mistralai';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { clients, eventually, gateway, simulated, within, wires } from './gateway.mjs';
import { all, png, rejection, weatherSchema } from './sandbox.mjs';

const city = z.object({ name: z.string(), population: z.number().int(), tags: z.array(z.string()) });
const weather = 'What is the weather in Paris?';
const model = Object.fromEntries(Object.entries(wires).map(([wire, { model: name }]) => [wire, name]));
const hello = [{ role: 'user', content: 'Say hello.' }];

/** All four vendors behind one gateway. */
async function vendors(more) {
  const providers = {};
  for (const wire of ['openai', 'anthropic', 'google_ai', 'mistral'])
    providers[wire] = await simulated(wire, undefined, more);
  const g = await gateway(Object.values(providers).map((p) => p.entry));
  const c = clients(g);
  return { g, providers, openai: c.openai, anthropic: c.anthropic, google: c.google, mistral: c.mistral };
}
const shared = await vendors();

suite('gateway: openai chat completions', { concurrency: 4 }, () => {
  const { openai, g, providers } = shared;
  const tool = { type: 'function', function: { name: 'get_weather', description: 'The weather of a city.', parameters: weatherSchema } };

  test('plain, with the provider\'s headers and ours', async () => {
    const { data, response, request_id } = await openai.chat.completions.create({ model: model.openai, messages: hello }).withResponse();
    assert.match(data.choices[0].message.content, /Hello/);
    assert.deepEqual([data.model, data.choices[0].finish_reason], [model.openai, 'stop']);
    assert.match(data.id, /^chatcmpl-\w{20,}$/);
    assert.match(request_id, /^req_/);
    assert.ok(Number(response.headers.get('x-ratelimit-remaining-requests')) > 0);
    assert.equal(response.headers.get('x-retryscope-provider'), providers.openai.id);
    assert.equal(response.headers.get('x-retryscope-attempts'), '1');
    assert.ok(Number(response.headers.get('x-retryscope-call')) > 0);
    assert.equal(response.headers.get('x-retryscope-translated'), null);
    assert.equal(response.headers.get('x-retryscope-dropped'), null);
  });
  test('streams and the stream helper', async () => {
    const chunks = await all(openai.chat.completions.create({ model: model.openai, messages: hello, stream: true }));
    assert.equal(new Set(chunks.map((c) => c.id)).size, 1);
    assert.ok(chunks.every((c) => c.usage === undefined) && chunks.length > 3);
    assert.deepEqual(chunks.map((c) => c.choices[0].finish_reason).filter(Boolean), ['stop']);
    const stream = openai.chat.completions.stream({ model: model.openai, messages: hello, stream_options: { include_usage: true } });
    let text = '';
    stream.on('content', (delta) => { text += delta; });
    const final = await stream.finalChatCompletion();
    assert.equal(final.choices[0].message.content, text);
    assert.match(text, /Hello/);
    assert.ok(final.usage.completion_tokens > 0);
  });
  test('a tool is run in several turns', async () => {
    const asked = [];
    for (const stream of [false, true]) {
      const runner = openai.chat.completions.runTools({ model: model.openai, stream, messages: [{ role: 'user', content: weather }],
        tools: [{ type: 'function', function: { ...tool.function, parse: JSON.parse, function: (args) => { asked.push(args.city); return '17 degrees and rain'; } } }] });
      assert.match(await runner.finalContent(), /17 degrees/);
    }
    assert.deepEqual(asked, ['Paris', 'Paris']);
  });
  test('images, schemas, limits and stops', async () => {
    const seen = await openai.chat.completions.create({ model: model.openai, messages: [{ role: 'user', content: [
      { type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }] }] });
    assert.match(seen.choices[0].message.content, /image/);
    const ask = { model: model.openai, messages: [{ role: 'user', content: 'Describe Paris.' }], response_format: zodResponseFormat(city, 'city') };
    city.parse((await openai.chat.completions.parse(ask)).choices[0].message.parsed);
    city.parse((await openai.chat.completions.stream(ask).finalChatCompletion()).choices[0].message.parsed);
    const cut = await openai.chat.completions.create({ model: model.openai, messages: hello, max_completion_tokens: 3 });
    assert.deepEqual([cut.choices[0].finish_reason, cut.usage.completion_tokens], ['length', 3]);
    const stopped = await openai.chat.completions.create({ model: model.openai, messages: hello, stop: 'simulated' });
    assert.match(stopped.choices[0].message.content, /^Hello! I am a $/);
  });
  test('what the provider refuses is told as it told it', async () => {
    const error = await rejection(openai.chat.completions.create({ model: model.openai, messages: [{ role: 'wizard', content: 'x' }] }));
    assert.ok(error instanceof openai.constructor.BadRequestError, error.message);
    assert.match(error.message, /role/);
    assert.match(error.requestID, /^req_/);
    assert.equal(error.headers.get('x-retryscope-reason'), 'invalid_request');
    assert.equal(error.headers.get('x-retryscope-attempts'), '1');
  });
  test('the list of models', async () => {
    const models = await all(openai.models.list());
    for (const name of ['openai', 'anthropic', 'google_ai', 'mistral'].flatMap((w) => [model[w], providers[w].id]))
      assert.ok(models.some((m) => m.id === name && m.object === 'model' && m.created > 0 && m.owned_by), name);
    for (const name of [model.openai, model.anthropic, providers.mistral.id])
      assert.equal((await openai.models.retrieve(name)).id, name);
    assert.ok(await rejection(openai.models.retrieve('gone')) instanceof openai.constructor.NotFoundError);
  });
  test('the address without a version, and with the wire\'s name', async () => {
    for (const path of ['/chat/completions', '/openai/chat/completions', '/openai/v1/chat/completions', '/v1/chat/completions']) {
      const response = await g.fetch(path, { method: 'POST', body: JSON.stringify({ model: model.openai, messages: hello }) });
      assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`);
      assert.match((await response.json()).choices[0].message.content, /Hello/);
    }
  });
});

suite('gateway: openai responses', { concurrency: 4 }, () => {
  const { openai } = shared;
  test('plain and streamed', async () => {
    const { data: plain, response } = await openai.responses.create({ model: model.openai, input: 'Say hello.' }).withResponse();
    assert.match(plain.output_text, /Hello/);
    assert.match(plain.id, /^resp_\w{10,}$/);
    assert.equal(response.headers.get('x-retryscope-translated'), null);
    const stream = openai.responses.stream({ model: model.openai, input: hello });
    let text = '';
    stream.on('response.output_text.delta', (e) => { text += e.delta; });
    const final = await stream.finalResponse();
    assert.equal(final.output_text, text);
    assert.match(text, /Hello/);
    assert.ok(final.usage.output_tokens > 0);
  });
  test('a tool, its result, a schema, an image, a limit', async () => {
    const tools = [{ type: 'function', name: 'get_weather', parameters: weatherSchema, strict: true }];
    const input = [{ role: 'user', content: weather }];
    const first = await openai.responses.create({ model: model.openai, input, tools });
    const call = first.output.find((o) => o.type === 'function_call');
    assert.equal(JSON.parse(call.arguments).city, 'Paris');
    const second = await openai.responses.create({ model: model.openai, tools, input: [...input, call, { type: 'function_call_output', call_id: call.call_id, output: '17 degrees' }] });
    assert.match(second.output_text, /17 degrees/);
    city.parse((await openai.responses.parse({ model: model.openai, input: 'Describe Paris.', text: { format: zodTextFormat(city, 'city') } })).output_parsed);
    const seen = await openai.responses.create({ model: model.openai, input: [{ role: 'user', content: [{ type: 'input_text', text: 'What is this?' }, { type: 'input_image', image_url: `data:image/png;base64,${png}` }] }] });
    assert.match(seen.output_text, /image/);
    const cut = await openai.responses.create({ model: model.openai, input: 'Say hello.', max_output_tokens: 16 });
    assert.deepEqual([cut.status, cut.incomplete_details.reason], ['incomplete', 'max_output_tokens']);
  });
});

suite('gateway: anthropic', { concurrency: 4 }, () => {
  const { anthropic, providers } = shared;
  const ask = { model: model.anthropic, max_tokens: 500, messages: hello };
  const tool = { name: 'get_weather', description: 'The weather of a city.', input_schema: weatherSchema };

  test('plain, with the provider\'s headers and ours', async () => {
    const { data, response, request_id } = await anthropic.messages.create(ask).withResponse();
    assert.match(data.content[0].text, /Hello/);
    assert.deepEqual([data.type, data.role, data.stop_reason], ['message', 'assistant', 'end_turn']);
    assert.match(data.id, /^msg_\w{20,}$/);
    assert.match(request_id, /^req_/);
    assert.ok(response.headers.get('anthropic-organization-id'));
    assert.equal(response.headers.get('x-retryscope-provider'), providers.anthropic.id);
  });
  test('streams and the stream helper', async () => {
    const events = (await all(anthropic.messages.create({ ...ask, stream: true }))).map((e) => e.type).filter((t) => t !== 'content_block_delta' && t !== 'ping');
    assert.deepEqual(events, ['message_start', 'content_block_start', 'content_block_stop', 'message_delta', 'message_stop']);
    const stream = anthropic.messages.stream(ask);
    let text = '';
    stream.on('text', (delta) => { text += delta; });
    const final = await stream.finalMessage();
    assert.equal(final.content[0].text, text);
    assert.match(text, /Hello/);
    assert.ok(final.usage.input_tokens > 0 && final.usage.output_tokens > 1);
  });
  test('a tool is run in several turns', async () => {
    const asked = [];
    const run = betaTool({ name: 'get_weather', description: 'The weather of a city.', inputSchema: weatherSchema, run: (input) => { asked.push(input.city); return '17 degrees and rain'; } });
    for (const stream of [false, true]) {
      const final = await anthropic.beta.messages.toolRunner({ ...ask, stream, tools: [run], messages: [{ role: 'user', content: weather }] }).runUntilDone();
      assert.match(final.content.at(-1).text, /17 degrees/);
    }
    assert.deepEqual(asked, ['Paris', 'Paris']);
    const forced = await anthropic.messages.stream({ ...ask, tools: [tool], tool_choice: { type: 'any' } }).finalMessage();
    assert.equal(forced.stop_reason, 'tool_use');
  });
  test('images, schemas, limits and stops', async () => {
    const seen = await anthropic.messages.create({ ...ask, messages: [{ role: 'user', content: [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }, { type: 'text', text: 'What is this?' }] }] });
    assert.match(seen.content[0].text, /image/);
    city.parse((await anthropic.messages.parse({ ...ask, messages: [{ role: 'user', content: 'Describe Paris.' }], output_config: { format: zodOutputFormat(city) } })).parsed_output);
    const cut = await anthropic.messages.create({ ...ask, max_tokens: 3 });
    assert.deepEqual([cut.stop_reason, cut.usage.output_tokens], ['max_tokens', 3]);
    const stopped = await anthropic.messages.create({ ...ask, stop_sequences: ['simulated'] });
    assert.deepEqual([stopped.stop_reason, stopped.stop_sequence], ['stop_sequence', 'simulated']);
  });
  test('models, tokens, and what is refused', async () => {
    const models = await all(anthropic.models.list());
    assert.ok(models.some((m) => m.id === ask.model) && models.every((m) => m.type === 'model' && m.display_name && !Number.isNaN(Date.parse(m.created_at))));
    assert.equal((await anthropic.models.retrieve(ask.model)).id, ask.model);
    const { max_tokens, ...counted } = ask;
    assert.ok((await anthropic.messages.countTokens(counted)).input_tokens > 0);
    const error = await rejection(anthropic.messages.create({ ...ask, max_tokens: undefined }));
    assert.ok(error instanceof anthropic.constructor.BadRequestError, error.message);
    assert.equal(error.error.error.type, 'invalid_request_error');
    assert.match(error.message, /max_tokens/);
  });
});

suite('gateway: google', { concurrency: 4 }, () => {
  const { google, g } = shared;
  const ask = { model: model.google_ai, contents: 'Say hello.' };
  const tools = [{ functionDeclarations: [{ name: 'get_weather', description: 'The weather of a city.', parametersJsonSchema: weatherSchema }] }];

  test('plain and streamed', async () => {
    const answer = await google.models.generateContent(ask);
    assert.match(answer.text, /Hello/);
    assert.deepEqual([answer.candidates[0].finishReason, answer.modelVersion], ['STOP', ask.model]);
    assert.ok(answer.usageMetadata.totalTokenCount > 0);
    assert.ok(Number(answer.sdkHttpResponse.headers['x-retryscope-call']) > 0);
    const chunks = await all(google.models.generateContentStream(ask));
    assert.ok(chunks.length > 2);
    assert.match(chunks.map((c) => c.text ?? '').join(''), /Hello! I am a simulated model/);
    assert.deepEqual(chunks.map((c) => c.candidates[0].finishReason).filter(Boolean), ['STOP']);
  });
  test('a chat in several turns, with functions', async () => {
    const chat = google.chats.create({ model: ask.model, config: { tools, systemInstruction: 'Be brief.' } });
    const first = await chat.sendMessage({ message: weather });
    assert.equal(first.functionCalls[0].args.city, 'Paris');
    const second = await chat.sendMessage({ message: [{ functionResponse: { name: 'get_weather', response: { output: '17 degrees' } } }] });
    assert.match(second.text, /17 degrees/);
    const streamed = await all(chat.sendMessageStream({ message: 'Explain a circuit breaker.' }));
    assert.match(streamed.map((c) => c.text ?? '').join(''), /circuit/);
    const forced = await google.models.generateContent({ ...ask, config: { tools, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } } });
    assert.equal(forced.functionCalls[0].name, 'get_weather');
  });
  test('images, schemas, limits', async () => {
    const seen = await google.models.generateContent({ model: ask.model, contents: [{ role: 'user', parts: [{ text: 'What is this?' }, { inlineData: { mimeType: 'image/png', data: png } }] }] });
    assert.match(seen.text, /image/);
    const parsed = await google.models.generateContent({ model: ask.model, contents: 'Describe Paris.', config: { responseMimeType: 'application/json', responseJsonSchema: z.toJSONSchema(city) } });
    city.parse(JSON.parse(parsed.text));
    const cut = await google.models.generateContent({ ...ask, config: { maxOutputTokens: 3 } });
    assert.deepEqual([cut.candidates[0].finishReason, cut.usageMetadata.candidatesTokenCount], ['MAX_TOKENS', 3]);
  });
  test('models, tokens, and what is refused', async () => {
    const models = await all(google.models.list());
    assert.ok(models.some((m) => m.name === `models/${ask.model}`));
    assert.equal((await google.models.get({ model: ask.model })).name, `models/${ask.model}`);
    assert.ok((await google.models.countTokens(ask)).totalTokens > 0);
    const error = await rejection(google.models.generateContent({ ...ask, config: { candidateCount: 2 } }));
    assert.equal(error.status, 400);
    assert.match(error.message, /candidate/i);
  });
  test('the array that a stream without alt=sse is, and the key in the address', async () => {
    const response = await fetch(`${g.url}/v1beta/models/${ask.model}:streamGenerateContent?key=${g.token}`, { method: 'POST', body: JSON.stringify({ contents: [{ parts: [{ text: 'Say hello.' }] }] }) });
    assert.equal(response.status, 200, await response.clone().text());
    const text = await response.text();
    const elements = JSON.parse(text);
    assert.match(elements.map((e) => e.candidates[0].content?.parts?.[0]?.text ?? '').join(''), /Hello/);
    assert.equal(elements.at(-1).candidates[0].finishReason, 'STOP');
  });
});

suite('gateway: mistral', { concurrency: 4 }, () => {
  const { mistral, g, providers } = shared;
  const ask = { model: model.mistral, messages: hello };
  const tools = [{ type: 'function', function: { name: 'get_weather', description: 'The weather of a city.', parameters: weatherSchema } }];
  const textOf = (events) => events.map((e) => e.data.choices[0]?.delta.content ?? '').join('');

  test('plain and streamed', async () => {
    const answer = await mistral.chat.complete(ask);
    assert.match(answer.choices[0].message.content, /Hello/);
    assert.match(answer.id, /^[0-9a-f]{32}$/);
    const events = await all(mistral.chat.stream(ask));
    assert.match(textOf(events), /Hello! I am a simulated model/);
    assert.equal(events.at(-1).data.choices[0].finishReason, 'stop');
    assert.ok(events.at(-1).data.usage.completionTokens > 0);
  });
  test('tools in several turns', async () => {
    const messages = [{ role: 'user', content: weather }];
    const streamed = await all(mistral.chat.stream({ ...ask, messages, tools }));
    const call = streamed.flatMap((e) => e.data.choices[0]?.delta.toolCalls ?? [])[0];
    assert.equal(JSON.parse(call.function.arguments).city, 'Paris');
    const second = await mistral.chat.complete({ ...ask, tools, messages: [...messages, { role: 'assistant', content: '', toolCalls: [call] },
      { role: 'tool', name: 'get_weather', toolCallId: call.id, content: '17 degrees' }] });
    assert.match(second.choices[0].message.content, /17 degrees/);
  });
  test('images, schemas, limits, and what is refused', async () => {
    const seen = await mistral.chat.complete({ ...ask, messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, { type: 'image_url', imageUrl: `data:image/png;base64,${png}` }] }] });
    assert.match(seen.choices[0].message.content, /image/);
    city.parse((await mistral.chat.parse({ ...ask, messages: [{ role: 'user', content: 'Describe Paris.' }], responseFormat: city })).choices[0].message.parsed);
    const cut = await mistral.chat.complete({ ...ask, maxTokens: 3 });
    assert.deepEqual([cut.choices[0].finishReason, cut.usage.completionTokens], ['length', 3]);
    assert.equal((await rejection(mistral.chat.complete({ ...ask, n: 2 }))).statusCode, 400);
  });
  test('the list of models', async () => {
    const { data } = await mistral.models.list();
    assert.ok(data.some((m) => m.id === ask.model));
  });
  test('its client is known by its name, too', async () => {
    const httpClient = new HTTPClient();
    const seen = [];
    httpClient.addHook('response', (response) => { seen.push(response.headers.get('x-retryscope-translated'), response.headers.get('x-retryscope-provider')); });
    const plain = new Mistral({ apiKey: g.token, serverURL: g.url, httpClient });
    assert.match((await plain.chat.complete(ask)).choices[0].message.content, /Hello/);
    assert.deepEqual(seen, [null, providers.mistral.id]);
  });
});

suite('gateway: several at once, and those who leave', { concurrency: 3 }, () => {
  test('fifty streams of four vendors at once', async () => {
    const { openai, anthropic, google, mistral } = shared;
    const streams = [
      async () => (await openai.chat.completions.stream({ model: model.openai, messages: hello }).finalChatCompletion()).choices[0].message.content,
      async () => (await anthropic.messages.stream({ model: model.anthropic, max_tokens: 99, messages: hello }).finalMessage()).content[0].text,
      async () => (await all(google.models.generateContentStream({ model: model.google_ai, contents: 'Say hello.' }))).map((c) => c.text ?? '').join(''),
      async () => (await all(mistral.chat.stream({ model: model.mistral, messages: hello }))).map((e) => e.data.choices[0]?.delta.content ?? '').join(''),
    ];
    const texts = await within(20_000, Promise.all(Array.from({ length: 52 }, (_, i) => streams[i % 4]())));
    for (const text of texts)
      assert.match(text, /^Hello! I am a simulated model/);
  });

  const leaving = {
    openai: async (c, signal) => { for await (const chunk of await c.openai.chat.completions.create({ model: model.openai, messages: hello, stream: true }, { signal })) if (chunk.choices[0].delta.content) return; },
    openai_responses: async (c, signal) => { for await (const e of await c.openai.responses.create({ model: model.openai, input: hello, stream: true }, { signal })) if (e.type === 'response.output_text.delta') return; },
    anthropic: async (c, signal) => { for await (const e of await c.anthropic.messages.create({ model: model.anthropic, max_tokens: 99, messages: hello, stream: true }, { signal })) if (e.type === 'content_block_delta') return; },
    google_ai: async (c, signal) => { for await (const chunk of await c.google.models.generateContentStream({ model: model.google_ai, contents: 'Say hello.', config: { abortSignal: signal } })) if (chunk.text) return; },
    mistral: async (c, signal) => { for await (const e of await c.mistral.chat.stream({ model: model.mistral, messages: hello }, { fetchOptions: { signal } })) if (e.data.choices[0].delta.content) return; },
  };
  for (const [wire, read] of Object.entries(leaving)) {
    test(`${wire}: who leaves in mid-stream stops the provider, and is no failure`, async () => {
      const p = await simulated(wire, 'slow_drip');
      const g = await gateway([p.entry]);
      const c = clients(g);
      const leave = new AbortController();
      await within(8000, read(c, leave.signal));
      leave.abort();
      await eventually(async () => /left/.test(JSON.stringify((await p.requests()).at(-1))), 4000, `the provider sees it leave: ${JSON.stringify((await p.requests()).at(-1))}`);
      assert.equal(await p.posts(), 1);
      await eventually(async () => (await g.get('/retryscope/status')).requests === 0);
      const status = await g.get('/retryscope/status');
      assert.equal(status.providers[0].error_share, 0);
      assert.equal(status.calls.in_flight, 0);
      assert.match(await (await g.fetch('/metrics')).text(), /retryscope_calls_total\{outcome="cancelled",simulated="false"\} 1/);
      await g.stop();
    });
  }
  test('who leaves while nothing has come yet stops the provider too', async () => {
    const p = await simulated('openai', 'silence');
    const g = await gateway([p.entry], { retry: { first_token_timeout_s: 30, attempt_timeout_s: 30, deadline_s: 60 } });
    const error = await rejection(clients(g, {}, { timeout: 300 }).openai.chat.completions.create({ model: model.openai, messages: hello }));
    assert.match(error.constructor.name, /Timeout/);
    await eventually(async () => /left/.test(JSON.stringify((await p.requests()).at(-1))));
    assert.equal(await p.posts(), 1);
    await g.stop();
  });
});
