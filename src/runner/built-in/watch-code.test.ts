import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { BoxSession, type CommandOutcome, sourceText } from '../session/index.ts';
import { openLocalShell } from '../testing/local-shell.ts';
import { END_LEFT_TEXT, PREPARE_TEXT, type RunningCode, startCode } from './watch-code.ts';

const SHELLS = { bash: ['bash'], dash: ['dash'], 'busybox ash': ['busybox', 'sh'] };

/** Keeps a shell from its next command for a tenth of a second, with no process that could be ended. */
const DAWDLE =
  '__slipway_n=0; while [ "$__slipway_n" -lt 100000 ]; do __slipway_n=$((__slipway_n + 1)); done';

/** A box of one test, in a process namespace of its own; dispose of it to end what is left in it. */
class Box implements AsyncDisposable {
  readonly session: BoxSession;
  readonly #heard: { output: string };
  readonly #folder = mkdtempSync(join(tmpdir(), 'slipway-code-'));
  #files = 0;

  private constructor(session: BoxSession, heard: { output: string }) {
    this.session = session;
    this.#heard = heard;
  }

  get output(): string {
    return this.#heard.output;
  }

  forgetOutput(): void {
    this.#heard.output = '';
  }

  static async open(command: readonly string[]): Promise<Box> {
    const heard = { output: '' };
    const session = await BoxSession.open({
      attachment: openLocalShell(command),
      onOutput: (bytes) => {
        heard.output += bytes.toString('latin1');
      },
      answerTimeoutMs: 10_000,
    });
    return new Box(session, heard);
  }

  file(code: string): string {
    this.#files += 1;
    const path = join(this.#folder, `code-${this.#files}.sh`);
    writeFileSync(path, code);
    return path;
  }

  async step(code: string): Promise<CommandOutcome> {
    return await this.session.run(sourceText(`'${this.file(code)}'`));
  }

  async start(code: string): Promise<RunningCode> {
    await this.session.run(PREPARE_TEXT);
    return startCode(this.session, this.file(code));
  }

  async printed(text: string): Promise<void> {
    await vi.waitFor(() => expect(this.output).toContain(text), { timeout: 20_000, interval: 2 });
  }

  async processes(): Promise<number> {
    this.forgetOutput();
    await this.step(`grep -l slee[p] /proc/[0-9]*/cmdline 2>/dev/null | wc -l`);
    return Number(this.output.trimEnd().split('\n').at(-1)); // tracing stands before it
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }
}

const finished = (exitCode: number) => ({ type: 'finished', exitCode, flags: '' });

// Each has processes of its own, and most of the time waits for what is given a second to end.
describe.concurrent.each(Object.entries(SHELLS))('watched code in %s', (_name, command) => {
  it('finds what the steps set, and leaves nothing behind', async () => {
    await using box = await Box.open(command);
    await box.step('X=1; f() { echo "f $1 $X"; }');
    const { ended } = await box.start('f a; X=2; Y=3; cd /; return 4');
    expect(await ended).toEqual(finished(4));
    await box.step('f b; echo "[${Y:-}]"');
    expect(box.output).toBe('f a 1\nf b 1\n[]\n');
  });

  it('tells the exit code of code that ends by itself, and the shell goes on', async () => {
    await using box = await Box.open(command);
    expect(await (await box.start('exit 7')).ended).toEqual(finished(7));
    expect(await (await box.start('false; true')).ended).toEqual(finished(0));
    expect(await box.step('echo on')).toEqual(finished(0));
    expect(box.output).toBe('on\n');
  });

  it('is interrupted when told to, with what it started', async () => {
    await using box = await Box.open(command);
    const code = await box.start('sleep 1000 & (trap "" INT; sleep 1001) & echo up; sleep 1002');
    await box.printed('up\n');
    await code.stop();
    expect((await code.ended).type).toBe('finished');
    expect(await box.processes()).toBe(0);
  });

  it('is ended by what was told before it began', async () => {
    await using box = await Box.open(command);
    const dawdling: Pick<BoxSession, 'runListening'> = {
      runListening: (body) => box.session.runListening(body.replace('__slipway_ender=$!', `$&\n${DAWDLE}`)),
    };
    await box.session.run(PREPARE_TEXT);
    const code = startCode(dawdling, box.file('sleep 1000'));
    await code.stop();
    expect((await code.ended).type).toBe('finished');
    expect(await box.processes()).toBe(0);
  });

  it('may end in its own way', async () => {
    await using box = await Box.open(command);
    const code = await box.start('trap "echo told; exit 3" INT; echo up; while :; do sleep 0.05; done');
    await box.printed('up\n');
    await code.stop();
    expect(await code.ended).toEqual(finished(3));
    expect(box.output).toBe('up\ntold\n');
  });

  it('is killed when it does not listen', async () => {
    await using box = await Box.open(command);
    const code = await box.start('trap "" INT TERM; echo up; while :; do sleep 0.05; done');
    await box.printed('up\n');
    await code.stop();
    expect(await code.ended).toEqual(finished(137));
    expect(await box.processes()).toBe(0);
  });

  it('takes no offence at being told when it has ended already', async () => {
    await using box = await Box.open(command);
    const code = await box.start('true');
    await code.ended;
    await code.stop();
    await code.stop();
    expect(await box.step('echo on')).toEqual(finished(0));
    expect(box.output).toBe('on\n');
  });

  it('leaves the processes of earlier steps alone', async () => {
    await using box = await Box.open(command);
    await box.step('sleep 1000 & echo begun');
    const code = await box.start('echo up; sleep 1001');
    await box.printed('up\n');
    await code.stop();
    await code.ended;
    // A process that was just forked is not `sleep` yet.
    await vi.waitFor(async () => expect(await box.processes()).toBe(1), { timeout: 20_000 });
  });

  it('ends what code that has ended left in the background, before it runs again and at the end', async () => {
    await using box = await Box.open(command);
    expect(await (await box.start('sleep 1000 & (sleep 1001 &)')).ended).toEqual(finished(0));
    const again = startCode(box.session, box.file('sleep 1000 & echo up'));
    await again.ended;
    // A process that was just forked is not `sleep` yet.
    await vi.waitFor(async () => expect(await box.processes()).toBe(1), { timeout: 20_000 });
    await box.session.run(END_LEFT_TEXT);
    expect(await box.processes()).toBe(0);
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
    await using box = await Box.open(command);
    await box.step(code);
    for (let round = 0; round < 2; round += 1) {
      box.forgetOutput();
      // What is in the background hears no SIGINT, and is given its second: once is enough.
      const running = await box.start(`echo up; ${round === 0 ? 'sleep 1000 & ' : ''}sleep 1001`);
      await box.printed('up\n');
      await running.stop();
      expect((await running.ended).type).toBe('finished');
    }
    expect(await box.processes()).toBe(0);
  });

  it('runs many times in a row', async () => {
    await using box = await Box.open(command);
    await box.session.run(PREPARE_TEXT);
    const path = box.file('echo "up $((2 + 3))"; sleep 1000');
    for (let round = 0; round < 20; round += 1) {
      box.forgetOutput();
      const code = startCode(box.session, path);
      await box.printed('up 5\n');
      await code.stop();
      await code.ended;
      expect(box.output).toBe('up 5\n');
    }
    expect(await box.processes()).toBe(0);
  });
});
