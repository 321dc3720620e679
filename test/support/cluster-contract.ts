import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { BASE, type BackendRig } from '../../src/builder/contract.ts';
import { openRegistryClient } from '../../src/registry/index.ts';
import { type ClusterBuilds, openClusterBuilds } from './cluster-builds.ts';
import { docker } from './images.ts';
import { openRegistry, USER } from './registry.ts';
import { BUSYBOX } from './rig.ts';

const LOCAL_BASE = 'localhost/slipway-cluster-contract:1';
/** Enough for the tables of a registry, and for no layer of an image. */
const FULL_BYTES = 64 * 1024;

/** What the suite of all backends needs, in a real cluster. */
export async function openClusterRig(kubeconfig: string): Promise<BackendRig> {
  await using stack = new AsyncDisposableStack();
  const builds = stack.use(await openClusterBuilds(kubeconfig));
  const full = stack.use(await openRegistry({ storageBytes: FULL_BYTES }));
  const stalling = stack.use(await openStallingServer());
  const { base, privateBase } = addBase(builds);
  const registry = stack.use(openRegistryClient({ host: builds.registry.host, credentials: USER }));
  const fullHost = await builds.cluster.expose(full.host);
  const stallingHost = await builds.cluster.expose(stalling.host);
  const address = builds.pushHost.replace(/:\d+$/, '');
  const all = stack.move();
  return {
    open: async ({ now } = {}) => await builds.open(now === undefined ? {} : { now }),
    begin: (work) => builds.begin(work),
    registry,
    password: USER.password,
    base,
    privateBase,
    fullHost,
    stallingHost,
    nobodysHost: `${address}:1`,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** With a login and without: a cluster has no images of its own. */
function addBase(builds: ClusterBuilds): { readonly base: string; readonly privateBase: string } {
  const dockerfile = [`FROM ${BUSYBOX}`, ...BASE.instructions].join('\n');
  execFileSync('docker', ['build', '--quiet', '--tag', LOCAL_BASE, '-'], {
    input: dockerfile,
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  try {
    const name = 'base/contract:1';
    return {
      base: builds.addSource(LOCAL_BASE, name),
      privateBase: builds.addPrivateSource(LOCAL_BASE, name),
    };
  } finally {
    docker('rmi', LOCAL_BASE);
  }
}

/** Takes connections and never answers. */
async function openStallingServer(): Promise<AsyncDisposable & { readonly host: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    host: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
