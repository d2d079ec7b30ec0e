import { getOperationAST, parse, type OperationDefinitionNode } from 'graphql';
import { isUnauthenticated, type Request, type Result } from './api';
import type { Listen } from './listen';
import { SessionEnded, type Sessions } from './session';

/** What is shown of a subscription: what is wrong, if anything is, then the events, the latest first. */
export interface Shown {
  note?: string;
  errors?: Result['errors'];
  events?: (Result | Gap)[];
}

/** Stands between two events where it is not sure that they follow each other. */
export interface Gap {
  gap: string;
}

/** Who is told what is to be shown, and how it ended; nothing more after it has unsubscribed. */
export interface Sink {
  next: (shown: Shown) => void;
  error: (error: unknown) => void;
  complete: () => void;
}

/** The session, the server, and the clock, which tests replace. */
export interface Surroundings {
  sessions: Pick<Sessions, 'authorized'>;
  listen: Listen;
  /** Resolves after some milliseconds, or when the signal comes. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** So many events are shown; older ones make room. */
export const most = 100;

const shortestPauseMs = 1_000;
const longestPauseMs = 30_000;
const note = 'The connection is lost. Trying again…';
const gap = 'The connection was cut here. Events may be missing, or come again: there was no cursor to go on after.';

/** The subscription that a request runs; undefined for a query, a mutation, or what cannot be parsed. */
export function subscriptionOf({ query, operationName }: Request): OperationDefinitionNode | undefined {
  try {
    const operation = getOperationAST(parse(query), operationName);
    return operation?.operation === 'subscription' ? operation : undefined;
  } catch {
    return undefined; // the server says what is wrong with it
  }
}

/**
 * One run of a subscription. It outlives its access token and its connection: it goes on with a new one after the last
 * event's cursor, where the document selects `cursor` and has a variable `$after`.
 */
export class Subscription {
  readonly #with: Surroundings;
  readonly #headers: Record<string, string>;
  readonly #takesCursor: boolean;
  #request: Request;
  #resumable: boolean; // the request as it is now would miss nothing, and repeat nothing
  #events: (Result | Gap)[] = [];
  #connected = false;
  #failures = 0;

  constructor(
    request: Request,
    operation: OperationDefinitionNode,
    headers: Record<string, string>,
    surroundings: Surroundings,
  ) {
    this.#request = request;
    this.#headers = headers;
    this.#with = surroundings;
    this.#takesCursor = operation.variableDefinitions?.some(({ variable }) => variable.name.value === 'after') ?? false;
    this.#resumable = this.#takesCursor && !!request.variables?.after;
  }

  /** Begins; whoever unsubscribes cuts the connection, which ends it on the server too. */
  subscribe({ next, error, complete }: Sink): { unsubscribe: () => void } {
    const stop = new AbortController();
    this.#follow(next, stop.signal).then(
      () => stop.signal.aborted || complete(),
      (fault: unknown) => stop.signal.aborted || error(fault),
    );
    return { unsubscribe: () => stop.abort() };
  }

  async #follow(show: Sink['next'], signal: AbortSignal): Promise<void> {
    for (let ended = false; !ended && !signal.aborted; ) {
      try {
        ended = await this.#with.sessions.authorized(this.#headers, (headers) => this.#listen(headers, show, signal));
        if (!ended) this.#markGap();
      } catch (error) {
        if (signal.aborted || !this.#connected || error instanceof SessionEnded) throw error;
        this.#markGap();
        show({ note, events: this.#events });
        await this.#with.pause(Math.min(shortestPauseMs * 2 ** this.#failures++, longestPauseMs), signal);
      }
    }
  }

  /** Follows one connection. Answers whether it is over for good; undefined when the token was refused at once. */
  async #listen(headers: Record<string, string>, show: Sink['next'], signal: AbortSignal): Promise<boolean | undefined> {
    let signs = 0;
    let accepted = false;
    for await (const results of this.#with.listen(this.#request, headers, signal)) {
      if (signal.aborted) return true;
      const refused = results.findIndex((result) => !result.data && isUnauthenticated(result));
      const events = refused < 0 ? results : results.slice(0, refused);
      events.forEach((event) => this.#keep(event));
      if (events.length > 0 || this.#failures > 0) show({ events: this.#events });
      signs++;
      accepted ||= events.length > 0 || signs > 2; // the first sign of life comes before the token is looked at
      if (refused >= 0) return accepted ? false : undefined;
      this.#connected = true;
      this.#failures = 0;
    }
    this.#showEnd(show);
    return true;
  }

  #keep(result: Result): void {
    this.#events = [result, ...this.#events].slice(0, most);
    const cursor = cursorOf(result);
    this.#resumable = this.#takesCursor && cursor !== undefined;
    if (this.#resumable) {
      this.#request = { ...this.#request, variables: { ...this.#request.variables, after: cursor } };
    }
  }

  #markGap(): void {
    const [latest] = this.#events;
    if (!this.#resumable && !(latest && 'gap' in latest)) {
      this.#events = [{ gap }, ...this.#events].slice(0, most);
    }
  }

  /** A refusal is not an event: it is shown as the refusal of any other operation is, above the events. */
  #showEnd(show: Sink['next']): void {
    const [latest, ...events] = this.#events;
    if (latest && 'errors' in latest && !latest.data) {
      show({ errors: latest.errors, ...(events.length > 0 && { events }) });
    }
  }
}

/** The cursor of the one event that a result holds, where the document selects it. */
function cursorOf({ data }: Result): string | undefined {
  const [event] = Object.values(data ?? {});
  const cursor = (event as { cursor?: unknown } | null | undefined)?.cursor;
  return typeof cursor === 'string' ? cursor : undefined;
}

/** The pause of the browser. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
