import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OriginalKind } from '../testing/programs/original-receiver.ts';
import { askReceiver, type PushProgress, pushRefs } from './push-refs.ts';
import { ANYWHERE, createPushRig, originalReceiver, PULL_URL } from './testing/push-rig.ts';

const KINDS: readonly OriginalKind[] = ['seed', '1.0', '1.1', 'pre-cas'];
const FILES = {
  'files/bin/tool': randomBytes(700_000),
  'files/empty': '',
  'files/hello.txt': 'hello\n',
  'files/more/large': randomBytes(1_500_000),
  'meta/artifact.yaml': 'keys: {}\n',
};

describe.each(KINDS)('a push to the receiver of %s', (kind) => {
  it('arrives whole, under the strong and the weak key', async () => {
    await using rig = await createPushRig();
    const refs = rig.commit(['p/e/strong', 'p/e/weak'], FILES);
    const ssh = originalReceiver(kind, rig.receiving);
    const progress: PushProgress[] = [];
    const pushed = await pushRefs(rig.source, refs, ANYWHERE, {
      ssh,
      onProgress: (now) => progress.push(now),
    });
    expect(pushed).toMatchObject({ moved: refs, kept: [], sentObjects: pushed.objects });
    expect(pushed.pullUrl).toBe(kind === 'seed' ? undefined : PULL_URL);
    for (const { ref, commit } of refs) expect(rig.received(ref)).toBe(commit);
    rig.fsck();
    const [last] = progress.slice(-1);
    expect(last).toEqual({
      doneBytes: pushed.sentBytes,
      totalBytes: pushed.sentBytes,
      doneObjects: pushed.objects,
      totalObjects: pushed.objects,
    });
  });

  it('of what is there already moves the refs again, or finds that they are right', async () => {
    await using rig = await createPushRig();
    const refs = rig.commit(['p/e/strong', 'p/e/weak'], { 'files/a': 'a' });
    const ssh = originalReceiver(kind, rig.receiving);
    await pushRefs(rig.source, refs, ANYWHERE, { ssh });
    const again = await pushRefs(rig.source, refs, ANYWHERE, { ssh });
    expect(again).toMatchObject(
      kind === 'pre-cas' ? { moved: [], kept: refs, sentObjects: 0 } : { moved: refs, kept: [] },
    );
    rig.fsck();
  });

  it('of a new strong key moves the weak key that was there', async () => {
    await using rig = await createPushRig();
    const ssh = originalReceiver(kind, rig.receiving);
    await pushRefs(rig.source, rig.commit(['p/e/strong1', 'p/e/weak'], { 'files/a': 'a' }), ANYWHERE, {
      ssh,
    });
    const second = rig.commit(['p/e/strong2', 'p/e/weak'], { 'files/a': 'b' });
    await pushRefs(rig.source, second, ANYWHERE, { ssh });
    expect(['p/e/strong2', 'p/e/weak'].map(rig.received)).toEqual(second.map(({ commit }) => commit));
    expect(rig.received('p/e/strong1')).toBeDefined();
    rig.fsck();
  });

  it('of several artifacts goes in several sessions', async () => {
    await using rig = await createPushRig();
    const ssh = originalReceiver(kind, rig.receiving);
    const refs = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((key) =>
      rig.commit([`p/e/${key}`], { [`files/${key}`]: key }),
    );
    const pushed = await pushRefs(rig.source, refs, ANYWHERE, { ssh });
    expect(pushed.moved).toEqual(refs);
    for (const { ref, commit } of refs) expect(rig.received(ref)).toBe(commit);
    rig.fsck();
  });

  it('is asked where to pull from, and hears nothing more', async () => {
    await using rig = await createPushRig();
    const ssh = originalReceiver(kind, rig.receiving);
    expect(await askReceiver(ANYWHERE, { ssh })).toEqual(kind === 'seed' ? {} : { pullUrl: PULL_URL });
  });
});
