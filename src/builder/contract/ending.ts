import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { BuildWork } from '../backend.ts';
import { type ContractRig, expectReason, heard } from './rig.ts';

/** Prints `alive-1`, `alive-2`, … until it is ended. */
const hanging = 'n=0; while true; do n=$((n + 1)); echo "alive-$n"; sleep 1; done';

export function describeEnds(rig: ContractRig): void {
  describe('the end of a build', () => {
    it('comes before the beginning where its signal is aborted', async () => {
      const signal = AbortSignal.abort(new Error('too late'));
      const { outcome, text } = rig.build(await rig.work('true'), { signal });
      await expect(outcome).rejects.toThrow('too late');
      expect(text()).toBe('');
    });

    it('comes when its time is over', async () => {
      const { outcome } = rig.build(await rig.work(hanging, { timeLimitMs: 4_000 }));
      await expectReason(outcome, 'time-limit');
    });
  });

  describe('a server that is lost', () => {
    it('may still be there, and has lost the build all the same', async () => {
      const work = await rig.work('echo "begun-$((40 + 2))"; sleep 3; echo done > /slow');
      const first = rig.build(work);
      await heard(first.text, 'begun-42');
      const second = rig.build(work, { backend: await rig.parts.open() });
      const [one, other] = await Promise.allSettled([first.outcome, second.outcome]);
      expect(other.status).toBe('fulfilled');
      const digests = [one, other].flatMap((each) =>
        each.status === 'fulfilled' ? [each.value.digest] : [],
      );
      expect(new Set(digests)).toEqual(new Set([await rig.pushed(work)]));
    });
  });
}

/** Those that look for what is left, of all builds: nothing else may go on beside them. */
export function describeRemains(rig: ContractRig): void {
  describe('the end of a build', () => {
    it('comes when its signal aborts, with the reason, and nothing is pushed or left', async () => {
      const controller = new AbortController();
      const work = await rig.work(hanging);
      const { outcome, text } = rig.build(work, controller);
      await heard(text, 'alive-2');
      const reason = new Error('somebody cancelled it');
      controller.abort(reason);
      await expect(outcome).rejects.toBe(reason);
      const said = text();
      expect(await rig.pushed(work)).toBeUndefined();
      expect(await leftoversOf(rig)).toBe(0);
      expect(text()).toBe(said);
    });

    it('leaves nothing behind, however it came', async () => {
      await rig.build(await rig.work('true')).outcome;
      await expectReason(rig.build(await rig.work('exit 1')).outcome, 'requirement-failed');
      expect(await leftoversOf(rig)).toBe(0);
    });
  });

  describe('a server that is lost', () => {
    it('leaves a build that another one ends well, and which is not done twice at once', async () => {
      const work = await rig.work('echo "begun-$((40 + 2))"; sleep 3; echo done > /done');
      const lost = rig.parts.begin(work);
      await heard(lost.text, 'begun-42');
      await lost.kill();
      const { outcome, text } = rig.build(work);
      const { digest } = await outcome;
      expect(await rig.pushed(work)).toBe(digest);
      expect(text().match(/begun-42/g)?.length).toBe(1);
      expect(await leftoversOf(rig)).toBe(0);
    });

    it('leaves what is removed, unless the build goes on or is young', async () => {
      const pushHost = rig.parts.stallingHost;
      const destination = { pushHost, pullHost: pushHost, isPlainHttp: true };
      const known = await rig.backend.destination({}, 'alice');
      const source = await rig.pinned(rig.parts.base, { destination: known });
      const work = await rig.work(`echo ${randomUUID()} > /file`, { source, destination });
      await loseWhilePushing(rig, work);
      const later = await rig.parts.open({ now: () => Date.now() + 3_600_000 });
      expect(await rig.backend.removeLeftovers(new Set())).toBe(0);
      expect(await later.removeLeftovers(new Set([work.id]))).toBe(0);
      expect(await later.removeLeftovers(new Set())).toBe(1);
      expect(await later.removeLeftovers(new Set())).toBe(0);
    });
  });
}

async function loseWhilePushing(rig: ContractRig, work: BuildWork): Promise<void> {
  const lost = rig.parts.begin(work);
  await heard(lost.text, 'PHASE push');
  await lost.kill();
}

/** What builds left that ended long ago, as every other one of the suite has. */
async function leftoversOf(rig: ContractRig): Promise<number> {
  const later = await rig.parts.open({ now: () => Date.now() + 3_600_000 });
  return await later.removeLeftovers(new Set());
}
