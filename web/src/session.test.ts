import { describe, expect, test } from 'vitest';
import type { TimedResult, Post, Request } from './api';
import { TabLocks } from './locks';
import { SessionEnded, Sessions, type Session } from './session';

const minute = 60_000;
const start = Date.parse('2026-03-01T08:00:00Z');
const viewer = { id: 'viewer_1', displayName: 'Mila Novak', role: 'STORE_MANAGER' };
const home: Request = { query: 'query MobileHome { viewer { id } }', operationName: 'MobileHome' };

/** A browser with tabs that share one store, and a server that accepts one pair of tokens. */
function createFixture() {
  const stored: { value: unknown } = { value: undefined };
  const sent: string[] = [];
  const server = { clock: start, generation: 1, known: true, onRefresh: undefined as Post | undefined };
  const client = { clock: start };

  const respond = (data: unknown): TimedResult<never> => ({ result: { data: data as never }, serverTime: server.clock });
  const reject = (code: string, message: string): TimedResult<never> => ({
    result: { errors: [{ message, extensions: { code } }] },
    serverTime: server.clock,
  });
  const tokens = () => ({
    accessToken: `access-${server.generation}`,
    refreshToken: `refresh-${server.generation}`,
    accessTokenExpiresAt: new Date(server.clock + 15 * minute).toISOString(),
  });

  const post: Post = async (request, headers = {}) => {
    sent.push(`${request.operationName} ${headers.authorization ?? '-'}`);
    await Promise.resolve();
    const input = request.variables?.input as Record<string, string> | undefined;
    switch (request.operationName) {
      case 'SignIn':
        return input?.password === 'right'
          ? respond({ signIn: { session: tokens(), viewer: { ...viewer, permissions: [] }, userErrors: [] } })
          : respond({ signIn: { session: null, viewer: null, userErrors: [{ message: 'Wrong password.' }] } });
      case 'RefreshSession':
        if (server.onRefresh) return server.onRefresh(request);
        if (!server.known || input?.refreshToken !== `refresh-${server.generation}`) {
          return respond({ refreshSession: { session: null, userErrors: [{ message: 'The session has ended.' }] } });
        }
        server.generation++;
        return respond({ refreshSession: { session: tokens(), userErrors: [] } });
      default:
        return server.known && headers.authorization === `Bearer access-${server.generation}`
          ? respond({ viewer: { id: viewer.id } })
          : reject('UNAUTHENTICATED', 'Sign in first.');
    }
  };

  const locks = new TabLocks();
  const store = {
    get: async () => structuredClone(stored.value),
    set: async (value: unknown) => void (stored.value = structuredClone(value)),
  };
  const tab = () => new Sessions({ post, store, locks, now: () => client.clock });
  const refreshes = () => sent.filter((line) => line.startsWith('RefreshSession')).length;
  return { post, locks, stored, sent, server, client, tab, refreshes, respond, reject };
}

async function signedIn() {
  const all = createFixture();
  const tab = all.tab();
  await tab.signIn('manager.1', 'right');
  all.sent.length = 0;
  return { ...all, first: tab };
}

describe('signing in', () => {
  test('stores the session for the next page load', async () => {
    const { tab } = await signedIn();

    expect(await tab().current()).toEqual({
      accessToken: 'access-1',
      refreshToken: 'refresh-1',
      expiresAt: start + 15 * minute,
      viewer,
    } satisfies Session);
  });

  test('fails with the message of the API', async () => {
    const tab = createFixture().tab();

    await expect(tab.signIn('manager.1', 'wrong')).rejects.toThrow('Wrong password.');
    expect(await tab.current()).toBeNull();
  });

  test('notifies listeners', async () => {
    const tab = createFixture().tab();
    let notifications = 0;
    tab.subscribe(() => notifications++);

    await tab.signIn('manager.1', 'right');

    expect(notifications).toBe(1);
  });
});

describe('a stored session', () => {
  test.each([
    'text',
    42,
    null,
    [],
    { accessToken: 'a' },
    { accessToken: 1, refreshToken: 'r', expiresAt: 1, viewer },
    { accessToken: 'a', refreshToken: 'r', expiresAt: Number.NaN, viewer },
    { accessToken: 'a', refreshToken: 'r', expiresAt: 1, viewer: null },
  ])('of %j is ignored', async (value) => {
    const { stored, tab } = createFixture();
    stored.value = value;

    expect(await tab().current()).toBeNull();
  });

  test('that cannot be read is ignored', async () => {
    const { post, locks } = createFixture();
    const store = { get: () => Promise.reject(new Error('no access')), set: async () => {} };
    const tab = new Sessions({ post, store, locks, now: Date.now });

    expect(await tab.current()).toBeNull();
  });
});

describe('sending', () => {
  test('sends the token and other headers, but no other authorization', async () => {
    const { first, sent } = await signedIn();

    const result = await first.send(home, { Authorization: 'Bearer other' });

    expect(result).toEqual({ data: { viewer: { id: 'viewer_1' } } });
    expect(sent).toEqual(['MobileHome Bearer access-1']);
  });

  test('first refreshes a token that is about to expire', async () => {
    const { first, client, sent } = await signedIn();
    client.clock += 15 * minute - 20_000;

    await first.send(home);

    expect(sent).toEqual(['RefreshSession -', 'MobileHome Bearer access-2']);
  });

  test('does not refresh early when the clock of this machine is wrong', async () => {
    const all = createFixture();
    all.client.clock = start + 60 * minute;
    const tab = all.tab();
    await tab.signIn('manager.1', 'right');

    await tab.send(home);

    expect(all.refreshes()).toBe(0);
  });

  test('refreshes once and repeats the operation when the token is rejected', async () => {
    const { first, server, sent, stored } = await signedIn();
    stored.value = { ...(await first.current()), accessToken: 'spoiled' };

    const result = await first.send(home);

    expect(result.errors).toBeUndefined();
    expect(server.generation).toBe(2);
    expect(sent).toEqual(['MobileHome Bearer spoiled', 'RefreshSession -', 'MobileHome Bearer access-2']);
  });

  test('refreshes once for many requests of two tabs', async () => {
    const { first, tab, client, refreshes } = await signedIn();
    const second = tab();
    client.clock += 20 * minute;

    const results = await Promise.all([first, second, first, second, first].map((one) => one.send(home)));

    expect(results.every((result) => result.data)).toBe(true);
    expect(refreshes()).toBe(1);
  });
});

describe('the end of a session', () => {
  test('follows a rejected refresh', async () => {
    const { first, server, tab } = await signedIn();
    server.known = false;

    await expect(first.send(home)).rejects.toThrow(SessionEnded);
    expect(await tab().current()).toBeNull();
  });

  test('follows a rejected new token', async () => {
    const { first, server, respond } = await signedIn();
    const session = { accessToken: 'x', refreshToken: 'x', accessTokenExpiresAt: '2026-03-01T09:00:00Z' };
    server.known = false;
    server.onRefresh = async () => respond({ refreshSession: { session, userErrors: [] } });

    await expect(first.send(home)).rejects.toThrow(SessionEnded);
    expect(await first.current()).toBeNull();
  });

  test('does not follow an unreachable server', async () => {
    const { first, client, server } = await signedIn();
    client.clock += 20 * minute;
    server.onRefresh = () => Promise.reject(new Error('The server could not be reached.'));

    await expect(first.send(home)).rejects.toThrow('could not be reached');
    expect(await first.current()).not.toBeNull();
  });

  test('does not follow an internal error, whose message is shown', async () => {
    const { first, client, server, reject } = await signedIn();
    client.clock += 20 * minute;
    server.onRefresh = async () => reject('INTERNAL', 'Something failed here (error 7).');

    await expect(first.send(home)).rejects.toThrow('Something failed here (error 7).');
    expect(await first.current()).not.toBeNull();
  });

  test('by signing out notifies the server and the listeners', async () => {
    const { first, sent } = await signedIn();
    let notifications = 0;
    first.subscribe(() => notifications++);

    await first.signOut();

    expect(sent).toEqual(['SignOut Bearer access-1']);
    expect(await first.current()).toBeNull();
    expect(notifications).toBe(1);
  });

  test('by signing out persists while another tab refreshes', async () => {
    const { first, tab, client, server, respond } = await signedIn();
    const second = tab();
    const session = { accessToken: 'late', refreshToken: 'late', accessTokenExpiresAt: '2026-03-01T09:00:00Z' };
    let signingOut = Promise.resolve();
    server.onRefresh = async () => {
      client.clock = start; // so that signing out does not refresh
      signingOut = first.signOut();
      return respond({ refreshSession: { session, userErrors: [] } });
    };
    client.clock += 20 * minute;

    await second.send(home).catch(() => undefined);
    await signingOut;

    expect(await first.current()).toBeNull();
  });
});
