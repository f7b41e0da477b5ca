// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// How the vendors' SDKs with their defaults do in the crash test. Each stands behind a gateway of a few lines, which calls it for
// every prompt and tells what it gives: its text, its finish reason, its error. retryscope-cli crashtest --target judges that as
// it judges any gateway. Writes resources/crashtest-sdks.json. CLI_BINARY names retryscope-cli; arguments choose SDKs.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { Mistral } from '@mistralai/mistralai';
import OpenAI from 'openai';
import { freePort } from './freeport.mjs';

const output = new URL('../../resources/crashtest-sdks.json', import.meta.url);
const maxTokens = 256;
const finishes = { end_turn: 'stop', max_tokens: 'length', tool_use: 'tool_calls', refusal: 'content_filter', STOP: 'stop',
  MAX_TOKENS: 'length', SAFETY: 'content_filter', model_length: 'length' };

/** Each yields { text } and { finish }, and throws what the SDK throws. */
const sdks = {
  openai: {
    label: 'OpenAI', package: 'openai',
    async* ask(root, text, stream, signal) {
      const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${root}/openai/v1` });
      const body = { model: 'gpt-4o-mini', max_completion_tokens: maxTokens, messages: [{ role: 'user', content: text }] };
      const answer = await client.chat.completions.create({ ...body, stream }, { signal });
      for await (const part of stream ? answer : [answer]) {
        const choice = part.choices?.[0];
        yield { text: (stream ? choice?.delta?.content : choice?.message?.content) ?? '', finish: choice?.finish_reason };
      }
    },
  },
  anthropic: {
    label: 'Anthropic', package: '@anthropic-ai/sdk',
    async* ask(root, text, stream, signal) {
      const client = new Anthropic({ apiKey: 'sk-test', baseURL: `${root}/anthropic` });
      const body = { model: 'claude-haiku-4-5', max_tokens: maxTokens, messages: [{ role: 'user', content: text }] };
      const answer = await client.messages.create({ ...body, stream }, { signal });
      if (!stream)
        return yield { text: answer.content.map((block) => block.text ?? '').join(''), finish: answer.stop_reason };
      for await (const event of answer)
        yield { text: event.delta?.text ?? '', finish: event.delta?.stop_reason };
    },
  },
  google: {
    label: 'Google Gen AI', package: '@google/genai',
    async* ask(root, text, stream, signal) {
      const client = new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl: `${root}/google_ai` } });
      const request = { model: 'gemini-2.5-flash', contents: text, config: { maxOutputTokens: maxTokens, abortSignal: signal } };
      const answer = stream ? await client.models.generateContentStream(request) : [await client.models.generateContent(request)];
      for await (const part of answer) {
        const candidate = part.candidates?.[0], parts = candidate?.content?.parts ?? [];
        const called = parts.some((p) => p.functionCall); // its finish reason is STOP all the same
        yield { text: parts.filter((p) => !p.thought).map((p) => p.text ?? '').join(''), finish: called ? 'tool_calls' : candidate?.finishReason };
      }
    },
  },
  mistral: {
    label: 'Mistral', package: '@mistralai/mistralai',
    async* ask(root, text, stream, signal) {
      const client = new Mistral({ apiKey: 'test', serverURL: `${root}/mistral` });
      const request = { model: 'mistral-small-latest', maxTokens, messages: [{ role: 'user', content: text }] };
      const plain = (content) => typeof content === 'string' ? content : (content ?? []).map((c) => c.text ?? '').join('');
      if (!stream) {
        const answer = await client.chat.complete(request, { fetchOptions: { signal } });
        return yield { text: plain(answer.choices?.[0]?.message?.content), finish: answer.choices?.[0]?.finishReason };
      }
      for await (const event of await client.chat.stream(request, { fetchOptions: { signal } }))
        yield { text: plain(event.data.choices?.[0]?.delta?.content), finish: event.data.choices?.[0]?.finishReason };
    },
  },
};

/** One prompt through the SDK. What it says in the end is told: an error as an error, an end without one as an end. */
async function pass(sdk, root, asked, response, signal) {
  const chunk = (delta, finish = null) => ({ id: 'chatcmpl-sdk', object: 'chat.completion.chunk', created: 0, model: 'sdk',
    choices: [{ index: 0, delta, finish_reason: finish }] });
  const send = (object) => response.write(`data: ${JSON.stringify(object)}\n\n`);
  let text = '', finish;
  try {
    for await (const part of sdk.ask(root, asked.messages.at(-1).content, asked.stream === true, signal)) {
      text += part.text;
      finish = finish === 'tool_calls' || !part.finish ? finish : finishes[part.finish] ?? part.finish;
      if (asked.stream && part.text) {
        if (!response.headersSent)
          response.writeHead(200, { 'content-type': 'text/event-stream' });
        send(chunk({ role: 'assistant', content: part.text }));
      }
    }
  } catch (error) {
    const told = { error: { message: `${error?.name}: ${String(error?.message).slice(0, 200)}`, type: 'server_error' } };
    if (!response.headersSent)
      response.writeHead(502, { 'content-type': 'application/json' });
    return response.end(asked.stream && text ? `data: ${JSON.stringify(told)}\n\n` : JSON.stringify(told));
  }
  finish ??= 'stop'; // nothing said that it is cut
  const calls = finish === 'tool_calls' ? [{ index: 0, id: 'call_1', type: 'function', function: { name: 'tool', arguments: '{}' } }] : undefined;
  if (!asked.stream) {
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ id: 'chatcmpl-sdk', object: 'chat.completion', created: 0, model: 'sdk',
      choices: [{ index: 0, message: { role: 'assistant', content: text, tool_calls: calls }, finish_reason: finish }] }));
  }
  if (!response.headersSent)
    response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (calls)
    send(chunk({ tool_calls: calls }));
  send(chunk({}, finish));
  response.end('data: [DONE]\n\n');
}

function gateway(sdk, root) {
  return createServer((request, response) => {
    const stop = new AbortController();
    response.on('close', () => stop.abort());
    let body = '';
    request.on('data', (bytes) => { body += bytes; });
    request.on('end', () => pass(sdk, root, JSON.parse(body), response, stop.signal).catch(() => response.destroy()));
  });
}

async function measure(name, only) {
  const sdk = sdks[name];
  const upstream = await freePort();
  const server = gateway(sdk, `http://127.0.0.1:${upstream}`);
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const arguments_ = ['crashtest', '--target', `http://127.0.0.1:${server.address().port}/v1`, '--upstream-listen', `127.0.0.1:${upstream}`,
    '--json', ...only.flatMap((key) => ['--only', key])];
  const child = spawn(process.env.CLI_BINARY, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  for await (const bytes of child.stdout)
    printed += bytes;
  server.close();
  server.closeAllConnections();
  const report = JSON.parse(printed);
  const { version } = JSON.parse(readFileSync(new URL(`node_modules/${sdk.package}/package.json`, import.meta.url)));
  const cases = {};
  for (const one of report.cases)
    cases[one.case] = { verdict: one.verdict, requests: one.requests.provider ?? 0, answered: one.answered, calls: one.calls, took_s: one.took_s,
      ...(one.finding && { finding: one.finding }) };
  return { name, label: sdk.label, package: sdk.package, version, score: report.score, verdicts: report.verdicts, cases };
}

const wanted = process.argv.slice(2).filter((word) => word in sdks);
const only = process.argv.slice(2).filter((word) => !(word in sdks));
process.on('unhandledRejection', () => {}); // an SDK that was aborted
const measured = await Promise.all((wanted.length ? wanted : Object.keys(sdks)).map((name) => measure(name, only)));
const file = { kind: 'retryscope.crashtest_sdks', measured: new Date().toISOString().slice(0, 10), node: process.versions.node, sdks: measured };
if (only.length)
  console.log(JSON.stringify(file, null, 2));
else
  writeFileSync(output, `${JSON.stringify(file, null, 1)}\n`);
for (const sdk of measured)
  console.error(`${sdk.package} ${sdk.version}: score ${sdk.score}, ${JSON.stringify(sdk.verdicts)}`);
process.exit(0);
