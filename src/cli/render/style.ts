import type { CommandContext } from '../command.ts';

/** Whether to colour what goes to a stream: only on a terminal, and only where nobody said no. */
export function usesColour(
  stream: NodeJS.WriteStream,
  { environment, flags }: Pick<CommandContext, 'environment' | 'flags'>,
): boolean {
  if (environment['NO_COLOR'] || environment['TERM'] === 'dumb') return false;
  if (flags.on('no-colors') || flags.on('debug')) return false;
  return stream.isTTY === true;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = (text: string, code: keyof typeof CODES) => string;

export const createStyle = (colour: boolean): Style =>
  colour ? (text, code) => `\u001b[${CODES[code]}m${text}\u001b[0m` : (text) => text;

/** `--> text` */
export const arrow = (style: Style, text: string): string => `${style('-->', 'bold')} ${text}`;
