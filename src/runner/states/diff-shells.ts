import type { ShellState } from './shell-state.ts';
import { unquote } from './shell-words.ts';

export interface ShellChange {
  readonly what: 'variable' | 'function' | 'alias' | 'option' | 'trap' | 'folder' | 'umask' | 'arguments';
  readonly name: string;
  /** Absent where there was none. */
  readonly before?: string;
  readonly after?: string;
}

const asText = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

type Shown = ReadonlyMap<string, string>;

const byName = <T extends { readonly name: string }>(
  entries: readonly T[],
  show: (entry: T) => string,
): Shown => new Map(entries.map((entry) => [entry.name, asText(show(entry))]));

function compare(what: ShellChange['what'], before: Shown, after: Shown): ShellChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    if (old === now) return [];
    return [
      {
        what,
        name,
        ...(old === undefined ? {} : { before: old }),
        ...(now === undefined ? {} : { after: now }),
      },
    ];
  });
}

// What each step is told about itself.
const OF_A_STEP = /^WERCKER_(STEP|REPORT)_/;

function variables(state: ShellState): Shown {
  const lasting = state.variables.filter(({ name }) => !OF_A_STEP.test(name));
  return byName(lasting, ({ attributes, value = '' }) => {
    const shown = /[aA]/.test(attributes) ? value : unquote(value);
    return attributes.includes('x') ? `${shown} (exported)` : shown;
  });
}

const single = (name: string, value: string): Shown => new Map([[name, asText(value)]]);

/** What the steps between two states changed in their shell. */
export function diffShells(before: ShellState, after: ShellState): ShellChange[] {
  const settings = (state: ShellState, key: 'aliases' | 'options' | 'traps'): Shown =>
    byName(state[key], ({ text }) => text);
  return [
    ...compare('folder', single('folder', before.folder), single('folder', after.folder)),
    ...compare('umask', single('umask', before.umask), single('umask', after.umask)),
    ...compare(
      'arguments',
      single('$@', before.arguments.join(' ')),
      single('$@', after.arguments.join(' ')),
    ),
    ...compare('variable', variables(before), variables(after)),
    ...compare(
      'function',
      byName(before.functions, (f) => f.text),
      byName(after.functions, (f) => f.text),
    ),
    ...compare('alias', settings(before, 'aliases'), settings(after, 'aliases')),
    ...compare('option', settings(before, 'options'), settings(after, 'options')),
    ...compare('trap', settings(before, 'traps'), settings(after, 'traps')),
  ];
}
