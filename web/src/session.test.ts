import { describe, expect, test } from 'vitest';
import type { Answer, Post, Request } from './api';
import { TabLocks } from './locks';
import { SessionEnded, Sessions, type Session } from './session';

const minute = 60_000;
const start = Date.parse('2026-03-01T08:00:00Z');
const viewer = { id: 'employee_1', displayName: 'Mila Novak', role: 'STORE_MANAGER' };
const home: Request = { query: 'query MobileHome { viewer { id } }', operationName: 'MobileHome' };

/** A browser with any number of tabs on one storage, and a server that knows one pair of tokens. */
function world() {
  const stored: { value: unknown } = { value: undefined };
  const sent: string[] = [];
  const server = { clock: start, generation: 1, known: true, answerRefresh: undefined as Post | undefined };
  const client = { clock: start };

  const answer = (data: unknown): Answer<never> => ({ result: { data: data as never }, serverTime: server.clock });
  const refuse = (code: string, message: string): Answer<never> => ({
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
          ? answer({ signIn: { session: tokens(), viewer: { ...viewer, permissions: [] }, userErrors: [] } })
          : answer({ signIn: { session: null, viewer: null, userErrors: [{ message: 'Wrong password.' }] } });
      case 'RefreshSession':
        if (server.answerRefresh) return server.answerRefresh(request);
        if (!server.known || input?.refreshToken !== `refresh-${server.generation}`) {
          return answer({ refreshSession: { session: null, userErrors: [{ message: 'The session has ended.' }] } });
        }
        server.generation++;
        return answer({ refreshSession: { session: tokens(), userErrors: [] } });
      default:
        return server.known && headers.authorization === `Bearer access-${server.generation}`
          ? answer({ viewer: { id: viewer.id } })
          : refuse('UNAUTHENTICATED', 'Sign in first.');
    }
  };

  const locks = new TabLocks();
  const store = {
    get: async () => structuredClone(stored.value),
    set: async (value: unknown) => void (stored.value = structuredClone(value)),
  };
  const tab = () => new Sessions({ post, store, locks, now: () => client.clock });
  const refreshes = () => sent.filter((line) => line.startsWith('RefreshSession')).length;
  return { post, locks, stored, sent, server, client, tab, refreshes, answer, refuse };
}

async function signedIn() {
  const all = world();
  const tab = all.tab();
  await tab.signIn('manager.1', 'right');
  all.sent.length = 0;
  return { ...all, first: tab };
}

describe('signing in', () => {
  test('keeps the session for the next load of the page', async () => {
    const { tab } = await signedIn();

    expect(await tab().current()).toEqual({
      accessToken: 'access-1',
      refreshToken: 'refresh-1',
      expiresAt: start + 15 * minute,
      viewer,
    } satisfies Session);
  });

  test('is refused in the words of the API', async () => {
    const tab = world().tab();

    await expect(tab.signIn('manager.1', 'wrong')).rejects.toThrow('Wrong password.');
    expect(await tab.current()).toBeNull();
  });

  test('tells who listens', async () => {
    const tab = world().tab();
    let told = 0;
    tab.subscribe(() => told++);

    await tab.signIn('manager.1', 'right');

    expect(told).toBe(1);
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
  ])('that reads %j counts as none', async (value) => {
    const { stored, tab } = world();
    stored.value = value;

    expect(await tab().current()).toBeNull();
  });

  test('that cannot be read counts as none', async () => {
    const { post, locks } = world();
    const store = { get: () => Promise.reject(new Error('no access')), set: async () => {} };
    const tab = new Sessions({ post, store, locks, now: Date.now });

    expect(await tab.current()).toBeNull();
  });
});

describe('sending', () => {
  test('carries the token, and other headers but not another authorization', async () => {
    const { first, sent } = await signedIn();

    const result = await first.send(home, { Authorization: 'Bearer other' });

    expect(result).toEqual({ data: { viewer: { id: 'employee_1' } } });
    expect(sent).toEqual(['MobileHome Bearer access-1']);
  });

  test('renews a token that is about to expire first', async () => {
    const { first, client, sent } = await signedIn();
    client.clock += 15 * minute - 20_000;

    await first.send(home);

    expect(sent).toEqual(['RefreshSession -', 'MobileHome Bearer access-2']);
  });

  test('does not renew early when this machine\'s clock is wrong', async () => {
    const all = world();
    all.client.clock = start + 60 * minute;
    const tab = all.tab();
    await tab.signIn('manager.1', 'right');

    await tab.send(home);

    expect(all.refreshes()).toBe(0);
  });

  test('renews once and repeats the operation when the token is refused', async () => {
    const { first, server, sent, stored } = await signedIn();
    stored.value = { ...(await first.current()), accessToken: 'spoiled' };

    const result = await first.send(home);

    expect(result.errors).toBeUndefined();
    expect(server.generation).toBe(2);
    expect(sent).toEqual(['MobileHome Bearer spoiled', 'RefreshSession -', 'MobileHome Bearer access-2']);
  });

  test('renews once for many requests of two tabs', async () => {
    const { first, tab, client, refreshes } = await signedIn();
    const second = tab();
    client.clock += 20 * minute;

    const results = await Promise.all([first, second, first, second, first].map((one) => one.send(home)));

    expect(results.every((result) => result.data)).toBe(true);
    expect(refreshes()).toBe(1);
  });
});

describe('the end of a session', () => {
  test('comes when the server no longer renews it', async () => {
    const { first, server, tab } = await signedIn();
    server.known = false;

    await expect(first.send(home)).rejects.toThrow(SessionEnded);
    expect(await tab().current()).toBeNull();
  });

  test('comes when even the new token is refused', async () => {
    const { first, server, answer } = await signedIn();
    const session = { accessToken: 'x', refreshToken: 'x', accessTokenExpiresAt: '2026-03-01T09:00:00Z' };
    server.known = false;
    server.answerRefresh = async () => answer({ refreshSession: { session, userErrors: [] } });

    await expect(first.send(home)).rejects.toThrow(SessionEnded);
    expect(await first.current()).toBeNull();
  });

  test('does not come from a server that cannot be reached', async () => {
    const { first, client, server } = await signedIn();
    client.clock += 20 * minute;
    server.answerRefresh = () => Promise.reject(new Error('The server could not be reached.'));

    await expect(first.send(home)).rejects.toThrow('could not be reached');
    expect(await first.current()).not.toBeNull();
  });

  test('does not come from a fault of the server, whose words are shown', async () => {
    const { first, client, server, refuse } = await signedIn();
    client.clock += 20 * minute;
    server.answerRefresh = async () => refuse('INTERNAL', 'Something failed here (error 7).');

    await expect(first.send(home)).rejects.toThrow('Something failed here (error 7).');
    expect(await first.current()).not.toBeNull();
  });

  test('by signing out tells the server and the listeners', async () => {
    const { first, sent } = await signedIn();
    let told = 0;
    first.subscribe(() => told++);

    await first.signOut();

    expect(sent).toEqual(['SignOut Bearer access-1']);
    expect(await first.current()).toBeNull();
    expect(told).toBe(1);
  });

  test('by signing out holds while another tab is renewing', async () => {
    const { first, tab, client, server, answer } = await signedIn();
    const second = tab();
    const session = { accessToken: 'late', refreshToken: 'late', accessTokenExpiresAt: '2026-03-01T09:00:00Z' };
    let signingOut = Promise.resolve();
    server.answerRefresh = async () => {
      client.clock = start; // so that signing out has no need to renew
      signingOut = first.signOut();
      return answer({ refreshSession: { session, userErrors: [] } });
    };
    client.clock += 20 * minute;

    await second.send(home).catch(() => undefined);
    await signingOut;

    expect(await first.current()).toBeNull();
  });
});
