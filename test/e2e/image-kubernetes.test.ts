import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type BuilderRig, startBuilder } from '../support/builder.ts';
import { BUILDKIT } from '../support/cluster.ts';
import { describeInCluster, withLogin } from '../support/cluster-builds.ts';
import { imageWithNpm } from '../support/npm-image.ts';

// Where packages come through a proxy of one's own, builds trust what this machine trusts.
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const PATIENT = { timeout: 90_000, interval: 200 };

describeInCluster('a server that builds in a real cluster', ({ builds }) => {
  let builder: BuilderRig;
  let runtime = '';
  beforeAll(async () => {
    await using node = await imageWithNpm();
    runtime = builds().addSource(node.name, 'base/node:24');
    const { cluster, pushHost, registry } = builds();
    const [sourceHost] = runtime.split('/');
    builder = await startBuilder({
      registryHost: registry.host,
      words: [
        ...['--builder', 'kubernetes', '--build-namespace', cluster.namespace, '--buildkit-image', BUILDKIT],
        ...['--registry-push-host', pushHost, '--registry-plain-http', `${pushHost},${sourceHost}`],
        ...(existsSync(CERTIFICATES) ? ['--build-ca', CERTIFICATES] : []),
      ],
      environment: { KUBECONFIG: cluster.kubeconfig },
    });
  }, 120_000);
  afterAll(async () => {
    await builder?.[Symbol.asyncDispose]();
  }, 60_000);

  /** Runs a command in an image as the cluster pushed it. */
  const runPushed = (name: string, ...words: string[]): string =>
    withLogin(builds().registry.host, (environment) => {
      const image = `${builds().registry.host}/${name}`;
      const run = ['run', '--rm', '--network', 'none', '--entrypoint', '', image, ...words];
      try {
        return execFileSync('docker', run, {
          encoding: 'utf8',
          env: { ...process.env, ...environment },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      } finally {
        execFileSync('docker', ['rmi', '-f', image], { stdio: 'ignore' });
      }
    });
  const order = (tag: string, file: string): string[] => [
    ...['image', 'build', runtime, `alice:${tag}`, '--kind', 'nodejs', '--requirements', file],
  ];

  it('installs a real package of the npm registry, which the image then has', async () => {
    builder.rig.write('package.json', '{"dependencies": {"ms": "2.1.3"}}');
    const { exitCode, stdout, stderr } = await builder.rig.run(
      order('web', 'package.json'),
      builder.as('alice'),
    );
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0 });
    expect(stderr).toContain(`${builds().registry.host}/alice:web`);
    expect(runPushed('alice:web', 'node', '-e', 'console.log(require("ms")("2 days"))')).toBe('172800000\n');
  });

  it('answers the same request at once, with the same image', async () => {
    builder.rig.write('package.json', '{"dependencies": {"ms": "2.1.3"}}');
    const again = await builder.rig.run(order('web', 'package.json'), builder.as('alice'));
    expect(again).toMatchObject({ exitCode: 0 });
    const [second, first] = await builder.client('alice').list({});
    expect(second).toMatchObject({ state: 'succeeded', image: { digest: first?.image?.digest } });
    expect(second?.id).not.toBe(first?.id);
    expect(builds().cluster.list('jobs', '-l', `slipway.dev/build-id=${second?.id}`)).toEqual([]);
    expect(second?.reusedFrom).toBe(first?.id);
  });

  it('ends a build well that was begun by a server which was killed', async () => {
    const requirements = { dependencies: { ms: '2.1.2' }, scripts: { postinstall: 'sleep 15' } };
    builder.rig.write('slow.json', JSON.stringify(requirements));
    const words = [...order('slow', 'slow.json'), '--detach'];
    const { stdout } = await builder.rig.run(words, builder.as('alice'));
    const id = stdout.trim();
    const jobs = () => builds().cluster.list('jobs', '-l', `slipway.dev/build-id=${id}`);
    await vi.waitFor(() => expect(jobs()[0]?.status).toMatchObject({ active: 1 }), PATIENT);
    const [before] = jobs();
    await builder.killAndStart();
    expect(jobs()[0]?.metadata.uid).toBe(before?.metadata.uid);
    await vi.waitFor(
      async () => expect(await builder.client('alice').build(id)).toMatchObject({ state: 'succeeded' }),
      PATIENT,
    );
    const image = await builds().registry.image('alice', 'slow');
    expect((await builder.client('alice').build(id)).image?.digest).toBe(image?.digest);
  });
});
