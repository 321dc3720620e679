import { afterAll, describe, expect, it } from 'vitest';
import { createImages, docker } from '../support/images.ts';
import { freshId, pipelineFile } from '../support/pipeline.ts';
import { BUSYBOX, createRig } from '../support/rig.ts';

const HTTPD = 'localhost/slipway-httpd:1';
const REDIS = 'localhost/slipway-redis:7';
const images = createImages();
const SERVED = freshId('served');
const SHARED = freshId('shared');

afterAll(() => images.remove());

const until = (command: string): string =>
  `n=0; until ${command}; do n=$((n + 1)); [ "$n" -lt 100 ] || exit 1; sleep 0.1; done`;

describe.concurrent('services', () => {
  it('are reached by alias and by link variables, each told of those before it', async () => {
    await using rig = createRig(
      pipelineFile({
        services: [
          { id: REDIS, name: 'my-db', env: { greeting: 'hello $WHO' } },
          { id: HTTPD, cmd: 'sh -c "env > /srv/env; busybox httpd -f -p 8080 -h /srv"', ports: ['9000/udp'] },
        ],
        steps: [
          until('wget -q -O /tmp/env http://slipway-httpd:8080/env 2>/dev/null'),
          until('echo PING | nc my-db 6379 | grep -q PONG'),
          'grep ^MY_DB_ /tmp/env | grep -v ENV_PATH | sort > /tmp/seen; env | grep ^MY_DB_ | grep -v ENV_PATH | sort | cmp - /tmp/seen; cat /tmp/seen',
          'env | grep ^SLIPWAY_HTTPD_ | grep -v ENV_PATH | sort',
          'wget -q -O - "http://$SLIPWAY_HTTPD_PORT_8080_TCP_ADDR:$SLIPWAY_HTTPD_PORT_8080_TCP_PORT/env" >/dev/null',
        ],
      }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build', '--run-id', SERVED], {
      environment: { X_WHO: 'you' },
    });
    expect(exitCode, stdout + stderr).toBe(0);
    const lines = stdout
      .replace(/(\d+\.){3}\d+/g, 'IP')
      .trim()
      .split('\n');
    expect(lines).toEqual([
      'MY_DB_ENV_GREETING=hello you',
      `MY_DB_NAME=/wercker-pipeline-${SERVED}/my_db`,
      'MY_DB_PORT=tcp://IP:6379',
      'MY_DB_PORT_6379_TCP=tcp://IP:6379',
      'MY_DB_PORT_6379_TCP_ADDR=IP',
      'MY_DB_PORT_6379_TCP_PORT=6379',
      'MY_DB_PORT_6379_TCP_PROTO=tcp',
      `SLIPWAY_HTTPD_NAME=/wercker-pipeline-${SERVED}/slipway_httpd`,
      'SLIPWAY_HTTPD_PORT=tcp://IP:8080',
      'SLIPWAY_HTTPD_PORT_8080_TCP=tcp://IP:8080',
      'SLIPWAY_HTTPD_PORT_8080_TCP_ADDR=IP',
      'SLIPWAY_HTTPD_PORT_8080_TCP_PORT=8080',
      'SLIPWAY_HTTPD_PORT_8080_TCP_PROTO=tcp',
      'SLIPWAY_HTTPD_PORT_9000_UDP=udp://IP:9000',
      'SLIPWAY_HTTPD_PORT_9000_UDP_ADDR=IP',
      'SLIPWAY_HTTPD_PORT_9000_UDP_PORT=9000',
      'SLIPWAY_HTTPD_PORT_9000_UDP_PROTO=udp',
    ]);
  });

  it('work alone too, where the engine chooses the address', async () => {
    await using rig = createRig(
      pipelineFile({
        services: [HTTPD],
        steps: [until('wget -q -O - "http://$SLIPWAY_HTTPD_PORT_8080_TCP_ADDR:8080/"')],
      }),
    );
    const { exitCode, stdout } = await rig.run(['build']);
    expect(stdout).not.toBe('');
    expect(exitCode).toBe(0);
  });

  it('share the memory, and each is told only of those before it, in the order of the file', async () => {
    const idle = { id: BUSYBOX, cmd: 'sleep 1000' };
    await using rig = createRig(
      pipelineFile({
        services: [
          { ...idle, name: 'two' },
          { ...idle, name: 'one' },
        ],
        steps: ['echo begun; while [ ! -e go ]; do sleep 0.1; done'],
      }),
    );
    const words = ['build', '--direct-mount', '--docker-memory', '80', '--run-id', SHARED];
    const run = rig.start(words);
    await run.waitFor('begun\n');
    const look = (kind: string): { mebibytes: number; names: string[] } => {
      const format = '{{.HostConfig.Memory}} {{json .Config.Env}}';
      const [bytes = '', ...json] = docker('inspect', '--format', format, `wercker-${kind}-${SHARED}`).split(
        ' ',
      );
      const variables = JSON.parse(json.join(' ')) as string[];
      const names = variables
        .map((entry) => entry.replace(/=.*/s, ''))
        .filter((name) => name.endsWith('_NAME'));
      return { mebibytes: Number(bytes) / 1024 ** 2, names };
    };
    const seen = ['service-two', 'service-one', 'pipeline'].map(look);
    rig.write('go', '');
    expect((await run.finished).exitCode).toBe(0);
    expect(seen).toEqual([
      { mebibytes: 10, names: [] },
      { mebibytes: 10, names: ['TWO_NAME'] },
      { mebibytes: 60, names: [] }, // only its session is told, so that no image of the box says where they were
    ]);
  });

  it('print what they said when they fail', async () => {
    await using rig = createRig(
      pipelineFile({
        services: [{ id: BUSYBOX, name: 'broken', cmd: 'sh -c "echo it broke; echo badly >&2; exit 4"' }],
        steps: [until('! nc -z broken 1 2>/dev/null'), 'sleep 1'],
      }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(stderr).toContain('The service "broken" ended with exit code 4');
    expect(stdout).toContain('it broke\n');
    expect(stdout).toContain('badly\n');
    expect(exitCode).toBe(0);
  });

  it.each([
    [['localhost/absent:9'], 'there is no local image "localhost/absent:9"'],
    [[REDIS, { id: BUSYBOX, name: 'slipway-redis' }], 'two services are called "slipway-redis"'],
    [[{ id: BUSYBOX, cmd: '/no/such/program' }], '/no/such/program'],
    [[{ id: BUSYBOX, name: 'x', url: 'http://example.invalid/a' }], 'not of the form file://PATH#PIPELINE'],
  ])('%j are refused in words, and nothing is left', async (services, why) => {
    await using rig = createRig(pipelineFile({ services, steps: ['echo never'] }));
    const { exitCode, stdout, stderr } = await rig.run(['build', '--docker-local']);
    expect(stderr).toContain(why);
    expect(stdout).toBe('');
    expect(exitCode).toBe(1);
  });

  it('of the file are not started for a pipeline with an empty list', async () => {
    await using rig = createRig(
      pipelineFile({ services: [], steps: ['env | grep -c REDIS || :'], top: { services: [REDIS] } }),
    );
    expect((await rig.run(['build'])).stdout).toBe('0\n');
  });

  it('may be the pipeline of another folder, whose image is kept', async () => {
    await using rig = createRig(
      pipelineFile({
        services: [
          { name: 'made', url: 'file://server#serve', cmd: 'sh -c "busybox httpd -f -p 80 -h /srv/made"' },
        ],
        steps: [until('wget -q -O - http://made/page 2>/dev/null')],
      }),
    );
    rig.write(
      'server/wercker.yml',
      JSON.stringify({
        box: BUSYBOX,
        serve: { steps: [{ script: { code: 'mkdir -p /srv/made; cp page /srv/made/; echo built' } }] },
      }),
    );
    rig.write('server/page', 'the page\n');
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    const [image] = /run-[0-9a-f]+:latest/.exec(stderr) ?? [];
    images.adopt(image ?? '');
    expect(stdout, stderr).toBe('built\nthe page\n');
    expect(exitCode).toBe(0);
    expect(docker('image', 'inspect', '--format', '{{.Id}}', image ?? '')).toMatch(/^sha256:/);
  });

  it('say which of them could not be built', async () => {
    await using rig = createRig(
      pipelineFile({ services: [{ name: 'made', url: 'file://server' }], steps: ['echo never'] }),
    );
    rig.write('server/wercker.yml', pipelineFile({ steps: ['exit 3'] }));
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    for (const [image] of stderr.matchAll(/run-[0-9a-f]+:latest/g)) images.adopt(image);
    expect(stderr).toContain('the service file://server could not be built');
    expect(stdout).toBe('');
    expect(exitCode).toBe(1);
  });
});
