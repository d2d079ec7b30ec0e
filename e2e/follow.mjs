// Subscribes to events with the clients that apps and partners use, graphql-ws and graphql-sse (distinct connections mode).
//
//   node follow.mjs < plan
//
// The first line of the input is the plan, {url, login, password, followers: [{name, transport, query, variables}]}. The end of the
// input ends the program. Each line of the output is an event of a follower. Whatever ends a subscription, it resumes after the last
// received event: the clients' own retries also read the variables again.
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

const retryAttempts = 1000;
const delay = () => sleep(10 + Math.random() * 50);

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Prints why a follower cannot continue, and exits. */
function fail(line) {
  print(line);
  process.exit(1);
}

/** Caches an access token until it is rejected. */
function createSession({ url, login, password }) {
  const query = 'mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } } }';
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input: { login, password } } }),
  };
  async function signIn() {
    for (let n = 0; n < retryAttempts; n++) {
      try {
        const response = await fetch(url, { ...request, signal: AbortSignal.timeout(5_000) });
        const { data } = await response.json();
        return data.signIn.session.accessToken;
      } catch {
        await delay();
      }
    }
    return fail({ failed: `${login} cannot sign in` });
  }
  let token;
  return {
    authorization: async () => ({ authorization: `Bearer ${await (token ??= signIn())}` }),
    renew: () => {
      token = undefined;
    },
  };
}

const createClient = {
  ws: (name, url, session) =>
    createSocketClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: session.authorization,
      retryAttempts,
      retryWait: delay,
      shouldRetry: () => true, // also if the connection failed before it was open
      on: {
        closed({ code, reason }) {
          print({ name, closed: code, reason });
          if (code === 4403) session.renew();
        },
      },
    }),
  sse: (name, url, session) =>
    createStreamClient({
      url,
      headers: session.authorization,
      retryAttempts,
      retry: delay,
      on: { connecting: (again) => again && print({ name, cut: true }) },
      async fetchFn(...request) {
        const response = await fetch(...request);
        if (response.status === 401) session.renew();
        return response;
      },
    }),
};

/** Codes of temporary errors: a retry, possibly with another token, can succeed. */
const temporary = ['UNAUTHENTICATED', 'INTERNAL', 'TIMEOUT', 'CANCELLED'];

function follow({ name, transport, query, variables }, url, session) {
  const client = createClient[transport](name, url, session);
  let { after } = variables;
  const payload = {
    query,
    get variables() {
      return { ...variables, after };
    },
  };
  function handleErrors(errors) {
    const codes = errors.map(({ extensions }) => extensions?.code);
    print({ name, refused: codes, reason: errors[0].message });
    if (codes.includes('UNAUTHENTICATED')) session.renew();
    if (!codes.every((code) => temporary.includes(code))) fail({ name, failed: JSON.stringify(errors) });
  }
  function subscribe() {
    client.subscribe(payload, {
      next({ data, errors }) {
        if (errors) return handleErrors(errors);
        const { id, cursor, type } = data.storeEvents ?? data.events;
        after = cursor;
        print({ name, event: { id, cursor, type } });
      },
      error(cause) {
        if (!Array.isArray(cause)) fail({ name, failed: `${cause.code ?? ''} ${cause.reason ?? cause.message}` });
        handleErrors(cause);
        delay().then(subscribe);
      },
      complete: () => delay().then(subscribe),
    });
  }
  subscribe();
}

const input = createInterface({ input: process.stdin });
input.once('line', (line) => {
  const { url, login, password, followers } = JSON.parse(line);
  const session = createSession({ url, login, password });
  for (const follower of followers) follow(follower, url, session);
});
input.once('close', () => process.exit(0));
