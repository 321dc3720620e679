import type { ShellState } from './shell-state.ts';
import { unquote } from './shell-words.ts';

const asText = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

/** What a shell exports, as a process gets it. */
export function exportedVariables({ variables }: ShellState): Map<string, string> {
  return new Map(
    variables.flatMap(({ name, attributes, value }) =>
      attributes.includes('x') && !/[aA]/.test(attributes) && value !== undefined
        ? [[name, asText(unquote(value))] as const]
        : [],
    ),
  );
}
