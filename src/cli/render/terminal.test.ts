import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { RunEvent, RunEventBody } from '../../kernel/index.ts';
import { NO_MARKS } from './ci/marks.ts';
import { type TerminalOptions, terminalRenderer } from './terminal.ts';

const at = 0;

interface Screen {
  readonly show: (...events: RunEventBody[]) => void;
  readonly text: () => string;
}

/** A stream that is as wide as a terminal, or none. */
function createScreen(columns?: number, options: Partial<TerminalOptions> = {}): Screen {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  const terminal = Object.assign(stream, columns === undefined ? {} : { columns, isTTY: true });
  const output = terminal as unknown as NodeJS.WriteStream; // what the renderer uses of one
  const events = terminalRenderer({
    stdout: output,
    stderr: output,
    colour: false,
    verbose: false,
    debug: false,
    quiet: false,
    currentFolder: '/',
    marks: NO_MARKS,
    ...options,
  });
  return {
    show: (...bodies) => {
      for (const body of bodies) void events({ ...body, runId: 'run1' } as RunEvent);
    },
    text: () => text,
  };
}

const end = (name: string, more: object = {}): RunEventBody => ({
  type: 'step-finished',
  at,
  safeId: name,
  displayName: name,
  phase: 'main',
  result: 'passed',
  durationMs: 1500,
  ...more,
});

const over: RunEventBody = { type: 'run-finished', at, result: 'failed', durationMs: 1, message: 'no' };

const output = (text: string): RunEventBody => ({ type: 'step-output', at, bytes: Buffer.from(text) });

describe('the terminal', () => {
  it('does not act on what a file calls its pipelines and steps', () => {
    const screen = createScreen(undefined, { colour: true });
    const displayName = 'a\u001b]0;owned\u0007 \u001b[2Jb';
    screen.show({ type: 'step-started', at, safeId: 's', displayName, phase: 'main', index: 1, count: 1 });
    expect(screen.text()).toContain('a␛]0;owned␇ ␛[2Jb');
    expect(screen.text()).toContain('\u001b[33m');
  });

  it('keeps each step on one line of 40 columns, with what is to be said of it', () => {
    const screen = createScreen(40);
    const failed = { result: 'failed', exitCode: 127 };
    screen.show(end('a very long name '.repeat(5), failed), end('short\nname', { phase: 'after' }), over);
    const [, table = ''] = screen.text().split('\n\n');
    const lines = table.split('\n');
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
    expect(lines[0]).toMatch(/✗ a very.*… +1\.50s {2}exit code 127$/);
    expect(lines[1]).toMatch(/✓ short.*1\.50s {2}after-step$/);
  });

  it('cuts no names where the terminal does not know how wide it is', () => {
    const screen = createScreen(0);
    screen.show(end('index the words'), over);
    expect(screen.text()).toContain('✓ index the words     1.50s');
  });

  it('shows a step that was run again once, with its last result', () => {
    const screen = createScreen();
    screen.show(end('one', { result: 'failed', exitCode: 1 }), end('one'), over);
    const [, table = ''] = screen.text().split('\n\n');
    expect(table).toBe('  ✓ one     1.50s');
  });

  it('begins a line of its own behind output without a line break', () => {
    const screen = createScreen();
    screen.show(output('half'), end('one'), output('whole\n'), end('two'));
    expect(screen.text()).toMatch(/half\n--> Step passed: one.*\nwhole\n--> Step passed: two/);
  });

  it('leaves out what steps print where nobody wants it', () => {
    const screen = createScreen(undefined, { quiet: true });
    screen.show(output('secret business'), end('one'));
    expect(screen.text()).not.toContain('business');
  });

  it('writes over the progress of a pull on a terminal, and prints only what is done elsewhere', () => {
    const progress = (status: string, currentBytes = 0): RunEventBody => ({
      type: 'pull-progress',
      at,
      image: 'x',
      layer: 'abc',
      status,
      currentBytes,
      totalBytes: 100,
    });
    const wide = createScreen(20);
    wide.show(progress('Downloading', 50), progress('Pull complete'));
    expect(wide.text()).toBe('Downloading: abc (5\r\u001b[KPull complete: abc\n');
    const pipe = createScreen();
    pipe.show(progress('Pushing', 50), progress('Pushed'));
    expect(pipe.text()).toBe('Pushed: abc\n');
  });
});
