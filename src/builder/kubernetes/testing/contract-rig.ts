import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { USER } from '../../../../test/support/registry.ts';
import type { BuildWork } from '../../backend.ts';
import type { BackendRig, LostServer } from '../../contract.ts';
import { openDockerRig } from '../../docker/testing/rig.ts';
import { openKubernetesBackend } from '../open-backend.ts';
import type { KubernetesSettings } from '../settings.ts';
import { engineExecutor } from './engine-executor.ts';
import { kubeconfigOf, NAMESPACE } from './rig.ts';
import { openStandIn } from './stand-in.ts';

/** A stand-in whose node is the real engine, and real registries. */
export async function openStandInRig(): Promise<BackendRig> {
  await using stack = new AsyncDisposableStack();
  const around = stack.use(await openDockerRig());
  const { host } = around;
  const standIn = stack.use(await openStandIn({ executor: engineExecutor(around.engine) }));
  const auth = Buffer.from(`${USER.username}:${USER.password}`).toString('base64');
  standIn.create('secrets', NAMESPACE, {
    metadata: { name: 'registry-pull-secret' },
    type: 'kubernetes.io/dockerconfigjson',
    data: {
      '.dockerconfigjson': Buffer.from(JSON.stringify({ auths: { [host]: { auth } } })).toString('base64'),
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'slipway-kubeconfig-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, kubeconfigOf(standIn.url));
  const settings: KubernetesSettings = { kubeconfig, registryHost: host, environment: {} };
  const all = stack.move();
  return {
    ...around,
    base: around.privateBase, // a cluster has no images of its own
    open: async ({ now } = {}) => all.use(await openKubernetesBackend({ ...settings, ...(now && { now }) })),
    begin: (work) => beginElsewhere(settings, work),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Begins a build in a process of its own, which prints as the suite expects. */
export function beginElsewhere(settings: KubernetesSettings, work: BuildWork): LostServer {
  const script = join(import.meta.dirname, 'programs/lost-server.ts');
  const child = spawn(process.execPath, [script, JSON.stringify({ settings, work })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => {
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
