import { expect, it } from 'vitest';
import { describeInCluster, recordProgress } from '../support/cluster-builds.ts';

const forever = new AbortController().signal;

describeInCluster('the cache of builds in a real cluster', ({ builds, base }) => {
  const CACHED = /^#\d+ CACHED$/m;
  const buildAs = async (user: string, changes: { readonly noCache?: boolean } = {}): Promise<string> => {
    const backend = await builds().open({ cache: 'registry' });
    const work = await builds().work(`FROM ${base()}\nUSER root\nRUN echo of layers > /kept\n`, {
      user,
      ...changes,
    });
    const progress = recordProgress();
    const { digest } = await backend.build(work, progress, forever);
    expect((await builds().registry.image(user, work.target.tag))?.digest).toBe(digest);
    return progress.text();
  };

  it('is in the registry, and serves the next pod of the same user', async () => {
    expect(await buildAs('carol')).not.toMatch(CACHED);
    expect(await buildAs('carol')).toMatch(CACHED);
  });

  it('serves nobody else', async () => {
    expect(await buildAs('dave')).not.toMatch(CACHED);
  });

  it('is not asked where a build wants to begin anew', async () => {
    expect(await buildAs('carol', { noCache: true })).not.toMatch(CACHED);
  });
});
