import type { CommandLines } from '../events-schema/command-events.ts';
import { eventLine } from './json.ts';

/** What a command that runs no pipeline answers under `--output json`. */
export const commandLine = <T extends keyof CommandLines>(type: T, fields: CommandLines[T]): string =>
  eventLine(type, Date.now(), fields);
