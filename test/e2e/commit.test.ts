import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngineProxy } from '../support/engine-proxy.ts';
import { createImages, docker } from '../support/images.ts';
import { freshId, pipelineFile, script } from '../support/pipeline.ts';
import { BUSYBOX, createRig, leftOf } from '../support/rig.ts';

const images = createImages();
const RUN = {
  kept: freshId('kept'),
  flags: freshId('flags'),
  publish: freshId('publish'),
  unnamed: freshId('unnamed'),
};
const REPOSITORY = 'localhost/slipway-test-commit';
const inspect = (name: string, format: string): string => docker('inspect', '--format', format, name);

afterAll(() => images.remove());

describe.concurrent('a box that is committed', () => {
  it('becomes an image with the tag and the message, and runs again without what the run left in it', async () => {
    const image = images.adopt(`${REPOSITORY}:v_1`);
    await using rig = createRig(
      pipelineFile({
        steps: ['echo kept > /kept; echo stale > stale; touch "$WERCKER_OUTPUT_DIR/stale"; exit 3'],
      }),
    );
    const words = ['build', '--commit', REPOSITORY, '--tag', 'v/1', '--message', 'made by a test'];
    const { exitCode, stderr } = await rig.run(words);
    expect(stderr).toContain(`Committed the box to ${image}`);
    expect(exitCode).toBe(1);
    expect(inspect(image, '{{.Comment}}|{{.Author}}')).toBe('made by a test|wercker');
    const again = [
      'cat /kept; ls /pipeline/source /pipeline/output; ls /pipeline | grep -c script-; ls /report | wc -l',
    ];
    rig.write('wercker.yml', pipelineFile({ box: image, steps: again }));
    const { stdout } = await rig.run(['build', '--docker-local']);
    expect(stdout).toBe('kept\n/pipeline/output:\n\n/pipeline/source:\nwercker.yml\n1\n1\n');
  });

  it('is called after its run where no name is given', async () => {
    const image = images.adopt(`run-${RUN.unnamed}:latest`);
    await using rig = createRig(pipelineFile({ steps: ['true'] }));
    await rig.run(['build', '--run-id', RUN.unnamed, '--commit', '']);
    expect(docker('images', '-q', image)).not.toBe('');
  });

  it('at a checkpoint is where a later run goes on', async () => {
    const base = images.derive(`${REPOSITORY}-base:1`, BUSYBOX);
    images.adopt(`${REPOSITORY}-base:w-half`);
    await using rig = createRig(
      pipelineFile({
        box: base,
        steps: [
          script({ name: 'first', checkpoint: 'half', code: 'echo first >> /log' }),
          script({ name: 'second', code: 'cat /log' }),
        ],
      }),
    );
    expect((await rig.run(['build'])).stdout).toBe('first\n');
    const { exitCode, stdout, stderr } = await rig.run(['build', '--checkpoint', 'half']);
    expect(stdout).toBe('first\n');
    expect(stderr).toMatch(/- first +not run/);
    expect(exitCode).toBe(0);
  });
});

describe.concurrent('containers of a run', () => {
  it('stay with --no-remove until clean --all', async () => {
    await using rig = createRig(pipelineFile({ steps: ['echo x > /x'] }));
    expect((await rig.run(['build', '--no-remove', '--run-id', RUN.kept])).exitCode).toBe(0);
    expect(await leftOf(rig.folder)).toHaveLength(2);
    docker('start', `wercker-pipeline-${RUN.kept}`);
    expect(docker('exec', `wercker-pipeline-${RUN.kept}`, 'cat', '/x')).toBe('x');
    await rig.run(['clean']);
    expect(await leftOf(rig.folder)).toHaveLength(2);
    // Other runs go on beside this test, and `--all` would end them: this engine shows those of one run only.
    await using engine = await openEngineProxy(rig.folder, (asked) =>
      asked
        .replace('io.slipway.run-id%22', `io.slipway.run-id%3D${RUN.kept}%22`)
        .replace('io.slipway.built-by%22', 'io.slipway.built-by%3Dnobody%22'),
    );
    const cleaned = await rig.run(['clean', '--all'], { environment: { DOCKER_HOST: engine.host } });
    expect(cleaned.stdout).toContain('Removed 1 containers, 1 networks');
    expect(await leftOf(rig.folder)).toEqual([]);
  });

  it('have the memory, ports and volumes that were asked for', async () => {
    await using rig = createRig(
      pipelineFile({
        box: {
          id: BUSYBOX,
          ports: ['127.0.0.1:47613:8000', '9000/udp'],
          volumes: '$PWD_OF_TEST/shared:/shared',
        },
        steps: [
          'echo begun; until [ -e /shared/go ]; do sleep 0.1; done; echo "$(cat /shared/in)" > /shared/out',
        ],
      }),
    );
    rig.write('shared/in', 'through\n');
    const flags = [
      '--expose-ports',
      '--enable-volumes',
      '--docker-memory',
      '64',
      '--docker-memory-swap',
      '96',
    ];
    const run = rig.start(['build', '--run-id', RUN.flags, ...flags], {
      environment: { X_PWD_OF_TEST: rig.folder },
    });
    await run.waitFor('begun\n');
    const memory = inspect(
      `wercker-pipeline-${RUN.flags}`,
      '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}',
    );
    const ports = inspect(`wercker-pipeline-${RUN.flags}`, '{{json .HostConfig.PortBindings}}');
    const log = inspect(`wercker-pipeline-${RUN.flags}`, '{{.HostConfig.LogConfig.Type}}');
    rig.write('shared/go', '');
    expect((await run.finished).exitCode).toBe(0);
    expect(log).toBe('none'); // else the engine writes down all that the steps print
    expect(memory).toBe(`${64 * 1024 ** 2} ${96 * 1024 ** 2}`);
    expect(JSON.parse(ports)).toMatchObject({ '8000/tcp': [{ HostIp: '127.0.0.1' }], '9000/udp': [{}] });
    expect(rig.read('shared/out')).toBe('through\n');
  });

  it('publish with --publish, and mount nothing without --enable-volumes', async () => {
    await using rig = createRig(
      pipelineFile({
        box: { id: BUSYBOX, volumes: '/tmp:/shared' },
        steps: ['ls /shared 2>/dev/null || echo none; echo begun; sleep 5'],
      }),
    );
    const run = rig.start(['build', '--run-id', RUN.publish, '--publish', '127.0.0.1:17614:7000']);
    await run.waitFor('begun\n');
    const ports = inspect(`wercker-pipeline-${RUN.publish}`, '{{json .HostConfig.PortBindings}}');
    expect((await run.finished).stdout).toBe('none\nbegun\n');
    expect(Object.keys(JSON.parse(ports) as object)).toEqual(['7000/tcp']);
  });
});

describe.concurrent('--docker-network', () => {
  const network = 'slipway-test-network';
  beforeAll(() => docker('network', 'create', '--label', 'io.slipway.test=network', network));
  afterAll(() => docker('network', 'rm', network));

  it('uses a network that is there, and leaves it', async () => {
    await using rig = createRig(
      pipelineFile({
        services: [{ id: 'localhost/slipway-httpd:1', name: 'web' }],
        steps: [
          'n=0; until wget -q -O - http://web:8080/ >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt 50 ]; sleep 0.1; done; echo reached',
        ],
      }),
    );
    const { exitCode, stdout } = await rig.run(['build', '--docker-network', network]);
    expect(stdout).toBe('reached\n');
    expect(exitCode).toBe(0);
    expect(docker('network', 'ls', '-q', '--filter', `name=${network}`)).not.toBe('');
  });

  it('says when the network is not there', async () => {
    await using rig = createRig(pipelineFile({ steps: ['echo never'] }));
    const { exitCode, stderr } = await rig.run(['build', '--docker-network', 'absent-network']);
    expect(stderr).toContain('there is no network "absent-network" (--docker-network)');
    expect(exitCode).toBe(1);
  });
});
