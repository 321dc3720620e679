import type { TaskStatus } from '../queue-api/index.ts';
import type { Call, ServiceCall } from './caller.ts';
import type { CallOptions } from './queue-client.ts';
import { foreign } from './refusal.ts';
import type { ShapeName } from './shapes.ts';

export const QUEUE = '/api/queue/v1';

/** What a call is given beside its path. */
interface AskOptions extends CallOptions {
  readonly body?: unknown;
  readonly timeoutMs?: number;
  readonly isFinished?: boolean;
  readonly headers?: (attempt: number) => Readonly<Record<string, string>>;
  readonly retries?: number;
}

/** Asks for an answer of a shape, whose type the shape's name stands for. */
type Ask = <T>(name: string, path: string, shape: ShapeName, options?: AskOptions) => Promise<T>;

/** How the methods of a client ask. */
export interface Asking {
  readonly get: Ask;
  readonly post: Ask;
  readonly put: Ask;
  /** POST to a path of the Queue API that answers with a status. */
  readonly postForStatus: (name: string, path: string, options?: AskOptions) => Promise<TaskStatus>;
}

export function createAsking(call: Call, root: URL): Asking {
  const by =
    (verb: ServiceCall['verb']): Ask =>
    async <T>(name: string, path: string, shape: ShapeName, options: AskOptions = {}): Promise<T> => {
      const value = await call({ ...options, name, verb, path });
      const { SHAPES } = await import('./shapes.ts');
      const read = SHAPES[shape].safeParse(value);
      if (read.success) return read.data as T; // the caller names the shape of this type
      const [{ path: at = [], message = '' } = {}] = read.error.issues;
      throw foreign(name, root, `${at.map(String).join('.') || 'the answer'}: ${message}`);
    };
  const post = by('POST');
  return {
    get: by('GET'),
    post,
    put: by('PUT'),
    postForStatus: async (name, path, options) =>
      (await post<{ status: TaskStatus }>(name, QUEUE + path, 'status', options)).status,
  };
}

/** A path whose values are encoded, also their slashes. */
export const path = (strings: TemplateStringsArray, ...values: readonly (string | number)[]): string =>
  String.raw({ raw: strings }, ...values.map(encodeURIComponent));

/** A query of what is given. */
export function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

export const runPath = (taskId: string, runId: number): string => path`/task/${taskId}/runs/${runId}`;

/** All pages of a list, each asked for when the one before was used. */
export async function* pages<T extends object>(
  page: (continuationToken: string | undefined) => Promise<T & { readonly continuationToken?: string }>,
): AsyncGenerator<T, void, undefined> {
  let token: string | undefined;
  do {
    const { continuationToken, ...rest } = await page(token);
    yield rest as unknown as T; // what is left of it
    token = continuationToken || undefined; // some servers answer "" where there is no more
  } while (token !== undefined);
}
