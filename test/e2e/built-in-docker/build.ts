import { describe, expect, it } from 'vitest';
import { docker } from '../../support/images.ts';
import { freshId, pipelineFile } from '../../support/pipeline.ts';
import { openPushing } from '../../support/pushing.ts';
import { openRegistry, USER } from '../../support/registry.ts';
import { BUSYBOX, createRig } from '../../support/rig.ts';

const { images, registry } = await openPushing();

type Properties = Readonly<Record<string, unknown>>;
const build = (properties: Properties) => ({ 'internal/docker-build': properties });
const push = (properties: Properties) => ({ 'internal/docker-push': properties });
const run = (properties: Properties) => ({ 'internal/docker-run': properties });
const kill = (name: string) => ({ 'internal/docker-kill': { name } });

const imagesOf = (runId: string): string => docker('images', '--format', '{{.Repository}}', `${runId}*`);

const BUSY_MACHINE_MS = 90_000; // several runs and builds each, beside other tests

describe.concurrent('internal/docker-build', { timeout: BUSY_MACHINE_MS }, () => {
  it('builds what the steps left in the source, for a push and nothing after it', async () => {
    const id = freshId('built');
    images.adopt(`${registry.host}/built:1.2`);
    await using rig = createRig(
      pipelineFile({
        more: { 'base-path': '/elsewhere' },
        steps: [
          'mkdir -p app; echo made > app/made; echo hush > app/secret.env; export VERSION=1.2 NOTE="a note"',
          build({
            'image-name': 'app',
            context: 'app',
            dockerfile: 'docker/Build',
            'build-args': 'VERSION "GREETING=ahoy $NOTE"',
            labels: 'org.test.version=$VERSION',
          }),
          push({ repository: `${registry.host}/built`, 'image-name': 'app', tag: '$VERSION' }),
        ],
      }),
    );
    rig.write(
      'app/docker/Build',
      // Nothing that the engine has in its cache: what is built prints.
      `FROM ${BUSYBOX}\nENV UNIQUE=${id}\nARG VERSION\nARG GREETING\nCOPY . /app/\nRUN echo "$GREETING in $VERSION" | tee /greeting\nCMD ["cat", "/greeting"]\n`,
    );
    rig.write('app/.dockerignore', '*\n!made\n');
    const { exitCode, stdout, stderr } = await rig.run(['build', '--run-id', id]);
    expect(exitCode, stderr + stdout).toBe(0);
    expect(stdout).toContain('ahoy a note in 1.2');
    expect(stdout).toContain('Pushing image built using internal/docker-build step, image name: app\n');
    const image = `${registry.host}/built:1.2`;
    expect(docker('run', '--rm', image)).toBe('ahoy a note in 1.2');
    expect(docker('run', '--rm', image, 'ls', '-A', '/app')).toBe('docker\nmade');
    expect((await registry.image('built', '1.2'))?.config['Labels']).toMatchObject({
      'org.test.version': '1.2',
    });
    expect(imagesOf(id)).toBe('');
  });

  it('fails with the instruction that failed, and leaves no image and no container', async () => {
    const id = freshId('broken');
    await using rig = createRig(
      pipelineFile({ steps: [build({ 'image-name': 'app' }), 'echo not reached'] }),
    );
    rig.write('Dockerfile', `FROM ${BUSYBOX}\nRUN echo before the storm\nRUN exit 7\n`);
    const { exitCode, stdout, stderr } = await rig.run(['build', '--run-id', id]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('before the storm');
    expect(stdout).not.toContain('not reached');
    expect(stderr).toMatch(/RUN exit 7/);
    expect(stderr).toMatch(/exit code 7|code: 7/);
    expect(imagesOf(id)).toBe('');
  });

  it.each([
    ['FORM busybox\n', {}, /FORM/i],
    [`FROM ${BUSYBOX}\n`, { dockerfile: 'Nowhere' }, /Nowhere/],
    [`FROM ${BUSYBOX}\n`, { context: 'nowhere' }, /no folder \/pipeline\/source\/nowhere/],
    [`FROM ${BUSYBOX}\n`, { context: '../..' }, /must be a folder of the source/],
    [`FROM ${BUSYBOX}\n`, { 'image-name': '$NOTHING' }, /"image-name" is empty after its variables/],
    [
      `FROM ${BUSYBOX}\n`,
      { 'image-name': 'my app' },
      /"my app" cannot be the name of an image of the run: it has a space/,
    ],
    [`FROM ${BUSYBOX}\n`, { 'registry-auth-config': '$NOTHING {}x' }, /is not JSON of the form/],
  ])('says what is wrong with %j and %j', async (dockerfile, properties, problem) => {
    await using rig = createRig(pipelineFile({ steps: [build({ 'image-name': 'app', ...properties })] }));
    rig.write('Dockerfile', dockerfile);
    const { exitCode, stderr } = await rig.run(['build']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(problem);
  });

  it('is taken away by the next run where its own was killed, but not what it was pushed as', async () => {
    const id = freshId('killed');
    images.adopt('localhost/slipway-test-built:1');
    await using rig = createRig(
      pipelineFile({
        steps: [
          build({ 'image-name': 'app' }),
          push({ repository: 'localhost/slipway-test-built', 'image-name': 'app', tag: '1' }),
          'echo begun; sleep 60',
        ],
      }),
    );
    rig.write('Dockerfile', `FROM ${BUSYBOX}\n`);
    const killed = rig.start(['build', '--run-id', id, '--docker-local']);
    await killed.waitFor('begun\n');
    expect(imagesOf(id)).toBe(`${id}app`);
    killed.process.kill('SIGKILL');
    await killed.finished;
    const container = docker('run', '-d', 'localhost/slipway-test-built:1', 'sleep', '600');
    try {
      await rig.run(['clean']);
      expect(imagesOf(id)).toBe('');
      expect(docker('inspect', '--format', '{{.State.Running}}', container)).toBe('true');
    } finally {
      docker('rm', '-f', container);
    }
  });

  it('stops at its time limit', async () => {
    await using rig = createRig(pipelineFile({ steps: [build({ 'image-name': 'app' })] }));
    rig.write('Dockerfile', `FROM ${BUSYBOX}\nRUN sleep 60\n`);
    const { exitCode, stderr } = await rig.run(['build', '--no-response-timeout', '0.05']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Command timed out after no response');
  });
});

describe.concurrent('internal/docker-run and docker-kill', { timeout: BUSY_MACHINE_MS }, () => {
  it('start an image of the run as somebody else, under a name that the box can call, and end it', async () => {
    const id = freshId('beside');
    await using rig = createRig(
      pipelineFile({
        steps: [
          build({ 'image-name': 'web' }),
          run({
            name: 'web',
            image: 'web',
            user: '1234',
            env: '"WHO=the crew"',
            cmd: `sh -c 'mkdir -p /tmp/w && echo "$WHO $(id -u)" > /tmp/w/index.html && exec httpd -f -p 8080 -h /tmp/w'`,
            'working-dir': '/tmp',
          }),
          'i=0; until wget -q -O - http://web:8080/; do i=$((i+1)); [ $i -lt 50 ]; sleep 0.1; done',
          kill('web'),
          'if wget -q -T 2 -O - http://web:8080/; then exit 1; fi; echo gone',
        ],
      }),
    );
    rig.write('Dockerfile', `FROM ${BUSYBOX}\n`);
    const { exitCode, stdout, stderr } = await rig.run(['build', '--run-id', id]);
    expect(exitCode, stderr + stdout).toBe(0);
    expect(stdout).toMatch(/^Container is created with container id : {2}[0-9a-f]{64}$/m);
    expect(stdout).toContain('Container is successfully started name :  web\n');
    expect(stdout).toContain('the crew 1234\n');
    expect(stdout).toContain('gone\n');
    expect(stderr).not.toContain('ended with exit code');
  });

  it('fetch an image by its digest from a registry that wants a login, and publish nothing by themselves', async () => {
    await using guarded = await openRegistry({ users: 'basic' });
    const login = { username: USER.username, password: '$WORD' };
    const repository = `${guarded.host}/team/web`;
    images.adopt(`${repository}:1`);
    const environment = { XXX_WORD: USER.password };
    await using rig = createRig(
      pipelineFile({ steps: [push({ repository, tag: '1', cmd: 'httpd -f -p 80', ...login })] }),
    );
    expect((await rig.run(['build', '--docker-cleanup-image'], { environment })).exitCode).toBe(0);
    const image = `${repository}@${(await guarded.image('team/web', '1'))?.digest}`;
    images.adopt(image);
    const id = freshId('fetched');
    const steps = [run({ name: 'web', image, ports: '80', ...login }), 'echo it is up; sleep 60'];
    rig.write('wercker.yml', pipelineFile({ steps }));
    const refused = await rig.run(['build'], { environment: {} });
    expect(refused.stderr).toMatch(/password.*is empty|unauthorized|authentication/i);
    const running = rig.start(['build', '--run-id', id], { environment });
    await running.waitFor('it is'); // the rest may be the beginning of the password, and is held back
    expect(
      docker('inspect', '--format', '{{.Config.Image}} {{json .NetworkSettings.Ports}}', `${id}web`),
    ).toBe(`${image} {"80/tcp":null}`);
    running.process.kill('SIGINT');
    expect((await running.finished).exitCode).toBe(1);
    expect(docker('ps', '-aq', '--filter', `name=${id}web`)).toBe('');
  });

  it('publish their ports with --expose-ports', async () => {
    // Below those that the kernel gives away: another test's server may have one of them.
    const id = freshId('exposed');
    const steps = [
      run({ name: 'web', image: BUSYBOX, cmd: 'sleep 60', ports: '127.0.0.1:19417:80 19418:53/udp' }),
      'echo up; sleep 60',
    ];
    await using rig = createRig(pipelineFile({ steps }));
    const running = rig.start(['build', '--run-id', id, '--docker-local', '--expose-ports']);
    await running.waitFor('up\n');
    const ports = JSON.parse(docker('inspect', '--format', '{{json .HostConfig.PortBindings}}', `${id}web`));
    running.process.kill('SIGINT');
    await running.finished;
    expect(ports).toMatchObject({
      '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '19417' }],
      '53/udp': [{ HostPort: '19418' }],
    });
  });

  it('tell what a container said that failed', async () => {
    await using rig = createRig(
      pipelineFile({
        steps: [
          run({ name: 'db', image: BUSYBOX, cmd: `sh -c 'echo no such disk; exit 3'` }),
          'sleep 1; echo went on',
        ],
      }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build', '--docker-local']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('The container "db" ended with exit code 3; it printed:');
    expect(stdout).toContain('no such disk\n');
  });

  it.each([
    [kill('nobody'), /no container of this run is called "nobody"/],
    [run({ name: 'a', image: 'localhost/nowhere:1' }), /no local image "localhost\/nowhere:1"/],
    [run({ name: 'a', image: 'Bad Name!' }), /"Bad Name!" is not an image’s name/],
    [run({ name: 'bad name', image: BUSYBOX }), /name/],
    [run({ name: 'a', image: BUSYBOX, cmd: '/no/such/program' }), /no\/such\/program/],
  ])('fail with a sentence: %j', async (step, problem) => {
    await using rig = createRig(pipelineFile({ steps: [step] }));
    const { exitCode, stderr } = await rig.run(['build', '--docker-local']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(problem);
  });
});
