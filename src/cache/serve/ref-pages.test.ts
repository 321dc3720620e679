import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pinRefs } from '../health/pins.ts';
import { makeArtifact } from '../repository/testing/make-artifact.ts';
import { makeRepository, publishArtifact } from '../repository/testing/repository-folder.ts';
import { createRefPages, type RefPageOptions } from './ref-pages.ts';

const NAMES = [
  'a',
  'a-b/x',
  'ab/c/1',
  'ab/c/10',
  'ab/c/2',
  'ab/d',
  'b/z',
  'slipway.build/app/build/1',
  'slipway.pipeline-cache/app/build',
  'slipway.source/app/1',
];
const PUBLIC = NAMES.slice(0, -2);
const artifact = makeArtifact({ file: 'x' });

async function opened() {
  const repository = await makeRepository();
  await publishArtifact(repository, artifact, ...NAMES);
  const pages = createRefPages(repository);
  const names = async (options: Partial<RefPageOptions> = {}) =>
    (await pages({ limit: 100, ...options })).refs.map(({ ref }) => ref);
  return { repository, pages, names };
}

it('lists refs in the order of their bytes, a page at a time, from whichever name on', async () => {
  const { pages, names } = await opened();
  expect(await names()).toEqual(PUBLIC);
  for (const after of ['', '0', 'a', 'a-', 'a.', 'ab/', 'ab/c/1', 'ab/c/100', 'b', 'slipway.zzz', 'zz']) {
    expect(await names({ after }), after).toEqual(PUBLIC.filter((name) => name > after));
  }
  const { refs, hasMore } = await pages({ limit: 3 });
  expect([refs.map(({ ref }) => ref), hasMore]).toEqual([PUBLIC.slice(0, 3), true]);
  expect(await pages({ limit: 100, after: PUBLIC[2] ?? '' })).toMatchObject({ hasMore: false });
  expect(await pages({ limit: PUBLIC.length })).toMatchObject({ hasMore: false });
});

it('lists those alone whose name begins as asked', async () => {
  const { names } = await opened();
  for (const prefix of ['a', 'ab', 'ab/', 'ab/c', 'ab/c/1', 'ab/c/10', 'slipway', 'x', '/', '..']) {
    expect(await names({ prefix }), prefix).toEqual(PUBLIC.filter((name) => name.startsWith(prefix)));
  }
  expect(await names({ prefix: 'ab/c', after: 'ab/c/10' })).toEqual(['ab/c/2']);
});

it('lists private ones for who may see them', async () => {
  const { names } = await opened();
  expect(await names({ mayList: (part) => part === 'slipway.source' })).toEqual([
    ...PUBLIC,
    'slipway.source/app/1',
  ]);
  expect(await names({ prefix: 'slipway.source/' })).toEqual([]);
});

it('says of each what it names, since when, and whether it is pinned', async () => {
  const { repository, pages } = await opened();
  await pinRefs(repository, ['b/z']);
  const usedAt = Math.floor(Date.now() / 1000) * 1000 + 60_000;
  utimesSync(join(repository.folder, 'refs/heads/b/z'), usedAt / 1000, usedAt / 1000);
  const { refs } = await pages({ limit: 1, prefix: 'b/' });
  expect(refs).toEqual([
    { ref: 'b/z', commit: artifact.commit, committedAt: 1_700_000_000_000, usedAt, isPinned: true },
  ]);
});

it('sees refs that came or went since it looked', async () => {
  const { repository, names } = await opened();
  // Folders that were not changed for long are remembered.
  for (const folder of ['', 'ab', 'ab/c'])
    utimesSync(join(repository.folder, 'refs/heads', folder), 1e9, 1e9);
  await names();
  expect(await names()).toEqual(PUBLIC);
  await publishArtifact(repository, artifact, 'ab/c/3', 'c/d');
  await repository.removeRefs(['ab/d', 'b/z']);
  const expected = [...PUBLIC, 'ab/c/3', 'c/d'].filter((name) => name !== 'ab/d' && name !== 'b/z').sort();
  expect(await names()).toEqual(expected);
});
