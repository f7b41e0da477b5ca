// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import { all, png, provider, rejection, weatherSchema } from './sandbox.mjs';

const model = 'gemini-2.5-flash';
const ask = { model, contents: 'Say hello.' };
const functions = [{ functionDeclarations: [{ name: 'get_weather', description: 'The weather of a city.', parametersJsonSchema: weatherSchema }] }];
const city = z.object({ name: z.string(), population: z.number().int(), tags: z.array(z.string()) });

async function client(fault, more) {
  const p = await provider('google_ai', fault, more);
  return { p, google: new GoogleGenAI({ apiKey: 'AIza-test', httpOptions: { baseUrl: p.url, timeout: fault === 'silence' ? 300 : undefined } }) };
}

suite('google: generateContent', { concurrency: 4 }, () => {
  test('plain', async () => {
    const { google } = await client();
    const answer = await google.models.generateContent(ask);
    assert.match(answer.text, /Hello/);
    assert.equal(answer.candidates[0].finishReason, 'STOP');
    assert.equal(answer.modelVersion, model);
    assert.match(answer.responseId, /^[\w-]{16,}$/);
    assert.equal(answer.usageMetadata.totalTokenCount, answer.usageMetadata.promptTokenCount + answer.usageMetadata.candidatesTokenCount);
    assert.notEqual((await google.models.generateContent(ask)).responseId, answer.responseId);
  });

  test('streamed', async () => {
    const { google } = await client();
    const chunks = await all(google.models.generateContentStream(ask));
    assert.ok(chunks.length > 2);
    assert.match(chunks.map((c) => c.text ?? '').join(''), /Hello! I am a simulated model/);
    assert.equal(new Set(chunks.map((c) => c.responseId)).size, 1);
    assert.deepEqual(chunks.map((c) => c.candidates[0].finishReason).filter(Boolean), ['STOP']);
  });

  test('a chat answers its last turn, and an image is seen', async () => {
    const { google } = await client();
    const chat = google.chats.create({ model, config: { systemInstruction: 'Be brief.' } });
    await chat.sendMessage({ message: 'Say hello.' });
    assert.match((await chat.sendMessage({ message: 'Tell me about jitter.' })).text, /[Jj]itter/);
    assert.equal(chat.getHistory().length, 4);
    const streamed = await all(chat.sendMessageStream({ message: 'Explain a circuit breaker.' }));
    assert.match(streamed.map((c) => c.text ?? '').join(''), /circuit/);
    const seen = await google.models.generateContent({ model, contents: [{ role: 'user', parts: [{ text: 'What is this?' }, { inlineData: { mimeType: 'image/png', data: png } }] }] });
    assert.match(seen.text, /image/);
  });

  test('functions: forced, and in several turns', async () => {
    const { google } = await client();
    const forced = await google.models.generateContent({ ...ask, config: { tools: functions, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['get_weather'] } } } });
    assert.equal(forced.functionCalls[0].name, 'get_weather');
    assert.ok(['celsius', 'fahrenheit'].includes(forced.functionCalls[0].args.unit));
    const chat = google.chats.create({ model, config: { tools: functions } });
    const first = await chat.sendMessage({ message: 'What is the weather in Paris?' });
    assert.equal(first.functionCalls[0].args.city, 'Paris');
    const second = await chat.sendMessage({ message: [{ functionResponse: { name: 'get_weather', response: { output: '17 degrees' } } }] });
    assert.match(second.text, /17 degrees/);
    const typed = await google.models.generateContent({ ...ask, config: { tools: [{ functionDeclarations: [{ name: 'add', parameters: { type: 'OBJECT', properties: { a: { type: 'NUMBER' }, b: { type: 'INTEGER' } }, required: ['a', 'b'] } }] }],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } } });
    assert.equal(typeof typed.functionCalls[0].args.a, 'number');
  });

  test('a schema is followed, in both of its forms', async () => {
    const { google } = await client();
    const contents = 'Describe Paris.';
    const a = await google.models.generateContent({ model, contents, config: { responseMimeType: 'application/json', responseJsonSchema: z.toJSONSchema(city) } });
    city.parse(JSON.parse(a.text));
    const b = await google.models.generateContent({ model, contents, config: { responseMimeType: 'application/json', responseSchema: { type: 'ARRAY', items: { type: 'OBJECT', properties: { name: { type: 'STRING' } }, required: ['name'] } } } });
    assert.equal(typeof JSON.parse(b.text)[0].name, 'string');
    const c = await google.models.generateContent({ model, contents, config: { responseMimeType: 'application/json' } });
    assert.equal(typeof JSON.parse(c.text), 'object');
  });

  test('the token limit and stop words are kept', async () => {
    const { google } = await client();
    const cut = await google.models.generateContent({ ...ask, config: { maxOutputTokens: 3 } });
    assert.deepEqual([cut.candidates[0].finishReason, cut.usageMetadata.candidatesTokenCount], ['MAX_TOKENS', 3]);
    const stopped = await google.models.generateContent({ ...ask, config: { stopSequences: ['simulated'] } });
    assert.equal(stopped.text, 'Hello! I am a ');
  });

  test('what is missing or not offered is refused', async () => {
    const { p, google } = await client();
    const refused = async (body, status, says) => {
      const error = await rejection(google.models.generateContent(body));
      assert.ok(error instanceof ApiError, error.message);
      assert.equal(error.status, status);
      assert.match(error.message, says);
    };
    await refused({ ...ask, config: { candidateCount: 2 } }, 400, /candidate/i);
    const post = async (body, headers) => {
      const response = await fetch(`${p.url}/v1beta/models/${model}:generateContent`, { method: 'POST', headers, body: JSON.stringify(body) });
      return [response.status, (await response.json()).error.status];
    };
    assert.deepEqual(await post({ contents: [{ parts: [{ text: 'x' }] }] }, {}), [403, 'PERMISSION_DENIED']);
    assert.deepEqual(await post({ contents: [] }, { 'x-goog-api-key': 'k' }), [400, 'INVALID_ARGUMENT']);
  });

  test('the list of models, and the count of tokens', async () => {
    const { google } = await client();
    const models = await all(google.models.list());
    assert.ok(models.some((m) => m.name === `models/${model}`) && models.every((m) => m.inputTokenLimit > 0));
    assert.equal((await google.models.get({ model })).name, `models/${model}`);
    assert.ok((await google.models.countTokens(ask)).totalTokens > 0);
    assert.equal((await rejection((await client('overloaded')).google.models.list())).status, 503);
  });
});

suite('google: faults', { concurrency: 4 }, () => {
  for (const [fault, status, word] of [
    ['rate_limit', 429, 'RESOURCE_EXHAUSTED'], ['rate_limit_no_hint', 429, 'RESOURCE_EXHAUSTED'], ['quota_exhausted', 429, 'RESOURCE_EXHAUSTED'],
    ['overloaded', 503, 'UNAVAILABLE'], ['server_error', 500, 'INTERNAL'], ['wrong_key', 400, 'INVALID_ARGUMENT'], ['model_missing', 404, 'NOT_FOUND'],
    ['context_length', 400, 'INVALID_ARGUMENT'], ['unavailable_hint', 503, 'UNAVAILABLE'], ['overloaded_hint', 529, 'UNAVAILABLE'], ['html_page', 502, undefined]]) {
    test(fault, async () => {
      for (const stream of [false, true]) {
        const { google } = await client(fault);
        const error = await rejection(stream ? google.models.generateContentStream(ask) : google.models.generateContent(ask));
        assert.ok(error instanceof ApiError, error.stack);
        assert.equal(error.status, status);
        if (!word)
          continue;
        const body = JSON.parse(error.message).error;
        assert.deepEqual([body.code, body.status], [status, word]);
        const detail = (type) => body.details?.find((d) => d['@type'].endsWith(type));
        if (fault === 'rate_limit') {
          assert.equal(detail('RetryInfo').retryDelay, '2s');
          assert.match(detail('QuotaFailure').violations[0].quotaId, /PerMinute/);
        }
        if (fault === 'quota_exhausted')
          assert.match(detail('QuotaFailure').violations[0].quotaId, /PerDay/);
        if (fault === 'wrong_key')
          assert.equal(detail('ErrorInfo').reason, 'API_KEY_INVALID');
      }
    });
  }
  for (const fault of ['outage', 'reset', 'silence']) {
    test(fault, async () => {
      const { google } = await client(fault);
      await rejection(google.models.generateContent(ask));
    });
  }
  test('the answer is blocked', async () => {
    const { google } = await client('content_filter');
    const answer = await google.models.generateContent(ask);
    assert.equal(answer.text, undefined);
    assert.equal(answer.candidates?.[0].finishReason ?? answer.promptFeedback?.blockReason, 'SAFETY');
  });
  for (const fault of ['cut_stream', 'malformed_chunk', 'error_after_words', 'error_in_stream']) {
    test(`${fault} reaches who reads the stream`, async () => {
      const { google } = await client(fault);
      const error = await rejection((async () => all(google.models.generateContentStream(ask)))());
      if (fault === 'error_in_stream') // later ones the client knows only where they come in a piece of their own
        assert.equal(error.status, 503);
    });
  }
  test('finish reasons', async () => {
    const ended = async (fault) => (await client(fault)).google.models.generateContent(ask);
    assert.equal((await ended('length')).candidates[0].finishReason, 'MAX_TOKENS');
    assert.ok((await ended('tool_call')).functionCalls[0].name);
    assert.equal((await ended('reasoning_only')).candidates[0].content.parts[0].thought, true);
    for (const fault of ['slow_drip', 'gzip', 'redirect'])
      assert.match((await all((await client(fault)).google.models.generateContentStream(ask))).map((c) => c.text ?? '').join(''), /Hello/);
  });
});
