import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import postgres, { type Sql } from 'postgres';
import type { Row, SqlValue } from '../database.ts';
import type { ConnectionOptions } from './connection-options.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 15_000;
const DEFAULT_PORT = 5432;

/** What a statement answered: its rows, and how many it gave or changed. */
export interface Answer {
  readonly rows: readonly Row[];
  readonly count: number;
}

/** One connection, which is never made again: what was sent on it cannot come to another one in part. */
export interface Connection {
  /** Statements that are sent in one turn of the event loop go together, and are done in their order. */
  run(text: string, values?: readonly SqlValue[]): Promise<Answer>;
  /** Several statements in one text, without values. */
  runAll(text: string): Promise<void>;
  readonly isLost: boolean;
  /** Resolves when it is. */
  readonly lost: Promise<void>;
  end(): Promise<void>;
}

/** Connects with the first statement. */
export function openConnection(
  options: ConnectionOptions,
  onNotification?: (channel: string, payload: string) => void,
): Connection {
  const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
  let isLost = false;
  let isUsed = false;
  let opened: Socket | undefined;
  let hasAnswered = false;

  function gone(): void {
    isLost = true;
    lose();
  }

  /** The driver connects again by itself, and then goes on in the middle of a transaction: it gets no second socket. */
  async function socket(): Promise<Socket> {
    if (isUsed) throw Object.assign(new Error('the connection was lost'), { code: 'NOT_CONNECTED' });
    isUsed = true;
    return await connectSocket(options.url, (made) => {
      opened = made;
    });
  }

  const sql = driver(options, { socket, onclose: gone, ...(onNotification && { onnotify: onNotification }) });
  return {
    async run(text, values = []) {
      const bound = values as postgres.ParameterOrJSON<never>[]; // it takes them all
      const result = await sql.unsafe(text, bound, { prepare: true });
      hasAnswered = true;
      return { rows: [...result], count: result.count };
    },
    async runAll(text) {
      await sql.unsafe(text);
    },
    get isLost() {
      return isLost;
    },
    lost,
    async end() {
      const ended = sql.end({ timeout: 0 });
      // The driver says good-bye to nobody who has not said anything yet, and waits for them half a minute.
      if (!hasAnswered) opened?.destroy(opened.connecting ? left() : undefined);
      await ended;
      gone();
    },
  };
}

/** @param onMade - given it before it is connected */
async function connectSocket(text: string, onMade: (socket: Socket) => void): Promise<Socket> {
  const url = new URL(text);
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || DEFAULT_PORT);
  const socket = host.startsWith('/')
    ? connect(`${host}/.s.PGSQL.${port}`)
    : connect({
        host: host || 'localhost',
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MS,
      });
  onMade(socket);
  const timer = setTimeout(() => socket.destroy(timedOut()), CONNECT_TIMEOUT_MS);
  try {
    await once(socket, 'connect');
  } finally {
    clearTimeout(timer);
  }
  return Object.assign(socket, { host }); // the name that TLS checks
}

const timedOut = (): Error =>
  Object.assign(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`), { code: 'CONNECT_TIMEOUT' });

const left = (): Error => Object.assign(new Error('nobody waits for it'), { code: 'NOT_CONNECTED' });

const asText = (value: unknown): string => String(value);

function driver({ url, ssl }: ConnectionOptions, how: object): Sql {
  const withoutHost = new URL(url);
  withoutHost.searchParams.delete('host');
  return postgres(withoutHost.href, {
    max: 1,
    ssl,
    prepare: true,
    fetch_types: false,
    max_lifetime: null,
    onnotice: () => {},
    connection: {
      application_name: 'slipway',
      statement_timeout: 60_000,
      // One that is frozen in the middle of a batch does not hold its rows for longer.
      idle_in_transaction_session_timeout: 10_000,
      // Every statement here means an index, and plans outlive the statistics that they were made of: one that was made for
      // an empty table would read all of a large one.
      enable_seqscan: 'off',
      enable_bitmapscan: 'off',
      enable_hashjoin: 'off',
      enable_mergejoin: 'off',
      enable_sort: 'off',
      jit: 'off',
    },
    types: {
      bigint: { to: 20, from: [20], serialize: asText, parse: Number },
      // Texts already.
      json: { to: 114, from: [114, 3802], serialize: asText, parse: asText },
    },
    ...how,
  }) as Sql; // further types change none of the methods
}
