import { setTimeout as pause } from 'node:timers/promises';
import { type Engine, EngineError } from '../../engine/index.ts';

const LISTENING = '0A';

/** An address of this machine alone: 127.0.0.0/8, ::1, or the former written as the latter, each group of four bytes turned. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F)$/;

/** The ports that others can connect to, by the text of `/proc/net/tcp` and `/proc/net/tcp6`. */
export function listeningPorts(text: string): Set<number> {
  const ports = text.split('\n').flatMap((line) => {
    const [, address = '', port, state] = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) \S+ (\S\S) /.exec(line) ?? [];
    return port !== undefined && state === LISTENING && !LOOPBACK.test(address)
      ? [Number.parseInt(port, 16)]
      : [];
  });
  return new Set(ports);
}

const PAUSE_MS = 20; // to a request that takes five times as long

/**
 * Waits until a port of a service is open, by what the service's own container knows of its sockets: for boxes without a
 * program that connects. `undefined` where that cannot be read.
 */
export async function awaitListening(
  engine: Engine,
  container: string,
  { port, signal }: { port: number; signal: AbortSignal },
): Promise<'open' | undefined> {
  const command = ['cat', '/proc/net/tcp', '/proc/net/tcp6'];
  for (;;) {
    const { exitCode, output } = await engine.execute(container, { command, user: '0', signal });
    // Without IPv6 the second file is missing, and the first is printed all the same.
    const text = output.toString('latin1');
    if (exitCode >= 126 || !text.includes('local_address')) return undefined;
    if (listeningPorts(text).has(port)) return 'open';
    await pause(PAUSE_MS, undefined, { signal });
  }
}

/** Whether a service's container cannot be asked because it does not run: its end is told by who waits for that. */
export const isGone = (error: unknown): boolean =>
  error instanceof EngineError && (error.code === 'NOT_FOUND' || error.code === 'CONFLICT');
