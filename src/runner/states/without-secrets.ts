import type { Redactor } from '../../kernel/index.ts';
import type { ShellState } from './shell-state.ts';
import { unquote } from './shell-words.ts';

const asText = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

/**
 * A state that may be written down: what is or holds a secret is left out and named. `hidden` are variables that are
 * secret whatever their value.
 */
export function withoutSecrets(
  state: ShellState,
  redactor: Redactor,
  hidden: ReadonlySet<string>,
): { readonly state: ShellState; readonly omitted: readonly string[] } {
  const omitted: string[] = [];
  const isSecret = (latin1: string): boolean =>
    [latin1, unquote(latin1)].some((text) => redactor.text(asText(text)) !== asText(text));
  const keep = <T extends { readonly name: string }>(
    entries: readonly T[],
    textOf: (entry: T) => string,
  ): T[] =>
    entries.filter((entry) => {
      if (!hidden.has(entry.name) && !isSecret(textOf(entry))) return true;
      omitted.push(entry.name);
      return false;
    });
  const shellArguments = state.arguments.some(isSecret) ? [] : state.arguments;
  if (shellArguments.length < state.arguments.length) omitted.push('$@');
  const written: ShellState = {
    ...state,
    arguments: shellArguments,
    variables: keep(state.variables, ({ value }) => value ?? ''),
    functions: keep(state.functions, ({ text }) => text),
    aliases: keep(state.aliases, ({ text }) => text),
    traps: keep(state.traps, ({ text }) => text),
  };
  return { state: written, omitted };
}
