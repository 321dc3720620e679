import { shellQuote } from '../../pipeline/index.ts';
import type { ShellState, ShellVariable } from './shell-state.ts';

interface Named {
  readonly name: string;
}

/** What is new or other in `now`, and the names that are gone. Without `before`, all of it. */
function changed<T extends Named>(
  now: readonly T[],
  before: readonly T[] | undefined,
): { readonly set: readonly T[]; readonly gone: readonly string[] } {
  if (before === undefined) return { set: now, gone: [] };
  const known = new Map(before.map((entry) => [entry.name, JSON.stringify(entry)]));
  const names = new Set(now.map(({ name }) => name));
  return {
    set: now.filter((entry) => known.get(entry.name) !== JSON.stringify(entry)),
    gone: [...known.keys()].filter((name) => !names.has(name)),
  };
}

function variableText({ shell }: ShellState, { name, attributes, value }: ShellVariable): string {
  if (shell === 'bash') {
    return `declare -${attributes === '' ? '-' : attributes} ${name}${value === undefined ? '' : `=${value}`}`;
  }
  const lines = value === undefined ? [] : [`${name}=${value}`];
  if (attributes.includes('x')) lines.push(`\\command export ${name}`);
  if (attributes.includes('r')) lines.push(`\\command readonly ${name}`);
  return lines.join(' && ');
}

function functionLines(state: ShellState, base: ShellState | undefined): string[] {
  const { set, gone } = changed(state.functions, base?.functions);
  return [
    ...gone.map((name) => `\\builtin unset -f -- ${shellQuote(name)}`),
    ...set.map(({ text }) => text),
    ...set
      .filter(({ attributes }) => attributes !== '')
      .map(({ name, attributes }) => `\\builtin declare -f${attributes} -- ${shellQuote(name)} >/dev/null`),
  ];
}

/**
 * The session command that gives a shell what a state holds. Options and traps come last, because both change what the
 * lines before them would do.
 */
export function restoreText(state: ShellState, base?: ShellState): string {
  const variables = changed(state.variables, base?.variables);
  const aliases = changed(state.aliases, base?.aliases);
  const options = changed(state.options, base?.options);
  const traps = changed(state.traps, base?.traps);
  return [
    ...variables.gone.map((name) => `\\command unset ${name}`),
    ...variables.set.map((variable) => `${variableText(state, variable)} || __slipway_status=1`),
    ...functionLines(state, base),
    ...aliases.gone.map((name) => `\\command unalias -- ${shellQuote(name)}`),
    ...aliases.set.map(({ text }) => `\\command ${text}`),
    `\\command umask ${state.umask}`,
    `\\command set -- ${state.arguments.map(shellQuote).join(' ')}`,
    `\\cd -- ${shellQuote(state.folder)} 2>/dev/null`,
    ...options.set.map(({ text }) => `\\command ${text} || __slipway_status=1`),
    `__slipway_trace=${state.trace ? 'x' : ''}`,
    ...traps.gone.map((signal) => `\\command trap - ${signal}`),
    ...traps.set.map(({ text }) => `\\command ${text}`),
    '\\command :',
  ].join('\n');
}
