import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeInCluster, recordProgress } from '../support/cluster-builds.ts';

const ROLE = resolve(import.meta.dirname, '../../deploy/kubernetes/builder');
const ACCOUNT = 'slipway-builder';
const forever = new AbortController().signal;

describeInCluster('the role of a server that builds in a cluster', ({ builds, base }) => {
  let kubeconfig = '';
  beforeAll(() => {
    for (const file of ['role.yaml', 'quota.yaml', 'network-policy.yaml'])
      builds().cluster.kubectl('apply', '-f', join(ROLE, file));
    kubeconfig = builds().cluster.kubeconfigOf(ACCOUNT);
  });

  it('is enough to build, with the login of the operator and with one of the user', async () => {
    const backend = await builds().open({ kubeconfig });
    expect(await backend.check()).toMatchObject({ isWell: true });
    for (const environment of [{}, { REGISTRY_SECRET: 'crew:all hands on deck' }]) {
      const destination = await backend.destination(environment, 'alice');
      const work = await builds().work(`FROM ${base()}\nRUN echo ${randomUUID()}\n`, { destination });
      const { digest } = await backend.build(work, recordProgress(), forever);
      expect((await builds().registry.image('alice', work.target.tag))?.digest).toBe(digest);
    }
  });

  it('is enough to cancel, and to remove what was left', async () => {
    const backend = await builds().open({ kubeconfig, instance: 'role' });
    const work = await builds().work(`FROM ${base()}\nRUN echo here it is; sleep 600\n`);
    const progress = recordProgress();
    const stop = new AbortController();
    const built = backend.build(work, progress, stop.signal);
    await expect.poll(progress.text, { timeout: 60_000 }).toMatch(/\d here it is/);
    stop.abort(new Error('enough'));
    await expect(built).rejects.toThrow('enough');
    const later = await builds().open({ kubeconfig, instance: 'role', now: () => Date.now() + 120_000 });
    expect(await later.removeLeftovers(new Set())).toBe(0);
  });

  it.each([
    ['secrets', 'list'],
    ['secrets', 'get'],
    ['configmaps', 'update'],
    ['pods', 'create'],
    ['pods/exec', 'create'],
    ['serviceaccounts/token', 'create'],
    ['rolebindings', 'create'],
  ])('does not let it do with %s: %s', (resource, verb) => {
    const account = `system:serviceaccount:${builds().cluster.namespace}:${ACCOUNT}`;
    const words = ['auth', 'can-i', verb, resource, '--as', account];
    expect(() => builds().cluster.kubectl(...words)).toThrow(expect.objectContaining({ stdout: 'no\n' }));
  });
});
