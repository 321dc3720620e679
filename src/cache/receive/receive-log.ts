import { visibleText } from '../../kernel/index.ts';

/** What the receiver says beside the protocol: lines on its standard error, which end in the log of who pushes. */
export interface ReceiveLog {
  error(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}

const LEVELS = ['error', 'info', 'debug'] as const;

export type LogLevel = (typeof LEVELS)[number];

/** Writes what is of this level or graver. Text of the other side can hold anything, so it is made visible. */
export function createReceiveLog(level: LogLevel, write: (line: string) => void): ReceiveLog {
  const at = (own: LogLevel) => (message: string) => {
    if (LEVELS.indexOf(own) <= LEVELS.indexOf(level))
      write(`bst-artifact-receive: ${visibleText(message)}\n`);
  };
  return { error: at('error'), info: at('info'), debug: at('debug') };
}
