// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createMistral } from '@ai-sdk/mistral';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateObject, generateText, stepCountIs, streamObject, streamText, tool } from 'ai';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import { png, provider, rejection } from './sandbox.mjs';

globalThis.AI_SDK_LOG_WARNINGS = false;
const apiKey = 'test';
const wires = {
  'openai, responses': ['openai', (url) => createOpenAI({ apiKey, baseURL: `${url}/v1` })('gpt-4o-mini')],
  'openai, chat': ['openai', (url) => createOpenAI({ apiKey, baseURL: `${url}/v1` }).chat('gpt-4o-mini')],
  anthropic: ['anthropic', (url) => createAnthropic({ apiKey, baseURL: `${url}/v1` })('claude-haiku-4-5')],
  google: ['google_ai', (url) => createGoogleGenerativeAI({ apiKey, baseURL: `${url}/v1beta` })('gemini-2.5-flash')],
  mistral: ['mistral', (url) => createMistral({ apiKey, baseURL: `${url}/v1` })('mistral-small-latest')],
};
const schema = z.object({ name: z.string(), population: z.number(), tags: z.array(z.string()) });
const weather = { get_weather: tool({ description: 'The weather of a city.', inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => `17 degrees in ${city}` }) };

for (const [name, [wire, make]] of Object.entries(wires)) {
  suite(`ai: ${name}`, { concurrency: 4 }, () => {
    const model = async (fault) => make((await provider(wire, fault)).url);

    test('text, plain and streamed', async () => {
      const plain = await generateText({ model: await model(), prompt: 'Say hello.' });
      assert.match(plain.text, /Hello/);
      assert.equal(plain.finishReason, 'stop');
      assert.ok(plain.usage.inputTokens > 0 && plain.usage.outputTokens > 0);
      const stream = streamText({ model: await model(), prompt: 'Say hello.' });
      let text = '';
      for await (const delta of stream.textStream)
        text += delta;
      assert.match(text, /Hello/);
      assert.equal(await stream.finishReason, 'stop');
      assert.ok((await stream.usage).outputTokens > 0);
    });

    test('several turns and an image', async () => {
      const turns = await generateText({ model: await model(), system: 'Be brief.', messages: [{ role: 'user', content: 'Say hello.' }, { role: 'assistant', content: 'Hello!' }, { role: 'user', content: 'Tell me about jitter.' }] });
      assert.match(turns.text, /[Jj]itter/);
      const seen = await generateText({ model: await model(), messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, { type: 'image', image: png, mediaType: 'image/png' }] }] });
      assert.match(seen.text, /image/);
    });

    test('tools', async () => {
      const prompt = 'What is the weather in Paris?';
      const plain = await generateText({ model: await model(), prompt, tools: weather, stopWhen: stepCountIs(3) });
      assert.match(plain.text, /17 degrees in Paris/);
      const stream = streamText({ model: await model(), prompt, tools: weather, stopWhen: stepCountIs(3) });
      assert.match(await stream.text, /17 degrees in Paris/);
      const forced = await generateText({ model: await model(), prompt: 'Say hello.', tools: weather, toolChoice: 'required' });
      assert.equal(forced.toolCalls[0].toolName, 'get_weather');
      assert.equal(forced.finishReason, 'tool-calls');
    });

    test('objects by a schema', async () => {
      schema.parse((await generateObject({ model: await model(), schema, prompt: 'Describe Paris.' })).object);
      const stream = streamObject({ model: await model(), schema, prompt: 'Describe Paris.' });
      for await (const _ of stream.partialObjectStream);
      schema.parse(await stream.object);
    });

    test('the token limit', async () => {
      const cut = await generateText({ model: await model(), prompt: 'Say hello.', maxOutputTokens: 16 });
      assert.equal(cut.finishReason, 'length');
    });

    test('faults', async () => {
      for (const [fault, retryable] of [['rate_limit', true], ['overloaded', true], ['server_error', true], ['wrong_key', false], ['model_missing', false], ['context_length', false], ['html_page', true]]) {
        const error = await rejection(generateText({ model: await model(fault), prompt: 'x', maxRetries: 0 }));
        assert.ok(APICallError.isInstance(error), `${fault}: ${error.stack}`);
        assert.equal(error.isRetryable, retryable, fault);
        assert.doesNotMatch(error.message, /undefined|\[object/, fault);
      }
      const seen = [];
      const stream = streamText({ model: await model('error_after_words'), prompt: 'Say hello.', maxRetries: 0, onError: ({ error }) => seen.push(error) });
      for await (const _ of stream.textStream);
      assert.ok(seen.length > 0 || (await stream.finishReason) !== 'stop'); // Google's is no event, Mistral's a finish reason
      const broken = streamText({ model: await model('cut_stream'), prompt: 'Say hello.', maxRetries: 0, onError: ({ error }) => seen.push(error) });
      await rejection((async () => { for await (const part of broken.fullStream) if (part.type === 'error') throw part.error; })());
    });
  });
}
