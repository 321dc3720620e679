import { expect, it } from 'vitest';
import type { CachedBuild } from './build-cache.ts';
import { readTimeline } from './read-build.ts';

it('parses nothing whose lists in lists would take more memory than there is', async () => {
  const nested = Buffer.from('['.repeat(2_000_001) + ']'.repeat(2_000_001));
  const build: CachedBuild = {
    commit: '',
    from: 'the cache of the test',
    read: async () => nested,
    open: async () => undefined,
    touch: async () => {},
  };
  await expect(readTimeline(build)).rejects.toMatchObject({
    name: 'DamagedBuildError',
    message: 'logs/timeline.json is more than Slipway writes there',
  });
});
