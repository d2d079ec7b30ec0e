import { getOperationAST, parse, type OperationDefinitionNode } from 'graphql';
import { isUnauthenticated, type Request, type Result } from './api';
import type { OpenEventStream } from './eventStream';
import { SessionEnded, type Sessions } from './session';

/** What the page shows of a subscription: a note or errors, then the events, newest first. */
export interface Display {
  note?: string;
  errors?: Result['errors'];
  events?: (Result | Gap)[];
}

/** Marks a place between two events where events may be missing or repeated. */
export interface Gap {
  gap: string;
}

/** Receives what to show, and how the subscription ended. It receives nothing after unsubscribe. */
export interface Observer {
  next: (display: Display) => void;
  error: (error: unknown) => void;
  complete: () => void;
}

/** The dependencies of a Subscription, which tests replace. */
export interface SubscriptionDependencies {
  sessions: Pick<Sessions, 'authorized'>;
  openEventStream: OpenEventStream;
  /** Resolves after ms milliseconds, or when the signal aborts. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Number of events that are shown. Older ones are removed. */
export const maxEvents = 100;

const minBackoffMs = 1_000;
const maxBackoffMs = 30_000;
const note = 'Connection lost. Reconnecting…';
const gap = 'The connection was interrupted here. Events may be missing or repeated, because there was no cursor to resume from.';

/** Returns the subscription that a request executes, or undefined for a query, a mutation or an invalid document. */
export function findSubscription({ query, operationName }: Request): OperationDefinitionNode | undefined {
  try {
    const operation = getOperationAST(parse(query), operationName);
    return operation?.operation === 'subscription' ? operation : undefined;
  } catch {
    return undefined; // the server reports the syntax error
  }
}

/**
 * A running subscription. When the access token expires or the connection is lost, it reconnects and resumes after the cursor of the last
 * event, if the document selects `cursor` and has a variable `$after`.
 */
export class Subscription {
  readonly #deps: SubscriptionDependencies;
  readonly #headers: Record<string, string>;
  readonly #takesCursor: boolean;
  #request: Request;
  #resumable: boolean; // reconnecting with the current request misses and repeats nothing
  #events: (Result | Gap)[] = [];
  #connected = false;
  #failures = 0;

  constructor(
    request: Request,
    operation: OperationDefinitionNode,
    headers: Record<string, string>,
    dependencies: SubscriptionDependencies,
  ) {
    this.#request = request;
    this.#headers = headers;
    this.#deps = dependencies;
    this.#takesCursor = operation.variableDefinitions?.some(({ variable }) => variable.name.value === 'after') ?? false;
    this.#resumable = this.#takesCursor && !!request.variables?.after;
  }

  /** Starts the subscription. unsubscribe closes the connection, which ends the subscription on the server, too. */
  subscribe({ next, error, complete }: Observer): { unsubscribe: () => void } {
    const stop = new AbortController();
    this.#run(next, stop.signal).then(
      () => stop.signal.aborted || complete(),
      (cause: unknown) => stop.signal.aborted || error(cause),
    );
    return { unsubscribe: () => stop.abort() };
  }

  async #run(show: Observer['next'], signal: AbortSignal): Promise<void> {
    for (let ended = false; !ended && !signal.aborted; ) {
      try {
        ended = await this.#deps.sessions.authorized(this.#headers, (headers) => this.#readStream(headers, show, signal));
        if (!ended) this.#markGap();
      } catch (error) {
        if (signal.aborted || !this.#connected || error instanceof SessionEnded) throw error;
        this.#markGap();
        show({ note, events: this.#events });
        await this.#deps.sleep(Math.min(minBackoffMs * 2 ** this.#failures++, maxBackoffMs), signal);
      }
    }
  }

  /** Reads one connection. Returns true if the subscription has ended, false to reconnect, undefined if the token was rejected at once. */
  async #readStream(headers: Record<string, string>, show: Observer['next'], signal: AbortSignal): Promise<boolean | undefined> {
    let received = 0;
    let accepted = false;
    for await (const results of this.#deps.openEventStream(this.#request, headers, signal)) {
      if (signal.aborted) return true;
      const rejected = results.findIndex((result) => !result.data && isUnauthenticated(result));
      const events = rejected < 0 ? results : results.slice(0, rejected);
      events.forEach((event) => this.#addEvent(event));
      if (events.length > 0 || this.#failures > 0) show({ events: this.#events });
      received++;
      accepted ||= events.length > 0 || received > 2; // the server sends the first ping before it checks the token
      if (rejected >= 0) return accepted ? false : undefined;
      this.#connected = true;
      this.#failures = 0;
    }
    this.#showErrors(show);
    return true;
  }

  #addEvent(result: Result): void {
    this.#events = [result, ...this.#events].slice(0, maxEvents);
    const cursor = cursorOf(result);
    this.#resumable = this.#takesCursor && cursor !== undefined;
    if (this.#resumable) {
      this.#request = { ...this.#request, variables: { ...this.#request.variables, after: cursor } };
    }
  }

  #markGap(): void {
    const [latest] = this.#events;
    if (!this.#resumable && !(latest && 'gap' in latest)) {
      this.#events = [{ gap }, ...this.#events].slice(0, maxEvents);
    }
  }

  /** An error response is not an event. It is shown above the events. */
  #showErrors(show: Observer['next']): void {
    const [latest, ...events] = this.#events;
    if (latest && 'errors' in latest && !latest.data) {
      show({ errors: latest.errors, ...(events.length > 0 && { events }) });
    }
  }
}

/** Returns the cursor of the event in a result, if the document selects it. */
function cursorOf({ data }: Result): string | undefined {
  const [event] = Object.values(data ?? {});
  const cursor = (event as { cursor?: unknown } | null | undefined)?.cursor;
  return typeof cursor === 'string' ? cursor : undefined;
}

/** The sleep of the browser. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish);
  });
}
