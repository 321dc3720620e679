import { describe, expect, it } from 'vitest';
import { createFeatureRig } from '../testing/feature-rig.ts';
import { logsJson } from './logs-json.ts';
import { resultJson } from './result-json.ts';

describe('the documents of the first form', () => {
  it('say where the log is before the container starts', async () => {
    await using rig = await createFeatureRig();
    await logsJson.start(rig.task).created?.(rig.task);
    const url = `${rig.rootUrl}/api/queue/v1/task/${rig.task.taskId}/runs/0/artifacts/public%2Flogs%2Flive.log`;
    expect(JSON.parse(rig.stored.get('logs.json')?.text ?? '')).toEqual({
      version: '0.2.0',
      logs: { 'terminal.log': url },
    });
  });

  it('say how the run went, with its output', async () => {
    await using rig = await createFeatureRig();
    const { findings, log, taskId } = rig.task;
    findings.artifactHashes.set('public/a.txt', '01').set('public/logs/live_backing.log', '02');
    findings.missingArtifacts.set('b', 'file-missing-on-worker');
    findings.containerStartedAt = 1_700_000_000_000;
    findings.containerEndedAt = 1_700_000_001_500;
    findings.payload = {
      maxRunTime: 1,
      command: [],
      env: {},
      encryptedEnv: [],
      cache: {},
      artifacts: { 'public/a.txt': { type: 'file', path: '/a' }, b: { type: 'file', path: '/b' } },
      capabilities: { privileged: false, disableSeccomp: false, devices: {} },
      features: {},
      onExitStatus: { retry: [], purgeCaches: [] },
      log: 'public/logs/live.log',
    };
    await log.write(Buffer.from('hello\r\n'));
    await log.end();
    await resultJson.start(rig.task).killed?.(rig.task, { success: false, exitCode: 3 });
    expect(JSON.parse(rig.stored.get('result.json')?.text ?? '')).toEqual({
      version: '0.2.0',
      artifacts: {
        'public/a.txt': `${rig.rootUrl}/api/queue/v1/task/${taskId}/runs/0/artifacts/public%2Fa.txt`,
      },
      statistics: { started: expect.any(String), finished: expect.any(String) },
      metadata: { workerGroup: 'group', workerId: 'one' },
      result: {
        exitCode: 3,
        startTimestamp: '2023-11-14T22:13:20.000Z',
        stopTimestamp: '2023-11-14T22:13:21.500Z',
        logText: 'hello\r\n',
        missingArtifacts: { b: 'file-missing-on-worker' },
      },
    });
  });

  it('have the beginning of a log that is very long', async () => {
    await using rig = await createFeatureRig();
    for (let i = 0; i < 12; i += 1) await rig.task.log.write(Buffer.alloc(1024 * 1024, 'x'));
    await rig.task.log.end();
    await resultJson.start(rig.task).killed?.(rig.task, { success: true, exitCode: 0 });
    const { result } = JSON.parse(rig.stored.get('result.json')?.text ?? '') as {
      result: { logText: string };
    };
    expect(result.logText).toHaveLength(8 * 1024 * 1024 + 42);
    expect(result.logText).toMatch(/xx\n\[the log goes on: this is its beginning\]\n$/);
  });
});
