import { expect, it } from 'vitest';
import { packTar } from '../../engine/contract/tar.ts';
import { createFakeEngine } from '../../engine/fake/index.ts';
import { createRecipe } from '../kinds/index.ts';
import { Housekeeping } from './housekeeping.ts';
import { KeptImages } from './kept-images.ts';

const BUSYBOX = 'localhost/slipway-busybox:1';
const CACHE = /--mount=(type=cache,\S+)/;

it('of the engine’s build cache only what builds of Slipway left is removed', async () => {
  await using engine = await createFakeEngine();
  const recipe = createRecipe({ tenantKey: new Uint8Array(32) });
  const { dockerfile } = recipe.writeContext({ user: 'u', kind: 'python', source: BUSYBOX, file: 'a' });
  const own = CACHE.exec(dockerfile)?.[1] ?? '';
  const fill = async (mount: string) => {
    const target = /target=([^,]+)/.exec(mount)?.[1];
    const content = `FROM ${BUSYBOX}\nRUN --mount=${mount} sh -c "echo kept > ${target}/file"`;
    const context = packTar([{ name: 'Dockerfile', content }]);
    await engine.buildImage(context, { builder: 'buildkit', references: ['localhost/made:1'] });
  };
  await fill(own);
  await fill('type=cache,id=other,target=/root/.npm');
  await using housekeeping = new Housekeeping(engine, new KeptImages(engine, {}, Date.now), {
    cacheBytes: 0,
  });
  await housekeeping.clean();
  expect(await engine.pruneBuildCache({ describedBy: '/dev/slipway/' })).toBe(0);
  expect(await engine.pruneBuildCache({ describedBy: '/root/.npm' })).toBeGreaterThan(0);
});
