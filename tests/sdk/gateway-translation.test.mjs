// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// Across protocols: every SDK to every provider that speaks another one.
import { FunctionCallingConfigMode } from '@google/genai';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { clients, entry, gateway, recorder, simulated, within, wires } from './gateway.mjs';
import { all, png, rejection, weatherSchema } from './sandbox.mjs';

const city = z.object({ name: z.string(), population: z.number().int(), tags: z.array(z.string()) });
const weather = 'What is the weather in Paris?', hello = 'Say hello.', described = 'Describe Paris.', pictured = 'What is this?', brief = 'Be brief.';
const user = (content) => [{ role: 'user', content }];
const model = Object.fromEntries(Object.entries(wires).map(([wire, { model: name }]) => [wire, name]));
const description = 'The weather of a city.';
const chatTool = { type: 'function', function: { name: 'get_weather', description, parameters: weatherSchema } };
const responseTool = { type: 'function', name: 'get_weather', description, parameters: weatherSchema, strict: false };
const anthropicTool = { name: 'get_weather', description, input_schema: weatherSchema };
const googleTools = [{ functionDeclarations: [{ name: 'get_weather', description, parametersJsonSchema: weatherSchema }] }];
const checkArgs = (args) => assert.ok(args.city === 'Paris' && ['celsius', 'fahrenheit'].includes(args.unit), JSON.stringify(args));
const used = (input, output) => assert.ok(input > 0 && output > 0, `${input} in, ${output} out`);

/** What a program does with each SDK, checked in its own words. Each gives [the model that answered] or nothing. */
const programs = {
  openai: {
    plain: async ({ openai }) => {
      const a = await openai.chat.completions.create({ model: model.openai, messages: [{ role: 'system', content: brief }, ...user(hello)], temperature: 0.5, top_p: 0.9 });
      assert.match(a.choices[0].message.content, /^Hello! I am a simulated model/);
      assert.deepEqual([a.object, a.choices.length, a.choices[0].finish_reason, a.choices[0].message.role, a.choices[0].message.refusal ?? null], ['chat.completion', 1, 'stop', 'assistant', null]);
      assert.match(a.id, /^chatcmpl-\w{20,}$/);
      assert.ok(Math.abs(a.created - Date.now() / 1000) < 60);
      used(a.usage.prompt_tokens, a.usage.completion_tokens);
      assert.equal(a.usage.total_tokens, a.usage.prompt_tokens + a.usage.completion_tokens);
      return a.model;
    },
    streamed: async ({ openai }) => {
      const chunks = await all(openai.chat.completions.create({ model: model.openai, messages: user(hello), stream: true }));
      assert.ok(chunks.length > 3 && new Set(chunks.map((c) => c.id)).size === 1 && chunks.every((c) => c.object === 'chat.completion.chunk' && c.usage == null));
      assert.equal(chunks[0].choices[0].delta.role, 'assistant');
      assert.deepEqual(chunks.map((c) => c.choices[0].finish_reason).filter(Boolean), ['stop']);
      const final = await openai.chat.completions.stream({ model: model.openai, messages: user(hello), stream_options: { include_usage: true } }).finalChatCompletion();
      assert.match(final.choices[0].message.content, /^Hello! I am a simulated model/);
      used(final.usage.prompt_tokens, final.usage.completion_tokens);
      return final.model;
    },
    tools: async ({ openai }) => {
      const asked = [];
      for (const stream of [false, true]) {
        const runner = openai.chat.completions.runTools({ model: model.openai, stream, messages: user(weather), tools: [{ type: 'function', function: { ...chatTool.function, parse: JSON.parse, function: (args) => { checkArgs(args); asked.push(args.city); return '17 degrees and rain'; } } }] });
        assert.match(await runner.finalContent(), /17 degrees/);
      }
      assert.deepEqual(asked, ['Paris', 'Paris']);
      for (const tool_choice of ['required', { type: 'function', function: { name: 'get_weather' } }]) {
        const { choices: [choice] } = await openai.chat.completions.create({ model: model.openai, messages: user(hello), tools: [chatTool], tool_choice });
        assert.deepEqual([choice.finish_reason, choice.message.tool_calls[0].type, choice.message.tool_calls[0].function.name], ['tool_calls', 'function', 'get_weather']);
      }
      const none = await openai.chat.completions.create({ model: model.openai, messages: user(weather), tools: [chatTool], tool_choice: 'none' });
      assert.ok(none.choices[0].message.content && !none.choices[0].message.tool_calls);
    },
    image: async ({ openai }) => {
      const a = await openai.chat.completions.create({ model: model.openai, messages: user([{ type: 'text', text: pictured }, { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }]) });
      assert.match(a.choices[0].message.content, /image/);
    },
    schema: async ({ openai }) => {
      const ask = { model: model.openai, messages: user(described), response_format: zodResponseFormat(city, 'city') };
      city.parse((await openai.chat.completions.parse(ask)).choices[0].message.parsed);
      city.parse((await openai.chat.completions.stream(ask).finalChatCompletion()).choices[0].message.parsed);
    },
    limits: async ({ openai }) => {
      const cut = await openai.chat.completions.create({ model: model.openai, messages: user(hello), max_completion_tokens: 3 });
      assert.deepEqual([cut.choices[0].finish_reason, cut.usage.completion_tokens], ['length', 3]);
      const stopped = await openai.chat.completions.create({ model: model.openai, messages: user(hello), stop: ['simulated'] });
      assert.equal(stopped.choices[0].message.content.trim(), 'Hello! I am a');
    },
    turns: async ({ openai }) => {
      const a = await openai.chat.completions.create({ model: model.openai, messages: [{ role: 'developer', content: brief }, ...user(hello), { role: 'assistant', content: 'Hello!' }, ...user([{ type: 'text', text: 'Tell me ' }, { type: 'text', text: 'about jitter.' }])] });
      assert.match(a.choices[0].message.content, /[Jj]itter/);
    },
  },
  openai_responses: {
    plain: async ({ openai }) => {
      const a = await openai.responses.create({ model: model.openai, instructions: brief, input: hello, temperature: 0.5, store: false });
      assert.match(a.output_text, /^Hello! I am a simulated model/);
      assert.deepEqual([a.object, a.status, a.error, a.incomplete_details], ['response', 'completed', null, null]);
      assert.match(a.id, /^resp_\w{10,}$/);
      used(a.usage.input_tokens, a.usage.output_tokens);
      return a.model;
    },
    streamed: async ({ openai }) => {
      const stream = openai.responses.stream({ model: model.openai, input: user(hello) });
      let text = '';
      stream.on('response.output_text.delta', (e) => { text += e.delta; });
      const final = await stream.finalResponse();
      assert.equal(final.output_text, text);
      assert.match(text, /^Hello! I am a simulated model/);
      used(final.usage.input_tokens, final.usage.output_tokens);
      const events = await all(openai.responses.create({ model: model.openai, input: hello, stream: true }));
      assert.deepEqual(events.map((e) => e.sequence_number), events.map((_, i) => i));
      assert.deepEqual([events[0].type, events.at(-1).type], ['response.created', 'response.completed']);
      return final.model;
    },
    tools: async ({ openai }) => {
      const input = user(weather);
      const first = await openai.responses.create({ model: model.openai, input, tools: [responseTool] });
      const call = first.output.find((o) => o.type === 'function_call');
      checkArgs(JSON.parse(call.arguments));
      const second = await openai.responses.create({ model: model.openai, tools: [responseTool], input: [...input, ...first.output, { type: 'function_call_output', call_id: call.call_id, output: '17 degrees' }] });
      assert.match(second.output_text, /17 degrees/);
      const streamed = await openai.responses.stream({ model: model.openai, input: hello, tools: [responseTool], tool_choice: 'required' }).finalResponse();
      assert.equal(streamed.output.find((o) => o.type === 'function_call').name, 'get_weather');
    },
    image: async ({ openai }) => {
      const a = await openai.responses.create({ model: model.openai, input: user([{ type: 'input_text', text: pictured }, { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${png}` }]) });
      assert.match(a.output_text, /image/);
    },
    schema: async ({ openai }) => {
      city.parse((await openai.responses.parse({ model: model.openai, input: described, text: { format: zodTextFormat(city, 'city') } })).output_parsed);
    },
    limits: async ({ openai }) => {
      const cut = await openai.responses.create({ model: model.openai, input: hello, max_output_tokens: 16 });
      assert.deepEqual([cut.status, cut.incomplete_details.reason], ['incomplete', 'max_output_tokens']);
      const streamed = await openai.responses.stream({ model: model.openai, input: hello, max_output_tokens: 16 }).finalResponse();
      assert.equal(streamed.status, 'incomplete');
    },
    turns: async ({ openai }) => {
      const a = await openai.responses.create({ model: model.openai, input: [{ role: 'developer', content: brief }, ...user(hello), { role: 'assistant', content: 'Hello!' }, ...user([{ type: 'input_text', text: 'Tell me about jitter.' }])] });
      assert.match(a.output_text, /[Jj]itter/);
    },
  },
  anthropic: {
    plain: async ({ anthropic }) => {
      const a = await anthropic.messages.create({ model: model.anthropic, max_tokens: 500, system: brief, messages: user(hello) });
      assert.match(a.content[0].text, /^Hello! I am a simulated model/);
      assert.deepEqual([a.type, a.role, a.stop_reason, a.stop_sequence, a.content.length], ['message', 'assistant', 'end_turn', null, 1]);
      assert.match(a.id, /^msg_\w{20,}$/);
      used(a.usage.input_tokens, a.usage.output_tokens);
      return a.model;
    },
    streamed: async ({ anthropic }) => {
      const ask = { model: model.anthropic, max_tokens: 500, messages: user(hello) };
      const events = (await all(anthropic.messages.create({ ...ask, stream: true }))).map((e) => e.type).filter((t) => t !== 'content_block_delta' && t !== 'ping');
      assert.deepEqual(events, ['message_start', 'content_block_start', 'content_block_stop', 'message_delta', 'message_stop']);
      const final = await anthropic.messages.stream(ask).finalMessage();
      assert.match(final.content[0].text, /^Hello! I am a simulated model/);
      assert.equal(final.stop_reason, 'end_turn');
      used(final.usage.input_tokens, final.usage.output_tokens);
      return final.model;
    },
    tools: async ({ anthropic }) => {
      const ask = { model: model.anthropic, max_tokens: 500, tools: [anthropicTool] };
      for (const stream of [false, true]) {
        const send = (messages, more) => (stream ? anthropic.messages.stream({ ...ask, messages, ...more }).finalMessage() : anthropic.messages.create({ ...ask, messages, ...more }));
        const first = await send(user(weather));
        const use = first.content.find((b) => b.type === 'tool_use');
        assert.equal(first.stop_reason, 'tool_use');
        assert.match(use.id, /^[\w-]+$/);
        checkArgs(use.input);
        const second = await send([...user(weather), { role: 'assistant', content: first.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: '17 degrees' }] }]);
        assert.match(second.content.at(-1).text, /17 degrees/);
        for (const tool_choice of [{ type: 'any' }, { type: 'tool', name: 'get_weather' }])
          assert.equal((await send(user(hello), { tool_choice })).stop_reason, 'tool_use');
      }
    },
    image: async ({ anthropic }) => {
      const a = await anthropic.messages.create({ model: model.anthropic, max_tokens: 500, messages: user([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }, { type: 'text', text: pictured }]) });
      assert.match(a.content[0].text, /image/);
    },
    schema: async ({ anthropic }) => {
      city.parse((await anthropic.messages.parse({ model: model.anthropic, max_tokens: 500, messages: user(described), output_config: { format: zodOutputFormat(city) } })).parsed_output);
    },
    limits: async ({ anthropic }) => {
      const cut = await anthropic.messages.create({ model: model.anthropic, max_tokens: 16, messages: user(hello) });
      assert.deepEqual([cut.stop_reason, cut.usage.output_tokens], ['max_tokens', 16]);
      assert.equal((await anthropic.messages.stream({ model: model.anthropic, max_tokens: 16, messages: user(hello) }).finalMessage()).stop_reason, 'max_tokens');
    },
    turns: async ({ anthropic }) => {
      const a = await anthropic.messages.create({ model: model.anthropic, max_tokens: 500, system: [{ type: 'text', text: brief }], messages: [...user(hello), { role: 'assistant', content: 'Hello!' }, ...user([{ type: 'text', text: 'Tell me about jitter.' }])] });
      assert.match(a.content[0].text, /[Jj]itter/);
    },
  },
  google_ai: {
    plain: async ({ google }) => {
      const a = await google.models.generateContent({ model: model.google_ai, contents: hello, config: { systemInstruction: brief, temperature: 0.5 } });
      assert.match(a.text, /^Hello! I am a simulated model/);
      assert.equal(a.candidates[0].finishReason, 'STOP');
      assert.ok(a.responseId);
      used(a.usageMetadata.promptTokenCount, a.usageMetadata.candidatesTokenCount);
      assert.equal(a.usageMetadata.totalTokenCount, a.usageMetadata.promptTokenCount + a.usageMetadata.candidatesTokenCount + (a.usageMetadata.thoughtsTokenCount ?? 0));
      return a.modelVersion;
    },
    streamed: async ({ google }) => {
      const chunks = await all(google.models.generateContentStream({ model: model.google_ai, contents: hello }));
      assert.match(chunks.map((c) => c.text ?? '').join(''), /^Hello! I am a simulated model/);
      assert.ok(chunks.length > 2);
      assert.deepEqual(chunks.map((c) => c.candidates?.[0].finishReason).filter(Boolean), ['STOP']);
      used(chunks.at(-1).usageMetadata.promptTokenCount, chunks.at(-1).usageMetadata.candidatesTokenCount);
      return chunks.at(-1).modelVersion;
    },
    tools: async ({ google }) => {
      const chat = google.chats.create({ model: model.google_ai, config: { tools: googleTools } });
      const first = await chat.sendMessage({ message: weather });
      checkArgs(first.functionCalls[0].args);
      const second = await chat.sendMessage({ message: [{ functionResponse: { id: first.functionCalls[0].id, name: 'get_weather', response: { output: '17 degrees' } } }] });
      assert.match(second.text, /17 degrees/);
      for (const functionCallingConfig of [{ mode: FunctionCallingConfigMode.ANY }, { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['get_weather'] }]) {
        const forced = await all(google.models.generateContentStream({ model: model.google_ai, contents: hello, config: { tools: googleTools, toolConfig: { functionCallingConfig } } }));
        assert.equal(forced.flatMap((c) => c.functionCalls ?? [])[0].name, 'get_weather');
      }
    },
    image: async ({ google }) => {
      const a = await google.models.generateContent({ model: model.google_ai, contents: [{ role: 'user', parts: [{ text: pictured }, { inlineData: { mimeType: 'image/png', data: png } }] }] });
      assert.match(a.text, /image/);
    },
    schema: async ({ google }) => {
      const a = await google.models.generateContent({ model: model.google_ai, contents: described, config: { responseMimeType: 'application/json', responseJsonSchema: z.toJSONSchema(city) } });
      city.parse(JSON.parse(a.text));
      const b = await google.models.generateContent({ model: model.google_ai, contents: described, config: { responseMimeType: 'application/json', responseSchema: { type: 'OBJECT', properties: { name: { type: 'STRING' }, size: { type: 'INTEGER' } }, required: ['name', 'size'] } } });
      assert.equal(typeof JSON.parse(b.text).name, 'string');
    },
    limits: async ({ google }) => {
      const cut = await google.models.generateContent({ model: model.google_ai, contents: hello, config: { maxOutputTokens: 16 } });
      assert.deepEqual([cut.candidates[0].finishReason, cut.usageMetadata.candidatesTokenCount], ['MAX_TOKENS', 16]);
    },
    turns: async ({ google }) => {
      const chat = google.chats.create({ model: model.google_ai, config: { systemInstruction: brief } });
      await chat.sendMessage({ message: hello });
      const streamed = await all(chat.sendMessageStream({ message: 'Tell me about jitter.' }));
      assert.match(streamed.map((c) => c.text ?? '').join(''), /[Jj]itter/);
    },
  },
  mistral: {
    plain: async ({ mistral }) => {
      const a = await mistral.chat.complete({ model: model.mistral, messages: [{ role: 'system', content: brief }, ...user(hello)], temperature: 0.5 });
      assert.match(a.choices[0].message.content, /^Hello! I am a simulated model/);
      assert.equal(a.choices[0].finishReason, 'stop');
      used(a.usage.promptTokens, a.usage.completionTokens);
      return a.model;
    },
    streamed: async ({ mistral }) => {
      const events = await all(mistral.chat.stream({ model: model.mistral, messages: user(hello) }));
      assert.match(events.map((e) => e.data.choices[0]?.delta.content ?? '').join(''), /^Hello! I am a simulated model/);
      assert.deepEqual(events.map((e) => e.data.choices[0]?.finishReason).filter(Boolean), ['stop']);
      used(events.at(-1).data.usage.promptTokens, events.at(-1).data.usage.completionTokens);
      return events.at(-1).data.model;
    },
    tools: async ({ mistral }) => {
      const ask = { model: model.mistral, tools: [chatTool] };
      const first = await mistral.chat.complete({ ...ask, messages: user(weather) });
      const [call] = first.choices[0].message.toolCalls;
      checkArgs(JSON.parse(call.function.arguments));
      const second = await mistral.chat.complete({ ...ask, messages: [...user(weather), { role: 'assistant', content: '', toolCalls: [call] }, { role: 'tool', name: 'get_weather', toolCallId: call.id, content: '17 degrees' }] });
      assert.match(second.choices[0].message.content, /17 degrees/);
      const streamed = await all(mistral.chat.stream({ ...ask, messages: user(hello), toolChoice: 'any' }));
      assert.equal(streamed.flatMap((e) => e.data.choices[0]?.delta.toolCalls ?? [])[0].function.name, 'get_weather');
    },
    image: async ({ mistral }) => {
      const a = await mistral.chat.complete({ model: model.mistral, messages: user([{ type: 'text', text: pictured }, { type: 'image_url', imageUrl: `data:image/png;base64,${png}` }]) });
      assert.match(a.choices[0].message.content, /image/);
    },
    schema: async ({ mistral }) => {
      city.parse((await mistral.chat.parse({ model: model.mistral, messages: user(described), responseFormat: city })).choices[0].message.parsed);
    },
    limits: async ({ mistral }) => {
      const cut = await mistral.chat.complete({ model: model.mistral, messages: user(hello), maxTokens: 16 });
      assert.deepEqual([cut.choices[0].finishReason, cut.usage.completionTokens], ['length', 16]);
    },
    turns: async ({ mistral }) => {
      const a = await mistral.chat.complete({ model: model.mistral, messages: [{ role: 'system', content: brief }, ...user(hello), { role: 'assistant', content: 'Hello!' }, ...user([{ type: 'text', text: 'Tell me about jitter.' }])] });
      assert.match(a.choices[0].message.content, /[Jj]itter/);
    },
  },
};

const vendor = (wire) => (wire === 'openai_responses' ? 'openai' : wire);
const targets = ['openai', 'openai_responses', 'openai_compatible', 'anthropic', 'google_ai', 'mistral'];
const foreign = (from, to) => vendor(from) !== vendor(to) && !(from === 'openai' && to === 'openai_compatible');
const dialects = Object.keys(programs);

suite('gateway: every SDK to every other protocol', { concurrency: 10 }, async () => {
  const providers = Object.fromEntries(await Promise.all(targets.map(async (wire) => [wire, await simulated(wire)])));
  const broken = Object.fromEntries(await Promise.all(dialects.map(async (wire) => [wire, await simulated(wire, 'server_error')])));
  const g = await gateway([...Object.values(providers), ...Object.values(broken)].map((p) => p.entry));

  for (const from of dialects) {
    for (const to of targets.filter((wire) => foreign(from, wire))) {
      test(`${from} to ${to}`, async () => {
        const c = clients(g, { 'x-retryscope-route': providers[to].id });
        for (const [what, program] of Object.entries(programs[from])) {
          const answered = await within(15_000, program(c), what).catch((error) => { error.message = `${what}: ${error.message}`; throw error; });
          if (answered !== undefined)
            assert.equal(answered, model[to], `${what} names another model than the one that answered`);
        }
      });
      test(`${from} fails over to ${to}`, async () => {
        const c = clients(g, { 'x-retryscope-route': `${broken[from].id},${providers[to].id}` });
        for (const what of ['plain', 'streamed', 'tools'])
          await within(15_000, programs[from][what](c), what).catch((error) => { error.message = `${what}: ${error.message}`; throw error; });
      });
    }
  }
});

suite('gateway: what a foreign provider is told', { concurrency: 4 }, () => {
  test('headers of a translated answer', async () => {
    const bad = await simulated('anthropic', 'overloaded'), good = await simulated('openai');
    const g = await gateway([bad.entry, good.entry]);
    const { data, response } = await clients(g).anthropic.messages.create({ model: model.anthropic, max_tokens: 50, messages: user(hello) }).withResponse();
    assert.equal(data.model, model.openai);
    assert.equal(response.headers.get('x-retryscope-provider'), good.id);
    assert.equal(response.headers.get('x-retryscope-translated'), 'yes');
    assert.equal(response.headers.get('x-retryscope-attempts'), '3');
    assert.equal(response.headers.get('x-retryscope-dropped'), null);
    assert.deepEqual([await bad.posts(), await good.posts()], [2, 1]);
    await g.stop();
  });

  test('every part arrives, and nobody\'s keys or headers', async () => {
    const answer = { anthropic: '{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}', google_ai: '{"candidates":[{"content":{"parts":[{"text":"ok"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}' };
    for (const wire of ['anthropic', 'google_ai']) {
      const p = await recorder((request, response) => response.writeHead(200, { 'Content-Type': 'application/json', 'request-id': 'of-the-provider' }).end(answer[wire]));
      const g = await gateway([entry(wire, 'rec', p.url, { model_map: { 'gpt-4o-mini': 'mapped-model' } })]);
      const { response } = await clients(g, { 'OpenAI-Organization': 'org-1', 'x-custom': 'mine' }).openai.chat.completions.create({ model: 'gpt-4o-mini', temperature: 0.25, top_p: 0.75, stop: ['END'], max_completion_tokens: 77, reasoning_effort: undefined, tools: [chatTool], tool_choice: 'required',
        messages: [{ role: 'system', content: brief }, ...user([{ type: 'text', text: 'héllo 😀' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }]),
          { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris","unit":"celsius"}' } }] }, { role: 'tool', tool_call_id: 'call_1', content: 'rain' }] }).withResponse();
      assert.equal(response.headers.get('x-retryscope-translated'), 'yes');
      const got = p.got[0], body = JSON.parse(got.body), text = JSON.stringify(body);
      for (const part of [brief, 'héllo 😀', png, 'image/png', '"city":"Paris"', 'rain', 'get_weather', description, 'celsius', '0.25', '0.75', 'END', '77'])
        assert.ok(text.includes(part), `${wire}: ${part} is missing in ${text}`);
      assert.ok((wire === 'anthropic' ? body.model : got.url).includes('mapped-model'), got.url);
      assert.ok(!JSON.stringify(got.rawHeaders).includes(g.token));
      assert.equal(got.headers['openai-organization'], undefined);
      assert.equal(got.headers[wire === 'anthropic' ? 'x-api-key' : 'x-goog-api-key'], 'provider-key-of-the-gateway');
      await g.stop();
    }
  });

  test('a conversation with tools that one vendor began goes on at another', async () => {
    const wiresInTurn = ['openai', 'anthropic', 'google_ai', 'mistral'];
    const providers = await Promise.all(wiresInTurn.map((w) => simulated(w)));
    const g = await gateway(providers.map((p) => p.entry));
    for (const first of providers) {
      for (const second of providers.filter((p) => p !== first)) {
        const [a, b] = [first, second].map((p) => clients(g, { 'x-retryscope-route': p.id }));
        const ask = { model: 'gpt-4o-mini', tools: [chatTool], messages: user(weather) };
        const { choices: [{ message }] } = await a.openai.chat.completions.create(ask);
        const { choices: [told] } = await b.openai.chat.completions.create({ ...ask, messages: [...ask.messages, message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: '17 degrees' }] });
        assert.match(told.message.content, /17 degrees/, `${first.wire} to ${second.wire}`);
        const said = await a.anthropic.messages.create({ model: model.anthropic, max_tokens: 99, tools: [anthropicTool], messages: user(weather) });
        const use = said.content.find((block) => block.type === 'tool_use');
        const heard = await b.anthropic.messages.create({ model: model.anthropic, max_tokens: 99, tools: [anthropicTool], messages: [...user(weather), { role: 'assistant', content: said.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: '17 degrees' }] }] });
        assert.match(heard.content.at(-1).text, /17 degrees/, `${first.wire} to ${second.wire}`);
      }
    }
    await g.stop();
  });
});

// One answer by every vendor: text, two calls at once (their pieces mixed where the wire can), a number that no double holds.
const said = 'Let me see: é😀 "quoted"\n.', big = '9007199254740993', args = `{"n":${big},"s":"a\\"b\\n😀","l":[1.5,null,true]}`;
const sse = (events, named) => events.map((e) => `${named ? `event: ${e.type}\n` : ''}data: ${typeof e === 'string' ? e : written(e)}\n\n`).join('');
const written = (value) => JSON.stringify(value).replaceAll('"@args"', args); // arguments that are an object on the wire
const calls = [{ id: 'call_aaa', type: 'function', function: { name: 'first', arguments: args } }, { id: 'call_bbb', type: 'function', function: { name: 'second', arguments: '{}' } }];
const chatUsage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30, prompt_tokens_details: { cached_tokens: 4 } };
const delta = (d, finish_reason = null) => ({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: d, finish_reason }] });
const items = [{ type: 'message', id: 'm1', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: said, annotations: [] }] }, ...calls.map((c, i) => ({ type: 'function_call', id: `fc_${i}`, status: 'completed', call_id: c.id, name: c.function.name, arguments: c.function.arguments }))];
const responseOf = (status, output, usage) => ({ id: 'resp_1', object: 'response', created_at: 1, model: 'm', status, error: null, incomplete_details: null, output, usage });
const responseUsage = { input_tokens: 10, output_tokens: 20, total_tokens: 30, input_tokens_details: { cached_tokens: 4 }, output_tokens_details: { reasoning_tokens: 0 } };
const uses = [{ type: 'tool_use', id: 'toolu_aaa', name: 'first', input: '@args' }, { type: 'tool_use', id: 'toolu_bbb', name: 'second', input: {} }];
const googleParts = [{ text: said }, { functionCall: { name: 'first', args: '@args' } }, { functionCall: { name: 'second', args: {} } }];
const googleUsage = { promptTokenCount: 10, candidatesTokenCount: 20, totalTokenCount: 30, cachedContentTokenCount: 4 };
const halves = (text) => [text.slice(0, 15), text.slice(15)]; // between the two halves of a character, too
const rich = {
  openai: {
    plain: written({ id: 'c1', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: said, tool_calls: calls }, finish_reason: 'tool_calls' }], usage: chatUsage }),
    stream: sse([delta({ role: 'assistant', content: '' }), ...halves(said).map((content) => delta({ content })), ...calls.map((c, index) => delta({ tool_calls: [{ index, id: c.id, type: 'function', function: { name: c.function.name, arguments: '' } }] })),
      delta({ tool_calls: [{ index: 0, function: { arguments: args.slice(0, 12) } }] }), delta({ tool_calls: [{ index: 1, function: { arguments: '{}' } }] }), delta({ tool_calls: [{ index: 0, function: { arguments: args.slice(12) } }] }), delta({}, 'tool_calls'), { id: 'c1', choices: [], usage: chatUsage }, '[DONE]']),
  },
  mistral: {
    plain: written({ id: 'c1', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: said, tool_calls: calls }, finish_reason: 'tool_calls' }], usage: chatUsage }),
    stream: sse([delta({ role: 'assistant', content: said }), { ...delta({ content: '', tool_calls: calls.map((c, index) => ({ ...c, index })) }, 'tool_calls'), usage: chatUsage }, '[DONE]']),
  },
  openai_responses: {
    plain: written(responseOf('completed', items, responseUsage)),
    stream: sse([{ type: 'response.created', response: responseOf('in_progress', []) }, { type: 'response.output_item.added', output_index: 0, item: { ...items[0], content: [] } }, { type: 'response.content_part.added', output_index: 0, content_index: 0, item_id: 'm1', part: { type: 'output_text', text: '', annotations: [] } }, ...halves(said).map((d) => ({ type: 'response.output_text.delta', output_index: 0, content_index: 0, item_id: 'm1', delta: d })), { type: 'response.output_item.done', output_index: 0, item: items[0] },
      ...items.slice(1).flatMap((item, i) => [{ type: 'response.output_item.added', output_index: i + 1, item: { ...item, arguments: '' } }, { type: 'response.function_call_arguments.delta', output_index: i + 1, item_id: item.id, delta: item.arguments }, { type: 'response.function_call_arguments.done', output_index: i + 1, item_id: item.id, arguments: item.arguments }, { type: 'response.output_item.done', output_index: i + 1, item }]), { type: 'response.completed', response: responseOf('completed', items, responseUsage) }], true),
  },
  anthropic: {
    plain: written({ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [{ type: 'text', text: said }, ...uses], stop_reason: 'tool_use', stop_sequence: null, usage: { input_tokens: 6, cache_read_input_tokens: 4, cache_creation_input_tokens: 0, output_tokens: 20 } }),
    stream: sse([{ type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 6, cache_read_input_tokens: 4, cache_creation_input_tokens: 0, output_tokens: 1 } } }, { type: 'ping' }, { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, ...halves(said).map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })), { type: 'content_block_stop', index: 0 },
      ...uses.flatMap((u, i) => [{ type: 'content_block_start', index: i + 1, content_block: { ...u, input: {} } }, ...(i ? ['{}'] : halves(args)).map((partial_json) => ({ type: 'content_block_delta', index: i + 1, delta: { type: 'input_json_delta', partial_json } })), { type: 'content_block_stop', index: i + 1 }]),
      { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 20 } }, { type: 'message_stop' }], true),
  },
  google_ai: {
    plain: written({ candidates: [{ content: { role: 'model', parts: googleParts }, finishReason: 'STOP', index: 0 }], usageMetadata: googleUsage, modelVersion: 'm', responseId: 'r' }),
    stream: sse([...halves(said).map((text) => ({ candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0 }] })), { candidates: [{ content: { role: 'model', parts: googleParts.slice(1) }, index: 0, finishReason: 'STOP' }], usageMetadata: googleUsage }]),
  },
};
/** What each SDK makes of it: text, calls, finish, tokens in (with cached ones), out, cached. */
const readRich = {
  openai: async ({ openai }, stream) => {
    const body = { model: model.openai, messages: user(hello), tools: ['first', 'second'].map((name) => ({ type: 'function', function: { name, parameters: { type: 'object' } } })) };
    const a = stream ? await openai.chat.completions.stream({ ...body, stream_options: { include_usage: true } }).finalChatCompletion() : await openai.chat.completions.create(body);
    const [{ message, finish_reason }] = a.choices;
    return [message.content, message.tool_calls.map((c) => [c.function.name, c.function.arguments]), finish_reason, a.usage.prompt_tokens, a.usage.completion_tokens, a.usage.prompt_tokens_details?.cached_tokens];
  },
  openai_responses: async ({ openai }, stream) => {
    const body = { model: model.openai, input: hello, tools: ['first', 'second'].map((name) => ({ type: 'function', name, parameters: { type: 'object' }, strict: false })) };
    const a = stream ? await openai.responses.stream(body).finalResponse() : await openai.responses.create(body);
    return [a.output_text, a.output.filter((o) => o.type === 'function_call').map((o) => [o.name, o.arguments]), a.status, a.usage.input_tokens, a.usage.output_tokens, a.usage.input_tokens_details.cached_tokens];
  },
  anthropic: async ({ anthropic }, stream) => {
    const body = { model: model.anthropic, max_tokens: 99, messages: user(hello), tools: ['first', 'second'].map((name) => ({ name, input_schema: { type: 'object' } })) };
    const a = stream ? await anthropic.messages.stream(body).finalMessage() : await anthropic.messages.create(body);
    return [a.content.filter((b) => b.type === 'text').map((b) => b.text).join(''), a.content.filter((b) => b.type === 'tool_use').map((b) => [b.name, b.input]), a.stop_reason, a.usage.input_tokens + (a.usage.cache_read_input_tokens ?? 0), a.usage.output_tokens, a.usage.cache_read_input_tokens];
  },
  google_ai: async ({ google }, stream) => {
    const body = { model: model.google_ai, contents: hello, config: { tools: [{ functionDeclarations: ['first', 'second'].map((name) => ({ name, parametersJsonSchema: { type: 'object' } })) }] } };
    const a = stream ? await all(google.models.generateContentStream(body)) : [await google.models.generateContent(body)];
    const parts = a.flatMap((c) => c.candidates?.[0].content?.parts ?? []), { usageMetadata } = a.at(-1);
    return [parts.map((p) => p.text ?? '').join(''), parts.filter((p) => p.functionCall).map((p) => [p.functionCall.name, p.functionCall.args]), a.at(-1).candidates[0].finishReason, usageMetadata.promptTokenCount, usageMetadata.candidatesTokenCount, usageMetadata.cachedContentTokenCount];
  },
  mistral: async ({ mistral }, stream) => {
    const body = { model: model.mistral, messages: user(hello), tools: ['first', 'second'].map((name) => ({ type: 'function', function: { name, parameters: { type: 'object' } } })) };
    if (!stream) {
      const a = await mistral.chat.complete(body), [{ message, finishReason }] = a.choices;
      return [message.content, message.toolCalls.map((c) => [c.function.name, c.function.arguments]), finishReason, a.usage.promptTokens, a.usage.completionTokens];
    }
    const events = (await all(mistral.chat.stream(body))).map((e) => e.data), byIndex = [];
    for (const c of events.flatMap((e) => e.choices[0]?.delta.toolCalls ?? [])) {
      byIndex[c.index] ??= ['', ''];
      byIndex[c.index][0] ||= c.function.name;
      byIndex[c.index][1] += c.function.arguments;
    }
    const { usage } = events.findLast((e) => e.usage);
    return [events.map((e) => e.choices[0]?.delta.content ?? '').join(''), byIndex, events.map((e) => e.choices[0]?.finishReason).filter(Boolean).at(-1), usage.promptTokens, usage.completionTokens];
  },
};
const richFinish = { openai: 'tool_calls', openai_responses: 'completed', anthropic: 'tool_use', google_ai: 'STOP', mistral: 'tool_calls' };

suite('gateway: a rich answer of every other protocol', { concurrency: 10 }, () => {
  for (const to of Object.keys(rich)) {
    test(`of ${to}`, async () => {
      const p = await recorder((request, response) => {
        const stream = /"stream":true|streamGenerate/.test(request.url + request.body);
        response.writeHead(200, { 'Content-Type': stream ? 'text/event-stream' : 'application/json' }).end(rich[to][stream ? 'stream' : 'plain']);
      });
      const g = await gateway([entry(to, 'rec', p.url)]);
      const c = clients(g);
      for (const from of dialects.filter((wire) => foreign(wire, to) || wire === to)) {
        for (const stream of [false, true]) {
          const what = `${from}, ${stream ? 'streamed' : 'plain'}`;
          const [text, made, finish, input, output, cached] = await within(5000, readRich[from](c, stream), what).catch((error) => { error.message = `${what}: ${error.message}`; throw error; });
          assert.equal(text, said, what);
          const asObject = (value) => (typeof value === 'string' ? JSON.parse(value) : value);
          assert.deepEqual(made.map(([name, value]) => [name, asObject(value)]), [['first', JSON.parse(args)], ['second', {}]], what);
          for (const [, value] of made.filter(([name, value]) => name === 'first' && typeof value === 'string'))
            assert.ok(value.includes(big), `${what}: ${value}`);
          assert.deepEqual([finish, input, output, cached ?? 4], [richFinish[from], 10, 20, 4], what);
        }
      }
      // The same as bytes, since a program in JavaScript cannot hold the number.
      for (const from of ['anthropic', 'google_ai'].filter((wire) => foreign(wire, to))) {
        const [path, body] = request(from, {});
        const bytes = await (await g.fetch(path, { method: 'POST', body: JSON.stringify(body) })).text();
        assert.ok(bytes.includes(big), `${from}: ${bytes}`);
      }
      await g.stop();
    });
  }
  test('numbers and odd texts of a request, to every other protocol', async () => {
    for (const to of ['openai', 'openai_responses', 'anthropic', 'google_ai', 'mistral']) {
      const p = await recorder((r, response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(rich[to].plain));
      const g = await gateway([entry(to, 'rec', p.url)]);
      const turns = { openai: { messages: [...user('lone \\ud83d'), { role: 'assistant', content: '', tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: args } }] }, { role: 'tool', tool_call_id: 'call_1', content: said }] },
        anthropic: { messages: [...user('lone'), { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'f', input: '@args' }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: said }] }] },
        google_ai: { contents: [{ role: 'user', parts: [{ text: 'lone' }] }, { role: 'model', parts: [{ functionCall: { name: 'f', args: '@args' } }] }, { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: said } } }] }] } };
      for (const from of ['openai', 'anthropic', 'google_ai'].filter((wire) => foreign(wire, to))) {
        const [path, body] = request(from, turns[from]);
        const answer = await g.fetch(path, { method: 'POST', body: written(body).replace('\\\\ud83d', '\\ud83d') });
        assert.equal(answer.status, 200, `${from} to ${to}: ${await answer.clone().text()}`);
        const sent = p.got.at(-1).body.toString();
        assert.ok(sent.includes(big), `${from} to ${to}: ${sent}`);
        assert.ok(JSON.stringify(JSON.parse(sent)).includes('é😀'), sent);
      }
      await g.stop();
    }
  });
});

/** Fields that no other protocol has a word for, each in a request that its own provider takes. */
const unsayable = [
  ['openai', 'anthropic', 'n', { n: 2 }], ['openai', 'google_ai', 'logit_bias', { logit_bias: { 50256: -100 } }], ['openai', 'mistral', 'logprobs', { logprobs: true }], ['openai', 'anthropic', 'seed', { seed: 7 }], ['openai', 'anthropic', 'x_unknown', { x_unknown: { a: 1 } }],
  ['openai', 'google_ai', 'messages[0].content[0].input_audio', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }, { type: 'text', text: hello }] }] }],
  ['openai', 'anthropic', 'presence_penalty', { presence_penalty: 0.5 }], ['openai', 'google_ai', 'parallel_tool_calls', { tools: [chatTool], parallel_tool_calls: false }],
  ['openai_responses', 'anthropic', 'previous_response_id', { previous_response_id: 'resp_1' }], ['openai_responses', 'google_ai', 'tools[0]', { tools: [{ type: 'web_search' }] }], ['openai_responses', 'mistral', 'background', { background: true }],
  ['anthropic', 'openai', 'messages[0].content[0].type', { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } }, { type: 'text', text: hello }] }] }],
  ['anthropic', 'google_ai', 'tools[0]', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }], ['anthropic', 'mistral', 'top_k', { top_k: 5 }], ['anthropic', 'openai', 'container', { container: 'c' }],
  ['google_ai', 'openai', 'tools[0].googleSearch', { tools: [{ googleSearch: {} }] }], ['google_ai', 'anthropic', 'safetySettings', { safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }] }], ['google_ai', 'mistral', 'cachedContent', { cachedContent: 'cachedContents/1' }], ['google_ai', 'openai', 'generationConfig.topK', { generationConfig: { topK: 5 } }, 'top_k'],
  ['mistral', 'openai', 'safe_prompt', { safe_prompt: true }], ['mistral', 'anthropic', 'messages[0].content[0].document_url', { messages: [{ role: 'user', content: [{ type: 'document_url', document_url: 'https://example.org/a.pdf' }, { type: 'text', text: hello }] }] }],
];
// How an answer is made, kept or paid for: left out and named, no reason not to ask.
const hints = [
  ['anthropic', 'openai', 'messages[0].content[0].cache_control', { messages: [{ role: 'user', content: [{ type: 'text', text: hello, cache_control: { type: 'ephemeral' } }] }] }],
  ['anthropic', 'google_ai', 'metadata', { metadata: { user_id: 'me' } }], ['openai', 'google_ai', 'metadata', { metadata: { a: 'b' } }], ['openai', 'anthropic', 'prompt_cache_key', { prompt_cache_key: 'k' }],
  ['openai_responses', 'anthropic', 'include[0].reasoning', { include: ['reasoning.encrypted_content'], reasoning: { effort: 'low', summary: 'auto' }, prompt_cache_key: 'k' }],
  ['google_ai', 'mistral', 'generationConfig.thinkingConfig.includeThoughts', { generationConfig: { thinkingConfig: { includeThoughts: true } } }],
];
const request = (from, more) => ({
  openai: ['/v1/chat/completions', { model: 'gpt-4o-mini', messages: user(hello), ...more }],
  openai_responses: ['/v1/responses', { model: 'gpt-4o-mini', input: hello, ...more }],
  anthropic: ['/v1/messages', { model: model.anthropic, max_tokens: 99, messages: user(hello), ...more }],
  google_ai: [`/v1beta/models/${model.google_ai}:generateContent`, { contents: [{ role: 'user', parts: [{ text: hello }] }], ...more }],
  mistral: ['/mistral/v1/chat/completions', { model: model.mistral, messages: user(hello), ...more }],
}[from]);

suite('gateway: what cannot be said is refused or named', { concurrency: 10 }, () => {
  for (const [from, to, field, more, other] of unsayable) {
    test(`${from} to ${to}: ${field}`, async () => {
      const p = await simulated(to), g = await gateway([p.entry]);
      const [path, body] = request(from, more);
      const post = (headers) => g.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      const refused = await post({});
      const text = await refused.text();
      assert.equal(refused.status, 400, text);
      assert.ok(text.includes(field) || text.includes(other), text);
      assert.match(text, /x-retryscope-lossy/);
      assert.equal(await p.posts(), 0);
      assert.equal(refused.headers.get('x-retryscope-attempts') ?? '0', '0');
      assert.equal((await g.get('/retryscope/status')).providers[0].error_share, 0);
      const dropped = await post({ 'x-retryscope-lossy': 'drop' });
      assert.equal(dropped.status, 200, await dropped.clone().text());
      assert.match(await dropped.text(), /Hello/);
      const names = dropped.headers.get('x-retryscope-dropped') ?? '';
      assert.ok(names.includes(field) || names.includes(other), names);
      assert.equal(await p.posts(), 1);
      await g.stop();
    });
  }
  for (const [from, to, field, more] of hints) {
    test(`${from} to ${to}: ${field} is a hint`, async () => {
      const p = await simulated(to), g = await gateway([p.entry]);
      const [path, body] = request(from, more);
      const answer = await g.fetch(path, { method: 'POST', body: JSON.stringify(body) });
      assert.equal(answer.status, 200, await answer.clone().text());
      assert.match(await answer.text(), /Hello/);
      assert.ok((answer.headers.get('x-retryscope-dropped') ?? '').includes(field), answer.headers.get('x-retryscope-dropped'));
      await g.stop();
    });
  }
  test('the provider that can be told everything is asked although another comes first', async () => {
    const foreignOne = await simulated('anthropic'), own = await simulated('openai');
    const g = await gateway([foreignOne.entry, own.entry]);
    const answer = await g.fetch('/v1/chat/completions', { method: 'POST', headers: { 'x-retryscope-route': `${foreignOne.id},${own.id}` }, body: JSON.stringify({ model: 'gpt-4o-mini', messages: user(hello), seed: 1 }) });
    assert.equal(answer.status, 200, await answer.clone().text());
    assert.equal(answer.headers.get('x-retryscope-provider'), own.id);
    assert.equal(await foreignOne.posts(), 0);
    await g.stop();
  });
  test('providers that cannot be told it use up no attempt', async () => {
    const others = [await simulated('anthropic'), await simulated('anthropic'), await simulated('anthropic')], own = await simulated('openai');
    const g = await gateway([...others, own].map((p) => p.entry)); // three attempts
    const post = () => g.fetch('/v1/chat/completions', { method: 'POST', headers: { 'x-retryscope-route': [...others, own].map((p) => p.id).join() }, body: JSON.stringify({ model: 'gpt-4o-mini', messages: user(hello), seed: 1 }) });
    const answer = await post();
    assert.equal(answer.status, 200, await answer.clone().text());
    assert.equal(answer.headers.get('x-retryscope-attempts'), '1');
    assert.equal(await own.posts(), 1);
    assert.doesNotMatch(await (await g.fetch('/metrics')).text(), /attempts_total\{provider="anthropic/);
    await g.stop();
  });
  test('when its own provider fails and no other can be told it, the failure is the answer', async () => {
    const own = await simulated('openai', 'overloaded'), other = await simulated('anthropic');
    const g = await gateway([own.entry, other.entry], { retry: { max_attempts: 2 } });
    const answer = await g.fetch('/v1/chat/completions', { method: 'POST', body: JSON.stringify({ model: 'gpt-4o-mini', messages: user(hello), seed: 1 }) });
    assert.equal(answer.status, 503, await answer.clone().text());
    assert.deepEqual([await own.posts(), await other.posts(), answer.headers.get('x-retryscope-attempts')], [2, 0, '2']);
    await g.stop();
  });
  test('a plain JSON mode is not sent to Anthropic', async () => {
    const p = await simulated('anthropic'), g = await gateway([p.entry]);
    const error = await rejection(clients(g).openai.chat.completions.create({ model: 'gpt-4o-mini', messages: user('Answer in JSON.'), response_format: { type: 'json_object' } }));
    assert.equal(error.status, 400, error.message);
    assert.match(error.message, /JSON/);
    assert.equal(await p.posts(), 0);
    await g.stop();
  });
  test('what only its own vendor can do is not translated', async () => {
    const p = await simulated('openai'), g = await gateway([p.entry]);
    const { anthropic, google } = clients(g);
    const counted = await rejection(anthropic.messages.countTokens({ model: model.anthropic, messages: user(hello) }));
    assert.ok([400, 404].includes(counted.status), `${counted.status} ${counted.message}`);
    assert.equal(counted.error.type, 'error');
    assert.ok([400, 404].includes((await rejection(google.models.countTokens({ model: model.google_ai, contents: hello }))).status));
    assert.equal(await p.posts(), 0);
    await g.stop();
  });
});

suite('gateway: the faults of a foreign provider, in the caller\'s words', { concurrency: 10 }, () => {
  const asked = {
    openai: (c, stream) => (stream ? all(c.openai.chat.completions.create({ model: 'gpt-4o-mini', messages: user(hello), stream: true })) : c.openai.chat.completions.create({ model: 'gpt-4o-mini', messages: user(hello) })),
    openai_responses: (c, stream) => (stream ? c.openai.responses.stream({ model: 'gpt-4o-mini', input: hello }).finalResponse() : c.openai.responses.create({ model: 'gpt-4o-mini', input: hello })),
    anthropic: (c, stream) => (stream ? c.anthropic.messages.stream({ model: model.anthropic, max_tokens: 99, messages: user(hello) }).finalMessage() : c.anthropic.messages.create({ model: model.anthropic, max_tokens: 99, messages: user(hello) })),
    google_ai: async (c, stream) => (stream ? all(c.google.models.generateContentStream({ model: model.google_ai, contents: hello })) : c.google.models.generateContent({ model: model.google_ai, contents: hello })),
    mistral: async (c, stream) => (stream ? all(c.mistral.chat.stream({ model: model.mistral, messages: user(hello) })) : c.mistral.chat.complete({ model: model.mistral, messages: user(hello) })),
  };
  const status = { rate_limit: [429], overloaded: [503, 529], server_error: [500], quota_exhausted: [429, 402], wrong_key: [401], model_missing: [404], context_length: [400], silence: [504], outage: [502], error_in_stream: [500, 503, 529], cut_stream: [502], clean_cut: [502], malformed_chunk: [502], stalled_stream: [504], empty_answer: [502], html_page: [500, 502, 503] };
  const classes = { 400: 'BadRequestError', 401: 'AuthenticationError', 404: 'NotFoundError', 429: 'RateLimitError' };
  const breaks = ['cut_stream', 'clean_cut', 'malformed_chunk', 'stalled_stream', 'error_after_words', 'no_finish'];
  for (const from of dialects) {
    for (const to of ['openai', 'anthropic', 'google_ai', 'mistral'].filter((wire) => foreign(from, wire))) {
      test(`${from}, of ${to}`, async () => {
        const faults = [...new Set([...Object.keys(status), ...breaks])];
        const providers = await Promise.all(faults.map((fault) => simulated(to, fault)));
        const g = await gateway(providers.map((p) => p.entry), { retry: { max_attempts: 1, attempt_timeout_s: 1, idle_timeout_s: 0.5, first_token_timeout_s: 0.5 } });
        await Promise.all(faults.flatMap((fault, i) => [false, true].map(async (stream) => {
          if (!stream && !status[fault])
            return;
          const what = `${fault} ${stream ? 'streamed' : 'plain'}`;
          const error = await within(10_000, asked[from](clients(g, { 'x-retryscope-route': providers[i].id }), stream).then((value) => assert.fail(`${what}: a false success: ${JSON.stringify(value).slice(0, 300)}`), (e) => e), what);
          assert.notEqual(error.constructor.name, 'AssertionError', error.message);
          const got = error.status ?? error.statusCode;
          if (stream && breaks.includes(fault))
            return; // it raised
          assert.ok(status[fault].includes(got), `${what}: ${got} ${error.message}`);
          if (classes[got] && ['openai', 'openai_responses', 'anthropic'].includes(from))
            assert.equal(error.constructor.name, classes[got], what);
          assert.ok(!/<html/.test(error.message), what);
        })));
        await g.stop();
      });
    }
  }
});
