import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listen } from './listen';

const request = { query: 'subscription Q { a }' };
const never = new AbortController().signal;

/** A server with one stream; `say` sends a piece of it. */
function serve() {
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  const sent: RequestInit[] = [];
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (stream = controller) });
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    sent.push(init);
    init.signal?.addEventListener('abort', () => stream?.error(new Error('cut')));
    return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
  });
  return { sent, say: (text: string) => stream?.enqueue(new TextEncoder().encode(text)), close: () => stream?.close() };
}

function answer(status: number, result: unknown) {
  vi.stubGlobal('fetch', async () => Response.json(result, { status }));
}

async function collect(signal = never) {
  const all = [];
  for await (const results of listen(request, {}, signal)) all.push(results);
  return all;
}

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('results are yielded as they arrive, until the server completes', async () => {
  const server = serve();
  const results = listen(request, { authorization: 'Bearer t' }, never)[Symbol.asyncIterator]();

  server.say(':\n\n');
  expect(await results.next()).toEqual({ done: false, value: [] });
  server.say('event: next\ndata: {"data":{"a":1}}\n\nevent: next\ndata: {"data":{"a":2}}\n\n');
  expect(await results.next()).toEqual({ done: false, value: [{ data: { a: 1 } }, { data: { a: 2 } }] });
  server.say('event: complete\ndata: \n\n');
  expect(await results.next()).toEqual({ done: false, value: [] });
  expect(await results.next()).toEqual({ done: true, value: undefined });

  expect(server.sent).toHaveLength(1);
  expect(server.sent[0]?.headers).toMatchObject({ authorization: 'Bearer t', accept: 'text/event-stream' });
  expect(server.sent[0]?.signal?.aborted, 'the connection is let go of').toBe(true);
});

test('a stream that ends without a word is a lost connection', async () => {
  const server = serve();
  server.close();

  await expect(collect()).rejects.toThrow('The connection to the server was lost.');
});

test('a server that is silent for too long is a lost connection', async () => {
  const server = serve();
  const lost = expect(collect()).rejects.toThrow('The connection to the server was lost.');

  await vi.advanceTimersByTimeAsync(20_000);
  server.say(':\n\n');
  await vi.advanceTimersByTimeAsync(24_000);
  expect(server.sent[0]?.signal?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);

  expect(server.sent[0]?.signal?.aborted).toBe(true);
  await lost;
});

test('whoever listens can cut the connection', async () => {
  const server = serve();
  const stop = new AbortController();
  const cut = expect(collect(stop.signal)).rejects.toThrow();
  await vi.advanceTimersByTimeAsync(0);

  stop.abort();

  await cut;
  expect(server.sent[0]?.signal?.aborted).toBe(true);
});

test('a refusal instead of a stream is the only result', async () => {
  const refusal = { errors: [{ message: 'Wait 5 s.', extensions: { code: 'LIMIT_EXCEEDED' } }] };
  answer(429, refusal);

  expect(await collect()).toEqual([[refusal]]);
});

test('a server that is about to stop is as one that cannot be reached', async () => {
  answer(503, { errors: [{ message: 'The server restarts: connect again.' }] });

  await expect(collect()).rejects.toThrow('The server restarts: connect again.');
});
