import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';

const SSHD = '/usr/sbin/sshd'; // it starts itself again, and wants its absolute path for that
const PRIVILEGE_SEPARATION_FOLDER = '/run/sshd'; // built into Debian's sshd, which root's ends without
const CHECKOUT = join(import.meta.dirname, '../..');
const TRIES = 10;

export interface SshdOptions {
  /** Lines of `sshd_config`, after those that say where it listens and where keys are. @defaultValue no passwords, many at once */
  readonly config?: string;
  /** What stands before the first key in `authorized_keys`: `restrict,command="…"`. @defaultValue nothing */
  readonly keyOptions?: string;
  /** Run in place of whatever is asked for, by the user's shell. @defaultValue what is asked for is run */
  readonly forceCommand?: string;
  /** An account that only this sshd knows, to log in as. Wants the right to mount. @defaultValue the user of the test */
  readonly account?: SshAccount;
}

export interface SshAccount {
  readonly name: string;
  /** User and group. */
  readonly id: number;
  readonly home: string;
  readonly shell: string;
  /** An empty folder in which it finds this checkout, wherever that is and whoever may go there. */
  readonly checkout: string;
}

/** A key that may log in, and how to log in with it. */
export interface SshKey {
  /** An `ssh_config` with port, user, key and known hosts in it. */
  readonly config: string;
  /** `-F CONFIG`: what goes before the host, for a program that calls ssh itself. */
  readonly words: readonly string[];
  /** A folder with an `ssh` that reads that file. First on the PATH, programs that know nothing of it log in with this key. */
  readonly bin: string;
}

/** Debian's sshd on 127.0.0.1, with keys of its own; dispose it to end it and whatever runs in it. */
export interface Sshd extends AsyncDisposable, SshKey {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Who is logged in. */
  readonly user: string;
  /** Where its keys and files are. */
  readonly folder: string;
  /** Makes another key. `options` stand before it in `authorized_keys`. */
  addKey(options: string): SshKey;
  /** All that sshd has said until now. */
  log(): string;
}

/** Starts an sshd. One for a whole test file is enough: keys can be added while it runs. */
export async function openSshd(options: SshdOptions = {}): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-sshd-'));
  if (process.getuid?.() === 0) mkdirSync(PRIVILEGE_SEPARATION_FOLDER, { recursive: true, mode: 0o755 });
  makeKey(join(folder, 'host'));
  writeFileSync(join(folder, 'authorized_keys'), '', { mode: 0o644 });
  if (options.account !== undefined) chmodSync(folder, 0o755); // that account reads its keys itself
  const { port, process: listener, log } = await startOnFreePort(folder, options);
  const user = options.account?.name ?? userInfo().username;
  writeKnownHosts(folder, port);
  const addKey = createKeys(folder, port, user);
  return {
    ...addKey(options.keyOptions ?? ''),
    host: '127.0.0.1',
    port,
    user,
    folder,
    addKey,
    log,
    async [Symbol.asyncDispose]() {
      await end(listener);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function makeKey(file: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
}

function writeKnownHosts(folder: string, port: number): void {
  const [type, key] = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ');
  writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${type} ${key}\n`);
}

function createKeys(folder: string, port: number, user: string): Sshd['addKey'] {
  let count = 0;
  return (options) => {
    count += 1;
    const place = join(folder, `key-${count}`);
    mkdirSync(place);
    const identity = join(place, 'identity');
    makeKey(identity);
    const publicKey = readFileSync(`${identity}.pub`, 'utf8');
    appendFileSync(join(folder, 'authorized_keys'), `${options}${options === '' ? '' : ' '}${publicKey}`);
    const config = join(place, 'ssh_config');
    writeFileSync(config, clientConfiguration({ folder, identity, port, user }));
    const bin = join(place, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`);
    chmodSync(join(bin, 'ssh'), 0o755);
    return { config, words: ['-F', config], bin };
  };
}

function clientConfiguration(where: {
  readonly folder: string;
  readonly identity: string;
  readonly port: number;
  readonly user: string;
}): string {
  return [
    'Host 127.0.0.1 localhost',
    '  HostName 127.0.0.1',
    `  Port ${where.port}`,
    `  User ${where.user}`,
    `  IdentityFile ${where.identity}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile ${join(where.folder, 'known_hosts')}`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    `  HostKeyAlias [127.0.0.1]:${where.port}`,
    '  BatchMode yes',
    '  LogLevel ERROR',
    '',
  ].join('\n');
}

/** Lines without which a test would touch the machine, then those that are tested. */
function serverConfiguration(folder: string, port: number, options: SshdOptions): string {
  const { config = 'PasswordAuthentication no\nMaxStartups 100', forceCommand } = options;
  return [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(folder, 'host')}`,
    `PidFile ${join(folder, 'sshd.pid')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'StrictModes no', // the keys are below a folder that everybody may write to
    'UsePAM no',
    ...(forceCommand === undefined ? [] : [`ForceCommand ${forceCommand}`]),
    config,
    '',
  ].join('\n');
}

interface Started {
  readonly port: number;
  readonly process: ChildProcess;
  readonly log: () => string;
}

async function startOnFreePort(folder: string, options: SshdOptions): Promise<Started> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const started = await start(folder, port, options);
    if (started !== undefined) return started;
    if (tries === TRIES) throw new Error(`sshd found no free port in ${TRIES} tries`);
  }
}

/** `undefined` where another program was given that port meanwhile. */
async function start(folder: string, port: number, options: SshdOptions): Promise<Started | undefined> {
  const file = join(folder, 'sshd_config');
  writeFileSync(file, serverConfiguration(folder, port, options));
  const words = [SSHD, '-D', '-e', '-f', file];
  const [program = SSHD, ...rest] =
    options.account === undefined ? words : [...withAccount(folder, options.account), ...words];
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines: string[] = [];
  const log = (): string => lines.join('\n');
  const listening = new Promise<boolean>((resolve, reject) => {
    child.once('error', reject).once('exit', () => resolve(false));
    createInterface(child.stderr).on('line', (line) => {
      lines.push(line);
      if (line.startsWith(`Server listening on 127.0.0.1 port ${port}.`)) resolve(true);
    });
  });
  if (await listening) return { port, process: child, log };
  if (/Address already in use/.test(log())) return undefined;
  throw new Error(`sshd did not start:\n${log()}`);
}

/** What runs a program among accounts of which there is one more, and this checkout where that one can reach it. */
function withAccount(folder: string, { name, id, home, shell, checkout }: SshAccount): readonly string[] {
  const added = {
    passwd: `${name}:x:${id}:${id}::${home}:${shell}`,
    group: `${name}:x:${id}:`,
    shadow: `${name}:*:20000:0:99999:7:::`,
  };
  for (const [file, line] of Object.entries(added)) {
    writeFileSync(join(folder, file), `${readFileSync(`/etc/${file}`, 'utf8')}${line}\n`, { mode: 0o644 });
  }
  const mounts = Object.keys(added).map((file) => `mount --bind "$0/${file}" /etc/${file}`);
  const script = [...mounts, 'mount --bind "$1" "$2"', 'shift 2', 'exec "$@"'].join(' && ');
  return ['unshare', '--mount', 'sh', '-c', script, folder, CHECKOUT, checkout];
}

/** The listener and the sessions that it started, each with what runs in it. */
async function end(listener: ChildProcess): Promise<void> {
  if (listener.exitCode !== null || listener.signalCode !== null) return;
  const closed = once(listener, 'exit');
  const sessions = childrenOf(listener.pid);
  listener.kill('SIGTERM');
  for (const pid of sessions) terminate(pid);
  await closed;
}

function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // it has ended by itself
  }
}
