import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';

const DEPLOY = resolve(import.meta.dirname, '../../deploy/nginx');
const TLS = resolve(import.meta.dirname, 'tls');

/** A real nginx with our configuration. Dispose it to end it. */
export interface Nginx extends AsyncDisposable {
  readonly url: string;
  /** Where it only says that the other one is meant. */
  readonly httpUrl: string;
}

/** What a person puts in place of what the configuration has; each has to be in it. */
function replaced(text: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`the configuration in deploy/nginx has no "${from}"`);
    return result.replaceAll(from, to);
  }, text);
}

function configuration(
  folder: string,
  { file, changes }: Site,
  ports: { https: number; http: number },
): string {
  const site = replaced(readFileSync(join(DEPLOY, file), 'utf8'), [
    ['listen 443 ', `listen 127.0.0.1:${ports.https} `],
    ['    listen [::]:443 ssl http2;\n', ''],
    ['listen 80;', `listen 127.0.0.1:${ports.http};`],
    ['    listen [::]:80;\n', ''],
    ...changes,
  ]);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return [
    'daemon off;',
    'user root;', // the folders of tests are their user's alone
    `pid ${join(folder, 'pid')};`,
    'worker_processes 2;',
    'events { worker_connections 512; }',
    'http {',
    'access_log off;',
    ...temporary.map((name) => `${name}_temp_path ${join(folder, name)};`),
    site,
    '}',
    '',
  ].join('\n');
}

const TRIES = 10;

/** A file of deploy/nginx, and what a person puts in place of what it has. */
interface Site {
  readonly file: string;
  readonly changes: readonly (readonly [string, string])[];
}

/** Starts it on ports of this machine; `repository` is what it serves. `folder` is for its own files. */
export const startNginx = (folder: string, repository: string): Promise<Nginx> =>
  startSite(folder, {
    file: 'artifacts.conf',
    changes: [
      ['/etc/ssl/artifacts/chain.pem', join(TLS, 'server.crt')],
      ['/etc/ssl/artifacts/key.pem', join(TLS, 'server.key')],
      ['root /srv/artifacts;', `root ${repository};`],
      ['/etc/nginx/slipway/repository.conf', join(DEPLOY, 'repository.conf')],
    ],
  });

/** Starts it before two servers of a fleet on these ports. */
export const startFleetProxy = (folder: string, [one, other]: readonly [number, number]): Promise<Nginx> =>
  startSite(folder, {
    file: 'fleet.conf',
    changes: [
      ['server 10.0.0.11:8080;', `server 127.0.0.1:${one};`],
      ['server 10.0.0.12:8080;', `server 127.0.0.1:${other};`],
      ['/etc/ssl/slipway/chain.pem', join(TLS, 'server.crt')],
      ['/etc/ssl/slipway/key.pem', join(TLS, 'server.key')],
    ],
  });

async function startSite(folder: string, site: Site): Promise<Nginx> {
  mkdirSync(folder, { recursive: true });
  for (let tries = 1; ; tries += 1) {
    const ports = { https: await freePort(), http: await freePort() };
    writeFileSync(join(folder, 'nginx.conf'), configuration(folder, site, ports));
    const { child, trouble } = await start(folder);
    const url = `https://127.0.0.1:${ports.https}`;
    if (trouble === undefined) return running(child, { url, httpUrl: `http://127.0.0.1:${ports.http}` });
    // Another program may have been given the port meanwhile.
    if (!trouble.includes('Address already in use') || tries === TRIES) throw new Error(trouble);
  }
}

/** Waits until it has written its number, which it does when it listens; or says what it said when it ended instead. */
async function start(folder: string): Promise<{ child: ChildProcess; trouble?: string }> {
  const written = Promise.withResolvers<void>();
  const watcher = watch(folder, () => {
    if (existsSync(join(folder, 'pid'))) written.resolve();
  });
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
    env: { PATH: `${process.env['PATH']}:/usr/sbin` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  const ended = once(child, 'close').then(() => said || 'nginx ended');
  try {
    const trouble = await Promise.race([ended, written.promise]);
    return { child, ...(trouble !== undefined && { trouble }) };
  } finally {
    watcher.close();
  }
}

const running = (child: ChildProcess, urls: Pick<Nginx, 'url' | 'httpUrl'>): Nginx => ({
  ...urls,
  async [Symbol.asyncDispose]() {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'close');
  },
});
