import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BoxSession, sourceText } from '../session/index.ts';
import { openLocalShell } from '../testing/local-shell.ts';
import { END_LEFT_TEXT, PREPARE_TEXT, type RunningCode, startCode } from './watch-code.ts';

const SHELLS = { bash: ['bash'], dash: ['dash'], 'busybox ash': ['busybox', 'sh'] };

/** Keeps a shell from its next command for a tenth of a second, with no process that could be ended. */
const DAWDLE =
  '__slipway_n=0; while [ "$__slipway_n" -lt 100000 ]; do __slipway_n=$((__slipway_n + 1)); done';

describe.each(Object.entries(SHELLS))('watched code in %s', (_name, command) => {
  let folder: string;
  let session: BoxSession;
  let output: string;
  let count = 0;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-code-'));
    output = '';
    session = await BoxSession.open({
      attachment: openLocalShell(command),
      onOutput: (bytes) => {
        output += bytes.toString('latin1');
      },
      answerTimeoutMs: 10_000,
    });
  });

  afterEach(async () => {
    await session[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  function file(code: string): string {
    count += 1;
    const path = join(folder, `code-${count}.sh`);
    writeFileSync(path, code);
    return path;
  }

  const step = (code: string) => session.run(sourceText(`'${file(code)}'`));

  async function start(code: string): Promise<RunningCode> {
    await session.run(PREPARE_TEXT);
    return startCode(session, file(code));
  }

  const printed = (text: string): Promise<void> =>
    vi.waitFor(() => expect(output).toContain(text), { timeout: 20_000, interval: 2 });

  const processes = async (): Promise<number> => {
    output = '';
    await step(`grep -l slee[p] /proc/[0-9]*/cmdline 2>/dev/null | wc -l`);
    return Number(output.trimEnd().split('\n').at(-1)); // tracing stands before it
  };

  const finished = (exitCode: number) => ({ type: 'finished', exitCode, flags: '' });

  it('finds what the steps set, and leaves nothing behind', async () => {
    await step('X=1; f() { echo "f $1 $X"; }');
    const { ended } = await start('f a; X=2; Y=3; cd /; return 4');
    expect(await ended).toEqual(finished(4));
    await step('f b; echo "[${Y:-}]"');
    expect(output).toBe('f a 1\nf b 1\n[]\n');
  });

  it('tells the exit code of code that ends by itself, and the shell goes on', async () => {
    expect(await (await start('exit 7')).ended).toEqual(finished(7));
    expect(await (await start('false; true')).ended).toEqual(finished(0));
    expect(await step('echo on')).toEqual(finished(0));
    expect(output).toBe('on\n');
  });

  it('is interrupted when told to, with what it started', async () => {
    const code = await start('sleep 1000 & (trap "" INT; sleep 1001) & echo up; sleep 1002');
    await printed('up\n');
    await code.stop();
    expect((await code.ended).type).toBe('finished');
    expect(await processes()).toBe(0);
  });

  it('is ended by what was told before it began', async () => {
    const dawdling: Pick<BoxSession, 'runListening'> = {
      runListening: (body) => session.runListening(body.replace('__slipway_ender=$!', `$&\n${DAWDLE}`)),
    };
    await session.run(PREPARE_TEXT);
    const code = startCode(dawdling, file('sleep 1000'));
    await code.stop();
    expect((await code.ended).type).toBe('finished');
    expect(await processes()).toBe(0);
  });

  it('may end in its own way', async () => {
    const code = await start('trap "echo told; exit 3" INT; echo up; while :; do sleep 0.05; done');
    await printed('up\n');
    await code.stop();
    expect(await code.ended).toEqual(finished(3));
    expect(output).toBe('up\ntold\n');
  });

  it('is killed when it does not listen', async () => {
    const code = await start('trap "" INT TERM; echo up; while :; do sleep 0.05; done');
    await printed('up\n');
    await code.stop();
    expect(await code.ended).toEqual(finished(137));
    expect(await processes()).toBe(0);
  });

  it('takes no offence at being told when it has ended already', async () => {
    const code = await start('true');
    await code.ended;
    await code.stop();
    await code.stop();
    expect(await step('echo on')).toEqual(finished(0));
    expect(output).toBe('on\n');
  });

  it('leaves the processes of earlier steps alone', async () => {
    await step('sleep 1000 & echo begun');
    const code = await start('echo up; sleep 1001');
    await printed('up\n');
    await code.stop();
    await code.ended;
    expect(await processes()).toBe(1);
  });

  it('ends what code that has ended left in the background, before it runs again and at the end', async () => {
    expect(await (await start('sleep 1000 & (sleep 1001 &)')).ended).toEqual(finished(0));
    const again = startCode(session, file('sleep 1000 & echo up'));
    await again.ended;
    expect(await processes()).toBe(1);
    await session.run(END_LEFT_TEXT);
    expect(await processes()).toBe(0);
  });

  it.each([
    'set -f',
    'set -u',
    'set -e',
    'set -C',
    'IFS=0123456789',
    'trap "" TERM INT',
    'set -x',
    'cd /tmp',
  ])('runs and ends after a step that leaves %s', async (code) => {
    await step(code);
    for (let round = 0; round < 2; round += 1) {
      output = '';
      const running = await start('echo up; sleep 1000 & sleep 1001');
      await printed('up\n');
      await running.stop();
      expect((await running.ended).type).toBe('finished');
    }
    expect(await processes()).toBe(0);
  });

  it('runs many times in a row', async () => {
    await session.run(PREPARE_TEXT);
    const path = file('echo "up $((2 + 3))"; sleep 1000');
    for (let round = 0; round < 20; round += 1) {
      output = '';
      const code = startCode(session, path);
      await printed('up 5\n');
      await code.stop();
      await code.ended;
      expect(output).toBe('up 5\n');
    }
    expect(await processes()).toBe(0);
  });
});
