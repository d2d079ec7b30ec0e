import { version } from '../package.json';

/** The body of a GraphQL request. */
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

/** A result with the server's time of the response in milliseconds (undefined without a Date header). */
export interface TimedResult<Data = Record<string, unknown>> {
  result: Result<Data>;
  serverTime: number | undefined;
}

/** Sends an operation. Throws an Error with a sentence for the user if there is no GraphQL response. */
export type Post = <Data>(request: Request, headers?: Record<string, string>) => Promise<TimedResult<Data>>;

const timeoutMs = 60_000;

/** The Post of the browser: sends to the server of this page and accepts a GraphQL response with any status. */
export const post: Post = async (request, headers = {}) => {
  const accept = 'application/graphql-response+json, application/json';
  const response = await sendRequest(request, { ...headers, accept }, AbortSignal.timeout(timeoutMs));
  const date = Date.parse(response.headers.get('date') ?? '');
  return {
    result: await readResult(response),
    serverTime: Number.isNaN(date) ? undefined : date,
  };
};

/** Sends an operation to the server of this page. Throws an Error with a sentence for the user if there is no response. */
export async function sendRequest(
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
    throw new Error('The server cannot be reached. Check the connection and try again.', { cause });
  }
}

/** Returns the GraphQL result in a response. Throws an Error with a sentence for the user if there is none. */
export async function readResult<Data>(response: Response): Promise<Result<Data>> {
  try {
    const result: unknown = await response.json();
    if (typeof result === 'object' && result !== null && ('data' in result || 'errors' in result)) {
      return result as Result<Data>;
    }
  } catch {
    // For example a proxy's HTML page, or an interrupted connection.
  }
  throw new Error(`The server sent no GraphQL response (HTTP ${response.status}). Try again in a moment.`);
}

/** Whether a result says that the access token was rejected. */
export function isUnauthenticated(result: Result<unknown>): boolean {
  return result.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED') ?? false;
}

/** Returns the messages of a result's errors, or an empty text. */
export function errorText(result: Result<unknown>): string {
  return result.errors?.map((error) => error.message).join(' ') ?? '';
}
