import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../engine/fake/index.ts';
import { KeptImages } from './kept-images.ts';
import { builtName, KEPT, keptName, pushedName, pushingName } from './names.ts';

const BUSYBOX = 'localhost/slipway-busybox:1';

const KEY = Buffer.from('a key of this test');

describe('the images that an engine keeps for builds', () => {
  let engine: FakeEngine;
  let now = 1000;
  beforeEach(async () => {
    engine = await createFakeEngine();
  });
  afterEach(() => engine[Symbol.asyncDispose]());

  const tags = async () =>
    (await engine.listImages({ reference: KEPT })).flatMap(({ references }) => references).sort();
  const open = (limits: { images?: number; imageBytes?: number }) =>
    new KeptImages(engine, limits, () => now++);
  const named = (tag: string) => `${KEPT}:${tag}`;
  /** An image of its own, which shares no bytes with others as far as is counted. */
  const make = async (label: string) => {
    const id = await engine.createContainer({ name: label, image: BUSYBOX, labels: { label } });
    return await engine.commitContainer(id, { reference: `localhost/${label}:1` });
  };

  it('go with the longest unused first, beyond their number', async () => {
    const kept = open({ images: 2 });
    for (const tag of ['a', 'b', 'c']) await kept.keep(BUSYBOX, named(tag));
    await kept.find(named('a'));
    await kept.trim();
    expect(await tags()).toEqual([named('a'), named('c')]);
    expect(await engine.inspectImage(BUSYBOX)).toBeDefined();
  });

  it('go beyond their size, where names of one image count once', async () => {
    const [one, other] = [await make('one'), await make('other')];
    const { sizeBytes = 0 } = (await engine.inspectImage(one)) ?? {};
    const kept = open({ imageBytes: sizeBytes + 1 });
    await kept.keep(other, named('a'));
    for (const tag of ['b', 'c', 'd']) await kept.keep(one, named(tag));
    await kept.trim();
    expect(await tags()).toEqual(['b', 'c', 'd'].map(named));
  });

  it('stay while a build uses them', async () => {
    const kept = open({ images: 0 });
    await kept.keep(BUSYBOX, named('a'));
    const first = kept.use(named('a'));
    const second = kept.use(named('a'));
    for (const use of [first, second]) {
      await kept.trim();
      expect(await tags()).toEqual([named('a')]);
      use[Symbol.dispose]();
    }
    await kept.trim();
    expect(await tags()).toEqual([]);
  });

  it('are another for each user, repository, digest and key of the servers', () => {
    const names = [
      keptName(KEY, { user: 'alice', repository: 'r/x', digest: 'sha256:1' }),
      keptName(KEY, { user: 'bob', repository: 'r/x', digest: 'sha256:1' }),
      keptName(KEY, { user: 'alice', repository: 'r/y', digest: 'sha256:1' }),
      keptName(KEY, { user: 'alice', repository: 'r/x', digest: 'sha256:2' }),
      keptName(KEY, { user: 'alice', repository: 'r/', digest: 'xsha256:1' }),
    ];
    names.push(
      keptName(Buffer.from('another key'), { user: 'alice', repository: 'r/x', digest: 'sha256:1' }),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(builtName('1')).not.toMatch(KEPT);
  });

  it.each(['127.0.0.1:5000/alice:web', 'r.example/alice:v1.2_3', 'localhost/a/b:c'])(
    'have a name while they are pushed that tells what they are pushed as: %s',
    (name) => {
      expect(pushingName(name)).toMatch(/^slipway\.invalid\/[a-z0-9./_-]+:[\w.-]+$/);
      expect(pushedName(pushingName(name))).toBe(name);
      expect(pushedName(name)).toBeUndefined();
    },
  );
});
