import { expect, it } from 'vitest';
import { BuildError } from '../../src/builder/index.ts';
import { describeInCluster, pullSecret, recordProgress } from '../support/cluster-builds.ts';
import { BUSYBOX } from '../support/rig.ts';

const forever = new AbortController().signal;

describeInCluster('a build in a real cluster', ({ builds, base }) => {
  it('pushes what it built, and says the digest that the registry has', async () => {
    const backend = await builds().open();
    const work = await builds().work(
      `FROM ${base()}\nUSER root\nRUN echo "made of $((6 * 7))"\nUSER nobody\n`,
      {
        labels: { 'dev.slipway.build': 'a "quoted", $(odd) label' },
      },
    );
    const progress = recordProgress();
    const { digest } = await backend.build(work, progress, forever);

    const image = await builds().registry.image('alice', work.target.tag);
    expect(image?.digest).toBe(digest);
    expect(image?.config).toMatchObject({ User: 'nobody', Labels: work.labels });
    expect(progress.text()).toContain('made of 42');
    expect(progress.phases).toEqual(['prepare', 'build', 'push']);
  });

  it('leaves nothing in the namespace but what all builds share', async () => {
    const backend = await builds().open();
    await backend.build(await builds().work(`FROM ${base()}\nRUN true\n`), recordProgress(), forever);
    await expect
      .poll(() => builds().cluster.kubectl('get', 'jobs,pods,configmaps,secrets', '-o', 'name').split('\n'), {
        timeout: 30_000,
      })
      .toEqual([
        'configmap/kube-root-ca.crt',
        'configmap/nuvolaris-buildkitd-conf',
        expect.stringMatching(/^secret\/default-token-/),
        'secret/registry-pull-secret',
      ]);
  });

  it('says that it is the cluster that it was told to use', async () => {
    const backend = await builds().open();
    expect(await backend.check()).toEqual({
      isWell: true,
      about: expect.stringMatching(/^Kubernetes v1\.\d+.*localhost\/slipway-buildkit:rootless/),
    });
  });

  it('finds the digest of a source with the login of the destination', async () => {
    const backend = await builds().open();
    const destination = await backend.destination({}, 'alice');
    const source = builds().addPrivateSource(BUSYBOX, 'base/busybox:1');
    const digest = await backend.sourceDigest(source, { destination, fresh: true, signal: forever });
    expect(digest).toBe((await builds().registry.image('base/busybox', '1'))?.digest);
  });

  it('takes the login of one user, in a Secret that goes with the build', async () => {
    const backend = await builds().open();
    const destination = await backend.destination({ REGISTRY_SECRET: 'crew:all hands on deck' }, 'alice');
    const work = await builds().work(`FROM ${base()}\nRUN true\n`, { destination });
    const { digest } = await backend.build(work, recordProgress(), forever);
    expect((await builds().registry.image('alice', work.target.tag))?.digest).toBe(digest);
    await expect
      .poll(() => builds().cluster.kubectl('get', 'secrets', '-o', 'name'), { timeout: 30_000 })
      .not.toContain('secret/reg-');
  });

  it.each([
    ['a requirement that fails', 'RUN echo gone wrong && exit 3', 'requirement-failed', /exit code 3/],
    ['a source that is not there', 'FROM HOST/base/none:1', 'source-not-found', /not in its registry/],
    [
      'a source in a registry that nobody runs',
      'FROM 127.0.0.1:9/x:1',
      'registry-unreachable',
      /cannot be reached/,
    ],
  ] as const)('ends with a reason: %s', async (_, instruction, reason, message) => {
    const backend = await builds().open();
    const dockerfile = `FROM ${base()}\n${instruction.replace('HOST', builds().pushHost)}\n`;
    const work = await builds().work(dockerfile, { noCache: true });
    const error: unknown = await backend
      .build(work, recordProgress(), forever)
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(BuildError);
    expect(error).toMatchObject({ reason, message: expect.stringMatching(message) });
  });

  it('ends with a reason: a password that the registry does not know', async () => {
    const backend = await builds().open();
    builds().cluster.create(pullSecret('of-somebody-else', '127.0.0.1:9'));
    const destination = { ...(await backend.destination({}, 'alice')), secretName: 'of-somebody-else' };
    const work = await builds().work('FROM scratch\nCOPY Dockerfile /x\n', { destination });
    await expect(backend.build(work, recordProgress(), forever)).rejects.toMatchObject({
      reason: 'registry-refused',
    });
  });
});
