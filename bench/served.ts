import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { PROGRAM } from './measure.ts';

const TICKS_PER_SECOND = 100; // USER_HZ, the same on all of Linux's platforms

/** A server in a process of its own; dispose it to end it. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

// Room for ten thousand connections and what is open behind them, where this user may have it.
const RAISE_AND_RUN = ['-c', 'ulimit -n 65536 2>/dev/null; exec "$@"', 'sh'];

/** The download service as users start it, with one root, and nothing of this user's. `more`: more flags. */
export async function startDownloadServer(root: string, more: readonly string[] = []): Promise<Served> {
  const keys = mkdtempSync(join(tmpdir(), 'slipway-bench-keys-')); // not below the root: it does not start then
  const words = [PROGRAM, 'download', 'server', '--port', '0', '--root', root, ...more];
  words.push('--link-key-file', join(keys, 'link.key'));
  const env = { ...process.env, SLIPWAY_DATA_DIR: join(root, '.data') };
  const child = spawn('sh', [...RAISE_AND_RUN, ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    return served(child, await listeningUrl(createInterface(child.stderr)));
  } finally {
    rmSync(keys, { recursive: true, force: true }); // it has read them when it listens
  }
}

/** Reads the server's log to its end, since a full pipe would stop it; resolves with the address that it says. */
function listeningUrl(log: Interface): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const lines: string[] = [];
  log.on('line', (line) => {
    if (lines.length < 20) lines.push(line);
    const url = /"url":"(http:[^"]+)"/.exec(line)?.[1];
    if (url !== undefined) resolve(url);
  });
  log.on('close', () => reject(new Error(`the download server does not listen: ${lines.join('\n')}`)));
  return promise;
}

/** A server that was started as a child, and answers at an address. */
export function served(child: ChildProcess, url: string): Served {
  if (child.pid === undefined) throw new Error('the server did not start');
  return {
    url,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** The address of a file below the root, by the route that wercker's service has. */
export const fileUrl = ({ url }: Served, root: string, name: string): string =>
  `${url}/api/v3/operator/artifact/download?a=${name}&s=${encodeURIComponent(root)}`;

/** What a process has used so far, with all its threads, for itself and in the kernel. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the third field is the first
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** What a process holds of the machine's memory now, and held at most, in MiB. */
export function residentMib(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { now: mib('VmRSS'), most: mib('VmHWM') };
}
