import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openTokenServer, TOKEN_CERTIFICATE, TOKEN_ISSUER, TOKEN_SERVICE } from './registry-token.ts';

/** The one user of a registry that asks who is there. */
export const USER = { username: 'crew', password: 'all hands on deck' };

// bcrypt of the password above; `htpasswd -nB` makes such a line.
const HTPASSWD = `${USER.username}:$2y$05$abcdefghijklmnopqrstuuflaIahUAi/3N7czh5CZVYjtjnGPctZe\n`;

export interface RegistryOptions {
  /** Absent: everybody may push and pull. */
  readonly users?: 'basic' | 'token';
  /** All that fits on the registry's disk. */
  readonly storageBytes?: number;
  /** Whether images may be deleted. @defaultValue false, as the registry's own */
  readonly deletion?: boolean;
  /** How many repositories a page of its catalog has at most; asking for more is an error. */
  readonly catalogNames?: number;
}

/** What an image's manifest and configuration say. */
export interface PushedImage {
  readonly digest: string;
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
  /** As the image has it: `Env`, `Cmd`, … */
  readonly config: Readonly<Record<string, unknown>>;
  readonly author?: string;
  readonly created?: string;
  readonly history?: readonly { readonly comment?: string; readonly created_by?: string }[];
  /** Manifest and configuration as they are. */
  readonly text: string;
}

/** A real registry on this machine; dispose it to end it and to remove what it holds. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** What it has under a name and tag; `undefined` when it has nothing there. */
  image(repository: string, tag: string): Promise<PushedImage | undefined>;
  /** One layer's or configuration's bytes. */
  blob(repository: string, digest: string): Promise<Buffer>;
}

/** Starts Debian's `docker-registry`, which is Docker's own. */
export async function openRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-registry-'));
  const tokens = options.users === 'token' ? await openTokenServer(USER) : undefined;
  const storage = join(folder, 'storage');
  mkdirSync(storage);
  writeFileSync(join(folder, 'users'), HTPASSWD);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configuration(folder, options, tokens?.url)));
  const process = start(folder, storage, options.storageBytes);
  const host = await listening(process);
  const read = reader(host, options.users, tokens?.url);
  return {
    host,
    image: async (repository, tag) => await readImage(read, repository, tag),
    blob: async (repository, digest) => await bytesOf(await read(repository, `blobs/${digest}`)),
    async [Symbol.asyncDispose]() {
      if (process.exitCode === null && process.signalCode === null) {
        process.kill('SIGKILL');
        await once(process, 'close');
      }
      await tokens?.[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configuration(
  folder: string,
  { users, deletion = false, catalogNames }: RegistryOptions,
  tokenUrl: string | undefined,
): object {
  const auth = {
    basic: { htpasswd: { realm: 'test', path: join(folder, 'users') } },
    token: {
      token: {
        realm: `${tokenUrl}/token`,
        service: TOKEN_SERVICE,
        issuer: TOKEN_ISSUER,
        rootcertbundle: TOKEN_CERTIFICATE,
      },
    },
  };
  return {
    version: '0.1',
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'storage') }, delete: { enabled: deletion } },
    http: { addr: '127.0.0.1:0' },
    ...(users === undefined ? {} : { auth: auth[users] }),
    ...(catalogNames === undefined ? {} : { catalog: { maxentries: catalogNames } }),
  };
}

function start(folder: string, storage: string, storageBytes: number | undefined): ChildProcess {
  const config = join(folder, 'config.json');
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  if (storageBytes === undefined) return spawn('docker-registry', ['serve', config], { stdio });
  // The small disk is there for the registry alone, and ends with it.
  const script = 'mount -t tmpfs -o size="$0" tmpfs "$1" && exec docker-registry serve "$2"';
  return spawn('unshare', ['-rm', 'sh', '-c', script, String(storageBytes), storage, config], { stdio });
}

async function listening(process: ChildProcess): Promise<string> {
  if (process.stderr === null) throw new Error('the registry has no standard error');
  const printed: string[] = [];
  for await (const line of createInterface(process.stderr)) {
    printed.push(line);
    const host = /listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (host === undefined) continue;
    process.stderr.resume();
    return host;
  }
  throw new Error(`the registry did not start:\n${printed.join('\n')}`);
}

type Read = (repository: string, path: string) => Promise<Response>;

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

function reader(host: string, users: RegistryOptions['users'], tokenUrl: string | undefined): Read {
  const basic = `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`;
  const authorization = async (repository: string): Promise<string> => {
    if (tokenUrl === undefined) return basic;
    const query = new URLSearchParams({ service: TOKEN_SERVICE, scope: `repository:${repository}:pull` });
    const answer = await fetch(`${tokenUrl}/token?${query}`, { headers: { authorization: basic } });
    const { token } = (await answer.json()) as { token: string }; // the server is our own
    return `Bearer ${token}`;
  };
  return async (repository, path) => {
    const login = users === undefined ? {} : { authorization: await authorization(repository) };
    return await fetch(`http://${host}/v2/${repository}/${path}`, {
      headers: { accept: MANIFEST, ...login },
    });
  };
}

async function bytesOf(response: Response): Promise<Buffer> {
  if (!response.ok) throw new Error(`the registry answered ${response.status}: ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}

async function readImage(read: Read, repository: string, tag: string): Promise<PushedImage | undefined> {
  const response = await read(repository, `manifests/${tag}`);
  if (response.status === 404) return undefined;
  const text = (await bytesOf(response)).toString();
  // What the registry took as a manifest has these fields.
  const manifest = JSON.parse(text) as { config: { digest: string }; layers: PushedImage['layers'] };
  const configText = (await bytesOf(await read(repository, `blobs/${manifest.config.digest}`))).toString();
  const config = JSON.parse(configText) as Pick<PushedImage, 'config' | 'author' | 'created' | 'history'>;
  return {
    ...config,
    digest: response.headers.get('docker-content-digest') ?? '',
    layers: manifest.layers,
    text: text + configText,
  };
}
