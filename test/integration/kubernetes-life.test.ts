import { expect, it } from 'vitest';
import type { BuildWork } from '../../src/builder/index.ts';
import { describeInCluster, recordProgress } from '../support/cluster-builds.ts';

const forever = new AbortController().signal;

describeInCluster('a build in a real cluster that does not simply end', ({ builds, base }) => {
  const names = (kind: string): readonly string[] =>
    builds()
      .cluster.list(kind)
      .map(({ metadata }) => metadata.name);
  const jobOf = ({ id }: BuildWork) => builds().cluster.list('jobs', '-l', `slipway.dev/build-id=${id}`)[0];
  const gone = async (kind: string, name: string): Promise<void> => {
    const left = () => names(kind).filter((each) => each.includes(name));
    await expect.poll(left, { timeout: 60_000 }).toEqual([]);
  };
  const nothingLeft = async ({ jobName }: BuildWork): Promise<void> => {
    await gone('jobs', jobName);
    await gone('pods', jobName);
    await gone('configmaps', jobName.replace('build-', ''));
  };
  /** Resolves when the build's own instruction runs. */
  const begun = async (text: () => string): Promise<void> => {
    await expect.poll(text, { timeout: 60_000 }).toMatch(/\d here it is/);
  };
  const long = async (changes: Partial<BuildWork> = {}): Promise<BuildWork> =>
    await builds().work(`FROM ${base()}\nRUN echo here it is; sleep 600\n`, changes);
  it('is ended by the cluster when its time is over', async () => {
    const backend = await builds().open();
    const work = await long({ timeLimitMs: 5_000 });
    await expect(backend.build(work, recordProgress(), forever)).rejects.toMatchObject({
      reason: 'time-limit',
    });
    await nothingLeft(work);
  });

  it('is gone when cancelling it returns', async () => {
    const backend = await builds().open();
    const work = await long();
    const progress = recordProgress();
    const stop = new AbortController();
    const built = backend.build(work, progress, stop.signal);
    await begun(progress.text);
    stop.abort(new Error('the user does not want it any more'));
    await expect(built).rejects.toThrow('the user does not want it any more');
    expect(builds().cluster.list('pods', '-l', `slipway.dev/build-id=${work.id}`)).toEqual([]);
    await nothingLeft(work);
  });

  it('is gone when it is cancelled before its pod runs', async () => {
    const backend = await builds().open({ nodeSelector: { 'slipway.dev/none': 'such' } });
    const work = await long();
    const progress = recordProgress();
    const stop = new AbortController();
    const built = backend.build(work, progress, stop.signal);
    await expect.poll(progress.text, { timeout: 60_000 }).toContain('no node takes the pod');
    stop.abort(new Error('enough'));
    await expect(built).rejects.toThrow('enough');
    await nothingLeft(work);
  });

  it('is taken over from a server that was killed, with its log from the start', async () => {
    const work = await builds().work(
      `FROM ${base()}\nRUN echo here it is; for i in 1 2 3 4 5 6; do sleep 1; echo step $i; done\n`,
    );
    const server = builds().begin(work);
    await begun(server.text);
    await server.kill();
    const job = jobOf(work);
    const progress = recordProgress();
    const built = (await builds().open()).build(work, progress, forever);
    await begun(progress.text);
    expect(jobOf(work)?.metadata.uid).toBe(job?.metadata.uid);
    const { digest } = await built;
    expect(progress.text()).toMatch(/here it is[\s\S]*step 6/);
    expect((await builds().registry.image('alice', work.target.tag))?.digest).toBe(digest);
  });

  it('is taken over although it ended meanwhile', async () => {
    const work = await builds().work(`FROM ${base()}\nRUN echo here it is; sleep 2\n`);
    const server = builds().begin(work);
    await begun(server.text);
    await server.kill();
    const succeeded = () => jobOf(work)?.status?.['succeeded'];
    await expect.poll(succeeded, { timeout: 60_000 }).toBe(1);
    const pods = names('pods');
    const progress = recordProgress();
    const { digest } = await (await builds().open()).build(work, progress, forever);
    expect(progress.text()).toContain('here it is');
    expect((await builds().registry.image('alice', work.target.tag))?.digest).toBe(digest);
    expect(pods).toHaveLength(1);
    await nothingLeft(work);
  });

  it('is removed by the cluster itself where its server is lost for good', async () => {
    const work = await builds().work(`FROM ${base()}\nRUN echo here it is; sleep 3\n`);
    const server = builds().begin(work, { ttlSecondsAfterFinished: 1 });
    await begun(server.text);
    await server.kill();
    await nothingLeft(work);
    expect(await builds().registry.image('alice', work.target.tag)).toBeDefined();
  });

  it('is removed as a leftover where no server knows it', async () => {
    const own = { instance: 'leftovers' };
    const backend = await builds().open(own);
    const work = await long();
    const progress = recordProgress();
    const built = backend.build(work, progress, forever);
    built.catch(() => {}); // its Job goes
    await begun(progress.text);
    const later = await builds().open({ ...own, now: () => Date.now() + 120_000 });
    expect(await later.removeLeftovers(new Set([work.id]))).toBe(0);
    expect(await later.removeLeftovers(new Set())).toBe(1);
    await nothingLeft(work);
    await expect(built).rejects.toMatchObject({ reason: 'backend-failed' });
  });

  it('says that it needed more memory than it may have', async () => {
    const backend = await builds().open({ resources: { requests: {}, limits: { memory: '192Mi' } } });
    const work = await builds().work(`FROM ${base()}\nRUN tail -c 1000000000 /dev/zero >/dev/null\n`);
    const error = await backend.build(work, recordProgress(), forever).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ message: expect.stringMatching(/memory/) });
    await nothingLeft(work);
  });
});
