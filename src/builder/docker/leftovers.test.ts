import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../engine/fake/index.ts';
import { currentOwner, ownerOf } from '../../kernel/index.ts';
import { letGo, removeLeftovers } from './leftovers.ts';
import { builtName, OWN_HOST, ownedName, pushingName } from './names.ts';

const BUSYBOX = 'localhost/slipway-busybox:1';
const PUSHED = '127.0.0.1:5000/alice:web';
const HOUR_MS = 3_600_000;

describe('what builds left on an engine', () => {
  let engine: FakeEngine;
  beforeEach(async () => {
    engine = await createFakeEngine();
  });
  afterEach(() => engine[Symbol.asyncDispose]());

  const own = currentOwner();
  const dead = { ...own, process: own.process.replace(/\.\d+$/, '.1') };
  const neighbour = ownerOf(process.ppid);
  const stranger = { ...own, host: 'another-machine' };
  const tag = async (...names: string[]) => {
    for (const name of names) await engine.tagImage(BUSYBOX, name);
  };
  const remove = async (afterMs: number, goingOn: readonly string[] = []) =>
    await removeLeftovers(engine, { goingOn: new Set(goingOn), now: () => Date.now() + afterMs });
  const names = async () => (await engine.inspectImage(BUSYBOX))?.references;

  it.each([
    ['a process that is gone', dead],
    ['this process, which does not build it any more', own],
  ])('goes where it is of %s, with the name that was pushed and no other', async (_whose, owner) => {
    await tag(
      builtName('1'),
      ownedName('1', owner),
      pushingName(PUSHED),
      PUSHED,
      '127.0.0.1:5000/alice:other',
    );
    expect(await remove(0)).toBe(0);
    expect(await remove(HOUR_MS, ['1'])).toBe(0);
    expect(await remove(HOUR_MS)).toBe(1);
    expect(await names()).toEqual([BUSYBOX, '127.0.0.1:5000/alice:other']);
  });

  it("stays where it is a living neighbour's, whatever this server knows of builds", async () => {
    await tag(builtName('1'), ownedName('1', neighbour));
    expect(await remove(100 * HOUR_MS)).toBe(0);
    expect(await names()).toHaveLength(3);
  });

  it('stays for a day where nobody can know whether its process lives', async () => {
    await tag(builtName('1'), ownedName('1', stranger));
    expect(await remove(23 * HOUR_MS)).toBe(0);
    expect(await remove(25 * HOUR_MS)).toBe(1);
    expect((await names())?.filter((name) => name.startsWith(OWN_HOST))).toEqual([]);
  });

  it('goes at the end of a build, with what a push could not remove', async () => {
    await tag(builtName('1'), ownedName('1'), pushingName(PUSHED), PUSHED);
    await letGo(engine, '1');
    expect(await names()).toEqual([BUSYBOX]);
  });

  it('stays at that end where another process has begun the build again, or another build has the same image', async () => {
    await tag(builtName('1'), ownedName('1'), ownedName('1', neighbour), pushingName(PUSHED), PUSHED);
    await letGo(engine, '1');
    expect(await names()).toEqual(
      expect.arrayContaining([builtName('1'), ownedName('1', neighbour), pushingName(PUSHED), PUSHED]),
    );
    expect(await names()).not.toContain(ownedName('1'));
    await engine.removeImage(ownedName('1', neighbour));
    await tag(builtName('2'), ownedName('2', neighbour));
    await letGo(engine, '1');
    expect((await names())?.toSorted()).toEqual(
      [BUSYBOX, builtName('2'), ownedName('2', neighbour), pushingName(PUSHED), PUSHED].toSorted(),
    );
  });

  it('has names that engines take', () => {
    const id = '123e4567-e89b-42d3-a456-426614174000';
    expect(ownedName(id)).toMatch(/^slipway\.invalid\/owner:\w[\w.-]{0,127}$/);
  });
});
