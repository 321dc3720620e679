import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';

const VERSIONS = '/usr/lib/postgresql';
const USER = 'slipway';
const PASSWORD = 'of no other database';

// Keeps the server as long as its standard input is open: it ends with the tests, however those end, and its files with it where
// nobody says how. The signal means what the line says: INT ends the server in order, QUIT as a crash does, KILL at once.
const KEEPER =
  'files=$1; shift; "$@" & pid=$!; read -r how; kill -s "${how:-QUIT}" "$pid"; wait "$pid"; [ -n "$how" ] || rm -rf "$files"';

/** A real PostgreSQL, on a port of its own and with its files in a temporary folder; dispose it to stop and remove it. */
export interface Postgres extends AsyncDisposable {
  readonly port: number;
  /** Makes an empty database, or a copy of one that nobody has open; gives its URL. */
  createDatabase(template?: string): string;
  /** Ends it, in order, as a crash of one of its processes does, or without a word to any of them. */
  stop(how: 'INT' | 'QUIT' | 'KILL'): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
}

/** The folder of Debian's newest PostgreSQL. */
function programs(): string {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).map(Number) : [];
  if (versions.length === 0) {
    throw new Error(
      'PostgreSQL is not on this machine: run scripts/setup-test-tools, or install Debian’s postgresql',
    );
  }
  return join(VERSIONS, String(Math.max(...versions)), 'bin');
}

/** Root may not run PostgreSQL: then it runs as the user that its package made. */
function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Makes the files of a server: fsync is on, the only user needs a password, texts are sorted as a person would. */
function makeFiles(folder: string, user: { uid?: number; gid?: number }): string {
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD);
  chmodSync(folder, 0o755);
  if (user.uid !== undefined && user.gid !== undefined) {
    chownSync(folder, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  const words = ['--no-sync', '--username', USER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'];
  const sorting = [
    '--encoding',
    'UTF8',
    '--locale-provider',
    'icu',
    '--icu-locale',
    'en',
    '--locale',
    'C.UTF-8',
  ];
  execFileSync(join(programs(), 'initdb'), [...words, ...sorting, '-D', data], { ...user, stdio: 'pipe' });
  return data;
}

/** Starts a server of its own for a test file. */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-postgres-'));
  const user = owner();
  const data = makeFiles(folder, user);
  const port = await freePort();
  const all = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: `${port}`, ...settings };
  const words = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  let keeper: ChildProcess | undefined;
  let databases = 0;

  async function start(): Promise<void> {
    const child = spawn('sh', ['-c', KEEPER, 'sh', folder, join(programs(), 'postgres'), ...words], {
      ...user,
      cwd: folder,
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { ...process.env, LC_MESSAGES: 'C' },
    });
    keeper = child;
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      if (line.includes('ready to accept connections')) return void child.stderr.resume();
      said.push(line);
    }
    throw new Error(`PostgreSQL did not start:\n${said.join('\n')}`);
  }

  async function stop(how: 'INT' | 'QUIT' | 'KILL'): Promise<void> {
    const child = keeper;
    keeper = undefined;
    if (child === undefined) return;
    const exit = once(child, 'close');
    child.stdin?.end(`${how}\n`);
    await exit;
  }

  const url = (database: string): string =>
    `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}?sslmode=disable`;

  await start();
  return {
    port,
    createDatabase(template = 'template0') {
      databases += 1;
      const name = `test_${databases}`;
      const from = template.startsWith('postgres:') ? new URL(template).pathname.slice(1) : template;
      const statement = `CREATE DATABASE ${name} TEMPLATE ${from} STRATEGY file_copy`;
      execFileSync(join(programs(), 'psql'), [
        '-q',
        '-v',
        'ON_ERROR_STOP=1',
        '-c',
        statement,
        url('postgres'),
      ]);
      return url(name);
    },
    stop,
    start,
    async [Symbol.asyncDispose]() {
      await stop('QUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
