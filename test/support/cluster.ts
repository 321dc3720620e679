import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker } from './images.ts';

/** Of a cluster whose pods run in this machine's engine: `scripts/kubernetes/start` prints it. */
export const KUBECONFIG: string | undefined = process.env['SLIPWAY_TEST_KUBECONFIG'];

/** Why tests that need a cluster are left out; for the title of what stands in their place. */
export const NO_CLUSTER =
  'no Kubernetes is at hand: SLIPWAY_TEST_KUBECONFIG is not set (scripts/kubernetes/test sets it)';

/** The rootless BuildKit that `scripts/kubernetes/buildkit` makes. */
export const BUILDKIT = 'localhost/slipway-buildkit:rootless';

/** A namespace of its own in a real cluster; dispose it to remove the namespace and all that is in it. */
export interface TestCluster extends AsyncDisposable {
  readonly kubeconfig: string;
  readonly namespace: string;
  /** What `kubectl` prints for these words in the namespace. */
  kubectl(...words: string[]): string;
  /** Makes an object from its JSON. */
  create(object: object): void;
  /** Objects of one kind, as the API server has them. */
  list(kind: string, ...words: string[]): readonly KubernetesObject[];
  /** A kubeconfig of a service account of the namespace. */
  kubeconfigOf(account: string): string;
  /** Makes what listens on 127.0.0.1 reachable for pods; gives `ADDRESS:PORT`, on the same port. */
  expose(host: string): Promise<string>;
}

/** The fields of objects that tests look at. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export async function openCluster(kubeconfig: string): Promise<TestCluster> {
  const namespace = `slipway-${randomBytes(4).toString('hex')}`;
  const run = (words: readonly string[], input?: string): string =>
    execFileSync('kubectl', ['--kubeconfig', kubeconfig, ...words], {
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
    }).trim();
  const kubectl = (...words: string[]): string => run(['--namespace', namespace, ...words]);
  run(['create', 'namespace', namespace]);
  const bridges: AsyncDisposable[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'slipway-cluster-'));
  return {
    kubeconfig,
    namespace,
    kubectl,
    create: (object) => void run(['--namespace', namespace, 'create', '-f', '-'], JSON.stringify(object)),
    list(kind, ...words) {
      // kubectl prints what the API server has, and every object has these fields.
      const { items } = JSON.parse(kubectl('get', kind, '-o', 'json', ...words)) as {
        items: KubernetesObject[];
      };
      return items;
    },
    kubeconfigOf(account) {
      const config = JSON.parse(run(['config', 'view', '--raw', '--flatten', '-o', 'json'])) as {
        users: { readonly name: string; user: object }[];
      }; // kubectl wrote it
      const token = kubectl('create', 'token', account);
      const users = config.users.map(({ name }) => ({ name, user: { token } }));
      const file = join(folder, `${account}.json`);
      writeFileSync(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
      return file;
    },
    async expose(host) {
      const bridge = await openBridge(host);
      bridges.push(bridge);
      return bridge.host;
    },
    async [Symbol.asyncDispose]() {
      for (const bridge of bridges) await bridge[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
      run(['delete', 'namespace', namespace, '--wait=true', '--timeout=60s']);
    },
  };
}

/** Where containers on the engine's own network reach this machine. */
export const bridgeGateway = (): string =>
  docker('network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}');

interface Bridge extends AsyncDisposable {
  readonly host: string;
}

/** Passes connections on to a server of the loopback interface, which containers cannot reach by themselves. */
async function openBridge(target: string): Promise<Bridge> {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection({ host, port: Number(port) });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => sockets.delete(from));
      from.pipe(to);
    }
  });
  server.listen(Number(port), bridgeGateway());
  await once(server, 'listening');
  const { address } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    host: `${address}:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
