import { readFileSync } from 'node:fs';

/** What one client, or all of them, may take of a server. */
export interface ServerLimits {
  /** Open at a time; one more is closed as soon as it comes. */
  readonly connections: number;
  /** From the connection, or from the request before, until a request's headers are there. */
  readonly headersTimeoutMs: number;
  /** From its headers until all of a request is there; routes may exempt theirs. Answers may take as long as they need. */
  readonly requestTimeoutMs: number;
  /** Until the next request of a connection begins. */
  readonly keepAliveTimeoutMs: number;
  /** Without a byte in either direction, in the middle of an answer. Downloads have a shorter time of their own. */
  readonly silenceTimeoutMs: number;
  /** Of a request's line and headers. */
  readonly headerBytes: number;
  /** Of a request; routes may allow another size. */
  readonly bodyBytes: number;
  /** That came on one connection before their turn; one more closes it. */
  readonly waitingRequests: number;
  /** How often connections are looked at for these times. */
  readonly checkIntervalMs: number;
}

// Beside connections: the program's own files and pipes, and what is open behind the downloads.
const OWN_FILES = 200;
// A connection that waits costs 11 KB, measured with ten thousand: so many are no danger to a small machine.
const MAX_CONNECTIONS = 50_000;
const UNKNOWN_OPEN_FILES = 1024;

/** How many files this process may have open. Node has raised the soft limit to the hard one when it started. */
export function openFileLimit(): number {
  try {
    const [, soft = ''] = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft) || UNKNOWN_OPEN_FILES;
  } catch {
    return UNKNOWN_OPEN_FILES;
  }
}

/**
 * How many connections fit. One on which a download goes on has a file behind it, or a connection to a store; most of a crowd
 * only wait, so that half as many files are left for these.
 */
export const connectionsFor = (openFiles: number): number =>
  Math.max(16, Math.min(MAX_CONNECTIONS, Math.floor(((openFiles - OWN_FILES) * 2) / 3)));

/** The limits of a server where nothing else is said. */
export const defaultLimits = (): ServerLimits => ({
  connections: connectionsFor(openFileLimit()),
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 20_000,
  silenceTimeoutMs: 600_000, // a store that is asked again and again may take minutes before the first byte
  headerBytes: 16 * 1024,
  bodyBytes: 64 * 1024,
  waitingRequests: 500, // 2.5 KB each; clients that send ahead at all do so by a few dozen
  checkIntervalMs: 5_000,
});
