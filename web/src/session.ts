import refreshSession from '../../operations/mobile/RefreshSession.graphql?raw';
import signIn from '../../operations/mobile/SignIn.graphql?raw';
import signOut from '../../operations/mobile/SignOut.graphql?raw';
import { errorText, isUnauthenticated, type Answer, type Post, type Request, type Result } from './api';
import type { Locks } from './locks';
import type { Store } from './store';

export interface Viewer {
  id: string;
  displayName: string;
  role: string;
}

/** A session as it is kept. `expiresAt` is the access token's end in milliseconds of this machine's clock. */
export interface Session {
  accessToken: string;
  refreshToken: string;
  expiresAt: number;
  viewer: Viewer;
}

/** Thrown when the server no longer knows the session; the page is back at the sign-in form by then. */
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

/** Where a session is kept, its server, and the outside world that tests replace. */
export interface Surroundings {
  post: Post;
  store: Store;
  locks: Locks;
  now: () => number;
}

/** The name of the store and of the lock that all tabs share. */
export const sessionName = 'aisle.session';

/** A token with less than this left is renewed before it is sent. */
const renewBeforeMs = 30_000;

/**
 * The one session of this browser: signs in and out, keeps the tokens, renews them, sends with them.
 *
 * All tabs share it. sessionStorage would outlive a reload too, but "duplicate tab" copies it, and two copies of a
 * refresh token that may be used once look like theft to the server. Who writes the session holds the lock.
 */
export class Sessions {
  readonly #with: Surroundings;
  readonly #listeners = new Set<() => void>();

  constructor(surroundings: Surroundings) {
    this.#with = surroundings;
  }

  /** The session; null when nobody is signed in, or what is stored is not what this version writes. */
  async current(): Promise<Session | null> {
    const stored = await this.#with.store.get().catch(() => undefined);
    return isSession(stored) ? stored : null;
  }

  /** Calls the listener after each change that this tab makes or finds. */
  subscribe(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Signs in, or throws an Error with the API's own sentence. */
  async signIn(login: string, password: string): Promise<void> {
    const answer = await this.#with.post<{ signIn: Payload | null }>({
      query: signIn,
      operationName: 'SignIn',
      variables: { input: { login, password } },
    });
    const payload = answer.result.data?.signIn;
    if (!payload?.session || !payload.viewer) {
      throw new Error(refusal(answer.result, payload));
    }
    const session = this.#session(payload.session, payload.viewer, answer);
    await this.#locked(() => this.#write(session));
  }

  /** Ends the session here, and on the server when that can be reached. */
  async signOut(): Promise<void> {
    try {
      await this.send({ query: signOut, operationName: 'SignOut' });
    } catch {
      // Offline, or ended already: this browser forgets the session all the same.
    }
    await this.#locked(() => this.#write(undefined));
  }

  /**
   * Sends an operation with a valid access token. A token that is about to expire is renewed first, one that
   * the server refuses is renewed once and the operation sent again. Throws SessionEnded, or Post's error.
   */
  send(request: Request, headers: Record<string, string> = {}): Promise<Result> {
    return this.authorized(headers, async (authorized) => {
      const { result } = await this.#with.post<Record<string, unknown>>(request, authorized);
      return isUnauthenticated(result) ? undefined : result;
    });
  }

  /**
   * Runs a task with headers that carry a valid access token. When it answers undefined, the token was refused: it is
   * renewed, and the task runs once more. Throws SessionEnded, or the task's error.
   */
  async authorized<T>(
    headers: Record<string, string>,
    task: (headers: Record<string, string>) => Promise<T | undefined>,
  ): Promise<T> {
    const sent = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization');
    const run = ({ accessToken }: Session) =>
      task({ ...Object.fromEntries(sent), authorization: `Bearer ${accessToken}` });
    let session = await this.#require();
    if (session.expiresAt - this.#with.now() < renewBeforeMs) {
      session = await this.#renew(session);
    }
    const first = await run(session);
    if (first !== undefined) {
      return first;
    }
    session = await this.#renew(session);
    return (await run(session)) ?? this.#end(session);
  }

  /** Renews the tokens, unless another request or tab has done so since `old` was read. */
  #renew(old: Session): Promise<Session> {
    return this.#locked(async () => {
      const session = await this.#require();
      return session.accessToken === old.accessToken ? this.#refresh(session) : session;
    });
  }

  async #refresh(old: Session): Promise<Session> {
    const answer = await this.#with.post<{ refreshSession: Payload | null }>({
      query: refreshSession,
      operationName: 'RefreshSession',
      variables: { input: { refreshToken: old.refreshToken } },
    });
    const payload = answer.result.data?.refreshSession;
    if (payload?.session) {
      const session = this.#session(payload.session, old.viewer, answer);
      await this.#write(session);
      return session;
    }
    if (payload?.userErrors.length || isUnauthenticated(answer.result)) {
      await this.#write(undefined);
      throw new SessionEnded();
    }
    throw new Error(refusal(answer.result, payload)); // a fault of the moment: the session stays
  }

  /** Forgets a session that the server refuses, unless another has taken its place. */
  #end(session: Session): Promise<never> {
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
      this.#tell();
      throw new SessionEnded();
    }
    return session;
  }

  /** The expiry is moved to this machine's clock: one that is wrong would renew before every request. */
  #session(tokens: Tokens, viewer: Viewer, answer: Answer<unknown>): Session {
    const now = this.#with.now();
    const { id, displayName, role } = viewer;
    return {
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken,
      expiresAt: Date.parse(tokens.accessTokenExpiresAt) - (answer.serverTime ?? now) + now,
      viewer: { id, displayName, role },
    };
  }

  #locked<T>(task: () => Promise<T>): Promise<T> {
    return this.#with.locks.request(sessionName, task);
  }

  async #write(session: Session | undefined): Promise<void> {
    await this.#with.store.set(session);
    this.#tell();
  }

  #tell(): void {
    this.#listeners.forEach((listener) => listener());
  }
}

function refusal(result: Result<unknown>, payload: Payload | null | undefined): string {
  const sentences = payload?.userErrors.map((error) => error.message).join(' ');
  return sentences || errorText(result) || 'The server gave no session. Try again in a moment.';
}

function isSession(stored: unknown): stored is Session {
  const session = stored as Partial<Session> | null | undefined;
  const viewer = session?.viewer;
  const texts = [session?.accessToken, session?.refreshToken, viewer?.id, viewer?.displayName, viewer?.role];
  return texts.every((text) => typeof text === 'string') && Number.isFinite(session?.expiresAt);
}
