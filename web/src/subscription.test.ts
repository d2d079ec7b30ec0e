import { describe, expect, test } from 'vitest';
import type { Request, Result } from './api';
import { SessionEnded } from './session';
import { most, Subscription, subscriptionOf, type Shown } from './subscription';

const resumable = 'subscription Q($after: String) { storeEvents(after: $after) { cursor } }';
const plain = 'subscription Q { storeEvents { id } }';
const note = expect.stringMatching(/^The connection is lost/);
const gap = { gap: expect.stringMatching(/^The connection was cut/) };

const event = (cursor: string): Result => ({ data: { storeEvents: { cursor } } });
const refused: Result = { errors: [{ message: 'Your token has expired.', extensions: { code: 'UNAUTHENTICATED' } }] };
const lost = new Error('The connection to the server was lost.');
const alive: Result[] = [];

/** What one connection brings; an error or the end of the list ends it, `stay` waits until it is cut. */
type Connection = (Result[] | Error | typeof stay)[];
const stay = Symbol('the server says nothing for now');

/** A server that answers with one connection after the other, and a session that always renews its token. */
function world(connections: Connection[]) {
  const sent: { after: unknown; token: string | undefined }[] = [];
  const pauses: number[] = [];
  const server = { cuts: 0 };
  let generation = 1;
  let failure: Error | undefined;

  async function* listen(request: Request, headers: Record<string, string>, signal: AbortSignal) {
    sent.push({ after: request.variables?.after, token: headers.authorization });
    for (const step of connections.shift() ?? [stay]) {
      if (step instanceof Error) throw step;
      if (step !== stay) yield step;
      else await new Promise((resolve) => signal.addEventListener('abort', resolve)).then(() => server.cuts++);
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
  const pause = async (ms: number) => void pauses.push(ms);
  const failWith = (error: Error) => void (failure = error);
  const run = (query: string, variables?: Record<string, unknown>) =>
    new Subscription({ query, variables }, subscriptionOf({ query })!, {}, { sessions: { authorized }, listen, pause });
  return { sent, pauses, server, run, failWith };
}

/** Subscribes; `ended` says how it ended, `until` waits for what is shown. */
function watch(subscription: Subscription) {
  const shown: Shown[] = [];
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
  const until = (wanted: (last: Shown) => boolean) =>
    new Promise<void>((resolve) => {
      check = () => void (shown.length > 0 && wanted(shown.at(-1)!) && resolve());
      check();
    });
  return { shown, ended, until, unsubscribe, last: () => shown.at(-1) };
}

const shows = (count: number) => (last: Shown) => !last.note && last.events?.length === count;

describe('which operation is a subscription', () => {
  test.each([
    [plain, null, true],
    ['query A { a } subscription B { b }', 'B', true],
    ['query A { a } subscription B { b }', 'A', false],
    ['query A { a } subscription B { b }', null, false],
    ['mutation { a }', undefined, false],
    ['subscription {', null, false],
  ])('%s, run as %s: %s', (query, operationName, is) => {
    expect(subscriptionOf({ query, operationName }) !== undefined).toBe(is);
  });
});

describe('events', () => {
  test('appear one after the other, the latest first', async () => {
    const { shown, ended } = watch(world([[alive, [event('1')], alive, [event('2'), event('3')]]]).run(plain));

    expect(await ended).toBe('complete');
    expect(shown).toEqual([{ events: [event('1')] }, { events: [event('3'), event('2'), event('1')] }]);
  });

  test('make room for later ones', async () => {
    const many = Array.from({ length: most + 5 }, (_, i) => event(`${i}`));
    const { last, ended } = watch(world([[many]]).run(plain));

    await ended;

    expect(last()?.events).toHaveLength(most);
    expect(last()?.events?.[0]).toEqual(many.at(-1));
  });
});

describe('a refusal', () => {
  const forbidden: Result = { errors: [{ message: 'You may not do this.', extensions: { code: 'FORBIDDEN' } }] };

  test('is shown in the words of the server', async () => {
    const { last, ended } = watch(world([[alive, [forbidden]]]).run(plain));

    expect(await ended).toBe('complete');
    expect(last()).toEqual(forbidden);
  });

  test('keeps the events that came before it', async () => {
    const { last, ended } = watch(world([[alive, [event('1')], [forbidden]]]).run(plain));

    await ended;

    expect(last()).toEqual({ ...forbidden, events: [event('1')] });
  });
});

describe('a token that runs out', () => {
  test('is renewed, and nothing is missed after the last cursor', async () => {
    const { sent, run, pauses } = world([[alive, [event('1')], [refused]], [alive, [refused]], [alive, [event('2')]]]);
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

  test('loses no event that arrives together with the refusal', async () => {
    const { last, ended } = watch(world([[alive, [event('1'), refused]], [alive, [event('2')]]]).run(plain));

    await ended;

    expect(last()).toEqual({ events: [event('2'), gap, event('1')] });
  });

  test('is renewed again and again, also when nothing happens', async () => {
    const quiet: Connection = [alive, alive, [refused]];
    const { last, ended } = watch(world([quiet, quiet, quiet, quiet, [alive, [event('1')]]]).run(plain));

    expect(await ended).toBe('complete');
    expect(last()).toEqual({ events: [event('1'), gap] });
  });

  test('and whose successor is refused at once is the end of the session', async () => {
    const { ended } = watch(world([[alive, [refused]], [alive, [refused]]]).run(plain));

    expect(await ended).toBeInstanceOf(SessionEnded);
  });

  test('is renewed for a document without a cursor too, which may miss something', async () => {
    const { run, sent } = world([[alive, [event('1')], [refused]], [alive, [event('2')]]]);
    const { last, ended } = watch(run(plain));

    await ended;

    expect(sent).toHaveLength(2);
    expect(last()).toEqual({ events: [event('2'), gap, event('1')] });
  });

  test('at the first connection is no gap', async () => {
    const { last, ended } = watch(world([[alive, [refused]], [alive, [event('1')]]]).run(plain));

    await ended;

    expect(last()).toEqual({ events: [event('1')] });
  });

  test('with a session that has ended ends the subscription', async () => {
    const { run, failWith } = world([[alive, [event('1')], alive, [refused]]]);
    const subscription = watch(run(resumable));

    failWith(new SessionEnded()); // from the second time on

    expect(await subscription.ended).toBeInstanceOf(SessionEnded);
    expect(subscription.shown[0]).toEqual({ events: [event('1')] });
  });
});

describe('a connection that is lost', () => {
  test('is made again after the last cursor, with longer and longer pauses', async () => {
    const first: Connection[] = [[alive, [event('1')], lost], [lost], [lost]];
    const { run, sent, pauses } = world([...first, [alive, [event('2')], lost], [alive, [event('3')]]]);
    const { shown, last, ended } = watch(run(resumable));

    await ended;

    expect(pauses, 'short again once it stood').toEqual([1_000, 2_000, 4_000, 1_000]);
    expect(sent.map(({ after }) => after)).toEqual([undefined, '1', '1', '1', '2']);
    expect(shown[1]).toEqual({ note, events: [event('1')] });
    expect(last()).toEqual({ events: [event('3'), event('2'), event('1')] });
  });

  test('goes on after the cursor that was given, before there is an event', async () => {
    const { run, sent } = world([[alive, lost], [alive, [event('8')]]]);
    const { last, ended } = watch(run(resumable, { after: '7' }));

    await ended;

    expect(sent.map(({ after }) => after)).toEqual(['7', '7']);
    expect(last()).toEqual({ events: [event('8')] });
  });

  test('is no longer told of when it is there again', async () => {
    const { run } = world([[alive, [event('1')], lost], [alive, stay]]);
    const { shown, until, unsubscribe } = watch(run(resumable));

    await until((last) => !last.note && shown.length > 2);
    unsubscribe();

    expect(shown.at(-1)).toEqual({ events: [event('1')] });
  });

  test('leaves one gap, however often it is tried', async () => {
    const { run } = world([[alive, lost], [lost], [lost], [alive, [event('1')]]]);
    const { last, ended } = watch(run(plain));

    await ended;

    expect(last()).toEqual({ events: [event('1'), gap] });
  });

  test('before it ever stood is an error at once', async () => {
    const { run, pauses } = world([[lost]]);

    expect(await watch(run(resumable)).ended).toBe(lost);
    expect(pauses).toEqual([]);
  });
});

test('after it is stopped the connection is cut and nothing more is told', async () => {
  const { run, sent, server } = world([[alive, [event('1')], stay, [event('2')]]]);
  const { shown, until, unsubscribe, ended } = watch(run(resumable));
  await until(shows(1));

  unsubscribe();

  const silence = new Promise((resolve) => setTimeout(resolve, 0, 'silence'));
  expect(await Promise.race([ended, silence])).toBe('silence');
  expect(server.cuts).toBe(1);
  expect(sent).toHaveLength(1);
  expect(shown).toEqual([{ events: [event('1')] }]);
});
