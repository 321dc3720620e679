import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { script } from '../support/pipeline.ts';
import { BUSYBOX, createRig, DEBIAN, type Rig, type Running } from '../support/rig.ts';

/** Prints what the files say, and goes on until it is ended. */
const SHOW = 'echo "up $(cat msg src/*/* 2>/dev/null | tr -d "\\n")."; sleep 1000';

const watch = (properties: Readonly<Record<string, unknown>>) => ({ 'internal/watch': properties });

function devFile(steps: readonly unknown[], box: unknown = BUSYBOX): string {
  const file = { box, dev: { steps, 'after-steps': [script({ code: 'echo "after $WERCKER_RESULT"' })] } };
  return JSON.stringify(file);
}

function createProject(code = SHOW, box: unknown = BUSYBOX): Rig {
  const rig = createRig(
    devFile([watch({ code, reload: true }), script({ code: 'echo "next $(cat msg)"' })], box),
  );
  rig.write('msg', '1');
  return rig;
}

/** Ctrl-C, and one more after each of the texts. */
async function interrupt(run: Running, ...waitFor: readonly string[]): Promise<void> {
  run.process.kill('SIGINT');
  for (const text of waitFor) {
    await run.waitFor(text);
    run.process.kill('SIGINT');
  }
}

const count = (text: string, part: string): number => text.split(part).length - 1;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

describe.concurrent.each([
  ['mounted', []],
  ['copied into the box', ['--no-direct-mount']],
] as const)('slipway dev with the project %s', (_name, flags) => {
  it('starts the code again when a file changes, is added in a new folder, or goes away', async () => {
    await using rig = createProject();
    const run = rig.start(['dev', ...flags]);
    await run.waitFor('up 1.');
    await run.waitFor('--> Reloading on file changes');
    rig.write('msg', '2');
    await run.waitFor('up 2.');
    await run.waitFor('--> Reloading: msg');
    rig.write('src/new/file', 'x');
    await run.waitFor('up 2x.');
    rig.write('src/new/file', 'y');
    await run.waitFor('up 2y.');
    rmSync(join(rig.folder, 'src'), { recursive: true });
    rig.write('msg', '3');
    await run.waitFor('up 3.');
    await interrupt(run);
    const { exitCode, stdout } = await run.finished;
    expect(stdout).toContain('next 3\nafter passed\n');
    expect(exitCode).toBe(0);
  });
});

describe.concurrent('slipway dev', () => {
  it('starts the code once more for a change that comes while it is being ended', async () => {
    const slow =
      'trap "echo ending; sleep 0.5; exit" INT; echo "up $(cat msg)."; while :; do sleep 0.1; done';
    await using rig = createProject(slow);
    const run = rig.start(['dev']);
    await run.waitFor('up 1.');
    rig.write('msg', '2');
    await run.waitFor('ending');
    rig.write('msg', '3');
    await run.waitFor('up 3.');
    await interrupt(run);
    expect((await run.finished).exitCode).toBe(0);
  });

  it('keeps its pace while a file changes a thousand times, and the last content wins', async () => {
    await using rig = createProject();
    const run = rig.start(['dev']);
    await run.waitFor('up 1.');
    const code = `for (let i = 1; i <= 1000; i += 1) {
      require('node:fs').writeFileSync('msg', i === 1000 ? 'last' : 'n' + i);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }`;
    const startedAt = performance.now();
    await once(spawn(process.execPath, ['-e', code], { cwd: rig.folder }), 'exit');
    await run.waitFor('up last.');
    const elapsedMs = performance.now() - startedAt;
    await interrupt(run);
    const { exitCode, stdout } = await run.finished;
    expect(count(stdout, 'up ')).toBeLessThanOrEqual(elapsedMs / 250 + 2);
    expect(exitCode).toBe(0);
  });

  it('leaves out what is ignored', async () => {
    await using rig = createProject();
    rig.write('.gitignore', '*.log\nbuild/\n');
    const run = rig.start(['dev']);
    await run.waitFor('up 1.');
    for (const path of ['a.log', 'build/a', '.hidden', '_tmp/a', '.wercker/a']) rig.write(path, 'x');
    rig.write('msg', '2');
    await run.waitFor('up 2.');
    await interrupt(run);
    expect((await run.finished).stderr).not.toMatch(/Reloading: .*(log|build|hidden|_tmp|wercker)/);
  });

  it('says how code ended that ends by itself, and waits for the next change', async () => {
    await using rig = createProject('cat msg; exit 7', DEBIAN);
    const run = rig.start(['dev']);
    await run.waitFor('ended with exit code 7');
    rig.write('msg', 'again');
    await run.waitFor('again');
    await interrupt(run);
    expect((await run.finished).exitCode).toBe(0);
  });

  it('ends code that does not listen to Ctrl-C, with what it started', async () => {
    await using rig = createProject(
      'trap "" INT TERM; (sleep 1000 &) ; echo up.; while :; do sleep 0.1; done',
    );
    const run = rig.start(['dev']);
    await run.waitFor('up.');
    await interrupt(run);
    expect((await run.finished).stdout).toContain('next 1\n');
  });

  it('goes on with the next step at the first Ctrl-C, and stops at the second', async () => {
    const steps = [watch({ code: 'echo up; sleep 1000' }), script({ code: 'echo next; sleep 1000' })];
    await using rig = createRig(devFile(steps));
    const run = rig.start(['dev']);
    await run.waitFor('up\n');
    await interrupt(run, 'next\n');
    const { exitCode, stderr, stdout } = await run.finished;
    expect(stderr).toContain('going on with the next step; once more to stop the run');
    expect(stdout).not.toContain('after');
    expect(exitCode).toBe(1);
  });

  it('runs code without reload until Ctrl-C, whatever changes, in the shell of the steps before', async () => {
    const steps = [
      script({ code: 'GREETING=hello; shout() { echo "$GREETING $1"; }; sleep 1000 & SLEEPER=$!' }),
      watch({ code: 'false; shout you; sleep 1000' }),
      script({ code: 'shout again; kill -0 $SLEEPER && echo still' }),
    ];
    await using rig = createRig(devFile(steps));
    const run = rig.start(['dev']);
    await run.waitFor('hello you');
    rig.write('file', 'x');
    await interrupt(run);
    const { exitCode, stdout } = await run.finished;
    expect(stdout).toBe('hello you\nhello again\nstill\nafter passed\n');
    expect(exitCode).toBe(0);
  });

  it('is not ended by the limits of time', async () => {
    await using rig = createRig(devFile([watch({ code: 'sleep 3; echo late; sleep 1000' })]));
    const run = rig.start(['dev', '--command-timeout', '0.02', '--no-response-timeout', '0.02']);
    await run.waitFor('late');
    await interrupt(run);
    expect((await run.finished).exitCode).toBe(0);
  });

  it('publishes the ports of the box when it is asked to, and says where', async () => {
    const port = await freePort();
    const serve = 'mkdir -p /www; cat msg >/www/index.html; httpd -f -p 8080 -h /www & echo up; wait';
    await using rig = createProject(serve, { id: BUSYBOX, ports: [`127.0.0.1:${port}:8080`] });
    const run = rig.start(['dev', '--expose-ports']);
    await run.waitFor('up\n');
    await run.waitFor(`Port 8080 of the box is at http://127.0.0.1:${port}\n`);
    const body = await vi.waitFor(
      async () => await (await fetch(`http://127.0.0.1:${port}/`)).text(),
      20_000,
    );
    expect(body).toBe('1');
    await interrupt(run);
    expect((await run.finished).exitCode).toBe(0);
  });

  it('refuses a "reload" that is neither true nor false before anything starts, with its line', async () => {
    await using rig = createRig('box: x\ndev:\n  steps:\n    - internal/watch:\n        reload: maybe\n');
    const { exitCode, stderr } = await rig.run(['dev']);
    expect(stderr).toMatch(/wercker\.yml:5:/);
    expect(stderr).toContain('"reload"');
    expect(exitCode).toBe(1);
  });

  it('fails the step when the code takes the shell away', async () => {
    await using rig = createRig(devFile([watch({ code: 'kill -9 -1', reload: true })]));
    const { exitCode, stdout } = await rig.run(['dev']);
    expect(stdout).toBe('after failed\n');
    expect(exitCode).toBe(1);
  });
});
