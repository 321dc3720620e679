import { describe, expect, it, onTestFinished } from 'vitest';
import { type ContractOptions, useRig } from './rig.ts';

export function describeImageList(options: ContractOptions): void {
  describe('the list of images', () => {
    const rig = useRig(options);

    it('has those with the label, with all their names', async () => {
      const [name = '', value = ''] = Object.entries(rig.labels).flat();
      const references = [rig.imageName(), rig.imageName()];
      const container = await rig.create('true');
      const id = await rig.engine.commitContainer(container, { reference: references[0] ?? '' });
      await rig.engine.tagImage(references[0] ?? '', references[1] ?? '');
      const unnamed = await rig.engine.commitContainer(container, { message: 'without a name' });
      onTestFinished(() => rig.engine.removeImage(unnamed));
      const listed = await rig.engine.listImages({ label: `${name}=${value}` });
      const found = new Map(listed.map((image) => [image.id, image]));
      const [named, other] = [id, unnamed].map((each) => found.get(each));
      expect(listed.length).toBe(2);
      expect([...(named?.references ?? [])].sort()).toEqual([...references].sort());
      expect(named?.labels).toMatchObject(rig.labels);
      expect(named?.sizeBytes).toBeGreaterThan(1000);
      expect(Math.abs(Date.now() - (named?.createdAt ?? 0))).toBeLessThan(600_000);
      expect(other?.references).toEqual([]);
      expect(await rig.engine.listImages({ label: `${name}=other` })).toEqual([]);
      expect((await rig.engine.listImages({ label: name })).map((image) => image.id)).toContain(named?.id);
      await rig.clean();
    });

    it('has those with a name, with that name only', async () => {
      const [one, other] = [rig.imageName(), rig.imageName()];
      await rig.engine.tagImage(rig.image, one);
      await rig.engine.tagImage(rig.image, other);
      const { id, references } = (await rig.engine.inspectImage(one)) ?? {};
      expect(references).toEqual(expect.arrayContaining([one, other]));
      const expected = [expect.objectContaining({ id, references: [one] })];
      expect(await rig.engine.listImages({ reference: one })).toEqual(expected);
      expect(await rig.engine.listImages({ reference: one.replace(/:1$/, '') })).toEqual(expected);
      expect(await rig.engine.listImages({ reference: rig.imageName() })).toEqual([]);
    });
  });
}
