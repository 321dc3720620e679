import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker } from '../../../../test/support/images.ts';
import { openFullRegistry, openStallingRegistry } from '../../../../test/support/odd-registries.ts';
import { openRegistry, USER } from '../../../../test/support/registry.ts';
import { type Engine, openEngine } from '../../../engine/index.ts';
import { openRegistryClient } from '../../../registry/index.ts';
import type { BuildBackend, BuildWork } from '../../backend.ts';
import { BASE, type BackendRig, type LostServer } from '../../contract.ts';
import { type DockerBackendOptions, openDockerBackend } from '../index.ts';

const BUSYBOX = 'localhost/slipway-busybox:1';

/** Images inherit it: what a file of tests made is found by it. */
const OWNER_LABEL = 'slipway.test.registry';

export interface DockerRig extends BackendRig {
  readonly engine: Engine;
  readonly host: string;
  openWith(options: Partial<DockerBackendOptions>): BuildBackend;
}

/** The real engine and real registries, for one file of tests. */
export async function openDockerRig(): Promise<DockerRig> {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await openEngine({ environment: process.env }));
  const registry = stack.use(await openRegistry({ users: 'basic' }));
  const full = stack.use(await openFullRegistry());
  const stalling = stack.use(await openStallingRegistry());
  const { host } = registry;
  const base = makeBase(host);
  const privateBase = `${host}/base/contract:1`;
  pushAs(base, privateBase, host);
  stack.defer(() => removeMade(engine, host));
  const backends = stack.use(new AsyncDisposableStack());
  const openWith = (options: Partial<DockerBackendOptions>): BuildBackend =>
    backends.use(openDockerBackend({ engine, registryHost: host, credentials: USER, ...options }));
  const all = stack.move();
  return {
    engine,
    host,
    openWith,
    open: async ({ now } = {}) => openWith({ ...(now && { now }) }),
    begin: (work) => beginElsewhere({ registryHost: host, credentials: USER }, work),
    registry: openRegistryClient({ host, credentials: USER }),
    password: USER.password,
    base,
    privateBase,
    fullHost: full.host,
    stallingHost: stalling.host,
    nobodysHost: '127.0.0.1:1',
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A local image that the suite's builds extend; its name is this file's own. */
function makeBase(host: string): string {
  const name = `localhost/slipway-contract-base:${host.replace(/\D+/g, '-')}`;
  const dockerfile = [`FROM ${BUSYBOX}`, `LABEL ${OWNER_LABEL}=${host}`, ...BASE.instructions].join('\n');
  execFileSync('docker', ['build', '--quiet', '--tag', name, '-'], {
    input: dockerfile,
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  return name;
}

function pushAs(image: string, name: string, host: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-docker-'));
  const auth = Buffer.from(`${USER.username}:${USER.password}`).toString('base64');
  try {
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
    docker('tag', image, name);
    docker('--config', folder, 'push', '--quiet', name);
  } finally {
    docker('rmi', name);
    rmSync(folder, { recursive: true });
  }
}

/** All that came of the base: under all names, and what was fetched by its digest, which has none. */
async function removeMade(engine: Engine, host: string): Promise<void> {
  const label = `${OWNER_LABEL}=${host}`;
  for (const { references } of await engine.listImages({ label }))
    for (const name of references) await engine.removeImage(name);
  for (const { id } of await engine.listImages({ label })) await engine.removeImage(id);
}

function beginElsewhere(options: Omit<DockerBackendOptions, 'engine'>, work: BuildWork): LostServer {
  const script = join(import.meta.dirname, 'programs/lost-server.ts');
  const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify({ options, work })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  return {
    text: () => text,
    async kill() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
