import refreshSession from '../../operations/mobile/RefreshSession.graphql?raw';
import signIn from '../../operations/mobile/SignIn.graphql?raw';
import signOut from '../../operations/mobile/SignOut.graphql?raw';
import { errorText, isUnauthenticated, type TimedResult, type Post, type Request, type Result } from './api';
import type { Locks } from './locks';
import type { ValueStore } from './sessionStore';

export interface Viewer {
  id: string;
  displayName: string;
  role: string;
}

/** A stored session. `expiresAt` is the expiry of the access token in milliseconds, by the clock of this machine. */
export interface Session {
  accessToken: string;
  refreshToken: string;
  expiresAt: number;
  viewer: Viewer;
}

/** Thrown when the server no longer accepts the session. The page then shows the sign-in form. */
export class SessionEnded extends Error {
  constructor() {
    super('The session has ended. Sign in again.');
  }
}

interface Tokens {
  accessToken: string;
  refreshToken: string;
  accessTokenExpiresAt: string;
}

interface Payload {
  session: Tokens | null;
  viewer?: Viewer | null;
  userErrors: { message: string }[];
}

/** The dependencies of Sessions, which tests replace. */
export interface SessionDependencies {
  post: Post;
  store: ValueStore;
  locks: Locks;
  now: () => number;
}

/** The name of the store and of the lock that all tabs share. */
export const sessionName = 'aisle.session';

/** A token that expires within this time is refreshed before a request. */
const refreshBeforeMs = 30_000;

/**
 * The session of this browser: signs in and out, stores and refreshes the tokens, and sends operations with them.
 *
 * All tabs share it. sessionStorage would survive a reload, too, but "duplicate tab" copies it, and the server treats the second use of
 * a refresh token as theft. The session is written only while holding the lock.
 */
export class Sessions {
  readonly #deps: SessionDependencies;
  readonly #listeners = new Set<() => void>();

  constructor(dependencies: SessionDependencies) {
    this.#deps = dependencies;
  }

  /** Returns the session, or null if nobody is signed in or the stored value is invalid. */
  async current(): Promise<Session | null> {
    const stored = await this.#deps.store.get().catch(() => undefined);
    return isSession(stored) ? stored : null;
  }

  /** Calls the listener after each change that this tab makes or notices. */
  subscribe(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Signs in. Throws an Error with the message of the API if that fails. */
  async signIn(login: string, password: string): Promise<void> {
    const response = await this.#deps.post<{ signIn: Payload | null }>({
      query: signIn,
      operationName: 'SignIn',
      variables: { input: { login, password } },
    });
    const payload = response.result.data?.signIn;
    if (!payload?.session || !payload.viewer) {
      throw new Error(errorMessage(response.result, payload));
    }
    const session = this.#toSession(payload.session, payload.viewer, response);
    await this.#locked(() => this.#write(session));
  }

  /** Ends the session in this browser, and on the server if it can be reached. */
  async signOut(): Promise<void> {
    try {
      await this.send({ query: signOut, operationName: 'SignOut' });
    } catch {
      // Offline, or already ended: the browser still deletes the session.
    }
    await this.#locked(() => this.#write(undefined));
  }

  /**
   * Sends an operation with a valid access token. Refreshes a token that is about to expire first. If the server rejects the token,
   * refreshes it once and sends the operation again. Throws SessionEnded, or the error of Post.
   */
  send(request: Request, headers: Record<string, string> = {}): Promise<Result> {
    return this.authorized(headers, async (authorized) => {
      const { result } = await this.#deps.post<Record<string, unknown>>(request, authorized);
      return isUnauthenticated(result) ? undefined : result;
    });
  }

  /**
   * Runs a task with headers that carry a valid access token. A task returns undefined if the token was rejected: the token is refreshed
   * and the task runs once more. Throws SessionEnded, or the error of the task.
   */
  async authorized<T>(
    headers: Record<string, string>,
    task: (headers: Record<string, string>) => Promise<T | undefined>,
  ): Promise<T> {
    const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization');
    const run = ({ accessToken }: Session) =>
      task({ ...Object.fromEntries(others), authorization: `Bearer ${accessToken}` });
    let session = await this.#require();
    if (session.expiresAt - this.#deps.now() < refreshBeforeMs) {
      session = await this.#refreshOnce(session);
    }
    const first = await run(session);
    if (first !== undefined) {
      return first;
    }
    session = await this.#refreshOnce(session);
    return (await run(session)) ?? this.#endSession(session);
  }

  /** Refreshes the tokens, unless another request or tab has done so since `old` was read. */
  #refreshOnce(old: Session): Promise<Session> {
    return this.#locked(async () => {
      const session = await this.#require();
      return session.accessToken === old.accessToken ? this.#refresh(session) : session;
    });
  }

  async #refresh(old: Session): Promise<Session> {
    const response = await this.#deps.post<{ refreshSession: Payload | null }>({
      query: refreshSession,
      operationName: 'RefreshSession',
      variables: { input: { refreshToken: old.refreshToken } },
    });
    const payload = response.result.data?.refreshSession;
    if (payload?.session) {
      const session = this.#toSession(payload.session, old.viewer, response);
      await this.#write(session);
      return session;
    }
    if (payload?.userErrors.length || isUnauthenticated(response.result)) {
      await this.#write(undefined);
      throw new SessionEnded();
    }
    throw new Error(errorMessage(response.result, payload)); // a temporary error: the session stays
  }

  /** Deletes a session that the server rejects, unless another one has replaced it. */
  #endSession(session: Session): Promise<never> {
    return this.#locked(async () => {
      if ((await this.current())?.accessToken === session.accessToken) {
        await this.#write(undefined);
      }
      throw new SessionEnded();
    });
  }

  async #require(): Promise<Session> {
    const session = await this.current();
    if (!session) {
      this.#notify();
      throw new SessionEnded();
    }
    return session;
  }

  /** Converts the expiry to the clock of this machine. Otherwise a wrong clock would cause a refresh before every request. */
  #toSession(tokens: Tokens, viewer: Viewer, response: TimedResult<unknown>): Session {
    const now = this.#deps.now();
    const { id, displayName, role } = viewer;
    return {
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken,
      expiresAt: Date.parse(tokens.accessTokenExpiresAt) - (response.serverTime ?? now) + now,
      viewer: { id, displayName, role },
    };
  }

  #locked<T>(task: () => Promise<T>): Promise<T> {
    return this.#deps.locks.request(sessionName, task);
  }

  async #write(session: Session | undefined): Promise<void> {
    await this.#deps.store.set(session);
    this.#notify();
  }

  #notify(): void {
    this.#listeners.forEach((listener) => listener());
  }
}

function errorMessage(result: Result<unknown>, payload: Payload | null | undefined): string {
  const sentences = payload?.userErrors.map((error) => error.message).join(' ');
  return sentences || errorText(result) || 'The server returned no session. Try again in a moment.';
}

function isSession(stored: unknown): stored is Session {
  const session = stored as Partial<Session> | null | undefined;
  const viewer = session?.viewer;
  const texts = [session?.accessToken, session?.refreshToken, viewer?.id, viewer?.displayName, viewer?.role];
  return texts.every((text) => typeof text === 'string') && Number.isFinite(session?.expiresAt);
}
