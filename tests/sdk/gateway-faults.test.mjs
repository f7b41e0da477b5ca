// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// Every fault of the sandbox, by every dialect, streamed and not, through the gateway: what the SDK makes of it, and how often
// the provider was asked.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { clients, gateway, simulated, within, wires } from './gateway.mjs';
import { all, provider, rejection } from './sandbox.mjs';

const messages = [{ role: 'user', content: 'Say hello.' }];
const chat = (wire) => ({ model: wires[wire].model, messages });
const piecesText = (content) => (typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join(''));
/** Asks by an SDK: the text and how it finished. A stream is read to its end. */
const ask = {
  openai: async ({ openai }, stream) => {
    if (!stream) {
      const { choices: [choice] } = await openai.chat.completions.create(chat('openai'));
      return [choice.message.content ?? '', choice.finish_reason];
    }
    const chunks = await all(openai.chat.completions.create({ ...chat('openai'), stream: true }));
    return [chunks.map((c) => c.choices[0]?.delta?.content ?? '').join(''), chunks.map((c) => c.choices[0]?.finish_reason).filter(Boolean).at(-1)];
  },
  openai_responses: async ({ openai }, stream) => {
    const body = { model: wires.openai.model, input: 'Say hello.' };
    const answer = stream ? await openai.responses.stream(body).finalResponse() : await openai.responses.create(body);
    return [answer.output_text, answer.output.some((o) => o.type === 'function_call') ? 'function_call' : answer.status];
  },
  anthropic: async ({ anthropic }, stream) => {
    const body = { ...chat('anthropic'), max_tokens: 99 };
    const answer = stream ? await anthropic.messages.stream(body).finalMessage() : await anthropic.messages.create(body);
    return [answer.content.map((b) => b.text ?? '').join(''), answer.stop_reason];
  },
  google_ai: async ({ google }, stream) => {
    const body = { model: wires.google_ai.model, contents: 'Say hello.' };
    const answers = stream ? await all(google.models.generateContentStream(body)) : [await google.models.generateContent(body)];
    const parts = answers.flatMap((a) => a.candidates?.[0]?.content?.parts ?? []);
    const finish = answers.map((a) => a.candidates?.[0]?.finishReason ?? a.promptFeedback?.blockReason).filter(Boolean).at(-1);
    return [parts.filter((p) => !p.thought).map((p) => p.text ?? '').join(''), parts.some((p) => p.functionCall) ? 'functionCall' : finish];
  },
  mistral: async ({ mistral }, stream) => {
    if (!stream) {
      const { choices: [choice] } = await mistral.chat.complete(chat('mistral'));
      return [piecesText(choice.message.content), choice.finishReason];
    }
    const events = await all(mistral.chat.stream(chat('mistral')));
    return [events.map((e) => piecesText(e.data.choices[0]?.delta.content)).join(''), events.map((e) => e.data.choices[0]?.finishReason).filter(Boolean).at(-1)];
  },
};
const dialects = Object.keys(ask);

// What a lone provider with the fault gives, with two attempts at most:
//   ok: the answer;  ends: an answer with the wire's own word for how it ended, in the order of the dialects;
//   same: whatever the direct path gives, error and all;  a number: an error of ours with this status;
//   broken: an error within a stream that had begun;  unfinished: an answer that says itself that it has no end.
const ended = { stop: ['stop', 'completed', 'end_turn', 'STOP', 'stop'], length: ['length', 'incomplete', 'max_tokens', 'MAX_TOKENS', 'length'], call: ['tool_calls', 'function_call', 'tool_use', 'functionCall', 'tool_calls'] };
const faults = {
  none: { plain: 'ok', stream: 'ok', posts: 1 }, slow_drip: { plain: 'ok', stream: 'ok', posts: 1 }, gzip: { plain: 'ok', stream: 'ok', posts: 1 },
  finish_too_early: { plain: 'ok', stream: 'ok', posts: 1 }, finish_everywhere: { plain: 'ok', stream: 'ok', posts: 1 },
  length: { plain: 'length', stream: 'length', posts: 1 }, tool_call: { plain: 'call', stream: 'call', posts: 1 },
  rate_limit: { plain: 'same', stream: 'same', posts: 2 }, rate_limit_no_hint: { plain: 'same', stream: 'same', posts: 2, google_ai: 1 },
  overloaded: { plain: 'same', stream: 'same', posts: 2 }, server_error: { plain: 'same', stream: 'same', posts: 2 }, html_page: { plain: 'same', stream: 'same', posts: 2 },
  unavailable_hint: { plain: 'same', stream: 'same', posts: 2 }, overloaded_hint: { plain: 'same', stream: 'same', posts: 2 },
  quota_exhausted: { plain: 'same', stream: 'same', posts: 1 }, wrong_key: { plain: 'same', stream: 'same', posts: 1 }, model_missing: { plain: 'same', stream: 'same', posts: 1 },
  context_length: { plain: 'same', stream: 'same', posts: 1 }, content_filter: { plain: 'same', stream: 'same', posts: 1 },
  silence: { plain: 504, stream: 504, posts: 1 }, slow_first_token: { plain: 504, stream: 504, posts: 1 },
  reset: { plain: 502, stream: 502, posts: 2 }, outage: { plain: 502, stream: 502, posts: 2 }, redirect: { plain: 502, stream: 502, posts: 1 },
  empty_answer: { plain: 502, stream: 502, posts: 2 }, error_in_stream: { plain: 500, stream: 500, posts: 2 },
  cut_stream: { plain: 502, stream: 'broken', posts: 2 }, clean_cut: { plain: 502, stream: 'broken', posts: 2 }, malformed_chunk: { plain: 502, stream: 'broken', posts: 2 },
  stalled_stream: { plain: 504, stream: 'broken', posts: 1 }, error_after_words: { plain: 500, stream: 'broken', posts: 2 },
  no_finish: { plain: 'unfinished', stream: 'broken', posts: 1, google_ai: 2, openai_responses: 2 }, foreign_finish: { plain: 500, stream: 'broken', posts: 2 }, reasoning_only: { plain: 502, stream: 'broken', posts: 2 },
};

const headersOf = (error) => error.headers?.get?.bind(error.headers) ?? (() => null);
/** An error as a program sees it, without what differs from call to call. */
const seen = (error) => ({
  class: error.constructor.name, status: error.status ?? error.statusCode, code: error.code, type: error.error?.error?.type ?? error.type,
  message: error.message?.replace(/req_\w+|[0-9a-f]{24,}/g, 'ID'), body: error.body?.replace(/[0-9a-f]{24,}/g, 'ID'), raw: error.rawResponse?.status,
});
const outcome = async (promise) => promise.then(([text, finish]) => ({ text, finish }), (error) => ({ error, seen: seen(error) }));

const cells = [];
for (const wire of dialects) {
  for (const fault of Object.keys(faults)) {
    for (const stream of [false, true]) {
      const p = await simulated(wire, fault === 'none' ? undefined : fault, { entry: { id: `${wire}.${fault}.${stream ? 'stream' : 'plain'}` } });
      cells.push({ wire, fault, stream, p, id: p.entry.id });
    }
  }
}

suite('gateway: every fault, dialect and form', { concurrency: 24 }, async () => {
  const g = await gateway(cells.map((c) => c.p.entry), { retry: { max_attempts: 2, attempts_per_provider: 2, first_token_timeout_s: 0.7, idle_timeout_s: 0.7, attempt_timeout_s: 1.5, deadline_s: 12, server_hint_cap_s: 8 } });

  for (const { wire, fault, stream, p, id } of cells) {
    const row = faults[fault], wanted = row[stream ? 'stream' : 'plain'], posts = wanted === 'broken' ? 1 : row[wire] ?? row.posts;
    test(`${fault}, ${wire}, ${stream ? 'streamed' : 'plain'}`, async () => {
      const got = await within(15_000, outcome(ask[wire](clients(g, { 'x-retryscope-route': id }), stream)), 'the call');
      const what = JSON.stringify(got.seen ?? got);
      if (wanted === 'ok' || wanted in ended) {
        assert.ok(!got.error, what);
        if (wanted !== 'call')
          assert.match(got.text, wanted === 'ok' ? /^Hello! I am a simulated model.*seen to see|^Hello! I am a simulated model/ : /^Hello/);
        assert.equal(got.finish, ended[wanted === 'ok' ? 'stop' : wanted][dialects.indexOf(wire)]);
      } else if (wanted === 'unfinished') { // where the wire says that it is cut it is no success; else no reason is made up
        assert.ok(posts === 2 ? got.error : !got.error && !got.finish || got.seen?.class === 'ResponseValidationError', what);
      } else if (wanted === 'same') {
        const direct = await provider(wires[wire].sandbox ?? wire, fault);
        const straight = await outcome(ask[wire](clients({ url: direct.url, token: 'direct' }, {}, { mistral: direct.url }), stream));
        assert.deepEqual(got.seen ?? got, straight.seen ?? straight);
      } else if (wanted === 'broken') {
        assert.ok(got.error || got.finish === 'error' || got.finish === 'overloaded_error', `It passed for whole: ${what}`); // Mistral has a word for it
      } else {
        assert.ok(got.error, `A false success: ${what}`);
        const status = got.error.status ?? got.error.statusCode;
        assert.ok(wanted === 500 ? status >= 500 : status === wanted, what);
      }
      if (got.error && wanted !== 'broken' && wanted !== 'unfinished' && got.error.headers) {
        const header = headersOf(got.error);
        assert.equal(header('x-retryscope-attempts'), String(posts));
        assert.equal(header('x-retryscope-provider'), id);
        assert.match(header('x-retryscope-reason'), /^[a-z_]+$/);
        assert.equal(header('location'), null);
      }
      const made = await p.posts(); // words that came in one piece with their end were shown to nobody, so they are asked for again
      assert.ok(made === posts || (wanted === 'broken' && made === row.posts), `${made} posts, ${posts} wanted: ${what}`);
    });
  }
  test('nothing is left running, nothing was said but warnings', async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.doesNotMatch(g.said, /error|ASSERT|panic/i);
  });
});

suite('gateway: the next provider', async () => {
  const open = Object.keys(faults).filter((f) => faults[f].plain === 'ok' || faults[f].plain in ended || ['context_length', 'content_filter', 'no_finish'].includes(f));
  const pairs = { unseen: [], repeated: [] };
  for (const wire of dialects) {
    for (const fault of Object.keys(faults).filter((f) => !open.includes(f))) {
      for (const stream of [false, true].filter((s) => !s || faults[fault].stream !== 'broken'))
        pairs.unseen.push({ wire, fault, stream, bad: await simulated(wire, fault), good: await simulated(wire) });
    }
    for (const fault of Object.keys(faults).filter((f) => faults[f].stream === 'broken'))
      pairs.repeated.push({ wire, fault, stream: true, bad: await simulated(wire, fault, { count: 1 }), good: await simulated(wire) });
  }
  const g = await gateway(Object.values(pairs).flat().flatMap((p) => [p.bad.entry, p.good.entry]), { retry: { first_token_timeout_s: 0.7, idle_timeout_s: 0.7, attempt_timeout_s: 1.5 } });
  /** All of them, two dozen at a time. */
  const run = async (list, headers, check) => {
    const left = [...list];
    await Promise.all(Array.from({ length: 24 }, async () => {
      for (let pair = left.shift(); pair; pair = left.shift()) {
        const { wire, fault, stream, bad, good } = pair, what = `${wire} ${fault} ${stream ? 'streamed' : 'plain'}`;
        const got = await within(15_000, outcome(ask[wire](clients(g, { 'x-retryscope-route': `${bad.id}, ${good.id}`, ...headers }), stream)), what);
        assert.ok(!got.error, `${what} ${JSON.stringify(got.seen)}`);
        assert.match(got.text, /^Hello! I am a simulated model[^!]*$/, what);
        await check?.(pair, what);
      }
    }));
  };
  test('whatever fails before a word was shown is not seen', async () => {
    await run(pairs.unseen, {}, async ({ good }, what) => assert.equal(await good.posts(), 1, what));
  });
  test('in the mode complete a stream that broke is repeated unseen', async () => {
    await run(pairs.repeated, { 'x-retryscope-mode': 'complete' });
  });
});

suite('gateway: the SDKs\' own retries', { concurrency: 4 }, () => {
  test('with their defaults they come back, each time as one call of ours', async () => {
    for (const [wire, retries] of [['openai', 2], ['anthropic', 2]]) {
      const p = await simulated(wire, 'server_error');
      const g = await gateway([p.entry], { retry: { max_attempts: 1 } });
      const error = await rejection(ask[wire](clients(g, {}, { maxRetries: retries }), false));
      assert.equal(error.status, 500);
      assert.equal(await p.posts(), 3);
      assert.equal((await g.get('/retryscope/status')).calls.asked, 3);
      await g.stop();
    }
  });
  test('what passes while the SDK waits is a success', async () => {
    const p = await simulated('openai', 'overloaded', { count: 1 });
    const g = await gateway([p.entry], { retry: { max_attempts: 1 } });
    const { data, response } = await clients(g, {}, { maxRetries: 2 }).openai.chat.completions.create(chat('openai')).withResponse();
    assert.match(data.choices[0].message.content, /Hello/);
    assert.equal(response.headers.get('x-retryscope-attempts'), '1');
    assert.equal(await p.posts(), 2);
    await g.stop();
  });
  test('a used-up quota is not asked for again, however often the SDK does', async () => {
    for (const wire of ['openai', 'anthropic']) {
      const p = await simulated(wire, 'quota_exhausted');
      const g = await gateway([p.entry]);
      const error = await within(12_000, rejection(ask[wire](clients(g, {}, { maxRetries: 2 }), false)));
      assert.ok([402, 429].includes(error.status), String(error.status));
      assert.equal(await p.posts(), 1);
      await g.stop();
    }
  });
  test('when all are cooling the program is told when to come back', async () => {
    const p = await simulated('openai', 'rate_limit');
    const g = await gateway([p.entry], { retry: { server_hint_cap_s: 1, deadline_s: 3 } });
    const { openai } = clients(g);
    await rejection(openai.chat.completions.create(chat('openai')));
    const posts = await p.posts();
    const error = await rejection(openai.chat.completions.create(chat('openai')));
    assert.ok(error instanceof openai.constructor.RateLimitError, `${error.status} ${error.message}`);
    const wait = Number(error.headers.get('retry-after'));
    const [circuit] = (await g.get('/retryscope/status')).providers[0].circuits;
    assert.equal(circuit.state, 'open');
    assert.ok(Math.abs(wait - circuit.probe_in_s) < 2, `${wait} ${circuit.probe_in_s}`);
    assert.equal(await p.posts(), posts);
    assert.equal(error.headers.get('x-retryscope-attempts'), '0');
    await g.stop();
  });
});
