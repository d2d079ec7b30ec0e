import { errorText, readResult, sendRequest, type Request, type Result } from './api';
import { EventStreamParser } from './eventStreamParser';

/**
 * Runs a subscription. Yields the results that have arrived, or an empty list for a ping. Returns when the server completes the
 * subscription. Throws an Error with a sentence for the user if the connection fails or `signal` aborts it.
 */
export type OpenEventStream = (
  request: Request,
  headers: Record<string, string>,
  signal: AbortSignal,
) => AsyncIterable<Result[]>;

/** The server sends a ping every 10 seconds. Without data for this long the connection counts as lost. */
const idleTimeoutMs = 25_000;

const eventStreamType = 'text/event-stream';
const connectionLost = 'The connection to the server was lost.';

/**
 * The OpenEventStream of the browser: Server-Sent Events, with one POST per subscription. It uses the same header for the token, the
 * same page policy and the same proxies as other requests, and closing the connection ends the subscription. A WebSocket would need
 * another protocol, a package, and another way to send the token. The cost: over HTTP/1.1 a browser opens at most six connections
 * to a server, so that six pages with subscriptions block all other requests.
 */
export const openEventStream: OpenEventStream = async function* (request, headers, signal) {
  const idle = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const resetIdleTimer = () => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(), idleTimeoutMs);
  };
  const anySignal = AbortSignal.any([signal, idle.signal]);
  try {
    resetIdleTimer();
    const response = await sendRequest(request, { ...headers, accept: eventStreamType }, anySignal);
    if (!response.body || !response.headers.get('content-type')?.startsWith(eventStreamType)) {
      yield [await readErrorResult(response)];
      return;
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventStreamParser();
    for (;;) {
      const { done, value } = await read(reader);
      if (done) throw new Error(connectionLost);
      resetIdleTimer();
      const messages = parser.push(value);
      yield messages.filter(({ event }) => event === 'next').map(({ data }) => JSON.parse(data) as Result);
      if (messages.some(({ event }) => event === 'complete')) return;
    }
  } finally {
    clearTimeout(timer);
    idle.abort(); // closes the connection when the caller stops iterating
  }
};

async function read(reader: ReadableStreamDefaultReader<string>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new Error(connectionLost, { cause });
  }
}

/** Reads the result of a response that is not a stream. A server error, such as during a shutdown, is thrown like a lost connection. */
async function readErrorResult(response: Response): Promise<Result> {
  const result = await readResult<Record<string, unknown>>(response);
  if (response.status >= 500) {
    throw new Error(errorText(result));
  }
  return result;
}
