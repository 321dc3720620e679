import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RunAbort } from '../task/resolution.ts';
import { chainOfTrust } from './chain-of-trust.ts';
import { createFeatureRig, type FeatureRig } from './testing/feature-rig.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
const OUTCOME = { success: true, exitCode: 0 };

async function run(rig: FeatureRig, key: Buffer | string, before?: () => void): Promise<void> {
  const file = join(rig.task.folder, 'key');
  writeFileSync(file, typeof key === 'string' ? key : `${key.toString('base64')}\n`);
  const task = { ...rig.task, settings: { ...rig.task.settings, ed25519KeyFile: file } };
  const feature = chainOfTrust.start(task);
  await feature.created?.(task);
  task.log.line('what the task said');
  before?.();
  await task.log.end();
  await feature.killed?.(task, OUTCOME);
}

describe('the chain of trust', () => {
  it.each([
    ['a seed', seed],
    ['a secret key with its public half', Buffer.concat([seed, raw])],
  ])('is signed with %s', async (_kind, key) => {
    await using rig = await createFeatureRig();
    rig.task.findings.image = { id: 'sha256:abc', artifactSha256: 'def' };
    rig.task.findings.artifactHashes.set('public/a.txt', '01');
    rig.task.findings.artifactHashes.set('public/logs/live_backing.log', '02');
    await run(rig, key);
    const statement = rig.stored.get('public/chain-of-trust.json');
    const signature = rig.stored.get('public/chain-of-trust.json.sig')?.body;
    const log = rig.stored.get('public/logs/certified.log');
    expect(signature).toHaveLength(64);
    expect(verify(null, statement?.body ?? Buffer.of(), publicKey, signature ?? Buffer.of())).toBe(true);
    expect(log).toMatchObject({
      headers: { 'content-encoding': 'gzip' },
      text: expect.stringContaining('said'),
    });
    expect(JSON.parse(statement?.text ?? '')).toEqual({
      chainOfTrustVersion: 1,
      artifacts: {
        'public/a.txt': { sha256: '01' },
        'public/logs/certified.log': {
          sha256: createHash('sha256')
            .update(log?.text ?? '')
            .digest('hex'),
        },
      },
      task: JSON.parse(JSON.stringify(rig.task.claim.task)),
      taskId: rig.task.taskId,
      runId: 0,
      workerGroup: 'group',
      workerId: 'one',
      environment: {
        publicIpAddress: '127.0.0.1',
        privateIpAddress: '127.0.0.1',
        imageHash: 'sha256:abc',
        imageArtifactHash: 'sha256:def',
      },
    });
    for (const name of [
      'public/logs/certified.log',
      'public/chain-of-trust.json',
      'public/chain-of-trust.json.sig',
    ])
      expect(rig.queue.artifacts.get(`${rig.task.taskId}/0/${name}`)?.expires).toBe(
        rig.task.claim.task.expires,
      );
  });

  it('says nothing of a run that was aborted', async () => {
    await using rig = await createFeatureRig();
    await run(rig, seed, () => rig.abort(new RunAbort('worker-shutdown')));
    expect(rig.stored.size).toBe(0);
  });

  it('needs a key that is one', async () => {
    await using rig = await createFeatureRig();
    await expect(run(rig, 'bm90IGEga2V5')).rejects.toThrow('an ed25519 key has 32 or 64');
    await expect(chainOfTrust.start(rig.task).created?.(rig.task)).rejects.toThrow('no signing key');
  });
});
