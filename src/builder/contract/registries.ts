import { describe, expect, it } from 'vitest';
import { type ContractRig, expectReason } from './rig.ts';

const ABSENT = `sha256:${'0'.repeat(64)}`;

export function describeRegistries(rig: ContractRig): void {
  describe('a source', () => {
    const digestOf = async (source: string, isKnown = true) => {
      const { credentials: _, secretName: __, ...nobody } = await rig.backend.destination({}, 'alice');
      const destination = isKnown ? await rig.backend.destination({}, 'alice') : nobody;
      const signal = new AbortController().signal;
      return await rig.backend.sourceDigest(source, { destination, fresh: true, signal });
    };

    it('has a digest, which its registry says', async () => {
      expect(await digestOf(rig.parts.privateBase)).toMatch(/^sha256:[0-9a-f]{64}$/);
    });

    it.each<[string, (base: string) => string]>([
      ['a tag', (base) => `${base}-absent`],
      ['a repository', (base) => base.replace(/:[^:/]*$/, '/absent:1')],
      ['a digest', (base) => `${base.replace(/:[^:/]*$/, '')}@${ABSENT}`],
    ])('is not found under %s that is not there', async (_what, change) => {
      await expectReason(digestOf(change(rig.parts.privateBase)), 'source-not-found');
    });

    it('is refused to those whom its registry does not know', async () => {
      await expectReason(digestOf(rig.parts.privateBase, false), 'source-refused');
    });

    it('cannot be had where nobody answers', async () => {
      await expectReason(digestOf(`${rig.parts.nobodysHost}/base:1`), 'registry-unreachable');
    });

    it('that is gone when the build begins ends it with that reason', async () => {
      const { pushHost } = await rig.backend.destination({}, 'alice');
      const work = await rig.work('true', { source: `${pushHost}/gone@${ABSENT}` });
      await expectReason(rig.build(work).outcome, 'source-not-found');
    });

    it('that needs a login is built on', async () => {
      const destination = await rig.backend.destination({}, 'alice');
      const work = await rig.work('true', {
        source: await rig.pinned(rig.parts.privateBase, { destination }),
      });
      const { digest } = await rig.build(work).outcome;
      expect(await rig.pushed(work)).toBe(digest);
    });
  });

  describe('a registry', () => {
    const pushingTo = async (pushHost: string, timeLimitMs = 240_000) => {
      const known = await rig.backend.destination({}, 'alice');
      const { secretName } = known; // has the login for the source, where that is no local one
      const destination = {
        pushHost,
        pullHost: pushHost,
        isPlainHttp: true,
        ...(secretName !== undefined && { secretName }),
      };
      const source = await rig.pinned(rig.parts.base, { destination: known });
      return rig.build(await rig.work('echo pushed > /file', { source, destination, timeLimitMs }));
    };

    it('that is not there ends a build with that reason', async () => {
      const { outcome } = await pushingTo(rig.parts.nobodysHost);
      await expectReason(outcome, 'registry-unreachable');
    });

    it('that is full ends a build with that reason', async () => {
      const { outcome } = await pushingTo(rig.parts.fullHost);
      await expectReason(outcome, 'registry-refused');
    });

    it('that says nothing ends a build when its time is over', async () => {
      const { outcome } = await pushingTo(rig.parts.stallingHost, 6_000);
      await expectReason(outcome, 'time-limit');
    });

    it('that does not know the password refuses, and nobody gets to see it', async () => {
      const { secretName: _, ...known } = await rig.backend.destination({}, 'alice');
      const credentials = { username: known.credentials?.username ?? '', password: 'not-the-password' };
      const source = await rig.pinned(rig.parts.base, { destination: known });
      // Not to the repository of the others: an engine pushes a layer once for all who push it there at a time, and if that is
      // refused it is for all of them.
      const target = { repository: 'refused', tag: 't' };
      const { outcome, text } = rig.build(
        await rig.work('true', { source, target, destination: { ...known, credentials } }),
      );
      const { message } = await expectReason(outcome, 'registry-refused');
      expect(message + text()).not.toContain(credentials.password);
    });

    it('is logged in to without a word about it in the log, and without the build seeing it', async () => {
      const { password } = rig.parts;
      const script =
        'env; cat /proc/self/mounts /proc/1/environ; grep -rs auths / --include=config.json; true';
      const work = await rig.work(script);
      const { outcome, text } = rig.build(work);
      await outcome;
      const encoded = Buffer.from(`${work.destination.credentials?.username}:${password}`).toString('base64');
      for (const secret of [password, encoded, 'auths']) expect(text()).not.toContain(secret);
    });
  });
}
