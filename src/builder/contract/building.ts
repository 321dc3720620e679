import { describe, expect, it } from 'vitest';
import { BASE, type ContractRig, expectReason, heard } from './rig.ts';

/** A text that the lines of scripts do not have, only what they print. */
const printed = (word: string): string => `echo "${word}-$((40 + 2))"`;

export function describeBuilds(rig: ContractRig): void {
  describe('a build', () => {
    it('pushes an image whose digest the registry confirms, and which is run as its source is', async () => {
      const work = await rig.work(`${printed('hello')}; echo made > /made; env > /dev/null`);
      const { outcome, text, phases } = rig.build(work);
      const { digest } = await outcome;
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(await rig.pushed(work)).toBe(digest);
      expect(text()).toContain('hello-42\n');
      expect([...new Set(phases)]).toEqual(phases);
      expect(['prepare', 'build', 'push'].filter((phase) => phases.some((each) => each === phase))).toEqual(
        phases,
      );
      const config = await readConfig(rig, work.target.repository, digest);
      expect(config).toMatchObject({
        config: { ...BASE.config, User: 'nobody', Labels: expect.objectContaining(work.labels) },
      });
    });

    it('gives the source another name where nothing is installed', async () => {
      const work = await rig.work(undefined);
      const { digest } = await rig.build(work).outcome;
      expect(await rig.pushed(work)).toBe(digest);
      expect(await readConfig(rig, work.target.repository, digest)).toMatchObject({ config: BASE.config });
    });

    it('builds on an image that it pushed', async () => {
      const first = await rig.work('echo one > /one');
      const { digest } = await rig.build(first).outcome;
      const source = `${first.destination.pushHost}/${first.target.repository}@${digest}`;
      const second = await rig.work(`cat /one; ${printed('on-top')}`, { source });
      const { outcome, text } = rig.build(second);
      const pushed = (await outcome).digest;
      expect(await rig.pushed(second)).toBe(pushed);
      expect(text()).toContain('on-top-42\n');
    });

    it('tells what it prints while it goes on', async () => {
      const controller = new AbortController();
      const { outcome, text } = rig.build(await rig.work(`${printed('begun')}; exec sleep 3600`), controller);
      await heard(text, 'begun-42\n');
      controller.abort(new Error('seen'));
      await expect(outcome).rejects.toThrow('seen');
    });

    it('says why, where the extension fails, and pushes nothing', async () => {
      const work = await rig.work(`${printed('broken')} >&2; exit 7`);
      const { outcome, text } = rig.build(work);
      expect((await expectReason(outcome, 'requirement-failed')).message).toContain('7');
      expect(text()).toContain('broken-42\n');
      expect(await rig.pushed(work)).toBeUndefined();
    });

    it('builds two images at once', async () => {
      const works = await Promise.all(
        ['one', 'two'].map((word) => rig.work(`sleep 1; echo ${word} > /word`)),
      );
      const outcomes = await Promise.all(works.map((work) => rig.build(work).outcome));
      const digests = outcomes.map(({ digest }) => digest);
      expect(await Promise.all(works.map((work) => rig.pushed(work)))).toEqual(digests);
      expect(new Set(digests).size).toBe(2);
    });

    it('pushes what two builds of one tag made one after the other, each with its own digest', async () => {
      const target = { repository: 'alice', tag: 'shared' };
      const works = await Promise.all(
        ['three', 'four'].map((word) => rig.work(`echo ${word} > /w`, { target })),
      );
      const outcomes = await Promise.all(works.map((work) => rig.build(work).outcome));
      const digests = outcomes.map(({ digest }) => digest);
      expect(new Set(digests).size).toBe(2);
      expect(digests).toContain(await rig.parts.registry.findDigest(target.repository, target.tag));
    });
  });
}

/** The configuration of an image, out of the registry. */
async function readConfig(rig: ContractRig, repository: string, digest: string): Promise<unknown> {
  const { registry } = rig.parts;
  const manifest = await registry.manifest(repository, digest);
  // A registry takes no manifest without these.
  const { config } = JSON.parse(manifest?.bytes.toString() ?? '') as {
    config: { digest: string; size: number };
  };
  const pieces: Buffer[] = [];
  for await (const piece of registry.readBlob(repository, config)) pieces.push(piece);
  return JSON.parse(Buffer.concat(pieces).toString());
}
