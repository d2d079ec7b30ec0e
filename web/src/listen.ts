import { errorText, reach, readResult, type Request, type Result } from './api';
import { Messages } from './events';

/**
 * Runs a subscription: yields the results that have arrived, an empty list for a mere sign of life. It returns when
 * the server completes, and throws a sentence when the connection fails, or when `signal` cuts it.
 */
export type Listen = (
  request: Request,
  headers: Record<string, string>,
  signal: AbortSignal,
) => AsyncIterable<Result[]>;

/** The server says something every 10 seconds. When it is silent for this long, the connection is dead. */
const silenceMs = 25_000;

const mediaStream = 'text/event-stream';
const lost = 'The connection to the server was lost.';

/**
 * The Listen of the browser: Server-Sent Events, one POST a subscription. That is a request as all others are, with the
 * same header for the token, under the same policy of the page and through the same proxies; cutting it is all
 * that ends it. A WebSocket would need a protocol, a package, and its own way to bring the token. The price: over
 * HTTP/1.1 a browser opens six connections to a server, and six pages that listen leave none for anything else.
 */
export const listen: Listen = async function* (request, headers, signal) {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hear = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), silenceMs);
  };
  const both = AbortSignal.any([signal, silence.signal]);
  try {
    hear();
    const response = await reach(request, { ...headers, accept: mediaStream }, both);
    if (!response.body || !response.headers.get('content-type')?.startsWith(mediaStream)) {
      yield [await readRefusal(response)];
      return;
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const messages = new Messages();
    for (;;) {
      const { done, value } = await read(reader);
      if (done) throw new Error(lost);
      hear();
      const arrived = messages.push(value);
      yield arrived.filter(({ event }) => event === 'next').map(({ data }) => JSON.parse(data) as Result);
      if (arrived.some(({ event }) => event === 'complete')) return;
    }
  } finally {
    clearTimeout(timer);
    silence.abort(); // whoever stops to iterate leaves no connection behind
  }
};

async function read(reader: ReadableStreamDefaultReader<string>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new Error(lost, { cause });
  }
}

/** What is answered instead of a stream. A server that is about to stop is as one that cannot be reached. */
async function readRefusal(response: Response): Promise<Result> {
  const result = await readResult<Record<string, unknown>>(response);
  if (response.status >= 500) {
    throw new Error(errorText(result));
  }
  return result;
}
