import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openEventStream } from './eventStream';

const request = { query: 'subscription Q { a }' };
const never = new AbortController().signal;

/** A server with one stream. `send` sends a piece of it. */
function startServer() {
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  const sent: RequestInit[] = [];
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (stream = controller) });
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    sent.push(init);
    init.signal?.addEventListener('abort', () => stream?.error(new Error('cut')));
    return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
  });
  return { sent, send: (text: string) => stream?.enqueue(new TextEncoder().encode(text)), close: () => stream?.close() };
}

function respond(status: number, result: unknown) {
  vi.stubGlobal('fetch', async () => Response.json(result, { status }));
}

async function collect(signal = never) {
  const all = [];
  for await (const results of openEventStream(request, {}, signal)) all.push(results);
  return all;
}

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('results are yielded as they arrive, until the server completes', async () => {
  const server = startServer();
  const results = openEventStream(request, { authorization: 'Bearer t' }, never)[Symbol.asyncIterator]();

  server.send(':\n\n');
  expect(await results.next()).toEqual({ done: false, value: [] });
  server.send('event: next\ndata: {"data":{"a":1}}\n\nevent: next\ndata: {"data":{"a":2}}\n\n');
  expect(await results.next()).toEqual({ done: false, value: [{ data: { a: 1 } }, { data: { a: 2 } }] });
  server.send('event: complete\ndata: \n\n');
  expect(await results.next()).toEqual({ done: false, value: [] });
  expect(await results.next()).toEqual({ done: true, value: undefined });

  expect(server.sent).toHaveLength(1);
  expect(server.sent[0]?.headers).toMatchObject({ authorization: 'Bearer t', accept: 'text/event-stream' });
  expect(server.sent[0]?.signal?.aborted, 'the connection is closed').toBe(true);
});

test('a stream that ends without complete is a lost connection', async () => {
  const server = startServer();
  server.close();

  await expect(collect()).rejects.toThrow('The connection to the server was lost.');
});

test('a server that sends nothing for 25 seconds is a lost connection', async () => {
  const server = startServer();
  const lost = expect(collect()).rejects.toThrow('The connection to the server was lost.');

  await vi.advanceTimersByTimeAsync(20_000);
  server.send(':\n\n');
  await vi.advanceTimersByTimeAsync(24_000);
  expect(server.sent[0]?.signal?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);

  expect(server.sent[0]?.signal?.aborted).toBe(true);
  await lost;
});

test('the signal closes the connection', async () => {
  const server = startServer();
  const stop = new AbortController();
  const aborted = expect(collect(stop.signal)).rejects.toThrow();
  await vi.advanceTimersByTimeAsync(0);

  stop.abort();

  await aborted;
  expect(server.sent[0]?.signal?.aborted).toBe(true);
});

test('a response with errors instead of a stream is the only result', async () => {
  const errors = { errors: [{ message: 'Wait 5 s.', extensions: { code: 'LIMIT_EXCEEDED' } }] };
  respond(429, errors);

  expect(await collect()).toEqual([[errors]]);
});

test('a server that shuts down is a lost connection', async () => {
  respond(503, { errors: [{ message: 'The server is restarting. Reconnect.' }] });

  await expect(collect()).rejects.toThrow('The server is restarting. Reconnect.');
});
