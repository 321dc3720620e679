import { describe, expect, it } from 'vitest';
import { createFakeEngine } from '../../../engine/fake/index.ts';
import type { Engine, NetworkSpec } from '../../../engine/index.ts';
import { createFeatureRig } from '../testing/feature-rig.ts';
import { taskclusterProxy } from './taskcluster-proxy.ts';

const OUTCOME = { success: true, exitCode: 0 };

/** The fake engine, with networks on which this machine has an address, or has none. */
function engineAt(fake: Engine, gateway: string, made: NetworkSpec[]): Engine {
  return {
    ...fake,
    createNetwork: (spec) => {
      made.push(spec);
      return fake.createNetwork(spec);
    },
    inspectNetwork: async (name) => {
      const found = await fake.inspectNetwork(name);
      return found && { ...found, gateway };
    },
  };
}

describe('the proxy of a task', () => {
  it('is on a network of the task alone, and ends with it', async () => {
    await using fake = await createFakeEngine();
    const made: NetworkSpec[] = [];
    // Of 127.0.0.0/8 every address is this machine's, port 80 included.
    await using rig = await createFeatureRig({ engine: engineAt(fake, '127.231.17.5', made) });
    const feature = taskclusterProxy.start(rig.task);
    const name = `slipway-task-${rig.task.taskId}-0`;
    expect(await feature.link?.(rig.task)).toEqual({
      environment: { TASKCLUSTER_PROXY_URL: 'http://taskcluster' },
      extraHosts: ['taskcluster:127.231.17.5'],
      network: name,
    });
    expect(made).toEqual([
      { name, labels: rig.task.labels, subnet: expect.stringMatching(/^10\.2\d\d\.\d+\.0\/24$/) },
    ]);
    // This machine is none of the containers on that network.
    await expect(fetch('http://127.231.17.5/api/queue/v1/ping')).rejects.toThrow('fetch failed');
    await feature.killed?.(rig.task, OUTCOME);
    expect(await fake.inspectNetwork(name)).toBeUndefined();
  });

  it('says why it cannot be there, and leaves no network', async () => {
    await using fake = await createFakeEngine();
    await using rig = await createFeatureRig({ engine: engineAt(fake, '192.0.2.1', []) });
    const feature = taskclusterProxy.start(rig.task);
    await expect(feature.link?.(rig.task)).rejects.toMatchObject({
      message: expect.stringContaining(
        'cannot listen on 192.0.2.1 port 80: the engine runs on another machine',
      ),
      exception: 'internal-error',
    });
    await feature.killed?.(rig.task, OUTCOME);
    expect(await fake.listNetworks({ label: 'io.slipway.test' })).toEqual([]);
  });
});
