import { describe, expect, test } from 'vitest';
import type { Request, Result } from './api';
import { SessionEnded } from './session';
import { findSubscription, maxEvents, Subscription, type Display } from './subscription';

const resumable = 'subscription Q($after: String) { storeEvents(after: $after) { cursor } }';
const plain = 'subscription Q { storeEvents { id } }';
const note = expect.stringMatching(/^Connection lost/);
const gap = { gap: expect.stringMatching(/^The connection was interrupted/) };

const event = (cursor: string): Result => ({ data: { storeEvents: { cursor } } });
const rejected: Result = { errors: [{ message: 'Your token has expired.', extensions: { code: 'UNAUTHENTICATED' } }] };
const lost = new Error('The connection to the server was lost.');
const alive: Result[] = [];

/** The steps of one connection. An Error or the end of the list ends it. `stay` waits until it is closed. */
type Connection = (Result[] | Error | typeof stay)[];
const stay = Symbol('the connection stays open');

/** A server with a list of connections, and a session that can always refresh its token. */
function createFixture(connections: Connection[]) {
  const sent: { after: unknown; token: string | undefined }[] = [];
  const pauses: number[] = [];
  const server = { aborted: 0 };
  let generation = 1;
  let failure: Error | undefined;

  async function* openEventStream(request: Request, headers: Record<string, string>, signal: AbortSignal) {
    sent.push({ after: request.variables?.after, token: headers.authorization });
    for (const step of connections.shift() ?? [stay]) {
      if (step instanceof Error) throw step;
      if (step !== stay) yield step;
      else await new Promise((resolve) => signal.addEventListener('abort', resolve)).then(() => server.aborted++);
    }
  }
  const authorized = async <T>(
    headers: Record<string, string>,
    task: (headers: Record<string, string>) => Promise<T | undefined>,
  ): Promise<T> => {
    if (failure) throw failure;
    for (const last of [false, true]) {
      const done = await task({ ...headers, authorization: `token-${generation}` });
      if (done !== undefined) return done;
      if (!last) generation++;
    }
    throw new SessionEnded();
  };
  const sleep = async (ms: number) => void pauses.push(ms);
  const failWith = (error: Error) => void (failure = error);
  const run = (query: string, variables?: Record<string, unknown>) =>
    new Subscription({ query, variables }, findSubscription({ query })!, {}, { sessions: { authorized }, openEventStream, sleep });
  return { sent, pauses, server, run, failWith };
}

/** Subscribes. `ended` resolves to the outcome, `until` waits for a display. */
function watch(subscription: Subscription) {
  const shown: Display[] = [];
  let check = () => {};
  let finish: (how: unknown) => void = () => {};
  const ended = new Promise<unknown>((resolve) => (finish = resolve));
  const { unsubscribe } = subscription.subscribe({
    next: (value) => {
      shown.push(structuredClone(value));
      check();
    },
    error: finish,
    complete: () => finish('complete'),
  });
  const until = (wanted: (last: Display) => boolean) =>
    new Promise<void>((resolve) => {
      check = () => void (shown.length > 0 && wanted(shown.at(-1)!) && resolve());
      check();
    });
  return { shown, ended, until, unsubscribe, last: () => shown.at(-1) };
}

const shows = (count: number) => (last: Display) => !last.note && last.events?.length === count;

describe('which operation is a subscription', () => {
  test.each([
    [plain, null, true],
    ['query A { a } subscription B { b }', 'B', true],
    ['query A { a } subscription B { b }', 'A', false],
    ['query A { a } subscription B { b }', null, false],
    ['mutation { a }', undefined, false],
    ['subscription {', null, false],
  ])('%s, run as %s: %s', (query, operationName, is) => {
    expect(findSubscription({ query, operationName }) !== undefined).toBe(is);
  });
});

describe('events', () => {
  test('appear in order, the newest first', async () => {
    const { shown, ended } = watch(createFixture([[alive, [event('1')], alive, [event('2'), event('3')]]]).run(plain));

    expect(await ended).toBe('complete');
    expect(shown).toEqual([{ events: [event('1')] }, { events: [event('3'), event('2'), event('1')] }]);
  });

  test('are removed when there are too many', async () => {
    const many = Array.from({ length: maxEvents + 5 }, (_, i) => event(`${i}`));
    const { last, ended } = watch(createFixture([[many]]).run(plain));

    await ended;

    expect(last()?.events).toHaveLength(maxEvents);
    expect(last()?.events?.[0]).toEqual(many.at(-1));
  });
});

describe('an error response', () => {
  const forbidden: Result = { errors: [{ message: 'You may not do this.', extensions: { code: 'FORBIDDEN' } }] };

  test('is shown with the message of the server', async () => {
    const { last, ended } = watch(createFixture([[alive, [forbidden]]]).run(plain));

    expect(await ended).toBe('complete');
    expect(last()).toEqual(forbidden);
  });

  test('keeps the events before it', async () => {
    const { last, ended } = watch(createFixture([[alive, [event('1')], [forbidden]]]).run(plain));

    await ended;

    expect(last()).toEqual({ ...forbidden, events: [event('1')] });
  });
});

describe('an expired token', () => {
  test('is refreshed, and no event after the last cursor is missed', async () => {
    const { sent, run, pauses } = createFixture([[alive, [event('1')], [rejected]], [alive, [rejected]], [alive, [event('2')]]]);
    const { last, ended } = watch(run(resumable));

    await ended;

    expect(sent).toEqual([
      { after: undefined, token: 'token-1' },
      { after: '1', token: 'token-1' },
      { after: '1', token: 'token-2' },
    ]);
    expect(last()).toEqual({ events: [event('2'), event('1')] });
    expect(pauses).toEqual([]);
  });

  test('loses no event that arrives with the error', async () => {
    const { last, ended } = watch(createFixture([[alive, [event('1'), rejected]], [alive, [event('2')]]]).run(plain));

    await ended;

    expect(last()).toEqual({ events: [event('2'), gap, event('1')] });
  });

  test('is refreshed repeatedly, also without events', async () => {
    const quiet: Connection = [alive, alive, [rejected]];
    const { last, ended } = watch(createFixture([quiet, quiet, quiet, quiet, [alive, [event('1')]]]).run(plain));

    expect(await ended).toBe('complete');
    expect(last()).toEqual({ events: [event('1'), gap] });
  });

  test('and whose replacement is rejected at once is the end of the session', async () => {
    const { ended } = watch(createFixture([[alive, [rejected]], [alive, [rejected]]]).run(plain));

    expect(await ended).toBeInstanceOf(SessionEnded);
  });

  test('is refreshed for a document without a cursor, too, with a gap', async () => {
    const { run, sent } = createFixture([[alive, [event('1')], [rejected]], [alive, [event('2')]]]);
    const { last, ended } = watch(run(plain));

    await ended;

    expect(sent).toHaveLength(2);
    expect(last()).toEqual({ events: [event('2'), gap, event('1')] });
  });

  test('at the first connection makes no gap', async () => {
    const { last, ended } = watch(createFixture([[alive, [rejected]], [alive, [event('1')]]]).run(plain));

    await ended;

    expect(last()).toEqual({ events: [event('1')] });
  });

  test('with a session that has ended ends the subscription', async () => {
    const { run, failWith } = createFixture([[alive, [event('1')], alive, [rejected]]]);
    const subscription = watch(run(resumable));

    failWith(new SessionEnded()); // from the second attempt on

    expect(await subscription.ended).toBeInstanceOf(SessionEnded);
    expect(subscription.shown[0]).toEqual({ events: [event('1')] });
  });
});

describe('a lost connection', () => {
  test('is reopened after the last cursor, with growing delays', async () => {
    const first: Connection[] = [[alive, [event('1')], lost], [lost], [lost]];
    const { run, sent, pauses } = createFixture([...first, [alive, [event('2')], lost], [alive, [event('3')]]]);
    const { shown, last, ended } = watch(run(resumable));

    await ended;

    expect(pauses, 'the delay is reset after a connection').toEqual([1_000, 2_000, 4_000, 1_000]);
    expect(sent.map(({ after }) => after)).toEqual([undefined, '1', '1', '1', '2']);
    expect(shown[1]).toEqual({ note, events: [event('1')] });
    expect(last()).toEqual({ events: [event('3'), event('2'), event('1')] });
  });

  test('resumes after the given cursor if there was no event yet', async () => {
    const { run, sent } = createFixture([[alive, lost], [alive, [event('8')]]]);
    const { last, ended } = watch(run(resumable, { after: '7' }));

    await ended;

    expect(sent.map(({ after }) => after)).toEqual(['7', '7']);
    expect(last()).toEqual({ events: [event('8')] });
  });

  test('is no longer shown after a reconnection', async () => {
    const { run } = createFixture([[alive, [event('1')], lost], [alive, stay]]);
    const { shown, until, unsubscribe } = watch(run(resumable));

    await until((last) => !last.note && shown.length > 2);
    unsubscribe();

    expect(shown.at(-1)).toEqual({ events: [event('1')] });
  });

  test('makes one gap, however many attempts fail', async () => {
    const { run } = createFixture([[alive, lost], [lost], [lost], [alive, [event('1')]]]);
    const { last, ended } = watch(run(plain));

    await ended;

    expect(last()).toEqual({ events: [event('1'), gap] });
  });

  test('that never opened is an error at once', async () => {
    const { run, pauses } = createFixture([[lost]]);

    expect(await watch(run(resumable)).ended).toBe(lost);
    expect(pauses).toEqual([]);
  });
});

test('unsubscribe closes the connection and ends all notifications', async () => {
  const { run, sent, server } = createFixture([[alive, [event('1')], stay, [event('2')]]]);
  const { shown, until, unsubscribe, ended } = watch(run(resumable));
  await until(shows(1));

  unsubscribe();

  const silence = new Promise((resolve) => setTimeout(resolve, 0, 'silence'));
  expect(await Promise.race([ended, silence])).toBe('silence');
  expect(server.aborted).toBe(1);
  expect(sent).toHaveLength(1);
  expect(shown).toEqual([{ events: [event('1')] }]);
});
