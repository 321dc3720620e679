import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImages, docker } from '../support/images.ts';
import { pipelineFile } from '../support/pipeline.ts';
import { BUSYBOX, createRig, DEBIAN, type Finished } from '../support/rig.ts';

const images = createImages();
const NAMES = {
  entrypoint: 'localhost/slipway-test-entrypoint:1',
  user: 'localhost/slipway-test-user:1',
  empty: 'localhost/slipway-test-empty:1',
  foreign: 'localhost/slipway-test-foreign:1',
  short: 'slipway-test-short',
};

beforeAll(() => {
  images.derive(NAMES.entrypoint, BUSYBOX, 'ENTRYPOINT ["/bin/echo", "started"]');
  images.derive(NAMES.user, BUSYBOX, 'USER app', 'WORKDIR /tmp');
  images.derive(NAMES.short, BUSYBOX);
  images.empty(NAMES.empty);
  images.empty(NAMES.foreign, 'arm64');
});

afterAll(() => images.remove());

async function runIn(box: unknown, code: string, flags: readonly string[] = []): Promise<Finished> {
  await using rig = createRig(pipelineFile({ box, steps: [code] }));
  rig.write('sub/data.txt', 'data\n');
  return await rig.run(['build', ...flags]);
}

describe.concurrent('a box that cannot be used', () => {
  it('says so when there is no such local image and nothing may be pulled', async () => {
    const { exitCode, stderr } = await runIn('localhost/absent:9', 'true', ['--docker-local']);
    expect(stderr).toContain('there is no local image "localhost/absent:9"');
    expect(stderr).toContain('--docker-local');
    expect(stderr).toContain('hint: ');
    expect(exitCode).toBe(1);
  });

  it('says which registry was asked in vain', async () => {
    const { exitCode, stderr } = await runIn('127.0.0.1:1/team/app:2', 'true');
    expect(stderr).toContain('127.0.0.1:1/team/app:2');
    expect(stderr).toMatch(/connection refused/);
    expect(stderr).toContain('hint: check the network');
    expect(exitCode).toBe(1);
  });

  it('names the image that has no shell', async () => {
    const { exitCode, stderr } = await runIn(NAMES.empty, 'true');
    expect(stderr).toContain(`the box "${NAMES.empty}" does not start`);
    expect(stderr).toMatch(/hint: .*\/bin\/sh/);
    expect(exitCode).toBe(1);
  });

  it('names the processor that the image is for', async () => {
    const { exitCode, stderr } = await runIn(NAMES.foreign, 'true');
    expect(stderr).toContain(`the box "${NAMES.foreign}" is for arm64, and the engine runs amd64`);
    expect(exitCode).toBe(1);
  });

  it('names the entrypoint that is no shell, and its hint works', async () => {
    const { exitCode, stderr } = await runIn(NAMES.entrypoint, 'echo in');
    expect(stderr).toContain('its entrypoint is /bin/echo started');
    expect(stderr).toContain('started /bin/sh -c');
    expect(exitCode).toBe(1);
    const [, entrypoint] = /write `entrypoint: (.*)` under `box`/.exec(stderr) ?? [];
    expect((await runIn({ id: NAMES.entrypoint, entrypoint }, 'echo in')).stdout).toBe('in\n');
  });

  it('names the user that it does not have', async () => {
    const { exitCode, stderr } = await runIn({ id: BUSYBOX, user: 'nobody-here' }, 'true');
    expect(stderr).toContain('no user "nobody-here"');
    expect(exitCode).toBe(1);
  });

  it('gives no shell when its command is none', async () => {
    const { exitCode, stderr } = await runIn({ id: BUSYBOX, cmd: '/bin/true' }, 'true');
    expect(stderr).toContain('gives no shell');
    expect(exitCode).toBe(1);
  });
});

describe.concurrent('a box', () => {
  const WRITES =
    'id -un; touch x "$WERCKER_OUTPUT_DIR/x" "$WERCKER_CACHE_DIR/x" && mkdir -p made && setMessage ok && echo wrote; cat sub/data.txt';

  it('runs as root where its image runs as somebody else', async () => {
    const { stdout, exitCode } = await runIn(NAMES.user, 'id -u; cat sub/data.txt');
    expect(stdout).toBe('0\ndata\n');
    expect(exitCode).toBe(0);
  });

  it('runs as the user that the file names, who may write all folders of the run', async () => {
    const { stdout, exitCode, stderr } = await runIn({ id: BUSYBOX, user: 'app' }, WRITES, ['--artifacts']);
    expect(stdout, stderr).toBe('app\nwrote\ndata\n');
    expect(exitCode).toBe(0);
  });

  it('is found by a short local name, by digest, and by its parts', async () => {
    const id = docker('image', 'inspect', '--format', '{{.Id}}', BUSYBOX);
    const [short, parts, digest] = await Promise.all([
      runIn(NAMES.short, 'echo short', ['--docker-local']),
      runIn({ id: 'localhost/slipway-busybox', tag: '$TAG' }, 'echo parts'),
      runIn(`localhost/slipway-busybox@${id}`, 'echo digest', ['--docker-local']),
    ]);
    expect(short.stdout, short.stderr).toBe('short\n');
    expect(parts.stderr).toContain('localhost/slipway-busybox:latest');
    expect(digest.stderr, digest.stdout).toMatch(
      /there is no local image "localhost\/slipway-busybox@sha256:/,
    );
  });

  it('takes image, tag, command and variables of its long form, filled in', async () => {
    await using rig = createRig(
      pipelineFile({
        box: { id: '$IMAGE', tag: '$TAG', cmd: '/bin/sh', env: { greeting: 'hello $WHO', plain: 7 } },
        steps: ['echo "$GREETING $PLAIN $0"; [ -z "$BASH_VERSION" ]'],
      }),
    );
    const { stdout, exitCode } = await rig.run(['build'], {
      environment: { X_IMAGE: 'localhost/slipway-debian', X_TAG: '12', X_WHO: 'you' },
    });
    expect(stdout).toBe('hello you 7 /bin/sh\n');
    expect(exitCode).toBe(0);
  });

  it('runs bash where it has it', async () => {
    expect((await runIn(DEBIAN, 'echo "${BASH_VERSION:+bash}"')).stdout).toBe('bash\n');
  });

  it('gets the source at base-path, and steps begin in source-dir', async () => {
    await using rig = createRig(
      pipelineFile({
        steps: [
          'echo "$PWD $WERCKER_SOURCE_DIR $WERCKER_ROOT"; cat data.txt',
          { script: { cwd: '..', code: 'pwd' } },
        ],
        more: { 'base-path': '/go/src/app/' },
      }),
    );
    rig.write('sub/data.txt', 'data\n');
    const { stdout } = await rig.run(['build', '--source-dir', 'sub']);
    expect(stdout).toBe('/go/src/app/sub /go/src/app/sub /pipeline/source\ndata\n/go/src/app\n');
  });

  it('says when the source-dir is not there', async () => {
    const { exitCode, stderr } = await runIn(BUSYBOX, 'true', ['--source-dir', 'absent']);
    expect(stderr).toContain('The source folder does not exist in the box');
    expect(exitCode).toBe(1);
  });
});

describe('a registry that refuses', () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((_request, response) => {
      response
        .writeHead(401, { 'www-authenticate': 'Basic realm="test"' })
        .end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterAll(() => server.close());

  it('is told with what to do, and the password that it was given is not shown', async () => {
    const box = { id: `127.0.0.1:${port}/team/app:1`, username: 'me', password: '$PW' };
    await using rig = createRig(pipelineFile({ box, steps: ['true'] }));
    const { exitCode, stdout, stderr } = await rig.run(['build', '--debug'], {
      environment: { X_PW: 'open-sesame' },
    });
    expect(stderr).toContain(`127.0.0.1:${port}/team/app:1`);
    expect(stderr).toContain('`username` and `password`');
    expect(stdout + stderr).not.toContain('open-sesame');
    expect(exitCode).toBe(1);
  });
});
