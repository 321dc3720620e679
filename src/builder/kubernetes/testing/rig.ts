import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { BuildBackend, BuildProgress, BuildWork } from '../../backend.ts';
import type { BuildPhase } from '../../build.ts';
import { openKubernetesBackend } from '../open-backend.ts';
import type { KubernetesSettings } from '../settings.ts';
import type { Executor } from './executor.ts';
import { openStandIn, type StandIn, type StandInOptions } from './stand-in.ts';

export const NAMESPACE = 'nuvolaris';
export const DIGEST = `sha256:${'ab'.repeat(32)}`;

/** A backend against a stand-in of its own. */
export interface BackendRig extends AsyncDisposable {
  readonly standIn: StandIn;
  readonly backend: BuildBackend;
  /** One more backend against the same, as another server has it. */
  open(settings?: Partial<KubernetesSettings>): Promise<BuildBackend>;
}

export interface BackendRigOptions extends Partial<StandInOptions> {
  readonly settings?: Partial<KubernetesSettings>;
}

/** What a container does at once: it prints a line and says a digest. */
export const passes: Executor = ({ print }) => {
  print('#5 0.100 installed\n');
  return Promise.resolve({ exitCode: 0, message: `"containerimage.digest": "${DIGEST}"\n` });
};

export async function openBackendRig({ settings, ...options }: BackendRigOptions = {}): Promise<BackendRig> {
  const standIn = await openStandIn({ executor: passes, ...options });
  const folder = mkdtempSync(join(tmpdir(), 'slipway-kubeconfig-'));
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, kubeconfigOf(standIn.url, options));
  const opened: BuildBackend[] = [];
  const open = async (more: Partial<KubernetesSettings> = {}): Promise<BuildBackend> => {
    const backend = await openKubernetesBackend({ kubeconfig, environment: {}, ...settings, ...more });
    opened.push(backend);
    return backend;
  };
  return {
    standIn,
    backend: await open(),
    open,
    async [Symbol.asyncDispose]() {
      for (const backend of opened) await backend[Symbol.asyncDispose]();
      await standIn[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A kubeconfig of one cluster and one user. */
export const kubeconfigOf = (
  url: string,
  { token, tls }: Pick<StandInOptions, 'token' | 'tls'> = {},
): string =>
  JSON.stringify({
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [
      {
        name: 'test',
        cluster: {
          server: url,
          ...(tls && { 'certificate-authority-data': Buffer.from(tls.cert).toString('base64') }),
        },
      },
    ],
    users: [{ name: 'test', user: token === undefined ? {} : { token } }],
  });

/** A build as the service hands it on. */
export const workOf = (changes: Partial<BuildWork> = {}): BuildWork => ({
  id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  jobName: 'build-alice-7c9e6679742540de944be07fc1f90ae7',
  user: 'alice',
  kind: 'nodejs',
  source: 'localhost/slipway-node:24',
  context: { dockerfile: 'FROM localhost/slipway-node:24\n', files: { 'package.json': '{}' } },
  target: { repository: 'alice', tag: 'extended' },
  destination: { pushHost: '127.0.0.1:5000', pullHost: '127.0.0.1:5000', isPlainHttp: true },
  labels: {},
  noCache: false,
  timeLimitMs: 60_000,
  ...changes,
});

/** What a build told. */
export interface Told extends BuildProgress {
  readonly text: () => string;
  readonly phases: readonly BuildPhase[];
}

export function listen(onText: (text: string) => void = () => {}): Told {
  const phases: BuildPhase[] = [];
  let all = '';
  return {
    phases,
    text: () => all,
    phase: (phase) => void phases.push(phase),
    async write(text) {
      all += text;
      onText(text);
      await setImmediate();
    },
  };
}
