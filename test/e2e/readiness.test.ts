import { afterAll, describe, expect, it } from 'vitest';
import { openEngineProxy } from '../support/engine-proxy.ts';
import { createImages, docker } from '../support/images.ts';
import { freshId, pipelineFile } from '../support/pipeline.ts';
import { BUSYBOX, createRig, DEBIAN, type Finished } from '../support/rig.ts';

const HTTPD = 'localhost/slipway-httpd:1';
const REDIS = 'localhost/slipway-redis:7';
const images = createImages();
const CHECKED = images.derive(
  `localhost/${freshId('slipway-checked')}:1`,
  BUSYBOX,
  'HEALTHCHECK --interval=1h CMD ["test", "-e", "/tmp/up"]',
  'EXPOSE 1',
);
const TOOLLESS = withoutBash(`localhost/${freshId('slipway-toolless')}:1`);

afterAll(() => images.remove());

/** Debian without any program that connects; busybox has all of them in its shell. */
function withoutBash(name: string): string {
  const container = freshId('slipway-test');
  docker('run', '--name', container, '--label', 'io.slipway.test=image', DEBIAN, 'rm', '/bin/bash');
  docker('commit', container, name);
  docker('rm', container);
  return images.adopt(name);
}

/** A service that answers on a port only after a while; how long does not matter to who waits for it. */
const late = (port: number, more: object = {}): object => ({
  id: BUSYBOX,
  name: 'late',
  cmd: `sh -c "echo sleepy; sleep 1; echo awake; echo well > /tmp/page; exec busybox httpd -f -p ${port} -h /tmp"`,
  ...more,
});

const eventsOf = ({ stdout }: Finished): { type: string; service?: string; probe?: string }[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe.concurrent('the first step', () => {
  it('finds every service ready, each by what is known of it', async () => {
    await using rig = createRig(
      pipelineFile({
        services: [
          { id: REDIS, name: 'redis' },
          { id: HTTPD, name: 'web', ready: { http: '/', port: 8080 } },
          { id: REDIS, name: 'log', ready: { log: 'Ready to accept connections' } },
          { id: REDIS, name: 'asked', ready: { command: 'redis-cli ping' } },
          late(8080, { ready: 8080 }),
          { id: CHECKED, name: 'checked', cmd: 'sh -c "sleep 1; touch /tmp/up; sleep 1000"' },
        ],
        steps: [
          'for name in redis log asked; do echo PING | nc $name 6379 | grep -q PONG; done',
          'wget -q -O - http://late:8080/page; wget -q -O /dev/null http://web:8080/',
        ],
      }),
    );
    const finished = await rig.run(['build', '--output', 'json']);
    const events = eventsOf(finished);
    expect(finished.exitCode, finished.stdout + finished.stderr).toBe(0);
    const ready = events.filter(({ type }) => type === 'service-ready');
    expect(Object.fromEntries(ready.map(({ service, probe }) => [service, probe]))).toEqual({
      redis: 'TCP port 6379',
      web: 'HTTP GET / on port 8080',
      log: 'the text "Ready to accept connections" in its output',
      asked: 'the command "redis-cli ping"',
      late: 'TCP port 8080',
      checked: 'the image\'s health check "test -e /tmp/up"',
    });
    const types = events.map(({ type }) => type);
    expect(types.lastIndexOf('service-ready')).toBeLessThan(types.indexOf('step-started'));
  });

  it.each([
    ['bash', DEBIAN, 'exec 3<>/dev/tcp/late/8080; echo reached'],
    ['neither bash nor nc', TOOLLESS, 'echo reached'],
  ])('waits for a port also in a box with %s', async (_with, box, code) => {
    const service = late(8080, { ready: { tcp: 8080 } });
    await using rig = createRig(pipelineFile({ box, services: [service], steps: [code] }));
    const { exitCode, stdout, stderr } = await rig.run(['build', '--verbose']);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toContain('reached\n');
    expect(stderr).toMatch(/Service "late" ready after [1-9].*: TCP port 8080/);
    expect(stderr.indexOf('[late] awake')).toBeGreaterThan(stderr.indexOf('[late] sleepy'));
  });

  it('waits for a port where nobody can ask over HTTP, and is told so', async () => {
    const service = late(8080, { ready: { http: '/page', port: 8080 } });
    await using rig = createRig(pipelineFile({ box: TOOLLESS, services: [service], steps: ['echo after'] }));
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stderr).toContain('Nobody can ask the service "late" for /page');
  });
});

describe.concurrent('a service that does not get ready', () => {
  it('fails the run in its time: one that listens for itself alone', async () => {
    const service = {
      id: BUSYBOX,
      name: 'shy',
      cmd: 'sh -c "echo listening; exec busybox httpd -f -p 127.0.0.1:8080"',
      ready: { tcp: [8080, 9090], timeout: 1 },
    };
    await using rig = createRig(pipelineFile({ services: [service], steps: ['echo never'] }));
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(stderr).toMatch(
      /error: the service "shy" was not ready after \d+\.\d s \(waited for TCP ports 8080 and 9090\)/,
    );
    expect(stderr).toContain('it printed last:\n  listening\n');
    expect(stderr).toContain('hint: `ready` under the service');
    expect(stderr).not.toContain('has not opened');
    expect(stdout).toBe('');
    expect(exitCode).toBe(1);
  });

  it('fails the run when it ends', async () => {
    const service = { id: BUSYBOX, name: 'short', cmd: 'sh -c "echo bad luck; exit 5"', ready: 8080 };
    await using rig = createRig(pipelineFile({ services: [service], steps: ['echo never'] }));
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(stderr).toMatch(/error: the service "short" ended with exit code 5 after .* before it was ready/);
    expect(stderr).toContain('  bad luck\n');
    expect(stdout).toBe('');
    expect(exitCode).toBe(1);
  });

  it('can be interrupted', async () => {
    const services = [{ id: BUSYBOX, name: 'never', cmd: 'sleep 1000', ready: 8080 }];
    await using rig = createRig(pipelineFile({ services, steps: ['echo never'] }));
    const run = rig.start(['build']);
    await run.waitFor('Waiting until services are ready: "never" (TCP port 8080)');
    run.process.kill('SIGINT');
    const { exitCode, stdout, stderr } = await run.finished;
    expect(stderr).toContain('Interrupted');
    expect(stdout).toBe('');
    expect(exitCode).toBe(1);
  });

  it('is not waited for where the file says so', async () => {
    const services = [{ id: REDIS, cmd: 'sleep 1000', ready: false }];
    await using rig = createRig(pipelineFile({ services, steps: ['echo after'] }));
    const { exitCode, stdout } = await rig.run(['build']);
    expect(stdout).toBe('after\n');
    expect(exitCode).toBe(0);
  });
});

describe('docker: true', () => {
  it('asks the engine for a privileged box with its socket', async () => {
    await using rig = createRig(pipelineFile({ steps: ['echo "$DOCKER_HOST"'], more: { docker: true } }));
    let asked = '';
    await using engine = await openEngineProxy(rig.folder, (text) => {
      asked += text;
      return text;
    });
    rig.write('.werckerignore', 'engine.sock\n');
    const { exitCode, stdout, stderr } = await rig.run(['build'], {
      environment: { DOCKER_HOST: engine.host },
    });
    const socket = engine.host.replace('unix://', '');
    expect(asked).toContain('"Privileged":true');
    expect(asked).toContain(`"Source":"${socket}","Target":"${socket}","ReadOnly":false`);
    // Where the engine may start privileged containers the step runs; elsewhere that is told in words.
    if (exitCode === 0) expect(stdout).toBe(`${engine.host}\n`);
    else expect(stderr).toContain('as privileged, which `docker: true` asks for');
  });

  it.each(['--rdd-service-uri', '--rdd-provision-timeout'])('takes no %s', async (flag) => {
    await using rig = createRig(pipelineFile({ steps: ['echo never'] }));
    const { exitCode, stdout, stderr } = await rig.run(['build', flag, '5m']);
    expect(stderr).toContain(`${flag}: the service that lent Docker engines to runs is gone`);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });
});
