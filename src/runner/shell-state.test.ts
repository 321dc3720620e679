import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BoxSession, sourceText } from './session/index.ts';
import { parseShell } from './states/parse-shell.ts';
import { restoreText } from './states/restore-text.ts';
import type { ShellState } from './states/shell-state.ts';
import { SHELL_TEXT } from './states/shell-text.ts';
import { openLocalShell } from './testing/local-shell.ts';

const SHELLS = { bash: ['bash'], dash: ['dash'], 'busybox ash': ['busybox', 'sh'] };

describe.each(Object.entries(SHELLS))('the state of %s', (_name, command) => {
  const bash = command[0] === 'bash';
  let folder: string;
  let session: BoxSession;
  let output: string;
  let count = 0;

  async function open(): Promise<void> {
    session = await BoxSession.open({
      attachment: openLocalShell(command),
      onOutput: (bytes) => {
        output += bytes.toString('latin1');
      },
    });
  }

  async function step(code: string): Promise<string> {
    count += 1;
    const file = join(folder, `step-${count}.sh`);
    writeFileSync(file, Buffer.from(code, 'latin1'));
    output = '';
    expect(await session.run(sourceText(`'${file}'`))).toMatchObject({ type: 'finished', exitCode: 0 });
    return output;
  }

  async function capture(): Promise<ShellState> {
    const file = join(folder, 'answer');
    expect(await session.run(`{ ${SHELL_TEXT}\n} >'${file}'`)).toMatchObject({
      type: 'finished',
      exitCode: 0,
    });
    return parseShell(readFileSync(file, 'latin1'));
  }

  /** The state goes through JSON, as on disk. */
  async function moveToFreshShell(base?: ShellState): Promise<ShellState> {
    const state: ShellState = JSON.parse(JSON.stringify(await capture()));
    await session[Symbol.asyncDispose]();
    await open();
    const outcome = await session.run(restoreText(state, base), 'latin1');
    expect(outcome).toMatchObject({ type: 'finished', exitCode: 0 });
    return state;
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-shell-'));
    output = '';
    await open();
  });

  afterEach(async () => {
    await session[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it('brings every byte of a variable back', async () => {
    const bytes = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1)).join('');
    writeFileSync(join(folder, 'bytes'), Buffer.from(`${bytes}x`, 'latin1'));
    await step(`V=$(cat ${folder}/bytes); export W="$V"; EMPTY=; LINES_='a\nb\n\n'`);
    await moveToFreshShell();
    expect(await step(`printf '%s' "$V"`)).toBe(`${bytes}x`);
    expect(await step(`sh -c 'printf %s "$W"'`)).toBe(`${bytes}x`);
    expect(await step(`printf '[%s][%s]' "\${EMPTY-unset}" "$LINES_"`)).toBe('[][a\nb\n\n]');
  });

  it('knows which variables are exported, read-only, or exported without a value', async () => {
    await step('PLAIN=1; export OUT=2; readonly FIXED=3; export NOTHING');
    await moveToFreshShell();
    expect(await step('echo "$PLAIN $OUT $FIXED"; sh -c \'echo "[$PLAIN$OUT$FIXED]"\'')).toBe('1 2 3\n[2]\n');
    expect(
      await step(
        '(unset FIXED) 2>/dev/null; echo "$FIXED"; echo "${NOTHING-unset}"; NOTHING=now; sh -c \'echo $NOTHING\'',
      ),
    ).toBe('3\nunset\nnow\n');
  });

  it('keeps aliases, umask, folder, arguments and options', async () => {
    await step(
      `mkdir "${folder}/a b"; cd "${folder}/a b"; alias it="echo it's"; umask 027; set -- x 'y\nz' ''; set -f -u`,
    );
    await moveToFreshShell();
    expect(await step('pwd; umask; echo "$#$2"; echo *; alias it')).toMatch(
      /^.*\/a b\n0?027\n3y\nz\n\*\n(alias )?it='echo it/,
    );
    expect(await step('( echo "$NOT_THERE" ) 2>/dev/null || echo stopped')).toBe('stopped\n');
  });

  it('keeps traps, and runs none of them on the way', async () => {
    await step(`trap 'echo "caught it'\\''s"' USR1; trap 'echo bye' EXIT`);
    const state = await moveToFreshShell();
    expect(state.traps.map(({ name }) => name).sort()).toEqual(['EXIT', 'USR1']);
    expect(await step(':')).toBe('');
    await session.end();
    expect(output).toBe('bye\n');
  });

  it('keeps tracing', async () => {
    await step('set -x');
    await moveToFreshShell();
    expect(await step('echo traced; set +x')).toContain('+ echo traced\n');
  });

  it('does not change the shell by looking', async () => {
    await step('X=1; IFS=:; set -f -u; set -- a; echo() { :; }; printf() { :; }; alias cd=false');
    const first = await capture();
    expect(await capture()).toEqual(first);
    expect(await step('command printf "%s" "$X$1$IFS"')).toBe('1a:');
  });

  it('leaves alone what the base has as well, and takes away what is gone', async () => {
    await step('SAME=kept; CHANGED=1; GONE=1; alias old=true');
    const base = await capture();
    await step('CHANGED=2; unset GONE; NEW=3; unalias old');
    const state = await capture();
    await session[Symbol.asyncDispose]();
    await open();
    await step('SAME=fresh; CHANGED=fresh; GONE=fresh; alias old=true');
    await session.run(restoreText(state, base), 'latin1');
    expect(await step('echo "$SAME $CHANGED ${GONE-gone} $NEW"; alias old 2>/dev/null || echo none')).toBe(
      'fresh 2 gone 3\nnone\n',
    );
  });

  it('has none of the variables of its own or of the shell', async () => {
    const { variables } = await capture();
    expect(
      variables.map(({ name }) => name).filter((name) => /^(__slipway|BASH|PPID|UID|PWD|_$)/.test(name)),
    ).toEqual([]);
  });

  it('knows whether a process goes on beside the shell', async () => {
    expect((await capture()).background).toBe(false);
    await step('sleep 1000 &');
    expect((await capture()).background).toBe(true);
  });

  it('fails where it does not come back', async () => {
    const state = { ...(await capture()), variables: [{ name: 'FIXED', attributes: '', value: '1' }] };
    await step('readonly FIXED=2');
    const outcome = await session.run(restoreText(state), 'latin1');
    expect(outcome).not.toMatchObject({ type: 'finished', exitCode: 0 });
  });

  if (!bash) return;

  it('keeps arrays, attributes, functions and shopt', async () => {
    await step(`declare -a A=("a b" 'c"$d'); declare -A M=([k]='v w' [l]=$'n\\nl'); declare -i N=4; declare -u U=up; declare -n R=N
f() { local x="$1"; echo "f: \${x}"; cat <<END
here $x
END
}; with-dash() { :; }; g() { echo g; }; export -f g; shopt -s nullglob extglob`);
    await moveToFreshShell();
    expect(await step('echo "${A[1]}" "${M[k]}" "${M[l]}"; N=N+1; U=x; echo "$N $U $R"')).toBe(
      'c"$d v w n\nl\n5 X 5\n',
    );
    expect(
      await step('f 1; bash -c g; declare -F with-dash; echo /nothing/*; shopt -q extglob && echo ext'),
    ).toBe('f: 1\nhere 1\ng\nwith-dash\n\next\n');
  });

  it('is not confused by a trap on DEBUG or by functions in the way', async () => {
    await step(
      'declare() { echo wrong; }; command() { echo wrong; }; unset -f command; X=1; trap "echo debugging" DEBUG',
    );
    const state = await capture();
    expect(state.variables.find(({ name }) => name === 'X')).toEqual({
      name: 'X',
      attributes: '',
      value: '"1"',
    });
    expect(state.traps.map(({ name }) => name)).toEqual(['DEBUG']);
    expect(state.functions.map(({ name }) => name)).toEqual(['declare']);
  });
});
