import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Json } from '../../queue-api/index.ts';
import type { Feature } from '../task/feature.ts';
import { createDevicePool } from './devices/device-pool.ts';
import { createFeatureTable } from './feature-table.ts';
import { createFeatureRig, type FeatureRigOptions } from './testing/feature-rig.ts';

const dev = mkdtempSync(join(tmpdir(), 'slipway-dev-'));
writeFileSync(join(dev, 'kvm'), '');
afterAll(() => rmSync(dev, { recursive: true, force: true }));

const artifacts: Feature = { name: 'artifacts', default: true, start: () => ({ name: 'artifacts' }) };
const ON = { loopbackVideo: true, loopbackAudio: true, hostSharedMemory: true, kvm: true };
const devices = createDevicePool({ enabled: ON, folder: dev });
const table = createFeatureTable({ artifacts, devices });

async function started(features: Json, options: FeatureRigOptions = {}) {
  await using rig = await createFeatureRig({ ...options, task: { payload: { features } } });
  const { active, problem } = table.start(rig.task);
  return { names: active.map(({ name }) => name), problem: problem?.message };
}

describe('the features of a run', () => {
  it('are the live log and the artifacts where nothing is said', async () => {
    expect(await started({})).toEqual({ names: ['localLiveLog', 'artifacts'], problem: undefined });
  });

  it('are what the payload asks for', async () => {
    const { names } = await started({
      localLiveLog: false,
      artifacts: false,
      interactive: true,
      chainOfTrust: true,
    });
    expect(names).toEqual(['interactive', 'chainOfTrust']);
  });

  it.each([
    [{ nonsense: true }, '"nonsense" is not part of valid features'],
    [{ constructor: true }, '"constructor" is not part of valid features'],
    [{ bulkLog: true }, 'the feature bulkLog is switched off on this worker'],
    [{ allowPtrace: true }, 'task.scopes must have docker-worker:feature:allowPtrace'],
  ])('fail the run with a log that says why: %j', async (features, text) => {
    const { names, problem } = await started(features);
    expect(names).toEqual(['localLiveLog']);
    expect(problem).toContain(text);
    expect(problem).toMatch(/^Task was aborted because states could not be created successfully\./);
  });

  it('are not those that are switched off, whether they exist or not', async () => {
    const features = { nonsense: false, bulkLog: false, allowPtrace: false };
    expect(await started(features)).toEqual({ names: ['localLiveLog', 'artifacts'], problem: undefined });
  });

  it('need their scopes', async () => {
    const scopes = ['docker-worker:feature:allow*'];
    expect((await started({ allowPtrace: true }, { scopes })).names).toContain('allowPtrace');
  });

  it('are silently less where the operator switched off what is usual', async () => {
    await using rig = await createFeatureRig();
    const { features } = rig.task.settings;
    const settings = {
      ...rig.task.settings,
      features: { ...features, localLiveLog: false, artifacts: false },
    };
    expect(table.start({ ...rig.task, settings })).toEqual({ active: [] });
  });

  it.each(['azureLivelog', 'azureLiveLog'])('know the first form: %s', async (name) => {
    expect((await started({ [name]: true, bufferLog: true, extractArtifacts: false })).names).toEqual([
      'localLiveLog',
      'azureLivelog',
      'bufferLog',
    ]);
    expect((await started({ [name]: false })).names).toEqual(['artifacts']);
  });

  it('leave it to the check of the payload to refuse what was removed, or has the wrong shape', async () => {
    for (const features of [{ relengAPIProxy: true }, { interactive: 'yes' }, [], 'all', null])
      expect((await started(features)).problem).toBeUndefined();
  });

  it('that are for containers are refused beside a pipeline', async () => {
    const payload = {
      pipeline: {},
      features: { interactive: true, taskclusterProxy: true, bufferLog: true },
    };
    await using rig = await createFeatureRig({ task: { payload } });
    const { active, problem } = table.start(rig.task);
    expect(problem).toMatchObject({ exception: 'malformed-payload' });
    for (const name of ['interactive', 'taskclusterProxy'])
      expect(problem?.message).toContain(`features.${name}`);
    expect(problem?.message).not.toContain('bufferLog');
    expect(active.map(({ name }) => name)).toEqual(['localLiveLog', 'bufferLog']);
  });

  it('name few of very many that nobody knows', async () => {
    const features = Object.fromEntries(
      Array.from({ length: 500 }, (_, n) => [`${'x'.repeat(500)}${n}`, true]),
    );
    expect((await started(features)).problem?.length).toBeLessThan(2000);
  });
});

describe('the capabilities of a run', () => {
  async function link(capabilities: Json, options: FeatureRigOptions = {}) {
    await using rig = await createFeatureRig({ ...options, task: { payload: { capabilities } } });
    const { active } = table.start(rig.task);
    const feature = active.find(({ name }) => name === 'capabilities');
    try {
      return await feature?.link?.(rig.task);
    } finally {
      await feature?.killed?.(rig.task, { success: true, exitCode: 0 });
    }
  }
  const allowed = (scope: string): FeatureRigOptions => ({
    scopes: [`docker-worker:capability:${scope}`],
    settings: { allowPrivileged: true },
  });

  it('are none where nothing is asked for', async () => {
    expect(await link({ privileged: false, devices: { kvm: false, nonsense: false } })).toBeUndefined();
  });

  it.each(['privileged', 'privileged:test/worker'])('are privileged with the scope %s', async (scope) => {
    expect(await link({ privileged: true }, allowed(scope))).toMatchObject({ privileged: true });
  });

  it.each(['privilege', 'privileged:test/worke', 'privileged:other/worker', 'device:privileged'])(
    'are not privileged with the scope %s',
    async (scope) => {
      const message =
        'Docker configuration could not be created. Insufficient scopes to run the task in privileged mode';
      await expect(link({ privileged: true }, allowed(scope))).rejects.toThrow(message);
    },
  );

  it('are not privileged where the worker does not allow it', async () => {
    const refused = link({ privileged: true }, { scopes: ['docker-worker:capability:privileged'] });
    await expect(refused).rejects.toThrow('this worker does not allow privileged tasks');
  });

  it('are devices, with a scope for each', async () => {
    expect(await link({ devices: { kvm: true } }, allowed('device:kvm:test/worker'))).toMatchObject({
      devices: [join(dev, 'kvm')],
    });
    await expect(link({ devices: { kvm: true } }, allowed('device:loopbackVideo'))).rejects.toThrow(
      'Insufficient scopes to attach devices',
    );
  });

  it('are an exception where no device is free', async () => {
    const taken = link({ devices: { loopbackVideo: true } }, allowed('device:*'));
    await expect(taken).rejects.toMatchObject({ exception: 'resource-unavailable' });
  });

  it('are without seccomp for who may', async () => {
    expect(await link({ disableSeccomp: true }, allowed('disableSeccomp'))).toMatchObject({
      securityOptions: ['seccomp=unconfined'],
    });
    await expect(link({ disableSeccomp: true })).rejects.toThrow(
      'Insufficient scopes to run without seccomp',
    );
  });
});
