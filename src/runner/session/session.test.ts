import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLocalShell } from '../testing/local-shell.ts';
import { BoxSession, type CommandOutcome, sourceText } from './index.ts';

const SHELLS = { bash: ['bash'], dash: ['dash'], 'busybox ash': ['busybox', 'sh'] };
const OUTPUTS = ['the engine', 'a pipe'] as const;
const CASES = Object.entries(SHELLS).flatMap(([name, command]) =>
  OUTPUTS.map((output) => [name, output, command] as const),
);

const PATIENT_MS = 20_000;

interface Rig {
  readonly step: (code: string) => Promise<{ outcome: CommandOutcome; output: string }>;
  readonly session: BoxSession;
  readonly output: () => string;
}

describe.each(CASES)('a session in %s that prints through %s', (_name, transport, command) => {
  let folder: string;
  let rig: Rig;
  let count = 0;
  let pipe: string;
  let answerTimeoutMs = PATIENT_MS;

  async function openRig(): Promise<Rig> {
    let text = '';
    const session = await BoxSession.open({
      attachment: openLocalShell([...command]),
      onOutput: (bytes) => {
        text += bytes.toString('latin1');
      },
      answerTimeoutMs,
      ...(transport === 'a pipe' && { outputPipe: { path: pipe, boxPath: pipe } }),
    });
    return {
      session,
      output: () => text,
      step: async (code) => {
        count += 1;
        const file = join(folder, `step-${count}.sh`);
        writeFileSync(file, code);
        text = '';
        const outcome = await session.run(`\\cd /\n${sourceText(`'${file}'`)}`);
        return { outcome, output: text };
      },
    };
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-session-'));
    pipe = join(folder, 'pipe');
    if (transport === 'a pipe') execFileSync('mkfifo', [pipe]);
    rig = await openRig();
  });

  afterEach(async () => {
    await rig.session[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const finished = (exitCode: number): CommandOutcome => ({ type: 'finished', exitCode, flags: '' });
  const ended = (exitCode: number): CommandOutcome => ({ type: 'session-ended', exitCode });

  it('keeps variables, functions and options from step to step', async () => {
    await rig.step('X=1; export Y=2; f() { echo "f $1"; }; umask 027; set -f');
    const { outcome, output } = await rig.step('echo "$X $Y"; f a; umask; echo *');
    expect(outcome).toEqual(finished(0));
    expect(output).toMatch(/^1 2\nf a\n0?027\n\*\n$/);
  });

  it('keeps what bash declares without export', async () => {
    if (command[0] !== 'bash') return;
    await rig.step('declare Y=2; declare -a Z=(a b)');
    expect((await rig.step('echo "$Y $Z"')).output).toBe('2 a\n');
  });

  it('gives all that was printed before the first process ended, and no more of it later', async () => {
    const { outcome, output } = await rig.step('seq 1 200000; kill -TERM 1; exec 7>&- 8>&- 9>&-; exit 3');
    expect(outcome).toEqual(ended(3));
    expect(output).toHaveLength(1288895);
  });

  it.each(['true && cat /dev/null', 'echo a; cat /dev/null\n', 'false || cat /dev/null'])(
    'goes on after a step whose last line ends in a program: %s',
    async (code) => {
      expect((await rig.step(code)).outcome).toEqual(finished(0));
      expect(await rig.step('echo on')).toEqual({ outcome: finished(0), output: 'on\n' });
    },
  );

  it('gives the exit code of a step that returns', async () => {
    expect((await rig.step('echo a; return 3')).outcome).toEqual(finished(3));
    expect((await rig.step('false')).outcome).toEqual(finished(1));
  });

  it('keeps output without a final newline, byte for byte', async () => {
    const { output } = await rig.step(String.raw`printf 'a\000\377\200b'`);
    expect(output).toBe('a\0\xff\x80b');
  });

  it('merges both streams in their order', async () => {
    const { output } = await rig.step('echo 1; echo 2 >&2; echo 3; echo 4 >&2');
    expect(output).toBe('1\n2\n3\n4\n');
  });

  it.each([
    ['exit 0', 0],
    ['exit 7', 7],
    ['set -e; echo a; false; echo b', 1],
    ['exec true', 0],
  ])('sees that a step ended the shell: %s', async (code, exitCode) => {
    expect((await rig.step(code)).outcome).toEqual(ended(exitCode));
  });

  it('prints what a trap on EXIT prints before the end of the shell', async () => {
    expect(await rig.step('trap "echo trapped" EXIT; exit 4')).toEqual({
      outcome: ended(4),
      output: 'trapped\n',
    });
  });

  it('starts a fresh shell after one that ended, without the variables of the old and without its processes', async () => {
    await rig.step('Z=old; export Z; sleep 1000 & exit 1');
    await rig.session.restart();
    const { outcome, output } = await rig.step('echo "[$Z]"; ls /proc | grep -c "^[0-9]"');
    expect(outcome).toEqual(finished(0));
    const [variable, processes] = output.split('\n');
    expect(variable).toBe('[]');
    expect(Number(processes)).toBeLessThan(6);
  });

  it.each([
    'exec >&- 2>&-; echo lost',
    'exec >/dev/null 2>&1; echo lost',
    'exec 9>/dev/null 8>/dev/null 7>/dev/null; echo x >&8',
    'exec 7>&- 8>&- 9>&-',
  ])('gives the next step its output back after: %s', async (code) => {
    await rig.step(code);
    expect(await rig.step('echo back')).toEqual({ outcome: finished(0), output: 'back\n' });
  });

  it('lets no step read the commands', async () => {
    const { outcome, output } = await rig.step('cat; read x <&9; echo "[$x]"');
    expect(outcome).toEqual(finished(0));
    expect(output).toContain('[]');
  });

  it('goes on with the rest of a step after a stray break or continue', async () => {
    const { outcome, output } = await rig.step('break 2>/dev/null; continue 2>/dev/null; echo after');
    expect(outcome).toEqual(finished(0));
    expect(output).toContain('after\n');
  });

  it('shows tracing of steps, but none of its own lines', async () => {
    const first = await rig.step('set -x; true');
    const second = await rig.step('echo traced; set +x');
    expect(first.output + second.output).not.toMatch(/__slipway|slipway-[0-9a-f]/);
    expect(second.output).toContain('+ echo traced');
  });

  it.each(['set -u', 'IFS=:', 'set -f', 'set -e', 'set -C', 'set -a'])(
    'goes on after a step that leaves %s',
    async (code) => {
      expect((await rig.step(code)).outcome).toEqual(finished(0));
      expect(await rig.step('echo on')).toEqual({ outcome: finished(0), output: 'on\n' });
    },
  );

  it('does not wait for a process that a step left behind with the output open', async () => {
    const { outcome } = await rig.step('(sleep 1000; echo late) & echo now');
    expect(outcome).toEqual(finished(0));
  });

  it('gives the late output of a process left behind to whatever runs then', async () => {
    await rig.step(
      '(while [ ! -e /tmp/slipway-late-$$ ]; do :; done; echo late; : >/tmp/slipway-late-$$.done) & :',
    );
    const { output } = await rig.step(
      ': >/tmp/slipway-late-$$; while [ ! -e /tmp/slipway-late-$$.done ]; do :; done; rm /tmp/slipway-late-$$*',
    );
    expect(output).toContain('late\n');
  });

  it('survives kill -9 of everything but itself', async () => {
    expect((await rig.step('kill -9 $$; echo still')).output).toContain('still');
    expect((await rig.step('kill -9 -1; echo still')).output).toContain('still');
  });

  describe('when a step forges the protocol', () => {
    const TOKEN = `__t=\${__slipway_supervise#*\\"}; __t=\${__t%%' '*}; __t=$(printf %s "$__slipway_supervise" | grep -o 'slipway-[0-9a-f]*' | head -n 1)`;

    it('takes framing in its output for output', async () => {
      const { outcome, output } = await rig.step(`${TOKEN}\necho "$__t done 1 0"; return 5`);
      expect(outcome).toEqual(finished(5));
      expect(output).toMatch(/^slipway-[0-9a-f]{16} done 1 0\n$/);
    });

    it('takes other text on the control channel for output', async () => {
      const { outcome } = await rig.step(
        'echo more >/proc/1/fd/8; printf half >/proc/1/fd/8; echo log >/proc/1/fd/1; return 5',
      );
      expect(outcome).toEqual(finished(5));
      await expect.poll(rig.output).toContain('more\n');
      await expect.poll(rig.output).toContain('log\n');
    });

    describe('and an answer is not waited for long', () => {
      beforeAll(() => {
        answerTimeoutMs = 500;
      });
      afterAll(() => {
        answerTimeoutMs = PATIENT_MS;
      });

      it('does not believe an end that it has not come to', async () => {
        const { outcome } = await rig.step(`${TOKEN}\necho "$__t done 1 0 " >/proc/1/fd/8; sleep 1000`);
        expect(outcome.type).toBe('interference');
      });

      it('does not believe that the shell ended while it goes on', async () => {
        const { outcome } = await rig.step(`${TOKEN}\necho "$__t ended 0" >/proc/1/fd/8; sleep 1000`);
        expect(outcome.type).toBe('interference');
      });

      it('fails when something takes its commands away', async () => {
        await rig.step('cat </proc/1/fd/9 >/dev/null & :').catch(() => undefined);
        const outcomes: CommandOutcome[] = [];
        while (outcomes.length < 500 && outcomes.every(({ type }) => type === 'finished')) {
          outcomes.push((await rig.step('echo on; return 9')).outcome);
        }
        expect(outcomes.at(-1)?.type).not.toBe('finished');
        expect(outcomes).not.toContainEqual(finished(0));
      });

      it.each([
        'printf() { :; }',
        'read() { :; }',
        'eval() { :; }',
        'alias exec=false read=false eval=false set=false case=false',
        'for fd in 3 4 5 6 7 8 9; do eval "exec $fd>&-"; done 2>/dev/null',
      ])('does not pass what follows after: %s', async (code) => {
        const first = (await rig.step(code)).outcome;
        const second = first.type === 'finished' ? (await rig.step('return 9')).outcome : first;
        expect(second).not.toEqual(finished(0));
      });
    });
  });
});

describe('a session whose box', () => {
  it.each(['has no pipe', 'has a pipe that is not this one'])(
    '%s prints through the engine',
    async (what) => {
      const folder = mkdtempSync(join(tmpdir(), 'slipway-session-'));
      const [path, other] = [join(folder, 'pipe'), join(folder, 'other')];
      execFileSync('mkfifo', what === 'has no pipe' ? [path] : [path, other]);
      let text = '';
      const session = await BoxSession.open({
        attachment: openLocalShell(['bash']),
        outputPipe: { path, boxPath: other },
        onOutput: (bytes) => {
          text += bytes.toString('latin1');
        },
      });
      writeFileSync(join(folder, 'step.sh'), 'echo here');
      const outcome = await session.run(sourceText(`'${join(folder, 'step.sh')}'`));
      expect(outcome).toEqual({ type: 'finished', exitCode: 0, flags: '' });
      expect(text).toBe('here\n');
      await session[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  );
});
