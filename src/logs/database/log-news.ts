import type { LogSize } from '../log-store.ts';

export const LOG_CHANNEL = 'logs';

/** What servers tell each other of a log. */
export interface LogNews extends LogSize {
  readonly id: number;
  readonly name: string;
  readonly isRemoved: boolean;
}

/** At most 940 bytes: a name has 900. */
export const encodeNews = ({ id, sizeBytes, hasEnded, isRemoved, name }: LogNews): string =>
  `${id} ${sizeBytes} ${isRemoved ? 'removed' : hasEnded ? 'ended' : 'grows'} ${name}`;

export function decodeNews(text: string): LogNews | undefined {
  const [, id, sizeBytes, state, name] = /^(\d+) (\d+) (removed|ended|grows) (.+)$/s.exec(text) ?? [];
  if (name === undefined) return undefined;
  const isRemoved = state === 'removed';
  return { id: Number(id), name, sizeBytes: Number(sizeBytes), hasEnded: state === 'ended', isRemoved };
}
