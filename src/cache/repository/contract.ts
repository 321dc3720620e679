import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ObjectName, objectFileName } from '../ostree/index.ts';
import type { ObjectArea, StagedObject } from './object-area.ts';
import { type MadeObject, makeArtifact, makeFile } from './testing/make-artifact.ts';
import { temporaryFolder } from './testing/repository-folder.ts';

export interface AreaRig {
  /** An empty one. */
  open(): Promise<ObjectArea>;
}

const { objects } = makeArtifact({ 'a/one': 'one', 'b/two': 'two'.repeat(10_000), three: '' });
const absent: ObjectName = makeFile(Buffer.from('nobody has it')).name;

function stage(made: readonly MadeObject[]): StagedObject[] {
  const folder = temporaryFolder();
  return made.map(({ name, bytes }) => {
    const path = join(folder, objectFileName(name));
    writeFileSync(path, bytes);
    return { name, path, sizeBytes: bytes.length };
  });
}

async function contentOf(area: ObjectArea, name: ObjectName): Promise<Buffer | undefined> {
  await using found = await area.open(name);
  if (found === undefined) return undefined;
  const pieces: Buffer[] = [];
  for await (const piece of found) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const names = (made: readonly { readonly name: ObjectName }[]): ObjectName[] => made.map(({ name }) => name);

/** What every place for objects does. */
export function describeAreaContract(what: string, rig: AreaRig): void {
  describe(`objects in ${what}`, () => {
    it('are there with their sizes when they were placed, and can be read', async () => {
      await using area = await rig.open();
      const bytes = objects.reduce((sum, object) => sum + object.bytes.length, 0);
      expect(await area.missingOf([absent, ...names(objects)])).toEqual([absent, ...names(objects)]);
      expect(await area.place(stage(objects))).toEqual({ newObjects: objects.length, newBytes: bytes });
      for (const { name, bytes: expected } of objects) {
        expect(await area.sizeOf(name)).toBe(expected.length);
        expect((await contentOf(area, name))?.equals(expected)).toBe(true);
        expect(Buffer.from((await area.read(name, expected.length)) ?? []).equals(expected)).toBe(true);
      }
      expect(await area.missingOf([absent, ...names(objects)])).toEqual([absent]);
    });

    it('are absent where they are not there', async () => {
      await using area = await rig.open();
      expect([await area.sizeOf(absent), await area.open(absent), await area.read(absent, 10)]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(await area.remove([absent])).toBe(0);
      await area.touch(absent);
      await area.renew([absent]);
    });

    it('keep what is there, whatever comes under the same name', async () => {
      await using area = await rig.open();
      await area.place(stage(objects));
      const [first, ...rest] = objects;
      if (first === undefined) throw new Error('there is always one');
      const liar = { name: first.name, bytes: Buffer.from('something else') };
      expect(await area.place(stage([liar, ...rest]))).toEqual({ newObjects: 0, newBytes: 0 });
      expect((await contentOf(area, first.name))?.equals(first.bytes)).toBe(true);
    });

    it('stay where they came or were renewed since the moment that is said', async () => {
      await using area = await rig.open();
      await area.place(stage(objects));
      expect(await area.remove(names(objects), { usedBefore: Date.now() - 60 * 60_000 })).toBe(0);
      expect(await area.missingOf(names(objects))).toEqual([]);
      for (const { name, bytes } of objects) expect((await contentOf(area, name))?.equals(bytes)).toBe(true);
      const usedBefore = Date.now() + 60 * 60_000;
      expect(await area.remove(names(objects), { usedBefore })).toBe(objects.length);
      expect(await area.missingOf(names(objects))).toEqual(names(objects));
    });

    it('can be placed by several at a time', async () => {
      await using area = await rig.open();
      await Promise.all([1, 2, 3].map(() => area.place(stage(objects))));
      expect(await area.missingOf(names(objects))).toEqual([]);
    });

    it('are refused where they are larger than is read', async () => {
      await using area = await rig.open();
      await area.place(stage(objects));
      for (const { name, bytes } of objects) {
        await expect(area.read(name, bytes.length - 1)).rejects.toMatchObject({ code: 'TOO_LARGE' });
      }
    });

    it('are listed once each, until they are removed', async () => {
      await using area = await rig.open();
      await area.place(stage(objects));
      const list = async (): Promise<Map<string, number>> => {
        const found = new Map<string, number>();
        for await (const { name, sizeBytes, modifiedAt } of area.list()) {
          expect(found.has(objectFileName(name))).toBe(false);
          expect(Math.abs(Date.now() - modifiedAt)).toBeLessThan(60 * 60_000);
          found.set(objectFileName(name), sizeBytes);
        }
        return found;
      };
      expect(await list()).toEqual(
        new Map(objects.map(({ name, bytes }) => [objectFileName(name), bytes.length])),
      );
      const [first, second, ...rest] = objects;
      if (first === undefined || second === undefined) throw new Error('there are always two');
      expect(await area.remove([first.name, absent, second.name])).toBe(2);
      expect(await contentOf(area, first.name)).toBeUndefined();
      expect([...(await list()).keys()].toSorted()).toEqual(
        rest.map(({ name }) => objectFileName(name)).toSorted(),
      );
      expect(await area.place(stage(objects))).toMatchObject({ newObjects: 2 });
    });
  });
}
