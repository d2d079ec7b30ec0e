import { version } from '../package.json';

/** One operation as it is sent: the document, and the values of its variables. */
export interface Request {
  query: string;
  variables?: Record<string, unknown> | undefined;
  operationName?: string | null | undefined;
}

export interface GraphQLError {
  message: string;
  extensions?: { code?: string };
}

export interface Result<Data = Record<string, unknown>> {
  data?: Data | null;
  errors?: GraphQLError[];
}

/** A result, and the server's clock when it answered (milliseconds; undefined without a Date header). */
export interface Answer<Data = Record<string, unknown>> {
  result: Result<Data>;
  serverTime: number | undefined;
}

/** Sends one operation; throws a sentence for a person when there is no GraphQL answer at all. */
export type Post = <Data>(request: Request, headers?: Record<string, string>) => Promise<Answer<Data>>;

const timeoutMs = 60_000;

/** The Post of the browser: to this page's own server, whatever status carries the GraphQL answer. */
export const post: Post = async (request, headers = {}) => {
  const accept = 'application/graphql-response+json, application/json';
  const response = await reach(request, { ...headers, accept }, AbortSignal.timeout(timeoutMs));
  const date = Date.parse(response.headers.get('date') ?? '');
  return {
    result: await readResult(response),
    serverTime: Number.isNaN(date) ? undefined : date,
  };
};

/** Sends one operation to this page's own server; throws a sentence when there is no response. */
export async function reach(
  request: Request,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch('/graphql', {
      method: 'POST',
      body: JSON.stringify(request),
      signal,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'apollographql-client-name': 'graphiql',
        'apollographql-client-version': version,
      },
    });
  } catch (cause) {
    throw new Error('The server could not be reached. Check the connection and try again.', { cause });
  }
}

/** The GraphQL answer that a response carries; throws a sentence when it carries none. */
export async function readResult<Data>(response: Response): Promise<Result<Data>> {
  try {
    const result: unknown = await response.json();
    if (typeof result === 'object' && result !== null && ('data' in result || 'errors' in result)) {
      return result as Result<Data>;
    }
  } catch {
    // A proxy's HTML page, or a cut connection: told below by its status.
  }
  throw new Error(`The server gave no GraphQL answer (HTTP ${response.status}). Try again in a moment.`);
}

/** Whether a result says that its access token is not, or no longer, accepted. */
export function isUnauthenticated(result: Result<unknown>): boolean {
  return result.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED') ?? false;
}

/** What a result's errors say, in the API's own words; empty without errors. */
export function errorText(result: Result<unknown>): string {
  return result.errors?.map((error) => error.message).join(' ') ?? '';
}
