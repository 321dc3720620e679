import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { LostServer } from '../../src/builder/contract.ts';
import type { BuildBackend, BuildProgress, BuildWork } from '../../src/builder/index.ts';
import { type KubernetesSettings, openKubernetesBackend } from '../../src/builder/kubernetes/index.ts';
import { BUILDKIT, KUBECONFIG, NO_CLUSTER, openCluster, type TestCluster } from './cluster.ts';
import { docker } from './images.ts';
import { openRegistry, type Registry, USER } from './registry.ts';
import { BUSYBOX } from './rig.ts';

/** What builds in a real cluster need: a namespace, and a registry with a password that its pods reach. */
export interface ClusterBuilds extends AsyncDisposable {
  readonly cluster: TestCluster;
  readonly registry: Registry;
  /** Where pods push to; the same registry is `registry.host` for this machine. */
  readonly pushHost: string;
  /** Puts a local image into a registry that asks nobody; gives the name that builds have it by. */
  addSource(image: string, name: string): string;
  /** Puts it into the one with the password. */
  addPrivateSource(image: string, name: string): string;
  /** A backend as a server opens it. */
  open(settings?: Partial<KubernetesSettings>): Promise<BuildBackend>;
  /** Begins a build in a process of its own. */
  begin(work: BuildWork, settings?: Partial<KubernetesSettings>): LostServer;
  /** One build of a Dockerfile, for a user and with what is said. */
  work(dockerfile: string, changes?: Partial<BuildWork>): Promise<BuildWork>;
}

function beginElsewhere(settings: KubernetesSettings, work: BuildWork): LostServer {
  const script = join(import.meta.dirname, '../../src/builder/kubernetes/testing/programs/lost-server.ts');
  const child = spawn(process.execPath, [script, JSON.stringify({ settings, work })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
  return {
    text: () => text,
    async kill() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

const LIMIT_MS = 120_000;

/** What tests in a cluster share; to be asked for inside a test. */
export interface InCluster {
  readonly builds: () => ClusterBuilds;
  /** A busybox in the registry, as builds have it. */
  readonly base: () => string;
}

/** Tests of one file that need a real cluster. Where none is at hand one line says so, and they are left out. */
export function describeInCluster(title: string, tests: (shared: InCluster) => void): void {
  if (KUBECONFIG === undefined) {
    describe(title, () => void it.skip(NO_CLUSTER, () => {}));
    return;
  }
  const kubeconfig = KUBECONFIG;
  describe(title, { timeout: LIMIT_MS }, () => {
    let builds: ClusterBuilds | undefined;
    let base = '';
    beforeAll(async () => {
      builds = await openClusterBuilds(kubeconfig);
      base = builds.addSource(BUSYBOX, 'base/busybox:1');
    }, LIMIT_MS);
    afterAll(async () => {
      await builds?.[Symbol.asyncDispose]();
    }, LIMIT_MS);
    tests({
      base: () => base,
      builds() {
        if (builds === undefined) throw new Error('the cluster is there only while tests run');
        return builds;
      },
    });
  });
}

export async function openClusterBuilds(kubeconfig: string): Promise<ClusterBuilds> {
  await using stack = new AsyncDisposableStack();
  const registry = stack.use(await openRegistry({ users: 'basic' }));
  const sources = stack.use(await openRegistry());
  const cluster = stack.use(await openCluster(kubeconfig));
  const pushHost = await cluster.expose(registry.host);
  const sourceHost = await cluster.expose(sources.host);
  cluster.create(pullSecret('registry-pull-secret', pushHost));
  const backends = stack.use(new AsyncDisposableStack());
  const own = {
    kubeconfig,
    namespace: cluster.namespace,
    image: BUILDKIT,
    registryPushHost: pushHost,
    registryHost: registry.host,
    plainHttpHosts: [pushHost, sourceHost],
    environment: {},
  };
  const open = async (settings: Partial<KubernetesSettings> = {}): Promise<BuildBackend> => {
    return backends.use(await openKubernetesBackend({ ...own, ...settings }));
  };
  const first = await open();
  const all = stack.move();
  return {
    cluster,
    registry,
    pushHost,
    open,
    begin: (work, settings = {}) => beginElsewhere({ ...own, ...settings }, work),
    addSource(image, name) {
      pushAs(image, `${sources.host}/${name}`, sources.host);
      return `${sourceHost}/${name}`;
    },
    addPrivateSource(image, name) {
      pushAs(image, `${registry.host}/${name}`, registry.host);
      return `${pushHost}/${name}`;
    },
    async work(dockerfile, changes = {}) {
      const id = changes.id ?? randomUUID();
      const user = changes.user ?? 'alice';
      return {
        id,
        jobName: `build-${user}-${id}`.slice(0, 63),
        user,
        kind: 'nodejs',
        source: 'as the Dockerfile has it',
        context: { dockerfile, files: {} },
        target: { repository: user, tag: `t-${id.slice(0, 8)}` },
        destination: await first.destination({}, user),
        labels: {},
        noCache: false,
        timeLimitMs: 120_000,
        ...changes,
      };
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A Secret as the operator makes it for the registry. */
export const pullSecret = (name: string, host: string): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'kubernetes.io/dockerconfigjson',
  metadata: { name },
  stringData: { '.dockerconfigjson': dockerConfig(host) },
});

const dockerConfig = (host: string): string => {
  const auth = Buffer.from(`${USER.username}:${USER.password}`).toString('base64');
  return JSON.stringify({ auths: { [host]: { auth } } });
};

function pushAs(image: string, name: string, host: string): void {
  docker('tag', image, name);
  try {
    withLogin(host, (environment) =>
      execFileSync('docker', ['push', '--quiet', name], {
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'ignore', 'pipe'],
      }),
    );
  } finally {
    docker('rmi', name);
  }
}

/** The environment in which `docker` knows the password for a registry. */
export function withLogin<T>(host: string, run: (environment: { readonly DOCKER_CONFIG: string }) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-docker-'));
  try {
    writeFileSync(join(folder, 'config.json'), dockerConfig(host));
    return run({ DOCKER_CONFIG: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a build printed, and the phases that it went through. */
export interface Recorded extends BuildProgress {
  readonly text: () => string;
  readonly phases: string[];
}

export function recordProgress(): Recorded {
  let text = '';
  const phases: string[] = [];
  return {
    phases,
    text: () => text,
    async write(more) {
      text += more;
    },
    phase: (phase) => void phases.push(phase),
  };
}
